"""丢失 and 找回: what a person says of a bottle, and the interval that follows from it at once."""

from __future__ import annotations

from datetime import datetime

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import OrganisationKind, Viewer
from equipment.places.following import derive
from equipment.places.models import PlaceReport
from equipment.places.queries import interval_now
from equipment.places.rules import PlaceInterval
from equipment.places.states import PlaceReportKind, PlaceState
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.storage.db import session


def report_place(
    bottle: Equipment, kind: PlaceReportKind, reason: str, *, by: Viewer, at: datetime | None = None
) -> PlaceReport:
    """A station says that a bottle of its own is lost, or found again; a reason is needed. Said twice it is a
    conflict: it is lost already."""
    if by.organisation_kind != OrganisationKind.STATION or by.organisation_id not in (
        bottle.owner_id,
        bottle.use_unit_id,
    ):
        raise NotAllowed(N_("Only the station whose bottle it is says where it went."))
    if not category(bottle.category).filled:
        raise Invalid({"": N_("Only of gas cylinders it is kept where they are.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    subject = subject_of("equipment", bottle.id)
    locked_heads(session.connection(), [subject])
    if problem := _problem(interval_now(bottle.id), kind):
        raise Conflict({"": problem})
    report = PlaceReport(
        equipment_id=bottle.id,
        id=new_id(),
        organisation_id=by.organisation_id,
        area=bottle.area,
        category=bottle.category,
        kind=kind,
        reason=reason.strip()[:300],
        at=at or clock.now(),
        user_id=by.user_id,
    )
    session.add(report)
    payload = {"report": report.id, "reason": report.reason}
    record(session(), subject, f"place.{kind}", actor=by.actor, payload=payload, rows=[report])
    derive([bottle.id])
    return report


def _problem(now: PlaceInterval | None, kind: PlaceReportKind) -> Message | str | None:
    is_lost = now is not None and now.state is PlaceState.LOST
    if kind is PlaceReportKind.LOST and is_lost:
        return N_("It is reported lost already.")
    if kind is PlaceReportKind.FOUND and not is_lost:
        return N_("It is not reported lost.")
    return None
