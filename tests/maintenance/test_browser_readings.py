"""A quarterly visit without a signal: readings are judged at once, a photo is stamped, 还剩 leads from item to item, the
page is reloaded and the phone killed; everything arrives once."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from equipment.files.models import Attachment
from equipment.maintenance.models import VisitPhoto
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, codes, place
from tests.maintenance.test_browser import PASSWORD, begin, photo, tap
from tests.maintenance.test_offline import path_of, wait_kept

pytestmark = pytest.mark.browser
LOCK = "[data-item=A-1-29]"


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    with app.app_context(), db.transaction():
        db.session.get_one(User, made.anna.id).password = hashed_password(PASSWORD, made.anna.mobile)
    return made


def test_a_quarterly_visit_offline_with_reading_photo_jump_reload_killed_and_sent_once(
    page: Page, address: str, at: Place
) -> None:
    begin(page, address, at)
    with make.writing():
        db.session.merge(at.visit()).duty = DueKind.VISIT_QUARTER
    page.reload()
    expect(page.locator("[data-left]")).to_have_text("还剩 44 项")
    visit = path_of(page)
    wait_kept(page, visit)
    page.context.set_offline(True)

    tap(page, "A-1-29", "ok")
    expect(page.locator(f"{LOCK} [data-lack-text]")).to_have_text("请填写读数")
    page.fill("[name=r-A-1-29-engagement]", "６，５")
    expect(page.locator(f"{LOCK} [data-found] [data-verdict]")).to_have_text("超出限值")
    expect(page.locator(f"{LOCK} [data-lack-text]")).to_contain_text("不能选“正常”")
    tap(page, "A-1-29", "adjusted")
    page.fill("[name=s-A-1-29-engagement]", "74")
    expect(page.locator(f"{LOCK} [data-sure]")).to_be_visible()
    page.fill("[name=s-A-1-29-engagement]", "7.4")
    expect(page.locator(f"{LOCK} [data-sure]")).to_be_hidden()
    expect(page.locator(LOCK)).to_have_class("check is-done")
    page.set_input_files("[name=p-A-1-06]", photo())  # type: ignore[arg-type]
    expect(page.locator("[data-item=A-1-06] .check-thumb img")).to_be_visible()

    for code in codes(DueKind.VISIT_QUARTER):
        if code not in ("A-1-29", "A-1-31", "A-2-13"):
            tap(page, code, "ok")
    expect(page.locator("[data-left]")).to_have_text("还剩 2 项")
    page.click("[data-next]")
    expect(page.locator("[name=a-A-1-31]").first).to_be_focused()
    page.click("[data-next]")
    expect(page.locator("[name=a-A-2-13]").first).to_be_focused()

    page.reload()
    expect(page.locator("[name=r-A-1-29-engagement]")).to_have_value("6.5")
    expect(page.locator("[data-left]")).to_have_text("还剩 2 项")
    page.close()  # the phone is killed
    again = page.context.new_page()
    again.goto(address + visit)
    expect(again.locator("[name=s-A-1-29-engagement]")).to_have_value("7.4")
    again.context.set_offline(False)
    expect(again.locator("[data-waiting]")).to_have_text("已全部发送", timeout=40_000)

    stored = at.visit().answers
    assert (stored["A-1-29"]["readings"], stored["A-1-29"]["after"]) == (
        {"engagement": 65},
        {"engagement": 74},
    )
    taken = db.session.scalars(select(VisitPhoto).where(VisitPhoto.equipment_id == at.lift.id)).all()
    files = db.session.scalars(select(Attachment).where(Attachment.equipment_id == at.lift.id)).all()
    assert [(one.code, one.stamped) for one in taken] == [("A-1-06", True)]
    assert len(files) == 1
