"""Campaigns, lists and rows through scope; how far they are, and what became of what was found, from the
hazards' own states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_
from sqlalchemy.orm import aliased

from equipment.campaigns.models import (
    Campaign,
    CampaignItem,
    CampaignList,
    CampaignPhoto,
    CampaignProblem,
    CampaignRow,
)
from equipment.campaigns.rules import COUNTY, share_checked
from equipment.campaigns.states import CHECKED_ROWS, CampaignRowState, CampaignState
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState, HazardState
from equipment.orders.models import Order, OrderItem
from equipment.orders.rules import OrderOrigin, OrderState
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.storage.columns import Sorts
from equipment.storage.db import session

CAMPAIGN_SORTS: Sorts = {
    "until": (Campaign.until_on, Campaign.id),
    "number": (Campaign.number, Campaign.id),
    "title": (Campaign.title, Campaign.id),
}
ROW_SORTS: Sorts = {
    "row": (CampaignRow.area, CampaignRow.list_id, CampaignRow.row_no),
    "checked": (CampaignRow.happened_at, CampaignRow.id),
}
COUNTED = "counted"  # as a filter: rows that count, which those that left the campaign do not


def campaigns(viewer: Viewer) -> Select[Campaign]:
    """Those that concern the viewer's area; a draft is seen by the office that writes it and those above."""
    seen = visible(viewer, Campaign)
    if viewer is SYSTEM:
        return seen
    return seen.where(or_(Campaign.state != CampaignState.DRAFT, within(Campaign.area, viewer.area)))


def campaign_of(viewer: Viewer, campaign_id: UUID) -> Campaign:
    """The campaign, if the viewer may see it; NotFound otherwise, so that nothing leaks."""
    campaign = session.scalar(campaigns(viewer).where(Campaign.id == campaign_id))
    if campaign is None:
        raise NotFound
    return campaign


def campaigns_with(ids: Iterable[UUID]) -> dict[UUID, Campaign]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = visible(SYSTEM, Campaign).where(Campaign.id.in_(wanted))
    return {campaign.id: campaign for campaign in session.scalars(rows)}


def items_of(campaign: Campaign) -> Sequence[CampaignItem]:
    """The item table as it stands."""
    items = visible(SYSTEM, CampaignItem).where(
        CampaignItem.campaign_id == campaign.id, CampaignItem.version == campaign.version
    )
    return session.scalars(items.order_by(CampaignItem.no)).all()


def lists_of(viewer: Viewer, campaign_ids: Collection[UUID]) -> Sequence[CampaignList]:
    lists = visible(viewer, CampaignList).where(CampaignList.campaign_id.in_(campaign_ids))
    return session.scalars(lists.order_by(CampaignList.area)).all()


def running_lists(viewer: Viewer) -> Select[CampaignList]:
    return visible(viewer, CampaignList).where(CampaignList.ended_at.is_(None))


def list_of(viewer: Viewer, list_id: UUID) -> CampaignList:
    wanted = session.scalar(visible(viewer, CampaignList).where(CampaignList.id == list_id))
    if wanted is None:
        raise NotFound
    return wanted


def rows_of(campaign_list: CampaignList) -> Select[CampaignRow]:
    rows = visible(SYSTEM, CampaignRow).where(CampaignRow.list_id == campaign_list.id)
    return rows.order_by(CampaignRow.row_no)


def row_of(viewer: Viewer, row_id: UUID) -> CampaignRow:
    row = session.scalar(visible(viewer, CampaignRow).where(CampaignRow.id == row_id))
    if row is None:
        raise NotFound
    return row


def open_elsewhere(campaign_id: UUID) -> Select[CampaignRow]:
    """Rows still to be checked in running campaigns beside this one."""
    running = exists().where(Campaign.id == CampaignRow.campaign_id, Campaign.state == CampaignState.RUNNING)
    return visible(SYSTEM, CampaignRow).where(
        CampaignRow.state == CampaignRowState.TO_CHECK, CampaignRow.campaign_id != campaign_id, running
    )


