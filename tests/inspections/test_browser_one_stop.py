"""From unit to body and back in a real Chromium: 报检 for many, a day, a notice, its answer, its confirmation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from equipment.core import clock
from equipment.core.months import add_months
from equipment.inspections import opinions
from equipment.inspections.rules import Conclusion
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.storage import db
from tests.dues.town import Town, lift, town
from tests.inspections.recording import record, result

pytestmark = pytest.mark.browser
PASSWORD = "One-Stop-2026"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def at(app: Flask) -> Town:
    made = town()
    with app.app_context(), db.transaction():
        for person in (made.inspector, made.officer):
            user = db.session.get_one(User, person.id)
            user.password = hashed_password(PASSWORD, person.mobile)
    return made


def signed_in_as(page: Page, address: str, user: User) -> Page:
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", user.mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/")
    return page


def test_a_form_goes_from_the_units_phone_to_the_bodys_desk_and_a_notice_back(
    page: Page, browser: Browser, address: str, app: Flask, at: Town
) -> None:
    soon = add_months(clock.today(), -11)
    for _ in range(2):
        lift(at, base_on=soon, in_use_since=soon, made_on=add_months(soon, -2))
    phone = browser.new_context(viewport=PHONE, has_touch=True).new_page()
    signed_in_as(phone, address, at.officer)
    phone.goto(f"{address}/applications/new?days=180")
    expect(phone.locator("input[name=id]:checked")).to_have_count(2)
    phone.click("form.joint button[type=submit]")
    expect(phone.locator("h1")).to_contain_text("BJ-")
    desk = signed_in_as(page, address, at.inspector)
    desk.goto(phone.url)
    desk.check("[data-bulk-all]")
    desk.fill("[name=planned_on]", (clock.today() + timedelta(days=5)).isoformat())
    desk.click("form.joint button[type=submit] >> nth=0")
    expect(desk.locator("tbody .mark-green")).to_have_count(2)
    with app.app_context():
        failed = record(at, lift(at), result(Conclusion.FAILED, on=clock.today()))
        form = f"/inspections/{failed.equipment_id}/{failed.id}/opinion"
    desk.goto(f"{address}{form}")
    desk.fill("[name=open_items]", "制动器间隙过大\n照明不亮")
    desk.click("main button[type=submit]")
    expect(desk.locator(".opinion-item")).to_have_count(2)
    phone.goto(desk.url)
    for _ in range(2):
        phone.locator("textarea[name=answer]").first.fill("已整改")
        phone.locator(".opinion-item button[type=submit]").first.click()
        phone.wait_for_load_state()
    expect(phone.locator("textarea[name=answer]")).to_have_count(0)
    desk.reload()
    desk.locator("main form[action$='/confirm'] button").last.click()
    desk.wait_for_load_state()
    with app.app_context():
        opinion = opinions.opinion_of(SYSTEM, failed)
        assert opinion is not None
        assert str(opinion.state) == "closed"
