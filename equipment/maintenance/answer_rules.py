"""The answers of a checklist: what makes one complete, and which of several stands. Pure.

An item holds the newest answer of each person. An 异常 stands whatever a colleague says of the same item; only
who gave it takes it back, or the manager with a reason. So the order in which phones arrive decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict, cast

from equipment.core.words import N_, Message
from equipment.maintenance.states import ItemAnswer
from equipment.regulation.checklists import Item

NOTE_LENGTH = 300
LACKS: Mapping[str, Message] = {
    "answer": Message(N_("Not answered yet")),
    "reason": Message(N_("Say why it does not apply")),
    "text": Message(N_("Say what is abnormal")),
    "photo": Message(N_("Take a photo")),
}


class TakenBack(TypedDict):
    """Who took back somebody else's 异常, when, and why."""

    by: str
    at: str
    reason: str


class StoredReply(TypedDict, total=False):
    """What one person answered; `at` is the phone's word, `by` a user id."""

    answer: str
    note: str
    at: str
    by: str
    taken_back: TakenBack


class StoredItem(StoredReply, total=False):
    """The answer to one item that stands; beside it the newest of every other person, and the photo (an
    attachment's id)."""

    photo: str
    others: list[StoredReply]


class StoredRemark(TypedDict):
    """What one person remarked."""

    text: str
    at: str


Answers = Mapping[str, StoredItem]  # by the item's code


@dataclass(frozen=True, slots=True)
class ItemReply:
    """One answer as the phone sent it; `at` is the phone's word and only orders answers of the same item."""

    code: str
    answer: ItemAnswer | None
    note: str
    at: datetime


def lacking(item: Item, stored: StoredItem | None) -> str:
    """What an answer still lacks to be complete: "answer", "reason", "text", "photo" or nothing."""
    answer = (stored or {}).get("answer")
    if not stored or not answer or "taken_back" in stored:
        return "answer"
    if answer == ItemAnswer.NOT_APPLICABLE and not stored.get("note"):
        return "reason"
    if answer == ItemAnswer.ABNORMAL:
        return "text" if not stored.get("note") else "photo" if item.key and not stored.get("photo") else ""
    return ""


def missing(items: Iterable[Item], answers: Answers) -> tuple[Item, ...]:
    """The items that are not completely answered."""
    return tuple(item for item in items if lacking(item, answers.get(item.code)))


def photos_missing(items: Iterable[Item], answers: Answers) -> tuple[Item, ...]:
    """The key items that were done but have no photo; what does not apply needs none."""
    done = (ItemAnswer.OK, ItemAnswer.ADJUSTED, ItemAnswer.ABNORMAL)
    return tuple(
        item
        for item in items
        if item.key
        and (stored := answers.get(item.code))
        and stored.get("answer") in done
        and not stored.get("photo")
    )


def replies_of(stored: StoredItem) -> list[StoredReply]:
    """The newest answer of every person, the one that stands first."""
    own = reply_alone(stored)
    return [*([own] if own.get("at") or own.get("answer") else []), *stored.get("others", [])]


def reply_alone(stored: StoredItem | StoredReply) -> StoredReply:
    """One person's answer without what belongs to the item."""
    keys = ("answer", "note", "at", "by", "taken_back")
    return {key: stored[key] for key in keys if key in stored}  # type: ignore[literal-required, return-value]


def reply_of(stored: StoredItem, person: str) -> StoredReply:
    """What the page of this person shows: his own answer, else the one that stands."""
    own = (reply for reply in replies_of(stored) if reply.get("by") == person and reply.get("answer"))
    return next(own, reply_alone(stored))


def in_conflict(stored: StoredItem) -> bool:
    """Whether one person says 异常 and another does not."""
    answers = {
        reply["answer"] for reply in replies_of(stored) if reply.get("answer") and "taken_back" not in reply
    }
    return ItemAnswer.ABNORMAL in answers and len(answers) > 1


