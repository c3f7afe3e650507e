"""Reading filings, remote checks and periods, and everything that the conditions of a lift look at, for
many lifts at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from equipment.core.errors import NotFound
from equipment.hazards.models import Hazard
from equipment.insurance.queries import LIFT, insured_spans, unit_of
from equipment.on_demand.hooks import MonitorFacts, contracts_known, monitors
from equipment.on_demand.models import FilingLift, OnDemandPeriod, PilotFiling, RemoteCheck
from equipment.on_demand.rules import (
    Eligibility,
    FilingCover,
    LiftFacts,
    OnDemandNumbers,
    PilotLift,
    RemoteLook,
    names_lift,
    qualifies,
)
from equipment.on_demand.states import FilingState, PilotState
from equipment.people.models import Paper
from equipment.people.rules import SYSTEM, PaperKind, Viewer
from equipment.people.scope import in_scope, visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.elevator_numbers import heartbeat_hours, on_demand_conditions, remote_check_days
from equipment.regulation.packs import UnknownRule
from equipment.regulation.queries import on_demand_pilot, rules
from equipment.storage.columns import Sorts
from equipment.storage.db import session

CHECKS_DAYS = 400  # remote checks that are read: more than any interval asks about
SORTS: Sorts = {
    "entered": (PilotFiling.entered_at, PilotFiling.id),
    "until": (PilotFiling.until_on, PilotFiling.id),
}
LIFT_SORTS: Sorts = {"area": (Equipment.area, Equipment.use_unit_id, Equipment.id)}


def numbers_of(on: date) -> OnDemandNumbers:
    """The values of the day; UnknownRule before maintenance on demand was thought of."""
    pack = rules(LIFT)
    conditions = on_demand_conditions(pack, on)
    check_days = remote_check_days(pack, on)
    heartbeat = heartbeat_hours(pack, on)
    if conditions is None or check_days is None or heartbeat is None:
        raise UnknownRule("on_demand")
    return OnDemandNumbers(conditions, check_days, heartbeat)


def pilot_lift(piece: Equipment) -> PilotLift:
    return PilotLift(piece.maintenance_firm_id, unit_of(piece), piece.area)


def _naming() -> ColumnElement[bool]:
    """The filing names the piece of the query around it; either may stand further out than the next query, so
    that is said."""
    on_list = (
        exists()
        .where(
            FilingLift.organisation_id == PilotFiling.organisation_id,
            FilingLift.filing_id == PilotFiling.id,
            FilingLift.equipment_id == Equipment.id,
        )
        .correlate(PilotFiling, Equipment)
    )
    unit = func.coalesce(Equipment.use_unit_id, Equipment.owner_id)
    return and_(
        Equipment.maintenance_firm_id == PilotFiling.organisation_id,
        or_(
            and_(PilotFiling.cover == FilingCover.LISTED, on_list),
            and_(PilotFiling.cover == FilingCover.UNIT, PilotFiling.unit_id == unit),
            and_(PilotFiling.cover == FilingCover.AREA, Equipment.area.startswith(PilotFiling.area)),
        ),
    )


def named_pieces(viewer: Viewer, filing: PilotFiling) -> Select[Equipment]:
    """The lifts that a filing names, of those that the viewer sees."""
    this = exists().where(
        PilotFiling.organisation_id == filing.organisation_id, PilotFiling.id == filing.id, _naming()
    )
    return visible(viewer, Equipment).where(Equipment.category == LIFT, this)


def named_ids(filing: PilotFiling) -> list[UUID]:
    return list(session.scalars(named_pieces(SYSTEM, filing).with_only_columns(Equipment.id)))


def visible_filings(viewer: Viewer) -> Select[PilotFiling]:
    """Those of the viewer's own firm or area, and those of lifts that he sees."""
    at_lifts = exists().where(in_scope(viewer, Equipment), Equipment.category == LIFT, _naming())
    return select(PilotFiling).where(or_(in_scope(viewer, PilotFiling), at_lifts))


def filing_of(viewer: Viewer, firm_id: UUID, key: UUID) -> PilotFiling:
    wanted = visible_filings(viewer).where(PilotFiling.organisation_id == firm_id, PilotFiling.id == key)
    filing = session.scalar(wanted)
    if filing is None:
        raise NotFound
    return filing


