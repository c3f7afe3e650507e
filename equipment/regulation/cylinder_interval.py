"""How often a cylinder is inspected (定期检验周期): which line of the interval table applies, and how to say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from equipment.core.words import N_
from equipment.regulation import cylinder_numbers as numbers
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_words import Use, Variety
from equipment.regulation.gases import Gas, gas, strictest
from equipment.regulation.packs import Regulation, Value


class Since(StrEnum):
    """What an interval is counted from."""

    INSPECTED = "inspected"
    MANUFACTURED = "made"
    INSTALLED = "installed"


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval in force for a cylinder, and the name of its line in the table."""

    row_key: str
    value: Value

    @property
    def months(self) -> int:
        return self.value.integer

    def wording(self, since: Since) -> str:
        """The msgid that explains a due day counted from `since`."""
        return WORDINGS[since].get(self.row_key, WORDINGS[since]["other"])


def parts_of(rules: Regulation, details: CylinderDetails, on: date) -> tuple[Gas, ...]:
    """The gases in the cylinder: its medium, or the components of its mixture."""
    return tuple(gas(rules, code, on) for code in details.gas_codes)


def inspection_interval(rules: Regulation, details: CylinderDetails, on: date) -> Interval:
    """The interval by variety, medium group and use; of several components the shortest counts."""
    if not details.variety.by_medium:
        taxi = details.variety is Variety.VEHICLE_CNG and details.use is Use.TAXI
        row_key = "taxi_cng" if taxi else details.variety.value
        return Interval(row_key, numbers.inspection_months(rules, row_key, on))
    treated = _treated_high_purity(rules, details, on)
    if treated is not None:
        return treated
    row_keys = {_medium_row(part, details) for part in parts_of(rules, details, on)}
    intervals = [
        Interval(row_key, numbers.inspection_months(rules, f"{details.variety}.{row_key}", on))
        for row_key in sorted(row_keys)
    ]
    return min(intervals, key=lambda interval: interval.months)


def _medium_row(part: Gas, details: CylinderDetails) -> str:
    if part.corrosive or details.use.harsh:
        return "corrosive"
    return "inert" if part.inert or details.high_purity else "other"


def _treated_high_purity(rules: Regulation, details: CylinderDetails, on: date) -> Interval | None:
    """The longer interval of internally treated cylinders, only once somebody has verified it."""
    if not (details.high_purity and details.treated_inside) or details.use.harsh:
        return None
    row_key = "toxic" if "toxic" in strictest(parts_of(rules, details, on)) else "other"
    value = numbers.high_purity_months(rules, row_key, on)
    return Interval("high_purity", value) if value is not None and value.confidence.verified else None


INSPECTED: Mapping[str, str] = {
    "corrosive": N_(
        "Last periodic inspection %(since)s; corrosive gas or sea water: every %(years)s years → %(due)s"
    ),
    "inert": N_(
        "Last periodic inspection %(since)s; inert or high-purity gas: every %(years)s years → %(due)s"
    ),
    "high_purity": N_(
        "Last periodic inspection %(since)s; high-purity gas, treated inside: every %(years)s years → %(due)s"
    ),
    "lpg": N_("Last periodic inspection %(since)s; LPG cylinders: every %(years)s years → %(due)s"),
    "acetylene": N_(
        "Last periodic inspection %(since)s; acetylene cylinders: every %(years)s years → %(due)s"
    ),
    "wound": N_("Last periodic inspection %(since)s; fibre-wound cylinders: every %(years)s years → %(due)s"),
    "cryogenic": N_(
        "Last periodic inspection %(since)s; cryogenic cylinders: every %(years)s years → %(due)s"
    ),
    "vehicle_cng": N_(
        "Last periodic inspection %(since)s; vehicle CNG cylinders: every %(years)s years → %(due)s"
    ),
    "taxi_cng": N_(
        "Last periodic inspection %(since)s; CNG cylinders of taxis: every %(years)s years → %(due)s"
    ),
    "vehicle_wound": N_(
        "Last periodic inspection %(since)s; fibre-wound vehicle cylinders: every %(years)s years → %(due)s"
    ),
    "vehicle_h2": N_(
        "Last periodic inspection %(since)s; vehicle hydrogen cylinders: every %(years)s years → %(due)s"
    ),
    "vehicle_lpg": N_(
        "Last periodic inspection %(since)s; vehicle LPG cylinders: every %(years)s years → %(due)s"
    ),
    "vehicle_lng": N_(
        "Last periodic inspection %(since)s; vehicle LNG cylinders: every %(years)s years → %(due)s"
    ),
    "other": N_("Last periodic inspection %(since)s; other gases: every %(years)s years → %(due)s"),
}
MANUFACTURED: Mapping[str, str] = {
    "corrosive": N_(
        "Made %(since)s, no inspection on record; corrosive gas or sea water: every %(years)s years → %(due)s"
    ),
    "inert": N_(
        "Made %(since)s, no inspection on record; inert or high-purity gas: every %(years)s years → %(due)s"
    ),
    "high_purity": N_(
        "Made %(since)s, no inspection on record; high-purity gas, "
        "treated inside: every %(years)s years → %(due)s"
    ),
    "lpg": N_("Made %(since)s, no inspection on record; LPG cylinders: every %(years)s years → %(due)s"),
    "acetylene": N_(
        "Made %(since)s, no inspection on record; acetylene cylinders: every %(years)s years → %(due)s"
    ),
    "wound": N_(
        "Made %(since)s, no inspection on record; fibre-wound cylinders: every %(years)s years → %(due)s"
    ),
    "cryogenic": N_(
        "Made %(since)s, no inspection on record; cryogenic cylinders: every %(years)s years → %(due)s"
    ),
    "other": N_("Made %(since)s, no inspection on record; first inspection after %(years)s years → %(due)s"),
}
INSTALLED: Mapping[str, str] = {
    "other": N_(
        "Installed in the vehicle %(since)s, no inspection on record; "
        "first inspection after %(years)s years → %(due)s"
    )
}
WORDINGS: Mapping[Since, Mapping[str, str]] = {
    Since.INSPECTED: INSPECTED,
    Since.MANUFACTURED: MANUFACTURED,
    Since.INSTALLED: INSTALLED,
}
