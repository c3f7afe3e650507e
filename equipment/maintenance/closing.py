"""A visit from its end on: judged, turned into findings, counted as the duty done, with the next task planned
in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, and_, or_

from equipment.contracts.queries import people_at
from equipment.core import clock
from equipment.dues import actions as dues
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.ledger import actions as ledger
from equipment.maintenance.answer_rules import (
    StoredItem,
    conflicts,
    instants,
    missing,
    photos_missing,
    readings_of,
)
from equipment.maintenance.duties import card_duty
from equipment.maintenance.models import Visit, VisitCounter, VisitItem
from equipment.maintenance.presence import judge
from equipment.maintenance.queries import items_of, limits_of, lone_sign_out, next_task
from equipment.maintenance.rules import CloseFacts, VisitLimits, close_flags, counts
from equipment.maintenance.states import Flag, ItemAnswer, VisitState
from equipment.people.queries import certificates_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.regulation.checklists import Item
from equipment.regulation.elevator_numbers import technician_certificate
from equipment.regulation.planning import DueKind
from equipment.regulation.queries import key_photo_needed, rules
from equipment.storage.db import Base, session, upsert

FAILED = (ItemAnswer.ABNORMAL, ItemAnswer.ADJUSTED)
# A disputed visit settles no duty until the unit withdraws or the county office upholds it.
COUNTED = (
    VisitState.UNCONFIRMED,
    VisitState.TO_SIGN,
    VisitState.ON_SITE,
    VisitState.UNOBJECTED,
    VisitState.SIGNED,
    VisitState.DECIDED,
)
CLOSED_BY_ITSELF = (VisitState.UNCONFIRMED, VisitState.TO_SIGN)
CARD_FLAGS = frozenset({Flag.ONE_TECHNICIAN, Flag.CARD_UNCONFIRMED, Flag.CARD_DENIED})
COUNTER = cast(Table, VisitCounter.__table__)
STICKY = (Flag.DRIFT, Flag.NO_SIGN_OUT, Flag.ANSWERED_LATER)


def piece_of(visit: Visit) -> Equipment:
    return session.get_one(Equipment, visit.equipment_id)


def note(visit: Visit, verb: str, *, by: Viewer, rows: Iterable[Base] = (), **payload: object) -> None:
    """One line of the lift's chain about a visit, with the visit as it now stands."""
    ledger.record(
        session(),
        ledger.subject_of("equipment", visit.equipment_id),
        verb,
        actor=by.actor,
        payload={"visit": visit.id, **payload},
        rows=[visit, *rows],
    )


def close(visit: Visit, at: datetime, *, by: Viewer, flags: Iterable[Flag] = ()) -> None:
    """End a visit. Without any technician's own sign-in it waits to be confirmed; else it waits for the use
    unit's signature."""
    number = next_number(visit.organisation_id, visit.on)
    visit.closed_at, visit.number = max(at, visit.opened_at), number
    visit.state = VisitState.TO_SIGN if visit.confirmed else VisitState.UNCONFIRMED
    visit.flags = [*visit.flags, *(flag for flag in flags if flag not in visit.flags)]
    judge(visit, by=by)
    by_card = cards_only(visit)
    limit = limits_of(visit.category, visit.on).confirm_within
    # A sign-out may arrive late: whoever must confirm has his hours from when it can be asked.
    visit.cards_until = max(visit.closed_at, clock.now()) + limit if by_card else None
    note(visit, "visit.closed", by=by, at=visit.closed_at)
    settle(visit, by=by)
    for person in by_card:
        ask_holder(visit, UUID(person))


def next_number(organisation_id: UUID, on: date) -> str:
    """The next 记录编号 of a firm for the month of that day. The counter is the last lock that a transaction
    takes, after all chains: whoever ends several visits takes their chains first."""
    month = f"{on:%Y%m}"
    begin = upsert(COUNTER).values(organisation_id=organisation_id, month=month, latest=1)
    again = begin.on_conflict_do_update(
        index_elements=["organisation_id", "month"], set_={"latest": COUNTER.c.latest + 1}
    )
    count = session.execute(again.returning(COUNTER.c.latest)).scalar_one()
    return f"WB-{month}-{count:05}"


def cards_only(visit: Visit) -> list[str]:
    """Those of whom only a card was shown and who have not said yet whether it was them."""
    return [person for person in visit.technicians if person not in {*visit.confirmed, *visit.denied}]


