"""What people do with a visit: answer its items, confirm their cards. Nothing of a signed visit changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict, cast
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.intake.actions import Receipts
from equipment.intake.rules import arrival, content_of
from equipment.ledger import actions as ledger
from equipment.maintenance.answer_rules import (
    ItemReply,
    StoredRemark,
    StoredReply,
    TakenBack,
    conflicts,
    in_conflict,
    lacking,
    measured,
    merged,
    remark_text,
    replaced,
    taken_back,
    wrong_note,
)
from equipment.maintenance.closing import cards_only, confirm_by, judge_cards, note, piece_of, settle
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import failed_items, items_of, limits_of
from equipment.maintenance.states import VISIT_CHANGES, Flag, OtherSignature, VisitState
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.register.duties import piece_name, record_duty
from equipment.register.duty_rules import Audience, DutyKind, at_once
from equipment.register.hooks import urgent
from equipment.regulation.queries import key_photo_needed
from equipment.storage.db import session

REASON_LENGTH = 300
ANSWERS = Receipts("visit_answers", "message_id")


class VisitProgress(TypedDict):
    """How far a visit is: what its answers lack, by item (`answer_rules.LACKS`), and what it came to."""

    visit_id: str
    state: str
    signature: str  # its kind: account, on_site, paper, drawn_before (before there were kinds), or none
    missing: dict[str, str]
    conflicts: dict[str, list[StoredReply]]  # by item: what its people said, where one of them says 异常
    counted: bool
    flags: list[str]


def hold(visit: Visit) -> Visit:
    """Take the lift's chain and read the visit afresh, so that whoever was faster is seen."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", visit.equipment_id)])
    session.refresh(visit)
    return visit


def is_mine(visit: Visit, by: Viewer) -> bool:
    """Whether the viewer works on this visit: its technicians; what comes from paper or another system or is
    corrected, everybody of the firm who may."""
    if str(by.user_id) in visit.technicians and str(by.user_id) not in visit.denied:
        return True
    return (
        bool(visit.late_entry or visit.supersedes_id or visit.reported_by)
        and by.organisation_id == visit.organisation_id
        and may(by, Action.CHANGE, Thing.VISIT)
    )


def is_answerable(visit: Visit) -> bool:
    """Whether items may still be answered: never once the use unit stands for them."""
    return visit.state in (VisitState.OPEN, VisitState.UNCONFIRMED, VisitState.TO_SIGN) or (
        visit.state == VisitState.DISPUTED and visit.signed_at is None
    )


def may_sign(visit: Visit, by: Viewer) -> bool:
    """Whether the viewer signs for the use unit from his own account."""
    return (
        visit.use_unit_id is not None
        and by.organisation_id == visit.use_unit_id
        and may(by, Action.APPROVE, Thing.VISIT)
    )


def progress_of(visit: Visit) -> VisitProgress:
    """How far a checklist is: what is still missing, by item and by what it lacks."""
    needed = key_photo_needed(visit.on)
    lacks = {item.code: lacking(item, visit.answers.get(item.code), needed) for item in items_of(visit)}
    return {
        "visit_id": str(visit.id),
        "state": str(visit.state if visit.shown is not OtherSignature.DRAWN_BEFORE else visit.shown),
        "signature": visit.signature,
        "missing": {code: lack for code, lack in lacks.items() if lack},
        "conflicts": conflicts(visit.answers),
        "counted": visit.counted,
        "flags": list(visit.flags),
    }


def answer(
    visit: Visit,
    replies: Sequence[ItemReply],
    *,
    by: Viewer,
    remark: str | None = None,
    message_id: UUID | None = None,
) -> VisitProgress:
    """Keep answers in whatever order they arrive: the newest of each person and item, an 异常 above all. A
    message sent twice gets its earlier answer."""
    hold(visit)
    content = content_of(visit_id=visit.id, answers=[reply.content for reply in replies], remark=remark)
    # A remark has no time: without an id, the same words may come again after others.
    key = message_id if replies or message_id else new_id()
    message = ANSWERS.received(content, sender=by.organisation_id, key=key, about=visit.id)
    if message.answer is not None:
        return cast(VisitProgress, json.loads(message.answer))
    must_work_on(visit, by)
    replies = _measured(visit, replies)
    changed = _keep_answers(visit, replies, remark, by)
    progress = progress_of(visit)
    receipt = message.keep(json.dumps(progress))
    verb = "visit.unchanged" if changed is None else "visit.answered"
    note(visit, verb, by=by, rows=[receipt], **(changed or {"items": []}))
    return progress


