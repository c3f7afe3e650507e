"""移交: what one firm leaves to the next, written down on the day it leaves and then accepted or not. What was
open is a picture of that day; keys and papers are ticked by whoever gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from equipment.contracts.hooks import open_visits
from equipment.contracts.models import Handover, LeftLift, LeftRecord, LeftThing
from equipment.contracts.states import HANDOVER_CHANGES, HandoverState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import NO_NUMBER, called
from equipment.regulation.planning import VISITS
from equipment.storage.db import session

AHEAD = timedelta(days=15)  # what falls due within one turn of visits is named too
MOST_THINGS, LONGEST = 40, 100
# What usually goes along; each firm ticks, adds and leaves out.
THINGS = ("机房钥匙", "层门三角钥匙", "电梯技术资料与档案", "维保记录（近4年）", "使用标志与应急标识")


@dataclass(frozen=True, slots=True)
class FirmChange:
    """Which firm goes and which comes, and by which contract of the first."""

    former: UUID | None
    firm: UUID | None
    contract_id: UUID | None


def leave(leaving: Mapping[FirmChange, Sequence[Equipment]], on: date) -> None:
    """Write down what a firm leaves, by firm that comes; lifts that a firm left while nobody followed go to
    whoever takes them now."""
    for change, pieces in leaving.items():
        by_unit: dict[UUID | None, list[Equipment]] = {}
        for piece in pieces:
            by_unit.setdefault(piece.use_unit_id or piece.owner_id, []).append(piece)
        for unit_id, lifts in by_unit.items():
            if change.former is not None:
                _open(change, unit_id, lifts, on)
            elif change.firm is not None:
                _follow(change.firm, lifts)


def _open(change: FirmChange, unit_id: UUID | None, lifts: Sequence[Equipment], on: date) -> Handover:
    assert change.former is not None
    handover = Handover(
        organisation_id=change.former,
        id=new_id(),
        to_id=change.firm,
        use_unit_id=unit_id,
        contract_id=change.contract_id,
        area=lifts[0].area,
        on=on,
        state=HandoverState.OPEN,
        lifts=left_of(lifts, on),
        things=[LeftThing(text=text, ticked=False) for text in THINGS],
        opened_at=clock.now(),
    )
    session.add(handover)
    _record(handover, "handover.opened", SYSTEM, lifts=len(lifts))
    return handover


def _follow(firm_id: UUID, lifts: Sequence[Equipment]) -> None:
    """The firm that comes takes over what was left while there was none; of a hand-over with lifts of others
    its own part."""
    ids = {str(piece.id) for piece in lifts}
    waiting = visible(SYSTEM, Handover).where(Handover.to_id.is_(None), Handover.state == HandoverState.OPEN)
    units = {piece.use_unit_id or piece.owner_id for piece in lifts}
    for handover in session.scalars(waiting.where(Handover.use_unit_id.in_(units))):
        mine = [lift for lift in handover.lifts if lift["lift"] in ids]
        if not mine:
            continue
        if len(mine) == len(handover.lifts):
            handover.to_id = firm_id
            _record(handover, "handover.followed", SYSTEM, to=firm_id)
            continue
        part = Handover(
            organisation_id=handover.organisation_id,
            id=new_id(),
            to_id=firm_id,
            use_unit_id=handover.use_unit_id,
            contract_id=handover.contract_id,
            area=handover.area,
            on=handover.on,
            state=HandoverState.OPEN,
            lifts=mine,
            things=handover.things,
            opened_at=clock.now(),
        )
        handover.lifts = [lift for lift in handover.lifts if lift["lift"] not in ids]
        session.add(part)
        _record(handover, "handover.split", SYSTEM, lifts=len(handover.lifts))
        _record(part, "handover.opened", SYSTEM, lifts=len(mine))


def left_of(lifts: Sequence[Equipment], on: date) -> list[LeftLift]:
    """What is open on these lifts on a day: overdue and soon due, findings, hazards, visits to sign or
    disputed;
    and the last visit of each class."""
    ids = [piece.id for piece in lifts]
    dues = session.scalars(
        visible(SYSTEM, Due)
        .where(Due.equipment_id.in_(ids), Due.state == DueState.OPEN, Due.due_on <= on + AHEAD)
        .order_by(Due.due_on)
    ).all()
    done = session.scalars(
        visible(SYSTEM, Due)
        .where(Due.equipment_id.in_(ids), Due.state == DueState.DONE, Due.kind.in_(VISITS))
        .order_by(Due.done_on)
    ).all()
    findings = session.scalars(
        visible(SYSTEM, Finding).where(Finding.equipment_id.in_(ids), Finding.state == FindingState.OPEN)
    ).all()
    hazards = session.scalars(
        visible(SYSTEM, Hazard).where(Hazard.equipment_id.in_(ids), Hazard.closed_on.is_(None))
    ).all()
    visits = open_visits(ids)
    return [
        LeftLift(
            lift=str(piece.id),
            name=_name(piece),
            last={
                str(due.kind): due.done_on.isoformat() for due in done if _is_of(due, piece) and due.done_on
            },
            dues=[
                {"kind": str(due.kind), "on": due.due_on.isoformat()} for due in dues if _is_of(due, piece)
            ],
            findings=[_left(row) for row in findings if _is_of(row, piece)],
            hazards=[_left(row) for row in hazards if _is_of(row, piece)],
            visits=list(visits.get(piece.id, ())),
        )
        for piece in sorted(lifts, key=lambda piece: (piece.address, piece.name, piece.id))
    ]


def _is_of(row: Due | Finding | Hazard, piece: Equipment) -> bool:
    return row.equipment_id == piece.id


def _name(piece: Equipment) -> str:
    number = called(piece)
    return " ".join(part for part in (number if number != NO_NUMBER else "", piece.address) if part)


def _left(row: Finding | Hazard) -> LeftRecord:
    return LeftRecord(
        id=str(row.id), on=row.found_on.isoformat(), text=row.description[:200], state=str(row.state)
    )


def set_things(handover: Handover, things: Sequence[tuple[str, bool]], *, by: Viewer) -> Handover:
    """What goes along, ticked: said by the firm that gives, while it has not been taken over."""
    _lock(handover, by, handover.organisation_id)
    if handover.state is not HandoverState.OPEN:
        raise Conflict({"": _stands(handover)})
    listed = [(text.strip()[:LONGEST], ticked) for text, ticked in things if text.strip()]
    if len(listed) > MOST_THINGS:
        raise Invalid({"things": Message(N_("At most %(most)d things."), {"most": MOST_THINGS})})
    handover.things = [LeftThing(text=text, ticked=ticked) for text, ticked in dict(listed).items()]
    _record(handover, "handover.things", by, things=handover.things)
    return handover


def accept(handover: Handover, *, by: Viewer) -> Handover:
    """The firm that comes takes over so. Said again it is as it was."""
    _lock_taker(handover, by)
    if handover.state is not HandoverState.ACCEPTED:
        _move(handover, HandoverState.ACCEPTED, "", by)
    return handover


def refuse(handover: Handover, reason: str, *, by: Viewer) -> Handover:
    """The firm that comes does not take over so: what is written is not what it met."""
    _lock_taker(handover, by)
    if handover.state is HandoverState.REFUSED:
        return handover
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _move(handover, HandoverState.REFUSED, reason.strip()[:300], by)
    return handover


def offer_again(handover: Handover, *, by: Viewer) -> Handover:
    """The firm that gives has seen to what was objected to."""
    _lock(handover, by, handover.organisation_id)
    if handover.state is not HandoverState.OPEN:
        _move(handover, HandoverState.OPEN, handover.reason, by)
    return handover


def _move(handover: Handover, to: HandoverState, reason: str, by: Viewer) -> None:
    if to not in HANDOVER_CHANGES[HandoverState(handover.state)]:
        raise Conflict({"": _stands(handover)})
    handover.state, handover.reason = to, reason
    handover.decided_by, handover.decided_at = by.user_id, clock.now()
    _record(handover, f"handover.{to}", by, reason=reason)


def _lock_taker(handover: Handover, by: Viewer) -> None:
    if handover.to_id is None:
        raise Conflict({"": N_("No firm follows yet.")})
    _lock(handover, by, handover.to_id)


def _lock(handover: Handover, by: Viewer, side: UUID) -> None:
    if by.organisation_id != side:
        if by.organisation_id in (handover.organisation_id, handover.to_id, handover.use_unit_id):
            raise NotAllowed(N_("This is for the other side to do."))
        raise NotFound
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("handover", handover.id)])
    session.refresh(handover)


def _stands(handover: Handover) -> Message:
    text = N_("This hand-over is “%(state)s” already.")
    return Message(text, {"state": HandoverState(handover.state).label})


def _record(handover: Handover, verb: str, by: Viewer, **payload: object) -> None:
    stated = {"handover": handover.id, **payload}
    subject = ledger.subject_of("handover", handover.id)
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[handover])
