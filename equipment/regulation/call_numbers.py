"""Numbers of rescue calls (困人救援) in the elevator pack: one typed accessor for each key or family of keys."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from equipment.core.verdict import Citation
from equipment.regulation.packs import Regulation, Value


class CallCause(NamedTuple):
    """One row of the table of causes; `is_finding`: it may be a fault of the lift or of its maintenance."""

    code: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str
    is_finding: bool
    citation: Citation

    def in_language(self, locale: str) -> str:
        return self.zh if locale.startswith("zh") else self.en

    def hint(self, locale: str) -> str:
        return self.hint_zh if locale.startswith("zh") else self.hint_en


def arrival_in_city(rules: Regulation, on: date) -> Value:
    """Minutes from the call to the arrival in a municipality or a city with districts."""
    return rules.value("visit.rescue_arrival_minutes", on)


def arrival_elsewhere(rules: Regulation, on: date) -> Value:
    """Minutes from the call to the arrival in other areas."""
    return rules.value("call.arrival_elsewhere_minutes", on)


def escalate_after(rules: Regulation, on: date) -> Value:
    """Minutes since the call after which the desk urges, asks for level 2 and for level 3."""
    return rules.value("call.escalate_minutes", on)


def same_call_within(rules: Regulation, on: date) -> int:
    """Minutes within which another call from the same lift is the same one."""
    return rules.integer("call.same_call_minutes", on)


def caller_kept(rules: Regulation, on: date) -> Value:
    """Days after which the phone of whoever called is blanked."""
    return rules.value("call.caller_kept_days", on)


def repeated_at_least(rules: Regulation, on: date) -> Value:
    """How many trappings in a year make a lift stand out."""
    return rules.value("call.repeated_in_year", on)


def nearby_days(rules: Regulation, on: date) -> int:
    """Days back in which swipes show where a firm works."""
    return rules.integer("call.nearby_days", on)


def nearby_at_most(rules: Regulation, on: date) -> Value:
    """Kilometres within which another firm is nearby."""
    return rules.value("call.nearby_km", on)


def call_causes(rules: Regulation, on: date) -> tuple[CallCause, ...]:
    """The table of causes in force on a day, in the order of the pack."""
    causes = []
    for key, value in rules.under("call.cause", on).items():
        row = value.table
        causes.append(
            CallCause(
                key.rpartition(".")[2],
                row.text("zh"),
                row.text("en"),
                row.text("hint"),
                row.text("hint_en"),
                row.flag("finding", False),
                value.citation,
            )
        )
    return tuple(causes)
