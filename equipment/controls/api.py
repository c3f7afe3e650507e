"""日管控 from phones: the whole control of a day as one message, once however often it comes; photos
stand beside it."""

from __future__ import annotations

from typing import BinaryIO, Literal, cast
from uuid import UUID

from flask import Response, jsonify, request
from pydantic import BaseModel, Field

from equipment.controls import actions
from equipment.controls.actions import MOST_PHOTOS, MOST_PROBLEMS, ControlDraft, ControlProblem
from equipment.controls.forms import ControlMessageForm
from equipment.controls.rules import ControlGrade, ControlPeriod
from equipment.files.actions import StoredDocument, take
from equipment.files.content import IMAGES
from equipment.people.rules import DeviceKind
from equipment.storage.db import in_transaction
from equipment.web import api, viewer
from equipment.web.api import Day, OffsetTime, RequestBody
from equipment.web.openapi import Answered

routes = api.blueprint("controls_api", __name__)


class ControlProblemBody(BaseModel):
    """A problem that was seen. `stopped` is said of a serious one: whether its piece was stopped."""

    text: str = Field(max_length=1000)
    grade: Literal["general", "serious"] = "general"
    piece: UUID | None = None
    item: str = Field("", max_length=300)
    stopped: bool | None = None
    why_not: str = Field("", max_length=200)
    put_right: bool = False


class DailyControlBody(RequestBody):
    """The control of a day (每日安全检查记录). `nothing_found`: every item was looked at, and nothing
    is wrong."""

    control_id: UUID
    category: str = Field(max_length=30)
    on: Day
    made_at: OffsetTime
    nothing_found: bool
    officer: str = Field(max_length=60)
    period: Literal["morning", "afternoon", "whole"] = "whole"
    weather: str = Field("", max_length=30)
    problems: list[ControlProblemBody] = Field(default_factory=list, max_length=MOST_PROBLEMS)
    list_version: int | None = None
    note: str = Field("", max_length=300)
    is_paper: bool = False
    replaces: UUID | None = None
    reason: str = Field("", max_length=300)


class DailyControlMessage(BaseModel):
    """`record` is the control as JSON; `photo-1` ... are photos."""

    record: str


class DailyControlResponse(Answered):
    """`again`: this message had come before. `late`: it counts as entered late (补录)."""

    control_id: str
    again: bool
    late: bool
    url: str


@routes.post("/controls")
@api.token(DeviceKind.PHONE)
@api.described(
    form=DailyControlMessage, answer=DailyControlResponse, statuses=(201, 200), problems=(403, 409)
)
def post_control() -> tuple[Response, int]:
    """The daily control of a use unit or station, from the phone of its safety officer."""
    who, body = viewer(), api.body(DailyControlBody, (ControlMessageForm().record.data or "").encode())
    photos = _photos()
    recorded = in_transaction(lambda: actions.record(_draft(body, photos), by=who))
    control = recorded.control
    answer = {
        "control_id": str(control.id),
        "again": recorded.is_again,
        "late": control.is_late,
        "url": f"/controls/daily/{control.organisation_id}/{control.id}",
    }
    return jsonify(answer), 200 if recorded.is_again else 201


def _photos() -> list[StoredDocument]:
    files = [request.files.get(f"photo-{number}") for number in range(1, MOST_PHOTOS + 1)]
    return [
        take(cast(BinaryIO, file.stream), file.filename or "photo", "control", accept=IMAGES, field="photos")
        for file in files
        if file is not None
    ]


def _draft(body: DailyControlBody, photos: list[StoredDocument]) -> ControlDraft:
    problems = [
        ControlProblem(
            text=one.text,
            grade=ControlGrade(one.grade),
            piece=one.piece,
            item=one.item,
            stopped=one.stopped,
            why_not=one.why_not,
            put_right=one.put_right,
        )
        for one in body.problems
    ]
    return ControlDraft(
        control_id=body.control_id,
        category=body.category,
        on=body.on,
        made_at=body.made_at,
        nothing_found=body.nothing_found,
        officer=body.officer,
        period=ControlPeriod(body.period),
        weather=body.weather,
        problems=problems,
        list_version=body.list_version,
        note=body.note,
        is_paper=body.is_paper,
        photos=photos,
        replaces=body.replaces,
        reason=body.reason,
    )
