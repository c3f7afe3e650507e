"""The nearest other firm (二级救援): by the lifts it maintains around the lift and its last swipes there. Without
the lift's position, by those of its township, then of its county."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from equipment.calls.queries import LIFTS, pack_of_calls, parties_named
from equipment.calls.rules import COUNTY_DIGITS
from equipment.core import clock
from equipment.core.geo import SCALE, GeoPoint, distance_m
from equipment.core.words import N_, Message
from equipment.maintenance.models import Swipe
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible, within
from equipment.register.coordinates import POSITIONS, point_of
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation import call_numbers as numbers
from equipment.storage.db import session

DEGREE_KM = 111.0
MOST_FIRMS = 5
BY_POSITION = N_("nearest lift %(km)s km away, %(num)d lifts around")
BY_AREA = N_("%(num)d lifts in the same township")
BY_COUNTY = N_("%(num)d lifts in the same county")


class NearbyFirm(NamedTuple):
    """A firm that may help, with why it is proposed and when one of its technicians last swiped there."""

    firm_id: UUID
    name: str
    phone: str
    why: Message
    swiped_at: datetime | None


def nearby_firms(lift: Equipment, on: date) -> list[NearbyFirm]:
    """Other active firms with lifts of their own around, the nearest first; [] where there are none."""
    point = point_of(lift.id)
    if point is not None and (by_position := _by_position(lift, point, on)):
        return by_position
    township = _by_area(lift, lift.area, BY_AREA, on)
    return township or _by_area(lift, lift.area[:COUNTY_DIGITS], BY_COUNTY, on)


def _by_position(lift: Equipment, point: GeoPoint, on: date) -> list[NearbyFirm]:
    """Lifts in a square around are looked up by index, then measured."""
    most_km = numbers.nearby_at_most(pack_of_calls(), on).integer
    north = most_km / DEGREE_KM
    east = north / max(0.1, math.cos(math.radians(point.latitude)))
    inside = select(POSITIONS.equipment_id, POSITIONS.wgs84_latitude, POSITIONS.wgs84_longitude).where(
        POSITIONS.state == "in_force",
        POSITIONS.wgs84_latitude.between(
            round((point.latitude - north) * SCALE), round((point.latitude + north) * SCALE)
        ),
        POSITIONS.wgs84_longitude.between(
            round((point.longitude - east) * SCALE), round((point.longitude + east) * SCALE)
        ),
    )
    around = inside.subquery()
    others = (
        visible(SYSTEM, Equipment)
        .join(around, around.c.equipment_id == Equipment.id)
        .where(*_of_others(lift))
        .with_only_columns(
            Equipment.id, Equipment.maintenance_firm_id, around.c.wgs84_latitude, around.c.wgs84_longitude
        )
    )
    nearest: dict[UUID, tuple[float, int]] = {}
    lifts: dict[UUID, list[UUID]] = {}
    for equipment_id, firm_id, latitude, longitude in session.execute(others):
        metres = distance_m(point, GeoPoint(latitude / SCALE, longitude / SCALE))
        if metres > most_km * 1000:
            continue
        best, count = nearest.get(firm_id, (metres, 0))
        nearest[firm_id] = (min(best, metres), count + 1)
        lifts.setdefault(firm_id, []).append(equipment_id)
    ranked = sorted(nearest, key=lambda firm_id: (nearest[firm_id][0], str(firm_id)))[:MOST_FIRMS]
    why = {
        firm_id: Message(BY_POSITION, {"km": f"{nearest[firm_id][0] / 1000:.1f}", "num": nearest[firm_id][1]})
        for firm_id in ranked
    }
    swiped = _last_swipes((key for firm_id in ranked for key in lifts[firm_id]), on)
    return _named(why, swiped)


def _by_area(lift: Equipment, area: str, reason: str, on: date) -> list[NearbyFirm]:
    counted = (
        visible(SYSTEM, Equipment)
        .where(*_of_others(lift), within(Equipment.area, area))
        .with_only_columns(Equipment.maintenance_firm_id, func.count())
        .group_by(Equipment.maintenance_firm_id)
    )
    ranked = sorted(session.execute(counted), key=lambda row: (-row[1], str(row[0])))[:MOST_FIRMS]
    why = {firm_id: Message(reason, {"num": number}) for firm_id, number in ranked if firm_id}
    ids = visible(SYSTEM, Equipment).where(
        within(Equipment.area, area), Equipment.maintenance_firm_id.in_(list(why))
    )
    return _named(why, _last_swipes(session.scalars(ids.with_only_columns(Equipment.id)), on))


def _of_others(lift: Equipment) -> tuple[ColumnElement[bool], ...]:
    """Lifts in use of active firms other than the lift's own."""
    active = select(Organisation.id).where(Organisation.active)
    return (
        Equipment.category.in_(LIFTS),
        Equipment.status == EquipmentStatus.IN_USE,
        Equipment.id != lift.id,
        Equipment.maintenance_firm_id.in_(active),
        Equipment.maintenance_firm_id.is_distinct_from(lift.maintenance_firm_id),
    )


def _last_swipes(lift_ids: Iterable[UUID], on: date) -> dict[UUID, datetime]:
    """When each firm's technicians last swiped at one of these lifts."""
    since = clock.site_midnight(on - timedelta(days=numbers.nearby_days(pack_of_calls(), on)))
    swipes = (
        visible(SYSTEM, Swipe)
        .where(Swipe.equipment_id.in_(set(lift_ids)), Swipe.received_at >= since)
        .with_only_columns(Swipe.organisation_id, func.max(Swipe.received_at))
        .group_by(Swipe.organisation_id)
    )
    return {row[0]: row[1] for row in session.execute(swipes)}


def _named(why: Mapping[UUID, Message], swiped: Mapping[UUID, datetime]) -> list[NearbyFirm]:
    parties = parties_named(why)
    return [
        NearbyFirm(firm_id, parties[firm_id].name, parties[firm_id].phone, reason, swiped.get(firm_id))
        for firm_id, reason in why.items()
        if firm_id in parties
    ]
