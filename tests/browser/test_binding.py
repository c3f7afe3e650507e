"""绑码 on site in a real Chromium: a blank label scanned at the scale ends on the bottle that the last digits of its stamp name."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from equipment.labels.actions import issue_labels
from equipment.people.credentials import hashed_password
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Role
from equipment.people.scope import visible
from equipment.register import actions
from equipment.register.models import Equipment, Label, LabelStep
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.storage import db
from tests import make
from tests.browser.test_days import AXE, ENGLISH, WINDOWS

pytestmark = pytest.mark.browser

PASSWORD = "Bottle-2026-bind"
DETAILS = {"variety": "lpg", "medium": "LPG", "model": "YSP35.5", "volume_ml": 35500, "tare_g": 16500}
TABLET = {"width": 800, "height": 1280}


@dataclass
class Yard:
    """A station whose bottles carry no labels yet, its worker, and a sheet of blank labels."""

    station: Organisation
    worker: User
    blanks: list[str]

    def bottle(self, serial: str, **more: object) -> Equipment:
        made = make.equipment(
            "cylinder",
            serial=serial,
            owner_id=self.station.id,
            maker="甘肃示例压力容器厂",
            medium="LPG",
            details=DETAILS,
            **more,
        )
        db.session.expunge(made)
        return made


@pytest.fixture
def yard(app: Flask) -> Yard:
    station = make.station("白银示例燃气有限公司")
    worker = make.user(station, Role.OPERATOR, name="王师傅", certificate="P")
    with app.app_context(), db.transaction():
        db.session.get_one(User, worker.id).password = hashed_password(PASSWORD, worker.mobile)
        batch = issue_labels(4, station.id, by=SYSTEM)
    blanks = sorted(
        db.session.scalars(
            visible(SYSTEM, Label).where(Label.batch_id == batch.id).with_only_columns(Label.code)
        )
    )
    db.session.expunge_all()
    return Yard(station, worker, blanks)


@pytest.fixture(params=["phone", "tablet"])
def page(browser: Browser, address: str, yard: Yard, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The worker, signed in on a phone or a tablet that may scan."""
    window = {**WINDOWS, "tablet": TABLET}[request.param]
    context = browser.new_context(viewport=window, locale="zh-CN", has_touch=True)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(f"{address}/sign-in")
    opened.fill("[name=mobile]", yard.worker.mobile)
    opened.fill("[name=password]", PASSWORD)
    opened.click("main button[type=submit]")
    opened.wait_for_url("**/floor")
    opened.get_by_role("button", name="用本机扫码").click()
    expect(opened.locator("[data-enrol]")).to_be_hidden()
    yield opened
    context.close()
    assert wrong == []


def scan(page: Page, text: str) -> None:
    """What a wedge gun does: types into whatever has the focus, then Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def is_sound(page: Page) -> None:
    """Fits the window, is in Chinese, and axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert ENGLISH.findall(page.inner_text("body")) == []
    page.evaluate(AXE)
    assert (
        page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].target))"
        )
        == []
    )


def scan_at_the_scale(page: Page, text: str) -> None:
    """A code without a bottle behind it is refused at the scale, and leads to 绑码."""
    scan(page, text)
    expect(page.locator(".answer-no")).to_contain_text("禁止充装")
    page.get_by_role("link", name="绑码").click()


def is_ready(page: Page, box: str) -> None:
    """The page with this box has come and its scripts listen."""
    expect(page.locator(box)).to_be_visible()
    page.wait_for_load_state()


def press(page: Page, digits: str) -> None:
    is_ready(page, "#digits")
    for digit in digits:
        page.locator(f"[data-key='{digit}']").click()


def carries(bottle: Equipment) -> str | None:
    db.session.rollback()
    return db.session.get_one(Equipment, bottle.id, populate_existing=True).label_code


def stands(code: str) -> LabelStatus:
    db.session.rollback()
    return LabelStatus(db.session.get_one(Label, code, populate_existing=True).status)


