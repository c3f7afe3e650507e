"""集格 on a manifold: one scan, one place, one start and end; each cylinder in it has its own record."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.bundle_fills import fills_in
from equipment.fills.label_printing import printed_labels
from equipment.fills.late import PaperFill, enter_late
from equipment.fills.manifolds import counts_of
from equipment.fills.models import Scan
from equipment.fills.paper_printing import _amounts
from equipment.fills.queries import today_of
from equipment.fills.shown import shown
from equipment.fills.states import DayPaper
from equipment.passes.actions import issue_list
from equipment.passes.queries import text_of
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import Role
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago
from tests.fills.test_bundles import BUNDLE, INSIDE, piece
from tests.fills.test_manifolds import CHECKS, Row, fills, lock, row, verbs

__all__ = ["row"]


class Frame:
    """A bundle of three on a station's file."""

    def __init__(self, hall: Hall, **worst: Any) -> None:
        self.whole = piece(hall, BUNDLE, own_number="JG-01")
        self.inside = [piece(hall, INSIDE, own_number=f"瓶-{number}") for number in (1, 2)]
        self.inside.append(piece(hall, INSIDE, own_number="瓶-3", **worst))


def codes(reasons: list[dict[str, Any]]) -> list[str]:
    return [reason["code"] for reason in reasons if reason["code"] != "R29"]


def states() -> dict[str, str]:
    pieces = {piece.id: piece for piece in db.session.scalars(select(Equipment))}
    return {pieces[fill.equipment_id].own_number: str(fill.state) for fill in fills()}


def test_one_scan_puts_the_whole_bundle_on_and_each_cylinder_has_its_record(row: Row) -> None:
    frame = Frame(row.hall)
    answer = row.hook(frame.whole).get_json()
    assert (answer["allowed"], codes(answer["reasons"])) == (True, [])
    assert [(one["name"], one["allowed"]) for one in answer["members"]] == [
        ("瓶-1", True),
        ("瓶-2", True),
        ("瓶-3", True),
    ]
    assert row.hooks == ["ready"]
    row.put("start")
    (place,) = row.end().get_json()["bottles"]
    assert (place["state"], [one["name"] for one in place["members"]]) == ("filled", ["瓶-1", "瓶-2", "瓶-3"])
    assert states() == {"JG-01": "filled", "瓶-1": "filled", "瓶-2": "filled", "瓶-3": "filled"}
    of_bundle = next(fill for fill in fills() if fill.equipment_id == frame.whole.id)
    inside = fills_in(of_bundle)
    assert {
        (fill.pressure_kpa, fill.temperature_dc, fill.bundle_id, str(fill.manifold_id), fill.checked_by)
        for fill in inside
    } == {(14_000, 200, frame.whole.id, row.key, row.hall.person.id)}
    assert {fill.started_at for fill in inside} == {of_bundle.started_at}
    assert {tuple(fill.flags) for fill in inside} == {()}
    assert [verbs(f"equipment:{one.id}")[-1] for one in frame.inside] == ["fill.filled"] * 3
    assert counts_of([UUID(row.key)])[UUID(row.key)] == {of_bundle.state: 1}
    assert today_of(viewer_of(db.session.get_one(User, row.hall.person.id)))["filled"] == 1


def test_the_same_end_again_makes_no_second_record(row: Row) -> None:
    row.hook(Frame(row.hall).whole)
    row.put("start")
    end = {"result_id": str(new_id()), "happened_at": ago()}
    assert [row.end(**end).status_code for _ in range(2)] == [200, 200]
    assert len(fills()) == 4


def test_a_red_cylinder_is_named_and_the_others_wait_until_the_bundle_is_off(row: Row) -> None:
    row.hook(row.bottle(own_number="好-9"))
    frame = Frame(row.hall, inspection_due_on=make.days(-3))
    answer = row.hook(frame.whole).get_json()
    assert (answer["allowed"], codes(answer["reasons"])) == (False, ["R07"])
    assert "集格内：瓶-3" in answer["reasons"][0]["text"]
    assert [one["allowed"] for one in answer["members"]] == [True, True, False]
    refused = row.put("start")
    assert (refused.status_code, refused.get_json()["fields"]["bottles"]) == (409, "请先取下或检查：JG-01")
    row.put("off", bottle=answer["fill_id"])
    assert (row.hooks, row.put("start").status_code) == (["ready", "off"], 200)
    row.end()
    assert states() == {"好-9": "filled", "JG-01": "refused"}


