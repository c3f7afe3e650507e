"""What the patterns in maintenance visits say, in words with their figures."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.core.words import N_, Message
from equipment.suspicions.states import SuspicionKind

Figures = Mapping[str, object]


def lift_note(kind: SuspicionKind, figures: Figures) -> Message:
    """The figures of a pattern; who it was stands beside it."""
    match kind:
        case SuspicionKind.AT_TWO_LIFTS:
            return Message(N_("At two lifts %(metres)s m apart for %(minutes)s minutes"), figures)
        case SuspicionKind.TRAVEL:
            return Message(N_("%(metres)s m in %(seconds)s seconds"), figures)
        case SuspicionKind.BATCH:
            return Message(N_("%(lifts)s lifts within %(minutes)s minutes"), figures)
        case SuspicionKind.SHARED_CARD:
            return _card(figures)
        case SuspicionKind.SAME_ANSWERS:
            return _answers(figures)
        case SuspicionKind.TOO_SHORT:
            return Message(
                N_(
                    "%(visits)s visits: half of them took %(median)s minutes at most, usual are %(usual)s; "
                    "%(hasty)s took less than %(hasty_minutes)s"
                ),
                figures,
            )
        case SuspicionKind.PHOTO_REUSED:
            return Message(N_("Photos that look like those of an earlier visit: %(photos)s"), figures)
        case _:
            return _card(figures)


def _card(figures: Figures) -> Message:
    if "cards" in figures:
        return Message(
            N_(
                "%(cards)s cards shown at one phone at %(visits)s visits, nowhere else, "
                "and hardly ever confirmed"
            ),
            figures,
        )
    if "visits" in figures:
        return Message(N_("%(visits)s visits by the card alone, hardly one confirmed by its person"), figures)
    if "seconds" in figures:
        return Message(N_("The card was %(metres)s m away after %(seconds)s seconds"), figures)
    return Message(N_("The card was at two lifts %(metres)s m apart for %(minutes)s minutes"), figures)


def _answers(figures: Figures) -> Message:
    if "notes" in figures:
        return Message(N_("%(lifts)s lifts with the same %(notes)s notes at the same items"), figures)
    if "seconds" in figures:
        return Message(N_("%(items)s items answered in %(seconds)s seconds"), figures)
    return Message(N_("%(items)s items answered in the rhythm of an earlier checklist"), figures)


EXPLAINED: Mapping[SuspicionKind, str] = {
    SuspicionKind.AT_TWO_LIFTS: N_(
        "The person signed in and out of both lifts by his own sign-in, and they do not lie in one yard: he "
        "cannot have been at both. Clocks that differ by a minute or two do not explain it."
    ),
    SuspicionKind.TRAVEL: N_(
        "Between signing out here and signing in there lies less time than the way takes, measured in a "
        "straight line."
    ),
    SuspicionKind.BATCH: N_(
        "Within minutes the person signed in, or out, at more lifts or more places than anybody works at. It "
        "may be done from a list of codes, away from the lifts."
    ),
    SuspicionKind.SHARED_CARD: N_(
        "A card stands for one person. One that is at two places, or cards that never appear but at a "
        "colleague's phone, are carried by others or copied."
    ),
    SuspicionKind.SAME_ANSWERS: N_(
        "Checklists that were really gone through differ in their rhythm and in what is found. These repeat "
        "each other, or were filled in faster than a finger can."
    ),
    SuspicionKind.TOO_SHORT: N_(
        "Far shorter than visits of this class usually are, and than the minimum: hardly time to read the "
        "checklist. Signing in late explains single visits, not a habit."
    ),
    SuspicionKind.PHOTO_REUSED: N_(
        "The photos look the same down to small parts, also where one was scaled, cut, stamped or written "
        "again. Sister lifts and rooms photographed again differ more."
    ),
    SuspicionKind.CARD_ALONE: N_(
        "The card is shown, and its person never says that it was he, or is signed in elsewhere by his own "
        "sign-in at the same time."
    ),
}
