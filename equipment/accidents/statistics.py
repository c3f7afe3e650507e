"""Statistics of accidents: by month, county, kind of equipment or level; every figure opens the list behind
it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from equipment.accidents.listing import CATEGORY_WORDS
from equipment.accidents.models import Accident
from equipment.accidents.queries import relays_of
from equipment.accidents.rules import COUNTY_CODE
from equipment.accidents.states import STOPS, AccidentLevel
from equipment.core.months import add_months, month_end, month_start
from equipment.core.words import N_, Labelled
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn

COUNTED = "counted"
DEFINITION = N_(
    "Accidents that were confirmed, by the day they happened; what was found to be none, and what is not "
    "confirmed yet, is not counted. In time: of those where somebody can say when the head of the unit knew, "
    "the share reported within the hour. Upward in time: of the reports from level to level that were made, "
    "the share made within two hours. People are counted as the newest report says."
)


class AccidentGrouping(Labelled):
    """What a row of the statistics is."""

    MONTH = "month", N_("By month")
    COUNTY = "county", N_("By county")
    CATEGORY = "category", N_("By kind of equipment")
    LEVEL = "level", N_("By level")

    @property
    def heading(self) -> str:
        """What stands over the column of its rows."""
        return {
            AccidentGrouping.MONTH: N_("Month"),
            AccidentGrouping.COUNTY: N_("County"),
            AccidentGrouping.CATEGORY: N_("Kind of equipment"),
            AccidentGrouping.LEVEL: N_("Level of accident"),
        }[self]


class AccidentFigures(NamedTuple):
    """One row: a group and what was counted of it. `filters` open its list; `label` is a msgid or a name."""

    label: str
    filters: Mapping[str, str]
    accidents: int
    dead: int
    serious: int
    injured: int
    trapped: int
    in_time: int
    late: int
    not_known: int
    up_in_time: int
    up_late: int

    @property
    def share(self) -> float | None:
        judged = self.in_time + self.late
        return self.in_time / judged if judged else None

    @property
    def up_share(self) -> float | None:
        judged = self.up_in_time + self.up_late
        return self.up_in_time / judged if judged else None


def counted_accidents(viewer: Viewer, area: str, since: date, until: date) -> Sequence[Accident]:
    """The accidents that count, of a period (both days included)."""
    wanted = visible(viewer, Accident).where(
        Accident.state.in_(STOPS), Accident.on.between(since, until), within(Accident.area, area)
    )
    return session.scalars(wanted.order_by(Accident.happened_at, Accident.id)).all()


def accident_statistics(
    viewer: Viewer, group: AccidentGrouping, area: str, since: date, until: date
) -> tuple[AccidentFigures, list[AccidentFigures]]:
    """(all of them, a row for each group that has any; of months every one)."""
    accidents = counted_accidents(viewer, area, since, until)
    told: dict[object, list[bool]] = defaultdict(list)
    for (accident_id, _office), row in relays_of(one.id for one in accidents).items() if accidents else ():
        if row.in_time is not None:
            told[accident_id].append(row.in_time)
    period = {"state": COUNTED, "on_from": since.isoformat(), "on_until": until.isoformat()}
    period |= {"area": area} if area else {}
    by_key: dict[str, list[Accident]] = defaultdict(list)
    for one in accidents:
        by_key[_key(group, one)].append(one)
    rows = [
        _figures(label, {**period, **filters}, by_key.get(key, ()), told)
        for key, label, filters in _groups(group, by_key, since, until)
    ]
    return _figures("", period, accidents, told), rows


def _key(group: AccidentGrouping, one: Accident) -> str:
    keys: dict[AccidentGrouping, Callable[[Accident], str]] = {
        AccidentGrouping.MONTH: lambda row: f"{row.on:%Y-%m}",
        AccidentGrouping.COUNTY: lambda row: row.area[:COUNTY_CODE],
        AccidentGrouping.CATEGORY: lambda row: row.category,
        AccidentGrouping.LEVEL: lambda row: row.level or "",
    }
    return keys[group](one)


def _groups(
    group: AccidentGrouping, keys: Iterable[str], since: date, until: date
) -> Iterable[tuple[str, str, dict[str, str]]]:
    """(key, label, filters) of the rows, in order."""
    if group is AccidentGrouping.MONTH:
        month = month_start(since)
        while month <= until:
            first, last = max(month, since), min(month_end(month), until)
            days = {"on_from": first.isoformat(), "on_until": last.isoformat()}
            yield f"{month:%Y-%m}", f"{month:%Y-%m}", days
            month = add_months(month, 1)
        return
    if group is AccidentGrouping.LEVEL:
        order = list(AccidentLevel)
        yield from ((str(one), one.label, {"level": str(one)}) for one in order if one in set(keys))
        return
    if group is AccidentGrouping.CATEGORY:
        yield from ((key, CATEGORY_WORDS.get(key, key), {"category": key}) for key in sorted(keys))
        return
    names = {area.code: area.name for area in areas_below("")}
    yield from ((key, names.get(key, key), {"area": key}) for key in sorted(keys))


def _figures(
    label: str,
    filters: Mapping[str, str],
    accidents: Sequence[Accident],
    told: Mapping[object, Sequence[bool]],
) -> AccidentFigures:
    up = [in_time for one in accidents for in_time in told.get(one.id, ())]
    return AccidentFigures(
        label,
        filters,
        accidents=len(accidents),
        dead=sum(one.dead for one in accidents),
        serious=sum(one.serious for one in accidents),
        injured=sum(one.injured for one in accidents),
        trapped=sum(one.trapped for one in accidents),
        in_time=sum(one.in_time is True for one in accidents),
        late=sum(one.in_time is False for one in accidents),
        not_known=sum(one.in_time is None for one in accidents),
        up_in_time=sum(up),
        up_late=len(up) - sum(up),
    )


STATISTICS_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Accidents"), 10),
    (N_("Dead"), 8),
    (N_("Seriously injured"), 10),
    (N_("Slightly injured"), 8),
    (N_("Trapped"), 8),
    (N_("Reported within the hour"), 14),
    (N_("Reported late"), 12),
    (N_("When the head knew is not known"), 18),
    (N_("Share in time (%)"), 12),
    (N_("Upward in time"), 12),
    (N_("Upward late"), 12),
)


def accident_statistics_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The rows of the page and their sum, as a table."""
    group = AccidentGrouping(str(query["by"]))
    since, until = (date.fromisoformat(str(query[name])) for name in ("since", "until"))
    whole, rows = accident_statistics(viewer, group, str(query.get("area", "")), since, until)
    columns = [TableColumn(say(group.heading), 20)]
    columns += [TableColumn(say(name), width) for name, width in STATISTICS_COLUMNS]
    cells = [_cells(say(row.label), row) for row in rows]
    return Table(say(N_("Statistics of accidents")), columns, [*cells, _cells(say(N_("In all")), whole)])


def _cells(label: str, row: AccidentFigures) -> list[object]:
    share = round(100 * row.share, 1) if row.share is not None else ""
    return [
        label,
        row.accidents,
        row.dead,
        row.serious,
        row.injured,
        row.trapped,
        row.in_time,
        row.late,
        row.not_known,
        share,
        row.up_in_time,
        row.up_late,
    ]
