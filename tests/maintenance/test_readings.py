"""Readings in the answers of a checklist: what an answer lacks, who measured otherwise, what the record shows.
The same table is played on the phone by tests/js/visit-rules.test.mjs."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from equipment.core import clock
from equipment.core.words import Message
from equipment.maintenance.answer_rules import (
    ItemReply,
    StoredItem,
    in_conflict,
    lacking,
    measured,
    merged,
    readings_of,
    taken_back,
    with_photo,
)
from equipment.maintenance.states import ItemAnswer
from equipment.regulation.checklists import Item, annex_checklist, evidence_items

START = clock.now()
OK, ADJUSTED, ABNORMAL = ItemAnswer.OK, ItemAnswer.ADJUSTED, ItemAnswer.ABNORMAL
ITEMS = {item.code: item for annex in "ABCD" for item in annex_checklist(annex).items}
LOCK = ITEMS["A-1-29"]
CASES = json.loads((Path(__file__).parents[1] / "js" / "reading-cases.json").read_text("utf-8"))


def said(
    item: Item,
    answer: ItemAnswer | None,
    found: str = "",
    after: str = "",
    note: str = "",
    sure: bool = False,
    at: datetime = START,
) -> ItemReply:
    key = item.readings[0].key if item.readings else ""
    read = measured(
        item,
        ItemReply(
            item.code, answer, note, at, {key: found} if found else {}, {key: after} if after else {}, sure
        ),
    )
    assert isinstance(read, ItemReply)
    return read


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_an_answer_lacks(case: dict[str, str]) -> None:
    item = ITEMS[case["item"]]
    answer = ItemAnswer(case["answer"]) if case["answer"] else None
    reply = said(
        item,
        answer,
        case.get("found", ""),
        case.get("after", ""),
        case.get("note", ""),
        bool(case.get("sure")),
    )
    stored = merged({}, [reply], "a", frozenset())[item.code]
    if case.get("photo"):
        stored = with_photo(stored, "photo", "a")
    assert lacking(item, stored, bool(case.get("key_photo"))) == case["lacks"]


def test_a_visit_of_before_readings_stays_complete() -> None:
    before = next(item for item in annex_checklist("A", 1).items if item.code == "A-1-29")
    assert lacking(before, {"answer": "ok"}) == ""
    assert lacking(LOCK, {"answer": "ok"}) == "reading"


def test_a_colleagues_good_reading_does_not_replace_one_outside_the_limit() -> None:
    bad = merged({}, [said(LOCK, OK, "6")], "a", frozenset())
    both = merged(bad, [said(LOCK, OK, "8", at=START + timedelta(minutes=9))], "b", frozenset())[LOCK.code]
    assert (both["by"], both["readings"], in_conflict(both)) == ("a", {"engagement": 60}, True)
    assert lacking(LOCK, both) == "outside"
    taken = taken_back(both, {"by": "m", "at": START.isoformat(), "reason": "量错层门"})
    assert (taken["by"], in_conflict(taken), lacking(LOCK, taken)) == ("b", False, "")


def test_whoever_measured_wrongly_measures_again_himself() -> None:
    bad = merged({}, [said(LOCK, OK, "6")], "a", frozenset())
    again = merged(bad, [said(LOCK, OK, "7.2", at=START + timedelta(minutes=3))], "a", frozenset())[LOCK.code]
    assert (again["readings"], "outside" in again, lacking(LOCK, again)) == ({"engagement": 72}, False, "")


def test_the_photo_of_who_found_it_bad_is_not_replaced_by_a_colleagues() -> None:
    stored: StoredItem = merged({}, [said(LOCK, ABNORMAL, "5", note="锁钩磨损")], "a", frozenset())[LOCK.code]
    stored = with_photo(stored, "of-a", "a")
    assert with_photo(stored, "of-b", "b")["photo"] == "of-a"
    assert with_photo(stored, "later-of-a", "a")["photo"] == "later-of-a"


def test_the_record_shows_both_readings_with_the_limit() -> None:
    stored = merged({}, [said(LOCK, ADJUSTED, "6.2", "7.4")], "a", frozenset())[LOCK.code]
    assert [(one.text, one.limit, one.ok, one.after) for one in readings_of(stored, LOCK)] == [
        ("6.2 mm", "≥ 7 mm", False, False),
        ("7.4 mm", "≥ 7 mm", True, True),
    ]


def test_a_reading_that_the_item_does_not_have_is_refused() -> None:
    wrong = measured(ITEMS["A-1-01"], ItemReply("A-1-01", OK, "", START, {"width": "3"}))
    assert isinstance(wrong, Message)


def test_a_message_of_before_readings_is_known_again() -> None:
    plain = ItemReply("A-1-01", OK, "", START)
    assert plain.content == ["A-1-01", OK, "", START.isoformat()]
    assert said(LOCK, OK, "7").content != ItemReply("A-1-29", OK, "", START).content


def test_evidence_is_nothing_without_a_photo() -> None:
    item = evidence_items()["E-1"].item
    done: StoredItem = {"answer": "ok", "note": ""}
    assert lacking(item, done) == "photo"
    assert lacking(item, with_photo(done, "photo", "a")) == ""
    assert lacking(item, {"answer": "not_applicable", "note": "已换盘式制动器"}) == ""


def test_the_phones_table_has_the_limits_of_the_checklists() -> None:
    stated_there = json.loads((Path(__file__).parents[1] / "js" / "reading-limits.json").read_text("utf-8"))
    for code, stated in stated_there.items():
        item = ITEMS[code]
        assert stated["isKey"] is item.key
        assert stated["readings"] == [
            {
                "key": one.key,
                "decimals": one.decimals,
                "unit": one.unit,
                "atLeast": one.at_least,
                "atMost": one.at_most,
                "usual": list(one.usual) if one.usual else None,
            }
            for one in item.readings
        ]
