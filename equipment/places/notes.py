"""配送单: opened for a customer, loaded bottle by bottle, gone, handed over; empties come back on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import N_, Message
from equipment.fills.custody import kept_owners
from equipment.fills.models import Fill
from equipment.ledger import actions as ledger
from equipment.lots.packing import piece_read
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.places.following import derive
from equipment.places.models import Customer, DeliveryNote, NoteRow
from equipment.places.note_rules import Leaving, is_elsewhere, leaving_problem
from equipment.places.queries import interval_now
from equipment.places.states import NOTE_CHANGES, Discrepancy, NoteRowKind, NoteState, PlaceState
from equipment.register.codes import cleaned, parse
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.storage.db import Base, session

MOST = 500  # bottles of one note: what one lorry carries, and one paper shows


@dataclass(frozen=True, slots=True)
class Asked:
    """By the records the bottle is elsewhere: the scan is to be confirmed."""

    place: PlaceState | None


def open_note(key: UUID, customer_id: UUID, plate: str, driver: str, *, by: Viewer) -> DeliveryNote:
    """A new note for a customer of this station; the same again is the note that is there."""
    organisation_id = _station(by)
    subject = ledger.subject_of("organisation", organisation_id)
    ledger.locked_heads(session.connection(), [subject])
    there = session.scalar(visible(by, DeliveryNote).where(DeliveryNote.id == key))
    if there is not None:
        return there
    customer = visible(by, Customer).where(Customer.id == customer_id, Customer.active)
    if session.scalar(customer) is None:
        raise Invalid({"customer": N_("Choose a customer, or add one.")})
    note = DeliveryNote(
        organisation_id=organisation_id,
        id=key,
        number=_next_number(organisation_id, clock.today()),
        customer_id=customer_id,
        plate=plate.strip().upper()[:20],
        driver=driver.strip()[:40],
        opened_by=by.user_id,
        opened_at=clock.now(),
    )
    session.add(note)
    record_note(note, "note.opened", by)
    return note


def load(note: DeliveryNote, code: str, *, sure: bool = False, by: Viewer) -> NoteRow | Asked:
    """A bottle goes onto the note. What stands against it is said; one that is elsewhere by the records is
    asked, and with `sure` goes along, with the discrepancy. The same bottle again is its row."""
    lock_note(note, by)
    if note.state is not NoteState.LOADING:
        raise Conflict({"code": _stands(note)})
    bottle = _bottle_read(code, by)
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", bottle.id)])
    row = row_with(note, bottle.id, NoteRowKind.OUT)
    if row is not None:
        return row
    now = interval_now(bottle.id)
    leaving = _leaving(bottle, note, by)
    if problem := leaving_problem(leaving):
        raise Invalid({"code": problem})
    if is_elsewhere(leaving) and not sure:
        return Asked(leaving.place)
    discrepancy = Discrepancy.ELSEWHERE if is_elsewhere(leaving) else None
    row = new_row(note, bottle.id, NoteRowKind.OUT, discrepancy, now.state if now else None, by)
    record_note(note, "note.loaded", by, [row], bottle=bottle.id)
    return row


def unload(note: DeliveryNote, row_no: int, *, by: Viewer) -> NoteRow:
    """A bottle that does not go along after all, before the note leaves."""
    lock_note(note, by)
    row = session.scalar(rows_of(note).where(NoteRow.row_no == row_no))
    if row is None:
        raise NotFound
    if note.state is not NoteState.LOADING:
        raise Conflict({"": _stands(note)})
    if row.kind is NoteRowKind.OUT:
        row.kind = NoteRowKind.OFF
        record_note(note, "note.unloaded", by, [row], row=row_no)
    return row


def leave(note: DeliveryNote, *, by: Viewer) -> DeliveryNote:
    """出站: from now on its bottles are on their way. Said again it is as it was."""
    lock_note(note, by)
    if note.state is NoteState.ON_WAY:
        return note
    if not bottles_of(note, NoteRowKind.OUT):
        raise Invalid({"": N_("There is no bottle on it yet.")})
    return leave_at(note, clock.now(), by=by)


def leave_at(note: DeliveryNote, at: datetime, *, by: Viewer) -> DeliveryNote:
    """The note has left: somebody said so at the gate, or the driver was at the customer's already."""
    out = bottles_of(note, NoteRowKind.OUT)
    note.left_by, note.left_at = by.user_id, at
    _move(note, NoteState.ON_WAY)
    record_note(note, "note.left", by, bottles=len(out))
    derive(out)
    return note