def test_a_blank_label_scanned_at_the_scale_is_bound_by_the_last_digits_of_the_stamp(
    page: Page, yard: Yard
) -> None:
    bottle, other = yard.bottle("8812345"), yard.bottle("8899999")
    scan_at_the_scale(page, f"HTTPS://TZ.TEST.CN/T/{yard.blanks[0]}")
    expect(page.get_by_text("2. 输入钢印编号后 4–6 位")).to_be_visible()
    is_sound(page)
    press(page, "2345")
    expect(page.locator(".match")).to_have_count(1)
    expect(page.locator(".match")).to_contain_text("8812345")
    is_sound(page)
    page.locator(".match").click()
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    is_sound(page)
    assert (carries(bottle), carries(other), stands(yard.blanks[0])) == (
        yard.blanks[0],
        None,
        LabelStatus.BOUND,
    )
    page.get_by_role("link", name="下一个").click()
    is_ready(page, "[data-scan-box]")
    scan(page, yard.blanks[1])
    # The page before has a box for digits too.
    expect(page.get_by_text("2. 输入钢印编号后 4–6 位")).to_be_visible()
    is_ready(page, "#digits")
    page.keyboard.type("9999")  # a gun or a hardware keyboard types wherever the focus is
    page.locator(".match").click()
    expect(page.locator(".answer-yes")).to_contain_text("8899999")
    assert carries(other) == yard.blanks[1]


def test_wrong_digits_are_said_and_corrected_with_the_label_still_in_hand(page: Page, yard: Yard) -> None:
    bottle = yard.bottle("8812345")
    scan_at_the_scale(page, yard.blanks[0])
    press(page, "2346")
    expect(page.locator("#matches")).to_contain_text("本单位没有编号以 2346 结尾的设备。")
    is_sound(page)
    page.get_by_role("button", name="删一位").click()
    press(page, "5")
    page.locator(".match").click()
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    assert carries(bottle) == yard.blanks[0]


