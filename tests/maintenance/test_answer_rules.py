"""Which of several answers to one item stands, in whatever order phones bring them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.hazards.rules import FindingState
from equipment.ledger.models import Event
from equipment.maintenance import actions
from equipment.maintenance.answer_rules import (
    ItemReply,
    StoredItem,
    conflicts,
    in_conflict,
    lacking,
    merged,
    replaced,
    replies_of,
    reply_of,
    taken_back,
)
from equipment.maintenance.states import ItemAnswer, VisitState
from equipment.regulation.checklists import checklist
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests.maintenance.place import Place, place
from tests.maintenance.test_visits import NINE, act, everything, findings, phone

OK, BAD, ADJUSTED = ItemAnswer.OK, ItemAnswer.ABNORMAL, ItemAnswer.ADJUSTED
START = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
CODE = "A-1-14"
NOBODY: frozenset[str] = frozenset()

Said = tuple[str, ItemAnswer | None, str, int]  # who, what, note, minute


def merge(said: tuple[Said, ...], locked: frozenset[str] = NOBODY) -> StoredItem:
    answers: dict[str, StoredItem] = {}
    for who, answer, note, minute in said:
        reply = ItemReply(CODE, answer, note, START + timedelta(minutes=minute))
        answers = merged(answers, [reply], who, locked)
    return answers[CODE]


# (what was said, who stands with what, whether they conflict)
CASES: dict[str, tuple[tuple[Said, ...], tuple[str, str, str], bool]] = {
    "one person": ((("a", OK, "", 1),), ("a", "ok", ""), False),
    "one person changes his own": ((("a", BAD, "门锁坏", 1), ("a", OK, "", 2)), ("a", "ok", ""), False),
    "a colleague's later normal": (
        (("a", BAD, "门锁坏", 1), ("b", OK, "", 2)),
        ("a", "abnormal", "门锁坏"),
        True,
    ),
    "a colleague's earlier normal": (
        (("a", BAD, "门锁坏", 2), ("b", OK, "", 1)),
        ("a", "abnormal", "门锁坏"),
        True,
    ),
    "put right by a colleague": (
        (("a", BAD, "缺油", 1), ("b", ADJUSTED, "已加油", 2)),
        ("a", "abnormal", "缺油"),
        True,
    ),
    "who said it takes it back": (
        (("a", BAD, "门锁坏", 1), ("b", OK, "", 2), ("a", OK, "", 3)),
        ("a", "ok", ""),
        False,
    ),
    "both abnormal, one of them described": (
        (("a", BAD, "门锁坏", 1), ("b", BAD, "", 2)),
        ("a", "abnormal", "门锁坏"),
        False,
    ),
    "normal twice, the newest stands": ((("a", OK, "", 1), ("b", OK, "干净", 2)), ("b", "ok", "干净"), False),
    "an answer that was cleared decides nothing": (
        (("a", BAD, "门锁坏", 1), ("b", OK, "", 2), ("a", None, "", 3)),
        ("b", "ok", ""),
        False,
    ),
    "three people": (
        (("a", OK, "", 1), ("b", BAD, "异响", 2), ("c", BAD, "抖动", 3)),
        ("c", "abnormal", "抖动"),
        True,
    ),
    "two answers of one instant": ((("a", OK, "", 1), ("a", BAD, "x", 1)), ("a", "abnormal", "x"), False),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_stands_in_whatever_order_answers_arrive(name: str) -> None:
    said, standing, conflict = CASES[name]
    results = [merge(order) for order in permutations(said)]
    assert all(result == results[0] for result in results)
    stored = results[0]
    assert (stored["by"], stored["answer"], stored["note"]) == standing
    assert (in_conflict(stored), set(conflicts({CODE: stored}))) == (conflict, {CODE} if conflict else set())
    assert {reply["by"] for reply in replies_of(stored)} == {who for who, *_ in said}


def test_each_page_shows_its_own_person_s_answer() -> None:
    stored = merge((("a", BAD, "门锁坏", 1), ("b", OK, "", 2)))
    assert [reply_of(stored, who)["answer"] for who in ("a", "b", "c")] == ["abnormal", "ok", "abnormal"]


def test_a_finding_stands_and_what_a_colleague_says_of_it_is_beside_it() -> None:
    found = merge((("a", BAD, "门锁坏", 1),))
    locked = frozenset({CODE})
    later = merged({CODE: found}, [ItemReply(CODE, OK, "", START + timedelta(minutes=9))], "b", locked)[CODE]
    assert (later["answer"], [reply["answer"] for reply in later["others"]]) == ("abnormal", ["ok"])
    own = merged({CODE: later}, [ItemReply(CODE, OK, "", START + timedelta(minutes=10))], "a", locked)[CODE]
    assert own == later


def test_what_a_manager_takes_back_stays_in_sight_and_may_be_said_anew() -> None:
    stored = merge((("a", BAD, "门锁坏", 1), ("b", OK, "", 2)))
    taken = taken_back(stored, {"by": "m", "at": START.isoformat(), "reason": "看错梯"})
    assert (taken["answer"], in_conflict(taken)) == ("ok", False)
    assert [reply["taken_back"]["reason"] for reply in taken["others"]] == ["看错梯"]
    again = merged({CODE: taken}, [ItemReply(CODE, BAD, "仍坏", START + timedelta(minutes=5))], "a", NOBODY)[
        CODE
    ]
    assert (again["answer"], again["note"], in_conflict(again)) == ("abnormal", "仍坏", True)


def test_an_answer_taken_back_is_none_once_the_other_is_cleared() -> None:
    item = next(one for one in checklist("A", DueKind.VISIT_HALF_MONTH) if one.code == CODE)
    stored = merge((("a", BAD, "门锁坏", 1), ("b", OK, "", 2)))
    taken = taken_back(stored, {"by": "m", "at": START.isoformat(), "reason": "x"})
    cleared = merged({CODE: taken}, [ItemReply(CODE, None, "", START + timedelta(minutes=5))], "b", NOBODY)
    assert [lacking(item, one) for one in (stored, taken, cleared[CODE])] == ["", "", "answer"]


def test_what_was_answered_before_people_were_held_apart_still_reads() -> None:
    old: dict[str, StoredItem] = {CODE: {"answer": "abnormal", "note": "门锁坏", "photo": "p"}}
    stored = merged(old, [ItemReply(CODE, OK, "", START)], "b", NOBODY)[CODE]
    assert (stored["answer"], stored["photo"], in_conflict(stored)) == ("abnormal", "p", True)


def test_the_line_names_only_what_is_gone() -> None:
    before = merge((("a", BAD, "门锁坏", 1), ("b", OK, "", 2)))
    after = merge((("a", BAD, "门锁坏", 1), ("b", OK, "", 2), ("a", OK, "", 3)))
    assert replaced({CODE: before}, {CODE: after}) == {
        CODE: [{"answer": "abnormal", "note": "门锁坏", "at": "2026-11-28T01:01:00+00:00", "by": "a"}]
    }
    assert (
        replaced({CODE: merge((("a", OK, "", 1),))}, {CODE: merge((("a", OK, "", 1), ("b", BAD, "x", 2)))})
        == {}
    )


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def both_there(at: Place) -> None:
    phone(at, at.anna, NINE)
    phone(at, at.bo, NINE + timedelta(minutes=2))


def say(at: Place, who: Any, answer: ItemAnswer, note: str, minute: int, sent: int) -> Any:
    reply = ItemReply(CODE, answer, note, NINE + timedelta(minutes=minute))
    return act(at, actions.answer, who, [reply], when=NINE + timedelta(minutes=sent))


def payload(at: Place, verb: str) -> dict[str, Any]:
    db.session.rollback()
    lines = select(Event).where(Event.subject == f"equipment:{at.lift.id}", Event.verb == verb)
    return dict(json.loads(db.session.scalars(lines.order_by(Event.seq.desc())).first().payload))  # type: ignore[union-attr]


def test_an_abnormal_answer_without_signal_is_not_lost_to_a_colleagues_normal(at: Place) -> None:
    both_there(at)
    say(at, at.bo, OK, "", minute=20, sent=20)
    progress = say(at, at.anna, BAD, "门锁坏", minute=10, sent=30)  # her phone was without a signal
    assert [reply["answer"] for reply in progress["conflicts"][CODE]] == ["abnormal", "ok"]
    act(
        at,
        actions.answer,
        at.bo,
        [one for one in everything() if one.code != CODE],
        when=NINE + timedelta(minutes=35),
    )
    phone(at, at.anna, NINE + timedelta(minutes=45))
    visit = at.visit()
    assert (visit.flags, visit.counted) == (["conflict"], True)
    assert [(state, "门锁坏" in text) for state, text in findings(at)] == [(FindingState.OPEN, True)]


def test_what_one_changes_of_his_own_stays_in_the_line(at: Place) -> None:
    both_there(at)
    say(at, at.anna, BAD, "门锁坏", minute=10, sent=10)
    say(at, at.anna, OK, "", minute=12, sent=12)
    assert at.visit().answers[CODE]["answer"] == "ok"
    gone = payload(at, "visit.answered")["replaced"][CODE]
    assert [(one["answer"], one["note"], one["by"]) for one in gone] == [
        ("abnormal", "门锁坏", str(at.anna.id))
    ]


def test_only_the_manager_takes_back_what_another_said_and_says_why(at: Place) -> None:
    both_there(at)
    with pytest.raises(Conflict):
        act(at, actions.take_answer_back, at.boss, CODE, "看错梯")
    say(at, at.anna, BAD, "门锁坏", minute=10, sent=10)
    say(at, at.bo, OK, "", minute=12, sent=12)
    for who in (at.bo, at.safe):
        with pytest.raises(NotAllowed):
            act(at, actions.take_answer_back, who, CODE, "看错梯")
    with pytest.raises(Invalid):
        act(at, actions.take_answer_back, at.boss, CODE, " ")
    act(at, actions.take_answer_back, at.boss, CODE, "看错梯")
    stored = at.visit().answers[CODE]
    assert (stored["answer"], stored["others"][0]["taken_back"]["reason"]) == ("ok", "看错梯")
    assert payload(at, "visit.answer_taken_back")["item"] == CODE


def test_what_has_become_a_finding_is_not_the_managers_to_take_back(at: Place) -> None:
    both_there(at)
    act(at, actions.answer, at.anna, everything(A_1_14=(BAD, "门锁坏")), when=NINE + timedelta(minutes=30))
    say(at, at.bo, OK, "", minute=31, sent=31)
    phone(at, at.anna, NINE + timedelta(minutes=45))
    assert (at.visit().state, at.visit().flags) == (VisitState.TO_SIGN, ["conflict"])
    with pytest.raises(Conflict):
        act(at, actions.take_answer_back, at.boss, CODE, "看错梯")


def test_remarks_of_two_people_are_both_held(at: Place) -> None:
    both_there(at)
    for who, remark, minute in (
        (at.anna, "机房已清扫", 5),
        (at.bo, "底坑有水", 6),
        (at.anna, "机房已清扫，换灯", 7),
    ):
        act(at, actions.answer, who, [], remark=remark, when=NINE + timedelta(minutes=minute))
    visit = at.visit()
    assert {person: one["text"] for person, one in visit.remarks.items()} == {
        str(at.anna.id): "机房已清扫，换灯",
        str(at.bo.id): "底坑有水",
    }
    assert sorted(visit.remark.split("\n")) == ["底坑有水", "机房已清扫，换灯"]
    assert payload(at, "visit.answered")["remark_replaced"]["text"] == "机房已清扫"
    act(at, actions.answer, at.bo, [], remark="", when=NINE + timedelta(minutes=8))
    assert at.visit().remark == "机房已清扫，换灯"
