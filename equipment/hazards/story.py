"""The story of one hazard, read from the chain of its piece: found, confirmed, rectified, re-checked - every
step, also those taken twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.hazards.models import Finding, Hazard
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.regulation.clauses import Grade
from equipment.storage.db import session

# What a step is called, its icon and its colour, by the verb of the chain.
STEPS: dict[str, tuple[str, str, str]] = {
    "finding.found": (N_("Found wrong"), "flag", "amber"),
    "finding.dismissed": (N_("Dismissed: no hazard"), "x", "grey"),
    "finding.put_right": (N_("Put right on the spot"), "check", "green"),
    "hazard.confirmed": (N_("Confirmed as hazard"), "gavel", "red"),
    "hazard.regraded": (N_("Graded anew"), "gavel", "amber"),
    "hazard.extended": (N_("More time given"), "calendar", "amber"),
    "hazard.ordered": (N_("Put under a supervision order"), "gavel", "red"),
    "hazard.reported_up": (N_("Reported to the office above"), "send", "amber"),
    "hazard.rectified": (N_("Reported as put right"), "tool", "blue"),
    "hazard.reopened": (N_("Re-checked: not put right"), "rotate", "red"),
    "hazard.opened_again": (N_("Opened again after it was closed"), "rotate", "red"),
    "hazard.withdrawn": (N_("Withdrawn: it was no hazard"), "x", "grey"),
    "hazard.closed": (N_("Re-checked: closed"), "circle-check", "green"),
}
BECAUSE_CLAUSE = N_("by itself: clause %(code)s")
BECAUSE_TIME = N_("by itself: nobody had decided in time")


@dataclass(slots=True)
class Step:
    """One step of the story; `reason` says why where no person decided."""

    title: str
    at: datetime
    glyph: str
    colour: str
    by: str
    text: str = ""
    grade: Grade | None = None
    clause: str = ""
    reason: Message | None = None
    still_used: bool = False
    due_on: str = ""
    stop_use: bool | None = None  # put on the piece with this step, or lifted by it
    files: list[Attachment] = field(default_factory=list)


def story_of(viewer: Viewer, finding: Finding, hazard: Hazard | None) -> list[Step]:
    """Every step of a finding and the hazard it became, oldest first, each with the evidence given with
    it."""
    about = {str(finding.id), str(hazard.id) if hazard else ""}
    events = (
        select(Event)
        .where(Event.subject == subject_of("equipment", finding.equipment_id), Event.verb.in_(STEPS))
        .order_by(Event.seq)
    )
    recorded = [(event, Fields(json.loads(event.payload))) for event in session.scalars(events)]
    mine = [
        (event, payload)
        for event, payload in recorded
        if {payload.get("finding"), payload.get("hazard")} & about
    ]
    names = _names([event.actor for event, _ in mine])
    steps = [_step(event, payload, names, finding) for event, payload in mine]
    for document in _evidence(viewer, finding, hazard):
        given_with = [step for step in steps if step.at <= document.at]
        (given_with[-1] if given_with else steps[0]).files.append(document)
    return steps


def _step(event: Event, payload: Fields, names: dict[str, str], finding: Finding) -> Step:
    title, glyph, colour = STEPS[event.verb]
    text = (
        finding.description
        if event.verb == "finding.found"
        else payload.text("text", "") or payload.text("reason", "")
    )
    because = payload.text("because", "")
    code = because.removeprefix("clause:")
    reason = (
        Message(BECAUSE_CLAUSE, {"code": code})
        if because.startswith("clause:")
        else Message(BECAUSE_TIME)
        if because
        else None
    )
    by = "" if reason else " ".join(names.get(part, "") for part in event.actor.split()).strip()
    return Step(
        title,
        event.at,
        glyph,
        colour,
        by,
        text,
        Grade(payload.text("grade")) if payload.get("grade") else None,
        payload.text("clause", ""),
        reason,
        payload.get("still_used") is True,
        payload.text("due_on", ""),
        payload.flag("stop_use") if "stop_use" in payload else None,
    )


def _names(actors: list[str]) -> dict[str, str]:
    """Who an actor of the chain is, with the organisation: the chain itself knows people by id only."""
    ids = {part for actor in actors for part in actor.split() if part.startswith("user:")}
    wanted = [UUID(actor_id.removeprefix("user:")) for actor_id in ids]
    people = (
        visible(SYSTEM, User)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(User.id.in_(wanted))
    )
    rows = session.execute(people.with_only_columns(User.id, User.name, Organisation.name))
    return {f"user:{key}": f"{organisation} {name}" for key, name, organisation in rows}


def _evidence(viewer: Viewer, finding: Finding, hazard: Hazard | None) -> Sequence[Attachment]:
    documents = list(attachments_of(viewer, finding.equipment_id, "finding", finding.id))
    return (
        documents + list(attachments_of(viewer, finding.equipment_id, "hazard", hazard.id))
        if hazard
        else documents
    )
