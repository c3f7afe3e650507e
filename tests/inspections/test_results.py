"""Results: the next day explained, findings, scrapping, rows brought back; corrections by two people; entering a list."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.dues import lists
from equipment.dues.filters import Filters
from equipment.dues.models import Due
from equipment.dues.queries import open_due, open_dues
from equipment.files.models import Attachment
from equipment.hazards.models import Finding, Hazard
from equipment.inspections import queries
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.inspections.settling import ListPlace
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests import make
from tests.dues.town import Town, bottle, fresh, lift
from tests.inspections.recording import TODAY, a_list, record, result

SignIn = Callable[[User], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def findings(piece: Equipment) -> list[tuple[str, str, str]]:
    found = db.session.scalars(visible(SYSTEM, Finding).where(Finding.equipment_id == piece.id))
    return [(str(each.source), each.clause, str(each.state)) for each in found]


def test_a_passed_inspection_plans_the_next_day_and_says_why(at: Town) -> None:
    made = record(at, bottle(at), result())
    assert made.next_due_on == date(2029, 3, 31)
    assert made.next_citation is not None
    assert made.next_citation["document"] == "GB/T 8334-2022 液化石油气钢瓶定期检验与评定"
    assert made.next_explanation is not None
    assert made.next_explanation["params"]["due"] == "2029-03"


@pytest.mark.parametrize(("days", "expected"), [(-30, 1), (0, 0), (30, 0)])
def test_the_list_knows_what_was_overdue_when_it_was_inspected(at: Town, days: int, expected: int) -> None:
    piece = lift(at)
    due = open_due(piece.id, DueKind.INSPECTION)
    assert due is not None
    with make.writing():
        db.session.execute(
            update(Due).where(Due.id == due.id).values(due_on=TODAY + timedelta(days=days), origin="rule")
        )
    record(at, piece, result(early=True))
    late = db.session.scalars(queries.inspections(SYSTEM, {"late": "1"})).all()
    assert [row.equipment_id for row in late] == [piece.id] * expected


def test_a_shorter_day_stated_by_the_report_counts(at: Town) -> None:
    made = record(at, bottle(at), result(stated_next_on=date(2027, 3, 1)))
    assert made.next_due_on == date(2027, 3, 31)


def test_a_failed_lift_is_a_finding_with_its_clause_and_due_at_once(at: Town) -> None:
    piece = lift(at)
    made = record(at, piece, result(Conclusion.FAILED))
    assert (made.clause, made.next_due_on) == ("4.6a", TODAY)
    assert findings(piece) == [("inspection", "4.6a", "open")]
    assert db.session.scalar(visible(SYSTEM, Hazard).where(Hazard.equipment_id == piece.id)) is None


def test_a_failed_bottle_is_a_finding_and_counts_as_inspected_no_more(at: Town) -> None:
    piece = bottle(at)
    record(at, piece, result(Conclusion.FAILED, remark="瓶体凹坑"))
    assert findings(piece) == [("inspection", "", "open")]
    assert fresh(piece.id).inspection_due_on == TODAY - timedelta(days=1)


def test_a_bottle_judged_to_be_scrapped_is_scrapped(at: Town) -> None:
    piece = bottle(at, code="0123456789ABCDE")
    made = record(at, piece, result(Conclusion.SCRAP, remark="壁厚不足"))
    assert (fresh(piece.id).status, made.next_due_on, list(open_dues(piece.id))) == (
        EquipmentStatus.SCRAPPED,
        None,
        [],
    )
    with pytest.raises(Invalid):
        record(at, piece, result())


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"on": TODAY + timedelta(days=1)}, "on"),
        ({"on": date(2020, 1, 1)}, "on"),
        ({"stated_next_on": TODAY}, "stated_next_on"),
        ({"conclusion": Conclusion.FAILED, "clause": "9.9z"}, "clause"),
        ({"remark": "长" * 2001}, "remark"),
        ({"conclusion": Conclusion.SCRAP}, "conclusion"),
        ({"kind": InspectionKind.SELF_TEST, "conclusion": Conclusion.SCRAP}, "conclusion"),
    ],
)
def test_a_result_that_cannot_be_is_refused_by_field(at: Town, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        record(at, lift(at), result(**more))
    assert list(caught.value.fields) == [field]


def test_the_same_result_twice_is_one(at: Town) -> None:
    piece, wanted = lift(at), result()
    assert record(at, piece, wanted).id == record(at, piece, wanted).id
    with pytest.raises(Conflict) as caught:
        record(at, piece, replace(wanted, report_no="other"))
    assert list(caught.value.fields) == ["report_no"]
    assert len(queries.history(SYSTEM, piece.id)) == 1


@pytest.mark.parametrize("who", ["stranger", "officer", "supervisor", "owner"])
def test_only_the_body_of_the_piece_records(at: Town, who: str) -> None:
    with pytest.raises(NotAllowed):
        record(at, lift(at), result(), who)


# Supervision inspections change what the cycle counts from: base 2023-05 (year 1 is 2024-05).
@pytest.mark.parametrize(
    ("kind", "on", "due_on"),
    [
        (InspectionKind.SUPERVISION, date(2025, 2, 3), date(2026, 2, 28)),
        (InspectionKind.ALTERATION, date(2025, 2, 3), date(2026, 2, 28)),
        (InspectionKind.MAJOR_REPAIR, date(2024, 2, 3), date(2027, 2, 28)),
        (InspectionKind.SELF_TEST, TODAY, date(2024, 5, 31)),
    ],
)
def test_work_and_self_tests_move_the_next_inspection_as_the_rule_says(
    at: Town, kind: InspectionKind, on: date, due_on: date
) -> None:
    piece = lift(at)
    record(at, piece, result(kind=kind, on=on, early=True))
    due = open_due(piece.id, DueKind.INSPECTION)
    assert due is not None
    assert due.due_on == due_on


def test_a_result_brings_back_its_row_and_every_other_of_the_piece(at: Town) -> None:
    piece = lift(at)
    first, second = a_list(at), a_list(at)
    record(at, piece, result(), row=ListPlace(lists.due_list(at.viewer("inspector"), first.id), 1))
    assert [lists.row_of(made, 1).result for made in (first, second)] == ["passed", "passed"]


def test_of_two_inspectors_with_the_same_row_the_second_is_told(at: Town, app: Flask) -> None:
    piece = lift(at)
    made, outcomes = a_list(at), []

    def one(who: str) -> None:
        with app.app_context():
            try:
                outcomes.append(
                    record(
                        at, piece, result(), who, ListPlace(lists.due_list(at.viewer(who), made.id), 1)
                    ).inspector_id
                )
            except Conflict:
                outcomes.append(None)
            finally:
                db.session.remove()

    threads = [Thread(target=one, args=(who,)) for who in ("inspector", "colleague")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    assert len(queries.history(SYSTEM, piece.id)) == 1


def post(browser: FlaskClient, piece_id: UUID, **form: Any) -> Any:
    return browser.post(
        f"/inspections/new/{piece_id}",
        content_type="multipart/form-data",
        data={
            "id": str(new_id()),
            "kind": "inspection",
            "on": clock.today().isoformat(),
            "conclusion": "passed",
            "report_no": "TZJ-9",
            **form,
        },
    )


def test_the_form_records_with_its_report(at: Town, signed_in: SignIn) -> None:
    piece, browser = lift(at), signed_in(at.inspector)
    assert post(browser, piece.id, conclusion="").status_code == 422
    answer = post(browser, piece.id, report=(io.BytesIO(PDF), "报告.pdf"))
    assert answer.status_code == 302
    page = browser.get(answer.location).text
    kept = db.session.scalars(visible(SYSTEM, Attachment).where(Attachment.equipment_id == piece.id)).all()
    assert [(each.subject_kind, each.name) for each in kept] == [("inspection", "报告.pdf")]
    assert "2027-05-31" in page


@pytest.mark.parametrize(("who", "status"), [("supervisor", 403), ("stranger", 404), ("owner", 403)])
def test_nobody_else_opens_the_form(at: Town, signed_in: SignIn, who: str, status: int) -> None:
    assert signed_in(getattr(at, who)).get(f"/inspections/new/{lift(at).id}").status_code == status


def test_a_piece_of_another_body_is_not_found(at: Town, signed_in: SignIn) -> None:
    piece = lift(at, inspection_body_id=make.organisation(at.body.kind).id)
    assert signed_in(at.inspector).get(f"/inspections/new/{piece.id}").status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("inspector", 200), ("officer", 200), ("supervisor", 200), ("stranger", 404)]
)
def test_a_result_is_seen_by_whoever_sees_the_piece(
    at: Town, signed_in: SignIn, who: str, status: int
) -> None:
    piece = lift(at)
    made = record(at, piece, result())
    assert signed_in(getattr(at, who)).get(f"/inspections/{piece.id}/{made.id}").status_code == status


def test_a_scanned_row_opens_its_form_and_later_its_result(at: Town, signed_in: SignIn) -> None:
    piece = lift(at)
    made, browser = a_list(at), signed_in(at.inspector)
    scanned = browser.get(f"/L/{made.code}/1")
    assert scanned.location == f"/inspections/new/{piece.id}?list={made.code}&row=1&kind=inspection"
    answer = post(browser, piece.id, list=made.code, row="1")
    assert browser.get(f"/L/{made.code.lower()}/1").location == answer.location
    assert signed_in(at.stranger).get(f"/L/{made.code}/1").status_code == 403
    assert browser.get("/L/ABCDEFGH/1").status_code == 404


def test_entering_a_list_saves_each_row_by_itself(at: Town, signed_in: SignIn) -> None:
    pieces = [lift(at, own_number=str(number)) for number in range(3)]
    made, browser, today = a_list(at), signed_in(at.inspector), TODAY.isoformat()
    answer = browser.post(
        f"/due-lists/{made.id}/enter",
        data={
            "key-1": "1",
            "on-1": today,
            "report-1": "A1",
            "key-2": "3",
            "on-2": today,
            "report-2": "A2",
            "key-3": "",
            "on-3": "",
            "report-3": "",
        },
    )
    assert answer.status_code == 422
    assert 'value="A2"' in answer.text
    assert [lists.row_of(made, number).state for number in (1, 2, 3)] == [
        "returned",
        "outstanding",
        "outstanding",
    ]
    row = browser.post(
        f"/due-lists/{made.id}/enter/2",
        data={"key-2": "2", "on-2": today, "report-2": "A2", "remark-2": "制动力不足"},
        headers={"HX-Request": "true"},
    )
    assert (row.status_code, row.text.count("<tr")) == (200, 1)
    assert [len(findings(piece)) for piece in pieces] == [0, 1, 0]


@pytest.mark.parametrize(
    ("typed", "outcome"),
    [
        ({"key": "1", "remark": ""}, "no_problem"),
        ({"key": "2", "remark": "限速器无铅封"}, "problem"),
        ({"key": "2", "remark": ""}, ""),
        ({"key": "9", "remark": ""}, ""),
    ],
)
def test_supervisors_note_a_problem_as_a_finding(
    at: Town, signed_in: SignIn, typed: dict[str, str], outcome: str
) -> None:
    piece = lift(at)
    with db.transaction():
        made = lists.make_list(Filters(window="all"), by=at.viewer("supervisor"), title="")
    answer = signed_in(at.supervisor).post(f"/due-lists/{made.id}/enter/1", data=typed)
    assert (answer.status_code, lists.row_of(made, 1).result) == (302 if outcome else 422, outcome)
    assert len(findings(piece)) == (1 if outcome == "problem" else 0)
