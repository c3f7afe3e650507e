"""What every step of a lot does: take its place, move it along its states, write its line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func

from equipment.core.errors import Conflict
from equipment.core.words import N_, Message
from equipment.dues.applications import answer_together
from equipment.dues.rules import ApplicationState
from equipment.ledger import actions as ledger
from equipment.lots.models import BottleSnapshot, Lot, LotRow
from equipment.lots.queries import rows_of
from equipment.lots.states import LOT_CHANGES, LOT_ROW_CHANGES, LotRowState, LotState
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.storage.db import Base, session

STANDS_ALREADY = N_("This lot is “%(state)s” already.")


def lock_lot(lot: Lot) -> None:
    """Take the lot's place, and read it as it stands now."""
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("lot", lot.id)])
    session.refresh(lot)


def move_lot(lot: Lot, to: LotState) -> None:
    if to not in LOT_CHANGES[lot.state]:
        raise Conflict({"": Message(STANDS_ALREADY, {"state": lot.state.label})})
    lot.state = to


def move_row(row: LotRow, to: LotRowState) -> None:
    if to not in LOT_ROW_CHANGES[row.state]:
        text = N_("Row %(row)s is “%(state)s” already.")
        raise Conflict({"": Message(text, {"row": row.row_no, "state": row.state.label})})
    row.state = to


def record_lot(lot: Lot, verb: str, by: Viewer, beside: Sequence[Base] = (), **payload: object) -> None:
    """What happened to a lot, in its chain."""
    ledger.record(
        session(),
        ledger.subject_of("lot", lot.id),
        verb,
        actor=by.actor,
        payload={"lot": lot.id, "number": lot.number, **payload},
        rows=[lot, *beside],
    )


def answer_rows(
    rows: Sequence[LotRow],
    to: ApplicationState,
    *,
    by: Viewer,
    planned_on: date | None = None,
    reason: str = "",
) -> None:
    """What becomes of the 报检 of these bottles."""
    ids = [row.equipment_id for row in rows if row.equipment_id is not None]
    answer_together(ids, to, by=by, planned_on=planned_on, reason=reason)


def snapshot_of(piece: Equipment) -> BottleSnapshot:
    """What the papers of a lot say of a bottle, as it is now."""
    return {
        "label": piece.label_code or "",
        "serial": piece.serial,
        "own_number": piece.own_number,
        "maker": piece.maker,
        "variety": str(piece.details.get("variety") or ""),
        "medium": piece.medium,
        "model": str(piece.details.get("model") or ""),
        "made_on": piece.made_on.isoformat() if piece.made_on else "",
        "due_on": piece.inspection_due_on.isoformat() if piece.inspection_due_on else "",
    }


def name_of(row: LotRow) -> str:
    """How people call a bottle of a lot: by its own or stamped number, its label, or what was read."""
    seen = row.snapshot
    return seen.get("own_number") or seen.get("serial") or seen.get("label") or row.code or str(row.row_no)


def last_row(lot: Lot) -> int:
    """The number of the last row of a lot."""
    rows = rows_of(lot).order_by(None).with_only_columns(func.max(LotRow.row_no))
    return session.scalar(rows) or 0
