"""应急演练: an emergency rehearsal at a piece, planned for a day, held on one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT


class Rehearsal(Base):
    __tablename__ = "rehearsal"
    __table_args__ = (OF_EQUIPMENT,)
    __scope__ = "equipment"
    __ledgered__ = ("equipment_id", "id", "planned_on", "held_on")

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    organisation_id: Mapped[UUID | None]
    planned_on: Mapped[date]
    held_on: Mapped[date | None]
