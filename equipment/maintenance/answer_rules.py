"""The answers of a checklist: what makes one complete, and which of several stands. Pure.

An item holds the newest answer of each person, its readings with it. An 异常 stands whatever a colleague says
of
the same item, and so does a reading outside its limit that was called normal; only who gave it takes it
back, or the manager with a reason. So the order in which phones arrive decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple, TypedDict, cast

from equipment.core.text import Text
from equipment.core.words import N_, Message
from equipment.maintenance.states import ItemAnswer
from equipment.regulation.checklists import Item
from equipment.regulation.item_readings import Judgement, is_incomplete, is_odd, is_outside

NOTE_LENGTH = 300
LACKS: Mapping[str, Message] = {
    "answer": Message(N_("Not answered yet")),
    "reason": Message(N_("Say why it does not apply")),
    "text": Message(N_("Say what is abnormal")),
    "photo": Message(N_("Take a photo")),
    "reading": Message(N_("Enter the reading")),
    "outside": Message(N_("The reading is outside the limit: not normal. Adjust it, or answer abnormal")),
    "after": Message(N_("Enter the reading after the adjustment")),
    "outside_after": Message(N_("Still outside the limit after the adjustment: answer abnormal")),
    "odd": Message(N_("An unusual reading: look at it again, then tick that it is right")),
}


class TakenBack(TypedDict):
    """Who took back somebody else's 异常, when, and why."""

    by: str
    at: str
    reason: str


class StoredReply(TypedDict, total=False):
    """What one person answered; `at` is the phone's word, `by` a user id. `readings` are whole numbers of the
    smallest step by key, `after` those once it was adjusted; `sure`: an unusual one was looked at again;
    `outside`: called normal though a reading is outside its limit."""

    answer: str
    note: str
    at: str
    by: str
    taken_back: TakenBack
    readings: dict[str, int]
    after: dict[str, int]
    sure: bool
    outside: bool


class StoredItem(StoredReply, total=False):
    """The answer to one item that stands; beside it the newest of every other person, and the photo (an
    attachment's id) with who took it."""

    photo: str
    photo_by: str
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
    typed: Mapping[str, str] = field(default_factory=dict)  # readings as they were typed
    typed_after: Mapping[str, str] = field(default_factory=dict)
    sure: bool = False
    readings: Mapping[str, int] = field(default_factory=dict)  # as `measured` reads them
    after: Mapping[str, int] = field(default_factory=dict)
    outside: bool = False

    @property
    def content(self) -> list[object]:
        """By what a message is known again; only what was said, for messages of before readings."""
        parts: list[object] = [self.code, self.answer, self.note, self.at.isoformat()]
        if self.typed or self.typed_after or self.sure:
            parts.append([sorted(self.typed.items()), sorted(self.typed_after.items()), self.sure])
        return parts


def measured(item: Item, reply: ItemReply) -> ItemReply | Message:
    """The reply with its readings as amounts; why one is none otherwise."""
    amounts: list[dict[str, int]] = []
    for typed in (reply.typed, reply.typed_after):
        amounts.append({})
        for key, text in typed.items():
            reading = next((one for one in item.readings if one.key == key), None)
            if reading is None:
                return Message(N_("This item has no such reading."))
            if not text.strip():
                continue
            amount = reading.amount_in(text)
            if isinstance(amount, Message):
                return amount
            amounts[-1][key] = amount
    readings, after = amounts
    last = after if reply.answer is ItemAnswer.ADJUSTED else readings
    normal = reply.answer in (ItemAnswer.OK, ItemAnswer.ADJUSTED)
    return replace(reply, readings=readings, after=after, outside=normal and is_outside(item.readings, last))


def lacking(item: Item, stored: StoredItem | None, key_photo: bool = False) -> str:
    """What an answer still lacks to be complete, a name of `LACKS`, or nothing. `key_photo`: key items are
    nothing without a photo, whatever the answer (a choice of the bureau)."""
    answer = (stored or {}).get("answer")
    if not stored or not answer or "taken_back" in stored:
        return "answer"
    if answer == ItemAnswer.NOT_APPLICABLE:
        return "" if stored.get("note") else "reason"
    if answer == ItemAnswer.ABNORMAL and not stored.get("note"):
        return "text"
    if lack := _reading_lacking(item, stored):
        return lack
    needs_photo = item.photo or (item.key and (key_photo or answer == ItemAnswer.ABNORMAL))
    return "photo" if needs_photo and not stored.get("photo") else ""