def confirm_by(visit: Visit) -> datetime | None:
    """Until when a card may be confirmed; None while the visit is open."""
    if visit.closed_at is None or visit.cards_until is not None:
        return visit.cards_until
    return visit.closed_at + limits_of(visit.category, visit.on).confirm_within


def judge_cards(visit: Visit, *, by: Viewer) -> None:
    """Judge anew who was there. Of a signed record that alone changes: a fact that stands beside it."""
    before = (list(visit.flags), list(visit.flag_facts))
    judge(visit, by=by)
    if (visit.flags, visit.flag_facts) != before:
        note(visit, "visit.presence", by=by, flags=visit.flags)
    if visit.state in CLOSED_BY_ITSELF:
        settle(visit, by=by)
        return
    judged = close_flags(_facts(visit), _limits(visit))
    flags = [str(flag) for flag in Flag if flag in (judged if flag in CARD_FLAGS else map(Flag, visit.flags))]
    if flags != visit.flags:
        visit.flags = flags
        note(visit, "visit.judged", by=by, flags=flags, counted=visit.counted)


def ask_holder(visit: Visit, person: UUID) -> None:
    """Ask whoever holds the card that was shown, in the minute: was that you?"""
    urgent(card_duty(visit, piece_of(visit), person))


def settle(visit: Visit, *, by: Viewer, final: bool = False) -> None:
    """Judge a closed visit anew and draw what follows: flags, findings, the duty done or not done any more.

    `final` also makes findings of abnormal items that nobody described: after it no answer can be added.
    """
    before = (list(visit.flags), visit.counted)
    visit.flags = [str(flag) for flag in close_flags(_facts(visit), _limits(visit))]
    items = _findings(visit, by, final)
    recount(visit, by=by)
    if items or before != (visit.flags, visit.counted):
        note(
            visit,
            "visit.judged",
            by=by,
            rows=items,
            flags=visit.flags,
            counted=visit.counted,
            next=visit.next_duty,
            next_on=visit.next_on,
        )


def _limits(visit: Visit) -> VisitLimits:
    """The numbers of its day; how many technicians it needs is agreed in the contract of that day."""
    limits = limits_of(visit.category, visit.on)
    people = people_at(visit.equipment_id, visit.category, visit.on)
    return limits if people == limits.technicians else replace(limits, technicians=people)


def _facts(visit: Visit) -> CloseFacts:
    assert visit.closed_at is not None
    items, people = items_of(visit), tuple(UUID(person) for person in visit.technicians)
    wanted = str(technician_certificate(rules(visit.category), visit.on).value)
    return CloseFacts(
        opened_at=visit.opened_at,
        closed_at=visit.closed_at,
        technicians=people,
        confirmed=tuple(UUID(person) for person in visit.confirmed),
        certified=frozenset(person for person in people if wanted in certificates_of(person, visit.on)),
        missing=_incomplete(visit, items),
        photos_missing=len(photos_missing(items, visit.answers)),
        conflicts=len(conflicts(visit.answers)),
        denied=tuple(UUID(person) for person in visit.denied),
        waiting=visit.state == VisitState.UNCONFIRMED
        or (visit.cards_until is not None and clock.now() <= visit.cards_until),
        late_entry=visit.late_entry,
        lone_sign_out=visit.late_entry and lone_sign_out(visit.equipment_id, visit.on),
        drift=Flag.DRIFT in visit.flags,
        no_sign_out=Flag.NO_SIGN_OUT in visit.flags,
        answered_later=Flag.ANSWERED_LATER in visit.flags,
        presence=frozenset(fact["flag"] for fact in visit.flag_facts),
    )


def _incomplete(visit: Visit, items: Sequence[Item]) -> int:
    """How many items lack something. A lift of no annex whose firm has set no items has its remark alone."""
    lacks = len(missing(items, visit.answers, key_photo_needed(visit.on)))
    set_by_somebody = visit.annex or visit.own_list_id
    return lacks if set_by_somebody else lacks + int(not visit.remark.strip())


def _findings(visit: Visit, by: Viewer, final: bool) -> list[VisitItem]:
    """Abnormal becomes a finding, put right on the spot a maintenance fact; each item once."""
    earlier = visible(SYSTEM, VisitItem).where(
        VisitItem.equipment_id == visit.equipment_id, VisitItem.visit_id == visit.id
    )
    codes = {item.code for item in session.scalars(earlier)}
    items = []
    for item in items_of(visit):
        stored = visit.answers.get(item.code, {})
        described = bool(stored.get("note")) or stored.get("answer") == ItemAnswer.ADJUSTED
        if item.code not in codes and stored.get("answer") in FAILED and (described or final):
            items.append(_finding(visit, item, stored, by))
    return items


