"""A check in a real Chromium on a phone without a network: begun, the phone killed half-way, taken up, signed by both
sides, stored, and there once when the network is back; and a refused signature at the desk."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from equipment.core import clock
from equipment.hazards.models import Finding
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from equipment.supervision import actions
from equipment.supervision.models import SupervisionCheck
from equipment.supervision.queries import checks
from equipment.supervision.rules import CheckKind, UnitAnswer
from tests.browser.asking import holds, until
from tests.browser.test_days import ENGLISH
from tests.maintenance.test_browser import PASSWORD
from tests.maintenance.test_offline import wait_kept
from tests.orders.town import OrderTown

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture
def town(app: Flask) -> OrderTown:
    made = OrderTown()
    with app.app_context(), db.transaction():
        db.session.get_one(User, made.county.id).password = hashed_password(PASSWORD, made.county.mobile)
        today = clock.today()
        actions.plan_checks([made.unit.id], today.year, today.month, CheckKind.ROUTINE, by=made.by("county"))
    db.session.rollback()
    return made


def opened(kind: BrowserType, launch: dict[str, Any], folder: Path) -> tuple[BrowserContext, Page]:
    context = kind.launch_persistent_context(
        str(folder / "phone"), viewport={"width": 390, "height": 844}, locale="zh-CN", **launch
    )
    context.set_default_timeout(30_000)
    return context, context.new_page()


def sign_in(page: Page, address: str, mobile: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def draw(page: Page, who: str) -> None:
    """A stroke across a signature box."""
    box = page.locator(f"[data-pad={who}]")
    box.scroll_into_view_if_needed()
    at = box.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + 20, at["y"] + 30)
    page.mouse.down()
    page.mouse.move(at["x"] + 160, at["y"] + 70, steps=5)
    page.mouse.up()


def photo() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "olive").save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def on_file() -> list[SupervisionCheck]:
    db.session.rollback()
    return list(db.session.scalars(checks(SYSTEM, {"all": "1"})))


def test_a_check_without_a_network_survives_the_end_of_the_phone(
    town: OrderTown,
    address: str,
    tmp_path: Path,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> None:
    mobile, start = town.county.mobile, f"/supervision/start/{town.unit.id}"
    context, page = opened(browser_type, browser_type_launch_args, tmp_path)
    sign_in(page, address, mobile)
    page.goto(f"{address}/supervision/today")
    wait_kept(page, start)
    until(page, "localStorage.getItem('device_tokens')")
    context.set_offline(True)
    page.click(".job-link")
    expect(page.locator("[data-offline-bar]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert ENGLISH.findall(page.inner_text("body")) == []
    page.fill("[name=began]", "00:01")
    page.fill("[name=ended]", "00:02")
    page.fill("[name=inspector-2-name]", "李察")
    page.locator("[name=pieces]").first.check()
    page.fill("[name=last_problems]", "上次问题已整改")
    page.fill("[name=finding-1-text]", "1号梯无应急救援电话")
    expect(page.locator("[data-finding]:visible")).to_have_count(2)
    page.select_option("[name=finding-1-piece]", str(town.lift.id))
    page.select_option("[name=finding-1-rule]", "law_40")
    page.set_input_files("[data-check-file]", photo())
    expect(page.locator("[data-check-photos] li")).to_have_count(1)
    page.wait_for_timeout(500)
    context.close()  # the phone dies, half filled

    context, page = opened(browser_type, browser_type_launch_args, tmp_path)
    context.set_offline(True)
    page.goto(f"{address}{start}")
    expect(page.locator("[data-check-kept]")).to_be_visible()
    expect(page.locator("[name=finding-1-text]")).to_have_value("1号梯无应急救援电话")
    expect(page.locator("[name=last_problems]")).to_have_value("上次问题已整改")
    expect(page.locator("[data-check-photos] li")).to_have_count(1)
    page.locator("[name=measures][value=order]").check()
    page.click("[data-check-send]")
    expect(page.locator("[data-check-say]")).to_contain_text("请选择受检单位签字、拒签或纸质签字")
    page.locator("[name=answer][value=signed]").check()
    page.fill("[name=signer]", "张总")
    for who in ("unit", "inspector-1", "inspector-2"):
        draw(page, who)
    page.click("[data-check-send]")
    expect(page.locator("[data-check-waits]")).to_be_visible()
    holds(page, 1)
    assert on_file() == []
    context.close()

    context, page = opened(browser_type, browser_type_launch_args, tmp_path)
    page.goto(f"{address}{start}")
    page.wait_for_url(
        "**/sign-in**"
    )  # the phone forgot who was signed in: what it holds goes out all the same
    holds(page, 0)
    (check,) = on_file()
    (finding,) = db.session.scalars(visible(SYSTEM, Finding)).all()
    assert check.last_problems == "上次问题已整改"
    assert (check.signer, len(check.signatures), len(check.photos), finding.description) == (
        "张总",
        3,
        1,
        "1号梯无应急救援电话",
    )
    sign_in(page, address, mobile)
    page.goto(f"{address}{start}")  # what is on file does not wait here to be written a second time
    expect(page.locator("[name=finding-1-text]")).to_have_value("")
    expect(page.locator("[data-check-kept]")).to_be_hidden()
    expect(page.locator("[data-check-photos] li")).to_have_count(0)
    page.goto(f"{address}/supervision/checks/{check.organisation_id}/{check.id}")
    expect(page.locator("main")).to_contain_text("本次检查的指令书尚未下达")
    context.close()


def test_a_refusal_at_the_desk_stays_in_the_form_until_it_is_right(
    town: OrderTown, address: str, page: Page
) -> None:
    page.set_viewport_size({"width": 1366, "height": 900})
    sign_in(page, address, town.county.mobile)
    page.goto(f"{address}/supervision/start/{town.unit.id}")
    until(page, "localStorage.getItem('device_tokens')")
    page.fill("[name=began]", "00:01")
    page.fill("[name=ended]", "00:02")
    page.fill("[name=inspector-2-name]", "李察")
    page.locator("[name=answer][value=refused]").check()
    page.fill("[name=witness]", "社区网格员")
    page.fill("[name=refusal]", "负责人不在")
    for who in ("inspector-1", "inspector-2"):
        draw(page, who)
    page.fill("[name=day]", "2001-01-01")
    page.locator("[name=measures][value=other]").check()
    page.click("[data-check-send]")
    expect(page.locator("[data-check-say]")).to_contain_text("自2022-07-01施行")
    page.fill("[name=day]", clock.today().isoformat())
    page.click("[data-check-send]")
    expect(page.locator("[data-check-say]")).to_contain_text("请写明其他措施")
    page.fill("[name=other_measure]", "约谈")
    page.click("[data-check-send]")
    page.wait_for_url(lambda url: "/supervision/checks/" in url)
    (check,) = on_file()
    assert (check.unit_answer, check.witness, check.other_measure) == (
        UnitAnswer.REFUSED,
        "社区网格员",
        "约谈",
    )
