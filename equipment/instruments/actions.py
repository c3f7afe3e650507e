"""Instruments come on file, change, are verified and checked, stopped and scrapped; each change has its line
in the chain of their organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.instruments.models import Instrument, OwnCheck, Verification, VerificationListRow
from equipment.instruments.rules import InstrumentKind, OwnCheckResult, VerificationResult, next_check
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.storage.db import Base, session

OPEN_NUMBER = "待补-"  # before the number of an instrument whose own is still to be typed
MOST_YEARS = 10  # a longer certificate is taken for a slip of the keyboard
SCRAPPED_STAYS = N_("This instrument is scrapped: nothing of it changes any more.")
TYPED = ("name", "bay", "gas", "maker", "model", "measures", "accuracy", "place", "equipment_id", "statutory")


@dataclass(frozen=True, slots=True)
class NewInstrument:
    """What is typed of an instrument; `verified_until` is the day on its sticker, where no certificate is at
    hand."""

    kind: InstrumentKind
    name: str
    number: str
    verified_until: date | None = None
    bay: str = ""
    gas: str = ""
    maker: str = ""
    model: str = ""
    measures: str = ""
    accuracy: str = ""
    place: str = ""
    equipment_id: UUID | None = None
    statutory: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDraft:
    """What a certificate, or the notice of a failure, says."""

    result: VerificationResult
    body: str
    number: str
    verified_on: date
    valid_until: date | None
    note: str = ""
    paper: StoredDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCheckDraft:
    result: OwnCheckResult
    checked_on: date
    checker: str
    note: str = ""
    photo: StoredDocument | None = None


def add_instrument(organisation: Organisation, new: NewInstrument, *, by: Viewer) -> Instrument:
    """An instrument in use at an organisation."""
    _number_is_free(organisation.id, new.number)
    instrument = Instrument(
        id=new_id(),
        organisation_id=organisation.id,
        kind=new.kind,
        number=new.number,
        verified_until=new.verified_until,
        stated_until=new.verified_until,
        active=True,
        failed=False,
        stop_reason="",
        known_on=clock.today(),
        **{name: getattr(new, name) for name in TYPED},
    )
    instrument.check_due_on = _check_due(instrument, organisation.kind)
    session.add(instrument)
    _record(instrument, "instrument.added", by)
    return instrument


def change_instrument(instrument: Instrument, values: Mapping[str, object], *, by: Viewer) -> Instrument:
    """What it is called, where it stands, what it measures; the number that nobody had typed yet."""
    _hold(instrument)
    names = list(TYPED)
    if instrument.number.startswith(OPEN_NUMBER) and values.get("number"):
        names.append("number")
        _number_is_free(instrument.organisation_id, str(values["number"]), instrument.id)
    changed = {
        name: values[name] for name in names if name in values and getattr(instrument, name) != values[name]
    }
    for name, value in changed.items():
        setattr(instrument, name, value)
    if changed:
        _record(instrument, "instrument.changed", by, changed=sorted(changed))
    return instrument


def stop_instrument(instrument: Instrument, reason: str, *, by: Viewer) -> None:
    """Out of service for a while. Said again it is as it was."""
    _hold(instrument)
    if not instrument.active:
        return
    _stop(instrument, _reason(reason))
    _record(instrument, "instrument.stopped", by, reason=instrument.stop_reason)


def reinstate(instrument: Instrument, *, by: Viewer) -> None:
    """In service again: not while its last verification failed, nor while its last own check did."""
    _hold(instrument)
    if instrument.active:
        return
    if instrument.failed:
        raise Conflict({"": N_("Its last verification failed: it comes back with one that it passes.")})
    last = last_check(instrument)
    if last is not None and last.result is OwnCheckResult.BAD and not _verified_since(instrument, last):
        text = N_("Its last own check was bad: it comes back after a good one, or a verification it passes.")
        raise Conflict({"": text})
    _put_back(instrument)
    _record(instrument, "instrument.reinstated", by)


def scrap(instrument: Instrument, reason: str, *, by: Viewer) -> None:
    """报废: for good; what was recorded with it stays."""
    _hold(instrument)
    _stop(instrument, _reason(reason))
    instrument.scrapped_on = clock.today()
    instrument.check_due_on = None
    _record(instrument, "instrument.scrapped", by, reason=instrument.stop_reason)


def verify(instrument: Instrument, draft: VerificationDraft, *, by: Viewer) -> Verification:
    """A verification that a body carried out. The latest one counts: failed, it stops the instrument; passed,
    one that a failure had stopped is in use again. Rows of lists that wait for it are settled."""
    _hold(instrument)
    _check_verification(instrument, draft)
    paper = draft.paper
    stored = store.name(paper.content) if paper else None
    verification = Verification(
        organisation_id=instrument.organisation_id,
        id=new_id(),
        instrument_id=instrument.id,
        result=draft.result,
        body=draft.body.strip(),
        number=draft.number.strip(),
        verified_on=draft.verified_on,
        valid_until=draft.valid_until if draft.result is VerificationResult.PASSED else None,
        note=draft.note.strip(),
        sha256=paper.content.sha256 if paper else None,
        file_name=paper.name if paper else "",
        media_type=paper.content.media_type if paper else "",
        entered_by=by.user_id,
        entered_at=clock.now(),
        void_reason="",
    )
    session.add(verification)
    session.flush()
    was_failed = instrument.failed
    _follow_verifications(instrument)
    if was_failed and not instrument.failed:
        _put_back(instrument)
    settled = _settle_rows(instrument, verification)
    beside: list[Base] = [verification, *settled, *([stored] if stored else [])]
    _record(
        instrument,
        "instrument.verified",
        by,
        beside,
        verification=verification.id,
        result=verification.result,
        until=verification.valid_until,
    )
    return verification


def withdraw_verification(
    instrument: Instrument, verification: Verification, reason: str, *, by: Viewer
) -> None:
    """Entered wrong: it stays on file, void, and the one before it counts again. An instrument that it had
    stopped stays stopped until somebody puts it back."""
    _hold(instrument)
    if verification.voided_at is not None:
        raise Conflict({"": N_("This verification was taken back already.")})
    verification.void_reason = _reason(reason)
    verification.voided_at, verification.voided_by = clock.now(), by.user_id
    session.flush()
    _follow_verifications(instrument)
    rows = session.scalars(
        visible(SYSTEM, VerificationListRow).where(VerificationListRow.verification_id == verification.id)
    ).all()
    for row in rows:
        row.verification_id = None
    _record(
        instrument,
        "instrument.verification_void",
        by,
        [verification, *rows],
        verification=verification.id,
        reason=verification.void_reason,
    )


def own_check(instrument: Instrument, draft: OwnCheckDraft, *, by: Viewer) -> OwnCheck:
    """自查: within limits it starts the next period; off its limits the instrument stops."""
    _hold(instrument)
    wrong: dict[str, Message | str] = {}
    if draft.checked_on > clock.today():
        wrong["checked_on"] = N_("This day has not come yet.")
    if not draft.checker.strip():
        wrong["checker"] = N_("Say who checked it.")
    if draft.result is OwnCheckResult.BAD and not draft.note.strip():
        wrong["note"] = N_("Say what was off.")
    if wrong:
        raise Invalid(wrong)
    photo = draft.photo
    stored = store.name(photo.content) if photo else None
    check = OwnCheck(
        organisation_id=instrument.organisation_id,
        id=new_id(),
        instrument_id=instrument.id,
        result=draft.result,
        checked_on=draft.checked_on,
        checker=draft.checker.strip(),
        note=draft.note.strip(),
        sha256=photo.content.sha256 if photo else None,
        file_name=photo.name if photo else "",
        media_type=photo.content.media_type if photo else "",
        entered_by=by.user_id,
        entered_at=clock.now(),
    )
    before = last_check(instrument)
    is_latest = before is None or before.checked_on <= check.checked_on
    session.add(check)
    if check.result is OwnCheckResult.GOOD:
        instrument.checked_on = max(check.checked_on, instrument.checked_on or check.checked_on)
        instrument.check_due_on = _check_due(instrument, _kind_of(instrument))
    elif is_latest and instrument.active:
        _stop(instrument, check.note[:200])
    beside: list[Base] = [check, *([stored] if stored else [])]
    _record(instrument, "instrument.checked", by, beside, check=check.id, result=check.result)
    return check


def plan_checks(after: UUID | None, most: int) -> tuple[UUID | None, int]:
    """The next own check of so many instruments by the rules of today: (the last one looked at, or None; how
    many days moved). A changed value of a rule reaches them here."""
    wanted = visible(SYSTEM, Instrument).where(Instrument.scrapped_on.is_(None))
    if after is not None:
        wanted = wanted.where(Instrument.id > after)
    rows = session.scalars(wanted.order_by(Instrument.id).limit(most)).all()
    ids = {row.organisation_id for row in rows}
    columns = select(Organisation.id, Organisation.kind).where(Organisation.id.in_(ids))
    kinds = {key: OrganisationKind(kind) for key, kind in session.execute(columns)}
    moved = 0
    for row in rows:
        due = _check_due(row, kinds[row.organisation_id])
        if due != row.check_due_on:
            row.check_due_on = due
            moved += 1
    return (rows[-1].id if rows else None), moved


def last_check(instrument: Instrument) -> OwnCheck | None:
    wanted = visible(SYSTEM, OwnCheck).where(
        OwnCheck.organisation_id == instrument.organisation_id, OwnCheck.instrument_id == instrument.id
    )
    return session.scalar(wanted.order_by(OwnCheck.checked_on.desc(), OwnCheck.id.desc()).limit(1))


def may_change(instrument: Instrument, by: Viewer) -> bool:
    """Its organisation, or the bureau of its area."""
    if by.oversees:
        return session.get_one(Organisation, instrument.organisation_id).area.startswith(by.area)
    return by.organisation_id == instrument.organisation_id


def _verified_since(instrument: Instrument, check: OwnCheck) -> bool:
    return instrument.verified_on is not None and instrument.verified_on >= check.checked_on


def _check_verification(instrument: Instrument, draft: VerificationDraft) -> None:
    wrong: dict[str, Message | str] = {}
    if not draft.body.strip():
        wrong["body"] = N_("Give the verification body.")
    if not draft.number.strip():
        wrong["number"] = N_("Give the number of the certificate.")
    if draft.verified_on > clock.today():
        wrong["verified_on"] = N_("This day has not come yet.")
    if draft.result is VerificationResult.PASSED:
        if draft.valid_until is None:
            wrong["valid_until"] = N_("Enter the last day on which it holds.")
        elif draft.valid_until < draft.verified_on:
            wrong["valid_until"] = N_("The last day lies before the day of the verification.")
        elif draft.valid_until.year - draft.verified_on.year > MOST_YEARS:
            text = N_("More than %(years)s years: check the days.")
            wrong["valid_until"] = Message(text, {"years": MOST_YEARS})
    twice = visible(SYSTEM, Verification).where(
        Verification.instrument_id == instrument.id,
        Verification.number == draft.number.strip(),
        Verification.voided_at.is_(None),
    )
    if "number" not in wrong and session.scalar(twice.limit(1)) is not None:
        wrong["number"] = N_("This certificate is on file for this instrument already.")
    if wrong:
        raise Invalid(wrong)


def _follow_verifications(instrument: Instrument) -> None:
    """The instrument stands as its latest verification that is not void says."""
    wanted = visible(SYSTEM, Verification).where(
        Verification.organisation_id == instrument.organisation_id,
        Verification.instrument_id == instrument.id,
        Verification.voided_at.is_(None),
    )
    last = session.scalar(wanted.order_by(Verification.verified_on.desc(), Verification.id.desc()).limit(1))
    if last is None:
        instrument.verified_on, instrument.failed = None, False
        instrument.verified_until = instrument.stated_until
        return
    instrument.verified_on = last.verified_on
    instrument.failed = last.result is VerificationResult.FAILED
    if instrument.failed:
        _stop(instrument, f"{last.body} {last.number}"[:200])
        return
    instrument.verified_until = last.valid_until


def _settle_rows(instrument: Instrument, verification: Verification) -> Sequence[VerificationListRow]:
    """Rows of lists that waited for this: it holds longer than what had run out, or it is the failure that
    stands. A certificate of years ago settles nothing."""
    waiting = visible(SYSTEM, VerificationListRow).where(
        VerificationListRow.instrument_id == verification.instrument_id,
        VerificationListRow.verification_id.is_(None),
    )
    until = verification.valid_until
    rows = [
        row
        for row in session.scalars(waiting)
        if (until is None and instrument.failed)
        or (until is not None and (row.due_on is None or until > row.due_on))
    ]
    for row in rows:
        row.verification_id = verification.id
    return rows


def _check_due(instrument: Instrument, kind: OrganisationKind) -> date | None:
    if instrument.scrapped_on is not None:
        return None
    return next_check(
        InstrumentKind(instrument.kind),
        at_station=kind == OrganisationKind.STATION,
        checked_on=instrument.checked_on,
        known_on=instrument.known_on,
        on=clock.today(),
    )


def _kind_of(instrument: Instrument) -> OrganisationKind:
    return OrganisationKind(session.get_one(Organisation, instrument.organisation_id).kind)


def _stop(instrument: Instrument, reason: str) -> None:
    if instrument.active or instrument.stopped_on is None:
        instrument.stopped_on = clock.today()
    instrument.active, instrument.stop_reason = False, reason


def _put_back(instrument: Instrument) -> None:
    instrument.active, instrument.stop_reason, instrument.stopped_on = True, "", None


def _number_is_free(organisation_id: UUID, number: str, own: UUID | None = None) -> None:
    taken = select(Instrument.id).where(
        Instrument.organisation_id == organisation_id, Instrument.number == number, Instrument.id != own
    )
    if session.scalar(taken):
        raise Invalid({"number": N_("There is an instrument with this number already.")})


def _hold(instrument: Instrument) -> None:
    """In line with whoever else changes it; a scrapped one changes no more."""
    session.flush()
    locked_heads(session.connection(), [subject_of("organisation", instrument.organisation_id)])
    session.refresh(instrument)
    if instrument.scrapped_on is not None:
        raise Conflict({"": SCRAPPED_STAYS})


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    return text.strip()[:200]


def _record(
    instrument: Instrument, verb: str, by: Viewer, beside: Sequence[Base] = (), **payload: object
) -> None:
    record(
        session(),
        f"organisation:{instrument.organisation_id}",
        verb,
        actor=by.actor,
        payload={"instrument": instrument.id, **payload},
        rows=[instrument, *beside],
    )
