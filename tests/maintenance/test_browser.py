"""A whole visit on a phone: scan, answers without signal, a reload, a photo, sign-out, the use unit's signature."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect

from equipment.core import clock
from equipment.maintenance.states import VisitState
from equipment.people.credentials import hashed_password
from equipment.people.devices import revoke_phones
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.storage import db
from tests.maintenance.place import CODE, Place, codes, place

pytestmark = pytest.mark.browser
PASSWORD = "Lift-2026-visit"


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    with app.app_context(), db.transaction():
        db.session.get_one(User, made.anna.id).password = hashed_password(PASSWORD, made.anna.mobile)
    return made


def sign_in(page: Page, address: str, who: User) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", who.mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/visits/today")


def to_the_lift(page: Page) -> None:
    """From today's list to the page of the lift, its scripts with it: a scan before them is sent by the form
    itself, without a position."""
    page.click("text=测试小区1号梯")
    page.wait_for_url("**/visits/start/*")


def begin(page: Page, address: str, at: Place) -> None:
    """From today's list to the open checklist."""
    sign_in(page, address, at.anna)
    to_the_lift(page)
    page.fill("[data-scan-box]", CODE)
    page.press("[data-scan-box]", "Enter")
    page.wait_for_selector("[data-item=A-1-01]")


def tap(page: Page, code: str, answer: str) -> None:
    page.locator(f"[name=a-{code}][value={answer}]").check()


def photo() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "gray").save(out, "JPEG")
    return {"name": "brake.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_whole_visit_on_a_phone_with_a_lost_signal_in_the_middle(
    page: Page, address: str, at: Place
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    begin(page, address, at)
    expect(page.locator("[data-left]")).to_have_text("还剩 31 项")
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    tap(page, "A-1-01", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    assert at.visit().answers["A-1-01"]["answer"] == "ok"

    page.context.set_offline(True)
    tap(page, "A-1-05", "abnormal")
    expect(page.locator("[data-item=A-1-05] [data-lack-text]")).to_have_text("请说明异常情况")
    page.fill("[name=n-A-1-05]", "间隙过大")
    page.set_input_files("[name=p-A-1-06]", photo())  # type: ignore[arg-type]
    tap(page, "A-1-06", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("3 项未发送，已存在本机")
    assert "A-1-05" not in at.visit().answers

    page.context.set_offline(False)
    page.reload()
    expect(page.locator("[data-item=A-1-05] input[value=abnormal]")).to_be_checked()
    expect(page.locator("[name=n-A-1-05]")).to_have_value("间隙过大")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    found = at.visit()
    assert (found.answers["A-1-05"]["note"], bool(found.answers["A-1-06"]["photo"])) == ("间隙过大", True)

    for code in codes():
        if code not in ("A-1-01", "A-1-05", "A-1-06"):
            tap(page, code, "ok")
    page.fill("[name=r-A-1-29-engagement]", "7,5")
    expect(page.locator("[data-left]")).to_have_text("项目已全部完成")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")

    long_ago(at)
    page.context.set_offline(True)
    page.click("text=签退")
    page.fill("[data-scan-box]", CODE)
    page.press("[data-scan-box]", "Enter")
    expect(page.locator("[data-waiting]")).to_have_text("1 项未发送，已存在本机")
    page.context.set_offline(False)
    page.wait_for_selector("[data-canvas]")
    assert (at.visit().state, at.visit().counted, at.visit().flags) == (
        VisitState.TO_SIGN,
        True,
        ["one_technician"],
    )

    sign(page)
    expect(page.locator("dl.facts")).to_contain_text("安全员")
    found = at.visit()
    assert (found.state, found.signer_name, found.next_on) == (
        VisitState.ON_SITE,
        "安全员",
        found.on + timedelta(days=15),
    )
    assert faults == []


def long_ago(at: Place) -> None:
    """The visit began 40 minutes ago."""
    with db.transaction():
        visit = db.session.merge(at.visit())
        visit.opened_at = clock.now() - timedelta(minutes=40)


def sign(page: Page) -> None:
    page.select_option("[name=signer_id]", label="安全员")
    box = page.locator("[data-canvas]")
    box.scroll_into_view_if_needed()
    area = box.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 30, area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + 200, area["y"] + 90, steps=8)
    page.mouse.up()
    page.click("[data-sign]")


def test_what_is_tapped_after_the_session_has_ended_is_sent_by_the_phone(
    page: Page, address: str, at: Place
) -> None:
    begin(page, address, at)
    tap(page, "A-1-01", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    page.context.clear_cookies()
    tap(page, "A-1-02", "not_applicable")
    page.fill("[name=n-A-1-02]", "无此装置")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    expect(page.locator("[data-sign-in-dialog]")).to_be_hidden()
    assert at.visit().answers["A-1-02"]["note"] == "无此装置"


def test_a_phone_whose_token_was_revoked_asks_to_sign_in_and_sends_what_was_tapped(
    page: Page, address: str, at: Place
) -> None:
    begin(page, address, at)
    tap(page, "A-1-01", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    with db.transaction():
        revoke_phones(db.session.get_one(User, at.anna.id), by=SYSTEM)
    page.context.clear_cookies()
    tap(page, "A-1-02", "not_applicable")
    page.fill("[name=n-A-1-02]", "无此装置")
    dialog = page.locator("[data-sign-in-dialog]")
    expect(dialog).to_be_visible()
    dialog.locator("[name=mobile]").fill(at.anna.mobile)
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("button[type=submit]").click()
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    assert at.visit().answers["A-1-02"]["note"] == "无此装置"
