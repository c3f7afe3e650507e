"""计量器具 in a real Chromium: an owner enters a certificate that failed; the bureau draws a list, types a result
back and finds it in the share."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from equipment.core import clock
from equipment.people.credentials import hashed_password
from equipment.storage import db
from tests import make
from tests.instruments.test_instruments import Town

pytestmark = pytest.mark.browser
PASSWORD = "Scale-2026-verify"


@pytest.fixture
def town(app: Flask) -> Town:
    made = Town()
    with app.app_context(), db.transaction():
        for who in ("owner", "supervisor"):
            user = made.user(who)
            user.password = hashed_password(PASSWORD, user.mobile)
            made.mobiles[who] = user.mobile
    return made


def sign_in(page: Page, address: str, mobile: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_from_a_failed_certificate_to_the_list_and_the_share(page: Page, address: str, town: Town) -> None:
    sign_in(page, address, town.mobiles["owner"])
    page.goto(f"{address}/instruments")
    page.get_by_role("link", name="S1 S1").click()
    page.get_by_role("link", name="登记检定").click()
    page.select_option("#result", "failed")
    page.fill("#body", "市计量所")
    page.fill("#number", "BH-7")
    page.fill("#valid_until", "")
    page.click("main button[type=submit]")
    expect(page.locator(".flashes")).to_contain_text("检定不合格，器具停用")
    expect(page.locator("dl.facts")).to_contain_text("检定不合格")
    sign_in(page, address, town.mobiles["supervisor"])
    page.goto(f"{address}/instruments/lists/new")
    page.fill("#body", "市计量所")
    page.get_by_role("button", name="生成送检清单").click()
    expect(page.locator("#list tbody tr")).to_have_count(2)
    row = page.locator("#list tbody tr", has_text="G1")
    row.locator("[name^=result-]").select_option("passed")  # nothing is preset
    row.locator("[name^=number-]").fill("C-9")
    row.locator("[name^=on-]").fill(clock.today().isoformat())
    row.locator("[name^=until-]").fill(make.days(170).isoformat())
    page.get_by_role("button", name="保存检定结果").click()
    expect(page.locator("#list tbody tr", has_text="G1")).to_contain_text("合格 C-9")
    page.goto(f"{address}/instruments/share")
    expect(page.locator(".figure-value").first).to_have_text("100.00 %")
    page.locator(".figure-link").first.click()
    expect(page.locator("#list tbody tr")).to_have_count(1)
