"""事故: where an accident stands and what it may become, and the words around it. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class AccidentState(Labelled):
    REPORTED = "reported", N_("Reported, to be confirmed"), "red"
    CONFIRMED = "confirmed", N_("Confirmed as an accident"), "red"
    INVESTIGATED = "investigated", N_("Investigated"), "amber"
    CLOSED = "closed", N_("Accident closed"), "green"
    EXCLUDED = "excluded", N_("Not an accident"), "grey"


S = AccidentState
ACCIDENT_CHANGES: dict[AccidentState, set[AccidentState]] = {
    S.REPORTED: {S.CONFIRMED, S.EXCLUDED},
    S.CONFIRMED: {S.INVESTIGATED, S.EXCLUDED},
    S.INVESTIGATED: {S.CLOSED, S.EXCLUDED},
    S.CLOSED: set(),
    S.EXCLUDED: {S.CONFIRMED},
}
OPEN = (S.REPORTED, S.CONFIRMED, S.INVESTIGATED)
STOPS = (S.CONFIRMED, S.INVESTIGATED, S.CLOSED)  # the piece is not used until it was cleared


class AccidentLevel(Labelled):
    """等级: chosen by a person."""

    GENERAL = "general", N_("General accident"), "amber"
    LARGER = "larger", N_("Larger accident"), "red"
    MAJOR = "major", N_("Major accident"), "red"
    GRAVEST = "gravest", N_("Especially major accident"), "red"


class AccidentSource(Labelled):
    """How the bureau came to know."""

    PHONE = "phone", N_("By phone")
    PAGE = "page", N_("On the page of the unit")
    CALL = "call", N_("From a rescue call")


class StatementKind(Labelled):
    """What was said of an accident, and when: each is kept, the newest holds."""

    FIRST = "first", N_("First report"), "red"
    FOLLOW_UP = "follow_up", N_("Follow-up report"), "amber"
    CORRECTION = "correction", N_("Correction of the report"), "grey"


class Office(Labelled):
    """A level of the bureau."""

    TOWNSHIP = "township", N_("Township office")
    COUNTY = "county", N_("County bureau")
    CITY = "city", N_("City bureau")
    PROVINCE = "province", N_("Province bureau")


class RelayHow(Labelled):
    """How one level told the next."""

    SYSTEM = "system", N_("In this system")
    PHONE = "phone", N_("By phone")
    FAX = "fax", N_("By fax")
    WRITTEN = "written", N_("In writing")
    OTHER = "other", N_("In the system of the level above")
    NOT_NEEDED = "not_needed", N_("Not reported further, for a reason")


class ReportVerdict(Labelled):
    """Whether a report came in time."""

    RUNNING = "running", N_("The clock is running"), "amber"
    OVERDUE = "overdue", N_("Overdue, not reported yet"), "red"
    ON_TIME = "on_time", N_("Reported in time"), "green"
    LATE = "late", N_("Reported late"), "red"
    NOT_KNOWN = "not_known", N_("When the head knew is not known"), "grey"
    NOT_NEEDED = "not_needed", N_("Not reported further"), "grey"


class ClearanceKind(Labelled):
    """What shows that the piece was fully checked."""

    INSPECTION = "inspection", N_("An inspection passed after the accident")
    STATEMENT = "statement", N_("A statement on the full check, with its document")


class ClearanceState(Labelled):
    ASKED = "asked", N_("Clearance asked for"), "amber"
    GRANTED = "granted", N_("Clearance granted"), "green"
    REFUSED = "refused", N_("Clearance refused"), "red"


C = ClearanceState
CLEARANCE_CHANGES: dict[ClearanceState, set[ClearanceState]] = {
    C.ASKED: {C.GRANTED, C.REFUSED},
    C.GRANTED: set(),
    C.REFUSED: set(),
}


class AccidentStepKind(Labelled):
    """One decision about an accident."""

    CONFIRMED = "confirmed", N_("Confirmed as an accident"), "red"
    EXCLUDED = "excluded", N_("Found to be no accident"), "grey"
    LEVEL = "level", N_("Another level"), "amber"
    PIECE = "piece", N_("The piece was named"), "blue"
    FOLLOW_UP_ENDED = "follow_up_ended", N_("Nothing more is expected to change"), "grey"
    INVESTIGATED = "investigated", N_("Investigation ended"), "amber"
    PUBLISHED = "published", N_("Result made public"), "blue"
    CLOSED = "closed", N_("Accident closed"), "green"
