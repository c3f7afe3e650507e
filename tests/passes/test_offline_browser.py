"""A shift without a network in a real Chromium: verdicts by the list, weights, a browser that is killed and opened
again, and everything there once when the network is back."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect
from sqlalchemy import select, update

from equipment.core import clock
from equipment.fills.models import Fill, Scan
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.passes.actions import issue_list
from equipment.passes.disputes import ListWord, disputed_fills, list_disputes
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, hall_of, put_on_duty
from tests.fills.floor_page import all_is_sent, on_the_phone, scan
from tests.maintenance.test_offline import wait_kept

pytestmark = pytest.mark.browser

BOTTLES = int(os.environ.get("OFFLINE_BOTTLES", "40"))  # a whole shift: 200
LISTED = """async () => {
  const passes = performance.getEntriesByType('resource').map((entry) => entry.name).find((name) => /\\/passes\\.js/.test(name));
  return (await import(passes)).standing();
}"""
Open = Callable[[], BrowserContext]


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture
def hall(app: Any) -> Hall:
    return hall_of(app)


@pytest.fixture
def browser(
    hall: Hall,
    address: str,
    tmp_path: Path,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> Iterator[Open]:
    """Opens the station's tablet, as often as it is killed: what it keeps stays in its folder."""
    device, token = make.device(hall.station, DeviceKind.FLOOR)
    with make.writing():
        put_on_duty(hall, device)
        for number in range(1, 5):
            db.session.add(
                Instrument(
                    organisation_id=hall.station.id,
                    kind=InstrumentKind.SCALE,
                    name=f"{number}号秤",
                    number=f"S{number}",
                    bay=f"{number}号秤",
                    gas="LPG",
                    verified_until=clock.today() + timedelta(days=99),
                )
            )
    running: list[BrowserContext] = []

    def opened() -> BrowserContext:
        context = browser_type.launch_persistent_context(
            str(tmp_path / "tablet"), **browser_type_launch_args, viewport={"width": 800, "height": 1280}
        )
        context.add_cookies(
            [{"name": "floor_device", "value": token, "url": address, "expires": time.time() + 9e5}]
        )
        context.add_init_script(
            f"if (location.href.startsWith('{address}')) localStorage.setItem('device_token', '{token}')"
        )
        running.append(context)
        return context

    yield opened
    for context in running:
        context.close()


