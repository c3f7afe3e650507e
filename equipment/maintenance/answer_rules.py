"""The answers of a checklist: what makes one complete, and which of two that arrive out of order stands.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

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


class StoredItem(TypedDict, total=False):
    """The answer to one item as a visit holds it; `at` is the phone's word, `by` a user id, `photo` the id of
    an attachment."""

    answer: str
    note: str
    at: str
    by: str
    photo: str


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
    if not stored or not answer:
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


def merged(
    stored: Answers, replies: Sequence[ItemReply], by: str, locked: frozenset[str]
) -> dict[str, StoredItem]:
    """The answers with those that are newer than what stands; an item that has become a finding keeps its
    answer."""
    answers = dict(stored)
    for reply in sorted(replies, key=lambda one: one.at):
        before = answers.get(reply.code, {})
        if reply.code in locked or before.get("at", "") >= reply.at.isoformat():
            continue
        answers[reply.code] = {
            **before,
            "answer": reply.answer or "",
            "note": reply.note.strip()[:NOTE_LENGTH],
            "at": reply.at.isoformat(),
            "by": by,
        }
    return answers


def wrong_note(note: str) -> Message | None:
    if len(note.strip()) <= NOTE_LENGTH:
        return None
    return Message(
        N_("At most %(most)d characters; you have %(typed)d."),
        {"most": NOTE_LENGTH, "typed": len(note.strip())},
    )
