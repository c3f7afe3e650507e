"""The plan that most categories share: a first inspection, then one by conclusion or safety grade; annual
checks, accessories and tests as turns of their own. A category says which row of its pack holds for a piece
and which turns it has. Pure."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import ClassVar, NamedTuple

from equipment.core.fields import Fields
from equipment.core.months import add_months, month_text
from equipment.core.words import N_, Message
from equipment.regulation.category import Category, CountingUnit
from equipment.regulation.day_one import by_report, from_paper, is_known, to_settle
from equipment.regulation.details import Details
from equipment.regulation.horizon import in_time
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import (
    INSPECTIONS,
    AlterationKind,
    Conclusion,
    Done,
    DueKind,
    Life,
    Origin,
    Planned,
    last_valid_day,
)
from equipment.regulation.settling import DueParty, Proof, Settlement, settled_by
from equipment.regulation.statutory_numbers import (
    AFTER,
    FIRST,
    months_after,
    months_at_most,
    months_in_all,
    report_decides,
    turn_months,
)
from equipment.regulation.turns import or_failed, repeated

HERE = Path(__file__).parent
NOT_KNOWN = Message(N_("No inspection on record that tells when the next one is due: find out by %(until)s"))
NOT_PASSED = N_("Inspection on %(since)s was not passed: pass one before further use")
WORDINGS = {
    FIRST: N_("Counted from %(since)s; first inspection within %(months)s months → %(due)s"),
    AFTER: N_("Inspected %(since)s; the next within %(months)s months → %(due)s"),
}
BY_GRADE = N_("Inspected %(since)s, safety grade %(grade)s; the next within %(months)s months → %(due)s")
IN_ALL = N_("Safety grade %(grade)s since %(since)s; monitored for %(months)s months at most → %(due)s")
TURN = N_("Last done (or base) %(last)s; every %(months)s months → %(due)s")

GRADES = (
    Conclusion.GRADE_1,
    Conclusion.GRADE_2,
    Conclusion.GRADE_3,
    Conclusion.GRADE_4,
    Conclusion.GRADE_4_END,
    Conclusion.GRADE_5,
)
REQUIREMENTS = (Conclusion.MEETS, Conclusion.BASIC, Conclusion.NOT_MET)

# By what and by whom each kind is settled, the same in every category (product's ways, settling.py).
SETTLEMENTS: Mapping[DueKind, Settlement] = {
    **dict.fromkeys(INSPECTIONS, settled_by(Proof.RESULT, DueParty.BODY)),
    DueKind.ANNUAL_CHECK: settled_by(Proof.CHECK, DueParty.UNIT),
    DueKind.PRESSURE_TEST: settled_by(Proof.REPORT, DueParty.BODY, DueParty.UNIT),
    DueKind.SAFETY_VALVE: settled_by(Proof.REPORT, DueParty.UNIT, DueParty.BODY),
    DueKind.PRESSURE_GAUGE: settled_by(Proof.REPORT, DueParty.UNIT, DueParty.BODY),
}


def settlements(*kinds: DueKind) -> dict[DueKind, Settlement]:
    """The ways to settle a periodic inspection and these turns."""
    return {kind: SETTLEMENTS[kind] for kind in (DueKind.INSPECTION, *kinds)}


def always(_details: Details) -> bool:
    return True


def has_valves(details: Details) -> bool:
    """Only counted valves are calibrated: a vessel may have its own on the pipe."""
    return bool(getattr(details, "safety_valves", None))


def has_gauges(details: Details) -> bool:
    return bool(getattr(details, "gauges", None))


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes round beside the periodic inspection: for which pieces, which detail says when the papers
    had it last, and what done in its place counts for it too."""

    kind: DueKind
    applies: Callable[[Details], bool] = always
    stated: str = ""
    covered_by: tuple[DueKind, ...] = ()


class CycleStep(NamedTuple):
    """What decides the next inspection: the day it is counted from, the rule, and how far a report may go."""

    since: date
    months: Value
    wording: str
    grade: str = ""
    most: int = 0
    in_all: bool = False


