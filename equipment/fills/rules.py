"""May this cylinder be filled here and now (充装前), and did the fill come out right (充装后)? Pure.

All reasons are collected, not only the first. What the register knows is decided from `FillFacts`; what only
a person can see comes as answers to the check items. Codes, effects, wordings and citations are the rule
pack's (regulation/refusals.toml).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import NamedTuple, Self, TypedDict
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from equipment.core.months import add_months
from equipment.core.text import Text
from equipment.core.verdict import CLEAN, Effect, Reason, Verdict
from equipment.fills.build_rules import Build, Make, make_of_details
from equipment.fills.states import Sanction
from equipment.intake.rules import ClockLimits
from equipment.people.codes import card_number
from equipment.register.rules import Outcome
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_numbers import (
    acetylene_release,
    acetylene_rest,
    checked_by_another,
    clock_believable,
    clock_drift,
    head_mark_from,
    post_fill_stated,
    pre_fill_stated,
    rechecked_by_another,
    refill_after,
    treated_by_two,
    weighed_again,
)
from equipment.regulation.fill_checks import CheckItem, Refusal, pre_fill_items, refusals
from equipment.regulation.gases import gases
from equipment.regulation.packs import Regulation

EVERY: frozenset[str] = frozenset({"all"})
NOT_PASSED = frozenset({"failed", "fail", "scrap"})
# 检验情况不明: nobody knows until when; reading the ring and recording its month settles it
RING_NOT_READ = "no_day"
REFILL = "R31"  # filled a short while ago
SECOND_FILL = "R33"  # a non-refillable bottle that was filled before; a question of the house, no refusal
MOST_BUILDS = 20_000
LANGUAGES = ("zh", "en")
_TARE: TypeAdapter[int | None] = TypeAdapter(CylinderDetails.model_fields["tare_g"].rebuild_annotation())
# by check item: fine or not, or the code of the reason that a person named
Answers = Mapping[str, bool | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillFacts:
    """Everything a verdict is made of, as it stood at the scan; stored with the fill so that it can be judged
    again."""

    reading: str = Outcome.FOUND
    own: bool = True  # or kept for its owner
    in_custody: bool = False  # 托管: another's, which this station may fill
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
    undecided: bool = False  # 判禁后充装, and the bureau has not decided yet
    minutes_since_fill: int | None = None  # where that is short (R31); None while its fill goes on
    refill_reason: str = ""  # why it is filled again so soon
    stop_use: bool = False
    licence: str = Sanction.VALID
    operator: str = Sanction.VALID

    @property
    def first(self) -> bool:
        """首次充装, or the first after an inspection: vacuum or purge is asked then. A bottle of which no fill is
        on file counts as new."""
        return self.filled_on is None or (
            self.inspected_on is not None and self.inspected_on >= self.filled_on
        )

    def as_json(self) -> dict[str, object]:
        """Only what differs from the ordinary case; a day as its text."""
        facts = {}
        for name, ordinary in _ORDINARY:
            value = getattr(self, name)
            if value != ordinary:
                facts[name] = value.isoformat() if isinstance(value, date) else value
        return facts

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Self:
        days = {
            name: date.fromisoformat(str(value)) for name, value in stored.items() if name.endswith("_on")
        }
        return cls(**{**stored, **days})  # type: ignore[arg-type]


_ORDINARY = tuple((field.name, field.default) for field in fields(FillFacts))


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The refusals in force on a day, until when each of those in transition (过渡期) only warns at this
    station, from which day of manufacture the head carries a mark (R12), and for how long after a fill the
    next one needs a reason (R31)."""

    on: date
    refusals: Mapping[str, Refusal]
    transition: Mapping[str, date]
    head_mark_from: date | None = None
    refill_after: timedelta = timedelta()

    def reason(self, code: str, params: Mapping[str, object], tags: frozenset[str] = EVERY) -> Reason | None:
        """The reason of that code, None when it cannot concern a cylinder of these tags. Nobody named at the
        scale is a warning, a person without a valid certificate a refusal; a second fill is one until
        somebody says why."""
        stated = self.refusals[code]
        is_explained = code == REFILL and params.get("reason")
        if is_explained or (code == "R29" and params.get("why") == Sanction.NOBODY):
            return Reason(code, Effect.WARN, stated.citation, params)
        if tags is not EVERY and not params.get("always") and not stated.applies_to(tags):
            return None
        return Reason(code, stated.effect_on(self.on, self.transition.get(code)), stated.citation, params)


