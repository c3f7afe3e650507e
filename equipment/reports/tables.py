"""The tables of a report, from its frozen figures: the same rows on paper and in the workbook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext

from equipment.hazards.rules import FindingSource
from equipment.regulation.categories import category
from equipment.regulation.clauses import Grade
from equipment.reports.figures import pair, shares_of
from equipment.reports.models import Figures, MonthFigures, YearFigures
from equipment.reports.rules import Share, total
from equipment.reports.wording import named, open_rows, place_of, sentences
from equipment.suspicions.states import SuspicionKind
from equipment.tasks.sheets import Table, TableColumn
from equipment.web.language import translate


def categories_named(keys: list[str]) -> str:
    return "、".join(translate(category(key).label) for key in keys)


FEW = 3  # categories that a cell of a report names one by one


def categories_counted(keys: list[str]) -> str:
    """Many categories as one cell holds them; the report names them all beneath its table."""
    if len(keys) <= FEW:
        return categories_named(keys)
    return gettext("%(num)d categories counted by set", num=len(keys))


def rates(figures: Figures, language: str) -> Table:
    """Every rate with its two numbers and its formula: the headline's, the cylinders' own,
    then the other definitions."""
    columns = [
        TableColumn(gettext("Definition"), 30),
        TableColumn(gettext("Categories"), 14),
        TableColumn(gettext("With hazards"), 12, "number"),
        TableColumn(gettext("Measured against"), 14, "number"),
        TableColumn(gettext("Rate"), 10, "share"),
        TableColumn(gettext("Formula"), 60),
    ]
    rows = [
        [
            f"{rate['key']} {named(figures['definitions'][rate['key']], 'name', language)}",
            categories_counted(rate["categories"]),
            rate["part"],
            rate["whole"],
            Share(rate["part"], rate["whole"]).rate,
            named(figures["definitions"][rate["key"]], "formula", language),
        ]
        for rate in [*figures["rates"], *figures["others"]]
    ]
    return Table(gettext("Rates"), columns, rows)


ON_PAPER = 9


def areas_on_paper(figures: Figures, language: str) -> Table:
    """As many areas as one sheet holds: those with most hazards, the others summed up; the
    workbook has them all."""
    rows = sorted(figures["areas"], key=lambda row: -row["shares"][0][0])
    if len(rows) <= ON_PAPER:
        return areas(figures, language)
    first, others = rows[: ON_PAPER - 1], rows[ON_PAPER - 1 :]
    summed = [
        pair(total(shares)) for shares in zip(*(shares_of(row["shares"]) for row in others), strict=True)
    ]
    name = gettext("%(num)s other areas", num=len(others))
    return areas(
        {**figures, "areas": [*first, {"name": name, "name_en": name, "responsible": "", "shares": summed}]},
        language,
    )


def areas(figures: Figures, language: str) -> Table:
    """One row per area below, with who answers for it."""
    columns = [
        TableColumn(gettext("Area"), 18),
        TableColumn(gettext("Responsible"), 14),
        TableColumn(gettext("In use"), 12, "number"),
    ]
    for key in figures["keys"]:
        columns += [
            TableColumn(gettext("With hazards (%(key)s)", key=key), 14, "number"),
            TableColumn(key, 10, "share"),
        ]
    rows = []
    for row in figures["areas"]:
        shares = shares_of(row["shares"])
        numbers = [cell for share in shares for cell in (share.part, share.rate)]
        rows.append(
            [
                row["name_en" if language.startswith("en") else "name"] or gettext("Directly"),
                row["responsible"],
                shares[0].whole,
                *numbers,
            ]
        )
    return Table(gettext("Areas"), columns, rows)


def months(figures: Figures, _language: str) -> Table:
    """The month line in numbers."""
    columns = [TableColumn(gettext("Day"), 12, "day")]
    for key in figures["keys"]:
        columns += [
            TableColumn(gettext("With hazards (%(key)s)", key=key), 14, "number"),
            TableColumn(gettext("Measured against (%(key)s)", key=key), 14, "number"),
            TableColumn(key, 10, "share"),
        ]
    points = [figures["line"][key] for key in figures["keys"]]
    rows = [
        [
            date.fromisoformat(points[0][at][0]),
            *(
                cell
                for series in points
                for cell in (series[at][1], series[at][2], Share(*series[at][1:]).rate)
            ),
        ]
        for at in range(len(points[0]))
    ]
    return Table(gettext("Months"), columns, rows)


def hazards(figures: Figures, _language: str) -> Table:
    """What moved: found, closed, open, late, by grade and source."""
    moved, late, on = figures["hazards"], figures["overdue"], gettext("as of %(day)s", day=figures["as_of"])
    rows: list[list[str | int]] = [
        [gettext("Findings"), moved["findings"]],
        [gettext("Findings not decided"), moved["undecided"]],
        [gettext("of these past their day"), moved.get("undecided_late", 0)],
        [gettext("Hazards found"), moved["found"]],
        *(
            [gettext("of these %(what)s", what=translate(grade.label)), moved["by_grade"][grade]]
            for grade in Grade
        ),
        *(
            [gettext("of these from %(what)s", what=translate(source.label)), moved["by_source"][source]]
            for source in FindingSource
        ),
        [gettext("Hazards closed"), moved["closed"]],
        [gettext("Open at the end"), moved["open"]],
        *([gettext("of these %(what)s", what=name), number] for name, number in open_rows(moved)),
        [gettext("of these past their day"), moved["late"]],
        [gettext("of these waiting for the re-check"), moved["to_recheck"]],
        [f"{gettext('Overdue, inspection applied for')} ({on})", late["applied"]],
        [f"{gettext('Overdue, not applied for')} ({on})", late["not_applied"]],
    ]
    return Table(
        gettext("Hazards"),
        [TableColumn(gettext("What"), 34), TableColumn(gettext("Count"), 12, "number")],
        rows,
    )


def definition_text(definition: str, counts: Iterable[str]) -> str:
    """A definition with what the bureau chose to count in it."""
    chosen = "、".join(translate(label) for label in counts)
    text = translate(definition)
    return f"{text} {gettext('Counted: %(kinds)s.', kinds=chosen)}" if chosen else text


def indicators(figures: Figures, _language: str) -> Table:
    columns = [
        TableColumn(gettext("Indicator"), 24),
        TableColumn(gettext("Share"), 10, "share"),
        TableColumn(gettext("Part"), 12, "number"),
        TableColumn(gettext("Of"), 12, "number"),
        TableColumn(gettext("Definition"), 60),
    ]
    rows = [
        [
            translate(indicator["label"]),
            Share(indicator["part"], indicator["whole"]).rate,
            indicator["part"],
            indicator["whole"],
            definition_text(indicator["definition"], indicator.get("counts", ())),
        ]
        for indicator in figures["indicators"]
    ]
    return Table(gettext("Indicators"), columns, rows)


def stations(figures: Figures, _language: str) -> Table:
    columns = [
        TableColumn(gettext("Station"), 30),
        TableColumn(gettext("Signal"), 24),
        TableColumn(gettext("Figures"), 34),
        TableColumn(gettext("Responsible"), 14),
    ]
    rows = [
        [
            station["name"],
            "、".join(translate(SuspicionKind(signal).label) for signal in station["signals"]),
            translate(station["note"]),
            station["responsible"],
        ]
        for station in figures["stations"]
    ]
    return Table(gettext("Stations to look at"), columns, rows)


def sheets(figures: MonthFigures | YearFigures, language: str) -> list[Table]:
    """The whole workbook, the summary in front."""
    days = figures["month"][:7] if "month" in figures else figures["year"]
    title = f"{place_of(figures, language)} {days}"
    summary = Table(
        gettext("Summary"),
        [TableColumn(gettext("Summary of %(what)s", what=title), 110)],
        [[sentence] for sentence in sentences(figures, language)],
    )
    return [
        summary,
        *(make(figures, language) for make in (rates, areas, months, hazards, indicators, stations)),
    ]
