"""States of a rescue call (docs/states.md), and the words of what is done about it. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class CallState(Labelled):
    CALLED = "called", N_("Call received"), "red"
    DISPATCHED = "dispatched", N_("Rescue on its way"), "amber"
    ARRIVED = "arrived", N_("Rescue at the lift"), "blue"
    RELEASED = "released", N_("People are out"), "blue"
    CLOSED = "closed", N_("Call closed"), "green"
    CANCELLED = "cancelled", N_("Call cancelled"), "grey"
    FALSE = "false", N_("False alarm"), "grey"


CALL_CHANGES: dict[CallState, set[CallState]] = {
    CallState.CALLED: {
        CallState.DISPATCHED,
        CallState.ARRIVED,
        CallState.RELEASED,
        CallState.CANCELLED,
        CallState.FALSE,
    },
    CallState.DISPATCHED: {CallState.ARRIVED, CallState.RELEASED, CallState.CANCELLED, CallState.FALSE},
    CallState.ARRIVED: {CallState.RELEASED, CallState.CANCELLED, CallState.FALSE},
    CallState.RELEASED: {CallState.CLOSED},
    CallState.CLOSED: set(),
    CallState.CANCELLED: set(),
    CallState.FALSE: set(),
}
UNDER_WAY = (CallState.CALLED, CallState.DISPATCHED, CallState.ARRIVED, CallState.RELEASED)
INSIDE = (CallState.CALLED, CallState.DISPATCHED, CallState.ARRIVED)  # people may still be inside
OVER = (CallState.CLOSED, CallState.CANCELLED, CallState.FALSE)
COUNTED = (*UNDER_WAY, CallState.CLOSED)  # in statistics: a real call


class CallSource(Labelled):
    """By what way a call came to us."""

    DESK = "desk", N_("Taken at the desk"), "blue"
    API = "api", N_("From the rescue centre's system"), "blue"
    WORKBOOK = "workbook", N_("From a workbook"), "grey"
    GATEWAY = "gateway", N_("Reported by the lift’s gateway"), "blue"
    CORRECTION = "correction", N_("Corrected record"), "amber"


class CallKind(Labelled):
    """What the caller says has happened."""

    TRAPPED = "trapped", N_("People trapped"), "red"
    FAULT = "fault", N_("Fault, nobody inside"), "amber"
    HURT = "hurt", N_("Somebody was hurt"), "red"


class ArrivalHow(Labelled):
    """By what we know that the rescue was there."""

    SWIPE = "swipe", N_("Swipe at the lift"), "green"
    BUTTON = "button", N_("Said by the technician on his phone"), "blue"
    STATED = "stated", N_("Stated by the rescue centre"), "grey"


class DispatchLevel(Labelled):
    """三级救援: who is sent. Counted from one."""

    FIRM = "1", N_("Level 1: the lift's own firm"), "blue"
    NEARBY = "2", N_("Level 2: another firm nearby"), "amber"
    FIRE = "3", N_("Level 3: fire brigade, 119"), "red"


class DispatchResult(Labelled):
    WAITING = "waiting", N_("No answer yet"), "amber"
    ACCEPTED = "accepted", N_("Accepted, on the way"), "green"
    DECLINED = "declined", N_("Cannot come"), "red"
    UNREACHED = "unreached", N_("Not reached"), "red"


FAILED_RESULTS = (DispatchResult.DECLINED, DispatchResult.UNREACHED)


class CallStep(Labelled):
    """What can be done about a call; the words of its log."""

    OPENED = "opened", N_("Call taken")
    TOLD = "told", N_("What the caller said")
    PLACED = "placed", N_("Lift identified")
    DISPATCHED = "dispatched", N_("Rescue sent")
    ANSWERED = "answered", N_("Answer of those sent")
    ARRIVED = "arrived", N_("Rescue arrived")
    RELEASED = "released", N_("People released")
    CLOSED = "closed", N_("Call closed")
    CANCELLED = "cancelled", N_("Call cancelled")
    FALSE = "false", N_("False alarm")
    CORRECTED = "corrected", N_("Record corrected")
    FINDING = "finding", N_("Finding recorded")
    BLANKED = "blanked", N_("Caller's phone blanked")


class CallFlag(Labelled):
    """What is remarkable about a call as it came in."""

    UNKNOWN_LIFT = "unknown_lift", N_("Lift not identified"), "red"
    NOT_IN_USE = "not_in_use", N_("The lift is not in use by the register"), "red"
    LATE_ENTRY = "late_entry", N_("Entered afterwards"), "blue"
    DOUBTED = "doubted", N_("The phone's clock cannot be vouched for"), "amber"