class ItemText(TypedDict):
    """A check item as a device hears of it; `ok` is None until somebody answered."""

    code: str
    text: str
    asked: bool
    ok: bool | None


class FillPack:
    """The cylinder pack on one day: refusals, gases, check items in both languages, how far a device's clock
    may be off, and every build met so far, worked out once."""

    def __init__(self, rules: Regulation, on: date) -> None:
        self.rules, self.on = rules, on
        self.refusals = {refusal.code: refusal for refusal in refusals(rules, on)} | _after(rules, on)
        self.gases = {gas.code: gas for gas in gases(rules, on)}
        items = {**pre_fill_stated(rules, on), **post_fill_stated(rules, on)}
        self.items = frozenset(items)
        self.treated_by_two = treated_by_two(rules, on)
        self.checked_by_another = checked_by_another(rules, on)
        self.rechecked_by_another = rechecked_by_another(rules, on)
        self.weighed_again = weighed_again(rules, on)
        self.acetylene_rest = acetylene_rest(rules, on)
        self.acetylene_release = acetylene_release(rules, on)
        self.limits = ClockLimits(clock_drift(rules, on), clock_believable(rules, on))
        self.item_texts: dict[str, dict[str, ItemText]] = {
            language: {
                code: {
                    "code": code,
                    "text": Text.from_toml(value.table).in_language(language),
                    "asked": value.table.flag("asked", True),
                    "ok": None,
                }
                for code, value in items.items()
            }
            for language in LANGUAGES
        }
        self._builds: dict[frozenset[tuple[str, object]], Build | None] = {}
        self._makes: dict[tuple[object, ...], Make | None] = {}

    def book(self, transition: Mapping[str, date]) -> Rulebook:
        """The refusals of the day; those in transition only warn until the station's day."""
        return Rulebook(
            self.on,
            self.refusals,
            transition,
            head_mark_from(self.rules, self.on),
            refill_after(self.rules, self.on),
        )

    def unknown(self, answers: Answers) -> list[str]:
        """The items and the reasons among these answers that the pack does not know."""
        named = {answer for answer in answers.values() if isinstance(answer, str)}
        return sorted((answers.keys() - self.items) | (named - self.refusals.keys()))

    def asked_items(self, gas: str) -> list[str]:
        """The check items that a person answers for an ordinary bottle of this gas."""
        stated = self.gases[gas]
        items = pre_fill_items(self.rules, stated.tags | {stated.group.value}, self.on)
        return [item.code for item in items if item.by_person]

    def is_weighed(self, gas: str) -> bool:
        """Whether a gas is filled by weight."""
        return gas in self.gases and self.gases[gas].group.weighed

    def build_of(self, details: Mapping[str, object]) -> tuple[Build | None, int | None]:
        """(the build, the tare in g) of a cylinder with these details on file; no build where an import left
        something that is no cylinder: then it is judged as of unknown medium. Cylinders that differ in
        their tare or remark only are looked up, not read again."""
        stamps = {name: value for name, value in details.items() if name != "note"}
        tare = stamps.pop("tare_g", None)
        key = frozenset(stamps.items())
        try:
            tare_g = _TARE.validate_python(tare)
            build = self._builds[key] if key in self._builds else self._read(key, stamps)
        except ValidationError:
            return None, None
        return build, tare_g if build else None

    def _read(self, key: frozenset[tuple[str, object]], stamps: Mapping[str, object]) -> Build | None:
        if len(self._builds) > MOST_BUILDS:
            self._builds.clear()
        self._builds[key] = None
        details = CylinderDetails.model_validate(stamps)
        build = self._builds[key] = Build(
            self.make_of(details), details.model, details.head_mark, details.screw_guard
        )
        return build

    def make_of(self, details: CylinderDetails) -> Make | None:
        """What holds for cylinders of these details; None where the pack does not know the medium."""
        key = (
            details.variety,
            details.medium,
            details.components,
            details.use,
            details.model,
            details.volume_ml,
            details.working_pressure_kpa,
            details.max_charge_g,
            details.porosity_permille,
            details.high_purity,
            details.treated_inside,
            details.non_refillable,
            details.fill_approval is not None,
        )
        if key not in self._makes:
            if len(self._makes) > MOST_BUILDS:
                self._makes.clear()
            self._makes[key] = make_of_details(self.rules, details, self.on)
        return self._makes[key]


