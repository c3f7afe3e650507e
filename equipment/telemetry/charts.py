"""A lift's days as ECharts options, plain dicts. Pure but for the texts they get."""

from __future__ import annotations

from collections.abc import Sequence

from equipment.telemetry.queries import DayFigures

Option = dict[str, object]
BLUE, GREY, AMBER, RED = "#12548f", "#8a97a6", "#b45309", "#b42318"


def availability(days: Sequence[DayFigures], available: str, heard: str) -> Option:
    """Percent of the time heard in service, and percent of the day heard, by day."""
    return {
        **_base(days, (available, heard), (BLUE, GREY)),
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}},
        "series": [
            _line(available, [None if day.available is None else day.available / 10 for day in days]),
            _line(heard, [day.heard / 10 for day in days]),
        ],
    }


def counts(days: Sequence[DayFigures], runs: str, doors: str) -> Option:
    """Runs and door cycles by day."""
    return {
        **_base(days, (runs, doors), (BLUE, GREY)),
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [_line(runs, [day.runs for day in days]), _line(doors, [day.doors for day in days])],
    }


def faults(days: Sequence[DayFigures], faults_name: str, alarms_name: str) -> Option:
    """Faults and alarms by day, one upon the other."""
    bars = ((faults_name, [day.faults for day in days]), (alarms_name, [day.alarms for day in days]))
    return {
        **_base(days, (faults_name, alarms_name), (AMBER, RED)),
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"name": name, "type": "bar", "stack": "events", "data": values} for name, values in bars],
    }


def _base(days: Sequence[DayFigures], names: Sequence[str], palette: Sequence[str]) -> Option:
    return {
        "color": list(palette),
        "animation": False,
        "legend": {"data": list(names), "top": 0},
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [day.on.strftime("%m-%d") for day in days]},
    }


def _line(name: str, values: Sequence[float | int | None]) -> Option:
    return {"name": name, "type": "line", "showSymbol": False, "data": list(values)}
