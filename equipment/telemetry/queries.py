"""Lifts that report, their days and events, as a viewer may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, Subquery, and_, func

from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.people.models import Device
from equipment.people.rules import SYSTEM, DeviceKind, Viewer
from equipment.people.scope import list_conditions, visible, within
from equipment.storage.db import session
from equipment.telemetry.models import GatewayFault, LiftDay, LiftEvent, LiftLink
from equipment.telemetry.rules import DAY_S, available_permille
from equipment.telemetry.states import EventState, FaultCode, SignalKind


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day of one lift, or of several together: availability in thousandths of the time heard, the share of
    the day that was heard, runs, door cycles, faults and alarms."""

    on: date
    available: int | None
    heard: int
    runs: int
    doors: int
    faults: int
    alarms: int


def how_many(query: Select[LiftLink] | Select[LiftEvent]) -> int:
    return session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def names_of_devices(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What gateways are called, for whoever may read what they reported."""
    rows = visible(SYSTEM, Device).where(Device.id.in_(set(ids))).with_only_columns(Device.id, Device.name)
    return dict(session.execute(rows).all())


def links(viewer: Viewer, filters: Mapping[str, str]) -> Select[LiftLink]:
    """Lifts that report, by area and whether they fell silent."""
    rows = visible(viewer, LiftLink)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(LiftLink.area, filters["area"]))
    if filters.get("silent"):
        rows = rows.where(LiftLink.silent_since.is_not(None))
    if filters.get("stopped"):
        rows = rows.where(LiftLink.in_service.is_(False), LiftLink.silent_since.is_(None))
    if device := id_in(filters.get("gateway", "")):
        rows = rows.where(LiftLink.device_id == device)
    return rows


def link_of(viewer: Viewer, equipment_id: UUID) -> LiftLink | None:
    return session.scalar(visible(viewer, LiftLink).where(LiftLink.equipment_id == equipment_id))


def events(viewer: Viewer, filters: Mapping[str, str]) -> Select[LiftEvent]:
    """Faults and alarms by state, kind, code, area and day."""
    rows = visible(viewer, LiftEvent)
    for name, column, members in (
        ("state", LiftEvent.state, EventState),
        ("code", LiftEvent.code, FaultCode),
        ("kind", LiftEvent.kind, SignalKind),
    ):
        if filters.get(name) in set(members):
            rows = rows.where(column == filters[name])
    if lift := id_in(filters.get("lift", "")):
        rows = rows.where(LiftEvent.equipment_id == lift)
    conditions = list_conditions(LiftEvent.organisation_id, LiftEvent.area, LiftEvent.happened_at, filters)
    return rows.where(*conditions)


def event_of(viewer: Viewer, equipment_id: UUID, event_id: UUID) -> LiftEvent:
    wanted = visible(viewer, LiftEvent).where(
        LiftEvent.equipment_id == equipment_id, LiftEvent.id == event_id
    )
    event = session.scalar(wanted)
    if event is None:
        raise NotFound
    return event


def days_of(viewer: Viewer, equipment_id: UUID, since: date, until: date) -> list[DayFigures]:
    """Every day of a period, those without a word too."""
    rows = visible(viewer, LiftDay).where(
        LiftDay.equipment_id == equipment_id, LiftDay.on.between(since, until)
    )
    sums = {day.on: day for day in session.scalars(rows)}
    counted = (
        visible(viewer, LiftEvent)
        .where(LiftEvent.equipment_id == equipment_id, LiftEvent.on.between(since, until))
        .with_only_columns(LiftEvent.on, LiftEvent.kind, func.count())
        .group_by(LiftEvent.on, LiftEvent.kind)
    )
    happened = {(on, str(kind)): number for on, kind, number in session.execute(counted)}
    figures = []
    for number in range((until - since).days + 1):
        on = since + timedelta(days=number)
        day = sums.get(on) or LiftDay(in_service_s=0, out_of_service_s=0, runs=0, doors=0)
        heard = day.in_service_s + day.out_of_service_s
        figures.append(
            DayFigures(
                on=on,
                available=available_permille(day.in_service_s, day.out_of_service_s),
                heard=round(1000 * heard / DAY_S),
                runs=day.runs,
                doors=day.doors,
                faults=happened.get((on, SignalKind.FAULT.value), 0),
                alarms=happened.get((on, SignalKind.ALARM.value), 0),
            )
        )
    return figures


def gateways(viewer: Viewer) -> Sequence[Device]:
    """The gateways that still have a token."""
    rows = visible(viewer, Device).where(Device.kind == DeviceKind.GATEWAY, Device.revoked_at.is_(None))
    return session.scalars(rows.order_by(Device.organisation_id, Device.name)).all()


def gateway_of(viewer: Viewer, device_id: UUID) -> Device:
    row = session.scalar(
        visible(viewer, Device).where(Device.kind == DeviceKind.GATEWAY, Device.id == device_id)
    )
    if row is None:
        raise NotFound
    return row


def gateway_faults(viewer: Viewer, since: date, device_id: UUID | None = None) -> Select[GatewayFault]:
    """What was not taken as it came, since a day."""
    rows = visible(viewer, GatewayFault).where(GatewayFault.on >= since)
    return rows if device_id is None else rows.where(GatewayFault.device_id == device_id)


def heard_at(equipment_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When the gateway of each of these lifts was last heard; a lift without one is not among them."""
    rows = visible(SYSTEM, LiftLink).where(LiftLink.equipment_id.in_(set(equipment_ids)))
    return {link.equipment_id: link.received_at for link in session.scalars(rows)}


def runs_and_faults(since: Subquery) -> dict[UUID, tuple[int, int]]:
    """By lift of `since` (columns equipment_id and on): its runs, faults and alarms from that day on."""
    runs = (
        visible(SYSTEM, LiftDay)
        .join(since, and_(since.c.equipment_id == LiftDay.equipment_id, LiftDay.on >= since.c.on))
        .with_only_columns(LiftDay.equipment_id, func.sum(LiftDay.runs))
        .group_by(LiftDay.equipment_id)
    )
    faults = (
        visible(SYSTEM, LiftEvent)
        .join(since, and_(since.c.equipment_id == LiftEvent.equipment_id, LiftEvent.on >= since.c.on))
        .with_only_columns(LiftEvent.equipment_id, func.count())
        .group_by(LiftEvent.equipment_id)
    )
    ran = {row[0]: int(row[1] or 0) for row in session.execute(runs)}
    failed = {row[0]: row[1] for row in session.execute(faults)}
    return {key: (ran.get(key, 0), failed.get(key, 0)) for key in ran | failed}
