"""The figures of a month or a year as they are frozen in a report: whole numbers only, so that a digest never depends on rounding."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func

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
from equipment.reports.queries import Asked
from equipment.reports.rules import SIDE_BY_SIDE, Share, definition, definitions, month_ends, period
from equipment.storage.db import session

Figures = dict[str, Any]


def pair(share: Share) -> list[int]:
    return [share.part, share.whole]


def month_figures(viewer: Viewer, area: str, month: date, on: date) -> Figures:
    """Everything a month report says: rates at the month's end, what moved in the month, indicators as of the day of issue."""
    day = month_end(month)
    return {**_rates(viewer, area, day, 12), "month": month.isoformat(), "hazards": movement(viewer, area, month, day), **_beside(viewer, area, on)}


def year_figures(viewer: Viewer, area: str, year: int, on: date) -> Figures:
    """Everything an annual report says, up to the day it is drawn or the end of the year."""
    day = period(year, on).day
    months = month_ends(day, day.month)
    moved = [{"day": each.isoformat(), **movement(viewer, area, each.replace(day=1), each)} for each in months]
    return {**_rates(viewer, area, day, day.month), "year": year, "hazards": movement(viewer, area, date(year, 1, 1), day), "months": moved,
            **_beside(viewer, area, on)}


def _rates(viewer: Viewer, area: str, day: date, months: int) -> Figures:
    official = official_rate(day)
    keys = tuple(dict.fromkeys(([official] if official else []) + list(SIDE_BY_SIDE)))
    headline = queries.asked(viewer, day, area=area)
    own = [queries.asked(viewer, day, area=area, categories=[kind]) for kind in own_rate_categories()]
    place = queries.area_named(headline.area)
    return {
        "area": headline.area, "area_name": place.name if place else "", "area_name_en": (place.name_en or place.name) if place else "",
        "day": day.isoformat(), "official": official, "keys": list(keys),
        "definitions": {each.key: each.as_json() for each in definitions(day)},
        "rates": [_rate(key, what) for what in (headline, *own) for key in keys],
        "others": [_rate(each.key, headline) for each in definitions(day) if each.key not in keys],
        "areas": [{"name": row.name, "name_en": row.name_en or row.name, "responsible": row.responsible, "shares": [pair(share) for share in row.shares]}
                  for row in queries.by_area(keys, headline)],
        "line": {key: [[at.isoformat(), *pair(share)] for at, share in queries.month_line(key, headline, day, months)] for key in keys},
        "categories": list(headline_categories()),
    }


def _rate(key: str, what: Asked) -> Figures:
    share = queries.share_of(definition(key, what.period.day), what)
    return {"key": key, "categories": list(what.categories), "part": share.part, "whole": share.whole}


def _beside(viewer: Viewer, area: str, on: date) -> Figures:
    late = indicators.overdue_inspections(viewer, area, on)
    return {
        "as_of": on.isoformat(), "overdue": {"applied": late.applied, "not_applied": late.not_applied},
        "indicators": [{"key": each.key, "label": each.label, "definition": each.definition, "part": each.share.part, "whole": each.share.whole}
                       for each in indicators.indicators(viewer, area, on)],
        "stations": [{"name": each.organisation.name, "signals": [str(signal) for signal in each.signals], "responsible": each.responsible,
                      "note": {"msgid": each.note.msgid, "params": dict(each.note.params)}} for each in indicators.station_signals(viewer, area, on)],
    }


def movement(viewer: Viewer, area: str, since: date, day: date) -> Figures:
    """Hazards found, closed and open over some days, with grades, sources and what is past its day."""
    every = visible(viewer, Hazard).where(within(Hazard.area, area), Hazard.category.in_([each.key for each in CATEGORIES]), Hazard.state != HazardState.WITHDRAWN)
    found = every.where(Hazard.found_on.between(since, day))
    still = every.where(Hazard.found_on <= day, (Hazard.closed_on.is_(None)) | (Hazard.closed_on > day))
    return {
        "found": _count(found), "closed": _count(every.where(Hazard.closed_on.between(since, day))), "open": _count(still),
        "late": _count(still.where(Hazard.due_on < day)), "by_grade": _by(found, Hazard.grade, Grade), "by_source": _by(found, Hazard.source, FindingSource),
        "findings": _count(visible(viewer, Finding).where(within(Finding.area, area), Finding.found_on.between(since, day))),
        "undecided": _count(visible(viewer, Finding).where(within(Finding.area, area), Finding.found_on <= day, Finding.state == FindingState.OPEN)),
        "to_recheck": _count(still.where(Hazard.state == HazardState.RECTIFIED)),
    }


def _count(found: Select[Any]) -> int:
    return session.scalar(found.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def _by(found: Select[Any], column: Any, kinds: Iterable[Any]) -> dict[str, int]:
    rows = session.execute(found.with_only_columns(column, func.count()).group_by(column))
    counted = {str(key): number for key, number in rows}
    return {str(kind): counted.get(str(kind), 0) for kind in kinds}


def shares_of(rows: Sequence[Sequence[int]]) -> list[Share]:
    return [Share(part, whole) for part, whole in rows]

