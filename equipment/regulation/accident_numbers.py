"""Accidents (特种设备事故): how fast they are reported, and which events are none: one typed accessor for each key
or family of keys."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from equipment.core.text import Text
from equipment.core.verdict import Citation
from equipment.regulation.packs import Regulation, Value

ACCIDENTS = Regulation.load(Path(__file__).parent / "accidents.toml")


class Exclusion(NamedTuple):
    """One case of Art. 3 of order 50: an event that is no accident of special equipment."""

    code: str
    text: Text
    citation: Citation


def unit_reports_within(on: date) -> Value:
    """Minutes from the moment the head of the unit knew to his report to the bureau."""
    return ACCIDENTS.value("report.unit_minutes", on)


def relayed_within(on: date) -> Value:
    """Minutes in which each level of the bureau reports to the one above."""
    return ACCIDENTS.value("report.relay_minutes", on)


def follow_up_within(on: date) -> Value:
    """Days after the accident in which changed facts are reported."""
    return ACCIDENTS.value("report.follow_up_days", on)


def same_accident_within(on: date) -> Value:
    """Minutes in which another report of the same piece is asked about before it is taken."""
    return ACCIDENTS.value("report.same_accident_minutes", on)


def result_published(on: date) -> Value:
    """Whether the result of the investigation is made public."""
    return ACCIDENTS.value("report.published", on)


def exclusions(on: date) -> tuple[Exclusion, ...]:
    """The cases in force on a day, in the order of the article."""
    return tuple(
        Exclusion(code, Text.from_toml(value.table), value.citation)
        for code, value in ACCIDENTS.under("not_accident", on).items()
    )
