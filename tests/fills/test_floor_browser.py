"""The floor page in a real Chromium: how many scans, taps and numbers a bottle costs, and what a dead network loses."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.models import Attachment
from equipment.fills.models import Delivery, Scan
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.intake.actions import forget_contacts
from equipment.people.models import Paper
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.floor_page import all_is_sent, close_bottle, fills, open_bottle, scan, while_it_fills

pytestmark = pytest.mark.browser


def test_a_good_bottle_costs_two_scans_one_number_and_two_taps(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    while_it_fills(floor)
    close_bottle(floor, bottle, "31.2")
    fill = fills()[0]
    assert (fill.state, fill.net_g, fill.bay, fill.flags) == ("filled", 14700, "1号秤", [])
    assert (
        floor.evaluate("window.taps"),
        floor.evaluate("window.dialogs"),
        db.session.scalar(select(func.count()).select_from(Scan)),
    ) == (2, 0, 2)


def test_a_scan_after_the_tap_is_a_scan_and_a_gun_that_fires_twice_is_none(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    scan(floor, bottle.label_code or "")
    expect(floor.locator(".answer-yes")).to_have_count(1)
    scan(floor, bottle.label_code or "")
    scan(floor, bottle.label_code or "")
    expect(floor.locator(".fill-again")).to_have_count(1)
    expect(floor.locator(".fill-again")).to_contain_text(f"刚刚已扫：{bottle.serial}")
    expect(floor.locator(".answer-yes")).to_have_count(1)
    floor.locator("[data-pass]").click()
    scan(floor, bottle.label_code or "")
    expect(floor.locator("#amount")).to_be_focused()
    expect(floor.locator(".fill-again")).to_have_count(0)
    floor.keyboard.type("31.2", delay=150)
    scan(floor, bottle.label_code or "")
    expect(floor.locator(".fill-again")).to_have_count(1)
    expect(floor.locator("#amount")).to_have_value("31.2")
    all_is_sent(floor)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 2


def test_three_hundred_bottles_over_four_scales_without_a_dialog(floor: Page, hall: Hall) -> None:
    bottles = [hall.bottle() for _ in range(300)]
    for start in range(0, 300, 4):
        here = bottles[start : start + 4]
        for bottle in here:
            open_bottle(floor, bottle)
        for bottle in here:
            close_bottle(floor, bottle, "31.0")
    done = fills()
    assert ({fill.state for fill in done}, len(done), sum(fill.net_g or 0 for fill in done)) == (
        {"filled"},
        300,
        300 * 14500,
    )
    assert {
        bay: sum(fill.bay == bay for fill in done) for bay in ("1号秤", "2号秤", "3号秤", "4号秤")
    } == dict.fromkeys(("1号秤", "2号秤", "3号秤", "4号秤"), 75)
    assert (floor.evaluate("window.taps"), floor.evaluate("window.dialogs")) == (600, 0)


def test_a_refused_bottle_ends_in_one_tap(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-30))
    scan(floor, bottle.label_code or "")
    expect(floor.locator(".answer-no")).to_contain_text("禁止充装")
    expect(floor.locator(".answer-no")).to_contain_text("超期未检")
    floor.get_by_role("button", name="待送检").click()
    expect(floor.locator("[data-panel] .answer")).to_have_count(0)
    expect(floor.locator("[data-waiting]")).to_be_hidden()
    all_is_sent(floor)
    assert [(fill.state, fill.treatment) for fill in fills()] == [("refused", "inspect")]
    assert floor.evaluate("window.taps") == 1


def photos() -> list[str]:
    db.session.rollback()
    return [str(each) for each in db.session.scalars(select(Attachment.subject_id))]


def photographed() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "gray").save(out, "JPEG")
    return {"name": "stamp.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_wrong_record_is_shown_by_a_photo_that_waits_for_the_network(
    floor: Page, hall: Hall, context: BrowserContext
) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-30))
    scan(floor, bottle.label_code or "")
    floor.get_by_role("button", name="信息有误").click()
    expect(floor.get_by_text("已记录。")).to_be_visible()
    context.set_offline(True)
    floor.locator("[data-photo]").set_input_files(
        {"name": "stamp.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
    )
    expect(floor.get_by_text("照片无法读取，请重拍。")).to_be_visible()
    floor.locator("[data-photo]").set_input_files(photographed())
    expect(floor.get_by_text("照片已保存，将自动上传。")).to_be_visible()
    floor.get_by_role("button", name="下一瓶").click()
    expect(floor.locator("[data-panel] [data-photo]")).to_have_count(0)
    assert photos() == []
    context.set_offline(False)
    for _ in range(200):
        if photos():
            break
        floor.wait_for_timeout(50)
    assert ([fill.treatment for fill in fills()], photos()) == (
        ["wrong_file"],
        [str(fill.id) for fill in fills()],
    )


def test_the_picture_of_the_fault_refuses(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    scan(floor, bottle.label_code or "")
    floor.get_by_role("button", name="火烧").click()
    expect(floor.locator(".answer-no")).to_contain_text("R17")
    assert [fill.state for fill in fills()] == ["refused"]


def test_an_overfilled_bottle_stays_on_its_scale_until_weighed_again(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    while_it_fills(floor)
    scan(floor, bottle.label_code or "")
    floor.locator("#amount").fill("31.5")
    floor.locator("[data-after='']").click()
    expect(floor.locator(".answer-no")).to_contain_text("最高总重 31.4 kg")
    expect(floor.locator(".tile.is-bad")).to_have_count(1)
    while_it_fills(floor)
    close_bottle(floor, bottle, "31.3")
    assert [(fill.state, fill.net_g) for fill in fills()] == [("filled", 14800)]


def test_an_overfilled_bottle_is_no_mistake_any_more(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    while_it_fills(floor)
    scan(floor, bottle.label_code or "")
    expect(floor.locator("[data-panel] [data-void]")).to_be_visible()
    floor.locator("#amount").fill("31.5")
    floor.locator("[data-after='']").click()
    expect(floor.locator(".answer-no")).to_be_visible()
    while_it_fills(floor)
    scan(floor, bottle.label_code or "")
    expect(floor.locator("#amount")).to_be_visible()
    expect(floor.locator("[data-panel] [data-void]")).to_be_hidden()


def test_only_faults_are_offered_that_the_gas_asks_for(floor: Page, hall: Hall) -> None:
    """A tap on another would be an answer to no item: the bottle would count as passed."""
    bottle, oxygen = hall.bottle(), hall.bottle(details=OXYGEN)
    scan(floor, bottle.label_code or "")
    expect(floor.locator("[data-fault='P09']").first).to_be_visible()
    expect(floor.locator("[data-fault='P10']")).to_be_hidden()
    with make.writing():
        db.session.execute(update(Instrument).values(gas="O2", kind=InstrumentKind.GAUGE))
        db.session.execute(update(Paper).values(covers=["LPG", "O2"]))
    forget_contacts()
    forget_all()
    floor.reload()
    scan(floor, oxygen.label_code or "")
    expect(floor.locator("[data-fault='P10']")).to_be_visible()
    floor.locator("[data-pass]").click()
    while_it_fills(floor)
    scan(floor, oxygen.label_code or "")
    expect(floor.locator("[data-after='Q02']")).to_be_visible()
    expect(floor.locator("[data-after='Q10']")).to_be_hidden()


def test_a_reload_sends_the_next_bottle_to_a_free_scale(floor: Page, hall: Hall) -> None:
    first, second = hall.bottle(), hall.bottle()
    open_bottle(floor, first)
    all_is_sent(floor)
    floor.reload()
    expect(floor.locator(".tile", has_text=first.serial)).to_have_count(1)
    open_bottle(floor, second)
    assert sorted(fill.bay for fill in fills()) == ["1号秤", "2号秤"]


def test_what_an_earlier_page_left_waiting_stands_on_its_scale(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    body = {
        "scan_id": str(new_id()),
        "code": bottle.label_code,
        "gas": "LPG",
        "bay": "3号秤",
        "happened_at": clock.now().isoformat(),
    }
    waiting = [{"id": "1", "method": "POST", "path": "/fills", "body": body, "late": True}]
    floor.evaluate("text => localStorage.setItem('fill_queue', text)", json.dumps(waiting))
    floor.reload()
    expect(floor.locator(".tile", has_text=bottle.serial)).to_contain_text("3号秤")


def test_a_dead_network_loses_nothing_and_asks_nobody_to_fill(
    floor: Page, hall: Hall, context: BrowserContext
) -> None:
    bottle = hall.bottle()
    context.set_offline(True)
    scan(floor, bottle.label_code or "")
    expect(floor.locator("[data-panel] .answer-no")).to_contain_text("无离线可充清单")
    expect(floor.locator("[data-waiting]")).to_have_text("1 条待上传")
    context.set_offline(False)
    expect(floor.locator(".answer-yes")).to_contain_text("可充装")
    expect(floor.locator("[data-waiting]")).to_have_text("1 条可充")
    floor.get_by_role("button", name="已知晓").click()
    expect(floor.locator("[data-waiting]")).to_be_hidden()
    assert [fill.state for fill in fills()] == ["open"]


def test_a_reload_shows_what_stands_on_the_scales(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    all_is_sent(floor)
    floor.reload()
    expect(floor.locator(".tile", has_text=bottle.serial)).to_have_count(1)
    close_bottle(floor, bottle, "31.0")
    assert [fill.flags for fill in fills()] == [[]]


def test_a_scan_fired_while_the_weight_is_typed_is_a_scan(floor: Page, hall: Hall) -> None:
    first, second = hall.bottle(), hall.bottle()
    open_bottle(floor, first)
    while_it_fills(floor)
    scan(floor, first.label_code or "")
    expect(floor.locator("#amount")).to_be_focused()
    scan(floor, second.label_code or "")
    expect(floor.locator(".answer-yes")).to_have_count(1)
    assert len(fills()) == 2


def test_a_delivery_counts_distinct_bottles_survives_a_reload_and_says_whose_they_were(
    floor: Page, hall: Hall, other: Hall
) -> None:
    good, late, foreign = hall.bottle(), hall.bottle(inspection_due_on=make.days(-5)), other.bottle()
    floor.get_by_role("button", name="收瓶").click()
    for code in (good.label_code, late.label_code, foreign.label_code, "6900000000000"):
        floor.locator("[data-panel] .answer").evaluate_all("boxes => boxes.forEach(box => box.remove())")
        scan(floor, code or "")
        expect(floor.locator(".answer-yes, .answer-no")).to_have_count(1)
    expected = {"good": "1", "inspect": "1", "no_code": "1", "foreign": "1", "scrap": "0", "aside": "0"}
    for _ in range(2):
        for sort, number in expected.items():
            expect(floor.locator(f"[data-sort={sort}]")).to_have_text(number)
        floor.reload()
        floor.get_by_role("button", name="收瓶").click()
    floor.get_by_label("谁的瓶").fill("城北门市部")
    floor.get_by_role("button", name="收瓶结束").click()
    expect(floor.locator("[data-sort=good]")).to_have_text("0")
    all_is_sent(floor)
    db.session.rollback()
    [delivery] = db.session.scalars(select(Delivery)).all()
    assert (delivery.from_whom, delivery.closed_at is not None, fills()) == ("城北门市部", True, [])


def test_the_shift_is_handed_over_when_every_bottle_is_settled(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    expect(floor.locator("[data-on-duty]")).to_have_text(hall.person.name)
    open_bottle(floor, bottle)
    all_is_sent(floor)
    floor.get_by_role("link", name="交班").click()
    expect(floor.get_by_text(bottle.serial)).to_be_visible()
    assert floor.get_by_role("link", name="交班").count() == 0
    floor.get_by_role("link", name="1 瓶未完成").click()
    expect(floor.locator(".answer")).to_contain_text(bottle.serial)
    assert floor.get_by_role("button", name="下岗").count() == 0
    floor.go_back()
    floor.get_by_role("button", name="未充装").click()
    expect(floor.get_by_role("link", name="交班")).to_be_visible()
    assert [fill.state for fill in fills()] == ["not_filled"]


def test_a_weight_stays_when_the_gun_fires_into_its_box(floor: Page, hall: Hall) -> None:
    first, second = hall.bottle(), hall.bottle()
    open_bottle(floor, first)
    while_it_fills(floor)
    scan(floor, first.label_code or "")
    expect(floor.locator("#amount")).to_be_focused()
    floor.keyboard.type("31.2", delay=150)
    expect(floor.locator("[data-net-weight]")).to_contain_text("14.7 kg")
    floor.keyboard.type(second.label_code or "")
    floor.keyboard.press("Enter")
    expect(floor.locator(".answer-yes")).to_have_count(1)
    assert len(fills()) == 2
    floor.locator(".tile", has_text=first.serial).click()
    expect(floor.locator("#amount")).to_have_value("31.2")
    floor.locator("[data-after='']").click()
    expect(floor.locator(".tile", has_text=first.serial)).to_have_count(0)
    assert sorted(fill.gross_g or 0 for fill in fills()) == [0, 31200]


def test_a_bottle_filled_just_now_needs_a_reason(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    while_it_fills(floor)
    close_bottle(floor, bottle, "31.0")
    scan(floor, bottle.label_code or "")
    expect(floor.locator(".answer-no .answer-detail")).to_contain_text(bottle.serial)
    expect(floor.locator(".answer-no")).to_contain_text("0 分钟前充装过")
    floor.get_by_role("button", name="用完送回").click()
    expect(floor.locator(".answer-yes")).to_contain_text("用完送回")
