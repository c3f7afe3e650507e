"""日管控、周排查、月调度: who holds which post, the risk list by versions, stopped days, the days on
which a control is expected, the controls with their problems, and the reports of weeks and months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.controls.rules import (
    ControlDayState,
    ControlGrade,
    ControlPeriod,
    ControlPost,
    ControlReportKind,
    VisitsWatched,
)
from equipment.controls.states import ControlReportState, RiskListState
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_ORGANISATION


class RiskRow(TypedDict):
    """One row of 安全风险管控清单: the columns that the facts name."""

    code: str
    object: str  # 风险点 (object)
    unit: str  # 分析单元
    source: str  # 风险来源
    risk: str  # 风险描述
    accident: str  # 可能导致的事故类型
    key: bool  # 是否重点风险
    place: str  # 位置
    forecast: str  # 预测预警
    level: str  # 管控层级
    factor: str  # 因素: 人员、设备、环境、管理
    emergency: str  # 应急处置措施
    grade: str  # 风险等级
    found_on: str  # 辨识日期
    measure_kind: str  # 措施类别
    post: str  # 责任岗位
    measure: str  # 管控措施
    check: str  # 检查内容
    hazard: str  # 隐患情形


class StoredPhoto(TypedDict):
    """A photo of a record, by its content."""

    sha256: str
    name: str
    media_type: str


class MeetingDecision(TypedDict):
    """One decision of a monthly meeting (会议决定、下月重点)."""

    text: str
    person: str
    due_on: str


class WeekProblem(TypedDict):
    """One open or new problem as a report lists it."""

    place: str
    grade: str
    text: str
    who: str
    due_on: str
    state: str


class ControlAppointment(Base):
    """任命: who is 主要负责人, 安全总监 or 安全员 of a unit, from a day until a day."""

    __tablename__ = "control_appointment"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="days"),
        Index("ix_control_appointment_post", "organisation_id", "post", "from_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "post",
            "category",
            "name",
            "user_id",
            "from_on",
            "until_on",
            "file_sha256",
            "file_name",
            "file_type",
            "entered_by",
            "entered_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    post: Mapped[ControlPost] = mapped_column(String(10))
    category: Mapped[str] = mapped_column(String(30), default="")  # empty: every category of the unit
    name: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_type: Mapped[str] = mapped_column(String(80), default="")
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]


class RiskList(Base):
    """安全风险管控清单 of a unit and category, one version. Once adopted it never changes."""

    __tablename__ = "risk_list"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint(
            "(state = 'adopted') = (adopted_at IS NOT NULL AND adopted_by IS NOT NULL)",
            name="adopted_by_somebody",
        ),
        UniqueConstraint("organisation_id", "category", "version"),
        Index(
            "uq_risk_list_draft",
            "organisation_id",
            "category",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "category",
            "version",
            "state",
            "rows",
            "adopted_at",
            "adopted_by",
            "adopter",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    version: Mapped[int]
    state: Mapped[RiskListState] = mapped_column(String(10))
    rows: Mapped[list[RiskRow]] = mapped_column(Document)
    adopted_at: Mapped[datetime | None]
    adopted_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    adopter: Mapped[str] = mapped_column(String(60), default="")


class UnitClosure(Base):
    """停业日、停用时段: days on which a unit does not use its pieces of a category, stated by itself."""

    __tablename__ = "unit_closure"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_somebody"),
        Index("ix_unit_closure_days", "organisation_id", "category", "until_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "category",
            "from_on",
            "until_on",
            "weekdays",
            "reason",
            "stated_by",
            "stated_at",
            "withdrawn_by",
            "withdrawn_at",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30), default="")  # empty: every category of the unit
    from_on: Mapped[date]
    until_on: Mapped[date]
    weekdays: Mapped[list[int]] = mapped_column(Document)  # 0 is Monday; none: every day of the span
    reason: Mapped[str] = mapped_column(String(200))
    stated_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    stated_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]


class ControlDay(Base):
    """A day on which a unit is expected to control a category, and what became of it: one row each, made from
    the register, the stopped days and the records, and made anew from them."""

    __tablename__ = "control_day"
    __table_args__ = (
        CheckConstraint("state <> 'missing'", name="missing_is_not_stored"),
        CheckConstraint(
            "(state IN ('on_time', 'late')) = (control_id IS NOT NULL)", name="done_has_its_control"
        ),
        UniqueConstraint("organisation_id", "category", "on"),
        Index("ix_control_day_area", "area", "on", "state"),
        Index("ix_control_day_state", "state", "due_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    on: Mapped[date]
    due_at: Mapped[datetime]
    pieces: Mapped[int]
    state: Mapped[ControlDayState] = mapped_column(String(12))
    control_id: Mapped[UUID | None]  # the first record of the day

    @property
    def ends_with_day(self) -> bool:
        """Whether the whole day is given for it."""
        return self.due_at >= clock.site_midnight(self.on + timedelta(days=1))


class DailyControl(Base):
    """每日安全检查记录: what was looked at on a day and what was found, or that nothing was. It never
    changes: a correction takes its place."""

    __tablename__ = "daily_control"
    __table_args__ = (
        CheckConstraint("problems >= 0", name="problems_count"),
        CheckConstraint("nothing_found = (problems = 0)", name="found_or_nothing"),
        CheckConstraint("superseded_by IS NULL OR superseded_by <> id", name="superseded"),
        Index("ix_daily_control_day", "organisation_id", "category", "on"),
        Index("ix_daily_control_area", "area", "on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "category",
            "on",
            "period",
            "weather",
            "list_id",
            "list_version",
            "pieces",
            "nothing_found",
            "problems",
            "looked_at",
            "note",
            "made_at",
            "counted_at",
            "received_at",
            "flags",
            "is_late",
            "is_paper",
            "made_by",
            "officer",
            "photos",
            "replaces_id",
            "reason",
            "superseded_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    on: Mapped[date]
    period: Mapped[ControlPeriod] = mapped_column(String(10))
    weather: Mapped[str] = mapped_column(String(30), default="")
    list_id: Mapped[UUID | None]  # the risk list that was used; none was adopted where it is empty
    list_version: Mapped[int | None]
    pieces: Mapped[int]  # in use on the day
    nothing_found: Mapped[bool]
    problems: Mapped[int]
    looked_at: Mapped[int]  # items of the list
    note: Mapped[str] = mapped_column(String(300), default="")
    made_at: Mapped[datetime]  # the phone's word
    counted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    flags: Mapped[list[str]] = mapped_column(Document)
    is_late: Mapped[bool]
    is_paper: Mapped[bool]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    officer: Mapped[str] = mapped_column(String(60))  # who looked, as he signs
    photos: Mapped[list[StoredPhoto]] = mapped_column(Document)
    replaces_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    superseded_by: Mapped[UUID | None]


class ControlFinding(Base):
    """A problem of a daily control. At a piece it is also a finding, which somebody may make a hazard."""

    __tablename__ = "control_finding"
    __table_args__ = (
        CheckConstraint("grade <> 'serious' OR stopped IS NOT NULL", name="serious_says_stopped"),
        Index("ix_control_finding_piece", "equipment_id"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "control_id",
            "no",
            "area",
            "item",
            "text",
            "grade",
            "stopped",
            "why_not",
            "put_right",
            "equipment_id",
            "finding_id",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    control_id: Mapped[UUID] = mapped_column(primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(12))
    item: Mapped[str] = mapped_column(String(300), default="")  # 检查内容 of the row it was found under
    text: Mapped[str] = mapped_column(Text)
    grade: Mapped[ControlGrade] = mapped_column(String(8))
    stopped: Mapped[bool | None]
    why_not: Mapped[str] = mapped_column(String(200), default="")
    put_right: Mapped[bool]
    equipment_id: Mapped[UUID | None]
    finding_id: Mapped[UUID | None]


class ControlReport(Base):
    """每周排查治理报告 or 每月调度会议纪要. Prepared by the system from the days; what is signed never
    changes: a correction takes its place."""

    __tablename__ = "control_report"
    __table_args__ = (
        CheckConstraint("ends_on > begins_on", name="span"),
        CheckConstraint("(state = 'prepared') = (director_signed_at IS NULL)", name="signed_by_the_director"),
        CheckConstraint("(state = 'complete') = (main_signed_at IS NOT NULL)", name="signed_by_the_main"),
        Index(
            "uq_control_report_span",
            "organisation_id",
            "category",
            "kind",
            "begins_on",
            unique=True,
            sqlite_where=text("superseded_by IS NULL"),
            postgresql_where=text("superseded_by IS NULL"),
        ),
        Index("ix_control_report_area", "area", "begins_on", "state"),
        Index("ix_control_report_due", "state", "due_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation_in_area"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "area",
            "category",
            "kind",
            "number",
            "begins_on",
            "ends_on",
            "due_on",
            "state",
            "figures",
            "problems",
            "summary",
            "analysis",
            "next_plan",
            "watched",
            "watched_text",
            "held_at",
            "place",
            "host",
            "recorder",
            "participants",
            "decisions",
            "director",
            "director_signed_by",
            "director_signed_at",
            "main_person",
            "main_signed_by",
            "main_signed_at",
            "paper",
            "replaces_id",
            "reason",
            "superseded_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[ControlReportKind] = mapped_column(String(6))
    number: Mapped[str] = mapped_column(String(30))
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    due_on: Mapped[date]  # by which it is signed
    state: Mapped[ControlReportState] = mapped_column(String(10), default=ControlReportState.PREPARED)
    figures: Mapped[dict[str, int]] = mapped_column(Document)  # as the director signed them; none before
    problems: Mapped[list[WeekProblem]] = mapped_column(Document)
    summary: Mapped[str] = mapped_column(Text, default="")
    analysis: Mapped[str] = mapped_column(Text, default="")
    next_plan: Mapped[str] = mapped_column(Text, default="")
    watched: Mapped[VisitsWatched | None] = mapped_column(String(8))
    watched_text: Mapped[str] = mapped_column(String(300), default="")
    held_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(String(120), default="")
    host: Mapped[str] = mapped_column(String(60), default="")
    recorder: Mapped[str] = mapped_column(String(60), default="")
    participants: Mapped[str] = mapped_column(Text, default="")
    decisions: Mapped[list[MeetingDecision]] = mapped_column(Document)
    director: Mapped[str] = mapped_column(String(60), default="")
    director_signed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    director_signed_at: Mapped[datetime | None]
    main_person: Mapped[str] = mapped_column(String(60), default="")
    main_signed_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("user.id")
    )  # who brought the paper, else he
    main_signed_at: Mapped[datetime | None]
    paper: Mapped[list[StoredPhoto]] = mapped_column(Document)  # where the main person signed on paper
    replaces_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    superseded_by: Mapped[UUID | None]
