"""On a phone: the highest pressure beside the temperature, and the second weighing of a liquefied gas."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from equipment.core import clock
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people.models import Paper
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.floor_page import all_is_sent, fills, scan, while_it_fills
from tests.fills.test_pressures import CO2

pytestmark = pytest.mark.browser


def bays(floor: Page, hall: Hall, gas: str, kind: InstrumentKind) -> None:
    """The station's scales are for this gas now; a second scale stands at no bay."""
    floor.set_viewport_size({"width": 390, "height": 844})
    with make.writing():
        db.session.execute(update(Instrument).values(gas=gas, kind=kind))
        db.session.execute(update(Paper).values(covers=["LPG", gas]))
        values = {
            "name": "复秤",
            "number": "F1",
            "kind": InstrumentKind.SCALE,
            "verified_until": clock.today(),
        }
        db.session.add(Instrument(organisation_id=hall.station.id, **values))
    forget_all()
    floor.reload()


def to_weighing(floor: Page, code: str) -> None:
    scan(floor, code)
    floor.locator("[data-pass]").click()
    while_it_fills(floor)
    scan(floor, code)
    expect(floor.locator("#amount")).to_be_focused()


def test_the_highest_pressure_follows_the_temperature(floor: Page, hall: Hall) -> None:
    bays(floor, hall, "O2", InstrumentKind.GAUGE)
    to_weighing(floor, hall.bottle(details=OXYGEN).label_code or "")
    expect(floor.locator("[data-highest]")).to_have_text("最高 15 MPa，20 °C · 未核实")
    floor.locator("#celsius").fill("15")
    expect(floor.locator("[data-highest]")).to_have_text("最高 14.74 MPa，15 °C · 未核实")
    floor.locator("#amount").fill("14.9")
    floor.locator("[data-after='']").click()
    expect(floor.locator(".answer-no")).to_contain_text("放气后重新读数")
    all_is_sent(floor)
    assert [(str(fill.state), fill.pressure_kpa, fill.temperature_dc) for fill in fills()] == [
        ("overfilled", 14_900, 150)
    ]


def test_carbon_dioxide_is_weighed_a_second_time_on_another_scale(floor: Page, hall: Hall) -> None:
    bays(floor, hall, "CO2", InstrumentKind.SCALE)
    to_weighing(floor, hall.bottle(details=CO2).label_code or "")
    floor.locator("#empty").fill("49.7")
    floor.locator("#amount").fill("73.0")
    floor.locator("[data-after='']").click()
    floor.locator("#reweigh").fill("73.1")
    floor.get_by_role("button", name="在 复秤 F1 上复秤").click()
    expect(floor.locator("[data-below-text]")).to_contain_text("低于档案皮重 50.0 kg")
    floor.locator("[data-below-so]").click()
    expect(floor.locator(".tile.is-open")).to_have_count(0)
    all_is_sent(floor)
    [fill] = fills()
    assert (str(fill.state), fill.gross_g, fill.recheck_g, fill.residual_g) == (
        "filled",
        73_000,
        73_100,
        -300,
    )
    assert sorted(fill.flags) == ["below_tare"]