def hand_over(note: DeliveryNote, *, by: Viewer, at: datetime | None = None) -> DeliveryNote:
    """The customer has them: all that is on it, or where the driver scanned at the customer's, what he
    scanned. What came back on the same note before was never his."""
    lock_note(note, by)
    if note.state is NoteState.DELIVERED:
        return note
    if at is not None and note.state is NoteState.LOADING:
        leave_at(note, at, by=by)
    _move(note, NoteState.DELIVERED)
    note.handed_by, note.handed_at = by.user_id, at or clock.now()
    out = bottles_of(note, NoteRowKind.OUT)
    record_note(note, "note.handed_over", by, customer=note.customer_id, bottles=len(out))
    derive(out)
    return note


def cancel_note(note: DeliveryNote, reason: str, *, by: Viewer) -> DeliveryNote:
    """The note does not leave; its bottles stay where they are."""
    lock_note(note, by)
    if note.state is NoteState.CANCELLED:
        return note
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _move(note, NoteState.CANCELLED)
    note.reason = reason.strip()[:300]
    record_note(note, "note.cancelled", by)
    return note


def take_back(note: DeliveryNote, code: str, *, by: Viewer) -> NoteRow:
    """退回: an empty of the customer, or a full one that was not delivered. One that was not with him by the
    records is taken all the same; that stays with its row."""
    lock_note(note, by)
    if note.state not in (NoteState.ON_WAY, NoteState.DELIVERED):
        raise Conflict({"code": _stands(note)})
    bottle = _bottle_read(code, by)
    row = row_with(note, bottle.id, NoteRowKind.BACK)
    if row is not None:
        return row
    now = interval_now(bottle.id)
    with_him = now is not None and now.customer_id == note.customer_id
    discrepancy = None if with_him else Discrepancy.NOT_OUT
    row = new_row(note, bottle.id, NoteRowKind.BACK, discrepancy, now.state if now else None, by)
    record_note(note, "note.taken_back", by, [row], bottle=bottle.id)
    derive([bottle.id])
    return row


def note_of(key: UUID, *, by: Viewer) -> DeliveryNote:
    """One note that the viewer may see; NotFound otherwise."""
    note = session.scalar(
        visible(by, DeliveryNote).where(DeliveryNote.id == key).execution_options(populate_existing=True)
    )
    if note is None:
        raise NotFound
    return note


def rows_of(note: DeliveryNote) -> Select[NoteRow]:
    """The bottles of a note that the viewer was given, in its order."""
    return (
        visible(SYSTEM, NoteRow)
        .where(NoteRow.organisation_id == note.organisation_id, NoteRow.note_id == note.id)
        .order_by(NoteRow.row_no)
    )


def row_with(note: DeliveryNote, bottle: UUID, kind: NoteRowKind) -> NoteRow | None:
    return session.scalars(rows_of(note).where(NoteRow.equipment_id == bottle, NoteRow.kind == kind)).first()


def bottles_of(note: DeliveryNote, kind: NoteRowKind) -> list[UUID]:
    rows = session.scalars(rows_of(note).where(NoteRow.kind == kind))
    return [row.equipment_id for row in rows if row.equipment_id]


def _station(by: Viewer) -> UUID:
    if by.organisation_kind != OrganisationKind.STATION or by.organisation_id is None:
        raise NotAllowed(N_("Only a filling station delivers bottles."))
    return by.organisation_id


def _bottle_read(code: str, by: Viewer) -> Equipment:
    """The bottle that was scanned, the station's own or kept in custody; another one's is named as that."""
    if cleaned(code):
        resolved = resolve_own(SYSTEM, parse(code))
        if resolved.equipment_id and not pieces(by, [resolved.equipment_id]):
            for bottle in pieces(SYSTEM, [resolved.equipment_id]):
                if is_handled(bottle, by):
                    return bottle
            raise Invalid({"code": N_("It is another station's bottle.")})
    return piece_read(code, by)


