"""What devices send and are answered: one pydantic model per message and response; they also make the schemas
of /api/v1/openapi.json."""

from __future__ import annotations

from typing import Annotated, BinaryIO, ClassVar, Literal, cast
from uuid import UUID

from flask import request
from pydantic import BaseModel, Field, StringConstraints
from pydantic.json_schema import JsonSchemaValue

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.verdict import Effect
from equipment.core.words import N_
from equipment.files.actions import StoredDocument, take
from equipment.files.content import IMAGES
from equipment.fills.actions import REMARK_LENGTH
from equipment.fills.label_rules import NUMBER_LENGTH
from equipment.fills.listing import FLAGS
from equipment.fills.results import FillResult
from equipment.fills.rules import Answers
from equipment.fills.states import FillState, ScanPurpose, Treatment
from equipment.fills.station import pack_of
from equipment.fills.weight_rules import MOST_G, MOST_KPA
from equipment.people.duty_views import IdentityShown
from equipment.register.rules import EquipmentStatus
from equipment.web.api import File, OffsetTime, RequestBody, Whole
from equipment.web.cursors import ListQuery
from equipment.web.openapi import Answered, CitationResponse

A_GAS, WHY, FLAG = (
    N_("A gas of the rule pack."),
    N_("Why; Q codes are faults after filling."),
    N_("What is remarkable."),
)


def _gases(schema: JsonSchemaValue) -> None:
    gases = pack_of(clock.today()).gases
    labels = "\n".join(f"- `{gas.code}`: {gas.name.en} {gas.name.zh}" for gas in gases.values())
    schema |= {"enum": sorted(gases), "description": f"{A_GAS}\n\n{labels}"}


def _refusals(schema: JsonSchemaValue) -> None:
    reasons = pack_of(clock.today()).refusals
    labels = "\n".join(
        f"- `{code}`: {reasons[code].text.en} {reasons[code].text.zh}" for code in sorted(reasons)
    )
    schema |= {"enum": sorted(reasons), "description": f"{WHY}\n\n{labels}"}


def _flags(schema: JsonSchemaValue) -> None:
    labels = "\n".join(f"- `{flag}`: {text}" for flag, text in FLAGS.items())
    schema |= {"enum": list(FLAGS), "description": f"{FLAG}\n\n{labels}"}


Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=400),
    Field(
        description="What the gun read: our label or its address, the maker's QR, an RFID; "
        "or what was typed: a stamped or own number."
    ),
]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
GasCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$"), Field(json_schema_extra=_gases)]
Item = Annotated[str, StringConstraints(pattern=r"^[PQ]\d{2}$")]
Answer = bool | Annotated[str, StringConstraints(pattern=r"^R\d{2}$")]
Checks = Annotated[
    dict[Item, Answer],
    Field(
        description="By check item (GET /api/v1/codes): true, false, or the code of the refusal "
        "that a person named."
    ),
]
Grams = Annotated[Whole, Field(ge=0, le=MOST_G, description="g")]
KiloPascals = Annotated[Whole, Field(ge=0, le=MOST_KPA, description="kPa")]
Celsius = Annotated[Whole, Field(ge=-1000, le=1000, description="0.1 °C")]
Queued = Annotated[
    bool,
    Field(
        description="It waited in the device: it counts at `happened_at`, if the device spoke to us before "
        "that; otherwise it is judged on both days."
    ),
]
ReasonCode = Annotated[str, Field(json_schema_extra=_refusals)]
FlagCode = Annotated[str, Field(json_schema_extra=_flags)]
Person = IdentityShown | Annotated[str, StringConstraints(min_length=1, max_length=40)]
SHOWN = (
    "A card, or `user_id` and PIN; of a controller or uploading system also the number of a card or "
    "certificate."
)
# Beside an id, what is not part of the record's content: the same fact told again may be told as queued.
NOT_CONTENT = {"scan_id", "fill_id", "result_id", "queued", "result"}


class PassShown(RequestBody):
    """What the device's list (GET /api/v1/fills/passes) says of the bottle: kept beside what we say."""

    sequence: Whole = Field(ge=1, description="The number of the list.")
    until: Day | None = Field(None, description="The last day of the bottle's line.")


