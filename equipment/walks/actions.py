"""Rounds are opened, taken further and closed; what an officer saw is recorded row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.geo import UNREADABLE, GeoPosition, stored_degrees
from equipment.core.ids import new_id
from equipment.core.months import month_start
from equipment.core.words import N_, Message
from equipment.dues.models import Due
from equipment.files.actions import About, StoredDocument, attach_once
from equipment.files.models import Attachment
from equipment.intake.actions import Receipts
from equipment.intake.rules import arrival, content_of
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row as evidence_of
from equipment.maintenance.queries import limits_of
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.queries import walk_days, walk_takes_unknown
from equipment.storage.db import Base, session
from equipment.walks.models import Walk, WalkRow
from equipment.walks.queries import PHOTO_OF, applied_for, of_office, rows_of, still_due, to_walk
from equipment.walks.rules import NOTE_LENGTH, PieceNow, closing, office_area, round_number
from equipment.walks.states import OPEN_ROWS, WalkClosing, WalkOutcome, WalkRowState, WalkVia

TAPS = Receipts("walk_outcome", "message_id")
MOST_ROWS = 3000
NOTHING_LATE = N_("Nothing is overdue here today: no round was opened.")


class WalkTap(NamedTuple):
    """What an officer saw at a piece, as his phone or his paper has it."""

    message_id: UUID
    outcome: WalkOutcome
    happened_at: datetime
    note: str = ""
    via: WalkVia = WalkVia.PHONE
    position: GeoPosition | None = None  # where the phone was, in WGS-84


class RecordedTap(NamedTuple):
    """The row after a tap; whether the tap had come before, or a later one stands."""

    row: WalkRow
    is_again: bool = False
    is_older: bool = False


def open_round(area: str, on: date, *, by: Viewer, with_unknown: bool | None = None) -> Walk:
    """The round of an office for the month of `on`, which is today. Opened twice it is refused; an office
    with nothing to walk has none."""
    _may_open(area, by)
    month = month_start(on)
    ledger.locked_heads(session.connection(), [_chain(area)])
    if session.scalar(visible(SYSTEM, Walk).where(Walk.area == area, Walk.month == month)) is not None:
        raise Conflict({"area": N_("This office has its round of the month: take in what is overdue since.")})
    takes_unknown = walk_takes_unknown(on) if with_unknown is None else with_unknown
    late = _late_in(area, on, takes_unknown)
    if not late:
        raise Invalid({"area": NOTHING_LATE})
    walk = Walk(
        id=new_id(),
        number=round_number(month, area),
        area=area,
        month=month,
        opened_at=clock.now(),
        opened_by=by.user_id,
        due_on=on + timedelta(days=walk_days(on)),
        with_unknown=takes_unknown,
        closed_at=None,
    )
    session.add(walk)
    _record_round(walk, "walk.opened", by, walk, rows=len(late))
    _add_rows(walk, late, by)
    return walk


def take_in(walk: Walk, *, by: Viewer, with_unknown: bool = False) -> int:
    """What is overdue since the round opened joins it; a closed one is open again. How many did."""
    _may_open(walk.area, by)
    ledger.locked_heads(session.connection(), [_chain(walk.area)])
    takes_unknown = walk.with_unknown or with_unknown
    late = _late_in(walk.area, clock.today(), takes_unknown)
    # a piece is in a round once, whatever became of its row
    there = set(session.scalars(rows_of(walk).order_by(None).with_only_columns(WalkRow.equipment_id)))
    fresh = [(due, piece) for due, piece in late if piece.id not in there]
    if fresh:
        walk.closed_at, walk.with_unknown = None, takes_unknown
        _record_round(walk, "walk.continued", by, walk, rows=len(fresh))
        _add_rows(walk, fresh, by)
    return len(fresh)


def _may_open(area: str, by: Viewer) -> None:
    if not may(by, Action.CREATE, Thing.WALK):
        raise NotAllowed
    if by is not SYSTEM and not (by.oversees and area.startswith(by.area)):
        raise NotFound


def _late_in(area: str, on: date, with_unknown: bool) -> Sequence[tuple[Due, Equipment]]:
    """Each piece of this office once, with the duty that is overdue longest, in the order in which somebody
    comes by: street after street, a unit's pieces together."""
    unit_id = func.coalesce(Equipment.use_unit_id, Equipment.owner_id)
    late = to_walk(on, with_unknown=with_unknown).where(of_office(Due.area, area))
    named = late.outerjoin(Organisation, Organisation.id == unit_id).add_columns(Organisation.name)
    first: dict[UUID, tuple[Due, Equipment]] = {}
    unit_of: dict[UUID, str] = {}
    for due, piece, unit in session.execute(named.order_by(Due.due_on, Due.kind).limit(MOST_ROWS)):
        first.setdefault(piece.id, (due, piece))
        unit_of[piece.id] = unit or ""
    begins: dict[str, tuple[str, str]] = {}
    for _due, piece in first.values():
        unit, place = unit_of[piece.id], (piece.area, piece.address)
        begins[unit] = min(begins.get(unit, place), place)
    return sorted(
        first.values(),
        key=lambda pair: (
            begins[unit_of[pair[1].id]],
            unit_of[pair[1].id],
            pair[1].address,
            pair[1].position,
            pair[1].own_number,
            pair[1].serial,
            pair[1].id,
        ),
    )


