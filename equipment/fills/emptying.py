"""倒残: what was in a bottle is taken out and recovered. It is a record of its own and no fill."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_, Message
from equipment.fills.custody import kept_owners
from equipment.fills.models import Emptying, Fill
from equipment.fills.states import FillState
from equipment.fills.station import CYLINDER, pack_of
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.codes import parse
from equipment.register.models import Equipment
from equipment.register.queries import resolve_own
from equipment.storage.db import session

EMPTYINGS = Receipts("emptying", "emptying_id")


class Emptied(NamedTuple):
    """What scale or gauge showed before and after."""

    key: UUID
    code: str
    happened_at: datetime
    before_g: int | None = None
    after_g: int | None = None
    before_kpa: int | None = None
    after_kpa: int | None = None


def record_emptying(emptied: Emptied, *, by: Viewer) -> Emptying:
    """Record that a bottle of this station was emptied. The same message again is the record that is
    there."""
    resolved = resolve_own(by, parse(emptied.code))
    piece = session.get(Equipment, resolved.equipment_id) if resolved.equipment_id else None
    if piece is None:
        raise Invalid({"code": Message(resolved.outcome.label)})
    is_own = by.organisation_id in (piece.owner_id, piece.use_unit_id) or (
        by.organisation_id is not None and piece.owner_id in kept_owners(by.organisation_id, clock.today())
    )
    if piece.category != CYLINDER or not is_own or by.organisation_id is None:
        raise Invalid({"code": N_("This is no cylinder of your station.")})
    locked_heads(session.connection(), [subject_of("equipment", piece.id)])
    values = {name: value for name, value in emptied._asdict().items() if name not in ("key", "code")}
    content = content_of(equipment_id=piece.id, **values)
    message = EMPTYINGS.received(content, sender=by.organisation_id, key=emptied.key, about=piece.id)
    if message.answer is not None:
        return session.get_one(Emptying, (piece.id, emptied.key))
    _can_be(emptied, piece)
    row = Emptying(
        equipment_id=piece.id,
        id=emptied.key,
        organisation_id=by.organisation_id,
        area=piece.area,
        category=piece.category,
        gas=piece.medium,
        device_id=by.device_id,
        user_id=by.user_id,
        at=clock.now(),
        recovered_g=None if emptied.before_g is None else emptied.before_g - (emptied.after_g or 0),
        **values,
    )
    session.add(row)
    record(
        session(),
        subject_of("equipment", piece.id),
        "cylinder.emptied",
        actor=by.actor,
        payload={"emptying": row.id, "recovered_g": row.recovered_g},
        rows=[row, message.keep(str(row.id))],
    )
    return row


def _can_be(emptied: Emptied, piece: Equipment) -> None:
    """Refuse what no scale or gauge showed, and a bottle that is being filled."""
    pairs = (("g", emptied.before_g, emptied.after_g), ("kpa", emptied.before_kpa, emptied.after_kpa))
    for unit, before, after in pairs:
        if (before is None) != (after is None):
            missing = f"before_{unit}" if before is None else f"after_{unit}"
            raise Invalid({missing: N_("This is needed.")})
        if before is not None and after is not None and after > before:
            raise Invalid({f"after_{unit}": N_("More than before: the numbers are mixed up.")})
    if emptied.before_g is None and emptied.before_kpa is None:
        raise Invalid({"before_g": N_("Enter what scale or gauge showed before and after.")})
    _build, tare_g = pack_of(clock.today()).build_of(piece.details)
    if tare_g is not None and emptied.after_g is not None and emptied.after_g < tare_g:
        text = N_("Below the tare of %(tare)s kg: wrong bottle or wrong number.")
        raise Invalid({"after_g": Message(text, {"tare": tare_g / 1000})})
    being_filled = select(Fill.id).where(Fill.equipment_id == piece.id, Fill.state == FillState.OPEN)
    if session.scalar(being_filled.limit(1)) is not None:
        raise Conflict({"code": N_("This bottle is being filled: end or void that fill first.")})


def emptyings(viewer: Viewer) -> Select[Emptying]:
    """Every emptying the viewer may see."""
    return visible(viewer, Emptying)
