"""What stands on a plate of ours for a lift, as the register has it; and what has changed since one was
made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.core.followers import Provider
from equipment.core.words import N_
from equipment.people.models import Organisation
from equipment.register.models import Equipment, Identifier
from equipment.register.naming import called
from equipment.register.rules import IdentifierKind
from equipment.storage.db import session

# What a plate shows, by its key, in this order.
PLATE_FACTS: Mapping[str, str] = {
    "rescue_code": N_("Rescue code"),
    "phone": N_("Rescue phone"),
    "place": N_("Lift"),
    "unit": N_("Use unit"),
    "firm": N_("Maintenance firm"),
    "inspection": N_("Next inspection"),
    "equipment_code": N_("Equipment code"),
    "certificate_no": N_("Use registration certificate number"),
}
NUMBERS = (IdentifierKind.EQUIPMENT_CODE, IdentifierKind.CERTIFICATE_NO)

# The phones that stand on a plate, a line each: the platform's and that on duty for the lift. Who knows them
# lies to the right.
plate_phones: Provider[[Sequence[Equipment], date], Mapping[UUID, str]] = Provider()


def plate_facts(pieces: Sequence[Equipment], on: date) -> dict[UUID, dict[str, str]]:
    """What a plate of each of these lifts would show today; "" for what is not on file."""
    phones, parties = plate_phones(pieces, on), _parties(pieces)
    numbers = _numbers(pieces)
    return {
        piece.id: {
            "rescue_code": str(piece.details.get("rescue_code") or ""),
            "phone": phones.get(piece.id, ""),
            "place": " ".join(
                dict.fromkeys(text for text in (called(piece), piece.address, piece.position) if text)
            ),
            "unit": parties.get(piece.use_unit_id or piece.owner_id, ""),
            "firm": parties.get(piece.maintenance_firm_id, ""),
            "inspection": f"{piece.inspection_due_on:%Y年%m月}" if piece.inspection_due_on else "",
            "equipment_code": numbers.get((piece.id, IdentifierKind.EQUIPMENT_CODE), ""),
            "certificate_no": numbers.get((piece.id, IdentifierKind.CERTIFICATE_NO), ""),
        }
        for piece in pieces
    }


def changed_facts(printed: Mapping[str, str], now: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """需换牌: what differs from what was printed: key -> (printed, now)."""
    return {
        key: (printed.get(key, ""), now.get(key, ""))
        for key in PLATE_FACTS
        if printed.get(key, "") != now.get(key, "")
    }


def _parties(pieces: Sequence[Equipment]) -> dict[UUID | None, str]:
    ids = {party for one in pieces for party in (one.use_unit_id, one.owner_id, one.maintenance_firm_id)}
    rows = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids - {None}))
    )
    return {row.id: row.name for row in rows}


def _numbers(pieces: Sequence[Equipment]) -> dict[tuple[UUID, str], str]:
    rows = select(Identifier.equipment_id, Identifier.kind, Identifier.shown).where(
        Identifier.equipment_id.in_([piece.id for piece in pieces]),
        Identifier.kind.in_(NUMBERS),
        Identifier.voided_at.is_(None),
    )
    return {(row[0], row[1]): row[2] for row in session.execute(rows.order_by(Identifier.issued_at))}
