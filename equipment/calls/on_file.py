"""Phones and rescue codes as they are on file: duty phones first, else the number of the organisation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.calls.hooks import DutyPhones
from equipment.maintenance.queries import VISITED
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.search import matching
from equipment.rescue.contacts import FIRM, UNIT, serving
from equipment.rescue.models import DutyPhone
from equipment.rescue.rules import spelt_phone
from equipment.storage.db import session

RESCUE_CODE = "rescue_code"


def phones_on_file(lift_ids: Collection[UUID], _on: date) -> Mapping[UUID, DutyPhones]:
    """The duty phones of the lift's firm and use unit; without one, the number that each has on file."""
    lifts = session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(lift_ids))).all()
    firm_duty, unit_duty = serving(lifts, FIRM), serving(lifts, UNIT)
    parties = {party for lift in lifts for party in (lift.maintenance_firm_id, lift.use_unit_id)} - {None}
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.phone, Organisation.rescue_phone).where(
            Organisation.id.in_(parties)
        )
    )
    named = {row.id: (row.name, row.rescue_phone or row.phone) for row in rows}

    def line(party: UUID | None, duty: DutyPhone | None) -> tuple[str, str]:
        name, phone = named.get(party, ("", "")) if party else ("", "")
        return (
            (" ".join(text for text in (name, duty.person) if text), spelt_phone(duty.digits))
            if duty
            else (name, phone)
        )

    return {
        lift.id: DutyPhones(
            *line(lift.maintenance_firm_id, firm_duty.get(lift.id)),
            *line(lift.use_unit_id, unit_duty.get(lift.id)),
            is_duty=lift.id in firm_duty,
        )
        for lift in lifts
    }


def codes_on_file(lift_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The rescue code that the details of a lift state."""
    lifts = session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(lift_ids)))
    return {lift.id: str(lift.details[RESCUE_CODE]) for lift in lifts if lift.details.get(RESCUE_CODE)}


def lift_with_code(text: str) -> UUID | None:
    """The one lift whose details state this rescue code."""
    code = text.strip()
    if not code:
        return None
    found_by_text = visible(SYSTEM, Equipment).where(
        matching(SYSTEM, code), Equipment.category.in_(list(VISITED))
    )
    ids = [
        lift.id
        for lift in session.scalars(found_by_text)
        if str(lift.details.get(RESCUE_CODE) or "").casefold() == code.casefold()
    ]
    return ids[0] if len(ids) == 1 else None
