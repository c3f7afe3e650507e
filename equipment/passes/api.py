"""离线可充清单 over HTTP: the list a device goes by while there is no network."""

from __future__ import annotations

import gzip
from hashlib import sha256
from typing import cast

import orjson
from flask import Response, request

from equipment.core.errors import NotAllowed
from equipment.core.words import N_
from equipment.passes.forms import KeysResponse, PassesQuery, PassesResponse
from equipment.passes.queries import head_of, list_known_by, newest_list, text_of
from equipment.passes.rules import ListChange, difference
from equipment.passes.signing_keys import public_keys, signatures
from equipment.people.rules import DeviceKind, OrganisationKind
from equipment.web import api, viewer
from equipment.web.problems import ProblemCode

blueprint = api.blueprint("passes_api", __name__)
HOLDERS = (DeviceKind.FLOOR, DeviceKind.PHONE, DeviceKind.CONTROLLER)
SOON_S = 60
LONG = 4096  # bytes, from which on packing is worth its time
NONE_YET = N_("The list of this station is being made: ask again in a minute.")


@blueprint.get("/fills/passes/keys")
@api.token(*HOLDERS)
@api.described(answer=KeysResponse)
def keys() -> Response:
    """The keys that sign lists, the newest last: to be pinned when the device is enrolled."""
    return api_json({"keys": public_keys()})


@blueprint.get("/fills/passes")
@api.token(*HOLDERS)
@api.described(query=PassesQuery, answer=PassesResponse, statuses=(200, 304), problems=(404,), tagged=True)
def passes() -> Response:
    """The bottles that may be filled without asking, with until when; signed. With `base` only what differs.
    Unchanged since the `ETag` in `If-None-Match`: 304, what the device has still holds. 404 until the first
    list is there."""
    query, who, device = api.query(PassesQuery), viewer(), api.device()
    if who.organisation_kind != OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    issued = newest_list(device.organisation_id)
    if issued is None:
        response = api.problem(ProblemCode.NOT_YET, NONE_YET)
        response.headers["Retry-After"] = str(SOON_S)
        return response
    head = orjson.dumps(head_of(issued, device, who), option=orjson.OPT_SORT_KEYS)
    text = text_of(issued)
    base = list_known_by(device.organisation_id, query.base) if query.base else None
    change = difference(text_of(base), text) if base else ListChange([], [text])
    response = api_json(
        {
            "head": head.decode(),
            "signatures": signatures(head),
            "base": base.digest if base else None,
            "gone": change.gone,
            "came": "\n".join(change.came),
        }
    )
    response.set_etag(sha256(head).hexdigest()[:32])
    response.cache_control.no_cache = True
    return cast(Response, response.make_conditional(request))


def api_json(content: dict[str, object]) -> Response:
    """JSON, compressed for whoever takes it: a list is long and its reader sits behind a thin line."""
    body = orjson.dumps(content)
    response = Response(body, mimetype="application/json")
    if len(body) > LONG and request.accept_encodings.best_match(["gzip"]):
        response.set_data(gzip.compress(body, 6))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
