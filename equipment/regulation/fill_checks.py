"""Check items around a fill (充装前检查、充装后检查) and the reasons to refuse one (R01-R32), from the cylinder pack."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date

from equipment.core.text import Text
from equipment.core.verdict import Citation, Effect
from equipment.regulation import cylinder_numbers as numbers
from equipment.regulation.gases import FillGroup
from equipment.regulation.packs import Regulation, Value

EVERY = "all"


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing to look at; `by_person` is False where the register answers. A failed pre-fill item refuses
    with `refusal`."""

    code: str
    text: Text
    by_person: bool
    refusal: str
    citation: Citation
    first: bool = False  # asked of a new or just inspected cylinder only


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason to refuse, with the effect the rule pack gives it."""

    code: str
    text: Text
    effect: Effect
    applies: frozenset[str]
    transition: bool
    override: bool
    citation: Citation
    exempt: frozenset[str] = frozenset()

    def applies_to(self, tags: Set[str]) -> bool:
        """Whether it can concern a cylinder of these tags (`charges.tags_of`)."""
        return self.exempt.isdisjoint(tags) and (EVERY in self.applies or not self.applies.isdisjoint(tags))

    def effect_on(self, day: date, transition_until: date | None) -> Effect:
        """A reason in transition warns until the station's day; without a day set it goes on warning."""
        if self.transition and (transition_until is None or day <= transition_until):
            return Effect.WARN
        return self.effect


def pre_fill_items(rules: Regulation, tags: Set[str], on: date) -> tuple[CheckItem, ...]:
    """What is looked at before filling a cylinder of these tags."""
    return tuple(_items(numbers.pre_fill_stated(rules, on), tags))


def post_fill_items(rules: Regulation, tags: Set[str], on: date) -> tuple[CheckItem, ...]:
    """What is looked at after filling a cylinder of these tags."""
    return tuple(_items(numbers.post_fill_stated(rules, on), tags))


def _items(items: Mapping[str, Value], tags: Set[str]) -> list[CheckItem]:
    group = next((group.value for group in FillGroup if group.value in tags), "")
    check_items = []
    for code, value in items.items():
        stated = value.table
        if not tags.isdisjoint(stated.texts("applies")):
            refusal = stated.table("refusal_by_group").text(group, stated.text("refusal", ""))
            check_items.append(
                CheckItem(
                    code,
                    Text.from_toml(stated),
                    stated.flag("asked", True),
                    refusal,
                    value.citation,
                    stated.flag("first", False),
                )
            )
    return check_items


def refusal(rules: Regulation, code: str, on: date) -> Refusal:
    """The reason of that code, R01 to R32."""
    value = numbers.refusal_stated(rules, code, on)
    stated = value.table
    return Refusal(
        code,
        Text.from_toml(stated),
        Effect(stated.text("effect")),
        frozenset(stated.texts("applies")),
        stated.flag("transition", False),
        stated.flag("override", False),
        value.citation,
        frozenset(stated.texts("except")),
    )


def refusals(rules: Regulation, on: date) -> tuple[Refusal, ...]:
    """All reasons, in order of their codes."""
    return tuple(refusal(rules, code, on) for code in sorted(numbers.refusals_stated(rules, on)))


def override_allowed(rules: Regulation, code: str, on: date) -> bool:
    """Whether two people may set this reason aside (人工放行): the bureau has opened it and the reason is one of
    the few."""
    return numbers.override_open(rules, on) and refusal(rules, code, on).override
