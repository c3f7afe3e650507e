"""Signals of a station's days as the bureau reads them, and how they come to be suspicions."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_numbers import station_limits
from equipment.suspicions.rules import Suspected
from equipment.suspicions.states import SuspicionKind as K
from equipment.suspicions.station_rules import StationActivity, longest_gap, signals_of, station_patterns

ON = date(2026, 11, 20)
LIMITS = station_limits(CYLINDER.regulation, ON)  # 7 days silent; 14 compared with the 56 before
STATION = UUID(int=1)


def station(silent: int | None = 0, known: int = 900, **more: int) -> StationActivity:
    """By default a station that works as usual: 200 scans in 14 days, 800 in the 56 before, 9 refused."""
    figures = {"scans": 200, "gap": 1, "usual_scans": 800, "refused": 9} | more
    last_on = None if silent is None else ON - timedelta(days=silent)
    return StationActivity(last_on, ON - timedelta(days=known), **figures)


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        pytest.param(station(), (), id="as usual"),
        pytest.param(station(7), (K.SILENT,), id="seven days without a scan"),
        pytest.param(station(6), (), id="six days without a scan"),
        pytest.param(station(None, scans=0, usual_scans=0, refused=0), (K.SILENT,), id="never a scan"),
        pytest.param(station(None, 6, scans=0, usual_scans=0, refused=0), (), id="on file for six days"),
        pytest.param(station(scans=99), (K.DOWN,), id="less than half the usual"),
        pytest.param(station(scans=100), (), id="half the usual"),
        pytest.param(station(scans=60, gap=4), (), id="four days in a row without: a holiday"),
        pytest.param(station(scans=60, gap=3), (K.DOWN,), id="three days in a row without"),
        pytest.param(station(scans=60, results=100, without_scan=50), (K.NO_SCANS,), id="by hand instead"),
        pytest.param(
            station(let_through=50, without_result=10), (K.NO_RESULTS,), id="a fifth without result"
        ),
        pytest.param(station(let_through=50, without_result=9), (), id="less than a fifth without result"),
        pytest.param(station(let_through=49, without_result=40), (), id="too few to say"),
        pytest.param(station(results=50, without_scan=10), (K.NO_SCANS,), id="a fifth by hand"),
        pytest.param(station(results=50, without_scan=9), (), id="less than a fifth by hand"),
        pytest.param(
            station(scans=100, usual_scans=400, refused=0), (K.NEVER_REFUSES,), id="500, none refused"
        ),
        pytest.param(station(scans=100, usual_scans=399, refused=0), (), id="499, none refused"),
        pytest.param(station(scans=40, refused=0), (K.DOWN, K.NEVER_REFUSES), id="two at once"),
    ],
)
def test_what_is_remarkable_about_a_station(activity: StationActivity, expected: tuple[K, ...]) -> None:
    assert signals_of(activity, ON, LIMITS) == expected


@pytest.mark.parametrize(
    ("days", "gap"), [((), 14), ((1,), 13), ((14,), 13), ((1, 5, 14), 8), (range(1, 15), 0), ((3, 4, 12), 7)]
)
def test_the_longest_gap_of_a_window(days: tuple[int, ...], gap: int) -> None:
    after = ON - timedelta(days=14)
    assert longest_gap([after + timedelta(days=day) for day in days], after, ON) == gap


def found(activity: StationActivity, on: date = ON) -> list[Suspected]:
    return list(station_patterns([(STATION, activity)], on, LIMITS))


def test_a_silence_is_one_pattern_however_long_and_the_next_is_another() -> None:
    last = ON - timedelta(days=8)
    (one,), (later,) = found(station(8)), found(station(8)._replace(), ON + timedelta(days=30))
    assert one.key == later.key == f"silent:{last}"
    assert one.figures == {"days": 8, "last": last.isoformat()}
    (next_one,) = found(station(20), ON + timedelta(days=30))
    assert next_one.key != one.key


def test_other_signals_are_one_pattern_a_month_and_say_which_days() -> None:
    (one,) = found(station(scans=60))
    assert (one.key, one.organisation_id, one.records) == ("down:2026-11", STATION, ())
    assert one.figures == {
        "scans": 60,
        "usual": 200,
        "days": 14,
        "since": "2026-11-07",
        "until": "2026-11-20",
    }
    (december,) = found(station(-13, scans=60), date(2026, 12, 3))
    assert december.key == "down:2026-12"
