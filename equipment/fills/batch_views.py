"""POST /fills/batch and /fills/results: scans, look-overs, results and whole fills that waited in a device.
One path of decisions: the scans of many lines share a commit (record.py), and what does not fit into that is
recorded by itself, by the same actions as the single messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from flask import Response, g

from equipment.core.errors import Conflict, Invalid, NotFound, OtherContent
from equipment.core.ids import NOBODY
from equipment.core.verdict import Verdict
from equipment.core.words import N_, Message
from equipment.fills import actions
from equipment.fills.api import CHUNK, FILLING, UNKNOWN_FILL, incoming, share
from equipment.fills.batch_forms import (
    MOST_RESULTS,
    MOST_SCANS,
    BatchLine,
    BatchMessage,
    BatchResponse,
    ChecksLine,
    LineKind,
    LineOutcome,
    LineReceipt,
    LongLine,
    ResultLine,
    ResultsMessage,
    WholeMessage,
    lines_of_request,
    message_of,
    receipts_response,
)
from equipment.fills.bundle_fills import record_with_members
from equipment.fills.forms import ScanMessage
from equipment.fills.instruments import instruments_of
from equipment.fills.models import Fill
from equipment.fills.people_views import person_shown, result_shown
from equipment.fills.record import ScanReceipt
from equipment.fills.results import RESULTS, FillResult
from equipment.fills.scan import IncomingScan
from equipment.fills.whole import RECORDED, RecordedScan, receipt_id, result_beside
from equipment.instruments.models import Instrument
from equipment.intake.actions import conflict
from equipment.intake.rules import EarlierMessage
from equipment.ledger.actions import read_heads, subject_of
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.language import translate
from equipment.web.problems import PROBLEMS, ProblemCode

routes = api.blueprint("fills_batch_api", __name__)
Json = dict[str, object]
NO_BOTTLE = N_("No bottle on file is behind this code: the result belongs to no fill.")
OF_FILL = (LineKind.CHECKS, LineKind.RESULT)  # lines about a fill whose scan stands elsewhere
CODES: Sequence[tuple[type[Invalid], ProblemCode]] = (
    (LongLine, ProblemCode.TOO_LARGE),
    (OtherContent, ProblemCode.OTHER_CONTENT),
    (Conflict, ProblemCode.CONFLICT),
    (Invalid, ProblemCode.INVALID),
)


@routes.post("/fills/batch")
@api.token(*FILLING)
@api.described(body=BatchMessage, answer=BatchResponse, receipt=LineReceipt)
def batch() -> Response:
    """Up to ten thousand scans, look-overs, results and whole fills that waited in a device, as JSON or
    NDJSON; each has a receipt of its own, in order, with its verdict, its state and how far the ledger
    reached. They are recorded a few hundred at a time: after a cut send all of them again, what is on record
    is a replay."""
    lines = lines_of_request("scans", MOST_SCANS)
    of_fill = [place for place, batch_line in enumerate(lines) if batch_line.kind in OF_FILL]
    if sum(not _follows(lines, place) for place in of_fill) > MOST_RESULTS:
        raise Invalid({"scans": Message(N_("At most %(number)s entries"), {"number": MOST_RESULTS})})
    receipts = [_begun(batch_line) for batch_line in lines]
    is_measured = any(batch_line.kind in (LineKind.WHOLE, LineKind.RESULT) for batch_line in lines)
    instruments = _instruments() if is_measured else ()
    waiting: list[WaitingScan] = []
    for place, batch_line in enumerate(lines):
        if waiting and _follows(lines, place):
            joined = _joined(waiting[-1], place, batch_line, instruments)
            if joined is not None:
                waiting[-1] = joined
                continue
        if batch_line.kind in OF_FILL or len(waiting) >= CHUNK:
            _record(waiting, receipts)
            waiting = []
        if batch_line.kind in OF_FILL:
            receipts[place] |= _by_itself(batch_line)
            continue
        try:
            waiting.append(_waiting(place, batch_line, instruments))
        except Invalid as error:
            receipts[place] |= _refused(error)
    _record(waiting, receipts)
    return receipts_response([_ended(receipt) for receipt in receipts])


@routes.post("/fills/results")
@api.token(*FILLING)
@api.described(body=ResultsMessage, answer=BatchResponse, receipt=LineReceipt)
def result_batch() -> Response:
    """Up to a thousand results that waited in a device, as JSON or NDJSON; each has a receipt of its own, in
    order, and is recorded by itself. Their scans go first."""
    lines = lines_of_request("results", MOST_RESULTS)
    results = [batch_line._replace(kind=LineKind.RESULT) for batch_line in lines]
    return receipts_response([_ended(_begun(result) | _by_itself(result)) for result in results])


class WaitingScan(NamedTuple):
    """One scan of a batch; of a whole fill with its result, or with what is wrong with that. `result_place`:
    the result came as the line behind it, and has a receipt there."""

    place: int
    scan: IncomingScan
    result: FillResult | None = None
    fault: Invalid | None = None
    result_place: int | None = None


def _instruments() -> Sequence[Instrument]:
    station = viewer().organisation_id
    instruments = instruments_of(station) if station is not None else ()
    for instrument in instruments:
        session.expunge(instrument)  # read again and again, with no statement
    return instruments


def _follows(lines: Sequence[BatchLine], place: int) -> bool:
    """Whether this is a result right behind its own scan: nothing can have happened in between."""
    before = lines[place - 1] if place else None
    return (
        lines[place].kind is LineKind.RESULT
        and before is not None
        and before.kind is LineKind.SCAN
        and before.names.get("scan_id") == lines[place].names["fill_id"]
    )


def _waiting(place: int, batch_line: BatchLine, instruments: Sequence[Instrument]) -> WaitingScan:
    if batch_line.kind is LineKind.SCAN:
        return WaitingScan(place, incoming(message_of(ScanMessage, batch_line)))
    message = message_of(WholeMessage, batch_line)
    scan = incoming(message)
    try:
        result = result_shown(message.result)
    except Invalid as fault:
        return WaitingScan(place, scan, fault=fault)
    beside = result_beside(scan, result, g.device, instruments)
    return WaitingScan(place, scan._replace(beside=beside), result)


def _joined(
    one: WaitingScan, place: int, batch_line: BatchLine, instruments: Sequence[Instrument]
) -> WaitingScan | None:
    """The scan that waits with its result, as a whole fill is; None where the two do not belong together or
    something is wrong with the result, which is then looked at by itself."""
    if one.place != place - 1 or one.scan.manifold_id is not None:
        return None
    try:
        result = result_shown(message_of(ResultLine, batch_line))
    except Invalid:
        return None
    beside = result_beside(one.scan, result, g.device, instruments)
    return one._replace(scan=one.scan._replace(beside=beside), result=result, result_place=place)


def _record(waiting: Sequence[WaitingScan], receipts: list[Json]) -> None:
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
            receipts[one.place] |= _scan_receipt(receipt)
            before, row = earlier.get(keys.get(one.place, NOBODY)), rows.get(one.scan.id)
            if one.result_place is not None:
                receipts[one.result_place] |= _behind_scan(one, receipt, row, before)
            elif row is not None and (one.result or one.fault):
                receipts[one.place] |= _whole_receipt(one, row, before)
        _add_heads(recorded, rows, receipts)
        waiting = [one for one, receipt in pairs if receipt.waits]


def _is_on_record(one: WaitingScan, row: RecordedScan, before: EarlierMessage | None) -> bool:
    """Whether the result is on record by the scan's commit, or since it came before."""
    if one.result is None or before is None or row.result_at is None:
        return False
    return not before.conflict(one.scan.organisation_id, one.result.content, RESULTS.id_field)