def test_a_cylinder_that_is_locked_meanwhile_makes_the_bundle_red_at_the_start(row: Row) -> None:
    frame = Frame(row.hall)
    row.hook(frame.whole)
    with make.writing():
        lock(frame.inside[1])
    response = row.put("start")
    assert (response.status_code, row.hooks) == (409, ["red"])
    assert [(one["code"], "瓶-2" in one["text"]) for one in row.now["bottles"][0]["reasons"]] == [
        ("R28", True)
    ]


def test_gas_in_a_cylinder_locked_while_it_flowed_is_told_of_that_cylinder(row: Row) -> None:
    frame = Frame(row.hall)
    row.hook(frame.whole)
    row.put("start")
    with make.writing():
        lock(frame.inside[1])
    row.end(happened_at=clock.now().isoformat())
    assert len(fills()) == 4
    flags = {fill.equipment_id: fill.flags for fill in fills()}
    refused = ["refused_since"]  # of the bundle because of it, and of itself
    assert [flags[one.id] for one in (frame.whole, *frame.inside)] == [refused, [], refused, []]


def test_a_cylinder_scanned_by_itself_while_its_bundle_hangs_there_is_told(row: Row) -> None:
    frame = Frame(row.hall)
    row.hook(frame.whole)
    answers = [
        row.hook(frame.inside[0]).get_json(),
        row.hall.scan(frame.inside[0].label_code, gas="O2").get_json(),
    ]
    for answer in answers:
        assert (answer["allowed"], answer["fill_id"], codes(answer["reasons"])) == (False, None, ["R32"])
        assert "集格 JG-01 正在充装" in next(one["text"] for one in answer["reasons"] if one["code"] == "R32")
    assert (row.hooks, states()) == (["ready"], {"JG-01": "open"})
    row.put("start")
    assert row.end().status_code == 200
    assert len(fills()) == 4
    again = row.hall.scan(frame.inside[0].label_code, gas="O2").get_json()
    assert codes(again["reasons"]) == ["R31"]  # filled a moment ago, as its own record says


def test_a_bundle_with_a_cylinder_that_is_being_filled_by_itself_is_red(row: Row) -> None:
    frame = Frame(row.hall)
    alone = row.hall.scan(frame.inside[2].label_code, gas="O2", bay="1").get_json()["fill_id"]
    answer = row.hook(frame.whole).get_json()
    assert (answer["allowed"], codes(answer["reasons"])) == (False, ["R32"])
    assert "瓶-3" in next(one["text"] for one in answer["reasons"] if one["code"] == "R32")
    row.hall.send("POST", f"/fills/{alone}/void", {"happened_at": ago()})
    assert row.hook(frame.whole).get_json()["allowed"] is True


def test_a_bundle_and_its_cylinder_do_not_both_open(hall: Hall) -> None:

    frame = Frame(hall)
    first = hall.scan(frame.whole.label_code, gas="O2").get_json()
    second = hall.scan(frame.inside[0].label_code, gas="O2").get_json()
    assert (first["allowed"], second["allowed"], states()) == (True, False, {"JG-01": "open"})


def test_a_bundle_that_is_filled_alone_gives_each_cylinder_its_record_too(hall: Hall) -> None:
    frame = Frame(hall)
    fill_id = hall.scan(frame.whole.label_code, gas="O2", checks=CHECKS).get_json()["fill_id"]
    assert hall.result(fill_id, pressure_kpa=14_000).status_code == 200
    assert states() == {"JG-01": "filled", "瓶-1": "filled", "瓶-2": "filled", "瓶-3": "filled"}


