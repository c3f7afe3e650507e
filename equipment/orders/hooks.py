"""What lies to the right of orders and is asked by them: the record that an order came of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from equipment.core.followers import Provider
from equipment.orders.models import Order


@dataclass(frozen=True, slots=True)
class CasePhoto:
    """A picture or document of a case: its digest, its name, what is said under it."""

    sha256: str
    name: str
    media_type: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class CasePart:
    """One document of the file of a case (案卷), in Chinese as authorities read it: facts by name, a table, or
    pictures."""

    title: str
    day: str
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)
    columns: Sequence[str] = field(default_factory=tuple)
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)
    photos: Sequence[CasePhoto] = field(default_factory=tuple)
    kind: str = ""


# the record behind the order (a supervision check), as parts of its case
origin_parts = Provider[[Order], Sequence[CasePart]](lambda _order: ())
# what was seized with it, as parts of its case
seizure_parts = Provider[[Order], Sequence[CasePart]](lambda _order: ())
