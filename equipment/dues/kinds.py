"""What can fall due for a piece: the kinds that categories plan, and those that slices add with a plan of
their own (slices.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core.followers import Contributions, Provider
from equipment.core.verdict import Citation
from equipment.core.words import Labelled, Message
from equipment.people.models import Organisation
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind, OnDemandRight, Origin


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


@dataclass(frozen=True, slots=True)
class OrganisationDuty:
    """What a slice plans for an organisation: a kind of its own, which of several of that kind and what it is
    called (msgid), its last day, from which day that is counted and what it follows (`drill:<id>`; nothing:
    it is the first)."""

    kind: Labelled
    subject: str
    title: str
    due_on: date
    counted_from: date
    citation: Citation
    explanation: Message
    after: str = ""


# By organisation, kind and subject: since when the system has known of the duty.
FirstDays = Mapping[tuple[UUID, str, str], date]

# What a slice plans for organisations, by their ids: the next duty of each kind and subject.
OrganisationPlan = Callable[
    [Sequence[Organisation], date, FirstDays], Mapping[UUID, Sequence[OrganisationDuty]]
]

# What a slice plans for pieces, by their ids: the next duty of each of its own kinds. It is asked for many
# pieces at once.
SlicePlan = Callable[[Sequence[Equipment], date], Mapping[UUID, Sequence[SliceDue]]]

slice_kinds = Contributions[type[Labelled]]()
slice_plans = Contributions[SlicePlan]()
organisation_kinds = Contributions[type[Labelled]]()
organisation_plans = Contributions[OrganisationPlan]()

# How maintenance on demand stands for pieces on a day, of those that have or had it.
on_demand_rights = Provider[[Sequence[Equipment], date], Mapping[UUID, OnDemandRight]]()
on_demand_rights.comes_from(lambda _pieces, _on: {})  # until a slice to the right is named


def due_kinds() -> tuple[Labelled, ...]:
    """Every kind, those of the categories first."""
    return (*DueKind, *(kind for kinds in slice_kinds for kind in kinds))


def due_kind(value: str) -> Labelled:
    """The kind that a row keeps; ValueError for any other text."""
    for kind in due_kinds():
        if kind == value:
            return kind
    raise ValueError(f"{value!r} is no kind of due")


def organisation_kind(value: str) -> Labelled:
    """The kind of an organisation's duty that a row keeps; ValueError for any other text."""
    for kind in (kind for kinds in organisation_kinds for kind in kinds):
        if kind == value:
            return kind
    raise ValueError(f"{value!r} is no kind of an organisation's duty")
