"""Putting checked pieces on file: rows, standing, facets, identifiers, search and ledger in one go, one piece
or a chunk of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger.actions import EventDraft, append, subject_of
from equipment.ledger.evidence import proved, row_values
from equipment.people.rules import Viewer
from equipment.register import search
from equipment.register.binding import bind_label
from equipment.register.checking import Registration, checked, facets
from equipment.register.codes import normal
from equipment.register.coordinates import first_coordinates
from equipment.register.hooks import changed
from equipment.register.identifiers import is_alone, reserve, taken_numbers
from equipment.register.models import Coordinates, Equipment, Facet, Identifier, Standing
from equipment.register.rules import CoordinatesSource, EquipmentStatus, IdentifierKind
from equipment.storage.columns import Columns
from equipment.storage.db import session
from equipment.storage.statements import Lookup, insert_rows

GONE = (EquipmentStatus.CANCELLED, EquipmentStatus.MOVED_OUT)
PIECES = Equipment.__table__.c
_same_serial = Lookup(
    select(PIECES.id, PIECES.category, PIECES.serial, PIECES.maker).where(PIECES.status.not_in(GONE)),
    PIECES.serial,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Why a piece cannot be entered: another one carries its number already."""

    field: str
    message: Message
    equipment_id: UUID


def register(values: Columns, *, by: Viewer) -> Equipment:
    """Put one piece on file. Keys of `values`: the columns of Equipment, `details`, `identifiers` (kind ->
    number), `label` (a blank code)."""
    registration = checked(values, by=by)
    conflicts = taken([registration])
    if conflicts:
        raise Conflict({conflict.field: conflict.message for conflict in conflicts[0]})
    enter([registration], by=by)
    equipment = session.get_one(Equipment, registration.row["id"])
    if registration.label:
        bind_label(registration.label, equipment, by=by)
    changed(equipment, by)
    return equipment


def taken(registrations: Sequence[Registration]) -> dict[int, list[Taken]]:
    """Which of these pieces, by their place in the list, carry a number that is another piece's: on file, or
    earlier in the list."""
    conflicts: dict[int, list[Taken]] = {}
    numbers = {
        (kind, normal(value))
        for registration in registrations
        for kind, value in registration.numbers
        if is_alone(kind, registration.category)
    }
    reserve(value for _, value in numbers)
    on_file, stamped = taken_numbers(numbers), _stamped(registrations)
    for place, registration in enumerate(registrations):
        for kind, value in registration.numbers:
            key = (kind, normal(value))
            if key in numbers and on_file.setdefault(key, registration.row["id"]) != registration.row["id"]:
                message = Message(
                    N_("%(kind)s %(value)s is on file already."), {"kind": kind.label, "value": value}
                )
                conflicts.setdefault(place, []).append(Taken(f"identifiers.{kind}", message, on_file[key]))
        stamp = _stamp(registration.row)
        if stamp and stamped.setdefault(stamp, registration.row["id"]) != registration.row["id"]:
            message = Message(
                N_("A piece of this maker with number %(serial)s is on file already."),
                {"serial": registration.row["serial"]},
            )
            conflicts.setdefault(place, []).append(Taken("serial", message, stamped[stamp]))
    return conflicts


def _stamp(row: Columns) -> tuple[str, str, str] | None:
    """Maker and serial number together name a piece; without both nothing can be said."""
    if not (row["serial"] and row["maker"]):
        return None
    return row["category"], normal(row["serial"]), normal(row["maker"])


def _stamped(registrations: Iterable[Registration]) -> dict[tuple[str, str, str], UUID]:
    serials = {registration.row["serial"] for registration in registrations if registration.row["serial"]}
    return {
        stamp: row.id
        for row in _same_serial(session.connection(), serials)
        if (stamp := _stamp(row._asdict()))
    }


def enter(
    registrations: Sequence[Registration], *, by: Viewer, source: CoordinatesSource = CoordinatesSource.OFFICE
) -> list[UUID]:
    """Write checked pieces that `taken` has passed. Labels are bound and dues planned by the caller; `source`
    is where their positions come from."""
    rows = [registration.row for registration in registrations]
    if not rows:
        return []
    connection = session.connection()
    standings = [_first_interval(row) for row in rows]
    identifiers = [
        [_identifier(registration.row["id"], kind, value) for kind, value in registration.numbers]
        for registration in registrations
    ]
    positions = [first_coordinates(row, source, by) for row in rows]
    insert_rows(connection, Equipment, rows)
    insert_rows(connection, Standing, standings)
    insert_rows(connection, Coordinates, [position for position in positions if position])
    insert_rows(connection, Identifier, [number for numbers in identifiers for number in numbers])
    copied = [
        facet
        for registration in registrations
        for facet in facet_rows(registration.row, facets(registration.category, registration.details))
    ]
    insert_rows(connection, Facet, copied)
    names = search.organisation_names(connection, rows)
    search.write(
        connection,
        [
            search.indexed(registration.row, names, (value for _, value in registration.numbers))
            for registration in registrations
        ],
    )
    events = [
        _registered_event(*entered)
        for entered in zip(registrations, standings, identifiers, positions, strict=True)
    ]
    append(connection, events, actor=by.actor)
    return [row["id"] for row in rows]


def facet_rows(row: Columns, values: Mapping[str, str]) -> list[dict[str, object]]:
    return [
        {
            "equipment_id": row["id"],
            "field": name,
            "value": value[:120],
            "area": row["area"],
            "organisation_id": holder(row),
            "category": row["category"],
        }
        for name, value in values.items()
    ]


def holder(row: Columns) -> UUID | None:
    """Whose record the piece's own rows are: its use unit, else its owner."""
    organisation_id: UUID | None = row["use_unit_id"] or row["owner_id"]
    return organisation_id


def _first_interval(row: Columns) -> dict[str, object]:
    """In use since it is said to be; any other status is known from today only."""
    today = clock.today()
    since: date = (
        (row["in_use_since"] or row["registered_on"] or today)
        if row["status"] == EquipmentStatus.IN_USE
        else today
    )
    return {
        "equipment_id": row["id"],
        "id": new_id(),
        "organisation_id": holder(row),
        "status": row["status"],
        "area": row["area"],
        "category": row["category"],
        "use_unit_id": row["use_unit_id"],
        "from_on": since,
        "until_on": None,
    }


def _identifier(equipment_id: UUID, kind: IdentifierKind, value: str) -> dict[str, object]:
    return {
        "value": normal(value),
        "kind": kind,
        "equipment_id": equipment_id,
        "shown": value[:400],
        "issued_at": clock.now(),
        "voided_at": None,
    }


def _registered_event(
    registration: Registration,
    interval: Mapping[str, object],
    identifiers: Iterable[Mapping[str, object]],
    position: Columns | None,
) -> EventDraft:
    """The first event of a life: what was entered, and the rows it left behind."""
    row = registration.row
    values = {name: row[name] for name in proved(Equipment) if row[name] not in (None, "")}
    rows = [
        row_values(Equipment, row),
        row_values(Standing, interval),
        *(row_values(Identifier, number) for number in identifiers),
        *((row_values(Coordinates, position),) if position else ()),
    ]
    numbers = {str(kind): value for kind, value in registration.numbers}
    return EventDraft(
        subject_of("equipment", row["id"]), "registered", {"values": values, "identifiers": numbers}, rows
    )
