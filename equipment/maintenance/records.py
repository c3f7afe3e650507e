"""Visits that did not come from a swipe: paper records entered late (补录), and corrections of signed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import inspect, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.months import add_months
from equipment.core.words import N_, Message
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.maintenance.actions import hold
from equipment.maintenance.closing import next_number, note, recount, settle
from equipment.maintenance.models import Visit, VisitItem
from equipment.maintenance.queries import VISITED, failed_items, limits_of, list_at
from equipment.maintenance.states import VisitState
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.regulation.elevator_numbers import visit_records_kept
from equipment.regulation.planning import VISITS, DueKind
from equipment.regulation.queries import rules
from equipment.storage.db import session

FRESH = {
    "id",
    "state",
    "signed_by",
    "signer_name",
    "signed_at",
    "signature_sha256",
    "supersedes_id",
    "superseded",
    "correction_reason",
    "received_at",
    "counted",
    "next_on",
    "next_duty",
    "dispute_reason",
    "dispute_reply",
    "signature_kind",
    "signer_id",
    "object_until",
    "disputed_from",
    "decide_until",
    "decision",
    "decision_reason",
    "decided_by",
    "decided_at",
    "number",
    "voided_by",
    "voided_at",
    "reminded_by",
    "reminded_at",
}


# what the use unit stands for, one way or another, or the county office has upheld
CORRECTABLE = (VisitState.SIGNED, VisitState.ON_SITE, VisitState.UNOBJECTED, VisitState.DECIDED)
LATE, CORRECTIONS = Receipts("late_visit", "visit_id"), Receipts("visit_correction", "id")


@dataclass(frozen=True, slots=True)
class PaperVisit:
    """A visit as the paper record has it."""

    duty: DueKind
    opened_at: datetime
    closed_at: datetime
    technicians: Sequence[UUID]
    reason: str


def enter_late(piece: Equipment, paper: PaperVisit, *, by: Viewer, visit_id: UUID | None = None) -> Visit:
    """Enter a paper record: marked for ever, never a swipe; its items are answered next. The same id again is
    the visit that is there."""
    if piece.maintenance_firm_id != by.organisation_id or not may(by, Action.CREATE, Thing.VISIT):
        raise NotAllowed(N_("This lift is not maintained by your firm."))
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", piece.id)])
    content = content_of(
        equipment_id=piece.id,
        duty=paper.duty,
        opened_at=paper.opened_at,
        closed_at=paper.closed_at,
        technicians=sorted(map(str, paper.technicians)),
        reason=paper.reason.strip(),
    )
    message = LATE.received(content, sender=by.organisation_id, key=visit_id, about=piece.id)
    if message.answer is not None:
        return session.get_one(Visit, (piece.id, UUID(message.answer)))
    _check(piece, paper)
    on = clock.site_day(paper.opened_at)
    assert by.organisation_id is not None  # it is the lift's firm
    visit = Visit(
        equipment_id=piece.id,
        id=message.key,
        organisation_id=by.organisation_id,
        use_unit_id=piece.use_unit_id,
        area=piece.area,
        category=piece.category,
        duty=paper.duty,
        **list_at(piece, by.organisation_id, paper.duty, on),
        state=VisitState.TO_SIGN,
        opened_at=paper.opened_at,
        closed_at=paper.closed_at,
        received_at=clock.now(),
        on=on,
        technicians=[str(person) for person in paper.technicians],
        confirmed=[],
        answers={},
        flags=[],
        swiped=False,
        late_entry=True,
        counted=False,
        correction_reason=paper.reason.strip()[:300],
        number=next_number(by.organisation_id, on),
    )
    session.add(visit)
    note(
        visit,
        "visit.entered_late",
        by=by,
        rows=[message.keep(str(message.key))],
        duty=visit.duty,
        reason=visit.correction_reason,
    )
    settle(visit, by=by)
    return visit


def _check(piece: Equipment, paper: PaperVisit) -> None:
    wrong: dict[str, str | Message] = {}
    if piece.category in VISITED:
        wrong |= wrong_times(piece.category, paper.opened_at, paper.closed_at)
    else:
        wrong["lift"] = N_("This piece has no maintenance visits.")
    if paper.duty not in VISITS:
        wrong["duty"] = N_("Choose the class of the visit.")
    if not paper.reason.strip():
        wrong["reason"] = N_("Say why it was kept on paper.")
    firm = session.scalars(
        select(User.id).where(
            User.organisation_id == piece.maintenance_firm_id, User.id.in_(list(paper.technicians))
        )
    ).all()
    if not paper.technicians or set(firm) != set(paper.technicians):
        wrong["technicians"] = N_("Choose the technicians who were there.")
    if wrong:
        raise Invalid(wrong)


def wrong_times(category: str, opened_at: datetime, closed_at: datetime) -> dict[str, str | Message]:
    """Days that a slip of the keyboard makes: a visit that ends before it begins or lasts for days, one to
    come, one older than records are kept."""
    today, longest = clock.today(), limits_of(category, clock.today()).longest
    years = visit_records_kept(rules(category), today).integer
    wrong: dict[str, str | Message] = {}
    if closed_at <= opened_at:
        wrong["closed_at"] = N_("The end must lie after the beginning.")
    elif closed_at > clock.now():
        wrong["closed_at"] = N_("This time has not come yet.")
    elif closed_at - opened_at > longest:
        wrong["closed_at"] = Message(
            N_("No visit lasts more than %(hours)d hours: look at both days."),
            {"hours": longest // timedelta(hours=1)},
        )
    if clock.site_day(opened_at) < add_months(today, -12 * years):
        wrong["opened_at"] = Message(
            N_("Records are kept for %(years)d years: this one is older."), {"years": years}
        )
    return wrong


def correct(visit: Visit, reason: str, *, by: Viewer, key: UUID | None = None) -> Visit:
    """A new record that supersedes a signed one, with the reason; both stay visible, and the new one is
    signed again. The same correction again is the record that is there."""
    hold(visit)
    if visit.organisation_id != by.organisation_id or not may(by, Action.APPROVE, Thing.VISIT):
        raise NotAllowed(N_("Only the manager of the maintenance firm can correct a record."))
    content = content_of(corrects=visit.id, reason=reason.strip())
    message = CORRECTIONS.received(content, sender=by.organisation_id, key=key, about=visit.id)
    if message.answer is not None:
        return session.get_one(Visit, (visit.equipment_id, UUID(message.answer)))
    if visit.state not in CORRECTABLE or visit.superseded:
        raise Conflict({"": N_("Only a signed record that stands can be corrected.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    same = {
        column.key: getattr(visit, column.key)
        for column in inspect(Visit).column_attrs
        if column.key not in FRESH
    }
    correction = Visit(
        **same,
        id=message.key,
        state=VisitState.TO_SIGN,
        received_at=clock.now(),
        counted=False,
        supersedes_id=visit.id,
        number=next_number(visit.organisation_id, visit.on),
        correction_reason=reason.strip()[:300],
    )
    visit.superseded, visit.cards_until = True, None
    session.add(correction)
    copies = [_copy(item, correction) for item in failed_items(SYSTEM, visit)]
    session.add_all(copies)
    recount(visit, by=by)
    note(
        correction,
        "visit.corrected",
        by=by,
        rows=[visit, message.keep(str(message.key))],
        supersedes=visit.id,
        reason=correction.correction_reason,
    )
    settle(correction, by=by)
    return correction


def _copy(item: VisitItem, correction: Visit) -> VisitItem:
    return VisitItem(
        equipment_id=item.equipment_id,
        visit_id=correction.id,
        code=item.code,
        organisation_id=item.organisation_id,
        area=item.area,
        category=item.category,
        answer=item.answer,
        note=item.note,
        finding_id=item.finding_id,
    )
