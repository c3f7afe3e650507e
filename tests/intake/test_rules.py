"""Which instant counts, what is doubted, and what is the same message again: one table of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from equipment.intake.rules import ClockLimits, EarlierMessage, arrival, differing_fields

NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)  # noon on site
TODAY, YESTERDAY = date(2026, 11, 28), date(2026, 11, 27)
LIMITS = ClockLimits(timedelta(seconds=120), timedelta(days=366))
STATION, OTHER = UUID(int=1), UUID(int=2)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OLD = date(1970, 1, 1)

# (what, queued, how long ago it happened, how long ago the device was last heard of) -> (instant counts as,
# on, days, flags)
CASES = [
    ("live, right clock", False, timedelta(seconds=2), None, ("received", TODAY, (TODAY,), ())),
    ("live, at the limit", False, timedelta(seconds=120), None, ("received", TODAY, (TODAY,), ())),
    ("live, clock behind", False, timedelta(seconds=121), HOUR, ("received", TODAY, (TODAY,), ("drift",))),
    ("live, clock ahead", False, -5 * HOUR, HOUR, ("received", TODAY, (TODAY,), ("drift",))),
    ("live, yesterday's clock", False, DAY, None, ("received", TODAY, (TODAY,), ("drift",))),
    ("queued after the last contact", True, DAY, 2 * DAY, ("happened", YESTERDAY, (YESTERDAY,), ())),
    ("queued at the last contact", True, DAY, DAY, ("happened", YESTERDAY, (YESTERDAY,), ())),
    ("queued just now", True, timedelta(0), DAY, ("happened", TODAY, (TODAY,), ())),
    (
        "queued before the last contact",
        True,
        DAY,
        HOUR,
        ("received", TODAY, (YESTERDAY, TODAY), ("disputed",)),
    ),
    ("queued in the future", True, -DAY, DAY, ("received", TODAY, (TODAY + DAY, TODAY), ("disputed",))),
    (
        "queued, device never heard of",
        True,
        DAY,
        None,
        ("received", TODAY, (YESTERDAY, TODAY), ("disputed",)),
    ),
    ("queued, same day either way", True, HOUR, None, ("received", TODAY, (TODAY,), ("disputed",))),
    (
        "queued, at the end of what is believed",
        True,
        366 * DAY,
        None,
        ("received", TODAY, (date(2025, 11, 27), TODAY), ("disputed",)),
    ),
    (
        "queued, dead battery",
        True,
        NOW - datetime(1970, 1, 1, 2, tzinfo=UTC),
        None,
        ("received", TODAY, (TODAY,), ("disputed",)),
    ),
    ("unsaid, near: live", None, timedelta(seconds=100), None, ("received", TODAY, (TODAY,), ())),
    ("unsaid, far and vouched for: queued", None, DAY, 2 * DAY, ("happened", YESTERDAY, (YESTERDAY,), ())),
    (
        "unsaid, far and not vouched for",
        None,
        DAY,
        HOUR,
        ("received", TODAY, (YESTERDAY, TODAY), ("disputed",)),
    ),
]


@pytest.mark.parametrize(
    ("what", "queued", "ago", "heard", "expected"), CASES, ids=[case[0] for case in CASES]
)
def test_which_instant_counts(
    what: str,
    queued: bool | None,
    ago: timedelta,
    heard: timedelta | None,
    expected: tuple[str, date, tuple[date, ...], tuple[str, ...]],
) -> None:
    happened = NOW - ago
    arrived = arrival(
        happened, NOW, LIMITS, queued=queued, last_contact=None if heard is None else NOW - heard
    )
    instant, on, days, flags = expected
    assert (arrived.at, arrived.on, arrived.days, arrived.flags) == (
        NOW if instant == "received" else happened,
        on,
        days,
        flags,
    )
    assert (arrived.received_at, arrived.drift_s, arrived.doubted) == (
        NOW,
        ago.total_seconds(),
        "disputed" in flags,
    )


def test_the_day_is_the_sites() -> None:
    late = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)  # half past midnight on site
    assert arrival(late, late, LIMITS, queued=False, last_contact=None).on == TODAY


@pytest.mark.parametrize(
    ("sender", "content", "fields"),
    [
        (STATION, '{"gas":"LPG","bay":null}', ()),
        (STATION, '{"gas":"O2","bay":"3"}', ("bay", "gas")),
        (STATION, '{"gas":"LPG"}', ()),
        (STATION, '{"gas":"LPG","bay":null,"operator":"7"}', ("operator",)),
        (OTHER, '{"gas":"LPG","bay":null}', ("scan_id",)),
        (None, '{"gas":"LPG","bay":null}', ("scan_id",)),
    ],
)
def test_the_same_message_again_or_the_fields_that_differ(
    sender: UUID | None, content: str, fields: tuple[str, ...]
) -> None:
    assert (
        EarlierMessage(STATION, '{"gas":"LPG","bay":null}', "{}").conflict(sender, content, "scan_id")
        == fields
    )


def test_what_one_lacks_counts_as_none() -> None:
    assert differing_fields({"a": 1, "b": None}, {"a": 2, "c": 3}) == ("a", "c")
