"""The call desk by keyboard alone in a real Chromium: from the search to closed, and to the statistics."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from equipment.calls.models import RescueCall
from equipment.calls.states import CallState
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.storage import db
from tests.calls.conftest import Town
from tests.maintenance.test_browser import PASSWORD

pytestmark = pytest.mark.browser


def test_a_call_is_worked_on_by_keyboard_alone(app: Flask, town: Town, address: str, page: Page) -> None:
    mobile = town.taker.mobile
    with app.app_context(), db.transaction():
        db.session.get_one(User, town.taker.id).password = hashed_password(PASSWORD, mobile)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", mobile)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")

    page.keyboard.type("银杏花园")  # the search has the focus
    expect(page.locator("[data-match]").first).to_contain_text("银杏花园6号楼1号梯")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk?call=*")
    expect(page.locator("#desk-facts h1")).to_contain_text("银杏花园6号楼1号梯")

    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("轿内两人，一名")
    with page.expect_response("**/desk/live?*"):  # what comes in leaves the box alone
        pass
    page.keyboard.type("老人")
    page.reload()
    expect(page.locator("#desk-text")).to_have_value("轿内两人，一名老人")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(page.locator("#desk-log")).to_contain_text("轿内两人，一名老人")
    expect(page.locator("#desk-text")).to_have_value("")

    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("#desk-facts .rows")).to_contain_text("安达维保")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("[data-urgency]")).to_have_attribute("data-urgency", "there")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("#desk-log")).to_contain_text("解救完成")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("门锁触点")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#desk-facts .marks")).to_contain_text("已办结")

    call = db.session.scalars(select(RescueCall)).one()
    assert (call.state, call.people, call.cause) == (CallState.CLOSED, 2, "door")
    page.goto(f"{address}/rescue/statistics")
    expect(page.locator(".figures")).to_contain_text("100.0 %")
    page.locator(".figure-link").first.click()
    expect(page.locator("#list")).to_contain_text("银杏花园6号楼1号梯")
