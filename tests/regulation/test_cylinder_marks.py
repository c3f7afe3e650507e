"""What stamps and codes say of a cylinder, as an inspector reads them off the steel."""

from datetime import date

import pytest

from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_marks import read_marks

ON = date(2026, 11, 29)
OXYGEN = {
    "test_pressure_kpa": 22_500,
    "working_pressure_kpa": 15_000,
    "tare_g": 52_100,
    "volume_ml": 40_200,
    "wall_um": 5_700,
    "design_life_years": 30,
}


@pytest.mark.parametrize(
    ("text", "details", "serial", "made_on", "unread"),
    [
        pytest.param(
            "TP22.5 WP15 W52.1 V40.2 S5.7 16.03 30y", OXYGEN, "", (2016, 3), [], id="as the fact sheet has it"
        ),
        pytest.param(
            "YA TS2210XXX-2019 323232 TP22.5 WP15 W52.1 V40.2 S5.7 16.03 30y O2 GB/T 5099",
            OXYGEN | {"maker_licence": "TS2210XXX-2019", "standard": "GB/T 5099", "medium": "O2"},
            "323232",
            (2016, 3),
            ["YA"],
            id="with maker, licence, serial, gas and standard",
        ),
        pytest.param(
            "ｔｐ22.5MPa　wp 15 MPa；w52.1kg、v40.2L s5.7mm 98.11",
            OXYGEN | {"design_life_years": None},
            "",
            (1998, 11),
            [],
            id="full width, units, small letters, of the last century",
        ),
        pytest.param(
            "公称工作压力：2.1MPa 水压试验压力 3.2MPa 容积35.5L 皮重16.5kg 最大充装量 14.9kg 编号E5049479",
            {
                "working_pressure_kpa": 2_100,
                "test_pressure_kpa": 3_200,
                "volume_ml": 35_500,
                "tare_g": 16_500,
                "max_charge_g": 14_900,
            },
            "E5049479",
            None,
            [],
            id="in words",
        ),
        pytest.param(
            "YSP35.5 GB 5842-2006 E5049479 2016.12-2024.12",
            {
                "model": "YSP35.5",
                "variety": "lpg",
                "medium": "LPG",
                "standard": "GB 5842-2006",
                "edition": "gb5842_2006",
                "design_life_years": 8,
            },
            "E5049479",
            (2016, 12),
            [],
            id="an LPG bottle, made and last month",
        ),
        pytest.param(
            "YSP118/液/49.5",
            {"model": "YSP118/液/49.5", "variety": "lpg", "medium": "LPG", "phase": "liquid"},
            "",
            None,
            [],
            id="liquid phase in the name of the model",
        ),
        pytest.param(
            "C2H2 Tm55.2 V40 δ0.90 16.03",
            {
                "medium": "C2H2",
                "variety": "acetylene",
                "tare_g": 55_200,
                "volume_ml": 40_000,
                "porosity_permille": 900,
            },
            "",
            (2016, 3),
            [],
            id="acetylene: Tm and porosity",
        ),
        pytest.param("WP15 WP20", {"working_pressure_kpa": 15_000}, "", None, ["WP20"], id="stamped twice"),
        pytest.param("S5049479", {}, "S5049479", None, [], id="a serial number that begins like a wall"),
        pytest.param("W52.1005", {}, "", None, ["W52.1005"], id="finer than can be kept"),
        pytest.param(
            "2016年03月 设计使用年限：30年", {"design_life_years": 30}, "", (2016, 3), [], id="Chinese days"
        ),
        pytest.param("看不清", {}, "", None, ["看不清"], id="nothing legible"),
        pytest.param("", {}, "", None, [], id="nothing"),
    ],
)
def test_stamps(text, details, serial, made_on, unread) -> None:
    marks = read_marks(text, ON)
    assert marks.details == {name: value for name, value in details.items() if value is not None}
    assert (marks.serial, marks.unread) == (serial, unread)
    assert marks.made_on == (date(*made_on, 1) if made_on else None)


@pytest.mark.parametrize(
    ("text", "identifiers", "details", "serial", "made_on", "unread"),
    [
        pytest.param(
            "[瓶31甘D00015(12),132020000001,YA,323232,2016年03月,2046年03月]https://qr.example.cn/",
            {"certificate_no": "瓶31甘D00015(12)", "cylinder_code": "132020000001"},
            {"variety": "seamless", "design_life_years": 30},
            "323232",
            (2016, 3),
            [],
            id="an older platform's bracketed text",
        ),
        pytest.param(
            "【，562004A00001，YA，7，2016年3月，2024年9月】",
            {"cylinder_code": "562004A00001"},
            {},
            "7",
            (2016, 3),
            ["2024年9月"],
            id="a vehicle's code names no variety; eight years and a half are no design life",
        ),
        pytest.param(
            "1621234160000001", {"unique_no": "1621234160000001"}, {}, "", None, [], id="the maker's number"
        ),
        pytest.param(
            "362020000001", {"cylinder_code": "362020000001"}, {}, "", None, [], id="registration code"
        ),
        pytest.param(
            "1,1621234160000001,0312341503501234,0000000000000000,000000,A1B2",
            {
                "unique_no": "1621234160000001",
                "rfid": "1,1621234160000001,0312341503501234,0000000000000000,000000,A1B2",
            },
            {},
            "",
            None,
            [],
            id="the record of a chip",
        ),
        pytest.param(
            "HTTPS://GP.EXAMPLE.CN/Q?ID=88112233445",
            {"maker_qr": "HTTPS://GP.EXAMPLE.CN/Q?ID=88112233445"},
            {},
            "",
            None,
            [],
            id="an address",
        ),
        pytest.param("99887766554", {}, {}, "99887766554", None, [], id="eleven digits may be anybody's"),
    ],
)
def test_codes(text, identifiers, details, serial, made_on, unread) -> None:
    marks = read_marks(text, ON)
    assert (marks.identifiers, marks.details) == (identifiers, details)
    assert (marks.serial, marks.unread) == (serial, unread)
    assert marks.made_on == (date(*made_on, 1) if made_on else None)


def test_what_is_read_is_what_the_register_takes() -> None:
    marks = read_marks("O2 TP22.5 WP15 W52.1 V40.2 S5.7 16.03 30y", ON)
    read = CylinderDetails.model_validate(marks.details | {"variety": "seamless"})
    assert read.as_json() == marks.details | {
        "variety": "seamless",
        "use": "general",
        "high_purity": False,
        "treated_inside": False,
    }
