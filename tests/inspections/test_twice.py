"""Results, corrections and rows of a list that arrive twice: one record, and its answer again."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.ids import new_id
from equipment.dues import lists
from equipment.dues.filters import Filters
from equipment.files.models import Attachment
from equipment.hazards.models import Finding
from equipment.inspections import actions, corrections, queries
from equipment.inspections.settling import ListPlace
from equipment.intake.models import Receipt
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from tests.dues.town import Town, fresh, lift
from tests.inspections.recording import TODAY, a_list, record, result
from tests.inspections.test_results import PDF
from tests.intake.at_once import twice_at_once

SignIn = Callable[[User], FlaskClient]


def kinds() -> list[str]:
    return sorted(db.session.scalars(select(Receipt.kind)))


def findings() -> list[str]:
    return [found.description for found in db.session.scalars(visible(SYSTEM, Finding))]


def test_a_result_sent_twice_at_once_is_one_and_both_have_its_answer(at: Town, app: Flask) -> None:
    piece, wanted = lift(at), result()
    outcomes = twice_at_once(app, lambda: record(at, piece, wanted).id)
    assert (outcomes, kinds()) == ([wanted.id, wanted.id], ["inspection"])
    assert len(queries.history(SYSTEM, piece.id)) == 1


def test_a_result_without_an_id_is_known_by_its_content(at: Town) -> None:
    piece = lift(at)
    first, again, other = (
        record(at, piece, result(id=None, **{"report_no": "TZJ-1", **more})).id
        for more in ({}, {}, {"on": TODAY - timedelta(days=1), "report_no": "TZJ-2", "early": True})
    )
    assert (first == again, first == other) == (True, False)


def test_other_content_under_an_id_names_what_differs(at: Town) -> None:
    piece, wanted = lift(at), result()
    record(at, piece, wanted)
    with pytest.raises(Conflict) as caught:
        record(at, piece, replace(wanted, report_no="2", on=TODAY - timedelta(days=1)))
    assert sorted(caught.value.fields) == ["on", "report_no"]
    with pytest.raises(Conflict) as elsewhere:
        record(at, lift(at), wanted)
    assert list(elsewhere.value.fields) == ["equipment_id"]


def test_a_result_that_arrives_again_hours_later_is_the_earlier_one(at: Town) -> None:
    piece, wanted = lift(at), result()
    first = record(at, piece, wanted)
    with time_machine.travel(clock.now() + timedelta(hours=30)):
        assert record(at, piece, wanted).received_at == first.received_at


def test_a_correction_sent_twice_is_one_that_waits(at: Town, app: Flask) -> None:
    old, wanted = record(at, lift(at), result()), result(on=TODAY - timedelta(days=1))

    def propose(reason: str = "录入错误") -> object:
        with db.transaction():
            found = queries.inspection(SYSTEM, old.equipment_id, old.id)
            return corrections.propose(found, wanted, reason, by=at.viewer("inspector")).id

    assert twice_at_once(app, propose) == [wanted.id, wanted.id]
    with pytest.raises(Conflict) as caught:
        propose("另一原因")
    assert list(caught.value.fields) == ["reason"]
    assert kinds() == ["inspection", "result_correction"]


def test_a_form_sent_again_after_going_back_answers_with_its_record(at: Town, signed_in: SignIn) -> None:
    piece, browser = lift(at), signed_in(at.inspector)
    typed = {"id": str(new_id()), "kind": "inspection", "on": TODAY.isoformat(), "conclusion": "passed"}
    first, again = (browser.post(f"/inspections/new/{piece.id}", data=typed) for _ in range(2))
    assert (first.status_code, again.status_code, first.location) == (302, 302, again.location)
    edited = browser.post(f"/inspections/new/{piece.id}", data={**typed, "report_no": "8"})
    assert (edited.status_code, "report_no" in edited.text) == (409, True)


def test_the_report_of_a_form_sent_twice_is_kept_once(at: Town, signed_in: SignIn) -> None:
    piece, browser = lift(at), signed_in(at.inspector)
    typed = {"id": str(new_id()), "kind": "inspection", "on": TODAY.isoformat(), "conclusion": "passed"}
    for _ in range(2):
        browser.post(
            f"/inspections/new/{piece.id}",
            content_type="multipart/form-data",
            data={**typed, "report": (io.BytesIO(PDF), "报告.pdf")},
        )
    assert len(db.session.scalars(visible(SYSTEM, Attachment)).all()) == 1


def test_a_row_handed_in_twice_is_one_finding(at: Town, app: Flask) -> None:
    piece, key = lift(at), new_id()
    with db.transaction():
        made = lists.make_list(Filters(window="all"), by=at.viewer("supervisor"), title="")

    def send(problem: str = "限速器无铅封") -> int:
        who = at.viewer("supervisor")
        with db.transaction():
            row = ListPlace(lists.due_list(who, made.id), 1)
            actions.check_row(fresh(piece.id), row, problem, by=who, key=key)
        return 1

    assert twice_at_once(app, send) == [1, 1]
    assert (findings(), lists.row_of(made, 1).result) == (["限速器无铅封"], "problem")
    with pytest.raises(Conflict) as caught:
        send("轿门开裂")
    assert list(caught.value.fields) == ["problem"]
    assert kinds() == ["checked_row"]


@pytest.mark.parametrize(("who", "outcome"), [("supervisor", "no_problem"), ("inspector", "passed")])
def test_the_row_of_a_list_sent_again_is_no_conflict(
    at: Town, signed_in: SignIn, who: str, outcome: str
) -> None:
    lift(at)
    with db.transaction():
        made = lists.make_list(Filters(window="all"), by=at.viewer(who), title="")
    browser = signed_in(getattr(at, who))
    typed = {"key-1": "1", "on-1": TODAY.isoformat(), "report-1": "A1", "id-1": str(new_id())}
    answers = [browser.post(f"/due-lists/{made.id}/enter/1", data=typed) for _ in range(2)]
    assert ([answer.status_code for answer in answers], lists.row_of(made, 1).result) == ([302, 302], outcome)


def test_the_same_row_by_somebody_else_is_told(at: Town, signed_in: SignIn) -> None:
    lift(at)
    made = a_list(at)
    typed = {"key-1": "1", "on-1": TODAY.isoformat(), "report-1": "A1"}
    for person, status in ((at.inspector, 302), (at.colleague, 422)):
        answer = signed_in(person).post(
            f"/due-lists/{made.id}/enter/1", data={**typed, "id-1": str(new_id())}
        )
        assert answer.status_code == status
