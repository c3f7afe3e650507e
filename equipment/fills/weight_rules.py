"""What a scale showed: net, overfilled, off its target, or a number that it cannot have shown for this
cylinder."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from equipment.core.words import N_, Message
from equipment.fills.build_rules import Make

MOST_G, MOST_KPA = 10_000_000, 100_000  # what any scale and any gauge can show
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
