"""How high the pressure may be at the temperature of the gas, residues, second weighings, acetylene in steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.actions import close_unfinished
from equipment.fills.models import Fill
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.fill_pressure import pressure_limit
from equipment.rules.actions import set_value
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago
from tests.fills.test_people_and_scales import colleague, stand
from tests.fills.test_results import the_fill

CO2 = {
    "variety": "seamless",
    "medium": "CO2",
    "volume_ml": 40_000,
    "working_pressure_kpa": 15_000,
    "tare_g": 50_000,
    "max_charge_g": 24_000,
}
C2H2 = {
    "variety": "acetylene",
    "medium": "C2H2",
    "volume_ml": 40_000,
    "porosity_permille": 900,
    "tare_g": 60_000,
}

# working pressure in MPa, °C of the gas -> the most a gauge may show, MPa (to three digits, rounded down)
MOST = [
    (15, None, 15.0),  # nobody measured it: as at 20 °C
    (15, 20, 15.0),
    (15, 15, 14.742),
    (15, 0, 13.969),
    (15, -10, 13.454),
    (15, 35, 15.0),  # warm gas too is filled to the working pressure at most
    (20, 15, 19.657),
    (20, 40, 20.0),
]


@pytest.mark.parametrize(("working", "celsius", "most"), MOST)
def test_the_highest_pressure_at_a_temperature(working: int, celsius: int | None, most: float) -> None:
    details = CylinderDetails.model_validate(OXYGEN | {"working_pressure_kpa": working * 1000})
    limit = pressure_limit(category("cylinder").regulation, details, clock.today())
    assert limit is not None
    assert limit.most_kpa(None if celsius is None else celsius * 10) == round(most * 1000)


@pytest.mark.parametrize(
    ("details", "kpa"),
    [
        (C2H2, 2_500),
        (CO2, None),  # weighed
        (OXYGEN | {"working_pressure_kpa": None}, None),
        (
            {"variety": "vehicle_cng", "medium": "CNG", "volume_ml": 80_000, "working_pressure_kpa": 20_000},
            20_000,
        ),
    ],
)
def test_which_cylinders_have_such_a_limit(details: dict[str, Any], kpa: int | None) -> None:
    read = CylinderDetails.model_validate({key: value for key, value in details.items() if value is not None})
    limit = pressure_limit(category("cylinder").regulation, read, clock.today())
    assert (limit.kpa if limit else None) == kpa


def test_a_derived_limit_is_marked_unverified(hall: Hall) -> None:
    answer = hall.scan(hall.bottle(details=OXYGEN).label_code or "", gas="O2").get_json()["equipment"]
    assert answer["max_pressure"] == {
        "kpa": 15_000,
        "reference_c": 20,
        "corrected": True,
        "capped": True,
        "verified": False,
    }


def opened(hall: Hall, details: dict[str, Any], bay: str = "") -> tuple[Equipment, str]:
    bottle = hall.bottle(details=details)
    scan = hall.scan(bottle.label_code or "", gas=details["medium"], bay=bay).get_json()
    return bottle, str(scan["fill_id"])


@pytest.mark.parametrize(
    ("kpa", "celsius", "state"),
    [
        (14_700, 15, "filled"),
        (14_800, 15, "overfilled"),
        (14_800, 20, "filled"),
        (15_100, None, "overfilled"),
    ],
)
def test_over_the_limit_it_is_let_down(hall: Hall, kpa: int, celsius: int | None, state: str) -> None:
    _bottle, fill_id = opened(hall, OXYGEN)
    more = {} if celsius is None else {"temperature_dc": celsius * 10}
    assert hall.result(fill_id, pressure_kpa=kpa, **more).get_json()["state"] == state


def test_let_down_and_read_again_it_is_filled(hall: Hall) -> None:
    bottle, fill_id = opened(hall, OXYGEN)
    over = hall.result(fill_id, pressure_kpa=15_600, temperature_dc=150).get_json()
    assert [(reason["code"], reason["text"]) for reason in over["reasons"]] == [
        ("Q09", "15.6 MPa，15.0 °C 时最高 14.742 MPa：放气后重新读数")
    ]
    again = hall.scan(bottle.label_code or "", gas="O2").get_json()
    assert (again["allowed"], again["fill_id"]) == (False, fill_id)
    down = hall.result(fill_id, pressure_kpa=14_500, temperature_dc=150).get_json()
    assert (down["state"], "drawn_down" in down["flags"]) == ("filled", True)
    assert db.session.get_one(Equipment, bottle.id).treat_code == ""


@pytest.mark.parametrize("kpa", [31_000, 99_999])
def test_a_pressure_that_no_such_bottle_holds_is_refused(hall: Hall, kpa: int) -> None:
    _bottle, fill_id = opened(hall, OXYGEN)
    response = hall.result(fill_id, pressure_kpa=kpa)
    assert (response.status_code, list(response.get_json()["fields"]), the_fill().state) == (
        422,
        ["pressure_kpa"],
        "open",
    )


def test_the_bureau_may_let_warm_gas_stand_higher(hall: Hall) -> None:
    with make.writing():
        office = viewer_of(
            make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
        )
        key = "fill_pressure.never_above_working"
        set_value("cylinder", key, clock.today(), False, cite="局发〔2026〕9号", by=office)
    forget_all()
    _bottle, fill_id = opened(hall, OXYGEN)
    assert hall.result(fill_id, pressure_kpa=15_700, temperature_dc=350).get_json()["state"] == "filled"


# empty weight, gross, "yes, it is below" -> residue or the field that is asked, kg
@pytest.mark.parametrize(
    ("empty_g", "below", "residual", "field"),
    [
        (50_000, False, 0, ""),
        (51_200, False, 1_200, ""),
        (49_700, False, None, "empty_g"),
        (49_700, True, -300, ""),
        (75_000, False, None, "gross_g"),  # more than after filling
    ],
)
def test_what_was_in_it_before_counts(
    hall: Hall, empty_g: int, below: bool, residual: int | None, field: str
) -> None:
    _bottle, fill_id = opened(hall, CO2)
    response = hall.result(fill_id, empty_g=empty_g, gross_g=73_000, below_tare=below)
    assert list(response.get_json().get("fields", {})) == ([field] if field else [])
    fill = the_fill()
    assert (fill.residual_g, fill.net_g) == (residual, None if field else 23_000)
    assert ("below_tare" in fill.flags) is (below and residual is not None and residual < 0)


@pytest.mark.parametrize("grams", [-1, 1650_000_000, "51200"])
def test_an_empty_weight_that_no_scale_shows_is_refused(hall: Hall, grams: Any) -> None:
    _bottle, fill_id = opened(hall, CO2)
    assert hall.result(fill_id, empty_g=grams, gross_g=73_000).status_code == 422


# second weight, on scale, by -> flags of the second weighing
@pytest.mark.parametrize(
    ("more", "flags", "recheck_g"),
    [
        ({}, ["not_reweighed"], None),
        ({"recheck_g": 73_100, "recheck_instrument": "S2"}, [], 73_100),
        ({"recheck_g": 73_100}, ["reweighed_alike"], 73_100),
        ({"recheck_g": 73_100, "recheck_instrument": "S1"}, ["reweighed_alike"], 73_100),
        ({"recheck_g": 73_100, "rechecker": {"card": "04A1B2C3D4"}}, [], 73_100),
    ],
)
def test_liquefied_gas_is_weighed_a_second_time(
    hall: Hall, more: dict[str, Any], flags: list[str], recheck_g: int | None
) -> None:
    colleague(hall, card="04A1B2C3D4")
    stand(hall, "S1", gas="CO2")
    stand(hall, "S2", bay="2", gas="CO2")
    _bottle, fill_id = opened(hall, CO2, bay="1")
    told = hall.result(fill_id, gross_g=73_000, **more).get_json()
    assert (told["state"], [flag for flag in told["flags"] if "weigh" in flag]) == ("filled", flags)
    assert (the_fill().gross_g, the_fill().recheck_g) == (73_000, recheck_g)


def test_what_the_second_scale_finds_too_heavy_is_let_down(hall: Hall) -> None:
    _bottle, fill_id = opened(hall, CO2)
    over = hall.result(fill_id, gross_g=73_900, recheck_g=74_200).get_json()
    assert (over["state"], [reason["code"] for reason in over["reasons"]]) == ("overfilled", ["Q10"])
    down = hall.result(fill_id, gross_g=73_500, recheck_g=73_600).get_json()
    assert (down["state"], down["recheck_g"]) == ("filled", 73_600)


@pytest.mark.parametrize("recheck_g", [40_000, 500_000])
def test_a_second_weight_that_cannot_be_is_refused(hall: Hall, recheck_g: int) -> None:
    _bottle, fill_id = opened(hall, CO2)
    response = hall.result(fill_id, gross_g=73_000, recheck_g=recheck_g)
    assert (response.status_code, list(response.get_json()["fields"])) == (422, ["recheck_g"])


def step(hall: Hall, fill_id: str, gross_g: int, **more: Any) -> Any:
    body = {"step_id": str(new_id()), "happened_at": ago(), "gross_g": gross_g, **more}
    return hall.send("POST", f"/fills/{fill_id}/steps", body)


def rested(hours: float) -> None:
    with make.writing():
        db.session.execute(update(Fill).values(resting_since=clock.now() - timedelta(hours=hours)))


def test_acetylene_is_filled_in_steps_with_rest_between(hall: Hall) -> None:
    _bottle, fill_id = opened(hall, C2H2)
    first = step(hall, fill_id, 63_000, pressure_kpa=1_500, solvent_g=800).get_json()
    assert (first["state"], first["rests_until"] is not None) == ("open", True)
    rested(8.5)
    told = hall.result(fill_id, gross_g=67_000, pressure_kpa=1_900).get_json()
    assert (told["state"], "rest_too_short" in told["flags"]) == ("filled", False)
    fill = the_fill()
    assert ([each["gross_g"] for each in fill.steps], fill.solvent_g, fill.net_g) == ([63_000], 800, 7_000)
    assert told["release_after"] is not None


@pytest.mark.parametrize(
    ("hours", "result", "status", "state"),
    [
        pytest.param(0, {}, 422, "open", id="at once"),
        pytest.param(7.9, {}, 422, "open", id="some minutes too early"),
        pytest.param(8.1, {}, 200, "filled", id="rested"),
        pytest.param(1, {"post_checks": {"Q03": False}}, 200, "failed", id="a leak is told at any time"),
        pytest.param(1, {"gross_g": 67_300}, 200, "overfilled", id="and so is too much"),
    ],
)
def test_acetylene_is_not_released_before_it_has_rested(
    hall: Hall, hours: float, result: dict[str, Any], status: int, state: str
) -> None:
    _bottle, fill_id = opened(hall, C2H2)
    step(hall, fill_id, 63_000)
    rested(hours)
    response = hall.result(fill_id, **{"gross_g": 66_000, **result})
    assert (response.status_code, str(the_fill().state), the_fill().steps != []) == (status, state, True)
    if status == 422:
        text = response.get_json()["fields"]["happened_at"]
        assert text.startswith("乙炔瓶每次充装后静置 8 小时")
        rested(9)
        assert hall.result(fill_id, gross_g=66_000).get_json()["state"] == "filled"


def test_the_hours_of_the_rest_are_the_packs_each_with_its_mark() -> None:
    today, rules = clock.today(), category("cylinder").regulation
    between = rules.value("acetylene.rest_between_steps_hours", today)
    release = rules.value("acetylene.rest_before_release_hours", today)
    assert [(value.integer, value.citation.confidence.value) for value in (between, release)] == [
        (8, "seen"),
        (24, "known"),
    ]


@pytest.mark.parametrize(("hours", "short"), [(7.9, True), (8.1, False)])
def test_a_step_that_began_too_early_is_kept_and_says_so(hall: Hall, hours: float, short: bool) -> None:
    _bottle, fill_id = opened(hall, C2H2)
    step(hall, fill_id, 63_000)
    rested(hours)
    step(hall, fill_id, 65_000)
    assert ("rest_too_short" in the_fill().flags, len(the_fill().steps)) == (short, 2)


@pytest.mark.parametrize(
    ("gross_g", "kpa", "code"), [(67_300, 2_000, "Q10"), (66_000, 2_600, "Q09"), (67_300, 2_600, "Q09 Q10")]
)
def test_acetylene_over_charge_or_pressure_is_let_back(hall: Hall, gross_g: int, kpa: int, code: str) -> None:
    _bottle, fill_id = opened(hall, C2H2)  # 0.2 · 0.9 · 40 = 7.2 kg
    told = hall.result(fill_id, gross_g=gross_g, pressure_kpa=kpa).get_json()
    codes = " ".join(reason["code"] for reason in told["reasons"])
    assert (told["state"], codes) == ("overfilled", code)


def test_a_resting_bottle_stays_open_over_midnight(hall: Hall) -> None:
    _bottle, fill_id = opened(hall, C2H2)
    step(hall, fill_id, 63_000)
    with make.writing():
        db.session.execute(update(Fill).values(on=clock.today() - timedelta(days=1)))
    with db.transaction():
        assert close_unfinished(clock.today()) == 0
    with make.writing():
        db.session.execute(update(Fill).values(on=clock.today() - timedelta(days=2)))
    with db.transaction():
        assert close_unfinished(clock.today()) == 1


def test_a_step_again_is_one_step_and_only_acetylene_has_any(hall: Hall) -> None:
    _bottle, fill_id = opened(hall, C2H2)
    same = {"step_id": str(new_id()), "happened_at": ago()}
    assert [step(hall, fill_id, 63_000, **same).status_code for _ in range(2)] == [200, 200]
    assert step(hall, fill_id, 63_100, **same).status_code == 409
    assert len(the_fill().steps) == 1
    assert step(hall, fill_id, 50_000).status_code == 422  # below its tare
    rested(9)
    hall.result(fill_id, gross_g=66_000)
    assert step(hall, fill_id, 66_100).status_code == 409
    _other, oxygen = opened(hall, OXYGEN)
    assert step(hall, oxygen, 66_000).status_code == 422
