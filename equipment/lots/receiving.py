"""The body's side of the hand-over: bottles received by scan or all at once, differences named and kept, the
receipt (收检回执)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.words import N_, Message
from equipment.dues.rules import ApplicationState
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.lots.actions import (
    answer_rows,
    last_row,
    lock_lot,
    move_lot,
    move_row,
    record_lot,
    snapshot_of,
)
from equipment.lots.models import BottleSnapshot, Lot, LotRow
from equipment.lots.queries import open_lots_of, row_of, row_with, rows_of
from equipment.lots.rules import GONE
from equipment.lots.states import Difference, LotRowState, LotState
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.codes import cleaned, parse
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.storage.db import session

ARRIVALS = Receipts("lot_arrival", "scan_id")
NO_BOTTLE: BottleSnapshot = {
    "label": "",
    "serial": "",
    "own_number": "",
    "maker": "",
    "variety": "",
    "medium": "",
    "model": "",
    "made_on": "",
    "due_on": "",
}
BEFORE_RECEIPT = (LotState.ON_WAY, LotState.ARRIVING)
TAKES_BOTTLES = (*BEFORE_RECEIPT, LotState.RECEIVED)  # one that was missing may come later


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a scan at the body's door came to."""

    row: LotRow
    is_again: bool = False

    @property
    def is_stranger(self) -> bool:
        """It is no bottle of this lot's sender: it stays aside."""
        return self.row.difference in (Difference.FOREIGN, Difference.UNKNOWN)


def receive(lot: Lot, code: str, *, by: Viewer, key: UUID | None = None) -> Arrived:
    """A bottle came off the lorry. One that is not on the paper is kept as a difference; the same one again
    is the row that is there."""
    _of_body(lot, by)
    if not cleaned(code):
        raise Invalid({"code": N_("Scan or type a code.")})
    lock_lot(lot)
    content = content_of(code=cleaned(code))
    message = ARRIVALS.received(content, sender=by.organisation_id, key=key, about=lot.id)
    if message.answer is not None and key is not None:
        return Arrived(row_of(lot, int(message.answer)), is_again=True)
    if lot.state not in TAKES_BOTTLES:
        raise Conflict({"": Message(N_("Nothing is received in a lot that is “%(state)s”."), _state(lot))})
    arrived = _arrived(lot, cleaned(code), by)
    if arrived.is_again:
        return arrived
    if lot.state is LotState.ON_WAY:
        move_lot(lot, LotState.ARRIVING)
    if lot.state is LotState.RECEIVED and not arrived.is_stranger:
        answer_rows([arrived.row], ApplicationState.ACCEPTED, by=by, planned_on=clock.today())
    receipts = [message.keep(str(arrived.row.row_no))] if key is not None else []
    record_lot(lot, "lot.arrived", by, [arrived.row, *receipts], bottle=arrived.row.row_no)
    return arrived


def receive_all(lot: Lot, count: int, *, by: Viewer) -> int:
    """Every bottle of the paper that was not scanned is there too: how many. `count` is what somebody saw."""
    _of_body(lot, by)
    lock_lot(lot)
    rows = session.scalars(rows_of(lot).where(LotRow.state == LotRowState.PACKED)).all()
    if lot.state not in BEFORE_RECEIPT:
        raise Conflict({"": Message(N_("This lot is “%(state)s” already."), _state(lot))})
    if len(rows) != count:
        raise Conflict({"": Message(N_("They are %(count)s by now: look again."), {"count": len(rows)})})
    for row in rows:
        _take(row, by)
    if rows and lot.state is LotState.ON_WAY:
        move_lot(lot, LotState.ARRIVING)
    record_lot(lot, "lot.arrived", by, list(rows), bottles=len(rows))
    return len(rows)