@dataclass(frozen=True)
class StatutoryCategory(Category):
    """A category with the shared plan; counted by set unless it says otherwise."""

    counted_in: ClassVar[str] = CountingUnit.SET
    headline: ClassVar[bool] = True
    turns: ClassVar[tuple[Turn, ...]] = ()
    # Whether the due month stays that of the base, whenever an inspection was done in fact.
    month_of_base: ClassVar[bool] = False

    @abstractmethod
    def row(self, details: Details) -> str:
        """Which row of `inspection` in the pack holds for a piece."""

    def next_duties(self, life: Life, on: date) -> tuple[Planned, ...]:
        return in_time(self._duties, self._with_papers(life), on)

    def _duties(self, life: Life, on: date) -> list[Planned]:
        planned = [next_inspection(self, life, on)]
        planned += [next_turn(self.regulation, turn, life, on) for turn in self.turns]
        return [duty for duty in planned if duty is not None]

    def _with_papers(self, life: Life) -> Life:
        """What the papers stated, as far as the details tell: the grade of the last inspection, and when
        turns were last done."""
        details = Fields(life.details.as_json())
        grade = details.text("safety_grade", "")
        stated = tuple(
            Done(turn.kind, details.day(turn.stated), from_paper=True)
            for turn in self.turns
            if turn.stated and details.get(turn.stated)
        )
        return replace(life, done=(*stated, *_graded(life.done, grade)))

    def catalogue_code(self, details: Details) -> str:
        return Fields(details.as_json()).text("catalogue", "")

    def doubts(self, details: Details) -> tuple[str, ...]:
        """A code that the catalogue does not have for this category."""
        return () if self.catalogue_code(details) in self.catalogue else ("catalogue",)

    def learned(self, conclusion: Conclusion) -> Mapping[str, object]:
        """The safety grade is a detail of the piece from its inspection on."""
        has_grade = "safety_grade" in self.details_type.model_fields
        return (
            {"safety_grade": conclusion.value.removeprefix("grade_")}
            if has_grade and conclusion.grade
            else {}
        )


def _graded(all_done: tuple[Done, ...], grade: str) -> Iterator[Done]:
    """An inspection that states no grade, as papers do, left the piece in the grade of the one before it,
    else in the one that is on file."""
    of_file = Conclusion(f"grade_{grade}") if grade else None
    stating = [done for done in all_done if done.conclusion.grade and done.kind is DueKind.INSPECTION]
    for done in all_done:
        before = [one for one in stating if one.on <= done.on]
        stood = max(before, key=lambda one: one.on).conclusion if before else of_file
        states_none = done.kind is DueKind.INSPECTION and done.conclusion is Conclusion.PASSED
        takes = states_none and stood is not None and (stood.passed or done.from_paper)
        yield replace(done, conclusion=stood) if takes and stood is not None else done


def base_of(life: Life) -> date | None:
    """The day that cycles count from: the latest alteration, else the first inspection, else what comes
    nearest."""
    altered = [work.on for work in life.alterations if work.kind is AlterationKind.ALTERATION]
    return max(altered, default=None) or life.base_on or life.in_use_since or life.registered_on


def next_inspection(kind: StatutoryCategory, life: Life, on: date) -> Planned | None:
    """The next periodic inspection: at once after a failed one, else as papers and reports state it within
    the rule, else as the rule counts it."""
    last, base = life.last_passed(DueKind.INSPECTION), base_of(life)
    rules = kind.regulation.counted_from(last.on if last is not None else base)
    interval = _interval(rules, kind.row(life.details), life, base, on)
    cite = (interval.months if interval else report_decides(rules, on)).citation
    failed = life.failed(DueKind.INSPECTION)
    if failed is not None:
        why = Message(NOT_PASSED, {"since": failed.on.isoformat()})
        return Planned(DueKind.INSPECTION, failed.on, None, cite, why, Origin.FAILED)
    by_rule = _counted(rules, kind, life, interval, on) if interval else None
    if last is None and by_rule is not None and not is_known(life, by_rule.due_on):
        by_rule = None
    return (
        from_paper(rules, life, by_rule, cite, on)
        or by_report(rules, life, by_rule, cite, on)
        or by_rule
        or to_settle(rules, life, DueKind.INSPECTION, NOT_KNOWN, on)
    )


