"""秤位 on a phone: chosen, remembered, taken, told; and a gas that no scale is set up for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from equipment.core import clock
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people.models import Paper
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.floor_page import all_is_sent, close_bottle, fills, open_bottle, scan

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def by_scale() -> list[tuple[str, str]]:
    return sorted((fill.bay, str(fill.state)) for fill in fills())


def test_the_scale_is_chosen_beside_the_bottle_and_remembered(floor: Page, hall: Hall) -> None:
    first, second, third = hall.bottle(), hall.bottle(), hall.bottle()
    floor.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_bottle(floor, first)
    scan(floor, second.label_code or "")
    floor.locator("[data-scales]").click()
    expect(floor.locator("[data-panel] [data-move]")).to_have_count(4)
    expect(floor.locator("[data-panel] [data-move='0']")).to_be_disabled()
    expect(floor.locator("[data-panel] [data-move='0']")).to_contain_text(f"占用 · {first.serial}")
    expect(floor.locator("[data-panel] [data-move='1']")).to_contain_text("本瓶在此")
    floor.locator("[data-panel] [data-move='3']").click()
    expect(floor.locator("[data-scale]")).to_have_text("4号秤")
    floor.locator("[data-pass]").click()
    scan(floor, first.label_code or "")
    expect(floor.locator("#amount")).to_be_focused()
    floor.keyboard.type("31.0", delay=120)
    floor.locator("[data-scales]").click()
    floor.locator("[data-panel] [data-move='2']").click()
    expect(floor.locator("#amount")).to_have_value("31.0")
    for words in ("最高总重 31.4 kg", "皮重 16.5 kg", "净重 14.5 kg", "充后总重"):
        expect(floor.locator(".fill-weigh").get_by_text(words).first).to_be_in_viewport()
    floor.locator("[data-after='']").click()
    expect(floor.locator(".tile", has_text=first.serial)).to_have_count(0)
    all_is_sent(floor)
    assert by_scale() == [("3号秤", "filled"), ("4号秤", "open")]
    floor.reload()
    expect(floor.locator("[data-bay='2']")).to_have_class("tile is-next")
    open_bottle(floor, third)
    all_is_sent(floor)
    assert by_scale() == [("3号秤", "filled"), ("3号秤", "open"), ("4号秤", "open")]


def test_a_bottle_for_a_taken_scale_is_told_and_asked(floor: Page, hall: Hall) -> None:
    bottles = [hall.bottle() for _ in range(5)]
    for bottle in bottles[:4]:
        open_bottle(floor, bottle)
    scan(floor, bottles[4].label_code or "")
    expect(floor.locator("[data-taken]")).to_contain_text(f"秤位4号秤上还有 {bottles[3].serial}")
    expect(floor.locator("[data-pass]")).to_have_count(0)
    floor.locator("[data-weigh]").click()
    expect(floor.locator(".fill-weigh")).to_contain_text(bottles[3].serial)
    floor.keyboard.insert_text("31.0")
    floor.locator("[data-after='']").click()
    expect(floor.locator(".tile", has_text=bottles[3].serial)).to_have_count(0)
    scan(floor, bottles[4].label_code or "")
    floor.locator("[data-pass]").click()
    all_is_sent(floor)
    assert by_scale() == [
        ("1号秤", "open"),
        ("2号秤", "open"),
        ("3号秤", "open"),
        ("4号秤", "filled"),
        ("4号秤", "open"),
    ]


def test_a_bottle_stays_on_a_taken_scale_only_when_somebody_says_so(floor: Page, hall: Hall) -> None:
    bottles = [hall.bottle() for _ in range(5)]
    for bottle in bottles[:4]:
        open_bottle(floor, bottle)
    scan(floor, bottles[4].label_code or "")
    floor.get_by_role("button", name="仍放秤位 4号秤").click()
    expect(floor.locator("[data-taken]")).to_have_count(0)
    floor.locator("[data-pass]").click()
    expect(floor.locator("[data-bay='3']")).to_contain_text(bottles[4].serial)


def test_a_tap_on_an_occupied_scale_weighs_its_bottle_and_the_freed_scale_is_next(
    floor: Page, hall: Hall
) -> None:
    bottles = [hall.bottle() for _ in range(5)]
    for bottle in bottles[:4]:
        open_bottle(floor, bottle)
    floor.locator("[data-bay='1']").click()
    expect(floor.locator(".fill-weigh")).to_contain_text(bottles[1].serial)
    expect(floor.locator("#amount")).to_be_focused()
    floor.keyboard.insert_text("31.0")
    floor.locator("[data-after='']").click()
    expect(floor.locator("[data-bay='1']")).to_have_class("tile is-next")
    open_bottle(floor, bottles[4])
    expect(floor.locator("[data-bay='1']")).to_contain_text(bottles[4].serial)


def test_before_it_is_enrolled_a_phone_shows_what_stands_where(
    floor: Page, hall: Hall, address: str, browser: Browser
) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    all_is_sent(floor)
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    context.add_cookies(floor.context.cookies())
    phone = context.new_page()
    phone.goto(f"{address}/floor")
    expect(phone.locator("[data-enrol]")).to_be_visible()
    expect(phone.locator("[data-bay='0']")).to_contain_text(bottle.serial)
    expect(phone.locator("[data-bay='1']")).to_contain_text("空闲")
    expect(phone.locator("[data-bay='1']")).to_have_class("tile is-next")
    phone.locator("[data-bay='0']").click()
    expect(phone.locator("[data-toasts]")).to_contain_text("本设备尚未绑定")
    phone.locator("[data-bay='2']").click()
    phone.reload()
    expect(phone.locator("[data-bay='2']")).to_have_class("tile is-next")
    context.close()


def test_what_another_device_finished_leaves_its_scale(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    all_is_sent(floor)
    [fill] = fills()
    hall.result(str(fill.id), gross_g=31000)
    floor.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(floor.locator("[data-bay='0']")).to_contain_text("空闲")
    expect(floor.locator("[data-count='open']")).to_have_text("0")


def test_a_bottle_of_another_gas_is_sent_to_its_scale_or_told_that_there_is_none(
    floor: Page, hall: Hall
) -> None:
    oxygen = hall.bottle(details=OXYGEN)
    with make.writing():
        db.session.execute(update(Paper).values(covers=["LPG", "O2"]))
    forget_all()
    floor.reload()
    expect(floor.locator(".fill-note")).to_contain_text("没有 O2 氧 的秤位")
    scan(floor, oxygen.label_code or "")
    expect(floor.locator(".answer-no")).to_contain_text("R13")
    expect(floor.locator("[data-panel] .fill-note")).to_contain_text("没有设置 O2 的秤位")
    with make.writing():
        db.session.add(
            Instrument(
                organisation_id=hall.station.id,
                kind=InstrumentKind.GAUGE,
                name="氧气表",
                number="G1",
                bay="氧1",
                gas="O2",
                verified_until=clock.today() + timedelta(days=99),
            )
        )
    floor.reload()
    expect(floor.locator("[data-bay]")).to_have_count(5)
    scan(floor, oxygen.label_code or "")
    floor.get_by_role("button", name="放到 氧1 · O2 上重新扫码").click()
    expect(floor.locator(".answer-yes")).to_have_count(1)
    assert [(fill.gas, fill.bay) for fill in fills() if fill.state == "open"] == [("O2", "氧1")]


TYPED = [
    ("31200", "“31200”按千克算就是 31200 kg。如果是克数，请输入 31.2。"),
    ("31.2555", "“31.2555”不是读数：请按秤或表上显示的kg数输入，例如 15.2。"),
    ("31.2.1", "“31.2.1”不是读数"),
    ("", "请先输入秤上的读数"),
]


def test_what_is_typed_is_understood_or_answered_in_plain_words(floor: Page, hall: Hall) -> None:
    bottle = hall.bottle()
    open_bottle(floor, bottle)
    floor.locator("[data-bay='0']").click()
    for typed, words in TYPED:
        floor.locator("#amount").fill(typed)
        floor.locator("[data-after='']").click()
        expect(floor.locator("[data-toasts] .is-bad").last).to_contain_text(words)
    floor.locator("#amount").fill("３１，２")
    floor.locator("[data-after='']").click()
    expect(floor.locator(".tile", has_text=bottle.serial)).to_have_count(0)
    all_is_sent(floor)
    assert [fill.gross_g for fill in fills()] == [31200]


def test_a_freed_scale_takes_the_next_bottle_though_the_last_one_is_taken(floor: Page, hall: Hall) -> None:
    bottles = [hall.bottle() for _ in range(5)]
    for bottle in bottles[:4]:
        open_bottle(floor, bottle)
    close_bottle(floor, bottles[0], "31.0")
    open_bottle(floor, bottles[4])
    all_is_sent(floor)
    by_bottle = {fill.equipment_id: fill.bay for fill in fills()}
    assert by_bottle[bottles[4].id] == "1号秤"


def test_a_scale_of_no_name_holds_bottles_of_its_gas_only(floor: Page, hall: Hall) -> None:
    with make.writing():
        db.session.execute(update(Instrument).values(active=False))
        db.session.execute(update(Paper).values(covers=["LPG", "O2"]))
    forget_all()
    floor.reload()
    expect(floor.locator("[data-bay]")).to_have_count(2)
    bottle = hall.bottle()
    floor.locator(".tile", has_text="LPG").click()
    open_bottle(floor, bottle)
    expect(floor.locator(".tile", has_text="O2")).to_contain_text("空闲")
    assert [fill.state for fill in fills()] == ["open"]
