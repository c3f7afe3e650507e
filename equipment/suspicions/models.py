"""疑点 with what was decided about each, and the amounts that stations and tankers state (充装量核对)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION
from equipment.suspicions.states import AmountSource, SuspicionKind, SuspicionState


class Suspicion(Base):
    """A pattern that was found at an organisation, with the records it rests on. It counts in no rate."""

    __tablename__ = "suspicion"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_at_once"),
        UniqueConstraint("organisation_id", "pattern", name="pattern_once"),
        Index("ix_suspicion_state", "state", "area", "on"),
        Index("ix_suspicion_id", "id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "pattern",
            "kind",
            "area",
            "equipment_id",
            "on",
            "records",
            "figures",
            "found_at",
            "state",
            "decided_at",
            "decided_by",
            "reason",
            "finding_id",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    pattern: Mapped[str] = mapped_column(String(80))  # by which it is known when it is found again
    kind: Mapped[SuspicionKind] = mapped_column(String(16))
    area: Mapped[str] = mapped_column(String(12))
    equipment_id: Mapped[UUID | None]
    on: Mapped[date]
    records: Mapped[list[str]] = mapped_column(Document)
    figures: Mapped[dict[str, object]] = mapped_column(Document)
    found_at: Mapped[datetime]
    state: Mapped[SuspicionState] = mapped_column(String(10), default=SuspicionState.OPEN)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    finding_id: Mapped[UUID | None]


class StatedAmount(Base):
    """What a scale, a meter or a tanker says went through on a day, in kg of a gas; taken back with a reason,
    never changed."""

    __tablename__ = "stated_amount"
    __table_args__ = (
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_reason = '')", name="taken_back_with_reason"),
        Index("ix_stated_amount_day", "organisation_id", "on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "on",
            "gas",
            "source",
            "grams",
            "paper_no",
            "user_id",
            "stated_at",
            "taken_back_at",
            "taken_back_by",
            "taken_back_reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    on: Mapped[date]
    gas: Mapped[str] = mapped_column(String(10))
    source: Mapped[AmountSource] = mapped_column(String(8))
    grams: Mapped[int]
    paper_no: Mapped[str] = mapped_column(String(60), default="")
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    stated_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    taken_back_reason: Mapped[str] = mapped_column(String(200), default="")


class DeclaredStock(Base):
    """How many bottles a station says it has, on the register or not (申报存量); the newest of a day counts."""

    __tablename__ = "declared_stock"
    __table_args__ = (
        CheckConstraint("bottles >= 0", name="no_less_than_none"),
        Index("ix_declared_stock_day", "organisation_id", "on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "id", "area", "on", "bottles", "user_id", "declared_at"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    bottles: Mapped[int]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    declared_at: Mapped[datetime]
