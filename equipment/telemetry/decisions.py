"""What a person makes of a fault or an alarm: nothing further, a finding at the lift, or a rescue call;
and how a gateway signs in to the broker and what its words mean."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from hashlib import pbkdf2_hmac
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.followers import Provider
from equipment.core.words import N_, Message
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.ledger import actions as ledger
from equipment.people.models import Device
from equipment.people.rules import Action, DeviceKind, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.storage.db import session
from equipment.telemetry.models import GatewaySetting, LiftEvent
from equipment.telemetry.states import EVENT_CHANGES, EventState

REASON_LENGTH = 300
ROUNDS = 20_000  # of PBKDF2, as Mosquitto reads it from the hash
MAPPED = re.compile(r"\s*([^=＝]{1,60}?)\s*[=＝]\s*([a-z_]{1,20})\s*")
FIELDS = frozenset({"lift", "kind", "at", "in_service", "runs", "doors", "event_id", "code", "text"})
# Whoever keeps rescue calls opens one for an alarm, and names it.
rescue_call = Provider[[LiftEvent, Viewer], UUID]()


def may_decide(viewer: Viewer) -> bool:
    """The firm that maintains the lift, and the bureau."""
    return may(viewer, Action.CHANGE, Thing.TELEMETRY)


def decide(event: LiftEvent, state: EventState, reason: str, *, by: Viewer) -> None:
    """Decide on a fault or alarm, always with a reason; a finding is no hazard until that is decided."""
    if not may_decide(by):
        raise NotAllowed
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", event.equipment_id)])
    session.refresh(event)
    if state not in EVENT_CHANGES[EventState(event.state)]:
        raise Conflict({"state": N_("This was decided already.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if state is EventState.FINDING:
        finding = find(
            session.get_one(Equipment, event.equipment_id),
            source=FindingSource.TELEMETRY,
            source_id=event.id,
            description=f"物联网上报：{reason.strip()}",
            by=by,
        )
        event.finding_id = finding.id
    if state is EventState.CALL:
        event.call_id = rescue_call(event, by)
    event.state, event.reason = state, reason.strip()[:REASON_LENGTH]
    event.decided_at, event.decided_by = clock.now(), by.user_id
    ledger.record(
        session(),
        ledger.subject_of("equipment", event.equipment_id),
        f"lift_event.{state}",
        actor=by.actor,
        payload={"event": event.id, "reason": event.reason},
        rows=[event],
    )


def setting_of(device: Device) -> GatewaySetting | None:
    return session.get(GatewaySetting, (device.organisation_id, device.id))


def give_password(device: Device, *, by: Viewer) -> str:
    """A new password for the broker, in clear this once; the one before ends with the broker's next list."""
    _must_be_gateway(device, by)
    password = secrets.token_urlsafe(24)
    setting = _setting(device)
    setting.password_hash = mosquitto_hash(password, secrets.token_bytes(12))
    _keep(setting, "gateway.password", by)
    return password


def mosquitto_hash(password: str, salt: bytes) -> str:
    """A line of Mosquitto's password file without its name: `$7$rounds$salt$hash`, PBKDF2 with SHA-512."""
    derived = pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${b64encode(salt).decode()}${b64encode(derived).decode()}"


def set_mapping(device: Device, fields: str, codes: str, *, by: Viewer) -> None:
    """A maker's words in place of ours, a line each: `theirs = ours`."""
    _must_be_gateway(device, by)
    faults: dict[str, str | Message] = {}
    their_fields = _read_mapping("fields", fields, FIELDS, faults)
    their_codes = _read_mapping("codes", codes, None, faults)
    if faults:
        raise Invalid(faults)
    setting = _setting(device)
    setting.fields, setting.codes = their_fields, their_codes
    _keep(setting, "gateway.mapping", by)


def _read_mapping(
    name: str, text: str, allowed: frozenset[str] | None, faults: dict[str, str | Message]
) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for number, written in enumerate(text.splitlines(), 1):
        if not written.strip():
            continue
        match = MAPPED.fullmatch(written)
        if match is None or (allowed is not None and match[2] not in allowed):
            params: Mapping[str, object] = {"number": number, "written": written.strip()[:40]}
            faults[name] = Message(N_("Line %(number)d is no “theirs = ours”: %(written)s"), params)
            break
        mapping[match[1]] = match[2]
    return mapping


def _must_be_gateway(device: Device, by: Viewer) -> None:
    if not may(by, Action.CHANGE, Thing.DEVICE):
        raise NotAllowed
    if device.kind is not DeviceKind.GATEWAY or device.revoked_at is not None:
        raise Invalid({"": N_("This is no gateway, or it was revoked.")})


def _setting(device: Device) -> GatewaySetting:
    setting = setting_of(device)
    if setting is None:
        setting = GatewaySetting(
            organisation_id=device.organisation_id, device_id=device.id, password_hash="", fields={}, codes={}
        )
        session.add(setting)
    return setting


def _keep(setting: GatewaySetting, verb: str, by: Viewer) -> None:
    setting.changed_at = clock.now()
    ledger.record(session(), f"device:{setting.device_id}", verb, actor=by.actor, payload={}, rows=[setting])
