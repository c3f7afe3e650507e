"""What a scan must know of the cylinders in front of it, read for a whole batch at once.

These reads go past the viewer's scope on purpose: a station that scans another's cylinder must be told that it is another's. What of it
the station may see is decided in `shown`.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.engine import Connection

from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.models import Fill
from equipment.fills.rules import Make
from equipment.fills.states import FillState
from equipment.register.models import Equipment, Label
from equipment.register.rules import LabelStatus, Outcome
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.planning import DueKind
from equipment.storage.statements import Lookup

EQUIPMENT, LABELS, FILLS, DUES = Equipment.__table__.c, Label.__table__.c, Fill.__table__.c, Due.__table__.c
DEAD = (LabelStatus.VOID, LabelStatus.REPLACED)
Piece = Any  # one row of `_PIECES`, or the ORM's Equipment: read by the same names
OPEN = text("state = 'open'")  # literally, so that the partial index is used

_last_filled = (
    select(FILLS.on).where(FILLS.equipment_id == EQUIPMENT.id, FILLS.state == FillState.FILLED)
    .order_by(FILLS.received_at.desc()).limit(1).scalar_subquery().label("filled_on")
)
_PIECES = select(
    EQUIPMENT.id, EQUIPMENT.category, EQUIPMENT.status, EQUIPMENT.verified, EQUIPMENT.label_code, EQUIPMENT.serial, EQUIPMENT.own_number,
    EQUIPMENT.maker, EQUIPMENT.made_on, EQUIPMENT.registered_on, EQUIPMENT.owner_id, EQUIPMENT.use_unit_id, EQUIPMENT.inspection_body_id,
    EQUIPMENT.maintenance_firm_id, EQUIPMENT.medium, EQUIPMENT.inspection_due_on, EQUIPMENT.end_of_life_on, EQUIPMENT.block_reason,
    EQUIPMENT.treat_code, EQUIPMENT.details, EQUIPMENT.area, _last_filled,
)
_pieces = Lookup(_PIECES, EQUIPMENT.id)
_labels = Lookup(select(LABELS.code, LABELS.status, LABELS.equipment_id), LABELS.code)
_OPEN = select(FILLS.equipment_id, FILLS.id, FILLS.organisation_id, FILLS.gas, FILLS.state, FILLS.verdict, FILLS.checks, FILLS.max_gross_g)

_open = Lookup(_OPEN.where(OPEN), FILLS.equipment_id)
_inspected = Lookup(select(DUES.equipment_id, DUES.done_on, DUES.conclusion).where(DUES.kind == DueKind.INSPECTION, DUES.state == DueState.DONE),
                    DUES.equipment_id, after="ORDER BY due.done_on")


@dataclass(frozen=True, slots=True)
class Bound:
    """What a code of ours stands for."""

    outcome: Outcome
    equipment_id: UUID | None


@dataclass(frozen=True, slots=True)
class Inspected:
    """The last inspection of a piece: when, and how it came out."""

    on: date | None = None
    conclusion: str = ""


@dataclass(frozen=True, slots=True)
class OpenFill:
    """The fill a cylinder is in the middle of."""

    id: UUID
    organisation_id: UUID
    gas: str
    state: str
    verdict: list[Any]
    checks: dict[str, Any]
    max_gross_g: int | None


def bound(connection: Connection, codes: Collection[str]) -> dict[str, Bound]:
    """The codes among these that have a label row."""
    return {code: Bound(_outcome(status), equipment_id) for code, status, equipment_id in _labels(connection, codes)}


def _outcome(status: str) -> Outcome:
    return Outcome.BLANK if status == LabelStatus.ISSUED else Outcome.VOID if status in DEAD else Outcome.FOUND


def pieces(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Piece]:
    return {row.id: row for row in _pieces(connection, ids)}


def open_fills(connection: Connection, ids: Collection[UUID]) -> dict[UUID, OpenFill]:
    return {row[0]: OpenFill(*row[1:]) for row in _open(connection, ids)}


def overfilled(connection: Connection, equipment_id: UUID, organisation_id: UUID) -> OpenFill | None:
    """The overfilled fill of a cylinder that waits at this station to be drawn down and weighed again."""
    found = _OPEN.where(FILLS.equipment_id == equipment_id, FILLS.organisation_id == organisation_id, FILLS.state == FillState.OVERFILLED, FILLS.closed_at.is_(None))
    row = connection.execute(found.order_by(FILLS.received_at.desc()).limit(1)).first()
    return OpenFill(*row[1:]) if row else None


def inspected(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Inspected]:
    """The last periodic inspection of each of these pieces that has one."""
    return {equipment_id: Inspected(on, conclusion) for equipment_id, on, conclusion in _inspected(connection, ids)}


def in_scope(piece: Piece, organisation_id: UUID) -> bool:
    return organisation_id in (piece.owner_id, piece.use_unit_id, piece.inspection_body_id, piece.maintenance_firm_id)


def shown(piece: Piece, details: CylinderDetails | None, make: Make | None, mine: bool) -> dict[str, Any]:
    """What the answer says of the cylinder: all a filler needs of his own, of another's what the public page shows."""
    public = {"category": piece.category, "status": str(piece.status), "code": piece.label_code, "inspection_due_on": _iso(piece.inspection_due_on)}
    if not mine or details is None:
        return public
    tare, charge = details.tare_g, make.charge_g if make else None
    until = min((day for day in (piece.inspection_due_on, piece.end_of_life_on) if day), default=None)
    return {
        **public, "id": str(piece.id), "serial": piece.serial, "own_number": piece.own_number, "maker": piece.maker, "made_on": _iso(piece.made_on),
        "medium": piece.medium, "model": details.model, "tare_g": tare, "max_charge_g": charge, "max_gross_g": highest_gross(tare, charge),
        "weighed": bool(make and make.weighed), "end_of_life_on": _iso(piece.end_of_life_on), "fill_until": _iso(until),
    }


def highest_gross(tare_g: int | None, charge_g: int | None) -> int | None:
    """最高总重: what the scale may show at most."""
    return None if tare_g is None or charge_g is None else tare_g + charge_g


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def without_private(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a reason for somebody who may not see the piece: why it was locked stays with its people."""
    return {name: value for name, value in params.items() if name != "reason"}
