"""States of a lot on its way to the inspection body and back, and of each bottle of it. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class LotState(Labelled):
    """送检批: put together, handed over, received, inspected."""

    PACKING = "packing", N_("Being put together"), "blue"
    ON_WAY = "on_way", N_("On its way"), "amber"
    ARRIVING = "arriving", N_("Being received"), "amber"
    RECEIVED = "received", N_("At the inspection body"), "blue"
    FINISHED = "finished", N_("Inspected, all out"), "green"
    WITHDRAWN = "withdrawn", N_("Withdrawn"), "grey"


L = LotState
LOT_CHANGES: dict[LotState, set[LotState]] = {
    L.PACKING: {L.ON_WAY, L.WITHDRAWN},
    L.ON_WAY: {L.ARRIVING, L.RECEIVED, L.WITHDRAWN},
    L.ARRIVING: {L.RECEIVED},
    L.RECEIVED: {L.FINISHED},
    L.FINISHED: set(),
    L.WITHDRAWN: set(),
}


class LotRowState(Labelled):
    """One bottle of a lot."""

    PACKED = "packed", N_("In the lot"), "blue"
    RECEIVED = "received", N_("Received, to be inspected"), "blue"
    JUDGED = "judged", N_("Inspected, still on the line"), "amber"
    LEFT = "left", N_("Left the line"), "green"
    RETURNED = "returned", N_("Goes back uninspected"), "grey"
    MISSING = "missing", N_("Missing"), "red"
    TAKEN_OUT = "taken_out", N_("Taken out of the lot"), "grey"


R = LotRowState
LOT_ROW_CHANGES: dict[LotRowState, set[LotRowState]] = {
    R.PACKED: {R.RECEIVED, R.MISSING, R.TAKEN_OUT},
    R.RECEIVED: {R.JUDGED, R.RETURNED},
    R.JUDGED: {R.RECEIVED, R.LEFT},
    R.MISSING: {R.RECEIVED},
    R.LEFT: set(),
    R.RETURNED: set(),
    R.TAKEN_OUT: set(),
}
# A bottle in one of these cannot go into a second lot.
IN_A_LOT = (R.PACKED, R.RECEIVED, R.JUDGED)
ON_THE_LINE = (R.RECEIVED, R.JUDGED)  # the body still has it


class Difference(Labelled):
    """What was not as the 送检单 says when the lot was received; stays with its row."""

    MISSING = "missing", N_("On the paper, not there"), "red"
    EXTRA = "extra", N_("There, not on the paper"), "amber"
    FOREIGN = "foreign", N_("Another unit's bottle"), "red"
    UNKNOWN = "unknown", N_("No code or no file"), "red"


class BenchVerdict(Labelled):
    """What the bench says of a bottle before it leaves the line."""

    PASSED = "passed", N_("Conforming"), "green"
    NEW_VALVE = "new_valve", N_("Conforming with a new valve"), "green"
    SCRAP = "scrap", N_("To be scrapped"), "red"


class DestructionMethod(Labelled):
    """How a scrapped bottle was dealt with; which of these make it unusable, the pack says."""

    CRUSHED = "crushed", N_("Crushed"), "green"
    CUT = "cut", N_("Cut apart"), "green"
    DRILLED = "drilled", N_("Drilled only"), "red"
    THREAD = "thread", N_("Neck thread spoilt only"), "red"


HAND_OVER, RECEIPT = "hand_over", "receipt"  # the papers of a lot: 送检单, 收检回执
