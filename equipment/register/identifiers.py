"""标识: the other numbers a piece is known by, matched in their normal form."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, text

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_, Message
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import Viewer
from equipment.register import search
from equipment.register.codes import normal, plate_number
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import ALONE, IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.category import Category
from equipment.storage import db
from equipment.storage.db import session
from equipment.storage.statements import Lookup

CARRIED = Identifier.__table__.c
_carried = Lookup(
    select(CARRIED.kind, CARRIED.value, CARRIED.equipment_id).where(CARRIED.voided_at.is_(None)),
    CARRIED.value,
)


def is_alone(kind: IdentifierKind, of: Category) -> bool:
    """Whether only one piece may carry such a number; one certificate covers many
    pieces of some categories."""
    return kind in ALONE or (kind == IdentifierKind.CERTIFICATE_NO and not of.shares_certificate)


def taken_numbers(numbers: Iterable[tuple[IdentifierKind, str]]) -> dict[tuple[IdentifierKind, str], UUID]:
    """Which piece carries each of these numbers now."""
    wanted = set(numbers)
    if not wanted:
        return {}
    carried = _carried(session.connection(), {value for _, value in wanted})
    return {(row.kind, row.value): row.equipment_id for row in carried if (row.kind, row.value) in wanted}


def reserve(values: Iterable[str]) -> None:
    """Let nobody else enter these numbers before this transaction ends; SQLite has one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        for value in sorted(set(values)):
            session.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:value, 0))"), {"value": value}
            )


def add_identifier(equipment: Equipment, kind: IdentifierKind, value: str, *, by: Viewer) -> Identifier:
    """Let the piece be found by another number; the same one again changes nothing."""
    if kind is IdentifierKind.PLATE_QR:
        value = plate_number(value)
    form = normal(value)
    if not form:
        raise Invalid({"value": N_("This cannot be read.")})
    identifier = session.get(Identifier, (form, kind, equipment.id))
    if identifier is not None and identifier.voided_at is None:
        return identifier
    if is_alone(kind, category(equipment.category)):
        reserve([form])
        if taken_numbers([(kind, form)]):
            raise Conflict(
                {
                    "value": Message(
                        N_("%(kind)s %(value)s is on file already."),
                        {"kind": kind.label, "value": value.strip()},
                    )
                }
            )
    if identifier is None:
        identifier = Identifier(
            value=form, kind=kind, equipment_id=equipment.id, shown=value.strip()[:400], issued_at=clock.now()
        )
        session.add(identifier)
    identifier.voided_at = None
    record(
        session(),
        subject_of("equipment", equipment.id),
        "identifier.added",
        actor=by.actor,
        rows=[identifier],
        payload={"kind": str(kind), "value": identifier.shown},
    )
    search.index(session.connection(), [equipment.id])
    return identifier


def void_identifier(identifier: Identifier, *, reason: str, by: Viewer) -> None:
    """A number that was wrong or is carried no more: kept, and matched no longer."""
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    identifier.voided_at = clock.now()
    record(
        session(),
        subject_of("equipment", identifier.equipment_id),
        "identifier.voided",
        actor=by.actor,
        rows=[identifier],
        payload={"kind": str(identifier.kind), "value": identifier.shown, "reason": reason.strip()},
    )