def _reading_lacking(item: Item, stored: StoredItem) -> str:
    """What the readings lack. Whatever is abnormal may be past measuring."""
    readings, after = stored.get("readings", {}), stored.get("after", {})
    answer = stored.get("answer")
    if answer != ItemAnswer.ABNORMAL and is_incomplete(item.readings, readings):
        return "reading"
    if answer == ItemAnswer.ADJUSTED and is_incomplete(item.readings, after):
        return "after"
    if (is_odd(item.readings, readings) or is_odd(item.readings, after)) and not stored.get("sure"):
        return "odd"
    if answer == ItemAnswer.OK and is_outside(item.readings, readings):
        return "outside"
    if answer == ItemAnswer.ADJUSTED and is_outside(item.readings, after):
        return "outside_after"
    return ""


def missing(items: Iterable[Item], answers: Answers, key_photo: bool = False) -> tuple[Item, ...]:
    """The items that are not completely answered."""
    return tuple(item for item in items if lacking(item, answers.get(item.code), key_photo))


class ShownReading(NamedTuple):
    """One reading of an answer in words: what was measured, its limit, and whether it lies within."""

    name: Text
    text: str
    limit: str
    ok: bool
    after: bool  # measured after an adjustment


def readings_of(stored: StoredItem | StoredReply, item: Item) -> tuple[ShownReading, ...]:
    """The readings of an answer, before and after an adjustment, for the record."""
    return tuple(
        ShownReading(
            one.name,
            one.shown(amounts[one.key]),
            one.limit,
            one.judge(amounts[one.key]) is Judgement.INSIDE,
            is_after,
        )
        for amounts, is_after in ((stored.get("readings", {}), False), (stored.get("after", {}), True))
        for one in item.readings
        if one.key in amounts
    )


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
    keys = ("answer", "note", "at", "by", "taken_back", "readings", "after", "sure", "outside")
    return {key: stored[key] for key in keys if key in stored}  # type: ignore[literal-required, return-value]


def reply_of(stored: StoredItem, person: str) -> StoredReply:
    """What the page of this person shows: his own answer, else the one that stands."""
    own = (reply for reply in replies_of(stored) if reply.get("by") == person and reply.get("answer"))
    return next(own, reply_alone(stored))


def is_bad(reply: StoredReply) -> bool:
    """Whether somebody says 异常, or calls normal what he measured outside the limit, and stands by it."""
    if "taken_back" in reply:
        return False
    return reply.get("answer") == ItemAnswer.ABNORMAL or bool(reply.get("outside"))


def in_conflict(stored: StoredItem) -> bool:
    """Whether one person says or measured 异常 and another did not."""
    valid = [
        is_bad(reply) for reply in replies_of(stored) if reply.get("answer") and "taken_back" not in reply
    ]
    return any(valid) and not all(valid)


def with_photo(stored: StoredItem, photo: str, by: str) -> StoredItem:
    """The item with a new photo: that of who found it bad is not replaced by a colleague's."""
    holds = stored.get("photo") and is_bad(stored) and stored.get("by") == stored.get("photo_by") != by
    if holds:
        return stored
    return cast(StoredItem, {"answer": "", "note": "", **stored, "photo": photo, "photo_by": by})


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
        if reply.readings:
            fresh["readings"] = dict(reply.readings)
        if reply.after:
            fresh["after"] = dict(reply.after)
        if reply.sure:
            fresh["sure"] = True
        if reply.outside:
            fresh["outside"] = True
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
    """The item with every 异常 of it taken back, measured or said; all stay in sight."""
    replies = [{**reply, "taken_back": taking} if is_bad(reply) else reply for reply in replies_of(stored)]
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
    if "photo_by" in before:
        item["photo_by"] = before["photo_by"]
    return item


def _newness(reply: StoredReply) -> tuple[datetime, bool, str, str]:
    """Which of one person's answers is the newer; of two of the same instant the graver."""
    at = datetime.fromisoformat(reply["at"]) if reply.get("at") else datetime.min.replace(tzinfo=UTC)
    answer = reply.get("answer", "")
    return at, answer == ItemAnswer.ABNORMAL, answer, reply.get("note", "")


def _weight(reply: StoredReply) -> tuple[bool, bool, bool, datetime, str]:
    """Which of several people's answers stands: an 异常, one that is described, the newest."""
    valid = bool(reply.get("answer")) and "taken_back" not in reply
    bad = valid and is_bad(reply)
    return bad, bad and bool(reply.get("note")), valid, _newness(reply)[0], reply.get("by", "")


def wrong_note(note: str) -> Message | None:
    if len(note.strip()) <= NOTE_LENGTH:
        return None
    return Message(
        N_("At most %(most)d characters; you have %(typed)d."),
        {"most": NOTE_LENGTH, "typed": len(note.strip())},
    )
