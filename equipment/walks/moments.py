"""What officers saw of a piece that was overdue, in its life; for the bureau alone."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session
from equipment.walks.models import WalkRow
from equipment.walks.rules import WALKED_CATEGORIES
from equipment.walks.settling import walks_of


def walked_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each row that somebody walked, that was settled or that closed by itself."""
    if not viewer.oversees or equipment.category not in WALKED_CATEGORIES:
        return
    rows = visible(viewer, WalkRow).where(
        WalkRow.equipment_id == equipment.id, WalkRow.outcome.is_not(None) | WalkRow.closing.is_not(None)
    )
    newest = session.scalars(rows.order_by(WalkRow.happened_at.desc(), WalkRow.id.desc()).limit(limit)).all()
    walks = walks_of(viewer, newest)
    for row in newest:
        walk = walks[row.walk_id]
        stated = {"number": walk.number, "row": row.row_no}
        lines: list[Message | str] = [Message(N_("Round %(number)s, row %(row)s"), stated)]
        if row.note:
            lines.append(row.note)
        if row.settlement:
            lines.append(Message(row.settlement.label))
        if row.closing:
            lines.append(Message(row.closing.label))
        yield Moment(
            row.happened_at or walk.opened_at,
            Message(N_("Walk of the overdue list")),
            "map-pin",
            row.outcome.colour if row.outcome else row.state.colour,
            row.outcome or row.state,
            lines,
            f"user:{row.walked_by}" if row.walked_by else "",
            kind="walk",
            url=f"/walks/{walk.id}",
        )