def is_handled(bottle: Equipment, by: Viewer) -> bool:
    """Whether a bottle is this station's to deliver: its own, or one that it keeps for its owner."""
    if by.organisation_id is None:
        return False
    is_own = by.organisation_id in (bottle.owner_id, bottle.use_unit_id)
    return is_own or bottle.owner_id in kept_owners(by.organisation_id, clock.today())


def _leaving(bottle: Equipment, note: DeliveryNote, by: Viewer) -> Leaving:
    fills = visible(SYSTEM, Fill).where(Fill.equipment_id == bottle.id, Fill.superseded.is_(False))
    last = session.scalars(fills.order_by(Fill.happened_at.desc(), Fill.id.desc()).limit(1)).first()
    now = interval_now(bottle.id)
    return Leaving(
        is_own=is_handled(bottle, by),
        status=bottle.status,
        fill=last.state if last else None,
        post_check=all(mark["ok"] for mark in last.post_checks.values())
        if last and last.post_checks
        else None,
        place=now.state if now else None,
        is_here=now is not None and now.holder_id == by.organisation_id,
        note=_other_note(bottle.id, note),
    )


def _other_note(bottle: UUID, note: DeliveryNote) -> str:
    """The number of another note that is being loaded with this bottle."""
    others = (
        visible(SYSTEM, DeliveryNote)
        .join(
            NoteRow,
            and_(NoteRow.organisation_id == DeliveryNote.organisation_id, NoteRow.note_id == DeliveryNote.id),
        )
        .where(
            NoteRow.equipment_id == bottle,
            NoteRow.kind == NoteRowKind.OUT,
            DeliveryNote.state == NoteState.LOADING,
            DeliveryNote.id != note.id,
        )
    )
    other = session.scalars(others.limit(1)).first()
    return other.number if other else ""


def new_row(
    note: DeliveryNote,
    bottle: UUID | None,
    kind: NoteRowKind,
    discrepancy: Discrepancy | None,
    was: PlaceState | None,
    by: Viewer,
    *,
    at: datetime | None = None,
    code: str = "",
) -> NoteRow:
    """The next row of a note; `at` and `code` are a driver's, as his phone told them."""
    numbered = rows_of(note).order_by(None).with_only_columns(func.max(NoteRow.row_no))
    number = (session.scalar(numbered) or 0) + 1
    if number > MOST:
        text = N_("A delivery note has at most %(most)s bottles: open another.")
        raise Invalid({"code": Message(text, {"most": MOST})})
    row = NoteRow(
        organisation_id=note.organisation_id,
        note_id=note.id,
        row_no=number,
        equipment_id=bottle,
        kind=kind,
        discrepancy=discrepancy,
        was=was,
        at=at or clock.now(),
        user_id=by.user_id,
        code=code[:200],
        received_at=clock.now() if at else None,
    )
    session.add(row)
    return row


def lock_note(note: DeliveryNote, by: Viewer) -> None:
    if note.organisation_id != by.organisation_id:
        raise NotFound
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("delivery_note", note.id)])
    session.refresh(note)


def _move(note: DeliveryNote, to: NoteState) -> None:
    if to not in NOTE_CHANGES[note.state]:
        raise Conflict({"": _stands(note)})
    note.state = to


def _stands(note: DeliveryNote) -> Message:
    return Message(N_("This delivery note is “%(state)s” already."), {"state": note.state.label})


def record_note(
    note: DeliveryNote, verb: str, by: Viewer, beside: list[Base] | None = None, **payload: object
) -> None:
    subject = ledger.subject_of("delivery_note", note.id)
    stated = {"note": note.id, "number": note.number, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[note, *(beside or [])])


def _next_number(organisation_id: UUID, on: date) -> str:
    """The next number of the year; the caller has locked the organisation's chain."""
    begins = f"PS{on.year}-"
    numbered = visible(SYSTEM, DeliveryNote).where(
        DeliveryNote.organisation_id == organisation_id, DeliveryNote.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(DeliveryNote.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:05}"
