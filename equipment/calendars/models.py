"""The secret address under which a person's calendar program reads his days."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import REFERENCE


class CalendarFeed(Base):
    """日历订阅: one open address per person; only the hash of its secret is kept."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(
            "uq_calendar_feed_open",
            "user_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        REFERENCE,
    )
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "id", "user_id", "token_hash", "made_at", "revoked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
