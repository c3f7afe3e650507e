"""Every kind of fraud, put into the database by yesterday, is found at night where it was committed, and nothing beside
it; the bureau's own limits decide; the morning's numbers are those of the lists that they open."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from equipment.core import clock
from equipment.fills.models import Fill, Scan
from equipment.hazards.models import Finding
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Identifier, Standing
from equipment.register.rules import EquipmentStatus
from equipment.rules.actions import set_value
from equipment.storage.db import session, transaction
from equipment.storage.remembered import forget_all
from equipment.suspicions.collecting import look_through
from equipment.suspicions.models import StatedAmount, Suspicion
from equipment.suspicions.states import OF_CYLINDERS, AmountSource, SuspicionState
from equipment.suspicions.states import SuspicionKind as K
from tests import make
from tests.everything import full
from tests.suspicions.frauds import Frauds, ago, bottle, fill, put, scan

SignIn = Callable[[User], FlaskClient]
pytestmark = pytest.mark.forged


@pytest.fixture
def frauds(midyear: None) -> Frauds:
    return Frauds()


def on_record() -> list[tuple[K, UUID]]:
    rows = session.scalars(visible(SYSTEM, Suspicion)).all()
    return sorted((K(row.kind), row.organisation_id) for row in rows)


def look() -> int:
    return look_through(make.days(-1))


def supervisor(area: str = make.COUNTY) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR, area=area), Role.SUPERVISOR, area=area)


@pytest.mark.parametrize("kind", OF_CYLINDERS)
def test_each_kind_is_found_where_it_was_committed_once(frauds: Frauds, kind: K) -> None:
    assert look() == 0
    whom = frauds.commit(kind)
    assert look() == 1
    assert look() == 0
    assert on_record() == [(kind, whom)]


LIMITS = [
    (K.TWO_STATIONS, {"two_stations_days": 2}),
    (K.TWO_PLACES, {"travel_minutes_in_county": 5}),
    (K.SAME_GROSS, {"same_gross_run": 6}),
    (K.SAME_GROSS, {"same_gross_tare_spread_g": 401}),
    (K.TOO_FAST, {"fast_fill_seconds": 10}),
    (K.TOO_FAST, {"fast_run": 6}),
    (K.SILENT, {"silent_days": 20}),
    (K.DOWN, {"less_than_percent": 20}),
    (K.NO_RESULTS, {"without_result_percent": 21}),
    (K.NO_RESULTS, {"one_sided_from": 51}),
    (K.NO_SCANS, {"without_scan_percent": 21}),
    (K.NEVER_REFUSES, {"never_refused_from": 561}),
]


@pytest.mark.parametrize(("kind", "values"), LIMITS)
def test_the_bureau_sets_from_when_on_it_is_one(frauds: Frauds, kind: K, values: dict[str, int]) -> None:
    frauds.commit(kind)
    city = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    by = viewer_of(session.merge(make.user(city, Role.ADMINISTRATOR)))
    with transaction():
        for key, value in values.items():
            set_value("cylinder", f"suspicion.{key}", make.days(-400), value, cite="市局〔2026〕1号", by=by)
    forget_all()
    assert look() == 0
    assert on_record() == []


def test_what_a_phone_sends_ten_days_late_is_looked_through_when_it_comes(frauds: Frauds) -> None:
    for number in range(5):
        when = ago(10, 11, number)
        rows = fill(
            frauds.first, when, bottle(frauds.first), gross_g=30_900 + 20 * number, took=10, who=frauds.filler
        )
        for row in rows:
            row.received_at = ago(1, 18)
        put(rows)
    assert look() == 1
    (row,) = session.scalars(visible(SYSTEM, Suspicion)).all()
    assert (row.kind, row.on) == (K.TOO_FAST, make.days(-10))


def test_a_stretch_that_grew_by_a_late_record_is_the_same_one(frauds: Frauds) -> None:
    frauds.too_fast()
    assert look() == 1
    put(
        fill(
            frauds.first, ago(1, 10, 59, 30), bottle(frauds.first), gross_g=30_800, took=10, who=frauds.filler
        )
    )
    assert look() == 0


@pytest.mark.parametrize(("until", "found"), [(None, 1), (-5, 0)])
def test_filled_after_scrapping_is_no_suspicion_once_the_scrapping_was_taken_back(
    frauds: Frauds, until: int | None, found: int
) -> None:
    frauds.after_scrap()
    with make.writing():
        scrapped = update(Standing).where(Standing.status == EquipmentStatus.SCRAPPED)
        session.execute(scrapped.values(until_on=until and make.days(until)))
    assert look() == found


def opened(browser: FlaskClient, path: str) -> int:
    """How many entries the list says it has."""
    page = browser.get(path)
    assert page.status_code == 200, path
    (number,) = re.findall(r'role="status">\s*(?:共 )?([\d,]+)', page.text)
    return int(number.replace(",", ""))


FIGURE = re.compile(r'href="([^"]+)">\s*<span class="figure-label">.*?figure-value">([^<]*)<', re.S)
CELL = re.compile(r'morning-number" href="([^"]+)">\s*([\d,]+)<')


def test_every_number_of_the_morning_is_that_of_the_list_it_opens(frauds: Frauds, signed_in: SignIn) -> None:
    for kind in (K.SAME_GROSS, K.SILENT, K.TOO_FAST, K.TWO_PLACES):
        frauds.commit(kind)
    look()
    put(
        row
        for number in range(3)
        for row in flagged(fill(frauds.second, ago(1, 14, number), bottle(frauds.second)), "no_pre_check")
    )
    put(fill(frauds.second, ago(1, 15), bottle(frauds.second), late=True))
    browser = signed_in(supervisor())
    page = unescape(browser.get("/oversight").text)
    numbers = FIGURE.findall(page) + CELL.findall(page)
    lists = {path: number for path, number in numbers if "traced" not in path}
    shown = {path: int(number.replace(",", "")) for path, number in lists.items()}
    assert {path: opened(browser, path) for path in shown} == shown
    assert shown[f"/fills?flag=no_pre_check&area={make.COUNTY}&on_from={make.days(-1)}"] == 3
    assert shown[f"/suspicions?state=open&about=cylinders&area={make.COUNTY}"] == 4
    assert shown[f"/oversight/stations?signal=silent&area={make.COUNTY}"] == 1


def flagged(rows: list[Fill | Scan], flag: str) -> list[Fill | Scan]:
    for row in rows:
        if isinstance(row, Fill):
            row.flags = [flag]
    return rows


def test_another_county_sees_nothing_of_it_and_the_city_all(frauds: Frauds, signed_in: SignIn) -> None:
    frauds.silent()
    look()
    for area, number in ((make.COUNTY, 1), (make.CITY, 1), ("620421", 0)):
        browser = signed_in(supervisor(area))
        assert opened(browser, "/suspicions?state=open") == number
        assert opened(browser, "/oversight/stations?signal=silent") == number
        assert ("丙充装站" in browser.get("/oversight").text) is bool(number)
    elsewhere = signed_in(supervisor("620421"))
    assert opened(elsewhere, f"/oversight/stations?area={make.COUNTY}") == 0
    owner = signed_in(make.user(session.merge(frauds.first), Role.STATION_OWNER))
    for path in ("", "/stations", "/traced", "/uncoded", "/amounts"):
        assert owner.get(f"/oversight{path}").status_code == 403


def row_of(kind: K) -> Suspicion:
    return session.scalars(visible(SYSTEM, Suspicion).where(Suspicion.kind == kind)).one()


def test_one_decision_leads_to_the_next_and_the_last_to_the_morning(
    frauds: Frauds, signed_in: SignIn
) -> None:
    frauds.too_fast()
    frauds.silent()
    look()
    browser = signed_in(supervisor())
    first, second = row_of(K.SILENT).id, row_of(K.TOO_FAST).id
    answer = browser.post(f"/suspicions/{first}", data={"state": "followed", "usual": "", "reason": "已约谈"})
    assert answer.location == f"/suspicions/{second}"
    tapped = {"state": "cleared", "usual": "秤具或仪表故障", "reason": "已修"}
    assert browser.post(answer.location, data=tapped).location == "/oversight"
    assert (row_of(K.TOO_FAST).state, row_of(K.TOO_FAST).reason) == (
        SuspicionState.CLEARED,
        "秤具或仪表故障；已修",
    )
    assert row_of(K.SILENT).state == SuspicionState.FOLLOWED


def test_what_is_found_true_of_several_bottles_is_recorded_at_the_one_that_was_chosen(
    frauds: Frauds, signed_in: SignIn
) -> None:
    frauds.same_gross()
    look()
    suspicion, browser = row_of(K.SAME_GROSS).id, signed_in(supervisor())
    bottles = session.scalars(
        select(Fill.equipment_id).where(Fill.on == make.days(-1), Fill.gross_g == 31_000)
    )
    chosen = sorted(set(bottles))[0]
    data = {"state": "finding", "usual": "", "reason": "现场复称不符", "at": str(chosen)}
    assert browser.post(f"/suspicions/{suspicion}", data=data).status_code == 302
    (finding,) = session.scalars(select(Finding)).all()
    assert (finding.equipment_id, finding.source_id) == (chosen, suspicion)
    assert finding.id == row_of(K.SAME_GROSS).finding_id
    shown = browser.get(f"/suspicions/{suspicion}").text
    assert f"/hazards/findings/{chosen}/{finding.id}" in shown


def test_what_is_found_true_of_a_station_is_no_finding_at_any_bottle(
    frauds: Frauds, signed_in: SignIn
) -> None:
    whom = frauds.never_refuses()
    look()
    suspicion, browser = row_of(K.NEVER_REFUSES).id, signed_in(supervisor())
    page = browser.get(f"/suspicions/{suspicion}").text
    assert "扫码544次，从未拒充" in page  # by the first of the days that were looked through
    assert f"/fills?station={whom}" in unescape(page)
    data = {"state": "finding", "usual": "现场核查属实", "reason": ""}
    assert browser.post(f"/suspicions/{suspicion}", data=data).status_code == 302
    assert row_of(K.NEVER_REFUSES).state == SuspicionState.FINDING
    assert session.scalars(select(Finding)).all() == []


def test_a_code_that_is_on_file_by_now_or_was_misread_is_no_bottle_without_a_file(
    frauds: Frauds, signed_in: SignIn
) -> None:
    browser = signed_in(supervisor())
    unread = {"4711-0815": "unknown", "4712": "unknown", "6B2X": "mistyped"}
    rows = []
    for code, why in unread.items():
        for place, at in enumerate((frauds.first, frauds.second)):
            row = scan(at, ago(1, 12 + place))
            row.code, row.equipment_id, row.allowed = code, None, False
            row.answer = f'{{"reasons":[{{"code":"R03","params":{{"why":"{why}"}}}}]}}'
            rows.append(row)
    put(rows)
    assert opened(browser, "/oversight/uncoded") == 2
    assert opened(browser, f"/oversight/uncoded?station={frauds.first.id}") == 2
    page = browser.get("/oversight/uncoded").text
    assert "4711-0815" in page
    assert "6B2X" not in page
    piece = bottle(frauds.first)
    full(Identifier, equipment_id=piece.id, kind="stamped", value="4711-0815", issued_at=clock.now())
    assert opened(browser, "/oversight/uncoded") == 1
    assert "查见无档案的码号" in browser.get("/oversight/traced").text


def test_amounts_of_every_station_stand_beside_each_other_and_those_beyond_the_limit_apart(
    frauds: Frauds, signed_in: SignIn
) -> None:
    on = make.days(-1)
    for at, grams in ((frauds.first, 14_500), (frauds.second, 20_000)):
        put(fill(at, ago(1, 15), bottle(at)))
        source = AmountSource.SCALE
        full(
            StatedAmount,
            organisation_id=at.id,
            id=make.new_id(),
            on=on,
            gas="LPG",
            source=source,
            grams=grams,
        )
    browser, month = signed_in(supervisor()), f"month={on:%Y-%m}"
    assert opened(browser, f"/oversight/amounts?{month}") == 2
    assert opened(browser, f"/oversight/amounts?{month}&off=1") == 1
    page = browser.get(f"/oversight/amounts?{month}&off=1").text
    assert ("乙充装站" in page, "甲充装站" in page, "-27.5 %" in page) == (True, False, True)
