"""送检批: bottles that a station or use unit sends to an inspection body together, and what came of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.lots.states import BenchVerdict, DestructionMethod, Difference, LotRowState, LotState
from equipment.storage.columns import Document, changing
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION


class Lot(Base):
    """送检批. One report covers it: number, day and reviewer stand here, each result is an inspection of its
    own."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("(state IN ('packing', 'withdrawn')) OR handed_at IS NOT NULL", name="handed_at"),
        UniqueConstraint("organisation_id", "number"),
        Index("ix_lot_body", "body_id", "state"),
        Index("ix_lot_area", "category", "area", "state"),
        Index("ix_lot_changed", "changed_at", "id"),
        OF_ORGANISATION,
    )
    __scope__ = "lot"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "number",
            "body_id",
            "area",
            "category",
            "state",
            "note",
            "opened_by",
            "opened_at",
            "device_id",
            "carrier",
            "handed_by",
            "handed_at",
            "received_by",
            "received_at",
            "receipt_note",
            "withdrawn_at",
            "withdrawn_reason",
            "inspected_on",
            "report_no",
            "reviewed_by",
            "finished_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by whoever opens it
    number: Mapped[str] = mapped_column(String(24))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    state: Mapped[LotState] = mapped_column(String(10), default=LotState.PACKING)
    note: Mapped[str] = mapped_column(String(300), default="")
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    carrier: Mapped[str] = mapped_column(String(60), default="")  # who drives it there
    handed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    handed_at: Mapped[datetime | None]
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime | None]
    receipt_note: Mapped[str] = mapped_column(String(300), default="")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(String(300), default="")
    inspected_on: Mapped[date | None]
    report_no: Mapped[str] = mapped_column(String(60), default="")
    reviewed_by: Mapped[str] = mapped_column(String(60), default="")
    finished_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = changing()


class BottleSnapshot(TypedDict):
    """What a row says of its bottle, as it was when it was put into the lot; empty where nobody knows."""

    label: str
    serial: str
    own_number: str
    maker: str
    variety: str
    medium: str
    model: str
    made_on: str
    due_on: str


class LotRow(Base):
    """One bottle of a lot. One that nobody can name (another unit's, no code) has no piece, only what was
    read."""

    __tablename__ = "lot_row"
    __table_args__ = (
        CheckConstraint("(state <> 'judged' AND state <> 'left') OR verdict IS NOT NULL", name="judged"),
        CheckConstraint("state <> 'left' OR left_at IS NOT NULL", name="left_at"),
        Index(
            "ix_lot_row_in_a_lot",
            "equipment_id",
            sqlite_where=text("state IN ('packed', 'received', 'judged')"),
            postgresql_where=text("state IN ('packed', 'received', 'judged')"),
        ),
        Index("ix_lot_row_equipment", "equipment_id", "packed_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "lot_id",
            "row_no",
            "equipment_id",
            "code",
            "snapshot",
            "state",
            "difference",
            "packed_by",
            "packed_at",
            "received_by",
            "received_at",
            "verdict",
            "reasons",
            "remark",
            "valve_until",
            "corrected",
            "judged_by",
            "judged_at",
            "inspection_id",
            "left_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[UUID | None]
    code: Mapped[str] = mapped_column(String(200), default="")  # as it was read
    snapshot: Mapped[BottleSnapshot] = mapped_column(Document)
    state: Mapped[LotRowState] = mapped_column(String(10), default=LotRowState.PACKED)
    difference: Mapped[Difference | None] = mapped_column(String(10))
    packed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    packed_at: Mapped[datetime]
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime | None]
    verdict: Mapped[BenchVerdict | None] = mapped_column(String(10))
    reasons: Mapped[list[str]] = mapped_column(Document, default=list)  # codes of the pack, of a scrap
    remark: Mapped[str] = mapped_column(String(300), default="")
    valve_until: Mapped[date | None]  # of a new valve
    # What was corrected on file at the bench: field -> [before, after].
    corrected: Mapped[dict[str, list[object]]] = mapped_column(Document, default=dict)
    judged_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    judged_at: Mapped[datetime | None]
    inspection_id: Mapped[UUID | None]
    left_at: Mapped[datetime | None]


class Destruction(Base):
    """销毁记录: scrapped bottles of one owner made unusable on a day, with a witness. `body_id` is who did it: an
    inspection body, or the owner himself."""

    __tablename__ = "destruction"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        Index("ix_destruction_body", "body_id", "on"),
        Index("ix_destruction_area", "category", "area", "on"),
        OF_ORGANISATION,
    )
    __scope__ = "lot"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "number",
            "body_id",
            "area",
            "category",
            "on",
            "method",
            "witness",
            "document_no",
            "remark",
            "bottles",
            "photos",
            "recorded_by",
            "recorded_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by whoever records it
    number: Mapped[str] = mapped_column(String(24))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    on: Mapped[date]
    method: Mapped[DestructionMethod] = mapped_column(String(10))
    witness: Mapped[str] = mapped_column(String(60))
    document_no: Mapped[str] = mapped_column(String(60))
    remark: Mapped[str] = mapped_column(String(300), default="")
    bottles: Mapped[int]
    photos: Mapped[list[str]] = mapped_column(Document)  # their digests, each attached to every bottle
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class Destroyed(Base):
    """A bottle of a destruction: its only one, since the piece alone is the key."""

    __tablename__ = "destroyed"
    __table_args__ = (Index("ix_destroyed_destruction", "destruction_id"), OF_EQUIPMENT)
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "destruction_id",
            "organisation_id",
            "area",
            "category",
            "on",
            "snapshot",
            "code",
            "reason",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    destruction_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    on: Mapped[date]
    snapshot: Mapped[BottleSnapshot] = mapped_column(Document)
    code: Mapped[str] = mapped_column(String(15), default="")  # of its last label, void for ever
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it was scrapped