def test_a_bottle_nobody_finds_is_set_aside_with_the_label_and_a_photo(page: Page, yard: Yard) -> None:
    out = io.BytesIO()
    Image.new("RGB", (1200, 800), "gray").save(out, "JPEG")
    scan_at_the_scale(page, yard.blanks[0])
    press(page, "70001")
    page.get_by_label("拍摄钢印和检验标志环").set_input_files(
        {"name": "stamp.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    expect(page.locator(".aside")).to_contain_text("stamp.jpg")
    is_sound(page)
    page.get_by_role("button", name="待建档").click()
    expect(page.locator(".answer-wait")).to_contain_text("待建档")
    is_sound(page)
    assert stands(yard.blanks[0]) == LabelStatus.BOUND


def test_a_label_bound_already_is_said_and_the_next_one_goes_on(page: Page, yard: Yard) -> None:
    bottle, fresh = yard.bottle("8812345"), yard.bottle("8867890")
    with db.transaction():
        actions.bind_label(yard.blanks[0], db.session.get_one(Equipment, bottle.id), by=SYSTEM)
    page.goto(page.url.replace("/floor", "/labels/bind"))
    scan(page, yard.blanks[0])
    expect(page.locator(".answer-no")).to_contain_text("该标签已绑定设备。")
    expect(page.get_by_role("link", name="查看该设备 8812345")).to_be_visible()
    is_sound(page)
    is_ready(page, "[data-scan-box]")
    scan(page, yard.blanks[1])
    press(page, "67890")
    page.locator(".match").click()
    expect(page.locator(".answer-yes")).to_contain_text("8867890")
    assert (carries(bottle), carries(fresh)) == (yard.blanks[0], yard.blanks[1])


def test_a_label_that_fell_off_is_replaced_in_one_tap_and_counted_as_fallen_off(
    page: Page, yard: Yard
) -> None:
    labelled, bare = yard.bottle("8812345"), yard.bottle("7712345")
    with db.transaction():
        actions.bind_label(yard.blanks[0], db.session.get_one(Equipment, labelled.id), by=SYSTEM)
    scan_at_the_scale(page, yard.blanks[1])
    press(page, "2345")
    expect(page.locator(".match")).to_have_count(2)
    is_sound(page)
    page.get_by_role("button", name="旧标签已脱落，换上这张").click()
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    assert (carries(labelled), carries(bare)) == (yard.blanks[1], None)
    assert stands(yard.blanks[0]) == LabelStatus.REPLACED
    former = db.session.get_one(Label, yard.blanks[0])
    assert former.replaced_by == yard.blanks[1]
    kinds = db.session.scalars(
        visible(SYSTEM, LabelStep).where(LabelStep.code == yard.blanks[0]).order_by(LabelStep.id)
    ).all()
    assert [str(step.kind) for step in kinds] == ["bound", "lost", "replaced"]


def test_a_bottle_found_by_its_number_at_the_scale_gets_a_new_label_from_there(
    page: Page, yard: Yard
) -> None:
    labelled = yard.bottle("8812345")
    with db.transaction():
        actions.bind_label(yard.blanks[0], db.session.get_one(Equipment, labelled.id), by=SYSTEM)
    scan(page, "8812345")
    page.get_by_role("link", name="标签已脱落，换新标签").click()
    expect(page.locator(".floor-note")).to_contain_text("8812345")
    is_sound(page)
    is_ready(page, "[data-scan-box]")
    scan(page, yard.blanks[1])
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    assert (carries(labelled), stands(yard.blanks[0])) == (yard.blanks[1], LabelStatus.REPLACED)


HAND_S = 2.0  # a tap or a scan of somebody with gloves on, generously
COUNTED = """window.addEventListener('click', (event) => {
  if (event.isTrusted && event.target.closest('button, a')) {
    sessionStorage.taps = Number(sessionStorage.taps || 0) + 1;
  }
}, true)"""


@pytest.mark.parametrize("first", ["label", "digits"])
def test_a_bottle_without_a_code_is_bound_in_under_twenty_seconds(page: Page, yard: Yard, first: str) -> None:
    """Counted: taps on buttons and links, one scan, and the time that machine and network take."""
    bottle = yard.bottle("8812345")
    page.context.add_init_script(COUNTED)
    page.goto(page.url.replace("/floor", "/labels/bind"))
    begun = time.monotonic()
    if first == "label":
        is_ready(page, "[data-scan-box]")
        scan(page, yard.blanks[0])
        press(page, "2345")
        page.locator("button.match").click()
    else:
        press(page, "2345")
        page.locator("button.match").click()
        is_ready(page, "[data-scan-box]")
        scan(page, yard.blanks[0])
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    machine, taps = time.monotonic() - begun, int(page.evaluate("sessionStorage.taps"))
    assert carries(bottle) == yard.blanks[0]
    assert taps == 5  # four digits and the bottle
    assert machine + (taps + 1) * HAND_S < 20


def test_digits_typed_where_a_label_is_scanned_find_the_bottle(page: Page, yard: Yard) -> None:
    bottle = yard.bottle("8812345")
    page.goto(page.url.replace("/floor", "/labels/bind"))
    is_ready(page, "[data-scan-box]")
    scan(page, "12345")
    page.locator("button.match", has_text="8812345").click()
    is_ready(page, "[data-scan-box]")
    scan(page, yard.blanks[0])
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    assert carries(bottle) == yard.blanks[0]


def test_a_label_that_somebody_else_bound_meanwhile_leaves_the_bottle_chosen(page: Page, yard: Yard) -> None:
    bottle, quicker = yard.bottle("8812345"), yard.bottle("7700000")
    scan_at_the_scale(page, yard.blanks[0])
    press(page, "2345")
    expect(page.locator(".match")).to_have_count(1)
    with db.transaction():
        actions.bind_label(yard.blanks[0], db.session.get_one(Equipment, quicker.id), by=SYSTEM)
    page.locator(".match").click()
    expect(page.locator(".answer-no")).to_contain_text("在档案中属于另一只瓶")
    is_sound(page)
    page.get_by_role("link", name="给此瓶换上另一张标签").click()
    expect(page.locator(".floor-note")).to_contain_text("8812345")
    is_ready(page, "[data-scan-box]")
    scan(page, yard.blanks[1])
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    assert carries(bottle) == yard.blanks[1]


def test_sending_it_twice_is_done_once_and_an_address_alone_binds_nothing(page: Page, yard: Yard) -> None:
    bottle = yard.bottle("8812345", status=EquipmentStatus.IN_USE)
    page.goto(page.url.replace("/floor", f"/labels/bind?code={yard.blanks[0]}&equipment={bottle.id}"))
    assert carries(bottle) is None
    page.locator(".match").click()
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    page.reload()
    expect(page.locator(".answer-yes")).to_contain_text("8812345")
    assert carries(bottle) == yard.blanks[0]
