"""监督检查: records of checks with the pieces and problems in them, the year's plan, key units, and serious
hazards that were reported up."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.orders.models import InspectorOfOrder
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION
from equipment.supervision.rules import CheckKind, UnitAnswer


class CheckedUnit(TypedDict):
    """The unit as the record names it."""

    name: str
    credit_code: str
    legal_representative: str
    safety_manager: str
    address: str
    contact: str
    post: str
    phone: str
    roles: list[str]  # UnitRole


class SupervisionCheck(Base):
    """特种设备安全监督检查记录 (order 57, annex 4). A record never changes: a correction takes its place."""

    __tablename__ = "supervision_check"
    __table_args__ = (
        CheckConstraint("ended_at >= began_at", name="times"),
        CheckConstraint("unit_answer <> 'refused' OR witness <> ''", name="witness"),
        CheckConstraint("(superseded_by IS NULL) OR superseded_by <> id", name="superseded"),
        Index("ix_supervision_check_unit", "organisation_id", "on"),
        Index("ix_supervision_check_area", "area", "on", "kind"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "number",
            "office_area",
            "kind",
            "began_at",
            "ended_at",
            "on",
            "inspectors",
            "recorder",
            "unit",
            "last_problems",
            "no_problem",
            "measures",
            "other_measure",
            "unit_opinion",
            "unit_answer",
            "signer",
            "witness",
            "refusal",
            "signatures",
            "photos",
            "recorded_by",
            "received_at",
            "replaces_id",
            "reason",
            "superseded_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(40))
    office_area: Mapped[str] = mapped_column(String(12))
    kind: Mapped[CheckKind] = mapped_column(String(14))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    on: Mapped[date]
    inspectors: Mapped[list[InspectorOfOrder]] = mapped_column(Document)
    recorder: Mapped[str] = mapped_column(String(30), default="")
    unit: Mapped[CheckedUnit] = mapped_column(Document)
    last_problems: Mapped[str] = mapped_column(Text, default="")  # how those of the last check were put right
    no_problem: Mapped[bool] = mapped_column(default=False)
    measures: Mapped[list[str]] = mapped_column(Document)  # Measure
    other_measure: Mapped[str] = mapped_column(String(200), default="")
    unit_opinion: Mapped[str] = mapped_column(Text, default="")
    unit_answer: Mapped[UnitAnswer] = mapped_column(String(8))
    signer: Mapped[str] = mapped_column(String(60), default="")
    witness: Mapped[str] = mapped_column(String(60), default="")
    refusal: Mapped[str] = mapped_column(String(300), default="")
    signatures: Mapped[dict[str, str]] = mapped_column(Document)  # whose -> sha256 of the drawing
    photos: Mapped[list[dict[str, str]]] = mapped_column(Document)  # sha256, name, media_type
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime]
    replaces_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    superseded_by: Mapped[UUID | None]


class CheckedPiece(Base):
    """A piece that was looked at in a check (抽查设备)."""

    __tablename__ = "checked_piece"
    __table_args__ = (Index("ix_checked_piece_check", "check_id"), OF_EQUIPMENT)
    __scope__ = "equipment"
    __evidence__ = (("equipment_id", "id", "check_id", "organisation_id", "area", "category", "on"),)

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    check_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    on: Mapped[date]


class CheckFinding(Base):
    """检查发现的问题: one problem of a record. At a piece it is also a finding, which somebody may make a
    hazard."""

    __tablename__ = "check_finding"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "check_id",
            "no",
            "area",
            "text",
            "rule",
            "rule_text",
            "equipment_id",
            "finding_id",
            "put_right",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    check_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(30), default="")
    rule_text: Mapped[str] = mapped_column(String(300), default="")
    equipment_id: Mapped[UUID | None]
    finding_id: Mapped[UUID | None]
    put_right: Mapped[bool] = mapped_column(default=False)  # on the spot


class KeyUnit(Base):
    """重点单位: a unit that the city checks more often (59号)."""

    __tablename__ = "key_unit"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="days"),
        Index("ix_key_unit_area", "area", "until_on"),
        OF_ORGANISATION,
    )
    __scope__ = "area"
    __evidence__ = (("organisation_id", "id", "area", "from_on", "until_on", "reason", "entered_by"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(200))
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class PlannedCheck(Base):
    """监督检查计划: a unit that is to be checked in a month of the year's plan."""

    __tablename__ = "planned_check"
    __table_args__ = (
        CheckConstraint("month >= 1 AND month <= 12", name="month"),
        Index("ix_planned_check_area", "area", "year", "month"),
        OF_ORGANISATION,
    )
    __scope__ = "area"
    __evidence__ = (
        ("organisation_id", "id", "area", "year", "month", "kind", "check_id", "dropped", "planned_by", "at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    year: Mapped[int]
    month: Mapped[int]
    kind: Mapped[CheckKind] = mapped_column(String(14))
    check_id: Mapped[UUID | None]  # the record that did it
    dropped: Mapped[str] = mapped_column(String(200), default="")  # why it was taken off the plan
    planned_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class UpwardReport(Base):
    """A serious or major hazard that an office reported to the one above it (order 57, Art. 23)."""

    __tablename__ = "upward_report"
    __table_args__ = (Index("ix_upward_report_hazard", "hazard_id"), OF_EQUIPMENT)
    __scope__ = "area"
    __evidence__ = (
        ("equipment_id", "id", "hazard_id", "area", "from_area", "to_name", "how", "note", "by", "at"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    hazard_id: Mapped[UUID]
    area: Mapped[str] = mapped_column(String(12))
    from_area: Mapped[str] = mapped_column(String(12))
    to_name: Mapped[str] = mapped_column(String(80))
    how: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
