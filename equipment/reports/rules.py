"""The annual hazard rate (年隐患率) by each of its definitions, and what follows from a rate. Pure."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from equipment.core.fields import Fields
from equipment.core.months import add_months, month_end, month_start
from equipment.core.verdict import Citation, Confidence
from equipment.core.words import N_, Labelled, Message

BASIS = 10_000


class Numerator(Labelled):
    """Which pieces count as having a hazard."""

    OPEN_ON_DAY = "open_on_day", N_("With a hazard open on the day")
    FOUND_IN_YEAR = "found_in_year", N_("With a hazard found in the year")
    CHECKED_WITH_HAZARD = "checked_with_hazard", N_("Inspected in the year and found with a hazard")
    ADMINISTRATIVE = "administrative", N_("Overdue, unregistered or failed")


class Denominator(Labelled):
    IN_USE = "in_use", N_("In use on the day")
    IN_USE_IN_YEAR = "in_use_in_year", N_("In use on any day of the year so far")
    CHECKED = "checked", N_("Inspected in the year")


@dataclass(frozen=True, slots=True)
class Definition:
    """One dated, versioned meaning of the rate, in words and in what is counted."""

    key: str
    version: int
    since: date
    name_zh: str
    name_en: str
    formula_zh: str
    formula_en: str
    comment_zh: str
    comment_en: str
    numerator: Numerator
    denominator: Denominator
    grades: tuple[str, ...]
    sources: tuple[str, ...]
    cite: str
    confidence: Confidence

    @property
    def falls_when_closed(self) -> bool:
        """Whether closing hazards lowers it: only then can anybody work it down within the year."""
        return self.numerator is Numerator.OPEN_ON_DAY

    def in_language(self, part: str, locale: str) -> str:
        """`name`, `formula` or `comment` in the reader's language."""
        text: str = getattr(self, f"{part}_{'en' if locale.startswith('en') else 'zh'}")
        return text

    @property
    def citation(self) -> Citation:
        return Citation(self.cite, since=self.since, confidence=self.confidence, pack=PACK)

    def as_json(self) -> dict[str, object]:
        """What a report stores, so that it can be read without this file."""
        return {
            **asdict(self),
            "since": self.since.isoformat(),
            "numerator": str(self.numerator),
            "denominator": str(self.denominator),
            "grades": list(self.grades),
            "sources": list(self.sources),
            "confidence": str(self.confidence),
            "pack": PACK,
            "digest": DIGEST,
        }


@dataclass(frozen=True, slots=True)
class Limit:
    """The line of the plan, in hundredths of a per cent."""

    basis_points: int
    citation: Citation

    @property
    def share(self) -> float:
        return self.basis_points / BASIS


def _definition(stated: Fields) -> Definition:
    return Definition(
        key=stated.text("key"),
        version=stated.integer("version"),
        since=stated.day("since"),
        name_zh=stated.text("name_zh"),
        name_en=stated.text("name_en"),
        formula_zh=stated.text("formula_zh"),
        formula_en=stated.text("formula_en"),
        comment_zh=stated.text("comment_zh"),
        comment_en=stated.text("comment_en"),
        numerator=Numerator(stated.text("numerator")),
        denominator=Denominator(stated.text("denominator")),
        grades=stated.texts("grades"),
        sources=stated.texts("sources"),
        cite=stated.text("cite"),
        confidence=Confidence(stated.text("confidence")),
    )


_SOURCE = Path(__file__).parent / "definitions.toml"
_STATED = tomllib.loads(_SOURCE.read_text("utf-8"))
PACK = f"{_STATED['pack']['name']}-{_STATED['pack']['version']}"
DIGEST = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()
DEFINITIONS = tuple(_definition(Fields(stated)) for stated in _STATED["definition"])
LIMIT = Limit(
    _STATED["limit"]["basis_points"],
    Citation(_STATED["limit"]["cite"], confidence=Confidence(_STATED["limit"]["confidence"]), pack=PACK),
)
DENOMINATORS: Mapping[str, str] = _STATED["denominator"]
FIRST_DAY = max(  # before it some rate has no meaning
    min(meaning.since for meaning in DEFINITIONS if meaning.key == key)
    for key in {meaning.key for meaning in DEFINITIONS}
)
SIDE_BY_SIDE = (
    "H2",
    "H1",
)  # the literal reading of 年隐患率 first; both in the same size until one is chosen


