"""Charts as ECharts options, plain dicts: the page draws them, and the PDF draws the same ones. Pure but for
the texts it is given. Colours are those of paper and of the light page; static/js/charts.js has the one that
stands for each of them on a dark page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil
from typing import Protocol

from equipment.regulation.clauses import Grade
from equipment.reports.rules import LIMIT, Share

Option = dict[str, object]
COLOURS = ("#12548f", "#b45309", "#1a7f4b", "#6b4fa0", "#8a97a6")
LINE_COLOUR = "#b42318"
GRADE_COLOURS = {Grade.GENERAL: "#12548f", Grade.SERIOUS: "#d97706", Grade.MAJOR: "#b42318"}
SYMBOLS, LINE_TYPES = ("emptyCircle", "rect", "triangle"), ("solid", "dotted", "solid")
PER_CENT = "{value} %"


def per_cent(share: Share) -> float | None:
    return None if share.rate is None else round(share.rate * 100, 3)


def _base(names: Sequence[str], palette: Sequence[str] = COLOURS) -> Option:
    return {
        "color": list(palette),
        "animation": False,
        "legend": {"data": list(names), "top": 0, "itemGap": 16},
        "grid": {"left": 8, "right": 76, "top": 40, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
    }


def _limit_mark(name: str) -> Option:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": LINE_COLOUR, "type": "dashed", "width": 1.5},
        "label": {"formatter": name, "color": LINE_COLOUR, "position": "end"},
        "data": [{"yAxis": LIMIT.share * 100}],
    }


def _top(values: Sequence[float | None]) -> float:
    """An axis that always shows the line of the plan, with some air above it; a half per cent ends it, so
    that its last label does not stand on the one below."""
    top = max([LIMIT.share * 100 * 1.25, *(value * 1.1 for value in values if value is not None)])
    return ceil(top * 2) / 2


def month_line(
    lines: Mapping[str, Sequence[tuple[date, Share]]],
    limit_name: str,
    urls: Mapping[tuple[str, date], str] | None = None,
) -> Option:
    """The rate at each month-end, one line per definition, with the line of the plan; a point opens the
    pieces behind it, by line and day."""
    days = [day for day, _share in next(iter(lines.values()), ())]
    values = [per_cent(share) for points in lines.values() for _day, share in points]
    series: list[Option] = [
        {
            "name": name,
            "type": "line",
            "symbol": SYMBOLS[number % len(SYMBOLS)],  # told apart without colour, on paper too
            "symbolSize": 7,
            "showAllSymbol": True,
            "lineStyle": {"width": 2.5, "type": LINE_TYPES[number % len(LINE_TYPES)]},
            "data": [
                {"value": per_cent(share), **({"url": urls[name, day]} if urls else {})}
                for day, share in points
            ],
        }
        for number, (name, points) in enumerate(lines.items())
    ]
    if series:
        series[0]["markLine"] = _limit_mark(limit_name)
    return {
        **_base(list(lines)),
        "xAxis": {"type": "category", "data": [day.strftime("%Y-%m") for day in days], "boundaryGap": False},
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": _top(values),
            "axisLabel": {"formatter": PER_CENT, "hideOverlap": True},
        },
        "series": series,
    }


def area_bars(names: Sequence[str], rates: Mapping[str, Sequence[Share]], limit_name: str) -> Option:
    """The rates of areas beside each other, with the line of the plan."""
    values = [per_cent(share) for shares in rates.values() for share in shares]
    series: list[Option] = [
        {"name": name, "type": "bar", "barMaxWidth": 22, "data": [per_cent(share) for share in shares]}
        for name, shares in rates.items()
    ]
    if series:
        series[0]["markLine"] = _limit_mark(limit_name)
    return {
        **_base(list(rates)),
        "xAxis": {"type": "category", "data": list(names), "axisLabel": {"interval": 0}},
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": _top(values),
            "axisLabel": {"formatter": PER_CENT, "hideOverlap": True},
        },
        "series": series,
    }


class OpenedNumber(Protocol):
    """A number with the address of its list."""

    @property
    def number(self) -> int: ...
    @property
    def url(self) -> str: ...


def area_stack(names: Sequence[str], counts: Mapping[str, Sequence[OpenedNumber]]) -> Option:
    """Counts of areas on top of each other, the areas below each other; a part of a bar opens its list."""
    series = [
        {
            "name": name,
            "type": "bar",
            "stack": "all",
            "barMaxWidth": 18,
            "data": [{"value": one.number, "url": one.url} for one in numbers],
        }
        for name, numbers in counts.items()
    ]
    return {
        **_base(list(counts)),
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "data": list(names), "inverse": True},
        "series": series,
    }


def stacked_months(
    days: Sequence[date], counts: Mapping[str, Sequence[int]], palette: Sequence[str] = COLOURS
) -> Option:
    """Counts by month on top of each other: hazards found by source or grade."""
    series = [
        {"name": name, "type": "bar", "stack": "all", "barMaxWidth": 26, "data": list(numbers)}
        for name, numbers in counts.items()
    ]
    return {
        **_base(list(counts), palette),
        "xAxis": {"type": "category", "data": [day.strftime("%Y-%m") for day in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": series,
    }


def stacked_bars(
    names: Sequence[str], counts: Mapping[str, Sequence[int]], palette: Sequence[str] = COLOURS
) -> Option:
    """Counts of named rows on top of each other, lying, the first row on top: names of units are long."""
    series = [
        {"name": name, "type": "bar", "stack": "all", "barMaxWidth": 22, "data": list(numbers)}
        for name, numbers in counts.items()
    ]
    return {
        **_base(list(counts), palette),
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {
            "type": "category",
            "data": list(names),
            "inverse": True,
            "axisLabel": {"width": 150, "overflow": "truncate"},
        },
        "series": series,
    }
