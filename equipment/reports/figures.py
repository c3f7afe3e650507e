"""The figures of a month or a year as they are frozen in a report: whole numbers only, so that a digest never
depends on rounding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from equipment.core import clock
from equipment.core.months import month_end
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState, HazardState
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.clauses import Grade
from equipment.regulation.queries import official_rate
from equipment.reports import indicators, queries
from equipment.reports.counts import headline_categories, own_rate_categories
from equipment.reports.models import (
    BesideFigures,
    MonthFigures,
    Movement,
    RateFigures,
    RatesFigures,
    YearFigures,
)
from equipment.reports.queries import RateQuery
from equipment.reports.rules import SIDE_BY_SIDE, Share, definition, definitions, month_ends, period
from equipment.storage.db import session
from equipment.suspicions.stations import station_signals

K = TypeVar("K", bound=StrEnum)


def pair(share: Share) -> list[int]:
    return [share.part, share.whole]


def month_figures(viewer: Viewer, area: str, month: date) -> MonthFigures:
    """Everything a month report says, all of it as of the month's end: whenever it is issued, it says the
    same."""
    day = month_end(month)
    return {
        **_rates(viewer, area, day, 12),
        "month": month.isoformat(),
        "hazards": movement(viewer, area, month, day),
        **_beside(viewer, area, day),
    }


def year_figures(viewer: Viewer, area: str, year: int, on: date) -> YearFigures:
    """Everything an annual report says, up to the day it is drawn or the end of the year."""
    day = period(year, on).day
    months = month_ends(day, day.month)
    moved: list[Movement] = [
        {"day": end.isoformat(), **movement(viewer, area, end.replace(day=1), end)} for end in months
    ]
    return {
        **_rates(viewer, area, day, day.month),
        "year": year,
        "hazards": movement(viewer, area, date(year, 1, 1), day),
        "months": moved,
        **_beside(viewer, area, day),
    }


def _rates(viewer: Viewer, area: str, day: date, months: int) -> RatesFigures:
    official = official_rate(day)
    keys = tuple(dict.fromkeys(([official] if official else []) + list(SIDE_BY_SIDE)))
    headline = queries.rate_query(viewer, day, area=area)
    own = [queries.rate_query(viewer, day, area=area, categories=[kind]) for kind in own_rate_categories()]
    place = queries.area_named(headline.area)
    return {
        "area": headline.area,
        "area_name": place.name if place else "",
        "area_name_en": (place.name_en or place.name) if place else "",
        "day": day.isoformat(),
        "official": official,
        "keys": list(keys),
        "definitions": {meaning.key: meaning.as_json() for meaning in definitions(day)},
        "rates": [_rate(key, query) for query in (headline, *own) for key in keys],
        "others": [_rate(meaning.key, headline) for meaning in definitions(day) if meaning.key not in keys],
        "areas": [
            {
                "name": row.name,
                "name_en": row.name_en or row.name,
                "responsible": row.responsible,
                "shares": [pair(share) for share in row.shares],
            }
            for row in queries.by_area(keys, headline)
        ],
        "line": {
            key: [
                (at.isoformat(), share.part, share.whole)
                for at, share in queries.month_line(key, headline, day, months)
            ]
            for key in keys
        },
        "categories": list(headline_categories()),
    }


def _rate(key: str, query: RateQuery) -> RateFigures:
    share = queries.share_of(definition(key, query.period.day), query)
    return {"key": key, "categories": list(query.categories), "part": share.part, "whole": share.whole}


def _beside(viewer: Viewer, area: str, on: date) -> BesideFigures:
    late = indicators.overdue_inspections(viewer, area, on)
    return {
        "as_of": on.isoformat(),
        "overdue": {"applied": late.applied, "not_applied": late.not_applied},
        "indicators": [
            {
                "key": indicator.key,
                "label": indicator.label,
                "definition": indicator.definition,
                "part": indicator.share.part,
                "whole": indicator.share.whole,
                "counts": list(indicator.counts),
            }
            for indicator in indicators.indicators(viewer, area, on)
        ],
        "stations": [
            {
                "name": station.organisation.name,
                "signals": [str(signal) for signal in station.signals],
                "responsible": station.responsible,
                "note": {"msgid": station.note.msgid, "params": dict(station.note.params)},
            }
            for station in station_signals(viewer, area, on)
        ],
    }


def movement(viewer: Viewer, area: str, since: date, day: date) -> Movement:
    """Hazards found, closed and open over some days, with grades, sources and what is past its day."""
    every = visible(viewer, Hazard).where(
        within(Hazard.area, area),
        Hazard.category.in_([kind.key for kind in CATEGORIES]),
        Hazard.state != HazardState.WITHDRAWN,
    )
    found_then = every.where(Hazard.found_on.between(since, day))
    midnight = clock.site_midnight(day + timedelta(days=1))
    still = every.where(Hazard.found_on <= day, (Hazard.closed_on.is_(None)) | (Hazard.closed_on > day))
    undecided = visible(viewer, Finding).where(
        within(Finding.area, area),
        Finding.found_on <= day,
        or_(Finding.state == FindingState.OPEN, Finding.decided_at >= midnight),
    )
    return {
        "found": _count(found_then),
        "closed": _count(every.where(Hazard.closed_on.between(since, day))),
        "open": _count(still),
        "open_by_kind": _open_by_kind(still),
        "late": _count(still.where(Hazard.due_on < day)),
        "by_grade": _by(found_then, Hazard.grade, Grade),
        "by_source": _by(found_then, Hazard.source, FindingSource),
        "findings": _count(
            visible(viewer, Finding).where(within(Finding.area, area), Finding.found_on.between(since, day))
        ),
        "undecided": _count(undecided),
        "undecided_late": _count(undecided.where(Finding.confirm_by < day)),
        "to_recheck": _count(
            still.where(
                Hazard.rectified_at < midnight,
                or_(Hazard.rechecked_at.is_(None), Hazard.rechecked_at >= midnight),
            )
        ),
    }


def _open_by_kind(still: Select[Hazard]) -> dict[str, int]:
    """Open hazards split as the rates are: those of the headline's categories together, every other by
    itself."""
    rows = session.execute(still.with_only_columns(Hazard.category, func.count()).group_by(Hazard.category))
    by_kind = {str(key): number for key, number in rows}
    headline = sum(by_kind.get(key, 0) for key in headline_categories())
    others = {key: number for key, number in by_kind.items() if key not in headline_categories()}
    return {"headline": headline} | dict.fromkeys(own_rate_categories(), 0) | others


def _count(query: Select[Any]) -> int:
    return session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def _by(query: Select[Any], column: InstrumentedAttribute[K], kinds: Iterable[K]) -> dict[str, int]:
    rows = session.execute(query.with_only_columns(column, func.count()).group_by(column))
    counted = {str(key): number for key, number in rows}
    return {str(kind): counted.get(str(kind), 0) for kind in kinds}


def shares_of(rows: Sequence[Sequence[int]]) -> list[Share]:
    return [Share(part, whole) for part, whole in rows]
