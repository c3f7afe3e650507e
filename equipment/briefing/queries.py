"""The numbers of the first page of an office of the bureau, each counted as the list behind it is: a few
statements for all areas together, and no look at pieces or records that are not open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select
from sqlalchemy.sql.elements import SQLCoreOperations

from equipment.accidents.queries import listed as accidents
from equipment.briefing.progress import progress_lines
from equipment.briefing.rules import (
    AreaNumbers,
    BriefingRow,
    ChangeLine,
    Column,
    LinkedNumber,
    ProgressLine,
    Sign,
    left_over,
    summed,
)
from equipment.core.words import N_
from equipment.counting.queries import counts_by_area
from equipment.counting.rules import DUES_UNKNOWN, PIECES_IN_USE, CountedSubject
from equipment.dues.filters import EVERY_INSPECTION, LATE, ON_TIME, OVERDUE, UNKNOWN, Filters, wanted
from equipment.dues.models import Application, Due
from equipment.dues.queries import overdue
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.queries import Wanted, findings, hazards
from equipment.hazards.rules import HazardState
from equipment.inspections.queries import inspections
from equipment.orders.models import Order
from equipment.orders.queries import orders
from equipment.orders.rules import OrderState
from equipment.people.rules import Viewer
from equipment.register.lists import filtered
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.planning import INSPECTIONS
from equipment.reports.queries import children
from equipment.storage.db import session
from equipment.suspicions.states import SuspicionKind
from equipment.suspicions.stations import quiet_stations

# A literal, so that both engines see that the partial index serves.
IS_PENDING: ColumnElement[bool] = literal_column("application.state IN ('applied', 'accepted')")


@dataclass(frozen=True, slots=True)
class Briefing:
    """Everything of the first page beside the rate and what waits for the viewer."""

    on: date
    area: str
    rows: Sequence[BriefingRow]
    total: BriefingRow
    changes: Sequence[ChangeLine]
    progress: Sequence[ProgressLine]

    @property
    def since(self) -> date:
        return since(self.on)


def since(on: date) -> date:
    """From which day on something has changed since yesterday's meeting: all of yesterday, and today."""
    return on - timedelta(days=1)


def briefing(viewer: Viewer, on: date) -> Briefing:
    """The table of the areas below the viewer's, or of his own where nothing lies below it."""
    areas = children(viewer.area)
    codes = [area.code for area in areas]
    numbers, progress = area_numbers(viewer, on), progress_lines(viewer, codes)
    rows = [
        BriefingRow(
            area.code,
            area.name,
            area.responsible,
            {
                column: LinkedNumber(summed(numbers[column], area.code), url(column, area.code))
                for column in Column
            },
            [line.by_area[area.code] for line in progress],
        )
        for area in areas
    ]
    rest = {column: LinkedNumber(left_over(numbers[column], codes)) for column in Column}
    if rows and any(linked.number for linked in rest.values()):
        rows.append(BriefingRow(viewer.area, "", "", rest, is_rest=True))
    total = BriefingRow(
        viewer.area,
        "",
        "",
        {
            column: LinkedNumber(summed(numbers[column], viewer.area), url(column, viewer.area))
            for column in Column
        },
        [line.all for line in progress],
    )
    return Briefing(on, viewer.area, rows, total, changes(viewer, on), progress)


def url(column: Column, area: str) -> str:
    """The list behind a number of the table."""
    endpoint, filters = _LISTS[column]
    return f"{url_for(endpoint)}?{urlencode({**filters, 'area': area})}"


_LISTS: Mapping[Column, tuple[str, Mapping[str, str]]] = {
    Column.IN_USE: ("register.listing", {"status": EquipmentStatus.IN_USE.value}),
    Column.APPLIED: ("dues.index", {"kind": EVERY_INSPECTION, "window": OVERDUE, "applied": ON_TIME}),
    Column.NOT_APPLIED: ("dues.index", {"kind": EVERY_INSPECTION, "window": OVERDUE, "applied": LATE}),
    Column.UNKNOWN: ("dues.index", {"kind": EVERY_INSPECTION, "window": UNKNOWN}),
    Column.HAZARDS: ("hazards.index", {"tab": "hazards"}),
    Column.SERIOUS: ("hazards.index", {"tab": "hazards", "grade": Grade.SERIOUS.value}),
    Column.MAJOR: ("hazards.index", {"tab": "hazards", "grade": Grade.MAJOR.value}),
    Column.NOT_RECTIFIED: ("hazards.index", {"tab": "hazards", "overdue": "1"}),
    Column.UNDECIDED: ("hazards.index", {"tab": "findings", "overdue": "1"}),
    Column.ORDERS_LATE: ("orders.index", {"state": OrderState.OVERDUE.value}),
    Column.SILENT: ("oversight.stations", {"signal": SuspicionKind.SILENT.value}),
    Column.DOWN: ("oversight.stations", {"signal": SuspicionKind.DOWN.value}),
}


def area_numbers(viewer: Viewer, on: date) -> AreaNumbers:
    """Every column by the area where each one lies."""
    applied, not_applied = _overdue(viewer, on)
    quiet = quiet_stations(viewer, viewer.area, on)
    return {
        Column.IN_USE: _running(viewer, PIECES_IN_USE),
        Column.APPLIED: applied,
        Column.NOT_APPLIED: not_applied,
        Column.UNKNOWN: _running(viewer, DUES_UNKNOWN),
        **_open_hazards(viewer, on),
        Column.UNDECIDED: _by_area(findings(viewer, Wanted(overdue=True), on), Finding.area),
        Column.ORDERS_LATE: _by_area(orders(viewer, {"state": OrderState.OVERDUE.value}), Order.area),
        **{
            column: Counter(each.organisation.area for each in quiet if signal in each.signals)
            for column, signal in ((Column.SILENT, SuspicionKind.SILENT), (Column.DOWN, SuspicionKind.DOWN))
        },
    }


