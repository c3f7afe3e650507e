"""The fields of each category: the one source of form, schema, columns and checks."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.details import Details, FieldSpec, Kind
from equipment.regulation.elevator_details import CATALOGUE, KINDS, ElevatorDetails

SPECS = [(each.key, spec) for each in CATEGORIES for spec in each.details_type.fields()]
FULL: list[Details] = [
    CylinderDetails(
        variety="lpg",
        medium="LPG",
        model="YSP35.5",
        volume_ml=35_500,
        working_pressure_kpa=2_100,
        test_pressure_kpa=3_200,
        tare_g=16_500,
        max_charge_g=14_900,
        wall_um=2_500,
        edition="gb5842_2023",
        design_life_years=12,
        head_mark=True,
        phase="vapour",
        valve_until=date(2032, 3, 1),
    ),
    CylinderDetails(variety="seamless", medium="MIX", components="AR,CO2", mount="in_bundle"),
    ElevatorDetails(
        catalogue="3110",
        drive="traction",
        load_kg=1_000,
        speed_mm_s=1_750,
        floors=18,
        stations=18,
        doors=18,
        supervised_on=date(2020, 5, 20),
    ),
    ElevatorDetails(catalogue="3320", inclination_mdeg=12_000, width_mm=1_000, outdoor=True),
]


@pytest.mark.parametrize("details", FULL, ids=lambda details: type(details).__name__)
def test_details_survive_the_way_through_the_database(details: Details) -> None:
    assert type(details).model_validate(details.as_json()) == details
    assert type(details).model_validate_json(details.model_dump_json()) == details


@pytest.mark.parametrize(("key", "spec"), SPECS, ids=[f"{key}.{spec.name}" for key, spec in SPECS])
def test_every_field_has_a_label_and_chinese_headings(key: str, spec: FieldSpec) -> None:
    assert spec.label != spec.name
    assert [heading for heading in spec.headings if not heading.strip()] == []
    assert spec.headings != ()
    assert (spec.kind is Kind.CHOICE) == (spec.choices != ())
    assert spec.factor >= 1


def test_no_heading_means_two_fields_of_one_category() -> None:
    for each in CATEGORIES:
        headings = [heading for known in each.headings.values() for heading in known]
        assert sorted(headings) == sorted(set(headings)), each.key


def test_the_fields_lists_filter_by() -> None:
    assert {
        key: [spec.name for spec in category(key).details_type.filters()] for key in ("cylinder", "elevator")
    } == {
        "cylinder": [
            "variety",
            "medium",
            "use",
            "model",
            "edition",
            "bundle_no",
            "vehicle_plate",
            "vehicle_vin",
        ],
        "elevator": ["catalogue", "drive", "brake", "non_metal_sheaves", "maintenance_mode"],
    }


def test_required_fields_are_few() -> None:
    assert {
        key: [spec.name for spec in category(key).details_type.fields() if spec.required]
        for key in ("cylinder", "elevator")
    } == {"cylinder": ["variety", "medium"], "elevator": ["catalogue"]}


@pytest.mark.parametrize(
    ("name", "shown", "stored"),
    [
        ("volume_ml", "35.5", 35_500),
        ("tare_g", "16.5", 16_500),
        ("working_pressure_kpa", "2.1", 2_100),
        ("wall_um", "2.5", 2_500),
        ("porosity_permille", "90", 900),
        ("design_life_years", "12", 12),
        ("volume_ml", "40", 40_000),
    ],
)
def test_people_read_and_write_kg_mpa_and_litres(name: str, shown: str, stored: int) -> None:
    spec = CylinderDetails.field_spec(name)
    assert spec.stored(shown) == stored
    assert spec.shown(stored) == Decimal(shown)
    assert f"{spec.shown(stored):f}" == shown


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ("abc", "is not a number"),
        ("NaN", "is not a number"),
        ("1e999999", "is not a number"),
        ("1.00005", "has more decimal places than can be kept"),
    ],
)
def test_a_number_that_cannot_be_kept_is_refused_in_words(shown: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CylinderDetails.field_spec("tare_g").stored(shown)


@pytest.mark.parametrize(
    ("details", "where"),
    [
        pytest.param({"medium": "LPG"}, ("variety",), id="variety is missing"),
        pytest.param({"variety": "lpg", "medium": "lpg gas"}, ("medium",), id="a medium that is no code"),
        pytest.param({"variety": "seamless", "medium": "XYZ"}, ("medium",), id="a gas no rule speaks of"),
        pytest.param(
            {"variety": "seamless", "medium": "MIX", "components": "AR,XYZ"},
            ("components",),
            id="a component no rule speaks of",
        ),
        pytest.param(
            {"variety": "lpg", "medium": "LPG", "colour_code": 1}, ("colour_code",), id="an unknown field"
        ),
        pytest.param(
            {"variety": "lpg", "medium": "LPG", "tare_g": 16.5}, ("tare_g",), id="a fraction of a gram"
        ),
        pytest.param(
            {"variety": "lpg", "medium": "LPG", "volume_ml": 3_000_001},
            ("volume_ml",),
            id="above 3000 L it is no cylinder",
        ),
        pytest.param(
            {"variety": "lpg", "medium": "LPG", "edition": "gb5842_2023"},
            (),
            id="GB 5842-2023 without its stamped life",
        ),
        pytest.param({"variety": "seamless", "medium": "MIX"}, (), id="a mixture without components"),
        pytest.param(
            {"variety": "seamless", "medium": "O2", "components": "O2,N2"},
            (),
            id="components without a mixture",
        ),
    ],
)
def test_details_that_cannot_be_are_refused_at_their_field(
    details: dict[str, object], where: tuple[str, ...]
) -> None:
    with pytest.raises(ValidationError) as caught:
        CylinderDetails.model_validate(details)
    assert [error["loc"] for error in caught.value.errors()] == [where]


def test_the_catalogue_code_follows_from_the_details() -> None:
    cylinder, elevator = category("cylinder"), category("elevator")
    assert [
        cylinder.catalogue_code(CylinderDetails(variety=variety, medium="O2"))
        for variety in ("seamless", "welded", "cryogenic")
    ] == ["2310", "2320", "23T0"]
    assert elevator.catalogue_code(ElevatorDetails(catalogue="3430")) == "3430"
    assert [choice.value for choice in KINDS] == list(CATALOGUE)


def test_vertical_lifts_are_told_from_escalators() -> None:
    assert [code for code in CATALOGUE if not ElevatorDetails(catalogue=code).vertical] == ["3310", "3320"]


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("medium", "氧气", "O2"),
        ("medium", "o2", "O2"),
        ("medium", "Oxygen", "O2"),
        ("medium", "液化石油气", "LPG"),
        ("medium", "神仙水", None),
        ("variety", "无缝", "seamless"),
        ("variety", " 内装填料 ", "acetylene"),
        ("variety", "钢质无缝气瓶", "seamless"),
    ],
)
def test_a_workbooks_words_find_their_choice(name: str, written: str, value: str | None) -> None:
    chinese = {"Seamless steel": "钢质无缝气瓶"}
    assert CylinderDetails.field_spec(name).choice_of(written, lambda text: chinese.get(text, text)) == value


def test_no_word_of_a_workbook_means_two_choices() -> None:
    for _, spec in SPECS:
        words = [
            word.casefold()
            for choice in spec.choices
            for word in {choice.value.casefold(), *(alias.casefold() for alias in choice.aliases)}
        ]
        assert sorted(words) == sorted(set(words)), spec.name
