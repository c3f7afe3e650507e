"""States of a public report (docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


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
    OVERDUE = "overdue", N_("Inspection overdue: do not use"), "bad"
    PAST_LIFE = "past_life", N_("Past its service life: do not use"), "bad"
    SCRAPPED = "scrapped", N_("Scrapped: do not use"), "bad"
    LOCKED = "locked", N_("Locked: do not use"), "bad"
    STOPPED = "stopped", N_("Out of use: do not use"), "bad"
    UNSTATED = "unstated", N_("Inspection date not verified"), "warn"
    VOID = "void", N_("This label is void"), "bad"
    FORGED = "forged", N_("Not a genuine label"), "bad"
    BLANK = "blank", N_("Label not in use yet"), "unknown"
    MISTYPED = "mistyped", N_("Code misread: scan again"), "unknown"
    UNKNOWN = "unknown", N_("No such equipment"), "unknown"


class ReportKind(Labelled):
    """What a stranger can say is wrong."""

    LEAK = "leak", N_("Leaking or damaged")
    OVERDUE = "overdue", N_("Overdue or scrapped, still in use")
    FAULT = "fault", N_("Breaks down or moves strangely")
    LABEL = "label", N_("Label missing, torn or false")
    OTHER = "other", N_("Something else")
