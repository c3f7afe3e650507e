"""Which record of ours a firm's own number stands for, and every message of its system with what it was
answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION
from equipment.uploads.states import UploadKind, UploadOutcome, UploadStep


class UploadedRecord(Base):
    """The number under which a firm's system knows a person, a contract or a visit of ours: once and for
    ever."""

    __tablename__ = "uploaded_record"
    __table_args__ = (Index("ix_uploaded_record_target", "target_id"), OF_ORGANISATION)
    __scope__ = "organisation"
    __evidence__ = (
        ("organisation_id", "kind", "record_id", "target_id", "equipment_id", "device_id", "received_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    kind: Mapped[UploadKind] = mapped_column(String(12), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    target_id: Mapped[UUID]
    equipment_id: Mapped[UUID | None]  # of a visit: its lift
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    received_at: Mapped[datetime]


class UploadAttempt(Base):
    """One message and what its sender was told, as it was told. It proves nothing and is forgotten after some
    months: what was recorded stands elsewhere."""

    __tablename__ = "upload_attempt"
    __table_args__ = (
        Index("ix_upload_attempt_at", "organisation_id", "outcome", "at"),
        Index("ix_upload_attempt_all", "at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    at: Mapped[datetime]
    step: Mapped[UploadStep] = mapped_column(String(16))
    record_id: Mapped[str] = mapped_column(String(64), default="")
    lift: Mapped[str] = mapped_column(String(60), default="")  # as the message named it
    outcome: Mapped[UploadOutcome] = mapped_column(String(10))
    status: Mapped[int]
    code: Mapped[str] = mapped_column(String(20), default="")  # ProblemCode of a refusal
    title: Mapped[str] = mapped_column(String(300), default="")
    fields: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    request_id: Mapped[str] = mapped_column(String(40), default="")
