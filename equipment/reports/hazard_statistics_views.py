"""`/rates/hazards`: hazards by source, finder, age, grade, clause, unit, category, county and month; each
number opens the list behind it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.people.rules import Action, Thing
from equipment.regulation.clauses import Grade
from equipment.reports.charts import GRADE_COLOURS, stacked_bars
from equipment.reports.hazard_statistics import (
    DEFINITION,
    HazardColumn,
    HazardFigures,
    HazardGrouping,
    columns_of,
    hazard_statistics,
    label_text,
)
from equipment.web.language import translate
from equipment.web.pages import exported
from equipment.web.statistics import statistics_query

pages = Blueprint("hazard_statistics", __name__)
MONTHS_SHOWN = 11
BARS = 15  # rows of the chart; the table has them all
STACKED = {
    HazardColumn.GENERAL: Grade.GENERAL,
    HazardColumn.SERIOUS: Grade.SERIOUS,
    HazardColumn.MAJOR: Grade.MAJOR,
}


@pages.route("/rates/hazards", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.RATE)
def page() -> web.Answer:
    who = web.viewer()
    query = statistics_query(who, HazardGrouping, months_back=MONTHS_SHOWN, days="found")
    title = gettext("Statistics of hazards")
    if taken := exported("reports.hazard_statistics", query.as_json(), by=who, title=title):
        return taken
    whole, rows = hazard_statistics(who, query.by, query.area, query.since, query.until)
    return render_template(
        "reports/hazards.html",
        whole=whole,
        rows=rows,
        columns=columns_of(query.by),
        all_columns=HazardColumn,
        query=query,
        chart=_chart(rows[:BARS]),
        definition=DEFINITION,
    )


def _chart(rows: list[HazardFigures]) -> dict[str, object]:
    """The rows as bars, by grade."""
    names = [label_text(row.label, translate) for row in rows]
    return stacked_bars(
        names,
        {translate(grade.label): [row.numbers[column] for row in rows] for column, grade in STACKED.items()},
        [GRADE_COLOURS[grade] for grade in STACKED.values()],
    )
