"""What a swipe is worth as proof, and when one person was at two lifts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from equipment.core.geo import UNREADABLE, Datum, GeoPoint, GeoPosition, from_wgs84
from equipment.maintenance.presence_rules import Presence, Stay, flags_with, presence, stay_facts, worse
from equipment.maintenance.states import Fence, Flag, ReadBy, SwipeVia
from equipment.regulation.presence_grades import PresenceGrade

LIFT = GeoPoint(36.5447, 104.1389)
FENCE = 200
READER, PLATE, PHONE, COLLEAGUE = SwipeVia.READER, SwipeVia.PLATE, SwipeVia.PHONE, SwipeVia.COLLEAGUE
CAMERA, NFC, TYPED = ReadBy.CAMERA, ReadBy.NFC, ReadBy.TYPED


def north(metres: float, accuracy_m: int | None = 15, datum: Datum = Datum.WGS84) -> GeoPosition:
    """So many metres north of the lift."""
    return GeoPosition(
        from_wgs84(GeoPoint(LIFT.latitude + metres / 111_195, LIFT.longitude), datum), datum, accuracy_m
    )


@pytest.mark.parametrize(
    ("via", "how", "here", "lift", "shown"),
    [
        (READER, None, None, LIFT, ("reader", "", None)),
        (READER, None, north(50), LIFT, ("reader", "inside", 50)),
        (READER, None, north(900), LIFT, ("reader", "outside", 900)),
        (READER, None, north(50), None, ("reader", "unplaced", None)),
        (PLATE, NFC, None, LIFT, ("plate", "", None)),
        (PLATE, NFC, north(10), LIFT, ("plate", "inside", 10)),
        (PLATE, NFC, north(900), LIFT, ("scan", "outside", 900)),
        (PLATE, TYPED, north(10), LIFT, ("typed", "inside", 10)),
        (PLATE, None, north(10), LIFT, ("typed", "inside", 10)),
        (PLATE, CAMERA, north(10), LIFT, ("scan_in_fence", "inside", 10)),
        (PLATE, CAMERA, None, LIFT, ("scan", "", None)),
        (PHONE, CAMERA, None, LIFT, ("scan", "", None)),
        (PHONE, CAMERA, north(199), LIFT, ("scan_in_fence", "inside", 199)),
        (PHONE, CAMERA, north(200), LIFT, ("scan_in_fence", "inside", 200)),
        (PHONE, CAMERA, north(202), LIFT, ("scan", "outside", 202)),
        (PHONE, CAMERA, north(10, datum=Datum.GCJ02), LIFT, ("scan_in_fence", "inside", 10)),
        (PHONE, CAMERA, north(10, datum=Datum.BD09), LIFT, ("scan_in_fence", "inside", 10)),
        (PHONE, CAMERA, GeoPosition(north(10, datum=Datum.BD09).point), LIFT, ("scan", "outside", 1087)),
        (PHONE, CAMERA, north(10, 200), LIFT, ("scan_in_fence", "inside", 10)),
        (PHONE, CAMERA, north(10, 201), LIFT, ("scan", "coarse", 10)),
        (PHONE, CAMERA, north(9000, 201), LIFT, ("scan", "coarse", 9000)),
        (PHONE, CAMERA, north(10, None), LIFT, ("scan_in_fence", "inside", 10)),
        (PHONE, CAMERA, north(10), None, ("scan", "unplaced", None)),
        (PHONE, CAMERA, GeoPosition(UNREADABLE), LIFT, ("scan", "unreadable", None)),
        (PHONE, NFC, north(10), LIFT, ("scan_in_fence", "inside", 10)),
        (PHONE, TYPED, north(10), LIFT, ("typed", "inside", 10)),
        (PHONE, TYPED, north(900), LIFT, ("typed", "outside", 900)),
        (PHONE, None, None, LIFT, ("typed", "", None)),
        (COLLEAGUE, None, None, LIFT, ("typed", "", None)),
        (COLLEAGUE, CAMERA, north(10), LIFT, ("typed", "inside", 10)),
    ],
)
def test_the_grade_of_a_swipe(
    via: SwipeVia,
    how: ReadBy | None,
    here: GeoPosition | None,
    lift: GeoPoint | None,
    shown: tuple[str, str, int | None],
) -> None:
    grade, fence, metres = shown
    assert presence(via, how, here, lift, FENCE) == Presence(PresenceGrade(grade), Fence(fence), metres)


def test_a_visit_has_the_grade_of_its_worse_end() -> None:
    assert worse(PresenceGrade.READER, PresenceGrade.SCAN) is PresenceGrade.SCAN
    assert worse(PresenceGrade.TYPED, PresenceGrade.PLATE) is PresenceGrade.TYPED
    assert worse(PresenceGrade.READER, PresenceGrade.READER) is PresenceGrade.READER


NINE = datetime(2026, 11, 2, 1, tzinfo=UTC)
ANNA, BO = UUID(int=1), UUID(int=2)


def stay(number: int, since: float, until: float | None, person: UUID = ANNA, metres: float = 0) -> Stay:
    """At lift `number`, from and until so many minutes after nine."""
    return Stay(
        UUID(int=100 + number),
        UUID(int=200 + number),
        person,
        NINE + timedelta(minutes=since),
        None if until is None else NINE + timedelta(minutes=until),
        north(metres).point,
    )


@pytest.mark.parametrize(
    ("one", "other", "flags"),
    [
        (stay(1, 0, 30), stay(2, 40, 70), []),
        (stay(1, 0, 30), stay(2, 30, 60), []),
        (stay(1, 0, 30), stay(2, 29, 60), ["overlap"]),
        (stay(1, 0, None), stay(2, 5, None), ["overlap"]),
        (stay(1, 0, None), stay(2, -60, -30), []),
        (stay(1, 0, 30), stay(2, 10, 20), ["overlap"]),
        (stay(1, 0, 30), stay(1, 10, 20), []),
        (stay(1, 0, 30), stay(2, 10, 20, BO), []),
        # 20 km in 10 minutes is 120 km/h: just believed; 21 km is not.
        (stay(1, 0, 30), stay(2, 40, 70, metres=20_000), []),
        (stay(1, 0, 30), stay(2, 40, 70, metres=21_000), ["travel"]),
        (stay(2, 40, 70, metres=21_000), stay(1, 0, 30), ["travel"]),
        # In the same yard nothing is measured.
        (stay(1, 0, 30), stay(2, 30, 60, metres=190), []),
        (stay(1, 0, None), stay(2, 0.05, None, metres=5_000), ["overlap", "travel"]),
    ],
)
def test_one_person_is_at_one_lift(one: Stay, other: Stay, flags: list[str]) -> None:
    assert [fact["flag"] for fact in stay_facts(one, [one, other], FENCE, 120)] == flags


def test_the_evidence_says_what_was_measured() -> None:
    one, other = stay(1, 0, 30), stay(2, 20, 60, metres=50_000)
    overlap, travel = stay_facts(one, [other], FENCE, 120)
    about = {"visit": str(other.visit), "lift": str(other.lift), "person": str(ANNA)}
    assert overlap == {
        **about,
        "flag": "overlap",
        "since": "2026-11-02T01:20:00+00:00",
        "until": "2026-11-02T01:30:00+00:00",
        "seconds": 600,
        "metres": 50_000,
    }
    assert travel == {**about, "flag": "travel", "metres": 50_000, "seconds": 600, "kmh": 300}


def test_where_no_position_is_known_nobody_travels() -> None:
    one = stay(1, 0, 30, metres=90_000)
    lost = Stay(UUID(int=9), UUID(int=8), ANNA, NINE + timedelta(minutes=31), None, None)
    assert list(stay_facts(one, [lost], FENCE, 120)) == []


def test_flags_stand_in_one_order_and_go_with_their_facts() -> None:
    assert flags_with(["drift", "overlap"], [{"flag": "place"}]) == ["drift", "place"]
    assert flags_with(["short"], [{"flag": "travel"}, {"flag": "overlap"}]) == ["short", "overlap", "travel"]
    assert flags_with([str(Flag.PLACE)], []) == []
