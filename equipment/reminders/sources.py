"""Where duties come from: what each slice offers (slices.py), in their order."""

from __future__ import annotations

from equipment.core.followers import Contributions
from equipment.register.duties import DutySource

duty_sources = Contributions[DutySource]()


def source_of(prefix: str) -> DutySource | None:
    """The source whose duties' keys begin so."""
    return next((source for source in duty_sources if source.prefix == prefix), None)
