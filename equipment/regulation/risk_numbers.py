"""The table of risk colours (安全风险分级): every number of the score, of a piece and of a unit. House values:
no official table was seen. One typed accessor for each family of keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from equipment.core.words import N_, Labelled
from equipment.regulation.packs import Regulation, Value


class RiskColour(Labelled):
    """风险等级 红橙黄蓝: 重大, 较大, 一般, 低."""

    BLUE = "blue", N_("Blue, low risk"), "blue"
    YELLOW = "yellow", N_("Yellow, general risk"), "yellow"
    ORANGE = "orange", N_("Orange, greater risk"), "orange"
    RED = "red", N_("Red, major risk"), "red"

    @property
    def rank(self) -> int:
        """Blue 0 to red 3."""
        return list(RiskColour).index(self)


RISK = Regulation.load(Path(__file__).parent / "risk.toml")
RISK_KEY = "risk"  # under which the bureau's own values of this table are kept


def likelihood_points(rules: Regulation, on: date) -> Mapping[str, Value]:
    """Points that are added up, by reason; `base` is what every piece begins with."""
    return rules.under("likelihood", on)


def consequence_tenths(rules: Regulation, on: date) -> Mapping[str, Value]:
    """Tenths by which the points are multiplied, by category."""
    return rules.under("consequence", on)


def danger_tenths(rules: Regulation, on: date) -> Mapping[str, Value]:
    """Tenths that are added for what is dangerous about a piece: its medium, dangerous chemicals."""
    return rules.under("danger", on)


def colour_floors(rules: Regulation, on: date) -> Mapping[str, Value]:
    """The colour that a piece has at least, by reason."""
    return rules.under("floor", on)


def colour_thresholds(rules: Regulation, on: date) -> Mapping[str, Value]:
    """From how many points a colour begins."""
    return rules.under("from", on)


def score_bounds(rules: Regulation, on: date) -> Mapping[str, Value]:
    """From when an inspection is long overdue, from what age a piece is old, how far back calls count."""
    return rules.under("bound", on)


def unit_thresholds(rules: Regulation, on: date) -> Mapping[str, Value]:
    """From how many pieces of a colour, or permille of its pieces, a unit has a colour."""
    return rules.under("unit", on)


def unit_floors(rules: Regulation, on: date) -> Mapping[str, Value]:
    """The colour that a unit has at least, by what is known of itself."""
    return rules.under("unit_floor", on)
