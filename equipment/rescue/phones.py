"""应急电话: the duty phones of an organisation, and who made sure that they are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import NOBODY, id_in, new_id
from equipment.core.months import add_months
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import seen, visible, within
from equipment.register.models import Equipment
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules
from equipment.regulation.rescue_numbers import confirm_within, confirmed_by, confirmed_months
from equipment.rescue.models import DutyPhone, LiftContact, PhoneConfirmation
from equipment.rescue.platform import LIFT
from equipment.rescue.rules import (
    SOON_DAYS,
    ConfirmedHow,
    PhoneState,
    phone_fault,
    phone_state,
    plain_number,
    spelt_phone,
)
from equipment.storage.columns import Sorts
from equipment.storage.db import Base, session

KINDS = (OrganisationKind.FIRM, OrganisationKind.USE_UNIT)  # who is called to a lift
SORTS: Sorts = {"until": (DutyPhone.confirm_by, DutyPhone.id)}
STRANGER = N_("Only the organisation itself and the bureau confirm a duty phone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDraft:
    """What is entered of a duty phone."""

    number: str
    shift: str = ""
    person: str = ""
    first: bool = False


def counted_ways(on: date) -> Value:
    """The ways of confirming that count, with their citation."""
    return confirmed_by(rules(LIFT), on)


def months_valid(on: date) -> Value:
    """For how many months a confirmation counts, with its citation."""
    return confirmed_months(rules(LIFT), on)


def states_of(phones: Sequence[DutyPhone], on: date) -> dict[UUID, PhoneState]:
    """What each of these phones is worth on a day."""
    counted = counted_ways(on).texts
    return {phone.id: phone_state(phone.confirmed_how, phone.confirm_by, counted, on) for phone in phones}


def is_kept_by(organisation: Organisation, by: Viewer) -> bool:
    """Whether the duty phones of an organisation are this person's to change."""
    if organisation.kind not in KINDS or not may(by, Action.CHANGE, Thing.RESCUE):
        return False
    return by.oversees or by.organisation_id == organisation.id


def phones_of(organisation_id: UUID) -> Sequence[DutyPhone]:
    """Its phones that are in use, the first one first."""
    rows = visible(SYSTEM, DutyPhone).where(
        DutyPhone.organisation_id == organisation_id, DutyPhone.ended_at.is_(None)
    )
    return session.scalars(rows.order_by(DutyPhone.first.desc(), DutyPhone.added_at, DutyPhone.id)).all()


def confirmations_of(organisation_id: UUID) -> Sequence[PhoneConfirmation]:
    """Who made sure of its phones, the newest first."""
    rows = visible(SYSTEM, PhoneConfirmation).where(PhoneConfirmation.organisation_id == organisation_id)
    return session.scalars(rows.order_by(PhoneConfirmation.at.desc()).limit(50)).all()


