"""Whom an announced value of a rule concerns: counted when it was set, told ahead of its day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class Announcement(Base):
    """One organisation whose pieces a value moves that comes into force on a day."""

    __tablename__ = "rule_announcement"
    __table_args__ = (
        Index("ix_rule_announcement_since", "since"),
        Index("ix_rule_announcement_key", "category", "key", "since"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    category: Mapped[str] = mapped_column(String(30))
    key: Mapped[str] = mapped_column(String(120))
    since: Mapped[date]
    # Pieces whose next day is another one from then on, at once or after their next inspection.
    moved: Mapped[int]
    # Of these, cylinders that cannot be filled after the day unless they are inspected by then.
    blocked: Mapped[int]
    counted_at: Mapped[datetime]
