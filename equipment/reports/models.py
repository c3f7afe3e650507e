"""月报: one page of figures per month and area, frozen once issued."""
from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED


class MonthReport(Base):
    """The figures of one month and area as issued; a restatement is a new row with its reason."""

    __tablename__ = "month_report"
    __table_args__ = (Index("uq_month_report", "area", "month", "version", unique=True), KEYED)
    __scope__ = "area"
    __ledgered__ = ("area", "month", "version", "figures", "definition", "issued_by", "issued_at")

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    month: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    figures: Mapped[dict[str, Any]]
    definition: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(String(300), default="")
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    issued_at: Mapped[datetime]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    xlsx_sha256: Mapped[str | None] = mapped_column(String(64))


class Tally(Base):
    """One rate of one month-end, category and area as counted then: the line of past months is read from here, not counted again."""

    __tablename__ = "tally"
    __table_args__ = (CheckConstraint("part >= 0 AND whole >= 0", name="counts"), KEYED)
    __scope__ = "area"

    day: Mapped[date] = mapped_column(primary_key=True)
    definition: Mapped[str] = mapped_column(String(8), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(30), primary_key=True)
    area: Mapped[str] = mapped_column(String(12), primary_key=True)
    part: Mapped[int]
    whole: Mapped[int]
    counted_at: Mapped[datetime]
