"""What cannot wait goes out in the minute; what no channel took is told again; SMS and the telephone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.dues import applications
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.rules import FindingSource
from equipment.inspections import actions as inspections
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.ledger.models import Event
from equipment.maintenance import disputes
from equipment.maintenance.models import Visit
from equipment.maintenance.states import VisitState
from equipment.people.accounts import close_account
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, CardStatus, DeviceKind, Viewer
from equipment.people.scope import visible
from equipment.register.duty_rules import NOW
from equipment.register.models import Equipment
from equipment.regulation.clauses import Grade
from equipment.reminders.actions import open_channel, plan
from equipment.reminders.channels import ATTEMPTS, Sender
from equipment.reminders.models import Digest, Notice
from equipment.reminders.states import ChannelKind, DigestState, NoticeState
from equipment.storage import db
from tests import make
from tests.reminders.conftest import City, Gateway, Webhook, channel, today


def viewer(key: Any) -> Viewer:
    return viewer_of(db.session.get_one(User, key))


def grave(city: City) -> None:
    with db.transaction():
        found = findings.find(
            db.session.get_one(Equipment, city.lift.id),
            source=FindingSource.MANUAL,
            description="门锁短接",
            clause="4.6b",
            by=viewer(city.supervisor),
        )
        hazards.confirm(found, Grade.MAJOR, "4.6b", make.days(7), by=viewer(city.supervisor), still_used=True)


def told() -> set[tuple[Any, str]]:
    db.session.rollback()
    notices = visible(SYSTEM, Notice).where(Notice.stage == NOW)
    return {(notice.user_id, notice.duty.partition(":")[0]) for notice in db.session.scalars(notices)}


def deliver_now(app: Flask, settings: Settings) -> dict[str, int]:
    with app.app_context():
        return Sender("one", settings).deliver_now(clock.now())


def test_a_grave_hazard_is_told_in_the_minute_and_not_once_more_at_night(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("officer"))
    channel(city.manager, webhook.address("manager"))
    grave(city)
    assert told() == {(key, "hazard") for key in (city.officer, city.manager, city.supervisor)}
    assert (deliver_now(app, settings)["sent"], deliver_now(app, settings)["sent"]) == (2, 0)
    assert {sent["path"] for sent in webhook.received} == {"/officer", "/manager"}
    assert "停止使用" in webhook.received[0]["message"]
    plan(today())
    with app.app_context():
        Sender("one", settings).deliver(today())
    assert len(webhook.received) == 2


def test_a_general_hazard_waits_for_the_digest(city: City) -> None:
    with db.transaction():
        lift, by = db.session.get_one(Equipment, city.lift.id), viewer(city.supervisor)
        found = findings.find(lift, source=FindingSource.MANUAL, description="照明暗", by=by)
        hazards.confirm_general(found, today(), by=by)
    assert told() == set()


def test_a_failed_result_and_an_accepted_application_are_told_in_the_minute(city: City) -> None:
    city.due("inspection", 20)
    with db.transaction():
        lift = db.session.get_one(Equipment, city.lift.id)
        asked = applications.apply(lift, by=viewer(city.officer))
        applications.accept(asked, make.days(3), by=viewer(city.inspector))
    assert told() == {(city.officer, "accepted"), (city.manager, "accepted")}
    with db.transaction():
        lift = db.session.get_one(Equipment, city.lift.id)
        failed = inspections.Result(
            kind=InspectionKind.SUPERVISION,
            on=today(),
            conclusion=Conclusion.FAILED,
            remark="限速器失效",
            report_no="DTJ-1",
        )
        inspections.record(lift, failed, by=viewer(city.inspector))
    assert {key for key, what in told() if what == "failed"} == {city.officer, city.manager, city.supervisor}


def test_a_disputed_visit_is_told_to_firm_unit_and_county_in_the_minute(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.manager, webhook.address("manager"))
    visit = Visit(
        equipment_id=city.lift.id,
        id=new_id(),
        organisation_id=city.firm,
        use_unit_id=city.unit,
        area=city.lift.area,
        category="elevator",
        duty="visit_half_month",
        state=VisitState.TO_SIGN,
        opened_at=clock.now() - timedelta(hours=2),
        closed_at=clock.now() - timedelta(hours=1),
        received_at=clock.now(),
        on=today(),
        technicians=[str(city.technician)],
        confirmed=[],
    )
    with make.writing():
        db.session.add(visit)
    with db.transaction():
        disputes.dispute(db.session.merge(visit), "当天没有人来", by=viewer(city.officer))
    assert told() == {(key, "dispute") for key in (city.officer, city.manager, city.supervisor)}
    assert deliver_now(app, settings)["sent"] == 1
    assert "当天没有人来" in webhook.received[0]["message"]


def test_a_lost_card_in_use_is_told_to_its_firm_in_the_minute_and_once_a_day(
    city: City, app: Flask, client: Any
) -> None:
    lost = make.card(db.session.get_one(User, city.technician), "04A1B2C3D4E5F6", status=CardStatus.LOST)
    uid = lost.uid
    unit = db.session.get_one(Organisation, city.unit)
    _reader, token = make.device(unit, DeviceKind.READER, equipment_id=city.lift.id)
    for _ in range(2):
        swipe = {"swipe_id": str(new_id()), "card": uid, "happened_at": clock.now().isoformat()}
        answer = client.post("/api/v1/swipes", json=swipe, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 201
    assert told() == {(city.manager, "card")}
    mine = visible(SYSTEM, Notice).where(Notice.user_id == city.manager, Notice.stage == NOW)
    assert len(db.session.scalars(mine).all()) == 1


def test_what_no_channel_took_is_told_the_next_day_and_by_a_new_channel(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("dead"))
    city.due("inspection", -2)
    webhook.status = 500
    noon = clock.site_midnight(clock.today()) + timedelta(hours=12)

    def deliver() -> int:
        with app.app_context():
            return Sender("one", settings).deliver(today())["sent"]

    with time_machine.travel(noon, tick=False) as now:
        plan(today())
        for _ in range(ATTEMPTS + 1):
            deliver()
            now.shift(timedelta(minutes=11))
        webhook.status = 200
        assert deliver() == 0  # given up for this day
        channel(city.officer, webhook.address("new"))
        assert deliver() == 1
        with db.transaction():
            for notice in db.session.scalars(visible(SYSTEM, Notice)):
                notice.state = NoticeState.FAILED
        now.shift(timedelta(days=1))
        assert deliver() == 2


def test_whoever_left_hears_nothing_on_his_private_channel(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("private"))
    city.due("inspection", -2)
    plan(today())
    with db.transaction():
        close_account(db.session.get_one(User, city.officer), by=SYSTEM)
    for _ in range(2):
        with app.app_context():
            Sender("one", settings).deliver(today())
    assert webhook.received == []
    mine = visible(SYSTEM, Notice).where(Notice.user_id == city.officer)
    assert {notice.state for notice in db.session.scalars(mine)} == {NoticeState.OBSOLETE}


OUTCOMES = [
    # what the gateway says of it -> the message, the notice
    ("waiting", DigestState.SENT, NoticeState.SENT),
    ("arrived", DigestState.ARRIVED, NoticeState.SENT),
    ("failed", DigestState.FAILED, NoticeState.FAILED),
]


@pytest.mark.parametrize(("state", "message", "notice"), OUTCOMES)
def test_an_sms_is_a_template_with_a_receipt_that_says_what_became_of_it(
    city: City,
    app: Flask,
    settings: Settings,
    gateway: Gateway,
    state: str,
    message: DigestState,
    notice: NoticeState,
) -> None:
    with db.transaction():
        by = viewer(city.officer)
        open_channel(ChannelKind.SMS, "+86 139 0000 1234", of_organisation=False, by=by)
    connected = replace(settings, sms_url=gateway.url, sms_key="k", sms_template="T-9")
    grave(city)
    assert deliver_now(app, connected)["sent"] == 1
    (sent,) = gateway.sent
    assert (sent["mobile"], sent["template"], sent["params"]["count"]) == ("13900001234", "T-9", "1")
    assert ("停止使用" in sent["params"]["text"], gateway.keys) == (True, {"Bearer k"})
    gateway.state = state
    with app.app_context():
        Sender("one", connected).read_receipts(today())
    db.session.rollback()
    assert db.session.scalars(visible(SYSTEM, Digest)).one().state == message
    mine = visible(SYSTEM, Notice).where(Notice.user_id == city.officer, Notice.stage == NOW)
    assert db.session.scalars(mine).one().state == notice


def test_a_gateway_that_does_not_answer_is_asked_again(
    city: City, app: Flask, settings: Settings, gateway: Gateway
) -> None:
    with db.transaction():
        open_channel(ChannelKind.SMS, "13900001234", of_organisation=False, by=viewer(city.officer))
    connected = replace(settings, sms_url=gateway.url, sms_template="T-9")
    grave(city)
    noon = clock.site_midnight(clock.today()) + timedelta(hours=12)
    with time_machine.travel(noon, tick=False) as now:
        gateway.status = 500
        assert deliver_now(app, connected) == {"opened": 1, "sent": 0, "failed": 1}
        gateway.status = 200
        now.shift(timedelta(minutes=11))
        assert deliver_now(app, connected) == {"opened": 0, "sent": 1, "failed": 0}
    assert gateway.sent[0]["id"] == gateway.sent[1]["id"]


def test_without_a_channel_the_bureau_telephones_and_notes_who_called(
    city: City, app: Flask, settings: Settings, signed_in: Any
) -> None:
    grave(city)
    deliver_now(app, settings)
    browser = signed_in(db.session.get_one(User, city.supervisor))
    mobile = db.session.get_one(User, city.officer).mobile
    page = browser.get("/calls").text
    assert (f"tel:{mobile}" in page, page.count("/calls/")) == (True, 2)
    mine = visible(SYSTEM, Notice).where(Notice.user_id == city.officer, Notice.stage == NOW)
    notice = db.session.scalars(mine).one().id
    assert browser.post(f"/calls/{notice}").status_code == 303
    db.session.rollback()
    called = db.session.scalars(mine).one()
    assert (called.called_by, called.called_at is not None) == (city.supervisor, True)
    line = db.session.scalars(select(Event.actor).where(Event.verb == "notice.called")).one()
    assert line == f"user:{city.supervisor}"
    assert browser.get("/calls").text.count("/calls/") == 1
    elsewhere = signed_in(db.session.get_one(User, city.elsewhere))
    assert (
        elsewhere.get("/calls").text.count("/calls/"),
        elsewhere.post(f"/calls/{notice}").status_code,
    ) == (0, 404)
    assert signed_in(db.session.get_one(User, city.officer)).get("/calls").status_code == 403
