"""Rescue calls for machines: a centre brings its calls and their steps, a technician's phone says that he
comes, is there, has freed the people. A message that comes twice changes nothing."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, jsonify
from flask_babel import get_locale
from sqlalchemy.exc import IntegrityError

from equipment.calls.api_forms import (
    CallMessage,
    CallResponse,
    CallsResponse,
    CallStepMessage,
    CausesResponse,
    call_record,
)
from equipment.calls.lift_lookup import lift_behind
from equipment.calls.models import RescueCall
from equipment.calls.queries import call_of, causes_on, dispatches_of
from equipment.calls.stepping import apply_step
from equipment.calls.taking import take
from equipment.core import clock
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger.actions import record, subject_of
from equipment.people.models import Device
from equipment.people.rules import DeviceKind, Thing, Viewer
from equipment.people.scope import visible
from equipment.storage.db import in_transaction, session
from equipment.web import api, viewer
from equipment.web.cursors import ListQuery, may_list, page

routes = api.blueprint("calls_api", __name__)
CALLS = Receipts("rescue_call", "call_id")


@routes.post("/rescue/calls")
@api.token(DeviceKind.UPLOAD)
@api.described(body=CallMessage, answer=CallResponse, statuses=(201, 200), problems=(409,))
def post_call() -> tuple[Response, int]:
    """困人救援: a rescue centre brings a call. A lift that is not on file does not hold it up."""
    body, who = api.body(CallMessage), viewer()
    try:
        fresh = in_transaction(_take, body, who)
    except IntegrityError:  # the same id at the same moment: the slower one is a replay
        fresh = in_transaction(_take, body, who)
    return jsonify(_call_json(call_of(who, body.call_id))), 201 if fresh else 200


def _take(body: CallMessage, who: Viewer) -> bool:
    """Whether the call is a new one. The caller's phone is no part of what a message is known by: it is
    blanked one day, and the receipt stays."""
    values = body.model_dump(mode="json", exclude={"caller_phone"})
    content = content_of(**values)
    received = CALLS.received(content, sender=who.organisation_id, key=body.call_id, about=body.call_id)
    if received.answer is not None:
        return False
    lift = lift_behind(body.code, who) if body.code else None
    call = take(body.draft(lift.id if lift else None), by=who)
    receipt = received.keep(json.dumps({"call_id": str(call.id)}))
    subject = subject_of("organisation", call.organisation_id)
    record(session(), subject, "call.message", actor=who.actor, payload={"call": call.id}, rows=[receipt])
    return True


def _call_json(call: RescueCall) -> dict[str, object]:
    return call_record(call, dispatches_of([call.id]).get(call.id, []))


@routes.get("/rescue/calls")
@api.token(DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM)
@api.described(query=ListQuery, answer=CallsResponse)
def list_calls() -> Response:
    """The calls that this organisation may see - those it took, those of lifts it maintains or uses, those it
    was sent to - as they stand now, in the order in which they last changed."""
    may_list(viewer(), Thing.CALL)
    listed = page(visible(viewer(), RescueCall), RescueCall.changed_at, RescueCall.id, api.query(ListQuery))
    dispatches = dispatches_of(call.id for call in listed.rows)
    calls = [call_record(call, dispatches.get(call.id, [])) for call in listed.rows]
    return jsonify({"calls": calls, "next": listed.next, "more": listed.more})


@routes.get("/rescue/calls/<uuid:call_id>")
@api.token(DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM, DeviceKind.PHONE)
@api.described(answer=CallResponse)
def get_call(call_id: UUID) -> Response:
    """A call as it stands now."""
    may_list(viewer(), Thing.CALL)
    return jsonify(_call_json(call_of(viewer(), call_id)))


@routes.post("/rescue/calls/<uuid:call_id>/steps")
@api.token(DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM, DeviceKind.PHONE)
@api.described(body=CallStepMessage, answer=CallResponse, statuses=(201, 200), problems=(409,))
def post_step(call_id: UUID) -> tuple[Response, int]:
    """What was done about a call, step by step."""
    may_list(viewer(), Thing.CALL)
    body, who, device = api.body(CallStepMessage), viewer(), api.device()
    try:
        fresh = in_transaction(_step, call_id, body, who, device)
    except IntegrityError:
        fresh = in_transaction(_step, call_id, body, who, device)
    return jsonify(_call_json(call_of(who, call_id))), 201 if fresh else 200


def _step(call_id: UUID, body: CallStepMessage, who: Viewer, device: Device) -> bool:
    return apply_step(call_of(who, call_id), body.message(), by=who, device=device)


@routes.get("/rescue/causes")
@api.token(DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM, DeviceKind.PHONE)
@api.described(answer=CausesResponse)
def list_causes() -> Response:
    """The table of causes in force today."""
    locale = str(get_locale())
    causes = [
        {
            "code": cause.code,
            "text": cause.in_language(locale),
            "hint": cause.hint(locale),
            "is_finding": cause.is_finding,
            "verified": cause.citation.confidence.verified,
        }
        for cause in causes_on(clock.today())
    ]
    return jsonify({"causes": causes})
