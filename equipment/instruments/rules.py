"""计量器具: kinds of instruments, where one stands on a day, and until when a verification and an own check hold.
Pure."""

from __future__ import annotations

from datetime import date, timedelta

from equipment.core.months import add_months
from equipment.core.words import N_, Labelled
from equipment.regulation.instrument_numbers import checked_every, verified_every
from equipment.regulation.packs import Value

SOON_DAYS = 30  # from here on an instrument is shown as due
FILLING_SCALE = "filling_scale"


class InstrumentKind(Labelled):
    SCALE = "scale", N_("Scale"), "blue"
    GAUGE = "gauge", N_("Pressure gauge"), "blue"
    METER = "meter", N_("Flow meter"), "blue"
    DISPENSER = "dispenser", N_("Gas dispenser"), "blue"
    THERMOMETER = "thermometer", N_("Thermometer"), "blue"


# A weight comes from a scale, a pressure from a gauge: what a bay for bottles needs.
AT_BAYS = (InstrumentKind.SCALE, InstrumentKind.GAUGE)


class InstrumentState(Labelled):
    """Whether it may be used: a failed verification or own check stops it, nobody else than a person scraps
    it."""

    IN_USE = "in_use", N_("Instrument in use"), "green"
    STOPPED = "stopped", N_("Instrument stopped"), "red"
    SCRAPPED = "scrapped", N_("Instrument scrapped"), "grey"


class VerificationStanding(Labelled):
    """What its verification (检定) is worth on a day."""

    VALID = "valid", N_("Verification valid"), "green"
    SOON = "soon", N_("To be verified soon"), "amber"
    EXPIRED = "expired", N_("Verification expired"), "red"
    FAILED = "failed", N_("Verification failed"), "red"
    UNKNOWN = "unknown", N_("Never verified on file"), "amber"


class VerificationResult(Labelled):
    PASSED = "passed", N_("Verified, passed"), "green"
    FAILED = "failed", N_("Verified, failed"), "red"


class OwnCheckResult(Labelled):
    """What an own check (自查) showed."""

    GOOD = "good", N_("Within its limits"), "green"
    BAD = "bad", N_("Off its limits"), "red"


class FillFlag(Labelled):
    """What a fill on such an instrument is marked with; nothing says that the fill is none."""

    OVERDUE = "instrument_overdue", N_("Scale or gauge past its verification day"), "amber"
    FAILED = "instrument_failed", N_("Scale or gauge failed its verification"), "red"
    STOPPED = "instrument_stopped", N_("Scale or gauge out of service"), "red"


INSTRUMENT_CHANGES: dict[InstrumentState, set[InstrumentState]] = {
    InstrumentState.IN_USE: {InstrumentState.STOPPED, InstrumentState.SCRAPPED},
    InstrumentState.STOPPED: {InstrumentState.IN_USE, InstrumentState.SCRAPPED},
    InstrumentState.SCRAPPED: set(),
}


def standing(until: date | None, failed: bool, on: date) -> VerificationStanding:
    """The worth of its last verification: `until` is the last day on which it holds."""
    if failed:
        return VerificationStanding.FAILED
    if until is None:
        return VerificationStanding.UNKNOWN
    if until < on:
        return VerificationStanding.EXPIRED
    return VerificationStanding.SOON if (until - on).days <= SOON_DAYS else VerificationStanding.VALID


def fill_flags(until: date | None, failed_on: date | None, stopped_on: date | None, on: date) -> set[str]:
    """What a fill of that day on it is marked with: a record that comes late is not blamed for what happened
    to the instrument afterwards. A failure says more than the stop that follows from it."""
    if failed_on is not None and failed_on <= on:
        return {FillFlag.FAILED.value}
    flags = {FillFlag.OVERDUE.value} if until is None or until < on else set()
    if stopped_on is not None and stopped_on <= on:
        flags.add(FillFlag.STOPPED.value)
    return flags


def usual_last_day(kind: InstrumentKind, on: date) -> date | None:
    """Until when a verification of that day usually holds: the day before the same day of the period's end;
    None for kinds of which no period was seen."""
    period = verified_every(kind.value, on)
    return None if period is None else add_months(on, period.integer) - timedelta(days=1)


def own_check_period(kind: InstrumentKind, *, at_station: bool, on: date) -> Value | None:
    """How often its unit checks it itself: the older rule speaks of scales of filling stations alone."""
    is_filling_scale = kind is InstrumentKind.SCALE and at_station
    return checked_every(FILLING_SCALE, on) if is_filling_scale else None


def next_check(
    kind: InstrumentKind, *, at_station: bool, checked_on: date | None, known_on: date, on: date
) -> date | None:
    """The last day of its next own check: counted from the last one, or from the day it came on file; None
    where no own check is asked for."""
    period = own_check_period(kind, at_station=at_station, on=on)
    return None if period is None else add_months(checked_on or known_on, period.integer)


def share(part: int, whole: int) -> float | None:
    """受检率: None where nothing is subject to verification."""
    return part / whole if whole else None
