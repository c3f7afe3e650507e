"""专项行动 in a real Chromium: a list checked on a phone without a network, the browser killed over a half-filled
form, a campaign that ended meanwhile, another campaign's row settled by a tap; then the desk, where the problems
lead on to one order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page, expect

from equipment.campaigns.models import Campaign, CampaignPhoto
from equipment.campaigns.rules import CampaignScope
from equipment.campaigns.states import CampaignRowState
from equipment.hazards.models import Finding
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from tests.browser.asking import holds, until
from tests.campaigns.conftest import Bureau, freed
from tests.fills.floor_page import on_the_phone
from tests.maintenance.test_browser import PASSWORD, photo
from tests.maintenance.test_offline import wait_kept
from tests.walks.test_walk_browser import opened, signed_in_page

pytestmark = pytest.mark.browser

ROWS = 4
R = CampaignRowState


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture
def campaign(bureau: Bureau) -> Campaign:
    with bureau.app.app_context(), db.transaction():
        for person in (bureau.officer, bureau.settler):
            user = db.session.get_one(User, person.id)
            user.password = hashed_password(PASSWORD, user.mobile)
    for number in range(ROWS):
        bureau.lift(position=f"{number + 1}号梯")
    fresh = bureau.running()
    freed(fresh)
    return fresh


def unfold(page: Page, place: int) -> str:
    """The row at this place, unfolded: how its parts are found."""
    row = page.locator("[data-row]").nth(place)
    if row.get_attribute("open") is None:
        row.locator("summary").click()
    return f"#row-{row.get_attribute('data-row')}"


def test_a_list_without_a_network_and_the_order_at_the_desk(
    bureau: Bureau,
    campaign: Campaign,
    address: str,
    tmp_path: Path,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> None:
    beside = bureau.running(title="节前检查", scope=CampaignScope(categories=("elevator",)), share=100)
    freed(beside)
    ids = [str(row.id) for row in bureau.rows(campaign)]
    list_id = bureau.rows(campaign)[0].list_id
    context, mobile = opened(browser_type, browser_type_launch_args, tmp_path), bureau.officer.mobile
    page = signed_in_page(context, address, mobile)
    page.goto(f"{address}/campaigns")
    expect(page.locator(".job")).to_have_count(2)
    wait_kept(page, f"/campaigns/lists/{list_id}")
    until(page, "localStorage.getItem('device_tokens')")
    context.set_offline(True)
    page.click(f'a[href="/campaigns/lists/{list_id}"]')
    expect(page.locator("[data-campaign-list]")).to_have_attribute("data-ready", "kept")

    one = unfold(page, 0)
    page.click(f"{one} [data-sound]")  # all in order: one tap
    expect(page.locator(f"{one} [data-sent]")).to_have_text("已存手机，待上传")
    expect(page.locator("[data-campaign-progress]")).to_have_text(f"已查 1 / {ROWS}")

    two = unfold(page, 1)
    page.click(f'{two} [data-item="1"] [data-toggle]')
    page.fill(f'{two} [data-item="1"] [data-text]', "标志过期")
    page.set_input_files(f'{two} [data-item="1"] [data-photo]', photo())
    expect(page.locator(f'{two} [data-item="1"] [data-photo-count]')).to_have_text("照片 1")
    expect(page.locator(f"{two} [data-sound]")).to_be_disabled()
    on_the_phone(page)
    context.close()  # killed over the half-filled form

    context = opened(browser_type, browser_type_launch_args, tmp_path)
    context.set_offline(True)
    page = context.new_page()
    page.goto(f"{address}/campaigns/lists/{list_id}")  # opens without a network
    expect(page.locator("[data-campaign-progress]")).to_have_text(f"已查 1 / {ROWS}")
    expect(page.locator(f"{two} [data-sent]")).to_have_text("未填完")
    unfold(page, 1)
    expect(page.locator(f'{two} [data-item="1"] [data-text]')).to_have_value("标志过期")
    expect(page.locator(f'{two} [data-item="1"] [data-photo-count]')).to_have_text("照片 1")
    page.click(f'{two} [data-item="3"] [data-toggle]')
    page.check(f'{two} [data-item="3"] [data-right]')
    page.check(f"{two} input[data-also]")  # the other campaign's row too, by this tap alone
    page.click(f"{two} [data-faulty]")
    three = unfold(page, 2)
    page.click(f"{three} .campaign-absent summary")
    page.click(f'{three} [data-absent="removed"]')
    expect(page.locator("[data-campaign-progress]")).to_have_text(f"已查 3 / {ROWS}")
    holds(page, 4)  # three checks and a photo
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(f"{two} [data-sent]")).to_have_text("已上传", timeout=120_000)
    expect(page.locator(f"{three} [data-sent]")).to_have_text("已上传", timeout=60_000)
    holds(page, 0)

    context.set_offline(True)
    four = unfold(page, 3)
    bureau.end(campaign)  # meanwhile, at the city's desk
    page.click(f"{four} [data-sound]")
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(f"{four} [data-refused]")).to_contain_text("本行动已结束", timeout=60_000)
    context.close()

    _on_record(bureau, campaign, beside, ids)
    _at_the_desk(bureau, campaign, address, tmp_path / "desk", browser_type, browser_type_launch_args)


def _on_record(bureau: Bureau, campaign: Campaign, beside: Campaign, ids: list[str]) -> None:
    db.session.rollback()
    rows = bureau.rows(campaign)
    assert [str(row.id) for row in rows] == ids
    assert [row.state for row in rows] == [R.SOUND, R.FAULTY, R.ABSENT, R.MISSED]
    assert [row.checked_by for row in rows[:3]] == [bureau.officer.id] * 3
    others = bureau.rows(beside)
    assert [(row.state, row.same_as) for row in others] == [
        (R.TO_CHECK, None),
        (R.FAULTY, rows[1].id),
        (R.TO_CHECK, None),
        (R.TO_CHECK, None),
    ]
    findings = db.session.scalars(visible(SYSTEM, Finding).order_by(Finding.description)).all()
    assert [(one.description, one.state.value) for one in findings] == [
        ("使用标志在有效期内：标志过期", "open"),
        ("底坑无积水：不符合", "put_right"),
    ]
    photos = db.session.scalars(visible(SYSTEM, CampaignPhoto)).all()
    assert [(one.row_id, one.item_no) for one in photos] == [(rows[1].id, 1)]


def _at_the_desk(
    bureau: Bureau, campaign: Campaign, address: str, folder: Path, kind: BrowserType, launch: dict[str, Any]
) -> None:
    context = kind.launch_persistent_context(
        str(folder), viewport={"width": 1366, "height": 900}, locale="zh-CN", **launch
    )
    page = signed_in_page(context, address, bureau.settler.mobile)
    page.goto(f"{address}/campaigns/{campaign.id}")
    expect(page.locator(".campaign-progress tbody tr").last).to_contain_text("75.0%")
    page.goto(f"{address}/campaigns/{campaign.id}/problems")
    page.click("text=开具监察指令书（1 项问题）")
    expect(page.locator("[name=problems-0-problem]")).to_have_value("使用标志在有效期内：标志过期")
    expect(page.locator("[name=problems-0-rule]")).to_have_value("law_40")
    context.close()
