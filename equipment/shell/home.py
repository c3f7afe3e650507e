"""The first page of each role, and the list of pages under 系统, put together from what the slices offer."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for

from equipment import web
from equipment.briefing.cards import cards_of
from equipment.briefing.views import first_page, has_briefing
from equipment.people import home as people
from equipment.people.rules import Action, Thing, may
from equipment.shell.first_steps import first_steps
from equipment.web.slices import slices

pages = Blueprint("home", __name__)

FLOOR_PAGE = "floor.page"  # where a shared device works once somebody is on duty


@pages.get("/system")
@web.allows(Action.SEE, Thing.ORGANISATION)
def system() -> web.Answer:
    who = web.viewer()
    system_pages = sorted((page for slice_ in slices() for page in slice_.system), key=lambda page: page.rank)
    links = [
        (page.label, url_for(page.endpoint), page.icon)
        for page in system_pages
        if may(who, Action.SEE, page.thing)
    ]
    return render_template("system.html", links=links)


@pages.get("/")
@web.signed_in
def index() -> web.Answer:
    who = web.viewer()
    if who.device_id:
        return redirect(url_for(FLOOR_PAGE if who.user_id else "duty.page"))
    for slice_ in slices():
        for role, endpoint in slice_.main_pages.items():
            if who.roles == {role}:
                return redirect(url_for(endpoint))
    cards, checklist = cards_of(who), first_steps(who, web.settings())
    if has_briefing(who) and not (checklist and not checklist.begun):
        return first_page(cards, checklist)
    return render_template(
        "home.html", cards=cards, organisation_name=people.organisation_name(who), checklist=checklist
    )
