"""What people and guns do on the floor page, for its browser tests."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from equipment.fills.models import Fill
from equipment.register.models import Equipment
from equipment.storage import db

COUNT_TAPS = """
window.taps = 0; window.dialogs = 0;
document.addEventListener('click', function (event) { if (event.target.closest('button, a') && event.isTrusted) { window.taps += 1; } }, true);
"""


WAITING = """async () => {
  const outbox = performance.getEntriesByType('resource').map((entry) => entry.name).find((name) => /\\/outbox\\.js/.test(name));
  return (await import(outbox)).length();
}"""


def all_is_sent(floor: Page) -> None:
    """Wait until the outbox of the page is empty; asked from outside, since the page forbids evaluating texts."""
    for _ in range(200):
        if floor.evaluate(WAITING) == 0:
            return
        floor.wait_for_timeout(50)
    raise AssertionError("the outbox of the page did not empty")


def on_the_phone(page: Page) -> None:
    """Everything that the page has taken is on the disk: before that a phone that is switched off may lose it, and
    its page says so."""
    expect(page.locator("html")).not_to_have_attribute("data-saving", "")


def nothing_under_way(floor: Page) -> None:
    """Wait until no request of the page is answered any more: one under way would remember what held before."""
    floor.wait_for_load_state("networkidle")


def scan(page: Page, code: str) -> None:
    """What a wedge gun does: types into whatever has the focus, then Enter. Its letters that go nowhere go to the
    box, which an inserted text does not tell the page."""
    if page.locator(":is(input, textarea, select):focus").count() == 0:
        page.locator("[data-scan-box]").focus()
    page.keyboard.insert_text(code)
    page.keyboard.press("Enter")


def open_bottle(page: Page, bottle: Equipment) -> None:
    scan(page, bottle.label_code or "")
    page.locator("[data-pass]").click()
    expect(page.locator(".tile", has_text=bottle.serial)).to_have_count(1)


def close_bottle(page: Page, bottle: Equipment, gross: str) -> None:
    scan(page, bottle.label_code or "")
    expect(page.locator("#amount")).to_be_focused()
    page.keyboard.insert_text(gross)
    page.locator("[data-after='']").click()
    expect(page.locator(".tile", has_text=bottle.serial)).to_have_count(0)


def while_it_fills(page: Page) -> None:
    """Within two seconds the same code is one scan."""
    page.wait_for_timeout(2100)


def fills() -> list[Fill]:
    db.session.rollback()
    return list(db.session.scalars(select(Fill)).all())
