"""人工放行 on the tablet: one person taps, a second stands for it by PIN or card; the bureau reads it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from equipment.fills.models import FillOverride
from equipment.people.rules import OrganisationKind, Role
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall
from tests.fills.floor_page import all_is_sent, fills, nothing_under_way, scan
from tests.fills.test_let_through import opened
from tests.fills.test_people_and_scales import colleague

pytestmark = pytest.mark.browser
PIN, CARD = "271828", "04A22C5E6F"


def red(page: Page, hall: Hall) -> None:
    """A good bottle whose stamp somebody cannot read."""
    scan(page, hall.bottle(own_number="01-0007").label_code or "")
    page.locator("[data-fault='P03'][data-refusal='R05']").click()
    expect(page.locator(".answer-no")).to_contain_text("R05")


def test_switched_off_as_shipped_nobody_lets_anything_through(floor: Page, hall: Hall) -> None:
    nothing_under_way(floor)
    opened(override=False)  # R05 refuses by now, and may not be set aside
    colleague(hall)
    floor.reload()
    red(floor, hall)
    expect(floor.locator("[data-treatment]").first).to_be_visible()
    expect(floor.locator("[data-override]")).to_have_count(0)


@pytest.mark.parametrize("by_card", [False, True], ids=["PIN", "card"])
def test_two_people_let_a_bottle_through_and_the_bureau_reads_it(
    floor: Page, hall: Hall, signed_in: Any, by_card: bool
) -> None:
    nothing_under_way(floor)
    opened()
    second = colleague(hall, CARD)
    floor.reload()
    red(floor, hall)
    floor.locator("[data-override]", has_text="已与档案核对").click()
    if by_card:
        floor.locator("[data-second-proof]").fill(CARD)
    else:
        floor.locator("[data-second]").select_option(label=second.name)
        floor.locator("[data-second-proof]").fill("111111")
        floor.locator("[data-second-done]").click()
        expect(floor.locator(".toast-line").last).to_contain_text("PIN")
        assert [str(fill.state) for fill in fills()] == ["refused"]
        floor.locator("[data-second-proof]").fill(PIN)
    floor.locator("[data-second-done]").click()
    expect(floor.locator(".answer-yes")).to_be_visible()
    expect(floor.locator("[data-reasons]")).to_contain_text("R05")  # it stays, as a warning
    floor.locator("[data-pass]").click()
    floor.locator(".tile", has_text="01-0007").click()
    floor.locator("#amount").fill("31.0")
    floor.locator("[data-after='']").click()
    expect(floor.locator(".tile", has_text="01-0007")).to_have_count(0)
    all_is_sent(floor)
    (fill,) = fills()
    assert (str(fill.state), "no_pre_check" in fill.flags) == ("filled", False)
    assert {item for item, mark in fill.checks.items() if not mark["ok"]} == {"P03"}  # seen, and set aside
    (row,) = db.session.scalars(select(FillOverride)).all()
    assert (row.codes, row.user_id, row.second_id) == (["R05"], hall.person.id, second.id)
    bureau = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.SUPERVISOR)
    page = signed_in(bureau).get("/fills/overrides").text
    for text in ("01-0007", "R05", "已与档案核对", hall.person.name, second.name, "测试充装站"):
        assert text in page
