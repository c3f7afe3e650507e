"""Sign-ins and refusals (登录记录) for administrators: who came in, who was refused, when, from where."""

from __future__ import annotations

from datetime import UTC, datetime, time

from flask import Blueprint, render_template
from sqlalchemy import or_, select

from equipment import web
from equipment.core.clock import SITE
from equipment.core.days import day_in
from equipment.people.codes import mobile_number
from equipment.people.models import SignIn, User
from equipment.people.rules import Action, SignInMeans, SignInOutcome, Thing
from equipment.people.scope import visible
from equipment.web.forms import labelled
from equipment.web.pages import arguments, paginate

pages = Blueprint("sign_ins", __name__)


@pages.get("/sign-ins")
@web.allows(Action.CHANGE, Thing.SETTING)
def listed() -> web.Answer:
    """Of the people whom this administrator sees; tries with numbers of nobody are the city's."""
    filters, who = arguments(), web.viewer()
    people = visible(who, User)
    rows = select(SignIn, User).outerjoin(User, User.id == SignIn.user_id)
    if who.area != web.settings().city_area:
        rows = rows.where(SignIn.user_id.in_(people.with_only_columns(User.id)))
    if asked_for := filters.get("q"):
        named = or_(
            User.name.contains(asked_for, autoescape=True), User.mobile == (mobile_number(asked_for) or "-")
        )
        ids = people.where(named).with_only_columns(User.id)
        rows = rows.where(or_(SignIn.user_id.in_(ids), SignIn.address == asked_for))
    if filters.get("outcome") in list(SignInOutcome):
        rows = rows.where(SignIn.outcome == filters["outcome"])
    if filters.get("means") in list(SignInMeans):
        rows = rows.where(SignIn.means == filters["means"])
    since, until = day_in(filters.get("at_from", "")), day_in(filters.get("at_until", ""))
    if since:
        rows = rows.where(SignIn.at >= datetime.combine(since, time(), SITE).astimezone(UTC))
    if until:
        rows = rows.where(SignIn.at <= datetime.combine(until, time.max, SITE).astimezone(UTC))
    return render_template(
        "people/sign_ins.html",
        page=paginate(rows, {"at": (SignIn.at, SignIn.id)}, default="-at", scalars=False),
        outcomes=labelled(SignInOutcome),
        means=labelled(SignInMeans),
        since=since,
        until=until,
        days=web.settings().sign_in_days,
    )
