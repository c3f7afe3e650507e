"""检验意见通知书: issued with a result that leaves items open, answered by the unit, confirmed or asked again."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.files.queries import attachments_of
from equipment.inspections import corrections, opinions
from equipment.inspections.duties import DUTIES, opinion_duty
from equipment.inspections.models import Inspection, Opinion
from equipment.inspections.rules import Conclusion
from equipment.inspections.states import ITEM_CHANGES, ItemState, OpinionState, opinion_state
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duties import DutySource
from equipment.storage import db
from tests.dues.town import Town, bottle, fresh, lift, sound
from tests.inspections.recording import TODAY, record, result

SignIn = Callable[[User], FlaskClient]
ANSWER_BY = date(2025, 4, 10)
LEFT = {"open_items": "7.2 层门\n9.1 照明", "feedback_on": ANSWER_BY, "conclusion": Conclusion.CORRECTED}
I = ItemState  # noqa: E741


def left_open(at: Town, **more: Any) -> tuple[Inspection, Opinion]:
    """A result with two items left open, and its notice."""
    inspection = record(at, lift(at), result(**{**LEFT, **more}))
    opinion = opinions.opinion_of(SYSTEM, inspection)
    assert opinion is not None
    return inspection, opinion


def answer(at: Town, opinion: Opinion, number: int, text: str = "已更换", who: str = "officer") -> None:
    with db.transaction():
        opinions.answer(opinion, number, text, "ZG-1", by=at.viewer(who))


@pytest.mark.parametrize(
    ("items", "state"),
    [
        ([I.OPEN], OpinionState.OPEN),
        ([I.ANSWERED, I.OPEN], OpinionState.OPEN),
        ([I.ANSWERED, I.AGAIN], OpinionState.OPEN),
        ([I.ANSWERED, I.ANSWERED], OpinionState.ANSWERED),
        ([I.CONFIRMED, I.ANSWERED], OpinionState.ANSWERED),
        ([I.CONFIRMED, I.CONFIRMED], OpinionState.CLOSED),
    ],
)
def test_whose_turn_it_is_follows_from_the_items(items: list[ItemState], state: OpinionState) -> None:
    assert opinion_state(items) is state


def test_what_is_confirmed_is_settled() -> None:
    assert ITEM_CHANGES[I.CONFIRMED] == set()


def test_a_result_with_open_items_issues_its_notice_under_the_bodys_number_of_the_year(at: Town) -> None:
    inspection, opinion = left_open(at)
    assert (inspection.notice_no, opinion.number, opinion.state, opinion.feedback_on) == (
        "YJ-2025-0001",
        "YJ-2025-0001",
        OpinionState.OPEN,
        ANSWER_BY,
    )
    assert [(item.item_no, item.text, item.state) for item in opinions.items_of(opinion)] == [
        (1, "7.2 层门", I.OPEN),
        (2, "9.1 照明", I.OPEN),
    ]
    assert left_open(at)[1].number == "YJ-2025-0002"
    assert left_open(at, notice_no="TZS-DT-25001")[1].number == "TZS-DT-25001"
    with pytest.raises(Invalid) as caught:
        left_open(at, notice_no="TZS-DT-25001")
    assert list(caught.value.fields) == ["notice_no"]


def test_a_result_that_was_not_passed_gets_one_by_hand_and_only_one(at: Town) -> None:
    piece, inspector = lift(at), at.viewer("inspector")
    failed = record(at, piece, result(Conclusion.FAILED))
    assert opinions.opinion_of(SYSTEM, failed) is None
    with pytest.raises(Invalid) as caught, db.transaction():
        opinions.issue(failed, [], None, by=inspector)
    assert list(caught.value.fields) == ["open_items", "feedback_on"]
    with pytest.raises(NotAllowed), db.transaction():
        opinions.issue(failed, ["制动器"], ANSWER_BY, by=at.viewer("officer"))
    with db.transaction():
        opinions.issue(failed, ["制动器"], ANSWER_BY, by=inspector)
    with pytest.raises(Conflict), db.transaction():
        opinions.issue(failed, ["制动器"], ANSWER_BY, by=inspector)


def test_what_left_nothing_open_has_no_notice(at: Town) -> None:
    passed = record(at, lift(at), result())
    with pytest.raises(Conflict), db.transaction():
        opinions.issue(passed, ["无"], ANSWER_BY, by=at.viewer("inspector"))


def test_the_unit_answers_item_by_item_and_the_body_confirms_or_asks_again(at: Town, tmp_path: Path) -> None:
    _, opinion = left_open(at)
    first, second = opinions.items_of(opinion)
    answer(at, opinion, 1)
    assert (opinion.state, opinion.served_by) == (OpinionState.OPEN, at.officer.id)
    answer(at, opinion, 2)
    assert opinion.state is OpinionState.ANSWERED
    inspector = at.viewer("inspector")
    with db.transaction():
        opinions.confirm(opinion, [first.id], by=inspector)
        opinions.ask_again(opinion, 2, "缺照片", by=inspector)
    assert (opinion.state, opinions.items_of(opinion)[1].question) == (OpinionState.OPEN, "缺照片")
    answer(at, opinion, 2, "已补照片")
    with db.transaction():
        opinions.confirm(opinion, [second.id], by=inspector)
    assert (opinion.state, opinion.closed_by) == (OpinionState.CLOSED, at.inspector.id)
    with pytest.raises(Conflict):
        answer(at, opinion, 1)
    assert sound(tmp_path)


def test_only_its_unit_answers_and_only_its_body_decides(at: Town) -> None:
    _, opinion = left_open(at)
    for who in ("inspector", "stranger", "supervisor"):
        with pytest.raises(NotAllowed):
            answer(at, opinion, 1, who=who)
    answer(at, opinion, 1)
    item = opinions.items_of(opinion)[0]
    for who in ("officer", "supervisor"):
        with pytest.raises(NotAllowed), db.transaction():
            opinions.confirm(opinion, [item.id], by=at.viewer(who))
    with pytest.raises(Invalid), db.transaction():
        opinions.ask_again(opinion, 1, " ", by=at.viewer("inspector"))


def test_an_answer_says_something(at: Town) -> None:
    _, opinion = left_open(at)
    with pytest.raises(Invalid) as caught:
        answer(at, opinion, 1, "  ")
    assert list(caught.value.fields) == ["answer"]


def test_another_day_needs_a_reason_and_is_not_past(at: Town) -> None:
    _, opinion = left_open(at)
    inspector = at.viewer("inspector")
    for day, reason, field in ((date(2025, 3, 9), "备件", "feedback_on"), (date(2025, 5, 1), " ", "reason")):
        with pytest.raises(Invalid) as caught, db.transaction():
            opinions.move_day(opinion, day, reason, by=inspector)
        assert list(caught.value.fields) == [field]
    with db.transaction():
        opinions.move_day(opinion, date(2025, 5, 1), "等备件", by=inspector)
    assert (opinion.feedback_on, opinion.moved_for) == (date(2025, 5, 1), "等备件")


def test_it_is_reminded_until_answered_and_late_it_is_told_to_all(at: Town) -> None:
    _, opinion = left_open(at)
    source = next(source for source in DUTIES if source.prefix == opinions.OPINION)
    assert isinstance(source, DutySource)
    assert [row.id for row in db.session.scalars(source.rows(TODAY, 60))] == [opinion.id]
    duty = opinion_duty(opinion, {opinion.equipment_id: fresh(opinion.equipment_id)})
    assert (duty.organisation_id, duty.body_id, duty.due_on) == (at.unit.id, at.body.id, ANSWER_BY)
    late = next(stage for stage in duty.stages if stage.days == -1)
    assert [str(who) for who in late.heard_by] == ["responsible", "body", "supervisors"]
    for number in (1, 2):
        answer(at, opinion, number)
    assert db.session.scalars(source.rows(TODAY, 60)).all() == []


def test_a_correction_takes_its_notice_along_or_voids_it(at: Town, tmp_path: Path) -> None:
    same, opinion = left_open(at)
    answer(at, opinion, 1)

    def correct(old: Inspection, **more: Any) -> Inspection:
        with db.transaction():
            fixed = result(**{**LEFT, "report_no": old.report_no, **more})
            made = corrections.propose(old, fixed, "抄错", by=at.viewer("inspector"))
        with db.transaction():
            return corrections.approve(made, by=at.viewer("colleague"))

    moved = correct(same, remark="补充说明", notice_no=same.notice_no)
    kept = opinions.opinion_of(SYSTEM, moved)
    assert kept is not None
    assert (kept.id, kept.state, moved.notice_no) == (opinion.id, OpinionState.OPEN, opinion.number)
    passed = correct(moved, conclusion=Conclusion.PASSED, open_items="", feedback_on=None)
    assert opinions.opinion_of(SYSTEM, passed) is None
    db.session.refresh(opinion)
    assert opinion.state is OpinionState.VOID
    assert sound(tmp_path)


def test_the_pages_carry_it_from_body_to_unit_and_back(at: Town, signed_in: SignIn) -> None:
    failed = record(at, lift(at), result(Conclusion.FAILED))
    body, unit = signed_in(at.inspector), signed_in(at.officer)
    form = f"/inspections/{failed.equipment_id}/{failed.id}/opinion"
    assert 'value="2025-04-09"' in body.get(form).text  # 30 days: a house value
    issued = body.post(form, data={"open_items": "制动器间隙", "feedback_on": "2025-03-20"})
    opinion = opinions.opinion_of(SYSTEM, failed)
    assert opinion is not None
    equipment_id, here = opinion.equipment_id, f"/opinions/{opinion.equipment_id}/{opinion.id}"
    assert (issued.status_code, issued.location) == (302, here)
    item_id = opinions.items_of(opinion)[0].id
    assert unit.post(f"{here}/receive").status_code == 302
    empty = unit.post(f"{here}/items/1/answer", data={"answer": ""})
    assert empty.status_code == 422
    sent = unit.post(
        f"{here}/items/1/answer",
        data={
            "answer": "已调整",
            "evidence_no": "ZG-7",
            "evidence": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "整改.pdf"),
        },
        content_type="multipart/form-data",
    )
    assert sent.status_code == 302
    evidence = [file for file in attachments_of(SYSTEM, equipment_id) if file.kind == "evidence"]
    assert [(file.subject_kind, file.subject_id) for file in evidence] == [(opinions.SUBJECT, item_id)]
    assert body.post(f"{here}/items/1/ask", data={"question": "缺签字"}).status_code == 302
    assert "缺签字" in unit.get(here).text
    unit.post(f"{here}/items/1/answer", data={"answer": "已补签"})
    assert body.post(f"{here}/confirm", data={"id": str(item_id)}).status_code == 302
    db.session.expire_all()
    ended = visible(SYSTEM, Opinion).where(Opinion.equipment_id == equipment_id)
    assert [opinion.state for opinion in db.session.scalars(ended)] == [OpinionState.CLOSED]
    assert signed_in(at.stranger).get(here).status_code == 404


def test_late_ones_stand_in_the_list_of_unit_body_and_bureau(at: Town, signed_in: SignIn) -> None:
    _, opinion = left_open(at)
    with time_machine.travel("2025-04-11 09:00:00+08:00"):
        for who in (at.officer, at.inspector, at.supervisor):
            assert opinion.number in signed_in(who).get("/opinions?state=late").text
            first_page = signed_in(who).get("/").text  # the bureau's has the figure, which opens the list
            assert ("/opinions?state=late" if who is at.supervisor else opinion.number) in first_page
    assert opinion.number not in signed_in(at.officer).get("/opinions?state=late").text


def test_a_bottle_has_no_such_conclusion(at: Town) -> None:
    with pytest.raises(Invalid) as caught:
        record(at, bottle(at), result(**LEFT))
    assert "conclusion" in caught.value.fields
