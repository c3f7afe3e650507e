"""The readings that the 257 items ask for: which, within which limits, and how amounts are typed."""

import re
from itertools import product

import pytest

from equipment.core.words import Message
from equipment.regulation.checklists import ANNEXES, annex_checklist, checklist, evidence_items, evidence_of
from equipment.regulation.item_readings import ItemReading, Judgement
from equipment.regulation.planning import DueKind

ITEMS = {item.code: item for annex in ANNEXES for item in annex_checklist(annex).items}
NUMBER = re.compile(r"\d+(\.\d+)?\s*(mm|%|倍|年)")
# A number in the text of an item that nobody measures at a visit, and why.
NO_READING = {
    "A-4-04": "125 % is the load of a test that is made when needed, no limit of a reading",
    "A-4-06": "years between calibrations: a duty of its own (governor_months)",
    "B-4-04": "years between calibrations: a duty of its own (governor_months)",
    "C-4-06": "years between calibrations: a duty of its own (governor_months)",
}


def test_every_number_in_the_text_of_an_item_is_a_reading_or_has_a_reason() -> None:
    stated = {code for code, item in ITEMS.items() if NUMBER.search(item.must.zh + item.name.zh)}
    asked = {code for code, item in ITEMS.items() if item.readings}
    assert stated - asked == set(NO_READING)
    assert asked - stated == set()


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("A-1-29", "≥ 7 mm"),
        ("B-1-26", "≥ 7 mm"),
        ("C-1-17", "≥ 5 mm"),
        ("B-2-01", "≤ 170 %"),
        ("B-2-03", "≤ 2.3 倍"),
        ("D-2-01", "0 ~ 2 %"),
    ],
)
def test_the_limit_is_the_one_of_the_text(code: str, limit: str) -> None:
    item = ITEMS[code]
    assert [one.limit for one in item.readings] == [limit]
    number = re.search(r"[\d.]+", limit.rpartition("~")[2])
    assert number is not None
    assert number[0] in item.must.zh


def test_version_1_has_the_same_items_without_readings() -> None:
    for annex in ANNEXES:
        now, before = annex_checklist(annex), annex_checklist(annex, 1)
        assert [one.code for one in now.items] == [one.code for one in before.items]
        assert not any(one.readings for one in before.items)
    assert not any(one.readings for one in checklist("A", DueKind.VISIT_YEAR, 1))


LOCK = ITEMS["A-1-29"].readings[0]
SPEED = ITEMS["D-2-01"].readings[0]


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("7", 70),
        ("７．５", 75),
        ("7,5", 75),
        ("7。5", 75),
        (" 7.50 mm", 75),
        ("7MM", 70),
        ("0", 0),
        ("-1", -10),
        ("", None),
        ("七", None),
        ("7.55", None),
        ("1e3", None),
        ("7 8", None),
        ("1234567", None),
        ("7kg", None),
    ],
)
def test_amounts_as_people_type_them(typed: str, amount: int | None) -> None:
    read = LOCK.amount_in(typed)
    assert read == amount if amount is not None else isinstance(read, Message)


@pytest.mark.parametrize(
    ("reading", "amount", "judged"),
    [
        (LOCK, 69, Judgement.OUTSIDE),
        (LOCK, 70, Judgement.INSIDE),
        (LOCK, None, Judgement.MISSING),
        (SPEED, -1, Judgement.OUTSIDE),
        (SPEED, 0, Judgement.INSIDE),
        (SPEED, 20, Judgement.INSIDE),
        (SPEED, 21, Judgement.OUTSIDE),
    ],
)
def test_the_border_belongs_to_the_limit(reading: ItemReading, amount: int | None, judged: Judgement) -> None:
    assert reading.judge(amount) is judged


def test_a_lock_that_engages_by_70_mm_asks_and_is_not_refused() -> None:
    amount = LOCK.amount_in("70")
    assert amount == 700
    assert (LOCK.is_odd(700), LOCK.is_odd(75), LOCK.judge(700)) == (True, False, Judgement.INSIDE)


@pytest.mark.parametrize(
    ("brake", "sheaves", "duty"),
    list(
        product(
            ("drum_lever", "other", None), ("yes", "no", None), (DueKind.VISIT_YEAR, DueKind.VISIT_QUARTER)
        )
    ),
)
def test_a_strip_down_is_shown_at_the_yearly_visit_of_lifts_built_so(
    brake: str | None, sheaves: str | None, duty: DueKind
) -> None:
    wanted = [code for code, on in (("E-1", brake == "drum_lever"), ("E-2", sheaves == "yes")) if on]
    asked = evidence_of({"brake": brake, "non_metal_sheaves": sheaves}, duty)
    assert list(asked) == (wanted if duty is DueKind.VISIT_YEAR else [])


def test_evidence_cites_the_clause_it_follows() -> None:
    cited = [
        (one.item.citation.document[:14], one.item.citation.clause)
        for one in evidence_items().values()
        if one.item.citation
    ]
    assert cited == [("TSG T7008-2023", "A1.2.4.3(3)"), ("TSG T7008-2023", "A1.2.5.6(3)")]