class ScanMessage(RequestBody):
    """A code was read at a scale."""

    scan_id: UUID
    code: Code
    gas: GasCode
    happened_at: OffsetTime
    operator: str | None = Field(
        None,
        max_length=40,
        description="Who fills: the number of his card or of his filling certificate. A name is not known "
        "and refused (R29). Without one it is the person of the token, or who is on duty at the device.",
    )
    bay: str | None = Field(None, max_length=20, description="The place of the scale, for lists; any text.")
    checks: Checks = {}
    queued: Queued = False
    reason: str | None = Field(
        None,
        max_length=100,
        description="Why a bottle that was filled a short while ago (R31) is filled again.",
    )
    checker: str | None = Field(
        None,
        max_length=40,
        description="With `checks`: who looked the bottle over, where that is not who fills: the number of "
        "his card or certificate. One that nobody has is flagged (`unknown_checker`).",
    )
    manifold_id: UUID | None = Field(
        None, description="The manifold (POST /api/v1/manifolds) that the bottle is hooked on to."
    )
    passed: PassShown | None = Field(
        None, description="The device let the bottle be filled by its list, before this message reached us."
    )
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
    queued: Queued = False
    bay: ClassVar[str] = ""
    operator: ClassVar[str] = ""
    reason: ClassVar[str] = ""
    checker: ClassVar[str] = ""
    manifold_id: ClassVar[None] = None
    passed: ClassVar[None] = None
    checks: ClassVar[Answers] = {}


class DeliveryMessage(RequestBody):
    """收瓶 begins: scans name it by its id, which the device makes."""

    delivery_id: UUID
    happened_at: OffsetTime


class DeliveryEndMessage(RequestBody):
    """收瓶 is over, and whose bottles they were."""

    from_whom: str = Field(max_length=100)
    happened_at: OffsetTime


class DeliveryResponse(Answered):
    """A delivery: distinct bottles by pile (good, inspect, scrap, aside, no_code, foreign)."""

    delivery_id: str | None
    from_whom: str
    opened_at: str | None
    closed_at: str | None
    counts: dict[str, int]


class ChecksMessage(RequestBody):
    """充装前检查 of an open fill."""

    checks: Checks = Field(min_length=1)
    happened_at: OffsetTime
    checker: Person | None = Field(
        None, description=f"Who looked it over, where that is not who fills. {SHOWN}"
    )


class BayMessage(RequestBody):
    """On which scale a bottle stands, where that is another than the scan said."""

    bay: str = Field(max_length=20, description="The place of the scale, for lists; any text.")
    happened_at: OffsetTime


class LabelMessage(RequestBody):
    """The number of the preprinted fill label (合格证) that was stuck on a filled bottle."""

    number: str = Field(max_length=NUMBER_LENGTH, description="As printed on it; ends in digits.")
    happened_at: OffsetTime


class LabelResponse(Answered):
    """The label as it stands, and the number that comes next on the roll."""

    fill_id: UUID
    number: str
    next_number: str


