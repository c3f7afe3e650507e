"""A signal that is lost between two steps of a phone: what was read, drawn or typed waits on it and says so; nothing
is told as sent that nobody answered."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from equipment.core import clock
from equipment.maintenance.states import VisitState
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.storage import db
from tests import make
from tests.browser.asking import holds, until
from tests.maintenance.place import CODE, Place, codes, place
from tests.maintenance.test_browser import PASSWORD, begin, photo, sign, sign_in, tap, to_the_lift
from tests.maintenance.test_offline import path_of, wait_kept
from tests.maintenance.test_outbox import settled

pytestmark = pytest.mark.browser
# A receiver that has no fix yet: the browser waits for it as long as it may.
NO_FIX = "navigator.geolocation.getCurrentPosition = () => undefined;"
SWIPES = "**/api/v1/swipes"


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    with app.app_context(), db.transaction():
        db.session.get_one(User, made.anna.id).password = hashed_password(PASSWORD, made.anna.mobile)
    return made


def lost(route: Route) -> None:
    route.abort("internetdisconnected")


def scan(page: Page, code: str = CODE) -> None:
    page.fill("[data-scan-box]", code)
    page.press("[data-scan-box]", "Enter")


def at_the_lift(page: Page, address: str, at: Place) -> None:
    sign_in(page, address, at.anna)
    wait_kept(page, f"/visits/start/{at.lift.id}/checklist")
    to_the_lift(page)
    until(page, "localStorage.getItem('device_tokens')")
    expect(page.locator("[data-scan-box]")).to_be_visible()


def test_a_signal_lost_between_the_check_and_the_swipe_leaves_the_swipe_waiting(
    page: Page, address: str, at: Place
) -> None:
    at_the_lift(page, address, at)
    page.context.route(SWIPES, lost)  # the server answers that it is there, and then no more
    scan(page)
    page.wait_for_url("**/checklist#*")
    expect(page.locator("main")).to_contain_text("无信号签到")
    expect(page.locator("[data-waiting]")).to_have_text("1 项未发送，已存在本机")
    tap(page, "A-1-01", "ok")
    assert at.visits() == []
    page.context.unroute(SWIPES)
    page.reload()
    page.wait_for_url(f"**/visits/{at.lift.id}/*")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    expect(page.locator("[data-item=A-1-01] input[value=ok]")).to_be_checked()
    assert (len(at.swipes()), at.visit().state) == (1, VisitState.OPEN)


def test_a_page_killed_while_the_phone_looks_for_its_position_has_its_swipe_stored(
    page: Page, address: str, at: Place
) -> None:
    page.context.add_init_script(NO_FIX)
    at_the_lift(page, address, at)
    before = clock.now()
    scan(page)
    expect(page.locator(".toast-line")).to_contain_text("正在获取手机定位")
    holds(page, 1)
    scanned = clock.now()
    page.goto("about:blank")  # long before the eight seconds are over
    assert at.swipes() == []
    page.goto(f"{address}/me")  # whichever page opens next sends it
    settled(page, at, bool)
    (swipe,) = at.swipes()
    assert before <= swipe.happened_at <= scanned
    assert (swipe.latitude, at.visit().state) == (None, VisitState.OPEN)


def test_the_position_follows_the_swipe_before_it_is_sent(page: Page, address: str, at: Place) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 36.5448, "longitude": 104.1389, "accuracy": 20})
    begin(page, address, at)
    (swipe,) = at.swipes()
    assert (swipe.latitude, swipe.longitude, swipe.accuracy_m) == (365448000, 1041389000, 20)


def test_a_sign_out_whose_answer_is_lost_waits_and_says_so(page: Page, address: str, at: Place) -> None:
    begin(page, address, at)
    page.context.route(SWIPES, lost)
    page.click("text=签退 >> nth=0")
    scan(page)
    expect(page.locator(".toast-line").last).to_contain_text("签退已存在本机")
    expect(page.locator("[data-out-waits]")).to_be_visible()
    assert at.visit().state == VisitState.OPEN
    page.context.unroute(SWIPES)
    page.reload()
    expect(page.locator("main")).to_contain_text("签到")
    assert settled(page, at, lambda visit: visit.closed_at).state == VisitState.TO_SIGN


def test_a_refused_swipe_is_shown_with_its_basis_and_no_second_time(
    page: Page, address: str, at: Place
) -> None:
    at_the_lift(page, address, at)
    scan(page, "7QK2M8D4XRWP3HA")
    expect(page.locator(".visit-no")).to_contain_text("本次刷卡已留存")
    expect(page.locator("[data-outbox]")).to_be_hidden()
    assert (at.visits(), len(at.swipes())) == ([], 1)


def to_be_signed(at: Place) -> None:
    """The visit is complete and waits for the use unit; its first items have photos."""
    with make.writing():
        visit = db.session.merge(at.visit())
        visit.state, visit.closed_at, visit.counted = VisitState.TO_SIGN, clock.now(), True
        answers = {code: {"answer": "ok"} for code in codes()}
        visit.answers = {**answers, **{code: stored for code, stored in visit.answers.items() if stored}}


def test_the_record_to_sign_is_kept_unopened_and_the_signature_waits_on_the_phone(
    page: Page, address: str, at: Place
) -> None:
    begin(page, address, at)
    page.set_input_files("[name=p-A-1-06]", photo())  # type: ignore[arg-type]
    settled(page, at, lambda visit: visit.answers.get("A-1-06", {}).get("photo"))
    record = path_of(page)
    to_be_signed(at)
    page.evaluate("caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    page.goto(f"{address}/visits/today")
    expect(page.locator("main")).to_contain_text("待使用单位签字")
    wait_kept(page, record)

    page.context.set_offline(True)
    page.goto(address + record)
    expect(page.locator("[data-offline-bar]")).to_contain_text("服务器上已有照片、签名 1 张，离线时不显示")
    expect(page.locator("main")).to_contain_text("已在服务器")
    sign(page)
    expect(page.locator("[data-sign-waits]")).to_contain_text("尚未发送")
    expect(page.locator("[data-canvas]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-sign-waits]")).to_be_visible()
    assert at.visit().state == VisitState.TO_SIGN
    page.context.set_offline(False)
    expect(page.locator("dl.facts")).to_contain_text("安全员")
    assert at.visit().state == VisitState.ON_SITE


@pytest.mark.parametrize("how", ["signature", "paper"])
def test_a_signature_whose_answer_is_lost_is_sent_once_it_can_be(
    page: Page, address: str, at: Place, how: str
) -> None:
    begin(page, address, at)
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    to_be_signed(at)
    page.reload()
    page.context.route(f"**/api/v1/visits/*/{how}?*", lost)
    if how == "signature":
        sign(page)
    else:
        page.click("text=改为拍摄纸质记录")
        page.set_input_files("[name=photo]", photo())  # type: ignore[arg-type]
        page.click("[data-paper-form] button[type=submit]")
    expect(page.locator("[data-sign-waits]")).to_be_visible()
    expect(page.locator("[data-outbox-count]")).to_have_text("1 条待上传")
    assert at.visit().state == VisitState.TO_SIGN
    page.context.unroute(f"**/api/v1/visits/*/{how}?*")
    page.reload()
    expect(page.locator("[data-outbox]")).to_be_hidden()
    expect(page.locator("[data-signing]")).to_have_count(0)
    expected = {"signature": "on_site", "paper": "paper"}[how]
    assert (at.visit().state, at.visit().signature_kind) == (VisitState.ON_SITE, expected)


def test_a_form_that_reached_nobody_stays_with_what_was_typed(page: Page, address: str, at: Place) -> None:
    begin(page, address, at)
    wait_kept(page, path_of(page))
    page.reload()  # from now on the worker serves it
    here = page.url
    page.click("text=第二名作业人员")
    page.fill("[name=card]", "04A1B2C3")
    page.context.set_offline(True)
    page.locator('form[action$="/join"] button[type=submit]').click()
    expect(page.locator(".toast-line")).to_contain_text("可能没有送达")
    assert page.url == here
    expect(page.locator("[name=card]")).to_have_value("04A1B2C3")
    assert len(at.swipes()) == 1