def sign_receipt(lot: Lot, note: str, *, by: Viewer) -> Lot:
    """收检回执: what did not come is missing and no longer applied for; what came is accepted. Signed again it
    stands as it was."""
    _of_body(lot, by)
    lock_lot(lot)
    if lot.state is LotState.RECEIVED:
        return lot
    rows = session.scalars(rows_of(lot)).all()
    received = [row for row in rows if row.state is LotRowState.RECEIVED]
    missing = [row for row in rows if row.state is LotRowState.PACKED]
    if not received:
        raise Invalid({"": N_("Nothing of it was received: scan the bottles, or take all.")})
    move_lot(lot, LotState.RECEIVED)
    lot.received_by, lot.received_at = by.user_id, clock.now()
    lot.receipt_note = note.strip()[:300]
    for row in missing:
        move_row(row, LotRowState.MISSING)
        row.difference = Difference.MISSING
    answer_rows(received, ApplicationState.ACCEPTED, by=by, planned_on=clock.today())
    answer_rows(missing, ApplicationState.REFUSED, by=by, reason=f"送检批 {lot.number} 收检时未到")
    record_lot(lot, "lot.received", by, missing, received=len(received), missing=len(missing))
    return lot


def _arrived(lot: Lot, code: str, by: Viewer) -> Arrived:
    piece = _piece_at_door(lot, code, by)
    row = row_with(lot, piece.id) if piece is not None else _stranger(lot, code)
    if row is None or row.state is LotRowState.TAKEN_OUT:
        return Arrived(_not_on_paper(lot, piece, code, by))
    if row.state in (LotRowState.PACKED, LotRowState.MISSING):
        if row.state is LotRowState.MISSING and piece is not None and piece.id in open_lots_of([piece.id]):
            raise Conflict({"code": N_("It is in another lot by now.")})
        _take(row, by)
        return Arrived(row)
    return Arrived(row, is_again=True)


def _piece_at_door(lot: Lot, code: str, by: Viewer) -> Equipment | None:
    """The sender's bottle that a code names; None for another unit's and for what no file knows."""
    resolved = resolve_own(by, parse(code))
    if resolved.equipment_id is None:
        return None
    piece = pieces(SYSTEM, [resolved.equipment_id])[0]
    return piece if lot.organisation_id in (piece.owner_id, piece.use_unit_id) else None


def _stranger(lot: Lot, code: str) -> LotRow | None:
    """The row of a stranger's bottle that was read before."""
    same = rows_of(lot).where(LotRow.equipment_id.is_(None), LotRow.code == code[:200])
    return session.scalars(same).first()


def _not_on_paper(lot: Lot, piece: Equipment | None, code: str, by: Viewer) -> LotRow:
    """One too many: the sender's own is taken along, unless its life is over or its file names another body;
    another's stays aside with what was read."""
    if piece is not None and piece.id in open_lots_of([piece.id]):
        raise Conflict({"code": N_("It is in another lot: receive it there.")})
    is_taken = piece is not None and piece.status not in GONE and piece.inspection_body_id == lot.body_id
    is_on_file = resolve_own(SYSTEM, parse(code)).equipment_id is not None
    stranger = Difference.FOREIGN if is_on_file else Difference.UNKNOWN
    row = LotRow(
        organisation_id=lot.organisation_id,
        lot_id=lot.id,
        row_no=last_row(lot) + 1,
        equipment_id=piece.id if piece else None,
        code=code[:200],
        snapshot=snapshot_of(piece) if piece else NO_BOTTLE,
        state=LotRowState.RECEIVED if is_taken else LotRowState.RETURNED,
        difference=Difference.EXTRA if piece else stranger,
        packed_at=clock.now(),
        received_by=by.user_id,
        received_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _take(row: LotRow, by: Viewer) -> None:
    """It is there; that it was missing at first stays with its row."""
    move_row(row, LotRowState.RECEIVED)
    row.received_by, row.received_at = by.user_id, clock.now()


def _of_body(lot: Lot, by: Viewer) -> None:
    if by.organisation_id != lot.body_id:
        raise NotFound


def _state(lot: Lot) -> dict[str, object]:
    return {"state": lot.state.label}


def differing(rows: Sequence[LotRow]) -> list[LotRow]:
    """The rows that were not as the paper said."""
    return [row for row in rows if row.difference is not None]
