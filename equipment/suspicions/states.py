"""What looks wrong by itself, and what the bureau decides about it (docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class SuspicionKind(Labelled):
    """疑点: a pattern that honest work hardly leaves. It counts nowhere by itself. The first are about bottles
    and the work at them, then those about a licensed station and its days, the last about maintenance of
    lifts."""

    TWO_STATIONS = "two_stations", N_("One bottle filled at two stations"), "amber"
    TWO_PLACES = "two_places", N_("One label in two places without time to travel"), "red"
    SAME_GROSS = "same_gross", N_("The same gross weight for bottles of different tare"), "red"
    AFTER_SCRAP = "after_scrap", N_("Filled after it was scrapped"), "red"
    TOO_FAST = "too_fast", N_("Filled faster than a person can"), "amber"
    RING_FIRST = "ring_first", N_("The ring hung before the inspection"), "red"
    SILENT = "silent", N_("No upload"), "red"
    DOWN = "down", N_("Far below the usual"), "amber"
    NO_RESULTS = "no_results", N_("Scans without results"), "amber"
    NO_SCANS = "no_scans", N_("Results without scans"), "amber"
    NEVER_REFUSES = "never_refuses", N_("Never refuses"), "amber"
    AT_TWO_LIFTS = "at_two_lifts", N_("One person at two lifts at once"), "red"
    TRAVEL = "travel", N_("From lift to lift faster than anybody travels"), "red"
    BATCH = "batch", N_("Signed in or out at many lifts within minutes"), "red"
    SHARED_CARD = "shared_card", N_("A card that several people use"), "red"
    SAME_ANSWERS = "same_answers", N_("Answers that repeat each other"), "amber"
    TOO_SHORT = "too_short", N_("Visits too short to be true"), "amber"
    PHOTO_REUSED = "photo_reused", N_("A photo used again"), "red"
    CARD_ALONE = "card_alone", N_("A card without its person"), "red"


OF_STATIONS = (
    SuspicionKind.SILENT,
    SuspicionKind.DOWN,
    SuspicionKind.NO_RESULTS,
    SuspicionKind.NO_SCANS,
    SuspicionKind.NEVER_REFUSES,
)
OF_LIFTS = (
    SuspicionKind.AT_TWO_LIFTS,
    SuspicionKind.TRAVEL,
    SuspicionKind.BATCH,
    SuspicionKind.SHARED_CARD,
    SuspicionKind.SAME_ANSWERS,
    SuspicionKind.TOO_SHORT,
    SuspicionKind.PHOTO_REUSED,
    SuspicionKind.CARD_ALONE,
)
OF_CYLINDERS = tuple(kind for kind in SuspicionKind if kind not in OF_LIFTS)
# About what somebody did, not about the state of a piece: found true it stays in his organisation's record.
OF_CONDUCT = OF_STATIONS + OF_LIFTS


class SuspicionState(Labelled):
    OPEN = "open", N_("To be looked at"), "amber"
    FOLLOWED = "followed", N_("Being followed up"), "blue"
    CLEARED = "cleared", N_("Cleared"), "green"
    FINDING = "finding", N_("Became a finding"), "red"


SUSPICION_CHANGES: dict[SuspicionState, set[SuspicionState]] = {
    SuspicionState.OPEN: {SuspicionState.FOLLOWED, SuspicionState.CLEARED, SuspicionState.FINDING},
    SuspicionState.FOLLOWED: {SuspicionState.CLEARED, SuspicionState.FINDING},
    SuspicionState.CLEARED: set(),
    SuspicionState.FINDING: set(),
}


class AmountSource(Labelled):
    """Who says how much went through on a day, beside the scans."""

    SCALE = "scale", N_("Total of the scales"), "grey"
    METER = "meter", N_("Total of the meter"), "grey"
    TANKER = "tanker", N_("Unloaded from tankers"), "blue"
