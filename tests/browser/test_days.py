"""Each role's day, clicked through in Chinese and English, on a phone and at a desk: every page a role can reach answers, is
translated, fits the window, asks no other host, logs no error, and axe finds nothing in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

AXE = (Path(__file__).parent / "axe.min.js").read_text()
ROLES = (
    "operator",
    "station_owner",
    "technician",
    "firm_manager",
    "safety_officer",
    "late_manager",
    "inspector",
    "township",
    "county",
    "city",
    "administrator",
)
WINDOWS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1366, "height": 860}}
MOST_PAGES = 30
ROLES_EXAMINED = 2  # a page is the same template for every role that sees it: axe, which takes longest, looks at it for so many of them
EXAMINED: Counter[tuple[str, bool, str]] = Counter()
SKIPPED = re.compile(
    r"/static/|/files/|\.(pdf|xlsx|csv|ics)$|format=|/sign-out|/api/|/healthz|/metrics|^/T/|/tasks/.*/file"
)
# Words that stay in Latin letters on a Chinese page: names of standards, units, formats, codes and companies.
ENGLISH = re.compile(r"\b[A-Z]?[a-z]{2,} [a-z]{2,}(?: [a-z]{2,})*\b")

# Names that several boxes share which a browser asks for one by one: `required` is no word for "at least one of them".
ALL_REQUIRED = """[...new Set([...document.querySelectorAll('input[type=checkbox][required]')].map(box => box.name))]
  .filter(name => document.getElementsByName(name).length > 1)"""


class Walker:
    """Follows the links a role sees, one page per shape of address, and notes all that is wrong."""

    def __init__(self, context: BrowserContext, base: str, locale: str, phone: bool) -> None:
        self.page, self.base, self.locale, self.phone = context.new_page(), base, locale, phone
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.page.on(
            "console",
            lambda message: (
                self.wrong.append(f"{self.page.url}: {message.text}") if message.type == "error" else None
            ),
        )
        self.page.on("request", self._request)

    def _request(self, request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(self.base):
            self.wrong.append(f"{self.page.url} asks {request.url}")

    def walk(self, start: str) -> None:
        waiting = [start]
        while waiting and len(self.seen) < MOST_PAGES:
            path = waiting.pop(0)
            if shape(path) in self.seen:
                continue
            self.seen.add(shape(path))
            answer = self.page.goto(self.base + path, wait_until="load")
            if answer is None or answer.status >= 400:
                self.wrong.append(f"{path}: {answer.status if answer else 'no answer'}")
                continue
            self._look(path)
            waiting += [link for link in self._links() if shape(link) not in self.seen]

    def _links(self) -> list[str]:
        found = self.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        paths = [link.removeprefix(self.base) for link in found if link.startswith(self.base)]
        return [
            path.split("#")[0]
            for path in dict.fromkeys(paths)
            if not SKIPPED.search(path.split("?")[0]) and "format=" not in path
        ]

    def _look(self, path: str) -> None:
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 1:
            self.wrong.append(f"{path}: {wide} px wider than the window")
        hidden = self.page.evaluate(
            "[...document.querySelectorAll('.bar-menu')].map(menu => menu.scrollWidth - menu.clientWidth)[0] || 0"
        )
        if hidden > 1:
            self.wrong.append(f"{path}: {hidden} px of the menu are out of sight")
        self.wrong += [
            f"{path}: every box of {name!r} must be ticked" for name in self.page.evaluate(ALL_REQUIRED)
        ]
        if self.locale == "zh_Hans_CN":
            text = self.page.inner_text("body")
            self.wrong += [
                f"{path}: not translated: {found!r}" for found in sorted(set(ENGLISH.findall(text)))[:5]
            ]
        kind = (shape(path), self.phone, self.locale)
        if EXAMINED[kind] == ROLES_EXAMINED:
            return
        EXAMINED[kind] += 1
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.target.join(' ')).join(' | ')))"
        )
        self.wrong += [f"{path}: axe {each}" for each in found]


def shape(path: str) -> str:
    """An address without its ids and filter values: one page of each shape is enough."""
    parts = urlsplit(path)
    bare = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+(?=/|$)", "*", parts.path)
    return re.sub(r"^/rules/.*", "/rules/*", bare)


@pytest.fixture
def signed_in(browser: Browser, demo: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window in which the role has signed in with one tap at /demo."""
    role, window, locale = request.param
    context = browser.new_context(
        viewport=WINDOWS[window], locale="zh-CN", is_mobile=window == "phone", has_touch=window == "phone"
    )
    context.add_cookies([{"name": "locale", "value": locale, "url": demo["address"]}])
    page = context.new_page()
    page.goto(demo["address"] + "/demo")
    page.locator(f'form[action="/demo/sign-in/{role}"] button').click()
    page.wait_for_load_state()
    yield page
    context.close()


CASES = [(role, window, "zh_Hans_CN") for role in ROLES for window in WINDOWS] + [
    ("city", "desk", "en"),
    ("technician", "phone", "en"),
    ("station_owner", "phone", "en"),
]


@pytest.mark.parametrize("signed_in", CASES, indirect=True, ids=["-".join(case) for case in CASES])
def test_every_page_of_the_day_is_sound(
    signed_in: Page, demo: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    _role, window, locale = request.node.callspec.params["signed_in"]
    walker = Walker(signed_in.context, demo["address"], locale, window == "phone")
    walker.walk("/")
    assert walker.wrong == []
    assert len(walker.seen) > 2
