"""The intervals follow the ledger: every few minutes the bottles of its new lines are derived again, whole,
from what is on record. Nothing of it happens while a scan is answered. A line counts when it is a minute old,
so that none is passed over that was written beside another; cut off anywhere, it goes on where it stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from equipment.core import clock
from equipment.core.ids import id_in
from equipment.ledger.actions import locked_heads, record
from equipment.ledger.models import Event
from equipment.lots.models import LotRow
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.places.models import NoteRow, PlaceCursor, Whereabouts
from equipment.places.queries import facts_of
from equipment.places.rules import PlaceInterval, intervals
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.cylinder_details import moves_by_itself
from equipment.storage.db import Base, session, transaction

SETTLED = timedelta(minutes=1)
LINES = 2000  # of the ledger, read at once
BOTTLES = 200  # derived in one transaction
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
SUBJECT = "whereabouts:all"
MOVING = ("scan.", "fill.")  # verbs of a piece after which it may be elsewhere
DERIVED = (
    "organisation_id",
    "area",
    "category",
    "state",
    "event",
    "holder_id",
    "customer_id",
    "from_at",
    "until_at",
    "seen_at",
    "source",
    "source_id",
)


def follow(until: datetime | None = None) -> dict[str, int]:
    """Read the ledger on and derive the bottles it speaks of, until it is read."""
    until, done = until or clock.now() - SETTLED, 0
    while True:
        cursor = session.get(PlaceCursor, 1)
        place = (cursor.at, cursor.subject, cursor.seq) if cursor else (BEGINNING, "", 0)
        lines = session.execute(_lines_after(place, until)).all()
        if not lines:
            session.rollback()
            return {"bottles": done}
        touched = sorted(_bottles_of({(line.subject, line.verb) for line in lines}))
        last = lines[-1]
        session.rollback()
        for start in range(0, len(touched), BOTTLES):
            with transaction():
                derive(touched[start : start + BOTTLES])
        with transaction():
            session.merge(PlaceCursor(id=1, at=last.at, subject=last.subject, seq=last.seq))
        done += len(touched)


def derive_all(until: datetime) -> int:
    """On a ledger that was never followed: every bottle once instead of once for each stretch of lines that
    speak of it, and the cursor behind the last of them. Returns how many."""
    filled = [kind.key for kind in CATEGORIES if kind.filled]
    bottles = visible(SYSTEM, Equipment).where(Equipment.category.in_(filled)).with_only_columns(Equipment.id)
    ids = session.scalars(bottles.order_by(Equipment.id)).all()
    lines = select(Event.at, Event.subject, Event.seq).where(Event.at < until)
    last = session.execute(
        lines.order_by(Event.at.desc(), Event.subject.desc(), Event.seq.desc()).limit(1)
    ).one()
    session.rollback()
    for start in range(0, len(ids), BOTTLES):
        with transaction():
            derive(ids[start : start + BOTTLES])
    with transaction():
        session.merge(PlaceCursor(id=1, at=last.at, subject=last.subject, seq=last.seq))
    return len(ids)


def _lines_after(place: tuple[datetime, str, int], until: datetime) -> Select[datetime, str, int, str]:
    at, subject, seq = place
    beside = or_(Event.subject > subject, and_(Event.subject == subject, Event.seq > seq))
    return (
        select(Event.at, Event.subject, Event.seq, Event.verb)
        .where(Event.at >= at, Event.at < until, or_(Event.at > at, beside))
        .order_by(Event.at, Event.subject, Event.seq)
        .limit(LINES)
    )


def _bottles_of(lines: Collection[tuple[str, str]]) -> set[UUID]:
    """The bottles that lines of the ledger speak of."""
    keys: dict[str, set[UUID]] = defaultdict(set)
    for subject, verb in lines:
        kind, _, key = subject.partition(":")
        if (kind != "equipment" or verb.startswith(MOVING)) and (found_id := id_in(key)):
            keys[kind].add(found_id)
    rows = visible(SYSTEM, LotRow).where(LotRow.lot_id.in_(keys["lot"]), LotRow.equipment_id.is_not(None))
    sent = session.scalars(rows.with_only_columns(LotRow.equipment_id)) if keys["lot"] else ()
    noted = visible(SYSTEM, NoteRow).where(NoteRow.note_id.in_(keys["delivery_note"]))
    out = session.scalars(noted.with_only_columns(NoteRow.equipment_id)) if keys["delivery_note"] else ()
    return keys["equipment"] | {key for key in (*sent, *out) if key}


def derive(pieces: Sequence[UUID]) -> None:
    """The intervals of these bottles as the records say now; what differs is written, with a line."""
    locked_heads(session.connection(), [SUBJECT])
    columns = (Equipment.id, Equipment.area, Equipment.category, Equipment.details)
    bottles = visible(SYSTEM, Equipment).where(Equipment.id.in_(pieces)).with_only_columns(*columns)
    facts, before = facts_of(pieces), _on_file(pieces)
    written: list[Base] = []
    gone: list[Base] = []
    for bottle, area, category, details in session.execute(bottles).all():
        rows = before.get(bottle, {})
        sightings = facts.get(bottle, ()) if moves_by_itself(details) else ()
        derived = {each.id: each for each in intervals(sightings)}
        gone += [row for key, row in rows.items() if key not in derived]
        for key, interval in derived.items():
            values = _columns(interval, rows[key].area if key in rows else area, category)
            written += _written(rows.get(key), bottle, key, values)
    for row in gone:
        session.delete(row)
    if written or gone:
        record(session(), SUBJECT, "whereabouts", actor="system", rows=written, gone=gone)


def _on_file(pieces: Collection[UUID]) -> dict[UUID, dict[UUID, Whereabouts]]:
    rows: dict[UUID, dict[UUID, Whereabouts]] = defaultdict(dict)
    for row in session.scalars(visible(SYSTEM, Whereabouts).where(Whereabouts.equipment_id.in_(pieces))):
        rows[row.equipment_id][row.id] = row
    return rows


def _columns(interval: PlaceInterval, area: str, category: str) -> dict[str, object]:
    began = interval.began_by
    values = (
        began.organisation_id,
        area,
        category,
        interval.state,
        began.event,
        interval.holder_id,
        interval.customer_id,
        began.at,
        interval.until_at,
        interval.seen_at,
        began.source,
        began.source_id,
    )
    return dict(zip(DERIVED, values, strict=True))


def _written(row: Whereabouts | None, bottle: UUID, key: UUID, values: dict[str, object]) -> list[Base]:
    """The row as it stands now, where the ledger must hear of it: the last sighting alone needs no line."""
    if row is None:
        row = Whereabouts(equipment_id=bottle, id=key, **values)
        session.add(row)
        return [row]
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return [row] if changed - {"seen_at"} else []