class ResultMessage(RequestBody):
    """What came out: grams, kilopascals, tenths of a degree."""

    happened_at: OffsetTime
    result_id: UUID | None = Field(
        None, description="Made by the device; without one the same content about a fill is the same message."
    )
    empty_g: Grams | None = Field(
        None,
        description="Before filling: what it weighs over its tare is residue and counts toward the charge.",
    )
    gross_g: Grams | None = Field(None, description="充后总重, g: needed where the gas is weighed.")
    pressure_kpa: Annotated[Whole, Field(ge=0, le=MOST_KPA)] | None = Field(
        None, description="kPa: needed where the gas is not weighed."
    )
    temperature_dc: Celsius | None = None
    checks: Checks = {}
    recheck_g: Grams | None = Field(
        None,
        description="复秤: the gross weight, weighed a second time, on a second scale "
        "(`recheck_instrument`) or by a second person (`rechecker`). Liquefied gases are flagged without it "
        "(`not_reweighed`).",
    )
    recheck_instrument: str | None = Field(None, max_length=60, description="The number of the second scale.")
    solvent_g: Grams | None = Field(None, description="Acetone topped up before filling acetylene, g.")
    below_tare: bool = Field(
        False, description="The empty weight was read twice and is below the tare on file; flagged."
    )
    post_checks: dict[Item, bool] = Field({}, description="充装后检查 by item: true or false.")
    instrument: str | None = Field(
        None,
        max_length=60,
        description="The number of the scale or gauge; without one it is the one at the bay of the fill.",
    )
    checker: Person | None = Field(
        None, description=f"With `checks`: who looked it over, where that is not who fills. {SHOWN}"
    )
    rechecker: Person | None = Field(
        None, description=f"Who checked and re-weighed after filling, where that is not who fills. {SHOWN}"
    )
    queued: Queued = False

    def result(self, checker: UUID | None = None, rechecker: UUID | None = None) -> FillResult:
        """The result with the people who were shown; no PIN is part of its content."""
        people = {"checker": checker, "rechecker": rechecker}
        content = self.model_copy(update={name: str(key) if key else None for name, key in people.items()})
        return FillResult(
            happened_at=self.happened_at,
            content=content.model_dump_json(
                exclude=NOT_CONTENT if self.below_tare else {*NOT_CONTENT, "below_tare"}, exclude_none=True
            ),
            empty_g=self.empty_g,
            gross_g=self.gross_g,
            pressure_kpa=self.pressure_kpa,
            temperature_dc=self.temperature_dc,
            checks=self.checks,
            post_checks=self.post_checks,
            recheck_g=self.recheck_g,
            recheck_instrument=self.recheck_instrument or "",
            solvent_g=self.solvent_g,
            below_tare=self.below_tare,
            instrument=self.instrument or "",
            checker=checker,
            rechecker=rechecker,
            result_id=self.result_id,
            queued=self.queued,
        )


class StepMessage(RequestBody):
    """A step of filling acetylene is over: the valve is closed, the bottle rests."""

    step_id: UUID
    happened_at: OffsetTime
    gross_g: Grams
    pressure_kpa: KiloPascals | None = None
    solvent_g: Grams | None = Field(None, description="Acetone topped up before filling, g.")


class VoidMessage(RequestBody):
    """误扫: the wrong bottle was scanned."""

    happened_at: OffsetTime


class TreatmentMessage(RequestBody):
    """What was done with a refused bottle, or that an open fill came to nothing (`not_filled`)."""

    treatment: Treatment | Literal["not_filled"]
    happened_at: OffsetTime
    remark: str | None = Field(
        None, max_length=REMARK_LENGTH, description="With `wrong_file`: what is wrong with the record."
    )
    second: IdentityShown | None = Field(
        None,
        description="With `treated`: card, or `user_id` and PIN, of the second person, where the rule pack "
        "asks for one (GET /api/v1/codes: `treated_by_two`).",
    )


class PressureLimitResponse(Answered):
    """The most that a gauge may show after filling: `kpa` at `reference_c`. Where `corrected`, at T °C it is
    (kpa + 101) × (273.15 + T) / (273.15 + reference_c) − 101, never more than `kpa` where `capped`."""

    kpa: int
    reference_c: int
    corrected: bool
    capped: bool
    verified: bool


class ReasonResponse(Answered):
    """Why a bottle is refused or warned about; every reason cites its clause."""

    code: ReasonCode
    text: str
    effect: Effect
    citation: CitationResponse


class CheckResponse(Answered):
    """A check item; `ok` is null until somebody answered."""

    code: str
    text: str
    asked: bool
    ok: bool | None


class CylinderResponse(Answered):
    """The bottle behind a code. Of another unit's bottle a station hears the first four only. Days are null
    where nobody knows them."""

    category: str
    status: EquipmentStatus
    code: str | None
    inspection_due_on: str | None = Field(description="下次检验: by this day it must be inspected.")
    id: str = ""
    serial: str = ""
    own_number: str = ""
    maker: str = ""
    made_on: str | None = None
    medium: str = ""
    model: str | None = None
    tare_g: int | None = None
    working_pressure_kpa: int | None = None
    max_charge_g: int | None = None
    max_gross_g: int | None = None
    weighed: bool = False
    max_pressure: PressureLimitResponse | None = None
    end_of_life_on: str | None = None
    fill_until: str | None = Field(None, description="The last day on which it may be filled.")


class MemberResponse(Answered):
    """A cylinder in a bundle (集格), with what stands against it: one that is refused keeps the bundle from
    being filled."""

    name: str
    code: str
    allowed: bool
    reasons: list[ReasonResponse]


