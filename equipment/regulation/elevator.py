"""Elevators (电梯): lifts, escalators, moving walks - and their plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

from equipment.core.months import add_months
from equipment.core.text import Text
from equipment.core.words import N_, Message
from equipment.regulation.category import Category, CountingUnit
from equipment.regulation.details import Details
from equipment.regulation.elevator_brake import next_brake_test
from equipment.regulation.elevator_details import CATALOGUE, ElevatorDetails
from equipment.regulation.elevator_inspection import next_inspection, next_self_test, own
from equipment.regulation.elevator_visits import next_visit
from equipment.regulation.horizon import in_time
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import VISITS, Conclusion, DueKind, Life, Planned
from equipment.regulation.plausible import odd_parameters
from equipment.regulation.settling import DueParty, Proof, Settlement, settled_by
from equipment.regulation.turns import done_since, or_failed, repeated

HALF_POSITION = N_("Longitude and latitude belong together: one of them is missing")


@dataclass(frozen=True)
class Elevator(Category):
    """The category 电梯: counted by set, part of the headline rate."""

    key: ClassVar[str] = "elevator"
    label: ClassVar[str] = N_("Elevator")
    icon: ClassVar[str] = "elevator"
    in_time_label: ClassVar[str] = N_("Lifts inspected in time")
    counted_in: ClassVar[str] = CountingUnit.SET
    headline: ClassVar[bool] = True
    catalogue: ClassVar[Mapping[str, Text]] = CATALOGUE
    details_type: ClassVar[type[Details]] = ElevatorDetails
    settlements: ClassVar[Mapping[DueKind, Settlement]] = {
        DueKind.INSPECTION: settled_by(Proof.RESULT, DueParty.BODY),
        # TSG T7008: the body, the use unit or the maintenance firm
        DueKind.SELF_TEST: settled_by(Proof.RESULT, DueParty.BODY, DueParty.FIRM, DueParty.UNIT),
        **dict.fromkeys(VISITS, settled_by(Proof.VISIT, DueParty.FIRM)),
        DueKind.GOVERNOR_CALIBRATION: settled_by(Proof.REPORT, DueParty.FIRM, DueParty.UNIT, DueParty.BODY),
        DueKind.BRAKE_TEST: settled_by(Proof.REPORT, DueParty.FIRM, DueParty.UNIT, DueParty.BODY),
        # TSG T5002 Art. 5 (9): the firm makes and stamps it, the use unit has it
        DueKind.SELF_CHECK: settled_by(Proof.CHECK, DueParty.FIRM, DueParty.UNIT),
    }
    conclusions: ClassVar[tuple[Conclusion, ...]] = (
        Conclusion.PASSED,
        Conclusion.CORRECTED,
        Conclusion.FAILED,
    )
    visit_kinds: ClassVar[tuple[DueKind, ...]] = VISITS
    operators: ClassVar[Mapping[str, str]] = {"T": N_("Repair and maintenance of lifts")}
    own_headings: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "own_number": ("梯号", "电梯编号"),
        "use_unit": ("物业公司", "管理单位", "物业服务企业"),
    }

    def next_duties(self, life: Life, on: date) -> tuple[Planned, ...]:
        return in_time(self._duties, life, on)

    def _duties(self, life: Life, on: date) -> list[Planned]:
        """Inspection, self-test, the next visit with its class, calibration, brake test, self-check."""
        rules = self.regulation
        planned = (
            next_inspection(rules, life, on),
            next_self_test(rules, life, on),
            next_visit(rules, life, on),
            *(or_failed(life, test) for test in _tests(rules, life, on)),
        )
        return [duty for duty in planned if duty is not None]

    def implausible(self, details: Details, on: date) -> Mapping[str, Message]:
        """Amounts far from what is usual, and half a position, which is none."""
        if not isinstance(details, ElevatorDetails):
            return {}
        odd = dict(odd_parameters(self.regulation, details, on))
        if bool(details.longitude) != bool(details.latitude):
            odd["longitude" if details.longitude else "latitude"] = Message(HALF_POSITION)
        return odd

    def catalogue_code(self, details: Details) -> str:
        return details.catalogue if isinstance(details, ElevatorDetails) else ""


def annex(rules: Regulation, catalogue_code: str, on: date) -> str | None:
    """The annex of TSG T5002 for this kind; None where the maintenance unit sets the items itself."""
    value = rules.find(f"annex.{catalogue_code}", on)
    return value.text if value is not None else None


def _tests(rules: Regulation, life: Life, on: date) -> Iterator[Planned]:
    """What comes round by the month since it was last done, or since the base."""
    base = (
        life.base_on or own(life).supervised_on or life.registered_on or life.in_use_since or life.known_since
    )
    if base is None:
        return
    letter = annex(rules, own(life).catalogue, on)
    counted = rules.counted_from(done_since(life, DueKind.GOVERNOR_CALIBRATION, base))
    governor = counted.find(f"governor_months.{letter}.young", on)
    if governor is not None:
        yield _governor(counted, life, base, governor, on)
    brake = next_brake_test(rules, life, on)
    if brake is not None:
        yield brake
    check = rules.counted_from(done_since(life, DueKind.SELF_CHECK, base)).value(
        "self_check_months.every", on
    )
    wording = N_("Last self-check (or base) %(last)s; every %(months)s months → %(due)s")
    yield repeated(life, base, DueKind.SELF_CHECK, check, wording)


def _governor(rules: Regulation, life: Life, base: date, young: Value, on: date) -> Planned:
    """Two-yearly while young; once old the shorter interval rules, from the day of growing old at the
    latest."""
    wording = N_("Last governor calibration (or base) %(last)s; every %(months)s months → %(due)s")
    planned = repeated(life, base, DueKind.GOVERNOR_CALIBRATION, young, wording)
    old = rules.find("governor_months.A.old", on)
    if old is None or annex(rules, own(life).catalogue, on) != "A":
        return planned
    shorter = repeated(life, base, DueKind.GOVERNOR_CALIBRATION, old, wording)
    grows_old = add_months(base, 12 * rules.integer("governor_months.A.old_from_years", on))
    if planned.due_on <= grows_old:
        return planned
    if shorter.due_on >= grows_old:
        return shorter
    why = Message(
        N_("Over %(years)s years in use from %(due)s: governor calibration every %(months)s months"),
        {
            "years": str(rules.integer("governor_months.A.old_from_years", on)),
            "due": grows_old.isoformat(),
            "months": str(old.integer),
        },
    )
    return Planned(DueKind.GOVERNOR_CALIBRATION, grows_old, None, old.citation, why)


ELEVATOR = Elevator(Regulation.load(Path(__file__).parent / "elevator.toml"))
