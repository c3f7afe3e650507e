"""监督检查 (order 57): what a check record must be, who is checked how often, what is left out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from equipment.core.words import N_, Labelled, Message
from equipment.orders.rules import inspectors_problem


class CheckKind(Labelled):
    """检查类别, order 57 Art. 5."""

    ROUTINE = "routine", N_("Routine check"), "blue"
    SPECIAL = "special", N_("Special check"), "blue"
    AFTER_LICENCE = "after_licence", N_("Check after a licence was given"), "blue"
    OTHER = "other", N_("Other kind of check"), "grey"


class UnitRole(Labelled):
    """What a unit does (类别 of the record): any number of them."""

    DESIGN = "design", N_("Design")
    MAKE = "make", N_("Manufacture")
    INSTALL = "install", N_("Installation")
    ALTER = "alter", N_("Alteration of equipment")
    REPAIR = "repair", N_("Repair")
    MAINTAIN = "maintain", N_("Maintenance of lifts")
    USE = "use", N_("Use")
    FILL = "fill", N_("Filling of cylinders and tanks")
    TRADE = "trade", N_("Trade")
    INSPECT = "inspect", N_("Inspection work")
    TEST = "test", N_("Testing work")
    OTHER = "other", N_("Other work")


class Measure(Labelled):
    """处理措施 of the record."""

    ORDER = "order", N_("Supervision order given"), "red"
    SEAL = "seal", N_("Sealed on the spot"), "red"
    SEIZE = "seize", N_("Seized"), "red"
    OTHER = "other", N_("Other measure"), "amber"


class UnitAnswer(Labelled):
    """How the unit stands for the record."""

    SIGNED = "signed", N_("Signed by the unit"), "green"
    REFUSED = "refused", N_("Refused to sign, before a witness"), "amber"
    PAPER = "paper", N_("Signed on paper"), "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """What decides whether a record of a check holds."""

    kind: CheckKind
    began_at: datetime
    ended_at: datetime
    now: datetime
    same_day: bool
    inspectors: Sequence[str]
    inspectors_needed: int
    findings: Sequence[tuple[str, bool]]  # what is wrong, and whether a rule is named with it
    measures: Collection[Measure]
    other_measure: str
    answer: UnitAnswer
    signer: str
    witness: str
    reason: str
    signatures: Collection[str]  # whose are drawn: unit, inspector-1, inspector-2, recorder
    had_after_licence: date | None  # a 证后 check of this unit in the year, if any


def check_problems(facts: CheckFacts) -> Mapping[str, Message]:
    """Everything that keeps a record from being one, by field."""
    wrong: dict[str, Message] = {}
    if facts.ended_at < facts.began_at:
        wrong["ended_at"] = Message(N_("The check ends before it begins."))
    elif not facts.same_day:
        wrong["ended_at"] = Message(N_("One record is of one day."))
    if facts.began_at > facts.now:
        wrong["began_at"] = Message(N_("This time has not come yet."))
    if problem := inspectors_problem(facts.inspectors, facts.inspectors_needed):
        wrong["inspectors"] = problem
    if any(not text.strip() for text, _named in facts.findings):
        wrong["findings"] = Message(N_("Write what is wrong, or take the empty line out."))
    if Measure.ORDER in facts.measures:
        if not facts.findings:
            wrong["measures"] = Message(N_("An order needs a problem that was seen."))
        elif any(not named for _text, named in facts.findings):
            wrong["findings"] = Message(N_("An order names the rule that each problem breaks."))
    if Measure.OTHER in facts.measures and not facts.other_measure.strip():
        wrong["other_measure"] = Message(N_("Say which other measure."))
    wrong |= _signature_problems(facts)
    if facts.kind is CheckKind.ROUTINE and facts.had_after_licence is not None:
        wrong["kind"] = Message(
            N_(
                "This unit had its check after a licence on %(day)s: "
                "no routine check in the same year (Art. 17)."
            ),
            {"day": facts.had_after_licence.isoformat()},
        )
    return wrong


def _signature_problems(facts: CheckFacts) -> Mapping[str, Message]:
    """Both sides sign (Art. 21); who refuses is named with a witness and the reason."""
    wrong: dict[str, Message] = {}
    if facts.answer is UnitAnswer.PAPER:
        return wrong
    drawn = [who for who in facts.signatures if who.startswith("inspector")]
    if len(drawn) < min(facts.inspectors_needed, len(facts.inspectors)):
        wrong["signatures"] = Message(N_("Every inspector signs the record."))
    if facts.answer is UnitAnswer.SIGNED:
        if "unit" not in facts.signatures:
            wrong["signatures"] = Message(N_("The unit has not signed: let it sign, or say that it refuses."))
        if not facts.signer.strip():
            wrong["signer"] = Message(N_("Say who signs for the unit."))
    else:
        if not facts.witness.strip():
            wrong["witness"] = Message(
                N_("Name the witness: without one a refused signature proves nothing.")
            )
        if not facts.reason.strip():
            wrong["reason"] = Message(N_("Say why the signature was refused."))
    return wrong


@dataclass(frozen=True, slots=True)
class PlanShare:
    """A share of the year's plan: of so many, at least so many, so many done."""

    whole: int
    wanted: int
    done: int

    @property
    def left(self) -> int:
        return max(0, self.wanted - self.done)


def plan_share(whole: int, done: int, permille: int) -> PlanShare:
    """At least so many of a thousand; a part of one is one."""
    return PlanShare(whole, -(-whole * permille // 1000), done)


def missing_categories(owned: Collection[str], sampled: Sequence[str], each: int) -> tuple[str, ...]:
    """The categories of a unit of which too few pieces were looked at."""
    return tuple(sorted(key for key in set(owned) if sampled.count(key) < each))
