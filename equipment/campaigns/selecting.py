"""Which pieces or units are in the scope of a campaign, which office each falls to, and which are drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, exists, func, or_

from equipment.campaigns.models import Campaign, CampaignRow
from equipment.campaigns.queries import open_elsewhere
from equipment.campaigns.rules import (
    CampaignScope,
    ScopeCondition,
    draw_rank,
    drawn_number,
    is_without_office,
    office_for,
)
from equipment.campaigns.states import CampaignSubject
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.people.scope import visible, within
from equipment.register.lists import filtered
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session

whose = func.coalesce(Equipment.use_unit_id, Equipment.owner_id)


class ScopeSubject(NamedTuple):
    """One piece, or one unit, that a campaign is about; `unit_name` and `address` order the way."""

    id: UUID
    equipment_id: UUID | None
    unit_id: UUID | None
    category: str
    area: str
    unit_name: str
    address: str
    place: str

    @property
    def on_the_way(self) -> tuple[str, ...]:
        """Units together, street by street."""
        return self.area, self.unit_name, self.address, self.place, self.id.hex


def areas_of(campaign: Campaign) -> tuple[str, ...]:
    """The areas that a campaign is about."""
    return CampaignScope.of(campaign.scope).areas or (campaign.area,)


def pieces_in_scope(scope: CampaignScope, areas: Collection[str]) -> Select[Equipment]:
    """The pieces of a scope, wherever what is asked of them is known to the register."""
    asked = {condition: "1" for condition in scope.conditions if condition in set(ScopeCondition)}
    chosen = filtered(SYSTEM, asked).where(
        Equipment.status.in_(scope.statuses or (EquipmentStatus.IN_USE,)),
        or_(*(within(Equipment.area, area) for area in areas)),
    )
    if scope.categories:
        chosen = chosen.where(Equipment.category.in_(scope.categories))
    if scope.kinds:
        chosen = chosen.where(or_(*(Equipment.catalogue_code.startswith(kind) for kind in scope.kinds)))
    if scope.media:
        chosen = chosen.where(Equipment.medium.in_(scope.media))
    return chosen


def subjects(
    scope: CampaignScope, areas: Collection[str], only: Collection[UUID] | None = None
) -> list[ScopeSubject]:
    """Everything in a scope, or those of `only` that are in it."""
    if scope.subject is CampaignSubject.UNITS:
        return _units(scope, areas, only)
    chosen = pieces_in_scope(scope, areas).outerjoin(Organisation, Organisation.id == whose)
    if scope.unit_kinds:
        chosen = chosen.where(Organisation.kind.in_(scope.unit_kinds))
    if only is not None:
        chosen = chosen.where(Equipment.id.in_(only))
    columns = chosen.with_only_columns(
        Equipment.id,
        whose,
        Equipment.category,
        Equipment.area,
        func.coalesce(Organisation.name, ""),
        Equipment.address,
        Equipment.position,
    )
    return [ScopeSubject(row[0], row[0], *row[1:]) for row in session.execute(columns)]


def _units(scope: CampaignScope, areas: Collection[str], only: Collection[UUID] | None) -> list[ScopeSubject]:
    chosen = visible(SYSTEM, Organisation).where(
        Organisation.active,
        Organisation.kind != OrganisationKind.REGULATOR,
        or_(*(within(Organisation.area, area) for area in areas)),
    )
    if scope.unit_kinds:
        chosen = chosen.where(Organisation.kind.in_(scope.unit_kinds))
    if scope.asks_for_pieces:
        theirs = or_(whose == Organisation.id, Equipment.maintenance_firm_id == Organisation.id)
        condition = pieces_in_scope(scope, ("",)).whereclause
        assert condition is not None
        chosen = chosen.where(exists().where(theirs, condition))
    if only is not None:
        chosen = chosen.where(Organisation.id.in_(only))
    columns = chosen.with_only_columns(
        Organisation.id, Organisation.area, Organisation.name, Organisation.address
    )
    return [
        ScopeSubject(key, None, key, "", area, name, address, "")
        for key, area, name, address in session.execute(columns)
    ]


def office_areas() -> set[str]:
    """The areas that have an office of the bureau on file."""
    offices = visible(SYSTEM, Organisation).where(
        Organisation.kind == OrganisationKind.REGULATOR, Organisation.active
    )
    return set(session.scalars(offices.with_only_columns(Organisation.area)))


@dataclass(frozen=True, slots=True)
class OfficeShare:
    """What one office gets of a campaign: all that is in its scope, and what of it is drawn, in the order of
    the way; how many stand where no office is on file."""

    area: str
    in_scope: Sequence[ScopeSubject]
    drawn: Sequence[ScopeSubject]
    without_office: int


def shares(campaign: Campaign) -> list[OfficeShare]:
    """The lists of a campaign as it would be issued now, by office."""
    by_office: dict[str, list[ScopeSubject]] = defaultdict(list)
    offices = office_areas()
    for subject in subjects(CampaignScope.of(campaign.scope), areas_of(campaign)):
        by_office[office_for(subject.area, offices, campaign.area)].append(subject)
    return [_share(campaign, area, some) for area, some in sorted(by_office.items())]


def _share(campaign: Campaign, area: str, some: list[ScopeSubject]) -> OfficeShare:
    drawn = some
    if campaign.share is not None:
        ranked = sorted(some, key=lambda one: draw_rank(campaign.id, one.id))
        drawn = ranked[: drawn_number(len(some), campaign.share)]
    drawn = sorted(drawn, key=lambda one: one.on_the_way)
    return OfficeShare(area, some, drawn, sum(is_without_office(one.area, area) for one in drawn))


class IssuePreview(NamedTuple):
    """What issuing would make, said before it is done."""

    in_scope: int
    rows: int
    offices: Sequence[OfficeShare]
    without_office: int
    also_elsewhere: int  # rows that stand open in another campaign too


def preview(campaign: Campaign) -> IssuePreview:
    offices = shares(campaign)
    drawn = [one.id for share in offices for one in share.drawn]
    return IssuePreview(
        sum(len(share.in_scope) for share in offices),
        len(drawn),
        offices,
        sum(share.without_office for share in offices),
        also_in_other(campaign, drawn),
    )


def also_in_other(campaign: Campaign, ids: Sequence[UUID]) -> int:
    """How many of these stand open in a running campaign beside this one."""
    about = open_elsewhere(campaign.id).with_only_columns(
        func.coalesce(CampaignRow.equipment_id, CampaignRow.unit_id)
    )
    return len(set(session.scalars(about)) & set(ids))


def standing(campaign: Campaign, only: Collection[UUID]) -> Mapping[UUID, ScopeSubject]:
    """Those of these pieces or units that are in the scope of a campaign now."""
    scope, areas = CampaignScope.of(campaign.scope), areas_of(campaign)
    return {one.id: one for one in subjects(scope, areas, only)}
