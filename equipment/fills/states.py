"""States of a fill, what a scan is for, how the papers stand, and the faults people point at
(docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class FillState(Labelled):
    REFUSED = "refused", N_("Refused"), "red"
    OPEN = "open", N_("Filling"), "blue"
    FILLED = "filled", N_("Filled"), "green"
    OVERFILLED = "overfilled", N_("Overfilled, to be drawn down"), "red"
    FAILED = "failed", N_("Failed the post-fill check"), "red"
    NOT_FILLED = "not_filled", N_("Not filled"), "grey"
    VOID = "void", N_("Scanned by mistake"), "grey"


FILL_CHANGES: dict[FillState, set[FillState]] = {
    FillState.OPEN: {
        FillState.REFUSED,
        FillState.FILLED,
        FillState.OVERFILLED,
        FillState.FAILED,
        FillState.NOT_FILLED,
        FillState.VOID,
    },
    FillState.OVERFILLED: {FillState.FILLED, FillState.FAILED},
    # what a late message says went in before it was refused, or after midnight had closed it;
    # open again where two people set the refusal aside
    FillState.REFUSED: {FillState.OPEN, FillState.FILLED, FillState.OVERFILLED, FillState.FAILED},
    FillState.NOT_FILLED: {FillState.REFUSED, FillState.FILLED, FillState.OVERFILLED, FillState.FAILED},
    FillState.FILLED: set(),
    FillState.FAILED: set(),
    FillState.VOID: set(),
}


class ManifoldState(Labelled):
    """汇流排: many bottles filled at once, with one start, one end and one pressure."""

    OPEN = "open", N_("Bottles are hooked on"), "blue"
    FILLING = "filling", N_("The manifold is filling"), "amber"
    ENDED = "ended", N_("Ended"), "green"
    CANCELLED = "cancelled", N_("Broken off"), "grey"


MANIFOLD_CHANGES: dict[ManifoldState, set[ManifoldState]] = {
    ManifoldState.OPEN: {ManifoldState.FILLING, ManifoldState.CANCELLED},
    ManifoldState.FILLING: {ManifoldState.ENDED, ManifoldState.CANCELLED},
    ManifoldState.ENDED: set(),
    ManifoldState.CANCELLED: set(),
}


class Hook(Labelled):
    """How a bottle stands on a manifold before gas flows."""

    READY = "ready", N_("Ready"), "green"
    UNCHECKED = "unchecked", N_("To be looked over"), "amber"
    RED = "red", N_("Take it off"), "red"
    OFF = "off", N_("Taken off"), "grey"
    ON = "on", N_("Takes part"), "blue"


class Ruling(Labelled):
    """判禁后充装: what the bureau says of a bottle that was filled while filling it was forbidden."""

    PENDING = "pending", N_("Filled although forbidden (to be verified)"), "amber"
    VIOLATION = "violation", N_("Filled although forbidden: a violation"), "red"
    NO_VIOLATION = "no_violation", N_("Filled although forbidden: no violation"), "grey"


RULING_CHANGES: dict[Ruling, set[Ruling]] = {
    Ruling.PENDING: {Ruling.VIOLATION, Ruling.NO_VIOLATION},
    Ruling.VIOLATION: set(),
    Ruling.NO_VIOLATION: set(),
}


class ClockRuling(Labelled):
    """时间待核实: what the bureau says of a fill whose own time nobody vouches for."""

    PENDING = "pending", N_("Time of the device (to be verified)"), "amber"
    VIOLATION = "violation", N_("Time of the device: falsified, a violation"), "red"
    NO_VIOLATION = "no_violation", N_("Time of the device: cleared up"), "grey"


CLOCK_RULING_CHANGES: dict[ClockRuling, set[ClockRuling]] = {
    ClockRuling.PENDING: {ClockRuling.VIOLATION, ClockRuling.NO_VIOLATION},
    ClockRuling.VIOLATION: set(),
    ClockRuling.NO_VIOLATION: set(),
}


class ScanPurpose(Labelled):
    FILL = "fill", N_("Fill"), "blue"
    RECEIVE = "receive", N_("Receive"), "grey"
    LOOK = "look", N_("Look up"), "grey"


class Pile(Labelled):
    """收瓶: where a bottle goes that was brought in."""

    GOOD = "good", N_("Fillable"), "green"
    INSPECT = "inspect", N_("To be inspected"), "amber"
    SCRAP = "scrap", N_("Scrap"), "red"
    ASIDE = "aside", N_("Locked, set apart"), "red"
    NO_CODE = "no_code", N_("No code"), "red"
    FOREIGN = "foreign", N_("Another station's bottles"), "red"


class DayPaper(Labelled):
    """当日记录: the papers of a station's day."""

    PRE_CHECK = "pre_check", N_("Record of checks before filling"), "blue"
    FILL = "fill", N_("Record of filling"), "blue"
    POST_CHECK = "post_check", N_("Record of checks after filling"), "blue"
    HANDOVER = "handover", N_("Handover sheet"), "blue"


