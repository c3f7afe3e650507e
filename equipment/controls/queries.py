"""Reading controls: which units control which categories, what became of each day, who holds which post, the
risk list in force, and the records and reports behind the lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_

from equipment.controls.models import (
    ControlAppointment,
    ControlDay,
    ControlFinding,
    ControlReport,
    DailyControl,
    RiskList,
    UnitClosure,
)
from equipment.controls.rules import Closure, ControlDayState, ControlPost, ControlReportKind, DayCount
from equipment.controls.states import ControlReportState, RiskListState
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.core.months import month_end, month_start
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.control_numbers import station_deadline, unit_deadline
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.supervision.queries import COUNTY, USE_UNITS, whose

DAY_SORTS: Sorts = {
    "on": (ControlDay.on, ControlDay.id),
    "unit": (ControlDay.organisation_id, ControlDay.on, ControlDay.id),
}
REPORT_SORTS: Sorts = {
    "begins_on": (ControlReport.begins_on, ControlReport.id),
    "due_on": (ControlReport.due_on, ControlReport.id),
}
CITY = 4  # digits of a city: who has its seat in another belongs where its pieces are
FILLED = tuple(each.key for each in CATEGORIES if each.filled)


class ControlledPieces(NamedTuple):
    """What a unit has in use of a category on a day."""

    organisation_id: UUID
    kind: OrganisationKind
    area: str
    category: str
    pieces: int


def controlled_pieces(on: date, units: Iterable[UUID] | None = None) -> list[ControlledPieces]:
    """Every unit and category of which a piece was in use on a day and on file before it. Bottles are
    controlled by the station that fills them, not by whoever burns the gas."""
    in_use = and_(
        Standing.status == EquipmentStatus.IN_USE,
        Standing.from_on <= on,
        or_(Standing.until_on.is_(None), Standing.until_on > on),
    )
    rows = (
        visible(SYSTEM, Equipment)
        .join(Standing, Standing.equipment_id == Equipment.id)
        .join(Organisation, Organisation.id == whose)
        .where(in_use, Equipment.created_at < clock.site_midnight(on), Organisation.active)
        .where(Organisation.kind.in_(USE_UNITS))
        .where(or_(Equipment.category.not_in(FILLED), Organisation.kind == OrganisationKind.STATION))
    )
    if units is not None:
        rows = rows.where(Organisation.id.in_(list(units)))
    seat = func.max(Organisation.area)
    counted = rows.with_only_columns(
        Organisation.id, func.max(Organisation.kind), seat, func.min(Equipment.area), Equipment.category,
        func.count(func.distinct(Equipment.id)),
    ).group_by(Organisation.id, Equipment.category)  # fmt: skip
    return [
        ControlledPieces(
            key, OrganisationKind(kind), seat if seat[:CITY] == area[:CITY] else area, category_key, pieces
        )
        for key, kind, seat, area, category_key, pieces in session.execute(counted).all()
    ]


def due_at(kind: OrganisationKind, on: date) -> datetime:
    """By when the control of a day is done: a station before its first bottle."""
    minutes = station_deadline(on) if kind == OrganisationKind.STATION else unit_deadline(on)
    return clock.site_midnight(on) + timedelta(minutes=minutes.integer)


def own_pieces(viewer: Viewer, unit: UUID, category_key: str) -> Select[Equipment]:
    """The pieces of a unit that are in use, for the form of a problem."""
    return visible(viewer, Equipment).where(
        whose == unit, Equipment.category == category_key, Equipment.status == EquipmentStatus.IN_USE
    )


def own_categories(unit: UUID, kind: OrganisationKind) -> list[tuple[str, int]]:
    """What a unit has in use today by category, and how many pieces; bottles with stations alone."""
    rows = visible(SYSTEM, Equipment).where(whose == unit, Equipment.status == EquipmentStatus.IN_USE)
    if kind != OrganisationKind.STATION:
        rows = rows.where(Equipment.category.not_in(FILLED))
    counted = rows.with_only_columns(Equipment.category, func.count()).group_by(Equipment.category)
    by_key = {row[0]: row[1] for row in session.execute(counted)}
    return [(each.key, by_key[each.key]) for each in CATEGORIES if each.key in by_key]


class UnitSeat(NamedTuple):
    """Where what a unit controls of a category belongs, and how many pieces that is."""

    area: str
    pieces: int


def seat_of(unit: Organisation, category_key: str) -> UnitSeat:
    """As `controlled_pieces` has it, of today."""
    rows = own_pieces(SYSTEM, unit.id, category_key)
    if category_key in FILLED and unit.kind != OrganisationKind.STATION:
        return UnitSeat(unit.area, 0)
    row = session.execute(rows.with_only_columns(func.count(), func.min(Equipment.area))).one()
    at = row[1] or unit.area
    return UnitSeat(unit.area if unit.area[:CITY] == at[:CITY] else at, row[0])


def is_piece_named(category_key: str) -> bool:
    """Whether a problem of this category lies at a piece: of bottles it is mostly the floor's."""
    return not category(category_key).filled


