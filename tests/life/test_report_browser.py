"""A stranger's report in a real Chromium: without a signal it waits on the phone, and any page of ours sends it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from equipment.life.models import PublicReport
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from tests import make
from tests.life.test_public import cylinder

pytestmark = pytest.mark.browser


@pytest.fixture
def code(app: Flask) -> str:
    return str(cylinder(area=make.TOWNSHIP).label_code)


def reports() -> list[PublicReport]:
    db.session.rollback()
    return list(db.session.scalars(visible(SYSTEM, PublicReport)))


def write(page: Page, words: str = "瓶阀漏气") -> None:
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "gray").save(out, "JPEG")
    page.locator("[name=kind][value=leak]").check()
    page.fill("[name=description]", words)
    page.set_input_files(
        "[name=photo]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    page.click("form button[type=submit]")


def test_a_report_with_a_signal_shows_its_number_at_once(page: Page, address: str, code: str) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/T/{code}/report")
    write(page)
    page.wait_for_url("**/R/*")
    [report] = reports()
    expect(page.locator("[data-report-number]")).to_have_text(report.number)
    assert (bool(report.photo_sha256), faults) == (True, [])
    page.goto(f"{address}/T/{code}")
    expect(page.locator("[data-reports]")).to_be_hidden()


def test_a_report_without_a_signal_survives_a_closed_browser_and_any_page_sends_it(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    address: str,
    code: str,
    tmp_path: Path,
) -> None:
    def phone() -> BrowserContext:
        return browser_type.launch_persistent_context(
            str(tmp_path / "phone"),
            viewport={"width": 390, "height": 844},
            locale="zh-CN",
            **browser_type_launch_args,
        )

    context = phone()
    page = context.new_page()
    page.goto(f"{address}/T/{code}/report")
    context.set_offline(True)
    write(page)
    expect(page.locator("[data-reports]")).to_contain_text("已存在本机")
    expect(page.locator("form[data-report]")).to_be_hidden()
    context.close()
    assert reports() == []

    context = phone()
    page = context.new_page()
    page.goto(f"{address}/sign-in")  # another page of ours
    for _ in range(200):
        if page.evaluate("localStorage.getItem('report_numbers')"):
            break
        page.wait_for_timeout(100)
    [report] = reports()
    assert (report.description, bool(report.photo_sha256)) == ("瓶阀漏气", True)
    page.goto(f"{address}/T/{code}")
    expect(page.locator("[data-reports] a")).to_have_text(report.number)
    page.click("[data-reports] a")
    expect(page.locator("[data-report-number]")).to_have_text(report.number)
    page.goto(f"{address}/T/{code}")
    expect(page.locator("[data-reports]")).to_be_hidden()
    context.close()
    assert len(reports()) == 1


def test_what_is_refused_is_said_at_its_field_and_nothing_typed_is_lost(
    page: Page, address: str, code: str
) -> None:
    page.goto(f"{address}/T/{code}/report")
    page.fill("[name=phone]", "call me")
    write(page)
    expect(page.locator("[data-problem=phone]")).to_be_visible()
    expect(page.locator("[name=description]")).to_have_value("瓶阀漏气")
    page.fill("[name=phone]", "")
    page.click("form button[type=submit]")
    page.wait_for_url("**/R/*")
    assert len(reports()) == 1
