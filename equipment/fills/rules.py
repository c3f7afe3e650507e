"""May this cylinder be filled here and now (充装前), and did the fill come out right (充装后)? Pure.

All reasons are collected, not only the first. What the register knows is decided from `FillFacts`; what only a person can see
comes as answers to the check items. Codes, effects, wordings and citations are the rule pack's (regulation/refusals.toml).
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from equipment.core.months import add_months
from equipment.core.verdict import Effect, Reason, Verdict
from equipment.fills.states import Sanction
from equipment.register.rules import Outcome
from equipment.regulation.fill_checks import CheckItem, Refusal

Found = Iterator[tuple[str, dict[str, Any]]]
EVERY: frozenset[str] = frozenset({"all"})
TRANSIENT = frozenset({"R25"})  # gone once the people have left the vehicle: nothing stays with the cylinder
NOT_PASSED = frozenset({"failed", "fail", "scrap"})
FINDINGS = frozenset({"R16", "R17", "Q01", "Q02", "Q03", "Q11"})  # damage, fire, leaks: somebody must look at them
RING_NOT_READ = "no_day"  # 检验情况不明: nobody knows until when; reading the ring and recording its month settles it
OVERFILL = "Q10"  # the post-fill item about the weight


@dataclass(frozen=True, slots=True, kw_only=True)
class FillFacts:
    """Everything a verdict is made of, as it stood at the scan; stored with the fill so that it can be judged again."""

    reading: str = Outcome.FOUND
    own: bool = True
    open_elsewhere: bool = False
    gas: str = ""
    medium: str = ""
    status: str = "in_use"
    registered: bool = True
    verified: bool = True
    inspection_due_on: date | None = None
    end_of_life_on: date | None = None
    last_conclusion: str = ""
    inspected_on: date | None = None
    filled_on: date | None = None
    made_on: date | None = None
    tare_known: bool = True
    screw_guard: bool | None = None
    head_mark: bool | None = None
    block_reason: str = ""
    treat_code: str = ""
    licence: str = Sanction.VALID
    operator: str = Sanction.VALID

    def as_json(self) -> dict[str, Any]:
        """Only what differs from the ordinary case; a day as its text."""
        found = {}
        for name, ordinary in _ORDINARY:
            value = getattr(self, name)
            if value != ordinary:
                found[name] = value.isoformat() if isinstance(value, date) else value
        return found

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        read: dict[str, Any] = {name: date.fromisoformat(value) if name.endswith("_on") else value for name, value in stored.items()}
        return cls(**read)


_ORDINARY = tuple((field.name, field.default) for field in fields(FillFacts))


@dataclass(frozen=True, slots=True)
class Make:
    """What the rule pack says of all cylinders made alike; None where it does not know the medium."""

    tags: frozenset[str]
    group: str
    weighed: bool
    charge_g: int | None
    target_g: int | None
    plus_minus_g: int | None
    interval_months: int
    pre: tuple[CheckItem, ...]
    post: tuple[CheckItem, ...]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The refusals in force on a day, and until when each of those in transition (过渡期) only warns at this station."""

    on: date
    refusals: Mapping[str, Refusal]
    transition: Mapping[str, date]

    def reason(self, code: str, params: Mapping[str, Any], tags: frozenset[str] = EVERY) -> Reason | None:
        """The reason of that code, None when it cannot concern a cylinder of these tags."""
        stated = self.refusals[code]
        if tags is not EVERY and not stated.applies_to(tags):
            return None
        return Reason(code, stated.effect_on(self.on, self.transition.get(code)), stated.citation, params)


def may_fill(book: Rulebook, make: Make | None, facts: FillFacts, answers: Mapping[str, bool | str]) -> Verdict:
    """Every reason there is. A code that names no cylinder is judged by itself and the station's papers."""
    tags = make.tags if make else EVERY
    found = list(_of_papers(facts))
    if facts.reading != Outcome.FOUND:
        return Verdict(tuple(_reasons(book, [("R01", {"why": facts.reading}), *found], EVERY)))
    for part in (_of_record(book, facts), _of_days(book, make, facts), _of_build(book, make, facts)):
        found += part
    reasons = list(_reasons(book, found, tags))
    if make:
        told = {reason.code for reason in reasons}
        reasons += [reason for reason in failed_checks(book, make.pre, answers) if reason.code not in told]
    return Verdict(tuple(sorted(reasons, key=lambda reason: reason.code)))


def _reasons(book: Rulebook, found: list[tuple[str, dict[str, Any]]], tags: frozenset[str]) -> Iterator[Reason]:
    for code, params in found:
        reason = _missing_operator(book, code, params) or book.reason(code, params, EVERY if params.get("always") else tags)
        if reason is not None:
            yield reason


def _missing_operator(book: Rulebook, code: str, params: Mapping[str, Any]) -> Reason | None:
    """Nobody named at the scale is a warning; a person without a valid certificate is a refusal."""
    if code != "R29" or params.get("why") != Sanction.NOBODY:
        return None
    return Reason(code, Effect.WARN, book.refusals[code].citation, params)


