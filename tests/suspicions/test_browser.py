"""Deciding on a phone, in a real Chromium: with one thumb, without scrolling or typing."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.suspicions.collecting import look_through
from equipment.suspicions.models import Suspicion
from equipment.suspicions.states import SuspicionState
from tests import make
from tests.suspicions.frauds import Frauds

pytestmark = [pytest.mark.browser, pytest.mark.forged]
WIDTH, HEIGHT, THUMB = 390, 844, 48
PASSWORD = "Ganlan-Tongxin-62"


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


def test_one_thumb_decides_and_is_led_to_the_next(app: Flask, address: str, page: Page) -> None:
    frauds = Frauds()
    frauds.same_gross()
    frauds.silent()
    assert look_through(make.days(-1)) == 2
    bureau = make.organisation(OrganisationKind.REGULATOR)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    supervisor = make.user(bureau, Role.SUPERVISOR, area=make.COUNTY)
    with app.app_context(), make.writing():
        session.get_one(User, supervisor.id).password = hashed_password(PASSWORD, supervisor.mobile)
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", supervisor.mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/oversight")
    page.locator(".figure-link[href*='state=open']").click()
    page.locator("#list tbody tr").first.locator("a").first.click()
    for left in (1, 0):
        for button in page.locator(".decision-row button").all():
            box = button.bounding_box()
            assert box is not None
            menu = page.locator(".tabs").bounding_box()
            assert menu is not None
            # in sight without scrolling, in the lower half, above the menu, as large as a thumb
            assert HEIGHT / 2 < box["y"] < box["y"] + box["height"] <= menu["y"]
            assert min(box["width"], box["height"]) >= THUMB
        page.locator("select[name=usual]").select_option(index=1)
        page.locator(".decision-cleared").click()
        expect(page.locator(".flashes, .toasts").first).to_be_attached()
        open_ones = visible(SYSTEM, Suspicion).where(Suspicion.state == SuspicionState.OPEN)
        page.wait_for_load_state()
        session.rollback()
        assert len(session.scalars(open_ones).all()) == left
    assert page.url == f"{address}/oversight"
