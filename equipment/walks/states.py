"""超期核查: how a row of a round stands, what an officer saw at a piece, what was made of it (docs/states.md).
Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class WalkRowState(Labelled):
    TO_WALK = "to_walk", N_("Not walked yet"), "amber"
    WALKED = "walked", N_("Walked, to be settled"), "blue"
    SETTLED = "settled", N_("Settled after the walk"), "green"
    CLOSED = "closed", N_("Dropped by itself"), "grey"


WALK_ROW_CHANGES: dict[WalkRowState, set[WalkRowState]] = {
    WalkRowState.TO_WALK: {WalkRowState.WALKED, WalkRowState.CLOSED},
    WalkRowState.WALKED: {
        WalkRowState.WALKED,  # corrected by another tap
        WalkRowState.TO_WALK,  # 再核查: sent back with a reason
        WalkRowState.SETTLED,
        WalkRowState.CLOSED,
    },
    WalkRowState.SETTLED: set(),
    WalkRowState.CLOSED: set(),
}
OPEN_ROWS = (WalkRowState.TO_WALK, WalkRowState.WALKED)


class WalkOutcome(Labelled):
    """What an officer saw: one tap."""

    IN_USE = "in_use", N_("Still in use"), "red"
    STOPPED = "stopped", N_("Already out of use"), "amber"
    REMOVED = "removed", N_("Already taken down"), "grey"
    ABSENT = "absent", N_("No such piece there"), "amber"
    APPLIED = "applied", N_("Inspection applied for already"), "blue"
    INSPECTED = "inspected", N_("Inspected, report to come"), "green"


class WalkSettlement(Labelled):
    """What is made of an outcome."""

    HAZARD = "hazard", N_("General hazard confirmed"), "red"
    STOP = "stop", N_("Put out of use"), "amber"
    CANCEL = "cancel", N_("Deregistered after the walk"), "grey"
    DOUBT = "doubt", N_("Marked as to be verified"), "amber"
    APPLY = "apply", N_("Application at the inspection body"), "blue"


class WalkClosing(Labelled):
    """Why a row closed by itself."""

    NOT_OVERDUE = "not_overdue", N_("No longer overdue: inspected or put off meanwhile"), "green"
    OUT_OF_USE = "out_of_use", N_("No longer in use"), "grey"
    ELSEWHERE = "elsewhere", N_("Now in another office’s area"), "grey"


class WalkVia(Labelled):
    PHONE = "phone", N_("Seen with a phone"), "blue"
    PAPER = "paper", N_("Typed from paper"), "grey"
