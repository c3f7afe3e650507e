"""Technicians that a firm's system brings: the id comes back at once. Whoever is on file already is the same
person; nobody gets a password here, the firm's manager hands it out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.people import accounts
from equipment.people.codes import mobile_number
from equipment.people.models import Certificate, Organisation, User
from equipment.people.papers import add_certificate
from equipment.people.rules import Role, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.uploads.records import firm_of, key_of, put_on_record, recorded
from equipment.uploads.states import UploadKind

PEOPLE = Receipts("firm_person", "record_id")


@dataclass(frozen=True, slots=True)
class StatedCertificate:
    """A certificate as the firm's system has it; `code` is T for lift repair."""

    code: str
    number: str
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class StatedPerson:
    """A technician as the firm's system has him, under its own number."""

    record_id: str
    name: str
    mobile: str
    certificates: Sequence[StatedCertificate]


def bring_person(stated: StatedPerson, nobody_knows: str, content: str, *, by: Viewer) -> tuple[User, bool]:
    """(the technician, whether the message was new); `nobody_knows` is the hash of a password that nobody is
    told. Invalid by field."""
    firm_id = firm_of(by)
    key = key_of(firm_id, UploadKind.PERSON, stated.record_id)
    message = PEOPLE.received(content, sender=firm_id, key=key, about=firm_id)
    if message.answer is not None:
        return session.get_one(User, UUID(json.loads(message.answer)["person_id"])), False
    user = _on_file(stated, firm_id) or _created(stated, nobody_knows, firm_id, by)
    _certify(user, stated.certificates, by)
    receipt = message.keep(json.dumps({"person_id": str(user.id)}))
    put_on_record(firm_id, UploadKind.PERSON, stated.record_id, user.id, receipt, by=by)
    return user, True


def _on_file(stated: StatedPerson, firm_id: UUID) -> User | None:
    """The technician of this firm who has the number already: by whatever way he came on file."""
    mobile = mobile_number(stated.mobile)
    user = session.scalar(select(User).where(User.mobile == mobile)) if mobile else None
    if user is None or user.organisation_id != firm_id:
        return None  # of another organisation nothing is told but that the number is taken
    if user.name != stated.name.strip():
        text = N_("%(name)s of your firm has this number: is it the same person?")
        raise Invalid({"name": Message(text, {"name": user.name})})
    if Role.TECHNICIAN not in user.role_names:
        raise Invalid({"mobile": Message(N_("%(name)s is no technician."), {"name": user.name})})
    return user


def _created(stated: StatedPerson, nobody_knows: str, firm_id: UUID, by: Viewer) -> User:
    firm = session.get_one(Organisation, firm_id)
    new = accounts.NewPerson(stated.name, stated.mobile, [Role.TECHNICIAN], nobody_knows)
    return accounts.create_person(firm, new, by=by)


def _certify(user: User, stated: Sequence[StatedCertificate], by: Viewer) -> None:
    for place, one in enumerate(stated):
        try:
            add_certificate(user, one.code, one.number, (one.valid_from, one.valid_until), by=by)
        except Invalid as fault:
            named = {f"certificates.{place}.{name}": text for name, text in fault.fields.items()}
            raise Invalid(named) from fault


def change_person(
    user: User, *, name: str | None, certificates: Sequence[StatedCertificate], works: bool | None, by: Viewer
) -> User:
    """What is given changes, the rest stays: his name, further or renewed certificates, whether he still
    works here."""
    firm_of(by)
    if not accounts.may_change(user, by):
        raise NotAllowed(accounts.NOT_YOURS)
    if name is not None:
        accounts.rename(user, name, by=by)
    held = {(one.code, one.number, one.valid_from, one.valid_until) for one in certificates_of(by, [user.id])}
    fresh = [
        one for one in certificates if (one.code, one.number, one.valid_from, one.valid_until) not in held
    ]
    _certify(user, fresh, by)
    if works is not None and works != user.active:
        (accounts.open_account if works else accounts.close_account)(user, by=by)
    return user


def certificates_of(by: Viewer, people: Sequence[UUID]) -> Sequence[Certificate]:
    rows = visible(by, Certificate).where(Certificate.user_id.in_(people))
    return session.scalars(rows.order_by(Certificate.valid_until.desc())).all()


def technicians_of(by: Viewer) -> Sequence[User]:
    """All technicians of the firm, those who left too."""
    people = session.scalars(
        visible(by, User).where(User.organisation_id == firm_of(by)).order_by(User.created_at, User.id)
    )
    return [person for person in people if Role.TECHNICIAN in person.role_names]


def people_named(by: Viewer, names: Sequence[str]) -> list[UUID]:
    """Technicians by their own number in the firm's system or by our id; Invalid names who is not known."""
    firm_id, found = firm_of(by), list[UUID]()
    own = {str(person.id) for person in technicians_of(by)}
    for place, name in enumerate(names):
        row = recorded(firm_id, UploadKind.PERSON, name)
        if row is None and name not in own:
            text = N_("No technician of your firm is on file under %(number)s: send the person first.")
            raise Invalid({f"technicians.{place}": Message(text, {"number": name})})
        found.append(row.target_id if row is not None else UUID(name))
    return list(dict.fromkeys(found))


def person_content(stated: StatedPerson) -> str:
    """The words by which the message is known again."""
    certificates = [[one.code, one.number, one.valid_from, one.valid_until] for one in stated.certificates]
    return content_of(name=stated.name, mobile=stated.mobile, certificates=certificates)
