"""标牌状况: what a phone reads at a lift, as conditions on its row, now or at an instant gone by. One place says
it for lists, rates and pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from equipment.register.models import Equipment as Piece
from equipment.register.models import Identifier, Label, LabelStep, LiftPlate, PlateLoss
from equipment.register.rules import (
    PLATES,
    READABLE,
    LabelStatus,
    LabelStepKind,
    PlateCondition,
    PlateLossKind,
)
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session

PLATED = tuple(category.key for category in CATEGORIES if category.visit_kinds)
Id = SQLCoreOperations[UUID] | UUID


def carried_plates(equipment_id: Id, end: datetime | None = None) -> Select[UUID]:
    """The numbers of plates that were at a lift before our time; `end` is the instant asked about."""
    carried = select(Identifier.equipment_id).where(
        Identifier.equipment_id == equipment_id, Identifier.kind.in_(PLATES)
    )
    if end is None:
        return carried.where(Identifier.voided_at.is_(None))
    return carried.where(
        Identifier.issued_at < end, or_(Identifier.voided_at.is_(None), Identifier.voided_at >= end)
    )


def _losses(equipment_id: Id, end: datetime | None) -> Select[UUID]:
    lost = select(PlateLoss.equipment_id).where(PlateLoss.equipment_id == equipment_id)
    if end is None:
        return lost.where(PlateLoss.ended_at.is_(None))
    return lost.where(PlateLoss.at < end, or_(PlateLoss.ended_at.is_(None), PlateLoss.ended_at >= end))


def _hung(equipment_id: Id, end: datetime | None) -> Select[UUID]:
    """The plates of ours that somebody scanned at the lift, with their labels."""
    hung = (
        select(LiftPlate.equipment_id)
        .join(Label, Label.code == LiftPlate.code)
        .where(LiftPlate.equipment_id == equipment_id)
    )
    return hung.where(LiftPlate.hung_at.is_not(None)) if end is None else hung.where(LiftPlate.hung_at < end)


def is_foreign(equipment_id: Id, end: datetime | None = None) -> ColumnElement[bool]:
    """Whether the plate that was there before our time can be read."""
    return carried_plates(equipment_id, end).exists() & ~_losses(equipment_id, end).exists()


def is_ours(equipment_id: Id, end: datetime | None = None) -> ColumnElement[bool]:
    """Whether a plate of ours hangs there and is reported neither lost nor damaged."""
    hung = _hung(equipment_id, end)
    if end is None:
        return hung.where(Label.status == LabelStatus.BOUND).exists()
    steps = select(func.coalesce(func.sum(LabelStep.bound), 0)).where(
        LabelStep.code == LiftPlate.code, LabelStep.at < end
    )
    return hung.where(steps.scalar_subquery() > 0).exists()


def is_plated(equipment_id: Id, end: datetime | None = None) -> ColumnElement[bool]:
    """Whether the lift has a plate that can be read, whoever made it."""
    return or_(is_foreign(equipment_id, end), is_ours(equipment_id, end))


def condition(equipment_id: Id) -> ColumnElement[str]:
    """标牌状况 of a lift now."""
    lost = _losses(equipment_id, None).where(PlateLoss.what == PlateLossKind.LOST).exists()
    fell = _hung(equipment_id, None).where(Label.status == LabelStatus.LOST).exists()
    damaged = _hung(equipment_id, None).where(Label.status == LabelStatus.DAMAGED).exists()
    return case(
        (is_foreign(equipment_id), PlateCondition.FOREIGN.value),
        (is_ours(equipment_id), PlateCondition.OURS.value),
        (or_(lost, fell), PlateCondition.LOST.value),
        (or_(_losses(equipment_id, None).exists(), damaged), PlateCondition.UNREADABLE.value),
        else_=PlateCondition.NONE.value,
    )


def missed_plate(equipment_id: Id, what: PlateLossKind, end: datetime) -> ColumnElement[bool]:
    """Whether the lift had a plate that was reported so by then; asked of lifts without a readable one."""
    kind = LabelStepKind.LOST if what is PlateLossKind.LOST else LabelStepKind.DAMAGED
    fell = select(LabelStep.code).where(
        LabelStep.code == LiftPlate.code, LabelStep.kind == kind, LabelStep.at < end
    )
    reported = _losses(equipment_id, end).where(PlateLoss.what == what)
    return or_(reported.exists(), _hung(equipment_id, end).where(fell.exists()).exists())


def conditions_of(ids: Iterable[UUID]) -> dict[UUID, PlateCondition]:
    """标牌状况 of some lifts."""
    rows = session.execute(select(Piece.id, condition(Piece.id)).where(Piece.id.in_(set(ids))))
    return {row[0]: PlateCondition(row[1]) for row in rows}


def wants_ours(state: PlateCondition) -> bool:
    """Whether a plate of ours is offered: only where none can be read."""
    return state not in READABLE
