"""What every page of statistics is asked by: one row for each what, in which area, between which days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from flask import request

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.months import add_months, month_start
from equipment.core.words import Labelled
from equipment.people.rules import Viewer
from equipment.web.forms import labelled
from equipment.web.pages import area_options

G = TypeVar("G", bound=Labelled)


@dataclass(frozen=True, slots=True)
class StatisticsQuery(Generic[G]):
    """A page of statistics as the address bar asks for it; templates draw its form (macros/statistics.html).
    `days` begins the names of its two days, as in the list that its figures open."""

    by: G
    groups: list[tuple[str, str]]
    area: str
    areas: list[tuple[str, str]]
    since: date
    until: date
    days: str

    def as_json(self) -> dict[str, str]:
        """What the workbook of the page is made from."""
        return {
            "by": str(self.by),
            "area": self.area,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }


def statistics_query(who: Viewer, groups: type[G], *, months_back: int, days: str) -> StatisticsQuery[G]:
    """The query of this request; what makes no sense in it is taken for the first group, for everywhere, and
    for the months up to today."""
    typed: Mapping[str, str] = request.args
    today = clock.today()
    by, area = typed.get("by", ""), typed.get("area", "")
    return StatisticsQuery(
        groups(by) if by in set(groups) else next(iter(groups)),
        labelled(groups),
        area if area.isdecimal() else "",
        area_options(who),
        day_in(typed.get(f"{days}_from", "")) or month_start(add_months(today, -months_back)),
        day_in(typed.get(f"{days}_until", "")) or today,
        days,
    )
