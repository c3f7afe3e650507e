"""What devices send and are answered: one pydantic model per message and response; they also make the schemas
of /api/v1/openapi.json."""

from __future__ import annotations

from typing import Annotated, BinaryIO, ClassVar, Literal, cast
from uuid import UUID

from flask import request
from pydantic import BaseModel, Field, StringConstraints

from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.files.actions import StoredDocument, take
from equipment.files.content import IMAGES
from equipment.fills.results import FillResult
from equipment.fills.rules import Answers
from equipment.fills.states import ScanPurpose
from equipment.fills.weight_rules import MOST_G, MOST_KPA
from equipment.web.api import OffsetTime, RequestBody

Code = Annotated[str, StringConstraints(min_length=1, max_length=400)]
GasCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")]
Item = Annotated[str, StringConstraints(pattern=r"^[PQ]\d{2}$")]
Answer = bool | Annotated[str, StringConstraints(pattern=r"^R\d{2}$")]
Grams = Annotated[int, Field(ge=0, le=MOST_G)]
# Beside an id, what is not part of the record's content: the same fact told again may be told as queued.
NOT_CONTENT = {"scan_id", "result_id", "queued"}


class ScanMessage(RequestBody):
    """A code was read at a scale. `checks`: true, false, or the refusal reason a person named. `operator`:
    the number of a card or of a filling certificate, never a name. `reason`: why a cylinder that was
    filled a short while ago (R31) is filled again."""

    scan_id: UUID
    code: Code
    gas: GasCode
    happened_at: OffsetTime
    operator: str | None = Field(None, max_length=40)
    bay: str | None = Field(None, max_length=20)
    checks: dict[Item, Answer] = {}
    queued: bool = False
    reason: str | None = Field(None, max_length=100)
    purpose: ClassVar[ScanPurpose] = ScanPurpose.FILL
    delivery_id: ClassVar[None] = None


class LookMessage(RequestBody):
    """A code was read at the truck (收瓶) or to look at a bottle: judged, nothing is opened."""

    scan_id: UUID
    code: Code
    happened_at: OffsetTime
    gas: GasCode | None = None
    delivery_id: UUID | None = None
    purpose: Literal[ScanPurpose.RECEIVE, ScanPurpose.LOOK] = ScanPurpose.RECEIVE
    queued: bool = False
    bay: ClassVar[str] = ""
    operator: ClassVar[str] = ""
    reason: ClassVar[str] = ""
    checks: ClassVar[Answers] = {}


class DeliveryMessage(RequestBody):
    """收瓶 begins: scans name it by its id, which the device makes."""

    delivery_id: UUID
    happened_at: OffsetTime


class DeliveryEndMessage(RequestBody):
    """收瓶 is over, and whose bottles they were."""

    from_whom: str = Field(max_length=100)
    happened_at: OffsetTime


class DeliveryResponse(BaseModel):
    """A delivery: distinct bottles by pile (good, inspect, scrap, aside, no_code, foreign)."""

    delivery_id: str | None
    from_whom: str
    opened_at: str | None
    closed_at: str | None
    counts: dict[str, int]


class BatchMessage(RequestBody):
    """Scans that waited in a device, up to ten thousand."""

    scans: list[ScanMessage] = Field(min_length=1, max_length=10_000)


class BatchLines(RequestBody):
    """The same as it is read: each line is checked by itself, so that one malformed line is one line's
    answer."""

    scans: list[dict[str, object]] = Field(min_length=1, max_length=10_000)


class ChecksMessage(RequestBody):
    """充装前检查 of an open fill."""

    checks: dict[Item, Answer] = Field(min_length=1)
    happened_at: OffsetTime


