"""The whole life of a piece as one line: what the ledger says of the piece itself, and the records of every slice."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from equipment.core.words import N_, Labelled, Message
from equipment.fills.models import Fill
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState
from equipment.inspections.models import Inspection
from equipment.inspections.qualified import unapproved
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.maintenance.models import Visit
from equipment.people.models import Organisation, User
from equipment.people.rules import Viewer, people_in
from equipment.people.scope import visible
from equipment.register.codes import spelt
from equipment.register.models import Equipment
from equipment.register.rules import FIELD_LABELS, EquipmentStatus, IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.details import FieldSpec
from equipment.storage.db import session

NEWEST = 60  # records of each kind on the page; more on demand


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


@dataclass(slots=True)
class Timeline:
    """The moments of a page, newest first, and whether older ones were left out."""

    moments: list[Moment]
    more: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


def timeline(viewer: Viewer, equipment: Equipment, *, everything: bool = False) -> Timeline:
    """Every slice's records of the piece that the viewer may see, newest first."""
    limit = None if everything else NEWEST
    sources = (_events, _fills, _visits, _inspections, _findings, _hazards)
    groups = [list(source(viewer, equipment, limit)) for source in sources]
    moments = sorted((moment for group in groups for moment in group), key=lambda moment: moment.at, reverse=True)
    more = limit is not None and any(len(group) >= limit for group in groups)
    return Timeline(moments, more, _names(viewer, moments))


def _names(viewer: Viewer, moments: Iterable[Moment]) -> dict[str, str]:
    """Who did it: persons of one's own organisation (and all, for the bureau) by name, others by their organisation."""
    ids = {key for moment in moments for key in people_in(moment.actor)}
    rows = session.execute(select(User.id, User.name, User.organisation_id, Organisation.name.label("unit")).join(Organisation).where(User.id.in_(ids)))
    names = {f"user:{row.id}": f"{row.name} · {row.unit}" if viewer.oversees or row.organisation_id == viewer.organisation_id else row.unit for row in rows}
    units = {moment.organisation_id for moment in moments} - {None}
    found_units = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(units)))
    return names | {str(row.id): row.name for row in found_units}


def who(shown: Timeline, moment: Moment) -> str:
    found = people_in(moment.actor)
    return (shown.names.get(f"user:{found[0]}", "") if found else "") or shown.names.get(str(moment.organisation_id), "")


def _events(_viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
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


def _fills(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    found = visible(viewer, Fill).where(Fill.equipment_id == equipment.id).order_by(Fill.received_at.desc()).limit(limit)
    for fill in session.scalars(found):
        lines: list[Message | str] = [fill.gas]
        lines += [Message(mark) for mark, holds in ((N_("Late entry"), fill.late_entry), (N_("Superseded"), fill.superseded)) if holds]
        if fill.net_g is not None:
            lines.append(Message(N_("Net %(kg)s kg"), {"kg": f"{fill.net_g / 1000:.2f}"}))
        lines += [reason["code"] for reason in fill.verdict if reason["effect"] != "note"]
        yield Moment(fill.happened_at if fill.late_entry else fill.received_at, Message(N_("Fill")), "gas-station", fill.state.colour, fill.state, lines, f"user:{fill.user_id}", fill.organisation_id, "fill")


def _visits(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    found = visible(viewer, Visit).where(Visit.equipment_id == equipment.id).order_by(Visit.opened_at.desc()).limit(limit)
    for visit in session.scalars(found):
        by = f"user:{visit.technicians[0]}" if visit.technicians else ""
        lines = [Message(N_("Signed by %(name)s"), {"name": visit.signer_name})] if visit.signer_name else []
        yield Moment(visit.opened_at, Message(N_("Maintenance visit")), "tool", visit.state.colour, visit.state, lines, by, visit.organisation_id, "visit")


def _inspections(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    found = visible(viewer, Inspection).where(Inspection.equipment_id == equipment.id).order_by(Inspection.happened_at.desc()).limit(limit)
    shown = session.scalars(found).all()
    missing = unapproved(shown)
    for each in shown:
        lines: list[Message | str] = [Message(N_("Report %(number)s"), {"number": each.report_no})] if each.report_no else []
        if each.next_due_on:
            lines.append(Message(N_("Next by %(day)s"), {"day": each.next_due_on.isoformat()}))
        if each.id in missing:
            lines.append(Message(N_("No approval for self-testing on file")))
        yield Moment(each.happened_at, Message(each.kind.label), "clipboard-check", each.conclusion.colour, each.conclusion, lines,
                     f"user:{each.inspector_id}", each.organisation_id, "inspection")


def _findings(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Confirmed ones appear as the hazards they became."""
    found = visible(viewer, Finding).where(Finding.equipment_id == equipment.id, Finding.state != FindingState.CONFIRMED)
    for finding in session.scalars(found.order_by(Finding.received_at.desc()).limit(limit)):
        yield Moment(finding.received_at, Message(N_("Finding")), "flag", finding.state.colour, finding.state, [finding.description],
                     f"user:{finding.user_id}", finding.organisation_id, "hazard")


def _hazards(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    found = visible(viewer, Hazard).where(Hazard.equipment_id == equipment.id).order_by(Hazard.confirmed_at.desc()).limit(limit)
    for hazard in session.scalars(found):
        lines = [hazard.description, hazard.rectification, hazard.recheck]
        yield Moment(hazard.confirmed_at, Message(N_("Hazard, %(grade)s"), {"grade": hazard.grade.label}), "alert-triangle", hazard.state.colour, hazard.state,
                     [line for line in lines if line], hazard.confirmed_by, hazard.organisation_id, "hazard")
