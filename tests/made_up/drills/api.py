from __future__ import annotations

from datetime import date

from drills.actions import hold
from flask import Response, jsonify

from equipment.people.rules import DeviceKind
from equipment.register.models import Equipment
from equipment.register.queries import piece_named
from equipment.storage.db import session, transaction
from equipment.web import api, viewer

routes = api.blueprint("drills_api", __name__)


class DrillMessage(api.RequestBody):
    code: str
    on: date


@routes.post("/drills")
@api.token(DeviceKind.UPLOAD)
def held() -> Response:
    message = api.body(DrillMessage)
    with transaction():
        key = piece_named(viewer(), message.code)
        drill = hold(session.get_one(Equipment, key), message.on, by=viewer())
        return jsonify(id=str(drill.id))
