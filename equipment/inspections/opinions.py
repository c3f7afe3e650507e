"""检验意见通知书: issued with a result that leaves items open, answered item by item by the unit, confirmed or asked
again by the body."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, literal_column

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files.actions import About, StoredDocument, attach_once
from equipment.inspections.models import Inspection, Opinion, OpinionItem
from equipment.inspections.rules import OF_A_BODY, Conclusion
from equipment.inspections.states import ITEM_CHANGES, RUNNING, ItemState, OpinionState, opinion_state
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.duties import piece_name, record_duty
from equipment.register.duty_rules import Audience, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.storage.db import Base, session

BEGINS = "YJ-"  # a house number, where the body gives none of its own
MOST_ITEMS, ITEM_LENGTH = 30, 500
OPINION, ANSWERED = "opinion", "opinion_answered"
SUBJECT = "opinion_item"  # of the evidence in files


def items_in(text: str) -> list[str]:
    """The items as they are typed, one a line."""
    return [item.strip() for item in text.splitlines() if item.strip()]


def leaves_open(inspection: Inspection) -> bool:
    """Whether a 检验意见通知书 may go with this result: something was left open, or must be done before the
    re-inspection (复检)."""
    conclusion = Conclusion(inspection.conclusion)
    counts = not inspection.superseded and (
        inspection.supersedes_id is None or inspection.approved_by is not None
    )
    return (
        counts and inspection.kind in OF_A_BODY and (conclusion is Conclusion.CORRECTED or conclusion.failed)
    )


def issue(
    inspection: Inspection,
    items: Sequence[str],
    feedback_on: date | None,
    number: str = "",
    *,
    by: Viewer,
    issued_on: date | None = None,
) -> Opinion:
    """Issue it under the body's own number, or under the next house number of the body's year."""
    session.flush()
    _lock(inspection.equipment_id, by)
    if by.organisation_id is None or by.organisation_id != inspection.organisation_id:
        raise NotAllowed(N_("Only the body that inspected issues this notice."))
    if not leaves_open(inspection):
        raise Conflict({"": N_("This result leaves nothing open.")})
    if opinion_of(SYSTEM, inspection) is not None:
        raise Conflict({"": N_("The notice of this result has been issued already.")})
    on = issued_on or clock.today()
    _sound(items, feedback_on, on)
    assert feedback_on is not None  # _sound has looked
    piece = session.get_one(Equipment, inspection.equipment_id)
    opinion = Opinion(
        equipment_id=inspection.equipment_id,
        id=new_id(),
        inspection_id=inspection.id,
        organisation_id=by.organisation_id,
        unit_id=piece.use_unit_id or piece.owner_id,
        area=inspection.area,
        category=inspection.category,
        number=_number(number, by.organisation_id, on),
        issued_on=on,
        feedback_on=feedback_on,
        state=OpinionState.OPEN,
        issued_by=by.user_id,
        issued_at=clock.now(),
        served_at=None,
        served_by=None,
        closed_at=None,
        closed_by=None,
    )
    rows = [_item(opinion, number, text) for number, text in enumerate(items, 1)]
    session.add_all([opinion, *rows])
    _record(opinion, "opinion.issued", by, *rows, number=opinion.number, feedback_on=feedback_on)
    text = N_("%(piece)s: notice %(number)s, answer it by %(day)s")
    _tell(opinion, text, opinion.unit_id, day=feedback_on.isoformat())
    return opinion


def _item(opinion: Opinion, number: int, text: str) -> OpinionItem:
    return OpinionItem(
        equipment_id=opinion.equipment_id,
        id=new_id(),
        organisation_id=opinion.organisation_id,
        area=opinion.area,
        category=opinion.category,
        opinion_id=opinion.id,
        item_no=number,
        text=text[:ITEM_LENGTH],
        state=ItemState.OPEN,
        answered_by=None,
        answered_at=None,
        decided_by=None,
        decided_at=None,
    )


def _sound(items: Sequence[str], feedback_on: date | None, on: date) -> None:
    wrong: dict[str, str | Message] = {}
    if not items:
        wrong["open_items"] = N_("Name the items, one a line.")
    elif len(items) > MOST_ITEMS:
        wrong["open_items"] = Message(N_("At most %(most)d items."), {"most": MOST_ITEMS})
    if feedback_on is None or feedback_on < on:
        wrong["feedback_on"] = N_(
            "Enter the day by which the unit tells what it has corrected; not before the inspection."
        )
    if wrong:
        raise Invalid(wrong)


def _number(stated: str, organisation_id: UUID, on: date) -> str:
    """The body's own number, which no other notice of it has; else the next house number of its year. Its
    chain is locked."""
    own = visible(SYSTEM, Opinion).where(
        Opinion.organisation_id == organisation_id, Opinion.state != OpinionState.VOID
    )
    if stated.strip():
        if session.scalar(own.where(Opinion.number == stated.strip()).limit(1)) is not None:
            raise Invalid({"notice_no": N_("This number stands for another notice already.")})
        return stated.strip()[:60]
    begins = f"{BEGINS}{on.year}-"
    numbered = visible(SYSTEM, Opinion).where(
        Opinion.organisation_id == organisation_id, Opinion.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(Opinion.number)))
    rest = last.removeprefix(begins) if last else "0"
    return f"{begins}{int(rest) + 1 if rest.isdecimal() else 1:04}"


def issue_with(inspection: Inspection, *, by: Viewer) -> None:
    """The notice that a result 整改后合格 is recorded with; where the body gives no number the house's one goes
    into the result."""
    if Conclusion(inspection.conclusion) is not Conclusion.CORRECTED:
        return
    opinion = issue(
        inspection,
        items_in(inspection.open_items),
        inspection.feedback_on,
        inspection.notice_no,
        by=by,
        issued_on=inspection.on,
    )
    inspection.notice_no = opinion.number


def follow_correction(old: Inspection, correction: Inspection, *, by: Viewer) -> None:
    """A corrected result: its notice goes on where its items stay the same, else it is void, and the new
    result has one of its own."""
    opinion = opinion_of(SYSTEM, old)
    session.flush()
    if opinion is not None and opinion.state is not OpinionState.VOID:
        same = correction.open_items == old.open_items and leaves_open(correction)
        if same:
            opinion.inspection_id = correction.id
            correction.notice_no = correction.notice_no and opinion.number
            _record(opinion, "opinion.carried", by, result=correction.id)
            return
        opinion.state, opinion.closed_at, opinion.closed_by = OpinionState.VOID, None, None
        _record(opinion, "opinion.void", by, result=correction.id)
        session.flush()
    issue_with(correction, by=by)


def opinion_of(viewer: Viewer, inspection: Inspection) -> Opinion | None:
    chosen = visible(viewer, Opinion).where(
        Opinion.equipment_id == inspection.equipment_id, Opinion.inspection_id == inspection.id
    )
    return session.scalar(chosen.execution_options(populate_existing=True))


def opinion_at(viewer: Viewer, equipment_id: UUID, opinion_id: UUID) -> Opinion:
    chosen = visible(viewer, Opinion).where(Opinion.equipment_id == equipment_id, Opinion.id == opinion_id)
    opinion = session.scalar(chosen.execution_options(populate_existing=True))
    if opinion is None:
        raise NotFound
    return opinion


def items_of(opinion: Opinion) -> Sequence[OpinionItem]:
    items = visible(SYSTEM, OpinionItem).where(
        OpinionItem.equipment_id == opinion.equipment_id, OpinionItem.opinion_id == opinion.id
    )
    ordered = items.order_by(OpinionItem.item_no)
    return session.scalars(ordered.execution_options(populate_existing=True)).all()


def late(on: date) -> Select[Opinion]:
    """Notices whose day has passed and that nobody has answered whole."""
    return visible(SYSTEM, Opinion).where(Opinion.state == literal_column("'open'"), Opinion.feedback_on < on)


def is_of_unit(opinion: Opinion, by: Viewer) -> bool:
    return by.organisation_id is not None and by.organisation_id == opinion.unit_id


def is_of_body(opinion: Opinion, by: Viewer) -> bool:
    return by.organisation_id is not None and by.organisation_id == opinion.organisation_id


def receive(opinion: Opinion, *, by: Viewer) -> None:
    """送达: somebody of the unit has it in hand; said again it is as it was."""
    _lock(opinion.equipment_id, by)
    session.refresh(opinion)
    if not is_of_unit(opinion, by):
        raise NotAllowed(N_("Only the unit that the notice is for receives and answers it."))
    if opinion.served_at is None:
        opinion.served_at, opinion.served_by = clock.now(), by.user_id
        _record(opinion, "opinion.served", by)


def answer(
    opinion: Opinion,
    item_no: int,
    text: str,
    evidence_no: str = "",
    evidence: StoredDocument | None = None,
    *,
    by: Viewer,
) -> None:
    """What the unit did about an item, and by which evidence; until the body decides it may be put better."""
    receive(opinion, by=by)
    item = _item_of(opinion, item_no)
    if opinion.state not in RUNNING or ItemState.ANSWERED not in ITEM_CHANGES[ItemState(item.state)]:
        raise Conflict({"": N_("This item is settled.")})
    if not text.strip():
        raise Invalid({"answer": N_("Say what was corrected, and by which evidence.")})
    item.state, item.answer = ItemState.ANSWERED, text.strip()[:500]
    item.evidence_no = evidence_no.strip()[:80]
    item.answered_by, item.answered_at = by.user_id, clock.now()
    was = opinion.state
    _turn(opinion, by)
    _record(opinion, "opinion.answered", by, item, item=item.item_no)
    if evidence is not None:
        about = About(opinion.equipment_id, opinion.area, opinion.category, SUBJECT, item.id)
        attach_once(about, evidence, by=by)
    if opinion.state is OpinionState.ANSWERED and was is not OpinionState.ANSWERED:
        text = N_("%(piece)s: notice %(number)s has been answered")
        _tell(opinion, text, opinion.organisation_id)


def confirm(opinion: Opinion, item_ids: Collection[UUID], *, by: Viewer) -> int:
    """The body takes these answers; with the last one the notice is closed. How many."""
    _of_body(opinion, by)
    items = [item for item in items_of(opinion) if item.id in item_ids]
    taken = [item for item in items if item.state is ItemState.ANSWERED]
    if not taken:
        raise Conflict({"": N_("None of these items waits for your word.")})
    for item in taken:
        item.state, item.question = ItemState.CONFIRMED, ""
        item.decided_by, item.decided_at = by.user_id, clock.now()
    _turn(opinion, by)
    numbers = [item.item_no for item in taken]
    _record(opinion, "opinion.confirmed", by, *taken, items=numbers, state=opinion.state)
    if opinion.state is OpinionState.CLOSED:
        _tell(opinion, N_("%(piece)s: all items of notice %(number)s are confirmed"), opinion.unit_id)
    return len(taken)


def ask_again(opinion: Opinion, item_no: int, question: str, *, by: Viewer) -> None:
    """The answer is not enough, and why; the unit answers once more by the same day."""
    _of_body(opinion, by)
    item = _item_of(opinion, item_no)
    if item.state is not ItemState.ANSWERED:
        raise Conflict({"": N_("None of these items waits for your word.")})
    if not question.strip():
        raise Invalid({"question": N_("Say what is missing.")})
    item.state, item.question = ItemState.AGAIN, question.strip()[:300]
    item.decided_by, item.decided_at = by.user_id, clock.now()
    _turn(opinion, by)
    _record(opinion, "opinion.asked_again", by, item, item=item.item_no, question=item.question)
    _tell(opinion, N_("%(piece)s: notice %(number)s, the body asks once more"), opinion.unit_id)


def move_day(opinion: Opinion, feedback_on: date | None, reason: str, *, by: Viewer) -> None:
    """Another day for the answer, and why."""
    _of_body(opinion, by)
    if opinion.state is not OpinionState.OPEN:
        raise Conflict({"": N_("Nothing is to be answered any more.")})
    if feedback_on is None or feedback_on < clock.today():
        raise Invalid({"feedback_on": N_("This day has passed.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    before, opinion.feedback_on = opinion.feedback_on, feedback_on
    opinion.moved_for = reason.strip()[:300]
    _record(opinion, "opinion.moved", by, moved_from=before, to=feedback_on, reason=opinion.moved_for)


def _turn(opinion: Opinion, by: Viewer) -> None:
    """Whose turn it is after what an item became."""
    session.flush()
    opinion.state = opinion_state([ItemState(item.state) for item in items_of(opinion)])
    if opinion.state is OpinionState.CLOSED:
        opinion.closed_at, opinion.closed_by = clock.now(), by.user_id


def _of_body(opinion: Opinion, by: Viewer) -> None:
    _lock(opinion.equipment_id, by)
    session.refresh(opinion)
    if not is_of_body(opinion, by):
        raise NotAllowed(N_("Only the body that issued the notice decides on its answers."))


def _item_of(opinion: Opinion, item_no: int) -> OpinionItem:
    item = next((item for item in items_of(opinion) if item.item_no == item_no), None)
    if item is None:
        raise NotFound
    return item


def _lock(equipment_id: UUID, by: Viewer) -> None:
    subjects = [ledger.subject_of("equipment", equipment_id)]
    if by.organisation_id is not None:
        subjects.append(ledger.subject_of("organisation", by.organisation_id))
    session.flush()
    ledger.locked_heads(session.connection(), subjects)


def _record(opinion: Opinion, verb: str, by: Viewer, *beside: Base, **payload: object) -> None:
    ledger.record(
        session(),
        ledger.subject_of("equipment", opinion.equipment_id),
        verb,
        actor=by.actor,
        rows=[opinion, *beside],
        payload={"opinion": opinion.id, **payload},
    )


def _tell(opinion: Opinion, text: str, organisation_id: UUID | None, **more: object) -> None:
    """One word in the minute, to the side whose turn it is."""
    if organisation_id is None:
        return
    piece = session.get_one(Equipment, opinion.equipment_id)
    params = {"piece": piece_name(piece), "number": opinion.number, **more}
    name = f"opinion_{opinion.state}_{clock.now():%m%d%H%M%S}"
    urgent(
        record_duty(
            name,
            OPINION,
            Message(text, params),
            opinion,
            opinion.feedback_on,
            organisation_id=organisation_id,
            stages=at_once(Audience.RESPONSIBLE),
            link=f"/opinions/{opinion.equipment_id}/{opinion.id}",
        )
    )
