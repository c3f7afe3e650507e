from __future__ import annotations

from datetime import date

from flask import Response, jsonify
from rehearsals.actions import hold

from equipment.people.rules import DeviceKind
from equipment.register.models import Equipment
from equipment.register.queries import piece_named
from equipment.storage.db import session, transaction
from equipment.web import api, viewer

routes = api.blueprint("rehearsals_api", __name__)


class RehearsalMessage(api.RequestBody):
    code: str
    on: date


@routes.post("/rehearsals")
@api.token(DeviceKind.UPLOAD)
def held() -> Response:
    message = api.body(RehearsalMessage)
    with transaction():
        key = piece_named(viewer(), message.code)
        rehearsal = hold(session.get_one(Equipment, key), message.on, by=viewer())
        return jsonify(id=str(rehearsal.id))