def latest_periods(ids: Sequence[UUID]) -> dict[UUID, OnDemandPeriod]:
    """By lift the period that stands open, else the one that ended last."""
    periods = visible(SYSTEM, OnDemandPeriod).where(OnDemandPeriod.equipment_id.in_(ids))
    ordered = periods.order_by(OnDemandPeriod.from_on, OnDemandPeriod.at, OnDemandPeriod.id)
    return {row.equipment_id: row for row in session.scalars(ordered)}


def filings_at(pieces: Sequence[Equipment], on: date) -> dict[UUID, PilotFiling]:
    """By lift the approved filing that names it: one in force on that day before one to come, before one gone
    by."""
    firms = {piece.maintenance_firm_id for piece in pieces if piece.maintenance_firm_id}
    ids = [piece.id for piece in pieces]
    listed: dict[UUID, set[UUID]] = defaultdict(set)
    for row in session.scalars(visible(SYSTEM, FilingLift).where(FilingLift.equipment_id.in_(ids))):
        listed[row.filing_id].add(row.equipment_id)
    decided = PilotFiling.state.in_((FilingState.APPROVED, FilingState.WITHDRAWN))
    by_firm = or_(PilotFiling.organisation_id.in_(firms), PilotFiling.id.in_(listed))
    # one that was withdrawn before anybody approved it never said anything
    rows = session.scalars(
        visible(SYSTEM, PilotFiling)
        .where(decided, by_firm, PilotFiling.number != "")
        .order_by(PilotFiling.until_on, PilotFiling.id)
    ).all()
    by_lift: dict[UUID, PilotFiling] = {}
    for piece in pieces:
        naming = [filing for filing in rows if _names(filing, piece, piece.id in listed[filing.id])]
        if naming:
            by_lift[piece.id] = max(naming, key=lambda filing: _preference(filing, piece, on))
    return by_lift


def _names(filing: PilotFiling, piece: Equipment, is_listed: bool) -> bool:
    """Whether it names the lift; one on a list stays on it when its firm has changed: that is said."""
    lift = pilot_lift(piece)
    if filing.cover is FilingCover.LISTED:
        return is_listed
    return names_lift(
        FilingCover(filing.cover), filing.organisation_id, filing.unit_id, filing.area, is_listed, lift
    )


def _preference(filing: PilotFiling, piece: Equipment, on: date) -> tuple[bool, bool, date]:
    terms = filing.terms()
    is_own = filing.organisation_id == piece.maintenance_firm_id
    return is_own, terms.from_on <= on <= terms.last_on, terms.last_on


def facts_of(
    pieces: Sequence[Equipment], on: date, periods: Mapping[UUID, OnDemandPeriod]
) -> dict[UUID, LiftFacts]:
    """What the conditions look at, for many lifts in about ten queries."""
    ids = [piece.id for piece in pieces]
    pilot = on_demand_pilot(on)
    filings, insured = filings_at(pieces, on), insured_spans(pieces, on)
    licences, hazards = _licences(pieces, on), _hazards(ids)
    looks, contracts, reported = _looks(ids, on), contracts_known(ids, on), monitors(ids)
    facts = {}
    for piece in pieces:
        period, filing = periods.get(piece.id), filings.get(piece.id)
        until, before = insured[piece.id]
        monitor: MonitorFacts | None = reported.get(piece.id)
        facts[piece.id] = LiftFacts(
            pilot=pilot,
            filing=filing.terms() if filing else None,
            firm_id=piece.maintenance_firm_id,
            in_use=piece.status == EquipmentStatus.IN_USE,
            stop_use_since=piece.stop_use_since,
            inspection_due_on=piece.inspection_due_on,
            inspection_failed_on=piece.inspection_failed_on,
            insured_until=until,
            insured_before=before,
            contract=contracts.get(piece.id),
            licence_until=licences.get(piece.maintenance_firm_id),
            hazard_since=hazards.get(piece.id),
            silent_hours=monitor.silent_hours if monitor else None,
            looks=tuple(looks[piece.id]),
            counted_from=period.from_on if period and period.ended_on is None else None,
        )
    return facts


