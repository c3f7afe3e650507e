"""Datums and distances, against the vectors that the open libraries publish (eviltransform, coordtransform)."""

from __future__ import annotations

import math

import pytest

from equipment.core.geo import Datum, GeoPoint, distance_m, from_wgs84, stated_position, to_wgs84

SHANGHAI = GeoPoint(31.1774276, 121.5272106), GeoPoint(31.17530398364597, 121.531541859215)
SHENZHEN = GeoPoint(22.543847, 113.912316), GeoPoint(22.540796131694766, 113.9171764808363)
BEIJING = GeoPoint(39.911954, 116.377817), GeoPoint(39.91334545536069, 116.38404722455657)
WUHAN = GeoPoint(30.517411, 114.363089)


@pytest.mark.parametrize(
    ("wgs84", "datum", "shifted"),
    [
        (*SHANGHAI[:1], Datum.GCJ02, SHANGHAI[1]),
        (*SHENZHEN[:1], Datum.GCJ02, SHENZHEN[1]),
        (*BEIJING[:1], Datum.GCJ02, BEIJING[1]),
        (WUHAN, Datum.GCJ02, GeoPoint(30.515078352018758, 114.36861383019243)),
        (WUHAN, Datum.BD09, GeoPoint(30.521392123098003, 114.3750500836037)),
        (WUHAN, Datum.WGS84, WUHAN),
    ],
)
def test_a_point_is_shifted_as_published_and_comes_back(
    wgs84: GeoPoint, datum: Datum, shifted: GeoPoint
) -> None:
    assert distance_m(from_wgs84(wgs84, datum), shifted) < 0.1
    assert distance_m(to_wgs84(shifted, datum), wgs84) < 0.1


def test_every_corner_of_the_city_comes_back_within_a_centimetre() -> None:
    for latitude in (35.5, 36.0, 36.5447, 37.0, 37.6):
        for longitude in (103.05, 104.1389, 105.6):
            point = GeoPoint(latitude, longitude)
            for datum in Datum:
                assert distance_m(to_wgs84(from_wgs84(point, datum), datum), point) < 0.01
    # The shift is real: a lift entered in the wrong datum would lie outside a fence of 200 m.
    assert distance_m(from_wgs84(GeoPoint(36.5447, 104.1389), Datum.GCJ02), GeoPoint(36.5447, 104.1389)) > 200


def test_outside_china_nothing_is_shifted() -> None:
    for point in (GeoPoint(39.7392, -104.9903), GeoPoint(-27.4698, 153.0251), GeoPoint(64.0464, -16.1776)):
        assert from_wgs84(point, Datum.GCJ02) == point
        assert to_wgs84(point, Datum.BD09) == point


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        (GeoPoint(0, 0), GeoPoint(0, 1), 111_195),
        (GeoPoint(36, 104), GeoPoint(36, 104), 0),
        (GeoPoint(36, 179.9995), GeoPoint(36, -179.9995), 90),
        (SHANGHAI[1], BEIJING[1], 1_076_960),
    ],
)
def test_distances(one: GeoPoint, other: GeoPoint, metres: int) -> None:
    assert distance_m(one, other) == pytest.approx(metres, abs=1)


@pytest.mark.parametrize(
    ("latitude", "longitude", "accuracy", "read"),
    [
        (36.5, 104.1, 12.2, (36.5, 104.1, 13)),
        ("36.5", "104.1", "", (36.5, 104.1, None)),
        (0, 104.1, 0, (0.0, 104.1, 0)),
        ("", "", "", None),
        (None, None, 5, None),
        (91, 104.1, 5, "unreadable"),
        (36.5, 181, 5, "unreadable"),
        (36.5, None, 5, "unreadable"),
        (math.nan, 104.1, 5, "unreadable"),
        (36.5, math.inf, 5, "unreadable"),
        (36.5, 104.1, -1, "unreadable"),
        (36.5, 104.1, math.nan, "unreadable"),
        ("北", "104.1", 5, "unreadable"),
        (0, 0, 5, "unreadable"),
        (36.5, 104.1, 1e300, (36.5, 104.1, 10_000_000)),
    ],
)
def test_what_a_device_says_of_where_it_is(
    latitude: object, longitude: object, accuracy: object, read: object
) -> None:
    position = stated_position(latitude, longitude, accuracy)  # type: ignore[arg-type]
    if read is None:
        assert position is None
    elif read == "unreadable":
        assert position is not None
        assert not position.point.is_on_earth
    else:
        assert position is not None
        assert (*position.point, position.accuracy_m) == read
