"""备案: where a filing for maintenance on demand stands. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class FilingState(Labelled):
    APPLIED = "applied", N_("Waits for the bureau"), "amber"
    APPROVED = "approved", N_("Approved"), "green"
    REFUSED = "refused", N_("Not approved"), "red"
    WITHDRAWN = "withdrawn", N_("Withdrawn"), "grey"


class PilotState(Labelled):
    """How maintenance on demand stands for one lift."""

    IN_FORCE = "in_force", N_("On demand, in force"), "green"
    FELL_BACK = "fell_back", N_("By calendar again"), "red"
    WAITING = "waiting", N_("Filed, conditions not met yet"), "amber"


F = FilingState
FILING_CHANGES: dict[FilingState, set[FilingState]] = {
    F.APPLIED: {F.APPROVED, F.REFUSED, F.WITHDRAWN},
    F.APPROVED: {F.WITHDRAWN},
    F.REFUSED: set(),
    F.WITHDRAWN: set(),
}