def eligibilities(
    pieces: Sequence[Equipment], on: date, periods: Mapping[UUID, OnDemandPeriod]
) -> dict[UUID, Eligibility]:
    """By lift how it stands with every condition."""
    if not pieces:
        return {}
    numbers = numbers_of(on)
    return {key: qualifies(facts, on, numbers) for key, facts in facts_of(pieces, on, periods).items()}


def _licences(pieces: Sequence[Equipment], on: date) -> dict[UUID | None, date]:
    firms = {piece.maintenance_firm_id for piece in pieces if piece.maintenance_firm_id}
    papers = visible(SYSTEM, Paper).where(
        Paper.organisation_id.in_(firms),
        Paper.kind == PaperKind.MAINTENANCE_LICENCE,
        or_(Paper.valid_from.is_(None), Paper.valid_from <= on),
    )
    last = papers.with_only_columns(Paper.organisation_id, func.max(Paper.valid_until)).group_by(
        Paper.organisation_id
    )
    return {firm: until for firm, until in session.execute(last) if until is not None}


def _hazards(ids: Sequence[UUID]) -> dict[UUID, date]:
    grave = visible(SYSTEM, Hazard).where(
        Hazard.equipment_id.in_(ids),
        Hazard.closed_on.is_(None),
        Hazard.grade.in_([grade for grade in Grade if grade.stops_use]),
    )
    first = grave.with_only_columns(Hazard.equipment_id, func.min(Hazard.found_on)).group_by(
        Hazard.equipment_id
    )
    return {row[0]: row[1] for row in session.execute(first)}


def _looks(ids: Sequence[UUID], on: date) -> Mapping[UUID, list[RemoteLook]]:
    looks: dict[UUID, list[RemoteLook]] = defaultdict(list)
    checks = visible(SYSTEM, RemoteCheck).where(
        RemoteCheck.equipment_id.in_(ids), RemoteCheck.on >= on - timedelta(days=CHECKS_DAYS)
    )
    for row in session.scalars(checks.order_by(RemoteCheck.on, RemoteCheck.at)):
        looks[row.equipment_id].append(RemoteLook(row.on, row.result == "ok"))
    return looks


def last_checks(ids: Sequence[UUID]) -> dict[UUID, date]:
    """By lift the day of its last remote check."""
    checks = visible(SYSTEM, RemoteCheck).where(RemoteCheck.equipment_id.in_(ids))
    last = checks.with_only_columns(RemoteCheck.equipment_id, func.max(RemoteCheck.on)).group_by(
        RemoteCheck.equipment_id
    )
    return {row[0]: row[1] for row in session.execute(last)}


def pilot_pieces(viewer: Viewer, state: str = "") -> Select[Equipment]:
    """The lifts that are, were or may come under maintenance on demand."""
    lifts = visible(viewer, Equipment).where(Equipment.category == LIFT)
    is_open = exists().where(OnDemandPeriod.equipment_id == Equipment.id, OnDemandPeriod.ended_on.is_(None))
    had = exists().where(OnDemandPeriod.equipment_id == Equipment.id)
    filed = exists().where(PilotFiling.state == FilingState.APPROVED, _naming())
    match state:
        case PilotState.IN_FORCE:
            return lifts.where(is_open)
        case PilotState.FELL_BACK:
            return lifts.where(had, ~is_open)
        case PilotState.WAITING:
            return lifts.where(filed, ~had)
    return lifts.where(or_(had, filed))


def state_of(period: OnDemandPeriod | None) -> PilotState:
    if period is None:
        return PilotState.WAITING
    return PilotState.IN_FORCE if period.ended_on is None else PilotState.FELL_BACK


def periods_of(viewer: Viewer, equipment_id: UUID) -> Select[OnDemandPeriod]:
    rows = visible(viewer, OnDemandPeriod).where(OnDemandPeriod.equipment_id == equipment_id)
    return rows.order_by(OnDemandPeriod.from_on.desc(), OnDemandPeriod.at.desc())


def checks_of(viewer: Viewer, equipment_id: UUID) -> Select[RemoteCheck]:
    rows = visible(viewer, RemoteCheck).where(RemoteCheck.equipment_id == equipment_id)
    return rows.order_by(RemoteCheck.on.desc(), RemoteCheck.at.desc())
