"""What a lift's gateway may report, and what becomes of it (docs/states.md, docs/telemetry.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class SignalKind(Labelled):
    """The kinds of messages of a gateway."""

    STATUS = "status", N_("State and counters"), "blue"
    FAULT = "fault", N_("Fault"), "amber"
    ALARM = "alarm", N_("Alarm"), "red"
    RESTORED = "restored", N_("Fault over"), "green"


class FaultCode(Labelled):
    """What a fault or an alarm is about: words of this interface, no standard's codes."""

    TRAPPED = "trapped", N_("People trapped"), "red"
    ALARM_BUTTON = "alarm_button", N_("Alarm button in the car"), "red"
    DOOR = "door", N_("Door does not open or close"), "amber"
    OUTSIDE_ZONE = "outside_zone", N_("Stopped outside the door zone"), "amber"
    OVERSPEED = "overspeed", N_("Overspeed"), "red"
    OVERTRAVEL = "overtravel", N_("Overtravel at the top or bottom"), "red"
    SAFETY_CIRCUIT = "safety_circuit", N_("Safety circuit open"), "amber"
    POWER = "power", N_("Power failure"), "grey"
    OTHER = "other", N_("Other fault"), "grey"


class EventState(Labelled):
    """What a person made of a fault or alarm; it is nothing more until somebody decides."""

    OPEN = "open", N_("To be looked at"), "amber"
    FINDING = "finding", N_("Became a finding"), "red"
    CALL = "call", N_("Became a rescue call"), "red"
    CLEARED = "cleared", N_("Nothing further"), "green"


EVENT_CHANGES: dict[EventState, set[EventState]] = {
    EventState.OPEN: {EventState.FINDING, EventState.CALL, EventState.CLEARED},
    EventState.FINDING: set(),
    EventState.CALL: set(),
    EventState.CLEARED: set(),
}


class ReportFault(Labelled):
    """Why a message of a gateway was not taken."""

    NO_JSON = "no_json", N_("No JSON"), "red"
    WRONG_FIELDS = "wrong_fields", N_("Fields missing or wrong"), "red"
    UNKNOWN_LIFT = "unknown_lift", N_("Lift not known, or not of this organisation"), "amber"
    UNKNOWN_GATEWAY = "unknown_gateway", N_("Gateway not known, or revoked"), "red"
    OTHER_CONTENT = "other_content", N_("The same event number with other content"), "red"
    CLOCK = "clock", N_("The gateway’s clock is wrong: taken with the time of arrival"), "amber"
    FLOOD = "flood", N_("More messages than allowed: left out"), "red"
