"""The bureau's rows over the rule packs: confirmed, set, lapsed with an upgrade; its choices, dated and never erased."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.verdict import Confidence
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.regulation.categories import category
from equipment.regulation.charges import max_charge
from equipment.regulation.choices import BY_KEY, answer
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.models import RuleOverride
from equipment.regulation.queries import PACKS, choice, rules
from equipment.rules import actions
from equipment.rules.rules import own_value
from equipment.rules.views import shown
from equipment.storage import db
from tests import make

KEY = "visit_days.quarter"
SINCE = date(2017, 8, 1)
Sign = Callable[[User], FlaskClient]


@pytest.fixture
def administrator(app: Flask) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)


@pytest.fixture
def by(administrator: User) -> Viewer:
    return viewer_of(administrator)


def test_without_rows_the_pack_itself_answers(app: Flask) -> None:
    assert rules("elevator") is category("elevator").regulation


def test_a_confirmation_changes_the_confidence_and_not_the_value(app: Flask, by: Viewer) -> None:
    with db.transaction():
        actions.confirm("elevator", KEY, SINCE, cite="TSG T5002-2017 第3页", by=by)
    now = rules("elevator").value(KEY, clock.today())
    assert (now.value, now.confidence, now.confirmed_by) == (90, Confidence.CONFIRMED, str(by.user_id))
    assert rules("elevator").pack == category("elevator").regulation.pack + "+1"
    assert rules("cylinder") is category("cylinder").regulation


def test_a_confirmation_lapses_when_an_upgrade_changes_what_was_confirmed(app: Flask, by: Viewer) -> None:
    with db.transaction():
        row = actions.confirm("elevator", KEY, SINCE, cite="原文", by=by)
    with make.writing():
        db.session.get_one(RuleOverride, row.id).of = "of another text"
        db.session.get_one(RuleOverride, row.id).confirmed_at = clock.now()
    assert rules("elevator").value(KEY, clock.today()).confidence is Confidence.UNSURE
    assert [stale.key for stale in rules("elevator").stale] == [KEY]


def test_a_value_of_the_bureaus_own_holds_from_its_day_on_and_the_newer_row_wins(
    app: Flask, by: Viewer
) -> None:
    since = make.days(10)
    for value in (60, 75):
        with db.transaction():
            actions.set_value("elevator", KEY, since, value, cite="市局〔2026〕1号", by=by)
    assert [rules("elevator").integer(KEY, day) for day in (make.days(9), since)] == [90, 75]
    verbs = db.session.scalars(
        select(Event.verb).where(Event.subject == "rule:elevator").order_by(Event.seq)
    ).all()
    assert verbs == ["rule.set", "rule.set"]


def test_a_bureau_that_rounds_to_nothing_stops_no_fill(app: Flask, by: Viewer) -> None:
    with db.transaction():
        actions.set_value("cylinder", "charge.rounding_g", clock.today(), 0, cite="市局〔2026〕1号", by=by)
    found = max_charge(
        rules("cylinder"),
        CylinderDetails.model_validate({"variety": "lpg", "medium": "LPG", "volume_ml": 35_500}),
        clock.today(),
    )
    assert found is not None
    assert found.grams == 14_910


def test_what_is_verified_or_absent_cannot_be_confirmed_and_a_row_names_its_source(
    app: Flask, by: Viewer
) -> None:
    for key, since, cite in (
        ("technician_certificate", date(2019, 6, 1), "x"),
        (KEY, date(2000, 1, 1), "x"),
        ("no.such", SINCE, "x"),
        (KEY, SINCE, "  "),
    ):
        with pytest.raises(Invalid), db.transaction():
            actions.confirm("elevator", key, since, cite=cite, by=by)
    assert db.session.scalars(select(RuleOverride)).all() == []


@pytest.mark.parametrize(("role", "area"), [(Role.SUPERVISOR, make.CITY), (Role.ADMINISTRATOR, make.COUNTY)])
def test_only_an_administrator_of_the_whole_city_decides(app: Flask, role: Role, area: str) -> None:
    other = viewer_of(make.user(make.organisation(OrganisationKind.REGULATOR, area=area), role))
    with pytest.raises(NotAllowed), db.transaction():
        actions.set_value("elevator", KEY, make.days(0), 30, cite="x", by=other)
    with pytest.raises(NotAllowed), db.transaction():
        actions.choose("official_rate", make.days(0), {"value": "H1"}, by=other)


def test_a_choice_holds_from_its_day_and_the_default_before(app: Flask, by: Viewer) -> None:
    with db.transaction():
        actions.choose("finding_confirms_days", make.days(5), {"value": "20"}, cite="会议纪要", by=by)
    assert [choice("finding_confirms_days", day) for day in (make.days(4), make.days(5))] == [15, 20]


def test_a_station_may_have_a_transition_day_of_its_own(app: Flask, by: Viewer) -> None:
    station = str(make.station().id)
    with db.transaction():
        actions.choose("fill_transition", make.days(0), {"R02": "2027-06-30", "R05": ""}, by=by)
    with db.transaction():
        actions.choose("fill_transition", make.days(0), {"R02": "2027-12-31"}, subject=station, by=by)
    assert choice("fill_transition", make.days(1), station) == {"R02": "2027-12-31"}
    assert choice("fill_transition", make.days(1), "other") == {"R02": "2027-06-30"}


CASES: list[tuple[str, dict[str, str], Any]] = [
    ("finding_confirms_days", {"value": "0"}, None),
    ("finding_confirms_days", {"value": "366"}, None),
    ("finding_confirms_days", {"value": "十五"}, None),
    ("delay_months", {"value": "121"}, None),
    ("delay_months", {"value": "36"}, 36),
    ("rectify_days_major", {"value": "3"}, 3),
    ("finding_confirms_days", {"value": "30"}, 30),
    ("official_rate", {"value": "H9"}, None),
    ("official_rate", {"value": "H1"}, "H1"),
    ("fill_transition", {"R02": "2027-02-30"}, None),
    ("fill_transition", {"R06": "2027-02-28", "R01": "2027-01-01"}, {"R06": "2027-02-28"}),
]


@pytest.mark.parametrize(("key", "typed", "stored"), CASES)
def test_an_answer_is_of_the_kind_its_question_asks_for(key: str, typed: dict[str, str], stored: Any) -> None:
    if stored is None:
        with pytest.raises(Invalid):
            answer(BY_KEY[key], typed)
    else:
        assert answer(BY_KEY[key], typed) == stored


@pytest.mark.parametrize(
    ("present", "typed", "value"),
    [
        (15, "30", 30),
        ([1, 4], "1，4、6, 8", [1, 4, 6, 8]),
        ("T", "T1", "T1"),
        (False, "true", True),
        (15, "x", None),
        ([1], "1,x", None),
        (15, "-5", None),
        ([1], "1,-1", None),
        (15, "0", 0),
        ({"a": 1}, "1", None),
        (True, "1", None),
    ],
)
def test_an_own_value_is_of_the_kind_of_the_present_one(present: Any, typed: str, value: Any) -> None:
    if value is None:
        with pytest.raises(Invalid):
            own_value(present, typed)
    else:
        assert own_value(present, typed) == value


def test_the_screen_lists_unverified_values_first_and_takes_a_confirmation(
    app: Flask, administrator: User, signed_in: Sign
) -> None:
    browser = signed_in(administrator)
    page = browser.get("/rules?category=elevator").text
    assert page.index("/rules/elevator/visit_days.quarter") < page.index(
        "/rules/elevator/technician_certificate"
    )
    sent = browser.post(f"/rules/elevator/{KEY}/confirm", data={"since": "2017-08-01", "cite": "<b>原文</b>"})
    assert sent.location == f"/rules/elevator/{KEY}"
    detail = browser.get(f"/rules/elevator/{KEY}").text
    assert ("&lt;b&gt;原文&lt;/b&gt;" in detail, "<b>原文" in detail) == (True, False)
    assert (
        browser.post(f"/rules/elevator/{KEY}/confirm", data={"since": "2017-08-01", "cite": "x"}).status_code
        == 422
    )


def test_a_bad_own_value_stays_in_the_form_with_its_reason(
    app: Flask, administrator: User, signed_in: Sign
) -> None:
    answer = signed_in(administrator).post(
        f"/rules/elevator/{KEY}/set", data={"since": "2026-12-01", "value": "about 60", "cite": "x"}
    )
    assert (answer.status_code, 'value="about 60"' in answer.text) == (422, True)


def test_choices_are_made_on_screen_and_their_history_stays(
    app: Flask, administrator: User, signed_in: Sign
) -> None:
    browser, today = signed_in(administrator), clock.today().isoformat()
    for value in ("H1", "H2"):
        assert (
            browser.post(
                "/choices/official_rate", data={"value": value, "since": today, "cite": "局长办公会"}
            ).location
            == "/choices"
        )
    assert choice("official_rate", clock.today()) == "H2"
    assert browser.get("/choices").text.count("局长办公会") == 2
    assert browser.post("/choices/official_rate", data={"value": "H7", "since": today}).status_code == 422


@pytest.mark.parametrize(
    "path", ["/rules?category=spaceship", "/rules/elevator/no.such.key", "/rules/no/such"]
)
def test_a_rule_that_is_not_there_is_not_found(
    app: Flask, administrator: User, signed_in: Sign, path: str
) -> None:
    assert signed_in(administrator).get(path).status_code == 404


SHOWN = [
    # a value of a pack -> what a reader sees
    ([{"from_kpa": 0, "g_per_l": 420}], "自 0 kPa，充装系数 420 g/L"),
    ({"below_c": 0, "kpa": 50}, "低于 0 °C，不低于 50 kPa"),
    ({"trade": "2 kg", "tare_g": 3400, "volume_ml": 4700}, "俗称: 2 kg，皮重 3400 g，公称容积 4700 mL"),
    ({"made_up": 1}, "made_up: 1"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN)
def test_a_value_of_several_parts_is_said_in_words_with_its_units(
    app: Flask, value: object, text: str
) -> None:
    with app.test_request_context():
        assert shown(value) == text


def test_no_part_of_a_shipped_value_shows_its_key(app: Flask) -> None:
    with app.test_request_context():
        for pack in PACKS.values():
            for key in pack.values:
                if value := pack.find(key, clock.today()):
                    assert not re.search(r"(?<![A-Za-z.])[a-z]+_[a-z_]+: ", shown(value.value)), key
