"""The days of a person: inspections arranged, duties of his unit, visits of his lifts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from equipment.calendars.rules import CalendarDay
from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.filters import Filters, due_rows, wanted
from equipment.dues.kinds import due_kind
from equipment.dues.models import Application, Due
from equipment.dues.rules import ApplicationState
from equipment.dues.visiting import PlannedVisit, planned
from equipment.maintenance.worklist import jobs
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.naming import called
from equipment.storage.db import session
from equipment.tasks.sheets import Say

BEHIND, AHEAD = 30, 400  # days that a calendar holds
VISITS_AHEAD = 30
MOST = 1000
# Of an application that had a day: what its entry became.
GONE = (ApplicationState.WITHDRAWN, ApplicationState.REFUSED)


def days_of(viewer: Viewer, say: Say, address: str) -> list[CalendarDay]:
    """What stands in the calendar of this person, the nearest first."""
    today = clock.today()
    days = [*_inspections(viewer, today, say, address)]
    if viewer.organisation_kind in (OrganisationKind.USE_UNIT, OrganisationKind.STATION):
        days += _duties(viewer, today, say, address)
    if Role.TECHNICIAN in viewer.roles:
        days += _visits(viewer, say, address)
    return sorted(days, key=lambda day: (day.on, day.key))


def _inspections(viewer: Viewer, today: date, say: Say, address: str) -> Iterator[CalendarDay]:
    """Inspections that have a day, and those that had one and were taken back: an inspector's own, or those
    of the unit."""
    rows = visible(viewer, Application).where(
        Application.planned_on.between(today - timedelta(days=BEHIND), today + timedelta(days=AHEAD)),
        Application.state.in_((ApplicationState.ACCEPTED, ApplicationState.DONE, *GONE)),
    )
    if viewer.organisation_kind is OrganisationKind.BODY:
        rows = rows.where(
            Application.body_id == viewer.organisation_id, Application.inspector_id == viewer.user_id
        )
    elif viewer.organisation_kind is not OrganisationKind.FIRM:
        rows = rows.where(Application.organisation_id == viewer.organisation_id)
    listed = session.scalars(rows.order_by(Application.planned_on).limit(MOST)).all()
    for visit in planned(viewer, listed):
        yield _inspection(visit, say, address)


def _inspection(visit: PlannedVisit, say: Say, address: str) -> CalendarDay:
    record, piece = visit.record, visit.equipment
    assert record.planned_on is not None  # the query has looked
    what = called(piece) if piece else ""
    note = [visit.unit, visit.body, visit.inspector, record.moved_for]
    return CalendarDay(
        f"application-{record.id}",
        record.planned_on,
        _said(say, N_("Inspection: %(piece)s"), piece=what),
        record.plan_no,
        f"{piece.address} {piece.position}".strip() if piece else "",
        "\n".join(text for text in note if text),
        f"{address}/equipment/{record.equipment_id}",
        record.state in GONE,
    )


def _duties(viewer: Viewer, today: date, say: Say, address: str) -> Iterator[CalendarDay]:
    """The last days of what is due for the unit's own pieces."""
    until = today + timedelta(days=AHEAD)
    rows = wanted(viewer, Filters(kind="", window="all"), today).where(
        Due.organisation_id == viewer.organisation_id,
        Due.due_on.between(today - timedelta(days=BEHIND), until),
    )
    for row in due_rows(session.execute(rows.order_by(Due.due_on).limit(MOST)).all()):
        text = N_("Last day, %(what)s: %(piece)s")
        what = say(due_kind(row.due.kind).label)
        yield CalendarDay(
            f"due-{row.due.id}",
            row.due.due_on,
            _said(say, text, what=what, piece=called(row.equipment)),
            int(row.due.planned_at.timestamp()) // 60,
            f"{row.equipment.address} {row.equipment.position}".strip(),
            row.body,
            f"{address}/equipment/{row.equipment.id}",
        )


def _visits(viewer: Viewer, say: Say, address: str) -> Iterator[CalendarDay]:
    """A technician's own lifts in the next weeks."""
    for job in jobs(viewer, ahead=VISITS_AHEAD)[:MOST]:
        if job.is_for(viewer):
            yield CalendarDay(
                f"visit-{job.piece.id}-{job.due_on:%Y%m%d}",
                job.due_on,
                f"{say(job.duty.label)}: {job.lift_name}",
                0,
                f"{job.piece.address} {job.piece.position}".strip(),
                "",
                f"{address}/visits/start/{job.piece.id}",
            )


def _said(say: Say, text: str, **params: object) -> str:
    return say(text) % params
