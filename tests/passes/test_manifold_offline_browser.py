"""汇流排 and a second person's word without a network: by the signed list, kept, there once when the network is
back."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Fill, Manifold, Scan
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.passes.actions import issue_list
from equipment.passes.disputes import ListWord, disputed_fills, list_disputes
from equipment.people.models import Card
from equipment.people.rules import SYSTEM, CardStatus
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import OXYGEN, Hall
from tests.fills.floor_page import all_is_sent, on_the_phone, scan
from tests.fills.test_people_and_scales import colleague, want_another
from tests.maintenance.test_offline import wait_kept
from tests.passes.test_offline_browser import Open, browser, hall

__all__ = ["browser", "hall"]
pytestmark = pytest.mark.browser
MANIFOLD = "/floor/manifold?bay=5&gas=O2"
CARD, OWN_CARD = "04A22C5E6F", "04A22C0001"


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address is the same for all tests."""
    return ""


@pytest.fixture(autouse=True)
def gauge(hall: Hall) -> None:
    with make.writing():
        values = {"name": "5号压力表", "number": "G5", "bay": "5", "gas": "O2", "kind": InstrumentKind.GAUGE}
        until = clock.today() + timedelta(days=99)
        db.session.add(Instrument(organisation_id=hall.station.id, verified_until=until, **values))


def bottle(hall: Hall, name: str, **more: Any) -> Equipment:
    return hall.bottle(details=OXYGEN, own_number=name, **more)


def page_of(context: BrowserContext, address: str, path: str = MANIFOLD) -> Page:
    page = context.new_page()
    page.goto(f"{address}{path}")
    expect(page.locator("[data-list-left]")).to_contain_text("小时")
    return page


def with_list(context: BrowserContext, address: str) -> Page:
    page = page_of(context, address, "/floor")
    wait_kept(page, "/floor")
    wait_kept(page, MANIFOLD)
    page.goto(f"{address}{MANIFOLD}")
    expect(page.locator("[data-list-left]")).to_contain_text("小时")
    return page


def hook(page: Page, piece: Equipment) -> None:
    scan(page, piece.label_code or "")
    expect(page.locator(".answer-yes")).to_be_visible()
    page.locator("[data-pass]").click()
    expect(page.locator("[data-bottle]", has_text=piece.own_number)).to_have_class("tile manifold-ready")


def back_online(context: BrowserContext, page: Page) -> None:
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    for _ in range(20):
        try:
            all_is_sent(page)
            return
        except AssertionError:
            continue
    raise AssertionError("not sent")


def states() -> Counter[tuple[str, int | None]]:
    db.session.rollback()
    return Counter((str(fill.state), fill.pressure_kpa) for fill in db.session.scalars(select(Fill)))


def test_a_manifold_of_ten_without_a_network(hall: Hall, address: str, browser: Open) -> None:
    good = [bottle(hall, f"好-{number}") for number in range(1, 10)]
    changed, overdue = bottle(hall, "锁-10"), bottle(hall, "红-11", inspection_due_on=make.days(-1))
    issue_list(hall.station.id)
    context = browser()
    page = with_list(context, address)
    context.set_offline(True)
    with make.writing():  # what the tablet cannot know
        db.session.execute(
            update(Equipment).where(Equipment.id == changed.id).values(status="locked", block_reason="涉事故")
        )
    for piece in good[:5]:
        hook(page, piece)
    scan(page, overdue.label_code or "")
    expect(page.locator(".answer-no")).to_contain_text("不在离线可充清单内")
    expect(page.locator("[data-start]")).to_be_disabled()
    on_the_phone(page)
    context.close()  # killed with a red one on it
    context = browser()
    context.set_offline(True)
    page = page_of(context, address)  # opens without a network, as it stood
    expect(page.locator("[data-number='ready']")).to_have_text("5")
    expect(page.locator("[data-number='red']")).to_have_text("1")
    page.locator(".manifold-red").click()
    page.locator("[data-panel] [data-off]").click()
    for piece in (*good[5:], changed):
        hook(page, piece)
    expect(page.locator("[data-on-it]")).to_have_text("10")
    page.locator("[data-start]").click()
    expect(page.locator("[data-word]")).to_contain_text("正在充装")
    on_the_phone(page)
    context.close()  # killed while gas flows
    context = browser()
    context.set_offline(True)
    page = page_of(context, address)
    expect(page.locator("[data-word]")).to_contain_text("正在充装")
    expect(page.locator("[data-most]")).to_contain_text("钢印")  # the list knows no pressures
    page.locator("#pressure").fill("14.1")
    page.locator("#celsius").fill("20")
    page.locator("[data-bottle]", has_text="好-3").click()
    page.locator("[data-end]").click()
    expect(page.locator("[data-detail]")).to_have_text("充装结束：合格 9 只，不合格 1 只")
    scan(page, good[0].label_code or "")
    expect(page.locator(".answer-no")).to_contain_text("刚充过此瓶")
    page.locator("[data-panel] [data-off]").click()
    back_online(context, page)
    assert states() == {
        ("filled", 14_100): 8,
        ("failed", 14_100): 1,
        ("refused", 14_100): 1,
        ("refused", None): 2,
    }
    gone_in = [fill for fill in db.session.scalars(select(Fill)) if fill.result_at is not None]
    assert Counter(fill.equipment_id for fill in gone_in) == Counter(piece.id for piece in (*good, changed))
    assert all("by_list" in fill.flags for fill in gone_in)
    (first, _second) = db.session.scalars(select(Manifold).order_by(Manifold.opened_at))
    assert {fill.manifold_id for fill in gone_in} == {first.id}
    assert (str(first.state), first.pressure_kpa) == ("ended", 14_100)
    (dispute,) = list_disputes(db.session.scalars(disputed_fills(SYSTEM)).all())
    assert (dispute.forbidden.equipment_id, dispute.word) == (changed.id, ListWord.TRUE)
    scans = db.session.scalars(visible(SYSTEM, Scan).where(Scan.equipment_id == overdue.id)).all()
    assert [row.allowed for row in scans] == [False]


