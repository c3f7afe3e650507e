"""Every list that belongs to somebody's day has something to show in the demonstration: an empty one is a part
of the day that cannot be played."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from equipment.core import clock

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

STATION = (
    "/equipment",
    "/fills",
    "/fills/labels?label=yes",
    "/fills/labels?label=no",
    "/places",
    "/places?state=empty",
    "/places?state=full",
)
LEADING = (
    "/fills/deliveries",
    "/fills/disputed",
    "/fills/overrides",
    "/fills/emptyings",
    "/places?state=at_user",
    "/places?state=on_way",
    "/places?state=at_body",
    "/places?state=lost",
    "/places/notes?state=loading",
    "/places/notes?state=on_way",
    "/places/notes?state=delivered",
    "/places/notes?state=cancelled",
    "/transfers?state=proposed",
    "/transfers?state=accepted",
    "/transfers?state=declined",
    "/lots?state=packing",
    "/lots?state=on_way",
    "/lots?state=received",
    "/lots?state=finished",
    "/lots?state=withdrawn",
)
DAY: dict[str, tuple[str, ...]] = {
    "operator": (*STATION, *LEADING),
    "station_owner": (
        *STATION,
        *LEADING,
        "/destructions",
        "/dues",
        "/labels",
        "/labels/ledger",
        "/labels/steps",
        "/labels/handouts",
    ),
    "gas_operator": (*STATION, "/fills/manifolds", "/fills?gas=O2", "/fills?gas=CO2", "/fills?gas=NH3"),
    "gas_owner": (*STATION, "/fills/manifolds", "/dues"),
    "car_operator": ("/equipment", "/fills"),
    "acetylene_operator": ("/equipment", "/fills"),
    "inspector": (
        "/lots?state=on_way",
        "/lots?state=received",
        "/lots?state=finished",
        "/inspections",
        "/dues",
    ),
    "county": ("/equipment", "/fills", "/fills/disputed", "/fills/overrides", "/hazards", "/suspicions"),
    "city": (
        "/equipment",
        "/fills",
        "/fills/manifolds",
        "/fills/overrides",
        "/fills/emptyings",
        "/places?state=lost",
        "/places/notes",
        "/hazards",
        "/suspicions?state=open",
        "/suspicions?state=followed",
        "/suspicions?state=cleared",
        "/suspicions?state=finding",
        *(f"/suspicions?kind={kind}" for kind in ("two_stations", "two_places", "same_gross")),
        *(f"/suspicions?kind={kind}" for kind in ("after_scrap", "too_fast", "ring_first")),
        "/labels/claims?all=1",
    ),
}
LATELY = timedelta(hours=2)
ROWS = "#list tbody tr, section.card[id^=claim-]"


@pytest.mark.parametrize("role", DAY)
def test_no_list_of_the_day_is_empty(browser: Browser, demo: dict[str, Any], role: str) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{demo['address']}/demo")
    page.locator(f'form[action="/demo/sign-in/{role}"] button').click()
    page.wait_for_load_state()
    rows = {}
    for path in DAY[role]:
        answer = page.goto(demo["address"] + path)
        assert answer is not None
        assert (path, answer.status) == (path, 200)
        rows[path] = page.locator(ROWS).count()
        if not rows[path] and path.startswith(
            "/fills/labels"
        ):  # made after midnight it has filled the day before
            page.goto(f"{demo['address']}{path}&on={clock.site_day(clock.now() - LATELY)}")
            rows[path] = page.locator(ROWS).count()
    context.close()
    assert [path for path, number in rows.items() if not number] == []
