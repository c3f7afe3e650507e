"""物联网监测: the link of a lift to its gateway, its days in sums, the faults and alarms, and what could not be
taken."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, synonym

from equipment.core.ids import new_id
from equipment.storage.columns import Document
from equipment.storage.db import Base
from equipment.storage.kinds import OF_EQUIPMENT, OF_ORGANISATION
from equipment.telemetry.states import EventState, FaultCode, ReportFault, SignalKind


class LiftLink(Base):
    """The newest word of a lift's gateway. It changes with every message and is no evidence."""

    __tablename__ = "lift_link"
    __table_args__ = (
        Index("ix_lift_link_at", "at"),
        Index("ix_lift_link_silent", "area", "silent_since"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the gateway's
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]  # of the newest message
    received_at: Mapped[datetime]
    in_service: Mapped[bool]
    runs: Mapped[int | None]  # counted since the lift was built
    doors: Mapped[int | None]
    silent_since: Mapped[datetime | None]  # 失联, set by the hourly look

    id: Mapped[UUID] = synonym("equipment_id")  # by which a notice about its silence is known


class LiftDay(Base):
    """A day of a lift in sums; kept for as long as the pack says, and no evidence."""

    __tablename__ = "lift_day"
    __table_args__ = (Index("ix_lift_day_on", "on"), OF_EQUIPMENT)
    __scope__ = "equipment"

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    in_service_s: Mapped[int] = mapped_column(default=0)
    out_of_service_s: Mapped[int] = mapped_column(default=0)
    runs: Mapped[int] = mapped_column(default=0)
    doors: Mapped[int] = mapped_column(default=0)


class LiftEvent(Base):
    """A fault or an alarm as the gateway reported it, and what a person made of it."""

    __tablename__ = "lift_event"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_at_once"),
        CheckConstraint("kind IN ('fault', 'alarm')", name="fault_or_alarm"),
        Index("ix_lift_event_id", "id"),
        Index("ix_lift_event_state", "state", "area", "happened_at"),
        Index("ix_lift_event_lift", "equipment_id", "happened_at"),
        OF_EQUIPMENT,
    )
    __scope__ = "equipment"
    __evidence__ = (
        (
            "equipment_id",
            "id",
            "organisation_id",
            "device_id",
            "kind",
            "code",
            "text",
            "happened_at",
            "received_at",
            "on",
            "content",
            "restored_at",
            "state",
            "reason",
            "decided_at",
            "decided_by",
            "finding_id",
            "call_id",
        ),
    )

    equipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)  # event_id, made by the gateway
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # the gateway's
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    area: Mapped[str] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(30))
    kind: Mapped[SignalKind] = mapped_column(String(10))
    code: Mapped[FaultCode] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(200), default="")
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    on: Mapped[date]
    content: Mapped[str] = mapped_column(Text)  # by which the same message is known again
    restored_at: Mapped[datetime | None]
    repeats: Mapped[int] = mapped_column(default=0)  # reported again while it lasted; no evidence
    last_at: Mapped[datetime]  # of the last of them
    state: Mapped[EventState] = mapped_column(String(10), default=EventState.OPEN)
    reason: Mapped[str] = mapped_column(String(300), default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    finding_id: Mapped[UUID | None]
    call_id: Mapped[UUID | None]


class GatewaySetting(Base):
    """What a gateway signs in to the broker with, and its maker's words: the hash of its password as
    Mosquitto keeps it, the names of fields and codes that stand for ours."""

    __tablename__ = "gateway_setting"
    __table_args__ = (OF_ORGANISATION,)
    __scope__ = "organisation"
    __evidence__ = (("organisation_id", "device_id", "password_hash", "fields", "codes", "changed_at"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    fields: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    codes: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    changed_at: Mapped[datetime]


class GatewayFault(Base):
    """Messages of a gateway that were not taken as they are: per day, reason and lift, how many, and the
    newest as it came."""

    __tablename__ = "gateway_fault"
    __table_args__ = (Index("ix_gateway_fault_day", "organisation_id", "on"), OF_ORGANISATION)
    __scope__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    fault: Mapped[ReportFault] = mapped_column(String(16), primary_key=True)
    lift: Mapped[str] = mapped_column(String(60), primary_key=True, default="")  # as it was written
    is_alarm: Mapped[bool] = mapped_column(default=False)  # an alarm was among them
    id: Mapped[UUID] = mapped_column(default=new_id)
    messages: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    sample: Mapped[str] = mapped_column(Text, default="")
