"""坐标: where a piece stands. What its details state is in force, converted to WGS-84; what it superseded, what
was proposed and what was declined stay on file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import bindparam, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.geo import SCALE, Datum, GeoPoint, GeoPosition, stated_position, stored_degrees
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Coordinates, Equipment
from equipment.register.rules import CoordinatesSource, CoordinatesState
from equipment.regulation.categories import category
from equipment.regulation.queries import default_datum
from equipment.storage.columns import Columns
from equipment.storage.db import session

POSITIONS = Coordinates.__table__.c
_in_force = (
    select(POSITIONS.wgs84_latitude, POSITIONS.wgs84_longitude)
    .where(POSITIONS.equipment_id == bindparam("piece"), POSITIONS.state == CoordinatesState.IN_FORCE)
    .limit(1)
)
NO_POINT = N_("Give latitude and longitude in degrees, e.g. 36.5447 and 104.1389.")
NOT_OVER = (CoordinatesState.IN_FORCE, CoordinatesState.PROPOSED)


def point_of(equipment_id: UUID) -> GeoPoint | None:
    """Where the piece stands, in WGS-84; None while nobody knows (位置待补)."""
    row = session.execute(_in_force, {"piece": equipment_id}).first()
    return GeoPoint(row.wgs84_latitude / SCALE, row.wgs84_longitude / SCALE) if row is not None else None


def points_of(ids: Iterable[UUID]) -> dict[UUID, GeoPoint]:
    rows = session.execute(
        select(POSITIONS.equipment_id, POSITIONS.wgs84_latitude, POSITIONS.wgs84_longitude).where(
            POSITIONS.equipment_id.in_(set(ids)), POSITIONS.state == CoordinatesState.IN_FORCE
        )
    )
    return {
        row.equipment_id: GeoPoint(row.wgs84_latitude / SCALE, row.wgs84_longitude / SCALE) for row in rows
    }


def coordinates_of(viewer: Viewer, equipment_id: UUID) -> list[Coordinates]:
    """Every position that was ever stated of a piece, the newest first."""
    stated = visible(viewer, Coordinates).where(Coordinates.equipment_id == equipment_id)
    return list(session.scalars(stated.order_by(Coordinates.stated_at.desc(), Coordinates.id.desc())))


def is_placed(category_key: str) -> bool:
    """Whether pieces of this category stand somewhere: the category has the fields for it."""
    return "latitude" in category(category_key).details_type.model_fields


def position_in(details: Mapping[str, object]) -> GeoPosition | None:
    """The position that the details of a piece state; without a datum that of the bureau's choice."""
    if not details.get("latitude") or not details.get("longitude"):
        return None
    datum = Datum(str(details.get("datum") or default_datum(clock.today())))
    position = stated_position(str(details["latitude"]), str(details["longitude"]), None, datum)
    return position if position is not None and position.point.is_on_earth else None


def first_coordinates(row: Columns, source: CoordinatesSource, by: Viewer) -> Columns | None:
    """The row of a piece that is put on file with a position."""
    position = position_in(row["details"]) if is_placed(row["category"]) else None
    return None if position is None else _columns(row, position, source, by)


def _columns(piece: Columns, position: GeoPosition, source: CoordinatesSource, by: Viewer) -> Columns:
    wgs84 = position.wgs84
    return {
        "equipment_id": piece["id"],
        "id": new_id(),
        "organisation_id": piece["use_unit_id"] or piece["owner_id"],
        "area": piece["area"],
        "category": piece["category"],
        "state": CoordinatesState.IN_FORCE,
        "source": source,
        "latitude": stored_degrees(position.point.latitude),
        "longitude": stored_degrees(position.point.longitude),
        "datum": position.datum,
        "accuracy_m": position.accuracy_m,
        "wgs84_latitude": stored_degrees(wgs84.latitude),
        "wgs84_longitude": stored_degrees(wgs84.longitude),
        "readings": 1,
        "stated_at": clock.now(),
        "stated_by": by.user_id,
        "decided_at": None,
        "decided_by": None,
    }


def _row(equipment: Equipment, position: GeoPosition, source: CoordinatesSource, by: Viewer) -> Coordinates:
    piece = {name: getattr(equipment, name) for name in ("id", "use_unit_id", "owner_id", "area", "category")}
    return Coordinates(**_columns(piece, position, source, by))


def follow_details(equipment: Equipment, source: CoordinatesSource, *, by: Viewer) -> list[Coordinates]:
    """After a change of a piece: its positions stand in its area, and the one that its details state is in
    force. Returns the rows that changed; the caller's line of the ledger covers them."""
    if not is_placed(equipment.category):
        return []
    rows, position = _not_over(equipment.id), position_in(equipment.details)
    moved = [row for row in rows if row.area != equipment.area]
    for row in moved:
        row.area = equipment.area
    in_force = next((row for row in rows if row.state == CoordinatesState.IN_FORCE), None)
    if in_force is not None and position is not None and _states(in_force, position, equipment.details):
        return moved
    superseded = [in_force] if in_force is not None else []
    for row in superseded:
        row.state, row.decided_at, row.decided_by = CoordinatesState.SUPERSEDED, clock.now(), by.user_id
    session.flush()  # only one may be in force
    if position is None:
        return [*moved, *(row for row in superseded if row not in moved)]
    fresh = _row(equipment, position, source, by)
    session.add(fresh)
    return [*moved, *(row for row in superseded if row not in moved), fresh]


