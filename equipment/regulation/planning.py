"""The words of planning: what a piece of equipment has been through (`Life`) and what must happen next
(`Planned`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from equipment.core.months import month_end, month_start
from equipment.core.verdict import Citation
from equipment.core.words import N_, Labelled, Message
from equipment.regulation.common_numbers import valid_through
from equipment.regulation.details import Details
from equipment.regulation.packs import Regulation


class DueKind(Labelled):
    """What can fall due for a piece of equipment."""

    INSPECTION = "inspection", N_("Periodic inspection"), "blue"
    SELF_TEST = "self_test", N_("Self-test"), "blue"
    VISIT_HALF_MONTH = "visit_half_month", N_("Half-monthly maintenance"), "green"
    VISIT_QUARTER = "visit_quarter", N_("Quarterly maintenance"), "green"
    VISIT_HALF_YEAR = "visit_half_year", N_("Half-yearly maintenance"), "green"
    VISIT_YEAR = "visit_year", N_("Yearly maintenance"), "green"
    END_OF_LIFE = "end_of_life", N_("End of design life"), "red"
    GOVERNOR_CALIBRATION = "governor_calibration", N_("Governor calibration"), "blue"
    BRAKE_TEST = "brake_test", N_("Brake overload test"), "blue"
    SELF_CHECK = "self_check", N_("Yearly self-check"), "green"
    EXTERNAL = "external", N_("External inspection"), "blue"  # 外部检验 of a boiler
    ANNUAL_INSPECTION = "annual_inspection", N_("Annual inspection"), "blue"  # 年度检验 of a ropeway
    ANNUAL_CHECK = "annual_check", N_("Annual check by the user"), "green"  # 年度检查
    PRESSURE_TEST = "pressure_test", N_("Pressure test"), "blue"
    SAFETY_VALVE = "safety_valve", N_("Calibration of the safety valves"), "blue"
    PRESSURE_GAUGE = "pressure_gauge", N_("Verification of the pressure gauges"), "blue"


# 检验 by an inspection body: without them a piece must not be used. Tests and checks are the parties' own.
INSPECTIONS = (DueKind.INSPECTION, DueKind.EXTERNAL, DueKind.ANNUAL_INSPECTION)
VISITS = (DueKind.VISIT_HALF_MONTH, DueKind.VISIT_QUARTER, DueKind.VISIT_HALF_YEAR, DueKind.VISIT_YEAR)


class Conclusion(Labelled):
    """How a duty that was done came out."""

    PASSED = "passed", N_("Conforming"), "green"
    CORRECTED = "corrected", N_("Conforming after rectification"), "green"  # 整改后合格, with items left open
    FAILED = "failed", N_("Not conforming"), "red"
    SCRAP = "scrap", N_("To be scrapped"), "red"
    MEETS = "meets", N_("Meets the requirements"), "green"  # 符合要求
    BASIC = "basic", N_("Basically meets the requirements"), "amber"  # 基本符合要求
    NOT_MET = "not_met", N_("Does not meet the requirements"), "red"  # 不符合要求
    GRADE_1 = "grade_1", N_("Safety grade 1"), "green"  # 安全状况等级
    GRADE_2 = "grade_2", N_("Safety grade 2"), "green"
    GRADE_3 = "grade_3", N_("Safety grade 3"), "green"
    GRADE_4 = "grade_4", N_("Safety grade 4: monitored use"), "amber"
    GRADE_4_END = "grade_4_no", N_("Safety grade 4: not to be used as it is"), "red"
    GRADE_5 = "grade_5", N_("Safety grade 5: treat or stop"), "red"

    @property
    def passed(self) -> bool:
        return self in PASSING

    @property
    def failed(self) -> bool:
        """Not passed, though it may be once it was put right."""
        return self not in PASSING and self is not Conclusion.SCRAP

    @property
    def grade(self) -> str:
        """The safety grade (安全状况等级) that it states, "" where it states none."""
        return self.value.split("_")[1] if self.value.startswith("grade_") else ""


PASSING = frozenset(
    {
        Conclusion.PASSED,
        Conclusion.CORRECTED,
        Conclusion.MEETS,
        Conclusion.BASIC,
        Conclusion.GRADE_1,
        Conclusion.GRADE_2,
        Conclusion.GRADE_3,
        Conclusion.GRADE_4,
    }
)
FAILING = frozenset(conclusion for conclusion in Conclusion if conclusion.failed)


class AlterationKind(Labelled):
    """Work on a device that passes a supervision inspection (监督检验) of its own."""

    ALTERATION = "alteration", N_("Alteration"), "blue"
    MAJOR_REPAIR = "major_repair", N_("Major repair"), "blue"


# Equipment in any other status has no duties until it comes back: 停用, 报废, 注销 and the like.
PLANNED_STATUSES = frozenset({"in_use", "locked"})


@dataclass(frozen=True, slots=True)
class Done:
    """A duty that was done; `next_on` is the next day stated by whoever did it (a ring, a report), if any.
    `from_paper`: what the papers said when the piece was registered, before any record of ours."""

    kind: DueKind
    on: date
    conclusion: Conclusion = Conclusion.PASSED
    next_on: date | None = None
    from_paper: bool = False


class Stop(NamedTuple):
    """A time out of use (停用); `until` None means it still stands."""

    start: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Alteration:
    """An alteration or major repair, by the day its supervision inspection was passed."""

    kind: AlterationKind
    on: date


@dataclass(frozen=True, slots=True)
class Extension:
    """An approved delay (延期检验) of the duty that was due on `due_on`."""

    kind: DueKind
    due_on: date
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class OnDemandRight:
    """按需维保 as it stands for a lift: visits at most `months` apart from `from_on` on. `ends_on` is the first
    day on which a condition does not hold, gone by or known ahead, and `why` (a msgid) which; None: no end is
    known. `runs` and `faults` since the last visit, where somebody counts them."""

    basis: str
    months: int
    from_on: date
    ends_on: date | None = None
    why: str = ""
    runs: int | None = None
    faults: int | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """All that `plan()` may look at. `base_on` is the day cycles count from: the supervision inspection of
    the installation. `known_since`: registered in this system; what was due before that and is not on record
    is not known, never overdue. `paper_next_on`: the next inspection (下次检验) that the papers stated then;
    `paper_decided`: an inspector let it stand against the rule. `maintained_since`: the firm that answers for
    the visits came new to the lift on that day; what its predecessor left out is none of its overdue ones."""

    details: Details
    made_on: date | None = None
    registered_on: date | None = None
    base_on: date | None = None
    in_use_since: date | None = None
    status: str = "in_use"
    done: tuple[Done, ...] = ()
    stops: tuple[Stop, ...] = ()
    relocations: tuple[date, ...] = ()
    extensions: tuple[Extension, ...] = ()
    alterations: tuple[Alteration, ...] = ()
    known_since: date | None = None
    paper_next_on: date | None = None
    paper_decided: bool = False
    maintained_since: date | None = None
    on_demand: OnDemandRight | None = None

    @property
    def planned(self) -> bool:
        return self.status in PLANNED_STATUSES

    def last(self, *kinds: DueKind) -> Done | None:
        """The latest duty of these kinds, whatever came out; of one day the one noted last."""
        return _latest(done for done in self.done if done.kind in kinds)

    def last_passed(self, *kinds: DueKind) -> Done | None:
        return _latest(done for done in self.done if done.kind in kinds and done.conclusion.passed)

    def failed(self, *kinds: DueKind) -> Done | None:
        """The latest duty of these kinds if it was not passed."""
        last = self.last(*kinds)
        return last if last is not None and not last.conclusion.passed else None


def _latest(done: Iterable[Done]) -> Done | None:
    noted = max(enumerate(done), key=lambda numbered: (numbered[1].on, numbered[0]), default=None)
    return noted[1] if noted is not None else None


class Origin(Labelled):
    """Where a due day comes from."""

    RULE = "rule", N_("Counted by the rule"), "grey"
    PAPER = "paper", N_("From paper"), "blue"
    UNKNOWN = "unknown", N_("Inspection state not known"), "amber"
    FAILED = (
        "failed",
        N_("Inspection failed"),
        "red",
    )  # the last one was not passed: due since then, and never "overdue"


@dataclass(frozen=True, slots=True)
class Planned:
    """What must happen next: the last allowed day, the first day on which doing it counts (if limited), and
    why. `by_rule` stands beside a day from paper where the rule says another; an unknown one is due to be
    settled (查明), not to be done."""

    kind: DueKind
    due_on: date
    earliest_on: date | None
    citation: Citation
    explanation: Message
    origin: Origin = Origin.RULE
    by_rule: Planned | None = None


class MonthRule(Labelled):
    """Which is the last valid day when a rule names only a month (2026-03)."""

    MONTH_END = "month_end", N_("The last day of that month")
    EXACT_DAY = "exact_day", N_("The same day of that month")
    PREVIOUS_MONTH_END = "previous_month_end", N_("The last day of the month before")


def last_valid_day(rules: Regulation, day: date, on: date) -> date:
    """The last valid day of a due month, as the bureau practises it."""
    match MonthRule(valid_through(rules, on).text):
        case MonthRule.MONTH_END:
            return month_end(day)
        case MonthRule.EXACT_DAY:
            return day
        case MonthRule.PREVIOUS_MONTH_END:
            return month_start(day) - timedelta(days=1)


def extended(planned: Iterable[Planned], extensions: Iterable[Extension]) -> tuple[Planned, ...]:
    """The plan with approved delays; a delay belongs to one due day and lapses with it."""
    approved = {(extension.kind, extension.due_on): extension for extension in extensions}
    return tuple(_delayed(duty, approved.get((duty.kind, duty.due_on))) for duty in planned)


def _delayed(planned: Planned, extension: Extension | None) -> Planned:
    if extension is None or extension.until <= planned.due_on:
        return planned
    why = Message(
        N_("Due on %(due)s; delay approved until %(until)s: %(reason)s"),
        {"due": planned.due_on.isoformat(), "until": extension.until.isoformat(), "reason": extension.reason},
    )
    return replace(planned, due_on=extension.until, explanation=why)