def day_of(unit: UUID, category_key: str, on: date) -> ControlDay | None:
    wanted = visible(SYSTEM, ControlDay).where(
        ControlDay.organisation_id == unit, ControlDay.category == category_key, ControlDay.on == on
    )
    return session.scalar(wanted)


def is_missing() -> Select[ControlDay]:
    """Days of everybody whose time is over and that have no record."""
    return visible(SYSTEM, ControlDay).where(
        ControlDay.state == ControlDayState.EXPECTED, ControlDay.due_at < clock.now()
    )


def control_days(viewer: Viewer, filters: Mapping[str, str]) -> Select[ControlDay]:
    """Days with the filters of the address bar; `state` as it is read now."""
    listed = visible(viewer, ControlDay)
    state = filters.get("state", "")
    if state == ControlDayState.MISSING:
        listed = listed.where(ControlDay.state == ControlDayState.EXPECTED, ControlDay.due_at < clock.now())
    elif state == ControlDayState.EXPECTED:
        listed = listed.where(ControlDay.state == ControlDayState.EXPECTED, ControlDay.due_at >= clock.now())
    elif state in set(ControlDayState):
        listed = listed.where(ControlDay.state == state)
    if filters.get("category") in {each.key for each in CATEGORIES}:
        listed = listed.where(ControlDay.category == filters["category"])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(ControlDay.area, filters["area"]))
    if unit := id_in(filters.get("unit", "")):
        listed = listed.where(ControlDay.organisation_id == unit)
    if typed := filters.get("q", ""):
        listed = listed.where(ControlDay.organisation_id.in_(_units_named(typed)))
    if since := day_in(filters.get("on_from", "")):
        listed = listed.where(ControlDay.on >= since)
    if until := day_in(filters.get("on_until", "")):
        listed = listed.where(ControlDay.on <= until)
    return listed


def _units_named(typed: str) -> Select[UUID]:
    named = visible(SYSTEM, Organisation).where(Organisation.name.contains(typed, autoescape=True))
    return named.with_only_columns(Organisation.id)


class UnitMonth(NamedTuple):
    """The days of a unit and category in a month by what became of them."""

    organisation_id: UUID
    category: str
    area: str
    days: DayCount


def _counts(now: datetime) -> list[ColumnElement[int]]:
    """The columns of a `DayCount`."""

    def number(*which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((and_(*which), 1), else_=0))

    state = ControlDay.state
    open_day = state == ControlDayState.EXPECTED
    return [
        number(state == ControlDayState.ON_TIME),
        number(state == ControlDayState.LATE),
        number(open_day, ControlDay.due_at < now),
        number(state.in_((ControlDayState.STOPPED, ControlDayState.STOPPED_LATE))),
        number(open_day, ControlDay.due_at >= now),
    ]


def unit_months(viewer: Viewer, filters: Mapping[str, str], month: date) -> list[UnitMonth]:
    """Units and categories of a month, those with most missing days first."""
    listed = control_days(viewer, filters).where(ControlDay.on.between(month_start(month), month_end(month)))
    counted = listed.with_only_columns(
        ControlDay.organisation_id, ControlDay.category, func.max(ControlDay.area), *_counts(clock.now())
    ).group_by(ControlDay.organisation_id, ControlDay.category)  # fmt: skip
    rows = [
        UnitMonth(key, kind, area, DayCount(*days)) for key, kind, area, *days in session.execute(counted)
    ]
    return sorted(rows, key=lambda row: (-row.days.missing, row.area, str(row.organisation_id)))


class CountyShare(NamedTuple):
    """How many days of a county were controlled on time."""

    area: str
    units: int
    days: DayCount


