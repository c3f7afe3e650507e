"""The messages of a maintenance firm's system, and what it is answered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from equipment.contracts.states import ContractKind, ContractState
from equipment.core.geo import Datum
from equipment.fills.cylinder_views import Removal
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.api_forms import (
    MOST_ITEMS,
    ItemAnswerBody,
    ItemResponse,
    PositionBody,
    ProgressResponse,
    TechnicianResponse,
)
from equipment.maintenance.reported import ReportedEnd
from equipment.maintenance.states import ReadBy
from equipment.register.rules import CoordinatesSource, EquipmentStatus, IdentifierKind
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.regulation.planning import DueKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.web import api
from equipment.web.openapi import Answered

RecordId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$",
        description="Your own number of it, for ever: the same number again is the same record.",
    ),
]
VisitClass = Literal[
    DueKind.VISIT_HALF_MONTH, DueKind.VISIT_QUARTER, DueKind.VISIT_HALF_YEAR, DueKind.VISIT_YEAR
]
Reason = Annotated[str, Field(max_length=300)]
MOST_TECHNICIANS, MOST_CERTIFICATES, MOST_LIFTS, MOST_PROBLEMS = 6, 10, 500, 8


class CertificateBody(api.RequestBody):
    """A certificate of a technician; T is for lift repair."""

    code: str = Field("T", max_length=10)
    number: str = Field(max_length=40)
    valid_from: api.Day
    valid_until: api.Day


class PersonBody(api.RequestBody):
    """A technician. He signs in here only once the firm's manager has handed him a password."""

    record_id: RecordId
    name: str = Field(max_length=60)
    mobile: str = Field(max_length=20)
    certificates: list[CertificateBody] = Field(default_factory=list, max_length=MOST_CERTIFICATES)


class PersonChange(api.RequestBody):
    """What changes of a technician; what is not given stays."""

    name: str | None = Field(None, max_length=60)
    certificates: list[CertificateBody] = Field(default_factory=list, max_length=MOST_CERTIFICATES)
    works: bool | None = Field(None, description="false once he has left: his phones and cards end.")


class CertificateRecord(Answered):
    code: str
    number: str
    valid_from: str
    valid_until: str


class PersonResponse(Answered):
    """A technician as he is on file. `record_id` is empty for one who was not sent by a system."""

    record_id: str
    person_id: str
    name: str
    mobile: str
    works: bool
    certificates: list[CertificateRecord]


class PeopleResponse(Answered):
    people: list[PersonResponse]


class ContractBody(api.RequestBody):
    """A maintenance contract as its paper has it; both days are included."""

    record_id: RecordId
    number: str = Field(max_length=60)
    kind: ContractKind
    mode: MaintenanceMode = MaintenanceMode.REGULAR
    people: api.Whole = Field(2, ge=1, le=2, description="Technicians of a visit.")
    from_on: api.Day
    until_on: api.Day
    note: str = Field("", max_length=300)
    use_unit: str = Field(max_length=120, description="Credit code or name of the use unit.")
    lifts: list[Annotated[str, Field(max_length=400)]] = Field(
        min_length=1, max_length=MOST_LIFTS, description="Label, device code, certificate or id of each lift."
    )


class ContractChange(api.RequestBody):
    """What changes of a contract; what is not given stays. What the use unit has confirmed waits for it
    again."""

    number: str | None = Field(None, max_length=60)
    kind: ContractKind | None = None
    mode: MaintenanceMode | None = None
    people: api.Whole | None = Field(None, ge=1, le=2)
    from_on: api.Day | None = None
    until_on: api.Day | None = None
    note: str | None = Field(None, max_length=300)


class MoreLiftsBody(api.RequestBody):
    """Lifts that come under a contract from a day on."""

    lifts: list[Annotated[str, Field(max_length=400)]] = Field(min_length=1, max_length=MOST_LIFTS)
    from_on: api.Day


class LeavingLiftBody(api.RequestBody):
    """A lift that leaves a contract; the day is its last under it."""

    lift: str = Field(max_length=400)
    last_on: api.Day


class ContractEndBody(api.RequestBody):
    """The last day of a contract that ends before its time."""

    last_on: api.Day
    reason: Reason


class ReasonBody(api.RequestBody):
    reason: Reason


class ContractLiftRecord(Answered):
    lift_id: str
    from_on: str
    until_on: str
    counts: bool


class ContractRecordResponse(Answered):
    """A contract as it stands now, with its lifts."""

    record_id: str
    contract_id: str
    number: str
    kind: ContractKind
    mode: MaintenanceMode
    people: int
    from_on: str
    until_on: str
    ended_on: str | None
    state: ContractState
    state_text: str
    use_unit_id: str
    note: str
    papers: int
    lifts: list[ContractLiftRecord]


class ContractPaperMessage(BaseModel):
    """The signed contract, PDF or photo, at most 20 MB; the same content again is the paper that is there."""

    paper: api.File


class EndBody(api.RequestBody):
    """When somebody came or left. `how` is by what your app read the lift, `position` where it says it was:
    both are your word, and both are kept. Without either the end counts as not swiped."""

    at: api.OffsetTime
    how: ReadBy | None = None
    position: PositionBody | None = None

    def end(self) -> ReportedEnd:
        return ReportedEnd(self.at, self.how, self.position.stated() if self.position else None)


