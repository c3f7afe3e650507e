from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register import actions, lists, search
from equipment.register.models import Equipment
from equipment.register.search import ALL_HITS, matching
from equipment.register.text import all_words, search_terms, tails
from equipment.storage.db import session, transaction
from tests import make

CHINESE = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=30)


@given(name=CHINESE)
def test_every_two_character_part_of_a_name_is_among_its_words(name: str) -> None:
    kept = set(all_words([name]))
    assert {name[start : start + 2] for start in range(len(name) - 1)} <= kept


@given(name=CHINESE, start=st.integers(0, 29), length=st.integers(1, 8))
def test_every_part_of_a_name_asks_only_for_words_the_name_has(name: str, start: int, length: int) -> None:
    part = name[start : start + length]
    kept = all_words([name])
    assert all(
        any(word.startswith(want) for word in kept) if begins else want in kept
        for want, begins in search_terms(part)
    )


def test_a_number_is_known_by_each_of_its_ends() -> None:
    assert list(tails("YA-3232")) == ["a3232", "3232"]
    assert list(tails("甘C-123")) == []


@given(
    number=st.text(alphabet="AB0123456789-", min_size=4, max_size=18),
    start=st.integers(0, 20),
    length=st.integers(4, 22),
)
def test_any_four_characters_of_a_number_begin_one_of_its_words(number: str, start: int, length: int) -> None:
    joined = number.replace("-", "").lower()
    part = joined[start : start + length]
    kept = [joined, *tails(number)]
    assert len(part) < 4 or any(word.startswith(part) for word in kept)


@pytest.fixture
def lift(app) -> Equipment:
    unit = make.organisation(OrganisationKind.USE_UNIT, "白银鸿福物业服务有限公司")
    values = {
        "category": "elevator",
        "serial": "TX-20160387",
        "maker": "示例电梯（苏州）有限公司",
        "area": make.TOWNSHIP,
        "use_unit_id": unit.id,
        "name": "3号楼客梯",
        "address": "人民路128号金鱼公园家属院",
        "details": {"catalogue": "3110", "model": "GeN2-MR"},
        "identifiers": {"certificate_no": "梯11甘D00012(22)"},
    }
    with transaction():
        return actions.register(values, by=SYSTEM)


def found(viewer: Viewer, query: str, category: str = "") -> list[str]:
    return [
        each.serial
        for each in session.scalars(
            visible(viewer, Equipment).where(matching(viewer, query, category=category))
        )
    ]


TEXTS = [
    "电梯",
    "鸿福物业",
    "金鱼",
    "家属院",
    "客梯",
    "梯",
    "苏州",
    "tx",
    "20160387",
    "0387",
    "1603",
    "0160387",
    "TX-2016",
    "GeN2-M",
    "00012",
    "gen2",
    "3号楼",
    "梯11甘D00012",
    "128号金鱼 鸿福",
    "ＴＸ-2016",
]


@pytest.mark.parametrize("query", TEXTS)
def test_a_piece_is_found_by_any_part_of_what_stands_in_it(lift: Equipment, query: str) -> None:
    assert found(SYSTEM, query) == [lift.serial]


def test_every_two_character_part_of_the_name_of_its_unit_finds_it(lift: Equipment) -> None:
    name = "白银鸿福物业服务有限公司"
    assert [found(SYSTEM, name[start : start + 2]) for start in range(len(name) - 1)] == [[lift.serial]] * (
        len(name) - 1
    )


@pytest.mark.parametrize("query", ["银白", "起重机", "鸿福 起重", "0388", "AND", "x' | '苏州", "zz9x 苏"])
def test_what_stands_nowhere_finds_nothing(lift: Equipment, query: str) -> None:
    assert found(SYSTEM, query) == ([lift.serial] if query == "zz9x 苏" else [])


@pytest.mark.parametrize("query", ["*", '" OR "', "' | '", "(", "zz9p"])
def test_signs_without_words_filter_nothing(lift: Equipment, query: str) -> None:
    assert found(SYSTEM, query) == ([lift.serial] if query != '" OR "' else [])


NUMBERS = [
    # what is typed -> which serials are found
    ("5049479", ["E5049479"]),
    ("049479", ["E5049479"]),
    ("0494", ["E5049479"]),
    ("01-20", ["01-2044"]),
    ("01-2044", ["01-2044"]),
    ("012044", ["01-2044"]),
    ("01－20", ["01-2044"]),
    ("2044", ["01-2044", "20440101"]),
    ("044", []),
    ("E504 9479", ["E5049479"]),
]


@pytest.mark.parametrize(("query", "serials"), NUMBERS)
def test_a_number_is_found_by_its_middle_and_its_end(app, query: str, serials: list[str]) -> None:
    ids = [
        make.equipment("cylinder", serial=each).id for each in ("E5049479", "01-2044", "20440101", "01-1960")
    ]
    with transaction():
        search.index(session.connection(), ids)
    assert sorted(found(SYSTEM, query)) == serials


def test_search_stays_within_scope_and_category(lift: Equipment) -> None:
    own = viewer_of(make.user(make.organisation(OrganisationKind.USE_UNIT, "别家物业"), Role.SAFETY_OFFICER))
    bureau = make.organisation(OrganisationKind.REGULATOR)
    county = viewer_of(make.user(bureau, Role.SUPERVISOR, area=make.COUNTY))
    elsewhere = viewer_of(make.user(bureau, Role.SUPERVISOR, area=make.ELSEWHERE))
    assert [found(viewer, "金鱼公园") for viewer in (own, county, elsewhere)] == [[], [lift.serial], []]
    assert (found(county, "金鱼", "elevator"), found(county, "金鱼", "cylinder")) == ([lift.serial], [])


def test_a_list_ends_at_its_hits_and_the_file_of_it_does_not(lift: Equipment) -> None:
    other = make.equipment("elevator", address="金鱼公园东门")
    with transaction():
        search.index(session.connection(), [other.id])
    ends = {
        hits: len(session.scalars(lists.filtered(SYSTEM, {"q": "金鱼公园"}, hits=hits)).all())
        for hits in (1, ALL_HITS)
    }
    assert ends == {1: 1, ALL_HITS: 2}


def test_a_changed_name_is_found_and_the_old_one_no_longer(lift: Equipment) -> None:
    with transaction():
        actions.change(lift, {"address": "兰州路9号"}, by=SYSTEM)
    assert (found(SYSTEM, "兰州路"), found(SYSTEM, "金鱼")) == ([lift.serial], [])
