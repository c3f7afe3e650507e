"""Rates as a viewer sees them: of his area and categories, by month, by area below, by category, with the pieces behind each number."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select

from equipment.people.models import Area
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.queries import official_rate
from equipment.reports import counts, tallies
from equipment.reports.rules import FIRST_DAY, Definition, Period, Room, Share, definition, month_ends, period, room, total
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose rate: an area within the viewer's own, these categories, this period."""

    area: str
    categories: tuple[str, ...]
    period: Period


@dataclass(frozen=True, slots=True)
class Rated:
    """One rate with all that stands beside it."""

    definition: Definition
    share: Share
    asked: Asked
    at: datetime
    official: bool

    @property
    def room(self) -> Room:
        return room(self.share)

    @property
    def within(self) -> bool:
        return self.share.within()


@dataclass(frozen=True, slots=True)
class AreaRate:
    """The rate of one area below, with who answers for it. `code` is the area asked about itself for pieces below no known area."""

    code: str
    name: str
    name_en: str
    responsible: str
    shares: tuple[Share, ...]


def asked(viewer: Viewer, on: date, *, area: str = "", categories: Iterable[str] = (), year: int = 0) -> Asked:
    """What may be asked: an area outside the viewer's becomes his own, categories are cut to his."""
    wanted = [key for key in (categories or counts.headline_categories()) if viewer.categories is None or key in viewer.categories]
    inside = area.isdecimal() and area.startswith(viewer.area)
    return Asked(area if inside else viewer.area, tuple(sorted(wanted)), period(year or on.year, on))


def asked_of(viewer: Viewer, args: Mapping[str, str], on: date) -> Asked:
    """The same from an address: area, category (the headline's without one) and the day, none later than today and none before there were rates."""
    try:
        day = max(FIRST_DAY, min(on, date.fromisoformat(args.get("day", ""))))
    except ValueError:
        day = on
    known = {each.key for each in CATEGORIES}
    categories = [key for key in args.get("category", "").split(",") if key in known]
    what = asked(viewer, day, area=args.get("area", ""), categories=categories)
    return replace(what, period=period(day.year, day))


def rated(key: str, what: Asked, on: date) -> Rated:
    of = definition(key, what.period.day)
    return Rated(of, share_of(of, what), what, counts.counts(of, what.period, what.categories).at, official_rate(on) == key)


def share_of(of: Definition, what: Asked) -> Share:
    """One rate as its two numbers."""
    return total(_within(counts.counts(of, what.period, what.categories).shares, what.area).values())


def _within(shares: counts.Shares, area: str) -> dict[counts.Key, Share]:
    return {at: share for at, share in shares.items() if at[1].startswith(area)}


def by_area(keys: Sequence[str], what: Asked) -> list[AreaRate]:
    """The rates of the level below, each area with its responsible person; the sum of the rows is the rate above them."""
    found = [_within(counts.counts(definition(key, what.period.day), what.period, what.categories).shares, what.area) for key in keys]
    below = children(what.area)
    codes = [area.code for area in below]
    rows = [AreaRate(area.code, area.name, area.name_en, area.responsible, tuple(_sum(shares, [area.code]) for shares in found)) for area in below]
    rest = tuple(total(share for (_kind, code), share in shares.items() if not code.startswith(tuple(codes))) for shares in found)
    return rows + ([AreaRate(what.area, "", "", "", rest)] if any(share.whole for share in rest) else [])


def children(area: str) -> list[Area]:
    """The areas one level below: the shortest codes under this one."""
    below = [each for each in areas_below(area) if each.code != area]
    shortest = min((len(each.code) for each in below), default=0)
    return [each for each in below if len(each.code) == shortest]


def _sum(shares: dict[counts.Key, Share], areas: Sequence[str]) -> Share:
    return total(share for (_kind, code), share in shares.items() if code.startswith(tuple(areas)))


def by_category(keys: Sequence[str], what: Asked) -> list[tuple[str, str, tuple[Share, ...]]]:
    """(key, label, shares) of every category counted."""
    found = [_within(counts.counts(definition(key, what.period.day), what.period, what.categories).shares, what.area) for key in keys]
    return [(each.key, each.label, tuple(total(share for (kind, _area), share in shares.items() if kind == each.key) for shares in found))
            for each in CATEGORIES if each.key in what.categories]


def month_line(key: str, what: Asked, on: date, months: int = 12) -> list[tuple[date, Share]]:
    """The rate at each of the last month-ends and on the day itself."""
    return list(tallies.month_line(key, month_ends(on, months), what.categories, what.area).items())


def devices(viewer: Viewer, key: str, part: str, what: Asked) -> Select[Any]:
    """The pieces behind a numerator ("part") or a denominator ("whole"), within the viewer's scope."""
    of = definition(key, what.period.day)
    each = (counts.numerator if part == "part" else counts.denominator)(of, what.period, what.categories).subquery("behind")
    found = visible(viewer, Equipment).join(each, each.c.equipment_id == Equipment.id)
    return found.where(within(each.c.area, what.area))


def area_named(code: str) -> Area | None:
    return session.get(Area, code)
