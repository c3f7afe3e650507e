"""What waits on a technician's phone in a real Chromium: taken over from earlier versions, sent once by whichever page opens next."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, Request, expect
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.models import Attachment
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.states import VisitState
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.storage import db
from tests import make
from tests.browser.asking import holds, until
from tests.maintenance.place import CODE, Place, place
from tests.maintenance.test_browser import PASSWORD, begin, photo, sign, sign_in, tap, to_the_lift

pytestmark = pytest.mark.browser

OLD_PHONE = """([visit, answers, photo]) => new Promise((resolve) => {
  localStorage.setItem('visit:' + visit, answers);
  const request = indexedDB.open('visits', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('photos', { keyPath: 'id' }).createIndex('visit', 'visit');
  request.onsuccess = () => {
    const transaction = request.result.transaction('photos', 'readwrite');
    const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
    transaction.objectStore('photos').put({ id: 'old', visit: visit, code: 'A-1-06', blob: new Blob([bytes], { type: 'image/jpeg' }) });
    transaction.oncomplete = () => { request.result.close(); resolve(); };
  };
})"""
LEFT_OVER = """() => new Promise((resolve) => {
  const request = indexedDB.open('visits');
  request.onsuccess = () => {
    const all = request.result.transaction('photos').objectStore('photos').getAll();
    all.onsuccess = () => resolve([all.result.length, Object.keys(localStorage).filter((key) => key.startsWith('visit:')).length]);
  };
})"""
# A message of somebody who has no token here; it comes while the turn of his lane, which saw none, still writes down
# that it waits.
TOKEN_DURING_ITS_TURN = """async (owner) => {
  const page = document.querySelector('script[src*="visit-swipe"]').src;
  const outbox = await import(page.replace('visit-swipe', 'outbox')), token = outbox.tokenOf(owner);
  const sent = outbox.send({ owner: 'later', lane: 'later', method: 'POST', path: '/swipes', json: {} });
  await sent.saved;
  outbox.watch(() => setTimeout(() => {
    if (!outbox.tokenOf('later')) { outbox.enrolled(token, 'later'); }
  }));
  return (await sent).status;
}"""
WITHOUT_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined });"
FULL = "IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    with app.app_context(), db.transaction():
        db.session.get_one(User, made.anna.id).password = hashed_password(PASSWORD, made.anna.mobile)
    return made


def open_visit(at: Place) -> Visit:
    """A visit that Anna opened forty minutes ago by her phone."""
    opened = clock.now() - timedelta(minutes=40)
    with db.transaction():
        made = Visit(
            equipment_id=at.lift.id,
            id=new_id(),
            organisation_id=at.firm.id,
            use_unit_id=at.unit.id,
            area=at.lift.area,
            category="elevator",
            duty="visit_half_month",
            annex="A",
            state=VisitState.OPEN,
            opened_at=opened,
            received_at=opened,
            on=clock.site_day(opened),
            technicians=[str(at.anna.id)],
            confirmed=[str(at.anna.id)],
            answers={},
            flags=[],
            swiped=True,
            counted=False,
        )
        db.session.add(made)
        db.session.add(
            Swipe(
                id=made.id,
                via="phone",
                equipment_id=at.lift.id,
                organisation_id=at.firm.id,
                user_id=at.anna.id,
                visit_id=made.id,
                outcome="opened",
                happened_at=opened,
                received_at=opened,
                on=made.on,
                drift_s=0,
                content="{}",
                answer="{}",
            )
        )
    db.session.refresh(made)
    db.session.expunge(made)
    return made


def settled(page: Page, at: Place, want: Any) -> Visit:
    """The visit, once `want` holds of it."""
    for _ in range(1200):
        visit = at.visit()
        if want(visit):
            return visit
        page.wait_for_timeout(50)
    raise AssertionError("the visit never became what was awaited")


def photos() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Attachment.id).where(Attachment.kind == "item:A-1-06")).all())


def test_a_token_that_comes_in_the_middle_of_a_turn_sends_what_waited_for_it(
    page: Page, address: str, at: Place
) -> None:
    sign_in(page, address, at.anna)
    to_the_lift(page)
    page.wait_for_selector("[data-scan-box]")
    until(page, f"localStorage.getItem('device_tokens')?.includes('{at.anna.id}')")
    page.set_default_timeout(10_000)  # a turn that was not asked again rests for a minute
    assert page.evaluate(TOKEN_DURING_ITS_TURN, str(at.anna.id)) == 422


def test_what_an_earlier_version_kept_of_a_visit_arrives_once(page: Page, address: str, at: Place) -> None:
    visit, now = open_visit(at), clock.now()
    held = {
        "answers": {
            "A-1-01": {"answer": "ok", "note": "", "happened_at": (now - timedelta(minutes=30)).isoformat()},
            "A-1-05": {
                "answer": "abnormal",
                "note": "间隙过大",
                "happened_at": (now - timedelta(minutes=25)).isoformat(),
            },
        },
        "remark": "更换灯管",
        "out": {
            "swipe_id": str(new_id()),
            "code": CODE,
            "happened_at": (now - timedelta(minutes=20)).isoformat(),
        },
    }
    page.goto(f"{address}/static/js/theme.js")  # a page of this address that runs nothing of ours
    page.evaluate(OLD_PHONE, [str(visit.id), json.dumps(held), base64.b64encode(photo()["buffer"]).decode()])  # type: ignore[arg-type]
    sent: list[str] = []
    page.on(
        "request",
        lambda request: (
            sent.append(f"{request.method} {request.url.rsplit('/', 1)[1]}")
            if "/api/v1/" in request.url
            else None
        ),
    )

    sign_in(page, address, at.anna)
    found = settled(page, at, lambda visit: visit.state == VisitState.TO_SIGN)
    assert {
        code: (stored["answer"], stored["note"]) for code, stored in found.answers.items() if stored["answer"]
    } == {"A-1-01": ("ok", ""), "A-1-05": ("abnormal", "间隙过大")}
    assert (found.remark, photos(), len(at.swipes())) == ("更换灯管", 1, 2)
    assert abs(found.closed_at - (now - timedelta(minutes=20))) < timedelta(seconds=1)  # type: ignore[operator]
    holds(page, 0)
    assert sent == ["PUT answers", "POST photos", "POST swipes"]
    page.reload()
    page.wait_for_timeout(500)
    assert (page.evaluate(LEFT_OVER), sent[3:]) == ([0, 0], [])


@pytest.fixture(params=["with locks", "without HTTPS there are no locks"])
def phone(browser: Browser, at: Place, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
    if request.param != "with locks":
        context.add_init_script(WITHOUT_LOCKS)
    yield context
    context.close()


def test_two_pages_of_one_phone_send_once(phone: BrowserContext, address: str, at: Place) -> None:
    sent: list[Request] = []
    first = phone.new_page()
    begin(first, address, at)
    tap(first, "A-1-02", "ok")
    expect(first.locator("[data-waiting]")).to_have_text("已全部发送")
    second = phone.new_page()
    second.goto(first.url)
    expect(second.locator("[data-waiting]")).to_have_text("已全部发送")
    phone.set_offline(True)
    tap(first, "A-1-01", "ok")
    expect(second.locator("[data-outbox-count]")).to_have_text("1 条待上传")
    phone.on(
        "requestfinished",
        lambda request: sent.append(request) if request.url.split("?")[0].endswith("/answers") else None,
    )
    phone.set_offline(False)
    for page in (first, second):
        expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
        expect(page.locator("[data-outbox]")).to_be_hidden()
    assert (len(sent), at.visit().answers["A-1-01"]["answer"]) == (1, "ok")


def test_what_waits_survives_a_closed_browser_and_is_sent_from_the_sign_in_page(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    address: str,
    at: Place,
    tmp_path: Path,
) -> None:
    def opened() -> BrowserContext:
        return browser_type.launch_persistent_context(
            str(tmp_path / "phone"),
            viewport={"width": 390, "height": 844},
            locale="zh-CN",
            **browser_type_launch_args,
        )

    context = opened()
    page = context.new_page()
    begin(page, address, at)
    tap(page, "A-1-02", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    context.set_offline(True)
    tap(page, "A-1-01", "ok")
    page.set_input_files("[name=p-A-1-06]", photo())  # type: ignore[arg-type]
    expect(page.locator("[data-waiting]")).to_have_text("2 项未发送，已存在本机")
    context.clear_cookies()
    context.close()

    context = opened()
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    settled(page, at, lambda visit: visit.answers.get("A-1-06", {}).get("photo"))
    expect(page.locator("[data-outbox]")).to_be_hidden()
    context.close()
    assert (at.visit().answers["A-1-01"]["answer"], photos()) == ("ok", 1)


def test_what_the_server_refuses_stays_in_sight_with_its_reason_until_it_was_seen(
    page: Page, address: str, at: Place
) -> None:
    begin(page, address, at)
    tap(page, "A-1-02", "ok")
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    page.context.set_offline(True)
    tap(page, "A-1-01", "ok")
    with make.writing():
        visit = db.session.merge(at.visit())
        visit.state, visit.closed_at = VisitState.VOID, clock.now()
    page.context.set_offline(False)
    expect(page.locator("[data-outbox-count]")).to_have_text("1 条被拒绝")
    page.goto(f"{address}/visits/today")
    page.click("[data-outbox] summary")
    expect(page.locator("[data-outbox-list] li")).to_contain_text(
        "本记录已定案；如有错误，请由维保单位更正。"
    )
    page.click("text=已知晓")
    expect(page.locator("[data-outbox]")).to_be_hidden()
    page.reload()
    page.wait_for_timeout(500)
    expect(page.locator("[data-outbox]")).to_be_hidden()


def test_a_sign_in_without_signal_counts_when_it_happened(page: Page, address: str, at: Place) -> None:
    sign_in(page, address, at.anna)
    to_the_lift(page)
    expect(page.locator("[data-scan-box]")).to_be_visible()
    until(page, "localStorage.getItem('device_tokens')")
    page.context.set_offline(True)
    page.fill("[data-scan-box]", CODE)
    page.press("[data-scan-box]", "Enter")
    expect(page.get_by_text("没有信号：本次刷卡已连同时间保存")).to_be_visible()
    expect(page.locator("[data-outbox-count]")).to_have_text("1 条待上传")
    page.context.set_offline(False)
    page.wait_for_selector("[data-item=A-1-01]")
    assert (at.visit().state, len(at.swipes())) == (VisitState.OPEN, 1)


def test_a_signature_without_signal_is_sent_by_itself(page: Page, address: str, at: Place) -> None:
    begin(page, address, at)
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    until(page, "localStorage.getItem('device_tokens')")
    with db.transaction():
        visit = db.session.merge(at.visit())
        visit.state, visit.closed_at = VisitState.TO_SIGN, clock.now()
    page.goto(f"{page.url}?view=record")
    page.wait_for_selector("[data-canvas]")
    page.context.set_offline(True)
    sign(page)
    expect(page.locator("[data-outbox-count]")).to_have_text("1 条待上传")
    page.context.set_offline(False)
    expect(page.locator("dl.facts")).to_contain_text("安全员")
    assert (at.visit().state, at.visit().signer_name) == (VisitState.ON_SITE, "安全员")


def test_a_phone_without_room_says_so_and_still_sends(page: Page, address: str, at: Place) -> None:
    page.context.add_init_script(FULL)
    begin(page, address, at)
    tap(page, "A-1-01", "ok")
    expect(page.get_by_text("本机空间已满")).to_be_visible()
    expect(page.locator("[data-waiting]")).to_have_text("已全部发送")
    assert at.visit().answers["A-1-01"]["answer"] == "ok"