class ResultMessage(RequestBody):
    """What came out: grams, kilopascals, tenths of a degree."""

    happened_at: OffsetTime
    result_id: UUID | None = None
    empty_g: Grams | None = None
    gross_g: Grams | None = None
    pressure_kpa: Annotated[int, Field(ge=0, le=MOST_KPA)] | None = None
    temperature_dc: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    checks: dict[Item, Answer] = {}
    post_checks: dict[Item, bool] = {}
    queued: bool = False

    def result(self) -> FillResult:
        return FillResult(
            happened_at=self.happened_at,
            content=self.model_dump_json(exclude=NOT_CONTENT, exclude_none=True),
            empty_g=self.empty_g,
            gross_g=self.gross_g,
            pressure_kpa=self.pressure_kpa,
            temperature_dc=self.temperature_dc,
            checks=self.checks,
            post_checks=self.post_checks,
            result_id=self.result_id,
            queued=self.queued,
        )


class VoidMessage(RequestBody):
    """误扫: the wrong bottle was scanned."""

    happened_at: OffsetTime


class TreatmentMessage(RequestBody):
    """What was done with a refused bottle: inspect, return, isolate, scrap, wrong_file, treated."""

    treatment: Annotated[
        str, StringConstraints(pattern=r"^(inspect|return|isolate|scrap|wrong_file|treated|not_filled)$")
    ]
    happened_at: OffsetTime


class CitationResponse(BaseModel):
    """依据: where a reason comes from and how sure the rule pack is of it."""

    document: str
    clause: str
    since: str | None
    confidence: str
    verified: bool
    pack: str


class ReasonResponse(BaseModel):
    code: str
    text: str
    effect: str
    citation: CitationResponse


class CheckResponse(BaseModel):
    """A check item; `ok` is null until somebody answered."""

    code: str
    text: str
    asked: bool
    ok: bool | None


class ScanResponse(BaseModel):
    """A refusal is an answer too: `allowed` says which. `fill_id` is null where no cylinder stands behind the
    code. `asks_for_ring`: nobody knows when it was inspected; its ring, read and recorded, is the way out.
    `takes_label`: false where the bottle's own label is void, its life has ended."""

    fill_id: str | None
    allowed: bool
    reasons: list[ReasonResponse]
    checks: list[CheckResponse]
    equipment: dict[str, object] | None
    flags: list[str]
    asks_for_ring: bool = False
    takes_label: bool = True


class BatchScanResponse(BaseModel):
    """One scan of a batch: 201 recorded, 200 told before, 409 the same id with other content, 422 cannot be
    recorded; `fields` say what is wrong."""

    scan_id: str
    status: int
    fill_id: str | None = None
    allowed: bool | None = None
    reasons: list[str] = []
    fields: list[str] = []


class BatchResponse(BaseModel):
    answers: list[BatchScanResponse]


class FillResponse(BaseModel):
    """A fill as it stands: amounts in g and kPa. `state`: open, filled, overfilled (draw down and weigh
    again), failed, refused, not_filled, void; `refused` with `filled_anyway` among `flags` took gas although
    it was forbidden."""

    fill_id: str
    state: str
    state_text: str
    allowed: bool
    reasons: list[ReasonResponse]
    gas: str
    bay: str
    code: str | None
    serial: str
    own_number: str
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


class PhotoResponse(BaseModel):
    """A photo that is kept with a fill."""

    photo_id: str


class OpenFillsResponse(BaseModel):
    """The open and overfilled bottles of the station, oldest first, and the counts of the day."""

    fills: list[FillResponse]
    counts: dict[str, int]


class FillsResponse(BaseModel):
    """The fills of a day in the order of their ids; `next` is the `after` of the next page, null on the
    last."""

    fills: list[FillResponse]
    next: str | None


class CodesResponse(BaseModel):
    """Names outsiders rely on, in both languages."""

    gases: list[dict[str, object]]
    reasons: list[dict[str, object]]
    pre_checks: list[dict[str, object]]
    post_checks: list[dict[str, object]]


def photo_of_request() -> StoredDocument:
    """The multipart field `photo` of this request, checked and on disk; before the transaction, so that no
    scan waits for it."""
    file = request.files.get("photo")
    if file is None or not file.filename:
        raise Invalid({"photo": N_("Take a photo of the stamp.")})
    return take(cast("BinaryIO", file.stream), file.filename, "photo", accept=IMAGES, field="photo")
