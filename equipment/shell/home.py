"""The first page of each role, put together from what the slices offer."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for

from equipment import web
from equipment.core.figures import Card
from equipment.core.words import N_
from equipment.dues import home as dues
from equipment.hazards import home as hazards
from equipment.life import report_views as public_reports
from equipment.maintenance import home as maintenance
from equipment.people import home as people
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.register.queries import pieces as pieces_seen
from equipment.register.queries import resolve
from equipment.register.rules import Outcome
from equipment.reports import home as reports

pages = Blueprint("home", __name__)

CARDS: tuple[Callable[[Viewer], Sequence[Card]], ...] = (people.home_cards, hazards.home_cards, dues.home_cards, maintenance.home_cards, public_reports.home_cards,
    reports.home_cards)

FLOOR_PAGE = "floor.page"  # where a shared device works once somebody is on duty

# Roles whose day is one page.
MAIN_PAGES: tuple[tuple[Role, str], ...] = ((Role.TECHNICIAN, "visits.today"), (Role.OPERATOR, "floor.page"))


# What stands under 系统: label, endpoint, icon, and what one must be allowed to see.
SYSTEM_PAGES: tuple[tuple[str, str, str, Thing], ...] = (
    (N_("Organisations"), "organisations.listed", "building", Thing.ORGANISATION),
    (N_("People and cards"), "people.listed", "users", Thing.PERSON),
    (N_("Papers running out"), "organisations.expiring", "license", Thing.ORGANISATION),
    (N_("Areas"), "areas.listed", "map", Thing.SETTING),
    (N_("Rules"), "policy.listed", "gavel", Thing.RULE),
    (N_("Choices of the bureau"), "policy.chosen", "adjustments", Thing.RULE),
    (N_("Ledger"), "ledger.index", "link", Thing.LEDGER),
    (N_("Background jobs"), "tasks.jobs", "server", Thing.JOB),
)


@pages.get("/system")
@web.allows(Action.SEE, Thing.ORGANISATION)
def system() -> web.Answer:
    who = web.viewer()
    return render_template("system.html", links=[(label, url_for(endpoint), icon) for label, endpoint, icon, thing in SYSTEM_PAGES if may(who, Action.SEE, thing)])


@pages.get("/")
@web.signed_in
def index() -> web.Answer:
    who = web.viewer()
    if who.device_id:
        return redirect(url_for(FLOOR_PAGE if who.user_id else "duty.page"))
    for role, endpoint in MAIN_PAGES:
        if who.roles == {role}:
            return redirect(url_for(endpoint))
    cards = sorted((card for offered in CARDS for card in offered(who)), key=lambda card: card.rank)
    return render_template("home.html", cards=cards, organisation_name=people.organisation_name(who))


def piece_of(viewer: Viewer, text: str) -> UUID | None:
    """The piece in the viewer's scope that a label or number names: what the register lends to the slices left of it."""
    found = resolve(text)
    if found.outcome is not Outcome.FOUND or found.equipment_id is None:
        return None
    return next((each.id for each in pieces_seen(viewer, [found.equipment_id])), None)