def others_of(viewer: Viewer, rows: Sequence[CampaignRow]) -> dict[UUID, list[CampaignRow]]:
    """By row, the open rows of the same piece or unit in other running campaigns, of the viewer's area."""
    mine, other = CampaignRow, aliased(CampaignRow)
    ids = [row.id for row in rows if row.state is CampaignRowState.TO_CHECK]
    if not ids:
        return {}
    same = or_(
        other.equipment_id == mine.equipment_id,
        and_(other.equipment_id.is_(None), mine.equipment_id.is_(None), other.unit_id == mine.unit_id),
    )
    running = exists().where(Campaign.id == other.campaign_id, Campaign.state == CampaignState.RUNNING)
    pairs = (
        visible(SYSTEM, CampaignRow)
        .join(other, and_(same, other.campaign_id != mine.campaign_id))
        .where(mine.id.in_(ids), other.state == CampaignRowState.TO_CHECK, running)
        .where(within(other.area, viewer.area))
        .with_only_columns(mine.id, other)
    )
    by_row: dict[UUID, list[CampaignRow]] = {}
    for row_id, beside in session.execute(pairs):
        by_row.setdefault(row_id, []).append(beside)
    return by_row


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """How many rows stand how, and what became of the problems; sums add up."""

    to_check: int = 0
    sound: int = 0
    faulty: int = 0
    absent: int = 0
    dropped: int = 0
    missed: int = 0
    problems: int = 0
    key_problems: int = 0
    closed: int = 0
    overdue: int = 0

    @property
    def rows(self) -> int:
        """Rows that count: those that left the campaign do not."""
        return self.checked + self.to_check + self.missed

    @property
    def checked(self) -> int:
        return self.sound + self.faulty + self.absent

    @property
    def share(self) -> int | None:
        return share_checked(self.checked, self.rows)

    @property
    def open(self) -> int:
        return self.problems - self.closed

    def __add__(self, other: CampaignProgress) -> CampaignProgress:
        names = self.__dataclass_fields__
        return CampaignProgress(*(getattr(self, name) + getattr(other, name) for name in names))


def progress_by_list(viewer: Viewer, campaign_ids: Collection[UUID]) -> dict[UUID, CampaignProgress]:
    """By list, in two questions."""
    if not campaign_ids:
        return {}
    counted = visible(viewer, CampaignRow).where(CampaignRow.campaign_id.in_(campaign_ids))
    grouped = counted.with_only_columns(CampaignRow.list_id, CampaignRow.state, func.count()).group_by(
        CampaignRow.list_id, CampaignRow.state
    )
    numbers: dict[UUID, dict[str, int]] = {}
    for list_id, state, number in session.execute(grouped):
        numbers.setdefault(list_id, {})[str(state)] = number
    for row in session.execute(_problem_counts(viewer, campaign_ids)):
        of_list = numbers.setdefault(row.list_id, {})
        of_list |= {
            "problems": row.number,
            "key_problems": int(row.key_number or 0),
            "closed": int(row.closed or 0),
            "overdue": int(row.overdue or 0),
        }
    return {list_id: CampaignProgress(**states) for list_id, states in numbers.items()}


def _order_of_unit(state: OrderState) -> ColumnElement[bool]:
    """An order in this state came of the campaign for the unit of a problem."""
    return exists().where(
        Order.origin == OrderOrigin.CAMPAIGN,
        Order.origin_id == CampaignProblem.campaign_id,
        Order.organisation_id == CampaignProblem.unit_id,
        Order.state == state,
    )


def is_closed() -> ColumnElement[bool]:
    """A problem is closed: on the spot, with its hazard, or, at a unit, with its order."""
    return or_(
        CampaignProblem.put_right,
        Finding.state == FindingState.PUT_RIGHT,
        Hazard.state == HazardState.CLOSED,
        and_(CampaignProblem.finding_id.is_(None), _order_of_unit(OrderState.CLOSED)),
    )


def is_overdue(on: date) -> ColumnElement[bool]:
    return or_(
        and_(Hazard.closed_on.is_(None), Hazard.due_on < on),
        and_(
            CampaignProblem.finding_id.is_(None),
            CampaignProblem.put_right.is_(False),
            _order_of_unit(OrderState.OVERDUE),
        ),
    )


