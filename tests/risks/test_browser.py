"""The bureau in a real Chromium: from the red list to a piece and its reasons; a weight is changed after its preview, and
the colours move once the work is done."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from equipment.core import clock
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import Role
from equipment.regulation.clauses import Grade
from equipment.risks.grading import grade_all
from equipment.storage import db
from tests import make
from tests.maintenance.test_browser import PASSWORD
from tests.orders.town import OrderTown
from tests.rules.test_coming import settle, worker
from tests.supervision.test_browser import sign_in

__all__ = ["worker"]  # a fixture of the tests of rules
pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture
def chief(app: Flask, town: OrderTown) -> User:
    """An administrator of the city, where one lift is red and one yellow."""
    person = make.user(town.bureau, Role.ADMINISTRATOR, name="吴立新", area=make.CITY)
    with app.app_context(), db.transaction():
        db.session.get_one(User, person.id).password = hashed_password(PASSWORD, person.mobile)
    with app.app_context():
        town.hazard(Grade.MAJOR, "4.6b")
        town.lift = town.second_lift
        town.hazard()
        grade_all(clock.today())
        db.session.rollback()
    return person


@pytest.mark.usefixtures("worker")
def test_from_the_red_list_to_a_weight_that_moves_the_colours(
    address: str, page: Page, chief: User, town: OrderTown
) -> None:
    sign_in(page, address, chief.mobile)
    page.goto(f"{address}/risks")
    figures = page.locator(".figure-value")
    expect(figures).to_have_text(["1", "0", "1", "0"])
    figures.first.click()
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator("#list tbody tr a.strong").click()
    expect(page.locator(".risk-big .mark")).to_have_text("红色（重大风险）")
    reasons = page.locator(".risk-reasons li")
    expect(reasons).to_have_count(3)
    reasons.first.locator(".cite summary").click()
    expect(reasons.first.locator(".cite")).to_contain_text("未见官方评分表")
    page.goto(f"{address}/rules/risk/likelihood.hazard_general")
    page.fill("[name=value]", "60")
    page.locator("form[action$='/preview'] [name=cite]").fill("局长办公会纪要〔2026〕3号")
    page.click("form[action$='/preview'] button[type=submit]")
    expect(page.locator("main")).to_contain_text("在用设备 2 台中，1 台等级变化")
    expect(page.locator("main")).to_contain_text("黄色（一般风险） → 红色（重大风险）")
    page.click("form[action$='/set'] button[type=submit]")
    page.wait_for_url(f"{address}/rules/risk/likelihood.hazard_general")
    settle()
    page.goto(f"{address}/risks?colour=red")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    expect(page.locator(".figure-value")).to_have_text(["2", "0", "0", "0"])
