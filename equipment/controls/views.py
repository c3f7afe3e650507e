"""日管控 on screen: a unit's own page, the bureau's months by county and unit, the list of days, one
record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.controls import queries
from equipment.controls.models import ControlAppointment, ControlDay, ControlReport, RiskList
from equipment.controls.queries import DAY_SORTS
from equipment.controls.rules import (
    ControlDayState,
    ControlPost,
    DayCount,
    day_count,
    shared_posts,
    shown_state,
)
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.months import add_months, month_end, month_start
from equipment.files.views import handed_out
from equipment.people.models import Organisation
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.register.lists import names_of
from equipment.register.queries import pieces
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.categories import category as category_of
from equipment.regulation.category import Category
from equipment.regulation.control_numbers import (
    control_clauses,
    control_names,
    missing_told_days,
    station_deadline,
    unit_deadline,
)
from equipment.storage.db import session, transaction
from equipment.supervision.queries import USE_UNITS
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("controls", __name__)
SHOWN = 200  # units on one page
WEEKS = 5  # of the strip of days on a unit's page


class StripDay(NamedTuple):
    """A day of a unit's strip: what became of it, and its record."""

    on: date
    state: ControlDayState
    control_id: UUID | None


class CategoryPanel(NamedTuple):
    """What a unit's page shows of a category."""

    kind: Category
    pieces: int
    today: ControlDay | None
    state: ControlDayState | None
    days: list[StripDay]
    counted: DayCount
    risk_list: RiskList | None
    posts: Mapping[ControlPost, list[ControlAppointment]]
    reports: list[ControlReport]


def category_options() -> list[tuple[str, str]]:
    return [(each.key, translate(each.label)) for each in CATEGORIES]


@pages.get("/controls")
@web.allows(Action.SEE, Thing.CONTROL)
def index() -> web.Answer:
    """A unit sees its own categories; the bureau the months of all units."""
    who = web.viewer()
    if who.organisation_kind in USE_UNITS:
        return _own_page()
    filters, today = arguments(), clock.today()
    month = month_start(day_in(f"{filters.get('month', '')}-01") or today)
    month = min(month, month_start(today))
    rows = queries.unit_months(who, filters, month)
    shown = [row for row in rows if row.days.missing] if filters.get("only") == "missing" else rows
    return render_template(
        "controls/bureau.html",
        month=month,
        before=add_months(month, -1),
        after=add_months(month, 1) if month < month_start(today) else None,
        last=month_end(month),
        rows=shown[:SHOWN],
        total=len(shown),
        counties=queries.county_shares(rows),
        whole=DayCount(*(sum(numbers) for numbers in zip(*(row.days for row in rows), strict=True)))
        if rows
        else DayCount(),
        args=filters,
        areas=area_options(who),
        categories=category_options(),
        names=names_of([row.organisation_id for row in shown[:SHOWN]]),
        area_names={area.code: area.name for area in areas_below("")},
        kind_of=category_of,
        tolerated=missing_told_days(today),
        deadlines=(station_deadline(today), unit_deadline(today)),
    )


def _own_page() -> str:
    who, today = web.viewer(), clock.today()
    unit = session.get_one(Organisation, who.organisation_id)
    since = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    held = queries.own_categories(unit.id, unit.kind)
    days = queries.days_of_unit(unit.id, since, today)
    posts = queries.posts_of_unit(unit.id, today)
    lists = queries.adopted_lists(unit.id)
    reports = queries.open_reports_of(unit.id)
    panels = [
        _panel(category_of(key), number, days.get(key, []), lists.get(key), posts, reports)
        for key, number in held
    ]
    everybody = {post: [row.name for row in rows] for post, rows in posts.items()}
    return render_template(
        "controls/unit.html",
        unit=unit,
        today=today,
        panels=panels,
        shared=shared_posts(everybody),
        lacking=[post for post in ControlPost if not posts[post]],
        closures=queries.closures_of(unit.id, today),
        names_of_records={panel.kind.key: control_names(panel.kind.key, today) for panel in panels},
        clauses={panel.kind.key: control_clauses(panel.kind.key, today) for panel in panels},
        deadline=station_deadline(today) if unit.kind == "station" else unit_deadline(today),
        may_change=may(who, Action.CHANGE, Thing.CONTROL),
        may_control=may(who, Action.CREATE, Thing.CONTROL),
    )


