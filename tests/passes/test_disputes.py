"""A phone said yes without a network, the register says no: both words stand side by side until the bureau decides."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.forbidden import rule_on
from equipment.fills.models import ForbiddenFill
from equipment.fills.states import Ruling
from equipment.passes.actions import issue_list
from equipment.passes.disputes import ListWord, disputed_fills, list_disputes
from equipment.passes.models import PassList
from equipment.people.models import Device, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.storage.db import session, transaction
from tests import make
from tests.fills.conftest import Hall, hall_of

SignIn = Callable[[User], FlaskClient]
UNTIL = make.days(300)


@pytest.fixture
def hall(app: Flask) -> Hall:
    return hall_of(app)


def filled_offline(hall: Hall, bottle: Equipment, passed: dict[str, Any]) -> str:
    """Scanned and weighed an hour ago, on this day, without a network, sent now; the bottle was locked meanwhile."""
    with make.writing():
        session.execute(
            update(Device).where(Device.id == hall.device.id).values(seen_at=clock.now() - timedelta(hours=2))
        )
    at = max(clock.now() - timedelta(hours=1), clock.site_midnight(clock.today())).isoformat()
    scan = hall.scan(bottle.label_code or "", happened_at=at, queued=True, passed=passed).get_json()
    answer = hall.result(
        scan["fill_id"], gross_g=31_000, happened_at=at, queued=True, result_id=str(new_id())
    )
    assert answer.status_code == 200, answer.text
    return str(scan["fill_id"])


def disputed(hall: Hall, passed: dict[str, Any], **more: Any) -> ListWord:
    bottle = hall.bottle()
    issue_list(hall.station.id)
    for name, value in more.items():
        with make.writing():
            session.execute(update(PassList).values({name: value}))
    with make.writing():
        session.execute(
            update(Equipment).where(Equipment.id == bottle.id).values(inspection_due_on=make.days(-1))
        )
    filled_offline(hall, bottle, passed)
    (dispute,) = list_disputes(session.scalars(disputed_fills(SYSTEM)).all())
    assert [reason["code"] for reason in dispute.forbidden.reasons] == ["R07"]
    return dispute.word


@pytest.mark.parametrize(
    ("passed", "more", "word"),
    [
        pytest.param({"sequence": 1, "until": str(UNTIL)}, {}, ListWord.TRUE, id="the list said so"),
        pytest.param(
            {"sequence": 1, "until": "2030-01-01"}, {}, ListWord.OTHER_DAY, id="edited on the phone"
        ),
        pytest.param(
            {"sequence": 9, "until": str(UNTIL)}, {}, ListWord.NO_SUCH_LIST, id="a list nobody issued"
        ),
        pytest.param(
            {"sequence": 1, "until": str(UNTIL)}, {"content": None}, ListWord.NOT_KEPT, id="too old"
        ),
    ],
)
def test_the_phones_word_is_looked_up_in_its_list(
    hall: Hall, passed: dict[str, Any], more: dict[str, Any], word: ListWord
) -> None:
    assert disputed(hall, passed, **more) is word


def test_a_bottle_that_was_in_no_list(hall: Hall) -> None:
    issue_list(hall.station.id)
    filled_offline(hall, hall.bottle(inspection_due_on=make.days(-1)), {"sequence": 1, "until": None})
    (dispute,) = list_disputes(session.scalars(disputed_fills(SYSTEM)).all())
    assert dispute.word is ListWord.NOT_IN_LIST


def test_what_the_register_allows_is_no_dispute_and_says_how_it_was_allowed(hall: Hall) -> None:
    bottle = hall.bottle()
    fill_id = filled_offline(hall, bottle, {"sequence": 1, "until": str(UNTIL)})
    headers = {"Authorization": f"Bearer {hall.token}"}
    fills = hall.client().get("/api/v1/fills", headers=headers).get_json()["fills"]
    (fill,) = [fill for fill in fills if fill["fill_id"] == fill_id]
    assert (fill["state"], fill["flags"]) == ("filled", ["by_list", "no_pre_check"])
    assert session.scalars(disputed_fills(SYSTEM)).all() == []


def test_the_page_is_worked_off_by_the_bureau_and_seen_by_the_station_alone(
    hall: Hall, app: Flask, signed_in: SignIn
) -> None:
    disputed(hall, {"sequence": 1, "until": str(UNTIL)})
    county = make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=make.COUNTY)
    owner = make.user(hall.station, Role.STATION_OWNER)
    other = make.user(hall_of(app, "别家充装站").station, Role.STATION_OWNER)
    for person, seen in ((county, True), (owner, True), (other, False)):
        page = signed_in(person).get("/fills/disputed").text
        assert ("超期未检" in page) is seen
        home = signed_in(person).get("/").text
        assert ("/fills/disputed" in home) is seen
    row = session.scalars(disputed_fills(SYSTEM)).one()
    with transaction():
        forbidden = session.get_one(ForbiddenFill, (row.equipment_id, row.scan_id))
        rule_on(forbidden, Ruling.NO_VIOLATION, "断网时清单确认可充", by=viewer_of(county))
    assert "超期未检" not in signed_in(county).get("/fills/disputed").text
    assert "断网时清单确认可充" in signed_in(county).get("/fills/disputed?ruling=").text
    assert not re.search(r"/fills/disputed", signed_in(county).get("/").text)
