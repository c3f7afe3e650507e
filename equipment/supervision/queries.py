"""Reading checks: the list, one with its pieces and problems, how far the year's plan is, and which serious
hazards still have to be reported up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, exists, func, or_

from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.hazards.models import Hazard
from equipment.orders.models import Order
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.supervision_numbers import key_unit_permille, pieces_of_category, use_unit_permille
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.supervision.models import (
    CheckedPiece,
    CheckFinding,
    KeyUnit,
    PlannedCheck,
    SupervisionCheck,
    UpwardReport,
)
from equipment.supervision.rules import CheckKind, Measure, PlanShare, missing_categories, plan_share

SORTS: Sorts = {
    "on": (SupervisionCheck.on, SupervisionCheck.id),
    "number": (SupervisionCheck.office_area, SupervisionCheck.number),
}
USE_UNITS = (OrganisationKind.USE_UNIT, OrganisationKind.STATION)
whose = func.coalesce(Equipment.use_unit_id, Equipment.owner_id)
COUNTY = 6
MISSING = "missing"  # of the filter `order`: its order is still to be issued


def checks(viewer: Viewer, filters: Mapping[str, str]) -> Select[SupervisionCheck]:
    """Records that count, with the filters of the address bar; with `all` those that were corrected too."""
    listed = visible(viewer, SupervisionCheck)
    if not filters.get("all"):
        listed = listed.where(SupervisionCheck.superseded_by.is_(None))
    if filters.get("kind") in set(CheckKind):
        listed = listed.where(SupervisionCheck.kind == filters["kind"])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(SupervisionCheck.area, filters["area"]))
    if unit := id_in(filters.get("unit", "")):
        listed = listed.where(SupervisionCheck.organisation_id == unit)
    if typed := filters.get("q", ""):
        named = visible(SYSTEM, Organisation).where(Organisation.name.contains(typed, autoescape=True))
        by_number = SupervisionCheck.number.contains(typed, autoescape=True)
        of_unit = SupervisionCheck.organisation_id.in_(named.with_only_columns(Organisation.id))
        listed = listed.where(or_(by_number, of_unit))
    if since := day_in(filters.get("on_from", "")):
        listed = listed.where(SupervisionCheck.on >= since)
    if until := day_in(filters.get("on_until", "")):
        listed = listed.where(SupervisionCheck.on <= until)
    if filters.get("order") == MISSING:
        listed = listed.where(*_lacks_order())
    return listed


def _lacks_order() -> tuple[ColumnElement[bool], ...]:
    """Of records that say that an order was given: a problem stands, and no order is on file."""
    given = exists().where(Order.origin_id == SupervisionCheck.id)
    stands = exists().where(CheckFinding.check_id == SupervisionCheck.id, CheckFinding.put_right.is_(False))
    says_so = cast(SupervisionCheck.measures, Text).contains(f'"{Measure.ORDER}"', autoescape=True)
    return (
        SupervisionCheck.superseded_by.is_(None),
        SupervisionCheck.no_problem.is_(False),
        says_so,
        ~given,
        stands,
    )


def check_of(viewer: Viewer, organisation_id: UUID, check_id: UUID) -> SupervisionCheck:
    """The record if the viewer may see it, NotFound otherwise."""
    wanted = visible(viewer, SupervisionCheck).where(
        SupervisionCheck.organisation_id == organisation_id, SupervisionCheck.id == check_id
    )
    check = session.scalar(wanted)
    if check is None:
        raise NotFound
    return check


def findings_of(check: SupervisionCheck) -> Sequence[CheckFinding]:
    rows = visible(SYSTEM, CheckFinding).where(
        CheckFinding.organisation_id == check.organisation_id, CheckFinding.check_id == check.id
    )
    return session.scalars(rows.order_by(CheckFinding.no)).all()


def pieces_of(check: SupervisionCheck) -> Sequence[Equipment]:
    """The pieces that were looked at."""
    rows = (
        visible(SYSTEM, Equipment)
        .join(CheckedPiece, CheckedPiece.equipment_id == Equipment.id)
        .where(CheckedPiece.check_id == check.id)
    )
    return session.scalars(rows.order_by(Equipment.category, Equipment.id)).all()


def unit_pieces(viewer: Viewer, unit: UUID) -> Select[Equipment]:
    """The pieces of a unit that a check may look at."""
    living = (
        EquipmentStatus.IN_USE,
        EquipmentStatus.STOPPED,
        EquipmentStatus.LOCKED,
        EquipmentStatus.NOT_YET,
    )
    mine = or_(whose == unit, Equipment.maintenance_firm_id == unit)
    return visible(viewer, Equipment).where(mine, Equipment.status.in_(living))


def worst_first(on: date) -> tuple[ColumnElement[bool] | ColumnElement[str], ...]:
    """The order of pieces to look at: open hazards, then something overdue, by category."""
    hazard = visible(SYSTEM, Hazard).where(Hazard.equipment_id == Equipment.id, Hazard.closed_on.is_(None))
    late = visible(SYSTEM, Due).where(
        Due.equipment_id == Equipment.id, Due.state == DueState.OPEN, Due.due_on < on
    )
    return hazard.exists().desc(), late.exists().desc(), Equipment.category.asc()


def last_check(unit: UUID, before: date) -> SupervisionCheck | None:
    """The latest record of a unit, for how its problems were put right."""
    rows = visible(SYSTEM, SupervisionCheck).where(
        SupervisionCheck.organisation_id == unit,
        SupervisionCheck.on <= before,
        SupervisionCheck.superseded_by.is_(None),
    )
    return session.scalar(rows.order_by(SupervisionCheck.on.desc(), SupervisionCheck.id.desc()).limit(1))


def after_licence(unit: UUID, year: int, but: UUID | None = None) -> date | None:
    """The day of the 证后 check of a unit in a year."""
    rows = visible(SYSTEM, SupervisionCheck).where(
        SupervisionCheck.organisation_id == unit,
        SupervisionCheck.kind == CheckKind.AFTER_LICENCE,
        SupervisionCheck.on.between(date(year, 1, 1), date(year, 12, 31)),
        SupervisionCheck.superseded_by.is_(None),
    )
    if but is not None:
        rows = rows.where(SupervisionCheck.id != but)
    return session.scalar(rows.with_only_columns(func.min(SupervisionCheck.on)))


def key_units(viewer: Viewer, on: date) -> Select[KeyUnit]:
    """重点单位 of the viewer's area on a day."""
    running = or_(KeyUnit.until_on.is_(None), KeyUnit.until_on >= on)
    return visible(viewer, KeyUnit).where(KeyUnit.from_on <= on, running)


