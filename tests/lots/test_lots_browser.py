"""A shared tablet at the yard in a real Chromium: a lot is opened, bottles are shot into it with a gun, it is handed
over by whoever is on duty."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.lots.models import Lot
from equipment.people.models import OnDuty
from equipment.people.rules import DeviceKind, OrganisationKind, Role
from equipment.register.codes import make_code
from equipment.register.ring import keys
from equipment.storage import db
from tests import make

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture(autouse=True)
def _today() -> None:
    """The browser shares no clock with the tests: it is today."""


def test_a_tablet_packs_a_lot_and_hands_it_over(app: Flask, address: str, context: BrowserContext) -> None:
    station = make.station("城区气站")
    make.organisation(OrganisationKind.BODY, "检验所")
    worker = make.user(station, Role.OPERATOR, name="王师傅", certificate="P")
    bottles = [
        make.equipment("cylinder", code=make_code(keys()), owner_id=station.id, medium="LPG", details=DETAILS)
        for _ in range(2)
    ]
    codes = [bottle.label_code or "" for bottle in bottles]
    device, token = make.device(station, DeviceKind.FLOOR)
    with make.writing():
        db.session.add(
            OnDuty(
                organisation_id=station.id,
                id=new_id(),
                device_id=device.id,
                user_id=worker.id,
                since=clock.now(),
            )
        )
    context.add_cookies([{"name": "floor_device", "value": token, "url": address}])
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/lots/new")
    page.locator("form.card button[type=submit]").click()
    page.get_by_role("link", name="Scan bottles into it").or_(
        page.get_by_role("link", name="扫码放入")
    ).click()
    for code in (codes[0], codes[1], codes[0]):
        page.locator("#scan-box").press_sequentially(code)
        page.locator("#scan-box").press("Enter")
        page.locator(".answer").wait_for()
    expect(page.locator(".count-value")).to_have_text("2")
    expect(page.locator(".answer-wait")).to_be_visible()  # the third was the first again
    page.locator("a.big-main").click()
    page.locator("form[action$='/hand-over'] button").click()
    expect(page.locator(".facts")).to_contain_text("王师傅")
    lot = db.session.query(Lot).one()
    assert (str(lot.state), lot.handed_by) == ("on_way", worker.id)


DETAILS = {"variety": "lpg", "medium": "LPG", "model": "YSP35.5", "volume_ml": 35500, "tare_g": 16500}
