"""超期核查: a round of one office and month, and its pieces with what was seen and settled."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_EQUIPMENT
from equipment.walks.states import WalkClosing, WalkOutcome, WalkRowState, WalkSettlement, WalkVia


class Walk(Base):
    """核查轮次: what one office has to look at in a month. It closes when nothing of it is left to decide."""

    __tablename__ = "walk"
    __table_args__ = (
        UniqueConstraint("area", "month", name="one_of_a_month"),
        Index("ix_walk_open", "closed_at", "area"),
        KEYED,
    )
    __scope__ = "area"
    __evidence__ = (
        ("id", "number", "area", "month", "opened_at", "opened_by", "due_on", "with_unknown", "closed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(24))
    area: Mapped[str] = mapped_column(String(12))
    month: Mapped[date]  # its first day
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date]
    # pieces of which no inspection is known are in it
    with_unknown: Mapped[bool] = mapped_column(default=False, server_default=false())
    closed_at: Mapped[datetime | None]


class WalkRow(Base):
    """One piece of a round: which inspection is overdue since when, what was seen, what was made of it. A
    piece is in one open round only."""

    __tablename__ = "walk_row"
    __table_args__ = (
        CheckConstraint(
            "(state <> 'to_walk' OR outcome IS NULL) "
            "AND (state NOT IN ('walked', 'settled') OR outcome IS NOT NULL)",
            name="walked_has_outcome",
        ),
        CheckConstraint(
            "(outcome IS NULL) = (happened_at IS NULL) AND (outcome IS NULL) = (received_at IS NULL)",
            name="outcome_has_time",
        ),
        CheckConstraint(
            "(state = 'settled') = (settlement IS NOT NULL) AND (settlement IS NULL) = (settled_at IS NULL)",
            name="settled_whole",
        ),
        CheckConstraint("(state = 'closed') = (closing IS NOT NULL)", name="closed_says_why"),
        UniqueConstraint("equipment_id", "walk_id", name="once_in_a_walk"),
        Index(
            "uq_walk_row_open",
            "equipment_id",
            unique=True,
            sqlite_where=text("state IN ('to_walk', 'walked')"),
            postgresql_where=text("state IN ('to_walk', 'walked')"),
        ),
        Index("ix_walk_row_walk", "walk_id", "row_no"),
        Index("ix_walk_row_state", "state", "area", "outcome"),
        OF_EQUIPMENT,
    )
    __scope__ = "area"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "walk_id",
            "row_no",
            "state",
            "duty",
            "due_on",
            "outcome",
            "note",
            "happened_at",
            "received_at",
            "walked_by",
            "settlement",
            "settled_at",
            "settled_by",
            "closing",
        ),
        (
            "area",
            "category",
            "use_unit_id",
            "applied",
            "via",
            "doubted",
            "latitude",
            "longitude",
            "accuracy_m",
            "sent_back_reason",
            "sent_back_at",
            "sent_back_by",
            "settled_note",
            "result",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    walk_id: Mapped[UUID]
    row_no: Mapped[int]
    area: Mapped[str] = mapped_column(String(12))  # of the office that walks it
    category: Mapped[str] = mapped_column(String(30))
    use_unit_id: Mapped[UUID | None]  # as it was when the round opened; else its owner
    state: Mapped[WalkRowState] = mapped_column(String(10), default=WalkRowState.TO_WALK)
    duty: Mapped[str] = mapped_column(String(24))  # the DueKind
    due_on: Mapped[date | None]  # its last day; none where no inspection is known
    # 报检 stood when the round opened
    applied: Mapped[bool] = mapped_column(default=False, server_default=false())
    outcome: Mapped[WalkOutcome | None] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(500), default="")
    happened_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    walked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    via: Mapped[WalkVia | None] = mapped_column(String(6))
    # nobody vouches for the phone's time
    doubted: Mapped[bool] = mapped_column(default=False, server_default=false())
    latitude: Mapped[int | None]  # where the phone was, in ten-millionths of a degree (core/geo.py), WGS-84
    longitude: Mapped[int | None]
    accuracy_m: Mapped[int | None]
    sent_back_reason: Mapped[str] = mapped_column(String(300), default="")
    sent_back_at: Mapped[datetime | None]
    sent_back_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    settlement: Mapped[WalkSettlement | None] = mapped_column(String(8))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    settled_note: Mapped[str] = mapped_column(String(300), default="")
    result: Mapped[str] = mapped_column(String(80), default="")  # hazard:<id>, application:<id>
    closing: Mapped[WalkClosing | None] = mapped_column(String(12))
