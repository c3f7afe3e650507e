"""Readings of a checklist's item: what its text asks to be measured, within which limits. Pure.

Amounts are whole numbers of the smallest step (7 mm with one decimal is 70), so that phone and server judge
alike. A limit stands in the text of the item; what nobody measures (a lock that engages by 70 mm) is asked
again and never refused: those bounds are design values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from equipment.core.fields import Fields
from equipment.core.text import Text
from equipment.core.words import N_, Labelled, Message

NUMBER = re.compile(r"[+-]?\d{1,6}(?:\.\d*)?")
NO_NUMBER = N_("Enter a number, such as %(example)s.")
TOO_FINE = N_("At most %(decimals)d decimals.")


class Judgement(Labelled):
    """What a measured amount is worth."""

    MISSING = "missing", N_("No reading"), "amber"
    INSIDE = "inside", N_("Within the limit"), "green"
    OUTSIDE = "outside", N_("Outside the limit"), "red"


@dataclass(frozen=True, slots=True)
class ItemReading:
    """One reading of an item: its name and unit, the limits of its text (None: no such end), and between
    which amounts it is believed unasked."""

    key: str
    name: Text
    unit: str
    decimals: int
    at_least: int | None
    at_most: int | None
    usual: tuple[int, int] | None = None
    when: str = ""  # the condition that the item's text states, in its own words

    @classmethod
    def from_fields(cls, stated: Fields) -> ItemReading:
        """As a checklist states it, in TOML or in a firm's own list."""
        usual = stated.integers("usual")
        return cls(
            stated.text("key"),
            Text(stated.text("zh"), stated.text("en", stated.text("zh"))),
            stated.text("unit"),
            stated.integer("decimals", 0),
            stated.integer("at_least") if stated.get("at_least") is not None else None,
            stated.integer("at_most") if stated.get("at_most") is not None else None,
            (usual[0], usual[1]) if usual else None,
            stated.text("when", ""),
        )

    def judge(self, amount: int | None) -> Judgement:
        if amount is None:
            return Judgement.MISSING
        too_small = self.at_least is not None and amount < self.at_least
        too_large = self.at_most is not None and amount > self.at_most
        return Judgement.OUTSIDE if too_small or too_large else Judgement.INSIDE

    def is_odd(self, amount: int) -> bool:
        """Whether nobody should believe this unasked: a slip of the unit, mostly."""
        return self.usual is not None and not self.usual[0] <= amount <= self.usual[1]

    def number(self, amount: int) -> str:
        """The amount as people write it: 70 with one decimal is 7."""
        shown = Decimal(amount).scaleb(-self.decimals)
        return f"{shown.normalize():f}" if shown else "0"

    def shown(self, amount: int) -> str:
        return f"{self.number(amount)} {self.unit}".strip()

    @property
    def limit(self) -> str:
        """The limit in signs that need no language: ≥ 7 mm."""
        if self.at_least is not None and self.at_most is not None:
            return f"{self.number(self.at_least)} ~ {self.shown(self.at_most)}"
        if self.at_least is not None:
            return f"≥ {self.shown(self.at_least)}"
        return f"≤ {self.shown(self.at_most)}" if self.at_most is not None else ""

    def amount_in(self, typed: str) -> int | Message:
        """The amount that was typed, full-width or with a decimal comma, with or without its unit; why it is
        none otherwise."""
        text = unicodedata.normalize("NFKC", typed).replace("。", ".").replace("−", "-").strip()
        unit = unicodedata.normalize("NFKC", self.unit)
        if unit and text.lower().endswith(unit.lower()):
            text = text[: -len(unit)].strip()
        text = text.replace(",", ".")
        if not NUMBER.fullmatch(text):
            return Message(NO_NUMBER, {"example": self._example})
        amount = Decimal(text).scaleb(self.decimals)
        if amount != amount.to_integral_value():
            return Message(TOO_FINE, {"decimals": self.decimals})
        return int(amount)

    @property
    def _example(self) -> str:
        limit = self.at_least if self.at_least is not None else self.at_most
        return self.number(limit if limit is not None else 10**self.decimals)


def is_outside(readings: tuple[ItemReading, ...], amounts: Mapping[str, int]) -> bool:
    """Whether any of the amounts lies outside its limit."""
    return any(one.judge(amounts.get(one.key)) is Judgement.OUTSIDE for one in readings)


def is_incomplete(readings: tuple[ItemReading, ...], amounts: Mapping[str, int]) -> bool:
    """Whether an amount is missing."""
    return any(one.key not in amounts for one in readings)


def is_odd(readings: tuple[ItemReading, ...], amounts: Mapping[str, int]) -> bool:
    """Whether any of the amounts asks to be looked at again."""
    return any(one.key in amounts and one.is_odd(amounts[one.key]) for one in readings)
