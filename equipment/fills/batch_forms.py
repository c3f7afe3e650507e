"""Batches: what waited in a device comes in one message, as JSON or one a line (NDJSON), and every line is
answered by itself. One that cannot be read or recorded must not keep the others in the device for ever."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Literal
from uuid import UUID

from flask import request
from pydantic import Field
from pydantic_core import from_json

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.fills.forms import FlagCode, ReasonCode, ResultMessage, ScanMessage
from equipment.fills.states import FillState
from equipment.web.api import RequestBody
from equipment.web.openapi import LINES, Answered
from equipment.web.problems import ProblemCode

MOST_SCANS, MOST_RESULTS = 10_000, 1_000


class WholeMessage(ScanMessage):
    """A whole fill: the scan with its checks, and the result."""

    result: ResultMessage


class ResultLine(ResultMessage):
    """The result of one fill of a batch."""

    fill_id: UUID


class BatchMessage(RequestBody):
    """What waited in a device, in its order: scans, whole fills (a scan with its `result`), results of fills
    whose scan went before (`fill_id`; at most 1,000). Whatever else stands in the list is answered with 422
    in its place."""

    scans: list[ScanMessage | WholeMessage | ResultLine | object] = Field(min_length=1, max_length=MOST_SCANS)


class ResultsMessage(RequestBody):
    """Results that waited in a device; their scans go first. Whatever else stands in the list is answered
    with 422 in its place."""

    results: list[ResultLine | object] = Field(min_length=1, max_length=MOST_RESULTS)


class LedgerHead(Answered):
    """How far the chain of the bottle (of the station, where no bottle is behind the code) reached when this
    was answered: the record stands in its line `seq` or before it, and `digest` covers them all."""

    seq: int
    digest: str


class BatchScanResponse(Answered):
    """One entry of a batch: 201 recorded, 200 recorded before, 404 no such fill here (a result without its
    scan), 409 the same id with other content, 422 cannot be recorded; `fields` name what is wrong, `texts`
    say it. Where `fill_id` or `ledger` stands beside 409 or 422, the scan is on record and its result is
    not."""

    scan_id: str = Field("", description="Of a scan and of a whole fill; empty for a result.")
    status: Literal[200, 201, 404, 409, 422]
    fill_id: str | None = None
    allowed: bool = False
    reasons: list[ReasonCode] = []
    state: FillState | None = Field(None, description="Of a whole fill and of a result.")
    net_g: int | None = None
    flags: list[FlagCode] = []
    ledger: LedgerHead | None = None
    code: ProblemCode | None = Field(None, description="Where it is not recorded: of GET /errors.")
    fields: list[str] = []
    texts: list[str] = []


class BatchResponse(Answered):
    """The answers in the order of the lines."""

    answers: list[BatchScanResponse]


class BatchResultResponse(Answered):
    """One result of a batch: 200 recorded, now or before, 404 no such fill here (send its scan first), 409
    another result is on record, 422 cannot be recorded; `fields` name what is wrong, `texts` say it."""

    fill_id: str
    status: Literal[200, 404, 409, 422]
    state: FillState | None = None
    net_g: int | None = None
    flags: list[FlagCode] = []
    code: ProblemCode | None = Field(None, description="Where it is not recorded: of GET /errors.")
    fields: list[str] = []
    texts: list[str] = []


class ResultsResponse(Answered):
    """The answers in the order of the lines."""

    answers: list[BatchResultResponse]


def lines_of_request(field: str, most: int) -> list[bytes]:
    """The lines of this request's body, each as JSON: the list `field` of one object, or one a line."""
    raw = request.get_data()
    if request.mimetype == LINES:
        lines = [text for text in raw.split(b"\n") if text.strip()]
    else:
        try:
            message = from_json(raw)
        except ValueError as error:
            raise Invalid({"": N_("This is not JSON.")}) from error
        listed = message.get(field) if isinstance(message, dict) else None
        if not isinstance(listed, list):
            raise Invalid({field: N_("This is needed.")})
        if more := sorted(message.keys() - {field}):
            raise Invalid(dict.fromkeys(more, N_("There is no such field.")))
        lines = [json.dumps(part).encode() for part in listed]
    if not lines:
        raise Invalid({field: N_("This is needed.")})
    if len(lines) > most:
        raise Invalid({field: Message(N_("At most %(number)s entries"), {"number": most})})
    return lines


class LineKind(StrEnum):
    """What one entry of a batch is."""

    SCAN = "scan"
    WHOLE = "whole"
    RESULT = "result"


def id_in_line(text: bytes, field: str) -> str:
    """What a line calls itself, however malformed the rest of it is, so that its sender finds it again."""
    return str(_fields_of(text).get(field, ""))[:64]


def kind_of_line(text: bytes) -> LineKind:
    """A scan unless it brings a result, or is one."""
    fields = _fields_of(text)
    if "result" in fields:
        return LineKind.WHOLE
    return LineKind.RESULT if "fill_id" in fields and "scan_id" not in fields else LineKind.SCAN


def _fields_of(text: bytes) -> dict[str, object]:
    try:
        message = from_json(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
