"""Where every bottle is and was, what somebody said of it, how far the ledger was followed; delivery notes,
customers, and bottles that change their owner."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.places.states import (
    Discrepancy,
    NoteRowKind,
    NoteState,
    PlaceEvent,
    PlaceReportKind,
    PlaceState,
    TransferState,
)
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_EQUIPMENT, OF_ORGANISATION

IS_NOW = text("until_at IS NULL")


class Whereabouts(Base):
    """流转状态: a bottle was in this state, at this holder, from an instant until an instant. Derived from
    scans, fills, delivery notes, lots and reports (places/following.py); never written by hand."""

    __tablename__ = "whereabouts"
    __table_args__ = (
        CheckConstraint("until_at IS NULL OR until_at > from_at", name="interval"),
        Index("ix_whereabouts_equipment", "equipment_id", "from_at"),
        Index(
            "ix_whereabouts_now",
            "organisation_id",
            "state",
            "seen_at",
            sqlite_where=IS_NOW,
            postgresql_where=IS_NOW,
        ),
        Index("ix_whereabouts_customer", "customer_id", sqlite_where=IS_NOW, postgresql_where=IS_NOW),
        Index(
            "ix_whereabouts_area", "category", "state", "area", sqlite_where=IS_NOW, postgresql_where=IS_NOW
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "area",
            "category",
            "state",
            "event",
            "holder_id",
            "customer_id",
            "from_at",
            "until_at",
            "source",
            "source_id",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # follows from the record that began it
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # whose record that is
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    state: Mapped[PlaceState] = mapped_column(String(10))
    event: Mapped[PlaceEvent] = mapped_column(String(12))
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    customer_id: Mapped[UUID | None]  # of the organisation whose record it is
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]  # when it was last heard of in this interval
    source: Mapped[str] = mapped_column(String(12))
    source_id: Mapped[UUID]


class PlaceReport(Base):
    """丢失, 找回: what a person says of a bottle."""

    __tablename__ = "place_report"
    __table_args__ = (Index("ix_place_report_at", "equipment_id", "at"), OF_EQUIPMENT)
    __scope__ = "equipment"
    __evidence__ = (
        ("equipment_id", "id", "organisation_id", "area", "category", "kind", "reason", "at", "user_id"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[PlaceReportKind] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class PlaceCursor(Base):
    """The last line of the ledger that was followed: (at, subject, seq). One row."""

    __tablename__ = "place_cursor"
    __table_args__ = (KEYED,)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int]


class Customer(Base):
    """客户 of a station. Who that is stands here alone: ledger and intervals know the id."""

    __tablename__ = "customer"
    __table_args__ = (Index("ix_customer_name", "organisation_id", "name"), OF_ORGANISATION)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "id", "active"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class DeliveryNote(Base):
    """配送单: bottles that leave the station for one customer, and the empties that come back with it."""

    __tablename__ = "delivery_note"
    __table_args__ = (
        CheckConstraint("state IN ('loading', 'cancelled') OR left_at IS NOT NULL", name="left_at"),
        CheckConstraint("state <> 'delivered' OR handed_at IS NOT NULL", name="handed_at"),
        UniqueConstraint("organisation_id", "number"),
        Index("ix_delivery_note_opened", "organisation_id", "opened_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "number",
            "customer_id",
            "plate",
            "driver",
            "state",
            "opened_by",
            "opened_at",
            "left_by",
            "left_at",
            "handed_by",
            "handed_at",
            "reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24))
    customer_id: Mapped[UUID]  # of the same station
    plate: Mapped[str] = mapped_column(String(20), default="")
    driver: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[NoteState] = mapped_column(String(10), default=NoteState.LOADING)
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    left_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    left_at: Mapped[datetime | None]
    handed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    handed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it was cancelled


class NoteRow(Base):
    """One bottle of a delivery note: out, handed over, or back. What nobody can name has no bottle, only what
    was read."""

    __tablename__ = "note_row"
    __table_args__ = (Index("ix_note_row_equipment", "equipment_id"), OF_ORGANISATION)
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "note_id",
            "row_no",
            "equipment_id",
            "kind",
            "discrepancy",
            "was",
            "at",
            "user_id",
        ),
        ("code", "received_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[UUID | None]
    kind: Mapped[NoteRowKind] = mapped_column(String(6))
    discrepancy: Mapped[Discrepancy | None] = mapped_column(String(10))
    was: Mapped[PlaceState | None] = mapped_column(String(10))  # where it was by the records
    at: Mapped[datetime]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    code: Mapped[str] = mapped_column(String(200), default="")  # what a driver's phone read
    received_at: Mapped[datetime | None]  # when we heard of it; empty where it was scanned here


class Transfer(Base):
    """过户: bottles that one organisation hands to another for good. Nothing changes before the other side
    says yes; the owner in the register is changed bottle by bottle, each with its own line."""

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'withdrawn') OR proposed_at IS NOT NULL", name="proposed_at"),
        CheckConstraint("state <> 'accepted' OR register_by IS NOT NULL", name="register_by"),
        UniqueConstraint("organisation_id", "number"),
        Index("ix_transfer_opened", "organisation_id", "opened_at"),
        Index("ix_transfer_to", "to_id", "state"),
        OF_ORGANISATION,
    )
    __scope__ = "both_sides"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "number",
            "to_id",
            "state",
            "note",
            "opened_by",
            "opened_at",
            "proposed_by",
            "proposed_at",
            "expires_on",
            "decided_by",
            "decided_at",
            "reason",
            "register_by",
            "registered_on",
            "registered_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[TransferState] = mapped_column(String(10), default=TransferState.DRAFT)
    note: Mapped[str] = mapped_column(String(300), default="")
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime | None]
    expires_on: Mapped[date | None]  # the last day on which the other side may answer
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it was declined or withdrawn
    register_by: Mapped[date | None]  # 变更登记 is to be done by this day
    registered_on: Mapped[date | None]
    registered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class TransferRow(Base):
    """One bottle of a transfer."""

    __tablename__ = "transfer_row"
    __table_args__ = (Index("ix_transfer_row_equipment", "equipment_id"), OF_ORGANISATION)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "transfer_id", "row_no", "equipment_id", "out", "at", "user_id"),)

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[UUID]
    out: Mapped[bool] = mapped_column(default=False)  # taken out again before it was proposed
    at: Mapped[datetime]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
