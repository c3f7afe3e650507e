"""What the rule pack says of cylinders made alike, worked out once per make and day: the hot path only looks it up."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from equipment.core.text import Text
from equipment.core.verdict import Effect
from equipment.fills.rules import Make, Rulebook
from equipment.regulation.charges import fill_group, fill_tolerance, max_charge, tags_of
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_interval import inspection_interval
from equipment.regulation.fill_checks import EVERY, Refusal, post_fill_items, pre_fill_items, refusals
from equipment.regulation.gases import gases
from equipment.regulation.packs import Regulation, UnknownRule

KEPT = 20_000


class Sheet:
    """One rule pack on one day: its refusals, and every make met so far."""

    def __init__(self, rules: Regulation, on: date) -> None:
        self.rules, self.on = rules, on
        self.refusals = {each.code: each for each in refusals(rules, on)} | _after(rules, on)
        self.gases = {each.code: each for each in gases(rules, on)}
        self.items = frozenset((*rules.under("pre_fill", on), *rules.under("post_fill", on)))
        self._makes: dict[tuple[Any, ...], Make | None] = {}

    def book(self, transition: dict[str, date]) -> Rulebook:
        return Rulebook(self.on, self.refusals, transition)

    def knows(self, gas: str) -> bool:
        return gas in self.gases

    def unknown(self, answers: Mapping[str, bool | str]) -> list[str]:
        """The items and the reasons among these answers that the pack does not know."""
        named = {answer for answer in answers.values() if isinstance(answer, str)}
        return sorted((answers.keys() - self.items) | (named - self.refusals.keys()))

    def weighed(self, gas: str) -> bool:
        """Whether a gas is filled by weight."""
        return gas in self.gases and self.gases[gas].group.weighed

    def make_of(self, details: CylinderDetails) -> Make | None:
        """What holds for cylinders of these details; None where the pack does not know the medium."""
        key = _alike(details)
        if key not in self._makes:
            if len(self._makes) > KEPT:
                self._makes.clear()
            self._makes[key] = _make(self.rules, details, self.on)
        return self._makes[key]


def _after(rules: Regulation, on: date) -> dict[str, Refusal]:
    """A failed post-fill item (Q01 ...) keeps the cylinder from being filled again until it was treated."""
    stated = rules.under("post_fill", on).items()
    return {code: Refusal(code, Text.from_toml(value.table), Effect.TREAT, frozenset({EVERY}), False, False, value.citation) for code, value in stated}


def _alike(details: CylinderDetails) -> tuple[Any, ...]:
    """Everything a make depends on; what differs from piece to piece (tare, valve, plate) stays out."""
    return (details.variety, details.medium, details.components, details.use, details.model, details.volume_ml, details.working_pressure_kpa,
            details.max_charge_g, details.porosity_permille, details.high_purity, details.treated_inside)


def _make(rules: Regulation, details: CylinderDetails, on: date) -> Make | None:
    try:
        tags, group = tags_of(rules, details, on), fill_group(rules, details, on)
        interval = inspection_interval(rules, details, on)
    except UnknownRule:
        return None
    charge, aimed = max_charge(rules, details, on), fill_tolerance(rules, details, on)
    return Make(
        tags=tags, group=group.value, weighed=group.weighed, charge_g=charge.grams if charge else None,
        target_g=aimed.target_g if aimed else None, plus_minus_g=aimed.plus_minus_g if aimed else None, interval_months=interval.months,
        pre=pre_fill_items(rules, tags, on), post=post_fill_items(rules, tags, on),
    )
