"""配送 without a network in a real Chromium: twenty bottles handed over, twenty empties taken back, the browser closed
in between, and everything there once when the network is back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from equipment.core.ids import new_id
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.places import notes
from equipment.places.customers import add_customer
from equipment.places.models import NoteRow
from equipment.places.states import NoteRowKind, PlaceState
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.browser.asking import until
from tests.fills.conftest import Hall
from tests.fills.floor_page import on_the_phone
from tests.maintenance.test_browser import PASSWORD
from tests.maintenance.test_offline import wait_kept
from tests.places.test_following import line
from tests.places.test_notes import full_bottle

pytestmark = pytest.mark.browser

BOTTLES = 20


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


def note_with(by: Viewer, customer: UUID, bottles: list[Equipment]) -> UUID:
    with db.transaction():
        note = notes.open_note(new_id(), customer, "甘D12345", "老赵", by=by)
        for bottle in bottles:
            notes.load(note, bottle.label_code or "", sure=True, by=by)
        notes.leave(note, by=by)
        return note.id


def opened(kind: BrowserType, launch: dict[str, Any], folder: Path) -> BrowserContext:
    context = kind.launch_persistent_context(
        str(folder / "phone"), viewport={"width": 390, "height": 844}, locale="zh-CN", **launch
    )
    context.set_default_timeout(30_000)
    return context


def scan(page: Page, text: str) -> None:
    page.fill("[data-scan-box]", text)
    page.press("[data-scan-box]", "Enter")
    expect(page.locator("[data-run-list] li").first).to_contain_text(text)


def test_a_run_without_a_network(
    hall: Hall,
    address: str,
    tmp_path: Path,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> None:
    driver = make.user(hall.station, Role.OPERATOR, name="老赵")
    with hall.app.app_context(), db.transaction():
        db.session.get_one(User, driver.id).password = hashed_password(PASSWORD, driver.mobile)
    mobile, by = driver.mobile, viewer_of(driver)
    full = [full_bottle(hall) for _ in range(BOTTLES)]
    there = [full_bottle(hall) for _ in range(BOTTLES)]
    with db.transaction():
        customer = add_customer("王记面馆", "人民路9号", "", by=by).id
    before = note_with(by, customer, there)
    with db.transaction():
        notes.hand_over(notes.note_of(before, by=by), by=by)
    note = note_with(by, customer, full)

    context = opened(browser_type, browser_type_launch_args, tmp_path)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{address}/places/run")
    expect(page.locator(".tile")).to_have_count(1)
    wait_kept(page, f"/places/run/{note}")
    until(page, "localStorage.getItem('device_tokens')")
    context.set_offline(True)
    page.click(".tile")
    for bottle in full[: BOTTLES // 2]:
        scan(page, bottle.label_code or "")
    expect(page.locator("[data-count=handed]")).to_have_text(str(BOTTLES // 2))
    on_the_phone(page)
    context.close()  # killed with everything on it

    context = opened(browser_type, browser_type_launch_args, tmp_path)
    context.set_offline(True)
    page = context.new_page()
    page.goto(f"{address}/places/run/{note}")  # opens without a network
    expect(page.locator("[data-count=handed]")).to_have_text(str(BOTTLES // 2))
    for bottle in full[BOTTLES // 2 :]:
        scan(page, bottle.label_code or "")
    page.click("[data-mode=back]")
    for bottle in there:
        scan(page, bottle.label_code or "")
    scan(page, "谁也不认识")
    page.fill("[data-scan-box]", there[0].label_code or "")
    page.press("[data-scan-box]", "Enter")
    expect(page.locator("[data-run-answer]")).to_contain_text("已在列表中")
    page.click("[data-run-done]")
    expect(page.locator("[data-run-answer]")).to_contain_text("自动上传")
    expect(page.locator("[data-count=handed]")).to_have_text(str(BOTTLES))
    expect(page.locator("[data-count=back]")).to_have_text(str(BOTTLES + 1))
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-run-list]")).not_to_contain_text("待上传", timeout=120_000)
    expect(page.locator("[data-outbox]")).to_be_hidden(timeout=60_000)
    context.close()

    db.session.rollback()
    rows = db.session.scalars(visible(SYSTEM, NoteRow).where(NoteRow.note_id == note)).all()
    kept = Counter((row.kind, row.equipment_id) for row in rows if row.kind is not NoteRowKind.OUT)
    handed = Counter((NoteRowKind.HANDED, bottle.id) for bottle in full)
    back = Counter((NoteRowKind.BACK, bottle.id) for bottle in there)
    assert kept == handed + back + Counter([(NoteRowKind.BACK, None)])
    assert [row.discrepancy for row in rows if row.discrepancy and row.equipment_id] == []
    assert {line(bottle.id)[-1] for bottle in full} == {(PlaceState.AT_USER, True)}
    assert {line(bottle.id)[-1] for bottle in there} == {(PlaceState.EMPTY, True)}
    assert notes.note_of(note, by=by).state == "delivered"
