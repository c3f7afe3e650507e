"""专项行动 for officers' phones: what was seen at a row, each once however often it is told, and its photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Literal, cast
from uuid import UUID

from flask import Response, jsonify, request
from pydantic import BaseModel, Field

from equipment.campaigns.checking import FailedItem, SiteCheck, add_photo, record_check
from equipment.campaigns.forms import NO_PHOTO, CampaignPhotoForm
from equipment.campaigns.models import CampaignRow
from equipment.campaigns.queries import (
    campaigns_with,
    items_of,
    list_of,
    pieces_of,
    problems_of_rows,
    rows_of,
    unit_names,
)
from equipment.campaigns.rules import MOST_ITEMS, NOTE_LENGTH, TEXT_LENGTH
from equipment.campaigns.states import AbsentWhy, CampaignRowState
from equipment.core.errors import Invalid, NotFound
from equipment.core.geo import stated_position
from equipment.core.ids import id_in
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.people.rules import DeviceKind
from equipment.register.naming import called
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.api import OffsetTime, RequestBody
from equipment.web.language import translate
from equipment.web.openapi import Answered

routes = api.blueprint("campaigns_api", __name__)
PHOTO = "photo"


class FailedItemBody(BaseModel):
    """An item of the table that was not in order."""

    item: int = Field(ge=1, description="The number of the item in the table.")
    text: str = Field("", max_length=TEXT_LENGTH)
    put_right: bool = Field(False, description="Put right while somebody was there.")


class CampaignOutcomeMessage(RequestBody):
    """What an officer saw at a row. Sent again with another id it corrects the earlier one. `failed` names
    the items that are not in order: all others are. `also` names rows of other campaigns, of the same piece
    or unit, that this check settles too. The position is where the phone was (WGS-84); without one nothing
    is lacking."""

    message_id: UUID
    row: UUID
    outcome: Literal["sound", "faulty", "absent"]
    happened_at: OffsetTime
    failed: list[FailedItemBody] = Field(default_factory=list, max_length=MOST_ITEMS)
    why: Literal["stopped", "removed", "not_found"] | None = None
    note: str = Field("", max_length=NOTE_LENGTH)
    also: list[UUID] = Field(default_factory=list, max_length=10)
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None


class CampaignPhotoMessage(BaseModel):
    """A photo of a row, at most once each: the same one again is the one that is there. `item` is the number
    of the item that it shows, 0 for none."""

    photo: api.File
    row: str
    item: str = "0"


class CampaignProblemResponse(Answered):
    item: int
    text: str
    put_right: bool


class CampaignRowResponse(Answered):
    """One row as it stands. `equipment_id` is null where the row is a unit."""

    row_id: str
    row: int
    equipment_id: str | None
    name: str
    unit: str
    state: CampaignRowState
    happened_at: str | None
    note: str
    problems: list[CampaignProblemResponse]


class CampaignOutcomeResponse(Answered):
    """`again`: this message had come before. `older`: a later check stands. `also`: rows of other campaigns
    that this check settled; `also_left`: those that it did not, because they were checked meanwhile."""

    again: bool
    older: bool
    also: int
    also_left: int
    row: CampaignRowResponse
    text: str


class CampaignPhotoResponse(Answered):
    row_id: str
    sha256: str


class CampaignItemResponse(Answered):
    item: int
    text: str
    rule: str
    key: bool


class CampaignListResponse(Answered):
    """A list of an office with the item table and the rows in the order of the way."""

    list_id: str
    campaign_id: str
    title: str
    document: str
    area: str
    until_on: str
    items: list[CampaignItemResponse]
    rows: list[CampaignRowResponse]


@routes.get("/campaigns/<uuid:list_id>")
@api.token(DeviceKind.PHONE)
@api.described(answer=CampaignListResponse)
def one_list(list_id: UUID) -> Response:
    """A list of the office's own area."""
    of_office = list_of(viewer(), list_id)
    campaign = campaigns_with([of_office.campaign_id])[of_office.campaign_id]
    return jsonify(
        {
            "list_id": str(of_office.id),
            "campaign_id": str(campaign.id),
            "title": campaign.title,
            "document": campaign.document,
            "area": of_office.area,
            "until_on": of_office.until_on.isoformat(),
            "items": [
                {"item": item.no, "text": item.text, "rule": item.rule_text, "key": item.is_key}
                for item in items_of(campaign)
            ],
            "rows": _rows(session.scalars(rows_of(of_office)).all()),
        }
    )


@routes.post("/campaigns/<uuid:list_id>/outcomes")
@api.token(DeviceKind.PHONE)
@api.described(
    body=CampaignOutcomeMessage, answer=CampaignOutcomeResponse, statuses=(201, 200), problems=(403, 409)
)
def post_outcome(list_id: UUID) -> tuple[Response, int]:
    """What was seen is on the row until a later check. A row that left the campaign meanwhile, or a campaign
    that ended before it was seen, is refused (409) and says so."""
    message = api.body(CampaignOutcomeMessage)
    check = SiteCheck(
        message.message_id,
        CampaignRowState(message.outcome),
        message.happened_at,
        [FailedItem(one.item, one.text, one.put_right) for one in message.failed],
        AbsentWhy(message.why) if message.why else None,
        message.note,
        message.also,
        stated_position(message.latitude, message.longitude, message.accuracy_m),
    )
    with transaction():
        list_of(viewer(), list_id)  # a row may have gone to another list since the phone read it
        recorded = record_check(message.row, check, by=viewer())
        answer = {
            "again": recorded.is_again,
            "older": recorded.is_older,
            "also": recorded.also,
            "also_left": recorded.also_left,
            "row": _rows([recorded.row])[0],
            "text": translate(recorded.row.state.label),
        }
    return jsonify(answer), 200 if recorded.is_again else 201


@routes.post("/campaigns/<uuid:list_id>/photos")
@api.token(DeviceKind.PHONE)
@api.described(form=CampaignPhotoMessage, answer=CampaignPhotoResponse, statuses=(201,), problems=(403, 409))
def post_photo(list_id: UUID) -> tuple[Response, int]:
    """A photo of a row; multipart fields `photo`, `row` and `item`."""
    list_of(viewer(), list_id)
    file, form = request.files.get("photo"), CampaignPhotoForm()
    if file is None:
        raise Invalid({"photo": NO_PHOTO})
    row_id, item = id_in(form.row.data or ""), form.item_no
    if row_id is None:
        raise NotFound
    picture = take(cast(BinaryIO, file.stream), file.filename or "photo", PHOTO, accept=IMAGES, field="photo")
    with transaction():
        kept = add_photo(row_id, item, picture, by=viewer())
        answer = {"row_id": str(kept.row_id), "sha256": kept.sha256}
    return jsonify(answer), 201


def _rows(rows: Sequence[CampaignRow]) -> list[dict[str, object]]:
    session.flush()
    pieces, names, problems = pieces_of(rows), unit_names(rows), problems_of_rows(rows)
    answers: list[dict[str, object]] = []
    for row in rows:
        piece = pieces.get(row.equipment_id)
        unit = names.get(row.unit_id, "")
        answers.append(
            {
                "row_id": str(row.id),
                "row": row.row_no,
                "equipment_id": str(row.equipment_id) if row.equipment_id else None,
                "name": translate(called(piece)) if piece else unit,
                "unit": unit,
                "state": row.state,
                "happened_at": row.happened_at.isoformat() if row.happened_at else None,
                "note": row.note,
                "problems": [
                    {"item": one.item_no, "text": one.text, "put_right": one.put_right}
                    for one in problems[row.id]
                ],
            }
        )
    return answers
