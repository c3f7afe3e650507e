"""The numbers by which a gateway's messages are taken and judged: values of the house, unverified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from equipment.regulation.packs import Regulation


@dataclass(frozen=True, slots=True)
class TelemetryLimits:
    """`gap`: over a longer silence nothing is known of a lift. `repeat`: the same fault again within it is
    the same fault. `ahead`: how far a gateway's clock may be fast; `queued`: how old a message may be."""

    gap: timedelta
    repeat: timedelta
    ahead: timedelta
    queued: timedelta
    per_minute: int

    @classmethod
    def of(cls, rules: Regulation, on: date) -> TelemetryLimits:
        return cls(
            gap=timedelta(minutes=rules.integer("telemetry.gap_minutes", on)),
            repeat=timedelta(minutes=rules.integer("telemetry.repeat_minutes", on)),
            ahead=timedelta(minutes=rules.integer("telemetry.clock_minutes_at_most", on)),
            queued=timedelta(days=rules.integer("telemetry.queued_days_at_most", on)),
            per_minute=rules.integer("telemetry.gateway_per_minute", on),
        )


def silent_after(rules: Regulation, on: date) -> timedelta:
    """After how long without a message a lift's gateway counts as silent (失联)."""
    return timedelta(hours=rules.integer("telemetry.silent_hours", on))


def days_kept(rules: Regulation, on: date) -> int:
    """For how many days the sums of a lift's days are kept."""
    return rules.integer("telemetry.kept_days", on)