def _overdue(viewer: Viewer, on: date) -> tuple[Counter[str], Counter[str]]:
    """Overdue inspections by area: applied for, and not. A piece has one application at most that is open."""
    is_of_piece = and_(Application.equipment_id == Due.equipment_id, IS_PENDING)
    late = overdue(viewer, on, kinds=INSPECTIONS).outerjoin(Application, is_of_piece)
    counted = late.with_only_columns(
        Due.area, func.count(Application.id), func.count(), maintain_column_froms=True
    )
    applied, not_applied = Counter[str](), Counter[str]()
    for area, asked_for, number in session.execute(counted.group_by(Due.area)):
        applied[area], not_applied[area] = asked_for, number - asked_for
    return applied, not_applied


def _by_area(rows: Select[*tuple[object, ...]], area: SQLCoreOperations[str]) -> Counter[str]:
    counted = rows.order_by(None).with_only_columns(area, func.count(), maintain_column_froms=True)
    return Counter({row[0]: row[1] for row in session.execute(counted.group_by(area))})


def _running(viewer: Viewer, subject: CountedSubject) -> Counter[str]:
    """A running count by area, of the categories that the viewer sees."""
    numbers: Counter[str] = Counter()
    for (category, area), number in counts_by_area(subject, viewer.area).items():
        if viewer.categories is None or category in viewer.categories:
            numbers[area] += number
    return numbers


def _open_hazards(viewer: Viewer, on: date) -> dict[Column, Counter[str]]:
    """Open hazards by area, those of each grade apart, and those past their day."""
    is_late = (Hazard.due_on < on) & (Hazard.state == HazardState.OPEN)
    columns = (Hazard.area, Hazard.grade, is_late.label("late"))
    counted = hazards(viewer, Wanted(), on).with_only_columns(*columns, func.count())
    numbers: dict[Column, Counter[str]] = {
        column: Counter() for column in (Column.HAZARDS, Column.SERIOUS, Column.MAJOR, Column.NOT_RECTIFIED)
    }
    for area, grade, late, number in session.execute(counted.group_by(*columns)):
        numbers[Column.HAZARDS][area] += number
        if grade in (Grade.SERIOUS, Grade.MAJOR):
            numbers[Column(str(grade))][area] += number
        if late:
            numbers[Column.NOT_RECTIFIED][area] += number
    return numbers


def changes(viewer: Viewer, on: date) -> list[ChangeLine]:
    """What changed since yesterday, counted in one statement over the lists themselves."""
    day = since(on)
    at = day.isoformat()
    late = Filters(kind=EVERY_INSPECTION, window=OVERDUE, due_from=at)
    settled, reported = {"received_from": at, "late": "1"}, {"reported_from": at}
    gone, registered = {"gone_from": at}, {"registered_from": at}
    issued, overdue_orders = {"issued_from": at}, {"state": OrderState.OVERDUE.value, "due_from": at}
    lists: tuple[tuple[str, str, Sign, Select[*tuple[object, ...]], str, Mapping[str, str]], ...] = (
        (
            "found",
            N_("Hazards found"),
            Sign.WORSE,
            hazards(viewer, Wanted(found_from=day, state="all"), on),
            "hazards.index",
            {"tab": "hazards", "state": "all", "found_from": at},
        ),
        (
            "closed",
            N_("Hazards closed"),
            Sign.BETTER,
            hazards(viewer, Wanted(closed_from=day, state=HazardState.CLOSED), on),
            "hazards.index",
            {"tab": "hazards", "state": HazardState.CLOSED.value, "closed_from": at},
        ),
        (
            "late",
            N_("Inspections that became overdue"),
            Sign.WORSE,
            wanted(viewer, late, on),
            "dues.index",
            late.as_json(),
        ),
        (
            "settled",
            N_("Overdue inspections settled"),
            Sign.BETTER,
            inspections(viewer, settled),
            "inspections.index",
            settled,
        ),
        ("orders", N_("Orders issued"), Sign.NEUTRAL, orders(viewer, issued), "orders.index", issued),
        (
            "orders_late",
            N_("Orders that became overdue"),
            Sign.WORSE,
            orders(viewer, overdue_orders),
            "orders.index",
            overdue_orders,
        ),
        (
            "accidents",
            N_("Accidents reported"),
            Sign.WORSE,
            accidents(viewer, reported),
            "accidents.index",
            reported,
        ),
        (
            "registered",
            N_("Pieces newly registered"),
            Sign.NEUTRAL,
            filtered(viewer, registered),
            "register.listing",
            registered,
        ),
        (
            "gone",
            N_("Pieces scrapped or deregistered"),
            Sign.NEUTRAL,
            filtered(viewer, gone),
            "register.listing",
            gone,
        ),
    )
    numbers = _counted(rows for _key, _label, _sign, rows, _endpoint, _filters in lists)
    return [
        ChangeLine(key, label, sign, number, f"{url_for(endpoint)}?{urlencode(filters)}")
        for number, (key, label, sign, _rows, endpoint, filters) in zip(numbers, lists, strict=True)
    ]


def _counted(lists: Iterable[Select[*tuple[object, ...]]]) -> Sequence[int]:
    """How many rows each of these lists has, in one statement."""
    ones = [
        select(func.count())
        .select_from(
            rows.order_by(None)
            .with_only_columns(literal_column("1"), maintain_column_froms=True)
            .subquery(f"list_{number}")
        )
        .scalar_subquery()
        for number, rows in enumerate(lists)
    ]
    return list(session.execute(select(*ones)).one())
