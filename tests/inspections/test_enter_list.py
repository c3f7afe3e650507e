"""录入清单: the keys that exist for its rows; one report of a lot of cylinders typed once, lifts each with the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from equipment.dues import lists
from equipment.inspections.models import Inspection
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.storage import db
from tests.dues.town import Town, bottle, lift
from tests.inspections.recording import TODAY, a_list

SignIn = Callable[[User], FlaskClient]
PASSWORD = "List-2025-enter"


def reports() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Inspection.report_no)))


def typed(number: int, report: str, key: str = "1") -> dict[str, str]:
    return {f"key-{number}": key, f"on-{number}": TODAY.isoformat(), f"report-{number}": report}


def test_a_lot_of_cylinders_goes_in_under_one_report(at: Town, signed_in: SignIn) -> None:
    for number in range(20):
        bottle(at, serial=f"S{number:03}")
    made, browser = a_list(at), signed_in(at.inspector)
    form = {name: value for number in range(1, 21) for name, value in typed(number, "QPJ-2025-031").items()}
    assert browser.post(f"/due-lists/{made.id}/enter", data=form).status_code == 302
    assert {lists.row_of(made, number).state for number in range(1, 21)} == {"returned"}
    assert reports() == ["QPJ-2025-031"] * 20


def test_two_lifts_never_share_a_report(at: Town, signed_in: SignIn) -> None:
    for number in range(2):
        lift(at, own_number=str(number))
    made, browser = a_list(at), signed_in(at.inspector)
    answer = browser.post(
        f"/due-lists/{made.id}/enter", data={**typed(1, "DTJ-2025-0001"), **typed(2, "DTJ-2025-0001")}
    )
    assert (answer.status_code, "该报告编号已用于另一份结果" in answer.text) == (422, True)
    assert reports() == ["DTJ-2025-0001"]


@pytest.mark.parametrize(("made_of", "keys"), [(lift, ["1", "2"]), (bottle, ["1", "2", "3"])])
def test_the_page_names_the_keys_that_its_rows_take(
    at: Town, signed_in: SignIn, made_of: Callable[[Town], object], keys: list[str]
) -> None:
    made_of(at)
    made, browser = a_list(at), signed_in(at.inspector)
    page = browser.get(f"/due-lists/{made.id}/enter").text
    assert [key for key in "1234" if f"<kbd>{key}</kbd>" in page] == keys
    refused = browser.post(f"/due-lists/{made.id}/enter", data=typed(1, "X-1", key="9")).text
    assert ("3 判废" in refused) is ("3" in keys)
    assert ("判废" in browser.get("/inspections?category=elevator").text) is False


@pytest.mark.browser
@pytest.mark.parametrize(
    ("made_of", "wanted"),
    [(bottle, ["BG-0099", "BG-0099", "BG-0099"]), (lift, ["BG-0099", "BG-0100", "BG-0101"])],
)
def test_the_number_is_typed_once(
    app: Flask, page: Page, address: str, at: Town, made_of: Callable[..., object], wanted: list[str]
) -> None:
    for number in range(3):
        made_of(at, own_number=f"{number}#")
    with app.app_context(), db.transaction():
        inspector = db.session.get_one(User, at.inspector.id)
        inspector.password = hashed_password(PASSWORD, inspector.mobile)
    made = a_list(at)
    page.goto(f"{address}/sign-in")
    page.fill("[name=mobile]", at.inspector.mobile)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(f"{address}/due-lists/{made.id}/enter")
    page.fill("[data-enter-day]", TODAY.isoformat())
    page.fill("[data-enter-report]", "BG-0099")
    page.locator("[name=key-1]").focus()
    for number in (1, 2, 3):
        page.locator(f"[name=key-{number}]").press("1")
        expect(page.locator(f"[name=report-{number}]")).to_have_value(wanted[number - 1])
        page.locator(f"[name=key-{number}]").press("Enter")
        expect(page.locator(f"#row-{number}.is-entered")).to_be_visible()
    assert reports() == wanted
