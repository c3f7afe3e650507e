"""The list of what is due in a real Chromium: what filters change without loading the page anew."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.storage import db
from tests.dues.town import Town, lift, town

pytestmark = pytest.mark.browser
PASSWORD = "Due-2026-inspect"


@pytest.fixture
def at(app: Flask) -> Town:
    made = town()
    with app.app_context(), db.transaction():
        inspector = db.session.get_one(User, made.inspector.id)
        inspector.password = hashed_password(PASSWORD, made.inspector.mobile)
    return made


def test_the_list_made_follows_a_filter_that_was_changed_on_the_page(
    page: Page, address: str, at: Town
) -> None:
    lift(at)
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", at.inspector.mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(f"{address}/dues")
    page.select_option("#f-window", "90")
    page.wait_for_url("**/dues?*window=90*")
    page.click("#list-from-these")
    expect(page.locator("#window")).to_have_value("90")
