"""POST /fills/batch and /fills/results: scans and results that waited in a device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from flask import Response, g

from equipment.core.errors import Conflict, Invalid, NotFound, OtherContent
from equipment.core.ids import NOBODY
from equipment.core.words import N_, Message
from equipment.fills import actions
from equipment.fills.api import CHUNK, FILLING, UNKNOWN_FILL, incoming, json_response, share
from equipment.fills.batch_forms import (
    MOST_RESULTS,
    MOST_SCANS,
    BatchMessage,
    BatchResponse,
    LineKind,
    ResultLine,
    ResultsMessage,
    ResultsResponse,
    WholeMessage,
    id_in_line,
    kind_of_line,
    lines_of_request,
)
from equipment.fills.bundle_fills import record_with_members
from equipment.fills.forms import ScanMessage
from equipment.fills.instruments import instruments_of
from equipment.fills.people_views import result_shown
from equipment.fills.record import ScanReceipt
from equipment.fills.results import RESULTS, FillResult
from equipment.fills.scan import IncomingScan
from equipment.fills.whole import RECORDED, RecordedScan, receipt_id, result_beside
from equipment.intake.actions import conflict
from equipment.intake.rules import EarlierMessage
from equipment.ledger.actions import read_heads, subject_of
from equipment.people.models import Instrument
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.language import translate
from equipment.web.problems import PROBLEMS, ProblemCode

routes = api.blueprint("fills_batch_api", __name__)
Json = dict[str, object]
NO_BOTTLE = N_("No bottle on file is behind this code: the result belongs to no fill.")


@routes.post("/fills/batch")
@api.token(*FILLING)
@api.described(body=BatchMessage, answer=BatchResponse, lines=True)
def batch() -> Response:
    """Up to ten thousand scans, whole fills and results that waited in a device, as JSON or NDJSON; each is
    answered by itself, in order, with its verdict, its state and how far the ledger reached. They are
    recorded a few hundred at a time: after a cut send all of them again, what is on record is answered as
    before."""
    lines = lines_of_request("scans", MOST_SCANS)
    kinds = [kind_of_line(text) for text in lines]
    if kinds.count(LineKind.RESULT) > MOST_RESULTS:
        raise Invalid({"scans": Message(N_("At most %(number)s entries"), {"number": MOST_RESULTS})})
    responses: list[Json] = [{"scan_id": id_in_line(text, "scan_id")} for text in lines]
    instruments = _instruments() if LineKind.WHOLE in kinds else ()
    waiting: list[WaitingScan] = []
    for place, (text, kind) in enumerate(zip(lines, kinds, strict=True)):
        if kind is LineKind.RESULT:
            _record(waiting, responses)
            waiting = []
            responses[place] |= {"fill_id": id_in_line(text, "fill_id"), **_result_response(text)}
            continue
        try:
            waiting.append(_waiting(place, text, kind, instruments))
        except Invalid as error:
            responses[place] |= _refused(ProblemCode.INVALID, error)
        if len(waiting) == CHUNK:
            _record(waiting, responses)
            waiting = []
    _record(waiting, responses)
    return json_response({"answers": responses})


class WaitingScan(NamedTuple):
    """One scan of a batch; of a whole fill with its result, or with what is wrong with that."""

    place: int
    scan: IncomingScan
    result: FillResult | None = None
    fault: Invalid | None = None


def _instruments() -> Sequence[Instrument]:
    station = viewer().organisation_id
    instruments = instruments_of(station) if station is not None else ()
    for instrument in instruments:
        session.expunge(instrument)  # read again and again, with no statement
    return instruments


def _waiting(place: int, text: bytes, kind: LineKind, instruments: Sequence[Instrument]) -> WaitingScan:
    if kind is LineKind.SCAN:
        return WaitingScan(place, incoming(api.body(ScanMessage, text)))
    message = api.body(WholeMessage, text)
    scan = incoming(message)
    try:
        result = result_shown(message.result)
    except Invalid as fault:
        return WaitingScan(place, scan, fault=fault)
    beside = result_beside(scan, result, g.device, instruments)
    return WaitingScan(place, scan._replace(beside=beside), result)


def _record(waiting: Sequence[WaitingScan], responses: list[Json]) -> None:
    """Record these scans in one commit, then the results that it left out, each by itself. A scan of a bottle
    whose result was left out waits for that."""
    while waiting:
        pairs = list(zip(waiting, share.together([one.scan for one in waiting]), strict=True))
        session.rollback()  # what was read on the way is older than the commit
        recorded = [one for one, receipt in pairs if receipt.answer is not None]
        rows = {row.id: row for row in RECORDED(session.connection(), {one.scan.id for one in recorded})}
        keys = {
            one.place: receipt_id(fill_id, one.result)
            for one in recorded
            if one.result is not None and (fill_id := rows[one.scan.id].fill_id) is not None
        }
        earlier = RESULTS.earlier(session.connection(), set(keys.values()))
        session.rollback()
        for one, receipt in pairs:
            if receipt.waits:
                continue
            responses[one.place] |= _scan_response(receipt)
            if receipt.answer is not None and (one.result or one.fault):
                before = earlier.get(keys.get(one.place, NOBODY))
                responses[one.place] |= _whole_response(one, rows[one.scan.id], before)
        _add_heads(recorded, rows, responses)
        waiting = [one for one, receipt in pairs if receipt.waits]


def _whole_response(one: WaitingScan, row: RecordedScan, before: EarlierMessage | None) -> Json:
    """What became of the result that came with a scan: on record by the scan's commit, or since it came
    before; else it is looked at by itself now."""
    if one.result is None:
        return _of_result(_refused(ProblemCode.INVALID, one.fault or Invalid({})))
    if row.fill_id is None:
        return _of_result(_refused(ProblemCode.INVALID, Invalid({"": NO_BOTTLE})))
    is_same = before is not None and not before.conflict(
        one.scan.organisation_id, one.result.content, RESULTS.id_field
    )
    if is_same and row.result_at is not None:
        return {"state": row.state, "net_g": row.net_g, "flags": row.flags}
    recorded = _recorded_result(row.fill_id, one.result)
    return recorded | {"status": 201} if recorded["status"] == 200 else _of_result(recorded)


def _of_result(refused: Json) -> Json:
    """The fields by their names in a whole fill: `result.gross_g`."""
    fields = cast("list[str]", refused["fields"])
    return refused | {"fields": [f"result.{name}".rstrip(".") for name in fields]}


def _add_heads(
    recorded: Iterable[WaitingScan], rows: Mapping[UUID, RecordedScan], responses: list[Json]
) -> None:
    """How far the chain reached that each of these is told in."""
    subjects = {}
    for one in recorded:
        piece = rows[one.scan.id].equipment_id
        kind, key = ("equipment", piece) if piece else ("organisation", one.scan.organisation_id)
        subjects[one.place] = subject_of(kind, key)
    heads = {row.subject: row for row in read_heads(session.connection(), set(subjects.values()))}
    session.rollback()
    for place, subject in subjects.items():
        head = heads[subject]
        responses[place]["ledger"] = {"seq": head.seq, "digest": head.digest}


def _refused(code: ProblemCode, error: Invalid) -> Json:
    return {
        "status": PROBLEMS[code].http,
        "code": code,
        "fields": list(error.fields),
        "texts": [translate(text) for text in error.fields.values()],
    }


def _scan_response(receipt: ScanReceipt) -> Json:
    """201 recorded, 200 recorded before, 409 the same id with other content."""
    answer = receipt.answer
    if answer is None:
        return _refused(ProblemCode.OTHER_CONTENT, conflict(receipt.conflict))
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
    except Invalid as error:
        return _refused(ProblemCode.INVALID, error)
    return _recorded_result(message.fill_id, result)


def _recorded_result(fill_id: UUID, result: FillResult) -> Json:
    try:
        with transaction():
            fill = actions.by_itself(actions.fill_of(fill_id, by=viewer()))
            fill = record_with_members(fill, result, by=viewer(), device=g.device)
            return {"status": 200, "state": fill.state, "net_g": fill.net_g, "flags": list(fill.flags)}
    except NotFound:
        return _refused(ProblemCode.UNKNOWN_FILL, Invalid({"fill_id": UNKNOWN_FILL}))
    except OtherContent as error:
        return _refused(ProblemCode.OTHER_CONTENT, error)
    except Conflict as error:
        return _refused(ProblemCode.CONFLICT, error)
    except Invalid as error:
        return _refused(ProblemCode.INVALID, error)
