"""What waits on a station's tablet in a real Chromium: taken over from earlier versions, and refusals that nobody has seen yet."""

from __future__ import annotations

import base64
import io
import json
from datetime import timedelta

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.models import Attachment
from equipment.fills.models import Fill, Scan
from equipment.people.rules import DeviceKind
from equipment.storage import db
from tests import make
from tests.browser.asking import holds
from tests.fills.conftest import Hall, put_on_duty

pytestmark = pytest.mark.browser

OLD_TABLET = """([token, queue, fill, photo]) => new Promise((resolve) => {
  localStorage.setItem('device_token', token);
  localStorage.setItem('fill_queue', queue);
  const request = indexedDB.open('visits', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('photos', { keyPath: 'id' }).createIndex('visit', 'visit');
  request.onsuccess = () => {
    const transaction = request.result.transaction('photos', 'readwrite');
    const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
    transaction.objectStore('photos').put({ id: 'old', visit: 'fill', code: fill, blob: new Blob([bytes], { type: 'image/jpeg' }) });
    transaction.oncomplete = () => { request.result.close(); resolve(); };
  };
})"""


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


def picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "gray").save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


def floor_token(hall: Hall) -> str:
    device, token = make.device(hall.station, DeviceKind.FLOOR, created_at=clock.now() - timedelta(days=9))
    put_on_duty(hall, device)
    return token


def test_what_an_earlier_version_kept_of_fills_arrives_once_from_whichever_page_opens_next(
    page: Page, address: str, hall: Hall
) -> None:
    """The sign-in page: nobody is signed in any more."""
    bottle, overdue = hall.bottle(), hall.bottle(inspection_due_on=make.days(-30))
    first, second, at = str(new_id()), str(new_id()), (clock.now() - timedelta(hours=2)).isoformat()
    scans = [
        {"scan_id": scan, "code": code, "gas": "LPG", "bay": "3号秤", "happened_at": at}
        for scan, code in ((first, bottle.label_code), (second, overdue.label_code))
    ]
    queue = [
        {"id": str(number), "method": "POST", "path": "/fills", "body": body, "late": True}
        for number, body in enumerate(scans)
    ]
    queue.append(
        {
            "id": "3",
            "method": "POST",
            "path": f"/fills/{second}/treatment",
            "body": {"treatment": "wrong_file", "happened_at": at},
            "late": False,
        }
    )
    page.goto(f"{address}/static/js/theme.js")  # a page of this address that runs nothing of ours
    page.evaluate(OLD_TABLET, [floor_token(hall), json.dumps(queue), second, picture()])
    sent: list[str] = []
    page.on(
        "request",
        lambda request: (
            sent.append(request.url.split("/api/v1/")[1].replace(second, "ID"))
            if "/api/v1/" in request.url
            else None
        ),
    )

    page.goto(f"{address}/sign-in")
    expect(page.locator("[data-outbox-count]")).to_have_text("1 条被拒绝")
    page.click("[data-outbox] summary")
    expect(page.locator("[data-outbox-list] li")).to_contain_text("超期未检")
    for _ in range(200):
        db.session.rollback()
        if db.session.scalars(select(Attachment.id)).all():
            break
        page.wait_for_timeout(50)
    assert sorted((fill.state, fill.treatment) for fill in db.session.scalars(select(Fill))) == [
        ("open", ""),
        ("refused", "wrong_file"),
    ]
    assert (
        len(db.session.scalars(select(Scan.id)).all()),
        len(db.session.scalars(select(Attachment.id)).all()),
    ) == (2, 1)
    holds(page, 1)
    assert sent == ["fills", "fills", "fills/ID/treatment", "fills/ID/photos"]
    page.reload()
    expect(page.locator("[data-outbox-count]")).to_have_text("1 条被拒绝")
    assert (len(sent), page.evaluate("localStorage.getItem('fill_queue')")) == (4, None)


def test_a_verdict_that_came_after_an_outage_stays_until_it_was_seen(
    context: BrowserContext, address: str, hall: Hall
) -> None:
    """Two bottles were scanned without a signal: the second verdict does not hide that the first one is refused."""
    overdue, good, token = hall.bottle(inspection_due_on=make.days(-30)), hall.bottle(), floor_token(hall)
    context.add_cookies([{"name": "floor_device", "value": token, "url": address}])
    context.add_init_script(f"localStorage.setItem('device_token', '{token}')")
    page = context.new_page()
    page.goto(f"{address}/floor")
    expect(page.locator("[data-bays] button").first).to_be_visible()
    context.set_offline(True)
    for bottle in (overdue, good):
        page.keyboard.insert_text(bottle.label_code or "")
        page.keyboard.press("Enter")
    expect(page.locator("[data-waiting]")).to_have_text("2 条待上传")
    context.set_offline(False)
    expect(page.locator(".answer-yes")).to_be_visible()
    for _ in range(2):
        expect(page.locator("[data-waiting]")).to_have_text("1 条被拒绝 · 1 条可充")
        rows = page.locator("[data-outbox-list] li")
        expect(rows.nth(0)).to_contain_text(overdue.serial)
        expect(rows.nth(0)).to_contain_text("超期未检")
        expect(rows.nth(1)).to_contain_text(good.serial)
        expect(rows.nth(1)).to_contain_text("可充装")
        page.reload()
    page.click("[data-outbox] summary")
    page.click("text=已知晓")
    expect(rows).to_have_count(1)
    page.click("text=已知晓")
    expect(page.locator("[data-outbox]")).to_be_hidden()