def _counts() -> ColumnElement[bool]:
    """What was dismissed or withdrawn was no problem."""
    return and_(
        or_(Finding.state.is_(None), Finding.state != FindingState.DISMISSED),
        or_(Hazard.state.is_(None), Hazard.state != HazardState.WITHDRAWN),
    )


def problems(viewer: Viewer) -> Select[CampaignProblem, Finding, Hazard]:
    """The problems that count, each with its finding and its hazard where it has them."""
    return (
        visible(viewer, CampaignProblem)
        .outerjoin(
            Finding,
            and_(
                Finding.equipment_id == CampaignProblem.equipment_id, Finding.id == CampaignProblem.finding_id
            ),
        )
        .outerjoin(Hazard, and_(Hazard.equipment_id == Finding.equipment_id, Hazard.id == Finding.hazard_id))
        .where(_counts())
        .add_columns(Finding, Hazard)
    )


def _problem_counts(viewer: Viewer, campaign_ids: Collection[UUID]) -> Select[UUID, int, int, int, int]:
    """A row that one check settled for two campaigns has its problems in the other."""
    row = CampaignRow
    return (
        problems(viewer)
        .join(row, func.coalesce(row.same_as, row.id) == CampaignProblem.row_id)
        .where(row.campaign_id.in_(campaign_ids))
        .with_only_columns(
            row.list_id,
            func.count().label("number"),
            func.sum(case((CampaignProblem.is_key, 1), else_=0)).label("key_number"),
            func.sum(case((is_closed(), 1), else_=0)).label("closed"),
            func.sum(case((is_overdue(clock.today()), 1), else_=0)).label("overdue"),
        )
        .group_by(row.list_id)
    )


class ItemCount(NamedTuple):
    """How often an item of the table was not in order, and how often that is closed."""

    problems: int
    closed: int


def counts_by_item(campaign: Campaign) -> dict[int, ItemCount]:
    grouped = (
        problems(SYSTEM)
        .where(CampaignProblem.campaign_id == campaign.id)
        .with_only_columns(CampaignProblem.item_no, func.count(), func.sum(case((is_closed(), 1), else_=0)))
        .group_by(CampaignProblem.item_no)
    )
    return {no: ItemCount(number, int(closed or 0)) for no, number, closed in session.execute(grouped)}


class ProblemStand(NamedTuple):
    """A problem with what became of it; `is_ordered`: it stands in an order already."""

    problem: CampaignProblem
    finding: Finding | None
    hazard: Hazard | None
    is_closed: bool
    is_ordered: bool


def stands(viewer: Viewer, campaign: Campaign, unit_id: UUID | None = None) -> list[ProblemStand]:
    """The problems of a campaign, unit by unit; those of one unit."""
    in_order = exists().where(
        OrderItem.hazard_id == Hazard.id,
        Order.organisation_id == OrderItem.organisation_id,
        Order.id == OrderItem.order_id,
        Order.state != OrderState.WITHDRAWN,
    )
    of_unit = exists().where(
        Order.origin == OrderOrigin.CAMPAIGN,
        Order.origin_id == CampaignProblem.campaign_id,
        Order.organisation_id == CampaignProblem.unit_id,
        Order.state != OrderState.WITHDRAWN,
    )
    rows = problems(viewer).where(CampaignProblem.campaign_id == campaign.id)
    if unit_id is not None:
        rows = rows.where(CampaignProblem.unit_id == unit_id)
    ordered = rows.order_by(CampaignProblem.unit_id, CampaignProblem.row_id, CampaignProblem.item_no)
    beside = ordered.add_columns(
        is_closed(), or_(in_order, and_(CampaignProblem.finding_id.is_(None), of_unit))
    )
    return [
        ProblemStand(problem, finding, hazard, bool(closed), bool(is_ordered))
        for problem, finding, hazard, closed, is_ordered in session.execute(beside)
    ]


