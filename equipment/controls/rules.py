"""日管控、周排查、月调度 (order 74): on which days a control is expected, what became of each, what a record
must be, who signs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from equipment.core.months import month_end, month_start
from equipment.core.words import N_, Labelled, Message

WEEK = 7


class ControlPost(Labelled):
    """Posts of order 74 in a unit (任命)."""

    MAIN = "main", N_("Main person in charge"), "blue"
    DIRECTOR = "director", N_("Safety director"), "blue"
    OFFICER = "officer", N_("Safety officer (daily control)"), "grey"


class ControlPeriod(Labelled):
    """时段 of a daily control."""

    MORNING = "morning", N_("Morning")
    AFTERNOON = "afternoon", N_("Afternoon")
    WHOLE = "whole", N_("Whole day")


class ControlDayState(Labelled):
    """What became of a day on which a control is expected. Missing is never stored: time alone makes it."""

    EXPECTED = "expected", N_("To be done today"), "blue"
    MISSING = "missing", N_("Not done"), "red"
    ON_TIME = "on_time", N_("Done on time"), "green"
    LATE = "late", N_("Entered late"), "amber"
    STOPPED = "stopped", N_("Stopped day"), "grey"
    STOPPED_LATE = "stopped_late", N_("Stopped day, stated afterwards"), "amber"


class ControlGrade(Labelled):
    """How grave the officer finds a problem; what it is for the bureau is decided under hazards."""

    GENERAL = "general", N_("General"), "amber"
    SERIOUS = "serious", N_("Serious"), "red"


class ControlReportKind(Labelled):
    WEEK = "week", N_("Weekly check"), "blue"
    MONTH = "month", N_("Monthly meeting"), "blue"


class VisitsWatched(Labelled):
    """How the unit watched the maintenance of a week (维保监督)."""

    NONE = "none", N_("No visit watched"), "grey"
    SAMPLE = "sample", N_("By sample"), "blue"
    FULL = "full", N_("In full"), "green"


class Closure(NamedTuple):
    """Days on which a unit does not use its pieces: all days of a span, or its weekdays (0 is Monday)."""

    from_on: date
    until_on: date
    weekdays: frozenset[int]
    stated_on: date

    def covers(self, on: date) -> bool:
        within = self.from_on <= on <= self.until_on
        return within and (not self.weekdays or on.weekday() in self.weekdays)


class MadeControl(NamedTuple):
    """The first record of a day: the instant that counts, and whether it was typed from paper."""

    at: datetime
    is_paper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """What decides about a day of a unit and category. `since` is the day from which it is asked; `pieces`
    those in use on the day."""

    on: date
    due_at: datetime
    since: date
    pieces: int
    closures: Sequence[Closure] = ()
    control: MadeControl | None = None


def control_day_state(facts: DayFacts, now: datetime) -> ControlDayState | None:
    """What became of the day; None where no control is expected. A record speaks before a statement that
    nothing ran: whoever controlled has controlled. No calendar frees a day: a holiday is a stopped day where
    the unit says so."""
    if facts.control is not None:
        is_late = facts.control.is_paper or facts.control.at > facts.due_at
        return ControlDayState.LATE if is_late else ControlDayState.ON_TIME
    if facts.on < facts.since or facts.pieces == 0:
        return None
    covering = [closure.stated_on for closure in facts.closures if closure.covers(facts.on)]
    if covering:
        in_time = min(covering) <= facts.on
        return ControlDayState.STOPPED if in_time else ControlDayState.STOPPED_LATE
    return ControlDayState.MISSING if now > facts.due_at else ControlDayState.EXPECTED


def shown_state(state: ControlDayState, due_at: datetime, now: datetime) -> ControlDayState:
    """A stored state as it is read now."""
    over = state is ControlDayState.EXPECTED and now > due_at
    return ControlDayState.MISSING if over else state


class DayCount(NamedTuple):
    """Days of a span by what became of them."""

    on_time: int = 0
    late: int = 0
    missing: int = 0
    stopped: int = 0
    waiting: int = 0

    @property
    def expected(self) -> int:
        """Days whose time is over and that were no stopped days."""
        return self.on_time + self.late + self.missing

    @property
    def permille(self) -> int | None:
        """The share on time; None where nothing was expected."""
        return self.on_time * 1000 // self.expected if self.expected else None


def day_count(states: Iterable[ControlDayState]) -> DayCount:
    """Days counted by what became of them."""
    states = list(states)
    return DayCount(
        states.count(ControlDayState.ON_TIME),
        states.count(ControlDayState.LATE),
        states.count(ControlDayState.MISSING),
        states.count(ControlDayState.STOPPED) + states.count(ControlDayState.STOPPED_LATE),
        states.count(ControlDayState.EXPECTED),
    )


class ReportSpan(NamedTuple):
    begins_on: date
    ends_on: date


def report_span(kind: ControlReportKind, on: date) -> ReportSpan:
    """The week (Monday to Sunday) or month that a day lies in."""
    if kind is ControlReportKind.WEEK:
        monday = on - timedelta(days=on.weekday())
        return ReportSpan(monday, monday + timedelta(days=WEEK - 1))
    return ReportSpan(month_start(on), month_end(on))


def spans_over(on: date) -> list[tuple[ControlReportKind, ReportSpan]]:
    """The week and the month that ended last before a day."""
    yesterday = on - timedelta(days=on.weekday() + 1)
    before = month_start(on) - timedelta(days=1)
    return [
        (ControlReportKind.WEEK, report_span(ControlReportKind.WEEK, yesterday)),
        (ControlReportKind.MONTH, report_span(ControlReportKind.MONTH, before)),
    ]


def report_number(kind: ControlReportKind, sign: str, begins_on: date) -> str:
    """DT-YD-2026-11, as one product numbers its minutes; weeks by ISO likewise."""
    if kind is ControlReportKind.MONTH:
        return f"{sign}-YD-{begins_on:%Y-%m}"
    year, week, _day = begins_on.isocalendar()
    return f"{sign}-ZP-{year}-W{week:02}"


class ProblemFacts(NamedTuple):
    """A problem that the officer saw. `stopped`: whether its piece was stopped, None while nobody said."""

    text: str
    grade: ControlGrade
    at_piece: bool
    stopped: bool | None
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFacts:
    """What decides whether a record of a daily control holds."""

    on: date
    today: date
    is_known_day: bool  # a control is or was expected on it
    nothing_found: bool
    problems: Sequence[ProblemFacts]
    piece_needed: bool  # problems of this category lie at pieces
    is_paper: bool
    photos: int
    corrects: bool
    reason: str


def control_problems(facts: ControlFacts) -> Mapping[str, Message]:
    """Everything that keeps a daily control from being one, by field."""
    wrong: dict[str, Message] = {}
    if facts.on > facts.today:
        wrong["on"] = Message(N_("This day has not come yet."))
    elif facts.on < facts.today and not facts.is_known_day:
        wrong["on"] = Message(N_("No control was expected on this day."))
    if facts.nothing_found == bool(facts.problems):
        wrong["nothing_found"] = Message(
            N_("Either every item was looked at and nothing found, or a problem is written down.")
        )
    if problem := _first(map(_problem_lacks, facts.problems)):
        wrong["problems"] = problem
    elif facts.piece_needed and any(not one.at_piece for one in facts.problems):
        wrong["problems"] = Message(N_("Say at which piece the problem is."))
    if facts.is_paper and not facts.photos:
        wrong["photos"] = Message(N_("Add the photo of the paper."))
    if facts.corrects and not facts.reason.strip():
        wrong["reason"] = Message(N_("Give the reason."))
    return wrong


def _problem_lacks(one: ProblemFacts) -> Message | None:
    if not one.text.strip():
        return Message(N_("Write what is wrong."))
    if one.grade is not ControlGrade.SERIOUS:
        return None
    if one.stopped is None:
        return Message(N_("A serious problem: say whether the piece was stopped."))
    if not one.stopped and not one.why_not.strip():
        return Message(N_("A serious problem and not stopped: say why."))
    return None


def _first(found: Iterable[Message | None]) -> Message | None:
    return next((one for one in found if one is not None), None)


def shared_posts(holders: Mapping[ControlPost, Collection[str]]) -> Sequence[str]:
    """Who holds more than one post: said on the page, refused nowhere (no text seen forbids it)."""
    names = [name for people in holders.values() for name in set(people)]
    return sorted({name for name in names if names.count(name) > 1})
