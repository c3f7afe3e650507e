"""Running counts: lines of +1 and -1 that records leave as they are written, folded together from time to
time."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from equipment.storage.db import Base
from equipment.storage.kinds import KEYED


class RunningCount(Base):
    """A line of a running count. What a subject comes to at a place is the sum of its lines; the database's
    own triggers write them (rules.py), in the transaction that writes the record."""

    __tablename__ = "running_count"
    __table_args__ = (
        CheckConstraint("number <> 0", name="number"),
        Index("ix_running_count_sum", "subject", "day", "place", "kind", "number"),
        KEYED,
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(24))
    place: Mapped[str] = mapped_column(String(36))  # the code of an area, or the id of an organisation
    kind: Mapped[str] = mapped_column(String(30))  # a category, where the subject is counted by it
    day: Mapped[date | None]
    number: Mapped[int]