def _after(rules: Regulation, on: date) -> dict[str, Refusal]:
    """A failed post-fill item (Q01 ...) keeps the cylinder from being filled again until it was treated."""
    stated = post_fill_stated(rules, on).items()
    return {
        code: Refusal(code, Text.from_toml(value.table), Effect.TREAT, EVERY, False, False, value.citation)
        for code, value in stated
    }


class Sanctions(NamedTuple):
    """How the station's and the filler's papers stand, and who fills."""

    licence: Sanction
    operator: Sanction
    user_id: UUID | None


@dataclass(frozen=True, slots=True)
class StationDay:
    """One station on one day, as the rules of filling see it. `licensed` is None where no licence runs;
    `people` are those of a valid card or of a certificate, by its number; `certified` hold one that runs;
    `custody_of` are the owners whose bottles it keeps."""

    organisation_id: UUID
    area: str
    pack: FillPack
    book: Rulebook
    licensed: frozenset[str] | None
    people: Mapping[str, UUID]
    certified: frozenset[UUID]
    custody_of: frozenset[UUID] = frozenset()

    def person(self, number: str) -> UUID | None:
        """Whose card or certificate has this number."""
        return self.people.get(number.upper()) or self.people.get(card_number(number))

    def sanctions(self, gas: str, card: str, person: UUID | None) -> Sanctions:
        """R29: whether the station may fill this gas, and the person of the card shown, else the one at the
        device, may fill at all."""
        licence = Sanction.NO_LICENCE
        if self.licensed is not None:
            licence = Sanction.VALID if gas in self.licensed else Sanction.NOT_COVERED
        if card:
            person = self.person(card)
            if person is None:
                return Sanctions(licence, Sanction.UNKNOWN, None)
        if person is None:
            return Sanctions(licence, Sanction.NOBODY, None)
        return Sanctions(
            licence, Sanction.VALID if person in self.certified else Sanction.NO_CERTIFICATE, person
        )


class Ground(NamedTuple):
    """Something that stands against a fill: the code of the reason and what it is about, before the pack says
    what follows from it."""

    code: str
    params: Mapping[str, object] = {}


def may_fill(book: Rulebook, make: Make | None, facts: FillFacts, answers: Answers) -> Verdict:
    """Every reason there is. A code that names no cylinder is judged by itself and the station's papers."""
    grounds = []
    # where nobody asked for a gas, no licence can lack it
    if facts.licence != Sanction.VALID and (facts.gas or facts.licence != Sanction.NOT_COVERED):
        grounds.append(Ground("R29", {"why": facts.licence, "gas": facts.gas}))
    if facts.operator != Sanction.VALID:
        grounds.append(Ground("R29", {"why": facts.operator}))
    if facts.reading != Outcome.FOUND:
        is_ended = facts.reading == Outcome.ENDED  # for ever, wherever its code is read
        ground = Ground("R09", {"why": "scrapped"}) if is_ended else Ground("R01", {"why": facts.reading})
        grounds.insert(0, ground)
        return Verdict(tuple(filter(None, (book.reason(*ground) for ground in grounds))))
    grounds += record_grounds(book, facts)
    grounds += cylinder_grounds(book, make, facts)
    if not grounds and not answers:
        return CLEAN
    tags = make.tags if make else EVERY
    reasons = list(filter(None, (book.reason(*ground, tags) for ground in grounds)))
    codes = {reason.code for reason in reasons}
    if make:
        reasons += [reason for reason in failed_checks(book, make.pre, answers) if reason.code not in codes]
    return Verdict(tuple(sorted(reasons, key=lambda reason: reason.code)))


