"""States of a public report (docs/states.md), and the one answer of the public page: the worst truth.
Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from equipment.core.words import N_, Labelled
from equipment.register.rules import EquipmentStatus


class ReportState(Labelled):
    """公众举报: 受理 → 核查 → 反馈 → 归档."""

    RECEIVED = "received", N_("Report received"), "blue"
    CHECKING = "checking", N_("Being checked"), "amber"
    ANSWERED = "answered", N_("Answered"), "green"
    FILED = "filed", N_("Filed"), "grey"


REPORT_CHANGES: dict[ReportState, set[ReportState]] = {
    ReportState.RECEIVED: {ReportState.CHECKING, ReportState.ANSWERED},
    ReportState.CHECKING: {ReportState.ANSWERED},
    ReportState.ANSWERED: {ReportState.FILED},
    ReportState.FILED: set(),
}


class Answer(Labelled):
    """The one big answer of the public page; the colour is the page's."""

    VALID = "valid", N_("Within its inspection period"), "good"
    STOP_USE = "stop_use", N_("Use stopped: do not use"), "bad"
    FAILED = "failed", N_("Inspection failed: do not use"), "bad"
    OVERDUE = "overdue", N_("Inspection overdue: do not use"), "bad"
    PAST_LIFE = "past_life", N_("Past its service life: do not use"), "bad"
    SCRAPPED = "scrapped", N_("Scrapped: do not use"), "bad"
    LOCKED = "locked", N_("Locked: do not use"), "bad"
    STOPPED = "stopped", N_("Out of use: do not use"), "bad"
    UNSTATED = "unstated", N_("Inspection state not known"), "warn"
    VOID = "void", N_("This label is void"), "bad"
    FORGED = "forged", N_("Not a genuine label"), "bad"
    BLANK = "blank", N_("Label not in use yet"), "unknown"
    TEST = "test", N_("Test label: do not accept"), "bad"
    MISTYPED = "mistyped", N_("Code misread: scan again"), "unknown"
    UNKNOWN = "unknown", N_("No such equipment"), "unknown"


GONE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)


class PieceState(NamedTuple):
    """What the register knows of a piece, as far as it tells the public anything."""

    status: str = EquipmentStatus.IN_USE
    label_is_void: bool = False
    stop_use_since: date | None = None
    inspection_failed_on: date | None = None
    end_of_life_on: date | None = None
    inspection_due_on: date | None = None


def worst_answer(piece: PieceState, on: date) -> Answer:
    """The worst truth about a piece: whatever else holds of it, the first of these that does is said."""
    truths = (
        (piece.status in GONE, Answer.SCRAPPED),
        (piece.label_is_void, Answer.VOID),
        (piece.status == EquipmentStatus.LOCKED, Answer.LOCKED),
        (piece.stop_use_since is not None, Answer.STOP_USE),
        (piece.inspection_failed_on is not None, Answer.FAILED),
        (piece.status != EquipmentStatus.IN_USE, Answer.STOPPED),
        (piece.end_of_life_on is not None and piece.end_of_life_on < on, Answer.PAST_LIFE),
        (piece.inspection_due_on is None, Answer.UNSTATED),
        (piece.inspection_due_on is not None and piece.inspection_due_on < on, Answer.OVERDUE),
    )
    return next((answer for holds, answer in truths if holds), Answer.VALID)


class ReportKind(Labelled):
    """What a stranger can say is wrong."""

    LEAK = "leak", N_("Leaking or damaged")
    OVERDUE = "overdue", N_("Overdue or scrapped, still in use")
    FAULT = "fault", N_("Breaks down or moves strangely")
    LABEL = "label", N_("Label missing or torn")
    FORGED = "forged", N_("Label forged: the code is not genuine")
    OTHER = "other", N_("Something else")
