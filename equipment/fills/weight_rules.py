"""What a scale showed: net, overfilled, off its target, or a number that it cannot have shown for this
cylinder."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from equipment.core.words import N_, Message
from equipment.fills.rules import Make

MOST_G, MOST_KPA = 10_000_000, 100_000  # what any scale and any gauge can show
MOST_CHARGES = 3  # times its charge: no liquefied gas is so light that a cylinder full to the brim holds more


def thousandths(text: str, most: int) -> int:
    """A number as people type it or paper holds it, in g or kPa, `most` at most; phones type it in full width
    or with a comma. ValueError for what is no such number."""
    number = float(unicodedata.normalize("NFKC", text).replace(",", "."))
    if not 0 < number * 1000 <= most:
        raise ValueError
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
            return Message(N_("Far more than this bottle can hold: wrong bottle or wrong number."))
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
