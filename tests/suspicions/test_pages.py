"""Found at night, looked at and decided by the bureau, seen by nobody else; amounts stated and compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.hazards.models import Finding
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session, transaction
from equipment.suspicions.collecting import is_filled_anywhere, look_through
from equipment.suspicions.models import StatedAmount, Suspicion
from equipment.suspicions.states import SuspicionKind, SuspicionState
from equipment.suspicions.tracing import traced
from tests import make
from tests.fills.conftest import LPG, Hall, hall_of

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def hall(app: Flask) -> Hall:
    return hall_of(app)


def county(area: str = make.COUNTY) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=area)


def filled(hall: Hall, bottle: Equipment, gross_g: int = 31_000, **more: Any) -> str:
    scan = hall.scan(bottle.label_code or "", checks={}).get_json()
    assert hall.result(scan["fill_id"], gross_g=gross_g).status_code == 200
    return str(scan["fill_id"])


def same_gross(hall: Hall) -> None:
    for number in range(5):
        filled(hall, hall.bottle(details=LPG | {"tare_g": 16_400 + 100 * number}))
    with make.writing():  # not one after another within seconds: that is another pattern
        for number, fill in enumerate(session.scalars(visible(SYSTEM, Fill)).all()):
            at = clock.site_midnight(clock.today()) + timedelta(hours=8, minutes=5 * number)
            session.execute(
                update(Fill)
                .where(Fill.id == fill.id)
                .values(happened_at=at, filled_at=at + timedelta(seconds=90))
            )


def rows() -> list[Suspicion]:
    return list(session.scalars(visible(SYSTEM, Suspicion).order_by(Suspicion.kind)))


@pytest.mark.forged
def test_a_day_is_looked_through_once_however_often(hall: Hall) -> None:
    same_gross(hall)
    assert look_through(clock.today()) == 1
    assert look_through(clock.today()) == 0
    (row,) = rows()
    assert (row.kind, row.state, len(row.records)) == (SuspicionKind.SAME_GROSS, SuspicionState.OPEN, 5)
    assert row.figures == {"bottles": 5, "gross_g": 31_000, "spread_g": 400}


@pytest.mark.forged
def test_the_bureau_decides_with_a_reason_and_a_finding_needs_a_bottle(hall: Hall, signed_in: SignIn) -> None:
    same_gross(hall)
    look_through(clock.today())
    (row,) = rows()
    path = f"/suspicions/{row.id}"
    browser = signed_in(county())
    assert "皮重" in browser.get(path).text
    assert browser.post(path, data={"state": "cleared", "reason": ""}).status_code == 422
    assert browser.post(path, data={"state": "finding", "reason": "逐瓶复核"}).status_code == 422
    elsewhere = {"state": "finding", "reason": "逐瓶复核", "at": str(make.new_id())}
    assert browser.post(path, data=elsewhere).status_code == 422
    assert browser.post(path, data={"state": "followed", "reason": "约谈"}).status_code == 302
    assert browser.post(path, data={"state": "cleared", "reason": "电子秤故障已修"}).status_code == 302
    assert browser.post(path, data={"state": "followed", "reason": "再看"}).status_code in (409, 422)
    (row,) = rows()
    assert (row.state, row.reason) == (SuspicionState.CLEARED, "电子秤故障已修")


@pytest.mark.forged
def test_a_finding_goes_to_the_bottle(hall: Hall, app: Flask, signed_in: SignIn) -> None:
    other = hall_of(app, "别家充装站")
    bottle = hall.bottle(details=LPG)
    filled(hall, bottle)
    with make.writing():
        session.execute(
            update(Fill).values(
                on=make.days(-3), filled_at=clock.now() - timedelta(days=3), closed_at=clock.now()
            )
        )
        session.execute(update(Equipment).values(owner_id=other.station.id))
    filled(other, bottle)
    look_through(clock.today())
    (row,) = [row for row in rows() if row.kind == SuspicionKind.TWO_STATIONS]
    assert row.organisation_id == other.station.id
    path = f"/suspicions/{row.id}"
    assert signed_in(county()).post(path, data={"state": "finding", "reason": "未过户"}).status_code == 302
    (finding,) = session.scalars(select(Finding).where(Finding.equipment_id == bottle.id)).all()
    assert "未过户" in finding.description


@pytest.mark.forged
def test_nobody_but_the_bureau_of_its_area_sees_suspicions(hall: Hall, signed_in: SignIn) -> None:
    same_gross(hall)
    look_through(clock.today())
    (row,) = rows()
    path = f"/suspicions/{row.id}"
    owner = make.user(session.get_one(Organisation, hall.station.id), Role.STATION_OWNER)
    assert signed_in(owner).get("/suspicions").status_code == 403
    assert signed_in(owner).get(path).status_code == 403
    elsewhere = county("620421")
    assert signed_in(elsewhere).get(path).status_code == 404
    assert signed_in(county()).get("/suspicions?state=open").status_code == 200
    assert "/suspicions?state=open" in signed_in(county()).get("/").text


@pytest.mark.parametrize(
    ("details", "anywhere"),
    [
        (LPG, False),
        ({"variety": "wound", "medium": "AIR", "use": "breathing"}, True),
        ({"variety": "vehicle_cng", "medium": "CNG"}, True),
        ({"variety": "seamless", "medium": "O2", "fill_approval": "甘市监特批〔2026〕3号"}, True),
        ({"variety": "welded", "medium": "R22", "non_refillable": True}, True),
        ({"variety": "seamless", "medium": "O2", "use": "medical"}, False),
        ({}, False),
    ],
)
def test_which_bottles_go_anywhere(details: dict[str, object], anywhere: bool) -> None:
    assert is_filled_anywhere(details) is anywhere


def test_amounts_are_stated_compared_and_taken_back(hall: Hall, signed_in: SignIn) -> None:
    filled(hall, hall.bottle(), 31_000)
    owner = make.user(session.get_one(Organisation, hall.station.id), Role.STATION_OWNER)
    browser = signed_in(owner)
    typed = {
        "station": str(hall.station.id),
        "on": clock.today().isoformat(),
        "gas": "LPG",
        "source": "scale",
        "kg": "20",
        "paper_no": "2026-11",
    }
    for wrong in (
        {"kg": "二十"},
        {"kg": "-1"},
        {"kg": "nan"},
        {"on": make.days(1).isoformat()},
        {"gas": "XX"},
    ):
        assert browser.post("/fills/amounts", data=typed | wrong).status_code == 422
    assert browser.post("/fills/amounts", data=typed).status_code == 302
    page = browser.get("/fills/amounts").text
    assert "-27.5 %" in page  # 14.5 kg scanned, 20 kg on the scale
    amount = session.scalars(visible(SYSTEM, StatedAmount)).one()
    back = f"/fills/amounts/{amount.id}/back"
    assert browser.post(back, data={"station": str(hall.station.id), "reason": "看错表"}).status_code == 302
    page = browser.get("/fills/amounts").text
    assert "看错表" in page
    assert "-27.5 %" not in page
    strange = make.user(make.station("别家站"), Role.STATION_OWNER)
    assert signed_in(strange).post("/fills/amounts", data=typed).status_code == 403
    assert signed_in(strange).get(f"/fills/amounts?station={hall.station.id}").status_code == 404
    assert signed_in(county()).get(f"/fills/amounts?station={hall.station.id}").status_code == 200
    with transaction():
        assert session.scalars(visible(SYSTEM, StatedAmount)).one().grams == 20_000


def test_declared_stock_and_bottles_without_a_file_lower_the_rate_of_traced_cylinders(
    hall: Hall, signed_in: SignIn
) -> None:
    hall.bottle()
    bureau = viewer_of(county(make.CITY))
    assert traced(bureau, make.CITY, clock.today()) == (1, 1, 0, 0)
    owner = make.user(session.get_one(Organisation, hall.station.id), Role.STATION_OWNER)
    browser = signed_in(owner)
    assert browser.post("/fills/stock", data={"bottles": "-1"}).status_code == 422
    assert browser.post("/fills/stock", data={"bottles": "viele"}).status_code == 422
    for bottles in ("9", "3"):  # the newest counts
        assert browser.post("/fills/stock", data={"bottles": bottles}).status_code == 302
    for _ in range(2):  # the same number twice is one bottle
        hall.scan("4711-0815")
    assert traced(bureau, make.CITY, clock.today()) == (1, 1, 2, 1)
