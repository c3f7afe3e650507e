"""Lots to the inspection body and back (送检)."""

from __future__ import annotations

from equipment.lots import models
from equipment.lots.states import LOT_CHANGES, LOT_ROW_CHANGES
from equipment.web.slices import Slice

SLICE = Slice(
    package="equipment.lots",
    models=models,
    states={"Lot 送检批": LOT_CHANGES, "LotRow 送检批中的一只": LOT_ROW_CHANGES},
)