def county_shares(rows: Sequence[UnitMonth]) -> list[CountyShare]:
    """The same by county."""
    by_county: dict[str, list[UnitMonth]] = defaultdict(list)
    for row in rows:
        by_county[row.area[:COUNTY]].append(row)
    return [
        CountyShare(
            area,
            len({row.organisation_id for row in some}),
            DayCount(*(sum(numbers) for numbers in zip(*(row.days for row in some), strict=True))),
        )
        for area, some in sorted(by_county.items())
    ]


def days_between(unit: UUID, category_key: str, since: date, until: date) -> Sequence[ControlDay]:
    rows = visible(SYSTEM, ControlDay).where(
        ControlDay.organisation_id == unit,
        ControlDay.category == category_key,
        ControlDay.on.between(since, until),
    )
    return session.scalars(rows.order_by(ControlDay.on)).all()


def closures_of(unit: UUID, since: date) -> Sequence[UnitClosure]:
    """What a unit stated of its stopped days and did not take back, of any category."""
    rows = visible(SYSTEM, UnitClosure).where(
        UnitClosure.organisation_id == unit, UnitClosure.withdrawn_at.is_(None), UnitClosure.until_on >= since
    )
    return session.scalars(rows.order_by(UnitClosure.from_on, UnitClosure.id)).all()


def closure_facts(row: UnitClosure) -> Closure:
    return Closure(row.from_on, row.until_on, frozenset(row.weekdays), clock.site_day(row.stated_at))


def controls_of_day(unit: UUID, category_key: str, on: date) -> Sequence[DailyControl]:
    """The records of a day that count, the earliest first."""
    rows = visible(SYSTEM, DailyControl).where(
        DailyControl.organisation_id == unit,
        DailyControl.category == category_key,
        DailyControl.on == on,
        DailyControl.superseded_by.is_(None),
    )
    return session.scalars(rows.order_by(DailyControl.counted_at, DailyControl.id)).all()


def control_of(viewer: Viewer, organisation_id: UUID, control_id: UUID) -> DailyControl:
    """The record if the viewer may see it, NotFound otherwise."""
    wanted = visible(viewer, DailyControl).where(
        DailyControl.organisation_id == organisation_id, DailyControl.id == control_id
    )
    row = session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


def problems_of(controls: Sequence[DailyControl]) -> Mapping[UUID, list[ControlFinding]]:
    """The problems of these records, by record."""
    by_control: dict[UUID, list[ControlFinding]] = defaultdict(list)
    if controls:
        rows = visible(SYSTEM, ControlFinding).where(
            ControlFinding.organisation_id.in_({one.organisation_id for one in controls}),
            ControlFinding.control_id.in_([one.id for one in controls]),
        )
        for row in session.scalars(rows.order_by(ControlFinding.control_id, ControlFinding.no)):
            by_control[row.control_id].append(row)
    return by_control


def risk_lists(viewer: Viewer, unit: UUID, category_key: str) -> Sequence[RiskList]:
    """The versions of a unit's list, the newest first."""
    rows = visible(viewer, RiskList).where(
        RiskList.organisation_id == unit, RiskList.category == category_key
    )
    return session.scalars(rows.order_by(RiskList.version.desc())).all()


def adopted_list(unit: UUID, category_key: str) -> RiskList | None:
    """The version in force."""
    rows = visible(SYSTEM, RiskList).where(
        RiskList.organisation_id == unit,
        RiskList.category == category_key,
        RiskList.state == RiskListState.ADOPTED,
    )
    return session.scalar(rows.order_by(RiskList.version.desc()).limit(1))


def risk_list_of(viewer: Viewer, organisation_id: UUID, list_id: UUID) -> RiskList:
    wanted = visible(viewer, RiskList).where(
        RiskList.organisation_id == organisation_id, RiskList.id == list_id
    )
    row = session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


def appointments(viewer: Viewer, unit: UUID) -> Sequence[ControlAppointment]:
    """Who holds or held which post of a unit, those in force first."""
    rows = visible(viewer, ControlAppointment).where(ControlAppointment.organisation_id == unit)
    over = ControlAppointment.until_on.is_not(None)
    return session.scalars(rows.order_by(over, ControlAppointment.post, ControlAppointment.from_on)).all()


