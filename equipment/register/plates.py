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
from equipment.core.words import N_, Message
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.models import User
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.binding import AFTER_LIFE
from equipment.register.codes import normal, plate_number, plate_writing
from equipment.register.disclosure import masked
from equipment.register.identifiers import add_identifier, void_identifier
from equipment.register.models import Equipment, Identifier, LiftPlate, PlateLoss, PlateProposal
from equipment.register.plate_conditions import PLATED, carried_plates
from equipment.register.queries import Resolved, pieces, resolve
from equipment.register.rules import SCANNED, FurtherPlate, IdentifierKind, Outcome, PlateLossKind, PlateState
from equipment.storage.db import session

READ = ("camera", "nfc")  # by a phone: no slip of a hand
LONGEST_TEXT = 400
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


@dataclass(frozen=True, slots=True)
class PlateReading:
    """What was read at a lift: the raw text and how it was come by; `number` is what is printed beside the
    symbol, `further` what a second code is where a plate of the lift is on file."""

    text: str
    kind: IdentifierKind = IdentifierKind.PLATE_QR
    how: str = ""
    number: str = ""
    further: FurtherPlate | None = None


def bind_plate(equipment: Equipment, reading: PlateReading, *, by: Viewer) -> PlateProposal:
    """The code that was read at a lift is that of its plate: a number of it at once, or the proposal of one.
    The same proposal again is the one that waits; a plate that another lift has is a claim to it, which
    changes nothing until somebody decides."""
    rights = PlateRights.of(by, equipment)
    if not (rights.bind or rights.propose):
        raise NotAllowed(
            N_("Only its unit, its maintenance firm and the bureau say which plate a lift carries.")
        )
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    value, held_by = _value(equipment, reading)
    further = _further(equipment, reading)
    waiting = session.scalar(
        select(PlateProposal).where(
            PlateProposal.equipment_id == equipment.id,
            PlateProposal.value == value,
            PlateProposal.kind == reading.kind,
            PlateProposal.state == PlateState.PROPOSED,
        )
    )
    if waiting is not None and not rights.bind and waiting.held_by == held_by:
        return waiting
    proposal = waiting or PlateProposal(
        equipment_id=equipment.id,
        id=new_id(),
        state=PlateState.PROPOSED,
        kind=reading.kind,
        value=value,
        shown=reading.text.strip(),
        proposed_at=clock.now(),
        proposed_by=by.user_id,
        how=reading.how if reading.how in READ else "",
        writing=plate_writing(reading.text),
        further=further,
        held_by=held_by,
    )
    session.add(proposal)
    if waiting is None or held_by != proposal.held_by:
        proposal.held_by = held_by
        _note(equipment, "plate.claimed" if held_by else "plate.proposed", proposal, by)
    if rights.bind and held_by is None:
        _adopt(proposal, equipment, by)
    if (
        reading.number.strip()
        and held_by is None
        and plate_number(reading.number) != plate_number(reading.text)
    ):
        beside = PlateReading(reading.number, how="typed", further=FurtherPlate.SAME)
        bind_plate(equipment, beside, by=by)
    return proposal


def accept_plate(proposal: PlateProposal, equipment: Equipment, *, by: Viewer) -> None:
    """采纳: from now on the lift is found by its plate. Of a claim: the plate leaves the lift that had it,
    which asks for somebody who answers for both."""
    _hold(proposal, equipment, by)
    if proposal.held_by is not None:
        _take_from(proposal, by)
    kind = IdentifierKind(proposal.kind)
    _value(equipment, PlateReading(proposal.shown, kind, READ[0]), claimable=False)
    _adopt(proposal, equipment, by)


def may_decide(proposal: PlateProposal, equipment: Equipment, by: Viewer) -> bool:
    """Whether this person accepts or declines it: of a claim whoever answers for both lifts."""
    if proposal.state != PlateState.PROPOSED or not PlateRights.of(by, equipment).bind:
        return False
    if proposal.held_by is None:
        return True
    return any(PlateRights.of(by, holder).bind for holder in pieces(by, [proposal.held_by]))


def _take_from(proposal: PlateProposal, by: Viewer) -> None:
    assert proposal.held_by is not None
    locked_heads(session.connection(), [subject_of("equipment", proposal.held_by)])
    carried = session.get(Identifier, (proposal.value, proposal.kind, proposal.held_by))
    if carried is not None and carried.voided_at is None:
        void_identifier(carried, reason="一牌两梯：核定属于另一台电梯", by=by)


