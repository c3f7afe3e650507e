"""Labels issued together, labels handed out together, and codes that two pieces are said to carry."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.labels.rules import ClaimState
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION


class LabelBatch(Base):
    """Labels issued together: how many, for whom, printed when."""

    __tablename__ = "label_batch"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    count: Mapped[int]
    layout: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(120), default="")
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class LabelHandout(Base):
    """标签发放: blank labels of a batch, number from to, given to an organisation, a person or a post, who
    signs for them. What was still blank when it was taken back stands in the stock again."""

    __tablename__ = "label_handout"
    __table_args__ = (
        CheckConstraint("first_no >= 1 AND last_no >= first_no AND labels >= 1", name="numbers"),
        Index("ix_label_handout_batch", "batch_id", "first_no"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "batch_id",
            "first_no",
            "last_no",
            "labels",
            "to_organisation_id",
            "to_user_id",
            "post",
            "receipt_no",
            "user_id",
            "at",
            "on",
            "received_by",
            "received_at",
            "returned_labels",
            "returned_by",
            "returned_at",
        ),
        ("missing", "difference"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID]
    first_no: Mapped[int]
    last_no: Mapped[int]
    labels: Mapped[int]  # how many of these numbers were blank and went along
    to_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    to_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    post: Mapped[str] = mapped_column(String(60), default="")  # 岗位, where it is no person
    receipt_no: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    on: Mapped[date]
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime | None]
    # What the receiver did not find of it, by its numbers, and what he says of that.
    missing: Mapped[list[int]] = mapped_column(Document, default=list, server_default=text("'[]'"))
    difference: Mapped[str] = mapped_column(String(200), default="", server_default="")
    returned_labels: Mapped[int] = mapped_column(default=0)
    returned_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    returned_at: Mapped[datetime | None]


class LabelClaim(Base):
    """一码两瓶: somebody wanted to bind a label that is on another piece. It bound nothing; somebody looks at
    both pieces and decides."""

    __tablename__ = "label_claim"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index("ix_label_claim_code", "code"),
        Index(
            "uq_label_claim_open",
            "equipment_id",
            "code",
            "claimed_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "at_piece"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "code",
            "claimed_id",
            "state",
            "user_id",
            "at",
            "on",
            "decided_by",
            "decided_at",
            "reason",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)  # the piece that the label is on
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # of whoever claims it
    code: Mapped[str] = mapped_column(String(15))
    claimed_id: Mapped[UUID]  # the piece that it was to be bound to
    state: Mapped[ClaimState] = mapped_column(String(10))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    on: Mapped[date]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
