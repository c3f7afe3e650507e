"""The messages of swipes and visits, and their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from equipment.core.geo import Datum, GeoPosition, stated_position
from equipment.core.verdict import Effect
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.states import (
    Direction,
    Fence,
    Flag,
    ItemAnswer,
    OtherSignature,
    ReadBy,
    SignatureKind,
    SwipeOutcome,
    SwipeReason,
    SwipeVia,
    VisitState,
)
from equipment.maintenance.swiping import SwipeMessage
from equipment.regulation.presence_grades import PresenceGrade
from equipment.web import api
from equipment.web.openapi import Answered, CitationResponse

MOST_ITEMS = 200


class PositionBody(api.RequestBody):
    """Where the sender is, in degrees of its datum, and within how many metres. What means no place on earth
    is left out, and the answer says so (`fence`: `unreadable`): no swipe is lost for it."""

    latitude: float | str | None = None
    longitude: float | str | None = None
    accuracy_m: float | str | None = None
    datum: Datum = Datum.WGS84

    def stated(self) -> GeoPosition | None:
        return stated_position(self.latitude, self.longitude, self.accuracy_m, self.datum)


class SwipeBody(api.RequestBody):
    """A reader sends the card; a phone sends the label's code or the plate's number, and a second
    technician's card if one was shown. `how` says by what the phone read the code; a code of which it does
    not say so counts as typed."""

    swipe_id: UUID
    happened_at: api.OffsetTime
    card: str = Field(
        default="", max_length=64, description="The number of the card; a reader always sends it."
    )
    code: str = Field(
        default="", max_length=400, description="What was read at the lift; a phone always does."
    )
    direction: Direction = Direction.EITHER
    how: ReadBy | None = None
    position: PositionBody | None = None

    def message(self) -> SwipeMessage:
        here = self.position.stated() if self.position else None
        return SwipeMessage(
            self.swipe_id, self.happened_at, self.card, self.code, self.direction, how=self.how, position=here
        )


class TechnicianResponse(Answered):
    id: str
    name: str


class SwipeReasonResponse(Answered):
    """Why a swipe was refused or changes nothing."""

    code: SwipeReason
    effect: Effect
    params: dict[str, int]
    citation: CitationResponse
    text: str


class SwipeResponse(Answered):
    """A refusal is an answer too: `allowed` says which. `drift_s`: how far the device's clock is behind
    ours. `grade`: how well the swipe shows that somebody stood at the lift; `fence`: what became of the
    position that came with it, `distance_m` metres from the lift."""

    swipe_id: str
    outcome: SwipeOutcome
    allowed: bool
    text: str
    via: SwipeVia
    reasons: list[SwipeReasonResponse]
    visit_id: str | None
    equipment_id: str | None
    duty: str | None
    annex: str | None
    state: VisitState | None
    opened_at: str | None
    closed_at: str | None
    technicians: list[TechnicianResponse]
    flags: list[Flag]
    drift_s: int
    clock_doubted: bool
    grade: PresenceGrade
    grade_text: str
    fence: Fence
    fence_text: str
    distance_m: int | None


Typed = Annotated[str, BeforeValidator(lambda typed: str(typed) if isinstance(typed, int | float) else typed)]


Readings = Annotated[dict[str, Annotated[Typed, Field(max_length=40)]], Field(max_length=8)]


class ItemAnswerBody(api.RequestBody):
    """One answer. `readings` are what was measured by the keys of the item's readings, as numbers or as they
    were typed; of what was adjusted, `after` are those afterwards; `sure`: an unusual one was looked at
    again."""

    code: str = Field(max_length=10)
    answer: ItemAnswer | None = None
    note: str = Field(default="", max_length=2000)
    readings: Readings = Field(default_factory=dict)
    after: Readings = Field(default_factory=dict)
    sure: bool = False

    def reply(self, at: datetime) -> ItemReply:
        return ItemReply(self.code, self.answer, self.note, at, self.readings, self.after, self.sure)


class AnswerBody(ItemAnswerBody):
    """One answer with when it was given; of `readings` and `after` the amounts are numbers or as they were
    typed."""

    happened_at: api.OffsetTime


class ProgressResponse(Answered):
    """How far a visit is: what its answers lack and what its people say of an item on which they disagree, by
    item; how it is signed, and whether it counts."""

    visit_id: str
    state: VisitState | Literal[OtherSignature.DRAWN_BEFORE]
    signature: SignatureKind | Literal[OtherSignature.DRAWN_BEFORE, ""]
    missing: dict[str, str]
    conflicts: dict[str, list[str]]
    counted: bool
    flags: list[Flag]


class ReadingResponse(Answered):
    """A reading that an item asks for. Limits and usual bounds are whole numbers of the smallest step: with
    one decimal, 70 is 7. Outside the usual bounds a phone asks once more."""

    key: str
    name: str
    name_en: str
    unit: str
    decimals: int
    at_least: int | None
    at_most: int | None
    usual: list[int] | None


class ItemResponse(Answered):
    """An item of the checklist with its answer; `at` is the phone's word, `by` the id of a person.
    `readings_asked`
    are the readings of the item; `readings` and `after` what was measured, in whole numbers of the smallest
    step; `photo_needed`: nothing without a photo."""

    code: str
    place: str
    name: str
    name_en: str
    must: str
    must_en: str
    key: bool
    answer: ItemAnswer | Literal[""] = ""
    note: str = ""
    at: str = ""
    by: str = ""
    photo: str = ""
    photo_needed: bool = False
    readings_asked: list[ReadingResponse] = Field(default_factory=list)
    readings: dict[str, int] = Field(default_factory=dict)
    after: dict[str, int] = Field(default_factory=dict)
    sure: bool = False


class VisitResponse(ProgressResponse):
    """A visit with its whole checklist."""

    equipment_id: str
    duty: str
    annex: str
    items: list[ItemResponse]
    opened_at: str
    closed_at: str | None


class ItemPhotoMessage(BaseModel):
    """A photo of an item, at most once each: the same one again is the one that is there. What else is said
    is the phone's word; nothing is refused for it, what cannot be read is left out and marked."""

    photo: api.File
    code: str = Field("", description="The item it shows.")
    taken_at: str = Field("", description="When it was taken, RFC 3339.")
    source: str = Field("", description="`camera` or `gallery`.")
    original_at: str = Field("", description="What the file itself says (EXIF), before it was drawn anew.")
    stamped: str = Field("", description="`1`: time, lift and item are written into the picture.")
    latitude: str = ""
    longitude: str = ""
    accuracy_m: str = ""


