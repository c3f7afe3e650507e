"""Every night a running campaign follows the register: what came into its scope joins its office's list, what
left it says why, what moved to another office goes to that office's list. Nothing vanishes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func

from equipment.campaigns.actions import hold, new_row, open_list, record_campaign, record_rows
from equipment.campaigns.models import Campaign, CampaignList, CampaignRow
from equipment.campaigns.queries import lists_of
from equipment.campaigns.rules import GONE, SubjectNow, dropping, office_for
from equipment.campaigns.selecting import OfficeShare, areas_of, office_areas, shares
from equipment.campaigns.states import CampaignRowState, CampaignState, RowDropping
from equipment.core import clock
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session

AT_ONCE = 500


class CampaignFollowed(NamedTuple):
    """What a night did to a campaign."""

    joined: int = 0
    dropped: int = 0
    moved: int = 0
    back: int = 0


def follow(campaign: Campaign, *, by: Viewer) -> CampaignFollowed:
    """Bring the lists of a running campaign in line with the register. Run twice it does the same once."""
    hold(campaign)
    if campaign.state is not CampaignState.RUNNING:
        return CampaignFollowed()
    offices = shares(campaign)
    in_scope = {one.id for share in offices for one in share.in_scope}
    rows = session.scalars(visible(SYSTEM, CampaignRow).where(CampaignRow.campaign_id == campaign.id)).all()
    lists = {one.area: one for one in lists_of(SYSTEM, [campaign.id])}
    now = _now([row for row in rows if row.state is CampaignRowState.TO_CHECK], in_scope)
    dropped = _drop(campaign, rows, now, by)
    moved = _move(campaign, rows, now, lists, by)
    back = _take_back(campaign, rows, in_scope, by)
    joined = _join(campaign, offices, rows, lists, by)
    return CampaignFollowed(joined, dropped, moved, back)


def subject_id(row: CampaignRow) -> UUID:
    key = row.equipment_id or row.unit_id
    assert key is not None  # CHECK about_something
    return key


def _now(rows: Sequence[CampaignRow], in_scope: Collection[UUID]) -> dict[UUID, SubjectNow]:
    """How what these rows are about stands in the register."""
    now: dict[UUID, SubjectNow] = {}
    ids = [row.equipment_id for row in rows if row.equipment_id is not None]
    for start in range(0, len(ids), AT_ONCE):
        part = visible(SYSTEM, Equipment).where(Equipment.id.in_(ids[start : start + AT_ONCE]))
        columns = part.with_only_columns(Equipment.id, Equipment.status, Equipment.area)
        for key, status, area in session.execute(columns):
            now[key] = SubjectNow(status in GONE, area, key in in_scope)
    units = [row.unit_id for row in rows if row.equipment_id is None]
    for start in range(0, len(units), AT_ONCE):
        some = visible(SYSTEM, Organisation).where(Organisation.id.in_(units[start : start + AT_ONCE]))
        columns = some.with_only_columns(Organisation.id, Organisation.active, Organisation.area)
        for key, active, area in session.execute(columns):
            now[key] = SubjectNow(not active, area, key in in_scope)
    return now


def _drop(campaign: Campaign, rows: Sequence[CampaignRow], now: Mapping[UUID, SubjectNow], by: Viewer) -> int:
    areas, left = areas_of(campaign), []
    for row in rows:
        if row.state is not CampaignRowState.TO_CHECK:
            continue
        why = dropping(now[subject_id(row)], areas)
        if why is not None:
            row.state, row.dropping = CampaignRowState.DROPPED, why
            left.append(row)
    if left:
        record_rows(left, "campaign.row_dropped", by, campaign)
    return len(left)


def _move(
    campaign: Campaign,
    rows: Sequence[CampaignRow],
    now: Mapping[UUID, SubjectNow],
    lists: dict[str, CampaignList],
    by: Viewer,
) -> int:
    """A row goes to the office in whose area its piece stands now, and keeps the one that had it."""
    offices, moved = office_areas(), []
    for row in rows:
        if row.state is not CampaignRowState.TO_CHECK:
            continue
        area = now[subject_id(row)].area
        office = office_for(area, offices, campaign.area)
        if office == row.area:
            continue
        target = _list_for(campaign, office, lists, by)
        row.moved_from, row.place_area = row.area, area
        row.list_id, row.area, row.row_no = target.id, target.area, _last_no(target) + 1
        session.flush()
        moved.append(row)
    if moved:
        record_rows(moved, "campaign.row_moved", by, campaign)
    return len(moved)


def _take_back(
    campaign: Campaign, rows: Sequence[CampaignRow], in_scope: Collection[UUID], by: Viewer
) -> int:
    back = [
        row
        for row in rows
        if row.state is CampaignRowState.DROPPED
        and row.dropping is not RowDropping.WITHDRAWN
        and subject_id(row) in in_scope
    ]
    for row in back:
        row.state, row.dropping, row.joined_on = CampaignRowState.TO_CHECK, None, clock.today()
    if back:
        record_rows(back, "campaign.row_back", by, campaign)
    return len(back)


def _join(
    campaign: Campaign,
    offices: Sequence[OfficeShare],
    rows: Sequence[CampaignRow],
    lists: dict[str, CampaignList],
    by: Viewer,
) -> int:
    """What is new in the scope; of a draw, as many as its share of what is new asks for."""
    there, fresh = {subject_id(row) for row in rows}, []
    held: dict[str, int] = defaultdict(int)
    for row in rows:
        held[row.area] += row.state is not CampaignRowState.DROPPED
    for share in offices:
        new = [one for one in share.drawn if one.id not in there]
        if campaign.share is not None:
            new = new[: max(0, len(share.drawn) - held[share.area])]
        if not new:
            continue
        target = _list_for(campaign, share.area, lists, by, in_scope=len(share.in_scope))
        first = _last_no(target) + 1
        added = [
            new_row(campaign, target, number, one, clock.today()) for number, one in enumerate(new, first)
        ]
        session.add_all(added)
        fresh += added
    if fresh:
        record_campaign(campaign, "campaign.joined", by, lists.values(), rows=len(fresh))
        record_rows(fresh, "campaign.listed", by, campaign)
    return len(fresh)


def _list_for(
    campaign: Campaign, area: str, lists: dict[str, CampaignList], by: Viewer, *, in_scope: int | None = None
) -> CampaignList:
    """The list of an office; one that had nothing to check so far gets its first."""
    there = lists.get(area)
    if there is None:
        there = lists[area] = open_list(campaign, area, in_scope or 0)
        record_campaign(campaign, "campaign.list_opened", by, [there], area=area)
    elif in_scope is not None:
        there.in_scope = in_scope
    return there


def _last_no(target: CampaignList) -> int:
    last = visible(SYSTEM, CampaignRow).where(CampaignRow.list_id == target.id)
    return session.scalar(last.with_only_columns(func.max(CampaignRow.row_no))) or 0
