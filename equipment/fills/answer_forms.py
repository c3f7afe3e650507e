"""What devices are told: the schemas of answers in /api/v1/openapi.json."""
from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class CitationTold(BaseModel):
    """依据: where a reason comes from and how sure the rule pack is of it."""

    document: str
    clause: str
    since: str | None
    confidence: str
    verified: bool
    pack: str


class ReasonTold(BaseModel):
    code: str
    text: str
    effect: str
    citation: CitationTold


class CheckTold(BaseModel):
    """A check item; `ok` is null until somebody answered."""

    code: str
    text: str
    asked: bool
    ok: bool | None


class ScanTold(BaseModel):
    """A refusal is an answer too: `allowed` says which. `fill_id` is null where no cylinder stands behind the code."""

    fill_id: str | None
    allowed: bool
    reasons: list[ReasonTold]
    checks: list[CheckTold]
    equipment: dict[str, Any] | None
    flags: list[str]


class BatchLine(BaseModel):
    """One scan of a batch: 201 recorded, 200 told before, 409 the same id with other content, 422 cannot be recorded; `fields` say what is wrong."""

    scan_id: str
    status: int
    fill_id: str | None = None
    allowed: bool | None = None
    reasons: list[str] = []
    fields: list[str] = []


class BatchTold(BaseModel):
    answers: list[BatchLine]


class FillTold(BaseModel):
    """A fill as it stands: amounts in g and kPa."""

    fill_id: str
    state: str
    state_text: str
    allowed: bool
    reasons: list[ReasonTold]
    gas: str
    bay: str
    code: str | None
    serial: str
    equipment_id: str
    checked: bool
    weighed: bool
    tare_g: int | None
    max_gross_g: int | None
    gross_g: int | None
    net_g: int | None
    pressure_kpa: int | None
    flags: list[str]
    treatment: str
    since: str


class PhotoTold(BaseModel):
    """A photo that is kept with a fill."""

    photo_id: str


class OpenTold(BaseModel):
    """The open and overfilled bottles of the station, oldest first, and the counts of the day."""

    fills: list[FillTold]
    counts: dict[str, int]


class CodesTold(BaseModel):
    """Names outsiders rely on, in both languages."""

    gases: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    pre_checks: list[dict[str, Any]]
    post_checks: list[dict[str, Any]]