def _adopt(proposal: PlateProposal, equipment: Equipment, by: Viewer) -> None:
    """The plate counts: a number of the lift, in place of the one before where it was said so."""
    if proposal.further == FurtherPlate.INSTEAD:
        for former in numbers_on_plates(equipment.id):
            void_identifier(former, reason="换用另一块标牌", by=by)
    add_identifier(equipment, IdentifierKind(proposal.kind), proposal.shown, by=by)
    end_loss(equipment, by=by)
    proposal.state, proposal.decided_at, proposal.decided_by = PlateState.ACCEPTED, clock.now(), by.user_id
    _note(equipment, "plate.accepted", proposal, by)


def decline_plate(proposal: PlateProposal, equipment: Equipment, reason: str, *, by: Viewer) -> None:
    """不采纳: kept with its reason; the code stays unknown, or where it was."""
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    _hold(proposal, equipment, by)
    proposal.state, proposal.decided_at, proposal.decided_by = PlateState.DECLINED, clock.now(), by.user_id
    proposal.reason = reason.strip()[:300]
    _note(equipment, "plate.declined", proposal, by)


def numbers_on_plates(
    equipment_id: UUID, kinds: Sequence[IdentifierKind] = (IdentifierKind.PLATE_QR,)
) -> Sequence[Identifier]:
    """What stands on the plate that the lift carried before our time; chips only where they are asked for."""
    rows = select(Identifier).where(
        Identifier.equipment_id == equipment_id, Identifier.kind.in_(kinds), Identifier.voided_at.is_(None)
    )
    return session.scalars(rows.order_by(Identifier.issued_at, Identifier.value)).all()


def report_plate(equipment: Equipment, what: PlateLossKind, reason: str, *, by: Viewer) -> PlateLoss:
    """标牌脱损: the plate that was there before our time is gone or cannot be read. The lift is still found
    by it, until another takes its place; it counts as a plate no longer."""
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    rights = PlateRights.of(by, equipment)
    if not (rights.bind or rights.propose):
        raise NotAllowed(
            N_("Only its unit, its maintenance firm and the bureau say which plate a lift carries.")
        )
    if equipment.status in AFTER_LIFE:
        raise Conflict({"": N_("The life of this piece is over.")})
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    if not session.scalar(select(carried_plates(equipment.id).exists())):
        raise Conflict({"": N_("No plate of this lift is on file that could be lost.")})
    if open_loss(equipment.id) is not None:
        raise Conflict({"": N_("This plate is reported already.")})
    loss = PlateLoss(
        equipment_id=equipment.id,
        id=new_id(),
        what=what,
        reason=reason.strip()[:200],
        at=clock.now(),
        on=clock.today(),
        user_id=by.user_id,
    )
    session.add(loss)
    record(
        session(),
        subject_of("equipment", equipment.id),
        "plate.lost",
        actor=by.actor,
        rows=[loss],
        payload={"what": str(what), "reason": loss.reason},
    )
    return loss


def open_loss(equipment_id: UUID) -> PlateLoss | None:
    rows = select(PlateLoss).where(PlateLoss.equipment_id == equipment_id, PlateLoss.ended_at.is_(None))
    return session.scalar(rows)


def end_loss(equipment: Equipment, *, by: Viewer) -> None:
    """The plate is there again, or another stands in its place; nothing where none is missed."""
    loss = open_loss(equipment.id)
    if loss is None:
        return
    loss.ended_at, loss.ended_by = clock.now(), by.user_id
    record(
        session(),
        subject_of("equipment", equipment.id),
        "plate.back",
        actor=by.actor,
        rows=[loss],
        payload={"what": str(loss.what)},
    )


def plate_back(equipment: Equipment, *, by: Viewer) -> None:
    """找回: the plate that was reported is there again and can be read."""
    rights = PlateRights.of(by, equipment)
    if not (rights.bind or rights.propose):
        raise NotAllowed(
            N_("Only its unit, its maintenance firm and the bureau say which plate a lift carries.")
        )
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    end_loss(equipment, by=by)


