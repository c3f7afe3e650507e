"""检验 / 自行检测: a result with a conclusion and a next day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.storage.columns import changing
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT


class Inspection(Base):
    """A recorded result; a correction is a new one that supersedes it, with reason and approver."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("supersedes_id IS NULL OR correction_reason <> ''", name="correction_has_reason"),
        Index("ix_inspection_day", "category", "on", "area"),
        Index("ix_inspection_organisation", "organisation_id", "on"),
        Index("ix_inspection_received", "received_at", "id"),
        Index("ix_inspection_changed", "changed_at", "id"),
        Index("ix_inspection_report", "organisation_id", "report_no"),
        Index(
            "ix_inspection_awaiting",
            "organisation_id",
            "report_due_on",
            sqlite_where=text("report_due_on IS NOT NULL"),
            postgresql_where=text("report_due_on IS NOT NULL"),
        ),
        Index(
            "ix_inspection_feedback",
            "organisation_id",
            "feedback_on",
            sqlite_where=text("feedback_on IS NOT NULL"),
            postgresql_where=text("feedback_on IS NOT NULL"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "inspector_id",
            "kind",
            "on",
            "conclusion",
            "report_no",
            "next_due_on",
            "supersedes_id",
        ),
        (
            "area",
            "category",
            "happened_at",
            "received_at",
            "remark",
            "next_explanation",
            "next_citation",
            "due_id",
            "list_id",
            "superseded",
            "correction_reason",
            "approved_by",
            "clause",
            "stated_next_on",
            "pack",
            "issued_by",
            "checked_by",
            "reviewed_by",
            "visit_id",
            "early",
            "open_items",
            "notice_no",
            "feedback_on",
            "feedback",
            "repeats_id",
            "report_due_on",
            "next_reason",
        ),
        ("valve_until",),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    inspector_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[InspectionKind] = mapped_column(String(12))
    on: Mapped[date]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime] = changing()
    conclusion: Mapped[Conclusion] = mapped_column(String(10))
    report_no: Mapped[str] = mapped_column(String(60), default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    next_due_on: Mapped[date | None]
    next_explanation: Mapped[dict[str, object] | None]
    next_citation: Mapped[dict[str, object] | None]
    due_id: Mapped[UUID | None]
    list_id: Mapped[UUID | None]
    supersedes_id: Mapped[UUID | None]
    superseded: Mapped[bool] = mapped_column(default=False)
    correction_reason: Mapped[str] = mapped_column(String(300), default="")
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    clause: Mapped[str] = mapped_column(String(20), default="")
    # What the report or ring itself states; beyond the rule's day only with a reason.
    stated_next_on: Mapped[date | None]
    next_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    pack: Mapped[str] = mapped_column(String(80), default="")
    # Done before its first day: it stands, and does not count for the cycle.
    early: Mapped[bool] = mapped_column(default=False, server_default=false())
    # 已检待报告: the day by which the report must be there, as long as it has no number.
    report_due_on: Mapped[date | None]
    # Of a report that somebody issued (校验、试验), and of a firm's own check (自行检查) with the visit it
    # belongs to.
    issued_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    checked_by: Mapped[str] = mapped_column(String(60), default="", server_default="")
    reviewed_by: Mapped[str] = mapped_column(String(60), default="", server_default="")
    visit_id: Mapped[UUID | None]
    # 整改后合格: its items one a line, the number of the 检验意见通知书, by when and how their correction was told.
    open_items: Mapped[str] = mapped_column(Text, default="", server_default="")
    notice_no: Mapped[str] = mapped_column(String(60), default="", server_default="")
    feedback_on: Mapped[date | None]
    feedback: Mapped[str] = mapped_column(String(300), default="", server_default="")
    # Of a cylinder whose valve was replaced at this inspection: when the life of the new one ends.
    valve_until: Mapped[date | None]
    # 复检: the first result that failed.
    repeats_id: Mapped[UUID | None]

    @property
    def awaits_report(self) -> bool:
        return self.report_due_on is not None and not self.superseded
