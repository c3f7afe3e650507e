"""The station's side of a lot: opened, filled by scanning or from a list, handed over or withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import N_, Message
from equipment.dues.applications import apply_together
from equipment.dues.rules import ApplicationState
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.lots.actions import (
    STANDS_ALREADY,
    answer_rows,
    last_row,
    lock_lot,
    move_lot,
    move_row,
    name_of,
    record_lot,
    snapshot_of,
)
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import body_approval, lot_of, numbers_of, open_lots_of, row_of, row_with, rows_of
from equipment.lots.rules import GONE, BodyApproval, Candidate, packing_problem
from equipment.lots.states import IN_A_LOT, LotRowState, LotState
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.register.actions import change
from equipment.register.codes import cleaned, parse
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.register.rules import Outcome
from equipment.regulation.categories import category
from equipment.storage.db import session

LOTS, LOT_BOTTLES = Receipts("lot", "lot_id"), Receipts("lot_bottle", "scan_id")
SENDERS = (OrganisationKind.STATION, OrganisationKind.USE_UNIT)
AT_ONCE = 200  # bottles that one message puts into a lot
MOST = 1000  # bottles of a lot: what one lorry carries, and one paper shows
CYLINDER = "cylinder"


@dataclass(frozen=True, slots=True)
class Packed:
    """What putting many bottles in came to: how many went in, and why others did not, by reason."""

    count: int
    skipped: Sequence[tuple[Message | str, int]]


def open_lot(key: UUID, body_id: UUID, *, note: str = "", by: Viewer) -> Lot:
    """A new lot to this inspection body. The same message again is the lot that is there."""
    if by.organisation_kind not in SENDERS or by.organisation_id is None:
        raise NotAllowed(N_("Only a filling station or a use unit sends bottles to inspection."))
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", by.organisation_id)])
    content = content_of(body_id=body_id, note=note.strip())
    message = LOTS.received(content, sender=by.organisation_id, key=key, about=key)
    if message.answer is not None:
        return lot_of(UUID(message.answer), by=by)
    if body_approval(body_id, clock.today()) is None:
        raise Invalid({"body_id": N_("There is no such inspection body.")})
    lot = Lot(
        organisation_id=by.organisation_id,
        id=key,
        number=_next_number(by.organisation_id, clock.today()),
        body_id=body_id,
        area=session.get_one(Organisation, by.organisation_id).area,
        category=CYLINDER,
        note=note.strip()[:300],
        opened_by=by.user_id,
        opened_at=clock.now(),
        device_id=by.device_id,
    )
    session.add(lot)
    record_lot(lot, "lot.opened", by, [message.keep(str(key))], body=body_id)
    return lot


def pack(lot: Lot, code: str, *, by: Viewer, key: UUID | None = None) -> tuple[LotRow, bool]:
    """(the row of the bottle that was scanned, whether it is new in the lot). Anything against it is said;
    the same bottle again is the row that is there."""
    lock_lot(lot)
    content = content_of(code=cleaned(code))
    message = LOT_BOTTLES.received(content, sender=by.organisation_id, key=key, about=lot.id)
    if message.answer is not None and key is not None:
        return row_of(lot, int(message.answer)), False
    _of_sender(lot, by)
    piece = piece_read(code, by)
    there = row_with(lot, piece.id)
    if there is not None and there.state in IN_A_LOT:
        return there, False
    approval = _approval(lot)
    if problem := _problems(lot, [piece], approval, by).get(piece.id):
        raise Invalid({"code": problem})
    row = _new_rows(lot, [(piece, cleaned(code))], by)[0]
    receipts = [message.keep(str(row.row_no))] if key is not None else []
    record_lot(lot, "lot.packed", by, [row, *receipts], bottles=[row.row_no])
    return row, True


def pack_many(lot: Lot, ids: Sequence[UUID], *, by: Viewer) -> Packed:
    """Bottles of a list: what does not go in is counted by reason, nothing else fails with it."""
    lock_lot(lot)
    _of_sender(lot, by)
    chosen = pieces(by, list(ids)[:AT_ONCE])
    problems = _problems(lot, chosen, _approval(lot), by)
    texts = {str(problem): problem for problem in problems.values()}
    counted = Counter(map(str, problems.values()))
    skipped = [(texts[text], number) for text, number in counted.most_common()]
    rows = _new_rows(lot, [(piece, "") for piece in chosen if piece.id not in problems], by)
    if rows:
        record_lot(lot, "lot.packed", by, rows, bottles=[row.row_no for row in rows])
    return Packed(len(rows), skipped)


def take_out(lot: Lot, row_no: int, *, by: Viewer) -> LotRow:
    """A bottle that does not go along after all; while the lot is put together."""
    lock_lot(lot)
    _of_sender(lot, by)
    row = row_of(lot, row_no)
    if row.state is not LotRowState.TAKEN_OUT:
        move_row(row, LotRowState.TAKEN_OUT)
        record_lot(lot, "lot.taken_out", by, [row], bottles=[row_no])
    return row


def hand_over(lot: Lot, carrier: str, *, by: Viewer) -> Lot:
    """交接: the lot leaves. Each bottle is applied for (报检) and is that body's to inspect from now on. Handed
    over again it is as it was."""
    lock_lot(lot)
    if lot.organisation_id != by.organisation_id:
        raise NotFound
    if lot.state is LotState.ON_WAY:
        return lot
    _of_sender(lot, by)
    if by.user_id is None:
        raise NotAllowed(N_("Somebody hands it over: sign in, or go on duty at this device."))
    rows = session.scalars(rows_of(lot).where(LotRow.state == LotRowState.PACKED)).all()
    if not rows:
        raise Invalid({"": N_("There is no bottle in it yet.")})
    going = pieces(by, [row.equipment_id for row in rows if row.equipment_id is not None])
    ledger.locked_heads(
        session.connection(),
        [ledger.subject_of("equipment", row.equipment_id) for row in rows if row.equipment_id],
    )
    _nothing_changed(lot, rows, going, by)
    for piece in going:
        if piece.inspection_body_id != lot.body_id:
            reason = f"送检批 {lot.number}"
            change(piece, {"inspection_body_id": lot.body_id}, by=by, reason=reason)
    apply_together(going, lot.body_id, by=by)
    move_lot(lot, LotState.ON_WAY)
    lot.carrier, lot.handed_by, lot.handed_at = carrier.strip()[:60], by.user_id, clock.now()
    record_lot(lot, "lot.handed_over", by, bottles=len(rows), body=lot.body_id)
    return lot


def withdraw_lot(lot: Lot, reason: str, *, by: Viewer) -> Lot:
    """The lot does not go, or comes back before it was received; withdrawn again it stays so."""
    lock_lot(lot)
    if lot.organisation_id != by.organisation_id:
        raise NotFound
    if lot.state is LotState.WITHDRAWN:
        return lot
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    was_on_way = lot.state is LotState.ON_WAY
    move_lot(lot, LotState.WITHDRAWN)
    lot.withdrawn_at, lot.withdrawn_reason = clock.now(), reason.strip()[:300]
    rows = session.scalars(rows_of(lot).where(LotRow.state == LotRowState.PACKED)).all()
    for row in rows:
        move_row(row, LotRowState.TAKEN_OUT)
    if was_on_way:
        answer_rows(rows, ApplicationState.WITHDRAWN, by=by, reason=reason.strip())
    record_lot(lot, "lot.withdrawn", by, list(rows), reason=reason.strip())
    return lot


def piece_read(code: str, by: Viewer) -> Equipment:
    """The bottle of the viewer's that a code or number names; why there is none otherwise."""
    if not code.strip():
        raise Invalid({"code": N_("Scan or type a code.")})
    resolved = resolve_own(by, parse(code))
    if resolved.outcome is Outcome.AMBIGUOUS:
        raise Invalid({"code": N_("Several of your bottles carry this number: scan the label.")})
    if resolved.equipment_id is None:
        raise Invalid({"code": N_("No bottle on file has this code or number.")})
    own = pieces(by, [resolved.equipment_id])
    if not own:
        raise Invalid({"code": N_("It is not a bottle of your organisation.")})
    return own[0]


