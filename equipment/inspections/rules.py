"""Kinds and conclusions of inspections, and what a category allows of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.core.words import N_, Labelled
from equipment.dues.rules import ResponsibleParties, may_settle
from equipment.dues.rules import conclusions_for as of_duty
from equipment.people.rules import Viewer
from equipment.regulation.category import Category
from equipment.regulation.planning import INSPECTIONS, AlterationKind, Conclusion, DueKind
from equipment.regulation.settling import Proof

__all__ = [
    "Conclusion",
    "InspectionKind",
    "alteration_of",
    "conclusions_for",
    "due_kind_of",
    "kind_of_due",
    "kinds_for",
    "kinds_to_record",
    "proof_of",
]


class InspectionKind(Labelled):
    """检验, tests and checks settle a duty; 监督检验 of an installation, alteration or major repair changes what
    the plan counts from."""

    INSPECTION = "inspection", N_("Periodic inspection"), "blue"
    SELF_TEST = "self_test", N_("Self-test"), "blue"
    GOVERNOR = "governor", N_("Governor calibration"), "blue"
    BRAKE_TEST = "brake_test", N_("Brake overload test"), "blue"
    SELF_CHECK = "self_check", N_("Yearly self-check"), "green"
    EXTERNAL = "external", N_("External inspection"), "blue"
    ANNUAL = "annual", N_("Annual inspection"), "blue"
    ANNUAL_CHECK = "annual_check", N_("Annual check by the user"), "green"
    PRESSURE = "pressure", N_("Pressure test"), "blue"
    SAFETY_VALVE = "safety_valve", N_("Calibration of the safety valves"), "blue"
    GAUGE = "gauge", N_("Verification of the pressure gauges"), "blue"
    SUPERVISION = "supervision", N_("Supervision inspection of the installation"), "blue"
    ALTERATION = "alteration", N_("Supervision inspection of an alteration"), "blue"
    MAJOR_REPAIR = "major_repair", N_("Supervision inspection of a major repair"), "blue"


SETTLES: Mapping[InspectionKind, DueKind] = {
    InspectionKind.INSPECTION: DueKind.INSPECTION,
    InspectionKind.SELF_TEST: DueKind.SELF_TEST,
    InspectionKind.GOVERNOR: DueKind.GOVERNOR_CALIBRATION,
    InspectionKind.BRAKE_TEST: DueKind.BRAKE_TEST,
    InspectionKind.SELF_CHECK: DueKind.SELF_CHECK,
    InspectionKind.EXTERNAL: DueKind.EXTERNAL,
    InspectionKind.ANNUAL: DueKind.ANNUAL_INSPECTION,
    InspectionKind.ANNUAL_CHECK: DueKind.ANNUAL_CHECK,
    InspectionKind.PRESSURE: DueKind.PRESSURE_TEST,
    InspectionKind.SAFETY_VALVE: DueKind.SAFETY_VALVE,
    InspectionKind.GAUGE: DueKind.PRESSURE_GAUGE,
}
# 检验 as reports count it; tests and checks are made by the parties themselves.
OF_A_BODY = frozenset(kind for kind in InspectionKind if kind not in SETTLES or SETTLES[kind] in INSPECTIONS)


def due_kind_of(kind: InspectionKind) -> DueKind | None:
    """The duty that a result of this kind settles."""
    return SETTLES.get(kind)


def kind_of_due(due_kind: str) -> InspectionKind | None:
    """What is recorded to settle a duty of this kind; None for what no result settles."""
    return next((kind for kind, settled in SETTLES.items() if settled == due_kind), None)


def proof_of(category: Category, kind: InspectionKind) -> Proof:
    """What a result of this kind must bring with it."""
    settlement = category.settlements.get(SETTLES[kind]) if kind in SETTLES else None
    return settlement.proof if settlement else Proof.RESULT


def alteration_of(kind: InspectionKind) -> AlterationKind | None:
    return {
        InspectionKind.ALTERATION: AlterationKind.ALTERATION,
        InspectionKind.MAJOR_REPAIR: AlterationKind.MAJOR_REPAIR,
    }.get(kind)


def kinds_for(category: Category) -> tuple[InspectionKind, ...]:
    """Work on a device (改造、重大修理) is supervised; a cylinder that was altered is refused, not inspected."""
    return (
        *(kind for kind, due in SETTLES.items() if due in category.settlements),
        InspectionKind.SUPERVISION,
        *((InspectionKind.ALTERATION, InspectionKind.MAJOR_REPAIR) if not category.filled else ()),
    )


def kinds_to_record(
    category: Category, by: Viewer, parties: ResponsibleParties
) -> tuple[InspectionKind, ...]:
    """What `by` records of a piece: what its category leaves to the body, the firm or the unit that his
    organisation is."""
    # what settles no duty (监督检验) is the inspection body's too
    return tuple(
        kind
        for kind in kinds_for(category)
        if may_settle(by, category, due_kind_of(kind) or DueKind.INSPECTION, parties)
    )


def conclusions_for(
    category: Category, kind: InspectionKind = InspectionKind.INSPECTION
) -> tuple[Conclusion, ...]:
    """What may come out of an inspection of this kind; work that was supervised passed or failed."""
    return of_duty(category, due_kind_of(kind) or DueKind.SELF_TEST)
