"""From a request to a scan that can be judged: what the code may be, which clock counts, who stands there."""
from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from equipment.core import clock
from equipment.fills.judging import Asked
from equipment.fills.states import ScanPurpose
from equipment.fills.station import station_of
from equipment.people.models import Device
from equipment.people.rules import Viewer
from equipment.register.codes import parse
from equipment.register.queries import resolve_parsed
from equipment.storage.db import session

DRIFT_FLAG_S = 120
BELIEVABLE_DAYS = 366  # a clock further off than this is broken: its day is not judged on
CONTACT_EVERY_S = 60
DRIFT, DISPUTED = "drift", "disputed"

_written: dict[UUID, float] = {}  # by device: when its last contact was last written down
_contacts: dict[UUID, datetime] = {}  # by device: its last live request


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a device sent."""

    scan_id: UUID
    code: str
    happened_at: datetime
    content: str
    gas: str = ""
    bay: str = ""
    operator: str = ""
    checks: Mapping[str, bool | str] = field(default_factory=dict)
    queued: bool = False
    purpose: ScanPurpose = ScanPurpose.FILL


def asked_of(reading: Reading, *, by: Viewer, device: Device | None) -> Asked:
    """A scan ready for `scanning.record_scans`."""
    received_at = clock.now()
    on, days, flags = days_of(reading, received_at, _last_contact(device))
    assert by.organisation_id is not None  # devices and floor pages always belong to an organisation
    parsed = parse(reading.code)
    outcome, equipment_id = None, None
    if not parsed.code:
        resolved = resolve_parsed(parsed)
        outcome, equipment_id = resolved.outcome, resolved.equipment_id
    station = station_of(by.organisation_id, on)
    for day in days:
        station.book(day)  # read now, so that nothing is left to read once the scan holds its place in the commit
    if session().in_transaction():
        session.rollback()  # no read stays open while the scan waits for its commit
    return Asked(
        scan_id=reading.scan_id, code=parsed.code or parsed.text, gas=reading.gas, content=reading.content, happened_at=reading.happened_at,
        received_at=received_at, on=on, days=days, station=station, actor=by.actor, device_id=by.device_id, person=by.user_id,
        operator=reading.operator, bay=reading.bay, checks=reading.checks, purpose=reading.purpose, outcome=outcome,
        equipment_id=equipment_id, flags=flags, contact=_contact_due(device, reading, received_at),
    )


def days_of(reading: Reading, received_at: datetime, last_contact: datetime | None) -> tuple[date, tuple[date, ...], tuple[str, ...]]:
    """(the day it belongs to, the days it is judged on, flags) by the two clocks of docs/design.md 4."""
    today, happened = clock.site_day(received_at), clock.site_day(reading.happened_at)
    drift = abs((received_at - reading.happened_at).total_seconds()) > DRIFT_FLAG_S
    if not reading.queued:
        return today, (today,), (DRIFT,) if drift else ()
    if last_contact is not None and last_contact <= reading.happened_at <= received_at:
        return happened, (happened,), ()
    believable = abs((today - happened).days) <= BELIEVABLE_DAYS
    return today, (happened, today) if believable else (today,), (DISPUTED,)


def _last_contact(device: Device | None) -> datetime | None:
    return _contacts.get(device.id, device.seen_at) if device else None


def _contact_due(device: Device | None, reading: Reading, received_at: datetime) -> bool:
    """Whether this request's contact is written down: live ones, once a minute and device."""
    if device is None or reading.queued:
        return False
    _contacts[device.id] = received_at
    now = time.monotonic()
    if _written.get(device.id, -CONTACT_EVERY_S) + CONTACT_EVERY_S > now:
        return False
    _written[device.id] = now
    return True


def forget() -> None:
    """Start as a fresh process does: no device has been heard of."""
    _written.clear()
    _contacts.clear()
