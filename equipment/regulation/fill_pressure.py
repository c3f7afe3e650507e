"""How high the pressure of a cylinder may be after filling, at the temperature of its gas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from equipment.core.verdict import Citation
from equipment.regulation import cylinder_numbers as numbers
from equipment.regulation.charges import fill_group, tags_of
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.gases import FillGroup
from equipment.regulation.packs import Regulation

ZERO_C, AIR_KPA = 273.15, 101  # gauges show what is above the air


@dataclass(frozen=True, slots=True)
class PressureLimit:
    """The most that a gauge may show after filling: `kpa` at `reference_c`. At another temperature an ideal
    gas of the same mass shows more or less (our own derivation), where `corrected`; never more than `kpa`,
    where `capped`."""

    kpa: int
    reference_c: int
    corrected: bool
    capped: bool
    citation: Citation

    def most_kpa(self, temperature_dc: int | None) -> int:
        """In kPa at this temperature, in 0.1 °C; at the reference temperature where nobody measured it."""
        if not self.corrected or temperature_dc is None:
            return self.kpa
        share = (ZERO_C + temperature_dc / 10) / (ZERO_C + self.reference_c)
        most = int((self.kpa + AIR_KPA) * share - AIR_KPA)
        return min(most, self.kpa) if self.capped else most

    def as_json(self) -> dict[str, object]:
        """What a page needs to say the same."""
        return {
            "kpa": self.kpa,
            "reference_c": self.reference_c,
            "corrected": self.corrected,
            "capped": self.capped,
            "verified": self.citation.confidence.verified and not self.corrected,
        }


def pressure_limit(rules: Regulation, details: CylinderDetails, on: date) -> PressureLimit | None:
    """The limit of such a cylinder; None where weight decides alone, or its working pressure is not known."""
    group = fill_group(rules, details, on)
    if group is FillGroup.ACETYLENE:
        value = numbers.acetylene_pressure_kpa(rules, on)
        return PressureLimit(value.integer, 0, corrected=False, capped=True, citation=value.citation)
    is_gas = group in (FillGroup.COMPRESSED, FillGroup.VEHICLE)
    if not is_gas or details.working_pressure_kpa is None or "cryogenic" in tags_of(rules, details, on):
        return None
    reference = numbers.fill_pressure_reference_c(rules, on)
    return PressureLimit(
        details.working_pressure_kpa,
        reference.integer,
        corrected=True,
        capped=numbers.fill_pressure_capped(rules, on),
        citation=reference.citation,
    )
