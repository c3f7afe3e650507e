"""What devices send: one pydantic model per message; they also make the schemas of /api/v1/openapi.json."""
from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from equipment.fills.asking import Reading
from equipment.fills.results import Result
from equipment.fills.states import ScanPurpose
from equipment.web.api import Message, OffsetTime

Code = Annotated[str, StringConstraints(min_length=1, max_length=400)]
GasCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")]
Item = Annotated[str, StringConstraints(pattern=r"^[PQ]\d{2}$")]
Answer = bool | Annotated[str, StringConstraints(pattern=r"^R\d{2}$")]
Grams = Annotated[int, Field(ge=0, le=10_000_000)]
# Beside an id, what is not part of the record's content: the same fact told again may be told as queued.
NOT_CONTENT = {"scan_id", "result_id", "queued"}


class ScanMessage(Message):
    """A code was read at a scale. `checks`: true, false, or the refusal reason a person named."""

    scan_id: UUID
    code: Code
    gas: GasCode
    happened_at: OffsetTime
    operator: str | None = Field(None, max_length=40)
    bay: str | None = Field(None, max_length=20)
    checks: dict[Item, Answer] = {}
    queued: bool = False

    def reading(self) -> Reading:
        return Reading(
            scan_id=self.scan_id, code=self.code, gas=self.gas, happened_at=self.happened_at, content=self.model_dump_json(exclude=NOT_CONTENT),
            bay=self.bay or "", operator=self.operator or "", checks=self.checks, queued=self.queued,
        )


class LookMessage(Message):
    """A code was read at the truck (收瓶) or to look at a bottle: judged, nothing is opened."""

    scan_id: UUID
    code: Code
    happened_at: OffsetTime
    gas: GasCode | None = None
    purpose: Literal[ScanPurpose.RECEIVE, ScanPurpose.LOOK] = ScanPurpose.RECEIVE
    queued: bool = False

    def reading(self) -> Reading:
        return Reading(scan_id=self.scan_id, code=self.code, gas=self.gas or "", happened_at=self.happened_at, queued=self.queued,
                       content=self.model_dump_json(exclude=NOT_CONTENT), purpose=self.purpose)


class BatchMessage(Message):
    """Scans that waited in a device, up to ten thousand."""

    scans: list[ScanMessage] = Field(min_length=1, max_length=10_000)


class ChecksMessage(Message):
    """充装前检查 of an open fill."""

    checks: dict[Item, Answer] = Field(min_length=1)
    happened_at: OffsetTime


class ResultMessage(Message):
    """What came out: grams, kilopascals, tenths of a degree."""

    happened_at: OffsetTime
    result_id: UUID | None = None
    empty_g: Grams | None = None
    gross_g: Grams | None = None
    pressure_kpa: Annotated[int, Field(ge=0, le=100_000)] | None = None
    temperature_dc: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    checks: dict[Item, Answer] = {}
    post_checks: dict[Item, bool] = {}
    queued: bool = False

    def result(self) -> Result:
        return Result(
            happened_at=self.happened_at, content=self.model_dump_json(exclude=NOT_CONTENT, exclude_none=True), empty_g=self.empty_g,
            gross_g=self.gross_g, pressure_kpa=self.pressure_kpa, temperature_dc=self.temperature_dc, checks=self.checks,
            post_checks=self.post_checks, result_id=self.result_id,
        )


class VoidMessage(Message):
    """误扫: the wrong bottle was scanned."""

    happened_at: OffsetTime


class TreatmentMessage(Message):
    """What was done with a refused bottle: inspect, return, isolate, scrap, wrong_file, treated."""

    treatment: Annotated[str, StringConstraints(pattern=r"^(inspect|return|isolate|scrap|wrong_file|treated|not_filled)$")]
    happened_at: OffsetTime
