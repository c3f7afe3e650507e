"""The tables of a report, from its frozen figures: the same rows on paper and in the workbook."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext

from equipment.hazards.rules import FindingSource
from equipment.regulation.categories import category
from equipment.regulation.clauses import Grade
from equipment.reports.figures import pair, shares_of
from equipment.reports.rules import Share, Signal, total
from equipment.reports.wording import named, place_of, sentences
from equipment.tasks.sheets import Column, Sheet
from equipment.web.language import translate

Stored = Mapping[str, Any]


def categories_named(keys: list[str]) -> str:
    return "、".join(translate(category(key).label) for key in keys)


def rates(figures: Stored, language: str) -> Sheet:
    """Every rate with its two numbers and its formula: the headline's, the cylinders' own, then the other definitions."""
    columns = [Column(gettext("Definition"), 30), Column(gettext("Categories"), 14), Column(gettext("With hazards"), 12, "number"),
               Column(gettext("Measured against"), 14, "number"), Column(gettext("Rate"), 10, "share"), Column(gettext("Formula"), 60)]
    rows = [[f"{rate['key']} {named(figures['definitions'][rate['key']], 'name', language)}", categories_named(rate["categories"]), rate["part"],
             rate["whole"], Share(rate["part"], rate["whole"]).rate, named(figures["definitions"][rate["key"]], "formula", language)]
            for rate in [*figures["rates"], *figures["others"]]]
    return Sheet(gettext("Rates"), columns, rows)


ON_PAPER = 10


def areas_on_paper(figures: Stored, language: str) -> Sheet:
    """As many areas as one sheet holds: those with most hazards, the others summed up; the workbook has them all."""
    rows = sorted(figures["areas"], key=lambda row: -row["shares"][0][0])
    if len(rows) <= ON_PAPER:
        return areas(figures, language)
    first, others = rows[:ON_PAPER - 1], rows[ON_PAPER - 1:]
    summed = [pair(total(shares)) for shares in zip(*(shares_of(row["shares"]) for row in others), strict=True)]
    name = gettext("%(num)s other areas", num=len(others))
    return areas({**figures, "areas": [*first, {"name": name, "name_en": name, "responsible": "", "shares": summed}]}, language)


def areas(figures: Stored, language: str) -> Sheet:
    """One row per area below, with who answers for it."""
    columns = [Column(gettext("Area"), 18), Column(gettext("Responsible"), 14), Column(gettext("In use"), 12, "number")]
    for key in figures["keys"]:
        columns += [Column(gettext("With hazards (%(key)s)", key=key), 14, "number"), Column(key, 10, "share")]
    rows = []
    for row in figures["areas"]:
        shares = shares_of(row["shares"])
        numbers = [cell for share in shares for cell in (share.part, share.rate)]
        rows.append([row["name_en" if language.startswith("en") else "name"] or gettext("Directly"), row["responsible"], shares[0].whole, *numbers])
    return Sheet(gettext("Areas"), columns, rows)


def months(figures: Stored, _language: str) -> Sheet:
    """The month line in numbers."""
    columns = [Column(gettext("Day"), 12, "day")]
    for key in figures["keys"]:
        columns += [Column(gettext("With hazards (%(key)s)", key=key), 14, "number"), Column(gettext("Measured against (%(key)s)", key=key), 14, "number"),
                    Column(key, 10, "share")]
    points = [figures["line"][key] for key in figures["keys"]]
    rows = [[date.fromisoformat(points[0][at][0]), *(cell for line in points for cell in (line[at][1], line[at][2], Share(*line[at][1:]).rate))]
            for at in range(len(points[0]))]
    return Sheet(gettext("Months"), columns, rows)


def hazards(figures: Stored, _language: str) -> Sheet:
    """What moved: found, closed, open, late, by grade and source."""
    moved, late, on = figures["hazards"], figures["overdue"], gettext("as of %(day)s", day=figures["as_of"])
    rows: list[list[Any]] = [
        [gettext("Findings"), moved["findings"]], [gettext("Findings not decided"), moved["undecided"]], [gettext("Hazards found"), moved["found"]],
        *([gettext("of these %(what)s", what=translate(grade.label)), moved["by_grade"][grade]] for grade in Grade),
        *([gettext("of these from %(what)s", what=translate(source.label)), moved["by_source"][source]] for source in FindingSource),
        [gettext("Hazards closed"), moved["closed"]], [gettext("Open at the end"), moved["open"]], [gettext("of these past their day"), moved["late"]],
        [gettext("of these waiting for the re-check"), moved["to_recheck"]],
        [f"{gettext('Overdue, inspection applied for')} ({on})", late["applied"]], [f"{gettext('Overdue, not applied for')} ({on})", late["not_applied"]],
    ]
    return Sheet(gettext("Hazards"), [Column(gettext("What"), 34), Column(gettext("Count"), 12, "number")], rows)


def indicators(figures: Stored, _language: str) -> Sheet:
    columns = [Column(gettext("Indicator"), 24), Column(gettext("Share"), 10, "share"), Column(gettext("Part"), 12, "number"),
               Column(gettext("Of"), 12, "number"), Column(gettext("Definition"), 60)]
    rows = [[translate(each["label"]), Share(each["part"], each["whole"]).rate, each["part"], each["whole"], translate(each["definition"])]
            for each in figures["indicators"]]
    return Sheet(gettext("Indicators"), columns, rows)


def stations(figures: Stored, _language: str) -> Sheet:
    columns = [Column(gettext("Station"), 30), Column(gettext("Signal"), 24), Column(gettext("Figures"), 34), Column(gettext("Responsible"), 14)]
    rows = [[each["name"], "、".join(translate(Signal(signal).label) for signal in each["signals"]), translate(each["note"]), each["responsible"]]
            for each in figures["stations"]]
    return Sheet(gettext("Stations to look at"), columns, rows)


def sheets(figures: Stored, language: str) -> list[Sheet]:
    """The whole workbook, the summary in front."""
    title = f"{place_of(figures, language)} {figures.get('month', '')[:7] or figures.get('year', '')}"
    summary = Sheet(gettext("Summary"), [Column(gettext("Summary of %(what)s", what=title), 110)], [[line] for line in sentences(figures, language)])
    return [summary, *(make(figures, language) for make in (rates, areas, months, hazards, indicators, stations))]
