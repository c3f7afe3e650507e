"""Rates as a viewer sees them: of his area and categories, by month, by area below, by category, with the
pieces behind each number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, func

from equipment.people.models import Area
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.register.lists import extent_sum
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.queries import official_rate
from equipment.reports import counts, tallies
from equipment.reports.rules import (
    FIRST_DAY,
    Definition,
    Margin,
    Period,
    Share,
    definition,
    margin,
    month_ends,
    period,
    total,
)
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class RateQuery:
    """Whose rate: an area within the viewer's own, these categories, this period."""

    area: str
    categories: tuple[str, ...]
    period: Period


@dataclass(frozen=True, slots=True)
class Rated:
    """One rate with all that stands beside it."""

    definition: Definition
    share: Share
    query: RateQuery
    at: datetime
    official: bool

    @property
    def margin(self) -> Margin:
        return margin(self.share)

    @property
    def within(self) -> bool:
        return self.share.within()


@dataclass(frozen=True, slots=True)
class AreaRate:
    """The rate of one area below, with who answers for it. `code` is the area asked about itself for pieces
    below no known area."""

    code: str
    name: str
    name_en: str
    responsible: str
    shares: tuple[Share, ...]


def rate_query(
    viewer: Viewer, on: date, *, area: str = "", categories: Iterable[str] = (), year: int = 0
) -> RateQuery:
    """What may be asked: an area outside the viewer's becomes his own, categories are cut to his."""
    wanted = [
        key
        for key in (categories or counts.headline_categories())
        if viewer.categories is None or key in viewer.categories
    ]
    inside = area.isdecimal() and area.startswith(viewer.area)
    return RateQuery(area if inside else viewer.area, tuple(sorted(wanted)), period(year or on.year, on))


def query_of(viewer: Viewer, args: Mapping[str, str], on: date) -> RateQuery:
    """The same from an address: area, category (the headline's without one) and the day, none later than
    today and none before there were rates."""
    try:
        day = max(FIRST_DAY, min(on, date.fromisoformat(args.get("day", ""))))
    except ValueError:
        day = on
    valid = {kind.key for kind in CATEGORIES}
    categories = [key for key in args.get("category", "").split(",") if key in valid]
    query = rate_query(viewer, day, area=args.get("area", ""), categories=categories)
    return replace(query, period=period(day.year, day))


def rated(key: str, query: RateQuery, on: date) -> Rated:
    of = definition(key, query.period.day)
    return Rated(
        of,
        share_of(of, query),
        query,
        counts.counts(of, query.period, query.categories).at,
        official_rate(on) == key,
    )


def share_of(of: Definition, query: RateQuery) -> Share:
    """One rate as its two numbers."""
    return total(_within(counts.counts(of, query.period, query.categories).shares, query.area).values())


def _within(shares: counts.Shares, area: str) -> dict[counts.Key, Share]:
    return {at: share for at, share in shares.items() if at[1].startswith(area)}


def by_area(keys: Sequence[str], query: RateQuery) -> list[AreaRate]:
    """The rates of the level below, each area with its responsible person; the sum of the rows is
    the rate above them."""
    rates = [
        _within(
            counts.counts(definition(key, query.period.day), query.period, query.categories).shares,
            query.area,
        )
        for key in keys
    ]
    below = children(query.area)
    codes = [area.code for area in below]
    rows = [
        AreaRate(
            area.code,
            area.name,
            area.name_en,
            area.responsible,
            tuple(
                total(share for (_kind, code), share in shares.items() if code.startswith(area.code))
                for shares in rates
            ),
        )
        for area in below
    ]
    rest = tuple(
        total(share for (_kind, code), share in shares.items() if not code.startswith(tuple(codes)))
        for shares in rates
    )
    return rows + ([AreaRate(query.area, "", "", "", rest)] if any(share.whole for share in rest) else [])


def children(area: str) -> list[Area]:
    """The areas one level below: the shortest codes under this one."""
    below = [child for child in areas_below(area) if child.code != area]
    shortest = min((len(child.code) for child in below), default=0)
    return [child for child in below if len(child.code) == shortest]


def by_category(keys: Sequence[str], query: RateQuery) -> list[tuple[str, str, tuple[Share, ...]]]:
    """(key, label, shares) of every category counted."""
    rates = [
        _within(
            counts.counts(definition(key, query.period.day), query.period, query.categories).shares,
            query.area,
        )
        for key in keys
    ]
    return [
        (
            kind.key,
            kind.label,
            tuple(
                total(share for (of, _area), share in shares.items() if of == kind.key) for shares in rates
            ),
        )
        for kind in CATEGORIES
        if kind.key in query.categories
    ]


@dataclass(frozen=True, slots=True)
class Extended:
    """What of a category is in use where it is counted by more than pieces: so many lines, so many km."""

    key: str
    label: str
    pieces: int
    counted_in: str
    extent: float
    unit: str


def extents(viewer: Viewer, area: str) -> list[Extended]:
    """Of the categories that no rate counts because their extent is what matters: as they are today."""
    measured = {kind.key: kind for kind in CATEGORIES if kind.extent is not None}
    pieces = visible(viewer, Equipment).where(
        Equipment.category.in_(list(measured)),
        Equipment.status == EquipmentStatus.IN_USE,
        within(Equipment.area, area),
    )
    summed = pieces.with_only_columns(Equipment.category, func.count(), extent_sum())
    rows = session.execute(summed.group_by(Equipment.category))
    return [
        Extended(key, kind.label, number, kind.counted_in, kind.extent.shown(stored or 0), kind.extent.unit)
        for key, number, stored in rows
        if (kind := measured[key]).extent is not None
    ]


def month_line(
    key: str, query: RateQuery, on: date, months: int = 12, *, kept_only: bool = False
) -> list[tuple[date, Share]]:
    """The rate at each of the last month-ends and on the day itself."""
    days = month_ends(on, months)
    shares = tallies.month_line(key, days, query.categories, query.area, kept_only=kept_only)
    return list(shares.items())


def devices(viewer: Viewer, key: str, part: str, query: RateQuery) -> Select[Equipment]:
    """The pieces behind a numerator ("part") or a denominator ("whole"), within the viewer's scope."""
    of = definition(key, query.period.day)
    behind = (counts.numerator if part == "part" else counts.denominator)(
        of, query.period, query.categories
    ).subquery("behind")
    pieces = visible(viewer, Equipment).join(behind, behind.c.equipment_id == Equipment.id)
    return pieces.where(within(behind.c.area, query.area))


def area_named(code: str) -> Area | None:
    return session.get(Area, code)
