"""标牌绑定: the plate that a lift carries already (应急处置牌, the maker's or a platform's code, a chip) becomes a
number of it. Who answers for the lift binds it at once; its technician proposes. What is proposed matches
nothing until it is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.models import User
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.binding import AFTER_LIFE
from equipment.register.codes import normal, plate_number
from equipment.register.identifiers import add_identifier
from equipment.register.models import Equipment, PlateProposal
from equipment.register.queries import resolve
from equipment.register.rules import SCANNED, IdentifierKind, Outcome, PlateState
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session

PLATED = frozenset(category.key for category in CATEGORIES if category.visit_kinds)
READ = ("camera", "nfc")  # by a phone: no slip of a hand
AGAINST = {
    Outcome.BLANK: N_("This is a blank label of ours: bind it as a label."),
    Outcome.VOID: N_("This is a label of ours that is void."),
    Outcome.AMBIGUOUS: N_("Several pieces carry this number"),
    Outcome.FORGED: N_("This looks like a label of ours, but is none."),
    Outcome.MISTYPED: N_("This looks like a label of ours with a slip: scan it, or type it again."),
}


@dataclass(frozen=True, slots=True)
class PlateRights:
    """Who says which plate a lift carries: the manager of its maintenance firm, the safety manager of its
    unit, whoever may change it. Its technicians propose."""

    bind: bool
    propose: bool

    @classmethod
    def of(cls, viewer: Viewer, equipment: Equipment) -> PlateRights:
        if equipment.category not in PLATED:
            return cls(False, False)
        own = viewer.organisation_id
        firm = own is not None and own == equipment.maintenance_firm_id
        holds = own is not None and own in (equipment.owner_id, equipment.use_unit_id)
        changes = (viewer.oversees or holds) and may(viewer, Action.CHANGE, Thing.EQUIPMENT)
        manages = (firm and Role.FIRM_MANAGER in viewer.roles) or (
            holds and Role.SAFETY_OFFICER in viewer.roles
        )
        bind = changes or manages
        return cls(bind, not bind and firm and Role.TECHNICIAN in viewer.roles)


def kind_read(how: str) -> IdentifierKind:
    return IdentifierKind.RFID if how == "nfc" else IdentifierKind.PLATE_QR


def bind_plate(
    equipment: Equipment, kind: IdentifierKind, text: str, *, how: str, by: Viewer
) -> PlateProposal | None:
    """The code that was read at a lift is that of its plate: a number of it at once, or the proposal of one.
    The same proposal again is the one that waits."""
    rights = PlateRights.of(by, equipment)
    if not (rights.bind or rights.propose):
        raise NotAllowed(
            N_("Only its unit, its maintenance firm and the bureau say which plate a lift carries.")
        )
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    value = _value(equipment, kind, text, how)
    if rights.bind:
        add_identifier(equipment, kind, text, by=by)
        return None
    waiting = session.scalar(
        select(PlateProposal).where(
            PlateProposal.equipment_id == equipment.id,
            PlateProposal.value == value,
            PlateProposal.kind == kind,
            PlateProposal.state == PlateState.PROPOSED,
        )
    )
    if waiting is not None:
        return waiting
    proposal = PlateProposal(
        equipment_id=equipment.id,
        id=new_id(),
        state=PlateState.PROPOSED,
        kind=kind,
        value=value,
        shown=text.strip()[:400],
        proposed_at=clock.now(),
        proposed_by=by.user_id,
    )
    session.add(proposal)
    _note(equipment, "plate.proposed", proposal, by)
    return proposal


def accept_plate(proposal: PlateProposal, equipment: Equipment, *, by: Viewer) -> None:
    """采纳: from now on the lift is found by its plate."""
    _hold(proposal, equipment, by)
    _value(equipment, IdentifierKind(proposal.kind), proposal.shown, READ[0])
    add_identifier(equipment, IdentifierKind(proposal.kind), proposal.shown, by=by)
    proposal.state, proposal.decided_at, proposal.decided_by = PlateState.ACCEPTED, clock.now(), by.user_id
    _note(equipment, "plate.accepted", proposal, by)


def decline_plate(proposal: PlateProposal, equipment: Equipment, reason: str, *, by: Viewer) -> None:
    """不采纳: kept with its reason; the code stays unknown."""
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    _hold(proposal, equipment, by)
    proposal.state, proposal.decided_at, proposal.decided_by = PlateState.DECLINED, clock.now(), by.user_id
    proposal.reason = reason.strip()[:300]
    _note(equipment, "plate.declined", proposal, by)


def waiting_plates(viewer: Viewer, equipment_id: UUID) -> Sequence[PlateProposal]:
    """What is proposed of a lift and not decided on, the oldest first."""
    rows = visible(viewer, PlateProposal).where(
        PlateProposal.equipment_id == equipment_id, PlateProposal.state == PlateState.PROPOSED
    )
    return session.scalars(rows.order_by(PlateProposal.proposed_at, PlateProposal.id)).all()


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Who proposed and who decided, by name: whoever sees the lift reads who says what it carries."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(set(ids) - {None})))
    return {row.id: row.name for row in rows}


def _value(equipment: Equipment, kind: IdentifierKind, text: str, how: str) -> str:
    """The number as it will be matched, if nothing else is found by it."""
    if equipment.status in AFTER_LIFE:
        raise Conflict({"code": N_("The life of this piece is over.")})
    value = normal(plate_number(text) if kind is IdentifierKind.PLATE_QR else text)
    if not value or kind not in SCANNED:
        raise Invalid({"code": N_("This cannot be read.")})
    resolved = resolve(text)
    if resolved.outcome is Outcome.FOUND:
        raise Conflict(
            {
                "code": N_("This lift is known by this code already.")
                if resolved.equipment_id == equipment.id
                else N_("This plate is bound to another piece already.")
            }
        )
    if resolved.outcome in AGAINST and not (resolved.outcome is Outcome.MISTYPED and how in READ):
        raise Conflict({"code": AGAINST[resolved.outcome]})
    return value


def _hold(proposal: PlateProposal, equipment: Equipment, by: Viewer) -> None:
    if not PlateRights.of(by, equipment).bind:
        raise NotAllowed(N_("The manager of the maintenance firm, the unit or the bureau decides."))
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    session.refresh(proposal)
    if proposal.state != PlateState.PROPOSED:
        raise Conflict({"": N_("Somebody has decided on this plate already.")})


def _note(equipment: Equipment, verb: str, proposal: PlateProposal, by: Viewer) -> None:
    payload = {"proposal": proposal.id, "kind": str(proposal.kind), "value": proposal.shown}
    if proposal.reason:
        payload["reason"] = proposal.reason
    session.flush()
    record(
        session(),
        subject_of("equipment", equipment.id),
        verb,
        actor=by.actor,
        rows=[proposal],
        payload=payload,
    )
