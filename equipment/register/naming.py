"""What a piece is called: its own number, its stamp, its name, its label, else another number of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from equipment.core.words import N_
from equipment.register.disclosure import masked
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import PLATES, IdentifierKind
from equipment.regulation.categories import category
from equipment.storage.db import session

NO_NUMBER = N_("no number")
# What else people read aloud when a piece has no number of its own: the first of these that it carries.
KNOWN_BY = (
    IdentifierKind.EQUIPMENT_CODE,
    IdentifierKind.REGISTRATION_CODE,
    IdentifierKind.CERTIFICATE_NO,
    IdentifierKind.CYLINDER_CODE,
    IdentifierKind.PLATFORM_NO,
    IdentifierKind.UNIQUE_NO,
    IdentifierKind.PREPAY_CODE,
    IdentifierKind.RFID,
    IdentifierKind.MAKER_QR,
)


def called(piece: Equipment, first: str = "own") -> str:
    """What this piece is called (a msgid for one without any number). Work lists begin with what its unit
    calls it ("own"), the register with what is stamped on it ("serial")."""
    label = _spoken(piece, piece.label_code or "")
    names = (
        (piece.serial, piece.own_number, piece.name, label)
        if first == "serial"
        else (piece.own_number, piece.name, piece.serial, label)
    )
    return next(filter(None, names), "") or other_number(piece) or NO_NUMBER


def _spoken(piece: Equipment, code: str) -> str:
    """A code as a name: of a piece whose visits are proved by it, only its end (disclosure.py)."""
    return masked(code) if code and category(piece.category).visit_kinds else code


def other_number(piece: Equipment) -> str:
    """The number a piece is known by that has none of its own, or ""; one look for all such pieces of a
    page."""
    if "other_number" not in vars(piece):
        nameless = {
            other.id: other
            for other in (piece, *session.identity_map.values())
            if isinstance(other, Equipment)
            and not (other.serial or other.own_number or other.name or other.label_code)
        }
        numbers = numbers_of(nameless)
        for equipment_id, other in nameless.items():
            vars(other)["other_number"] = numbers.get(equipment_id, "")
    return str(vars(piece).get("other_number", ""))


def numbers_of(ids: Iterable[UUID], kinds: Sequence[IdentifierKind] = KNOWN_BY) -> dict[UUID, str]:
    """The number that each of these pieces is best known by, besides those of its own columns: of the first
    of these kinds that it carries."""
    rows = session.execute(
        select(Identifier.equipment_id, Identifier.kind, Identifier.shown).where(
            Identifier.equipment_id.in_(set(ids)), Identifier.kind.in_(kinds), Identifier.voided_at.is_(None)
        )
    ).all()
    return {
        equipment_id: masked(shown) if kind in PLATES else shown
        for equipment_id, kind, shown in sorted(rows, key=lambda row: kinds.index(row.kind), reverse=True)
    }