def _keep_answers(
    visit: Visit, replies: Sequence[ItemReply], remark: str | None, by: Viewer
) -> dict[str, object] | None:
    """For the line of the ledger: the items whose answers changed, and what was replaced; None where nothing
    changed."""
    dated, doubted = _dated(visit, replies)
    locked = frozenset(item.code for item in failed_items(SYSTEM, visit))
    before, me = visit.answers, str(by.user_id)
    answers = merged(before, dated, me, locked)
    remark_before, remarks = visit.remarks.get(me), _remarks(visit, remark, me)
    if answers == before and remarks == visit.remarks:
        return None
    changed = [code for code, stored in answers.items() if stored != before.get(code)]
    visit.answers, visit.remarks, visit.remark = answers, remarks, remark_text(remarks)
    if doubted and Flag.DRIFT not in visit.flags:
        visit.flags = [*visit.flags, str(Flag.DRIFT)]
    later = any(visit.closed_at and reply.at > visit.closed_at for reply in dated if reply.code in changed)
    seen_at(visit, by, later=later)
    payload: dict[str, object] = {"items": changed}
    if gone := replaced(before, answers):
        payload["replaced"] = gone
    if remark_before and remark_before != remarks.get(me):
        payload["remark_replaced"] = remark_before
    judge_again(visit, by)
    return payload


def _remarks(visit: Visit, remark: str | None, me: str) -> dict[str, StoredRemark]:
    """The remarks of everybody with this person's new one; what stood there before remarks had people
    stays."""
    remarks = dict(visit.remarks)
    if visit.remark and not remarks:
        remarks[""] = {"text": visit.remark, "at": visit.opened_at.isoformat()}
    if remark is None or remark.strip() == (remarks[me]["text"] if me in remarks else ""):
        return remarks
    remarks.pop(me, None)
    if remark.strip():
        remarks[me] = {"text": remark.strip(), "at": clock.now().isoformat()}
    return remarks


def take_answer_back(visit: Visit, code: str, reason: str, *, by: Viewer) -> None:
    """The firm's manager takes back the 异常 of an item on which its people disagree: both stay in sight, with
    the reason. What has become a finding is the supervisors' to decide."""
    hold(visit)
    must_be_of_firm(visit, by)
    stored = visit.answers.get(code, {})
    if not is_answerable(visit) or not in_conflict(stored):
        raise Conflict({"": N_("Nobody disagrees on this item any more.")})
    if code in {item.code for item in failed_items(SYSTEM, visit)}:
        raise Conflict({"": N_("This item is a finding already: the supervisors decide on it.")})
    taking: TakenBack = {"by": str(by.user_id), "at": clock.now().isoformat(), "reason": reason_in(reason)}
    visit.answers = {**visit.answers, code: taken_back(stored, taking)}
    note(visit, "visit.answer_taken_back", by=by, item=code, reason=taking["reason"])
    judge_again(visit, by)


def _measured(visit: Visit, replies: Sequence[ItemReply]) -> list[ItemReply]:
    """The replies with their readings as amounts; Invalid by item where one is not of this checklist or
    cannot be read."""
    items = {item.code: item for item in items_of(visit)}
    wrong: dict[str, str | Message] = {}
    read = []
    for reply in replies:
        if reply.code not in items:
            wrong[reply.code] = N_("This item does not belong to the checklist of this visit.")
            continue
        amounts = measured(items[reply.code], reply)
        problem = amounts if isinstance(amounts, Message) else wrong_note(reply.note)
        if problem is not None:
            wrong[reply.code] = problem
        elif isinstance(amounts, ItemReply):
            read.append(amounts)
    if wrong:
        raise Invalid(wrong)
    return read


def _dated(visit: Visit, replies: Sequence[ItemReply]) -> tuple[list[ItemReply], bool]:
    """(the newest answer of each item, whether a clock is doubted): an answer is given between the beginning
    of its visit and now; one that claims another moment counts from when it arrived."""
    now, limits = clock.now(), limits_of(visit.category, visit.on).clock
    newest = {reply.code: reply for reply in sorted(replies, key=lambda reply: reply.at)}
    arrivals = {
        code: arrival(reply.at, now, limits, queued=None, last_contact=visit.opened_at - limits.drift)
        for code, reply in newest.items()
    }
    dated = [replace(reply, at=now) if arrivals[code].doubted else reply for code, reply in newest.items()]
    return dated, any(arrived.doubted for arrived in arrivals.values())


