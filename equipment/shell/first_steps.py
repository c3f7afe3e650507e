"""The checklist of a fresh instance: what a city needs to begin, what of it is there, and where the next step is done.

Nothing is stored but the wish not to see it again; every step is read from what is on file.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, url_for
from sqlalchemy import ColumnElement, exists, func, select
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
    """The checklist; while no piece is on file it stands instead of the figures, which would all be noughts."""

    steps: Sequence[FirstStep]
    begun: bool

    @property
    def next(self) -> FirstStep | None:
        return next((step for step in self.steps if not step.done), None)


def first_steps(viewer: Viewer, settings: Settings) -> FirstSteps | None:
    """For an administrator until everything is there, or until somebody of the bureau has said that it is enough."""
    if Role.ADMINISTRATOR not in viewer.roles or not viewer.oversees or viewer.organisation_id is None:
        return None
    there = session.execute(select(
        _below(viewer).label("areas"), exists().where(in_scope(viewer, Organisation), _not_bureau()).label("organisations"),
        exists().where(Organisation.id == User.organisation_id, in_scope(viewer, Organisation), _not_bureau()).label("people"),
        exists().where(in_scope(viewer, Equipment)).label("pieces"), exists().where(in_scope(viewer, Label)).label("labels"),
        exists().where(Event.subject == _subject(viewer.organisation_id), Event.verb == DISMISSED).label("dismissed"),
    )).one()
    if there.dismissed:
        return None
    left = _counties_without_supervisor(viewer) if there.areas else []
    missing = "、".join(left[:NAMED]) + ("…" if len(left) > NAMED else "")
    steps = (
        FirstStep(N_("Areas"), Message(N_("Counties and townships: they decide who sees what.")), there.areas,
                  url_for("areas.listed") + "#load", N_("Add areas")),
        FirstStep(N_("Organisations"), Message(N_("Stations, maintenance firms, inspection bodies, use units.")), there.organisations,
                  url_for("organisations.new"), N_("Add an organisation")),
        FirstStep(N_("People"), Message(N_("Somebody of each organisation who signs in, one by one or by workbook.")), there.people,
                  url_for("roster.index"), N_("Add people")),
        FirstStep(N_("A supervisor for each county"), Message(N_("Still without one: %(names)s"), {"names": missing}) if missing else
                  Message(N_("Hazards and public reports reach whoever supervises the area.")), bool(there.areas) and not left,
                  url_for("people.new", key=viewer.organisation_id), N_("Add a supervisor")),
        FirstStep(N_("First pieces"), Message(N_("Import the lists you have, or register a piece by hand.")), there.pieces,
                  url_for("imports.index"), N_("Import")),
        FirstStep(N_("Address of this tracker"), Message(N_(
            "Labels carry it for the life of a piece: set PUBLIC_URL where the server is started, then start it again.")),
            bool(settings.public_url)),
        FirstStep(N_("First labels"), Message(N_("Choose pieces in the list and print their labels, or issue blank ones.")), there.labels,
                  url_for("register.listing"), N_("Choose pieces")),
        FirstStep(N_("Mail"), Message(N_("Reminders leave by it: set MAIL_URL where the server is started, then start it again.")),
                  bool(settings.mail_url)),
    )
    return None if all(step.done for step in steps) else FirstSteps(steps, there.pieces)


def _below(viewer: Viewer) -> ColumnElement[bool]:
    return exists().where(within(Area.code, viewer.area), func.length(Area.code) > len(viewer.area))


def _not_bureau() -> ColumnElement[bool]:
    return Organisation.kind != OrganisationKind.REGULATOR


def _counties_without_supervisor(viewer: Viewer) -> list[str]:
    """By name: the counties in which nobody who signs in supervises."""
    holds = select(UserRole.user_id).where(UserRole.role == Role.SUPERVISOR)
    covered = exists().where(User.active, func.substr(User.area, 1, COUNTY_DIGITS) == Area.code, User.id.in_(holds))
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
