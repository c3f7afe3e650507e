"""查封、扣押 in a real Chromium: decided with two lines, served, one line released; the register shows the
other."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.storage import db
from tests.orders.town import OrderTown

pytestmark = pytest.mark.browser
PASSWORD = "Seize-2026-goods"


@pytest.fixture
def town(app: Flask) -> OrderTown:
    made = OrderTown()
    with app.app_context(), db.transaction():
        user = db.session.get_one(User, made.county.id)
        user.password = hashed_password(PASSWORD, user.mobile)
    return made


def test_from_the_decision_to_the_register(page: Page, address: str, town: OrderTown) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", town.county.mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(f"{address}/seizures/new")
    page.fill("#unit", "银杏物业")
    page.get_by_role("button", name="继续").click()
    page.fill("#reason", "使用无合格证的减压阀")
    page.select_option("#rule", "other")
    page.fill("#rule_text", "《某规定》第一条")
    for number, name in enumerate(("减压阀", "软管")):
        page.fill(f"#goods-{number}-name", name)
        page.fill(f"#goods-{number}-quantity", "12")
    page.fill("#officers-1-name", "李察")
    page.get_by_role("button", name="作出查封/扣押决定").click()
    expect(page.locator("h1")).to_contain_text("市监特扣")
    page.locator("#serve summary").click()
    page.fill("#serve [name=receiver]", "李安")
    page.get_by_role("button", name="登记送达").click()
    expect(page.locator("dl.facts")).to_contain_text("直接送达并签收")
    page.locator("#goods tbody tr", has_text="减压阀").locator("[name=goods]").check()
    page.fill("#goods [name=document]", "解1号")
    page.get_by_role("button", name="登记处理").click()
    expect(page.locator("dl.facts")).to_contain_text("部分在扣")
    page.goto(f"{address}/seizures/register")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list tbody tr")).to_contain_text("软管")
