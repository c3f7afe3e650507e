"""人工放行: set a refusal aside by two people, and the list that the bureau reads."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, render_template
from pydantic import Field
from sqlalchemy import select

from equipment import web
from equipment.fills import actions
from equipment.fills.api import FILLING, json_response
from equipment.fills.forms import FillResponse
from equipment.fills.models import FillOverride
from equipment.fills.overrides import REASON_LENGTH, open_codes, override, overrides
from equipment.fills.queries import cylinders_of
from equipment.fills.reason_views import fill_responses
from equipment.people.duty_views import IdentityShown, confirm_by_second
from equipment.people.models import User
from equipment.people.rules import Action, Thing, Viewer
from equipment.register.lists import names_of
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.api import OffsetTime, RequestBody
from equipment.web.language import choose
from equipment.web.pages import area_options, arguments, paginate

pages = Blueprint("overrides", __name__)
routes = api.blueprint("overrides_api", __name__)


class OverrideMessage(RequestBody):
    """Two people let a refused bottle through: who is at the device, and the second by card or PIN."""

    reason: str = Field(min_length=1, max_length=REASON_LENGTH)
    second: IdentityShown
    happened_at: OffsetTime


@routes.post("/fills/<uuid:fill_id>/override")
@api.token(*FILLING)
@api.described(body=OverrideMessage, answer=FillResponse, problems=(409,))
def let_through(fill_id: UUID) -> Response:
    """人工放行, where the bureau has opened it (`overridable` of GET /codes; none as shipped) and every reason
    against the bottle is one of those. The fill is open again; the reasons stay as warnings."""
    message, who = api.body(OverrideMessage), viewer()
    fill = actions.fill_of(fill_id, by=who)
    session.rollback()
    second = confirm_by_second(message.second, first=who.user_id, organisation_id=fill_station(who)).id
    with transaction():
        fill = override(actions.fill_of(fill_id, by=who), message.reason, second=second, by=who)
        session.flush()
        response = fill_responses([fill], choose())[0]
    return json_response(response)


def fill_station(who: Viewer) -> UUID:
    assert who.organisation_id is not None  # devices that fill belong to a station
    return who.organisation_id


@pages.get("/fills/overrides")
@web.allows(Action.SEE, Thing.FILL)
def listing() -> web.Answer:
    """Every refusal that two people have set aside, for the station and the bureau."""
    args = arguments()
    page = paginate(
        overrides(web.viewer(), args), {"at": (FillOverride.at, FillOverride.scan_id)}, default="-at"
    )
    keys = {key for row in page.rows for key in (row.user_id, row.second_id)}
    people = select(User.id, User.name).where(User.id.in_(keys))
    return render_template(
        "fills/overrides.html",
        page=page,
        args=args,
        areas=area_options(web.viewer()),
        pieces=cylinders_of(page.rows),
        people={row.id: row.name for row in session.execute(people)},
        stations=names_of(row.organisation_id for row in page.rows),
        open_codes=open_codes(),
    )
