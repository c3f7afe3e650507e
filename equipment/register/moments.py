"""One point in the life of a piece, and those the register itself keeps: what the ledger
says of the record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from equipment.core.fields import Fields
from equipment.core.words import N_, Labelled, Message
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.people.rules import Viewer
from equipment.register.codes import spelt
from equipment.register.disclosure import DOTS, disclosed
from equipment.register.models import Equipment
from equipment.register.rules import FIELD_LABELS, EquipmentStatus, IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.details import FieldSpec
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that was changed: a column with its label, or a detail with its specification."""

    label: str
    before: object
    after: object
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
    changes: Sequence[FieldChange] = ()
    url: str = ""  # where the record opens


# The moments of a piece that the viewer may see, the newest first and at most so many.
MomentSource = Callable[[Viewer, Equipment, int | None], Iterable[Moment]]

# What an event says, read back from its JSON, becomes a moment.
MomentMaker = Callable[[Event, Fields], Moment]


def record_changes_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    events = select(Event).where(
        Event.subject == subject_of("equipment", equipment.id), Event.verb.in_(list(MOMENTS))
    )
    for event in session.scalars(events.order_by(Event.seq.desc()).limit(limit)):
        payload = Fields(disclosed(viewer, json.loads(event.payload)))
        moment = MOMENTS[event.verb](event, payload)
        yield (
            replace(moment, changes=_changes(equipment, payload.table("changes")))
            if event.verb == "changed"
            else moment
        )


def _registered(event: Event, payload: Fields) -> Moment:
    numbers = [_number(kind, str(value)) for kind, value in payload.table("identifiers").items()]
    return Moment(
        event.at, Message(N_("Put on file")), "certificate", "green", lines=numbers, actor=event.actor
    )


def _number(kind: str, value: str) -> Message:
    return Message("%(kind)s: %(value)s", {"kind": IdentifierKind(kind).label, "value": value})


def _changed(event: Event, payload: Fields) -> Moment:
    return Moment(event.at, Message(N_("Record changed")), "edit", lines=_reason(payload), actor=event.actor)


def _changes(equipment: Equipment, changes: Fields) -> list[FieldChange]:
    """Every changed field by itself; whose ids changed is said without them."""
    before, after = changes.listed("details") or ({}, {})
    specs = {spec.name: spec for spec in category(equipment.category).details_type.fields()}
    details = [
        FieldChange("", before.get(name), after.get(name), specs[name])
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name) and name in specs
    ]
    columns = [
        FieldChange(FIELD_LABELS[name], *(None, "✓") if name.endswith("_id") else changes.listed(name))
        for name in changes
        if name in FIELD_LABELS
    ]
    return [*columns, *details]


def _status(event: Event, payload: Fields) -> Moment:
    to = EquipmentStatus(payload.text("to"))
    return Moment(
        event.at,
        Message(N_("Status changed")),
        "player-track-next",
        to.colour,
        to,
        _reason(payload),
        event.actor,
    )


def _reason(payload: Fields) -> list[Message | str]:
    return [payload.text("reason")] if payload.get("reason") else []


def _spelt(code: str) -> str:
    return code if code.startswith(DOTS) else spelt(code)


def _label(title: str, colour: str = "blue") -> MomentMaker:
    def moment(event: Event, payload: Fields) -> Moment:
        codes = [_spelt(payload.text(name)) for name in ("old", "new", "code") if payload.get(name)]
        return Moment(
            event.at,
            Message(title),
            "tag",
            colour,
            lines=[" → ".join(codes), *_reason(payload)],
            actor=event.actor,
        )

    return moment


def _identifier(title: str) -> MomentMaker:
    def moment(event: Event, payload: Fields) -> Moment:
        return Moment(
            event.at,
            Message(title),
            "barcode",
            lines=[_number(payload.text("kind"), payload.text("value")), *_reason(payload)],
            actor=event.actor,
        )

    return moment


def _attached(event: Event, _payload: Fields) -> Moment:
    return Moment(event.at, Message(N_("Document added")), "paperclip", actor=event.actor)


MOMENTS: Mapping[str, MomentMaker] = {
    "registered": _registered,
    "changed": _changed,
    "status": _status,
    "attach": _attached,
    "label.bound": _label(N_("Label put on")),
    "label.lost": _label(N_("Label lost"), "amber"),
    "label.damaged": _label(N_("Label damaged"), "amber"),
    "label.replaced": _label(N_("Label replaced")),
    "label.void": _label(N_("Label made void"), "red"),
    "identifier.added": _identifier(N_("Number added")),
    "identifier.voided": _identifier(N_("Number voided")),
}
