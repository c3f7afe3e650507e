"""A refused bottle on the floor page: damage is lifted by two, a wrong record says what is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.fills.conftest import Hall
from tests.fills.floor_page import all_is_sent, fills, scan
from tests.fills.test_treatments import PIN, colleague

pytestmark = pytest.mark.browser


def test_damage_is_lifted_by_the_pin_of_a_second_person(floor: Page, hall: Hall) -> None:
    bottle, second = hall.bottle(), colleague(hall)
    floor.reload()
    scan(floor, bottle.label_code or "")
    expect(floor.get_by_role("button", name="瓶帽")).to_be_hidden()
    expect(floor.get_by_role("button", name="底座")).to_be_visible()
    floor.get_by_role("button", name="变形").click()
    expect(floor.locator(".answer-no")).to_contain_text("R16")
    floor.get_by_role("button", name="已处置").click()
    floor.get_by_label("复核人").select_option(label="李四")
    for digit in "135790":
        floor.locator("[data-panel]").get_by_role("button", name=digit, exact=True).click()
    floor.get_by_role("button", name="确认").click()
    expect(floor.locator("[data-toasts] .is-bad")).to_contain_text("PIN")
    expect(floor.get_by_label("PIN 或卡号")).to_have_value("")
    for digit in PIN:
        floor.locator("[data-panel]").get_by_role("button", name=digit, exact=True).click()
    floor.get_by_role("button", name="确认").click()
    expect(floor.locator("[data-toasts]")).to_contain_text("请重新扫码检查")
    assert [(fill.treatment, fill.treated_second) for fill in fills()] == [("treated", second.id)]
    scan(floor, bottle.label_code or "")
    expect(floor.locator(".answer-yes")).to_have_count(1)


def test_a_wrong_record_is_asked_what_is_wrong_without_losing_the_tap(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-30))
    scan(floor, bottle.label_code or "")
    floor.get_by_role("button", name="信息有误").click()
    expect(floor.get_by_text("已记录。")).to_be_visible()
    assert [(fill.treatment, fill.treatment_remark) for fill in fills()] == [("wrong_file", "")]
    floor.get_by_role("button", name="检验日期").click()
    floor.get_by_role("button", name="皮重或容积").click()
    floor.get_by_label("补充说明").fill("钢环 2027.03")
    floor.get_by_role("button", name="皮重或容积").click()
    expect(floor.locator("[data-panel] [data-photo]")).to_have_count(1)
    all_is_sent(floor)
    assert [fill.treatment_remark for fill in fills()] == ["检验日期；钢环 2027.03"]
