"""What can be done to a piece on file; whatever the other rooms of the register offer stands here
too, under one name."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import delete, insert, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger.actions import record, subject_of
from equipment.people.models import Organisation
from equipment.people.rules import Viewer
from equipment.register import search
from equipment.register.binding import (
    bind_label,
    holder_of,
    issue_for,
    moved_label,
    replace_label,
    report_label,
    void_all,
    void_label,
)
from equipment.register.checking import PARTIES, checked_changes, facets
from equipment.register.coordinates import follow_details
from equipment.register.entering import enter, facet_rows, holder, register, taken
from equipment.register.hooks import changed, held_under
from equipment.register.identifiers import add_identifier, void_identifier
from equipment.register.models import Departure, Equipment, Facet, Label, Standing
from equipment.register.rules import CoordinatesSource, EquipmentStatus, changed_fields, status_problem
from equipment.regulation.categories import category
from equipment.regulation.details import Details
from equipment.storage.columns import Columns
from equipment.storage.db import Base, session

__all__ = [
    "add_identifier",
    "bind_label",
    "change",
    "change_status",
    "enter",
    "issue_for",
    "register",
    "replace_label",
    "report_label",
    "scrap",
    "set_aside",
    "taken",
    "void_identifier",
    "void_label",
]

E = EquipmentStatus
HELD = N_("It is held under decision %(number)s: its status stays until that is settled.")
OTHERS = N_("Only its owner, its use unit and the bureau change a piece.")
ASIDE = N_("Set aside, to be put on file")
STANDS = ("area", "use_unit_id", "owner_id")


def is_in_charge(equipment: Equipment, by: Viewer) -> bool:
    """Whether a piece is this person's to change: its firm and body see it, its owner, use unit
    and the bureau change it."""
    return by.oversees or by.organisation_id in (equipment.owner_id, equipment.use_unit_id)


def change(
    equipment: Equipment,
    changes: Columns,
    *,
    by: Viewer,
    reason: str = "",
    source: CoordinatesSource = CoordinatesSource.OFFICE,
) -> Equipment:
    """Correct or hand over a piece: any column but its status; `details` are merged, None takes one away.
    Nothing new: nothing happens. `source` is where a changed position comes from."""
    row, details = checked_changes(equipment, changes, by=by)
    before = {name: getattr(equipment, name) for name in row}
    differs = changed_fields(before, row)
    if not differs:
        return equipment
    former, saw = holder_of(equipment), _parties(equipment)
    for name in differs:
        setattr(equipment, name, row[name])
    equipment.updated_at = clock.now()
    session.add_all(
        Departure(
            organisation_id=party,
            equipment_id=equipment.id,
            category=equipment.category,
            at=equipment.updated_at,
        )
        for party in saw - _parties(equipment)
    )
    rows: list[Base] = [equipment, *moved_label(equipment, former, by=by)]
    if set(differs) & set(STANDS):
        rows += _stand(equipment, clock.today())
    _copy_facets(equipment, details)
    rows += follow_details(equipment, source, by=by)
    record(
        session(),
        subject_of("equipment", equipment.id),
        "changed",
        actor=by.actor,
        rows=rows,
        payload={"changes": differs, **({"reason": reason.strip()} if reason.strip() else {})},
    )
    search.index(session.connection(), [equipment.id])
    changed(equipment, by)
    return equipment


def _parties(equipment: Equipment) -> set[UUID]:
    return {party for name in PARTIES if (party := getattr(equipment, name)) is not None}


def change_status(
    equipment: Equipment, status: EquipmentStatus, *, reason: str, by: Viewer, on: date | None = None
) -> Equipment:
    """停用, 启用, 锁定, 解锁, 报废, 注销, 迁出: only along the allowed changes; the end of a life voids
    its labels for ever. What a decision holds stays locked, whoever asks: only a result that finds it fit for
    scrap still counts, since it sets nothing free."""
    day = on or clock.today()
    old = EquipmentStatus(equipment.status)
    if status not in (E.LOCKED, E.SCRAPPED) and (held := held_problem(equipment)):
        raise Conflict({"status": held})
    problem = status_problem(old, status, reason)
    if problem is not None:
        raise (
            Conflict({"status": problem})
            if reason.strip() or status == E.IN_USE
            else Invalid({"reason": problem})
        )
    if day > clock.today():
        raise Invalid({"on": N_("This day has not come yet.")})
    if equipment.made_on and day < equipment.made_on:
        raise Invalid(
            {
                "on": Message(
                    N_("This is before the piece was made (%(made)s)."),
                    {"made": equipment.made_on.isoformat()},
                )
            }
        )
    equipment.status, equipment.updated_at = status, clock.now()
    equipment.block_reason = reason.strip()[:200] if status == E.LOCKED else ""
    if status == E.IN_USE and equipment.in_use_since is None:
        equipment.in_use_since = day
    rows: list[Base] = [equipment, *_stand(equipment, day)]
    if status in (E.SCRAPPED, E.CANCELLED):
        labels = session.scalars(select(Label).where(Label.equipment_id == equipment.id)).all()
        rows += void_all(equipment, list(labels), by=by)
    record(
        session(),
        subject_of("equipment", equipment.id),
        "status",
        actor=by.actor,
        rows=rows,
        payload={"from": str(old), "to": str(status), "on": day, "reason": reason.strip()},
    )
    search.index(session.connection(), [equipment.id])
    changed(equipment, by)
    return equipment


def held_problem(equipment: Equipment) -> Message | None:
    """Why the status of this piece cannot change now: the decision that holds it (查封、扣押)."""
    number = held_under([equipment.id]).get(equipment.id)
    return Message(HELD, {"number": number}) if number is not None else None


def scrap(equipment: Equipment, *, typed: str, reason: str, by: Viewer, on: date | None = None) -> Equipment:
    """报废, confirmed by typing the piece's own number: it cannot be taken back."""
    if typed.strip() != confirming_word(equipment):
        raise Invalid({"typed": N_("This is not the number of the piece.")})
    if held := held_problem(equipment):
        raise Conflict({"status": held})
    return change_status(equipment, E.SCRAPPED, reason=reason, by=by, on=on)


