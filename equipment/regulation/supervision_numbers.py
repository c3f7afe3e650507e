"""Numbers of supervision (监督检查、监察指令书): one typed accessor for each key or family of keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from equipment.core.text import Text
from equipment.core.verdict import Citation
from equipment.regulation.clauses import EVERY, HAZARD_CLAUSES
from equipment.regulation.packs import Value

OTHER_RULE = "other"  # the rule that the inspector writes himself


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that an order may name as broken; `penalty` is the article that punishes it, where one is
    known."""

    code: str
    subject: str
    text: Text
    citation: Citation
    penalty: str = ""

    @property
    def cited(self) -> str:
        """The rule as Chinese papers name it: 《特种设备安全法》第四十条."""
        names = {document.title: document.name for document in HAZARD_CLAUSES.documents.values()}
        return f"《{names[self.citation.document]}》{self.citation.clause}"

    def concerns(self, category_key: str) -> bool:
        return self.subject in (EVERY, category_key)


def broken_rules(on: date) -> Mapping[str, BrokenRule]:
    """What an order may cite on a day, by code, in the order of the pack."""
    return {
        code: BrokenRule(
            code,
            value.table.text("subject"),
            Text.from_toml(value.table),
            value.citation,
            value.table.text("penalty", ""),
        )
        for code, value in HAZARD_CLAUSES.under("broken", on).items()
    }


def order_basis(on: date) -> Value:
    """The article by which a supervision order is given: a table of both languages."""
    return HAZARD_CLAUSES.value("order.basis", on)


def review_days(on: date) -> int:
    """Days in which an administrative review may be asked for."""
    return HAZARD_CLAUSES.integer("order.review_days", on)


def court_months(on: date) -> int:
    """Months in which a court may be asked."""
    return HAZARD_CLAUSES.integer("order.court_months", on)


def usual_days(on: date) -> int:
    """Days until an order must be carried out, where its inspectors set no other day."""
    return HAZARD_CLAUSES.integer("order.usual_days", on)


def city_told_after(on: date) -> int:
    """Days after its last day from which the city hears of an order that was not carried out."""
    return HAZARD_CLAUSES.integer("order.city_told_after_days", on)


def use_unit_permille(on: date) -> Value:
    """How many of a thousand use units are checked in a year, at least."""
    return HAZARD_CLAUSES.value("plan.use_unit_permille", on)


def key_unit_permille(on: date) -> Value:
    """How many of a thousand key units (重点单位) are checked in a year, at least."""
    return HAZARD_CLAUSES.value("plan.key_unit_permille", on)


def pieces_of_category(on: date) -> Value:
    """How many pieces of each category that a unit has are looked at in a check, at least."""
    return HAZARD_CLAUSES.value("plan.pieces_of_category", on)


def inspectors_needed(on: date) -> Value:
    """How many inspectors a check needs, at least."""
    return HAZARD_CLAUSES.value("plan.inspectors", on)


def in_force_since() -> date:
    """The first day of order 57: checks and orders of before are none of it."""
    return HAZARD_CLAUSES.history("plan.inspectors")[0].since


def is_day_off(day: date) -> bool:
    """A Saturday, a Sunday, or a holiday of a fixed day. Holidays of the moon and moved working days are
    announced each year and stand in no pack."""
    fixed = HAZARD_CLAUSES.value("holidays.fixed", day).texts
    return day.weekday() >= 5 or f"{day:%m-%d}" in fixed


def working_day_from(day: date) -> date:
    """The day itself, or the first after it that is no day off."""
    while is_day_off(day):
        day += timedelta(days=1)
    return day
