"""A cylinder as it stood at an earlier moment: what a paper record is judged on, the same facts that a scan would have met then.

Read past the viewer's scope for the same reason as in pieces.py. Owner and papers are taken as they are: nobody dated them.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from equipment.core import clock
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.models import Fill
from equipment.fills.pieces import Inspected, Piece, pieces
from equipment.fills.states import FillState
from equipment.register.models import Equipment, Standing
from equipment.regulation.planning import DueKind
from equipment.storage.db import session

DUES, FILLS, STANDINGS = Due.__table__.c, Fill.__table__.c, Standing.__table__.c
LOOKED_AT = 50  # fills behind a reason that stands; it is found by one of the last few


@dataclass(frozen=True, slots=True)
class Then:
    """The facts of a moment; `elsewhere` says that another station was filling the cylinder."""

    piece: Piece
    inspected: Inspected
    elsewhere: bool


def as_it_stood(equipment: Equipment, at: datetime, station_id: UUID) -> Then:
    """The cylinder at that moment, in front of that station."""
    session.flush()
    piece, on = pieces(session.connection(), [equipment.id])[equipment.id], clock.site_day(at)
    inspected, due_on = _inspected(piece, on)
    then = piece._replace(
        status=_status(piece, on), registered_on=piece.registered_on if piece.registered_on and piece.registered_on <= on else None,
        inspection_due_on=due_on, filled_on=_filled_on(piece.id, at), treat_code=_standing_code(piece, at),
    )
    return Then(then, inspected, _elsewhere(piece.id, at, station_id))


def _inspected(piece: Piece, on: date) -> tuple[Inspected, date | None]:
    """The last inspection until that day, and the day the next one was due: what came later had not moved it yet."""
    rows = session.execute(select(DUES.done_on, DUES.conclusion, DUES.due_on).where(
        DUES.equipment_id == piece.id, DUES.kind == DueKind.INSPECTION, DUES.state == DueState.DONE).order_by(DUES.done_on)).all()
    before = [Inspected(row.done_on, row.conclusion) for row in rows if row.done_on <= on]
    after = [row.due_on for row in rows if row.done_on > on]
    return before[-1] if before else Inspected(), after[0] if after else piece.inspection_due_on


def _filled_on(equipment_id: UUID, at: datetime) -> date | None:
    """The last fill before; paper entered out of order counts by when it happened."""
    before = select(FILLS.on).where(FILLS.equipment_id == equipment_id, FILLS.state == FillState.FILLED, FILLS.happened_at < at)
    return session.scalar(before.order_by(FILLS.happened_at.desc()).limit(1))


def _status(piece: Piece, on: date) -> Any:
    held = select(STANDINGS.status).where(STANDINGS.equipment_id == piece.id, STANDINGS.from_on <= on, or_(STANDINGS.until_on.is_(None), STANDINGS.until_on > on))
    return session.scalar(held.limit(1)) or piece.status


def _standing_code(piece: Piece, at: datetime) -> str:
    """What stands with the cylinder, unless it was found only later."""
    found_at = None
    told = select(FILLS.verdict, FILLS.allowed, FILLS.happened_at).where(FILLS.equipment_id == piece.id).order_by(FILLS.happened_at.desc())
    for verdict, allowed, happened_at in session.execute(told.limit(LOOKED_AT)) if piece.treat_code else ():
        if piece.treat_code in {reason["code"] for reason in verdict}:
            found_at = happened_at
        elif allowed:
            break
    return "" if found_at is not None and found_at > at else piece.treat_code


def _elsewhere(equipment_id: UUID, at: datetime, station_id: UUID) -> bool:
    ended = func.coalesce(FILLS.result_at, FILLS.closed_at)
    standing = select(FILLS.id).where(
        FILLS.equipment_id == equipment_id, FILLS.organisation_id != station_id, FILLS.allowed, FILLS.late_entry.is_(False),
        FILLS.received_at <= at, or_(ended.is_(None), ended > at))
    return session.scalar(standing.limit(1)) is not None