def definition(key: str, on: date) -> Definition:
    """The version of a definition that is in force on a day; LookupError for an unknown key."""
    versions = [version for version in DEFINITIONS if version.key == key and version.since <= on]
    if not versions:
        raise LookupError(f"{PACK}: no definition {key} on {on}")
    return max(versions, key=lambda version: (version.since, version.version))


def definitions(on: date) -> tuple[Definition, ...]:
    """Every definition in force on a day, H1 to H5."""
    return tuple(
        definition(key, on) for key in sorted({meaning.key for meaning in DEFINITIONS if meaning.since <= on})
    )


def shown(official: str) -> tuple[str, ...]:
    """Which rates stand on the first line: the chosen one alone, or both candidates
    while nobody has chosen."""
    return (official,) if official else SIDE_BY_SIDE


@dataclass(frozen=True, slots=True)
class Period:
    """The days a rate speaks of: hazards `since` .. `day`, pieces in use on `day` or on any of them."""

    since: date
    day: date


def period(year: int, report_day: date) -> Period:
    """The rate of a year as seen on a day: before the end of the year the report day
    counts, afterwards 31 December."""
    return Period(date(year, 1, 1), min(date(year, 12, 31), report_day))


def month_ends(on: date, count: int = 12) -> tuple[date, ...]:
    """The last days of the `count` months up to `on`; the running month is cut at `on`."""
    return tuple(min(month_end(add_months(month_start(on), -back)), on) for back in range(count - 1, -1, -1))


def is_open(found_on: date, closed_on: date | None, day: date) -> bool:
    """Whether a hazard is open at the end of a day: on the day it is closed it is not."""
    return found_on <= day and (closed_on is None or closed_on > day)


def stands(from_on: date, until_on: date | None, day: date) -> bool:
    """Whether an interval of standing covers the end of a day; its own end lies outside."""
    return from_on <= day and (until_on is None or until_on > day)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many; shares add up before they are divided, so that no district weighs
    more than its pieces."""

    part: int = 0
    whole: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def within(self, limit: Limit = LIMIT) -> bool:
        """At most the limit, in whole numbers: 2 of 100 is within 2 %."""
        return self.part * BASIS <= self.whole * limit.basis_points


def total(shares: Iterable[Share]) -> Share:
    """The sum of numerators over the sum of denominators, never a mean of rates."""
    return sum(shares, Share())


@dataclass(frozen=True, slots=True)
class Margin:
    """How far it is to the line: pieces that may still come, or pieces that are too many."""

    left: int
    over: int


def margin(share: Share, limit: Limit = LIMIT) -> Margin:
    most = share.whole * limit.basis_points // BASIS
    return Margin(max(0, most - share.part), max(0, share.part - most))


def room(share: Share, limit: Limit = LIMIT) -> Message:
    """How far it is to the line, in words; an area without pieces has no distance."""
    per_cent, far = f"{limit.share * 100:g} %", margin(share, limit)
    if not share.whole:
        return Message(N_("no piece in use"))
    if far.over:
        return Message(N_("%(over)d above the line of %(line)s"), {"over": far.over, "line": per_cent})
    if not far.left:
        return Message(N_("the next one is above the line of %(line)s"), {"line": per_cent})
    return Message(N_("%(left)d more reach the line of %(line)s"), {"left": far.left, "line": per_cent})


@dataclass(frozen=True, slots=True)
class Missing:
    """What a month still lacks before its report is issued, and who is responsible for it."""

    what: str
    count: int
    who: str
    url: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
