"""车用气瓶: the page at the dispenser, opened by a plate or a tag; all cylinders of the vehicle hang on one
manifold (manifolds.py): one look-over, one start, one pressure, a fill record each."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale
from pydantic import Field

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotAllowed, NotFound
from equipment.core.words import N_
from equipment.fills import manifolds
from equipment.fills.api import FILLING, json_response
from equipment.fills.floor_views import page_config
from equipment.fills.manifold_views import manifold_response
from equipment.fills.queries import witnesses
from equipment.fills.reason_views import reason_text
from equipment.fills.station import pack_of
from equipment.fills.vehicles import Vehicle, vehicle_named
from equipment.people.models import Organisation
from equipment.people.rules import OrganisationKind
from equipment.regulation.gases import FillGroup
from equipment.storage.db import session
from equipment.web import api, viewer
from equipment.web.language import choose
from equipment.web.offline import offline
from equipment.web.openapi import Answered

pages = Blueprint("vehicles", __name__)
routes = api.blueprint("vehicles_api", __name__)
PLATE_BEGINS = "甘D"  # of most vehicles here; any other is typed
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # of plates: no I, no O
# What a person says against a vehicle: the picture, and which reason each item that fails means. The other
# no-fills (overdue, failed or scrapped, past its life, not registered) the register answers. While R02 only
# warns (过渡期), what somebody sees that is not as on the certificate is a doubt about the cylinder too.
NO_FILLS = (
    (N_("People still in the vehicle"), "users", {"P14": "R25"}),
    (N_("Not as on the certificate"), "file-certificate", {"P01": "R02", "P08": "R24"}),
    (N_("New or just inspected, not purged"), "flask", {"P11": "R19"}),
    (N_("Doubt about cylinder or gas system"), "alert-triangle", {"P08": "R24"}),
)
SCRAPPED = "R09"


class VehicleQuery(api.Query):
    """A plate (甘D12345), or what a tag or label on one of the cylinders says."""

    q: str = Field(min_length=1, max_length=200)


class VehicleCylinderResponse(Answered):
    """A cylinder of the vehicle. Scan its `code`; without one it cannot be filled, nor with a `refusal`."""

    name: str
    code: str
    refusal: str


class VehicleResponse(Answered):
    """What the register has under the plate; no cylinders: nothing is registered, nothing is filled."""

    plate: str
    vin: str
    cylinders: list[VehicleCylinderResponse]


@routes.get("/vehicles")
@api.token(*FILLING)
@api.described(query=VehicleQuery, answer=VehicleResponse)
def vehicle() -> Response:
    """The cylinders of a vehicle by its plate or a tag: hook each on one manifold (`POST /manifolds`), scan
    each with `POST /fills`, look them over, start, end."""
    if viewer().organisation_kind != OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    return json_response(_response(vehicle_named(api.query(VehicleQuery).q, by=viewer())))


def _response(named: Vehicle) -> Mapping[str, object]:
    gone = reason_text({"code": SCRAPPED, "params": {}}, choose())
    return {
        "plate": named.plate,
        "vin": named.vin,
        "cylinders": [
            {"name": one.name, "code": one.code, "refusal": f"{SCRAPPED} {gone}" if one.is_gone else ""}
            for one in named.cylinders
        ],
    }


@pages.get("/floor/vehicle")
@web.signed_in
def floor() -> web.Answer:
    """A vehicle at a dispenser: its plate or tag, its cylinders, the no-fills, one pressure."""
    who, pack = web.viewer(), pack_of(clock.today())
    if who.organisation_kind is not OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    bay, gas = request.args.get("bay", ""), request.args.get("gas", "")
    if gas not in pack.gases or pack.gases[gas].group is not FillGroup.VEHICLE or not bay:
        raise NotFound
    manifold = manifolds.running_at(bay, by=who)
    page = render_template(
        "fills/floor_vehicle.html",
        station=session.get_one(Organisation, who.organisation_id),
        bay=bay,
        gas=gas,
        gas_name=pack.gases[gas].name.in_language(str(get_locale() or "zh")),
        plate_begins=PLATE_BEGINS,
        letters=LETTERS,
        no_fills=NO_FILLS,
        faults=(),  # the no-fills take their place; a red cylinder is not set aside here
        treatments=(),
        record_faults=(),
        witnesses=witnesses(who.organisation_id, who.user_id),
        config=page_config()
        | {"bay": bay, "gas": gas, "manifold": manifold_response(manifold) if manifold else None},
    )
    return offline(page)
