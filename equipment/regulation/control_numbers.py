"""日管控、周排查、月调度 (order 74): names, articles and numbers, one typed accessor for each key or
family of keys."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from equipment.core.verdict import Citation
from equipment.regulation.packs import Regulation, Value

CONTROLS = Regulation.load(Path(__file__).parent / "controls.toml")
OTHER = "other"  # every category whose chapter was not found


class ControlNames(NamedTuple):
    """What the records of a category are called, and the letters of their numbers."""

    sign: str
    daily: str
    weekly: str
    monthly: str
    citation: Citation


class TemplateRow(NamedTuple):
    """A row that a risk list begins with: this system's proposal."""

    code: str
    place: str
    risk: str
    accident: str
    factor: str
    check: str
    measure: str
    emergency: str
    is_key: bool
    citation: Citation


def control_names(category_key: str, on: date) -> ControlNames:
    """The names of the records; by parallel with the lifts' where the chapter was not found."""
    stated = CONTROLS.find(f"names.{category_key}", on) or CONTROLS.value("names.other", on)
    sign, daily, weekly, monthly = map(stated.table.text, ("sign", "daily", "weekly", "monthly"))
    return ControlNames(sign, daily, weekly, monthly, stated.citation)


def control_clauses(category_key: str, on: date) -> Value:
    """The articles: a table with `list`, `daily`, `weekly`, `monthly`, each empty where it is not known."""
    return CONTROLS.find(f"clauses.{category_key}", on) or CONTROLS.value("clauses.other", on)


def template_rows(category_key: str, on: date) -> tuple[TemplateRow, ...]:
    """What a unit's first risk list of a category begins with."""
    stated = CONTROLS.under(f"template.{category_key}", on) or CONTROLS.under("template.other", on)
    return tuple(
        TemplateRow(
            code,
            place=value.table.text("place"),
            risk=value.table.text("risk"),
            accident=value.table.text("accident"),
            factor=value.table.text("factor"),
            check=value.table.text("check"),
            measure=value.table.text("measure"),
            emergency=value.table.text("emergency"),
            is_key=value.table.flag("key", False),
            citation=value.citation,
        )
        for code, value in stated.items()
    )


def station_deadline(on: date) -> Value:
    """Minutes of the day by which a filling station has done its daily control."""
    return CONTROLS.value("daily.station_minute", on)


def unit_deadline(on: date) -> Value:
    """Minutes of the day by which any other use unit has done its daily control."""
    return CONTROLS.value("daily.unit_minute", on)


def control_clock_off(on: date) -> int:
    """Minutes by which a phone's clock may be off before a record counts as one that waited."""
    return CONTROLS.integer("daily.clock_minutes", on)


def control_believable(on: date) -> int:
    """Days by which a phone's day may be off before nobody believes it."""
    return CONTROLS.integer("daily.believable_days", on)


def missing_told_days(on: date) -> Value:
    """More missing days than this in a month are told to the bureau."""
    return CONTROLS.value("daily.missing_told_days", on)


def week_signed_within(on: date) -> Value:
    """Days after the end of a week in which its report is signed."""
    return CONTROLS.value("report.week_days", on)


def month_signed_within(on: date) -> Value:
    """Days after the end of a month in which its minutes are signed."""
    return CONTROLS.value("report.month_days", on)