def conflicts(answers: Answers) -> dict[str, list[StoredReply]]:
    """The answers of each item of which one person says 异常 and another does not."""
    return {code: replies_of(stored) for code, stored in answers.items() if in_conflict(stored)}


def merged(
    stored: Answers, replies: Sequence[ItemReply], by: str, locked: frozenset[str]
) -> dict[str, StoredItem]:
    """The answers with those of one person that are newer than his own. What has become a finding (`locked`)
    stands for good, and what a colleague says of it is stored beside it."""
    answers = dict(stored)
    for reply in sorted(replies, key=lambda one: one.at):
        before = answers.get(reply.code, {})
        fresh: StoredReply = {
            "answer": reply.answer or "",
            "note": reply.note.strip()[:NOTE_LENGTH],
            "at": reply.at.isoformat(),
            "by": by,
        }
        by_person = {one.get("by", ""): one for one in replies_of(before)}
        is_finding = reply.code in locked
        if is_finding and before.get("by") == by:
            continue
        if by in by_person and _newness(by_person[by]) >= _newness(fresh):
            continue
        by_person[by] = fresh
        first = reply_alone(before) if is_finding else None
        answers[reply.code] = _item(before, list(by_person.values()), first)
    return answers


def taken_back(stored: StoredItem, taking: TakenBack) -> StoredItem:
    """The item with every 异常 of it taken back; all stay in sight."""
    replies = [
        {**reply, "taken_back": taking} if reply.get("answer") == ItemAnswer.ABNORMAL else reply
        for reply in replies_of(stored)
    ]
    return _item(stored, cast(list[StoredReply], replies))


def replaced(before: Answers, after: Answers) -> dict[str, list[StoredReply]]:
    """What people had answered before and answer otherwise now, by item: for the line of the ledger."""
    gone = {}
    for code, stored in after.items():
        now = replies_of(stored)
        lost = [reply for reply in replies_of(before.get(code, {})) if reply not in now]
        if lost:
            gone[code] = lost
    return gone


def instants(answers: Answers) -> list[datetime]:
    """When each answer was given, where that is on file."""
    every = (reply for stored in answers.values() for reply in replies_of(stored))
    return [datetime.fromisoformat(reply["at"]) for reply in every if reply.get("at")]


def remark_text(remarks: Mapping[str, StoredRemark]) -> str:
    """The remarks of all, the oldest first."""
    return "\n".join(remark["text"] for remark in sorted(remarks.values(), key=lambda one: one["at"]))


def _item(before: StoredItem, replies: list[StoredReply], first: StoredReply | None = None) -> StoredItem:
    first = first if first is not None else max(replies, key=_weight)
    others = sorted((one for one in replies if one != first), key=lambda one: one.get("by", ""))
    item = cast(StoredItem, dict(first))
    if others:
        item["others"] = others
    if "photo" in before:
        item["photo"] = before["photo"]
    return item


def _newness(reply: StoredReply) -> tuple[datetime, bool, str, str]:
    """Which of one person's answers is the newer; of two of the same instant the graver."""
    at = datetime.fromisoformat(reply["at"]) if reply.get("at") else datetime.min.replace(tzinfo=UTC)
    answer = reply.get("answer", "")
    return at, answer == ItemAnswer.ABNORMAL, answer, reply.get("note", "")


def _weight(reply: StoredReply) -> tuple[bool, bool, bool, datetime, str]:
    """Which of several people's answers stands: an 异常, one that is described, the newest."""
    valid = bool(reply.get("answer")) and "taken_back" not in reply
    abnormal = valid and reply.get("answer") == ItemAnswer.ABNORMAL
    return abnormal, abnormal and bool(reply.get("note")), valid, _newness(reply)[0], reply.get("by", "")


def wrong_note(note: str) -> Message | None:
    if len(note.strip()) <= NOTE_LENGTH:
        return None
    return Message(
        N_("At most %(most)d characters; you have %(typed)d."),
        {"most": NOTE_LENGTH, "typed": len(note.strip())},
    )