def _problems(
    lot: Lot, chosen: Sequence[Equipment], approval: BodyApproval, by: Viewer
) -> dict[UUID, Message]:
    """By piece, what stands against its going into this lot."""
    assert by.organisation_id is not None
    inside = open_lots_of([piece.id for piece in chosen])
    numbers = numbers_of(row.lot_id for row in inside.values())
    problems = {}
    for piece in chosen:
        bottle = Candidate(
            piece.status,
            category(piece.category).filled,
            frozenset(party for party in (piece.owner_id, piece.use_unit_id) if party),
            str(piece.details.get("variety") or ""),
            numbers[inside[piece.id].lot_id] if piece.id in inside else "",
        )
        if problem := packing_problem(bottle, approval, lot.category, by.organisation_id):
            problems[piece.id] = problem
    return problems


def _nothing_changed(lot: Lot, rows: Sequence[LotRow], going: Sequence[Equipment], by: Viewer) -> None:
    """A bottle sold, scrapped or sent elsewhere since it was put in is named before anything leaves."""
    inside = open_lots_of([piece.id for piece in going])
    still = {piece.id: piece for piece in going}
    for row in rows:
        piece = still.get(row.equipment_id) if row.equipment_id else None
        elsewhere = piece is not None and inside[piece.id].lot_id != lot.id
        mine = piece is not None and by.organisation_id in (piece.owner_id, piece.use_unit_id)
        if piece is None or not mine or elsewhere or piece.status in GONE:
            raise Conflict(
                {
                    "": Message(
                        N_("Row %(row)s (%(number)s) cannot go any more: take it out of the lot first."),
                        {"row": row.row_no, "number": name_of(row)},
                    )
                }
            )


def _approval(lot: Lot) -> BodyApproval:
    approval = body_approval(lot.body_id, clock.today())
    if approval is None:
        raise Conflict({"body_id": N_("This inspection body is no longer at work: withdraw the lot.")})
    return approval


def _new_rows(lot: Lot, read: Sequence[tuple[Equipment, str]], by: Viewer) -> list[LotRow]:
    last = last_row(lot)
    if last + len(read) > MOST:
        raise Invalid({"": Message(N_("A lot has at most %(most)s bottles: open another."), {"most": MOST})})
    rows = [
        LotRow(
            organisation_id=lot.organisation_id,
            lot_id=lot.id,
            row_no=number,
            equipment_id=piece.id,
            code=code[:200],
            snapshot=snapshot_of(piece),
            state=LotRowState.PACKED,
            packed_by=by.user_id,
            packed_at=clock.now(),
        )
        for number, (piece, code) in enumerate(read, last + 1)
    ]
    session.add_all(rows)
    return rows


def _of_sender(lot: Lot, by: Viewer) -> None:
    if lot.organisation_id != by.organisation_id:
        raise NotFound
    if lot.state is not LotState.PACKING:
        raise Conflict({"": Message(STANDS_ALREADY, {"state": lot.state.label})})


def _next_number(organisation_id: UUID, on: date) -> str:
    """The next number of the year; the caller has locked the organisation's chain: two lots differ."""
    begins = f"{on.year}-"
    numbered = visible(SYSTEM, Lot).where(
        Lot.organisation_id == organisation_id, Lot.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(Lot.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"
