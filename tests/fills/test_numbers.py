"""The bureau's own values decide: what it sets on the rules page is what scanning, filling and the pages go
by, and nothing beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.fills.late import PaperFill, enter_late
from equipment.fills.models import Fill, Scan
from equipment.fills.queries import unfinished
from equipment.fills.rules import FillPack
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.regulation.cylinder import CYLINDER
from equipment.rules.actions import set_value
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import LPG, Hall, ago
from tests.fills.test_late import inspected


@pytest.fixture
def decide(hall: Hall) -> Callable[..., None]:
    """The bureau sets a value of the cylinder pack from a day on."""
    city = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    by = viewer_of(db.session.merge(make.user(city, Role.ADMINISTRATOR)))

    def setting(key: str, value: object, since: int = -400) -> None:
        with db.transaction():
            set_value("cylinder", key, make.days(since), value, cite="市局〔2026〕1号", by=by)
        forget_all()

    return setting


def opened_ago(hall: Hall, minutes: int) -> None:
    bottle = hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    with make.writing():
        db.session.get_one(Fill, (bottle.id, UUID(fill_id))).received_at = clock.now() - timedelta(
            minutes=minutes
        )


@pytest.mark.parametrize(
    ("allowed", "minutes", "count"), [(None, 60, 0), (None, 121, 1), (30, 60, 1), (30, 29, 0), (240, 121, 0)]
)
def test_when_a_fill_is_unfinished_is_the_bureaus_to_say(
    hall: Hall, decide: Callable[..., None], allowed: int | None, minutes: int, count: int
) -> None:
    opened_ago(hall, minutes)
    if allowed is not None:
        decide("unfinished_after_minutes", allowed)
    by = viewer_of(db.session.get_one(User, hall.person.id))
    counts = (
        hall.client()
        .get("/api/v1/fills/open", headers={"Authorization": f"Bearer {hall.token}"})
        .get_json()["counts"]
    )
    assert (len(db.session.scalars(unfinished(by, clock.now())).all()), counts["unfinished"]) == (
        count,
        count,
    )


def config(page: str) -> Any:
    found = re.search(r"data-config='([^']*)'", page)
    assert found is not None
    return json.loads(unescape(found[1]))


def test_the_floor_page_has_its_numbers_from_the_server(
    hall: Hall, decide: Callable[..., None], signed_in: Callable[[User], FlaskClient]
) -> None:
    person = signed_in(hall.person)
    before = config(person.get("/floor").text)
    decide("unfinished_after_minutes", 30)
    after = config(person.get("/floor").text)
    assert (before["unfinished_minutes"], after["unfinished_minutes"]) == (120, 30)
    places = [{"bay": "", "gas": gas} for gas in ("LPG", "O2", "N2", "AR", "CO2", "C2H2")]
    assert (after["most"], after["bays"]) == ({"kg": 10_000, "MPa": 100}, places)


def test_without_scales_every_gas_of_the_licence_has_its_place(
    app: Any, signed_in: Callable[[User], FlaskClient]
) -> None:
    person = make.user(make.station("氧气站", gases=("O2", "N2")), Role.OPERATOR, certificate="P")
    assert config(signed_in(person).get("/floor").text)["bays"] == [
        {"bay": "", "gas": "O2"},
        {"bay": "", "gas": "N2"},
    ]


@pytest.mark.parametrize(("limit", "flags"), [(None, ["drift"]), (600, []), (30, ["drift"])])
def test_how_far_a_clock_may_be_off_is_the_bureaus_to_say(
    hall: Hall, decide: Callable[..., None], limit: int | None, flags: list[str]
) -> None:
    if limit is not None:
        decide("clock_drift_seconds", limit)
    assert (
        hall.scan(hall.bottle().label_code or "", happened_at=ago(seconds=300)).get_json()["flags"] == flags
    )


@pytest.mark.parametrize(("days", "refused"), [(366, True), (10, False)])
def test_a_day_that_nobody_believes_is_not_judged_on(
    hall: Hall, decide: Callable[..., None], days: int, refused: bool
) -> None:
    decide("clock_believable_days", days)
    bottle = hall.bottle(inspection_due_on=make.days(40), made_on=make.days(-5000))
    code = bottle.label_code or ""
    answer = hall.scan(
        code, happened_at=(clock.now() + timedelta(days=50)).isoformat(), queued=True
    ).get_json()
    assert (answer["allowed"], answer["flags"]) == (not refused, ["disputed"])
    assert db.session.scalars(select(Scan.on)).all() == [clock.today()]


@pytest.mark.parametrize(("reach", "entered"), [(None, False), (60, True)])
def test_how_far_back_a_paper_may_reach_is_the_bureaus_to_say(
    hall: Hall, decide: Callable[..., None], reach: int | None, entered: bool
) -> None:
    if reach is not None:
        decide("late_entry_days", reach)
    bottle, by = hall.bottle(), viewer_of(db.session.get_one(User, hall.person.id))
    refused = nullcontext() if entered else pytest.raises(Invalid, match="reach back 31 days")
    with refused, db.transaction():
        piece = db.session.get_one(Equipment, bottle.id)
        enter_late(
            PaperFill(piece=piece, gas="LPG", happened_at=clock.now() - timedelta(days=40), gross_g=31000),
            by=by,
        )
    assert len(db.session.scalars(select(Fill)).all()) == entered


@pytest.mark.parametrize(("from_day", "reasons"), [("2021-06-01", ["R12"]), ("2023-01-01", [])])
def test_from_which_day_a_head_carries_a_mark_is_the_value_of_the_rules(
    hall: Hall, decide: Callable[..., None], from_day: str, reasons: list[str]
) -> None:
    decide("head_mark_from", from_day)
    bottle = hall.bottle(
        details={**LPG, "head_mark": False}, made_on=clock.today().replace(year=2022, month=5, day=1)
    )
    assert [reason["code"] for reason in hall.scan(bottle.label_code or "").get_json()["reasons"]] == reasons


@pytest.mark.parametrize(
    ("due", "ends", "until"),
    [(300, 900, 300), (300, 100, 100), (300, None, 300), (None, 100, 100), (None, None, None)],
)
def test_until_when_it_may_be_filled_is_the_earlier_of_inspection_and_end_of_life(
    hall: Hall, due: int | None, ends: int | None, until: int | None
) -> None:
    def day(number: int | None) -> Any:
        return None if number is None else make.days(number)

    bottle = hall.bottle(inspection_due_on=day(due), end_of_life_on=day(ends))
    stated = hall.scan(bottle.label_code or "").get_json()["equipment"]["fill_until"]
    assert stated == (make.days(until).isoformat() if until is not None else None)


def test_after_a_failed_inspection_it_could_be_filled_until_the_day_before(hall: Hall) -> None:
    """The day on file is that day already; it is not taken off twice."""
    bottle = hall.bottle(inspection_due_on=make.days(-6), end_of_life_on=make.days(900))
    inspected(-5, "failed")(hall, bottle)
    stated = hall.scan(bottle.label_code or "").get_json()["equipment"]["fill_until"]
    assert stated == make.days(-6).isoformat()


def test_cylinders_that_differ_in_their_tare_or_remark_are_read_once() -> None:
    pack = FillPack(CYLINDER.regulation, make.days(0))
    one, tare = pack.build_of(LPG)
    other, other_tare = pack.build_of({**LPG, "tare_g": 17000, "note": "瓶阀已换"})
    assert one is not None
    assert (tare, other_tare, other is one, one.make is not None, one.model) == (
        16500,
        17000,
        True,
        True,
        "YSP35.5",
    )


@pytest.mark.parametrize(
    "change",
    [{"tare_g": "heavy"}, {"tare_g": 1}, {"variety": "balloon"}, {"medium": "XX"}, {"volume_ml": -1}],
)
def test_what_is_no_cylinder_has_no_build(change: dict[str, Any]) -> None:
    pack = FillPack(CYLINDER.regulation, make.days(0))
    assert [pack.build_of({**LPG, **change}) for _ in range(2)] == [(None, None)] * 2


def test_another_result_under_the_same_id_names_the_fields(hall: Hall) -> None:
    fill_id = hall.scan(hall.bottle().label_code or "").get_json()["fill_id"]
    key, at = str(new_id()), ago()
    first = hall.result(fill_id, gross_g=31000, happened_at=at, result_id=key)
    again = hall.result(fill_id, gross_g=31000, happened_at=at, result_id=key, queued=True)
    other = hall.result(fill_id, gross_g=30900, empty_g=17000, happened_at=at, result_id=key)
    assert (first.status_code, again.get_json(), other.status_code, sorted(other.get_json()["fields"])) == (
        200,
        first.get_json(),
        409,
        ["empty_g", "gross_g"],
    )
