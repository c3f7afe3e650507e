"""Answers, signatures, late entries and corrections that arrive twice, late, or with a clock nobody believes."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from equipment.core.errors import Conflict
from equipment.core.ids import new_id
from equipment.intake.models import Receipt
from equipment.ledger.models import Event
from equipment.maintenance import actions, records, signatures
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.api import drawing
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import ItemAnswer, SignatureKind, VisitState
from equipment.people.rules import Role
from equipment.storage import db
from tests import make
from tests.intake.at_once import twice_at_once
from tests.maintenance.place import Place, place
from tests.maintenance.test_pages import ink
from tests.maintenance.test_visits import NINE, act, enter, paper, phone, whole_visit

TEN = NINE + timedelta(hours=1)


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def reply(answer: ItemAnswer, when: datetime, note: str = "") -> ItemReply:
    return ItemReply("A-1-01", answer, note, when)


def send(at: Place, *replies: ItemReply, when: datetime = TEN, **more: Any) -> Any:
    return act(at, actions.answer, at.anna, list(replies), when=when, **more)


def receipts() -> list[str]:
    return sorted(db.session.scalars(select(Receipt.kind)))


def events(at: Place, verb: str) -> int:
    db.session.rollback()
    found = select(Event.seq).where(Event.subject == f"equipment:{at.lift.id}", Event.verb == verb)
    return len(db.session.execute(found).all())


def test_answers_sent_twice_at_once_are_one_message(at: Place, app: Flask) -> None:
    phone(at, at.anna, NINE)
    key, told = new_id(), reply(ItemAnswer.OK, NINE + timedelta(minutes=5))
    first, second = twice_at_once(
        app, lambda: send(at, told, message_id=key, when=NINE + timedelta(minutes=6))
    )
    assert (first == second, receipts(), events(at, "visit.answered")) == (True, ["visit_answers"], 1)


def test_a_message_again_gets_its_earlier_answer_also_after_the_visit_was_signed(at: Place) -> None:
    phone(at, at.anna, NINE)
    told = reply(ItemAnswer.OK, NINE + timedelta(minutes=5))
    key = new_id()
    first = send(at, told, message_id=key)
    phone(at, at.anna, NINE + timedelta(minutes=45))
    act(at, signatures.sign, at.safe, Signature())
    assert at.visit().state == VisitState.SIGNED
    assert send(at, told, message_id=key) == first
    with pytest.raises(Conflict):
        send(at, told)


def test_other_answers_under_the_same_id_are_a_conflict(at: Place) -> None:
    phone(at, at.anna, NINE)
    key, when = new_id(), NINE + timedelta(minutes=5)
    send(at, reply(ItemAnswer.OK, when), message_id=key, remark="一")
    with pytest.raises(Conflict) as caught:
        send(at, reply(ItemAnswer.ABNORMAL, when, "坏"), message_id=key, remark="二")
    assert sorted(caught.value.fields) == ["answers", "remark"]


def test_a_remark_without_an_id_may_be_said_again_after_another(at: Place) -> None:
    phone(at, at.anna, NINE)
    for remark in ("一", "二", "一"):
        send(at, remark=remark)
    assert at.visit().remark == "一"


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        (timedelta(minutes=50), []),
        (timedelta(hours=3), ["drift"]),  # in the future
        (timedelta(hours=-2), ["drift"]),  # before the visit began
    ],
)
def test_an_answer_counts_within_its_visit_and_is_doubted_elsewhere(
    at: Place, said: timedelta, flags: list[str]
) -> None:
    phone(at, at.anna, NINE)
    send(at, reply(ItemAnswer.ABNORMAL, NINE + said, "门锁坏"))
    visit = at.visit()
    assert visit.flags == flags
    stored = datetime.fromisoformat(visit.answers["A-1-01"]["at"])
    assert stored == (TEN if flags else NINE + said)


def test_an_answer_of_the_future_does_not_keep_out_the_next(at: Place) -> None:
    phone(at, at.anna, NINE)
    send(at, reply(ItemAnswer.ABNORMAL, TEN + timedelta(hours=5), "门锁坏"))
    later = TEN + timedelta(minutes=5)
    send(at, reply(ItemAnswer.OK, later), when=later)
    assert at.visit().answers["A-1-01"]["answer"] == "ok"


def test_answers_that_arrive_hours_late_count_when_they_were_given(at: Place) -> None:
    phone(at, at.anna, NINE)
    given = NINE + timedelta(minutes=20)
    send(at, reply(ItemAnswer.OK, given), when=NINE + timedelta(hours=3))
    visit = at.visit()
    assert (visit.flags, datetime.fromisoformat(visit.answers["A-1-01"]["at"])) == ([], given)


def test_a_signature_sent_twice_at_once_signs_once(at: Place, app: Flask) -> None:
    whole_visit(at)
    key = new_id()
    first, second = twice_at_once(app, lambda: act(at, signatures.sign, at.safe, Signature(), message_id=key))
    assert (first == second, first["state"], events(at, "visit.signed")) == (True, "signed", 1)
    other = make.user(at.unit, Role.SAFETY_OFFICER, name="别人")
    with pytest.raises(Conflict) as caught:
        act(at, signatures.sign, other, Signature(), message_id=key)
    assert list(caught.value.fields) == ["signer_name"]


def test_the_same_drawing_under_another_id_is_the_signature_that_is_there(at: Place) -> None:
    """A phone that drew it before receipts were kept sends it again with no id that we know."""
    whole_visit(at)
    ink_drawn = drawing(base64.b64decode(ink().partition(",")[2]))
    drawn = Signature(SignatureKind.ON_SITE, name="安全员", image=ink_drawn)
    first, second = (act(at, signatures.sign, at.anna, drawn, message_id=new_id()) for _ in range(2))
    assert (first == second, first["state"], events(at, "visit.signed_on_site")) == (True, "on_site", 1)
    assert at.visit().signer_id == at.safe.id  # phones of before named him; there is one of that name
    assert act(at, signatures.sign, at.safe, Signature(), message_id=new_id())["state"] == "signed"


def test_a_late_entry_sent_twice_at_once_is_one_visit(at: Place, app: Flask) -> None:
    key = new_id()
    outcomes = twice_at_once(app, lambda: enter(at, paper(at), visit_id=key).id)
    assert (outcomes, len(at.visits()), receipts()) == ([key, key], 1, ["late_visit"])
    with pytest.raises(Conflict) as caught:
        enter(at, paper(at, reason="停水"), visit_id=key)
    assert list(caught.value.fields) == ["reason"]


def test_a_correction_by_a_double_tap_is_one_record(at: Place, app: Flask) -> None:
    whole_visit(at)
    act(at, signatures.sign, at.safe, Signature())
    signed, key, boss = at.visit(), new_id(), at.viewer(at.boss)

    def correct(reason: str = "写错") -> Any:
        with db.transaction():
            return records.correct(db.session.merge(signed), reason, by=boss, key=key).id

    assert twice_at_once(app, correct) == [key, key]
    assert len(at.visits()) == 2
    with pytest.raises(Conflict) as caught, time_machine.travel(TEN + timedelta(days=1)):
        correct("另一原因")
    assert list(caught.value.fields) == ["reason"]
