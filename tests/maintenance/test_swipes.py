"""`POST /api/v1/swipes`: always recorded, answered with reasons, the same one twice is one, two at once open one visit."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.maintenance.states import SwipeOutcome, SwipeVia, VisitState
from equipment.people.models import Card, Certificate
from equipment.people.queries import forget_tokens
from equipment.people.rules import SYSTEM, CardStatus, DeviceKind, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Identifier, Label
from equipment.register.rules import EquipmentStatus, IdentifierKind, LabelStatus
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, place

# Nine in the morning on site, the last one that lies well back, so that a visit from then on has happened whenever the tests run.
NINE = (clock.now() - timedelta(hours=4)).replace(hour=1, minute=0, second=0, microsecond=0)


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def send(client: FlaskClient, token: str, **body: Any) -> tuple[int, dict[str, Any]]:
    body = {"swipe_id": str(new_id()), "happened_at": clock.now().isoformat(), **body}
    answer = client.post(
        "/api/v1/swipes", json=body, headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    )
    return answer.status_code, answer.get_json()


def change(row: Any, **values: Any) -> None:
    with make.writing():
        found = db.session.get_one(type(row), row.id)
        for name, value in make.dated(values).items():
            setattr(found, name, value)


def test_a_card_at_the_reader_opens_a_visit_of_the_class_that_is_due(client: FlaskClient, at: Place) -> None:
    status, answer = send(client, at.reader[1], card=at.anna_card.uid)
    visit = at.visit()
    assert (status, answer["outcome"], answer["allowed"], answer["duty"], answer["annex"]) == (
        201,
        "opened",
        True,
        "visit_half_month",
        "A",
    )
    assert answer["visit_id"] == answer["swipe_id"] == str(visit.id)
    assert answer["technicians"] == [{"id": str(at.anna.id), "name": "安师傅"}]
    assert (visit.state, visit.organisation_id, visit.use_unit_id, visit.confirmed) == (
        VisitState.OPEN,
        at.firm.id,
        at.unit.id,
        [],
    )


def test_the_second_technician_joins_and_either_signs_out(client: FlaskClient, at: Place) -> None:
    token = at.reader[1]
    with time_machine.travel(NINE, tick=False) as now:
        assert send(client, token, card=at.anna_card.uid)[1]["outcome"] == "opened"
        now.shift(timedelta(minutes=5))
        assert send(client, token, card=at.bo_card.uid)[1]["outcome"] == "joined"
        now.shift(timedelta(minutes=40))
        closed = send(client, token, card=at.bo_card.uid)[1]
        now.shift(timedelta(minutes=1))
        last = send(client, token, card=at.anna_card.uid)[1]
    visit = at.visit()
    assert (closed["outcome"], last["outcome"], last["reasons"][0]["code"]) == (
        "closed",
        "ignored",
        "left_already",
    )
    assert (visit.state, visit.technicians) == (VisitState.UNCONFIRMED, [str(at.anna.id), str(at.bo.id)])
    assert visit.closed_at - visit.opened_at == timedelta(minutes=45)
    assert len(at.visits()) == 1


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        ({"status": CardStatus.LOST}, "card_lost"),
        ({"status": CardStatus.RETURNED}, "card_returned"),
        ({"expires_on": make.Days(-1)}, "card_expired"),
    ],
)
def test_a_card_that_does_not_hold_is_refused_in_plain_words_and_kept(
    client: FlaskClient, at: Place, kept: dict[str, Any], code: str
) -> None:
    change(at.anna_card, **kept)
    status, answer = send(client, at.reader[1], card=at.anna_card.uid)
    assert (status, answer["outcome"], answer["allowed"], answer["visit_id"]) == (201, "refused", False, None)
    assert [
        (each["code"], each["effect"], bool(each["text"]), bool(each["citation"]["document"]))
        for each in answer["reasons"]
    ] == [(code, "block", True, True)]
    assert [(swipe.outcome, swipe.equipment_id, swipe.visit_id) for swipe in at.swipes()] == [
        (SwipeOutcome.REFUSED, at.lift.id, None)
    ]
    assert at.visits() == []


def test_an_unknown_card_is_refused_and_kept(client: FlaskClient, at: Place) -> None:
    status, answer = send(client, at.reader[1], card="DEADBEEF")
    assert (status, [each["code"] for each in answer["reasons"]]) == (201, ["card_unknown"])
    assert [(swipe.card_uid, swipe.user_id, swipe.organisation_id) for swipe in at.swipes()] == [
        ("DEADBEEF", None, at.unit.id)
    ]


def test_a_card_number_is_read_however_the_reader_spells_it(client: FlaskClient, at: Place) -> None:
    with make.writing():
        card = db.session.get_one(Card, at.anna_card.id)
        card.uid, card.number = "04-A1-B2-C3", "04A1B2C3"
    assert send(client, at.reader[1], card=" 04:a1:b2:c3\r")[1]["outcome"] == "opened"


def test_people_without_certificate_of_another_firm_or_of_another_trade_are_refused(
    client: FlaskClient, at: Place
) -> None:
    other = make.organisation(OrganisationKind.FIRM, "别的维保公司")
    people = [
        make.user(at.firm, Role.TECHNICIAN),
        make.user(other, Role.TECHNICIAN, certificate="T"),
        make.user(at.firm, Role.FIRM_MANAGER, certificate="T"),
    ]
    cards = [make.card(person, uid=f"CA4D{number}").uid for number, person in enumerate(people)]
    found = [[each["code"] for each in send(client, at.reader[1], card=card)[1]["reasons"]] for card in cards]
    assert found == [["no_certificate"], ["other_firm"], ["not_technician"]]


def test_a_lift_out_of_use_has_no_visit(client: FlaskClient, at: Place) -> None:
    change(at.lift, status=EquipmentStatus.STOPPED)
    assert [each["code"] for each in send(client, at.reader[1], card=at.anna_card.uid)[1]["reasons"]] == [
        "not_in_use"
    ]


@pytest.fixture
def phone(at: Place) -> str:
    return make.device(at.firm, DeviceKind.PHONE, person=at.anna)[1]


def test_a_phone_with_the_label_is_a_swipe_that_needs_no_confirmation(
    client: FlaskClient, at: Place, phone: str
) -> None:
    status, answer = send(client, phone, code=f"https://tz.test.cn/t/{CODE.lower()}")
    assert (status, answer["outcome"], answer["via"]) == (201, "opened", SwipeVia.PHONE)
    assert at.visit().confirmed == [str(at.anna.id)]


def test_a_phone_that_reads_the_plate_is_a_swipe_too(client: FlaskClient, at: Place, phone: str) -> None:
    with db.transaction():
        db.session.add(
            Identifier(
                value="04AABBCC11",
                kind=IdentifierKind.RFID,
                equipment_id=at.lift.id,
                shown="04AABBCC11",
                issued_at=clock.now(),
            )
        )
    answer = send(client, phone, code="04:aa:bb:cc:11")[1]
    assert (answer["outcome"], answer["via"]) == ("opened", SwipeVia.PLATE)


def test_a_phone_shows_the_card_of_the_second_technician(client: FlaskClient, at: Place, phone: str) -> None:
    send(client, phone, code=CODE)
    answer = send(client, phone, code=CODE, card=at.bo_card.uid)[1]
    assert (answer["outcome"], at.visit().technicians, at.visit().confirmed) == (
        "joined",
        [str(at.anna.id), str(at.bo.id)],
        [str(at.anna.id)],
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("NOSUCHLIFT", "lift_unknown"),
        ("7QK2M8D4XR0P3HT", "lift_mistyped"),
        ("12345ABCDEZ0000", "lift_mistyped"),
        ("VVVVVVVVVVVVVVV", "lift_mistyped"),
    ],
)
def test_a_label_that_leads_nowhere_is_answered_and_kept(
    client: FlaskClient, at: Place, phone: str, code: str, reason: str
) -> None:
    status, answer = send(client, phone, code=code)
    assert (status, answer["outcome"], [each["code"] for each in answer["reasons"]]) == (
        201,
        "refused",
        [reason],
    )
    assert [(swipe.equipment_id, swipe.outcome) for swipe in at.swipes()] == [(None, SwipeOutcome.REFUSED)]


def test_a_void_label_says_so(client: FlaskClient, at: Place, phone: str) -> None:
    with db.transaction():
        db.session.get_one(Label, CODE).status = LabelStatus.VOID
    assert [each["code"] for each in send(client, phone, code=CODE)[1]["reasons"]] == ["lift_void"]


def test_a_cylinder_has_no_maintenance_visit(client: FlaskClient, at: Place, phone: str) -> None:
    make.equipment("cylinder", code="1111111111AAAAA")
    assert send(client, phone, code="1111111111AAAAA")[1]["reasons"][0]["code"] == "no_visits"


def test_a_replay_gets_the_stored_answer_and_adds_nothing(client: FlaskClient, at: Place) -> None:
    body = {"swipe_id": str(new_id()), "happened_at": clock.now().isoformat(), "card": at.anna_card.uid}
    first, second = send(client, at.reader[1], **body), send(client, at.reader[1], **body)
    assert (first[0], second[0]) == (201, 200)
    assert first[1] == second[1]
    assert (len(at.swipes()), len(at.visits())) == (1, 1)


def test_the_same_id_with_other_content_is_a_conflict_that_names_the_fields(
    client: FlaskClient, at: Place
) -> None:
    body = {"swipe_id": str(new_id()), "happened_at": clock.now().isoformat(), "card": at.anna_card.uid}
    send(client, at.reader[1], **body)
    status, answer = send(client, at.reader[1], **{**body, "card": at.bo_card.uid, "direction": "out"})
    assert (status, sorted(answer["fields"])) == (409, ["card", "direction"])


def test_somebody_elses_device_does_not_get_the_stored_answer(
    client: FlaskClient, at: Place, phone: str
) -> None:
    body = {
        "swipe_id": str(new_id()),
        "happened_at": clock.now().isoformat(),
        "card": at.anna_card.uid,
        "code": CODE,
    }
    send(client, phone, **body)
    other = make.device(at.firm, DeviceKind.PHONE, person=at.bo)[1]
    assert (send(client, other, **body)[0], len(at.swipes())) == (409, 1)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"happened_at": "2026-11-23T09:00:00"}, 422, "happened_at"),
        ({"swipe_id": "7"}, 422, "swipe_id"),
        ({"card": ""}, 422, "card"),
        ({"crad": "1"}, 422, "crad"),
        ({"direction": "up"}, 422, "direction"),
        ({"card": "x" * 65}, 422, "card"),
    ],
)
def test_what_cannot_be_recorded_is_refused_at_the_field(
    client: FlaskClient, at: Place, body: dict[str, Any], status: int, field: str
) -> None:
    got, answer = send(client, at.reader[1], **{"card": at.anna_card.uid, **body})
    assert (got, list(answer["fields"])) == (status, [field])
    assert at.swipes() == []


def test_a_token_is_needed_and_must_be_of_a_reader_or_phone(client: FlaskClient, at: Place) -> None:
    controller = make.device(at.firm, DeviceKind.CONTROLLER)[1]
    assert [send(client, token, card="1")[0] for token in ("wrong", controller)] == [401, 403]


def test_signing_out_without_having_signed_in_is_kept_and_said(client: FlaskClient, at: Place) -> None:
    answer = send(client, at.reader[1], card=at.anna_card.uid, direction="out")[1]
    assert (answer["outcome"], answer["reasons"][0]["code"], answer["reasons"][0]["effect"]) == (
        "ignored",
        "no_sign_in",
        "note",
    )
    assert "without having signed in" in answer["reasons"][0]["text"]
    assert (len(at.swipes()), at.visits()) == (1, [])


def test_a_clock_hours_ahead_is_flagged_and_our_time_counts(client: FlaskClient, at: Place) -> None:
    with time_machine.travel(NINE, tick=False):
        answer = send(
            client, at.reader[1], card=at.anna_card.uid, happened_at=(NINE + timedelta(hours=5)).isoformat()
        )[1]
        visit = at.visit()
        assert (answer["clock_doubted"], answer["drift_s"], visit.opened_at, visit.flags) == (
            True,
            -5 * 3600,
            NINE,
            ["drift"],
        )


def test_a_queued_swipe_of_an_unbelievable_time_is_judged_on_both_days(
    client: FlaskClient, at: Place
) -> None:
    """Three days ago, says a reader that was heard of an hour ago: the technician had no certificate then."""
    with db.transaction():
        db.session.merge(at.reader[0]).seen_at = clock.now() - timedelta(hours=1)
        for certificate in db.session.scalars(
            visible(SYSTEM, Certificate).where(Certificate.user_id == at.anna.id)
        ):
            certificate.valid_from = make.days(-1)
    forget_tokens()
    answer = send(
        client, at.reader[1], card=at.anna_card.uid, happened_at=(clock.now() - timedelta(days=3)).isoformat()
    )[1]
    assert (answer["outcome"], [each["code"] for each in answer["reasons"]], answer["clock_doubted"]) == (
        "refused",
        ["no_certificate"],
        True,
    )
    assert send(client, at.reader[1], card=at.anna_card.uid)[1]["outcome"] == "opened"


def test_queued_swipes_count_when_they_happened_in_whatever_order_they_arrive(
    client: FlaskClient, at: Place
) -> None:
    with time_machine.travel(NINE + timedelta(hours=4), tick=False):
        ended = send(
            client,
            at.reader[1],
            card=at.anna_card.uid,
            happened_at=(NINE + timedelta(minutes=50)).isoformat(),
        )[1]
        with db.transaction():
            db.session.merge(at.reader[0]).seen_at = None
        forget_tokens()
        began = send(client, at.reader[1], card=at.anna_card.uid, happened_at=NINE.isoformat())[1]
    visit = at.visit()
    assert (ended["outcome"], began["outcome"]) == ("opened", "closed")
    assert (visit.opened_at, visit.closed_at, visit.flags) == (
        NINE,
        NINE + timedelta(minutes=50),
        ["one_technician", "incomplete"],
    )


def test_a_visit_nobody_signed_out_of_ends_when_the_next_one_begins(client: FlaskClient, at: Place) -> None:
    with time_machine.travel(NINE - timedelta(days=1), tick=False):
        send(client, at.reader[1], card=at.anna_card.uid)
    forget_tokens()
    with time_machine.travel(NINE, tick=False):
        assert send(client, at.reader[1], card=at.anna_card.uid)[1]["outcome"] == "opened"
    old, new = at.visits()
    assert (old.state, "no_sign_out" in old.flags, new.state) == (
        VisitState.UNCONFIRMED,
        True,
        VisitState.OPEN,
    )


@pytest.mark.parametrize("same", [True, False], ids=["the same swipe", "two technicians"])
def test_two_workers_at_once_open_one_visit(app: Flask, at: Place, same: bool) -> None:
    ids = [str(new_id())] * 2 if same else [str(new_id()), str(new_id())]
    cards, when = [at.anna_card.uid, at.anna_card.uid if same else at.bo_card.uid], clock.now().isoformat()
    start, found = threading.Barrier(2), []

    def work(number: int) -> None:
        start.wait()
        found.append(
            send(app.test_client(), at.reader[1], swipe_id=ids[number], card=cards[number], happened_at=when)
        )

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(status for status, _ in found) == ([200, 201] if same else [201, 201])
    assert sorted(answer["outcome"] for _, answer in found) == (
        ["opened"] * 2 if same else ["joined", "opened"]
    )
    assert (len(at.visits()), len(at.swipes())) == (1, 1 if same else 2)
