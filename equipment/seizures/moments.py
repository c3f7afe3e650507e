"""Seizures in the life of the pieces that were taken."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.seizures.models import SeizedGoods, Seizure
from equipment.seizures.rules import GoodsState, SeizureKind
from equipment.storage.db import session


def seizures_about(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each decision that holds or held the piece, the newest first."""
    if not may(viewer, Action.SEE, Thing.SEIZURE):
        return
    rows = (
        visible(viewer, Seizure)
        .join(
            SeizedGoods,
            (SeizedGoods.organisation_id == Seizure.organisation_id) & (SeizedGoods.seizure_id == Seizure.id),
        )
        .where(SeizedGoods.equipment_id == equipment.id)
        .with_only_columns(Seizure, SeizedGoods)
        .order_by(Seizure.issued_at.desc(), Seizure.id)
        .limit(limit)
    )
    for seizure, row in session.execute(rows):
        state = GoodsState(row.state)
        lines: list[Message | str] = [seizure.reason]
        if row.settled_on is not None:
            lines.append(f"{row.settled_on.isoformat()} {row.document}")
        yield Moment(
            seizure.issued_at,
            Message(
                N_("%(kind)s: %(number)s"),
                {"kind": SeizureKind(seizure.kind).label, "number": seizure.number},
            ),
            "lock",
            state.colour,
            state,
            lines,
            organisation_id=seizure.organisation_id,
            kind="seizure",
            url=f"/seizures/{seizure.organisation_id}/{seizure.id}",
        )
