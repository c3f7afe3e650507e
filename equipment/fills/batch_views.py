"""POST /fills/batch and /fills/results: scans and results that waited in a device."""

from __future__ import annotations

from flask import Response, g

from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.fills import actions
from equipment.fills.api import CHUNK, FILLING, UNKNOWN_FILL, incoming, json_response, share
from equipment.fills.batch_forms import (
    MOST_RESULTS,
    MOST_SCANS,
    BatchMessage,
    BatchResponse,
    ResultLine,
    ResultsMessage,
    ResultsResponse,
    id_in_line,
    lines_of_request,
)
from equipment.fills.forms import ScanMessage
from equipment.fills.people_views import result_shown
from equipment.fills.record import ScanReceipt
from equipment.fills.results import record_result
from equipment.fills.scan import IncomingScan
from equipment.intake.actions import conflict
from equipment.storage.db import transaction
from equipment.web import api, viewer
from equipment.web.language import translate

routes = api.blueprint("fills_batch_api", __name__)
Json = dict[str, object]


@routes.post("/fills/batch")
@api.token(*FILLING)
@api.described(body=BatchMessage, answer=BatchResponse, lines=True)
def batch() -> Response:
    """Up to ten thousand scans that waited in a device, as JSON or NDJSON; each is answered by itself, in
    order."""
    lines = lines_of_request("scans", MOST_SCANS)
    responses: list[Json] = [{"scan_id": id_in_line(text, "scan_id")} for text in lines]
    for start in range(0, len(lines), CHUNK):
        scans: list[tuple[int, IncomingScan]] = []
        for place in range(start, min(start + CHUNK, len(lines))):
            try:
                scans.append((place, incoming(api.body(ScanMessage, lines[place]))))
            except Invalid as error:
                responses[place] |= _refused(422, error)
        receipts = share.together([scan for _place, scan in scans]) if scans else []
        for (place, _scan), receipt in zip(scans, receipts, strict=True):
            responses[place] |= _scan_response(receipt)
    return json_response({"answers": responses})


def _refused(status: int, error: Invalid) -> Json:
    return {
        "status": status,
        "fields": list(error.fields),
        "texts": [translate(text) for text in error.fields.values()],
    }


def _scan_response(receipt: ScanReceipt) -> Json:
    """201 recorded, 200 recorded before, 409 the same id with other content."""
    answer = receipt.answer
    if answer is None:
        return _refused(409, conflict(receipt.conflict))
    return {
        "status": 200 if receipt.replay else 201,
        "fill_id": answer["fill_id"],
        "allowed": answer["allowed"],
        "reasons": [reason["code"] for reason in answer["reasons"]],
    }


@routes.post("/fills/results")
@api.token(*FILLING)
@api.described(body=ResultsMessage, answer=ResultsResponse, lines=True)
def results() -> Response:
    """Up to a thousand results that waited in a device, as JSON or NDJSON; each is answered by itself, in
    order, and recorded by itself. Their scans go first."""
    lines = lines_of_request("results", MOST_RESULTS)
    return json_response(
        {"answers": [{"fill_id": id_in_line(text, "fill_id"), **_result_response(text)} for text in lines]}
    )


def _result_response(text: bytes) -> Json:
    try:
        message = api.body(ResultLine, text)
        result = result_shown(message)
        with transaction():
            fill = actions.by_itself(actions.fill_of(message.fill_id, by=viewer()))
            fill = record_result(fill, result, by=viewer(), device=g.device)
            return {"status": 200, "state": fill.state, "net_g": fill.net_g, "flags": list(fill.flags)}
    except NotFound:
        return _refused(404, Invalid({"fill_id": UNKNOWN_FILL}))
    except Conflict as error:
        return _refused(409, error)
    except Invalid as error:
        return _refused(422, error)