def _add_rows(walk: Walk, late: Sequence[tuple[Due, Equipment]], by: Viewer) -> None:
    last = session.scalar(rows_of(walk).order_by(None).with_only_columns(func.max(WalkRow.row_no))) or 0
    applied = applied_for([piece.id for _due, piece in late])
    rows = [
        WalkRow(
            equipment_id=piece.id,
            id=new_id(),
            walk_id=walk.id,
            row_no=number,
            area=walk.area,
            category=piece.category,
            use_unit_id=piece.use_unit_id or piece.owner_id,
            state=WalkRowState.TO_WALK,
            duty=due.kind,
            due_on=None if due.origin == "unknown" else due.due_on,
            applied=piece.id in applied,
        )
        for number, (due, piece) in enumerate(late, last + 1)
    ]
    session.add_all(rows)
    session.flush()
    lines = [
        ledger.EventDraft(
            ledger.subject_of("equipment", row.equipment_id),
            "walk.listed",
            {"walk": walk.id, "number": walk.number, "row": row.row_no, "due_on": row.due_on},
            [evidence_of(row)],
        )
        for row in rows
    ]
    ledger.append(session.connection(), lines, actor=by.actor)


def record_outcome(walk: Walk, row_no: int, tap: WalkTap, *, by: Viewer) -> RecordedTap:
    """What was seen stands on its row until it is settled; of two taps the later one, both are in the ledger.
    The same message again is the row as it stands."""
    if not may(by, Action.CHANGE, Thing.WALK):
        raise NotAllowed
    row = locked_row(walk, row_no)
    content = content_of(
        row=row_no, outcome=tap.outcome, note=tap.note, happened_at=tap.happened_at, via=tap.via
    )
    message = TAPS.received(content, sender=by.organisation_id, key=tap.message_id, about=row.id)
    if message.answer is not None:
        return RecordedTap(row, is_again=True)
    _may_be_walked(row)
    limits = limits_of("elevator", clock.today()).clock
    arrived = arrival(
        tap.happened_at, clock.now(), limits, queued=None, last_contact=walk.opened_at - limits.drift
    )
    seen: dict[str, object] = {"walk": walk.id, "row": row_no, "outcome": tap.outcome, "note": tap.note}
    stands_since = row.happened_at or row.sent_back_at
    if stands_since is not None and arrived.at < stands_since:
        payload = seen | {"happened_at": arrived.at}
        _record_row(row, "walk.seen_before", by, payload, row, message.keep(str(row_no)))
        return RecordedTap(row, is_older=True)
    row.state, row.outcome, row.note = WalkRowState.WALKED, tap.outcome, tap.note.strip()[:NOTE_LENGTH]
    row.happened_at, row.received_at = arrived.at, arrived.received_at
    row.walked_by, row.via, row.doubted = by.user_id, tap.via, arrived.doubted
    row.latitude, row.longitude, row.accuracy_m = _position(tap)
    session.flush()
    _record_row(row, "walk.seen", by, seen, row, message.keep(str(row_no)))
    return RecordedTap(row)


def _position(tap: WalkTap) -> tuple[int, int, int | None] | tuple[None, None, None]:
    """As it is stored; what names no place on earth is no position, and nothing is refused for it."""
    if tap.position is None or tap.position.point == UNREADABLE:
        return None, None, None
    point = tap.position.point
    return stored_degrees(point.latitude), stored_degrees(point.longitude), tap.position.accuracy_m


def _may_be_walked(row: WalkRow) -> None:
    if row.state is WalkRowState.SETTLED:
        raise Conflict(
            {"outcome": N_("This row has been settled meanwhile: what was seen now is not taken.")}
        )
    if row.state is WalkRowState.CLOSED:
        assert row.closing is not None  # CHECK closed_says_why
        raise Conflict(
            {"outcome": Message(N_("This row has closed by itself: %(why)s"), {"why": row.closing.label})}
        )


