"""What gateways report over HTTP: taken once, in any order; what cannot be taken is named and listed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.ledger.models import Event
from equipment.people.models import Device
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind
from equipment.people.scope import visible
from equipment.register.rules import EquipmentStatus
from equipment.reminders.actions import plan
from equipment.storage import db
from equipment.telemetry.actions import forget_days, watch_links
from equipment.telemetry.models import GatewayFault, LiftDay, LiftEvent, LiftLink
from equipment.telemetry.states import EventState, ReportFault
from tests import make
from tests.maintenance.place import CODE, Place
from tests.telemetry.conftest import Send, event, status


def rows(model: type[Any]) -> list[Any]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(visible(SYSTEM, model)))


def faults() -> list[tuple[str, str, int, bool]]:
    return sorted((row.fault, row.lift, row.messages, row.is_alarm) for row in rows(GatewayFault))


def test_states_add_up_to_the_day_of_their_lift(at: Place, send: Send) -> None:
    code, answer = send(
        status(-3, runs=100, doors=210), status(-2, runs=102, doors=214), status(-1, in_service=False)
    )
    assert (code, answer) == (200, {"taken": 3, "left_out": []})
    assert send(status(-2, runs=102, doors=214))[1]["taken"] == 1  # the same again
    days = rows(LiftDay)
    assert sum(day.runs for day in days) == 2
    assert (sum(day.doors for day in days), sum(day.in_service_s for day in days)) == (4, 120)
    (link,) = rows(LiftLink)
    assert (link.equipment_id, link.in_service, link.runs, link.silent_since) == (
        at.lift.id,
        False,
        102,
        None,
    )


def test_a_fault_is_one_whatever_is_sent_twice_and_waits_for_a_person(at: Place, send: Send) -> None:
    fault = event(text="层门 3 楼")
    assert send(fault, fault)[1] == {"taken": 2, "left_out": []}
    assert send(fault)[1]["taken"] == 1
    (row,) = rows(LiftEvent)
    assert (row.code, row.text, row.state, row.repeats) == ("door", "层门 3 楼", EventState.OPEN, 0)
    verbs = db.session.scalars(select(Event.verb).where(Event.subject == f"equipment:{at.lift.id}")).all()
    assert verbs.count("fault.reported") == 1


def test_the_same_fault_again_while_it_lasts_is_counted_at_the_first(send: Send, at: Place) -> None:
    send(event(minutes=-8), event(minutes=-4), event(minutes=-1))
    (row,) = rows(LiftEvent)
    assert row.repeats == 2
    send({**status(), "kind": "restored", "event_id": str(row.id)})
    (row,) = rows(LiftEvent)
    assert row.restored_at is not None
    send(event())
    assert len(rows(LiftEvent)) == 2  # a new one: the first was over


def test_a_fault_after_a_pause_is_a_new_one(send: Send, at: Place) -> None:
    send(event(minutes=-60), event(minutes=-1))
    assert len(rows(LiftEvent)) == 2


def test_an_event_number_with_other_content_is_left_out(send: Send, at: Place) -> None:
    fault = event()
    send(fault)
    answer = send({**fault, "code": "overspeed"})[1]
    assert answer == {"taken": 0, "left_out": [{"index": 0, "lift": CODE, "fault": "other_content"}]}
    assert [row.code for row in rows(LiftEvent)] == ["door"]


UNREADABLE = [
    ("an unknown field", {"floor": 3}),
    ("a time without offset", {"at": "2026-11-29T12:00:00"}),
    ("digits for a time", {"at": 1764388800}),
    ("a number in quotes", {"runs": "12"}),
    ("a negative counter", {"runs": -1}),
    ("a counter beyond any lift", {"runs": 10**30}),
    ("a kind nobody knows", {"kind": "hello"}),
    ("a fault without a number", {"kind": "fault"}),
    ("no lift", {"lift": ""}),
]


@pytest.mark.parametrize(("shows", "wrong"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_a_message_that_cannot_be_read_keeps_no_other_from_being_taken(
    send: Send, at: Place, shows: str, wrong: dict[str, Any]
) -> None:
    code, answer = send(status(-1, runs=1), {**status(), **wrong})
    assert (code, answer["taken"], [one["fault"] for one in answer["left_out"]]) == (200, 1, ["wrong_fields"])
    assert answer["left_out"][0]["index"] == 1
    assert [(fault, number) for fault, _lift, number, _alarm in faults()] == [("wrong_fields", 1)]


def test_an_alarm_of_an_unknown_lift_is_kept_in_sight(send: Send, at: Place) -> None:
    assert send({**event("alarm", "trapped"), "lift": "DT-0"})[1]["left_out"] == [
        {"index": 0, "lift": "DT-0", "fault": "unknown_lift"}
    ]
    assert faults() == [("unknown_lift", "DT-0", 1, True)]
    assert rows(LiftEvent) == []


def test_a_lift_of_somebody_else_is_unknown(send: Send, at: Place) -> None:
    other = make.organisation(OrganisationKind.FIRM)
    token = make.device(other, DeviceKind.GATEWAY)[1]
    assert send(status(), token=token)[1]["left_out"][0]["fault"] == ReportFault.UNKNOWN_LIFT


def test_the_use_unit_may_have_a_gateway_too(send: Send, at: Place) -> None:
    token = make.device(at.unit, DeviceKind.GATEWAY)[1]
    assert send(status(), token=token)[1] == {"taken": 1, "left_out": []}


def test_a_stopped_lift_may_still_report(send: Send, at: Place) -> None:
    with make.writing():
        at.lift.status = EquipmentStatus.STOPPED
    assert send(event("alarm", "trapped"))[1]["taken"] == 1


def test_a_clock_that_is_wrong_counts_as_now(send: Send, at: Place) -> None:
    before = clock.now()
    answer = send(event(minutes=60 * 24 * 400))[1]
    assert (answer["taken"], answer["left_out"][0]["fault"]) == (1, "clock")
    (row,) = rows(LiftEvent)
    assert before <= row.happened_at <= clock.now()


@pytest.mark.parametrize("kind", [DeviceKind.READER, DeviceKind.PHONE, DeviceKind.UPLOAD])
def test_no_other_device_may_report(send: Send, at: Place, kind: DeviceKind) -> None:
    token = make.device(at.firm, kind)[1]
    assert send(status(), token=token)[0] == 403


def test_a_flood_is_told_to_wait_but_never_an_alarm(
    send: Send, at: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("equipment.telemetry.api._allowances", {})
    flood = [status(-2 + number / 1000, runs=number) for number in range(500)]
    assert [send(*flood)[0] for _ in range(3)] == [200, 200, 429]
    assert send(*flood[:499], event("alarm", "trapped"))[0] == 200
    assert [row.code for row in rows(LiftEvent)] == ["trapped"]


def test_too_many_messages_at_once_are_refused_whole(send: Send, at: Place) -> None:
    code, answer = send(*[status() for _ in range(501)])
    assert (code, list(answer["fields"])) == (422, ["messages"])


def test_a_gateway_that_is_silent_is_listed_until_it_speaks(at: Place, send: Send) -> None:
    send(status())
    now = clock.now()
    with make.writing():
        assert watch_links(now + timedelta(hours=23)) == 0
        assert watch_links(now + timedelta(hours=25)) == 1
    assert rows(LiftLink)[0].silent_since is not None
    send(status())
    assert rows(LiftLink)[0].silent_since is None


def test_the_notice_of_a_silent_gateway_ends_once_it_speaks(at: Place, send: Send) -> None:
    send(status())
    with make.writing():
        assert watch_links(clock.now() + timedelta(hours=25)) == 1
    assert plan(clock.today())["notices"] == 1
    assert plan(clock.today())["obsolete"] == 0
    send(status())
    assert plan(clock.today())["obsolete"] == 1


def test_old_days_are_forgotten_and_events_are_not(at: Place, send: Send) -> None:
    send(status(-1, runs=1), status(0, runs=2), event())
    with make.writing():
        assert forget_days(clock.today() + timedelta(days=900)) >= 1
    assert (rows(LiftDay), len(rows(LiftEvent))) == ([], 1)


def test_nobody_takes_messages_for_a_revoked_gateway(
    client: FlaskClient, at: Place, send: Send, gateway: tuple[Device, str]
) -> None:
    with make.writing():
        db.session.get_one(Device, gateway[0].id).revoked_at = clock.now()
    assert send(status())[0] == 401