def _finding(visit: Visit, item: Item, stored: StoredItem, by: Viewer) -> VisitItem:
    answer = ItemAnswer(stored["answer"])
    measured = " → ".join(one.text for one in readings_of(stored, item))
    text = f"{item.code} {item.name.zh}（{item.must.zh}）" + (f" 实测 {measured}" if measured else "")
    finding = find(
        piece_of(visit),
        source=FindingSource.VISIT,
        source_id=visit.id,
        by=by,
        put_right=answer is ItemAnswer.ADJUSTED,
        description=f"{text}：{stored['note']}" if stored.get("note") else text,
        found_on=min(visit.on, clock.today()),
    )
    row = VisitItem(
        equipment_id=visit.equipment_id,
        visit_id=visit.id,
        code=item.code,
        organisation_id=visit.organisation_id,
        area=visit.area,
        category=visit.category,
        answer=answer,
        note=stored.get("note", ""),
        finding_id=finding.id,
    )
    session.add(row)
    return row


def recount(visit: Visit, *, by: Viewer) -> None:
    """Note the duty done once the visit counts, take it back once it does not."""
    valid = visit.state in COUNTED and not visit.superseded
    count = valid and counts([Flag(flag) for flag in visit.flags], visit.state == VisitState.UNCONFIRMED)
    if count and not visit.counted:
        dues.done(piece_of(visit), DueKind(visit.duty), on=visit.on, by=f"visit:{visit.id}")
        visit.counted = True
        task = next_task(visit.equipment_id, visit.category)
        visit.next_on, visit.next_duty = task.due_on, task.duty if task.due else ""
    elif visit.counted and not count:
        dues.undone(piece_of(visit), by=f"visit:{visit.id}", actor=by.actor)
        visit.counted, visit.next_on, visit.next_duty = False, None, ""


def expire_unconfirmed(now: datetime, *, most: int = 200) -> int:
    """The hours for confirming cards ran out: a visit that nobody confirmed does not count; any other, signed
    or not, is marked for the card that was not confirmed. Up to `most`, the caller repeats until 0."""
    # without an end on file: closed before that was noted
    before = and_(Visit.state == VisitState.UNCONFIRMED, Visit.cards_until.is_(None))
    waiting = (
        visible(SYSTEM, Visit)
        .where(or_(Visit.cards_until < now, before))
        .order_by(Visit.closed_at)
        .limit(most)
    )
    late = [visit for visit in session.scalars(waiting) if (end := confirm_by(visit)) and end < now]
    for visit in late:
        visit.cards_until = None
        if visit.state == VisitState.UNCONFIRMED:
            visit.state = VisitState.EXPIRED
            note(visit, "visit.expired", by=SYSTEM)
            settle(visit, by=SYSTEM, final=True)
        else:
            note(visit, "visit.cards_expired", by=SYSTEM, people=cards_only(visit))
            judge_cards(visit, by=SYSTEM)
    return len(late)


def close_forgotten(now: datetime, *, most: int = 200) -> int:
    """Visits open for so long that nobody can still be at work end with their last sign of life, marked 未刷离;
    repeated until 0."""
    waiting = (
        visible(SYSTEM, Visit).where(Visit.state == VisitState.OPEN).order_by(Visit.opened_at).limit(most)
    )
    late = [
        visit
        for visit in session.scalars(waiting)
        if now - visit.opened_at > limits_of(visit.category, visit.on).longest
    ]
    subjects = [ledger.subject_of("equipment", visit.equipment_id) for visit in late]
    ledger.locked_heads(session.connection(), subjects)
    for visit in late:
        session.refresh(visit)
        if visit.state == VisitState.OPEN:  # nobody was faster
            forget(visit, by=SYSTEM)
    return len(late)


def forget(visit: Visit, *, by: Viewer) -> None:
    """Close a visit nobody signed out of, at its last sign of life."""
    latest = visit.opened_at + limits_of(visit.category, visit.on).longest
    last = max([visit.opened_at, *(at for at in instants(visit.answers) if at <= latest)])
    close(visit, last, by=by, flags=[Flag.NO_SIGN_OUT])