def confirm(visit: Visit, *, by: Viewer) -> None:
    """The technician stands for his card from his own sign-in: while the visit goes on, or within the hours
    that the rule pack gives, whatever is signed meanwhile."""
    hold(visit)
    me = _holder(visit, by)
    if me in visit.confirmed:
        return
    _must_await(visit)
    visit.confirmed = [*visit.confirmed, me]
    visit.denied = [person for person in visit.denied if person != me]
    if visit.state == VisitState.UNCONFIRMED:
        visit.state = VisitState.TO_SIGN
    visit.cards_until = visit.cards_until if cards_only(visit) else None
    note(visit, "visit.confirmed", by=by)
    if visit.state != VisitState.OPEN:
        judge_cards(visit, by=by)


def deny(visit: Visit, *, by: Viewer) -> None:
    """Whose card was shown says that it was not him. The visit is marked and his manager hears of it; where
    nobody else stands for it, it does not count."""
    hold(visit)
    me = _holder(visit, by)
    if me in visit.denied:
        return
    if me in visit.confirmed:
        raise Conflict({"": N_("You have stood for this visit from your own sign-in already.")})
    _must_await(visit)
    visit.denied = [*visit.denied, me]
    if visit.state == VisitState.UNCONFIRMED and not cards_only(visit):
        visit.state = VisitState.EXPIRED
    visit.cards_until = visit.cards_until if cards_only(visit) else None
    note(visit, "visit.card_denied", by=by)
    if visit.state != VisitState.OPEN:
        judge_cards(visit, by=by)
    text = Message(
        N_("%(person)s says that he was not at %(piece)s on %(day)s, where his card was shown"),
        {"person": by.name, "piece": piece_name(piece_of(visit)), "day": visit.on.isoformat()},
    )
    link = f"/visits/{visit.equipment_id}/{visit.id}"
    firm, heard_by = visit.organisation_id, at_once(Audience.FIRM)
    urgent(
        record_duty("not_me", DutyKind.VISIT, text, visit, visit.on, firm_id=firm, link=link, stages=heard_by)
    )


def _holder(visit: Visit, by: Viewer) -> str:
    me = str(by.user_id)
    if me not in visit.technicians:
        raise NotAllowed(N_("Only the technician whose card was swiped can confirm."))
    return me


def may_say_was_me(visit: Visit, by: Viewer) -> bool:
    """Whether the viewer's card alone was shown and he may still say whether it was him."""
    end = confirm_by(visit)
    return (
        str(by.user_id) in visit.technicians
        and str(by.user_id) not in visit.confirmed
        and visit.state not in (VisitState.EXPIRED, VisitState.VOID)
        and (end is None or clock.now() <= end)
    )


def _must_await(visit: Visit) -> None:
    end = confirm_by(visit)
    if visit.state in (VisitState.EXPIRED, VisitState.VOID) or (end is not None and clock.now() > end):
        raise Conflict(
            {
                "": N_(
                    "It is too late to confirm this visit: it does not count. "
                    "Enter it late if the work was done."
                )
                if visit.state in (VisitState.EXPIRED, VisitState.UNCONFIRMED)
                else N_("It is too late to say whether this was you: tell your office.")
            }
        )


def seen_at(visit: Visit, by: Viewer, *, later: bool) -> None:
    """Whoever answers from his own sign-in while on site needs no further confirmation."""
    me = str(by.user_id)
    if visit.state == VisitState.OPEN and me in visit.technicians and me not in visit.confirmed:
        visit.confirmed = [*visit.confirmed, me]
    if later and Flag.ANSWERED_LATER not in visit.flags:
        visit.flags = [*visit.flags, str(Flag.ANSWERED_LATER)]


def judge_again(visit: Visit, by: Viewer) -> None:
    if visit.state != VisitState.OPEN:
        settle(visit, by=by)


def must_work_on(visit: Visit, by: Viewer) -> None:
    if not is_mine(visit, by):
        raise NotAllowed(N_("Only the technicians of this visit can answer its checklist."))
    if not is_answerable(visit):
        raise Conflict({"": N_("This visit is closed for good; ask for a correction if something is wrong.")})


def must_be_of_firm(visit: Visit, by: Viewer) -> None:
    if by.organisation_id != visit.organisation_id or not may(by, Action.APPROVE, Thing.VISIT):
        raise NotAllowed(N_("Only the manager of the maintenance firm can do this."))


def must_become(visit: Visit, to: VisitState) -> None:
    if to not in VISIT_CHANGES[VisitState(visit.state)] or visit.superseded:
        raise Conflict({"": N_("This step is not possible now: look at the state of the visit.")})


def reason_in(reason: str) -> str:
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    return reason.strip()[:REASON_LENGTH]
