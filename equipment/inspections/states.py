"""States of what follows a result: the 检验意见通知书 with its items, and the 使用标志. Pure."""

from __future__ import annotations

from collections.abc import Collection

from equipment.core.words import N_, Labelled


class OpinionState(Labelled):
    """检验意见通知书: the unit answers, the body confirms or asks again."""

    OPEN = "open", N_("Waits for the unit"), "amber"
    ANSWERED = "answered", N_("Waits for the body"), "blue"
    CLOSED = "closed", N_("All confirmed"), "green"
    VOID = "void", N_("Void: the result was corrected"), "grey"


OPINION_CHANGES: dict[OpinionState, set[OpinionState]] = {
    OpinionState.OPEN: {OpinionState.ANSWERED, OpinionState.CLOSED, OpinionState.VOID},
    OpinionState.ANSWERED: {OpinionState.OPEN, OpinionState.CLOSED, OpinionState.VOID},
    OpinionState.CLOSED: {OpinionState.VOID},
    OpinionState.VOID: set(),
}
RUNNING = (OpinionState.OPEN, OpinionState.ANSWERED)


class ItemState(Labelled):
    """One item of it."""

    OPEN = "open", N_("To be answered"), "amber"
    ANSWERED = "answered", N_("Answered"), "blue"
    AGAIN = "again", N_("Asked again"), "red"
    CONFIRMED = "confirmed", N_("Confirmed"), "green"


ITEM_CHANGES: dict[ItemState, set[ItemState]] = {
    ItemState.OPEN: {ItemState.ANSWERED},
    ItemState.ANSWERED: {ItemState.ANSWERED, ItemState.AGAIN, ItemState.CONFIRMED},
    ItemState.AGAIN: {ItemState.ANSWERED},
    ItemState.CONFIRMED: set(),
}


def opinion_state(items: Collection[ItemState]) -> OpinionState:
    """Whose turn it is: the unit's while any item wants an answer, then the body's until all are
    confirmed."""
    if any(item in (ItemState.OPEN, ItemState.AGAIN) for item in items):
        return OpinionState.OPEN
    if all(item is ItemState.CONFIRMED for item in items):
        return OpinionState.CLOSED
    return OpinionState.ANSWERED


class MarkState(Labelled):
    """使用标志: one per piece is current; a new inspection replaces it, a lost or spoilt one is printed anew."""

    CURRENT = "current", N_("Current"), "green"
    REPLACED = "replaced", N_("Replaced"), "grey"
    LOST = "lost", N_("Lost"), "amber"
    SPOILT = "spoilt", N_("Mark spoilt"), "amber"


MARK_CHANGES: dict[MarkState, set[MarkState]] = {
    MarkState.CURRENT: {MarkState.REPLACED, MarkState.LOST, MarkState.SPOILT},
    MarkState.REPLACED: set(),
    MarkState.LOST: set(),
    MarkState.SPOILT: set(),
}
