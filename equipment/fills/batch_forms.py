"""Batches: what waited in a device comes in one message, as JSON or one a line (NDJSON), and every line is
answered by itself. One that cannot be read or recorded must not keep the others in the device for ever."""

from __future__ import annotations

import json
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

MOST_SCANS, MOST_RESULTS = 10_000, 1_000


class BatchMessage(RequestBody):
    """Scans that waited in a device, in their order. Whatever else stands in the list is answered with 422 in
    its place."""

    scans: list[ScanMessage | object] = Field(min_length=1, max_length=MOST_SCANS)


class ResultLine(ResultMessage):
    """The result of one fill of a batch."""

    fill_id: UUID


class ResultsMessage(RequestBody):
    """Results that waited in a device; their scans go first. Whatever else stands in the list is answered
    with 422 in its place."""

    results: list[ResultLine | object] = Field(min_length=1, max_length=MOST_RESULTS)


class BatchScanResponse(Answered):
    """One scan of a batch: 201 recorded, 200 recorded before, 409 the same id with other content, 422 cannot
    be recorded; `fields` name what is wrong, `texts` say it."""

    scan_id: str
    status: Literal[200, 201, 409, 422]
    fill_id: str | None = None
    allowed: bool = False
    reasons: list[ReasonCode] = []
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


def id_in_line(text: bytes, field: str) -> str:
    """What a line calls itself, however malformed the rest of it is, so that its sender finds it again."""
    try:
        message = from_json(text)
    except ValueError:
        return ""
    return str(message.get(field, ""))[:64] if isinstance(message, dict) else ""