def test_the_papers_of_the_day_add_a_bundle_up_as_one_bottle(hall: Hall) -> None:
    fill_id = hall.scan(Frame(hall).whole.label_code, gas="O2", checks=CHECKS).get_json()["fill_id"]
    hall.result(fill_id, pressure_kpa=14_000)
    rows = shown(fills())
    for paper, counts in (
        (DayPaper.FILL, {"bottles:O2": 1, "net:O2": 0}),
        (DayPaper.PRE_CHECK, {"all": 1, "passed": 1}),
        (DayPaper.POST_CHECK, {"all": 1, "passed": 1}),
    ):
        assert sum((Counter(_amounts(paper, row)) for row in rows), Counter()) == Counter(counts)


def test_over_pressure_is_let_down_for_all_of_them(hall: Hall) -> None:
    frame = Frame(hall)
    fill_id = hall.scan(frame.whole.label_code, gas="O2", checks=CHECKS).get_json()["fill_id"]
    hall.result(fill_id, pressure_kpa=16_000)
    assert set(states().values()) == {"overfilled"}
    hall.result(fill_id, pressure_kpa=14_500)
    assert (set(states().values()), len(fills())) == ({"filled"}, 4)


def test_a_bundle_that_leaks_fails_with_all_that_is_in_it(row: Row) -> None:
    fill_id = row.hook(Frame(row.hall).whole).get_json()["fill_id"]
    row.put("start")
    row.end(failed={fill_id: ["Q03"]})
    assert set(states().values()) == {"failed"}


def test_a_paper_line_of_a_bundle_enters_each_cylinder(hall: Hall) -> None:
    frame = Frame(hall)
    by = viewer_of(db.session.merge(hall.person))
    with db.transaction():
        whole = db.session.get_one(Equipment, frame.whole.id)
        at = clock.now() - timedelta(hours=3)
        enter_late(PaperFill(piece=whole, gas="O2", happened_at=at, pressure_kpa=14_000), by=by)
    assert [(fill.late_entry, fill.pressure_kpa) for fill in fills()] == [(True, 14_000)] * 4
    assert len([fill for fill in fills() if fill.bundle_id == frame.whole.id]) == 3


def test_the_label_is_the_bundles(row: Row, signed_in: Any) -> None:
    frame = Frame(row.hall)
    row.hook(frame.whole)
    row.put("start")
    row.end()
    of_bundle = next(fill for fill in fills() if fill.equipment_id == frame.whole.id)
    (label,) = printed_labels([of_bundle], row.hall.app.config["SETTINGS"])
    assert ("集束装置（集格）", "3 只") in label.fields
    member = fills_in(of_bundle)[0]
    pages = [f"/fills/{fill.equipment_id}/{fill.id}" for fill in (of_bundle, member)]
    response = row.hall.send("PUT", f"/fills/{member.id}/label", {"number": "A0001", "happened_at": ago()})
    assert response.status_code == 409
    owner = signed_in(make.user(row.hall.station, Role.STATION_OWNER))
    page = owner.get(f"/fills/labels?manifold={row.key}").get_data(as_text=True)
    assert ("JG-01" in page, "瓶-1" in page) == (True, False)
    record = owner.get(pages[0]).get_data(as_text=True)
    assert all(f"瓶-{number}" in record for number in (1, 2, 3))
    assert pages[0] in owner.get(pages[1]).get_data(as_text=True)
    assert "3 只：瓶-1、瓶-2、瓶-3" in owner.get(f"/fills/manifolds/{row.key}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("worst", "listed"),
    [({}, True), ({"treat_code": "R16"}, False), ({"inspection_due_on": make.days(-1)}, False)],
)
def test_the_list_for_filling_without_a_network_goes_by_the_worst_too(
    hall: Hall, worst: dict[str, Any], listed: bool
) -> None:
    frame = Frame(hall, **worst)
    assert (frame.whole.label_code in text_of(issue_list(hall.station.id))) is listed
    db.session.rollback()
    assert db.session.scalars(select(Scan.id)).all() == []
