"""充装 over HTTP: what a floor page, a scale, a gun or a controller says. A refusal is an answer, never an error.

The hot route parses its body once with pydantic and leaves everything else to one shared commit.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from flask import Response

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.fills import actions
from equipment.fills.answer_forms import BatchTold, CodesTold, FillTold, OpenTold, PhotoTold, ScanTold
from equipment.fills.asking import Reading, asked_of
from equipment.fills.forms import BatchMessage, ChecksMessage, LookMessage, ResultMessage, ScanMessage, TreatmentMessage, VoidMessage
from equipment.fills.judging import Asked
from equipment.fills.models import Fill
from equipment.fills.photo_forms import sent_photo
from equipment.fills.photos import add_photo
from equipment.fills.queries import codes, standing_fills, today_of
from equipment.fills.reason_views import fill_told, told
from equipment.fills.results import record_result
from equipment.fills.scanning import Answered, record_scans
from equipment.fills.states import Treatment
from equipment.fills.station import sheet_of
from equipment.people.rules import DeviceKind, OrganisationKind
from equipment.storage.commits import SharedCommit
from equipment.storage.db import session, transaction
from equipment.web import api, public, viewer
from equipment.web.language import choose

blueprint = api.blueprint("fills_api", __name__)
FILLING = (DeviceKind.FLOOR, DeviceKind.CONTROLLER, DeviceKind.PHONE, DeviceKind.UPLOAD)
CHUNK = 200  # records in one transaction, so that scans at the scale never wait long for a batch
NOT_FILLED = "not_filled"

blueprint.register_error_handler(actions.UnknownFill, lambda _error: api.problem(404, N_("No such fill here: send the scan first, then the result again.")))
share: SharedCommit[Asked, Answered] = SharedCommit(record_scans)


@blueprint.get("/ping")
@public
def ping() -> Response:
    """A route that does nothing: the reference of the benchmarks."""
    return _json({"ok": True})


@blueprint.get("/codes")
@public
@api.described(blueprint, answer=CodesTold)
def all_codes() -> Response:
    """Gas codes, refusal reasons and check items, in Chinese and English."""
    return _json(codes(clock.today()))


@blueprint.post("/fills")
@api.token(*FILLING)
@api.described(blueprint, body=ScanMessage, answer=ScanTold, status=201)
def scan() -> Response:
    """A code was scanned to be filled: the verdict, recorded. 201 for a new scan, 200 for the same one again."""
    message = api.body(ScanMessage)
    asked = _asked(message.reading())
    return _answer(share(asked))


@blueprint.post("/scans")
@api.token(*FILLING)
@api.described(blueprint, body=LookMessage, answer=ScanTold, status=201)
def look() -> Response:
    """收瓶 and looking up: judged and recorded, nothing is opened."""
    return _answer(share(_asked(api.body(LookMessage).reading())))


@blueprint.post("/fills/batch")
@api.token(*FILLING)
@api.described(blueprint, body=BatchMessage, answer=BatchTold)
def batch() -> Response:
    """Up to ten thousand scans that waited in a device; each is answered by itself, in order."""
    given = [_asked_or_not(message.reading()) for message in api.body(BatchMessage).scans]
    asked = [each for each in given if isinstance(each, Asked)]
    answered = [line for start in range(0, len(asked), CHUNK) for line in share.together(asked[start:start + CHUNK])]
    answers = iter(zip(asked, answered, strict=True))
    return _json({"answers": [_line(*next(answers)) if isinstance(each, Asked) else each for each in given]})


@blueprint.get("/fills/open")
@api.token(*FILLING)
@api.described(blueprint, answer=OpenTold)
def open_now() -> Response:
    """The bottles on the scales now and the counts of the day."""
    fills = standing_fills(viewer())
    return _json({"fills": fill_told(fills, choose()), "counts": today_of(viewer())})


@blueprint.put("/fills/<uuid:fill_id>/checks")
@api.token(*FILLING)
@api.described(blueprint, body=ChecksMessage, answer=FillTold)
def checks(fill_id: UUID) -> Response:
    """充装前检查 of an open fill; a failed item refuses it."""
    message = api.body(ChecksMessage)
    with transaction():
        fill = actions.answer_checks(actions.fill_of(fill_id, by=viewer()), message.checks, by=viewer())
    return _fill(fill)


@blueprint.put("/fills/<uuid:fill_id>/result")
@api.token(*FILLING)
@api.described(blueprint, body=ResultMessage, answer=FillTold)
def result(fill_id: UUID) -> Response:
    """What came out: weights or pressure and 充装后检查. The scan goes first: a result without one is 404, send both again."""
    message = api.body(ResultMessage)
    with transaction():
        fill, _known = record_result(actions.fill_of(fill_id, by=viewer()), message.result(), by=viewer())
    return _fill(fill)


@blueprint.post("/fills/<uuid:fill_id>/void")
@api.token(*FILLING)
@api.described(blueprint, body=VoidMessage, answer=FillTold)
def void(fill_id: UUID) -> Response:
    """误扫: possible until a result is entered."""
    api.body(VoidMessage)
    with transaction():
        fill = actions.void(actions.fill_of(fill_id, by=viewer()), by=viewer())
    return _fill(fill)


@blueprint.post("/fills/<uuid:fill_id>/treatment")
@api.token(*FILLING)
@api.described(blueprint, body=TreatmentMessage, answer=FillTold)
def treatment(fill_id: UUID) -> Response:
    """What was done with a refused bottle, or that an open fill came to nothing."""
    chosen = api.body(TreatmentMessage).treatment
    with transaction():
        fill = actions.fill_of(fill_id, by=viewer())
        fill = actions.not_filled(fill, by=viewer()) if chosen == NOT_FILLED else actions.treat(fill, Treatment(chosen), by=viewer())
    return _fill(fill)


@blueprint.post("/fills/<uuid:fill_id>/photos")
@api.token(*FILLING)
@api.described(blueprint, answer=PhotoTold, status=201)
def photograph(fill_id: UUID) -> Response:
    """信息有误: a photo of stamp and ring as multipart field `photo`; the same one again is the one that is there."""
    photo = sent_photo()
    with transaction():
        kept = add_photo(actions.fill_of(fill_id, by=viewer()), photo, by=viewer())
    return _json({"photo_id": str(kept.id)}, 201)


def _asked(reading: Reading) -> Asked:
    """Only filling stations fill; the gas must be one the rule pack knows."""
    by = viewer()
    if by.organisation_kind != OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    asked = asked_of(reading, by=by, device=api.device())
    sheet = sheet_of(asked.on)
    if reading.gas and not sheet.knows(reading.gas):
        raise Invalid({"gas": Message(N_("No such gas code: %(gas)s. GET /api/v1/codes lists them."), {"gas": reading.gas})})
    actions.only_known(sheet, reading.checks)
    return asked


def _asked_or_not(reading: Reading) -> Asked | dict[str, Any]:
    """The scan, or the line that says why it cannot be recorded: one such line must not keep the others in the device for ever."""
    try:
        return _asked(reading)
    except Invalid as error:
        return {"scan_id": str(reading.scan_id), "status": 422, "fields": list(error.fields)}


def _answer(answered: Answered) -> Response:
    if answered.differing:
        raise Conflict({name: N_("differs from what this id said before") for name in answered.differing})
    return _json(told(answered.answer, choose()), 200 if answered.replay else 201)


def _line(asked: Asked, answered: Answered) -> dict[str, Any]:
    if answered.differing:
        return {"scan_id": str(asked.scan_id), "status": 409, "fields": list(answered.differing)}
    answer = answered.answer
    return {"scan_id": str(asked.scan_id), "status": 200 if answered.replay else 201, "fill_id": answer["fill_id"],
            "allowed": answer["allowed"], "reasons": [reason["code"] for reason in answer["reasons"]]}


def _fill(fill: Fill) -> Response:
    session.expunge(fill)
    return _json(fill_told([fill], choose())[0])


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, mimetype="application/json")
