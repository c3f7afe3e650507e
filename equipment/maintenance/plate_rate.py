"""贴牌刷卡率: lifts in use with a plate that can be read and a valid swipe in the last period, of all lifts
in use; and those that are missing, each with its one reason. The figure and its lists are made of the same
conditions, on any day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, false, func, or_, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.words import N_, Labelled, Message
from equipment.dues.kinds import on_demand_rights
from equipment.maintenance.listing import lift_name
from equipment.maintenance.models import Visit
from equipment.maintenance.states import Flag, VisitState
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, visible, within
from equipment.register.models import Equipment, Standing
from equipment.register.plate_conditions import PLATED, is_plated, missed_plate
from equipment.register.rules import EquipmentStatus, PlateLossKind
from equipment.regulation.elevator_visits import swiped_since
from equipment.regulation.queries import counted_grades, rules
from equipment.storage.db import session
from equipment.storage.remembered import Remembered
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

# A swipe with one of these shows nobody's presence, whatever its proof.
DOUBTED = (Flag.NO_SIGN_OUT, Flag.CARD_UNCONFIRMED, Flag.CARD_DENIED)
NEVER = (VisitState.OPEN, VisitState.VOID, VisitState.EXPIRED)
COUNTY = 6  # digits of the code of a county
_on_demand: Remembered[date, dict[date, list[UUID]]] = Remembered(60)  # it reads every lift
PLATE_SWIPE_DEFINITION = Message(
    N_(
        "Lifts in use at the end of the day that have a readable plate and a valid swipe in the last "
        "period ÷ all "
        "lifts in use then. The period is the longest time between two visits of the lift: 15 days, of "
        "maintenance on demand its months. A swipe is valid that was made at both ends by a proof of "
        "presence "
        "that the bureau counts, swipes of the province's export among them; late entries, void visits, "
        "visits "
        "nobody signed out of and cards nobody confirmed are none. Whether the checklist is complete is the "
        "other rate's question."
    )
)


class PlateGap(Labelled):
    """Why a lift in use does not count, the first that holds."""

    NO_PLATE = "no_plate", N_("No plate"), "red"
    LOST = "lost", N_("Plate lost"), "amber"
    UNREADABLE = "unreadable", N_("Plate cannot be read"), "amber"
    NO_SWIPE = "no_swipe", N_("No swipe in the period"), "red"
    UNCOUNTED = "uncounted", N_("Only swipes that do not count"), "amber"


@dataclass(frozen=True, slots=True)
class PlateFigures:
    """How many lifts in use, how many with a readable plate, with a valid swipe, with both; those missing by
    reason."""

    in_use: int = 0
    plated: int = 0
    swiped: int = 0
    both: int = 0
    gaps: tuple[tuple[PlateGap, int], ...] = ()

    @property
    def rate(self) -> float | None:
        return self.both / self.in_use if self.in_use else None

    @property
    def plate_rate(self) -> float | None:
        return self.plated / self.in_use if self.in_use else None

    @property
    def swipe_rate(self) -> float | None:
        return self.swiped / self.in_use if self.in_use else None


@dataclass(frozen=True, slots=True)
class PlateQuestion:
    """The conditions of one day on a row of `equipment`."""

    on: date

    @property
    def in_use(self) -> ColumnElement[bool]:
        stood = select(Standing.equipment_id).where(
            Standing.equipment_id == Equipment.id,
            Standing.status == EquipmentStatus.IN_USE,
            Standing.from_on <= self.on,
            or_(Standing.until_on.is_(None), Standing.until_on > self.on),
        )
        return and_(Equipment.category.in_(PLATED), stood.exists())

    @property
    def plated(self) -> ColumnElement[bool]:
        return is_plated(Equipment.id, clock.site_midnight(self.on + timedelta(days=1)))

    def swiped(self, *, valid: bool) -> ColumnElement[bool]:
        """Whether there is a swipe in the lift's last period, a valid one or any."""
        periods = _periods(self.on)
        of_demand = [lift for lifts in periods.values() for lift in lifts]
        calendar = swiped_since(rules("elevator"), None, self.on)
        kinds = [and_(Equipment.id.not_in(of_demand), self._visit(calendar, valid))]
        kinds += [
            and_(Equipment.id.in_(lifts), self._visit(since, valid)) for since, lifts in periods.items()
        ]
        return or_(*kinds)

    def _visit(self, since: date, valid: bool) -> ColumnElement[bool]:
        visits = select(Visit.id).where(
            Visit.equipment_id == Equipment.id,
            Visit.on >= since,
            Visit.on <= self.on,
            Visit.swiped,
            Visit.late_entry.is_(False),
            Visit.superseded.is_(False),
            Visit.state.not_in(NEVER),
        )
        if valid:
            flags = cast(Visit.flags, String)
            visits = visits.where(Visit.grade.in_([str(grade) for grade in counted_grades(self.on)]))
            visits = visits.where(*(~flags.contains(f'"{flag}"', autoescape=True) for flag in DOUBTED))
        return visits.exists()

    @property
    def gap(self) -> ColumnElement[str]:
        """Why a lift does not count; NULL for one that does."""
        end = clock.site_midnight(self.on + timedelta(days=1))
        return case(
            (and_(self.plated, self.swiped(valid=True)), None),
            (and_(self.plated, self.swiped(valid=False)), PlateGap.UNCOUNTED.value),
            (self.plated, PlateGap.NO_SWIPE.value),
            (missed_plate(Equipment.id, PlateLossKind.LOST, end), PlateGap.LOST.value),
            (missed_plate(Equipment.id, PlateLossKind.UNREADABLE, end), PlateGap.UNREADABLE.value),
            else_=PlateGap.NO_PLATE.value,
        )