class ScanResponse(Answered):
    """A refusal is an answer too: `allowed` says which. `fill_id` is null where no cylinder stands behind the
    code. `asks_for_ring`: nobody knows when it was inspected; its ring, read and recorded, is the way out.
    `takes_label`: false where the bottle's own label is void, its life has ended. `members`: of a bundle."""

    fill_id: str | None
    allowed: bool
    reasons: list[ReasonResponse]
    checks: list[CheckResponse]
    equipment: CylinderResponse | None
    flags: list[FlagCode]
    asks_for_ring: bool
    takes_label: bool
    members: list[MemberResponse] = []


class FillResponse(Answered):
    """A fill as it stands: amounts in g and kPa. `refused` with `filled_anyway` among `flags` took gas
    although it was forbidden."""

    fill_id: str
    state: FillState
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
    model: str | None
    working_pressure_kpa: int | None
    tare_g: int | None
    max_gross_g: int | None
    gross_g: int | None
    net_g: int | None
    pressure_kpa: int | None
    temperature_dc: int | None
    residual_g: int | None
    recheck_g: int | None
    max_pressure: PressureLimitResponse | None
    rests_until: str | None = Field(
        description="Acetylene after a step: neither the next step nor a passed result before then."
    )
    release_after: str | None = Field(description="Acetylene: 24 h of rest are common practice (unverified).")
    manifold_id: str | None
    flags: list[FlagCode]
    treatment: Treatment | Literal[""]
    treatment_remark: str
    since: str


class FillsQuery(ListQuery):
    """Which fills: those of a day, or the finished ones since a moment."""

    on: str = Field("", description="The day, such as 2026-11-23; today without `on`, `since` and `cursor`.")
    after: str = Field("", description="Of a day: the `next` of the page before.")


class PhotoForm(BaseModel):
    """JPEG, PNG or WebP."""

    photo: File


class PhotoResponse(Answered):
    """A photo that is kept with a fill."""

    photo_id: str


class OpenFillsResponse(Answered):
    """The open and overfilled bottles of the station, oldest first, and the counts of the day."""

    fills: list[FillResponse]
    counts: dict[str, int]


class FillRecord(FillResponse):
    """A fill with its times and what it stands for: `supersedes` names the record that it corrects."""

    organisation_id: str
    happened_at: str
    received_at: str
    filled_at: str | None
    closed_at: str | None
    late_entry: bool
    supersedes: str | None
    superseded: bool


class FillsResponse(Answered):
    """The fills of a day in the order of their ids; `next` is the `after` of the next page, null on the
    last. Or finished fills in the order in which they ended; `next` is the `cursor` of the next page, now or
    later; `more` says whether there is something already."""

    fills: list[FillRecord]
    next: str | None
    more: bool


class GasResponse(Answered):
    """A gas; where it is `weighed` a fill ends with `gross_g`, elsewhere with `pressure_kpa`."""

    code: str
    zh: str
    en: str
    group: str
    weighed: bool


class WordedResponse(Answered):
    """A code with its words and its clause; `citation.since` is the day from which it holds."""

    code: str
    zh: str
    en: str
    citation: CitationResponse


class RefusalCodeResponse(WordedResponse):
    effect: Effect


class PostCheckResponse(WordedResponse):
    groups: list[str]


class PreCheckResponse(WordedResponse):
    groups: list[str]
    asked: bool
    refusal: str | None


class CodesResponse(Answered):
    """Names outsiders rely on, in both languages; `pack` and `digest` name the rules they come from."""

    pack: str
    digest: str
    gases: list[GasResponse]
    reasons: list[RefusalCodeResponse]
    pre_checks: list[PreCheckResponse]
    post_checks: list[PostCheckResponse]
    overridable: list[str] = Field(description="Reasons that two people may set aside today (人工放行).")
    treated_by_two: list[str] = Field(description="Reasons that `treated` lifts only with a `second` person.")


class PingResponse(Answered):
    ok: bool


def photo_of_request() -> StoredDocument:
    """The multipart field `photo` of this request, checked and on disk; before the transaction, so that no
    scan waits for it."""
    file = request.files.get("photo")
    if file is None or not file.filename:
        raise Invalid({"photo": N_("Take a photo of the stamp.")})
    return take(cast("BinaryIO", file.stream), file.filename, "photo", accept=IMAGES, field="photo")
