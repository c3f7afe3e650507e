"""The packs that ship: every entry dated and cited, every key a rule asks for present."""

from datetime import date

import pytest

from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.clauses import HAZARD_CLAUSES, Grade, clause, clauses, clauses_for, upload_codes
from equipment.regulation.cylinder_words import Variety
from equipment.regulation.gases import FillGroup, gases
from equipment.regulation.packs import Regulation, UnknownRule, Value
from equipment.regulation.planning import DueKind
from equipment.regulation.risk_numbers import RISK

TODAY = date(2026, 11, 23)
PACKS = (*(each.regulation for each in CATEGORIES), HAZARD_CLAUSES, RISK)
ENTRIES = [(pack, value) for pack in PACKS for dated in pack.values.values() for value in dated]


def test_the_categories_are_found_by_key_and_no_other_way() -> None:
    assert len({kind.key for kind in CATEGORIES}) == len(CATEGORIES)
    assert [category(each.key) for each in CATEGORIES] == list(CATEGORIES)
    with pytest.raises(KeyError):
        category("spaceship")


def test_cylinders_stay_out_of_the_headline_rate() -> None:
    assert (category("cylinder").headline, category("elevator").headline) == (False, True)


def test_every_entry_is_dated_cited_and_marked_with_a_confidence() -> None:
    def complete(pack: Regulation, value: Value) -> bool:
        titles = {document.title for document in pack.documents.values()}
        cite = value.citation
        return (
            cite.document in titles
            and cite.since == value.since
            and cite.pack == pack.pack
            and cite.confidence.value in ("seen", "known", "unsure")
        )

    assert len(ENTRIES) > 200
    assert [(pack.pack, value.key) for pack, value in ENTRIES if not complete(pack, value)] == []


def test_a_value_resting_on_a_document_we_have_not_read_is_not_called_verified() -> None:
    rules = category("cylinder").regulation
    assert rules.value("inspection_months.seamless.other", date(2020, 1, 1)).confidence.verified
    assert not rules.value("inspection_months.seamless.other", TODAY).confidence.verified
    assert rules.value("inspection_months.lpg", TODAY).confidence.verified


def test_every_variety_has_an_interval() -> None:
    rules = category("cylinder").regulation
    lines = {
        variety: [f"{variety}.{line}" for line in ("corrosive", "inert", "other")]
        if variety.by_medium
        else [variety.value]
        for variety in Variety
    }
    missing = [
        line
        for each in lines.values()
        for line in each
        if rules.find(f"inspection_months.{line}", TODAY) is None
    ]
    assert missing == []


def test_gas_codes_are_the_names_outsiders_rely_on() -> None:
    assert [gas.code for gas in gases(category("cylinder").regulation, TODAY)] == [
        "LPG",
        "C3H8",
        "C3H6",
        "C4H10",
        "IC4H10",
        "DME",
        "O2",
        "N2",
        "AR",
        "HE",
        "NE",
        "KR",
        "XE",
        "AIR",
        "H2",
        "CH4",
        "CO",
        "CNG",
        "LNG",
        "CO2",
        "N2O",
        "SF6",
        "C2H4",
        "NH3",
        "CL2",
        "SO2",
        "R22",
        "R134A",
        "C2H2",
        "MIX",
    ]


def test_gases_know_their_group_and_dangers() -> None:
    by_code = {gas.code: gas for gas in gases(category("cylinder").regulation, TODAY)}
    assert [by_code[code].group for code in ("LPG", "O2", "CO2", "C2H2", "CNG")] == [
        FillGroup.LPG,
        FillGroup.COMPRESSED,
        FillGroup.LIQUEFIED,
        FillGroup.ACETYLENE,
        FillGroup.VEHICLE,
    ]
    assert {code for code, gas in by_code.items() if gas.oxidiser} == {"O2", "N2O", "CL2"}
    assert {code for code, gas in by_code.items() if gas.corrosive} == {"NH3", "CL2", "SO2"}
    assert {code for code, gas in by_code.items() if gas.inert} == {"N2", "AR", "HE", "NE", "KR", "XE", "SF6"}


def test_hazard_clauses_are_complete_and_cite_their_letter() -> None:
    found = clauses(HAZARD_CLAUSES, TODAY)
    assert {
        number: sum(
            1
            for each in found
            if each.code.startswith(f"4.{number}") and each.code[len(f"4.{number}") :].isalpha()
        )
        for number in range(1, 11)
    } == {1: 4, 2: 7, 3: 6, 4: 2, 5: 3, 6: 5, 7: 5, 8: 5, 9: 5, 10: 5}
    assert [each.code for each in found if each.grade is Grade.SERIOUS] == [
        "25.1",
        "25.2",
        "25.3",
        "25.4",
        "25.5",
        "25.6",
    ]
    # the codes of the upload interface are no grounds: each case has those it is reported by
    codes = {case: upload_codes(HAZARD_CLAUSES, f"25.{case}", TODAY) for case in range(1, 7)}
    assert codes == {1: ("S1", "S4"), 2: ("S4",), 3: ("S3",), 4: ("S5",), 5: ("S2",), 6: ("S7",)}
    assert clause(HAZARD_CLAUSES, "S3", TODAY).grade is Grade.SERIOUS  # what old hazards were graded by
    assert {each.code for each in found if each.still_used} == {
        *("4.1a", "4.1b", "4.1c", "4.1d", "4.5c", "4.6a", "4.6b", "4.6c", "4.6d", "4.6e"),
        *("25.1", "25.2", "25.3", "25.4"),
    }
    assert clause(HAZARD_CLAUSES, "25.2", TODAY).citation.clause == "第二十五条（二）"
    assert clause(HAZARD_CLAUSES, "4.6b", TODAY).text.zh == "乘客与载货电梯门锁安全回路被短接"
    assert clause(HAZARD_CLAUSES, "4.6b", TODAY).citation.clause == "4.6 b)"


def test_a_lift_hears_of_its_own_clauses_only_and_none_before_the_standard_began() -> None:
    assert {
        each.code.rstrip("abcdefg")
        for each in clauses_for(HAZARD_CLAUSES, "elevator", TODAY)
        if each.grade is Grade.MAJOR
    } == {"4.1", "4.6"}
    assert {
        each.code.rstrip("abcdefg")
        for each in clauses_for(HAZARD_CLAUSES, "cylinder", TODAY)
        if each.grade is Grade.MAJOR
    } == {"4.1", "4.5"}
    with pytest.raises(UnknownRule):
        clause(HAZARD_CLAUSES, "4.6b", date(2024, 11, 30))


def test_every_category_plans_only_what_it_says_it_plans() -> None:
    assert set(DueKind) == {kind for each in CATEGORIES for kind in each.due_kinds}
