"""States of a public report (docs/states.md). Pure."""
from __future__ import annotations

from equipment.words import Labelled, N_


class ReportState(Labelled):
    """公众举报: 受理 → 核查 → 反馈 → 归档."""

    RECEIVED = "received", N_("Received"), "blue"
    CHECKING = "checking", N_("Being checked"), "amber"
    ANSWERED = "answered", N_("Answered"), "green"
    FILED = "filed", N_("Filed"), "grey"


REPORT_CHANGES: dict[ReportState, set[ReportState]] = {
    ReportState.RECEIVED: {ReportState.CHECKING, ReportState.ANSWERED},
    ReportState.CHECKING: {ReportState.ANSWERED},
    ReportState.ANSWERED: {ReportState.FILED},
    ReportState.FILED: set(),
}
