"""Messages of gateways become a lift's days, its faults and alarms; all of a batch in one transaction. What
cannot be taken is counted under its reason, with the newest as it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select

from equipment.core import clock
from equipment.core.clock import site_day
from equipment.core.followers import Followers
from equipment.core.ids import new_id
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.people.models import Device
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import Outcome
from equipment.regulation.queries import rules
from equipment.regulation.telemetry_numbers import TelemetryLimits, days_kept, silent_after
from equipment.storage.db import session
from equipment.storage.remembered import Remembered
from equipment.telemetry.duties import alarm_duty
from equipment.telemetry.models import GatewayFault, LiftDay, LiftEvent, LiftLink
from equipment.telemetry.rules import (
    DaySums,
    GatewayMessage,
    LeftOut,
    LiftProgress,
    LinkState,
    StatusReport,
    advance,
    counted_at,
)
from equipment.telemetry.states import EventState, ReportFault, SignalKind

CATEGORY = "elevator"
SAMPLE = 500  # characters of a message that was left out
AT_ONCE = 200
# An alarm came in: whoever keeps rescue calls hears of it in the same transaction.
alarm_raised = Followers[[LiftEvent]]()

_lifts: Remembered[tuple[UUID, str], UUID] = Remembered(60)


class TakenMessages(NamedTuple):
    """What became of a batch: how many messages were taken, and what was left out."""

    messages: int
    left_out: Sequence[LeftOut]


def limits_now(on: date) -> TelemetryLimits:
    return TelemetryLimits.of(rules(CATEGORY), on)


def take(device: Device, messages: Sequence[GatewayMessage], *, by: Viewer) -> TakenMessages:
    """Take a gateway's messages in any order. The same again changes nothing: counters only go on, and an
    event is known by its number."""
    received_at = clock.now()
    limits = limits_now(clock.today())
    left_out: list[LeftOut] = []
    by_lift: dict[UUID, list[GatewayMessage]] = defaultdict(list)
    for message in messages:
        equipment_id = lift_of(by, message.lift)
        if equipment_id is None:
            left_out.append(message.left_out(ReportFault.UNKNOWN_LIFT))
            continue
        at = counted_at(message.at, received_at, limits.ahead, limits.queued)
        if at is None:
            left_out.append(message.left_out(ReportFault.CLOCK))
        by_lift[equipment_id].append(message._replace(at=at or received_at))
    lifts = {
        lift.id: lift for lift in session.scalars(visible(by, Equipment).where(Equipment.id.in_(by_lift)))
    }
    _add_up(device, lifts, by_lift, received_at, limits)
    for equipment_id in sorted(by_lift):
        events = sorted((one for one in by_lift[equipment_id] if one.is_event), key=lambda one: one.at)
        for event in events:
            if problem := _take_event(lifts[equipment_id], device, event, received_at, limits, by=by):
                left_out.append(problem)
    note_left_out(device, left_out)
    rejected = sum(one.fault is not ReportFault.CLOCK for one in left_out)
    return TakenMessages(len(messages) - rejected, left_out)


def lift_of(by: Viewer, text: str) -> UUID | None:
    """The lift that an organisation's gateway speaks of by a label code, device code, registration number or
    any other number on file; None for what is no lift of its own."""
    assert by.organisation_id is not None

    def search() -> UUID | None:
        resolved = resolve(text)
        if resolved.outcome is not Outcome.FOUND:
            return None
        own = visible(by, Equipment).where(Equipment.id == resolved.equipment_id)
        return session.scalar(own.where(Equipment.category == CATEGORY).with_only_columns(Equipment.id))

    return _lifts.get((by.organisation_id, text), search)  # type: ignore[arg-type]


def _add_up(
    device: Device,
    lifts: Mapping[UUID, Equipment],
    by_lift: Mapping[UUID, Sequence[GatewayMessage]],
    received_at: datetime,
    limits: TelemetryLimits,
) -> None:
    """Every message is a sign of life; statuses add up to the days of their lifts."""
    links = {
        link.equipment_id: link
        for link in session.scalars(
            visible(SYSTEM, LiftLink).where(LiftLink.equipment_id.in_(lifts)).with_for_update()
        )
    }
    progress: dict[UUID, LiftProgress] = {}
    for equipment_id, messages in by_lift.items():
        link = links.get(equipment_id)
        state = LinkState(link.at, link.in_service, link.runs, link.doors) if link else LinkState()
        reports = [
            StatusReport(one.at, one.in_service, one.runs, one.doors) for one in messages if not one.is_event
        ]
        progress[equipment_id] = LiftProgress(state)
        advance(progress[equipment_id], reports, limits.gap)
        newest = max(one.at for one in messages)
        _keep_link(lifts[equipment_id], device, link, state, newest, received_at)
    _keep_days(device, lifts, progress)


def _keep_link(
    lift: Equipment,
    device: Device,
    link: LiftLink | None,
    state: LinkState,
    newest: datetime,
    received_at: datetime,
) -> None:
    if link is None:
        link = LiftLink(equipment_id=lift.id, at=newest)
        session.add(link)
    link.organisation_id, link.device_id = device.organisation_id, device.id
    link.area, link.category = lift.area, lift.category
    link.received_at, link.silent_since = received_at, None
    link.in_service, link.runs, link.doors = state.in_service, state.runs, state.doors
    # `at` is what counters go on from: only a status moves it
    link.at = state.at or link.at


def _keep_days(
    device: Device, lifts: Mapping[UUID, Equipment], progress: Mapping[UUID, LiftProgress]
) -> None:
    wanted = {on for one in progress.values() for on in one.days}
    if not wanted:
        return
    days = {
        (day.equipment_id, day.on): day
        for day in session.scalars(
            visible(SYSTEM, LiftDay).where(LiftDay.equipment_id.in_(lifts), LiftDay.on.in_(wanted))
        )
    }
    for equipment_id, one in progress.items():
        for on, sums in one.days.items():
            day = days.get((equipment_id, on)) or _new_day(device, lifts[equipment_id], on)
            _add_to(day, sums)


def _new_day(device: Device, lift: Equipment, on: date) -> LiftDay:
    day = LiftDay(
        equipment_id=lift.id,
        on=on,
        area=lift.area,
        category=lift.category,
        organisation_id=device.organisation_id,
        in_service_s=0,
        out_of_service_s=0,
        runs=0,
        doors=0,
    )
    session.add(day)
    return day


def _add_to(day: LiftDay, sums: DaySums) -> None:
    day.in_service_s += sums.in_service_s
    day.out_of_service_s += sums.out_of_service_s
    day.runs += sums.runs
    day.doors += sums.doors


def _take_event(
    lift: Equipment,
    device: Device,
    message: GatewayMessage,
    received_at: datetime,
    limits: TelemetryLimits,
    *,
    by: Viewer,
) -> LeftOut | None:
    """A fault or alarm enters the lift's chain and waits for a person; its end is noted at it. None where it
    was taken."""
    assert message.event_id is not None
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", lift.id)])
    of_lift = visible(SYSTEM, LiftEvent).where(LiftEvent.equipment_id == lift.id)
    event = session.scalar(of_lift.where(LiftEvent.id == message.event_id))
    if message.kind is SignalKind.RESTORED:
        if event is not None and event.restored_at is None:
            event.restored_at = max(message.at, event.happened_at)
            _note(event, "fault.restored", by, at=event.restored_at)
        return None
    content = content_of(kind=message.kind, code=message.code, text=message.text)
    if event is not None:
        return None if event.content == content else message.left_out(ReportFault.OTHER_CONTENT)
    lasting = session.scalar(
        of_lift.where(
            LiftEvent.code == message.code,
            LiftEvent.kind == message.kind,
            LiftEvent.restored_at.is_(None),
            LiftEvent.last_at >= message.at - limits.repeat,
            LiftEvent.happened_at <= message.at,
        ).limit(1)
    )
    if lasting is not None:
        lasting.repeats, lasting.last_at = lasting.repeats + 1, max(lasting.last_at, message.at)
        return None
    event = LiftEvent(
        equipment_id=lift.id,
        id=message.event_id,
        organisation_id=device.organisation_id,
        device_id=device.id,
        area=lift.area,
        category=lift.category,
        kind=message.kind,
        code=message.code,
        text=message.text,
        happened_at=message.at,
        received_at=received_at,
        on=site_day(message.at),
        content=content,
        repeats=0,
        last_at=message.at,
        state=EventState.OPEN,
        reason="",
    )
    session.add(event)
    _note(event, f"{message.kind}.reported", by, code=message.code, at=message.at)
    if message.kind is SignalKind.ALARM:
        urgent(alarm_duty(event, {lift.id: lift}))
        alarm_raised(event)
    return None


def _note(event: LiftEvent, verb: str, by: Viewer, **payload: object) -> None:
    ledger.record(
        session(),
        ledger.subject_of("equipment", event.equipment_id),
        verb,
        actor=by.actor,
        payload={"event": event.id, **payload},
        rows=[event],
    )


def note_left_out(device: Device, left_out: Iterable[LeftOut]) -> None:
    """Count what was not taken, by day, reason and lift; nothing of it is lost without a word."""
    now = clock.now()
    on = site_day(now)
    summed: dict[tuple[ReportFault, str], list[LeftOut]] = defaultdict(list)
    for one in left_out:
        summed[one.fault, one.lift[:60]].append(one)
    for (fault, lift), group in summed.items():
        key = (device.organisation_id, device.id, on, fault, lift)
        row = session.get(GatewayFault, key)
        if row is None:
            row = GatewayFault(
                organisation_id=device.organisation_id,
                device_id=device.id,
                on=on,
                fault=fault,
                lift=lift,
                id=new_id(),
                is_alarm=False,
                messages=0,
            )
            session.add(row)
        row.messages += sum(one.messages for one in group)
        row.is_alarm = row.is_alarm or any(one.is_alarm for one in group)
        row.at, row.sample = now, group[-1].raw[:SAMPLE]


def watch_links(now: datetime) -> int:
    """Mark the lifts whose gateway has been silent for too long; how many are new."""
    before = now - silent_after(rules(CATEGORY), site_day(now))
    quiet = visible(SYSTEM, LiftLink).where(LiftLink.received_at < before, LiftLink.silent_since.is_(None))
    links = session.scalars(quiet.limit(AT_ONCE)).all()
    for link in links:
        link.silent_since = link.received_at
    return len(links)


def forget_days(on: date) -> int:
    """Delete sums of days that are older than they are kept; faults and alarms stay."""
    last = on - days_kept_for(on)
    old = select(LiftDay.equipment_id, LiftDay.on).where(LiftDay.on < last).limit(AT_ONCE)
    keys = session.execute(old).all()
    for equipment_id, day in keys:
        session.execute(delete(LiftDay).where(LiftDay.equipment_id == equipment_id, LiftDay.on == day))
    return len(keys)


def days_kept_for(on: date) -> timedelta:
    return timedelta(days=days_kept(rules(CATEGORY), on))
