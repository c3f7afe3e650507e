"""The checklist of a fresh instance: what a city needs to begin, what is there, where the next step is done.

Nothing is stored but the wish not to see it again; every step is read from what is on file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Blueprint, redirect, url_for
from sqlalchemy import Select, exists, func, select
from werkzeug.wrappers import Response

from equipment import web
from equipment.core.config import Settings
from equipment.core.words import N_, Message
from equipment.ledger.actions import record, subject_of
from equipment.ledger.models import Event
from equipment.people.models import Area, Organisation, User, UserRole
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer
from equipment.people.scope import in_scope, within
from equipment.register.models import Equipment, Label
from equipment.storage.db import session, transaction

pages = Blueprint("first_steps", __name__)
DISMISSED = "first_steps.dismissed"
COUNTY_DIGITS = 6
NAMED = 5  # counties without a supervisor that are named


# Each step: what it is, why, what its button says; a step without one is done where the server is started.
STEPS = (
    ("areas", N_("Areas"), N_("Counties and townships: they decide who sees what."), N_("Add areas")),
    (
        "organisations",
        N_("Organisations"),
        N_("Stations, maintenance firms, inspection bodies, use units."),
        N_("Add an organisation"),
    ),
    (
        "people",
        N_("People"),
        N_("Somebody of each organisation who signs in, one by one or by workbook."),
        N_("Add people"),
    ),
    (
        "supervisors",
        N_("A supervisor for each county"),
        N_("Hazards and public reports reach whoever supervises the area."),
        N_("Add a supervisor"),
    ),
    (
        "pieces",
        N_("First pieces"),
        N_("Import the lists you have, or register a piece by hand."),
        N_("Import"),
    ),
    (
        "address",
        N_("Address of this tracker"),
        N_(
            "Labels carry it for the life of a piece: set PUBLIC_URL where the server is started, "
            "then start it again."
        ),
        "",
    ),
    (
        "labels",
        N_("First labels"),
        N_("Choose pieces in the list and print their labels, or issue blank ones."),
        N_("Choose pieces"),
    ),
    (
        "mail",
        N_("Mail"),
        N_("Reminders leave by it: set MAIL_URL where the server is started, then start it again."),
        "",
    ),
)


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing a city needs: what it is, why, where it is done, whether it is."""

    title: str
    why: Message
    done: bool
    url: str = ""
    go: str = ""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The checklist; while no piece is on file it stands instead of the figures, all of them noughts."""

    steps: Sequence[FirstStep]
    begun: bool

    @property
    def next(self) -> FirstStep | None:
        return next((step for step in self.steps if not step.done), None)


def first_steps(viewer: Viewer, settings: Settings) -> FirstSteps | None:
    """For an administrator, until everything is there or somebody of the bureau has said that it is enough;
    the
    demonstration is nobody's to set up."""
    if settings.is_demo:
        return None
    if Role.ADMINISTRATOR not in viewer.roles or not viewer.oversees or viewer.organisation_id is None:
        return None
    there = session.execute(_on_file(viewer, viewer.organisation_id)).one()
    if there.dismissed:
        return None
    without = _counties_without_supervisor(viewer)
    done = {
        "areas": there.areas,
        "organisations": there.organisations,
        "people": there.people,
        "supervisors": there.areas and not without,
        "pieces": there.pieces,
        "labels": there.labels,
        "address": bool(settings.public_url),
        "mail": bool(settings.mail_url),
    }
    if all(done.values()):
        return None
    places = {
        "areas": url_for("areas.listed") + "#load",
        "organisations": url_for("organisations.new"),
        "people": url_for("roster.index"),
        "supervisors": url_for("people.new", key=viewer.organisation_id),
        "pieces": url_for("imports.index"),
        "labels": url_for("register.listing"),
    }
    steps = [
        FirstStep(title, Message(why), done[key], places.get(key, ""), go) for key, title, why, go in STEPS
    ]
    if without:
        names = "、".join(without[:NAMED]) + ("…" if len(without) > NAMED else "")
        place = next(number for number, step in enumerate(STEPS) if step[0] == "supervisors")
        steps[place] = replace(
            steps[place], why=Message(N_("Still without one: %(names)s"), {"names": names})
        )
    return FirstSteps(steps, there.pieces)


def _on_file(viewer: Viewer, organisation_id: UUID) -> Select[bool, bool, bool, bool, bool, bool]:
    """Which kinds of things are on file at all, in one question."""
    others = (in_scope(viewer, Organisation), Organisation.kind != OrganisationKind.REGULATOR)
    return select(
        exists()
        .where(within(Area.code, viewer.area), func.length(Area.code) > len(viewer.area))
        .label("areas"),
        exists().where(*others).label("organisations"),
        exists().where(Organisation.id == User.organisation_id, *others).label("people"),
        exists().where(in_scope(viewer, Equipment)).label("pieces"),
        exists().where(in_scope(viewer, Label)).label("labels"),
        exists()
        .where(Event.subject == _subject(organisation_id), Event.verb == DISMISSED)
        .label("dismissed"),
    )


def _counties_without_supervisor(viewer: Viewer) -> list[str]:
    """By name: the counties in which nobody who signs in supervises."""
    holds = select(UserRole.user_id).where(UserRole.role == Role.SUPERVISOR)
    county = func.substr(User.area, 1, COUNTY_DIGITS)
    covered = exists().where(User.active, county == Area.code, User.id.in_(holds))
    counties = select(Area.name).where(within(Area.code, viewer.area), Area.level == "county", ~covered)
    return list(session.scalars(counties.order_by(Area.code)))


def _subject(organisation_id: UUID) -> str:
    return subject_of("organisation", organisation_id)


@pages.post("/first-steps/dismiss")
@web.allows(Action.CHANGE, Thing.SETTING)
def dismiss() -> Response:
    """The bureau has what it needs: the checklist does not come back."""
    who = web.viewer()
    if who.organisation_id is not None:
        with transaction():
            record(session(), _subject(who.organisation_id), DISMISSED, actor=who.actor)
    return redirect(url_for("home.index"))
