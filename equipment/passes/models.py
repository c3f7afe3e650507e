"""The lists that stations were given for the time without a network."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class PassList(Base):
    """离线可充清单 of a station: one row for every list that differs from the one before. `content` is its text,
    compressed; it goes when no phone can hold the list any more, its digest stays."""

    __tablename__ = "pass_list"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "sequence", "digest", "bottles", "issued_at", "pack"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    bottles: Mapped[int]
    issued_at: Mapped[datetime]
    as_of: Mapped[datetime]  # when the register last said the same
    pack: Mapped[str] = mapped_column(String(80), default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
