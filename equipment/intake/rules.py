"""Arrived late, arrived twice: which instant counts for a message, what is doubted of it, and whether it came
before. Pure.

Two clocks stand on every message (docs/design.md 4): `happened_at` is the device's word, `received_at` ours.
How far the two may differ is a value of the category's rule pack; it comes in as `ClockLimits`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from equipment.core.clock import site_day

DRIFT = "drift"  # the device's clock is off
DISPUTED = "disputed"  # 待核实: nobody can vouch for the device's word


class ClockLimits(NamedTuple):
    """How far a device's clock may be off: more than `drift` is flagged; a day farther off than `believable`
    is judged on by nobody."""

    drift: timedelta
    believable: timedelta


class Arrival(NamedTuple):
    """When a message counts. It belongs to the day `on`; it is judged on every one of `days`, the stricter
    answer kept."""

    received_at: datetime
    at: datetime
    on: date
    days: tuple[date, ...]
    flags: tuple[str, ...]
    drift_s: int  # how far the device's clock is behind ours, its word taken for granted

    @property
    def doubted(self) -> bool:
        """Whether the record is 待核实."""
        return DISPUTED in self.flags


def arrival(
    happened_at: datetime,
    received_at: datetime,
    limits: ClockLimits,
    *,
    queued: bool | None,
    last_contact: datetime | None,
) -> Arrival:
    """A live message counts when it was received. A queued one counts when it happened, if that lies between
    the device's last contact and now; else it counts when it was received, is judged on both days, and is
    doubted.

    A sender that cannot say whether its message was queued passes None: then one farther off than `drift`
    was.
    """
    behind = received_at - happened_at
    is_off = abs(behind) > limits.drift
    drift_s = round(behind.total_seconds())
    today = site_day(received_at)
    if not (is_off if queued is None else queued):
        return Arrival(received_at, received_at, today, (today,), (DRIFT,) if is_off else (), drift_s)
    day = site_day(happened_at)
    if last_contact is not None and last_contact <= happened_at <= received_at:
        return Arrival(received_at, happened_at, day, (day,), (), drift_s)
    days = (day, today) if day != today and abs(today - day) <= limits.believable else (today,)
    return Arrival(received_at, received_at, today, days, (DISPUTED,), drift_s)


class EarlierMessage(NamedTuple):
    """What an id said when it was first used (the text of a JSON object), who used it, and the answer it
    got."""

    sender: UUID | None
    content: str
    answer: str

    def conflict(self, sender: UUID | None, content: str, id_field: str) -> tuple[str, ...]:
        """The fields in which the same id now says something else; () for the same message again. Of another
        sender's message nothing is told but that its id is taken."""
        if sender != self.sender:
            return (id_field,)
        return (
            () if content == self.content else differing_fields(json.loads(self.content), json.loads(content))
        )


def content_of(**values: object) -> str:
    """The text of a message by which it is known again: the same values in any order, times and days as ISO
    8601."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=_iso)


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def differing_fields(before: Mapping[str, object], now: Mapping[str, object]) -> tuple[str, ...]:
    """The names whose values differ, sorted; a name that one of them lacks counts as None."""
    return tuple(sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)))
