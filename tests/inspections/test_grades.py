"""Results of the other categories: safety grades, requirements met, several inspections of one piece."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from equipment.core.errors import Invalid
from equipment.dues.applications import apply, pending_application
from equipment.dues.queries import open_dues
from equipment.hazards.models import Finding
from equipment.inspections import actions, corrections
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests import make
from tests.dues.town import Town, fresh, planned
from tests.inspections.recording import TODAY, a_list, record, result

SignIn = Callable[[User], FlaskClient]
C, K, D = Conclusion, InspectionKind, DueKind


def piece(at: Town, category: str, details: dict[str, Any], **more: Any) -> Equipment:
    """A piece of the unit in use since June 2022, on file since then."""
    return planned(
        make.equipment(
            category,
            **{
                "details": details,
                "catalogue_code": details["catalogue"],
                "in_use_since": date(2022, 6, 1),
                "registered_on": date(2022, 6, 1),
                "made_on": date(2022, 3, 1),
                "use_unit_id": at.unit.id,
                "inspection_body_id": at.body.id,
                **more,
            },
        )
    )


def vessel(at: Town) -> Equipment:
    return piece(at, "pressure_vessel", {"catalogue": "2150"})


def boiler(at: Town) -> Equipment:
    return piece(at, "boiler", {"catalogue": "1100", "safety_valves": 0, "gauges": 0})


def due_on(of: Equipment) -> dict[str, date]:
    return {due.kind: due.due_on for due in open_dues(of.id)}


def test_a_grade_goes_on_file_and_decides_the_next_inspection(at: Town) -> None:
    of = vessel(at)
    assert due_on(of)[D.INSPECTION] == date(2025, 6, 30)
    record(at, of, result(C.GRADE_3))
    assert (fresh(of.id).details["safety_grade"], due_on(of)[D.INSPECTION]) == ("3", date(2028, 3, 31))
    assert fresh(of.id).inspection_due_on == date(2028, 3, 31)


def test_the_day_a_report_states_for_grade_3_needs_no_reason_within_its_range(at: Town) -> None:
    of = vessel(at)
    record(at, of, result(C.GRADE_3, stated_next_on=date(2030, 3, 1)))
    assert due_on(of)[D.INSPECTION] == date(2030, 3, 31)
    with pytest.raises(Invalid) as refused:
        record(at, of, result(C.GRADE_3, on=date(2025, 3, 9), stated_next_on=date(2033, 3, 1)))
    assert set(refused.value.fields) == {"stated_next_on"}


def test_grade_5_is_a_finding_under_the_clause_of_vessels(at: Town) -> None:
    of = vessel(at)
    record(at, of, result(C.GRADE_5))
    finding = db.session.scalars(visible(SYSTEM, Finding).where(Finding.equipment_id == of.id)).one()
    assert (finding.clause, fresh(of.id).inspection_failed_on) == ("4.3a", TODAY)
    assert fresh(of.id).details["safety_grade"] == "5"


def test_a_corrected_grade_is_the_one_on_file(at: Town) -> None:
    of = vessel(at)
    first = record(at, of, result(C.GRADE_2))
    with db.transaction():
        proposed = corrections.propose(
            db.session.merge(first), result(C.GRADE_3), "等级录错", by=at.viewer("inspector")
        )
    with db.transaction():
        corrections.approve(db.session.merge(proposed), by=at.viewer("colleague"))
    assert (fresh(of.id).details["safety_grade"], due_on(of)[D.INSPECTION]) == ("3", date(2028, 3, 31))


def test_an_older_result_entered_late_does_not_overwrite_the_grade(at: Town) -> None:
    of = vessel(at)
    record(at, of, result(C.GRADE_3))
    record(at, of, result(C.GRADE_1, on=date(2023, 5, 4)))
    assert fresh(of.id).details["safety_grade"] == "3"


@pytest.mark.parametrize("wrong", [C.PASSED, C.MEETS, C.SCRAP])
def test_a_vessel_comes_out_in_grades_alone(at: Town, wrong: Conclusion) -> None:
    with pytest.raises(Invalid) as refused:
        record(at, vessel(at), result(wrong))
    assert set(refused.value.fields) == {"conclusion"}


def test_a_boiler_counts_as_inspected_until_the_first_of_both(at: Town) -> None:
    of = boiler(at)
    assert (due_on(of), fresh(of.id).inspection_due_on) == (
        {D.INSPECTION: date(2024, 6, 30), D.EXTERNAL: date(2023, 6, 30)},
        date(2023, 6, 30),
    )
    record(at, of, result(C.MEETS, kind=K.EXTERNAL))
    assert fresh(of.id).inspection_due_on == date(2024, 6, 30)
    record(at, of, result(C.BASIC))
    assert fresh(of.id).inspection_due_on == date(2026, 3, 31)


def test_a_boiler_that_failed_outside_has_failed_though_it_passes_inside(at: Town) -> None:
    of = boiler(at)
    record(at, of, result(C.NOT_MET, kind=K.EXTERNAL, on=date(2025, 3, 8)))
    record(at, of, result(C.MEETS))
    assert (fresh(of.id).inspection_failed_on, fresh(of.id).inspection_due_on) == (
        date(2025, 3, 8),
        date(2025, 3, 7),
    )
    finding = db.session.scalars(visible(SYSTEM, Finding).where(Finding.equipment_id == of.id)).one()
    assert finding.clause == "4.2a"


def test_what_is_applied_for_is_the_inspection_that_comes_first(at: Town) -> None:
    of = boiler(at)
    with db.transaction():
        applied = apply(fresh(of.id), by=at.viewer("officer"))
    assert {due.id: due.kind for due in open_dues(of.id)}[applied.due_id] == D.EXTERNAL
    record(at, of, result(C.MEETS, kind=K.EXTERNAL))
    assert pending_application(of.id) is None


def test_the_keys_of_a_row_are_the_grades(at: Town, signed_in: SignIn) -> None:
    of = vessel(at)
    listed, browser = a_list(at), signed_in(at.inspector)
    page = browser.get(f"/due-lists/{listed.id}/enter").text
    assert [key for key in "123456" if f"<kbd>{key}</kbd>" in page] == ["1", "2", "3", "4", "5", "6"]
    row = {"key-1": "2", "on-1": TODAY.isoformat(), "report-1": "RQ-2025-1"}
    assert browser.post(f"/due-lists/{listed.id}/enter", data=row).status_code == 302
    db.session.rollback()
    assert fresh(of.id).details["safety_grade"] == "2"


@pytest.mark.parametrize(
    ("category", "details", "kinds"),
    [
        ("boiler", {"catalogue": "1100"}, ["inspection", "external", "safety_valve", "gauge"]),
        ("ropeway", {"catalogue": "9120"}, ["inspection", "annual"]),
        ("crane", {"catalogue": "4110"}, ["inspection"]),
        ("mobile_vessel", {"catalogue": "2220"}, ["inspection", "pressure", "safety_valve", "gauge"]),
    ],
)
def test_the_form_of_a_result_offers_what_the_category_leaves_to_the_body(
    at: Town, signed_in: SignIn, category: str, details: dict[str, Any], kinds: list[str]
) -> None:
    of = piece(at, category, details)
    work = ["supervision", "alteration", "major_repair"]
    assert [*actions.kinds_of(of, at.viewer("inspector"))] == [*kinds, *work]
    assert signed_in(at.inspector).get(f"/inspections/new/{of.id}").status_code == 200
