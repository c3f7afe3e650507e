"""No signal: today's list, the lifts and the visits open from the phone; nothing that was answered is lost; what is
kept belongs to one person alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, BrowserType, Page, expect
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.maintenance.states import VisitState
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.credentials import hashed_password
from equipment.people.models import Certificate, User
from equipment.storage import db
from tests import make
from tests.browser.asking import holds
from tests.maintenance.place import CODE, Place, codes, place
from tests.maintenance.test_browser import PASSWORD, begin, long_ago, photo, sign_in, tap, to_the_lift
from tests.maintenance.test_swipes import change

pytestmark = pytest.mark.browser
NOWHERE = {"proxy": {"server": "http://127.0.0.1:9"}}  # a phone whose connections lead nowhere


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    with app.app_context(), db.transaction():
        for who in (made.anna, made.bo):
            db.session.get_one(User, who.id).password = hashed_password(PASSWORD, who.mobile)
    return made


@pytest.fixture
def phone(
    browser_type: BrowserType, browser_type_launch_args: dict[str, object], tmp_path: Path
) -> Iterator[list[BrowserContext]]:
    """A phone with a memory: `phone[0]` is its browser, which can be closed and opened again (`reopen`)."""
    made = [open_phone(browser_type, browser_type_launch_args, tmp_path)]
    yield made
    made[0].close()


def open_phone(kind: BrowserType, launch: dict[str, object], folder: Path) -> BrowserContext:
    context = kind.launch_persistent_context(
        folder / "phone",
        viewport={"width": 390, "height": 844},
        locale="zh-CN",
        **launch,  # type: ignore[arg-type]
    )
    context.set_default_timeout(30_000)
    return context


def kept_pages(page: Page) -> list[str]:
    """The addresses that are kept on the phone, of whomever."""
    found: list[str] = page.evaluate(
        """async () => {
          const names = (await caches.keys()).filter((name) => name.startsWith('pages:'));
          const caches_ = await Promise.all(names.map((name) => caches.open(name)));
          const keys = await Promise.all(caches_.map((cache) => cache.keys()));
          const addresses = [].concat(...keys).map((request) => new URL(request.url));
          return addresses.map((address) => address.pathname + address.search).sort();
        }"""
    )
    return found


def wait_kept(page: Page, path: str) -> None:
    for _ in range(200):
        if path in kept_pages(page):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{path} was never kept: {kept_pages(page)}")


def wait_fresh(page: Page, path: str, answer: str) -> None:
    """The page is kept as it stands since the server took what was answered."""
    script = """async ([path, answer]) => {
      const found = await caches.match(path);
      const kept = new DOMParser().parseFromString(found ? await found.text() : '', 'text/html');
      return Boolean(kept.querySelector(answer + '[checked]'));
    }"""
    for _ in range(200):
        if page.evaluate(script, [path, answer]):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the page was never kept anew")


def path_of(page: Page) -> str:
    path: str = page.evaluate("window.location.pathname")
    return path


def test_today_the_lift_and_the_visit_open_without_a_signal_after_the_browser_was_closed(
    phone: list[BrowserContext],
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, object],
    tmp_path: Path,
    address: str,
    at: Place,
) -> None:
    page = phone[0].new_page()
    sign_in(page, address, at.anna)
    start = f"/visits/start/{at.lift.id}"
    wait_kept(page, start)
    expect(page.locator("[data-kept]")).to_contain_text("可离线打开")
    assert kept_pages(page) == sorted(["/visits/today", start, f"{start}/checklist"])

    to_the_lift(page)
    page.fill("[data-scan-box]", CODE)
    page.press("[data-scan-box]", "Enter")
    page.wait_for_selector("[data-item=A-1-01]")
    visit = path_of(page)
    wait_kept(page, visit)
    tap(page, "A-1-01", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")

    phone[0].set_offline(True)
    tap(page, "A-1-02", "not_applicable")
    page.fill("[name=n-A-1-02]", "无此装置")
    page.set_input_files("[name=p-A-1-06]", photo())  # type: ignore[arg-type]
    tap(page, "A-1-06", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("3 项未发送，已存在本机")
    page.reload()
    see_what_was_answered(page)

    phone[0].close()  # the battery is empty
    phone[0] = open_phone(browser_type, browser_type_launch_args | NOWHERE, tmp_path)
    page = phone[0].new_page()
    page.goto(f"{address}/")
    expect(page.locator("[data-offline-bar]")).to_contain_text("离线显示，更新于")
    expect(page.locator("[data-waits]:visible")).to_have_text("3 项待发送")
    page.goto(f"{address}/visits/late")
    expect(page.locator(".toast-line")).to_contain_text("没有存到本机")
    page.goto(address + start)
    expect(page.locator("h1")).to_contain_text("测试小区1号梯")
    page.goto(address + visit)
    see_what_was_answered(page)
    long_ago(at)
    page.click("text=签退 >> nth=0")
    page.fill("[data-scan-box]", CODE)
    page.press("[data-scan-box]", "Enter")
    expect(page.locator("[data-waiting]")).to_have_text("4 项未发送，已存在本机")
    page.reload()
    expect(page.locator("[data-out-waits]")).to_be_visible()

    phone[0].close()
    phone[0] = open_phone(browser_type, browser_type_launch_args, tmp_path)
    page = phone[0].new_page()
    page.goto(f"{address}/me")  # another page sends, whichever it is
    for _ in range(1200):
        found = at.visit()
        if found.state == VisitState.TO_SIGN:
            break
        page.wait_for_timeout(50)
    assert {code: item["answer"] for code, item in found.answers.items()} == {
        "A-1-01": "ok",
        "A-1-02": "not_applicable",
        "A-1-06": "ok",
    }
    assert (bool(found.answers["A-1-06"]["photo"]), found.answers["A-1-02"]["note"]) == (True, "无此装置")
    assert found.state == VisitState.TO_SIGN


def see_what_was_answered(page: Page) -> None:
    """What the server had before the signal was lost, and what waits, over the page from the phone."""
    expect(page.locator("[data-offline-bar]")).to_contain_text("离线显示，更新于")
    expect(page.locator("[data-item=A-1-01] input[value=ok]")).to_be_checked()
    expect(page.locator("[data-item=A-1-02] input[value=not_applicable]")).to_be_checked()
    expect(page.locator("[name=n-A-1-02]")).to_have_value("无此装置")
    expect(page.locator("[data-item=A-1-06] .check-thumb img")).to_be_visible()
    expect(page.locator("[data-waiting]")).to_have_text("3 项未发送，已存在本机")


def test_an_answer_that_was_sent_stands_on_the_kept_page_and_the_page_is_kept_anew(
    page: Page, address: str, at: Place
) -> None:
    begin(page, address, at)
    visit = path_of(page)
    wait_kept(page, visit)
    tap(page, "A-1-01", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    page.context.set_offline(True)  # before the page could be kept anew
    page.reload()
    expect(page.locator("[data-item=A-1-01] input[value=ok]")).to_be_checked()
    page.context.set_offline(False)
    tap(page, "A-1-03", "ok")
    wait_fresh(page, visit, "[name='a-A-1-03'][value='ok']")


def test_signing_out_leaves_nothing_on_the_phone(page: Page, address: str, at: Place) -> None:
    begin(page, address, at)
    wait_kept(page, path_of(page))
    page.goto(f"{address}/me")
    page.locator("main form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")
    assert kept_pages(page) == []
    page.context.set_offline(True)
    with pytest.raises(PlaywrightError, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        page.goto(f"{address}/visits/today")


def test_whoever_signs_in_on_the_same_phone_sees_nothing_of_the_first(
    page: Page, address: str, at: Place
) -> None:
    begin(page, address, at)
    visit = path_of(page)
    wait_kept(page, visit)
    page.context.set_offline(True)
    tap(page, "A-1-04", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("1 项未发送，已存在本机")
    page.context.clear_cookies()  # the session ended without a word
    page.evaluate("localStorage.removeItem('device_tokens')")
    page.evaluate("localStorage.removeItem('device_token')")
    page.context.set_offline(False)
    sign_in(page, address, at.bo)
    wait_kept(page, "/visits/today")
    assert visit not in kept_pages(page)
    page.goto(address + visit)
    assert page.locator("[data-item]").count() == 0
    with make.writing():
        found = db.session.merge(at.visit())
        found.technicians = [*found.technicians, str(at.bo.id)]
    page.goto(address + visit)  # now both work on it: what the first typed is not the second's
    expect(page.locator("[data-left]")).to_have_text(f"还剩 {len(codes())} 项")
    expect(page.locator("[data-item=A-1-04] input:checked")).to_have_count(0)


def sign_in_without_signal(page: Page, address: str, at: Place) -> str:
    """From the list to the checklist of a visit that the server does not know yet; its id."""
    sign_in(page, address, at.anna)
    wait_kept(page, f"/visits/start/{at.lift.id}/checklist")
    page.context.set_offline(True)
    to_the_lift(page)
    expect(page.locator("[data-offline-bar]")).to_contain_text("离线显示，更新于")
    page.fill("[data-scan-box]", CODE)
    page.press("[data-scan-box]", "Enter")
    page.wait_for_url("**/checklist#*")
    expect(page.locator("main")).to_contain_text("无信号签到")
    tap(page, "A-1-01", "ok")
    tap(page, "A-1-02", "not_applicable")
    page.fill("[name=n-A-1-02]", "无此装置")
    page.set_input_files("[name=p-A-1-06]", photo())  # type: ignore[arg-type]
    expect(page.locator("[data-waiting]")).to_have_text("4 项未发送，已存在本机")
    holds(page, 3)  # swipe, answers, photo: a page that is left before has not stored the last of them
    page.reload()
    expect(page.locator("[data-item=A-1-01] input[value=ok]")).to_be_checked()
    expect(page.locator("[name=n-A-1-02]")).to_have_value("无此装置")
    expect(page.locator("[data-item=A-1-06] .check-thumb img")).to_be_visible()
    visit: str = page.evaluate("window.location.hash.slice(1)")
    return visit


def test_who_signs_in_without_a_signal_works_on_and_the_swipe_goes_first(
    page: Page, address: str, at: Place
) -> None:
    begun = clock.now()
    visit = sign_in_without_signal(page, address, at)
    page.goto(f"{address}/visits/today")
    expect(page.locator("[data-waits]:visible")).to_have_text("4 项待发送")
    to_the_lift(page)
    page.click("text=已在此签到（待发送）")
    expect(page.locator("[data-item=A-1-01] input[value=ok]")).to_be_checked()
    assert at.visits() == []

    page.context.set_offline(False)
    page.wait_for_url(f"**/visits/{at.lift.id}/{visit}")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    expect(page.locator("[data-item=A-1-02] input[value=not_applicable]")).to_be_checked()
    found = at.visit()
    assert (str(found.id), found.state, found.technicians) == (visit, VisitState.OPEN, [str(at.anna.id)])
    assert {code: item["answer"] for code, item in found.answers.items() if item["answer"]} == {
        "A-1-01": "ok",
        "A-1-02": "not_applicable",
    }
    assert found.answers["A-1-06"]["photo"]
    assert begun < found.opened_at < clock.now()
    page.goto(f"{address}/visits/start/{at.lift.id}/checklist#{visit}")
    page.wait_for_url(f"**/visits/{at.lift.id}/{visit}")


def test_a_refused_swipe_stays_in_sight_with_what_was_answered(page: Page, address: str, at: Place) -> None:
    sign_in_without_signal(page, address, at)
    with db.transaction():
        held = db.session.scalars(select(Certificate).where(Certificate.user_id == at.anna.id)).one()
    change(held, valid_until=make.days(-1))
    page.context.set_offline(False)
    refusal = page.locator("[data-refused]")
    expect(refusal).to_contain_text("没有有效的电梯修理作业人员证")
    expect(refusal).to_contain_text("已填内容仍保存在本机")
    page.reload()
    expect(refusal).to_contain_text("没有有效的电梯修理作业人员证")
    expect(page.locator("[data-item=A-1-01] input[value=ok]")).to_be_checked()
    expect(page.locator("[name=n-A-1-02]")).to_have_value("无此装置")
    expect(page.locator("[data-outbox-count]")).to_contain_text("3")
    assert at.visits() == []


def test_a_colleague_who_was_there_meanwhile_is_joined_and_gets_the_answers(
    page: Page, address: str, at: Place
) -> None:
    mine = sign_in_without_signal(page, address, at)
    theirs = new_id()
    with db.transaction():
        swipe(SwipeMessage(theirs, clock.now(), code=CODE), by=at.viewer(at.bo))
    page.context.set_offline(False)
    page.wait_for_url(f"**/visits/{at.lift.id}/{theirs}")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    for _ in range(200):
        found = at.visit()
        if len(found.answers) == 3:
            break
        page.wait_for_timeout(50)
    assert (str(found.id), mine != str(theirs)) == (str(theirs), True)
    assert set(found.technicians) == {str(at.anna.id), str(at.bo.id)}
    assert (found.answers["A-1-01"]["answer"], found.answers["A-1-02"]["note"]) == ("ok", "无此装置")
    assert [str(visit.id) for visit in at.visits()] == [str(theirs)]
