"""Kinds and conclusions of inspections, and what a category allows of them. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled
from equipment.dues.rules import ResponsibleParties, may_settle
from equipment.dues.rules import conclusions_for as of_duty
from equipment.people.rules import Viewer
from equipment.regulation.category import Category
from equipment.regulation.planning import AlterationKind, Conclusion, DueKind

__all__ = [
    "Conclusion",
    "InspectionKind",
    "alteration_of",
    "conclusions_for",
    "due_kind_of",
    "kinds_for",
    "kinds_to_record",
]


class InspectionKind(Labelled):
    """检验 settles a duty; 监督检验 of an installation, alteration or major repair changes what the plan counts
    from."""

    INSPECTION = "inspection", N_("Periodic inspection"), "blue"
    SELF_TEST = "self_test", N_("Self-test"), "blue"
    SUPERVISION = "supervision", N_("Supervision inspection of the installation"), "blue"
    ALTERATION = "alteration", N_("Supervision inspection of an alteration"), "blue"
    MAJOR_REPAIR = "major_repair", N_("Supervision inspection of a major repair"), "blue"


def due_kind_of(kind: InspectionKind) -> DueKind | None:
    """The duty that an inspection of this kind settles."""
    return {InspectionKind.INSPECTION: DueKind.INSPECTION, InspectionKind.SELF_TEST: DueKind.SELF_TEST}.get(
        kind
    )


def alteration_of(kind: InspectionKind) -> AlterationKind | None:
    return {
        InspectionKind.ALTERATION: AlterationKind.ALTERATION,
        InspectionKind.MAJOR_REPAIR: AlterationKind.MAJOR_REPAIR,
    }.get(kind)


def kinds_for(category: Category) -> tuple[InspectionKind, ...]:
    """Work on a device (改造、重大修理) is supervised for what is counted by set; a cylinder that was altered is
    refused, not inspected."""
    own = tuple(InspectionKind(kind.value) for kind in category.inspection_kinds)
    return (
        *own,
        InspectionKind.SUPERVISION,
        *((InspectionKind.ALTERATION, InspectionKind.MAJOR_REPAIR) if category.headline else ()),
    )


def kinds_to_record(
    category: Category, by: Viewer, parties: ResponsibleParties
) -> tuple[InspectionKind, ...]:
    """What `by` records of a piece: its inspection body every kind, its maintenance firm and its use unit the
    self-test alone."""
    if may_settle(by, DueKind.INSPECTION, parties):
        return kinds_for(category)
    return tuple(
        kind
        for kind in kinds_for(category)
        if (duty := due_kind_of(kind)) is not None and may_settle(by, duty, parties)
    )


def conclusions_for(
    category: Category, kind: InspectionKind = InspectionKind.INSPECTION
) -> tuple[Conclusion, ...]:
    """What may come out of an inspection of this kind; work that was supervised passed or failed."""
    return of_duty(category, due_kind_of(kind) or DueKind.SELF_TEST)
