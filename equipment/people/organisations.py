"""Organisations (单位) and their papers: opened, changed, ledgered."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import record
from equipment.people.codes import plain
from equipment.people.hooks import renamed
from equipment.people.models import Area, Organisation, Paper, User
from equipment.people.queries import forget_tokens
from equipment.people.rules import OrganisationKind, PaperKind, Viewer, oversees_area
from equipment.storage.db import session

CONTACT = ("short_name", "address", "phone", "rescue_phone")
IDENTITY = ("name", "credit_code", "area", "active")
CREDIT_CODE_LENGTH = 18


@dataclass(frozen=True, slots=True)
class NewPaper:
    kind: PaperKind
    number: str
    covers: Sequence[str]
    valid_from: date
    valid_until: date


def open_organisation(kind: OrganisationKind, values: Mapping[str, object], *, by: Viewer) -> Organisation:
    """A new organisation; `values` are its columns as typed."""
    organisation = Organisation(id=new_id(), kind=kind, created_at=clock.now(), area="", name="")
    _take(organisation, values, (*IDENTITY, *CONTACT), by)
    session.add(organisation)
    record(
        session(),
        f"organisation:{organisation.id}",
        "opened",
        actor=by.actor,
        payload={"kind": kind},
        rows=[organisation],
    )
    return organisation


def add_organisation(kind: OrganisationKind, values: Mapping[str, object], *, by: Viewer) -> Organisation:
    """One that somebody types: a form sent twice, or two offices at once, make no second one that imports
    could not tell from the first."""
    twin = select(Organisation.id).where(Organisation.name == str(values.get("name") or "").strip())
    if not values.get("credit_code") and session.scalar(twin.limit(1)):
        raise Invalid(
            {
                "name": N_(
                    "An organisation of this name is on file already. "
                    "If this is another one, its credit code tells them apart."
                )
            }
        )
    return open_organisation(kind, values, by=by)


def change_organisation(
    organisation: Organisation, values: Mapping[str, object], *, by: Viewer, identity: bool
) -> Organisation:
    """Change its contact and, for the bureau (`identity`), what it is."""
    allowed = (*IDENTITY, *CONTACT) if identity else CONTACT
    changed = _take(organisation, values, allowed, by)
    if changed:
        record(
            session(),
            f"organisation:{organisation.id}",
            "changed",
            actor=by.actor,
            payload={"changed": changed},
            rows=[organisation],
        )
    if "name" in changed:
        renamed(organisation, by)
    if "active" in changed and not organisation.active:
        _shut_out(organisation)
    return organisation


def _shut_out(organisation: Organisation) -> None:
    """Nobody of it stays signed in. Accounts, cards and devices stay as they are:
    they hold again when it is active again."""
    for user in session.scalars(select(User).where(User.organisation_id == organisation.id)):
        user.fs_uniquifier = secrets.token_hex(16)
    forget_tokens()


def _take(
    organisation: Organisation, values: Mapping[str, object], names: Sequence[str], by: Viewer
) -> list[str]:
    taken = {name: values[name] for name in names if name in values}
    if "credit_code" in taken:
        taken["credit_code"] = _credit_code(organisation, str(taken["credit_code"] or ""))
    if "name" in taken:
        taken["name"] = str(taken["name"]).strip()
        if not taken["name"]:
            raise Invalid({"name": N_("This is needed.")})
    if "area" in taken and (
        session.get(Area, taken["area"]) is None or not oversees_area(by, str(taken["area"]))
    ):
        raise Invalid({"area": N_("Choose an area of your own.")})
    if taken.get("active") is False and organisation.id == by.organisation_id:
        raise Invalid(
            {
                "active": N_(
                    "Your own organisation cannot be deactivated: nobody of it could sign in any more."
                )
            }
        )
    changed = [name for name, value in taken.items() if getattr(organisation, name, None) != value]
    for name in changed:
        setattr(organisation, name, taken[name])
    return sorted(changed)


def _credit_code(organisation: Organisation, typed: str) -> str | None:
    code = plain(typed).strip().upper()
    if not code:
        return None
    if len(code) != CREDIT_CODE_LENGTH or not code.isalnum():
        raise Invalid({"credit_code": N_("A unified social credit code has 18 letters and digits.")})
    if session.scalar(
        select(Organisation.id).where(Organisation.credit_code == code, Organisation.id != organisation.id)
    ):
        raise Invalid({"credit_code": N_("An organisation with this code exists already.")})
    return code


def add_paper(organisation: Organisation, new: NewPaper, *, by: Viewer) -> Paper:
    """A licence or approval with what it covers; a renewed one is a new paper, the old one stays."""
    if not new.number.strip():
        raise Invalid({"number": N_("This is needed.")})
    if new.valid_until < new.valid_from:
        raise Invalid({"valid_until": N_("It ends before it begins.")})
    paper = Paper(
        id=new_id(),
        organisation_id=organisation.id,
        kind=new.kind,
        number=new.number.strip(),
        covers=list(new.covers),
        valid_from=new.valid_from,
        valid_until=new.valid_until,
    )
    session.add(paper)
    record(
        session(),
        f"organisation:{organisation.id}",
        "paper.added",
        actor=by.actor,
        payload={"paper": paper.id, "number": paper.number},
        rows=[paper],
    )
    return paper
