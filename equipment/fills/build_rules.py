"""How a cylinder is built, and what the rule pack says of all that are built alike: tags, fill group, charge,
intervals, check items. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from equipment.regulation.charges import fill_group, fill_tolerance, max_charge, tags_of
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_interval import inspection_interval
from equipment.regulation.fill_checks import CheckItem, post_fill_items, pre_fill_items
from equipment.regulation.fill_pressure import PressureLimit, pressure_limit
from equipment.regulation.packs import Regulation, UnknownRule


@dataclass(frozen=True, slots=True)
class Make:
    """What the rule pack says of all cylinders made alike; None where it does not know the medium."""

    tags: frozenset[str]
    group: str
    weighed: bool
    charge_g: int | None
    pressure: PressureLimit | None
    target_g: int | None
    plus_minus_g: int | None
    intervals: tuple[tuple[date, int], ...]  # in months, each for what was last inspected from a day on
    pre: tuple[CheckItem, ...]
    post: tuple[CheckItem, ...]

    def interval_months(self, inspected_on: date | None) -> int:
        """The interval by the rules that were in force when it was last inspected."""
        return [months for since, months in self.intervals if since <= (inspected_on or date.min)][-1]


class Build(NamedTuple):
    """How a cylinder is built, as its stamps say."""

    make: Make | None
    model: str | None = None
    head_mark: bool | None = None
    screw_guard: bool | None = None


def make_of_details(rules: Regulation, details: CylinderDetails, on: date) -> Make | None:
    """What the pack says of cylinders of these details; None where it does not know the medium."""
    try:
        tags, group = tags_of(rules, details, on), fill_group(rules, details, on)
        intervals = tuple(
            (since, inspection_interval(counted, details, on).months) for since, counted in rules.steps()
        )
    except UnknownRule:
        return None
    charge, aim = max_charge(rules, details, on), fill_tolerance(rules, details, on)
    return Make(
        tags=tags,
        group=group.value,
        weighed=group.weighed,
        charge_g=charge.grams if charge else None,
        pressure=pressure_limit(rules, details, on),
        target_g=aim.target_g if aim else None,
        plus_minus_g=aim.plus_minus_g if aim else None,
        intervals=intervals,
        pre=pre_fill_items(rules, tags, on),
        post=post_fill_items(rules, tags, on),
    )
