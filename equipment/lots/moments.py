"""Lots in the life of a bottle."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_

from equipment.core.words import N_, Message
from equipment.lots.models import Destroyed, Destruction, Lot, LotRow
from equipment.lots.states import LotRowState
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.storage.db import session


def lots_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """When it was sent to inspection, and when it came there."""
    if not category(equipment.category).filled:
        return
    rows = (
        visible(viewer, Lot)
        .join(LotRow, and_(LotRow.organisation_id == Lot.organisation_id, LotRow.lot_id == Lot.id))
        .where(LotRow.equipment_id == equipment.id, LotRow.state != LotRowState.TAKEN_OUT)
        .order_by(LotRow.packed_at.desc())
        .limit(limit)
        .add_columns(LotRow)
    )
    for lot, row in session.execute(rows):
        url = f"/lots/{lot.id}"
        if lot.handed_at is not None:
            yield Moment(
                lot.handed_at,
                Message(N_("Sent to inspection in lot %(number)s"), {"number": lot.number}),
                "truck-delivery",
                "blue",
                actor=f"user:{lot.handed_by}" if lot.handed_by else "",
                organisation_id=lot.organisation_id,
                kind="lot",
                url=url,
            )
        if row.received_at is not None:
            yield Moment(
                row.received_at,
                Message(N_("Received by the inspection body, lot %(number)s"), {"number": lot.number}),
                "package",
                "blue",
                row.difference,
                actor=f"user:{row.received_by}" if row.received_by else "",
                organisation_id=lot.body_id,
                kind="lot",
                url=url,
            )


def destruction_of_piece(viewer: Viewer, equipment: Equipment, _limit: int | None) -> Iterator[Moment]:
    """When it was destroyed, if it was."""
    if not category(equipment.category).filled or equipment.status != EquipmentStatus.SCRAPPED:
        return
    rows = (
        visible(viewer, Destruction)
        .join(Destroyed, Destroyed.destruction_id == Destruction.id)
        .where(Destroyed.equipment_id == equipment.id)
    )
    for record in session.scalars(rows):
        yield Moment(
            record.recorded_at,
            Message(N_("Destroyed, record %(number)s"), {"number": record.number}),
            "trash",
            "red",
            record.method,
            [Message(N_("Witness: %(name)s"), {"name": record.witness})],
            f"user:{record.recorded_by}" if record.recorded_by else "",
            record.body_id,
            "lot",
            url=f"/destructions/{record.id}",
        )
