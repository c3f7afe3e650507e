"""可以收 / 不要收: whether a stranger to whom a bottle is brought may accept it. Pure; a case table for reading
stands in tests/life/test_acceptance.py."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from equipment.core.words import N_, Labelled
from equipment.life.states import Answer

LAST = 4  # characters of a stamped number that are shown: enough to compare, too few to copy


class Accept(Labelled):
    """The words of the public page; the colour is the page's."""

    TAKE = "take", N_("You may accept it"), "good"
    ASK = "ask", N_("Ask before you accept it"), "warn"
    REFUSE = "refuse", N_("Do not accept it"), "bad"


class Doubt(Labelled):
    """What speaks against a bottle beside the answer of the register."""

    NEVER_FILLED = (
        "never_filled",
        N_("No filling of it is on record: it may not be full, or not from a station."),
    )
    LONG_AGO = "long_ago", N_("It was filled long ago. Ask the station whether it is still full and tight.")
    TREATMENT = (
        "treatment",
        N_("The last check found something on it that the station has to put right first."),
    )


class BottleFacts(NamedTuple):
    """What the register knows of a bottle beside its answer."""

    filled_on: date | None = None
    needs_treatment: bool = False


class Advice(NamedTuple):
    accept: Accept
    doubt: Doubt | None = None


def acceptance(answer: Answer, bottle: BottleFacts, on: date, long_ago_days: int) -> Advice:
    """Of a bottle on file: the worst that is known of it decides."""
    if answer not in (Answer.VALID, Answer.UNSTATED):
        return Advice(Accept.REFUSE)
    if bottle.needs_treatment:
        return Advice(Accept.REFUSE, Doubt.TREATMENT)
    if answer is Answer.UNSTATED:
        return Advice(Accept.ASK)
    if bottle.filled_on is None:
        return Advice(Accept.ASK, Doubt.NEVER_FILLED)
    if (on - bottle.filled_on).days > long_ago_days:
        return Advice(Accept.ASK, Doubt.LONG_AGO)
    return Advice(Accept.TAKE)


# What a label without a piece says, should it hang on a bottle. Whoever misread the code scans again first.
WITHOUT_PIECE: dict[Answer, Accept] = {
    Answer.BLANK: Accept.REFUSE,
    Answer.VOID: Accept.REFUSE,
    Answer.FORGED: Accept.REFUSE,
    Answer.UNKNOWN: Accept.REFUSE,
    Answer.TEST: Accept.REFUSE,
}


def partly(number: str) -> str:
    """A stamped number with its beginning hidden, as long as it is: to be compared with the steel."""
    shown = number[-LAST:] if len(number) > LAST else number[-1:]
    return "•" * (len(number) - len(shown)) + shown