def _whole_receipt(one: WaitingScan, row: RecordedScan, before: EarlierMessage | None) -> Json:
    """What became of the result that came within a scan: on record already, or looked at by itself now."""
    if one.result is None:
        return _of_result(_refused(one.fault or Invalid({})))
    if row.fill_id is None:
        return _of_result(_refused(Invalid({"": NO_BOTTLE})))
    if _is_on_record(one, row, before):
        return {"state": row.state, "net_g": row.net_g, "flags": row.flags}
    recorded = _recorded_result(row.fill_id, one.result)
    if "code" in recorded:
        return _of_result(recorded)
    return {name: recorded[name] for name in ("state", "net_g", "flags")} | {"status": 201}


def _behind_scan(
    one: WaitingScan, scan: ScanReceipt, row: RecordedScan | None, before: EarlierMessage | None
) -> Json:
    """The same of a result that came in a line of its own: its receipt is that of a result."""
    assert one.result is not None
    if row is None or not _is_on_record(one, row, before):
        return _recorded_result(one.scan.id, one.result)
    answer = _scan_receipt(scan)
    return {
        "status": 200,
        "outcome": LineOutcome.REPLAY if scan.replay else LineOutcome.NEW,
        "allowed": answer["allowed"],
        "reasons": answer["reasons"],
        "state": row.state,
        "net_g": row.net_g,
        "flags": row.flags,
    }


def _of_result(refused: Json) -> Json:
    """The fields by their names in a whole fill: `result.gross_g`."""
    fields = cast("list[str]", refused["fields"])
    return refused | {"fields": [f"result.{name}".rstrip(".") for name in fields]}