def test_the_network_goes_in_the_middle_of_a_manifold(hall: Hall, address: str, browser: Open) -> None:
    pieces = [bottle(hall, f"瓶-{number}") for number in (1, 2, 3)]
    issue_list(hall.station.id)
    context = browser()
    page = with_list(context, address)
    hook(page, pieces[0])
    all_is_sent(page)
    context.set_offline(True)
    for piece in pieces[1:]:
        hook(page, piece)
    page.locator("[data-start]").click()
    expect(page.locator("[data-word]")).to_contain_text("正在充装")
    back_online(context, page)
    expect(page.locator("[data-word]")).to_contain_text("正在充装")
    page.locator("#pressure").fill("14.1")
    page.locator("#celsius").fill("20")
    page.locator("[data-end]").click()
    expect(page.locator("[data-detail]")).to_have_text("充装结束：合格 3 只，不合格 0 只")
    all_is_sent(page)
    assert states() == {("filled", 14_100): 3}
    assert len(db.session.scalars(select(Scan)).all()) == 3


def test_without_a_list_every_bottle_is_red(hall: Hall, address: str, browser: Open) -> None:
    piece = bottle(hall, "瓶-1")
    context = browser()
    page = context.new_page()
    page.goto(f"{address}{MANIFOLD}")
    expect(page.locator("[data-list-left]")).to_have_text("无离线可充清单")
    wait_kept(page, MANIFOLD)
    context.set_offline(True)
    scan(page, piece.label_code or "")
    expect(page.locator(".answer-no")).to_contain_text("无离线可充清单")
    expect(page.locator("[data-start]")).to_be_disabled()


def test_a_second_person_checks_by_card_without_a_network(hall: Hall, address: str, browser: Open) -> None:
    want_another("checked_by_another", "compressed")
    want_another("rechecked_by_another", "compressed")
    second = colleague(hall, CARD)
    with make.writing():
        own = {"organisation_id": hall.station.id, "user_id": hall.person.id, "uid": OWN_CARD}
        db.session.add(Card(id=new_id(), number=OWN_CARD, status=CardStatus.VALID, doubled=False, **own))
    forget_all()
    piece = bottle(hall, "瓶-1")
    issue_list(hall.station.id)
    context = browser()
    page = with_list(context, address)
    context.set_offline(True)
    scan(page, piece.label_code or "")
    page.locator("[data-pass]").click()
    for proof in (OWN_CARD, "04A22C7777"):  # the filler's own, a stranger's
        page.locator("[data-second-proof]").fill(proof)
        page.locator("[data-second-done]").click()
        expect(page.locator("[data-second-proof]")).to_have_value("")
    page.locator("[data-second-proof]").fill(CARD)
    page.locator("[data-second-done]").click()
    expect(page.locator("[data-number='ready']")).to_have_text("1")
    page.locator("[data-start]").click()
    page.locator("#pressure").fill("14.1")
    page.locator("#celsius").fill("20")
    page.locator("[data-end]").click()
    page.locator("[data-second]").select_option(label=second.name)
    page.locator("[data-second-proof]").fill("271828")
    page.locator("[data-second-done]").click()
    expect(page.locator(".toast-line").last).to_contain_text("只认工作卡")
    page.locator("[data-second]").select_option("")
    page.locator("[data-second-proof]").fill(CARD)
    page.locator("[data-second-done]").click()
    expect(page.locator("[data-detail]")).to_have_text("充装结束：合格 1 只，不合格 0 只")
    context.close()
    context = browser()
    page = page_of(context, address)
    back_online(context, page)
    (fill,) = db.session.scalars(select(Fill)).all()
    assert (str(fill.state), fill.checked_by, fill.rechecked_by) == ("filled", second.id, second.id)
    assert not {"same_checker", "same_rechecker"} & set(fill.flags)
