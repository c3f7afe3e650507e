"""The plan's indicators beside the rate: inspections, codes, scans, silent stations, refusals; through scope,
each with the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from equipment.calls.statistics import counted_calls, figures
from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.applications import PENDING
from equipment.dues.models import Application, Due
from equipment.dues.queries import overdue, unknown
from equipment.dues.rules import ApplicationState, DueState
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingState
from equipment.insurance.queries import LIFT, is_insured
from equipment.maintenance import indicators as maintenance
from equipment.maintenance.plate_rate import PLATE_SWIPE_DEFINITION, plate_figures
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.planning import INSPECTIONS, Origin
from equipment.regulation.queries import counted_grades
from equipment.reports.counts import in_use as in_use_on
from equipment.reports.rules import Share
from equipment.rescue import coverage as rescue
from equipment.storage.db import Base, session
from equipment.storage.remembered import Remembered
from equipment.suspicions.tracing import traced

LAST_DAYS = 30
M = TypeVar("M", bound=Base)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A share with what it says and where the list behind it is; `better` tells which way it should move."""

    key: str
    label: str
    share: Share
    url: str
    definition: str
    better: str = "high"
    counts: tuple[str, ...] = ()  # what of several counts, where the bureau chose (msgids)


@dataclass(frozen=True, slots=True)
class Overdue:
    """Pieces overdue for inspection: whose fault depends on whether the inspection was applied
    for (已报检 / 未报检)."""

    applied: int
    not_applied: int

    @property
    def all(self) -> int:
        return self.applied + self.not_applied


# They move slowly, and some read every piece.
_indicators: Remembered[tuple[object, ...], list[Indicator]] = Remembered(300, together=True)


def in_use(viewer: Viewer, area: str, category: str, on: date) -> Select[Standing]:
    """What stood in use of a category at the end of a day, within an area of the viewer's, one row each."""
    stood = visible(viewer, Standing).where(Standing.category == category, in_use_on(on))
    return stood.where(within(Standing.area, area))


def _not_done_by(on: date) -> ColumnElement[bool]:
    """A duty that was not done by the end of a day, whatever became of it later: done since, or dropped with
    the piece that went out of use, and nothing planned in its place."""
    later = aliased(Due)
    replanned = exists().where(
        later.equipment_id == Due.equipment_id,
        later.kind == Due.kind,
        later.id != Due.id,
        later.planned_at >= Due.planned_at,
    )
    return or_(
        Due.state == DueState.OPEN,
        and_(Due.state == DueState.DONE, Due.done_on > on),
        and_(Due.state == DueState.SUPERSEDED, ~replanned),
    )


def how_many(query: Select[M]) -> int:
    return (
        session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
    )


def _late(viewer: Viewer, area: str, on: date) -> Select[Due]:
    """The inspections that were overdue at the end of a day; self-tests are nobody's 报检 and no part of
    定检率."""
    if on < clock.today():
        stood = exists().where(Standing.equipment_id == Due.equipment_id, in_use_on(on))
        kinds = (Due.kind.in_(INSPECTIONS), Due.origin.not_in((Origin.UNKNOWN, Origin.FAILED)))
        late = visible(viewer, Due).where(*kinds, Due.due_on < on, _not_done_by(on), stood)
    else:
        late = overdue(viewer, on, kinds=INSPECTIONS)
    return late.where(within(Due.area, area), Due.category.in_([kind.key for kind in CATEGORIES]))


def overdue_inspections(viewer: Viewer, area: str, on: date) -> Overdue:
    """The pieces that the list of overdue inspections has, or had on a day gone by."""
    late = _late(viewer, area, on)
    applied_for = exists().where(Application.equipment_id == Due.equipment_id)
    if on < clock.today():
        # one that was done later still waited then
        waited = (*PENDING, ApplicationState.DONE)
        midnight = clock.site_midnight(on + timedelta(days=1))
        applied_for = applied_for.where(Application.state.in_(waited), Application.applied_at < midnight)
    else:
        applied_for = applied_for.where(Application.state.in_(PENDING))
    pieces = func.count(Due.equipment_id.distinct())
    applied = session.scalar(late.where(applied_for).with_only_columns(pieces)) or 0
    return Overdue(applied, (session.scalar(late.with_only_columns(pieces)) or 0) - applied)


