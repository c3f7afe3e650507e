"""The city's morning in a real Chromium: a number opens its list, back leads to the page, the figures beside
it arrive, the sheet is asked for; on a desk and on a phone, and axe finds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.tasks.models import Task
from tests import make
from tests.briefing.test_first_page import office, overdue_ones

pytestmark = pytest.mark.browser
PASSWORD = "Ganlan-Tongxin-62"
AXE = Path(__file__).parent.parent / "browser" / "axe.min.js"
FOUND_BY_AXE = """axe.run(document, {resultTypes: ['violations']}).then(
  found => found.violations.map(one => one.id + ': ' + one.nodes[0].target))"""
SIZES = [(1366, 900), (390, 844)]


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN"}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_number_list_back_and_print(app: Flask, address: str, page: Page, width: int, height: int) -> None:
    overdue_ones(applied=True)
    city = office(make.CITY)
    with app.app_context(), make.writing():
        session.get_one(User, city.id).password = hashed_password(PASSWORD, city.mobile)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", city.mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/")
    expect(page.locator(".brief-line svg")).to_be_visible()
    expect(page.locator("#beside[hx-get]")).to_have_count(0)  # the figures beside have come in its place
    expect(page).to_have_title("首页 · 特种设备全生命周期追溯")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator(".tabs > *:visible").count() == (5 if width < 768 else 0)
    blocks = [page.locator(f".brief-{name}").bounding_box() for name in ("rates", "waits", "areas")]
    rates, waits, areas = (block["y"] for block in blocks if block)
    assert rates < waits < areas if width < 768 else rates < areas < waits
    pills = page.locator(".brief-count").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert [height for height in pills if height > 32] == []
    page.evaluate(AXE.read_text())
    assert page.evaluate(FOUND_BY_AXE) == []

    county = page.locator(".brief-table tbody tr").filter(has_text="白银区").first
    number = county.locator("a[href*='window=unknown']")
    expect(number).to_have_text("1")
    number.click()
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator(".brief-table")).to_be_visible()

    page.locator("form[action='/briefing/paper'] button").click()
    page.wait_for_url(f"{address}/tasks/*")
    with app.app_context():
        assert session.scalars(visible(SYSTEM, Task).with_only_columns(Task.kind)).all() == ["briefing.paper"]