class ReportedAnswer(ItemAnswerBody):
    """One answer; without `happened_at` it was given when the technicians left."""

    happened_at: api.OffsetTime | None = None


class VisitBody(api.RequestBody):
    """A maintenance record. One with answers missing is taken and does not count until they came."""

    record_id: RecordId
    lift: str = Field(max_length=400, description="Label, device code, certificate or id of the lift.")
    duty: VisitClass
    arrived: EndBody
    left: EndBody
    technicians: list[Annotated[str, Field(max_length=64)]] = Field(
        min_length=1,
        max_length=MOST_TECHNICIANS,
        description="Who was there, by your number or our id; the first one opened the visit.",
    )
    answers: list[ReportedAnswer] = Field(default_factory=list, max_length=MOST_ITEMS)
    remark: str | None = Field(None, max_length=2000)
    problems: list[Annotated[str, Field(max_length=4)]] = Field(
        default_factory=list,
        max_length=MOST_PROBLEMS,
        description="Serious hazards by their codes of GET /firm/codes; S0 or nothing: none.",
    )

    def replies(self) -> list[ItemReply]:
        return [one.reply(one.happened_at or self.left.at) for one in self.answers]


class MoreAnswersBody(api.RequestBody):
    """Answers to items that lacked something."""

    answers: list[ReportedAnswer] = Field(default_factory=list, max_length=MOST_ITEMS)
    remark: str | None = Field(None, max_length=2000)


class CorrectionBody(MoreAnswersBody):
    """A record that takes the place of a signed one: what is not answered anew stays as it was."""

    record_id: RecordId
    reason: Reason


class VisitSignatureMessage(BaseModel):
    """How the use unit signed: `drawing` on your device, or `paper`, the photo of a signed paper."""

    signer: str = Field("", description="Name of a safety manager of the use unit, as it has registered him.")
    drawing: api.File | None = Field(None, description="PNG, of what was drawn.")
    paper: api.File | None = Field(None, description="JPEG or PNG.")


class UploadedVisitResponse(ProgressResponse):
    """A record as it stands now. `number` is that of the paper; `next_duty` and `next_on` are planned here
    once it counts."""

    record_id: str
    lift_id: str
    number: str
    duty: str
    technicians: list[TechnicianResponse]
    arrived_at: str
    left_at: str | None
    received_at: str
    changed_at: str
    grade: PresenceGrade
    grade_text: str
    next_duty: str
    next_on: str | None
    supersedes: str | None = Field(description="The record_id of the record that this one corrects.")
    superseded: bool
    void_reason: str


class UploadedPhotoResponse(Answered):
    """`marks`: what is remarkable about the photo, with its words."""

    record_id: str
    photo_id: str
    code: str
    marks: dict[str, str]


class UnitRecord(Answered):
    unit_id: str
    name: str
    credit_code: str | None


class LiftIdentifier(Answered):
    kind: IdentifierKind
    value: str


class LiftPosition(Answered):
    """Where the lift stands; `accuracy_m` is null where nobody measured it."""

    latitude: float
    longitude: float
    datum: Datum
    source: CoordinatesSource
    accuracy_m: int | None


class LiftRecord(Answered):
    """A lift as the register has it, with what is due next."""

    lift_id: str
    removed: Removal | None
    changed_at: str
    label_code: str | None = None
    identifiers: list[LiftIdentifier] = Field(default_factory=list)
    name: str = ""
    own_number: str = ""
    serial: str = ""
    catalogue: str = ""
    status: EquipmentStatus | None = None
    area: str = ""
    address: str = ""
    place: str = Field("", description="Building and staircase.")
    use_unit: UnitRecord | None = None
    position: LiftPosition | None = None
    next_duty: str | None = None
    next_on: str | None = None
    inspection_due_on: str | None = None


class LiftsResponse(Answered):
    """Lifts in the order in which they last changed, and those that went."""

    lifts: list[LiftRecord]
    next: str
    more: bool


class UnitQuery(api.Query):
    credit_code: str = Field(min_length=18, max_length=18)


class UnitLiftsResponse(Answered):
    """A use unit, and those of its lifts that your firm maintains or nobody does."""

    unit: UnitRecord
    lifts: list[LiftRecord]


class ChecklistQuery(api.Query):
    duty: VisitClass
    on: api.Day | None = Field(None, description="The day of the visit; today without it.")


class ChecklistResponse(Answered):
    """The items that a visit of this class at this lift answers, in the version in force on that day."""

    lift_id: str
    duty: str
    annex: str
    version: int
    on: str
    items: list[ItemResponse]


class CodeRecord(Answered):
    """A word of a list. `verified` is false where no text that was read in full gives it."""

    code: str
    text: str
    since: str | None = None
    verified: bool = True


class FirmCodesResponse(Answered):
    """All lists of words, in force on `on`."""

    on: str
    duties: list[CodeRecord]
    answers: list[CodeRecord]
    read_by: list[CodeRecord]
    contract_kinds: list[CodeRecord]
    modes: list[CodeRecord]
    problems: list[CodeRecord]


class ChangeRecord(Answered):
    """A change of this interface; `ends_on`: from that day on what it replaces is no longer answered."""

    on: str
    path: str
    text: str
    ends_on: str | None


class InterfaceResponse(Answered):
    """Which version of the interface of maintenance firms is in force, and how often it may be asked."""

    version: str
    since: str
    per_minute: int
    largest_photo_mb: int
    timeout_s: int
    changes: list[ChangeRecord]
