"""Check items around a fill and the reasons to refuse one."""

from datetime import date

import pytest

from equipment.core.verdict import Effect
from equipment.regulation.charges import tags_of
from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.fill_checks import (
    override_allowed,
    post_fill_items,
    pre_fill_items,
    refusal,
    refusals,
)
from equipment.regulation.packs import Override, UnknownRule

RULES = CYLINDER.regulation
TODAY = date(2026, 11, 23)
KINDS = {
    "LPG": CylinderDetails(variety="lpg", medium="LPG"),
    "O2": CylinderDetails(variety="seamless", medium="O2"),
    "N2": CylinderDetails(variety="seamless", medium="N2"),
    "H2": CylinderDetails(variety="seamless", medium="H2"),
    "CO2": CylinderDetails(variety="seamless", medium="CO2"),
    "N2O": CylinderDetails(variety="seamless", medium="N2O"),
    "CL2": CylinderDetails(variety="welded", medium="CL2"),
    "C2H2": CylinderDetails(variety="acetylene", medium="C2H2"),
    "CNG": CylinderDetails(variety="vehicle_cng", medium="CNG"),
}
TAGS = {name: tags_of(RULES, details, TODAY) for name, details in KINDS.items()}


def test_there_are_33_reasons_in_order() -> None:
    assert [each.code for each in refusals(RULES, TODAY)] == [f"R{number:02}" for number in range(1, 34)]


def test_each_reason_has_the_effect_the_design_gives_it() -> None:
    found = refusals(RULES, TODAY)
    assert [each.code for each in found if each.effect is Effect.TREAT] == [
        "R13",
        "R14",
        "R15",
        "R16",
        "R18",
        "R19",
        "R20",
        "R25",
        "R26",
        "R27",
    ]
    assert [each.code for each in found if each.transition] == ["R02", "R05", "R06"]
    assert [each.code for each in found if each.effect is Effect.BLOCK and not each.transition] == [
        "R01",
        "R03",
        "R04",
        "R07",
        "R08",
        "R09",
        "R10",
        "R11",
        "R12",
        "R17",
        "R21",
        "R22",
        "R23",
        "R24",
        "R28",
        "R29",
        "R30",
        "R31",
        "R32",
    ]


@pytest.mark.parametrize(
    ("code", "until", "effect"),
    [
        pytest.param("R06", None, Effect.WARN, id="in transition, no day set: warns"),
        pytest.param("R06", date(2026, 11, 23), Effect.WARN, id="in transition, last day: warns"),
        pytest.param("R06", date(2026, 11, 22), Effect.BLOCK, id="transition over: blocks"),
        pytest.param("R07", None, Effect.BLOCK, id="overdue always blocks"),
        pytest.param("R14", None, Effect.TREAT, id="no residual pressure: treat first"),
    ],
)
def test_a_reason_in_transition_warns_until_the_stations_day(
    code: str, until: date | None, effect: Effect
) -> None:
    assert refusal(RULES, code, TODAY).effect_on(TODAY, until) is effect


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        pytest.param(
            "R03",
            {"LPG", "O2", "N2", "H2", "CO2", "N2O", "CL2", "C2H2"},
            id="own cylinders: all but vehicles",
        ),
        pytest.param("R07", set(KINDS), id="overdue: every cylinder"),
        pytest.param("R11", {"LPG"}, id="screw guard: LPG"),
        pytest.param("R18", {"O2", "N2O", "CL2"}, id="oil and grease: oxidisers"),
        pytest.param("R19", {"LPG", "H2", "C2H2", "CNG"}, id="purging: flammable gases"),
        pytest.param("R20", {"LPG", "CO2", "N2O", "CL2", "C2H2"}, id="tare: what is weighed"),
        pytest.param("R23", {"LPG", "CL2"}, id="vapour pressure: low-pressure liquefied gases"),
        pytest.param("R25", {"CNG"}, id="people in the vehicle"),
        pytest.param("R26", {"C2H2"}, id="solvent: acetylene"),
    ],
)
def test_a_reason_concerns_the_gases_it_is_about(code: str, kinds: set[str]) -> None:
    assert {name for name, tags in TAGS.items() if refusal(RULES, code, TODAY).applies_to(tags)} == kinds


def test_a_reason_nobody_stated_is_unknown() -> None:
    with pytest.raises(UnknownRule):
        refusal(RULES, "R34", TODAY)


def test_setting_reasons_aside_ships_switched_off_and_can_be_opened_for_two_only() -> None:
    assert [each.code for each in refusals(RULES, TODAY) if override_allowed(RULES, each.code, TODAY)] == []
    opened = RULES.overlaid(
        [Override("override_allowed", date(2026, 1, 1), True, "白市监发〔2026〕9号", "7")]
    )
    assert [each.code for each in refusals(opened, TODAY) if override_allowed(opened, each.code, TODAY)] == [
        "R05",
        "R06",
    ]


@pytest.mark.parametrize(
    ("kind", "left_out"),
    [
        ("LPG", {"P10", "P14"}),
        ("O2", {"P11", "P12", "P14"}),
        ("H2", {"P10", "P12", "P14"}),
        ("N2", {"P10", "P11", "P12", "P14"}),
        ("CO2", {"P10", "P14"}),
        ("N2O", {"P14"}),
        ("C2H2", {"P10", "P14"}),
        ("CNG", {"P04", "P10", "P12", "P13"}),
    ],
)
def test_the_pre_fill_items_of_a_gas(kind: str, left_out: set[str]) -> None:
    assert {f"P{number:02}" for number in range(1, 15)} - {
        item.code for item in pre_fill_items(RULES, TAGS[kind], TODAY)
    } == left_out


def test_the_register_answers_what_it_knows() -> None:
    assert [item.code for item in pre_fill_items(RULES, TAGS["LPG"], TODAY) if not item.by_person] == [
        "P01",
        "P02",
        "P05",
        "P12",
    ]


def test_a_failed_item_names_the_reason_it_refuses_with() -> None:
    known = {each.code for each in refusals(RULES, TODAY)}
    assert {item.refusal for tags in TAGS.values() for item in pre_fill_items(RULES, tags, TODAY)} <= known
    assert {
        kind: next(item.refusal for item in pre_fill_items(RULES, TAGS[kind], TODAY) if item.code == "P08")
        for kind in ("LPG", "CNG")
    } == {"LPG": "R16", "CNG": "R24"}
    assert (
        next(item.refusal for item in pre_fill_items(RULES, TAGS["C2H2"], TODAY) if item.code == "P09")
        == "R26"
    )


@pytest.mark.parametrize(
    ("kind", "items"),
    [
        ("LPG", ["Q01", "Q02", "Q03", "Q04", "Q05", "Q06", "Q07", "Q10", "Q12"]),
        ("CNG", ["Q01", "Q02", "Q03", "Q04", "Q07", "Q09"]),
        ("C2H2", ["Q01", "Q02", "Q03", "Q04", "Q05", "Q06", "Q07", "Q08", "Q09", "Q10", "Q11", "Q12"]),
    ],
)
def test_the_post_fill_items_of_a_gas(kind: str, items: list[str]) -> None:
    assert [item.code for item in post_fill_items(RULES, TAGS[kind], TODAY)] == items
