"""汇流排 on a phone: hooked on one after another, a red one off, one start, one end, one bottle that leaks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from equipment.core import clock
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.storage import db
from tests import make
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.floor_page import all_is_sent, fills, scan, while_it_fills

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def row(floor: Page, hall: Hall, address: str) -> Page:
    with make.writing():
        values = {"name": "5号压力表", "number": "G5", "bay": "5", "gas": "O2", "kind": InstrumentKind.GAUGE}
        db.session.add(Instrument(organisation_id=hall.station.id, verified_until=clock.today(), **values))
    floor.set_viewport_size(PHONE)  # type: ignore[arg-type]
    floor.goto(f"{address}/floor")
    floor.get_by_role("link", name="汇流排充装").click()
    floor.wait_for_url("**/floor/manifold*")  # the page before has a scan box too
    expect(floor.locator("[data-scan-box]")).to_be_focused()
    return floor


def hooked(page: Page, number: int) -> None:
    expect(page.locator("[data-number='ready']")).to_have_text(str(number))


def test_a_row_of_bottles_is_filled_with_one_start_and_one_end(row: Page, hall: Hall) -> None:
    good = [hall.bottle(details=OXYGEN, own_number=f"好-{number}") for number in (1, 2)]
    red = hall.bottle(details=OXYGEN, own_number="红-3", inspection_due_on=make.days(-3))
    expect(row.locator("[data-start]")).to_be_disabled()
    for number, bottle in enumerate(good, 1):
        scan(row, bottle.label_code or "")
        row.locator("[data-pass]").click()
        hooked(row, number)
    while_it_fills(row)
    scan(row, good[0].label_code or "")
    expect(row.locator("[data-detail]")).to_contain_text("不重复计数")
    hooked(row, 2)
    scan(row, red.label_code or "")
    expect(row.locator("[data-word]")).to_have_text("先取下才能充装：红-3")
    expect(row.locator("[data-start]")).to_be_disabled()
    row.locator("[data-panel] [data-off]").click()
    expect(row.locator("[data-word]")).to_have_text("全部合格，可以开始充装。")
    row.locator("[data-start]").click()
    expect(row.locator("[data-word]")).to_contain_text("正在充装")
    row.reload()  # what is acknowledged is there
    expect(row.locator("[data-word]")).to_contain_text("正在充装")
    row.locator("[data-end]").click()
    expect(row.locator(".toast-line")).to_contain_text("请先输入")
    row.locator("#pressure").fill("14.1")
    row.locator("#celsius").fill("15")
    row.locator("[data-warmer]").click()
    row.locator("[data-bottle]", has_text="好-2").click()
    expect(row.locator("[data-bottle]", has_text="好-2")).to_contain_text("漏气")
    row.locator("[data-end]").click()
    expect(row.locator("[data-detail]")).to_have_text("充装结束：合格 1 只，不合格 1 只")
    all_is_sent(row)
    assert sorted((str(fill.state), fill.pressure_kpa, fill.temperature_dc) for fill in fills()) == [
        ("failed", 14_100, 160),
        ("filled", 14_100, 160),
        ("refused", None, None),
    ]
    assert len({fill.manifold_id for fill in fills()}) == 1


def test_a_red_bottle_with_its_treatment_said_frees_the_others(row: Page, hall: Hall) -> None:
    scan(row, hall.bottle(details=OXYGEN).label_code or "")
    row.locator("[data-fault='P08'][data-refusal='R16']").first.click()
    expect(row.locator("[data-number='red']")).to_have_text("1")
    row.locator("[data-treatment='isolate']").click()
    expect(row.locator("[data-number='red']")).to_have_text("0")
    scan(row, hall.bottle(details=OXYGEN).label_code or "")
    row.locator("[data-pass]").click()
    expect(row.locator("[data-start]")).to_be_enabled()


def test_opened_by_mistake_it_is_broken_off(row: Page, hall: Hall) -> None:
    scan(row, hall.bottle(details=OXYGEN).label_code or "")
    row.locator("[data-pass]").click()
    hooked(row, 1)
    row.locator("[data-cancel]").click()
    row.locator("[data-cancel-now]").click()
    expect(row.locator("[data-bottle]")).to_have_count(0)
    assert [str(fill.state) for fill in fills()] == ["void"]