def indicators(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """The plan's indicators of an area, at most some minutes old."""
    question = (viewer.area, viewer.categories, area, on)
    groups = (inspection_rates, _lifts, _rescue, _cylinders, _scans)
    return _indicators.get(question, lambda: [one for group in groups for one in group(viewer, area, on)])


def _rescue(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """Of lifts: whether rescue comes in time, who is insured, and whom the rescue platform covers."""
    since = _since(on)
    return [
        *rescue_cover(viewer, area, on),
        Indicator(
            "rescues",
            N_("Rescues in time"),
            rescues(viewer, area, on),
            f"/rescue/statistics?called_from={since}&called_until={on}&area={area}",
            N_("Calls of the last 30 days at which the rescue came in time ÷ calls whose arrival is known"),
        ),
        Indicator(
            "insured",
            N_("Lifts insured"),
            insured_lifts(viewer, area, on),
            f"/insurance/coverage?area={area}",
            N_("Lifts in use that a policy in force covers ÷ lifts in use"),
        ),
    ]


def rescue_cover(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """在用直梯全部纳入应急救援平台, as it is today: what a lift had on a day gone by is not on record."""
    if on < clock.today():
        return []
    meaning = rescue.definition(on)
    figure = rescue.cover(viewer, area, meaning)
    return [
        Indicator(
            "rescue",
            N_("Vertical lifts on the rescue platform"),
            Share(figure.covered, figure.whole),
            f"/rescue?state={rescue.MISSING}&area={area}",
            meaning.summary,
        )
    ]


def _lifts(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """Of lifts: 贴牌刷卡率 with both of its parts, and the visits behind the swipes."""
    since = _since(on)
    lifts, figures = maintenance.indicators(area, since, on), plate_figures(viewer, area, on)
    counted = tuple(grade.label for grade in counted_grades(on))
    return [
        Indicator(
            "plated_swipes",
            N_("Lifts with plate and swipe"),
            Share(figures.both, figures.in_use),
            f"/plates/rate?area={area}&on={on}",
            PLATE_SWIPE_DEFINITION.msgid,
            counts=counted,
        ),
        Indicator(
            "plates",
            N_("Lifts with a plate"),
            Share(lifts.plates, lifts.in_use),
            f"/equipment?category=elevator&status={EquipmentStatus.IN_USE}&area={area}&unplated=1",
            maintenance.PLATE_DEFINITION.msgid,
        ),
        Indicator(
            "swipes",
            N_("Maintenance by swipe"),
            Share(lifts.swiped, lifts.expected),
            f"/visits?on_from={since}&on_until={on}&area={area}",
            maintenance.SWIPE_DEFINITION.msgid,
            counts=counted,
        ),
        Indicator(
            "unproved",
            N_("Swiped, presence not proved"),
            Share(lifts.unproved, lifts.expected),
            f"/visits?on_from={since}&on_until={on}&area={area}&grade=unproved",
            maintenance.UNPROVED_DEFINITION.msgid,
            better="",
        ),
    ]


def _cylinders(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """Of cylinders: which carry a code, and which are traced."""
    cylinders = traced(viewer, area, on)
    return [
        Indicator(
            "coded",
            N_("Cylinders with a code"),
            Share(cylinders.coded, cylinders.in_use),
            f"/equipment?category=cylinder&status={EquipmentStatus.IN_USE}&area={area}&uncoded=1",
            N_("Cylinders in use with a label of ours or a readable foreign code ÷ cylinders in use"),
        ),
        Indicator(
            "traced",
            N_("Traced cylinders"),
            Share(cylinders.coded, cylinders.whole),
            f"/oversight/traced?area={area}",
            N_(
                "Cylinders in use with a code ÷ (cylinders in use + what stations declare beyond the "
                "register + codes and numbers read in the last 12 months that lead to no cylinder)"
            ),
        ),
    ]


def _scans(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """Of fills: how many began with a scan, and what was refused."""
    since = _since(on)
    return [
        Indicator(
            "scanned",
            N_("Fills by scan"),
            scanned_fills(viewer, area, on),
            f"/fills?on_from={since}&on_until={on}&area={area}",
            N_("Fills of the last 30 days recorded by a live scan ÷ all fills; late entries are not scans"),
        ),
        Indicator(
            "refused",
            N_("Refused scans"),
            refusals(viewer, area, on),
            f"/fills?state=refused&on_from={since}&on_until={on}&area={area}",
            N_("Scans of the last 30 days that were refused ÷ all scans before filling"),
            better="",
        ),
    ]


def insured_lifts(viewer: Viewer, area: str, on: date) -> Share:
    """Lifts in use that day that some policy covered, of all in use; whose fleet they are in is as of now."""
    lifts = in_use(viewer, area, LIFT, on)
    covered = exists().where(Equipment.id == Standing.equipment_id, is_insured(on))
    return Share(how_many(lifts.where(covered)), how_many(lifts))


def inspection_rates(viewer: Viewer, area: str, on: date) -> list[Indicator]:
    """定检率 of every category that has pieces in use: those that are not overdue for inspection, of all in use;
    three statements for all of them."""
    dark, rates = not_known(viewer, area, on), []
    stood = visible(viewer, Standing).where(in_use_on(on), within(Standing.area, area))
    numbers = _by_category(stood, Standing.category, func.count())
    overdue_ones = _by_category(
        _late(viewer, area, on), Due.category, func.count(Due.equipment_id.distinct())
    )
    for kind in CATEGORIES:
        whole = max(0, numbers.get(kind.key, 0) - dark.get(kind.key, 0))
        late = overdue_ones.get(kind.key, 0)
        if kind.key not in numbers:
            continue
        rates.append(
            Indicator(
                f"inspected_{kind.key}",
                kind.in_time_label or kind.label,
                Share(max(0, whole - late), whole),
                f"/dues?window=overdue&category={kind.key}&area={area}",
                N_(
                    "Pieces in use that are not overdue for inspection ÷ "
                    "pieces in use whose inspection state is known"
                ),
            )
        )
    return rates


def _by_category(
    query: Select[M], category: InstrumentedAttribute[str], number: ColumnElement[int]
) -> dict[str, int]:
    counted = query.order_by(None).with_only_columns(category, number, maintain_column_froms=True)
    return {str(key): count for key, count in session.execute(counted.group_by(category))}


def not_known(viewer: Viewer, area: str, on: date) -> dict[str, int]:
    """检验情况不明 by category on a day: pieces nobody can tell the inspection of; beside the rate, never in
    it."""
    dark = unknown(viewer, kinds=INSPECTIONS)
    if on < clock.today():
        kinds = (Due.kind.in_(INSPECTIONS), Due.origin == Origin.UNKNOWN)
        stood = exists().where(Standing.equipment_id == Due.equipment_id, in_use_on(on))
        dark = visible(viewer, Due).where(*kinds, _not_done_by(on), stood)
    dark = dark.where(within(Due.area, area))
    counted = dark.with_only_columns(
        Due.category, func.count(Due.equipment_id.distinct()), maintain_column_froms=True
    )
    rows = session.execute(counted.group_by(Due.category))
    return {str(key): number for key, number in rows}


def undecided_late(viewer: Viewer, area: str, on: date) -> int:
    """逾期未研判: findings that should have been decided before a day; they stand beside the rate."""
    waiting = visible(viewer, Finding).where(
        Finding.state == FindingState.OPEN, Finding.confirm_by < on, within(Finding.area, area)
    )
    return how_many(waiting)


def _since(on: date) -> date:
    """The first of the last days; the last one is `on`."""
    return on - timedelta(days=LAST_DAYS - 1)


def rescues(viewer: Viewer, area: str, on: date) -> Share:
    """困人救援 in time, of the calls whose arrival is known."""
    counted = figures("", {}, counted_calls(viewer, area, _since(on), on), 0)
    return Share(counted.in_time, counted.in_time + counted.late)


def _fills(viewer: Viewer, area: str, on: date) -> Select[Fill]:
    days = Fill.on.between(_since(on), on)
    return visible(viewer, Fill).where(days, within(Fill.area, area), Fill.superseded.is_(False))


def scanned_fills(viewer: Viewer, area: str, on: date) -> Share:
    """扫码充装率: fills recorded by a live scan, of all fills of the last days; late entries are
    never counted as scans."""
    fills = _fills(viewer, area, on).where(Fill.state.not_in((FillState.REFUSED, FillState.VOID)))
    part, whole = session.execute(
        fills.with_only_columns(func.count().filter(Fill.late_entry.is_(False)), func.count())
    ).one()
    return Share(part, whole)


def refusals(viewer: Viewer, area: str, on: date) -> Share:
    """拒充: refused scans of the last days, of all that named a bottle."""
    fills = _fills(viewer, area, on).where(Fill.state != FillState.VOID)
    part, whole = session.execute(
        fills.with_only_columns(func.count().filter(Fill.state == FillState.REFUSED), func.count())
    ).one()
    return Share(part, whole)