def planned(viewer: Viewer, year: int) -> Select[PlannedCheck]:
    """What stands on the year's plan, without what was taken off."""
    return visible(viewer, PlannedCheck).where(PlannedCheck.year == year, PlannedCheck.dropped == "")


class UseUnit(NamedTuple):
    """A use unit as the plan counts it: with a piece that is in use."""

    id: UUID
    name: str
    area: str


def use_units(viewer: Viewer) -> list[UseUnit]:
    """The use units of the viewer's area, by name."""
    has = exists().where(whose == Organisation.id, Equipment.status == EquipmentStatus.IN_USE)
    units = visible(SYSTEM, Organisation).where(
        Organisation.kind.in_(USE_UNITS), Organisation.active, within(Organisation.area, viewer.area), has
    )
    rows = units.with_only_columns(Organisation.id, Organisation.name, Organisation.area)
    return [UseUnit(*row) for row in session.execute(rows.order_by(Organisation.name))]


class PlanCount(NamedTuple):
    """How far an area is with the year's plan; `incomplete` are checked units of which a category was not
    looked at."""

    area: str
    units: PlanShare
    key_units: PlanShare
    incomplete: int
    checks: int


class YearPlan(NamedTuple):
    """The year's plan of an office: in all, by county, and the units behind the numbers."""

    whole: PlanCount
    counties: Sequence[PlanCount]
    checked: frozenset[UUID]
    keys: frozenset[UUID]
    incomplete: Mapping[UUID, tuple[str, ...]]
    units: Sequence[UseUnit]


