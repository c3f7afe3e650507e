"""Reading policies: who sees which, which lifts are insured on a day and until when, and how many are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.insurance.models import InsuranceCase, Policy, PolicyLift
from equipment.insurance.rules import (
    SOON_DAYS,
    Cover,
    InsuredLift,
    PolicyState,
    PolicyTerms,
    covered_before,
    covered_until,
)
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, visible, within
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.columns import Sorts
from equipment.storage.db import session

LIFT = "elevator"
SORTS: Sorts = {
    "until": (Policy.until_on, Policy.id),
    "entered": (Policy.entered_at, Policy.id),
    "number": (Policy.number, Policy.id),
}
CASE_SORTS: Sorts = {"on": (InsuranceCase.on, InsuranceCase.id)}
LIFT_SORTS: Sorts = {"area": (Equipment.area, Equipment.use_unit_id, Equipment.id)}
# Whose lift it is: the use unit's, or its owner's where it has none.
whose_unit = func.coalesce(Equipment.use_unit_id, Equipment.owner_id)


def unit_of(piece: Equipment) -> UUID | None:
    return piece.use_unit_id or piece.owner_id


def insured_lift(piece: Equipment) -> InsuredLift:
    return InsuredLift(piece.id, unit_of(piece), piece.maintenance_firm_id)


def _is_on(on: date) -> ColumnElement[bool]:
    """In force on that day."""
    return and_(
        Policy.superseded.is_(False),
        Policy.from_on <= on,
        Policy.until_on >= on,
        or_(Policy.cancelled_on.is_(None), Policy.cancelled_on > on),
    )


def _covering() -> ColumnElement[bool]:
    """The policy covers the piece of the query around it, whatever the day; both may stand further out than
    the next query, so that is said."""
    listed = (
        exists()
        .where(
            PolicyLift.organisation_id == Policy.organisation_id,
            PolicyLift.policy_id == Policy.id,
            PolicyLift.equipment_id == Equipment.id,
        )
        .correlate(Policy, Equipment)
    )
    return or_(
        and_(Policy.cover == Cover.LISTED, listed),
        and_(Policy.cover == Cover.UNIT, Policy.organisation_id == whose_unit),
        and_(Policy.cover == Cover.FIRM, Policy.organisation_id == Equipment.maintenance_firm_id),
    )


def is_insured(on: date) -> ColumnElement[bool]:
    """A condition on `Equipment`: some policy covers it that day. Fleets are as the register says now."""
    by_list = exists().where(
        PolicyLift.equipment_id == Equipment.id,
        PolicyLift.organisation_id == Policy.organisation_id,
        PolicyLift.policy_id == Policy.id,
        Policy.cover == Cover.LISTED,
        _is_on(on),
    )
    by_unit = exists().where(Policy.organisation_id == whose_unit, Policy.cover == Cover.UNIT, _is_on(on))
    by_firm = exists().where(
        Policy.organisation_id == Equipment.maintenance_firm_id, Policy.cover == Cover.FIRM, _is_on(on)
    )
    return or_(*(one.correlate(Equipment) for one in (by_list, by_unit, by_firm)))


def insured_lifts(ids: Iterable[UUID], on: date) -> set[UUID]:
    """Those of these lifts that a policy covers on that day."""
    wanted = visible(SYSTEM, Equipment).where(Equipment.id.in_(list(ids)), is_insured(on))
    return set(session.scalars(wanted.with_only_columns(Equipment.id)))


def visible_policies(viewer: Viewer) -> Select[Policy]:
    """Those of the viewer's organisation or area, and those of lifts that he sees."""
    at_lifts = exists().where(in_scope(viewer, Equipment), Equipment.category == LIFT, _covering())
    return select(Policy).where(or_(in_scope(viewer, Policy), at_lifts))


