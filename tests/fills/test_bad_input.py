"""What goes wrong at a scale, as the issue lists it, each with what the tracker makes of it: one at a time as live
messages, and as lines of a batch, where it must be the same. (A list that was edited in the browser, and a manifold
with one bottle twice, stand with their screens: passes/test_offline_browser.py, test_manifolds.py.)"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Fill
from equipment.fills.weight_rules import MOST_G
from equipment.people.models import Device
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago
from tests.fills.test_receipts import body_of, in_three, posted, receipts
from tests.fills.test_whole_fills import counts, fill_of, whole_of

OLD = "1970-01-01T00:00:07+08:00"
Line = dict[str, Any]

WEIGHTS = [
    # tare 16.5 kg, charge 14.9 kg; what the scale sent, the field that is named, or the state and net
    pytest.param({"gross_g": 31000}, "", "filled", 14500, id="a good one"),
    pytest.param({"gross_g": 31}, "gross_g", None, None, id="kilograms for grams"),
    pytest.param({"gross_g": 31_000_000}, "gross_g", None, None, id="milligrams for grams"),
    pytest.param({"gross_g": 310_000}, "gross_g", None, None, id="a digit too many"),
    pytest.param({"gross_g": -31000}, "gross_g", None, None, id="negative"),
    pytest.param({"gross_g": -1}, "gross_g", None, None, id="an empty scale that drifts"),
    pytest.param({"gross_g": 0}, "gross_g", None, None, id="nothing on the scale"),
    pytest.param({"gross_g": MOST_G + 1}, "gross_g", None, None, id="more than any scale shows"),
    pytest.param({"gross_g": 31000.5}, "gross_g", None, None, id="half a gram"),
    pytest.param({"gross_g": "31000"}, "gross_g", None, None, id="a number in quotes"),
    pytest.param({"gross_g": None}, "gross_g", None, None, id="no weight"),
    pytest.param({"empty_g": -5}, "empty_g", None, None, id="a negative empty weight"),
    pytest.param({"empty_g": 16}, "empty_g", None, None, id="an empty weight in kilograms"),
    pytest.param({"empty_g": 31500}, "gross_g", None, None, id="both weights mixed up"),
    pytest.param({"gross_g": 31.0e3}, "", "filled", 14500, id="a whole number as a float"),
]


@pytest.mark.parametrize("way", ["live", "whole", "behind its scan", "apart"])
@pytest.mark.parametrize(("result", "field", "state", "net_g"), WEIGHTS)
def test_a_weight_that_cannot_be_is_named_and_nothing_of_it_is_recorded(
    hall: Hall, way: str, result: Line, field: str, state: str | None, net_g: int | None
) -> None:
    whole = whole_of(hall.bottle(), result=result)
    scan, look, came_out = in_three(whole)
    if way == "live":
        hall.send("POST", "/fills", scan)
        body = {name: value for name, value in came_out.items() if name != "fill_id"}
        answer = hall.send("PUT", f"/fills/{whole['scan_id']}/result", body)
        status, fields = answer.status_code, list(answer.get_json().get("fields", ()))
    else:
        lines = {"whole": [whole], "behind its scan": [scan, came_out], "apart": [scan, look, came_out]}[way]
        receipt = receipts(posted(hall, body_of(*lines)))[-1]
        status, fields = (
            receipt["status"],
            [name.removeprefix("result.") for name in receipt.get("fields", ())],
        )
    assert (status, fields) == ((422, [field]) if field else (201 if way == "whole" else 200, []))
    if counts()["fill"]:
        fill = fill_of(whole["scan_id"])
        assert (fill.state, fill.net_g) == (state or "open", net_g)
    assert counts()["receipt"] == (0 if field else 1)


def test_a_scale_that_sends_one_weight_twice_leaves_one_record(hall: Hall) -> None:
    """The very message; the same weight under an id of its own, which is another message; another weight."""
    scan, _look, came_out = in_three(whole_of(hall.bottle(), result={"result_id": str(new_id())}))
    again = {**came_out, "result_id": str(new_id())}
    other = {**came_out, "result_id": str(new_id()), "gross_g": 30900}
    answers = receipts(posted(hall, body_of(scan, came_out, came_out, again, other)))
    assert [(answer["outcome"], answer["status"], answer.get("fields", [])) for answer in answers] == [
        ("new", 201, []),
        ("new", 200, []),
        ("replay", 200, []),
        ("invalid", 409, ["happened_at"]),
        ("invalid", 409, ["gross_g"]),
    ]
    assert counts() == {**counts(), "scan": 1, "fill": 1, "receipt": 1}
    assert fill_of(scan["scan_id"]).net_g == 14500


def test_a_replayed_queue_adds_nothing_and_answers_as_before(hall: Hall) -> None:
    lines = [line for _number in range(3) for line in in_three(whole_of(hall.bottle()))]
    first = receipts(posted(hall, body_of(*lines)))
    before = counts()
    for _time in range(2):
        again = receipts(posted(hall, body_of(*lines)))
        assert {answer["outcome"] for answer in again} == {"replay"}
        assert [answer["fill_id"] for answer in again] == [answer["fill_id"] for answer in first]
    assert counts() == before


def test_a_queue_in_the_wrong_order_loses_nothing(hall: Hall) -> None:
    """Results before their scans are told to come again; when they do, every fill is whole, once."""
    lines = [line for _number in range(3) for line in in_three(whole_of(hall.bottle()))]
    backwards = receipts(posted(hall, body_of(*lines[::-1])))
    assert [(answer["kind"], answer["status"]) for answer in backwards[:3]] == [
        *(("result", 404), ("checks", 404), ("scan", 201))
    ]
    assert {answer.get("code") for answer in backwards} == {"unknown_fill", None}
    waiting = [line for line, answer in zip(lines[::-1], backwards, strict=True) if answer["status"] == 404]
    assert {answer["outcome"] for answer in receipts(posted(hall, body_of(*waiting[::-1])))} == {"new"}
    db.session.rollback()
    fills = db.session.execute(select(Fill.state, Fill.net_g)).all()
    assert [(str(state), net_g) for state, net_g in fills] == [("filled", 14500)] * 3


def test_two_bottles_of_a_reordered_queue_keep_their_own_weights(hall: Hall) -> None:
    one, other = whole_of(hall.bottle()), whole_of(hall.bottle(), result={"gross_g": 30000})
    (scan_1, _look_1, result_1), (scan_2, _look_2, result_2) = in_three(one), in_three(other)
    receipts(posted(hall, body_of(scan_2, scan_1, result_1, result_2)))
    assert (fill_of(one["scan_id"]).net_g, fill_of(other["scan_id"]).net_g) == (14500, 13500)


CLOCKS = [
    # happened_at, queued: the flags of the clock, and whether gas is taken to have gone in when we heard of it
    pytest.param(OLD, False, {"drift"}, id="1970, live"),
    pytest.param(OLD, True, {"disputed"}, id="1970, queued"),
    pytest.param("2089-12-31T23:59:59+08:00", False, {"drift"}, id="the future, live"),
    pytest.param("2089-12-31T23:59:59+08:00", True, {"disputed"}, id="the future, queued"),
    pytest.param("", False, set(), id="right"),
]


@pytest.mark.parametrize("way", ["live", "whole", "behind its scan"])
@pytest.mark.parametrize(("happened_at", "queued", "flags"), CLOCKS)
def test_a_clock_that_nobody_believes_decides_nothing(
    hall: Hall, way: str, happened_at: str, queued: bool, flags: set[str]
) -> None:
    at = happened_at or ago()
    whole = whole_of(hall.bottle(), happened_at=at, queued=queued, result={"queued": queued})
    scan, _look, came_out = in_three(whole)
    if way == "live":
        hall.send("POST", "/fills", scan)
        body = {name: value for name, value in came_out.items() if name != "fill_id"}
        assert hall.send("PUT", f"/fills/{whole['scan_id']}/result", body).status_code == 200
    else:
        lines = [whole] if way == "whole" else [scan, came_out]
        assert receipts(posted(hall, body_of(*lines)))[-1]["outcome"] == "new"
    fill = fill_of(whole["scan_id"])
    assert (fill.state, fill.net_g, set(fill.flags) & {"drift", "disputed"}) == ("filled", 14500, flags)
    assert fill.on == clock.today()
    assert fill.filled_at is not None
    assert abs(clock.now() - fill.filled_at) < timedelta(minutes=2)


@pytest.mark.parametrize(
    "at", ["1969-12-31T23:59:59+08:00", "2091-01-01T00:00:00Z", "7", "1970-01-01T00:00:07"]
)
def test_what_no_clock_shows_is_no_time(hall: Hall, at: str) -> None:
    (receipt,) = receipts(posted(hall, body_of(whole_of(hall.bottle(), happened_at=at))))
    assert (receipt["outcome"], receipt["fields"]) == ("invalid", ["happened_at", "result.happened_at"])
    assert counts()["scan"] == 0


def test_a_queue_of_hours_under_a_good_clock_counts_when_it_happened(hall: Hall) -> None:
    """The controller spoke to us two days ago: its word counts."""
    with make.writing():
        seen = clock.now() - timedelta(days=2)
        db.session.execute(update(Device).where(Device.id == hall.device.id).values(seen_at=seen))
    whole = whole_of(hall.bottle(), happened_at=ago(hours=5), queued=True, result={"queued": True})
    (receipt,) = receipts(posted(hall, body_of(whole)))
    assert receipt["outcome"] == "new"
    fill = fill_of(whole["scan_id"])
    assert fill.filled_at is not None
    assert clock.now() - fill.filled_at > timedelta(hours=4)
