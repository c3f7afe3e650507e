"""The body's clock: days from the inspection to the number of its report, by body and category."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import case, func

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.inspections.models import Inspection
from equipment.inspections.queries import COUNTS
from equipment.inspections.rules import OF_A_BODY
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.regulation.categories import category as category_of
from equipment.regulation.common_numbers import report_within
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Inspection body"), 32),
    (N_("Category"), 14),
    (N_("Reported"), 10),
    (N_("Median days"), 12),
    (N_("Late reports"), 10),
    (N_("Share late (%)"), 12),
    (N_("Not out yet"), 12),
    (N_("Of these overdue"), 14),
)


@dataclass(frozen=True, slots=True)
class ReportTimes:
    """What one body did in one category."""

    organisation_id: UUID
    body: str
    category: str
    reported: int
    median: float | None
    late: int
    open: int
    overdue: int

    @property
    def label(self) -> str:
        return category_of(self.category).label

    @property
    def share(self) -> float | None:
        """Late ones of those reported."""
        return self.late / self.reported if self.reported else None


def median_of(days: Mapping[int, int]) -> float | None:
    """The median of values that are counted."""
    number = sum(days.values())
    if not number:
        return None
    low, high = (number - 1) // 2, number // 2
    places, passed = [], 0
    for value, count in sorted(days.items()):
        for place in (low, high):
            if passed <= place < passed + count:
                places.append(value)
        passed += count
    return sum(places) / 2


def limit_of(category: str, on: date) -> Value | None:
    """Days that a report may take after an inspection on this day, with the citation."""
    return report_within(rules(category), on)


def limits_of(categories: Iterable[str], on: date) -> dict[str, Value]:
    """The limits of these categories."""
    values = {key: limit_of(key, on) for key in sorted(set(categories))}
    return {key: value for key, value in values.items() if value is not None}


def report_times(viewer: Viewer, since: date, until: date) -> list[ReportTimes]:
    """Inspections of these days that the viewer may see: those with a report, and those without."""
    results = visible(viewer, Inspection).where(
        COUNTS, Inspection.on.between(since, until), Inspection.kind.in_(OF_A_BODY)
    )
    key = (Inspection.organisation_id, Inspection.category)
    reported = (
        results.where(Inspection.reported_on.is_not(None))
        .with_only_columns(*key, Inspection.on, Inspection.reported_on, func.count().label("number"))
        .group_by(*key, Inspection.on, Inspection.reported_on)
    )
    days: dict[tuple[UUID, str], Counter[int]] = defaultdict(Counter)
    late = Counter[tuple[UUID, str]]()
    for row in session.execute(reported):
        place, taken = (row.organisation_id, row.category), (row.reported_on - row.on).days
        days[place][taken] += row.number
        limit = limit_of(row.category, row.on)
        if limit is not None and taken > limit.integer:
            late[place] += row.number
    waiting = (
        results.where(Inspection.report_due_on.is_not(None))
        .with_only_columns(
            *key,
            func.count().label("number"),
            func.sum(case((Inspection.report_due_on < clock.today(), 1), else_=0)).label("overdue"),
        )
        .group_by(*key)
    )
    open_ones = {
        (row.organisation_id, row.category): (row.number, int(row.overdue or 0))
        for row in session.execute(waiting)
    }
    places = sorted({*days, *open_ones}, key=lambda place: (str(place[0]), place[1]))
    names = names_of({organisation_id for organisation_id, _category in places})
    rows = [
        ReportTimes(
            organisation_id,
            names.get(organisation_id, ""),
            category,
            days[organisation_id, category].total(),
            median_of(days[organisation_id, category]),
            late[organisation_id, category],
            *open_ones.get((organisation_id, category), (0, 0)),
        )
        for organisation_id, category in places
    ]
    return sorted(rows, key=lambda row: (row.body, row.category))


def clock_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The page as a table."""
    stated = Fields(query)
    rows = report_times(viewer, stated.day("since"), stated.day("until"))
    cells: Iterable[list[object]] = (
        [
            row.body,
            say(row.label),
            row.reported,
            row.median,
            row.late,
            round(row.share * 100, 1) if row.share is not None else None,
            row.open,
            row.overdue,
        ]
        for row in rows
    )
    title = say(N_("Days to the report"))
    return Table(title, [TableColumn(say(name), width) for name, width in COLUMNS], cells)
