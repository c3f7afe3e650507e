"""What an import asks instead of taking it: slips of the unit, beside what is usual."""

from datetime import date
from typing import Any

import pytest

from equipment.regulation.categories import category
from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.details import Details

ON = date(2026, 11, 1)
LPG = {"variety": "lpg", "medium": "LPG"}
BOTTLE = LPG | {"model": "YSP35.5", "volume_ml": 35_500, "tare_g": 16_500, "max_charge_g": 14_900}
PRESSURES = {"working_pressure_kpa": 2_100, "test_pressure_kpa": 3_200}
OXYGEN = {"variety": "seamless", "medium": "O2", "volume_ml": 40_000, "tare_g": 48_000}
CARBONIC = {"variety": "seamless", "medium": "CO2", "volume_ml": 40_000}
ACETYLENE = {"variety": "acetylene", "medium": "C2H2", "volume_ml": 40_000, "tare_g": 55_200}


def odd(key: str, stated: dict[str, Any]) -> set[str]:
    kind = category(key)
    details: Details = kind.read(stated)
    return set(kind.implausible(details, ON))


@pytest.mark.parametrize(
    ("stated", "fields"),
    [
        pytest.param(BOTTLE | PRESSURES, set(), id="as the trade makes them"),
        pytest.param(BOTTLE | {"tare_g": 1_650_000}, {"tare_g"}, id="grams as kg"),
        pytest.param(BOTTLE | {"volume_ml": 355_000}, {"volume_ml"}, id="a lost point in litres"),
        pytest.param(BOTTLE | {"volume_ml": 3_550}, {"volume_ml"}, id="litres ten times too few"),
        pytest.param(BOTTLE | {"max_charge_g": 149_000}, {"max_charge_g"}, id="a lost point in the charge"),
        pytest.param(BOTTLE | {"working_pressure_kpa": 21_000}, {"working_pressure_kpa"}, id="21 kgf as MPa"),
        pytest.param(
            BOTTLE | PRESSURES | {"test_pressure_kpa": 32_000}, {"test_pressure_kpa"}, id="32 kgf as MPa"
        ),
        pytest.param(LPG | {"volume_ml": 35_500, "max_charge_g": 14_900}, set(), id="no model, its volume tells"),
        pytest.param(LPG | {"volume_ml": 35_500, "max_charge_g": 1_490}, {"max_charge_g"}, id="charge by volume"),
        pytest.param(LPG | {"volume_ml": 35_500, "tare_g": 1_650_000}, {"tare_g", "volume_ml"}, id="which is it"),
        pytest.param(OXYGEN | {"working_pressure_kpa": 15_000, "test_pressure_kpa": 22_500}, set(), id="oxygen"),
        pytest.param(OXYGEN | {"working_pressure_kpa": 1_500}, {"working_pressure_kpa"}, id="15 MPa as 1.5"),
        pytest.param(OXYGEN | {"volume_ml": 400}, {"tare_g", "volume_ml"}, id="40 L as 0.4 L"),
        pytest.param(CARBONIC | {"max_charge_g": 24_000}, set(), id="carbon dioxide"),
        pytest.param(CARBONIC | {"max_charge_g": 240_000}, {"max_charge_g"}, id="24 kg as 240"),
        pytest.param(ACETYLENE | {"max_charge_g": 7_000, "test_pressure_kpa": 5_200}, set(), id="acetylene"),
        pytest.param(ACETYLENE | {"working_pressure_kpa": 15_000}, {"working_pressure_kpa"}, id="15 kgf as MPa"),
    ],
)  # fmt: skip
def test_stamps_of_a_cylinder(stated: dict[str, Any], fields: set[str]) -> None:
    assert odd("cylinder", stated) == fields


@pytest.mark.parametrize(
    ("stated", "fields"),
    [
        ({"catalogue": "3110", "load_kg": 1_000, "speed_mm_s": 1_750}, set()),
        ({"catalogue": "3110", "load_kg": 2}, {"load_kg"}),
        ({"catalogue": "3120", "load_kg": 3}, {"load_kg"}),
        ({"catalogue": "3430", "load_kg": 100, "speed_mm_s": 400}, set()),
        ({"catalogue": "3430", "load_kg": 1_000}, {"load_kg"}),
        ({"catalogue": "3310", "speed_mm_s": 500}, set()),
        ({"catalogue": "3310", "speed_mm_s": 5_000}, {"speed_mm_s"}),
        ({"catalogue": "3110", "speed_mm_s": 17_500}, {"speed_mm_s"}),
    ],
)
def test_parameters_of_a_lift(stated: dict[str, Any], fields: set[str]) -> None:
    assert odd("elevator", stated) == fields


def test_what_is_asked_says_what_is_usual() -> None:
    details = CYLINDER.read(BOTTLE | {"tare_g": 1_650_000})
    message = CYLINDER.implausible(details, ON)["tare_g"]
    assert str(message) == "1650 kg cannot be the Tare of YSP35.5 (9.9 kg to 24.75 kg): check the unit"
