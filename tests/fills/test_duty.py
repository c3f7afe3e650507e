"""Who stands at a shared device, and under whose name its scans are recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask_security import hash_password
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Scan
from equipment.ledger.models import Event
from equipment.people.models import Device, OnDuty, User
from equipment.people.rules import DeviceKind, Role
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago


@pytest.fixture
def shift(hall: Hall) -> tuple[Hall, User]:
    """The hall's person on duty at a shared tablet since this morning, and a colleague."""
    with hall.app.app_context():
        pin = hash_password("2468")
    colleague = make.user(hall.station, Role.OPERATOR, name="李四", certificate="P", pin_hash=pin)
    device, hall.token = make.device(hall.station, DeviceKind.FLOOR)
    hall.device = device
    on_duty(hall, hall.person, clock.now() - timedelta(hours=3))
    db.session.expunge_all()
    return hall, colleague


def on_duty(hall: Hall, person: User, since: datetime) -> None:
    with make.writing():
        for duty in db.session.scalars(select(OnDuty).where(OnDuty.until.is_(None))):
            duty.until = since
        db.session.add(
            OnDuty(
                organisation_id=hall.station.id,
                id=new_id(),
                device_id=hall.device.id,
                user_id=person.id,
                since=since,
            )
        )


def test_a_scan_belongs_to_whoever_is_on_duty_a_late_one_to_who_was(shift: tuple[Hall, User]) -> None:
    hall, colleague = shift
    first, colleague_id = hall.person.id, colleague.id
    hall.scan(hall.bottle().label_code or "")
    at = clock.now() - timedelta(minutes=5)
    on_duty(hall, colleague, at)
    with make.writing():
        db.session.get_one(Device, hall.device.id).seen_at = at - timedelta(hours=1)
    hall.scan(hall.bottle().label_code or "")
    hall.scan(
        hall.bottle().label_code or "", queued=True, happened_at=(at - timedelta(minutes=9)).isoformat()
    )
    people = db.session.scalars(select(Scan.user_id).order_by(Scan.received_at)).all()
    assert people == [first, colleague_id, first]


def test_nobody_leaves_what_is_open_but_a_colleague_takes_it_over_by_name(shift: tuple[Hall, User]) -> None:
    hall, colleague = shift
    fill_id = hall.scan(hall.bottle().label_code or "").get_json()["fill_id"]
    colleague_id = str(colleague.id)
    left = hall.send("DELETE", "/duty", {})
    assert (left.status_code, left.get_json()["fields"]) == (
        409,
        {"open": "还有 1 瓶未完成：处理完，或由接班人接手。"},
    )
    taken = hall.send("POST", "/duty", {"user_id": colleague_id, "pin": "2468"})
    assert taken.get_json()["on_duty"]["name"] == "李四"
    began = db.session.scalars(select(Event.payload).where(Event.verb == "duty.began")).all()
    assert fill_id in began[-1]
    hall.send("POST", f"/fills/{fill_id}/void", {"happened_at": ago()})
    assert hall.send("DELETE", "/duty", {}).status_code == 200
