"""A finding as a plain row: what a scan inserts on its bare connection, and what `actions.find` makes its
record of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.engine import Connection

from equipment.core.ids import new_id
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState
from equipment.ledger.actions import EventDraft, subject_of
from equipment.ledger.evidence import row_values
from equipment.regulation.queries import finding_confirms_days
from equipment.storage.columns import Columns

FINDING_FOUND = "finding.found"
FINDINGS, HAZARDS = Finding.__table__.c, Hazard.__table__.c


class PlacedPiece(Protocol):
    """A piece of the register, or a row with as much of it."""

    @property
    def id(self) -> UUID: ...
    @property
    def area(self) -> str: ...
    @property
    def category(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFacts:
    """What is wrong with a piece, who says so, and since when."""

    piece: PlacedPiece
    source: FindingSource
    description: str
    found_on: date
    happened_at: datetime
    received_at: datetime
    source_id: UUID | None = None
    clause: str = ""
    put_right: bool = False
    organisation_id: UUID | None = None
    user_id: UUID | None = None


def finding_row(facts: FindingFacts) -> Columns:
    """Every column of the finding that this opens."""
    confirm_by = facts.found_on + timedelta(days=finding_confirms_days(facts.found_on))
    return {
        "equipment_id": facts.piece.id,
        "id": new_id(),
        "organisation_id": facts.organisation_id,
        "user_id": facts.user_id,
        "area": facts.piece.area,
        "category": facts.piece.category,
        "source": facts.source,
        "source_id": facts.source_id,
        "state": FindingState.PUT_RIGHT if facts.put_right else FindingState.OPEN,
        "clause": facts.clause,
        "description": facts.description.strip(),
        "found_on": facts.found_on,
        "happened_at": facts.happened_at,
        "received_at": facts.received_at,
        "confirm_by": confirm_by,
        "decided_at": facts.received_at if facts.put_right else None,
        "decided_by": None,
        "decision": "",
        "hazard_id": None,
    }


def found_payload(row: Columns) -> Columns:
    return {
        "finding": row["id"],
        "source": row["source"],
        "clause": row["clause"],
        "put_right": row["state"] == FindingState.PUT_RIGHT,
    }


def found_event(row: Columns, actor: str) -> EventDraft:
    """The event that says so in the piece's chain."""
    return EventDraft(
        subject_of("equipment", row["equipment_id"]),
        FINDING_FOUND,
        found_payload(row),
        [row_values(Finding, row)],
        actor=actor,
    )


def is_known(connection: Connection, equipment_id: UUID, source: FindingSource, description: str) -> bool:
    """Whether the same was found before and nobody has decided on it or put it right yet."""
    undone = or_(FINDINGS.state == FindingState.OPEN, HAZARDS.closed_on.is_(None) & HAZARDS.id.is_not(None))
    same = (
        select(FINDINGS.id)
        .outerjoin(
            Hazard.__table__,
            (HAZARDS.equipment_id == FINDINGS.equipment_id) & (HAZARDS.id == FINDINGS.hazard_id),
        )
        .where(
            FINDINGS.equipment_id == equipment_id,
            FINDINGS.source == source,
            FINDINGS.description == description,
            undone,
        )
    )
    return connection.execute(same.limit(1)).first() is not None
