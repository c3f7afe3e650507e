"""日管控 in a safety officer's hand: what is to be controlled today and the form of each category, which open
without a signal; what he writes stays on the phone until it is sent."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import gettext

from equipment import web
from equipment.controls.actions import MOST_PROBLEMS, due_of
from equipment.controls.models import DailyControl
from equipment.controls.posts import own_unit
from equipment.controls.preparing import own_open_findings
from equipment.controls.queries import (
    adopted_list,
    control_of,
    controls_of_day,
    day_of,
    days_of_unit,
    holders,
    is_piece_named,
    own_categories,
    own_pieces,
    problems_of,
)
from equipment.controls.rules import ControlGrade, ControlPeriod, ControlPost, shown_state
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.people.device_views import phone_token
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, Thing
from equipment.register.models import Equipment
from equipment.register.queries import pieces as pieces_of_ids
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.categories import category as category_of
from equipment.regulation.control_numbers import control_clauses, control_names, station_deadline
from equipment.storage.db import session
from equipment.web.forms import labelled
from equipment.web.offline import offline

pages = Blueprint("controls_phone", __name__)
PIECES, OPEN = 300, 10  # pieces to choose from, open findings shown
NOON = 12


@pages.get("/controls/today")
@web.allows(Action.CREATE, Thing.CONTROL)
def today() -> web.Answer:
    """What is to be controlled today, kept on the phone with its forms."""
    unit, on = own_unit(web.viewer(), Action.CREATE), clock.today()
    now = clock.now()
    held = own_categories(unit.id, unit.kind)
    days = {key: some[-1] for key, some in days_of_unit(unit.id, on, on).items()}
    states = {key: shown_state(day.state, day.due_at, now) for key, day in days.items()}
    rows = [(category_of(key), number, states.get(key)) for key, number in held]
    return offline(render_template("controls/today.html", unit=unit, on=on, rows=rows))


@pages.get("/controls/start/<category>")
@web.allows(Action.CREATE, Thing.CONTROL)
def start(category: str) -> web.Answer:
    """The control of today; of a day gone by with `on`, to be entered late or from paper."""
    unit = own_unit(web.viewer(), Action.CREATE)
    if category not in {each.key for each in CATEGORIES}:
        raise NotFound
    today = clock.today()
    on = day_in(request.args.get("on", "")) or today
    if on == today:
        return offline(_form(unit, category, on, None))
    if on > today or day_of(unit.id, category, on) is None:
        raise NotFound
    return _form(unit, category, on, None)


@pages.get("/controls/daily/<uuid:organisation_id>/<uuid:control_id>/correct")
@web.allows(Action.CREATE, Thing.CONTROL)
def correct(organisation_id: UUID, control_id: UUID) -> web.Answer:
    """The form with what a record says, to be corrected with a reason."""
    unit = own_unit(web.viewer(), Action.CREATE)
    control = control_of(web.viewer(), organisation_id, control_id)
    if control.superseded_by is not None or control.organisation_id != unit.id:
        raise NotFound
    return _form(unit, control.category, control.on, control)


def _form(unit: Organisation, key: str, on: date, control: DailyControl | None) -> str:
    who = web.viewer()
    rows = own_pieces(who, unit.id, key).order_by(Equipment.own_number, Equipment.name, Equipment.id)
    shown = list(session.scalars(rows.limit(PIECES))) if is_piece_named(key) else []
    problems = problems_of([control]).get(control.id, []) if control else []
    named = {one.equipment_id for one in problems if one.equipment_id}
    shown += pieces_of_ids(SYSTEM, named - {piece.id for piece in shown})
    chosen = adopted_list(unit.id, key)
    officers = holders(unit.id, key, on)[ControlPost.OFFICER]
    hour = clock.site_time(clock.now()).hour
    return render_template(
        "controls/start.html",
        unit=unit,
        kind=category_of(key),
        on=on,
        is_today=on == clock.today() and control is None,
        day=day_of(unit.id, key, on),
        due_at=due_of(unit, key, on),
        deadline=station_deadline(on),
        names=control_names(key, on),
        clauses=control_clauses(key, on),
        control=control,
        problems=problems,
        before=[] if control else controls_of_day(unit.id, key, on),
        risk_list=chosen,
        pieces=shown,
        piece_named=is_piece_named(key),
        officers=officers,
        officer=control.officer if control else who.name,
        periods=labelled(ControlPeriod),
        period=control.period if control else ControlPeriod.MORNING if hour < NOON else ControlPeriod.WHOLE,
        grades=labelled(ControlGrade),
        most=MOST_PROBLEMS,
        findings=own_open_findings(unit.id, key, OPEN),
    )


@pages.post("/controls/phone")
@web.allows(Action.CREATE, Thing.CONTROL)
def phone() -> web.Answer:
    """A token for the phone of the officer who is signed in: what it keeps is sent by that, also after the
    sign-in has ended."""
    return phone_token(gettext("Safety officer’s phone"))
