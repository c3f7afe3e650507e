"""Who hears of what gateways report: an alarm in the minute, faults that wait, lifts that fell silent."""

from __future__ import annotations

from uuid import UUID

from equipment.core.clock import site_day
from equipment.core.words import N_, Message
from equipment.register.duties import DutySource, about_piece, one_list, record_duty
from equipment.register.duty_rules import Audience, Duty, DutyKind, Stage, at_once
from equipment.register.models import Equipment
from equipment.telemetry.models import LiftEvent, LiftLink
from equipment.telemetry.states import EventState, SignalKind

WAITS = (Stage("new", 10**6, (Audience.FIRM,)), Stage("overdue_3", -3, (Audience.FIRM, Audience.RESPONSIBLE)))
SILENT = (Stage("new", 10**6, (Audience.FIRM,)), Stage("overdue_7", -7, (Audience.FIRM, Audience.COUNTY)))


def alarm_duty(event: LiftEvent, pieces: dict[UUID, Equipment]) -> Duty:
    """An alarm: the firm and the use unit hear of it in the minute."""
    text = about_piece(N_("Alarm at %(piece)s: %(what)s"), event, pieces, what=event.code.label)
    return _event_duty("lift_alarm", event, pieces, text, at_once(Audience.FIRM, Audience.RESPONSIBLE))


def fault_duty(event: LiftEvent, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(N_("Fault reported by %(piece)s: %(what)s"), event, pieces, what=event.code.label)
    return _event_duty("lift_fault", event, pieces, text, WAITS)


def _event_duty(
    prefix: str, event: LiftEvent, pieces: dict[UUID, Equipment], text: Message, stages: tuple[Stage, ...]
) -> Duty:
    piece = pieces.get(event.equipment_id)
    return record_duty(
        prefix,
        DutyKind.WORK,
        text,
        event,
        event.on,
        organisation_id=piece.use_unit_id if piece else None,
        firm_id=piece.maintenance_firm_id if piece else None,
        link=f"/telemetry/events/{event.equipment_id}/{event.id}",
        stages=stages,
    )


def silent_duty(link: LiftLink, pieces: dict[UUID, Equipment]) -> Duty:
    piece = pieces.get(link.equipment_id)
    text = about_piece(
        N_("The gateway of %(piece)s has been silent since %(day)s"),
        link,
        pieces,
        day=site_day(link.received_at).isoformat(),
    )
    return record_duty(
        "lift_silent",
        DutyKind.WORK,
        text,
        link,
        site_day(link.received_at),
        firm_id=piece.maintenance_firm_id if piece else link.organisation_id,
        link="/telemetry?silent=1",
        stages=SILENT,
    )


WAITING = LiftEvent.state == EventState.OPEN
DUTIES = (
    DutySource("lift_alarm", LiftEvent, WAITING & (LiftEvent.kind == SignalKind.ALARM), alarm_duty),
    DutySource(
        "lift_fault",
        LiftEvent,
        WAITING & (LiftEvent.kind == SignalKind.FAULT),
        fault_duty,
        topic=one_list(N_("Faults that lifts report"), "/telemetry/events?state=open"),
    ),
    DutySource(
        "lift_silent",
        LiftLink,
        LiftLink.silent_since.is_not(None),
        silent_duty,
        topic=one_list(N_("Silent gateways"), "/telemetry?silent=1"),
    ),
)
