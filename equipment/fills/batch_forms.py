"""Batches: what waited in a device comes in one message, as JSON or one a line (NDJSON), and every line has
its own receipt. One that cannot be read or recorded must not keep the others in the device for ever."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from enum import StrEnum
from typing import Literal, NamedTuple, TypeVar
from uuid import UUID

import orjson
from flask import Response, request
from pydantic import Field
from pydantic_core import from_json

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.fills.forms import ChecksMessage, FlagCode, ReasonCode, ResultMessage, ScanMessage
from equipment.fills.states import FillState
from equipment.web import api
from equipment.web.api import RequestBody
from equipment.web.openapi import JSON, LINES, Answered
from equipment.web.problems import ProblemCode

B = TypeVar("B", bound=RequestBody)
MOST_SCANS, MOST_RESULTS = 10_000, 1_000
LONGEST_LINE = 64 * 1024  # bytes; the longest that our own messages can be is a tenth of it
NO_LINE = N_("This is needed.")


class WholeMessage(ScanMessage):
    """A whole fill: the scan with its checks, and the result."""

    result: ResultMessage


class ResultLine(ResultMessage):
    """The result of one fill of a batch."""

    fill_id: UUID


class ChecksLine(ChecksMessage):
    """The look-over (充装前检查) of one fill of a batch."""

    fill_id: UUID


class BatchMessage(RequestBody):
    """What waited in a device, in its order: scans, whole fills (a scan with its `result`), and look-overs
    (`checks`) and results of fills whose scan went before (`fill_id`; at most 1,000 that do not stand right
    behind their scan). Whatever else stands in the list has its own receipt that says what is wrong."""

    scans: list[ScanMessage | WholeMessage | ChecksLine | ResultLine | object] = Field(
        min_length=1, max_length=MOST_SCANS
    )


class ResultsMessage(RequestBody):
    """Results that waited in a device; their scans go first. Whatever else stands in the list is answered
    with 422 in its place."""

    results: list[ResultLine | object] = Field(min_length=1, max_length=MOST_RESULTS)


class LedgerHead(Answered):
    """How far the chain of the bottle (of the station, where no bottle is behind the code) reached when this
    was answered: the record stands in its line `seq` or before it, and `digest` covers them all."""

    seq: int
    digest: str


class LongLine(Invalid):
    """One line of a batch is longer than any message is (413)."""


class LineKind(StrEnum):
    """What one line of a batch is."""

    SCAN = "scan"
    CHECKS = "checks"
    RESULT = "result"
    WHOLE = "fill"


class LineOutcome(StrEnum):
    """What became of a line: recorded now (`new`; `refused` where its verdict is no), recorded before
    (`replay`), or not recorded (`invalid`). All but the last leave the queue."""

    NEW = "new"
    REPLAY = "replay"
    REFUSED = "refused"
    INVALID = "invalid"


class LineReceipt(Answered):
    """The receipt of one line: 201 recorded, 200 recorded (a scan and a whole fill: before), 404 no such fill
    here (its scan did not arrive), 409 the same id with other content, 413 too long, 422 cannot be recorded;
    `fields` name what is wrong, `texts` say it. Where `ledger` stands beside 404, 409 or 422, the scan is on
    record and its result is not."""

    line_no: int = Field(description="From 1; of NDJSON the line of the body, empty ones counted.")
    kind: LineKind
    outcome: LineOutcome
    scan_id: str = Field("", description="Of a scan and of a whole fill; empty for what names its fill.")
    status: Literal[200, 201, 404, 409, 413, 422]
    fill_id: str | None = None
    allowed: bool = False
    reasons: list[ReasonCode] = []
    state: FillState | None = Field(None, description="Of a whole fill, a look-over and a result.")
    net_g: int | None = None
    flags: list[FlagCode] = []
    ledger: LedgerHead | None = None
    code: ProblemCode | None = Field(None, description="Where it is not recorded: of GET /errors.")
    fields: list[str] = []
    texts: list[str] = []
    hint: str = Field("", description="What to do, where it is not recorded.")


class BatchResponse(Answered):
    """The receipts in the order of the lines."""

    answers: list[LineReceipt]


class BatchLine(NamedTuple):
    """One line as it came: its number, its text, what it seems to be, and what it calls itself, however
    malformed the rest of it is, so that its sender finds it again."""

    number: int
    text: bytes
    kind: LineKind
    names: dict[str, str]


def lines_of_request(field: str, most: int) -> list[BatchLine]:
    """The lines of this request's body: the list `field` of one object, or one a line."""
    raw = request.get_data().removeprefix(BOM_UTF8)
    if request.mimetype == LINES:
        texts = enumerate(raw.split(b"\n"), 1)
        lines = [_batch_line(number, text) for number, text in texts if text.strip()]
    else:
        try:
            message = from_json(raw)
        except ValueError as error:
            raise Invalid({"": N_("This is not JSON.")}) from error
        listed = message.get(field) if isinstance(message, dict) else None
        if not isinstance(listed, list):
            raise Invalid({field: NO_LINE})
        if more := sorted(message.keys() - {field}):
            raise Invalid(dict.fromkeys(more, N_("There is no such field.")))
        lines = [_batch_line(number, json.dumps(part).encode()) for number, part in enumerate(listed, 1)]
    if not lines:
        raise Invalid({field: NO_LINE})
    if len(lines) > most:
        raise Invalid({field: Message(N_("At most %(number)s entries"), {"number": most})})
    return lines


def _batch_line(number: int, text: bytes) -> BatchLine:
    """A scan unless it brings a result, or says of a fill how it was looked over or what came out."""
    fields: dict[str, object] = {}
    if len(text) <= LONGEST_LINE:
        try:
            message = from_json(text)
        except ValueError:
            message = None
        fields = message if isinstance(message, dict) else {}
    names: dict[str, str] = {
        name: str(fields[name])[:64] for name in ("scan_id", "fill_id") if name in fields
    }
    kind = LineKind.SCAN
    if "result" in fields:
        kind = LineKind.WHOLE
    elif "fill_id" in fields and "scan_id" not in fields:
        is_look = "checks" in fields and fields.keys() <= ChecksLine.model_fields.keys()
        kind = LineKind.CHECKS if is_look else LineKind.RESULT
    return BatchLine(number, text, kind, names)


def message_of(model: type[B], batch_line: BatchLine) -> B:
    """The line as a message of this kind."""
    if len(batch_line.text) > LONGEST_LINE:
        raise LongLine({"": Message(N_("At most %(number)s bytes"), {"number": LONGEST_LINE})})
    return api.body(model, batch_line.text)


def receipts_response(receipts: list[dict[str, object]]) -> Response:
    """The receipts in the form in which the lines came, unless `Accept` prefers the other."""
    of_lines, of_json = map(request.accept_mimetypes.quality, (LINES, JSON))
    if of_lines > of_json or (of_lines == of_json and request.mimetype == LINES):
        body = b"".join(orjson.dumps(receipt, option=orjson.OPT_APPEND_NEWLINE) for receipt in receipts)
        return Response(body, mimetype=LINES)
    return Response(orjson.dumps({"answers": receipts}), mimetype=JSON)
