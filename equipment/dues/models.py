"""What must happen next, for anything: the hinge between rules, inspections, maintenance and reminders."""

from __future__ import annotations

from datetime import date, datetime
from typing import NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.ids import new_id
from equipment.dues.rules import ApplicationState, DueState, FactKind, ListRowState, NotDone, PaperDueKind
from equipment.regulation.planning import Origin
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION


class Due(Base):
    """到期事项: one thing that must happen to one piece by a day, with its citation. One open one per piece and
    kind."""

    __tablename__ = "due"
    __table_args__ = (
        CheckConstraint(
            "(state <> 'done' OR done_on IS NOT NULL) AND (state <> 'open' OR done_on IS NULL)",
            name="done_has_day",
        ),
        Index(
            "uq_due_open",
            "equipment_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        # Covering: how many are overdue where, without a look at their rows; lists by day take it too. It is
        # the only one by day: beside a narrower one the engine takes that and looks at every row.
        Index(
            "ix_due_open_area",
            "kind",
            "due_on",
            "origin",
            "area",
            "category",
            "equipment_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_due_organisation", "organisation_id", "state", "due_on"),
        Index("ix_due_body", "body_id", "state", "due_on"),
        Index("ix_due_firm", "firm_id", "state", "due_on"),
        Index(
            "ix_due_unknown",
            "kind",
            "category",
            "area",
            sqlite_where=text("state = 'open' AND origin = 'unknown'"),
            postgresql_where=text("state = 'open' AND origin = 'unknown'"),
        ),
        Index(
            "ix_due_failed",
            "kind",
            "area",
            sqlite_where=text("state = 'open' AND origin = 'failed'"),
            postgresql_where=text("state = 'open' AND origin = 'failed'"),
        ),
        Index(
            "ix_due_differs",
            "area",
            "due_on",
            sqlite_where=text("state = 'open' AND rule_on IS NOT NULL"),
            postgresql_where=text("state = 'open' AND rule_on IS NOT NULL"),
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        ("equipment_id", "id", "kind", "state", "due_on", "done_on"),
        (
            "earliest_on",
            "citation",
            "explanation",
            "organisation_id",
            "body_id",
            "firm_id",
            "area",
            "category",
            "done_by",
            "conclusion",
            "next_on",
            "origin",
            "rule_on",
            "rule_explanation",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(24))  # categories.category.DueKind
    state: Mapped[DueState] = mapped_column(String(10), default=DueState.OPEN)
    due_on: Mapped[date]
    earliest_on: Mapped[date | None]
    citation: Mapped[dict[str, object]]
    explanation: Mapped[dict[str, object]]  # {"msgid": ..., "params": {...}}
    # Who must see to it: the use unit, or the station that owns the cylinder.
    organisation_id: Mapped[UUID | None]
    body_id: Mapped[UUID | None]
    firm_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    planned_at: Mapped[datetime]
    done_on: Mapped[date | None]
    done_by: Mapped[str] = mapped_column(String(80), default="")  # inspection:<id>, visit:<id>
    conclusion: Mapped[str] = mapped_column(String(30), default="")
    next_on: Mapped[date | None]  # the next day that whoever did it stated (a ring, a report)
    origin: Mapped[Origin] = mapped_column(String(8), default=Origin.RULE, server_default=Origin.RULE)
    rule_on: Mapped[date | None]  # what the rule says where the papers say another day and nobody has decided
    rule_explanation: Mapped[dict[str, object] | None]


class PlanFact(Base):
    """What a plan must know beside done duties: an alteration or major repair that passed, an approved delay
    (延期检验)."""

    __tablename__ = "plan_fact"
    __table_args__ = (
        CheckConstraint(
            "kind <> 'extension' OR (until IS NOT NULL AND duty <> '' AND reason <> '')",
            name="extension_is_whole",
        ),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        ("equipment_id", "id", "kind", "on", "until", "duty", "reason", "voided_at"),
        ("organisation_id", "area", "category", "source", "approved_by", "at"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[FactKind] = mapped_column(String(16))
    on: Mapped[date]  # the day of the work; of an extension, the day that was due
    until: Mapped[date | None]
    duty: Mapped[str] = mapped_column(String(24), default="")  # of an extension: the DueKind
    reason: Mapped[str] = mapped_column(String(300), default="")
    source: Mapped[str] = mapped_column(String(80), default="")  # inspection:<id>
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class PaperDue(Base):
    """A licence, certificate, card or scale of an organisation that runs out on a day."""

    __tablename__ = "paper_due"
    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "subject_id", "due_on"),
        Index("ix_paper_due_day", "state", "due_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[PaperDueKind] = mapped_column(String(20))
    subject_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(160))
    state: Mapped[DueState] = mapped_column(String(10), default=DueState.OPEN)
    due_on: Mapped[date]


class OrganisationDue(Base):
    """What an organisation must do by a day: of a kind that a slice plans, one open one per subject (an
    emergency drill for each kind of lift it maintains). `after` is what it is counted from, empty for the
    first, which counts from the day on which the system came to know of it."""

    __tablename__ = "organisation_due"
    __table_args__ = (
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="done_has_day"),
        CheckConstraint("(state = 'done') = (done_by <> '')", name="done_has_record"),
        CheckConstraint("due_on >= counted_from", name="due_after_base"),
        Index(
            "uq_organisation_due_open",
            "organisation_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_organisation_due_day", "state", "due_on"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "organisation_id",
            "id",
            "kind",
            "subject",
            "title",
            "state",
            "due_on",
            "counted_from",
            "after",
            "citation",
            "explanation",
            "planned_at",
            "done_on",
            "done_by",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120))  # what the subject is called (msgid)
    state: Mapped[DueState] = mapped_column(String(10), default=DueState.OPEN)
    due_on: Mapped[date]
    counted_from: Mapped[date]
    after: Mapped[str] = mapped_column(String(80), default="")
    citation: Mapped[dict[str, object]]
    explanation: Mapped[dict[str, object]]
    planned_at: Mapped[datetime]
    done_on: Mapped[date | None]
    done_by: Mapped[str] = mapped_column(String(80), default="")  # drill:<id>


class Application(Base):
    """报检: the use unit asked for the inspection that is due; it decides whose fault an overdue one is."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("(state <> 'accepted') OR (accepted_at IS NOT NULL)", name="accepted_has_time"),
        Index(
            "uq_application_open",
            "equipment_id",
            unique=True,
            sqlite_where=text("state IN ('applied', 'accepted')"),
            postgresql_where=text("state IN ('applied', 'accepted')"),
        ),
        Index("ix_application_body", "body_id", "state"),
        Index("ix_application_joint", "joint_id"),
        Index("ix_application_planned", "body_id", "planned_on"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        ("equipment_id", "id", "state", "body_id", "applied_at", "accepted_at", "planned_on"),
        ("due_id", "organisation_id", "area", "category", "wish_on", "note", "applied_by", "accepted_by"),
        ("joint_id", "inspector_id", "moved_for", "plan_no"),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    due_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    state: Mapped[ApplicationState] = mapped_column(String(10), default=ApplicationState.APPLIED)
    wish_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    applied_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    applied_at: Mapped[datetime]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    accepted_at: Mapped[datetime | None]
    planned_on: Mapped[date | None]
    joint_id: Mapped[UUID | None]  # of the 报检单 it stands on
    inspector_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # who goes there
    moved_for: Mapped[str] = mapped_column(String(300), default="", server_default="")  # why the day moved
    # How often a day was named or taken back: what a calendar knows a change by.
    plan_no: Mapped[int] = mapped_column(default=0, server_default="0")


class JointApplication(Base):
    """报检单: many pieces of one unit applied for at once with one body, under one number; each piece is an
    application of its own."""

    __tablename__ = "joint_application"
    __table_args__ = (
        CheckConstraint("pieces >= 1", name="names_pieces"),
        UniqueConstraint("organisation_id", "number"),
        Index("ix_joint_application_to", "to_id", "made_at"),
        Index("ix_joint_application_made", "organisation_id", "made_at"),
        OF_ORGANISATION,
    )
    __scope__ = "both_sides"
    __evidence__ = (
        ("organisation_id", "id", "number", "to_id", "pieces", "wish_on", "note", "made_by", "made_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(24))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the body
    pieces: Mapped[int]
    wish_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    made_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]


class DueList(Base):
    """待检清单: what an inspector carries; a record with its number."""

    __tablename__ = "due_list"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "code"),
        Index("ix_due_list_code", "code"),
        Index("ix_due_list_made", "organisation_id", "made_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"
    __evidence__ = (
        ("organisation_id", "id", "number", "row_count", "made_by", "made_at"),
        ("code", "title", "filters", "inspector_id", "closed_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(24))
    code: Mapped[str] = mapped_column(String(10))  # short and random: what the QR of a row carries
    title: Mapped[str] = mapped_column(String(120))
    filters: Mapped[dict[str, str]] = mapped_column(Document)
    row_count: Mapped[int]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    inspector_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class RowSnapshot(TypedDict):
    """What a row of a list says of its duty and piece; the keys are in every list that was ever made."""

    kind: str
    kind_label: str
    due_on: str
    category: str
    catalogue: list[str]  # the kind of device in Chinese and in English; empty where the catalogue has none
    label: str
    serial: str
    own_number: str
    name: str
    model: str
    unit: str
    street: str
    address: str
    position: str
    applied: bool
    planned_on: str
    firm: str
    # What lists of before did not keep:
    failed: NotRequired[bool]  # 检验不合格: what was due had failed
    county: NotRequired[str]
    equipment_code: NotRequired[str]
    certificate: NotRequired[str]
    contact: NotRequired[str]  # the safety manager of the unit
    phone: NotRequired[str]
    last_on: NotRequired[str]  # when the same was done last, and how it came out
    last_conclusion: NotRequired[str]  # a Conclusion; empty where only the papers speak of it
    stopped: NotRequired[bool]  # 停止使用 on that day
    hazards: NotRequired[int]  # open on that day


class DueListRow(Base):
    """One row of a list, as it was when the list was made."""

    __tablename__ = "due_list_row"
    __table_args__ = (Index("ix_due_list_row_equipment", "equipment_id"), OF_ORGANISATION)
    __scope__ = "organisation"
    __evidence__ = (
        (),
        (
            "organisation_id",
            "list_id",
            "row_no",
            "equipment_id",
            "due_id",
            "snapshot",
            "state",
            "returned_at",
            "inspection_id",
            "result",
            "early",
            "not_done",
            "again_on",
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[UUID]
    due_id: Mapped[UUID]
    snapshot: Mapped[RowSnapshot] = mapped_column(Document)
    state: Mapped[ListRowState] = mapped_column(String(12), default=ListRowState.OUTSTANDING)
    returned_at: Mapped[datetime | None]
    inspection_id: Mapped[UUID | None]
    result: Mapped[str] = mapped_column(String(20), default="")
    early: Mapped[bool] = mapped_column(default=False, server_default=false())  # too early to count
    not_done: Mapped[NotDone | None] = mapped_column(String(20))
    again_on: Mapped[date | None]  # 未检成: the day on which it is tried again
