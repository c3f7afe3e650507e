"""Fills in the life of a piece."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.fills.models import Fill
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def fills_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    fills = (
        visible(viewer, Fill)
        .where(Fill.equipment_id == equipment.id)
        .order_by(Fill.received_at.desc())
        .limit(limit)
    )
    for fill in session.scalars(fills):
        lines: list[Message | str] = [fill.gas]
        lines += [
            Message(mark)
            for mark, holds in ((N_("Late entry"), fill.late_entry), (N_("Superseded"), fill.superseded))
            if holds
        ]
        if fill.net_g is not None:
            lines.append(Message(N_("Net %(kg)s kg"), {"kg": f"{fill.net_g / 1000:.2f}"}))
        lines += [fill.treatment_remark] if fill.treatment_remark else []
        lines += [reason["code"] for reason in fill.verdict if reason["effect"] != "note"]
        yield Moment(
            fill.happened_at if fill.late_entry else fill.received_at,
            Message(N_("Fill")),
            "gas-station",
            fill.state.colour,
            fill.state,
            lines,
            f"user:{fill.user_id}",
            fill.organisation_id,
            "fill",
            url=f"/fills/{equipment.id}/{fill.id}",
        )
