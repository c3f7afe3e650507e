"""Files by content, what they are attached to, and what photos look like."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_EQUIPMENT


class StoredFile(Base):
    """One content in instance/files/ab/<sha256>, fsynced before the commit that names it."""

    __tablename__ = "stored_file"
    __table_args__ = (KEYED,)
    __evidence__ = ((), ("sha256", "media_type", "size"))

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    created_at: Mapped[datetime]


class Attachment(Base):
    """A document or photo of a piece of equipment, or of one record in its life; read only through scope."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_subject", "equipment_id", "subject_kind", "subject_id"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        ("equipment_id", "id", "subject_kind", "subject_id", "kind", "name", "sha256"),
        ("organisation_id", "area", "category", "media_type", "size", "user_id", "at"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class PhotoMark(Base):
    """What a photo looks like (files/photo_rules.py), worked out from its content and proved by it; empty
    where nothing in it could be known again."""

    __tablename__ = "photo_mark"
    __table_args__ = (
        CheckConstraint("(mark = '') = (band_0 IS NULL)", name="plain_has_no_bands"),
        CheckConstraint("(mark = '') = (fine = '')", name="both_or_none"),
        Index("ix_photo_mark_band_0", "band_0"),
        Index("ix_photo_mark_band_1", "band_1"),
        Index("ix_photo_mark_band_2", "band_2"),
        Index("ix_photo_mark_band_3", "band_3"),
        KEYED,
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[str] = mapped_column(String(16))  # 64 bits as hex
    fine: Mapped[str] = mapped_column(String(64))  # 256 bits as hex
    # The quarters of the mark: what is near differs by one bit in one of them at most.
    band_0: Mapped[int | None]
    band_1: Mapped[int | None]
    band_2: Mapped[int | None]
    band_3: Mapped[int | None]
    at: Mapped[datetime]
