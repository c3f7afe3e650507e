"""查封、扣押: decisions with their goods, and how their periods were prolonged."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.orders.models import InspectorOfOrder
from equipment.seizures.rules import GoodsState, SeizureKind, SeizureService, SeizureState
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class Seizure(Base):
    """查封（扣押）决定: what it says never changes; what is done about it is added."""

    __tablename__ = "seizure"
    __table_args__ = (
        CheckConstraint("until_on >= issued_on", name="days"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended_has_day"),
        CheckConstraint("(service_way IS NULL) = (served_at IS NULL)", name="served_has_way"),
        CheckConstraint("service_way IS NULL OR service_way <> 'left' OR witness <> ''", name="witness"),
        Index("uq_seizure_number", "issuer_area", "kind", "year", "sequence", unique=True),
        Index("ix_seizure_state", "area", "state", "until_on"),
        Index("ix_seizure_order", "order_id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "kind",
            "issuer_area",
            "issuer_name",
            "review_body",
            "court",
            "year",
            "sequence",
            "number",
            "unit_name",
            "unit_address",
            "issued_on",
            "issued_at",
            "issued_by",
            "officers",
            "reason",
            "rule",
            "rule_text",
            "until_on",
            "order_id",
            "check_id",
            "state",
            "service_way",
            "served_at",
            "receiver",
            "witness",
            "service_note",
            "ended_on",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    kind: Mapped[SeizureKind] = mapped_column(String(8))
    issuer_area: Mapped[str] = mapped_column(String(12))
    issuer_name: Mapped[str] = mapped_column(String(120))
    review_body: Mapped[str] = mapped_column(String(120))
    court: Mapped[str] = mapped_column(String(120))
    year: Mapped[int]
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(60))
    unit_name: Mapped[str] = mapped_column(String(120))
    unit_address: Mapped[str] = mapped_column(String(200), default="")
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    officers: Mapped[list[InspectorOfOrder]] = mapped_column(Document)
    reason: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(30))  # a code of the pack
    rule_text: Mapped[str] = mapped_column(String(400))  # as the paper cites it
    until_on: Mapped[date]  # the last day of the period as it stands now
    order_id: Mapped[UUID | None]
    check_id: Mapped[UUID | None]
    state: Mapped[SeizureState] = mapped_column(String(8), default=SeizureState.RUNNING)
    service_way: Mapped[SeizureService | None] = mapped_column(String(8))
    served_at: Mapped[datetime | None]
    receiver: Mapped[str] = mapped_column(String(60), default="")
    witness: Mapped[str] = mapped_column(String(60), default="")
    service_note: Mapped[str] = mapped_column(String(300), default="")
    ended_on: Mapped[date | None]


class SeizedGoods(Base):
    """One line of the goods list (物品清单); a registered piece is locked while it is held."""

    __tablename__ = "seized_goods"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("(state = 'held') = (settled_on IS NULL)", name="settled_has_day"),
        CheckConstraint("state = 'held' OR document <> ''", name="settled_has_document"),
        Index("ix_seized_goods_state", "area", "state"),
        Index("ix_seized_goods_piece", "equipment_id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "seizure_id",
            "no",
            "area",
            "name",
            "spec",
            "quantity",
            "unit",
            "condition",
            "place",
            "equipment_id",
            "status_before",
            "sha256",
            "media_type",
            "state",
            "settled_on",
            "document",
            "settled_to",
            "settled_note",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    seizure_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(100))
    spec: Mapped[str] = mapped_column(String(100), default="")
    quantity: Mapped[int]
    unit: Mapped[str] = mapped_column(String(10), default="")
    condition: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(120), default="")  # where it is kept
    equipment_id: Mapped[UUID | None]
    status_before: Mapped[str] = mapped_column(String(12), default="")  # of the piece
    sha256: Mapped[str | None] = mapped_column(String(64))  # its photo
    media_type: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[GoodsState] = mapped_column(String(12), default=GoodsState.HELD)
    settled_on: Mapped[date | None]
    document: Mapped[str] = mapped_column(String(80), default="")  # its number
    settled_to: Mapped[str] = mapped_column(String(120), default="")  # who received it
    settled_note: Mapped[str] = mapped_column(String(300), default="")


class SeizureExtension(Base):
    """延长期限, with the day that was set before and why."""

    __tablename__ = "seizure_extension"
    __table_args__ = (CheckConstraint("until_on > was_on", name="later"), OF_ORGANISATION)
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "seizure_id",
            "area",
            "was_on",
            "until_on",
            "document",
            "reason",
            "by",
            "at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    seizure_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    was_on: Mapped[date]
    until_on: Mapped[date]
    document: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(300))
    by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