def record_grounds(book: Rulebook, facts: FillFacts) -> list[Ground]:
    """R02, R03, R09, R28, R30, R31 and what still stands from an earlier check: what is on file."""
    grounds = []
    if not facts.registered or not facts.verified or facts.status in ("not_yet", "stopped"):
        out_of_use = facts.status in ("not_yet", "stopped")
        grounds.append(
            Ground(
                "R02",
                {"why": facts.status if out_of_use else "unverified" if facts.registered else "unregistered"},
            )
        )
    if facts.open_elsewhere or facts.status == "moved_out":
        grounds.append(
            Ground("R03", {"why": "open_elsewhere" if facts.open_elsewhere else "moved_out", "always": True})
        )
    elif not facts.own:
        grounds.append(Ground("R03"))
    if facts.status in ("scrapped", "cancelled") or facts.last_conclusion in NOT_PASSED:
        gone = facts.status in ("scrapped", "cancelled")
        grounds.append(Ground("R09", {"why": facts.status if gone else "inspection_failed"}))
    if facts.status == "locked":
        grounds.append(Ground("R28", {"reason": facts.block_reason}))
    elif facts.undecided:
        grounds.append(Ground("R28", {"why": "undecided"}))
    if facts.minutes_since_fill is not None:
        params = {"minutes": facts.minutes_since_fill, "reason": facts.refill_reason}
        grounds.append(Ground(REFILL, params))
    if facts.stop_use and "R30" in book.refusals:
        grounds.append(Ground("R30"))
    if facts.treat_code in book.refusals:
        grounds.append(Ground(facts.treat_code, {"why": "standing", "always": True}))
    return grounds


def cylinder_grounds(book: Rulebook, make: Make | None, facts: FillFacts) -> list[Ground]:
    """R07, R08, R27: inspection, design life, idleness; R11, R12, R13, R20, R33: how it is built, what is in
    it, what it weighs."""
    grounds = []
    failed = facts.last_conclusion in NOT_PASSED  # R09 says so: that is no overdue inspection
    if facts.inspection_due_on is None and not failed:
        grounds.append(Ground("R07", {"why": RING_NOT_READ}))
    elif facts.inspection_due_on is not None and facts.inspection_due_on < book.on and not failed:
        overdue = (book.on - facts.inspection_due_on).days
        grounds.append(Ground("R07", {"day": facts.inspection_due_on.isoformat(), "days": overdue}))
    if facts.end_of_life_on is not None and facts.end_of_life_on < book.on:
        grounds.append(Ground("R08", {"day": facts.end_of_life_on.isoformat()}))
    if make and facts.filled_on is not None:
        months = make.interval_months(facts.inspected_on or facts.made_on)
        too_long = add_months(facts.filled_on, months)
        if too_long < book.on and (facts.inspected_on is None or facts.inspected_on < too_long):
            grounds.append(Ground("R27", {"day": facts.filled_on.isoformat()}))
    if make and "non_refillable" in make.tags and facts.filled_on is not None:
        grounds.append(Ground(SECOND_FILL, {"day": facts.filled_on.isoformat()}))
    if facts.screw_guard:
        grounds.append(Ground("R11"))
    marked_from, made_on = book.head_mark_from, facts.made_on
    if facts.head_mark is False and marked_from and made_on and made_on >= marked_from:
        grounds.append(Ground("R12"))
    if make is None or facts.gas != facts.medium:
        grounds.append(Ground("R13", {"why": "other_gas", "medium": facts.medium, "gas": facts.gas}))
    if make and make.weighed and not facts.tare_known:
        grounds.append(Ground("R20"))
    return grounds


def failed_checks(
    book: Rulebook, items: tuple[CheckItem, ...], answers: Mapping[str, bool | str]
) -> Iterator[Reason]:
    """The reasons behind failed pre-fill answers: the item's own, or the one the person named (火烧 is R17, not
    R16)."""
    for item in items:
        answer = answers.get(item.code, True)
        code = answer if isinstance(answer, str) else "" if answer else item.refusal
        if code and (reason := book.reason(code, {"item": item.code})):
            yield reason
