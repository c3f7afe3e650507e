"""States of risk lists and of weekly and monthly reports, and what may become what (docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class RiskListState(Labelled):
    DRAFT = "draft", N_("Draft"), "amber"
    ADOPTED = "adopted", N_("Adopted by the unit"), "green"


RISK_LIST_CHANGES: dict[RiskListState, set[RiskListState]] = {
    RiskListState.DRAFT: {RiskListState.ADOPTED},
    RiskListState.ADOPTED: set(),
}


class ControlReportState(Labelled):
    PREPARED = "prepared", N_("Waits for the safety director"), "amber"
    SIGNED = "signed", N_("Waits for the main person in charge"), "amber"
    COMPLETE = "complete", N_("Signed"), "green"


CONTROL_REPORT_CHANGES: dict[ControlReportState, set[ControlReportState]] = {
    ControlReportState.PREPARED: {ControlReportState.SIGNED},
    ControlReportState.SIGNED: {ControlReportState.COMPLETE},
    ControlReportState.COMPLETE: set(),
}
