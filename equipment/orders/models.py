"""监察指令书: orders with their problems, what was handed in to them, and cases handed to the enforcement team."""

from __future__ import annotations

from datetime import date, datetime
from typing import NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.orders.rules import OrderOrigin, OrderState, OrderUrgency, ServiceWay, TransferResult
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION, REFERENCE


class InspectorOfOrder(TypedDict):
    """An inspector as a paper names him."""

    name: str
    certificate: str  # 执法证号 or 监察员证号; empty where none was given
    user: NotRequired[str]


class IssuingOffice(Base):
    """发文机关: how an office signs its orders, and where a unit may turn against them."""

    __tablename__ = "issuing_office"
    __table_args__ = (REFERENCE,)
    __evidence__ = (("area", "name", "sign", "review_body", "court", "address", "phone"), ("changed_at",))

    area: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))  # 白银市市场监督管理局
    sign: Mapped[str] = mapped_column(String(10))  # what stands in the brackets of its numbers
    review_body: Mapped[str] = mapped_column(String(120))
    court: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    changed_at: Mapped[datetime]


class Order(Base):
    """监察指令书: what a unit must put right by a day. What it says never changes; what is done about it is
    added."""

    __tablename__ = "supervision_order"
    __table_args__ = (
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_has_day"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_reason <> '')", name="withdrawn_has_reason"),
        CheckConstraint("(service_way IS NULL) = (served_at IS NULL)", name="served_has_way"),
        CheckConstraint("service_way IS NULL OR service_way <> 'refused' OR witness <> ''", name="witness"),
        Index("uq_supervision_order_number", "issuer_area", "year", "sequence", unique=True),
        Index("ix_supervision_order_state", "area", "state", "due_on"),
        Index("ix_supervision_order_unit", "organisation_id", "issued_on"),
        Index("ix_supervision_order_origin", "origin_id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "issuer_area",
            "issuer_name",
            "review_body",
            "court",
            "year",
            "sequence",
            "number",
            "unit_name",
            "unit_head",
            "unit_address",
            "issued_on",
            "issued_at",
            "issued_by",
            "inspectors",
            "urgency",
            "due_on",
            "basis",
            "measures",
            "origin",
            "origin_id",
            "state",
            "service_way",
            "served_at",
            "receiver",
            "witness",
            "service_note",
            "signature",
            "closed_on",
            "withdrawn_reason",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))  # of the unit
    issuer_area: Mapped[str] = mapped_column(String(12))
    issuer_name: Mapped[str] = mapped_column(String(120))
    review_body: Mapped[str] = mapped_column(String(120))
    court: Mapped[str] = mapped_column(String(120))
    year: Mapped[int]
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(60))
    unit_name: Mapped[str] = mapped_column(String(120))
    unit_head: Mapped[str] = mapped_column(String(60), default="")
    unit_address: Mapped[str] = mapped_column(String(200), default="")
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    inspectors: Mapped[list[InspectorOfOrder]] = mapped_column(Document)
    urgency: Mapped[OrderUrgency] = mapped_column(String(8))
    due_on: Mapped[date]
    basis: Mapped[str] = mapped_column(Text)
    measures: Mapped[str] = mapped_column(Text)
    origin: Mapped[OrderOrigin] = mapped_column(String(8))
    origin_id: Mapped[UUID | None]
    state: Mapped[OrderState] = mapped_column(String(12), default=OrderState.ISSUED)
    service_way: Mapped[ServiceWay | None] = mapped_column(String(8))
    served_at: Mapped[datetime | None]
    receiver: Mapped[str] = mapped_column(String(60), default="")
    witness: Mapped[str] = mapped_column(String(60), default="")
    service_note: Mapped[str] = mapped_column(String(300), default="")
    signature: Mapped[str | None] = mapped_column(String(64))  # sha256 of the drawn signature
    closed_on: Mapped[date | None]
    withdrawn_reason: Mapped[str] = mapped_column(String(300), default="")


class OrderItem(Base):
    """存在问题: one problem of an order. What belongs to a hazard is put right and re-checked there, and read
    from there; the others are answered here."""

    __tablename__ = "order_item"
    __table_args__ = (
        CheckConstraint("(hazard_id IS NULL) OR (equipment_id IS NOT NULL)", name="hazard_has_piece"),
        CheckConstraint("NOT is_right OR answered_at IS NOT NULL", name="right_was_answered"),
        Index("ix_order_item_hazard", "hazard_id"),
        Index("ix_order_item_piece", "equipment_id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "order_id",
            "no",
            "area",
            "equipment_id",
            "piece_name",
            "hazard_id",
            "problem",
            "rule",
            "rule_text",
            "answer",
            "answered_at",
            "answered_by",
            "is_right",
            "recheck",
            "rechecked_at",
            "rechecked_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(12))
    equipment_id: Mapped[UUID | None]
    piece_name: Mapped[str] = mapped_column(String(120), default="")
    hazard_id: Mapped[UUID | None]
    problem: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(30))  # a code of the pack, or a clause of a hazard
    rule_text: Mapped[str] = mapped_column(String(400))  # as the paper cites it
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    is_right: Mapped[bool] = mapped_column(default=False)
    recheck: Mapped[str] = mapped_column(Text, default="")
    rechecked_at: Mapped[datetime | None]
    rechecked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class OrderFile(Base):
    """A photo or document handed in to an order: evidence of the unit, of the re-check, the signed paper."""

    __tablename__ = "order_file"
    __table_args__ = (Index("ix_order_file_order", "organisation_id", "order_id"), OF_ORGANISATION)
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "order_id",
            "area",
            "item",
            "kind",
            "name",
            "sha256",
            "media_type",
            "size",
            "user_id",
            "at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    item: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(12))  # evidence, recheck, served, transfer
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class OrderExtension(Base):
    """More time for an order, with the day that was set before and why."""

    __tablename__ = "order_extension"
    __table_args__ = (CheckConstraint("until_on > was_on", name="later"), OF_ORGANISATION)
    __scope__ = "organisation_in_area"
    __evidence__ = (
        ("organisation_id", "id", "order_id", "area", "was_on", "until_on", "reason", "by", "at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    was_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class CaseTransfer(Base):
    """案源移送: an order that was not carried out goes to the enforcement team, whose result comes back."""

    __tablename__ = "case_transfer"
    __table_args__ = (
        CheckConstraint("(result IS NULL) = (result_on IS NULL)", name="result_has_day"),
        CheckConstraint("fine_fen IS NULL OR fine_fen > 0", name="fine"),
        Index("ix_case_transfer_order", "organisation_id", "order_id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "order_id",
            "area",
            "team",
            "facts",
            "materials",
            "transferred_on",
            "by",
            "at",
            "result",
            "result_on",
            "document",
            "fine_fen",
            "remark",
            "result_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    team: Mapped[str] = mapped_column(String(120))
    facts: Mapped[str] = mapped_column(Text)
    materials: Mapped[str] = mapped_column(Text, default="")
    transferred_on: Mapped[date]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    result: Mapped[TransferResult | None] = mapped_column(String(10))
    result_on: Mapped[date | None]
    document: Mapped[str] = mapped_column(String(80), default="")
    fine_fen: Mapped[int | None] = mapped_column(BigInteger)
    remark: Mapped[str] = mapped_column(String(300), default="")
    result_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
