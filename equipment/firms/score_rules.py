"""The score of a maintenance firm by published points: which criteria there are, which of them this system
holds data for, and what each takes from a firm, in words. Pure.

The points are those of another city's platform (pack `firm_score`), unverified, and a trial until the bureau
adopts them. A criterion without data is named and takes nothing: that is not the same as a clean record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from equipment.core.words import N_, Labelled, Message
from equipment.firms.rules import Counts, Fraction, Number, Rating, fraction
from equipment.regulation.packs import Value

BASE = "base"


class Basis(Labelled):
    """How a criterion is worked out here."""

    SHARE = "share", N_("Points for each percent that is missing"), "blue"
    CASES = "cases", N_("Points for each case"), "blue"
    EVERY = "every", N_("One point for so many"), "blue"
    NO_DATA = "no_data", N_("No data yet: not counted"), "grey"


class Criterion(NamedTuple):
    """One line of the points table: its key in the pack, what it is about, how it is counted here; `shown` is
    the count whose records stand behind it."""

    key: str
    label: str
    basis: Basis
    shown: Number | None = None
    adds: bool = False  # points are given, not taken
    lacks: str = ""  # why there is no data


NOT_HELD = N_("This system does not hold it.")
CRITERIA: tuple[Criterion, ...] = (
    Criterion("swipe", N_("Maintenance by swipe"), Basis.SHARE, Number.SWIPED),
    Criterion("on_time_swipe", N_("Maintenance by swipe in time"), Basis.SHARE, Number.ON_TIME_SWIPED),
    Criterion("failed_inspection", N_("Failed the first inspection, each lift"), Basis.CASES, Number.FAILED),
    Criterion("serious_hazard", N_("Serious hazard, each lift"), Basis.CASES, Number.SERIOUS),
    Criterion("forged", N_("Forged records, found true"), Basis.CASES, Number.FORGED),
    Criterion(
        "information",
        N_("Completeness of information"),
        Basis.NO_DATA,
        lacks=N_("Which fields count as complete is not settled."),
    ),
    Criterion("alarm", N_("Alarm of the platform not handled, each"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("bridged", N_("Safety circuit bridged, each lift"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("refused_check", N_("Refused a check"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("accident", N_("Accident, general"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("larger_accident", N_("Accident, larger"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion(
        "complaint",
        N_("Complaint"),
        Basis.NO_DATA,
        lacks=N_("Public reports are about pieces, not about firms."),
    ),
    Criterion("complaint_again", N_("Complaint, repeated"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("subcontracted", N_("Subcontracted"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion(
        "order",
        N_("Order or notice of the bureau"),
        Basis.NO_DATA,
        lacks=N_("Orders on file are addressed to use units."),
    ),
    Criterion("order_again", N_("Order or notice, repeated"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("first_rescue", N_("Rescue of the first level not done"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("second_rescue", N_("Rescue of the second level not done"), Basis.NO_DATA, lacks=NOT_HELD),
    Criterion("second_rescued", N_("Rescue of the second level done"), Basis.CASES, Number.HELPED, adds=True),
    Criterion("late_rescue", N_("Rescuers later than 30 minutes"), Basis.CASES, Number.RESCUED_LATE),
    Criterion("trapped", N_("Trapping caused by bad maintenance"), Basis.CASES, Number.CAUSED),
    Criterion(
        "monitored",
        N_("Remote monitoring, one point for so many lifts"),
        Basis.EVERY,
        Number.MONITORED,
        adds=True,
    ),
    Criterion(
        "insured",
        N_("Liability insurance, one point for so many lifts"),
        Basis.EVERY,
        Number.INSURED,
        adds=True,
    ),
)


class ScoreLine(NamedTuple):
    """What one criterion takes from a firm in a month, in tenths of a point, and why."""

    criterion: Criterion
    points: Value
    taken: int
    why: Message

    @property
    def counted(self) -> bool:
        return self.criterion.basis is not Basis.NO_DATA

    @property
    def taken_points(self) -> float:
        return self.taken / 10


class Score(NamedTuple):
    """The score in tenths of a point; None for a firm of whose month nothing can be said."""

    tenths: int | None
    lines: tuple[ScoreLine, ...]

    @property
    def points(self) -> float | None:
        return None if self.tenths is None else self.tenths / 10


def score(counts: Counts, points: Mapping[str, Value]) -> Score:
    """The score of a month from its counts, never below nothing."""
    lines = tuple(_line(criterion, counts, points[criterion.key]) for criterion in CRITERIA)
    shares = (line for line in lines if line.criterion.basis is Basis.SHARE)
    if not any(_fraction(line.criterion, counts).whole for line in shares):
        return Score(None, lines)
    return Score(max(0, 10 * points[BASE].integer - sum(line.taken for line in lines)), lines)


def _line(criterion: Criterion, counts: Counts, points: Value) -> ScoreLine:
    if criterion.basis is Basis.NO_DATA:
        return ScoreLine(criterion, points, 0, Message(criterion.lacks))
    if criterion.basis is Basis.CASES:
        assert criterion.shown is not None
        cases = counts.get(criterion.shown, 0)
        why = Message(
            N_("%(cases)s cases, %(points)s points each"), {"cases": cases, "points": points.integer}
        )
        taken = 10 * cases * points.integer
        return ScoreLine(criterion, points, -taken if criterion.adds else taken, why)
    if criterion.basis is Basis.EVERY:
        assert criterion.shown is not None
        lifts = counts.get(criterion.shown, 0)
        why = Message(
            N_("%(lifts)s lifts, one point for each %(every)s"), {"lifts": lifts, "every": points.integer}
        )
        return ScoreLine(criterion, points, -10 * (lifts // points.integer), why)
    share = _fraction(criterion, counts)
    if not share.whole:
        return ScoreLine(criterion, points, 0, Message(N_("Nothing fell due: nothing is taken")))
    missing = 1000 - round(1000 * share.part / share.whole)  # tenths of a percent
    why = Message(
        N_("%(part)s of %(whole)s, %(missing)s %% missing"),
        {"part": share.part, "whole": share.whole, "missing": f"{missing / 10:.1f}"},
    )
    return ScoreLine(criterion, points, missing * points.integer, why)


def _fraction(criterion: Criterion, counts: Counts) -> Fraction:
    if criterion.key == "swipe":
        return fraction(Rating.SWIPE, counts)
    whole = fraction(Rating.ON_TIME, counts).whole
    return Fraction(counts.get(Number.ON_TIME_SWIPED, 0), whole)
