"""The checklists of firms as a viewer may see them; the one in force on a day; lifts that lack one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func

from equipment.checklists.models import FirmChecklist
from equipment.checklists.rules import item_of
from equipment.checklists.states import ListState
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.checklists import Item, of_class
from equipment.regulation.elevator_details import CATALOGUE
from equipment.regulation.planning import DueKind
from equipment.regulation.queries import rules
from equipment.storage.db import session

# The kinds of lifts whose items the maintenance firm sets itself (T5002 Art. 2): those without an annex.
MOST = 500
LIFTS = next(category.key for category in CATEGORIES if category.visit_kinds)


def kinds_without_annex(on: date) -> tuple[str, ...]:
    """The kinds (catalogue codes) that have no annex on that day."""
    return tuple(code for code in CATALOGUE if rules(LIFTS).find(f"annex.{code}", on) is None)


def versions_of(viewer: Viewer, organisation_id: UUID, catalogue: str) -> Sequence[FirmChecklist]:
    """Every version for a kind of lift, the newest first."""
    wanted = visible(viewer, FirmChecklist).where(
        FirmChecklist.organisation_id == organisation_id, FirmChecklist.catalogue == catalogue
    )
    return session.scalars(wanted.order_by(FirmChecklist.version.desc())).all()


def in_force(organisation_id: UUID | None, catalogue: str, on: date) -> FirmChecklist | None:
    """The approved version that a visit opened on that day has; None where the firm has set none."""
    wanted = visible(SYSTEM, FirmChecklist).where(
        FirmChecklist.organisation_id == organisation_id,
        FirmChecklist.catalogue == catalogue,
        FirmChecklist.state == ListState.PUBLISHED,
        FirmChecklist.from_on <= on,
    )
    return session.scalar(wanted.order_by(FirmChecklist.version.desc()).limit(1))


def own_list_of(organisation_id: UUID, list_id: UUID | None) -> FirmChecklist | None:
    """The version that a visit names."""
    return session.get(FirmChecklist, (organisation_id, list_id)) if list_id else None


def own_items(organisation_id: UUID, list_id: UUID | None, duty: DueKind) -> tuple[Item, ...]:
    """The items of one version that a visit of this class has."""
    own = own_list_of(organisation_id, list_id)
    return of_class(map(item_of, own.items), duty) if own is not None else ()


class LackingLift(NamedTuple):
    """Lifts in use of one kind at one firm whose items nobody has set."""

    firm_id: UUID
    catalogue: str
    lifts: int


def lacking_lists(viewer: Viewer, on: date) -> list[LackingLift]:
    """By firm and kind: lifts in use without an annex and without the firm's own list on that day."""
    kind = Equipment.catalogue_code
    lifts = (
        visible(viewer, Equipment)
        .where(
            Equipment.category == LIFTS,
            Equipment.status == EquipmentStatus.IN_USE,
            Equipment.maintenance_firm_id.is_not(None),
            kind.in_(kinds_without_annex(on)),
        )
        .with_only_columns(Equipment.maintenance_firm_id, kind, func.count())
        .group_by(Equipment.maintenance_firm_id, kind)
    )
    approved = visible(SYSTEM, FirmChecklist).where(
        FirmChecklist.state == ListState.PUBLISHED, FirmChecklist.from_on <= on
    )
    columns = approved.with_only_columns(FirmChecklist.organisation_id, FirmChecklist.catalogue)
    have = {(row[0], row[1]) for row in session.execute(columns)}
    return [
        LackingLift(firm, code, number)
        for firm, code, number in session.execute(lifts)
        if firm is not None and (firm, code) not in have
    ]


def lists_of(viewer: Viewer) -> Sequence[FirmChecklist]:
    """All versions that the viewer may see, by firm and kind, the newest first."""
    return session.scalars(
        visible(viewer, FirmChecklist)
        .order_by(FirmChecklist.organisation_id, FirmChecklist.catalogue, FirmChecklist.version.desc())
        .limit(MOST)
    ).all()
