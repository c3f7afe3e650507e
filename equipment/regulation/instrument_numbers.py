"""Measuring instruments (计量器具): how often they are verified and checked: one typed accessor for each family
of keys. None where no text was seen for a kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from equipment.regulation.packs import Regulation, Value

INSTRUMENTS = Regulation.load(Path(__file__).parent / "instruments.toml")


def verified_every(kind: str, on: date) -> Value | None:
    """检定周期: months from one statutory verification to the next, where the certificate does not say."""
    return INSTRUMENTS.under("verification_months", on).get(kind)


def checked_every(use: str, on: date) -> Value | None:
    """自查周期: months from one own check to the next of instruments of this use, `filling_scale`."""
    return INSTRUMENTS.under("own_check_months", on).get(use)
