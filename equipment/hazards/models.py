"""隐患: found -> confirmed -> rectified -> re-checked -> closed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.hazards.rules import FindingSource, FindingState, HazardState
from equipment.regulation.clauses import Grade
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT


class Finding(Base):
    """问题(待确认): somebody says something is wrong; not yet a hazard, not in any rate."""

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint("(state = 'confirmed') = (hazard_id IS NOT NULL)", name="confirmed_has_hazard"),
        Index("ix_finding_open", "state", "area", "found_on"),
        Index("ix_finding_source", "equipment_id", "source", "source_id"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "source",
            "source_id",
            "state",
            "clause",
            "description",
            "found_on",
            "hazard_id",
        ),
        (
            "organisation_id",
            "user_id",
            "area",
            "category",
            "happened_at",
            "received_at",
            "confirm_by",
            "decided_at",
            "decided_by",
            "decision",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]  # who found it; none for a public report
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    source: Mapped[FindingSource] = mapped_column(String(12))
    source_id: Mapped[UUID | None]
    state: Mapped[FindingState] = mapped_column(String(10), default=FindingState.OPEN)
    clause: Mapped[str] = mapped_column(String(20), default="")
    description: Mapped[str] = mapped_column(Text)
    found_on: Mapped[date]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    confirm_by: Mapped[date]  # undecided after this day: 逾期未研判
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decision: Mapped[str] = mapped_column(String(300), default="")
    hazard_id: Mapped[UUID | None]


class Hazard(Base):
    """隐患: a confirmed finding; only these count in the rate."""

    __tablename__ = "hazard"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('closed', 'withdrawn')) = (closed_on IS NOT NULL)", name="closed_has_day"
        ),
        CheckConstraint(
            "state IN ('open', 'withdrawn') OR rectified_at IS NOT NULL", name="rectified_has_time"
        ),
        Index(
            "ix_hazard_open",
            "area",
            "category",
            "grade",
            sqlite_where=text("closed_on IS NULL"),
            postgresql_where=text("closed_on IS NULL"),
        ),
        # Covering: a rate reads these alone, whatever the number of records.
        Index(
            "ix_hazard_found", "category", "found_on", "equipment_id", "grade", "source", "closed_on", "state"
        ),
        Index(
            "ix_hazard_closed",
            "category",
            "closed_on",
            "found_on",
            "equipment_id",
            "grade",
            "source",
            "state",
        ),
        Index("ix_hazard_found_day", "found_on", "area"),
        Index("ix_hazard_closed_day", "closed_on", "area"),
        Index("ix_hazard_responsible", "responsible_id", "state"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "finding_id",
            "grade",
            "clause",
            "description",
            "found_on",
            "state",
            "due_on",
            "rectified_at",
            "closed_on",
        ),
        (
            "organisation_id",
            "responsible_id",
            "area",
            "category",
            "source",
            "confirmed_at",
            "confirmed_by",
            "rectification",
            "rectified_by",
            "recheck",
            "rechecked_at",
            "rechecked_by",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    finding_id: Mapped[UUID]
    organisation_id: Mapped[UUID | None]  # who found it
    # Who must put it right.
    responsible_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    source: Mapped[FindingSource] = mapped_column(String(12))
    grade: Mapped[Grade] = mapped_column(String(10))
    clause: Mapped[str] = mapped_column(String(20), default="")
    description: Mapped[str] = mapped_column(Text)
    found_on: Mapped[date]
    confirmed_at: Mapped[datetime]
    confirmed_by: Mapped[str] = mapped_column(String(120))  # actor; of old: a clause, or the days that passed
    due_on: Mapped[date]
    state: Mapped[HazardState] = mapped_column(String(10), default=HazardState.OPEN)
    rectification: Mapped[str] = mapped_column(Text, default="")
    rectified_at: Mapped[datetime | None]
    rectified_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    recheck: Mapped[str] = mapped_column(Text, default="")
    rechecked_at: Mapped[datetime | None]
    rechecked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    closed_on: Mapped[date | None]
