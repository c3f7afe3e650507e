"""States of a fill and what a scan is for (docs/states.md). Pure."""
from __future__ import annotations

from equipment.words import Labelled, N_


class FillState(Labelled):
    REFUSED = "refused", N_("Refused"), "red"
    OPEN = "open", N_("Filling"), "blue"
    FILLED = "filled", N_("Filled"), "green"
    OVERFILLED = "overfilled", N_("Overfilled, to be drawn down"), "red"
    FAILED = "failed", N_("Failed the post-fill check"), "red"
    NOT_FILLED = "not_filled", N_("Not filled"), "grey"
    VOID = "void", N_("Scanned by mistake"), "grey"


FILL_CHANGES: dict[FillState, set[FillState]] = {
    FillState.OPEN: {FillState.FILLED, FillState.OVERFILLED, FillState.FAILED, FillState.NOT_FILLED, FillState.VOID},
    FillState.OVERFILLED: {FillState.FILLED, FillState.FAILED},
    FillState.REFUSED: set(), FillState.FILLED: set(), FillState.FAILED: set(), FillState.NOT_FILLED: set(), FillState.VOID: set(),
}


class ScanPurpose(Labelled):
    FILL = "fill", N_("Fill"), "blue"
    RECEIVE = "receive", N_("Receive"), "grey"
    LOOK = "look", N_("Look up"), "grey"


class Treatment(Labelled):
    """What is done with a refused bottle: every red verdict ends in one of these."""

    INSPECT = "inspect", N_("Sent for inspection"), "amber"
    RETURN = "return", N_("Returned to the user"), "grey"
    ISOLATE = "isolate", N_("Isolated"), "amber"
    SCRAP = "scrap", N_("To be scrapped"), "red"
    WRONG_FILE = "wrong_file", N_("Record is wrong"), "blue"
