"""Positions on the ground: the three datums in use in China, and the distance between two points. Pure.

GCJ-02 (高德, 腾讯, the phones' maps) shifts WGS-84 inside China by some hundred metres, BD-09 (百度) shifts
GCJ-02 once more. Neither has an official text; the formulas are those that every open map library uses, and
the way back is found by approximation, to well under a metre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

from equipment.core.words import N_, Labelled

SCALE = 10_000_000  # positions are stored in ten-millionths of a degree, about a centimetre
EARTH_M = 6_371_008.8  # mean radius (IUGG)
KRASSOVSKY_A, KRASSOVSKY_EE = 6_378_245.0, 0.00669342162296594323
BAIDU = math.pi * 3000.0 / 180.0
ROUNDS = 30  # the way back from GCJ-02 settles after six or seven
CHINA = (0.8293, 55.8271, 72.004, 137.8347)  # south, north, west, east of the shift


class Datum(Labelled):
    WGS84 = "wgs84", N_("WGS-84 (GPS, phones)"), "blue"
    GCJ02 = "gcj02", N_("GCJ-02 (Amap, Tencent)"), "blue"
    BD09 = "bd09", N_("BD-09 (Baidu)"), "blue"


class GeoPoint(NamedTuple):
    """A point in degrees, as its datum has it."""

    latitude: float
    longitude: float

    @property
    def is_on_earth(self) -> bool:
        """Whether both numbers can be degrees at all; 0, 0 is what devices without a fix send."""
        return (
            math.isfinite(self.latitude)
            and math.isfinite(self.longitude)
            and abs(self.latitude) <= 90
            and abs(self.longitude) <= 180
            and (self.latitude, self.longitude) != (0, 0)
        )


class GeoPosition(NamedTuple):
    """Where somebody says that something is: the point as stated, its datum, how far it may be off."""

    point: GeoPoint
    datum: Datum = Datum.WGS84
    accuracy_m: int | None = None

    @property
    def wgs84(self) -> GeoPoint:
        return to_wgs84(self.point, self.datum)

    @classmethod
    def of(cls, latitude: int, longitude: int, datum: Datum, accuracy_m: int | None = None) -> Self:
        """From the whole numbers of the database."""
        return cls(GeoPoint(latitude / SCALE, longitude / SCALE), datum, accuracy_m)


def stored_degrees(degrees: float) -> int:
    return round(degrees * SCALE)


def to_wgs84(point: GeoPoint, datum: Datum) -> GeoPoint:
    """The same place in WGS-84."""
    if datum is Datum.WGS84:
        return point
    return _gcj02_to_wgs84(_bd09_to_gcj02(point) if datum is Datum.BD09 else point)


def from_wgs84(point: GeoPoint, datum: Datum) -> GeoPoint:
    """A WGS-84 point as another datum has it."""
    if datum is Datum.WGS84:
        return point
    shifted = _wgs84_to_gcj02(point)
    return _gcj02_to_bd09(shifted) if datum is Datum.BD09 else shifted


def distance_m(one: GeoPoint, other: GeoPoint) -> float:
    """Metres between two WGS-84 points on the sphere (haversine); off by half a percent at most."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    across, along = (north - south) / 2, math.radians(one.longitude - other.longitude) / 2
    part = math.sin(across) ** 2 + math.cos(north) * math.cos(south) * math.sin(along) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(part)))


def visiting_order(points: Sequence[GeoPoint], start: GeoPoint | None) -> list[int]:
    """The places of these points in the order in which each is the nearest one left, from `start` or from the
    first: a way to go, not the shortest there is."""
    left, order = set(range(len(points))), list[int]()
    here = start if start is not None or not points else points[0]
    while left and here is not None:
        nearest = min((distance_m(here, points[place]), place) for place in left)[1]
        left.remove(nearest)
        order.append(nearest)
        here = points[nearest]
    return order


def _is_shifted(point: GeoPoint) -> bool:
    south, north, west, east = CHINA
    return south <= point.latitude <= north and west <= point.longitude <= east


def _wgs84_to_gcj02(point: GeoPoint) -> GeoPoint:
    if not _is_shifted(point):
        return point
    x, y = point.longitude - 105.0, point.latitude - 35.0
    common = 20.0 * (math.sin(6.0 * x * math.pi) + math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + common
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + common
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    latitude = math.radians(point.latitude)
    bent = 1 - KRASSOVSKY_EE * math.sin(latitude) ** 2
    along = KRASSOVSKY_A * (1 - KRASSOVSKY_EE) / (bent * math.sqrt(bent)) * math.pi / 180.0
    across = KRASSOVSKY_A / math.sqrt(bent) * math.cos(latitude) * math.pi / 180.0
    return GeoPoint(point.latitude + north / along, point.longitude + east / across)


def _gcj02_to_wgs84(point: GeoPoint) -> GeoPoint:
    if not _is_shifted(point):
        return point
    guess = point
    for _ in range(ROUNDS):
        shifted = _wgs84_to_gcj02(guess)
        off = GeoPoint(shifted.latitude - point.latitude, shifted.longitude - point.longitude)
        guess = GeoPoint(guess.latitude - off.latitude, guess.longitude - off.longitude)
        if abs(off.latitude) < 1e-10 and abs(off.longitude) < 1e-10:
            break
    return guess


def _gcj02_to_bd09(point: GeoPoint) -> GeoPoint:
    if not _is_shifted(point):
        return point
    x, y = point.longitude, point.latitude
    far = math.hypot(x, y) + 0.00002 * math.sin(y * BAIDU)
    turned = math.atan2(y, x) + 0.000003 * math.cos(x * BAIDU)
    return GeoPoint(far * math.sin(turned) + 0.006, far * math.cos(turned) + 0.0065)


def _bd09_to_gcj02(point: GeoPoint) -> GeoPoint:
    if not _is_shifted(point):
        return point
    guess = GeoPoint(point.latitude - 0.006, point.longitude - 0.0065)
    for _ in range(ROUNDS):
        shifted = _gcj02_to_bd09(guess)
        off = GeoPoint(shifted.latitude - point.latitude, shifted.longitude - point.longitude)
        guess = GeoPoint(guess.latitude - off.latitude, guess.longitude - off.longitude)
        if abs(off.latitude) < 1e-10 and abs(off.longitude) < 1e-10:
            break
    return guess


UNREADABLE = GeoPoint(math.nan, math.nan)
FARTHEST_OFF_M = 10_000_000


def _number(stated: float | str | None) -> float | str:
    return "" if stated is None else stated


def stated_position(
    latitude: float | str | None,
    longitude: float | str | None,
    accuracy_m: float | str | None = None,
    datum: Datum = Datum.WGS84,
) -> GeoPosition | None:
    """What a device or a form says of where it is; None where it says nothing, UNREADABLE where no place is
    meant by it. Accuracies are rounded up to whole metres."""
    if latitude in (None, "") and longitude in (None, ""):
        return None
    try:
        point = GeoPoint(float(_number(latitude)), float(_number(longitude)))
        off = None if accuracy_m in (None, "") else float(_number(accuracy_m))
    except (TypeError, ValueError):
        return GeoPosition(UNREADABLE, datum)
    if not point.is_on_earth or (off is not None and not (math.isfinite(off) and off >= 0)):
        return GeoPosition(UNREADABLE, datum)
    return GeoPosition(point, datum, None if off is None else min(math.ceil(off), FARTHEST_OFF_M))
