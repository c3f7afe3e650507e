"""The months of maintenance firms as they stood when they became final."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class FirmMonth(Base):
    """The counts of one firm, month and county, some days after the month's end; never counted again. Rates
    and score follow from them by the pack of their time."""

    __tablename__ = "firm_month"
    __table_args__ = (
        CheckConstraint("area <> ''", name="of_an_area"),
        Index("ix_firm_month_month", "month", "area"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (("organisation_id", "month", "area", "counts", "pack", "final_at"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(String(12), primary_key=True)  # the county of the lifts
    counts: Mapped[dict[str, object]] = mapped_column(Document)  # by firms.rules.Number
    pack: Mapped[str] = mapped_column(String(64))  # digest of the pack with the bureau's values
    final_at: Mapped[datetime]
