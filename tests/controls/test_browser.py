"""Controls in a real Chromium: an officer's three taps on a phone without a network, there once when it is back;
a serious problem; the director signs his week; the bureau sees the missing day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserType, Page, expect
from sqlalchemy import select

from equipment.controls import posts, risk_lists
from equipment.controls.models import ControlDay, ControlFinding, DailyControl
from equipment.controls.nightly import open_controls
from equipment.controls.queries import control_reports
from equipment.controls.rules import ControlDayState, ControlPost
from equipment.controls.states import ControlReportState
from equipment.core import clock
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage import db
from tests.browser.asking import holds, until
from tests.browser.test_days import ENGLISH
from tests.controls.test_controls import LONG_AGO, site
from tests.maintenance.test_browser import PASSWORD
from tests.maintenance.test_offline import wait_kept
from tests.orders.town import OrderTown
from tests.supervision.test_browser import opened, photo, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture
def town(app: Flask) -> OrderTown:
    """A unit with a list and a director; the week before this one had one expected day, on which nobody
    controlled."""
    made = OrderTown()
    monday = clock.today() - timedelta(days=clock.today().weekday() + 7)
    with app.app_context():
        with db.transaction():
            for user in (made.officer, made.county):
                there = db.session.get_one(User, user.id)
                there.password = hashed_password(PASSWORD, user.mobile)
            for piece in db.session.scalars(select(Equipment)):
                piece.created_at = LONG_AGO
            by = made.by("officer")
            user = db.session.get_one(User, made.officer.id)
            posts.appoint(ControlPost.DIRECTOR, user.name, monday, by=by, user=user)
            risk_lists.adopt_list(risk_lists.begin_list("elevator", by=by), by=by)
        with clock.played(site(monday, "00:10")):
            open_controls(monday)
        open_controls(clock.today())
    db.session.rollback()
    return made


def on_file() -> list[DailyControl]:
    db.session.rollback()
    return list(db.session.scalars(visible(SYSTEM, DailyControl).order_by(DailyControl.received_at)))


def test_three_taps_without_a_network_are_on_file_once_it_is_back(
    town: OrderTown,
    address: str,
    tmp_path: Path,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> None:
    context, page = opened(browser_type, browser_type_launch_args, tmp_path)
    sign_in(page, address, town.officer.mobile)
    page.goto(f"{address}/controls/today")
    wait_kept(page, "/controls/start/elevator")
    until(page, "localStorage.getItem('device_tokens')")
    context.set_offline(True)
    page.click(".job-link")  # the first tap
    expect(page.locator("[data-offline-bar]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert ENGLISH.findall(page.inner_text("body")) == []
    page.click(".control-answer")  # the second
    page.click("[data-control-quick]")  # the third
    expect(page.locator("[data-control-waits]")).to_be_visible()
    holds(page, 1)
    assert on_file() == []
    context.set_offline(False)  # not opened anew: what goes out in that moment would be gone from the page
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_url("**/controls/daily/**", timeout=120_000)
    holds(page, 0)
    (control,) = on_file()
    assert (control.nothing_found, control.officer, control.list_version) == (True, "李安", 1)
    expect(page.locator("main")).to_contain_text("按时完成")
    page.goto(f"{address}/controls/start/elevator")
    expect(page.locator("main")).to_contain_text("当日日管控已完成")
    expect(page.locator("[data-control-kept]")).to_be_hidden()
    page.locator("[data-item-wrong]").nth(1).click()
    page.fill("[name=problem-1-text]", "报警装置无应答")
    page.select_option("[name=problem-1-piece]", str(town.lift.id))
    page.locator("[name=problem-1-grade][value=serious]").check()
    page.set_input_files("[data-control-file]", photo())
    expect(page.locator("[data-control-photos] li")).to_have_count(1)
    page.click("[data-control-send]")
    expect(page.locator("[data-control-say]")).to_contain_text("请说明设备是否已停用")
    page.locator("[name=problem-1-stopped][value=yes]").check()
    page.click("[data-control-send]")
    page.wait_for_url("**/controls/daily/**")
    assert [(one.nothing_found, len(one.photos)) for one in on_file()] == [(True, 0), (False, 1)]
    (problem,) = db.session.scalars(visible(SYSTEM, ControlFinding)).all()
    assert (problem.stopped, problem.text, problem.finding_id is None) == (True, "报警装置无应答", False)
    context.close()


def test_the_director_signs_the_week_and_the_bureau_sees_the_missing_day(
    town: OrderTown, address: str, page: Page
) -> None:
    page.set_viewport_size({"width": 1366, "height": 900})
    sign_in(page, address, town.officer.mobile)
    page.goto(f"{address}/controls/reports?state=open&kind=week")
    page.locator("td a").first.click()
    expect(page.locator("main")).to_contain_text("每周电梯安全排查治理报告")
    assert ENGLISH.findall(page.inner_text("main")) == []
    page.click("button[formaction]")
    expect(page.locator("[data-focus]")).to_contain_text("请填写风险分析研判")
    page.fill("[name=analysis]", "一天未检查，已补充排班")
    page.fill("[name=next_plan]", "排班到人")
    page.click("button[formaction]")
    expect(page.locator("main")).to_contain_text("待主要负责人签字")
    db.session.rollback()
    (report,) = db.session.scalars(control_reports(SYSTEM, {"kind": "week"})).all()
    assert (report.state, report.director, report.figures["missing"]) == (
        ControlReportState.SIGNED,
        "李安",
        1,
    )
    (day,) = db.session.scalars(
        visible(SYSTEM, ControlDay).where(
            ControlDay.on == report.begins_on, ControlDay.category == "elevator"
        )
    ).all()
    assert day.state is ControlDayState.EXPECTED  # its time is over: missing
    page.context.clear_cookies()
    sign_in(page, address, town.county.mobile)
    page.goto(f"{address}/controls/days?state=missing")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list")).to_contain_text("银杏物业")
    page.goto(f"{address}/controls?month={report.begins_on:%Y-%m}")
    expect(page.locator("main")).to_contain_text("银杏物业")
