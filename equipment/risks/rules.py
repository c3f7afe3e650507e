"""安全风险分级: the colour of a piece and of a unit, with every reason for it. Pure.

Risk is how likely something goes wrong times how bad it would be: points for what is known of a piece are
added up and multiplied by tenths for its category and what is dangerous about it. A floor gives at least its
colour, whatever the points. Every number is a house value of the table (regulation/risk.toml), adjustable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Self

from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.core.months import add_months
from equipment.core.words import N_, Labelled, Message
from equipment.regulation import risk_numbers as numbers
from equipment.regulation.clauses import Grade
from equipment.regulation.packs import Regulation
from equipment.regulation.risk_numbers import RiskColour

TENTHS = 10
PERMILLE = 1000
GRADES = tuple(Grade)
LEAST_OF_A_SHARE = 2  # pieces: a share of one piece says nothing


class ReasonKind(Labelled):
    """What a reason does to the score."""

    LIKELIHOOD = "likelihood", N_("Likelihood")
    CONSEQUENCE = "consequence", N_("Consequence by category")
    DANGER = "danger", N_("What is dangerous about it")
    FLOOR = "floor", N_("At least this colour")
    UNIT = "unit", N_("Pieces of the unit")
    UNIT_FLOOR = "unit_floor", N_("At least this colour, for the unit")


REASON_TEXTS: Mapping[str, str] = {
    "base": N_("Every piece in use begins with this"),
    "inspection_overdue": N_("Inspection overdue since %(day)s"),
    "inspection_overdue_long": N_("Inspection long overdue, since %(day)s"),
    "inspection_unknown": N_("Nobody knows when it was inspected"),
    "inspection_failed": N_("Last inspection failed on %(day)s"),
    "hazard_general": N_("General hazards open: %(num)s"),
    "hazard_serious": N_("Serious hazards open: %(num)s"),
    "hazard_major": N_("Major hazards open: %(num)s"),
    "rectification_overdue": N_("Hazards not put right in time: %(num)s"),
    "past_life": N_("Past its design life since %(day)s"),
    "old": N_("Old: made on %(day)s, no design life on file"),
    "maintenance_missed": N_("Maintenance overdue since %(day)s"),
    "call": N_("Rescue and fault calls lately: %(num)s"),
    "accident_open": N_("Not cleared after an accident on %(day)s"),
    "order_overdue": N_("Supervision orders not put right in time: %(num)s"),
    "unverified": N_("Its papers are still to be verified"),
    "flammable": N_("Flammable medium"),
    "toxic": N_("Toxic medium"),
    "hazchem": N_("Has to do with dangerous chemicals"),
    "red_from_red_pieces": N_("Red pieces: %(num)s"),
    "red_from_red_permille": N_("Red pieces: %(num)s of %(of)s in use"),
    "orange_from_red_pieces": N_("Red pieces: %(num)s"),
    "orange_from_orange_permille": N_("Orange pieces: %(num)s of %(of)s in use"),
    "yellow_from_orange_pieces": N_("Orange pieces: %(num)s"),
    "yellow_from_yellow_permille": N_("Yellow pieces: %(num)s of %(of)s in use"),
    "licence_expired": N_("Licence past its last day: %(day)s"),
    "order_transferred": N_("Orders handed to the enforcement team: %(num)s"),
}
FILTER_REASONS = (
    "hazard_major",
    "hazard_serious",
    "hazard_general",
    "rectification_overdue",
    "accident_open",
    "inspection_failed",
    "inspection_overdue",
    "inspection_overdue_long",
    "inspection_unknown",
    "order_overdue",
    "maintenance_missed",
    "call",
    "past_life",
    "old",
    "unverified",
    "flammable",
    "toxic",
    "hazchem",
)
# A reason as a filter names it, without its figures.
REASON_NAMES: Mapping[str, str] = {
    "inspection_overdue": N_("Inspection overdue"),
    "inspection_overdue_long": N_("Inspection long overdue"),
    "inspection_unknown": N_("Inspection not known"),
    "inspection_failed": N_("Inspection failed"),
    "hazard_general": N_("General hazard"),
    "hazard_serious": N_("Serious hazard"),
    "hazard_major": N_("Major hazard"),
    "rectification_overdue": N_("Hazard not put right in time"),
    "past_life": N_("Past its design life"),
    "old": N_("Old, no design life on file"),
    "maintenance_missed": N_("Maintenance overdue"),
    "call": N_("Rescue and fault calls"),
    "accident_open": N_("Not cleared after an accident"),
    "order_overdue": N_("Order not put right in time"),
    "unverified": N_("To be verified"),
    "flammable": N_("Flammable medium"),
    "toxic": N_("Toxic medium"),
    "hazchem": N_("Dangerous chemicals"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceFacts:
    """What of a piece in use the score looks at."""

    category: str
    dangers: frozenset[str] = frozenset()  # flammable, toxic, hazchem
    verified: bool = True
    made_on: date | None = None
    end_of_life_on: date | None = None
    inspection_due_on: date | None = None
    inspection_unknown: bool = False
    failed_on: date | None = None
    hazards: Mapping[Grade, int] = field(default_factory=dict)  # open ones, by grade
    late_rectifications: int = 0
    missed_visit_on: date | None = None  # the earliest visit that is overdue
    calls: int = 0
    accident_on: date | None = None
    orders_overdue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """What of a unit its colour looks at."""

    pieces: int  # in use
    red: int = 0
    orange: int = 0
    yellow: int = 0
    licence_expired_on: date | None = None
    orders_overdue: int = 0
    orders_transferred: int = 0


class RiskReason(NamedTuple):
    """One reason of a colour: points or tenths that it adds, or the colour it asks for at least."""

    kind: ReasonKind
    code: str
    amount: int = 0
    params: Mapping[str, object] = {}
    colour: str = ""

    @property
    def key(self) -> str:
        """The value of the table that it rests on."""
        return f"{self.kind}.{self.code}"

    @property
    def text(self) -> Message:
        return Message(REASON_TEXTS[self.code], self.params)

    def as_json(self) -> dict[str, object]:
        stored: dict[str, object] = {"kind": str(self.kind), "code": self.code, "amount": self.amount}
        return stored | {"params": dict(self.params), "colour": self.colour}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Self:
        fields = Fields(stored)
        return cls(
            ReasonKind(fields.text("kind")),
            fields.text("code"),
            fields.integer("amount"),
            fields.table("params"),
            fields.text("colour"),
        )


class Graded(NamedTuple):
    """A colour with its score and reasons; `likelihood` times `tenths`, divided by ten, is the score."""

    colour: RiskColour
    points: int
    likelihood: int
    tenths: int
    reasons: tuple[RiskReason, ...]


class GradedUnit(NamedTuple):
    """The colour of a unit with its reasons."""

    colour: RiskColour
    reasons: tuple[RiskReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskTable:
    """The table of the score on a day, as plain numbers."""

    on: date
    version: str
    likelihood: Mapping[str, int]
    consequence: Mapping[str, int]
    danger: Mapping[str, int]
    floors: Mapping[str, RiskColour]
    thresholds: Mapping[RiskColour, int]
    unit: Mapping[str, int]
    unit_floors: Mapping[str, RiskColour]
    long_overdue_since: date
    old_since: date
    calls_since: date

    @classmethod
    def of(cls, rules: Regulation, on: date) -> Self:
        bounds = {key: value.integer for key, value in numbers.score_bounds(rules, on).items()}
        return cls(
            on=on,
            version=rules.digest[:12],
            likelihood={key: value.integer for key, value in numbers.likelihood_points(rules, on).items()},
            consequence={key: value.integer for key, value in numbers.consequence_tenths(rules, on).items()},
            danger={key: value.integer for key, value in numbers.danger_tenths(rules, on).items()},
            floors={key: RiskColour(value.text) for key, value in numbers.colour_floors(rules, on).items()},
            thresholds={
                RiskColour(key): value.integer for key, value in numbers.colour_thresholds(rules, on).items()
            },
            unit={key: value.integer for key, value in numbers.unit_thresholds(rules, on).items()},
            unit_floors={
                key: RiskColour(value.text) for key, value in numbers.unit_floors(rules, on).items()
            },
            long_overdue_since=date.fromordinal(on.toordinal() - bounds["overdue_long_days"]),
            old_since=add_months(on, -12 * bounds["old_years"]),
            calls_since=add_months(on, -bounds["call_months"]),
        )

    def colour_from(self, points: int) -> RiskColour:
        """The colour of so many points."""
        begun = (colour for colour, least in self.thresholds.items() if points >= least)
        return max(begun, key=lambda colour: colour.rank, default=RiskColour.BLUE)


def score(facts: PieceFacts, table: RiskTable) -> Graded:
    """The colour of a piece in use, its points and every reason, what weighs most first."""
    likely = sorted(_likelihood(facts, table), key=lambda reason: -reason.amount)
    likelihood = sum(reason.amount for reason in likely)
    worse = [
        RiskReason(ReasonKind.CONSEQUENCE, facts.category, table.consequence[facts.category]),
        *(
            RiskReason(ReasonKind.DANGER, danger, table.danger[danger])
            for danger in sorted(facts.dangers)
            if danger in table.danger
        ),
    ]
    tenths = sum(reason.amount for reason in worse)
    points = likelihood * tenths // TENTHS
    colour = table.colour_from(points)
    floors = [
        RiskReason(ReasonKind.FLOOR, reason.code, 0, reason.params, str(table.floors[reason.code]))
        for reason in likely
        if reason.code in table.floors and table.floors[reason.code].rank > colour.rank
    ]
    highest = max((RiskColour(floor.colour) for floor in floors), key=lambda one: one.rank, default=colour)
    binding = [floor for floor in floors if floor.colour == highest]
    return Graded(highest, points, likelihood, tenths, (*binding, *likely, *worse))


def _likelihood(facts: PieceFacts, table: RiskTable) -> Iterator[RiskReason]:
    def adds(code: str, number: int = 1, **params: object) -> RiskReason:
        return RiskReason(ReasonKind.LIKELIHOOD, code, table.likelihood[code] * number, params)

    yield adds("base")
    if not facts.verified:
        yield adds("unverified")
    if facts.failed_on is not None:
        yield adds("inspection_failed", day=facts.failed_on.isoformat())
    elif facts.inspection_due_on is not None and facts.inspection_due_on < table.on:
        long = facts.inspection_due_on <= table.long_overdue_since
        code = "inspection_overdue_long" if long else "inspection_overdue"
        yield adds(code, day=facts.inspection_due_on.isoformat())
    elif facts.inspection_unknown:
        yield adds("inspection_unknown")
    for grade in GRADES if facts.hazards else ():
        if number := facts.hazards.get(grade, 0):
            yield adds(f"hazard_{grade}", number, num=number)
    if facts.late_rectifications:
        yield adds("rectification_overdue", facts.late_rectifications, num=facts.late_rectifications)
    if facts.end_of_life_on is not None:
        if facts.end_of_life_on < table.on:
            yield adds("past_life", day=facts.end_of_life_on.isoformat())
    elif facts.made_on is not None and facts.made_on <= table.old_since:
        yield adds("old", day=facts.made_on.isoformat())
    if facts.missed_visit_on is not None:
        yield adds("maintenance_missed", day=facts.missed_visit_on.isoformat())
    if facts.calls:
        yield adds("call", facts.calls, num=facts.calls)
    if facts.accident_on is not None:
        yield adds("accident_open", day=facts.accident_on.isoformat())
    if facts.orders_overdue:
        yield adds("order_overdue", facts.orders_overdue, num=facts.orders_overdue)


def score_unit(facts: UnitFacts, table: RiskTable) -> GradedUnit:
    """The colour of a unit: the worst that any of its reasons asks for."""
    asked = [*_of_pieces(facts, table), *_of_itself(facts, table)]
    colour = max((RiskColour(one.colour) for one in asked), key=lambda one: one.rank, default=RiskColour.BLUE)
    asked.sort(key=lambda reason: -RiskColour(reason.colour).rank)
    return GradedUnit(colour, tuple(asked))


def _of_pieces(facts: UnitFacts, table: RiskTable) -> Iterator[RiskReason]:
    counts = {RiskColour.RED: facts.red, RiskColour.ORANGE: facts.orange, RiskColour.YELLOW: facts.yellow}
    for code, least in table.unit.items():
        asked, _from, counted, measure = code.split("_")
        number = counts[RiskColour(counted)]
        if measure == "pieces":
            met, params = number >= max(least, 1), {"num": number}
        else:
            met = number >= LEAST_OF_A_SHARE and number * PERMILLE >= least * facts.pieces
            params = {"num": number, "of": facts.pieces}
        if met:
            yield RiskReason(ReasonKind.UNIT, code, 0, params, asked)


def _of_itself(facts: UnitFacts, table: RiskTable) -> Iterator[RiskReason]:
    def asks(code: str, **params: object) -> RiskReason:
        return RiskReason(ReasonKind.UNIT_FLOOR, code, 0, params, str(table.unit_floors[code]))

    if facts.licence_expired_on is not None:
        yield asks("licence_expired", day=facts.licence_expired_on.isoformat())
    if facts.orders_overdue:
        yield asks("order_overdue", num=facts.orders_overdue)
    if facts.orders_transferred:
        yield asks("order_transferred", num=facts.orders_transferred)


def check_value(rules: Regulation, key: str, value: object, on: date) -> None:
    """Invalid unless the table still makes sense with this value."""
    family, _, rest = key.partition(".")
    if family in ("floor", "unit_floor") and value not in set(RiskColour):
        raise Invalid({"value": N_("Write red, orange, yellow or blue.")})
    if family in ("consequence", "bound", "unit") and value == 0:
        raise Invalid({"value": N_("This number must be at least 1.")})
    if family == "from":
        steps = {name: one.integer for name, one in numbers.colour_thresholds(rules, on).items()}
        steps[rest] = value if isinstance(value, int) else 0
        if not steps["yellow"] < steps["orange"] < steps["red"]:
            raise Invalid({"value": N_("Yellow begins below orange, and orange below red.")})


class HandGrading(NamedTuple):
    """A colour that somebody gave by hand, as typed."""

    colour: RiskColour
    reason: str
    until_on: date | None


LONGEST_BY_HAND = 12  # months


def hand_problems(typed: HandGrading, today: date) -> Mapping[str, Message | str]:
    """What keeps a colour from being given by hand, by field."""
    wrong: dict[str, Message | str] = {}
    if not typed.reason.strip():
        wrong["reason"] = N_("Give the reason.")
    if typed.until_on is None or typed.until_on < today:
        wrong["until_on"] = N_("Say until which day it holds; that day lies ahead.")
    elif typed.until_on > add_months(today, LONGEST_BY_HAND):
        wrong["until_on"] = Message(
            N_("At most %(num)d months ahead: then somebody looks again."), {"num": LONGEST_BY_HAND}
        )
    return wrong


def codes_of(reasons: Sequence[RiskReason]) -> str:
    """The codes of the reasons as a list filters by them: |base|call|."""
    return "|" + "|".join(dict.fromkeys(reason.code for reason in reasons)) + "|"
