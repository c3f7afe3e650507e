"""过户: put together, proposed, accepted or declined by the other side, withdrawn, expired. Nothing changes in
the register before the other side accepts; then every bottle has a line of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.lots.packing import Packed, piece_read
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.places.models import Transfer, TransferRow
from equipment.places.states import TRANSFER_CHANGES, TransferState
from equipment.places.transfer_queries import bottles_of, problems, rows_of
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.regulation.queries import change_registration_days, transfer_days
from equipment.storage.db import Base, session

SIDES = (OrganisationKind.STATION, OrganisationKind.USE_UNIT)
MOST = 500  # bottles of one transfer: each is changed in the register by itself
NAMED = 5  # bottles that a refusal names


def open_transfer(key: UUID, to_id: UUID | None, note: str, *, by: Viewer) -> Transfer:
    """A new transfer to another station or use unit; the same again is the one that is there."""
    if by.organisation_kind not in SIDES or by.organisation_id is None:
        raise NotAllowed(N_("Only a filling station or a use unit hands bottles over."))
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", by.organisation_id)])
    there = session.scalar(visible(by, Transfer).where(Transfer.id == key))
    if there is not None:
        return there
    other = session.get(Organisation, to_id) if to_id else None
    if other is None or other.kind not in SIDES or other.id == by.organisation_id or not other.active:
        raise Invalid({"to": N_("Choose to whom they are handed over.")})
    transfer = Transfer(
        organisation_id=by.organisation_id,
        id=key,
        number=_next_number(by.organisation_id, clock.today()),
        to_id=other.id,
        note=note.strip()[:300],
        opened_by=by.user_id,
        opened_at=clock.now(),
    )
    session.add(transfer)
    _record(transfer, "transfer.opened", by, to=other.id)
    return transfer


def add_bottle(transfer: Transfer, code: str, *, by: Viewer) -> TransferRow:
    """The bottle that was scanned goes in; the same again is its row."""
    _lock_own(transfer, by)
    bottle = piece_read(code, by)
    rows = rows_of(transfer).where(TransferRow.equipment_id == bottle.id)
    if there := session.scalars(rows).first():
        return there
    if problem := problems(transfer, [bottle]).get(bottle.id):
        raise Invalid({"code": problem})
    return _new_rows(transfer, [bottle], by)[0]


def add_bottles(transfer: Transfer, chosen: Sequence[Equipment], *, by: Viewer) -> Packed:
    """Bottles of a list: what does not go in is counted by reason, nothing else fails with it."""
    _lock_own(transfer, by)
    inside = {row.equipment_id for row in session.scalars(rows_of(transfer))}
    fresh = [bottle for bottle in chosen if bottle.id not in inside]
    against = problems(transfer, fresh)
    texts = {str(problem): problem for problem in against.values()}
    counted = Counter(map(str, against.values())).most_common()
    rows = _new_rows(transfer, [bottle for bottle in fresh if bottle.id not in against], by)
    return Packed(len(rows), [(texts[text], number) for text, number in counted])


def take_out(transfer: Transfer, row_no: int, *, by: Viewer) -> None:
    """A bottle that is not handed over after all; while the transfer is put together."""
    _lock_own(transfer, by)
    row = session.scalars(rows_of(transfer).where(TransferRow.row_no == row_no)).first()
    if row is not None:
        row.out = True
        _record(transfer, "transfer.taken_out", by, [row], row=row_no)


def propose(transfer: Transfer, *, by: Viewer) -> Transfer:
    """To the other side: it answers within the days that the bureau gives. Said again it is as it was."""
    _lock(transfer, by, transfer.organisation_id)
    if transfer.state is TransferState.PROPOSED:
        return transfer
    bottles = bottles_of(transfer)
    if not bottles:
        raise Invalid({"": N_("There is no bottle in it yet.")})
    _all_may_go(transfer, bottles)
    today = clock.today()
    expires_on = today + timedelta(days=transfer_days(today))
    _move(transfer, TransferState.PROPOSED)
    transfer.proposed_by, transfer.proposed_at = by.user_id, clock.now()
    transfer.expires_on = expires_on
    _record(transfer, "transfer.proposed", by, to=transfer.to_id, bottles=len(bottles))
    return transfer


def accept(transfer: Transfer, *, by: Viewer) -> Transfer:
    """The other side takes them: they are in its name from now on, label and record go along. Said again it
    is as it was."""
    _lock(transfer, by, transfer.to_id)
    if transfer.state is TransferState.ACCEPTED:
        return transfer
    _in_time(transfer)
    bottles = bottles_of(transfer)
    subjects = [ledger.subject_of("equipment", bottle.id) for bottle in bottles]
    ledger.locked_heads(session.connection(), subjects)
    _all_may_go(transfer, bottles)
    today = clock.today()
    register_by = today + timedelta(days=change_registration_days(today))
    _move(transfer, TransferState.ACCEPTED)
    transfer.decided_by, transfer.decided_at = by.user_id, clock.now()
    transfer.register_by = register_by
    former, area = transfer.organisation_id, session.get_one(Organisation, transfer.to_id).area
    for bottle in bottles:
        holder: dict[str, object] = {"owner_id": transfer.to_id}
        if bottle.use_unit_id == former:
            holder["use_unit_id"] = transfer.to_id
        if not bottle.area.startswith(area):  # the new owner's bureau looks after it
            holder["area"] = area
        change(bottle, holder, by=by, reason=f"过户 {transfer.number}")
    number = len(bottles)
    _record(transfer, "transfer.accepted", by, of=former, to=transfer.to_id, bottles=number)
    return transfer


def decline(transfer: Transfer, reason: str, *, by: Viewer) -> Transfer:
    """The other side does not take them; they stay where they are."""
    _lock(transfer, by, transfer.to_id)
    return _end(transfer, TransferState.DECLINED, reason, by)


def withdraw(transfer: Transfer, reason: str, *, by: Viewer) -> Transfer:
    """Whoever proposed it takes it back before it was answered."""
    _lock(transfer, by, transfer.organisation_id)
    return _end(transfer, TransferState.WITHDRAWN, reason, by)


def expire(on: date) -> int:
    """Every proposal that nobody answered in time; twice does no harm."""
    late = visible(SYSTEM, Transfer).where(Transfer.state == TransferState.PROPOSED, Transfer.expires_on < on)
    rows = session.scalars(late).all()
    for transfer in rows:
        _move(transfer, TransferState.EXPIRED)
        _record(transfer, "transfer.expired", SYSTEM)
    return len(rows)


def register_change(transfer: Transfer, on: date, *, by: Viewer) -> Transfer:
    """变更登记 was done at the registration authority on a day: the new owner says so."""
    _lock(transfer, by, transfer.to_id)
    if transfer.state is not TransferState.ACCEPTED or transfer.decided_at is None:
        raise Conflict({"": _stands(transfer)})
    if on > clock.today() or on < clock.site_day(transfer.decided_at):
        raise Invalid({"on": N_("This day is before the transfer, or has not come yet.")})
    if transfer.registered_on is None:
        transfer.registered_on, transfer.registered_by = on, by.user_id
        _record(transfer, "transfer.registered", by, on=on)
    return transfer


def _all_may_go(transfer: Transfer, bottles: Sequence[Equipment]) -> None:
    """Nothing is handed over while something stands against one of them: that is named."""
    against = problems(transfer, bottles)
    if not against:
        return
    first, problem = next((bottle, against[bottle.id]) for bottle in bottles if bottle.id in against)
    text = N_("%(number)s of the bottles cannot be handed over now; the first is %(bottle)s: %(reason)s")
    names = {"number": len(against), "bottle": called(first), "reason": problem}
    raise Conflict({"": Message(text, names)})


def _in_time(transfer: Transfer) -> None:
    if (
        transfer.state is TransferState.PROPOSED
        and transfer.expires_on
        and transfer.expires_on < clock.today()
    ):
        raise Conflict({"": N_("The proposal has expired: it has to be made again.")})


def _end(transfer: Transfer, to: TransferState, reason: str, by: Viewer) -> Transfer:
    if transfer.state is to:
        return transfer
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _move(transfer, to)
    transfer.decided_by, transfer.decided_at = by.user_id, clock.now()
    transfer.reason = reason.strip()[:300]
    _record(transfer, f"transfer.{to}", by, reason=transfer.reason)
    return transfer


def _new_rows(transfer: Transfer, bottles: Sequence[Equipment], by: Viewer) -> list[TransferRow]:
    numbered = visible(SYSTEM, TransferRow).where(
        TransferRow.organisation_id == transfer.organisation_id, TransferRow.transfer_id == transfer.id
    )
    last = session.scalar(numbered.with_only_columns(func.max(TransferRow.row_no))) or 0
    inside = session.scalar(rows_of(transfer).order_by(None).with_only_columns(func.count())) or 0
    if inside + len(bottles) > MOST:
        text = N_("A transfer has at most %(most)s bottles: open another.")
        raise Invalid({"code": Message(text, {"most": MOST})})
    rows = [
        TransferRow(
            organisation_id=transfer.organisation_id,
            transfer_id=transfer.id,
            row_no=number,
            equipment_id=bottle.id,
            out=False,
            at=clock.now(),
            user_id=by.user_id,
        )
        for number, bottle in enumerate(bottles, last + 1)
    ]
    session.add_all(rows)
    if rows:
        _record(transfer, "transfer.filled", by, rows, rows_added=len(rows))
    return rows


def _lock(transfer: Transfer, by: Viewer, side: UUID) -> None:
    """In line with whoever else changes it; another side's step is none of the viewer's."""
    if by.organisation_id not in (transfer.organisation_id, transfer.to_id):
        raise NotFound
    if by.organisation_id != side:
        raise NotAllowed(N_("This is for the other side to do."))
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("transfer", transfer.id)])
    session.refresh(transfer)


def _lock_own(transfer: Transfer, by: Viewer) -> None:
    _lock(transfer, by, transfer.organisation_id)
    if transfer.state is not TransferState.DRAFT:
        raise Conflict({"code": _stands(transfer)})


def _move(transfer: Transfer, to: TransferState) -> None:
    if to not in TRANSFER_CHANGES[transfer.state]:
        raise Conflict({"": _stands(transfer)})
    transfer.state = to


def _stands(transfer: Transfer) -> Message:
    return Message(N_("This transfer is “%(state)s” already."), {"state": transfer.state.label})


def _record(
    transfer: Transfer, verb: str, by: Viewer, beside: Sequence[Base] = (), **payload: object
) -> None:
    subject = ledger.subject_of("transfer", transfer.id)
    stated = {"transfer": transfer.id, "number": transfer.number, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[transfer, *beside])


def _next_number(organisation_id: UUID, on: date) -> str:
    """The next number of the year; the caller has locked the organisation's chain."""
    begins = f"GH{on.year}-"
    numbered = visible(SYSTEM, Transfer).where(
        Transfer.organisation_id == organisation_id, Transfer.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(Transfer.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:05}"
