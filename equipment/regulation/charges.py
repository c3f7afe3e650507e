"""How much may go into a cylinder, and what must be left in it: charges, models, tolerances, residual
pressures, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from equipment.core.fields import Fields
from equipment.core.text import Text
from equipment.core.verdict import Citation, Confidence
from equipment.core.words import N_, Message
from equipment.regulation import cylinder_numbers as numbers
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_life import STAMP
from equipment.regulation.cylinder_words import Phase, Use, Variety
from equipment.regulation.gases import FillGroup, Gas, gas
from equipment.regulation.packs import Regulation


@dataclass(frozen=True, slots=True)
class Charge:
    """The most that may be in the cylinder after filling, net, with where the number comes from."""

    grams: int
    citation: Citation
    explanation: Message


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The net charge a station aims at; the hard limit stays the maximum charge."""

    target_g: int
    plus_minus_g: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Colours:
    """Body and lettering colour of a cylinder."""

    body: Text
    words: Text
    citation: Citation


@dataclass(frozen=True, slots=True)
class InspectionColour:
    """The inspection colour mark (检验色标) of a year."""

    colour: Text
    shape: Text
    citation: Citation


def fill_group(rules: Regulation, details: CylinderDetails, on: date) -> FillGroup:
    """How this cylinder is checked and filled: a vehicle's cylinder as such, whatever its gas."""
    return FillGroup.VEHICLE if details.variety.vehicle else gas(rules, details.medium, on).group


def tags_of(rules: Regulation, details: CylinderDetails, on: date) -> frozenset[str]:
    """What check items and refusal reasons are chosen by: the fill group, the properties of every gas in it,
    and what it serves."""
    parts = (gas(rules, code, on) for code in (details.medium, *details.gas_codes))
    own = {
        fill_group(rules, details, on).value,
        *({details.use.value} if details.use.filled_anywhere else ()),
        *({"non_refillable"} if details.non_refillable else ()),
        *({"approved_elsewhere"} if details.fill_approval else ()),
    }
    return frozenset(own).union(*(part.tags for part in parts))


def max_charge(rules: Regulation, details: CylinderDetails, on: date) -> Charge | None:
    """Stamp, then model table, then volume × coefficient rounded down; None for gases filled by pressure or
    not enough known."""
    if details.max_charge_g is not None:
        cite = Citation(STAMP, confidence=Confidence.SEEN, pack=rules.pack)
        return Charge(details.max_charge_g, cite, Message(N_("Stamped on the cylinder")))
    if details.medium == "LPG" and details.model is not None:
        listed = numbers.lpg_model(rules, details.model, on)
        if listed is not None:
            return Charge(
                listed.table.integer("max_charge_g"),
                listed.citation,
                Message(N_("Model %(model)s"), {"model": details.model}),
            )
    if details.volume_ml is None or not fill_group(rules, details, on).weighed:
        return None
    return _by_volume(rules, details, details.volume_ml, on)


def _by_volume(rules: Regulation, details: CylinderDetails, volume_ml: int, on: date) -> Charge | None:
    step = numbers.charge_rounding_g(rules, on)
    if details.variety is Variety.ACETYLENE:
        if details.porosity_permille is None:
            return None
        value = numbers.acetylene_g_per_l(rules, on)
        exact = volume_ml * details.porosity_permille * value.integer // 1_000_000
        why = Message(
            N_("%(coefficient)s g/L × porosity %(porosity)s × %(volume)s L, rounded down"),
            {
                "coefficient": value.integer,
                "porosity": details.porosity_permille / 1000,
                "volume": volume_ml / 1000,
            },
        )
    else:
        value_ = numbers.coefficient(rules, details.medium, on)
        row = _row_for(value_.rows, details.working_pressure_kpa) if value_ is not None else None
        if value_ is None or row is None:
            return None
        value, exact = value_, volume_ml * row.integer("g_per_l") // 1000
        why = Message(
            N_("%(coefficient)s g/L × %(volume)s L, rounded down"),
            {"coefficient": row["g_per_l"], "volume": volume_ml / 1000},
        )
    return Charge(exact // step * step, value.citation, why)


def _row_for(rows: Sequence[Fields], working_pressure_kpa: int | None) -> Fields | None:
    """The line of the highest working pressure the cylinder reaches."""
    rows_below = [row for row in rows if row.integer("from_kpa") <= (working_pressure_kpa or 0)]
    return max(rows_below, key=lambda row: row.integer("from_kpa"), default=None)


def fill_tolerance(rules: Regulation, details: CylinderDetails, on: date) -> Tolerance | None:
    value = numbers.fill_tolerance_stated(rules, details.model, on) if details.model else None
    return (
        Tolerance(value.table.integer("target_g"), value.table.integer("plus_minus_g"), value.citation)
        if value is not None
        else None
    )


def least_residual_kpa(rules: Regulation, medium: Gas, temperature_c: int, on: date) -> int | None:
    """The pressure that must be left at this temperature; None where weight decides or the table ends."""
    if medium.group is FillGroup.ACETYLENE:
        rows = numbers.acetylene_residuals(rules, on)
        return next((row.integer("kpa") for row in rows if temperature_c < row.integer("below_c")), None)
    return numbers.compressed_residual_kpa(rules, on) if medium.group is FillGroup.COMPRESSED else None


def colours(rules: Regulation, details: CylinderDetails, on: date) -> Colours | None:
    """What colours this cylinder must show; None where the pack does not know."""
    key = details.medium
    if key == "LPG" and details.phase is Phase.LIQUID:
        key = "LPG_LIQUID"
    elif key == "LPG" and details.use is Use.INDUSTRIAL:
        key = "LPG_INDUSTRIAL"
    value = numbers.colour_stated(rules, key, on)
    if value is None:
        return None
    return Colours(
        Text.from_toml(value.table, "body_"), Text.from_toml(value.table, "words_"), value.citation
    )


def inspection_colour(rules: Regulation, year: int, on: date) -> InspectionColour:
    """The colour mark put on cylinders inspected in `year`."""
    colour, shape = numbers.inspection_colour_stated(rules, year, on)
    return InspectionColour(Text.from_toml(colour.table), Text.from_toml(shape.table), colour.citation)
