"""The figures of maintenance on first pages."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select, func

from equipment import clock
from equipment.db import session
from equipment.figures import Card, CardRow
from equipment.maintenance.listing import called, lines
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import on_site, to_sign
from equipment.maintenance.states import VisitState
from equipment.maintenance.worklist import Job, Light, jobs
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.words import N_, Message

ROWS = 6


def home_cards(viewer: Viewer) -> list[Card]:
    """What waits for this viewer: lifts reaching their day and who goes there, who is on site, what is to be signed or answered."""
    if Role.SAFETY_OFFICER in viewer.roles and viewer.organisation_kind == OrganisationKind.USE_UNIT:
        return [_visits(viewer, "visits.to_sign", N_("Visits to sign"), to_sign(viewer).order_by(Visit.closed_at), url_for("visit_records.waiting"), 11, "signature")]
    if Role.FIRM_MANAGER in viewer.roles:
        return _office(viewer)
    if Role.TECHNICIAN in viewer.roles:
        return [_tasks([job for job in jobs(viewer) if job.is_for(viewer)], N_("Lifts to visit"), url_for("visits.today"))]
    return []


def _office(viewer: Viewer) -> list[Card]:
    own = visible(viewer, Visit).where(Visit.organisation_id == viewer.organisation_id)
    unsigned = own.where(Visit.state == VisitState.TO_SIGN, Visit.superseded.is_(False)).order_by(Visit.closed_at)
    cards = [
        _tasks(jobs(viewer), N_("Lifts reaching their day within 3 days"), url_for("visits.today", whose="all")),
        _visits(viewer, "visits.on_site", N_("On site now"), on_site(viewer).order_by(Visit.opened_at), url_for("visit_lists.index", state="open"), 6, "users", waiting=False),
        _visits(viewer, "visits.unsigned", N_("Waiting for signature"), unsigned, url_for("visit_lists.index", state="to_sign"), 7, "signature"),
    ]
    for state, title in ((VisitState.DISPUTED, N_("Disputed by use units")), (VisitState.UNCONFIRMED, N_("Cards to be confirmed"))):
        card = _visits(viewer, f"visits.{state}", title, own.where(Visit.state == state).order_by(Visit.closed_at), url_for("visit_lists.index", state=state), 8, "flag")
        cards += [card] if card.figure else []
    return cards


def _tasks(found: Sequence[Job], title: str, url: str) -> Card:
    overdue = sum(job.light is Light.OVERDUE for job in found)
    rows = [CardRow(called(job.piece), url_for("visits.start", equipment_id=job.piece.id), job.due_on,
                    Message("%(who)s", {"who": "、".join(job.technicians)}) if job.technicians else Message(N_("nobody yet")))
            for job in sorted(found, key=lambda job: job.due_on)[:ROWS]]
    note = Message(N_("of these %(num)d overdue"), {"num": overdue}) if overdue else None
    return Card("visits.tasks", Message(title), len(found), url, "red" if overdue else "amber" if found else "green", note=note, icon="calendar-due", rank=5, rows=rows)


def _visits(viewer: Viewer, key: str, title: str, found: Select[Any], url: str, rank: int, icon: str, *, waiting: bool = True) -> Card:
    number = session.scalar(found.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
    rows = [CardRow(line.called, line.url, clock.site_day(line.record.opened_at) if waiting else None, Message("%(who)s", {"who": "、".join(line.technicians)}))
            for line in lines(viewer, session.scalars(found.limit(ROWS)).all())] if number else []
    return Card(key, Message(title), number, url, "amber" if number and waiting else "blue" if number else "green", icon=icon, rank=rank, rows=rows)