def confirming_word(equipment: Equipment) -> str:
    """What must be typed before a piece is scrapped: the number people see on it."""
    return equipment.serial or equipment.own_number or equipment.label_code or str(equipment.id)[-6:]


def set_aside(code: str, digits: str, *, key: str, by: Viewer) -> Equipment:
    """待建档: a piece nobody finds on file is entered under a blank label with what can be read of its number;
    locked until the office completes it."""
    if by.organisation_id is None:
        raise Invalid({"": N_("Only an organisation can set a piece aside.")})
    area = session.scalars(select(Organisation.area).where(Organisation.id == by.organisation_id)).one()
    at = clock.now()
    equipment = Equipment(
        id=new_id(),
        category=category(key).key,
        status=E.LOCKED,
        verified=False,
        unverified_reason=ASIDE,
        block_reason=ASIDE,
        serial=digits.strip()[:60],
        area=area,
        owner_id=by.organisation_id,
        details={},
        created_at=at,
        updated_at=at,
    )
    session.add(equipment)
    session.flush()
    record(
        session(),
        subject_of("equipment", equipment.id),
        "registered",
        actor=by.actor,
        rows=[equipment, *_stand(equipment, clock.today())],
        payload={
            "values": {"category": key, "serial": equipment.serial, "area": area, "set_aside": True},
            "identifiers": {},
        },
    )
    bind_label(code, equipment, by=by)
    return equipment


def _stand(equipment: Equipment, day: date) -> list[Standing]:
    """Close the interval that is open and begin the next; both are evidence."""
    open_one = session.scalar(
        select(Standing).where(Standing.equipment_id == equipment.id, Standing.until_on.is_(None))
    )
    if open_one is not None:
        open_one.until_on = max(day, open_one.from_on)
    begins = max(day, open_one.from_on) if open_one is not None else day
    row = {party: getattr(equipment, party) for party in PARTIES}
    fresh = Standing(
        equipment_id=equipment.id,
        id=new_id(),
        organisation_id=holder(row),
        status=equipment.status,
        area=equipment.area,
        category=equipment.category,
        use_unit_id=equipment.use_unit_id,
        from_on=begins,
    )
    session.add(fresh)
    return [interval for interval in (open_one, fresh) if interval is not None]


def _copy_facets(equipment: Equipment, details: Details) -> None:
    session.execute(delete(Facet).where(Facet.equipment_id == equipment.id))
    row = {
        "id": equipment.id,
        "area": equipment.area,
        "category": equipment.category,
        **{party: getattr(equipment, party) for party in PARTIES},
    }
    copied = facet_rows(row, facets(category(equipment.category), details))
    if copied:
        session.execute(insert(Facet), copied)