def holders(unit: UUID, category_key: str, on: date) -> Mapping[ControlPost, list[ControlAppointment]]:
    """Who holds each post for a category on a day."""
    rows = visible(SYSTEM, ControlAppointment).where(
        ControlAppointment.organisation_id == unit,
        ControlAppointment.category.in_(("", category_key)),
        ControlAppointment.from_on <= on,
        or_(ControlAppointment.until_on.is_(None), ControlAppointment.until_on >= on),
    )
    by_post: dict[ControlPost, list[ControlAppointment]] = {post: [] for post in ControlPost}
    for row in session.scalars(rows.order_by(ControlAppointment.from_on, ControlAppointment.id)):
        by_post[row.post].append(row)
    return by_post


def control_reports(viewer: Viewer, filters: Mapping[str, str]) -> Select[ControlReport]:
    """Weekly and monthly reports that count, with the filters of the address bar."""
    listed = visible(viewer, ControlReport).where(ControlReport.superseded_by.is_(None))
    if filters.get("kind") in set(ControlReportKind):
        listed = listed.where(ControlReport.kind == filters["kind"])
    if filters.get("state") in set(ControlReportState):
        listed = listed.where(ControlReport.state == filters["state"])
    if filters.get("state") == "open":
        listed = listed.where(ControlReport.state != ControlReportState.COMPLETE)
    if filters.get("state") == "late":
        listed = listed.where(
            ControlReport.state != ControlReportState.COMPLETE, ControlReport.due_on < clock.today()
        )
    if filters.get("category") in {each.key for each in CATEGORIES}:
        listed = listed.where(ControlReport.category == filters["category"])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(ControlReport.area, filters["area"]))
    if unit := id_in(filters.get("unit", "")):
        listed = listed.where(ControlReport.organisation_id == unit)
    if typed := filters.get("q", ""):
        listed = listed.where(ControlReport.organisation_id.in_(_units_named(typed)))
    return listed


def report_of(viewer: Viewer, organisation_id: UUID, report_id: UUID) -> ControlReport:
    wanted = visible(viewer, ControlReport).where(
        ControlReport.organisation_id == organisation_id, ControlReport.id == report_id
    )
    row = session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


def units_missing_more(on: date, most: int) -> list[tuple[UUID, str, str, int]]:
    """(unit, area, category, days) of those with more missing days in the month of a day than `most`."""
    number = func.count()
    rows = (
        is_missing()
        .where(ControlDay.on.between(month_start(on), month_end(on)))
        .with_only_columns(ControlDay.organisation_id, func.max(ControlDay.area), ControlDay.category, number)
        .group_by(ControlDay.organisation_id, ControlDay.category)
        .having(number > most)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(rows)]


def days_of_unit(unit: UUID, since: date, until: date) -> Mapping[str, list[ControlDay]]:
    """The days of a unit by category, the earliest first."""
    rows = visible(SYSTEM, ControlDay).where(
        ControlDay.organisation_id == unit, ControlDay.on.between(since, until)
    )
    by_category: dict[str, list[ControlDay]] = defaultdict(list)
    for row in session.scalars(rows.order_by(ControlDay.on)):
        by_category[row.category].append(row)
    return by_category


def posts_of_unit(unit: UUID, on: date) -> Mapping[ControlPost, list[ControlAppointment]]:
    """Who holds each post of a unit on a day, for any category."""
    rows = visible(SYSTEM, ControlAppointment).where(
        ControlAppointment.organisation_id == unit,
        ControlAppointment.from_on <= on,
        or_(ControlAppointment.until_on.is_(None), ControlAppointment.until_on >= on),
    )
    by_post: dict[ControlPost, list[ControlAppointment]] = {post: [] for post in ControlPost}
    for row in session.scalars(rows.order_by(ControlAppointment.from_on, ControlAppointment.id)):
        by_post[row.post].append(row)
    return by_post


def adopted_lists(unit: UUID) -> Mapping[str, RiskList]:
    """The version in force by category."""
    rows = visible(SYSTEM, RiskList).where(
        RiskList.organisation_id == unit, RiskList.state == RiskListState.ADOPTED
    )
    return {row.category: row for row in session.scalars(rows.order_by(RiskList.version))}


def open_reports_of(unit: UUID) -> list[ControlReport]:
    """What is not signed whole, the earliest first."""
    rows = visible(SYSTEM, ControlReport).where(
        ControlReport.organisation_id == unit,
        ControlReport.state != ControlReportState.COMPLETE,
        ControlReport.superseded_by.is_(None),
    )
    return list(session.scalars(rows.order_by(ControlReport.due_on, ControlReport.id)))