def _states(row: Coordinates, position: GeoPosition, details: Mapping[str, object]) -> bool:
    """Whether a row is what the details say; where they name no datum, the one it was read in stays."""
    same = (row.latitude, row.longitude) == tuple(map(stored_degrees, position.point))
    return same and (not details.get("datum") or row.datum == position.datum)


def locate(
    equipment: Equipment, position: GeoPosition, *, source: CoordinatesSource, by: Viewer
) -> Coordinates:
    """State where a piece stands: its details say so, and what was in force is superseded. The same position
    again changes nothing."""
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    rows = _not_over(_sound(equipment, position))
    in_force = next((row for row in rows if row.state == CoordinatesState.IN_FORCE), None)
    if in_force is not None and _states(in_force, position, {"datum": position.datum}):
        return in_force
    fresh = _row(equipment, position, source, by)
    _come_into_force(fresh, equipment, rows, "coordinates.stated", by)
    return fresh


def propose(
    equipment: Equipment, position: GeoPosition, *, source: CoordinatesSource, by: Viewer, readings: int = 1
) -> Coordinates:
    """A position that the firm's manager or the bureau decides on. A newer proposal of the same source takes
    the place of the one that waits."""
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    waiting = [
        row
        for row in _not_over(_sound(equipment, position))
        if row.state == CoordinatesState.PROPOSED and row.source == source
    ]
    for row in waiting:
        row.state, row.decided_at = CoordinatesState.DECLINED, clock.now()
    fresh = _row(equipment, position, source, by)
    fresh.state, fresh.readings = CoordinatesState.PROPOSED, readings
    session.add(fresh)
    _note(equipment, "coordinates.proposed", fresh, waiting, by)
    return fresh


def accept(row: Coordinates, equipment: Equipment, *, by: Viewer) -> None:
    """采纳: a proposed position comes into force."""
    _hold_proposed(row, equipment)
    row.decided_at, row.decided_by = clock.now(), by.user_id
    _come_into_force(row, equipment, _not_over(equipment.id), "coordinates.accepted", by)


def decline(row: Coordinates, equipment: Equipment, *, by: Viewer) -> None:
    """不采纳: kept, never in force."""
    _hold_proposed(row, equipment)
    row.state, row.decided_at, row.decided_by = CoordinatesState.DECLINED, clock.now(), by.user_id
    _note(equipment, "coordinates.declined", row, [], by)


def _sound(equipment: Equipment, position: GeoPosition) -> UUID:
    if not position.point.is_on_earth:
        raise Invalid({"latitude": NO_POINT})
    if not is_placed(equipment.category):
        raise Conflict({"": N_("Pieces of this kind stand in no one place.")})
    return equipment.id


def _come_into_force(
    row: Coordinates, equipment: Equipment, rows: Iterable[Coordinates], verb: str, by: Viewer
) -> None:
    superseded = [other for other in rows if other.state == CoordinatesState.IN_FORCE]
    for other in superseded:
        other.state, other.decided_at, other.decided_by = (
            CoordinatesState.SUPERSEDED,
            clock.now(),
            by.user_id,
        )
    session.flush()  # only one may be in force
    row.state = CoordinatesState.IN_FORCE
    session.add(row)
    degrees = {"latitude": _degrees(row.latitude), "longitude": _degrees(row.longitude)}
    equipment.details = {**equipment.details, **degrees, "datum": str(Datum(row.datum))}
    equipment.updated_at = clock.now()
    _note(equipment, verb, row, superseded, by)


def _degrees(stored: int) -> str:
    return f"{stored / SCALE:.7f}".rstrip("0").rstrip(".")


def _hold_proposed(row: Coordinates, equipment: Equipment) -> None:
    locked_heads(session.connection(), [subject_of("equipment", equipment.id)])
    session.refresh(row)
    session.refresh(equipment)
    if row.state != CoordinatesState.PROPOSED:
        raise Conflict({"": N_("Somebody has decided on this position already.")})


def _not_over(equipment_id: UUID) -> list[Coordinates]:
    """What is in force or proposed now."""
    rows = select(Coordinates).where(
        Coordinates.equipment_id == equipment_id, Coordinates.state.in_(NOT_OVER)
    )
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def _note(
    equipment: Equipment, verb: str, row: Coordinates, others: Iterable[Coordinates], by: Viewer
) -> None:
    record(
        session(),
        subject_of("equipment", equipment.id),
        verb,
        actor=by.actor,
        rows=[equipment, row, *others],
        payload={
            "coordinates": row.id,
            "latitude": _degrees(row.latitude),
            "longitude": _degrees(row.longitude),
            "datum": str(Datum(row.datum)),
            "source": str(CoordinatesSource(row.source)),
        },
    )
