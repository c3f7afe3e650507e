"""What arrived with an id that its sender made, and what it was answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.storage.db import Base
from equipment.storage.kinds import KEYED


class Receipt(Base):
    """The stored answer to a client-made id: same id and content again gets it, other content gets 409."""

    __tablename__ = "receipt"
    __table_args__ = (KEYED,)
    __evidence__ = ((), ("id", "kind", "organisation_id", "content", "answer", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[UUID | None]
    content: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