def _of_papers(facts: FillFacts) -> Found:
    """R29: the station's licence and the operator's certificate."""
    if facts.licence != Sanction.VALID:
        yield "R29", {"why": facts.licence, "gas": facts.gas}
    if facts.operator != Sanction.VALID:
        yield "R29", {"why": facts.operator}


def _of_record(book: Rulebook, facts: FillFacts) -> Found:
    """R02, R03, R09, R28 and what still stands from an earlier check: what the register says of the piece."""
    if not facts.registered or not facts.verified or facts.status in ("not_yet", "stopped"):
        yield "R02", {"why": facts.status if facts.status in ("not_yet", "stopped") else "unverified" if facts.registered else "unregistered"}
    if facts.open_elsewhere or facts.status == "moved_out":
        yield "R03", {"why": "open_elsewhere" if facts.open_elsewhere else "moved_out", "always": True}
    elif not facts.own:
        yield "R03", {}
    if facts.status in ("scrapped", "cancelled") or facts.last_conclusion in NOT_PASSED:
        yield "R09", {"why": facts.status if facts.status in ("scrapped", "cancelled") else "inspection_failed"}
    if facts.status == "locked":
        yield "R28", {"reason": facts.block_reason}
    if facts.treat_code in book.refusals:
        yield facts.treat_code, {"why": "standing", "always": True}


def _of_days(book: Rulebook, make: Make | None, facts: FillFacts) -> Found:
    """R07, R08, R27: inspection, design life, idleness."""
    if facts.inspection_due_on is None:
        yield "R07", {"why": RING_NOT_READ}
    elif facts.inspection_due_on < book.on:
        yield "R07", {"day": facts.inspection_due_on.isoformat(), "days": (book.on - facts.inspection_due_on).days}
    if facts.end_of_life_on is not None and facts.end_of_life_on < book.on:
        yield "R08", {"day": facts.end_of_life_on.isoformat()}
    if make and facts.filled_on is not None:
        too_long = add_months(facts.filled_on, make.interval_months)
        if too_long < book.on and (facts.inspected_on is None or facts.inspected_on < too_long):
            yield "R27", {"day": facts.filled_on.isoformat()}


def _of_build(book: Rulebook, make: Make | None, facts: FillFacts) -> Found:
    """R11, R12, R13, R20: how the cylinder is built, what is in it, what it weighs."""
    if facts.screw_guard:
        yield "R11", {}
    since = book.refusals["R12"].citation.since
    if facts.head_mark is False and since and facts.made_on and facts.made_on >= since:
        yield "R12", {}
    if make is None or facts.gas != facts.medium:
        yield "R13", {"why": "other_gas", "medium": facts.medium, "gas": facts.gas}
    if make and make.weighed and not facts.tare_known:
        yield "R20", {}


def failed_checks(book: Rulebook, items: tuple[CheckItem, ...], answers: Mapping[str, bool | str]) -> Iterator[Reason]:
    """The reasons behind failed pre-fill answers: the item's own, or the one the person named (火烧 is R17, not R16)."""
    for item in items:
        answer = answers.get(item.code, True)
        code = answer if isinstance(answer, str) else "" if answer else item.refusal
        if code and (reason := book.reason(code, {"item": item.code})):
            yield reason


def asks_for_ring(reasons: Iterable[Reason]) -> bool:
    """Whether reading the inspection ring and recording its month (`dues.decisions.note_ring`) is the way out of a refusal."""
    return any(reason.code == "R07" and reason.params.get("why") == RING_NOT_READ for reason in reasons)


def standing_code(reasons: Iterable[Reason]) -> str:
    """The reason that stays with the cylinder until it was treated and checked again, one that cannot be treated here before all others."""
    staying = [reason for reason in reasons if reason.effect.refuses and reason.code not in TRANSIENT]
    return max(staying, key=lambda reason: reason.effect is Effect.BLOCK).code if staying else ""


def to_be_looked_at(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """Those that become findings."""
    return (reason for reason in reasons if reason.code in FINDINGS and reason.effect.refuses)


def unanswered(make: Make, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The items a person should have looked at and nobody answered: 未做充装前检查."""
    return tuple(item.code for item in make.pre if item.asked and item.code not in answers)


def failed_after(items: tuple[CheckItem, ...], answers: Mapping[str, bool | str], overfilled: bool) -> tuple[Reason, ...]:
    """Reasons that stop a filled cylinder from leaving: failed post-fill items; overfilled by weight is the weight item."""
    codes = {code for code, answer in answers.items() if answer is not True}
    weighed = [item for item in items if item.code == OVERFILL]
    if overfilled and weighed:
        codes.add(OVERFILL)
    return tuple(Reason(item.code, Effect.TREAT, item.citation, {"item": item.code}) for item in items if item.code in codes)
