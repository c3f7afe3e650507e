"""An import in a real Chromium whose work takes longer than the page waits: the page goes on by itself, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.storage import db
from tests.imports.conftest import at_work

pytestmark = pytest.mark.browser

PASSWORD = "Bottle-2026-list"
FILE = "某站气瓶台账,,,\r\n品种,钢瓶编号,介质,厂家\r\n液化石油气钢瓶,AB0001,液化石油气,某厂\r\n液化石油气钢瓶,AB0002,液化石油气,某厂\r\n合计,2,,\r\n".encode(
    "gb18030"
)


@pytest.fixture
def desk(app: Flask, address: str, owner: User, browser: Browser) -> Iterator[Page]:
    mobile = owner.mobile
    with app.app_context(), db.transaction():
        db.session.get_one(User, owner.id).password = hashed_password(PASSWORD, mobile)
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=mobile]", mobile)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/register/import")
    yield page
    context.close()


def pressed(desk: Page, name: str) -> None:
    desk.get_by_role("button", name=name).click()
    desk.wait_for_load_state()


def test_a_page_that_watches_slow_work_goes_on_by_itself(app: Flask, desk: Page) -> None:
    desk.select_option("select[name=category]", "cylinder")
    desk.set_input_files("input[type=file]", {"name": "台账.csv", "mimeType": "text/csv", "buffer": FILE})
    pressed(desk, "上传并查看")
    expect(desk.locator("#import-now")).to_contain_text("可以离开本页")
    with at_work(app):
        expect(desk.locator("select[name=to_1]")).to_have_value(
            "serial"
        )  # the columns are there without a reload
    assert urlsplit(desk.url).path.startswith("/register/import/")
    pressed(desk, "逐行检查")
    expect(desk.locator("#import-now")).to_contain_text("可以离开本页")
    with at_work(app):
        run = desk.get_by_role("button", name="台（只）")
        expect(run).to_be_visible()
    expect(desk.locator(".head-pre")).not_to_contain_text("正在检查")
    run.click()
    expect(desk.locator("#import-now")).to_contain_text("可以离开本页")
    with at_work(app):
        expect(desk.locator(".head-pre")).to_contain_text("已导入")
