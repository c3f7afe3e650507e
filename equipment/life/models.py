"""公众举报: what a stranger said about a piece of equipment, and the visible reply."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.life.states import ReportState
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED


class PublicReport(Base):
    """A report with its 受理编号; the phone is optional and shown to its area's supervisors only."""

    __tablename__ = "public_report"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('answered', 'filed')) = (answered_at IS NOT NULL)", name="answered_has_time"
        ),
        UniqueConstraint("number"),
        Index("ix_public_report_open", "area", "state", "due_on"),
        KEYED,
    )
    __scope__ = "area"
    __evidence__ = (
        ("id", "number", "equipment_id", "description", "state", "reply", "received_at", "answered_at"),
        ("area", "category", "kind", "phone", "photo_sha256", "due_on", "answered_by", "finding_id", "code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(24))
    equipment_id: Mapped[UUID | None]  # none where the code leads to no piece
    code: Mapped[str] = mapped_column(String(200), default="")  # as it was scanned
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(20), default="")
    description: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(String(20), default="")
    photo_sha256: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[ReportState] = mapped_column(String(10), default=ReportState.RECEIVED)
    received_at: Mapped[datetime]
    due_on: Mapped[date]
    reply: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    finding_id: Mapped[UUID | None]