def policy_of(viewer: Viewer, holder_id: UUID, key: UUID) -> Policy:
    """The policy if the viewer may see it, NotFound otherwise."""
    wanted = visible_policies(viewer).where(Policy.organisation_id == holder_id, Policy.id == key)
    policy = session.scalar(wanted)
    if policy is None:
        raise NotFound
    return policy


def listed(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[Policy]:
    """The list with its filters; without a state those that still say something."""
    rows = visible_policies(viewer)
    if kind := filters.get("kind"):
        rows = rows.where(Policy.kind == kind)
    if typed := filters.get("q"):
        named = or_(
            Policy.number.contains(typed, autoescape=True), Policy.insurer.contains(typed, autoescape=True)
        )
        rows = rows.where(named)
    if holder := id_in(filters.get("holder", "")):
        rows = rows.where(Policy.organisation_id == holder)
    if lift := id_in(filters.get("lift", "")):
        rows = rows.where(exists().where(Equipment.id == lift, in_scope(viewer, Equipment), _covering()))
    return rows.where(_in_state(filters.get("state", ""), on))


def _in_state(state: str, on: date) -> ColumnElement[bool]:
    is_valid = Policy.superseded.is_(False)
    if state == PolicyState.CORRECTED:
        return Policy.superseded.is_(True)
    if state == PolicyState.CANCELLED:
        return and_(is_valid, Policy.cancelled_on <= on)
    stands = and_(is_valid, or_(Policy.cancelled_on.is_(None), Policy.cancelled_on > on))
    match state:
        case PolicyState.COMING:
            return and_(stands, Policy.from_on > on)
        case PolicyState.EXPIRED:
            return and_(stands, Policy.until_on < on)
        case PolicyState.IN_FORCE:
            return _is_on(on)
        case PolicyState.EXPIRING:
            return and_(
                _is_on(on), Policy.renewed_by_id.is_(None), Policy.until_on <= on + timedelta(days=SOON_DAYS)
            )
        case PolicyState.RENEWED:
            return and_(_is_on(on), Policy.renewed_by_id.is_not(None))
    return is_valid


def covered_pieces(viewer: Viewer, policy: Policy) -> Select[Equipment]:
    """The lifts on the list or now in the fleet of a policy, of those that the viewer sees."""
    pieces = visible(viewer, Equipment).where(Equipment.category == LIFT)
    match Cover(policy.cover):
        case Cover.LISTED:
            on_list = exists().where(
                PolicyLift.organisation_id == policy.organisation_id,
                PolicyLift.policy_id == policy.id,
                PolicyLift.equipment_id == Equipment.id,
            )
            return pieces.where(on_list)
        case Cover.UNIT:
            return pieces.where(whose_unit == policy.organisation_id, Equipment.status.in_(LIVING))
    return pieces.where(Equipment.maintenance_firm_id == policy.organisation_id, Equipment.status.in_(LIVING))


LIVING = (EquipmentStatus.NOT_YET, EquipmentStatus.IN_USE, EquipmentStatus.STOPPED, EquipmentStatus.LOCKED)


def covered_ids(policy: Policy) -> set[UUID]:
    pieces = covered_pieces(SYSTEM, policy).with_only_columns(Equipment.id)
    return set(session.scalars(pieces))


def policies_at(pieces: Sequence[Equipment]) -> dict[UUID, list[tuple[Policy, PolicyTerms]]]:
    """By lift, every policy that was not replaced and has it on its list or in its fleet, in three
    queries."""
    ids = [piece.id for piece in pieces]
    holders = {unit_of(piece) for piece in pieces} | {piece.maintenance_firm_id for piece in pieces}
    rows = session.scalars(visible(SYSTEM, PolicyLift).where(PolicyLift.equipment_id.in_(ids))).all()
    on_lists: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        on_lists[row.policy_id].add(row.equipment_id)
    fleets = and_(Policy.cover != Cover.LISTED, Policy.organisation_id.in_(holders - {None}))
    policies = session.scalars(
        visible(SYSTEM, Policy)
        .where(Policy.superseded.is_(False), or_(Policy.id.in_(on_lists), fleets))
        .order_by(Policy.from_on, Policy.id)
    ).all()
    by_lift: dict[UUID, list[tuple[Policy, PolicyTerms]]] = {key: [] for key in ids}
    for piece in pieces:
        lift = insured_lift(piece)
        for policy in policies:
            terms = policy.terms(frozenset(on_lists[policy.id]))
            if covers_ever(terms, lift):
                by_lift[piece.id].append((policy, terms))
    return by_lift


def covers_ever(terms: PolicyTerms, lift: InsuredLift) -> bool:
    if terms.cover is Cover.LISTED:
        return lift.id in terms.listed
    return terms.holder_id == (lift.unit_id if terms.cover is Cover.UNIT else lift.firm_id)


def insured_spans(pieces: Sequence[Equipment], on: date) -> dict[UUID, tuple[date | None, date | None]]:
    """By lift: (the last day up to which it is covered without a gap from `on`, or None; the last day on
    which it was covered, up to `on`)."""
    at = policies_at(pieces)
    spans = {}
    for piece in pieces:
        terms = [one for _policy, one in at[piece.id]]
        lift = insured_lift(piece)
        spans[piece.id] = (covered_until(terms, lift, on), covered_before(terms, lift, on))
    return spans


def insured_by(equipment_id: UUID, on: date) -> tuple[str, date] | None:
    """(the insurer, the last day) of the policy that covers a lift that day; of several the one that runs
    longest. Names of insurers are no secret, sums are."""
    at_lift = exists().where(Equipment.id == equipment_id, _covering())
    running = visible(SYSTEM, Policy).where(_is_on(on), at_lift)
    policy = session.scalar(running.order_by(Policy.until_on.desc(), Policy.id.desc()).limit(1))
    return None if policy is None else (policy.insurer, policy.terms().last_on)


def cases(viewer: Viewer, filters: Mapping[str, str]) -> Select[InsuranceCase]:
    rows = visible(viewer, InsuranceCase)
    if state := filters.get("state"):
        rows = rows.where(InsuranceCase.state == state)
    if lift := id_in(filters.get("lift", "")):
        rows = rows.where(InsuranceCase.equipment_id == lift)
    return rows


def case_of(viewer: Viewer, equipment_id: UUID, key: UUID) -> InsuranceCase:
    wanted = visible(viewer, InsuranceCase).where(
        InsuranceCase.equipment_id == equipment_id, InsuranceCase.id == key
    )
    case = session.scalar(wanted.execution_options(populate_existing=True))
    if case is None:
        raise NotFound
    return case


def in_use_lifts(viewer: Viewer, filters: Mapping[str, str]) -> Select[Equipment]:
    """Lifts in use, narrowed to an area, a kind, a firm."""
    lifts = visible(viewer, Equipment).where(
        Equipment.category == LIFT, Equipment.status == EquipmentStatus.IN_USE
    )
    if filters.get("area", "").isdecimal():
        lifts = lifts.where(within(Equipment.area, filters["area"]))
    if kind := filters.get("kind"):
        lifts = lifts.where(Equipment.catalogue_code == kind)
    if firm := id_in(filters.get("firm", "")):
        lifts = lifts.where(Equipment.maintenance_firm_id == firm)
    return lifts


def uninsured(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[Equipment]:
    """Lifts in use that no policy covers on that day."""
    return in_use_lifts(viewer, filters).where(~is_insured(on))


def coverage(
    viewer: Viewer,
    filters: Mapping[str, str],
    by: InstrumentedAttribute[str] | InstrumentedAttribute[UUID | None],
    on: date,
) -> dict[object, tuple[int, int]]:
    """By the values of a column: (insured lifts in use, lifts in use)."""
    columns = (by, func.count().filter(is_insured(on)), func.count())
    counted = in_use_lifts(viewer, filters).with_only_columns(*columns).group_by(by)
    return {value: (covered, whole) for value, covered, whole in session.execute(counted)}