class Sanction(Labelled):
    """How the station's licence or the operator's certificate stands towards this gas (R29)."""

    VALID = "valid", N_("Valid"), "green"
    NO_LICENCE = "no_licence", N_("The station has no filling licence in force"), "red"
    NOT_COVERED = "not_covered", N_("The filling licence does not cover this gas"), "red"
    NOBODY = "nobody", N_("Nobody is named as operator"), "amber"
    UNKNOWN = (
        "unknown_person",
        N_("The card or certificate is not known at this station, or no longer valid"),
        "red",
    )
    NO_CERTIFICATE = "no_certificate", N_("The operator has no filling certificate in force"), "red"


class Treatment(Labelled):
    """What is done with a refused bottle: every red verdict ends in one of these."""

    INSPECT = "inspect", N_("Sent for inspection"), "amber"
    RETURN = "return", N_("Returned to the user"), "grey"
    ISOLATE = "isolate", N_("Isolated"), "amber"
    SCRAP = "scrap", N_("To be scrapped"), "red"
    WRONG_FILE = "wrong_file", N_("Record is wrong"), "blue"
    TREATED = "treated", N_("Treated, to be checked again"), "green"


class Fault(Labelled):
    """What a person sees wrong before the fill: a picture to tap."""

    VALVE = "valve", N_("Valve"), "red"
    GUARD = "guard", N_("Guard"), "red"
    BASE = "base", N_("Foot ring"), "red"
    CAP = "cap", N_("Cap"), "red"
    RINGS = "rings", N_("Shock rings"), "red"
    PLUG = "plug", N_("Fusible plug"), "red"
    DEFORMED = "deformed", N_("Deformed"), "red"
    CORRODED = "corroded", N_("Corroded"), "red"
    BURNT = "burnt", N_("Burnt"), "red"
    NO_PRESSURE = "no_pressure", N_("No residual pressure"), "red"
    MARKS = "marks", N_("Stamps illegible"), "red"
    COLOUR = "colour", N_("Wrong colour"), "red"
    OIL = "oil", N_("Oil or grease"), "red"


# The check item that fails and the reason it means, by fault.
FAULTS: dict[Fault, tuple[str, str]] = {
    Fault.VALVE: ("P09", "R15"),
    Fault.GUARD: ("P09", "R15"),
    Fault.BASE: ("P09", "R15"),
    Fault.CAP: ("P09", "R15"),
    Fault.RINGS: ("P09", "R15"),
    Fault.PLUG: ("P09", "R26"),
    Fault.DEFORMED: ("P08", "R16"),
    Fault.CORRODED: ("P08", "R16"),
    Fault.BURNT: ("P08", "R17"),
    Fault.NO_PRESSURE: ("P07", "R14"),
    Fault.MARKS: ("P03", "R05"),
    Fault.COLOUR: ("P04", "R06"),
    Fault.OIL: ("P10", "R18"),
}
# Parts that only some bottles have, by fill group (docs/facts/cylinders.md 5); other faults are seen on all.
_INDUSTRIAL = frozenset({"compressed", "liquefied", "acetylene"})
FAULT_GROUPS: dict[Fault, frozenset[str]] = {
    Fault.GUARD: frozenset({"lpg"}),
    Fault.BASE: frozenset({"lpg"}),
    Fault.CAP: _INDUSTRIAL,
    Fault.RINGS: _INDUSTRIAL,
    Fault.PLUG: frozenset({"acetylene"}),
}


class RecordFault(Labelled):
    """信息有误: what the record says otherwise than stamp and ring."""

    DATES = "dates", N_("Inspection day"), "blue"
    NUMBER = "number", N_("Stamped number"), "blue"
    TARE = "tare", N_("Tare or volume"), "blue"
    MEDIUM = "medium", N_("Medium"), "blue"
    MANUFACTURE = "manufacture", N_("Made on, service life"), "blue"
    OWNER = "owner", N_("Owner"), "blue"


class CustodyState(Labelled):
    """托管: offered by the owner of bottles, agreed to by the station that is to keep and fill them, ended by
    either."""

    OFFERED = "offered", N_("Waits for the station"), "blue"
    AGREED = "agreed", N_("Agreed"), "green"
    DECLINED = "declined", N_("Not taken by the station"), "red"
    ENDED = "ended", N_("Ended before its day"), "grey"


CUSTODY_CHANGES: dict[CustodyState, set[CustodyState]] = {
    CustodyState.OFFERED: {CustodyState.AGREED, CustodyState.DECLINED, CustodyState.ENDED},
    CustodyState.AGREED: {CustodyState.ENDED},
    CustodyState.DECLINED: set(),
    CustodyState.ENDED: set(),
}
