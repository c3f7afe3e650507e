"""超期核查 on a phone in a real Chromium: rows walked without a network, the browser killed in between, a tap corrected,
a photo and a remark, a row that the county settled meanwhile; everything there once when the network is back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from equipment.core import clock
from equipment.files.models import Attachment
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from equipment.walks.models import Walk
from equipment.walks.settling import WalkDecision
from equipment.walks.states import WalkOutcome, WalkRowState, WalkSettlement
from tests.browser.asking import holds, until
from tests.fills.floor_page import on_the_phone
from tests.maintenance.test_browser import PASSWORD, photo
from tests.maintenance.test_offline import wait_kept
from tests.walks.conftest import Town, freed
from tests.walks.test_settling import decide

pytestmark = pytest.mark.browser

ROWS = 5


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture
def walk(town: Town) -> Walk:
    with town.app.app_context(), db.transaction():
        officer = db.session.get_one(User, town.officer.id)
        officer.password = hashed_password(PASSWORD, officer.mobile)
    for number in range(ROWS):
        town.lift(position=f"{number + 1}号梯")
    fresh = town.open()
    freed(fresh)
    return fresh


def opened(kind: BrowserType, launch: dict[str, Any], folder: Path) -> BrowserContext:
    context = kind.launch_persistent_context(
        str(folder / "phone"), viewport={"width": 390, "height": 844}, locale="zh-CN", **launch
    )
    context.set_default_timeout(30_000)
    return context


def signed_in_page(context: BrowserContext, address: str, mobile: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def unfold(page: Page, row_no: int) -> None:
    row = page.locator(f"#row-{row_no}")
    if row.get_attribute("open") is None:
        row.locator("summary").click()


def tap(page: Page, row_no: int, outcome: str) -> None:
    unfold(page, row_no)
    page.click(f'#row-{row_no} [data-tap="{outcome}"]')


def test_a_round_without_a_network(
    town: Town,
    walk: Walk,
    address: str,
    tmp_path: Path,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> None:
    context, mobile = opened(browser_type, browser_type_launch_args, tmp_path), town.officer.mobile
    page = signed_in_page(context, address, mobile)
    page.goto(f"{address}/walks")
    expect(page.locator(".job")).to_have_count(1)
    wait_kept(page, f"/walks/{walk.id}")
    until(page, "localStorage.getItem('device_tokens')")
    context.set_offline(True)
    page.click(".job-link")
    expect(page.locator("[data-walk]")).to_have_attribute("data-ready", "kept")
    tap(page, 1, "in_use")
    expect(page.locator("#row-1 [data-walk-sent]")).to_have_text("已存手机，待上传")
    tap(page, 2, "in_use")
    tap(page, 2, "stopped")  # a slip, corrected
    expect(page.locator("#row-2 [data-walk-proof]")).to_be_visible()
    page.set_input_files("#row-2 [data-walk-photo]", photo())
    expect(page.locator("#row-2 [data-walk-photos]")).to_have_text("照片 1")
    expect(page.locator("#row-2 [data-walk-proof]")).to_be_hidden()
    expect(page.locator("[data-walk-progress]")).to_have_text(f"已核查 2 / {ROWS}")
    on_the_phone(page)
    holds(page, 4)
    context.close()  # killed with everything on it

    town.tap(walk, 4, WalkOutcome.IN_USE, who=town.second)
    decide(town, walk, 4, WalkDecision(WalkSettlement.HAZARD))  # meanwhile, at the county's desk

    context = opened(browser_type, browser_type_launch_args, tmp_path)
    context.set_offline(True)
    page = context.new_page()
    page.goto(f"{address}/walks/{walk.id}")  # opens without a network
    expect(page.locator("[data-walk-progress]")).to_have_text(f"已核查 2 / {ROWS}")
    expect(page.locator("#row-2 [data-walk-outcome]")).to_have_text("已停用")
    expect(page.locator("#row-2 [data-walk-photos]")).to_have_text("照片 1")
    tap(page, 3, "absent")
    page.fill("#row-3 [data-walk-note]", "物业证明已拆")
    page.press("#row-3 [data-walk-note]", "Tab")
    tap(page, 4, "removed")
    holds(page, 7)
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#row-1 [data-walk-sent]")).to_have_text("已上传", timeout=120_000)
    expect(page.locator("#row-3 [data-walk-sent]")).to_have_text("已上传", timeout=60_000)
    expect(page.locator("#row-4 [data-walk-refused]")).to_contain_text("本行已被处理", timeout=60_000)
    holds(page, 1)  # the refused one, until somebody has seen it
    page = signed_in_page(context, address, mobile)  # the sign-in ended with the browser; what waited did not
    page.goto(f"{address}/walks/{walk.id}")
    expect(page.locator("[data-walk]")).to_have_attribute("data-ready", "fresh")
    expect(page.locator("[data-walk-progress]")).to_have_text(f"已核查 4 / {ROWS}")
    context.close()

    db.session.rollback()
    rows = town.rows(walk)
    assert [(row.state, row.outcome, row.note) for row in rows] == [
        (WalkRowState.WALKED, WalkOutcome.IN_USE, ""),
        (WalkRowState.WALKED, WalkOutcome.STOPPED, ""),
        (WalkRowState.WALKED, WalkOutcome.ABSENT, "物业证明已拆"),
        (WalkRowState.SETTLED, WalkOutcome.IN_USE, ""),
        (WalkRowState.TO_WALK, None, ""),
    ]
    assert [row.walked_by for row in rows[:3]] == [town.officer.id] * 3
    assert rows[0].happened_at is not None
    assert rows[0].received_at is not None
    assert rows[0].happened_at <= rows[0].received_at <= clock.now()
    photos = db.session.scalars(visible(SYSTEM, Attachment)).all()
    assert [one.subject_id for one in photos] == [rows[1].id]
