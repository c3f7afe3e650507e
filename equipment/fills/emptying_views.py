"""倒残: recorded at the floor or by a machine, and the list of it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from pydantic import Field
from sqlalchemy import select
from wtforms import StringField
from wtforms.validators import DataRequired

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.fills.api import FILLING, json_response
from equipment.fills.emptying import Emptied, emptyings, record_emptying
from equipment.fills.forms import Code, Grams, KiloPascals
from equipment.fills.models import Emptying
from equipment.fills.queries import cylinders_of
from equipment.fills.weight_rules import MOST_G, MOST_KPA, NoReading, thousandths
from equipment.people.models import User
from equipment.people.rules import Action, OrganisationKind, Thing
from equipment.register.lists import names_of
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.api import OffsetTime, RequestBody
from equipment.web.forms import Form, IdField, InstantField, stripped, submitted
from equipment.web.openapi import Answered
from equipment.web.pages import paginate

pages = Blueprint("emptyings", __name__)
routes = api.blueprint("emptyings_api", __name__)


class EmptyingMessage(RequestBody):
    """倒残: what scale or gauge showed before and after; at least one pair."""

    emptying_id: UUID
    code: Code
    happened_at: OffsetTime
    before_g: Grams | None = None
    after_g: Grams | None = None
    before_kpa: KiloPascals | None = None
    after_kpa: KiloPascals | None = None


class EmptyingResponse(Answered):
    """The record: what was recovered, in g; null where only pressures were read."""

    emptying_id: str
    equipment_id: str
    recovered_g: int | None = Field(description="before_g - after_g")


class EmptyingForm(Form):
    """One bottle, in kg or, where it is not weighed, in MPa."""

    id = IdField()
    at = InstantField()
    code = StringField(validators=[DataRequired()], filters=[stripped])
    before = StringField(validators=[DataRequired()], filters=[stripped])
    after = StringField(validators=[DataRequired()], filters=[stripped])
    unit = StringField(default="kg")


@routes.post("/emptyings")
@api.token(*FILLING)
@api.described(body=EmptyingMessage, answer=EmptyingResponse, statuses=(201,), problems=(409,))
def empty() -> Response:
    """倒残: a bottle of this station was emptied; no fill, and none of its weights."""
    message = api.body(EmptyingMessage)
    with transaction():
        row = record_emptying(
            Emptied(
                message.emptying_id,
                message.code,
                message.happened_at,
                message.before_g,
                message.after_g,
                message.before_kpa,
                message.after_kpa,
            ),
            by=viewer(),
        )
        response = {
            "emptying_id": str(row.id),
            "equipment_id": str(row.equipment_id),
            "recovered_g": row.recovered_g,
        }
    return json_response(response, 201)


@pages.route("/floor/emptying", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.FILL)
def floor() -> web.Answer:
    """倒残 at the floor: one bottle after another."""
    if web.viewer().organisation_kind is not OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    form = EmptyingForm()
    if request.method == "GET":
        form.id.data, form.at.data = new_id(), clock.now()
    names = {"before_g": "before", "after_g": "after", "before_kpa": "before", "after_kpa": "after"}
    if row := submitted(form, lambda: _typed(form), names):
        kg = None if row.recovered_g is None else f"{row.recovered_g / 1000:.2f} kg"
        flash(gettext("Emptied: %(amount)s recovered.", amount=kg or "—"), "success")
        return redirect(url_for("emptyings.floor"))
    return render_template("fills/floor_emptying.html", form=form), form.http_status if form.errors else 200


def _typed(form: EmptyingForm) -> Emptying:
    unit = "kpa" if form.unit.data == "MPa" else "g"
    amounts: dict[str, int] = {}
    for name in ("before", "after"):
        try:
            amounts[f"{name}_{unit}"] = thousandths(form[name].data, MOST_KPA if unit == "kpa" else MOST_G)
        except NoReading as error:
            raise Invalid({name: error.message}) from error
    emptied = Emptied(form.id.data or new_id(), form.code.data, form.at.data or clock.now(), **amounts)
    return record_emptying(emptied, by=web.viewer())


@pages.get("/fills/emptyings")
@web.allows(Action.SEE, Thing.FILL)
def listing() -> web.Answer:
    """倒残记录: which bottles were emptied, and what was recovered."""
    page = paginate(emptyings(web.viewer()), {"at": (Emptying.at, Emptying.id)}, default="-at")
    people = select(User.id, User.name).where(User.id.in_({row.user_id for row in page.rows}))
    return render_template(
        "fills/emptyings.html",
        page=page,
        pieces=cylinders_of(page.rows),
        people={row.id: row.name for row in session.execute(people)},
        stations=names_of(row.organisation_id for row in page.rows),
    )