def _panel(
    kind: Category,
    number: int,
    days: list[ControlDay],
    risk_list: RiskList | None,
    posts: Mapping[ControlPost, list[ControlAppointment]],
    reports: list[ControlReport],
) -> CategoryPanel:
    moment, today = clock.now(), clock.today()
    strip = [StripDay(day.on, shown_state(day.state, day.due_at, moment), day.control_id) for day in days]
    this = next((day for day in days if day.on == today), None)
    return CategoryPanel(
        kind=kind,
        pieces=number,
        today=this,
        state=shown_state(this.state, this.due_at, moment) if this else None,
        days=strip,
        counted=day_count(day.state for day in strip),
        risk_list=risk_list,
        posts={post: [row for row in rows if row.category in ("", kind.key)] for post, rows in posts.items()},
        reports=[row for row in reports if row.category == kind.key],
    )


@pages.route("/controls/days", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CONTROL)
def days() -> web.Answer:
    """Days on which controls were expected, by what became of them."""
    who, filters = web.viewer(), arguments()
    if taken := exported("controls.days", {"args": filters}, by=who, title=gettext("Days of daily controls")):
        return taken
    page = paginate(queries.control_days(who, filters), DAY_SORTS, default="-on")
    now = clock.now()
    return render_template(
        "controls/days.html",
        page=page,
        states=labelled(ControlDayState),
        shown={row.id: shown_state(row.state, row.due_at, now) for row in page.rows},
        areas=area_options(who),
        categories=category_options(),
        names=names_of([row.organisation_id for row in page.rows]),
        area_names={area.code: area.name for area in areas_below("")},
        kind_of=category_of,
        of_all=who.oversees,
        may_control=may(who, Action.CREATE, Thing.CONTROL),
    )


@pages.get("/controls/daily/<uuid:organisation_id>/<uuid:control_id>")
@web.allows(Action.SEE, Thing.CONTROL)
def show(organisation_id: UUID, control_id: UUID) -> web.Answer:
    """One record with its problems."""
    who = web.viewer()
    control = queries.control_of(who, organisation_id, control_id)
    problems = queries.problems_of([control]).get(control.id, [])
    ids = [one.equipment_id for one in problems if one.equipment_id]
    others = queries.controls_of_day(organisation_id, control.category, control.on)
    own = who.organisation_id == control.organisation_id
    return render_template(
        "controls/control.html",
        control=control,
        kind=category_of(control.category),
        names=control_names(control.category, control.on),
        problems=problems,
        pieces={piece.id: piece for piece in pieces(SYSTEM, ids)},
        unit_name=names_of([organisation_id]).get(organisation_id, ""),
        others=[one for one in others if one.id != control.id],
        day=queries.day_of(organisation_id, control.category, control.on),
        corrects=own and may(who, Action.CREATE, Thing.CONTROL) and control.superseded_by is None,
    )


@pages.get("/controls/daily/<uuid:organisation_id>/<uuid:control_id>/photos/<sha256>")
@web.allows(Action.SEE, Thing.CONTROL)
def photo(organisation_id: UUID, control_id: UUID, sha256: str) -> web.Answer:
    """A photo of a record."""
    control = queries.control_of(web.viewer(), organisation_id, control_id)
    for stored in control.photos:
        if stored["sha256"] == sha256:
            return handed_out(sha256, stored["media_type"], stored["name"])
    raise NotFound


@pages.post("/controls/daily/<uuid:organisation_id>/<uuid:control_id>/paper")
@web.allows(Action.SEE, Thing.CONTROL)
def paper(organisation_id: UUID, control_id: UUID) -> web.Answer:
    """每日安全检查记录, drawn by the jobs process."""
    control = queries.control_of(web.viewer(), organisation_id, control_id)
    title = f"{control_names(control.category, control.on).daily} {control.on.isoformat()}"
    return draw("daily", organisation_id, control_id, title)


@pages.post("/controls/blank/<category>")
@web.allows(Action.CREATE, Thing.CONTROL)
def blank(category: str) -> web.Answer:
    """The empty form of a day, for a day without a phone; what is written on it is typed in later."""
    who = web.viewer()
    if category not in {each.key for each in CATEGORIES} or who.organisation_id is None:
        raise NotFound
    title = gettext("Empty form: %(name)s", name=control_names(category, clock.today()).daily)
    return draw("blank", who.organisation_id, None, title, category=category)


def draw(what: str, organisation_id: UUID, key: UUID | None, title: str, *, category: str = "") -> web.Answer:
    """A paper as a task, and its page."""
    stated = {
        "what": what,
        "organisation_id": str(organisation_id),
        "key": str(key or ""),
        "category": category,
        "sample": web.settings().is_demo,
    }
    with transaction():
        task = enqueue("controls.paper", stated, by=web.viewer(), title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))