def year_plan(viewer: Viewer, year: int, on: date) -> YearPlan:
    """The counters of 59号, from the records as they stand."""
    units = use_units(viewer)
    done = _checked_units(viewer, year)
    keys = {row.organisation_id for row in session.scalars(key_units(viewer, on))}
    ids = {unit.id for unit in units}
    incomplete = _incomplete([key for key in done if key in ids], year, on)
    by_county: dict[str, list[UseUnit]] = defaultdict(list)
    for unit in units:
        by_county[unit.area[:COUNTY]].append(unit)

    def count(area: str, some: Sequence[UseUnit]) -> PlanCount:
        of_area = [unit.id for unit in some]
        key_here = [key for key in of_area if key in keys]
        return PlanCount(
            area,
            plan_share(len(of_area), sum(key in done for key in of_area), use_unit_permille(on).integer),
            plan_share(len(key_here), sum(key in done for key in key_here), key_unit_permille(on).integer),
            sum(key in incomplete for key in of_area),
            sum(done.get(key, 0) for key in of_area),
        )

    counties = [count(area, some) for area, some in sorted(by_county.items())]
    return YearPlan(count(viewer.area, units), counties, frozenset(done), frozenset(keys), incomplete, units)


def _checked_units(viewer: Viewer, year: int) -> dict[UUID, int]:
    """How many records of the year each unit has."""
    rows = visible(viewer, SupervisionCheck).where(
        SupervisionCheck.on.between(date(year, 1, 1), date(year, 12, 31)),
        SupervisionCheck.superseded_by.is_(None),
    )
    counted = rows.with_only_columns(SupervisionCheck.organisation_id, func.count().label("number"))
    return {
        row.organisation_id: row.number
        for row in session.execute(counted.group_by(SupervisionCheck.organisation_id))
    }


def _incomplete(units: Sequence[UUID], year: int, on: date) -> dict[UUID, tuple[str, ...]]:
    """By unit, the categories of which too few pieces were looked at in the year."""
    if not units:
        return {}
    owned_rows = (
        visible(SYSTEM, Equipment)
        .where(whose.in_(units), Equipment.status == EquipmentStatus.IN_USE)
        .with_only_columns(whose.label("unit"), Equipment.category)
        .distinct()
    )
    owned: dict[UUID, set[str]] = defaultdict(set)
    for row in session.execute(owned_rows):
        owned[row.unit].add(row.category)
    sampled: dict[UUID, list[str]] = defaultdict(list)
    for unit, category in session.execute(_sampled(units, year)):
        sampled[unit].append(category)
    each = pieces_of_category(on).integer
    lacking = {unit: missing_categories(owned[unit], sampled[unit], each) for unit in units}
    return {unit: missing for unit, missing in lacking.items() if missing}


def _sampled(units: Iterable[UUID], year: int) -> Select[UUID, str]:
    return (
        visible(SYSTEM, CheckedPiece)
        .join(SupervisionCheck, SupervisionCheck.id == CheckedPiece.check_id)
        .where(
            SupervisionCheck.organisation_id.in_(list(units)),
            SupervisionCheck.superseded_by.is_(None),
            CheckedPiece.on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .with_only_columns(SupervisionCheck.organisation_id, CheckedPiece.category)
    )


def grave_hazards(viewer: Viewer) -> Select[Hazard]:
    """Open serious and major hazards: they are reported up (order 57, Art. 23)."""
    grave = [grade for grade in Grade if grade.stops_use]
    return visible(viewer, Hazard).where(Hazard.grade.in_(grave), Hazard.closed_on.is_(None))


def unreported(viewer: Viewer) -> Select[Hazard]:
    """Those that this viewer's office has not reported up yet."""
    told = exists().where(UpwardReport.hazard_id == Hazard.id, UpwardReport.from_area == viewer.area[:COUNTY])
    return grave_hazards(viewer).where(~told)


def reports_of(hazards: Sequence[Hazard]) -> Mapping[UUID, list[UpwardReport]]:
    """By hazard, whom it was reported to, the earliest first."""
    by_hazard: dict[UUID, list[UpwardReport]] = defaultdict(list)
    if hazards:
        rows = visible(SYSTEM, UpwardReport).where(UpwardReport.hazard_id.in_([one.id for one in hazards]))
        for report in session.scalars(rows.order_by(UpwardReport.at)):
            by_hazard[report.hazard_id].append(report)
    return by_hazard