def _periods(on: date) -> dict[date, list[UUID]]:
    """The lifts under maintenance on demand, by the first day of their last period."""
    return _on_demand.get(on, lambda: _read_periods(on))


def _read_periods(on: date) -> dict[date, list[UUID]]:
    lifts = visible(SYSTEM, Equipment).where(
        Equipment.category.in_(PLATED), Equipment.maintenance_firm_id.is_not(None)
    )
    pack, periods = rules("elevator"), dict[date, list[UUID]]()
    for equipment_id, right in on_demand_rights(session.scalars(lifts).all(), on).items():
        periods.setdefault(swiped_since(pack, right, on), []).append(equipment_id)
    return periods


def lifts_in_use(viewer: Viewer, area: str, on: date) -> Select[Equipment]:
    seen = select(Equipment).where(in_scope(viewer, Equipment), PlateQuestion(on).in_use)
    return seen.where(within(Equipment.area, area)) if area else seen


def lifts_behind(viewer: Viewer, filters: Mapping[str, str]) -> Select[Equipment]:
    """The lifts that a figure counts: those with a reason (`gap`), those that count (`gap=none`), or all."""
    on = asked_day(filters)
    area = filters.get("area", "")
    rows = lifts_in_use(viewer, area if area.isdecimal() else "", on)
    gap = filters.get("gap", "")
    if gap == COUNTS:
        return rows.where(PlateQuestion(on).gap.is_(None))
    if gap in set(PlateGap):
        return rows.where(PlateQuestion(on).gap == gap)
    if gap == WHOLE:
        return rows
    return rows.where(false() if gap else PlateQuestion(on).gap.is_not(None))


COUNTS, WHOLE = "counts", "all"
_figures: Remembered[tuple[object, ...], dict[str, PlateFigures]] = Remembered(60, together=True)


def asked_day(filters: Mapping[str, str]) -> date:
    """The day that is asked about: today, or one gone by."""
    return min(day_in(filters.get("on", "")) or clock.today(), clock.today())


def figures_by_county(viewer: Viewer, area: str, on: date) -> dict[str, PlateFigures]:
    """The figures of each county in an area of the viewer's, by its code, at most a minute old."""
    question = (viewer.area, viewer.organisation_id, viewer.categories, area, on, counted_grades(on))
    return _figures.get(question, lambda: _count(viewer, area, on))


