"""A phone that tells where it is, at the lift, elsewhere, and not at all: the swipe is made in every case."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page

from equipment.core.geo import GeoPoint, GeoPosition
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.register.coordinates import locate
from equipment.register.models import Equipment
from equipment.register.rules import CoordinatesSource
from equipment.storage import db
from tests.browser.asking import until
from tests.maintenance.place import CODE, Place, place
from tests.maintenance.test_browser import PASSWORD, sign_in, to_the_lift

pytestmark = pytest.mark.browser
LIFT = GeoPoint(36.5447, 104.1389)


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    with app.app_context(), db.transaction():
        db.session.get_one(User, made.anna.id).password = hashed_password(PASSWORD, made.anna.mobile)
        lift = db.session.get_one(Equipment, made.lift.id)
        locate(lift, GeoPosition(LIFT), source=CoordinatesSource.OFFICE, by=SYSTEM)
    return made


@pytest.mark.parametrize(
    ("where", "read", "shown"),
    [
        ((36.5448, 104.1389), "camera", ("scan_in_fence", "inside", [])),
        ((36.6, 104.2), "camera", ("scan", "outside", ["place"])),
        (None, "camera", ("scan", "", [])),
        ((36.5448, 104.1389), "typed", ("typed", "inside", [])),
    ],
)
def test_the_page_says_how_it_read_the_code_and_where_it_was(
    page: Page,
    address: str,
    at: Place,
    where: tuple[float, float] | None,
    read: str,
    shown: tuple[str, str, list[str]],
) -> None:
    if where is not None:
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation({"latitude": where[0], "longitude": where[1], "accuracy": 20})
    sign_in(page, address, at.anna)
    to_the_lift(page)
    page.wait_for_selector("[data-scan-box]")
    until(page, "window.scanning !== undefined")  # a module: it comes after the page
    if read == "camera":
        scanned = "(code) => window.scanning.emit(document.querySelector('[data-scan]'), code, 'camera')"
        page.evaluate(scanned, CODE)
    else:
        page.fill("[data-scan-box]", CODE)
        page.press("[data-scan-box]", "Enter")
    page.wait_for_selector("[data-item=A-1-01]")
    swipe = at.swipes()[0]
    assert (swipe.grade, swipe.fence, at.visit().flags) == shown
    assert swipe.how == read
