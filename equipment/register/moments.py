"""One point in the life of a piece, and those the register itself keeps: what the ledger says of the record."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from equipment.core.words import N_, Labelled, Message
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.people.rules import Viewer
from equipment.register.codes import spelt
from equipment.register.models import Equipment
from equipment.register.rules import FIELD_LABELS, EquipmentStatus, IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.details import FieldSpec
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class Change:
    """One field that was changed: a column with its label, or a detail with its specification."""

    label: str
    before: Any
    after: Any
    spec: FieldSpec | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the line. `lines` stand under the title; `state` is drawn as a badge."""

    at: datetime
    title: Message
    icon: str
    colour: str = "grey"
    state: Labelled | None = None
    lines: Sequence[Message | str] = ()
    actor: str = ""
    organisation_id: UUID | None = None
    kind: str = "register"
    changes: Sequence[Change] = ()


# The moments of a piece that the viewer may see, the newest first and at most so many.
MomentSource = Callable[[Viewer, Equipment, int | None], Iterable[Moment]]


def record_changes_of(_viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    told = select(Event).where(Event.subject == subject_of("equipment", equipment.id), Event.verb.in_(list(TOLD)))
    for event in session.scalars(told.order_by(Event.seq.desc()).limit(limit)):
        payload = json.loads(event.payload)
        told_now = TOLD[event.verb](event, payload)
        yield replace(told_now, changes=_changes(equipment, payload["changes"])) if event.verb == "changed" else told_now


def _registered(event: Event, payload: Mapping[str, Any]) -> Moment:
    numbers = [_number(kind, value) for kind, value in payload.get("identifiers", {}).items()]
    return Moment(event.at, Message(N_("Registered")), "certificate", "green", lines=numbers, actor=event.actor)


def _number(kind: str, value: str) -> Message:
    return Message("%(kind)s: %(value)s", {"kind": IdentifierKind(kind).label, "value": value})


def _changed(event: Event, payload: Mapping[str, Any]) -> Moment:
    return Moment(event.at, Message(N_("Record changed")), "edit", lines=_reason(payload), actor=event.actor)


def _changes(equipment: Equipment, changes: Mapping[str, Any]) -> list[Change]:
    """Every changed field by itself; whose ids changed is said without them."""
    before, after = changes.get("details", ({}, {}))
    specs = {spec.name: spec for spec in category(equipment.category).details_type.fields()}
    details = [Change("", before.get(name), after.get(name), specs[name]) for name in sorted({*before, *after}) if before.get(name) != after.get(name) and name in specs]
    columns = [Change(FIELD_LABELS[name], *(None, "✓") if name.endswith("_id") else values) for name, values in changes.items() if name in FIELD_LABELS]
    return [*columns, *details]


def _status(event: Event, payload: Mapping[str, Any]) -> Moment:
    to = EquipmentStatus(payload["to"])
    return Moment(event.at, Message(N_("Status changed")), "player-track-next", to.colour, to, _reason(payload), event.actor)


def _reason(payload: Mapping[str, Any]) -> list[Message | str]:
    return [payload["reason"]] if payload.get("reason") else []


def _label(title: str, colour: str = "blue") -> Callable[[Event, Mapping[str, Any]], Moment]:
    def told(event: Event, payload: Mapping[str, Any]) -> Moment:
        codes = [spelt(payload[name]) for name in ("old", "new", "code") if payload.get(name)]
        return Moment(event.at, Message(title), "tag", colour, lines=[" → ".join(codes), *_reason(payload)], actor=event.actor)
    return told


def _identifier(title: str) -> Callable[[Event, Mapping[str, Any]], Moment]:
    def told(event: Event, payload: Mapping[str, Any]) -> Moment:
        return Moment(event.at, Message(title), "barcode", lines=[_number(payload["kind"], payload["value"]), *_reason(payload)], actor=event.actor)
    return told


def _attached(event: Event, _payload: Mapping[str, Any]) -> Moment:
    return Moment(event.at, Message(N_("Document added")), "paperclip", actor=event.actor)

TOLD: Mapping[str, Callable[[Event, Mapping[str, Any]], Moment]] = {
    "registered": _registered, "changed": _changed, "status": _status, "attach": _attached,
    "label.bound": _label(N_("Label put on")), "label.lost": _label(N_("Label lost"), "amber"), "label.damaged": _label(N_("Label damaged"), "amber"),
    "label.replaced": _label(N_("Label replaced")), "identifier.added": _identifier(N_("Number added")), "identifier.voided": _identifier(N_("Number voided")),
}