def _count(viewer: Viewer, area: str, on: date) -> dict[str, PlateFigures]:
    question = PlateQuestion(on)
    county = func.substr(Equipment.area, 1, COUNTY)
    rows = (
        lifts_in_use(viewer, area, on)
        .with_only_columns(
            county.label("county"),
            question.gap.label("gap"),
            case((question.swiped(valid=True), 1), else_=0).label("swiped"),
        )
        .subquery()
    )
    counted = select(rows.c.county, rows.c.gap, func.count(), func.sum(rows.c.swiped))
    figures: dict[str, PlateFigures] = {}
    for code, gap, number, swiped in session.execute(counted.group_by(rows.c.county, rows.c.gap)):
        figures[code] = _sum((figures.get(code, PlateFigures()), _of(gap, number, int(swiped or 0))))
    return dict(sorted(figures.items()))


def _of(gap: str | None, number: int, swiped: int) -> PlateFigures:
    if gap is None:
        return PlateFigures(number, number, swiped, number)
    reason = PlateGap(gap)
    plated = number if reason in (PlateGap.NO_SWIPE, PlateGap.UNCOUNTED) else 0
    return PlateFigures(number, plated, swiped, 0, ((reason, number),))


def _sum(parts: Iterable[PlateFigures]) -> PlateFigures:
    counted = list(parts)
    gaps = {
        gap: number for gap in PlateGap if (number := sum(dict(part.gaps).get(gap, 0) for part in counted))
    }
    return PlateFigures(
        sum(part.in_use for part in counted),
        sum(part.plated for part in counted),
        sum(part.swiped for part in counted),
        sum(part.both for part in counted),
        tuple(gaps.items()),
    )


def plate_figures(viewer: Viewer, area: str, on: date) -> PlateFigures:
    """The figures of a whole area."""
    return _sum(figures_by_county(viewer, area, on).values())


def gaps_of(viewer: Viewer, lifts: Iterable[Equipment], on: date) -> dict[UUID, PlateGap]:
    """Why each of these lifts does not count; nothing for one that does."""
    ids = [lift.id for lift in lifts]
    rows = select(Equipment.id, PlateQuestion(on).gap).where(
        in_scope(viewer, Equipment), Equipment.id.in_(ids)
    )
    return {equipment_id: PlateGap(gap) for equipment_id, gap in session.execute(rows) if gap}


def last_swipes(lifts: Iterable[Equipment], on: date) -> dict[UUID, date]:
    """The last day on which somebody swiped at each lift, valid or not."""
    rows = select(Visit.equipment_id, func.max(Visit.on)).where(
        Visit.equipment_id.in_([lift.id for lift in lifts]),
        Visit.on <= on,
        Visit.swiped,
        Visit.late_entry.is_(False),
        Visit.state.not_in(NEVER),
    )
    return {row[0]: row[1] for row in session.execute(rows.group_by(Visit.equipment_id))}


COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Lift"), 34),
    (N_("Area"), 16),
    (N_("Address"), 34),
    (N_("Why it does not count"), 24),
    (N_("Last swipe"), 12),
)


def plate_gap_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of the list, as people read them."""
    columns = [TableColumn(say(name), width) for name, width in COLUMNS]
    return Table(say(N_("Lifts and their plates and swipes")), columns, _rows(viewer, filters, say))


def _rows(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Iterator[list[object]]:
    on, areas = asked_day(filters), {area.code: area.name for area in areas_below("")}
    for part in in_parts(lifts_behind(viewer, filters), Equipment.area, Equipment.address, Equipment.id):
        gaps, swipes = gaps_of(viewer, part, on), last_swipes(part, on)
        for lift in part:
            gap = gaps.get(lift.id)
            yield [
                lift_name(lift, say),
                areas.get(lift.area, lift.area),
                f"{lift.address} {lift.position}".strip(),
                say(gap.label) if gap else "",
                swipes.get(lift.id, ""),
            ]
