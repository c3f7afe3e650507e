"""专项行动 in an officer's hand: his lists and their rows, which open without a signal; what he taps waits on the
phone until there is one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext
from sqlalchemy import case

from equipment import web
from equipment.campaigns.listing import area_names
from equipment.campaigns.models import Campaign, CampaignList, CampaignPhoto, CampaignRow
from equipment.campaigns.queries import (
    CampaignProgress,
    campaigns_with,
    items_of,
    list_of,
    progress_by_list,
    row_of,
    rows_of,
    running_lists,
)
from equipment.campaigns.rules import days_left
from equipment.campaigns.states import AbsentWhy, CampaignRowState, CampaignState
from equipment.campaigns.views import CampaignRowsAround, around, may_write
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.files.views import handed_out
from equipment.people.device_views import phone_token
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.people.scope import visible
from equipment.register.naming import called
from equipment.storage.db import session
from equipment.web.language import translate
from equipment.web.offline import offline

pages = Blueprint("campaign_lists", __name__)
MOST_LISTS = 200  # on one page: those of a city and a few campaigns
PHONE_ROWS = 600  # rows on one page of a phone, those still to be checked first
KEPT = 12  # lists that the phone keeps with their rows


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A list as its office sees it."""

    of_office: CampaignList
    campaign: Campaign
    area_name: str
    progress: CampaignProgress


@pages.get("/campaigns")
@web.allows(Action.SEE, Thing.CAMPAIGN)
def index() -> web.Answer:
    """The lists of running campaigns, kept on the phone with their rows."""
    who = web.viewer()
    lists = session.scalars(
        running_lists(who)
        .order_by(CampaignList.until_on, CampaignList.campaign_id, CampaignList.area)
        .limit(MOST_LISTS)
    ).all()
    campaigns = campaigns_with(one.campaign_id for one in lists)
    counts, names = progress_by_list(who, list(campaigns)), area_names({one.area for one in lists})
    return offline(
        render_template(
            "campaigns/lists.html",
            lists=[
                ListSummary(
                    one,
                    campaigns[one.campaign_id],
                    names.get(one.area, one.area),
                    counts.get(one.id, CampaignProgress()),
                )
                for one in lists
            ],
            today=clock.today(),
            kept=KEPT,
            may_check=may(who, Action.CHANGE, Thing.CAMPAIGN),
            may_write=may_write(who),
        )
    )


@dataclass(frozen=True, slots=True)
class CampaignStop:
    """One unit on the way, with its rows."""

    unit: str
    address: str
    rows: tuple[CampaignRow, ...]


@pages.get("/campaigns/lists/<uuid:list_id>")
@web.allows(Action.SEE, Thing.CAMPAIGN)
def show(list_id: UUID) -> web.Answer:
    """One list in the officer's hand: unit after unit; what is in order is one tap."""
    who = web.viewer()
    of_office = list_of(who, list_id)
    campaign = campaigns_with([of_office.campaign_id])[of_office.campaign_id]
    first = case((CampaignRow.state == CampaignRowState.TO_CHECK, 0), else_=1)
    rows = session.scalars(
        rows_of(of_office).order_by(None).order_by(first, CampaignRow.row_no).limit(PHONE_ROWS)
    ).all()
    there = around(rows)
    progress = progress_by_list(who, [campaign.id]).get(of_office.id, CampaignProgress())
    return offline(
        render_template(
            "campaigns/list.html",
            of_office=of_office,
            campaign=campaign,
            area_name=area_names({of_office.area}).get(of_office.area, of_office.area),
            stops=_stops(rows, there),
            around=there,
            names={row.id: _name(row, there) for row in rows},
            also={row.id: _also(row, there) for row in rows},
            failed={row.id: _failed(row, there) for row in rows},
            items=items_of(campaign),
            reasons=list(AbsentWhy),
            progress=progress,
            left_out=max(0, progress.rows + progress.dropped - len(rows)),
            days=days_left(campaign.until_on, clock.today()),
            today=clock.today(),
            may_check=campaign.state is CampaignState.RUNNING and may(who, Action.CHANGE, Thing.CAMPAIGN),
        )
    )


def _name(row: CampaignRow, there: CampaignRowsAround) -> str:
    piece = there.pieces.get(row.equipment_id)
    return translate(called(piece)) if piece else there.units.get(row.unit_id, "—")


def _stops(rows: Sequence[CampaignRow], there: CampaignRowsAround) -> list[CampaignStop]:
    """Units with something left to check come first, in the order of the way."""
    grouped: dict[UUID | None, list[CampaignRow]] = {}
    for row in rows:
        grouped.setdefault(row.unit_id, []).append(row)
    stops = []
    for unit_id, members in grouped.items():
        piece = there.pieces.get(members[0].equipment_id)
        address = piece.address if piece else there.addresses.get(unit_id, "")
        stops.append(CampaignStop(there.units.get(unit_id, ""), address, tuple(members)))
    return stops


def _also(row: CampaignRow, there: CampaignRowsAround) -> str:
    """The rows of other campaigns that a check of this one may settle, for the page's script."""
    others = there.others.get(row.id, ())
    return json.dumps(
        [{"row": str(other.id), "title": there.campaigns[other.campaign_id].title} for other in others],
        ensure_ascii=False,
    )


def _failed(row: CampaignRow, there: CampaignRowsAround) -> str:
    """What is on record as not in order, for the page's script."""
    found = there.problems.get(row.id, ())
    stated: list[Mapping[str, object]] = [
        {"item": one.item_no, "text": one.text.partition("：")[2], "put_right": one.put_right}
        for one in found
    ]
    return json.dumps(stated, ensure_ascii=False)


@pages.get("/campaigns/rows/<uuid:row_id>/photos/<sha256>")
@web.allows(Action.SEE, Thing.CAMPAIGN)
def photo(row_id: UUID, sha256: str) -> web.Answer:
    """A photo that was taken at a row."""
    row = row_of(web.viewer(), row_id)
    wanted = visible(SYSTEM, CampaignPhoto).where(
        CampaignPhoto.row_id == row.id, CampaignPhoto.sha256 == sha256
    )
    picture = session.scalar(wanted)
    if picture is None:
        raise NotFound
    return handed_out(picture.sha256, picture.media_type, picture.name)


@pages.post("/campaigns/phone")
@web.allows(Action.CHANGE, Thing.CAMPAIGN)
def phone() -> web.Answer:
    """A token for the phone of the officer who is signed in: what it keeps is sent by that, also after the
    sign-in has ended."""
    return phone_token(gettext("Officer’s phone"))