class ItemPhotoResponse(Answered):
    """`marks`: what is remarkable about the photo, with its words."""

    photo_id: str
    code: str
    marks: dict[str, str]


class SignatureMessage(BaseModel):
    """The use unit's signature as it was drawn."""

    signer_id: UUID | None = Field(None, description="A safety manager of the use unit.")
    signer_name: str = Field("", description="How phones of before named him.")
    drawing: api.File
    message_id: UUID | None = None


class PaperMessage(BaseModel):
    """The photo of a paper record that the use unit signed."""

    signer_id: UUID | None = Field(None, description="A safety manager of the use unit, if one is named.")
    photo: api.File
    message_id: UUID | None = None


class VisitQuery(api.Query):
    lift: str = Field("", description="The id of the lift, for visits that no swipe opened.")


class AnswersBody(api.RequestBody):
    """Any number of answers, in any order; the newest of each item stands. The same message again, by its id
    or without one by its content, changes nothing."""

    message_id: UUID | None = None
    answers: list[AnswerBody] = Field(default_factory=list, max_length=MOST_ITEMS)
    remark: str | None = Field(default=None, max_length=2000)

    def replies(self) -> list[ItemReply]:
        return [
            ItemReply(
                item.code, item.answer, item.note, item.happened_at, item.readings, item.after, item.sure
            )
            for item in self.answers
        ]
