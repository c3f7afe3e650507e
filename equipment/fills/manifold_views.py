"""汇流排: its page at the bay, its records, and what machines say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, Response, g, render_template, request
from flask_babel import get_locale
from sqlalchemy import select

from equipment import web
from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed, NotFound
from equipment.core.words import N_, Message
from equipment.fills import manifolds, queries
from equipment.fills.api import FILLING, json_response
from equipment.fills.floor_views import fault_buttons, page_config, treatment_buttons
from equipment.fills.manifold_forms import (
    ManifoldEndMessage,
    ManifoldMessage,
    ManifoldResponse,
    ManifoldsResponse,
    ManifoldStepMessage,
    TakenOffMessage,
)
from equipment.fills.manifolds import ManifoldBottle, began_without_us
from equipment.fills.models import Manifold
from equipment.fills.people_views import person_shown
from equipment.fills.reason_rules import asked_of
from equipment.fills.reason_views import member_responses, reason_response
from equipment.fills.rules import FillFacts
from equipment.fills.states import ManifoldState, RecordFault
from equipment.fills.station import pack_of
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.register.lists import names_of
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.language import choose, translate
from equipment.web.offline import offline
from equipment.web.pages import paginate

pages = Blueprint("manifolds", __name__)
routes = api.blueprint("manifolds_api", __name__)


@routes.post("/manifolds")
@api.token(*FILLING)
@api.described(body=ManifoldMessage, answer=ManifoldResponse, statuses=(201,), problems=(409,))
def begin() -> Response:
    """汇流排: bottles are hooked on at a bay with a gauge. Scan each with `POST /fills` and this
    `manifold_id`."""
    message = api.body(ManifoldMessage)
    if viewer().organisation_kind != OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    with transaction():
        manifold = manifolds.open_manifold(
            message.manifold_id,
            message.bay.strip(),
            message.gas,
            message.happened_at,
            by=viewer(),
            opened_at=began_without_us(message.happened_at, g.device) if message.queued else None,
        )
        response = manifold_response(manifold)
    return json_response(response, 201)


@routes.get("/manifolds/open")
@api.token(*FILLING)
@api.described(answer=ManifoldsResponse)
def running() -> Response:
    """The manifolds that are running at this station, with their bottles."""
    here = manifolds.running_here(viewer())
    bottles = manifolds.bottles_on(here)
    return json_response({"manifolds": [_response(row, bottles[row.id]) for row in here]})


@routes.get("/manifolds/<uuid:manifold_id>")
@api.token(*FILLING)
@api.described(answer=ManifoldResponse)
def one(manifold_id: UUID) -> Response:
    """A manifold as it stands."""
    return json_response(manifold_response(manifolds.manifold_of(manifold_id, by=viewer())))


@routes.put("/manifolds/<uuid:manifold_id>/off")
@api.token(*FILLING)
@api.described(body=TakenOffMessage, answer=ManifoldResponse, problems=(409,))
def take_off(manifold_id: UUID) -> Response:
    """A bottle was taken off before gas flowed: a red one frees the others, a good one is void."""
    message = api.body(TakenOffMessage)
    with transaction():
        manifold = manifolds.manifold_of(manifold_id, by=viewer(), locked=True)
        response = manifold_response(manifolds.take_off(manifold, message.bottle, by=viewer()))
    return json_response(response)


@routes.put("/manifolds/<uuid:manifold_id>/start")
@api.token(*FILLING)
@api.described(body=ManifoldStepMessage, answer=ManifoldResponse, problems=(409,))
def start(manifold_id: UUID) -> Response:
    """开始充装: open the valve on 200 only. 409 while a bottle is red or not looked over; `fields` name them. The
    register is asked again for each, and what it refuses now stays refused. `queued`: gas flowed by the
    device's list (GET /fills/passes) before this reached us; what is red here is told bottle by bottle at the
    end."""
    message = api.body(ManifoldStepMessage)
    began_at = began_without_us(message.happened_at, g.device) if message.queued else None
    with transaction():
        manifold = manifolds.manifold_of(manifold_id, by=viewer(), locked=True)
        waiting = manifolds.start(manifold, by=viewer(), began_at=began_at)
        names = [_name(bottle) for bottle in waiting]
        response = manifold_response(manifold)
    if waiting:
        text = N_("First take off or look over: %(bottles)s")
        raise Conflict({"bottles": Message(text, {"bottles": "、".join(names)})})
    return json_response(response)


@routes.put("/manifolds/<uuid:manifold_id>/end")
@api.token(*FILLING)
@api.described(body=ManifoldEndMessage, answer=ManifoldResponse, problems=(409,))
def end(manifold_id: UUID) -> Response:
    """One pressure for all; the bottles in `failed` fail alone. Every bottle has its own fill record."""
    message = api.body(ManifoldEndMessage)
    result = message.result(person_shown(message.rechecker, "rechecker", queued=message.queued))
    with transaction():
        manifold = manifolds.manifold_of(manifold_id, by=viewer(), locked=True)
        manifolds.end(manifold, result, message.failed, by=viewer(), device=g.device)
        response = manifold_response(manifold)
    return json_response(response)


@routes.post("/manifolds/<uuid:manifold_id>/cancel")
@api.token(*FILLING)
@api.described(body=ManifoldStepMessage, answer=ManifoldResponse, problems=(409,))
def cancel(manifold_id: UUID) -> Response:
    """Opened by mistake, or nothing went in: its bottles are void, or not filled."""
    api.body(ManifoldStepMessage)
    with transaction():
        manifold = manifolds.manifold_of(manifold_id, by=viewer(), locked=True)
        response = manifold_response(manifolds.break_off(manifold, by=viewer()))
    return json_response(response)


def _name(bottle: ManifoldBottle) -> str:
    return bottle.cylinder.name if bottle.cylinder is not None else bottle.code


def manifold_response(manifold: Manifold) -> Mapping[str, object]:
    """A manifold as a device hears of it."""
    return _response(manifold, manifolds.bottles_of(manifold))


def _response(manifold: Manifold, bottles: Sequence[ManifoldBottle]) -> Mapping[str, object]:
    return {
        "manifold_id": str(manifold.id),
        "state": str(manifold.state),
        "state_text": translate(ManifoldState(manifold.state).label),
        "bay": manifold.bay,
        "gas": manifold.gas,
        "opened_at": manifold.opened_at.isoformat(),
        "started_at": manifold.started_at.isoformat() if manifold.started_at else None,
        "ended_at": manifold.ended_at.isoformat() if manifold.ended_at else None,
        "pressure_kpa": manifold.pressure_kpa,
        "temperature_dc": manifold.temperature_dc,
        "bottles": [_bottle_response(bottle) for bottle in bottles],
    }


def _is_first(bottle: ManifoldBottle) -> bool:
    return bottle.fill is None or FillFacts.from_json(bottle.fill.facts).first


def _bottle_response(bottle: ManifoldBottle) -> Mapping[str, object]:
    details = bottle.cylinder.details if bottle.cylinder is not None else {}
    build = pack_of(clock.today()).build_of(details)[0] if details else None
    make = build.make if build else None
    return {
        "id": str(bottle.id),
        "hook": str(bottle.hook),
        "state": str(bottle.fill.state) if bottle.fill is not None else None,
        "name": _name(bottle),
        "code": bottle.code,
        "reasons": [reason_response(reason.as_json(), choose()) for reason in bottle.verdict.reasons],
        "flags": list(bottle.fill.flags) if bottle.fill is not None else [],
        "checks": list(asked_of(make, first=_is_first(bottle))) if make else [],
        "max_pressure": make.pressure.as_json() if make and make.pressure else None,
        "members": member_responses(bottle.members, choose()),
    }


@pages.get("/floor/manifold")
@web.signed_in
def floor() -> web.Answer:
    """The manifold of a bay: what hangs on it, whether gas may flow, and the one pressure at its end."""
    who = web.viewer()
    if who.organisation_kind is not OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    bay, gas = request.args.get("bay", ""), request.args.get("gas", "")
    if gas not in pack_of(clock.today()).gases or pack_of(clock.today()).is_weighed(gas) or not bay:
        raise NotFound
    manifold = manifolds.running_at(bay, by=who)
    page = render_template(
        "fills/floor_manifold.html",
        station=session.get_one(Organisation, who.organisation_id),
        bay=bay,
        gas=gas,
        gas_name=pack_of(clock.today()).gases[gas].name.in_language(str(get_locale() or "zh")),
        config=page_config()
        | {"bay": bay, "gas": gas, "manifold": manifold_response(manifold) if manifold else None},
        faults=fault_buttons(),
        treatments=treatment_buttons(),
        record_faults=list(RecordFault),
        witnesses=queries.witnesses(who.organisation_id, who.user_id),
    )
    return offline(page)


@pages.get("/fills/manifolds")
@web.allows(Action.SEE, Thing.FILL)
def listing() -> web.Answer:
    """汇流排记录: one start, one end and one pressure for the bottles of each."""
    page = paginate(
        manifolds.manifolds(web.viewer()), {"at": (Manifold.opened_at, Manifold.id)}, default="-at"
    )
    people = select(User.id, User.name).where(User.id.in_({row.user_id for row in page.rows}))
    return render_template(
        "fills/manifolds.html",
        page=page,
        counts=manifolds.counts_of([row.id for row in page.rows]),
        people={row.id: row.name for row in session.execute(people)},
        stations=names_of(row.organisation_id for row in page.rows),
    )


@pages.get("/fills/manifolds/<uuid:manifold_id>")
@web.allows(Action.SEE, Thing.FILL)
def show(manifold_id: UUID) -> web.Answer:
    """One manifold with its bottles; each leads to its own record."""
    manifold = manifolds.manifold_of(manifold_id, by=web.viewer())
    keys = (manifold.user_id, manifold.started_by, manifold.ended_by)
    people = select(User.id, User.name).where(User.id.in_({key for key in keys if key}))
    return render_template(
        "fills/manifold.html",
        manifold=manifold,
        may_label_fills=manifold.ended_at is not None
        and manifold.organisation_id == web.viewer().organisation_id
        and may(web.viewer(), Action.CHANGE, Thing.FILL),
        bottles=[(bottle, _name(bottle)) for bottle in manifolds.bottles_of(manifold)],
        people={row.id: row.name for row in session.execute(people)},
        station=session.get_one(Organisation, manifold.organisation_id),
    )
