"""Duty at a floor device, for the page that scans and for fill controllers of the station."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from equipment.people import duty
from equipment.people.duty_views import Given, leave_off, standing, take_over
from equipment.people.models import Device
from equipment.people.rules import DeviceKind
from equipment.web import api
from equipment.web.limits import limited

routes = api.blueprint("duty_api", __name__)


def _state(device: Device) -> dict[str, Any]:
    now = standing(device)
    return {
        "device": {"id": str(device.id), "name": device.name, "bay": device.bay},
        "on_duty": {"user_id": str(now.user.id), "name": now.user.name, "since": now.duty.since.isoformat()} if now else None,
        "people": [{"user_id": str(each.user.id), "name": each.user.name, "has_pin": each.has_pin,
                    "certified_until": each.certified_until.isoformat() if each.certified_until else None} for each in duty.colleagues(device)],
    }


@routes.get("/duty")
@routes.doc(summary="Who is on duty at this floor device, and who may be")
@api.token(DeviceKind.FLOOR)
def state() -> Response:
    return jsonify(_state(api.device()))


@routes.post("/duty")
@routes.doc(summary="Go on duty by card, or by user id and PIN; whoever was on duty goes off")
@limited("60 per minute")
@api.token(DeviceKind.FLOOR)
def take_by_token() -> Response:
    take_over(api.device(), api.body(Given))
    return jsonify(_state(api.device()))


@routes.delete("/duty")
@routes.doc(summary="Go off duty")
@api.token(DeviceKind.FLOOR)
def leave_by_token() -> Response:
    leave_off(api.device())
    return jsonify(_state(api.device()))
