"""Where a bottle was, and whose it became, in its life."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_

from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.places.models import Transfer, TransferRow, Whereabouts
from equipment.places.states import PlaceEvent, TransferState
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.regulation.categories import category
from equipment.storage.db import session

# What other slices tell of themselves: a scan and a fill need no second point.
TOLD_ELSEWHERE = (PlaceEvent.SCANNED, PlaceEvent.FILLED)


def whereabouts_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each place it came to."""
    if not category(equipment.category).filled:
        return
    rows = (
        visible(viewer, Whereabouts)
        .where(Whereabouts.equipment_id == equipment.id, Whereabouts.event.not_in(TOLD_ELSEWHERE))
        .order_by(Whereabouts.from_at.desc())
        .limit(limit)
    )
    for row in session.scalars(rows):
        yield Moment(
            row.from_at,
            Message(PlaceEvent(row.event).label),
            "map-pin",
            row.state.colour,
            row.state,
            organisation_id=row.organisation_id,
            kind="place",
            url=f"/places/{equipment.id}",
        )


def transfers_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """When it changed its owner (过户)."""
    if not category(equipment.category).filled:
        return
    rows = (
        visible(viewer, Transfer)
        .join(
            TransferRow,
            and_(
                TransferRow.organisation_id == Transfer.organisation_id,
                TransferRow.transfer_id == Transfer.id,
            ),
        )
        .where(
            TransferRow.equipment_id == equipment.id,
            TransferRow.out.is_(False),
            Transfer.state == TransferState.ACCEPTED,
        )
        .order_by(Transfer.decided_at.desc())
        .limit(limit)
    )
    found = session.scalars(rows).all()
    names = names_of([key for row in found for key in (row.organisation_id, row.to_id)])
    for row in found:
        if row.decided_at is None:
            continue
        sides = {"of": names.get(row.organisation_id, ""), "to": names.get(row.to_id, "")}
        yield Moment(
            row.decided_at,
            Message(N_("Changed its owner, transfer %(number)s"), {"number": row.number}),
            "arrows-exchange",
            "blue",
            lines=[Message(N_("From %(of)s to %(to)s"), sides)],
            actor=f"user:{row.decided_by}" if row.decided_by else "",
            organisation_id=row.to_id,
            kind="transfer",
            url=f"/transfers/{row.id}",
        )
