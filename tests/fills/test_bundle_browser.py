"""集格 on a phone: one scan is one place with all its cylinders, a red one is named and the bundle taken off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.floor_page import all_is_sent, fills, scan, while_it_fills
from tests.fills.test_bundle_fills import Frame
from tests.fills.test_manifolds_browser import hooked, row

__all__ = ["row"]
pytestmark = pytest.mark.browser


def test_a_bundle_is_one_place_with_all_its_cylinders(row: Page, hall: Hall) -> None:
    frame = Frame(hall)
    scan(row, frame.whole.label_code or "")
    expect(row.locator("[data-detail]")).to_contain_text("集格 3 只：瓶-1、瓶-2、瓶-3")
    row.locator("[data-pass]").click()
    hooked(row, 1)
    expect(row.locator("[data-bottle]")).to_contain_text("集格 3 只")
    scan(row, frame.inside[0].label_code or "")
    expect(row.locator("[data-reasons]")).to_contain_text("集格 JG-01 正在充装")
    hooked(row, 1)
    row.locator("[data-start]").click()
    row.locator("#pressure").fill("14.1")
    row.locator("#celsius").fill("20")
    row.locator("[data-end]").click()
    expect(row.locator("[data-detail]")).to_have_text("充装结束：合格 1 只，不合格 0 只")
    all_is_sent(row)
    assert [str(fill.state) for fill in fills()] == ["filled"] * 4


def test_a_red_cylinder_keeps_the_others_waiting_until_its_bundle_is_off(row: Page, hall: Hall) -> None:
    frame = Frame(hall, inspection_due_on=make.days(-3))
    scan(row, hall.bottle(details=OXYGEN, own_number="好-1").label_code or "")
    row.locator("[data-pass]").click()
    hooked(row, 1)
    while_it_fills(row)
    scan(row, frame.whole.label_code or "")
    expect(row.locator("[data-reasons]")).to_contain_text("集格内：瓶-3")
    expect(row.locator("[data-start]")).to_be_disabled()
    row.locator("[data-panel] [data-off]").click()
    expect(row.locator("[data-start]")).to_be_enabled()
