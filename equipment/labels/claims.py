"""一码两瓶: a label that is on one piece was to be bound to another. Nothing is bound; the attempt is a record,
and somebody who sees the piece that has the label looks at both and decides."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.labels.models import LabelClaim
from equipment.labels.rules import CLAIM_CHANGES, ClaimState
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.binding import take_off
from equipment.register.models import Equipment, Label
from equipment.register.queries import pieces
from equipment.register.rules import LabelStatus
from equipment.storage.db import session

ON_A_PIECE = (LabelStatus.BOUND, LabelStatus.LOST, LabelStatus.DAMAGED)


def claim(code: str, claimed: Equipment, *, by: Viewer) -> LabelClaim | None:
    """Keep that this label was to be bound to a piece although it is on another; the same attempt again is
    the claim that is there. None where it is on no other piece (any more)."""
    label = session.get(Label, code)
    if label is None or label.equipment_id in (None, claimed.id) or label.status not in ON_A_PIECE:
        return None
    if by.organisation_id is None:
        return None
    subject = subject_of("equipment", label.equipment_id or "")
    locked_heads(session.connection(), [subject])
    again = session.scalar(
        select(LabelClaim).where(
            LabelClaim.equipment_id == label.equipment_id,
            LabelClaim.code == code,
            LabelClaim.claimed_id == claimed.id,
            LabelClaim.state == ClaimState.OPEN,
        )
    )
    if again is not None:
        return again
    attempt = LabelClaim(
        equipment_id=label.equipment_id,
        id=new_id(),
        organisation_id=by.organisation_id,
        code=code,
        claimed_id=claimed.id,
        state=ClaimState.OPEN,
        user_id=by.user_id,
        at=clock.now(),
        on=clock.today(),
        decided_by=None,
        decided_at=None,
        reason="",
    )
    session.add(attempt)
    payload = {"code": code, "claimed": claimed.id}
    record(session(), subject, "label.claimed", actor=by.actor, rows=[attempt], payload=payload)
    return attempt


def decide(attempt: LabelClaim, to: ClaimState, reason: str, *, by: Viewer) -> LabelClaim:
    """The label stays where it is (the attempt was a slip), or its code ends for ever and both pieces get new
    labels: a code that was seen on two pieces proves neither."""
    if not may_decide(attempt, by):
        raise NotAllowed(N_("Whoever is in charge of the piece that has the label decides."))
    if to not in CLAIM_CHANGES[ClaimState(attempt.state)]:
        raise Conflict({"": N_("This was decided already.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    label = session.get_one(Label, attempt.code)
    if to is ClaimState.VOIDED and label.status in ON_A_PIECE:
        take_off(label, reason.strip(), by=by)
    attempt.state, attempt.reason = to, reason.strip()[:200]
    attempt.decided_by, attempt.decided_at = by.user_id, clock.now()
    record(
        session(),
        subject_of("equipment", attempt.equipment_id),
        "label.claim_decided",
        actor=by.actor,
        rows=[attempt],
        payload={"code": attempt.code, "decision": str(to), "reason": attempt.reason},
    )
    return attempt


def may_decide(attempt: LabelClaim, by: Viewer) -> bool:
    """Whether the piece that has the label is this person's to look at."""
    return bool(pieces(by, [attempt.equipment_id]))


def claims(viewer: Viewer, *, only_open: bool = False) -> Select[LabelClaim]:
    rows = visible(viewer, LabelClaim)
    return rows.where(LabelClaim.state == ClaimState.OPEN) if only_open else rows


def claim_of(equipment_id: UUID, claim_id: UUID, *, by: Viewer) -> LabelClaim:
    attempt = session.scalar(
        claims(by).where(LabelClaim.equipment_id == equipment_id, LabelClaim.id == claim_id)
    )
    if attempt is None:
        raise NotFound
    return attempt