def floor_of(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/floor")
    expect(page.locator("[data-bay]")).to_have_count(4)
    return page


def with_list(context: BrowserContext, address: str) -> Page:
    """The page, once it has its list and stands on the tablet."""
    page = floor_of(context, address)
    expect(page.locator("[data-list-left]")).to_contain_text("小时")
    wait_kept(page, "/floor")
    return page


def fill(page: Page, bottle: Equipment, gross: str) -> None:
    scan(page, bottle.label_code or "")
    expect(page.locator(".answer-yes")).to_be_visible()
    page.locator("[data-pass]").click()
    page.locator(".tile", has_text=bottle.serial).click()
    page.locator("#amount").fill(gross)
    page.locator("[data-after='']").click()
    expect(page.locator(".tile", has_text=bottle.serial)).to_have_count(0)


def test_a_shift_without_a_network(hall: Hall, address: str, browser: Open) -> None:
    bottles = [hall.bottle() for _ in range(BOTTLES)]
    overdue = hall.bottle(inspection_due_on=make.days(-1))
    changed = hall.bottle()
    issue_list(hall.station.id)
    context = browser()
    page = with_list(context, address)
    fill(page, bottles[0], "31.0")
    all_is_sent(page)
    context.set_offline(True)
    with make.writing():  # what the tablet cannot know
        db.session.execute(
            update(Equipment).where(Equipment.id == changed.id).values(status="locked", block_reason="涉事故")
        )
    scan(page, overdue.label_code or "")
    expect(page.locator(".answer-no")).to_contain_text("不在离线可充清单内")
    scan(page, bottles[0].label_code or "")
    expect(page.locator(".answer-no")).to_contain_text("刚充过此瓶")
    fill(page, changed, "31.0")
    half = BOTTLES // 2
    for bottle in bottles[1:half]:
        fill(page, bottle, "31.2")
    scan(page, bottles[half].label_code or "")
    page.locator("[data-pass]").click()
    on_the_phone(page)
    context.close()  # killed in the middle of a fill
    context = browser()
    context.set_offline(True)
    page = floor_of(context, address)  # opens without a network
    expect(page.locator("[data-list-left]")).to_contain_text("小时")
    page.locator(".tile", has_text=bottles[half].serial).click()
    page.locator("#amount").fill("31.2")
    page.locator("[data-after='']").click()
    for bottle in bottles[half + 1 :]:
        fill(page, bottle, "31.2")
    scan(page, bottles[-1].label_code or "")
    expect(page.locator(".answer-no")).to_contain_text("刚充过此瓶")
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    for _ in range(20):
        try:
            all_is_sent(page)
            break
        except AssertionError:
            continue
    db.session.rollback()
    fills = db.session.scalars(select(Fill)).all()
    filled = [row for row in fills if row.state == "filled"]
    assert Counter(row.equipment_id for row in filled) == Counter(bottle.id for bottle in bottles)
    assert sum("by_list" in row.flags for row in filled) == BOTTLES - 1
    assert {row.gross_g for row in filled} == {31_000, 31_200}
    (dispute,) = list_disputes(db.session.scalars(disputed_fills(SYSTEM)).all())
    assert (dispute.forbidden.equipment_id, dispute.word) == (changed.id, ListWord.TRUE)
    scans = db.session.scalars(visible(SYSTEM, Scan).where(Scan.equipment_id == overdue.id)).all()
    assert [row.allowed for row in scans] == [False]
    expect(page.locator("[data-outbox]")).to_contain_text(changed.serial)


def test_a_list_that_was_changed_on_the_tablet_is_none(hall: Hall, address: str, browser: Open) -> None:
    good, overdue = hall.bottle(), hall.bottle(inspection_due_on=make.days(-1))
    issue_list(hall.station.id)
    context = browser()
    page = with_list(context, address)
    before = page.evaluate(LISTED)
    assert (before["why"], before["sequence"]) == ("", 1)
    page.evaluate(
        """(code) => new Promise((resolve) => {
          const opening = indexedDB.open('passes');
          opening.onsuccess = () => {
            const transaction = opening.result.transaction('lists', 'readwrite'), store = transaction.objectStore('lists');
            store.get('list').onsuccess = (event) => {
              const kept = event.target.result;
              kept.text = kept.text.replace(/^[^\\t]+/, code);
              store.put(kept, 'list');
            };
            transaction.oncomplete = () => { opening.result.close(); resolve(); };
          };
        })""",
        overdue.label_code,
    )
    context.set_offline(True)
    page.reload()
    expect(page.locator("[data-bay]")).to_have_count(4)
    expect(page.locator("[data-list-left]")).to_have_text("无离线可充清单")
    for bottle in (good, overdue):
        scan(page, bottle.label_code or "")
        expect(page.locator(".answer-no")).to_contain_text("无离线可充清单")
        page.wait_for_timeout(2100)


def test_a_clock_set_back_and_a_list_that_ran_out_are_red(hall: Hall, address: str, browser: Open) -> None:
    bottle = hall.bottle()
    issue_list(hall.station.id)
    context = browser()
    page = with_list(context, address)
    context.set_offline(True)
    for hours, text in ((-30, "时钟偏慢"), (100, "已过期")):
        page.evaluate(
            f"(hours) => {{ const now = Date.now; Date.now = () => now() + {hours} * 3600000; }}", hours
        )
        scan(page, bottle.label_code or "")
        expect(page.locator(".answer-no")).to_contain_text(text)
        page.reload()
        expect(page.locator("[data-bay]")).to_have_count(4)
