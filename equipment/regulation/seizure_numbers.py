"""Seizures (查封、扣押): how long they run and who carries them out: one typed accessor for each key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from equipment.regulation.packs import Regulation, Value

SEIZURES = Regulation.load(Path(__file__).parent / "seizures.toml")


def seizure_days(on: date) -> Value:
    """Days for which goods are usually seized; the decision states its own last day."""
    return SEIZURES.value("seizure.period_days", on)


def prolonged_days(on: date) -> Value:
    """Days by which a period is usually prolonged."""
    return SEIZURES.value("seizure.extension_days", on)


def officers_needed(on: date) -> Value:
    """How many officers carry one out."""
    return SEIZURES.value("seizure.officers", on)
