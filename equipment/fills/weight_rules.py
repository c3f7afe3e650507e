"""What a scale showed: net, overfilled, off its target, or a number that it cannot have shown for this
cylinder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from equipment.core.words import N_, Message
from equipment.fills.build_rules import Make
from equipment.fills.reason_rules import OVERFILL, OVERPRESSURE

MOST_G, MOST_KPA = 10_000_000, 100_000  # what any scale and any gauge can show
MOST_PRESSURES = 2  # times what it is built for: beyond that it is no reading of this bottle
MOST_CHARGES = 3  # times its charge: no liquefied gas is so light that a cylinder full to the brim holds more


NO_READING = N_("“%(typed)s” is no reading: type what is shown, in %(unit)s, such as 15.2; at most %(most)s.")
_NUMBER = re.compile(r"\d+(\.\d+)?")


class NoReading(ValueError):
    """What was typed is no number that a scale or gauge shows."""

    def __init__(self, text: str, most: int) -> None:
        unit, shown = ("MPa" if most == MOST_KPA else "kg"), text.strip()[:20]
        self.message = Message(NO_READING, {"typed": shown, "unit": unit, "most": f"{most // 1000} {unit}"})
        super().__init__(shown)


def thousandths(text: str, most: int) -> int:
    """A number as people type it or paper holds it, in g or kPa, `most` at most; phones type it in full width
    or with a comma. NoReading for what is no such number."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", ".")
    number = float(plain) if _NUMBER.fullmatch(plain) else 0
    if not 0 < number * 1000 <= most:
        raise NoReading(text, most)
    return round(number * 1000)


@dataclass(frozen=True, slots=True)
class Weights:
    """What was measured after the fill; the limit is the stamped charge, the tolerance only a warning."""

    tare_g: int | None
    gross_g: int | None
    charge_g: int | None

    @property
    def net_g(self) -> int | None:
        """What is in the cylinder, residue counted."""
        return None if self.tare_g is None or self.gross_g is None else self.gross_g - self.tare_g

    @property
    def overfilled(self) -> bool:
        net = self.net_g
        return net is not None and self.charge_g is not None and net > self.charge_g

    @property
    def problem(self) -> Message | None:
        """Why the scale cannot have shown this for this cylinder; None when it can. A forgotten point is no
        overfilling."""
        net = self.net_g
        if net is None or self.tare_g is None:
            return None
        if net < 0:
            return Message(
                N_("Below the tare of %(tare)s kg: wrong bottle or wrong number."),
                {"tare": self.tare_g / 1000},
            )
        if self.charge_g is not None and net > MOST_CHARGES * self.charge_g:
            text = N_(
                "%(gross)s kg is far more than this bottle can weigh (at most %(most)s kg): wrong bottle, "
                "wrong number, or grams instead of kilograms."
            )
            full = self.tare_g + self.charge_g
            return Message(text, {"gross": (self.tare_g + net) / 1000, "most": full / 1000})
        return None


def over_limits(
    make: Make,
    weighings: Iterable[Weights],
    pressure_kpa: int | None = None,
    temperature_dc: int | None = None,
) -> dict[str, dict[str, object]]:
    """By post-fill item, what is over its limit: any weighing over the charge, the pressure over what the gas
    may have at its temperature."""
    over: dict[str, dict[str, object]] = {}
    if any(weights.overfilled for weights in weighings):
        over[OVERFILL] = {}
    if make.pressure is not None and pressure_kpa is not None:
        most = make.pressure.most_kpa(temperature_dc)
        if pressure_kpa > most:
            celsius = make.pressure.reference_c if temperature_dc is None else temperature_dc / 10
            over[OVERPRESSURE] = {"mpa": pressure_kpa / 1000, "most": most / 1000, "celsius": celsius}
    return over


def pressure_problem(make: Make | None, pressure_kpa: int | None) -> Message | None:
    """Why the gauge cannot have shown this for this cylinder: another unit, or another bottle."""
    if make is None or make.pressure is None or pressure_kpa is None:
        return None
    if pressure_kpa <= MOST_PRESSURES * make.pressure.kpa:
        return None
    text = N_("%(mpa)s MPa is far more than this bottle is built for (%(most)s MPa): wrong number or unit.")
    return Message(text, {"mpa": pressure_kpa / 1000, "most": make.pressure.kpa / 1000})


def off_target(make: Make, net_g: int | None) -> str:
    """`light` or `heavy` when the net is outside the trade tolerance (允差); "" inside or where none is
    stated."""
    if (
        net_g is None
        or make.target_g is None
        or make.plus_minus_g is None
        or abs(net_g - make.target_g) <= make.plus_minus_g
    ):
        return ""
    return "light" if net_g < make.target_g else "heavy"
