"""The append-only chain (留痕记录) of every subject, and its daily seals (每日存证)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.storage.db import Base
from equipment.storage.kinds import KEYED


class Chain(Base):
    """The head of one subject's chain: locked first, so that two writers of one subject stand in line."""

    __tablename__ = "chain"
    __table_args__ = (CheckConstraint("seq >= 0 AND sealed >= 0 AND sealed <= seq", name="seq"), KEYED)

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[int] = mapped_column(default=0)


class Event(Base):
    """One line of the ledger. `payload` is the exact text that was hashed; people appear by id only."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_at", "at"), KEYED)

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    verb: Mapped[str] = mapped_column(String(60))
    payload: Mapped[str] = mapped_column(Text)
    pack: Mapped[str] = mapped_column(String(80), default="")
    digest: Mapped[str] = mapped_column(String(64))


class Seal(Base):
    """The Merkle root over (subject, seq, digest) of every chain that grew since the seal before it."""

    __tablename__ = "seal"
    __table_args__ = (KEYED,)

    number: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    at: Mapped[datetime]
    count: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class SealedHead(Base):
    """One leaf of a seal: where a chain stood when it was sealed."""

    __tablename__ = "sealed_head"
    __table_args__ = (ForeignKeyConstraint(["number"], ["seal.number"]), KEYED)

    number: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
