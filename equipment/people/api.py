"""Duty at a floor device, for the page that scans and for fill controllers of the station."""

from __future__ import annotations

from flask import Response, jsonify

from equipment.people import duty
from equipment.people.duty_views import IdentityShown, leave_off, person_on_duty, take_over
from equipment.people.models import Device
from equipment.people.rules import DeviceKind
from equipment.web import api
from equipment.web.limits import limited
from equipment.web.openapi import Answered

routes = api.blueprint("duty_api", __name__)


class DutyDeviceResponse(Answered):
    id: str
    name: str
    bay: str


class OnDutyResponse(Answered):
    user_id: str
    name: str
    since: str


class ColleagueResponse(Answered):
    """One who may go on duty; `certified_until` is null for whoever holds no filling certificate in force."""

    user_id: str
    name: str
    has_pin: bool
    certified_until: str | None


class DutyResponse(Answered):
    """Who is on duty at this device, and who may be."""

    device: DutyDeviceResponse
    on_duty: OnDutyResponse | None
    people: list[ColleagueResponse]


def _state(device: Device) -> dict[str, object]:
    now = person_on_duty(device)
    return {
        "device": {"id": str(device.id), "name": device.name, "bay": device.bay},
        "on_duty": {"user_id": str(now.user.id), "name": now.user.name, "since": now.duty.since.isoformat()}
        if now
        else None,
        "people": [
            {
                "user_id": str(colleague.user.id),
                "name": colleague.user.name,
                "has_pin": colleague.has_pin,
                "certified_until": (
                    colleague.certified_until.isoformat() if colleague.certified_until else None
                ),
            }
            for colleague in duty.colleagues(device)
        ],
    }


@routes.get("/duty")
@api.token(DeviceKind.FLOOR)
@api.described(answer=DutyResponse)
def state() -> Response:
    """Who is on duty at this floor device, and who may be."""
    return jsonify(_state(api.device()))


@routes.post("/duty")
@limited("60 per minute")
@api.token(DeviceKind.FLOOR)
@api.described(body=IdentityShown, answer=DutyResponse, problems=(409,))
def take_by_token() -> Response:
    """Go on duty by card, or by user id and PIN; whoever was on duty goes off."""
    take_over(api.device(), api.body(IdentityShown))
    return jsonify(_state(api.device()))


@routes.delete("/duty")
@api.token(DeviceKind.FLOOR)
@api.described(answer=DutyResponse, problems=(409,))
def leave_by_token() -> Response:
    """Go off duty. Not while bottles that were scanned here wait for their results."""
    leave_off(api.device())
    return jsonify(_state(api.device()))