def duty_phones(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[DutyPhone]:
    """Phones in use with these filters of the address bar: `state`, `area`, `organisation`."""
    listed = visible(viewer, DutyPhone).where(DutyPhone.ended_at.is_(None))
    counts = and_(DutyPhone.confirmed_how.is_not(None), DutyPhone.confirmed_how.in_(counted_ways(on).texts))
    soon = on + timedelta(days=SOON_DAYS)
    wanted = {
        "open": or_(DutyPhone.confirmed_how.is_(None), ~counts, DutyPhone.confirm_by <= soon),
        str(PhoneState.NEVER): DutyPhone.confirmed_how.is_(None),
        str(PhoneState.NOT_COUNTED): and_(DutyPhone.confirmed_how.is_not(None), ~counts),
        str(PhoneState.EXPIRED): and_(counts, DutyPhone.confirm_by < on),
        str(PhoneState.SOON): and_(counts, DutyPhone.confirm_by.between(on, soon)),
        str(PhoneState.CONFIRMED): and_(counts, DutyPhone.confirm_by > soon),
    }
    if filters.get("state") in wanted:
        listed = listed.where(wanted[filters["state"]])
    if filters.get("organisation"):
        listed = listed.where(DutyPhone.organisation_id == (id_in(filters["organisation"]) or NOBODY))
    if filters.get("area", "").isdecimal():
        inside = visible(SYSTEM, Organisation).where(within(Organisation.area, filters["area"]))
        listed = listed.where(DutyPhone.organisation_id.in_(inside.with_only_columns(Organisation.id)))
    return listed


def phone_of(key: UUID, *, by: Viewer) -> DutyPhone:
    """A phone in use that the viewer may change. Whoever only has lifts that it serves is told whose it is;
    for everybody else there is none."""
    phone = session.scalar(visible(by, DutyPhone).where(DutyPhone.id == key))
    if phone is None:
        served = exists().where(
            DutyPhone.id == key,
            DutyPhone.organisation_id.in_((Equipment.maintenance_firm_id, Equipment.use_unit_id)),
        )
        if session.scalar(visible(by, Equipment).where(served).with_only_columns(Equipment.id).limit(1)):
            raise NotAllowed(STRANGER)
        raise NotFound
    if phone.ended_at is not None:
        raise Conflict({"": N_("This phone is in use no more.")})
    return phone


def add_phone(organisation: Organisation, draft: PhoneDraft, *, by: Viewer) -> DutyPhone:
    """A number at which somebody answers; the first of an organisation serves all of its lifts."""
    if not is_kept_by(organisation, by):
        raise NotAllowed(N_("Only the organisation itself and the bureau enter its duty phones."))
    if fault := phone_fault(draft.number):
        raise Invalid({"number": fault})
    digits, at = plain_number(draft.number), clock.now()
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", organisation.id)])
    phones = phones_of(organisation.id)
    if any(phone.digits == digits for phone in phones):
        raise Conflict({"number": N_("This duty phone is on the list already.")})
    rows: list[Base] = [*_no_longer_first(phones)] if draft.first else []
    phone = DutyPhone(
        organisation_id=organisation.id,
        id=new_id(),
        digits=digits,
        shift=draft.shift.strip(),
        person=draft.person.strip(),
        first=draft.first or not phones,
        added_by=by.user_id,
        added_at=at,
        ended_at=None,
        confirmed_on=None,
        confirmed_how=None,
        confirm_by=clock.today() + timedelta(days=confirm_within(rules(LIFT), clock.today()).integer),
    )
    session.add(phone)
    _tell(phone, "phone.added", [phone, *rows], by)
    return phone


def make_first(phone: DutyPhone, *, by: Viewer) -> None:
    """From now on this one serves every lift that names no other."""
    _keeper(phone, by)
    if not phone.first:
        rows = [*_no_longer_first(phones_of(phone.organisation_id)), phone]
        phone.first = True
        _tell(phone, "phone.first", rows, by)


def _no_longer_first(phones: Sequence[DutyPhone]) -> list[DutyPhone]:
    former = [phone for phone in phones if phone.first]
    for phone in former:
        phone.first = False
    session.flush()  # before another one is
    return former


def end_phone(phone: DutyPhone, *, by: Viewer) -> None:
    """The number is in use no more, nor is what confirmed it; lifts that named it go back to the first."""
    _keeper(phone, by)
    at, was_first = clock.now(), phone.first
    phone.ended_at, phone.first = at, False
    session.flush()
    rows: list[Base] = [phone]
    for contact in session.scalars(
        visible(SYSTEM, LiftContact).where(LiftContact.phone_id == phone.id, LiftContact.ended_at.is_(None))
    ):
        contact.ended_at = at
        rows.append(contact)
    if was_first and (rest := phones_of(phone.organisation_id)):
        rest[0].first = True
        rows.append(rest[0])
    _tell(phone, "phone.ended", rows, by)


def _keeper(phone: DutyPhone, by: Viewer) -> None:
    if not is_kept_by(session.get_one(Organisation, phone.organisation_id), by):
        raise NotAllowed(N_("Only the organisation itself and the bureau enter its duty phones."))


def confirm(
    phone: DutyPhone, how: ConfirmedHow, answered_by: str, on: date, *, by: Viewer
) -> PhoneConfirmation:
    """核实: somebody made sure that the number is answered. The bureau rings it; the organisation itself states
    it from its own sign-in, and cannot say that the bureau did."""
    is_own = by.organisation_id == phone.organisation_id
    if not may(by, Action.CHANGE, Thing.RESCUE) or not (is_own or by.oversees):
        raise NotAllowed(STRANGER)
    if is_own != (how is ConfirmedHow.OWN):
        raise Invalid({"how": N_("The bureau calls back; the organisation itself states its own number.")})
    first_day = clock.site_day(phone.added_at)
    if on > clock.today():
        raise Invalid({"on": N_("This day has not come yet.")})
    if on < first_day:
        text = N_("The number was entered on %(day)s only.")
        raise Invalid({"on": Message(text, {"day": first_day.isoformat()})})
    if how is not ConfirmedHow.OWN and not answered_by.strip():
        raise Invalid({"answered_by": N_("Say who answered.")})
    confirmation = PhoneConfirmation(
        organisation_id=phone.organisation_id,
        id=new_id(),
        phone_id=phone.id,
        how=how,
        on=on,
        until_on=add_months(on, months_valid(on).integer),
        answered_by=answered_by.strip(),
        by_user=by.user_id,
        by_organisation=by.organisation_id,
        at=clock.now(),
    )
    session.add(confirmation)
    if phone.confirmed_on is None or confirmation.until_on >= phone.confirm_by:
        phone.confirmed_on, phone.confirmed_how, phone.confirm_by = on, how, confirmation.until_on
    _tell(phone, "phone.confirmed", [phone, confirmation], by)
    return confirmation


def name_contact(equipment: Equipment, organisation_id: UUID, phone_id: UUID | None, *, by: Viewer) -> None:
    """Which phone of its firm or use unit serves this lift; without one, the first."""
    if organisation_id not in (equipment.maintenance_firm_id, equipment.use_unit_id):
        raise Invalid({"phone": N_("Only the firm and the use unit of the lift are called first.")})
    if not is_kept_by(session.get_one(Organisation, organisation_id), by):
        raise NotAllowed(N_("Only the organisation itself and the bureau enter its duty phones."))
    if phone_id is not None and phone_id not in {phone.id for phone in phones_of(organisation_id)}:
        raise Invalid({"phone": N_("Choose one of the list.")})
    subject = ledger.subject_of("equipment", equipment.id)
    ledger.locked_heads(session.connection(), [subject])
    former = session.scalars(
        visible(SYSTEM, LiftContact).where(
            LiftContact.equipment_id == equipment.id,
            LiftContact.organisation_id == organisation_id,
            LiftContact.ended_at.is_(None),
        )
    ).all()
    if [contact.phone_id for contact in former] == ([phone_id] if phone_id else []):
        return
    for contact in former:
        contact.ended_at = clock.now()
    session.flush()
    rows: list[Base] = [*former]
    if phone_id is not None:
        rows.append(
            LiftContact(
                equipment_id=equipment.id,
                id=new_id(),
                organisation_id=organisation_id,
                phone_id=phone_id,
                area=equipment.area,
                category=equipment.category,
                set_by=by.user_id,
                set_at=clock.now(),
                ended_at=None,
            )
        )
        session.add(rows[-1])
    ledger.record(
        session(),
        subject,
        "rescue.contact",
        actor=by.actor,
        payload={"organisation": organisation_id, "phone": phone_id},
        rows=rows,
    )


def organisation_seen(key: UUID, *, by: Viewer) -> Organisation:
    """An organisation whose duty phones the viewer may look at."""
    organisation = seen(by, Organisation, key)
    if organisation.kind not in KINDS:
        raise NotFound
    return organisation


def without_phone(viewer: Viewer) -> Select[Organisation]:
    """Firms in the viewer's scope that have lifts and not one duty phone."""
    has_phone = exists().where(DutyPhone.organisation_id == Organisation.id, DutyPhone.ended_at.is_(None))
    has_lift = exists().where(Equipment.maintenance_firm_id == Organisation.id)
    return visible(viewer, Organisation).where(
        Organisation.kind == OrganisationKind.FIRM, Organisation.active, has_lift, ~has_phone
    )


def _tell(phone: DutyPhone, verb: str, rows: Sequence[Base], by: Viewer) -> None:
    ledger.record(
        session(),
        ledger.subject_of("organisation", phone.organisation_id),
        verb,
        actor=by.actor,
        payload={"phone": phone.id, "number": spelt_phone(phone.digits)},
        rows=rows,
    )
