"""作废: a visit that was opened or entered by mistake, or one that the firm does not stand by any more. It
stays on record with its swipes and the reason; its duty is open as before."""

from __future__ import annotations

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed
from equipment.core.words import N_, Message
from equipment.maintenance.actions import hold, must_become, reason_in
from equipment.maintenance.closing import note, piece_of, recount
from equipment.maintenance.duties import dispute_duty
from equipment.maintenance.models import Visit
from equipment.maintenance.rules import VoidFacts, VoidRefusal, void_refusal
from equipment.maintenance.states import VisitState
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.hooks import urgent
from equipment.regulation.elevator_numbers import minutes, mistake_within
from equipment.regulation.packs import Regulation
from equipment.regulation.queries import rules

REFUSED = {
    VoidRefusal.STRANGER: N_("Only whoever opened the visit, or the manager of his firm, can void it."),
    VoidRefusal.LATE: N_(
        "More than %(minutes)d minutes after signing in only the manager of your firm can void the visit."
    ),
    VoidRefusal.STATE: N_("This step is not possible now: look at the state of the visit."),
}


def refusal_of(visit: Visit, by: Viewer, pack: Regulation | None = None) -> VoidRefusal | None:
    """Why this viewer cannot void the visit now; None where he can. A list brings the rules of its lifts."""
    limit = minutes(mistake_within(pack or rules(visit.category), visit.on))
    facts = VoidFacts(
        state=VisitState(visit.state),
        manages=by.organisation_id == visit.organisation_id and may(by, Action.APPROVE, Thing.VISIT),
        opened_it=visit.technicians[:1] == [str(by.user_id)] and by.organisation_id == visit.organisation_id,
        since_arrival=clock.now() - visit.opened_at,
        is_stated=visit.late_entry or visit.reported_by is not None,
    )
    return void_refusal(facts, limit)


def take_back(visit: Visit, reason: str, *, by: Viewer) -> None:
    """The visit is void for this reason. Of a disputed one the use unit and the county office hear at
    once."""
    hold(visit)
    refusal = refusal_of(visit, by)
    if refusal is VoidRefusal.STATE:
        raise Conflict({"": REFUSED[refusal]})
    if refusal is not None:
        limit = mistake_within(rules(visit.category), visit.on).integer
        raise NotAllowed(Message(REFUSED[refusal], {"minutes": limit}))
    must_become(visit, VisitState.VOID)
    now, was_disputed = clock.now(), visit.state == VisitState.DISPUTED
    visit.correction_reason = reason_in(reason)
    visit.closed_at = visit.closed_at or max(now, visit.opened_at)
    visit.state, visit.cards_until = VisitState.VOID, None
    visit.voided_by, visit.voided_at = by.user_id, now
    recount(visit, by=by)
    note(visit, "visit.void", by=by, reason=visit.correction_reason)
    if was_disputed:
        text = N_("The maintenance firm takes the disputed visit of %(day)s at %(piece)s back: %(reason)s")
        urgent(dispute_duty("taken_back", visit, piece_of(visit), text, visit.correction_reason))
