"""Labels issued together."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


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