def problems_of_rows(rows: Iterable[CampaignRow]) -> dict[UUID, list[CampaignProblem]]:
    """By row, what was not in order there; of a row that another one settled, what was found at that."""
    rows = list(rows)
    ids = {row.same_as or row.id for row in rows}
    if not ids:
        return {}
    wanted = visible(SYSTEM, CampaignProblem).where(CampaignProblem.row_id.in_(ids))
    by_id: dict[UUID, list[CampaignProblem]] = {}
    for problem in session.scalars(wanted.order_by(CampaignProblem.item_no)):
        by_id.setdefault(problem.row_id, []).append(problem)
    return {row.id: by_id.get(row.same_as or row.id, []) for row in rows}


def photos_of(rows: Iterable[UUID]) -> dict[UUID, list[CampaignPhoto]]:
    wanted = visible(SYSTEM, CampaignPhoto).where(CampaignPhoto.row_id.in_(list(rows)))
    by_row: dict[UUID, list[CampaignPhoto]] = {}
    for photo in session.scalars(wanted.order_by(CampaignPhoto.at, CampaignPhoto.sha256)):
        by_row.setdefault(photo.row_id, []).append(photo)
    return by_row


def listed_rows(viewer: Viewer, campaign: Campaign, filters: Mapping[str, str]) -> Select[CampaignRow]:
    """The rows behind the filters of a list; what makes no sense there asks for nothing."""
    rows = visible(viewer, CampaignRow).where(CampaignRow.campaign_id == campaign.id)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(CampaignRow.area, filters["area"]))
    if list_id := id_in(filters.get("list", "")):
        rows = rows.where(CampaignRow.list_id == list_id)
    state = filters.get("state", "")
    if state in set(CampaignRowState):
        rows = rows.where(CampaignRow.state == state)
    elif state == "checked":
        rows = rows.where(CampaignRow.state.in_(CHECKED_ROWS))
    elif state == COUNTED:
        rows = rows.where(CampaignRow.state != CampaignRowState.DROPPED)
    if filters.get("joined"):
        rows = rows.where(CampaignRow.joined_on.is_not(None))
    if filters.get("without"):
        rows = rows.where(
            func.length(CampaignRow.place_area) > COUNTY, func.length(CampaignRow.area) <= COUNTY
        )
    if filters.get("problem") == "open":
        still = (
            problems(SYSTEM)
            .where(CampaignProblem.campaign_id == campaign.id, ~func.coalesce(is_closed(), False))
            .with_only_columns(CampaignProblem.row_id)
        )
        rows = rows.where(CampaignRow.id.in_(still))
    return rows


def unit_names(rows: Iterable[CampaignRow]) -> dict[UUID | None, str]:
    ids = {row.unit_id for row in rows if row.unit_id is not None}
    named = visible(SYSTEM, Organisation).where(Organisation.id.in_(ids))
    columns = named.with_only_columns(Organisation.id, Organisation.name)
    return {row.id: row.name for row in session.execute(columns)}


def unit_addresses(rows: Iterable[CampaignRow]) -> dict[UUID | None, str]:
    ids = {row.unit_id for row in rows if row.unit_id is not None}
    named = visible(SYSTEM, Organisation).where(Organisation.id.in_(ids))
    columns = named.with_only_columns(Organisation.id, Organisation.address)
    return {row.id: row.address for row in session.execute(columns)}


def pieces_of(rows: Iterable[CampaignRow]) -> dict[UUID | None, Equipment]:
    """The pieces of these rows: also those that have moved to another area since."""
    ids = [row.equipment_id for row in rows if row.equipment_id is not None]
    return {piece.id: piece for piece in pieces(SYSTEM, ids)}


def issued_orders(viewer: Viewer, campaign: Campaign) -> Sequence[Order]:
    """The orders that came of a campaign."""
    orders = visible(viewer, Order).where(
        Order.origin == OrderOrigin.CAMPAIGN,
        Order.origin_id == campaign.id,
        Order.state != OrderState.WITHDRAWN,
    )
    return session.scalars(orders.order_by(Order.issued_at)).all()


def next_number(area: str, year: int) -> str:
    """ZX-2026-6204-03: the count of an office's campaigns of a year."""
    of_year = visible(SYSTEM, Campaign).where(
        Campaign.area == area, Campaign.number.startswith(f"ZX-{year}-", autoescape=True)
    )
    number = session.scalar(of_year.with_only_columns(func.count())) or 0
    return f"ZX-{year}-{area}-{number + 1:02}"
