"""A driver at the customer's: what he hands over and takes back is on his phone first and reaches us when
there is a signal, perhaps hours later, perhaps twice. What he saw is kept as it was; where the records doubt
it, that stands with the row."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select

from equipment.core import clock
from equipment.fills.station import pack_of
from equipment.intake.actions import Receipts
from equipment.intake.rules import arrival, content_of
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.places.following import derive
from equipment.places.models import DeliveryNote, NoteRow
from equipment.places.note_rules import DriverScan, driver_discrepancy
from equipment.places.notes import is_handled, leave_at, lock_note, new_row, record_note, row_with, rows_of
from equipment.places.queries import interval_at
from equipment.places.states import NoteRowKind, NoteState
from equipment.register.codes import cleaned, parse
from equipment.register.queries import pieces, resolve_own
from equipment.storage.db import session

SCANS = Receipts("note_scan", "scan_id")


class ScanAtCustomer(NamedTuple):
    """One bottle in the driver's hands, as his phone told it."""

    scan_id: UUID
    code: str
    kind: NoteRowKind  # HANDED or BACK
    happened_at: datetime


class KeptScan(NamedTuple):
    """The row that a scan is, and whether it was there already."""

    row: NoteRow
    is_again: bool


def keep_scan(note: DeliveryNote, scan: ScanAtCustomer, *, by: Viewer) -> KeptScan:
    """The scan as a row of its note, whatever the records say of the bottle. The same message again, or the
    same bottle handed over or taken back again on this note, is the row that is there."""
    lock_note(note, by)
    content = content_of(code=scan.code, kind=scan.kind, happened_at=scan.happened_at)
    message = SCANS.received(content, sender=by.organisation_id, key=scan.scan_id, about=note.id)
    if message.answer is not None:
        return KeptScan(row_numbered(note, int(message.answer)), is_again=True)
    resolved = resolve_own(by, parse(scan.code))
    bottle = next(iter(pieces(SYSTEM, [resolved.equipment_id])), None) if resolved.equipment_id else None
    there = row_with(note, bottle.id, scan.kind) if bottle else _row_read(note, scan)
    if there is not None:
        return KeptScan(there, is_again=True)
    at = when(note, scan.happened_at)
    if bottle is not None:
        ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", bottle.id)])
    if note.state is NoteState.LOADING:
        leave_at(note, at, by=by)
    before = interval_at(bottle.id, at) if bottle else None
    facts = DriverScan(
        scan.kind,
        is_known=bottle is not None,
        is_own=bottle is not None and is_handled(bottle, by),
        is_cancelled=note.state is NoteState.CANCELLED,
        is_on_note=bottle is not None and row_with(note, bottle.id, NoteRowKind.OUT) is not None,
        is_with_him=before is not None and before.customer_id == note.customer_id,
    )
    row = new_row(
        note,
        bottle.id if bottle else None,
        scan.kind,
        driver_discrepancy(facts),
        before.state if before else None,
        by,
        at=at,
        code=cleaned(scan.code),
    )
    session.flush()
    verb = "note.handed" if scan.kind is NoteRowKind.HANDED else "note.taken_back"
    receipt = message.keep(str(row.row_no))
    record_note(note, verb, by, [row, receipt], row=row.row_no, bottle=row.equipment_id)
    if bottle is not None:
        derive([bottle.id])
    return KeptScan(row, is_again=False)


def when(note: DeliveryNote, happened_at: datetime) -> datetime:
    """The instant that counts: what a phone says, from the note's opening until now; a clock that shows
    anything else counts for nothing, and the message when it was received."""
    now = clock.now()
    limits = pack_of(clock.site_day(now)).limits
    heard = note.opened_at - limits.drift
    return arrival(happened_at, now, limits, queued=None, last_contact=heard).at


def driver_notes(viewer: Viewer) -> Select[DeliveryNote]:
    """What a driver of this station may have on his lorry."""
    return visible(viewer, DeliveryNote).where(
        DeliveryNote.organisation_id == viewer.organisation_id,
        DeliveryNote.state.in_((NoteState.LOADING, NoteState.ON_WAY)),
    )


def row_numbered(note: DeliveryNote, number: int) -> NoteRow:
    return session.scalars(rows_of(note).where(NoteRow.row_no == number)).one()


def _row_read(note: DeliveryNote, scan: ScanAtCustomer) -> NoteRow | None:
    """What nobody can name is told again by what was read."""
    rows = rows_of(note).where(NoteRow.code == cleaned(scan.code)[:200], NoteRow.kind == scan.kind)
    return session.scalars(rows.where(NoteRow.equipment_id.is_(None))).first()
