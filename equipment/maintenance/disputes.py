"""A use unit says that a visit was not so: it settles no duty until the unit withdraws, the firm takes
the visit back (voiding.py), or the county office decides. Nothing is decided by time: what is late
climbs (duties.py)."""

from __future__ import annotations

from datetime import date, timedelta

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed
from equipment.core.words import N_
from equipment.maintenance.actions import hold, may_sign, must_be_of_firm, must_become, reason_in
from equipment.maintenance.closing import note, piece_of, recount
from equipment.maintenance.duties import dispute_duty
from equipment.maintenance.models import Visit, VisitSignature
from equipment.maintenance.signatures import may_object
from equipment.maintenance.states import VisitState
from equipment.people.rules import SYSTEM, Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.hooks import urgent
from equipment.regulation.elevator_numbers import dispute_days
from equipment.regulation.queries import rules
from equipment.storage.db import session

COUNTY = 6  # digits of a county's area code
STANDS, DOES_NOT = "stands", "void"
TEXTS = {
    "dispute": N_("The use unit disputes the visit of %(day)s at %(piece)s: %(reason)s"),
    "withdrawn": N_("The use unit no longer disputes the visit of %(day)s at %(piece)s"),
    "replied": N_(
        "The maintenance firm replies about the disputed visit of %(day)s at %(piece)s: %(reason)s"
    ),
    STANDS: N_("The county office upholds the disputed visit of %(day)s at %(piece)s: %(reason)s"),
    DOES_NOT: N_(
        "The county office finds that the disputed visit of %(day)s at %(piece)s does not count: %(reason)s"
    ),
}


def may_decide(visit: Visit, by: Viewer) -> bool:
    """Whether a dispute is the viewer's to decide: the county office of the area, or the city."""
    return (
        by.oversees
        and Role.SUPERVISOR in by.roles
        and may(by, Action.APPROVE, Thing.HAZARD)
        and len(by.area) <= COUNTY
        and visit.area.startswith(by.area)
        and visit.state == VisitState.DISPUTED
    )


def dispute(visit: Visit, reason: str, *, by: Viewer, link: VisitSignature | None = None) -> None:
    """The use unit says that it was not so, from its own account or by the link that the signer got."""
    hold(visit)
    if link is None and not may_sign(visit, by):
        raise NotAllowed(N_("Only the use unit's safety officer signs a visit."))
    must_become(visit, VisitState.DISPUTED)
    if not may_object(visit):
        raise Conflict(
            {"": N_("The days for objecting are over. You may still sign, or call the county office.")}
        )
    visit.dispute_reason, visit.dispute_reply = reason_in(reason), ""
    visit.decision, visit.decision_reason, visit.decided_by, visit.decided_at = "", "", None, None
    visit.disputed_from, visit.state = str(visit.state), VisitState.DISPUTED
    visit.decide_until = _last_day(visit, clock.today())
    if link is not None:
        link.objected_at = clock.now()
    recount(visit, by=by)
    rows = [link] if link is not None else []
    note(visit, "visit.disputed", by=by, rows=rows, reason=visit.dispute_reason, until=visit.decide_until)
    _tell("dispute", visit, visit.dispute_reason)


def _last_day(visit: Visit, on: date) -> date:
    return on + timedelta(days=dispute_days(rules(visit.category), on).integer)


def withdraw(visit: Visit, *, by: Viewer) -> None:
    """The use unit does not dispute it any more: the visit is what it was before, and its duty done again."""
    hold(visit)
    if not may_sign(visit, by):
        raise NotAllowed(N_("Only the use unit's safety officer signs a visit."))
    _must_be_disputed(visit)
    visit.state = VisitState(visit.disputed_from or VisitState.TO_SIGN)
    recount(visit, by=by)
    note(visit, "visit.dispute_withdrawn", by=by)
    _tell("withdrawn", visit, "")


def reply(visit: Visit, text: str, *, by: Viewer) -> None:
    """The firm answers; the dispute stands until the unit withdraws it or the county office decides."""
    hold(visit)
    must_be_of_firm(visit, by)
    _must_be_disputed(visit)
    visit.dispute_reply = reason_in(text)
    note(visit, "visit.replied", by=by, reply=visit.dispute_reply)
    _tell("replied", visit, visit.dispute_reply)


def decide(visit: Visit, stands: bool, reason: str, *, by: Viewer) -> None:
    """The county office, or the city, says whether the visit counts."""
    hold(visit)
    _must_be_disputed(visit)
    if not may_decide(visit, by):
        raise NotAllowed(N_("The county office of the area, or the city, decides on a disputed visit."))
    visit.decision, visit.decision_reason = STANDS if stands else DOES_NOT, reason_in(reason)
    visit.decided_by, visit.decided_at = by.user_id, clock.now()
    visit.state = VisitState.DECIDED if stands else VisitState.VOID
    visit.cards_until = visit.cards_until if stands else None
    recount(visit, by=by)
    note(visit, "visit.decided", by=by, decision=visit.decision, reason=visit.decision_reason)
    _tell(visit.decision, visit, visit.decision_reason)


def _must_be_disputed(visit: Visit) -> None:
    if visit.state != VisitState.DISPUTED:
        raise Conflict({"": N_("Nobody disputes this visit.")})


def _tell(prefix: str, visit: Visit, reason: str) -> None:
    """The firm, the use unit and the county office hear of each step in the minute."""
    urgent(dispute_duty(prefix, visit, piece_of(visit), TEXTS[prefix], reason))


def date_disputes(on: date, *, most: int = 200) -> int:
    """Disputes of before there was a day to decide by: they settle no duty any more, and get their day."""
    undated = visible(SYSTEM, Visit).where(Visit.state == VisitState.DISPUTED, Visit.decide_until.is_(None))
    visits = session.scalars(undated.order_by(Visit.on).limit(most)).all()
    for visit in visits:
        visit.disputed_from, visit.decide_until = str(VisitState.TO_SIGN), _last_day(visit, on)
        recount(visit, by=SYSTEM)
        note(visit, "visit.dispute_dated", by=SYSTEM, until=visit.decide_until)
    return len(visits)
