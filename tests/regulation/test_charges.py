"""How much may go into a cylinder, what must be left in it, what it must look like."""

from datetime import date

import pytest

from equipment.regulation.charges import (
    colours,
    fill_group,
    fill_tolerance,
    inspection_colour,
    least_residual_kpa,
    max_charge,
    tags_of,
)
from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.gases import gas

RULES = CYLINDER.regulation
TODAY = date(2026, 11, 23)
LPG = {"variety": "lpg", "medium": "LPG"}


def of(**details: object) -> CylinderDetails:
    return CylinderDetails.model_validate(details)


@pytest.mark.parametrize(
    ("details", "grams"),
    [
        pytest.param({**LPG, "volume_ml": 35_500}, 14_900, id="35.5 L LPG: 14.91 is rounded down to 14.9 kg"),
        pytest.param({**LPG, "volume_ml": 118_000}, 49_500, id="118 L LPG: 49.56 is rounded down to 49.5 kg"),
        pytest.param({**LPG, "volume_ml": 4_700}, 1_900, id="4.7 L LPG: 1.97 is rounded down to 1.9 kg"),
        pytest.param(
            {**LPG, "model": "YSP74", "volume_ml": 74_000},
            30_000,
            id="the model table comes before the coefficient",
        ),
        pytest.param(
            {**LPG, "model": "YSP35.5", "max_charge_g": 14_500}, 14_500, id="the stamp wins over both"
        ),
        pytest.param(
            {**LPG, "model": "unheard of", "volume_ml": 35_500},
            14_900,
            id="an unknown model falls back to the volume",
        ),
        pytest.param(LPG, None, id="nothing known, nothing promised"),
        pytest.param(
            {"variety": "seamless", "medium": "CO2", "volume_ml": 40_000, "working_pressure_kpa": 15_000},
            24_000,
            id="CO2 at 15 MPa: 0.60",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "CO2", "volume_ml": 40_000, "working_pressure_kpa": 20_000},
            29_600,
            id="CO2 at 20 MPa: 0.74",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "CO2", "volume_ml": 40_000, "working_pressure_kpa": 12_500},
            None,
            id="CO2 below 15 MPa: no coefficient",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "CO2", "volume_ml": 40_000},
            None,
            id="CO2 at an unknown pressure: no coefficient",
        ),
        pytest.param(
            {"variety": "welded", "medium": "NH3", "volume_ml": 100_000}, 53_000, id="ammonia: 0.53"
        ),
        pytest.param(
            {"variety": "acetylene", "medium": "C2H2", "volume_ml": 40_000, "porosity_permille": 900},
            7_200,
            id="acetylene 40 L, porosity 0.90: 7.2 kg",
        ),
        pytest.param(
            {"variety": "acetylene", "medium": "C2H2", "volume_ml": 40_000},
            None,
            id="acetylene without porosity: not known",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "O2", "volume_ml": 40_000},
            None,
            id="oxygen is filled by pressure",
        ),
        pytest.param(
            {"variety": "vehicle_lpg", "medium": "LPG", "volume_ml": 60_000},
            None,
            id="vehicle cylinders are filled by the dispenser",
        ),
    ],
)
def test_the_maximum_charge(details: dict[str, object], grams: int | None) -> None:
    found = max_charge(RULES, of(**details), TODAY)
    assert (found.grams if found else None) == grams


def test_every_model_holds_no_more_than_volume_times_coefficient() -> None:
    models = {model: value.table for model, value in RULES.under("lpg_model", TODAY).items()}
    over = {
        model: row for model, row in models.items() if row["max_charge_g"] > row["volume_ml"] * 420 // 1000
    }
    assert over == {}
    assert list(models) == [
        "YSP4.7",
        "YSP12",
        "YSP23.5",
        "YSP26.2",
        "YSP28.6",
        "YSP35.5",
        "YSP74",
        "YSP118",
        "YSP118-II",
    ]


def test_the_charge_says_where_it_comes_from() -> None:
    found = max_charge(RULES, of(**LPG, volume_ml=35_500), TODAY)
    assert found is not None
    assert str(found.explanation) == "420 g/L × 35.5 L, rounded down"
    assert (found.citation.document, found.citation.clause, found.citation.confidence.verified) == (
        "TSG 23-2021 气瓶安全技术规程",
        "附录B",
        True,
    )


@pytest.mark.parametrize(
    ("celsius", "kpa"),
    [(-5, 50), (0, 100), (14, 100), (15, 200), (24, 200), (25, 300), (39, 300), (40, None)],
)
def test_acetylene_keeps_a_residual_pressure_by_temperature(celsius: int, kpa: int | None) -> None:
    assert least_residual_kpa(RULES, gas(RULES, "C2H2", TODAY), celsius, TODAY) == kpa


def test_compressed_gases_keep_50_kpa_and_weighed_ones_none() -> None:
    assert least_residual_kpa(RULES, gas(RULES, "O2", TODAY), 20, TODAY) == 50
    assert least_residual_kpa(RULES, gas(RULES, "LPG", TODAY), 20, TODAY) is None


@pytest.mark.parametrize(
    ("model", "expected"),
    [("YSP35.5", (14_500, 500)), ("YSP118", (49_000, 1_000)), ("YSP23.5", (9_500, 300)), ("YSP12", None)],
)
def test_the_trade_aims_at_a_charge_with_a_tolerance(model: str, expected: tuple[int, int] | None) -> None:
    found = fill_tolerance(RULES, of(**LPG, model=model), TODAY)
    assert ((found.target_g, found.plus_minus_g) if found else None) == expected


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2020, ("粉红", "矩形")),
        (2021, ("铁红", "矩形")),
        (2022, ("铁黄", "矩形")),
        (2023, ("淡紫", "矩形")),
        (2024, ("深绿", "矩形")),
        (2025, ("粉红", "椭圆")),
        (2026, ("铁红", "椭圆")),
        (2027, ("铁黄", "椭圆")),
        (2028, ("淡紫", "椭圆")),
        (2029, ("深绿", "椭圆")),
        (2030, ("粉红", "矩形")),
    ],
)
def test_the_inspection_colour_mark_repeats_every_ten_years(year: int, expected: tuple[str, str]) -> None:
    mark = inspection_colour(RULES, year, TODAY)
    assert (mark.colour.zh, mark.shape.zh) == expected


@pytest.mark.parametrize(
    ("details", "body"),
    [
        ({"variety": "seamless", "medium": "O2"}, "淡（酞）蓝"),
        ({"variety": "seamless", "medium": "N2"}, "黑"),
        ({"variety": "acetylene", "medium": "C2H2"}, "白"),
        (LPG, "银灰"),
        ({**LPG, "phase": "liquid"}, "白"),
        ({**LPG, "use": "industrial"}, "棕"),
    ],
)
def test_body_colours(details: dict[str, object], body: str) -> None:
    found = colours(RULES, of(**details), TODAY)
    assert found is not None
    assert found.body.zh == body


def test_a_colour_nobody_noted_is_not_guessed() -> None:
    assert colours(RULES, of(variety="seamless", medium="XE"), TODAY) is None


def test_a_vehicles_cylinder_is_filled_as_such_whatever_its_gas() -> None:
    assert fill_group(RULES, of(variety="vehicle_lpg", medium="LPG"), TODAY).value == "vehicle"
    assert tags_of(RULES, of(variety="vehicle_lpg", medium="LPG"), TODAY) == {
        "vehicle",
        "flammable",
        "low_pressure",
    }
    assert tags_of(RULES, of(variety="seamless", medium="MIX", components="O2,CO2"), TODAY) == {
        "compressed",
        "oxidiser",
    }
