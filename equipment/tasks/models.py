"""Long work: one row each, claimed by compare-and-set, its lease renewed while it runs; and
the history of jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from equipment.core.fields import Fields
from equipment.core.ids import new_id
from equipment.storage.db import Base
from equipment.storage.kinds import KEYED, OF_ORGANISATION
from equipment.tasks.rules import Lane, RunState, TaskState


class Task(Base):
    """后台任务: kind and input, who asked, how far it is, what came out."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="progress"),
        Index("ix_task_state_created", "state", "created_at"),
        Index("ix_task_user", "user_id", "created_at"),
        OF_ORGANISATION,
    )
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200), default="")
    input: Mapped[dict[str, object]] = mapped_column(default=dict)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    locale: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    lane: Mapped[str] = mapped_column(String(5), default=Lane.QUICK, server_default=Lane.QUICK)
    state: Mapped[TaskState] = mapped_column(String(10), default=TaskState.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    outcome: Mapped[dict[str, object]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(Text, default="")
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def stated(self) -> Fields:
        """The input, read field by field."""
        return Fields(self.input)

    @property
    def figures(self) -> Fields:
        """What the maker summed up, once it has ended."""
        return Fields(self.outcome).table("summary")


class JobRun(Base):
    """One run of one scheduled job for one period; unique, so that two schedulers run it once."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_started", "started_at"), KEYED)

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    period: Mapped[str] = mapped_column(String(20), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, default=1)
    state: Mapped[RunState] = mapped_column(String(10), default=RunState.RUNNING)
    claimed_by: Mapped[str] = mapped_column(String(60))
    asked_by: Mapped[str] = mapped_column(String(120), default="schedule")
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, object]] = mapped_column(default=dict)
    message: Mapped[str] = mapped_column(Text, default="")


class Heartbeat(Base):
    """When each process last said that it lives; /healthz reads it."""

    __tablename__ = "heartbeat"
    __table_args__ = (KEYED,)

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime]
