"""The first page of each role, put together from what the slices offer."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, url_for

from equipment import web
from equipment.figures import Card
from equipment.people import views as people
from equipment.people.rules import Role, Viewer

pages = Blueprint("home", __name__)

CARDS: tuple[Callable[[Viewer], Sequence[Card]], ...] = (people.home_cards,)

# Roles whose day is one page.
MAIN_PAGES: tuple[tuple[Role, str], ...] = ()


@pages.get("/")
@web.signed_in
def index() -> web.Answer:
    who = web.viewer()
    for role, endpoint in MAIN_PAGES:
        if who.roles == {role}:
            return redirect(url_for(endpoint))
    cards = sorted((card for offered in CARDS for card in offered(who)), key=lambda card: card.rank)
    return render_template("home.html", cards=cards)
