"""维保单位评价: what a maintenance firm did in a month, as counts whose records can be listed, and the rates made
of them. Pure.

A due visit belongs to the firm that was responsible for the lift on its day, a visit to whoever made it.
A firm without any visit, and a month without any, have counts of nothing and no rate: nothing is not 0 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from equipment.core.words import N_, Labelled, Message


class Number(Labelled):
    """One count of a firm's month; of every count the records can be listed."""

    ON_TIME = "on_time", N_("Visits due, made by their day"), "green"
    LATE = "late", N_("Visits due, made later"), "amber"
    MISSED = "missed", N_("Visits due, not made"), "red"
    ON_TIME_SWIPED = "on_time_swiped", N_("Made by their day and proved by a swipe"), "green"
    SWIPED = "swiped", N_("Visits proved by a swipe"), "green"
    UNPROVED = "unproved", N_("Visits swiped but not proved"), "amber"
    BY_HAND = "by_hand", N_("Visits not swiped at both ends"), "amber"
    PLATED = "plated", N_("Lifts that carry a plate"), "green"
    NO_PLATE = "no_plate", N_("Lifts without a plate"), "amber"
    BY_ACCOUNT = "by_account", N_("Visits signed by the unit’s own account"), "green"
    SIGNED_ELSE = "signed_else", N_("Visits signed otherwise"), "blue"
    UNSIGNED = "unsigned", N_("Visits without a signature"), "amber"
    FAILED = "failed", N_("Lifts that failed their inspection"), "red"
    SERIOUS = "serious", N_("Lifts with a serious or major hazard"), "red"
    FORGED = "forged", N_("Suspicions found true"), "red"
    RESCUED_LATE = "rescued_late", N_("Rescues later than the limit"), "red"
    HELPED = "helped", N_("Rescues for another firm"), "green"
    CAUSED = "caused", N_("Trappings caused by maintenance"), "red"
    MONITORED = "monitored", N_("Lifts with remote monitoring"), "green"
    INSURED = "insured", N_("Lifts with an insurance in force"), "green"


OF_DUES = (Number.ON_TIME, Number.LATE, Number.MISSED, Number.ON_TIME_SWIPED)
OF_VISITS = (
    Number.SWIPED,
    Number.UNPROVED,
    Number.BY_HAND,
    Number.BY_ACCOUNT,
    Number.SIGNED_ELSE,
    Number.UNSIGNED,
)
OF_LIFTS = (Number.PLATED, Number.NO_PLATE, Number.FAILED, Number.SERIOUS, Number.MONITORED, Number.INSURED)
OF_CALLS = (Number.RESCUED_LATE, Number.HELPED, Number.CAUSED)


class Rating(Labelled):
    """A rate of a firm's month: its label; `PARTS` says which counts it divides by which."""

    ON_TIME = "on_time", N_("On-time rate")
    SWIPE = "swipe", N_("Swipe rate")
    PLATE = "plate", N_("Plate rate")
    ACCOUNT = "account", N_("Share signed by own account")


PARTS: Mapping[Rating, tuple[tuple[Number, ...], tuple[Number, ...]]] = {
    Rating.ON_TIME: ((Number.ON_TIME,), (Number.ON_TIME, Number.LATE, Number.MISSED)),
    Rating.SWIPE: ((Number.SWIPED,), (Number.SWIPED, Number.UNPROVED, Number.BY_HAND, Number.MISSED)),
    Rating.PLATE: ((Number.PLATED,), (Number.PLATED, Number.NO_PLATE)),
    Rating.ACCOUNT: ((Number.BY_ACCOUNT,), (Number.BY_ACCOUNT, Number.SIGNED_ELSE, Number.UNSIGNED)),
}
DEFINITIONS: Mapping[Rating, Message] = {
    Rating.ON_TIME: Message(
        N_(
            "Visits that fell due in the month and were made and counted by their day ÷ all visits that fell "
            "due in it. One not made by the end of the month, or by yesterday, is not made; whoever was "
            "responsible for the lift on the day answers for it."
        )
    ),
    Rating.SWIPE: Message(
        N_(
            "Counted visits of the month swiped at both ends by a proof of presence that the bureau counts ÷ "
            "all counted visits of the month plus visits due in it that were not made."
        )
    ),
    Rating.PLATE: Message(
        N_(
            "Lifts in use that the firm maintains and that carry a plate ÷ all lifts in use that it "
            "maintains."
        )
    ),
    Rating.ACCOUNT: Message(
        N_(
            "Counted visits of the month signed by the use unit’s own account ÷ all counted visits of the "
            "month."
        )
    ),
}


class CountedRecord(NamedTuple):
    """A record behind a count: whose it is, in which county, and the piece and row that show it."""

    number: Number
    firm_id: UUID
    county: str
    equipment_id: UUID
    record_id: UUID


Counts = Mapping[Number, int]


class Fraction(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None


def fraction(rating: Rating, counts: Counts) -> Fraction:
    part, whole = PARTS[rating]
    return Fraction(sum(counts.get(each, 0) for each in part), sum(counts.get(each, 0) for each in whole))


class VisitDue(NamedTuple):
    """A visit that fell due in the month; `done_on` of a counted visit, whenever; `proved` by swipe."""

    equipment_id: UUID
    due_id: UUID
    firm_id: UUID
    county: str
    due_on: date
    done_on: date | None
    proved: bool = False


def due_counts(dues: Iterable[VisitDue], until: date) -> Iterator[CountedRecord]:
    """Of visits due by `until`, the end of the month or yesterday: made by their day, later, or not."""
    for due in dues:
        about = (due.firm_id, due.county, due.equipment_id, due.due_id)
        if due.done_on is not None and due.done_on <= due.due_on:
            yield CountedRecord(Number.ON_TIME, *about)
            if due.proved:
                yield CountedRecord(Number.ON_TIME_SWIPED, *about)
        elif due.done_on is not None and due.done_on <= until:
            yield CountedRecord(Number.LATE, *about)
        elif due.due_on <= until:
            yield CountedRecord(Number.MISSED, *about)


class VisitMade(NamedTuple):
    """A counted visit of the month: swiped at both ends and everybody confirmed, by a proof that counts or
    not; how it is signed."""

    equipment_id: UUID
    visit_id: UUID
    firm_id: UUID
    county: str
    swiped: bool
    proved: bool
    signature: str  # "account", another kind, or empty


def visit_counts(visits: Iterable[VisitMade]) -> Iterator[CountedRecord]:
    for visit in visits:
        about = (visit.firm_id, visit.county, visit.equipment_id, visit.visit_id)
        proof = Number.SWIPED if visit.proved else Number.UNPROVED
        yield CountedRecord(proof if visit.swiped else Number.BY_HAND, *about)
        signed = Number.BY_ACCOUNT if visit.signature == "account" else Number.SIGNED_ELSE
        yield CountedRecord(signed if visit.signature else Number.UNSIGNED, *about)


def added(records: Iterable[CountedRecord]) -> dict[UUID, dict[str, Counter[Number]]]:
    """By firm and county, how many of each."""
    sums: dict[UUID, dict[str, Counter[Number]]] = {}
    for one in records:
        sums.setdefault(one.firm_id, {}).setdefault(one.county, Counter())[one.number] += 1
    return sums


def total(by_county: Mapping[str, Counter[Number]]) -> Counter[Number]:
    """All counties together."""
    whole: Counter[Number] = Counter()
    for counts in by_county.values():
        whole.update(counts)
    return whole
