"""物联网监测 over HTTP: what a lift's gateway reports."""

from __future__ import annotations

import time
from uuid import UUID

from flask import Response, jsonify
from werkzeug.exceptions import TooManyRequests

from equipment.core import clock
from equipment.people.rules import DeviceKind
from equipment.storage.db import transaction
from equipment.telemetry.actions import limits_now, note_left_out, take
from equipment.telemetry.decisions import setting_of
from equipment.telemetry.forms import TelemetryBatch, TelemetryResponse, messages_in
from equipment.telemetry.rules import Allowance, LeftOut
from equipment.web import api, viewer

routes = api.blueprint("telemetry_api", __name__)
_allowances: dict[UUID, Allowance] = {}  # by gateway, of this process


@routes.post("/telemetry")
@api.token(DeviceKind.GATEWAY)
@api.described(body=TelemetryBatch, answer=TelemetryResponse, problems=(429,))
def report() -> Response:
    """States, counters, faults and alarms of lifts, up to 500 messages in any order. What cannot be taken is
    named and listed at the gateway's page; the others are taken. A gateway that floods is told to wait (429),
    unless a fault or an alarm is among its messages."""
    gateway = api.device()
    batch = api.body(TelemetryBatch)
    with transaction():
        setting = setting_of(gateway)
        fields, codes = (setting.fields, setting.codes) if setting else ({}, {})
        messages, unread = messages_in(batch.messages, fields, codes)
        if not any(message.is_event for message in messages):
            _must_be_allowed(gateway.id, len(batch.messages))
        taken = take(gateway, messages, by=viewer())
        note_left_out(gateway, unread)
    left_out: list[LeftOut] = [*unread, *taken.left_out]
    return jsonify(
        {
            "taken": taken.messages,
            "left_out": [{"index": one.place, "lift": one.lift, "fault": one.fault} for one in left_out],
        }
    )


def _must_be_allowed(device_id: UUID, wanted: int) -> None:
    """429 for a gateway that sends more than it may; counted in this process alone."""
    per_minute = limits_now(clock.today()).per_minute
    allowance = _allowances.setdefault(device_id, Allowance(per_minute))
    allowance.per_minute = per_minute
    if allowance.take(wanted, time.monotonic()) < min(wanted, per_minute):
        raise TooManyRequests(retry_after=allowance.wait_s(wanted))
