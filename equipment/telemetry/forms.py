"""A gateway's messages as it writes them, over HTTP and over MQTT, and the forms of the desk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

import orjson
from flask_babel import lazy_gettext as _l
from pydantic import Field, ValidationError, model_validator
from wtforms import TextAreaField

from equipment.core.words import N_
from equipment.telemetry.rules import GatewayMessage, LeftOut, translated
from equipment.telemetry.states import EVENT_CHANGES, EventState, FaultCode, ReportFault, SignalKind
from equipment.web.api import OffsetTime, RequestBody, Whole
from equipment.web.forms import ChoiceField, Form, ReasonField
from equipment.web.language import translate
from equipment.web.openapi import Answered

MOST = 500  # messages of one request, or of one MQTT payload
MOST_COUNTED = 2_000_000_000
NEEDS_ID = N_("A fault, an alarm and its end need an event_id.")
Words = Mapping[str, str]


class LiftMessage(RequestBody):
    """One message of a gateway. Counters say what was counted since the lift was built and never go back."""

    lift: str = Field(min_length=1, max_length=200, description="Label code, device code or other number.")
    kind: SignalKind = SignalKind.STATUS
    at: OffsetTime
    in_service: bool = Field(True, description="False: out of service, for whatever reason.")
    runs: Whole | None = Field(None, ge=0, le=MOST_COUNTED, description="Runs since the lift was built.")
    doors: Whole | None = Field(
        None, ge=0, le=MOST_COUNTED, description="Door cycles since the lift was built."
    )
    event_id: UUID | None = Field(None, description="Made by the gateway; of a fault, an alarm and its end.")
    code: FaultCode = FaultCode.OTHER
    text: str = Field("", max_length=200, description="The gateway's own words.")

    @model_validator(mode="after")
    def _event_has_id(self) -> LiftMessage:
        if self.kind is not SignalKind.STATUS and self.event_id is None:
            raise ValueError(NEEDS_ID)
        return self

    def message(self, raw: str, place: int) -> GatewayMessage:
        return GatewayMessage(
            self.lift,
            self.kind,
            self.at,
            self.in_service,
            self.runs,
            self.doors,
            self.event_id,
            self.code,
            self.text,
            raw,
            place,
        )


class TelemetryBatch(RequestBody):
    """What a gateway has to say, in any order; the same again changes nothing."""

    messages: list[dict[str, object]] = Field(
        min_length=1, max_length=MOST, description="Each as LiftMessage says, or in the words of its mapping."
    )


class LeftOutResponse(Answered):
    """One message that was not taken as it is. `clock`: taken, with the time at which it arrived."""

    index: int | None
    lift: str
    fault: ReportFault


class TelemetryResponse(Answered):
    """What became of a batch."""

    taken: int
    left_out: list[LeftOutResponse]


def messages_in(
    payload: Sequence[object], fields: Words, codes: Words, lift: str = ""
) -> tuple[list[GatewayMessage], list[LeftOut]]:
    """The messages of a batch in our words, and those that say nothing we can read. `lift`: whose they are,
    where its topic says so and they do not."""
    read: list[GatewayMessage] = []
    left_out: list[LeftOut] = []
    for place, one in enumerate(payload):
        raw = json.dumps(one, ensure_ascii=False)  # whole numbers of any length
        if not isinstance(one, dict):
            left_out.append(LeftOut(ReportFault.WRONG_FIELDS, raw, lift, place=place))
            continue
        ours = translated(one, fields, codes) if fields or codes else dict(one)
        if fields:  # a maker's message says more than we ask for
            ours = {name: value for name, value in ours.items() if name in LiftMessage.model_fields}
        if lift:
            ours.setdefault("lift", lift)
        try:
            read.append(LiftMessage.model_validate_json(json.dumps(ours)).message(raw, place))
        except ValidationError:
            is_alarm = ours.get("kind") == SignalKind.ALARM
            written = str(ours.get("lift", lift))
            left_out.append(LeftOut(ReportFault.WRONG_FIELDS, raw, written, is_alarm, place=place))
    return read, left_out


def messages_of_payload(
    payload: bytes, fields: Words, codes: Words, lift: str
) -> tuple[list[GatewayMessage], list[LeftOut]]:
    """The messages of an MQTT payload: one JSON object, or a list of them."""
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return [], [LeftOut(ReportFault.NO_JSON, payload[:500].decode("utf-8", "replace"), lift)]
    batch = content if isinstance(content, list) else [content]
    read, left_out = messages_in(batch[:MOST], fields, codes, lift)
    if len(batch) > MOST:
        raw = payload[:500].decode("utf-8", "replace")
        left_out.append(LeftOut(ReportFault.FLOOD, raw, lift, messages=len(batch) - MOST))
    return read, left_out


class EventForm(Form):
    """What a person makes of a fault or an alarm."""

    state = ChoiceField(
        _l("Decision"),
        choices=lambda: [(one.value, translate(one.label)) for one in EVENT_CHANGES[EventState.OPEN]],
    )
    reason = ReasonField(most=300)


class MappingForm(Form):
    """A maker's names of fields and codes, a line each: `theirs = ours`."""

    fields_ = TextAreaField(_l("Names of fields"), name="fields", default="")
    codes = TextAreaField(_l("Kinds and codes"), default="")
