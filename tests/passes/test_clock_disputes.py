"""Nobody vouches for the device's time: its word stands beside ours until the bureau decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import ClockDecision, Fill
from equipment.hazards.models import Finding
from equipment.passes.disputes import dispute_keys, disputes_with, waiting_disputes
from equipment.people.models import Device, User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.storage.db import session
from tests import make
from tests.fills.conftest import Hall, hall_of

SignIn = Callable[[User], FlaskClient]
EPOCH = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)


@pytest.fixture
def hall(app: Flask) -> Hall:
    return hall_of(app)


def heard_from(hall: Hall, ago: timedelta | None) -> None:
    """When the device last spoke to us live."""
    seen_at = clock.now() - ago if ago is not None else None
    with make.writing():
        session.execute(update(Device).where(Device.id == hall.device.id).values(seen_at=seen_at))


def scanned(hall: Hall, at: datetime, **more: Any) -> UUID:
    answer = hall.scan(hall.bottle().label_code or "", happened_at=at.isoformat(), **more)
    assert answer.status_code == 201, answer.text
    return UUID(answer.get_json()["fill_id"])


@pytest.mark.parametrize(
    ("at", "queued", "last_contact", "waits"),
    [
        pytest.param(EPOCH, True, timedelta(hours=3), True, id="the clock stood at 1970"),
        pytest.param(EPOCH, True, None, True, id="1970, and never heard of before"),
        pytest.param(timedelta(hours=26), True, timedelta(hours=3), True, id="before it last spoke to us"),
        pytest.param(timedelta(hours=-5), True, timedelta(hours=3), True, id="ahead of us"),
        pytest.param(
            timedelta(hours=2), True, timedelta(hours=3), False, id="in the hours without a network"
        ),
        pytest.param(timedelta(hours=5), False, timedelta(hours=3), False, id="live: our own clock counts"),
        pytest.param(EPOCH, False, timedelta(hours=3), False, id="live from 1970: our own clock counts"),
    ],
)
def test_what_is_to_be_verified_for_its_time(
    hall: Hall, at: datetime | timedelta, queued: bool, last_contact: timedelta | None, waits: bool
) -> None:
    heard_from(hall, last_contact)
    scanned(hall, clock.now() - at if isinstance(at, timedelta) else at, queued=queued)
    assert waiting_disputes(SYSTEM) == (1 if waits else 0)


def test_a_queue_sent_in_any_order_and_sent_again_disputes_nothing(hall: Hall) -> None:
    heard_from(hall, timedelta(hours=3))
    queue = [
        {
            "scan_id": str(new_id()),
            "code": hall.bottle().label_code,
            "gas": "LPG",
            "happened_at": (clock.now() - timedelta(minutes=minutes)).isoformat(),
            "queued": True,
        }
        for minutes in (150, 100, 50, 20)
    ]
    first, second, third, last = queue
    assert [hall.send("POST", "/fills", body).status_code for body in (third, first, last, second)] == [
        201
    ] * 4
    answers = hall.send("POST", "/fills/batch", {"scans": [*reversed(queue), *queue]}).get_json()["answers"]
    assert {answer["status"] for answer in answers} == {200}
    assert (session.scalar(select(func.count()).select_from(Fill)), waiting_disputes(SYSTEM)) == (4, 0)


def test_a_doubted_scan_sent_again_is_one_entry(hall: Hall) -> None:
    body = {
        "scan_id": str(new_id()),
        "code": hall.bottle().label_code,
        "gas": "LPG",
        "happened_at": EPOCH.isoformat(),
        "queued": True,
    }
    assert [hall.send("POST", "/fills", body).status_code for _ in range(3)] == [201, 200, 200]
    assert waiting_disputes(SYSTEM) == 1


def supervisor() -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=make.COUNTY)


def fill_of(fill_id: UUID) -> Fill:
    return session.scalars(select(Fill).where(Fill.id == fill_id)).one()


@pytest.mark.parametrize(
    ("ruling", "word", "findings"), [("no_violation", "已查明", 0), ("violation", "虚报，违规", 1)]
)
def test_the_bureau_decides_with_both_words_before_it(
    hall: Hall, app: Flask, signed_in: SignIn, ruling: str, word: str, findings: int
) -> None:
    fill_id = scanned(hall, EPOCH, queued=True)
    fill = fill_of(fill_id)
    address = f"/fills/{fill.equipment_id}/{fill_id}"
    county, owner = supervisor(), make.user(hall.station, Role.STATION_OWNER)
    stranger = make.user(hall_of(app, "别家充装站").station, Role.STATION_OWNER)
    for person, seen in ((county, True), (owner, True), (stranger, False)):
        page = signed_in(person).get("/fills/disputed").text
        assert [text in page for text in ("1970-01-01", address)] == [seen, seen]
        assert ("/fills/disputed" in signed_in(person).get("/").text) is seen
    form = {"ruling": ruling, "reason": "网关断电，时钟归零；秤和监控一致"}
    assert signed_in(owner).post(f"{address}/clock", data=form).status_code == 403
    assert signed_in(stranger).post(f"{address}/clock", data=form).status_code in (403, 404)
    browser = signed_in(county)
    assert browser.post(f"{address}/clock", data={**form, "reason": " "}).status_code == 422
    assert browser.post(f"{address}/clock", data={**form, "ruling": "pending"}).status_code == 422
    assert session.scalar(select(func.count()).select_from(ClockDecision)) == 0
    assert browser.post(f"{address}/clock", data=form).status_code == 302
    assert browser.post(f"{address}/clock", data=form).status_code == 409
    assert waiting_disputes(SYSTEM) == 0
    assert address not in browser.get("/fills/disputed").text
    decided = browser.get(f"/fills/disputed?ruling={ruling}&kind=clock").text
    assert [text in decided for text in (address, word, form["reason"])] == [True] * 3
    assert form["reason"] in signed_in(owner).get(address).text
    found = session.scalars(select(Finding.description).where(Finding.source_id == fill_id)).all()
    assert len(found) == findings
    assert all("1970-01-01 08:05:00" in description for description in found)


def test_what_was_forbidden_as_well_is_decided_as_that_alone(hall: Hall) -> None:
    heard_from(hall, timedelta(hours=3))
    overdue = hall.bottle(inspection_due_on=make.days(-1))
    answer = hall.scan(overdue.label_code or "", happened_at=EPOCH.isoformat(), queued=True).get_json()
    assert hall.result(answer["fill_id"], gross_g=31_000, queued=True).status_code == 200
    assert waiting_disputes(SYSTEM) == 0


def test_the_list_takes_one_kind_and_one_decision(hall: Hall) -> None:
    fill_id = scanned(hall, EPOCH, queued=True)
    for kind, ruling, listed in (
        ("", "", 1),
        ("clock", "pending", 1),
        ("clock", "violation", 0),
        ("list", "", 0),
        ("other", "", 1),
    ):
        keys = dispute_keys(SYSTEM, kind, ruling).c
        rows = session.execute(select(keys.equipment_id, keys.scan_id, keys.kind)).all()
        entries = disputes_with([tuple(row) for row in rows])
        assert [entry.fill.id for entry in entries if entry.fill] == [fill_id] * listed