def add_photo(walk: Walk, row_no: int, photo: StoredDocument, *, by: Viewer) -> Attachment:
    """What was seen, as a picture: of a settled row too, nothing that was taken is lost. The same again is
    the one that is there."""
    if not may(by, Action.CHANGE, Thing.WALK):
        raise NotAllowed
    row = locked_row(walk, row_no)
    about = About(row.equipment_id, walk.area, row.category, PHOTO_OF, row.id)
    return attach_once(about, photo, by=by)[0]


def locked_row(walk: Walk, row_no: int) -> WalkRow:
    """The row as it stands behind the lock of its piece."""
    rows = rows_of(walk).where(WalkRow.row_no == row_no)
    equipment_id = session.scalar(rows.with_only_columns(WalkRow.equipment_id))
    if equipment_id is None:
        raise NotFound
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", equipment_id)])
    return session.scalars(rows.execution_options(populate_existing=True)).one()


def close_overtaken(walk: Walk, *, by: Viewer) -> int:
    """Rows whose piece was inspected, put out of use or moved meanwhile close by themselves; a round of which
    nothing is left closes too. How many rows did."""
    lock_round(walk)
    left = session.scalars(rows_of(walk).where(WalkRow.state.in_(OPEN_ROWS))).all()
    number = sum(close_if_overtaken(walk, row.row_no, by=by) for row in overtaken(left))
    close_if_done(walk, by=by)
    return number


def overtaken(rows: Sequence[WalkRow]) -> list[WalkRow]:
    """Those of these open rows that nobody must look at or decide any more."""
    due = still_due(rows, clock.today())
    by_id = {piece.id: piece for piece in pieces(SYSTEM, [row.equipment_id for row in rows])}
    return [row for row in rows if _why(row, by_id[row.equipment_id], due) is not None]


def _why(row: WalkRow, piece: Equipment, due: set[UUID]) -> WalkClosing | None:
    return closing(PieceNow(piece.status, piece.area, piece.id in due), row.area)


def close_if_overtaken(walk: Walk, row_no: int, *, by: Viewer) -> bool:
    """Whether the row closed by itself, as it and its piece stand behind the lock."""
    row = locked_row(walk, row_no)
    piece = pieces(SYSTEM, [row.equipment_id])[0]
    why = _why(row, piece, still_due([row], clock.today()))
    if why is None or row.state not in OPEN_ROWS:
        return False
    row.state, row.closing = WalkRowState.CLOSED, why
    record_row(row, "walk.row_closed", by, {"why": why})
    return True


def lock_round(walk: Walk) -> None:
    """Rows of an office are settled, closed and added one after the other: its chain first, then those of
    the pieces."""
    ledger.locked_heads(session.connection(), [_chain(walk.area)])


def close_if_done(walk: Walk, *, by: Viewer) -> None:
    left = rows_of(walk).where(WalkRow.state.in_(OPEN_ROWS)).limit(1)
    if walk.closed_at is None and session.scalar(left) is None:
        walk.closed_at = clock.now()
        _record_round(walk, "walk.closed", by, walk)


def _chain(area: str) -> str:
    """Rounds of an office stand in one chain, which is locked before one is opened."""
    return ledger.subject_of("walks", area)


def _record_round(walk: Walk, verb: str, by: Viewer, *records: Base, **payload: object) -> None:
    ledger.record(
        session(),
        _chain(walk.area),
        verb,
        actor=by.actor,
        payload={"walk": walk.id, "number": walk.number, **payload},
        rows=records,
    )


def _record_row(row: WalkRow, verb: str, by: Viewer, payload: dict[str, object], *records: Base) -> None:
    subject = ledger.subject_of("equipment", row.equipment_id)
    ledger.record(session(), subject, verb, actor=by.actor, payload=payload, rows=records)


def record_row(row: WalkRow, verb: str, by: Viewer, payload: dict[str, object]) -> None:
    """One line of the piece's chain about its row."""
    more: dict[str, object] = {"walk": row.walk_id, "row": row.row_no}
    _record_row(row, verb, by, more | payload, row)


def offices_with_late(on: date) -> set[str]:
    """The areas of the offices that have something to walk."""
    late = to_walk(on, with_unknown=walk_takes_unknown(on))
    areas = late.with_only_columns(Due.area).distinct()
    return {office_area(area) for area in session.scalars(areas)}
