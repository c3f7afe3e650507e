"""检验 / 自行检测: a result with a conclusion and a next day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.inspections.states import ItemState, MarkState, OpinionState
from equipment.storage.columns import changing
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION


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
        Index("ix_inspection_report_no", "report_no"),
        Index("ix_inspection_reported", "organisation_id", "reported_on"),
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
        ("reported_on",),
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
    # The day on which the number of the report came: what the body's clock is measured by.
    reported_on: Mapped[date | None]
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


class Opinion(Base):
    """检验意见通知书: what a body wrote to a unit about a result with open items, and the day by which the
    unit answers. The number and the day that the result was recorded with led here, and live here from
    then on."""

    __tablename__ = "opinion"
    __table_args__ = (
        CheckConstraint("feedback_on >= issued_on", name="answered_after"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        UniqueConstraint("equipment_id", "inspection_id"),
        Index("ix_opinion_body", "organisation_id", "state", "feedback_on"),
        Index("ix_opinion_unit", "unit_id", "state", "feedback_on"),
        Index("ix_opinion_area", "area", "state", "feedback_on"),
        Index("ix_opinion_number", "organisation_id", "number"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "inspection_id",
            "organisation_id",
            "unit_id",
            "area",
            "category",
            "number",
            "issued_on",
            "feedback_on",
            "state",
            "issued_by",
            "issued_at",
            "served_at",
            "served_by",
            "moved_for",
            "closed_at",
            "closed_by",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    inspection_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the body
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    number: Mapped[str] = mapped_column(String(60))
    issued_on: Mapped[date]
    feedback_on: Mapped[date]
    state: Mapped[OpinionState] = mapped_column(String(10), default=OpinionState.OPEN)
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    issued_at: Mapped[datetime]
    served_at: Mapped[datetime | None]  # 送达: when somebody of the unit opened it first
    served_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    moved_for: Mapped[str] = mapped_column(String(300), default="", server_default="")  # why its day moved
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class OpinionItem(Base):
    """One item of a 检验意见通知书: what the inspector wrote, what the unit answers with which evidence, what the
    body says to that."""

    __tablename__ = "opinion_item"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'again') OR answer <> ''", name="answered_says_what"),
        CheckConstraint("state <> 'again' OR question <> ''", name="asked_says_what"),
        UniqueConstraint("equipment_id", "opinion_id", "item_no"),
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
            "opinion_id",
            "item_no",
            "text",
            "state",
            "answer",
            "evidence_no",
            "answered_by",
            "answered_at",
            "question",
            "decided_by",
            "decided_at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the body
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    opinion_id: Mapped[UUID]
    item_no: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[ItemState] = mapped_column(String(10), default=ItemState.OPEN)
    answer: Mapped[str] = mapped_column(String(500), default="")
    evidence_no: Mapped[str] = mapped_column(String(80), default="")  # name and number of the evidence
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    question: Mapped[str] = mapped_column(String(300), default="")  # what the body asks once more
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class NumberForm(Base):
    """How a body writes the numbers of its reports (# a digit, @ a letter, * any rest): a number of another
    body's form is not taken for one of its own."""

    __tablename__ = "report_form"
    __table_args__ = (
        CheckConstraint("form <> ''", name="says_something"),
        Index("ix_report_form_open", "organisation_id", "ended_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "id", "form", "note", "set_by", "set_at", "ended_by", "ended_at"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    form: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(120), default="")
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class UseMark(Base):
    """使用标志 printed for a piece after a passed inspection: which month stands on it, and what became of it.
    One per piece is current."""

    __tablename__ = "use_mark"
    __table_args__ = (
        CheckConstraint("(state = 'current') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("state NOT IN ('lost', 'spoilt') OR reason <> ''", name="gone_says_why"),
        Index(
            "uq_use_mark_current",
            "equipment_id",
            unique=True,
            sqlite_where=text("state = 'current'"),
            postgresql_where=text("state = 'current'"),
        ),
        Index("ix_use_mark_made", "organisation_id", "made_at"),
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
            "inspection_id",
            "number",
            "code",
            "certificate_no",
            "next_on",
            "state",
            "copies",
            "made_by",
            "made_at",
            "reason",
            "ended_by",
            "ended_at",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # who printed it
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    inspection_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(24))
    code: Mapped[str] = mapped_column(String(15))  # of the label that its symbol leads to
    certificate_no: Mapped[str] = mapped_column(String(60))
    next_on: Mapped[date]
    state: Mapped[MarkState] = mapped_column(String(10), default=MarkState.CURRENT)
    copies: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
