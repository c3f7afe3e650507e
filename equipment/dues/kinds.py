"""What can fall due for a piece: the kinds that categories plan, and those that slices add with a plan of
their own (slices.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core.followers import Contributions
from equipment.core.verdict import Citation
from equipment.core.words import Labelled, Message
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind, Origin


@dataclass(frozen=True, slots=True)
class SliceDue:
    """What a slice plans for a piece: a kind of its own, its last day, why, and by which citation."""

    kind: Labelled
    due_on: date
    citation: Citation
    explanation: Message
    earliest_on: date | None = None
    origin: Origin = Origin.RULE
    by_rule: None = None


# What a slice plans for pieces, by their ids: the next duty of each of its own kinds. It is asked for many
# pieces at once.
SlicePlan = Callable[[Sequence[Equipment], date], Mapping[UUID, Sequence[SliceDue]]]

slice_kinds = Contributions[type[Labelled]]()
slice_plans = Contributions[SlicePlan]()


def due_kinds() -> tuple[Labelled, ...]:
    """Every kind, those of the categories first."""
    return (*DueKind, *(kind for kinds in slice_kinds for kind in kinds))


def due_kind(value: str) -> Labelled:
    """The kind that a row keeps; ValueError for any other text."""
    for kind in due_kinds():
        if kind == value:
            return kind
    raise ValueError(f"{value!r} is no kind of due")