def waiting_plates(viewer: Viewer, equipment_id: UUID) -> Sequence[PlateProposal]:
    """What is proposed of a lift and not decided on, the oldest first."""
    rows = visible(viewer, PlateProposal).where(
        PlateProposal.equipment_id == equipment_id, PlateProposal.state == PlateState.PROPOSED
    )
    return session.scalars(rows.order_by(PlateProposal.proposed_at, PlateProposal.id)).all()


def is_reserved(text: str) -> bool:
    """Whether this is the code of a plate of ours that waits to be hung at its lift."""
    resolved = resolve(text) if text else None
    if resolved is None or resolved.outcome is not Outcome.BLANK:
        return False
    return bool(
        session.scalar(select(select(LiftPlate.code).where(LiftPlate.code == resolved.code).exists()))
    )


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Who proposed and who decided, by name: whoever sees the lift reads who says what it carries."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(set(ids) - {None})))
    return {row.id: row.name for row in rows}


def _value(equipment: Equipment, reading: PlateReading, *, claimable: bool = True) -> tuple[str, UUID | None]:
    """(the number as it will be matched, the other lift that has it). What cannot be a plate at all is
    said in words."""
    if equipment.status in AFTER_LIFE:
        raise Conflict({"code": N_("The life of this piece is over.")})
    text, kind = reading.text, reading.kind
    if len(text.strip()) > LONGEST_TEXT:
        raise Invalid(
            {"code": Message(N_("A plate holds at most %(most)s characters."), {"most": LONGEST_TEXT})}
        )
    value = normal(plate_number(text) if kind is IdentifierKind.PLATE_QR else text)
    if not value or kind not in SCANNED:
        raise Invalid({"code": N_("This cannot be read.")})
    resolved = resolve(text)
    if resolved.outcome is Outcome.FOUND:
        return value, _holder_of(resolved, equipment, value, kind, claimable)
    if resolved.outcome in AGAINST and not (resolved.outcome is Outcome.MISTYPED and reading.how in READ):
        raise Conflict({"code": AGAINST[resolved.outcome]})
    return value, None


def _holder_of(
    resolved: Resolved, equipment: Equipment, value: str, kind: IdentifierKind, claimable: bool
) -> UUID:
    """The other lift that carries this very plate; Conflict for whatever else the text is found by."""
    if resolved.equipment_id == equipment.id:
        raise Conflict({"code": N_("This lift is known by this code already.")})
    if resolved.label_status is not None:
        raise Conflict({"code": N_("This is a label of ours that is on another piece: it is no plate.")})
    assert resolved.equipment_id is not None
    carried = session.get(Identifier, (value, kind, resolved.equipment_id))
    holder = session.get_one(Equipment, resolved.equipment_id)
    if carried is None or holder.category not in PLATED:
        raise Conflict({"code": N_("This is a number of another piece, not a plate.")})
    if not claimable:
        raise Conflict({"code": N_("This plate is bound to another piece already.")})
    return holder.id


def _further(equipment: Equipment, reading: PlateReading) -> str:
    """What a second code is, where one is on file: nobody guesses."""
    on_file = numbers_on_plates(equipment.id)
    if reading.kind is not IdentifierKind.PLATE_QR or not on_file:
        return ""
    if reading.further is None:
        ends = "、".join(masked(number.shown) for number in on_file)
        question = Message(
            N_("This lift has a plate on file (%(ends)s). Say what this code is beside it."), {"ends": ends}
        )
        raise Invalid({"further": question})
    return str(reading.further)


def _hold(proposal: PlateProposal, equipment: Equipment, by: Viewer) -> None:
    if not PlateRights.of(by, equipment).bind:
        raise NotAllowed(N_("The manager of the maintenance firm, the unit or the bureau decides."))
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    session.refresh(proposal)
    if proposal.state != PlateState.PROPOSED:
        raise Conflict({"": N_("Somebody has decided on this plate already.")})
    if not may_decide(proposal, equipment, by):
        raise NotAllowed(N_("Whoever answers for both lifts decides which of them has the plate."))


def _note(equipment: Equipment, verb: str, proposal: PlateProposal, by: Viewer) -> None:
    payload: dict[str, object] = {
        "proposal": proposal.id,
        "kind": str(proposal.kind),
        "value": proposal.shown,
    }
    if proposal.held_by:
        payload["holder"] = proposal.held_by
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
