"""Which charts a report shows, in which order and size, from its frozen figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from flask_babel import gettext

from equipment.core.words import Labelled
from equipment.hazards.rules import FindingSource
from equipment.regulation.clauses import Grade
from equipment.reports import charts
from equipment.reports.figures import shares_of
from equipment.reports.models import Figures, YearFigures
from equipment.reports.rules import LIMIT, Share
from equipment.reports.svg import PaperChart
from equipment.reports.wording import named
from equipment.web.language import translate

FEW_AREAS = 6
WIDE = 690  # CSS pixels between the margins of an upright A4 sheet


def limit_name() -> str:
    return str(gettext("%(share)s line", share=f"{LIMIT.share * 100:g} %"))


def label(figures: Figures, key: str, language: str) -> str:
    return f"{key} {named(figures['definitions'][key], 'name', language)}"


def lines_of(figures: Figures, language: str) -> dict[str, list[tuple[date, Share]]]:
    """The month line of each definition, named in the reader's language."""
    return {
        label(figures, key, language): [
            (date.fromisoformat(day), Share(part, whole)) for day, part, whole in points
        ]
        for key, points in figures["line"].items()
    }


def month_pictures(figures: Figures, language: str) -> list[PaperChart]:
    return [
        PaperChart(
            charts.month_line(lines_of(figures, language), limit_name()),
            WIDE,
            150 if len(figures["areas"]) <= FEW_AREAS else 120,
        )
    ]


def year_pictures(figures: YearFigures, language: str) -> list[PaperChart]:
    """The line of the year, the areas beside each other, hazards by grade and by source."""
    names = [row["name_en"] if language.startswith("en") else row["name"] for row in figures["areas"]]
    areas = {
        label(figures, key, language): [shares_of(row["shares"])[number] for row in figures["areas"]]
        for number, key in enumerate(figures["keys"])
    }
    days = [date.fromisoformat(month["day"]) for month in figures["months"]]
    grade_colours = [charts.GRADE_COLOURS[grade] for grade in Grade]
    return [
        PaperChart(charts.month_line(lines_of(figures, language), limit_name()), WIDE, 260),
        PaperChart(charts.area_bars(names, areas, limit_name()), WIDE, 240),
        PaperChart(
            charts.stacked_months(days, _series(figures, "by_grade", Grade), grade_colours), WIDE, 220
        ),
        PaperChart(charts.stacked_months(days, _series(figures, "by_source", FindingSource)), WIDE, 220),
    ]


def _series(
    figures: YearFigures, by: Literal["by_grade", "by_source"], kinds: Iterable[Labelled]
) -> dict[str, list[int]]:
    return {
        translate(kind.label): [month[by].get(str(kind), 0) for month in figures["months"]] for kind in kinds
    }