def _add_heads(
    recorded: Iterable[WaitingScan], rows: Mapping[UUID, RecordedScan], receipts: list[Json]
) -> None:
    """How far the chain reached that each of these is told in."""
    subjects = {}
    for one in recorded:
        piece = rows[one.scan.id].equipment_id
        kind, key = ("equipment", piece) if piece else ("organisation", one.scan.organisation_id)
        subjects[one.place] = subject_of(kind, key)
        if one.result_place is not None and "code" not in receipts[one.result_place]:
            subjects[one.result_place] = subjects[one.place]
    heads = {row.subject: row for row in read_heads(session.connection(), set(subjects.values()))}
    session.rollback()
    for place, subject in subjects.items():
        head = heads[subject]
        receipts[place]["ledger"] = {"seq": head.seq, "digest": head.digest}


def _begun(batch_line: BatchLine) -> Json:
    key = "fill_id" if batch_line.kind in OF_FILL else "scan_id"
    return {"line_no": batch_line.number, "kind": batch_line.kind, key: batch_line.names.get(key, "")}


def _ended(receipt: Json) -> Json:
    """The receipt with what became of the line, in one word."""
    outcome = receipt.get("outcome")
    if "code" in receipt:
        outcome = LineOutcome.INVALID
    elif outcome is None:
        outcome = LineOutcome.REPLAY if receipt["status"] == 200 else LineOutcome.NEW
    if outcome is LineOutcome.NEW and not receipt["allowed"]:
        outcome = LineOutcome.REFUSED
    return receipt | {"outcome": outcome}


def _refused(error: Invalid) -> Json:
    code = next(code for kind, code in CODES if isinstance(error, kind))
    return _problem(code, error)


def _problem(code: ProblemCode, error: Invalid) -> Json:
    return {
        "status": PROBLEMS[code].http,
        "code": code,
        "fields": list(error.fields),
        "texts": [translate(text) for text in error.fields.values()],
        "hint": translate(PROBLEMS[code].hint),
    }


def _scan_receipt(receipt: ScanReceipt) -> Json:
    """201 recorded, 200 recorded before, 409 the same id with other content."""
    answer = receipt.answer
    if answer is None:
        return _refused(conflict(receipt.conflict))
    return {
        "status": 200 if receipt.replay else 201,
        "fill_id": answer["fill_id"],
        "allowed": answer["allowed"],
        "reasons": [reason["code"] for reason in answer["reasons"]],
    }


def _by_itself(batch_line: BatchLine) -> Json:
    """A look-over or a result of a fill whose scan went before."""
    try:
        if batch_line.kind is LineKind.CHECKS:
            look = message_of(ChecksLine, batch_line)
            return _recorded_checks(look, person_shown(look.checker, "checker"))
        message = message_of(ResultLine, batch_line)
        return _recorded_result(message.fill_id, result_shown(message))
    except Invalid as error:
        return _refused(error)


def _recorded_checks(look: ChecksLine, checker: UUID | None) -> Json:
    try:
        with transaction():
            fill = actions.fill_of(look.fill_id, by=viewer())
            is_again = actions.has_answers(fill, look.checks)
            if not is_again:
                fill = actions.answer_checks(fill, look.checks, by=viewer(), checker=checker)
            receipt = _fill_receipt(fill, is_again)
    except NotFound:
        return _problem(ProblemCode.UNKNOWN_FILL, Invalid({"fill_id": UNKNOWN_FILL}))
    except Invalid as error:
        return _refused(error)
    return receipt | _head_of(fill)


def _recorded_result(fill_id: UUID, result: FillResult) -> Json:
    try:
        with transaction():
            fill = actions.by_itself(actions.fill_of(fill_id, by=viewer()))
            is_again = bool(RESULTS.earlier(session.connection(), [receipt_id(fill.id, result)]))
            fill = record_with_members(fill, result, by=viewer(), device=g.device)
            receipt = _fill_receipt(fill, is_again)
    except NotFound:
        return _problem(ProblemCode.UNKNOWN_FILL, Invalid({"fill_id": UNKNOWN_FILL}))
    except Invalid as error:
        return _refused(error)
    return receipt | _head_of(fill)


def _fill_receipt(fill: Fill, is_again: bool) -> Json:
    return {
        "status": 200,
        "outcome": LineOutcome.REPLAY if is_again else LineOutcome.NEW,
        "allowed": fill.allowed,
        "reasons": [reason.code for reason in Verdict.from_json(fill.verdict).reasons],
        "state": fill.state,
        "net_g": fill.net_g,
        "flags": list(fill.flags),
    }


def _head_of(fill: Fill) -> Json:
    (head,) = read_heads(session.connection(), {subject_of("equipment", fill.equipment_id)})
    session.rollback()
    return {"ledger": {"seq": head.seq, "digest": head.digest}}
