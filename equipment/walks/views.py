"""超期核查 in an officer's hand: rounds and rows that open without a signal; what he taps waits on the phone
until there is one. At the desk the same pages open rounds and take them further."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.people.device_views import phone_token
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.walks import actions
from equipment.walks.forms import OpenWalkForm, TakeInForm
from equipment.walks.models import Walk, WalkRow
from equipment.walks.queries import (
    RoundProgress,
    WalkStop,
    open_rounds,
    photo_counts,
    progress_of,
    round_of,
    rounds,
    rows_of,
    stops,
)
from equipment.walks.rules import days_overdue, office_area
from equipment.walks.states import WalkOutcome, WalkRowState
from equipment.web.forms import checked, error_texts
from equipment.web.offline import offline
from equipment.web.pages import paginate

pages = Blueprint("walks", __name__)
MOST = 200  # rounds on one page: those of a city
SORTS = {"month": (Walk.month, Walk.area), "area": (Walk.area, Walk.month)}


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """A round as lists show it."""

    walk: Walk
    area_name: str
    progress: RoundProgress


def summaries(walks: list[Walk]) -> list[RoundSummary]:
    counts, names = progress_of([walk.id for walk in walks]), area_names()
    return [RoundSummary(walk, names.get(walk.area, walk.area), counts[walk.id]) for walk in walks]


def area_names() -> dict[str, str]:
    return {area.code: area.name for area in areas_below("")}


@pages.get("/walks")
@web.allows(Action.SEE, Thing.WALK)
def index() -> web.Answer:
    """The open rounds, kept on the phone with their rows."""
    who = web.viewer()
    walks = session.scalars(open_rounds(who).order_by(Walk.due_on, Walk.area).limit(MOST)).all()
    form = OpenWalkForm(formdata=None)
    form.area.choices = _offices()
    return offline(
        render_template(
            "walks/index.html",
            rounds=summaries(list(walks)),
            form=form,
            today=clock.today(),
            may_open=may(who, Action.CREATE, Thing.WALK),
            may_walk=may(who, Action.CHANGE, Thing.WALK),
            may_settle=may(who, Action.APPROVE, Thing.WALK),
        )
    )


@pages.get("/walks/rounds")
@web.allows(Action.SEE, Thing.WALK)
def all_rounds() -> web.Answer:
    """Every round there was, with how far it came."""
    listed = rounds(web.viewer())
    if request.args.get("state") == "open":
        listed = listed.where(Walk.closed_at.is_(None))
    page = paginate(listed, SORTS, default="-month")
    return render_template("walks/rounds.html", page=replace(page, rows=summaries(page.rows)))


def _offices() -> list[tuple[str, str]]:
    """The offices that this viewer may open a round for."""
    areas = areas_below(web.viewer().area)
    return [(area.code, area.name) for area in areas if office_area(area.code) == area.code]


@pages.post("/walks/open")
@web.allows(Action.CREATE, Thing.WALK)
def open_by_hand() -> web.Answer:
    """A round of this month for one office."""
    form, who = OpenWalkForm(), web.viewer()
    form.area.choices = _offices()
    checked(form)
    try:
        with transaction():
            walk = actions.open_round(
                form.area.data, clock.today(), by=who, with_unknown=bool(form.unknown.data)
            )
    except Invalid as refusal:
        flash(" ".join(error_texts(refusal).values()), "warning")
        return redirect(url_for("walks.index"))
    flash(gettext("Round %(number)s is open.", number=walk.number), "success")
    return redirect(url_for("walks.show", walk_id=walk.id))


@pages.post("/walks/<uuid:walk_id>/more")
@web.allows(Action.CREATE, Thing.WALK)
def take_in(walk_id: UUID) -> web.Answer:
    """What is overdue since joins the round."""
    form, who = TakeInForm(), web.viewer()
    checked(form)
    with transaction():
        walk = round_of(who, walk_id)
        number = actions.take_in(walk, by=who, with_unknown=bool(form.unknown.data))
    if number:
        flash(
            ngettext("%(num)d piece joined the round", "%(num)d pieces joined the round", number), "success"
        )
    else:
        flash(gettext("Nothing else is overdue here today."), "info")
    return redirect(url_for("walks.show", walk_id=walk_id))


@pages.get("/walks/<uuid:walk_id>")
@web.allows(Action.SEE, Thing.WALK)
def show(walk_id: UUID) -> web.Answer:
    """One round in the officer's hand: unit after unit, one tap per row."""
    who = web.viewer()
    walk = round_of(who, walk_id)
    rows = session.scalars(rows_of(walk)).all()
    by_id = pieces_of(rows)
    return offline(
        render_template(
            "walks/show.html",
            walk=walk,
            area_name=area_names().get(walk.area, walk.area),
            stops=_visits(stops(rows, by_id)),
            pieces=by_id,
            progress=progress_of([walk.id])[walk.id],
            photos=photo_counts([row.id for row in rows]),
            outcomes=list(WalkOutcome),
            days_overdue=days_overdue,
            today=clock.today(),
            may_walk=may(who, Action.CHANGE, Thing.WALK),
            may_open=may(who, Action.CREATE, Thing.WALK),
            take_in_form=TakeInForm(formdata=None),
        )
    )


def _visits(every: list[WalkStop]) -> list[WalkStop]:
    """Units with something left to see come first, in the order of the way."""
    return sorted(every, key=lambda stop: all(row.state is not WalkRowState.TO_WALK for row in stop.rows))


def pieces_of(rows: Iterable[WalkRow]) -> dict[UUID, Equipment]:
    """The pieces of these rows: also those that have moved to another area since."""
    return {piece.id: piece for piece in pieces(SYSTEM, [row.equipment_id for row in rows])}


@pages.post("/walks/<uuid:walk_id>/print")
@web.allows(Action.SEE, Thing.WALK)
def draw(walk_id: UUID) -> web.Answer:
    """The round on paper, drawn by the jobs process."""
    who = web.viewer()
    walk = round_of(who, walk_id)
    settings = web.settings()
    stated = {
        "walk_id": str(walk.id),
        "address": settings.public_url or request.url_root,
        "sample": settings.is_demo,
    }
    title = gettext("Walk of the overdue list %(number)s", number=walk.number)
    with transaction():
        task = enqueue("walks.paper", stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


@pages.post("/walks/phone")
@web.allows(Action.CHANGE, Thing.WALK)
def phone() -> web.Answer:
    """A token for the phone of the officer who is signed in: what it keeps is sent by that, also after the
    sign-in has ended."""
    return phone_token(gettext("Officer’s phone"))
