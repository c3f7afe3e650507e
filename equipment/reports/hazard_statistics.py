"""Statistics of hazards: by source, finder, age, grade, clause, unit, category, county or month; every figure
opens the list it was counted from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal
from sqlalchemy.sql.elements import SQLCoreOperations

from equipment.core import clock
from equipment.core.months import add_months, month_end, month_start
from equipment.core.words import N_, Labelled, Message
from equipment.hazards.models import Hazard
from equipment.hazards.queries import COUNTED, NONE, organisation_names
from equipment.hazards.rules import FindingSource, HazardState
from equipment.people.models import Organisation
from equipment.people.queries import areas_below
from equipment.people.rules import OrganisationKind, Viewer
from equipment.people.scope import visible, within
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.clauses import HAZARD_CLAUSES, Grade, clauses
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn

COUNTY_DIGITS = 6
MOST_ROWS = 50  # units and clauses: the most first
DEFINITION = N_(
    "Hazards by the day they were found, without withdrawn ones. Not closed: as of today. Not put right "
    "in time: past the day that was set, and nobody has said yet that they were. By days open: of those "
    "that are not closed, the days since they were found. By finder: what kind of organisation found it; "
    "the public is none."
)
BANDS = ((0, 7), (8, 30), (31, 90), (91, 180), (181, None))  # days open; house values


class HazardGrouping(Labelled):
    """What a row of the statistics is."""

    SOURCE = "source", N_("By source")
    FINDER = "finder", N_("By finder")
    AGE = "age", N_("By days open")
    GRADE = "grade", N_("By grade")
    CLAUSE = "clause", N_("By clause")
    UNIT = "unit", N_("By responsible unit")
    CATEGORY = "category", N_("By category")
    COUNTY = "county", N_("By county")
    MONTH = "month", N_("By month")

    @property
    def heading(self) -> str:
        """What stands over the column of its rows."""
        return {
            HazardGrouping.SOURCE: N_("Source"),
            HazardGrouping.FINDER: N_("Found by"),
            HazardGrouping.AGE: N_("Days open"),
            HazardGrouping.GRADE: N_("Grade"),
            HazardGrouping.CLAUSE: N_("Clause"),
            HazardGrouping.UNIT: N_("Responsible unit"),
            HazardGrouping.CATEGORY: N_("Category"),
            HazardGrouping.COUNTY: N_("County"),
            HazardGrouping.MONTH: N_("Month"),
        }[self]


class HazardColumn(Labelled):
    """A column of figures; `filters` are what it adds to the list of its row."""

    ALL = "all", N_("Hazards")
    OPEN = "open", N_("Not closed")
    LATE = "late", N_("Not put right in time")
    GENERAL = "general", N_("General")
    SERIOUS = "serious", N_("Serious")
    MAJOR = "major", N_("Major")
    CLOSED = "closed", N_("Closed")

    @property
    def filters(self) -> Mapping[str, str]:
        return {
            HazardColumn.ALL: {},
            HazardColumn.OPEN: {"state": ""},
            HazardColumn.LATE: {"overdue": "1"},
            HazardColumn.GENERAL: {"grade": Grade.GENERAL.value},
            HazardColumn.SERIOUS: {"grade": Grade.SERIOUS.value},
            HazardColumn.MAJOR: {"grade": Grade.MAJOR.value},
            HazardColumn.CLOSED: {"state": HazardState.CLOSED.value},
        }[self]

    def counted(self, on: date) -> ColumnElement[int]:
        """The sum behind it."""
        conditions: Mapping[HazardColumn, ColumnElement[bool]] = {
            HazardColumn.OPEN: Hazard.closed_on.is_(None),
            HazardColumn.LATE: (Hazard.due_on < on) & (Hazard.state == HazardState.OPEN),
            HazardColumn.GENERAL: Hazard.grade == Grade.GENERAL,
            HazardColumn.SERIOUS: Hazard.grade == Grade.SERIOUS,
            HazardColumn.MAJOR: Hazard.grade == Grade.MAJOR,
            HazardColumn.CLOSED: Hazard.state == HazardState.CLOSED,
        }
        return func.count().filter(conditions[self]) if self in conditions else func.count()


class HazardFigures(NamedTuple):
    """One row: a group and what was counted of it. `filters` open its list; `label` is a msgid, a message or
    a name."""

    label: str | Message
    filters: Mapping[str, str]
    numbers: Mapping[HazardColumn, int]

    def list_url(self, column: HazardColumn) -> str:
        """The list behind a figure."""
        query = {"tab": "hazards", **self.filters, **column.filters}
        if column is HazardColumn.LATE:
            query["state"] = ""
        return "/hazards?" + urlencode({name: value for name, value in query.items() if value})


def columns_of(group: HazardGrouping) -> list[HazardColumn]:
    """The columns of a page: by age only open hazards are counted, and none of them is closed; by grade the
    rows are what the columns of grades would be."""
    left_out = {
        HazardGrouping.AGE: (HazardColumn.OPEN, HazardColumn.CLOSED),
        HazardGrouping.GRADE: (HazardColumn.GENERAL, HazardColumn.SERIOUS, HazardColumn.MAJOR),
    }.get(group, ())
    return [column for column in HazardColumn if column not in left_out]


def hazard_statistics(
    viewer: Viewer, group: HazardGrouping, area: str, since: date, until: date
) -> tuple[HazardFigures, list[HazardFigures]]:
    """(all of them, the rows) of the hazards found in a period in an area."""
    counted = visible(viewer, Hazard).where(
        Hazard.state != HazardState.WITHDRAWN,
        Hazard.found_on.between(since, until),
        within(Hazard.area, area),
    )
    of_age = group is HazardGrouping.AGE
    if of_age:
        counted = counted.where(Hazard.closed_on.is_(None))
    base = {"found_from": since.isoformat(), "found_until": until.isoformat()}
    base |= {"area": area} if area else {}
    base |= {} if of_age else {"state": COUNTED}
    by_key = _by_key(counted, group)
    whole: Counter[HazardColumn] = Counter()
    for numbers in by_key.values():
        whole.update(numbers)
    rows = [
        HazardFigures(label, {**base, **filters}, by_key[key])
        for key, label, filters in _groups(group, by_key, since, until)
    ]
    return HazardFigures("", base, whole), rows


def _by_key(counted: Select[Hazard], group: HazardGrouping) -> dict[str, Counter[HazardColumn]]:
    """The figures of each group, by its key as text."""
    today = clock.today()
    rows = counted
    if group is HazardGrouping.FINDER:
        rows = rows.outerjoin(Organisation, Organisation.id == Hazard.organisation_id)
    keys: Mapping[HazardGrouping, SQLCoreOperations[object]] = {
        HazardGrouping.SOURCE: Hazard.source,
        HazardGrouping.FINDER: Organisation.kind,
        HazardGrouping.AGE: Hazard.found_on,
        HazardGrouping.GRADE: Hazard.grade,
        HazardGrouping.CLAUSE: Hazard.clause,
        HazardGrouping.UNIT: Hazard.responsible_id,
        HazardGrouping.CATEGORY: Hazard.category,
        HazardGrouping.COUNTY: func.substr(Hazard.area, 1, literal(COUNTY_DIGITS)),
        HazardGrouping.MONTH: Hazard.found_on,
    }
    sums = [column.counted(today) for column in HazardColumn]
    key = keys[group]
    by_key: dict[str, Counter[HazardColumn]] = {}
    for stated, *numbers in session.execute(
        rows.with_only_columns(key, *sums, maintain_column_froms=True).group_by(key)
    ):
        text = _text(group, stated, today)
        by_key.setdefault(text, Counter()).update(dict(zip(HazardColumn, numbers, strict=True)))
    return by_key


def _text(group: HazardGrouping, stated: object, today: date) -> str:
    if isinstance(stated, date):
        if group is HazardGrouping.MONTH:
            return f"{stated:%Y-%m}"
        age = (today - stated).days
        return next(str(least) for least, most in reversed(BANDS) if age >= least or least == 0)
    return "" if stated is None else str(stated)


def _groups(
    group: HazardGrouping, by_key: Mapping[str, Counter[HazardColumn]], since: date, until: date
) -> Iterable[tuple[str, str | Message, dict[str, str]]]:
    """(key, label, filters) of the rows, in order."""
    if group is HazardGrouping.AGE:
        return _bands(by_key, since, until)
    if group is HazardGrouping.MONTH:
        return _months(by_key, since, until)
    names, parameter = _names(group, by_key), _PARAMETERS[group]
    most_first = sorted(by_key, key=lambda key: (-by_key[key][HazardColumn.ALL], key))
    ordered = [key for key in names if key in by_key] if group in _IN_ORDER else most_first[:MOST_ROWS]
    return [(key, names.get(key, key), {parameter: key or NONE}) for key in ordered]


_PARAMETERS = {
    HazardGrouping.SOURCE: "source",
    HazardGrouping.FINDER: "found_by",
    HazardGrouping.GRADE: "grade",
    HazardGrouping.CLAUSE: "clause",
    HazardGrouping.UNIT: "responsible",
    HazardGrouping.CATEGORY: "category",
    HazardGrouping.COUNTY: "area",
}
_IN_ORDER = (HazardGrouping.GRADE,)


def _names(group: HazardGrouping, keys: Iterable[str]) -> Mapping[str, str]:
    if group is HazardGrouping.SOURCE:
        return {str(one): one.label for one in FindingSource}
    if group is HazardGrouping.FINDER:
        return {str(one): one.label for one in OrganisationKind} | {"": N_("The public, or not known")}
    if group is HazardGrouping.GRADE:
        return {str(one): one.label for one in Grade}
    if group is HazardGrouping.CATEGORY:
        return {kind.key: kind.label for kind in CATEGORIES}
    if group is HazardGrouping.COUNTY:
        return {area.code: area.name for area in areas_below("")}
    if group is HazardGrouping.UNIT:
        named = organisation_names({UUID(key) for key in keys if key})
        return {str(key): name for key, name in named.items()} | {"": N_("Nobody named")}
    stated = {one.code: f"{one.code} {one.text.zh}" for one in clauses(HAZARD_CLAUSES, clock.today())}
    return stated | {"": N_("No clause named")}


def _bands(
    by_key: Mapping[str, Counter[HazardColumn]], since: date, until: date
) -> Iterator[tuple[str, str | Message, dict[str, str]]]:
    today = clock.today()
    for least, most in BANDS:
        if str(least) not in by_key:
            continue
        newest = today - timedelta(days=least) if least else until
        oldest = today - timedelta(days=most) if most is not None else since
        label = (
            Message(N_("%(least)d to %(most)d days"), {"least": least, "most": most})
            if most is not None
            else Message(N_("More than %(num)d days"), {"num": least - 1})
        )
        days = {"found_from": max(oldest, since).isoformat(), "found_until": min(newest, until).isoformat()}
        yield str(least), label, days


def _months(
    by_key: Mapping[str, Counter[HazardColumn]], since: date, until: date
) -> Iterator[tuple[str, str | Message, dict[str, str]]]:
    month = month_start(since)
    while month <= until:
        key = f"{month:%Y-%m}"
        if key in by_key:
            first, last = max(month, since), min(month_end(month), until)
            yield key, key, {"found_from": first.isoformat(), "found_until": last.isoformat()}
        month = add_months(month, 1)


def hazard_statistics_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The rows of the page and their sum, as a table."""
    group = HazardGrouping(str(query["by"]))
    since, until = (date.fromisoformat(str(query[name])) for name in ("since", "until"))
    whole, rows = hazard_statistics(viewer, group, str(query.get("area", "")), since, until)
    chosen = columns_of(group)
    columns = [TableColumn(say(group.heading), 30)]
    columns += [TableColumn(say(column.label), 12, "number") for column in chosen]
    cells = [_cells(label_text(row.label, say), row, chosen) for row in rows]
    cells.append(_cells(say(N_("In all")), whole, chosen))
    title = say(N_("Statistics of hazards"))
    return Table(title, columns, cells, head=[f"{since} – {until}"], notes=[say(DEFINITION)])


def label_text(label: str | Message, say: Say) -> str:
    """The name of a row in the reader's language."""
    return say(label.msgid) % label.params if isinstance(label, Message) else say(label)


def _cells(label: str, row: HazardFigures, columns: Sequence[HazardColumn]) -> list[object]:
    return [label, *(row.numbers[column] for column in columns)]
