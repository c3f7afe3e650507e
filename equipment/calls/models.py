"""困人救援: a call from a lift with its times, whom the desk sent, and what was done and said about it.

A call may come from a lift that nobody can name yet, so it is found by its own id; its lines stand in the
chain of the lift, else in that of the centre that took it. No row of these is ever taken away.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.calls.rules import CallTimes
from equipment.calls.states import (
    ArrivalHow,
    CallKind,
    CallSource,
    CallState,
    CallStep,
    DispatchLevel,
    DispatchResult,
)
from equipment.core.ids import new_id
from equipment.storage.columns import Document, changing
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED


class RescueCall(Base):
    """One call. What is closed never changes: a correction is a row that supersedes it, with its reason."""

    __tablename__ = "rescue_call"
    __table_args__ = (
        CheckConstraint("dispatched_at IS NULL OR dispatched_at >= called_at", name="dispatched_after_call"),
        CheckConstraint("arrived_at IS NULL OR arrived_at >= called_at", name="arrived_after_call"),
        CheckConstraint("released_at IS NULL OR released_at >= called_at", name="released_after_call"),
        CheckConstraint(
            "released_at IS NULL OR arrived_at IS NULL OR released_at >= arrived_at",
            name="released_after_arrival",
        ),
        CheckConstraint("closed_at IS NULL OR closed_at >= called_at", name="closed_after_call"),
        CheckConstraint(
            "closed_at IS NULL OR released_at IS NULL OR closed_at >= released_at",
            name="closed_after_release",
        ),
        CheckConstraint("(arrived_at IS NULL) = (arrived_how IS NULL)", name="arrival_has_how"),
        CheckConstraint(
            "(state IN ('closed', 'cancelled', 'false')) = (closed_at IS NOT NULL)", name="over_has_time"
        ),
        CheckConstraint("state <> 'dispatched' OR dispatched_at IS NOT NULL", name="dispatched_has_time"),
        CheckConstraint("state <> 'arrived' OR arrived_at IS NOT NULL", name="arrived_has_time"),
        CheckConstraint(
            "state NOT IN ('released', 'closed') OR released_at IS NOT NULL", name="released_has_time"
        ),
        CheckConstraint("state <> 'closed' OR cause <> ''", name="closed_has_cause"),
        CheckConstraint("(in_time IS NULL) = (arrived_at IS NULL)", name="arrival_judged"),
        CheckConstraint("trapped IS NULL OR trapped >= 0", name="trapped_counted"),
        CheckConstraint("people IS NULL OR people >= 0", name="people_counted"),
        CheckConstraint("injured IS NULL OR injured >= 0", name="injured_counted"),
        CheckConstraint("(supersedes_id IS NULL) = (correction_reason = '')", name="corrected_with_reason"),
        Index(
            "uq_rescue_call_number",
            "organisation_id",
            "number",
            unique=True,
            sqlite_where=text("number <> '' AND NOT superseded"),
            postgresql_where=text("number <> '' AND NOT superseded"),
        ),
        Index("ix_rescue_call_area_on", "area", "on"),
        Index("ix_rescue_call_equipment", "equipment_id", "called_at"),
        Index("ix_rescue_call_state", "state", "area"),
        Index("ix_rescue_call_organisation", "organisation_id", "called_at"),
        Index("ix_rescue_call_firm", "firm_id", "called_at"),
        Index("ix_rescue_call_helper", "helper_id", "called_at"),
        Index("ix_rescue_call_unit", "use_unit_id", "called_at"),
        Index("ix_rescue_call_changed", "changed_at", "id"),
        Index("ix_rescue_call_caller", "caller_until"),
        KEYED,
    )
    __scope__ = "call"
    __evidence__ = (
        (
            "id",
            "organisation_id",
            "number",
            "source",
            "equipment_id",
            "area",
            "category",
            "firm_id",
            "use_unit_id",
            "helper_id",
            "address",
            "caller_until",
            "kind",
            "trapped",
            "people",
            "injured",
            "cause",
            "narrative",
            "state",
            "called_at",
            "dispatched_at",
            "arrived_at",
            "arrived_how",
            "arrived_by",
            "released_at",
            "closed_at",
            "closed_by",
            "received_at",
            "on",
            "limit_min",
            "in_time",
            "flags",
            "finding_id",
            "supersedes_id",
            "superseded",
            "correction_reason",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)  # its sender's, where one made it
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the centre
    number: Mapped[str] = mapped_column(String(40), default="")  # under which the centre keeps it
    source: Mapped[CallSource] = mapped_column(String(10))
    equipment_id: Mapped[UUID | None]
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    firm_id: Mapped[UUID | None]  # whose the lift was when the call came
    use_unit_id: Mapped[UUID | None]
    helper_id: Mapped[UUID | None]  # the firm that was sent beside it
    address: Mapped[str] = mapped_column(String(200), default="")  # as the caller said it
    caller_phone: Mapped[str] = mapped_column(String(30), default="")
    caller_until: Mapped[date | None]  # the last day on which the phone is on file; NULL once blanked
    kind: Mapped[CallKind] = mapped_column(String(10))
    trapped: Mapped[int | None]  # how many the caller says
    people: Mapped[int | None]  # how many came out
    injured: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(20), default="")  # a code of the pack's table
    narrative: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[CallState] = mapped_column(String(10))
    called_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    arrived_how: Mapped[ArrivalHow | None] = mapped_column(String(8))
    arrived_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    received_at: Mapped[datetime]
    changed_at: Mapped[datetime] = changing()
    on: Mapped[date]
    limit_min: Mapped[int]  # minutes within which the rescue had to arrive
    in_time: Mapped[bool | None]  # whether it did; NULL while no arrival is known
    flags: Mapped[list[str]] = mapped_column(Document, default=list)  # states.CallFlag
    finding_id: Mapped[UUID | None]
    supersedes_id: Mapped[UUID | None]
    superseded: Mapped[bool] = mapped_column(default=False)
    correction_reason: Mapped[str] = mapped_column(String(300), default="")

    @property
    def times(self) -> CallTimes:
        return CallTimes(
            called_at=self.called_at,
            dispatched_at=self.dispatched_at,
            arrived_at=self.arrived_at,
            released_at=self.released_at,
            closed_at=self.closed_at,
        )


class Dispatch(Base):
    """Somebody was sent: the lift's firm, another one nearby, the fire brigade; and what he answered."""

    __tablename__ = "rescue_dispatch"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (result = 'waiting')", name="answer_has_time"),
        CheckConstraint("answered_at IS NULL OR answered_at >= at", name="answered_after"),
        CheckConstraint("(level = '3') = (firm_id IS NULL)", name="fire_is_no_firm"),
        CheckConstraint("eta_minutes IS NULL OR eta_minutes >= 0", name="eta_counted"),
        Index("ix_rescue_dispatch_call", "call_id", "at"),
        Index("ix_rescue_dispatch_firm", "firm_id", "result"),
        KEYED,
    )
    __scope__ = "organisation"
    __evidence__ = (
        (
            "id",
            "call_id",
            "organisation_id",
            "level",
            "firm_id",
            "name",
            "phone",
            "why",
            "at",
            "by_id",
            "result",
            "answered_at",
            "answered_by",
            "eta_minutes",
            "remark",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    call_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the centre
    level: Mapped[DispatchLevel] = mapped_column(String(1))
    firm_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(120))  # who was rung
    phone: Mapped[str] = mapped_column(String(30), default="")
    why: Mapped[str] = mapped_column(String(200), default="")  # why this firm: how near, by what
    at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    result: Mapped[DispatchResult] = mapped_column(String(10), default=DispatchResult.WAITING)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    eta_minutes: Mapped[int | None]
    remark: Mapped[str] = mapped_column(String(300), default="")


class CallNote(Base):
    """One line of a call's log: what was done or said, when it was, and when we heard of it."""

    __tablename__ = "rescue_note"
    __table_args__ = (Index("ix_rescue_note_call", "call_id", "at", "id"), KEYED)
    __scope__ = "organisation"
    __evidence__ = (("id", "call_id", "organisation_id", "step", "at", "recorded_at", "user_id", "text"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    call_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    step: Mapped[CallStep] = mapped_column(String(12))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    user_id: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(String(500), default="")