def _interval(rules: Regulation, row: str, life: Life, base: date | None, on: date) -> CycleStep | None:
    """The rule for the step that the piece has reached; None where nothing is stated or known."""
    last = life.last_passed(DueKind.INSPECTION)
    if last is None or (base is not None and base > last.on):
        months = months_after(rules, row, FIRST, on) or months_after(rules, row, AFTER, on)
        return CycleStep(base, months, WORDINGS[FIRST]) if base is not None and months else None
    step = f"grade_{last.conclusion.grade}" if last.conclusion.grade else AFTER
    in_all = months_in_all(rules, row, step, on)
    if in_all is not None:
        return CycleStep(_same_since(life, last), in_all, IN_ALL, last.conclusion.grade, in_all=True)
    months, wording = months_after(rules, row, step, on), BY_GRADE
    if months is None or step == AFTER:
        months, wording = months_after(rules, row, AFTER, on), WORDINGS[AFTER]
    if months is None:
        return None
    most = months_at_most(rules, row, step, on)
    return CycleStep(last.on, months, wording, last.conclusion.grade, most.integer if most else 0)


def _same_since(life: Life, last: Done) -> date:
    """Since which inspection the grade has been the same without a break."""
    since = last.on
    earlier = sorted((done for done in life.done if done.kind is last.kind), key=lambda done: done.on)
    for done in reversed(earlier):
        if done.conclusion is not last.conclusion:
            break
        since = done.on
    return since


def _counted(
    rules: Regulation, kind: StatutoryCategory, life: Life, interval: CycleStep, on: date
) -> Planned:
    """The day by the rule. Where the rule leaves a range to the body, its report decides within it."""
    months = interval.months.integer
    day, last = add_months(interval.since, months), life.last_passed(DueKind.INSPECTION)
    stated = last.next_on if last is not None and interval.since <= last.on else None
    if stated is not None and (interval.most or interval.in_all):
        day = min(stated, add_months(interval.since, interval.most or months))
    elif kind.month_of_base and (base := base_of(life)) is not None and base <= day:
        day = _nearest_turn(base, months, day)
    params = {
        "since": month_text(interval.since),
        "months": str(months),
        "grade": interval.grade,
        "due": month_text(day),
    }
    due, why = last_valid_day(rules, day, on), Message(interval.wording, params)
    return Planned(DueKind.INSPECTION, due, None, interval.months.citation, why)


def _nearest_turn(base: date, months: int, day: date) -> date:
    """The turn of the base that lies nearest to a day, never the base itself."""
    passed = (day.year - base.year) * 12 + day.month - base.month
    return add_months(base, max(1, (passed + months // 2) // months) * months)


def next_turn(rules: Regulation, turn: Turn, life: Life, on: date) -> Planned | None:
    """The next of what comes round. An inspection that nobody recorded is to be settled; anything else keeps
    the rhythm of the base."""
    base = base_of(life) or life.known_since
    if not turn.applies(life.details) or base is None:
        return None
    counting = replace(life, done=tuple(_as_turn(done, turn) for done in life.done))
    last = counting.last_passed(turn.kind)
    rules = rules.counted_from(last.on if last is not None else base)
    every = turn_months(rules, turn.kind, on)
    if every is None:
        return None
    planned = repeated(counting, base, turn.kind, every, TURN)
    if turn.kind in INSPECTIONS:
        if last is None and base_of(life) is None:
            return to_settle(rules, life, turn.kind, NOT_KNOWN, on)
        if last is None and not is_known(life, add_months(base, every.integer)):
            return to_settle(rules, life, turn.kind, NOT_KNOWN, on)
        planned = replace(planned, due_on=last_valid_day(rules, planned.due_on, on))
    planned = by_report(rules, counting, planned, every.citation, on, turn.kind) or planned
    return or_failed(counting, planned)


def _as_turn(done: Done, turn: Turn) -> Done:
    """What takes the place of a turn counts as that turn; what failed there is that kind's own matter."""
    covers = done.kind in turn.covered_by and done.conclusion.passed
    return Done(turn.kind, done.on, from_paper=done.from_paper) if covers else done


def pack(name: str) -> Regulation:
    """The pack of a category: its own file, and what all of these have alike."""
    return Regulation.load(HERE / f"{name}.toml", HERE / "statutory.toml")
