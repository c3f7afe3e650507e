"""The figures of maintenance on first pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from sqlalchemy import Select, func

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.maintenance.listing import listed_visits
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.queries import disputed_visits, to_sign
from equipment.maintenance.states import VisitState
from equipment.maintenance.swipe_list import filtered_swipes, listed_swipes
from equipment.maintenance.worklist import Job, Light, jobs
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.storage.db import session

ROWS = 6
REFUSED_DAYS = 7


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list of visits behind a figure; `waits` says that somebody must do something about it."""

    key: str
    title: str
    url: str
    rank: int
    icon: str
    waits: bool = True


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """What waits for this viewer: lifts reaching their day and who goes there, who is on site, what is to be
    signed or answered."""
    if Role.SAFETY_OFFICER in viewer.roles and viewer.organisation_kind == OrganisationKind.USE_UNIT:
        shelf = Shelf("to_sign", N_("Visits to sign"), url_for("visit_records.waiting"), 11, "signature")
        return [_visits(viewer, shelf, to_sign(viewer))]
    if Role.FIRM_MANAGER in viewer.roles:
        return [*_office(viewer), *_refused(viewer)]
    if viewer.oversees and may(viewer, Action.SEE, Thing.VISIT):
        return [*_disputed(viewer), *_refused(viewer)]
    if Role.TECHNICIAN in viewer.roles:
        return [
            _tasks(
                [job for job in jobs(viewer) if job.is_for(viewer)],
                N_("Lifts to visit"),
                url_for("visits.today"),
            )
        ]
    return []


def _disputed(viewer: Viewer) -> list[HomeCard]:
    """For whoever may decide: the disputes of his area."""
    if Role.SUPERVISOR not in viewer.roles:
        return []
    shelf = Shelf("disputes", N_("Disputed visits to decide"), url_for("visit_records.disputed"), 12, "flag")
    card = _visits(viewer, shelf, disputed_visits(viewer))
    return [card] if card.figure else []


def _office(viewer: Viewer) -> list[HomeCard]:
    def of(state: VisitState) -> Select[Visit]:
        return visible(viewer, Visit).where(
            Visit.organisation_id == viewer.organisation_id, Visit.state == state, Visit.superseded.is_(False)
        )

    def shelf(state: VisitState, title: str, rank: int, icon: str, waits: bool = True) -> Shelf:
        return Shelf(state, title, url_for("visit_lists.index", state=state), rank, icon, waits)

    cards = [
        _tasks(
            jobs(viewer), N_("Lifts reaching their day within 3 days"), url_for("visits.today", whose="all")
        ),
        _visits(
            viewer, shelf(VisitState.OPEN, N_("On site now"), 6, "users", waits=False), of(VisitState.OPEN)
        ),
        _visits(
            viewer,
            shelf(VisitState.TO_SIGN, N_("Waiting for signature"), 7, "signature"),
            of(VisitState.TO_SIGN),
        ),
    ]
    for state, title in (
        (VisitState.ON_SITE, N_("Signed on site, may be objected to")),
        (VisitState.DISPUTED, N_("Disputed by use units")),
        (VisitState.UNCONFIRMED, N_("Cards to be confirmed")),
    ):
        card = _visits(viewer, shelf(state, title, 8, "flag"), of(state))
        cards += [card] if card.figure else []
    return cards


def _refused(viewer: Viewer) -> list[HomeCard]:
    """Swipes refused in the last days; none, no card."""
    since = clock.today() - timedelta(days=REFUSED_DAYS - 1)
    refused = filtered_swipes(viewer, {"on_from": since.isoformat()})
    newest = session.scalars(refused.order_by(Swipe.received_at.desc()).limit(ROWS)).all()
    if not newest:
        return []
    url = url_for("swipes.index", on_from=since)
    rows = [
        CardRow(
            row.lift_name or row.device or row.firm,
            f"{url}#swipe-{row.record.id}",
            row.record.on,
            row.reasons[0] if row.reasons else None,
        )
        for row in listed_swipes(viewer, newest)
    ]
    number = session.scalar(refused.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    note = Message(N_("in the last %(num)d days"), {"num": REFUSED_DAYS})
    return [
        HomeCard(
            "visits.refused",
            Message(N_("Refused swipes")),
            number,
            url,
            "amber",
            note=note,
            icon="ban",
            rank=9,
            rows=rows,
        )
    ]


def _tasks(due: Sequence[Job], title: str, url: str) -> HomeCard:
    overdue = sum(job.light is Light.OVERDUE for job in due)
    rows = [
        CardRow(
            job.lift_name,
            url_for("visits.start", equipment_id=job.piece.id),
            job.due_on,
            Message("%(who)s", {"who": "、".join(job.technicians)})
            if job.technicians
            else Message(N_("nobody yet")),
        )
        for job in sorted(due, key=lambda job: job.due_on)[:ROWS]
    ]
    note = Message(N_("of these %(num)d overdue"), {"num": overdue}) if overdue else None
    return HomeCard(
        "visits.tasks",
        Message(title),
        len(due),
        url,
        "red" if overdue else "amber" if due else "green",
        note=note,
        icon="calendar-due",
        rank=5,
        rows=rows,
    )


def _visits(viewer: Viewer, shelf: Shelf, visits: Select[Visit]) -> HomeCard:
    number = (
        session.scalar(visits.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
    )
    first = session.scalars(visits.order_by(Visit.opened_at).limit(ROWS)).all() if number else []
    rows = [
        CardRow(
            row.lift_name,
            row.url,
            None,
            Message("%(day)s · %(who)s", {"day": row.record.on, "who": "、".join(row.technicians)}),
        )
        for row in listed_visits(viewer, first)
    ]
    tone = "green" if not number else "amber" if shelf.waits else "blue"
    return HomeCard(
        f"visits.{shelf.key}",
        Message(shelf.title),
        number,
        shelf.url,
        tone,
        icon=shelf.icon,
        rank=shelf.rank,
        rows=rows,
    )
