"""汇流排: many bottles, one start, one end, one pressure; a red one keeps the others waiting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.actions import close_unfinished
from equipment.fills.manifold_rules import AGAINST_START, HookedBottle, hook_of
from equipment.fills.manifolds import close_manifolds
from equipment.fills.models import Fill, Manifold, Scan
from equipment.fills.states import FillState, Hook
from equipment.ledger.models import Event
from equipment.people.rules import Role
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago
from tests.fills.test_people_and_scales import stand

CHECKS = {f"P{number:02}": True for number in (3, 4, 6, 7, 8, 9, 10, 13)}
FINE = {"Q01": True, "Q02": True, "Q03": True, "Q09": True}
S = FillState

# state of its fill, looked over, treated, taken off -> how it stands
BOTTLES = [
    (S.OPEN, True, False, False, Hook.READY),
    (S.OPEN, False, False, False, Hook.UNCHECKED),
    (S.REFUSED, False, False, False, Hook.RED),
    (S.REFUSED, True, False, False, Hook.RED),
    (S.REFUSED, False, True, False, Hook.OFF),  # 待送检, 退回 ... said
    (S.REFUSED, False, False, True, Hook.OFF),  # 已取下
    (None, False, False, False, Hook.RED),  # no code, or no file
    (None, False, False, True, Hook.OFF),
    (S.VOID, True, False, False, Hook.OFF),
    (S.NOT_FILLED, True, False, False, Hook.OFF),
    (S.FILLED, True, False, False, Hook.ON),
    (S.FAILED, True, True, False, Hook.ON),
    (S.OVERFILLED, True, False, False, Hook.ON),
]


@pytest.mark.parametrize(("state", "checked", "treated", "off", "hook"), BOTTLES)
def test_how_a_bottle_stands(
    state: FillState | None, checked: bool, treated: bool, off: bool, hook: Hook
) -> None:
    assert hook_of(HookedBottle(state, checked, treated, off)) is hook


def test_gas_waits_for_red_bottles_and_for_those_nobody_looked_at() -> None:
    assert {hook for hook in Hook if hook in AGAINST_START} == {Hook.RED, Hook.UNCHECKED}


class Row:
    """A manifold at bay 3 of a station, as its controller speaks of it."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.key, self.at = hall, str(new_id()), ago()

    def open(self, **more: Any) -> Any:
        body = {"manifold_id": self.key, "bay": "3", "gas": "O2", "happened_at": self.at, **more}
        return self.hall.send("POST", "/manifolds", body)

    def bottle(self, **more: Any) -> Equipment:
        return self.hall.bottle(details=OXYGEN, **more)

    def hook(self, bottle: Equipment | str, **more: Any) -> Any:
        code = bottle if isinstance(bottle, str) else bottle.label_code or ""
        body = {"gas": "O2", "manifold_id": self.key, "checks": CHECKS, **more}
        return self.hall.scan(code, **body)

    def put(self, step: str, **more: Any) -> Any:
        return self.hall.send("PUT", f"/manifolds/{self.key}/{step}", {"happened_at": ago(), **more})

    def end(self, **more: Any) -> Any:
        body = {
            "pressure_kpa": 14_000,
            "temperature_dc": 200,
            "post_checks": FINE,
            "result_id": str(new_id()),
        }
        return self.put("end", **{**body, **more})

    @property
    def now(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.hall.token}", "Accept-Language": "zh-CN"}
        seen: dict[str, Any] = (
            self.hall.client().get(f"/api/v1/manifolds/{self.key}", headers=headers).get_json()
        )
        return seen

    @property
    def hooks(self) -> list[str]:
        return [bottle["hook"] for bottle in self.now["bottles"]]


@pytest.fixture
def row(hall: Hall) -> Row:
    stand(hall, "G3", bay="3", gas="O2", kind="gauge")
    row = Row(hall)
    assert row.open().status_code == 201
    return row


def fills() -> list[Fill]:
    db.session.rollback()
    return list(db.session.scalars(select(Fill).order_by(Fill.received_at, Fill.id)))


def lock(bottle: Equipment) -> None:
    piece = db.session.get_one(Equipment, bottle.id)
    piece.status, piece.block_reason = EquipmentStatus.LOCKED, "挂失"


def verbs(subject: str) -> list[str]:
    return list(db.session.scalars(select(Event.verb).where(Event.subject == subject).order_by(Event.seq)))


def test_three_bottles_have_one_start_one_end_and_one_pressure(row: Row) -> None:
    gauge = db.session.scalars(select(Manifold.bay)).one()
    bottles = [row.bottle() for _ in range(3)]
    ids = [row.hook(bottle).get_json()["fill_id"] for bottle in bottles]
    started = row.put("start")
    assert (started.status_code, started.get_json()["state"], gauge) == (200, "filling", "3")
    ended = row.end().get_json()
    assert (ended["state"], [bottle["state"] for bottle in ended["bottles"]]) == ("ended", ["filled"] * 3)
    assert [(str(fill.id), str(fill.manifold_id), fill.state, fill.pressure_kpa) for fill in fills()] == [
        (key, row.key, "filled", 14_000) for key in ids
    ]
    assert {(fill.bay, fill.flags == [], fill.started_at is not None) for fill in fills()} == {
        ("3", True, True)
    }
    assert {(fill.instrument_id is not None, fill.temperature_dc) for fill in fills()} == {(True, 200)}
    assert [verbs(f"equipment:{bottle.id}")[-3:] for bottle in bottles] == [
        ["fill.opened", "fill.started", "fill.filled"]
    ] * 3
    assert verbs(f"manifold:{row.key}") == ["manifold.opened", "manifold.started", "manifold.ended"]


def test_a_red_bottle_keeps_the_others_waiting_until_it_is_taken_off(row: Row) -> None:
    row.hook(row.bottle(own_number="好-1"))
    red = row.hook(row.bottle(own_number="红-2", inspection_due_on=make.days(-3))).get_json()
    assert (red["allowed"], row.hooks) == (False, ["ready", "red"])
    refused = row.put("start")
    assert (refused.status_code, refused.get_json()["fields"]) == (409, {"bottles": "请先取下或检查：红-2"})
    assert row.now["state"] == "open"
    off = row.put("off", bottle=red["fill_id"]).get_json()
    assert [bottle["hook"] for bottle in off["bottles"]] == ["ready", "off"]
    assert row.put("start").status_code == 200
    assert [bottle["state"] for bottle in row.end().get_json()["bottles"]] == ["filled", "refused"]


def test_a_red_bottle_is_off_once_it_is_said_what_becomes_of_it(row: Row) -> None:
    row.hook(row.bottle())
    red = row.hook(row.bottle(inspection_due_on=make.days(-3))).get_json()["fill_id"]
    body = {"treatment": "inspect", "happened_at": ago()}
    row.hall.send("POST", f"/fills/{red}/treatment", body)
    assert (row.hooks, row.put("start").status_code) == (["ready", "off"], 200)


@pytest.mark.parametrize("code", ["NOT-ON-FILE", "01-1960"])
def test_a_bottle_without_a_file_is_red_too(row: Row, code: str) -> None:
    row.hook(row.bottle())
    row.hook(code)
    assert (row.hooks, row.put("start").status_code) == (["ready", "red"], 409)
    row.put("off", bottle=row.now["bottles"][1]["id"])
    assert (row.hooks, row.put("start").status_code) == (["ready", "off"], 200)


def test_a_bottle_that_nobody_looked_over_keeps_the_others_waiting(row: Row) -> None:
    fill_id = row.hook(row.bottle(), checks={}).get_json()["fill_id"]
    assert (row.hooks, row.put("start").status_code) == (["unchecked"], 409)
    row.hall.send("PUT", f"/fills/{fill_id}/checks", {"checks": CHECKS, "happened_at": ago()})
    assert (row.hooks, row.put("start").status_code) == (["ready"], 200)


def test_the_same_bottle_twice_is_one(row: Row) -> None:
    bottle = row.bottle()
    first, second = row.hook(bottle).get_json(), row.hook(bottle).get_json()
    assert (first["fill_id"] == second["fill_id"], second["allowed"], row.hooks) == (True, True, ["ready"])
    row.put("start")
    row.end()
    assert [(fill.state, fill.net_g) for fill in fills()] == [("filled", None)]


def test_a_bottle_of_another_gas_is_red(row: Row) -> None:
    nitrogen = row.hall.bottle(details={**OXYGEN, "medium": "N2"})
    answer = row.hook(nitrogen).get_json()
    assert (answer["allowed"], [reason["code"] for reason in answer["reasons"]]) == (False, ["R13"])
    assert row.hooks == ["red"]


def test_a_scan_for_another_gas_than_the_manifolds_is_not_taken(row: Row) -> None:
    response = row.hook(row.bottle(), gas="N2")
    assert (response.status_code, list(response.get_json()["fields"]), row.hooks) == (422, ["gas"], [])


def test_nothing_is_hooked_on_once_gas_flows(row: Row) -> None:
    row.hook(row.bottle())
    row.put("start")
    late = row.hook(row.bottle()).get_json()
    assert (late["flags"], row.hooks) == (["manifold_closed"], ["ready"])
    assert [fill.manifold_id for fill in fills()] == [UUID(row.key), None]
    row.end()
    later = row.hook(row.bottle()).get_json()
    assert later["flags"] == ["manifold_closed"]


def test_a_bottle_hangs_on_one_manifold_only(row: Row, hall: Hall) -> None:
    stand(hall, "G4", bay="4", gas="O2", kind="gauge")
    bottle, other = row.bottle(), Row(hall)
    other.open(bay="4")
    row.hook(bottle)
    answer = other.hook(bottle).get_json()
    assert (answer["flags"], other.hooks, row.hooks) == (["other_manifold"], ["red"], ["ready"])


def test_a_bottle_that_was_opened_alone_joins(row: Row) -> None:
    bottle = row.bottle()
    alone = row.hall.scan(bottle.label_code or "", gas="O2", bay="1").get_json()["fill_id"]
    assert row.hook(bottle).get_json()["fill_id"] == alone
    assert (row.hooks, [(fill.bay, str(fill.manifold_id)) for fill in fills()]) == (
        ["ready"],
        [("3", row.key)],
    )


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"bay": "3"}, 409, "bay"),  # a second one at the bay
        ({"bay": "9"}, 422, "bay"),  # no such bay
        ({"bay": "5"}, 422, "bay"),  # a scale is no gauge
        ({"bay": "3", "gas": "N2"}, 422, "bay"),
        ({"gas": "CO2"}, 422, "gas"),  # weighed bottle by bottle
        ({"gas": "XX"}, 422, "gas"),
        ({"bay": ""}, 422, "bay"),
    ],
)
def test_a_manifold_that_cannot_be_is_not_opened(
    row: Row, hall: Hall, more: dict[str, Any], status: int, field: str
) -> None:
    stand(hall, "S5", bay="5", gas="O2")
    response = Row(hall).open(**more)
    assert (response.status_code, list(response.get_json()["fields"])) == (status, [field])
    assert db.session.scalars(select(Manifold.id)).all() == [UUID(row.key)]


def test_after_one_has_ended_the_next_begins_at_the_same_bay(row: Row, hall: Hall) -> None:
    row.hook(row.bottle())
    row.put("start")
    row.end()
    assert Row(hall).open().status_code == 201


def test_every_step_again_is_the_same_step(row: Row) -> None:
    bottle = row.bottle()
    scan = {"scan_id": str(new_id()), "happened_at": ago()}
    assert [row.open().status_code for _ in range(2)] == [201, 201]
    assert [row.hook(bottle, **scan).status_code for _ in range(2)] == [201, 200]
    assert [row.put("start").status_code for _ in range(2)] == [200, 200]
    assert row.hook(bottle, **scan).status_code == 200  # the scan's replay, after the start
    end = {"result_id": str(new_id()), "happened_at": ago()}
    answers = [row.end(**end) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    assert [fill.state for fill in fills()] == ["filled"]
    assert len(db.session.scalars(select(Scan.id)).all()) == 1
    assert verbs(f"manifold:{row.key}") == ["manifold.opened", "manifold.started", "manifold.ended"]


def test_the_same_id_with_other_words_is_a_conflict(row: Row) -> None:
    assert (row.open(bay="4").status_code, row.open(bay="4").get_json()["fields"].keys()) == (409, {"bay"})
    row.hook(row.bottle())
    row.put("start")
    end = {"result_id": str(new_id()), "happened_at": ago()}
    row.end(**end)
    again = row.end(**end, pressure_kpa=13_000)
    assert (again.status_code, list(again.get_json()["fields"]), fills()[0].pressure_kpa) == (
        409,
        ["pressure_kpa"],
        14_000,
    )


@pytest.mark.parametrize("step", ["end", "off", "start"])
def test_what_comes_before_its_beginning_is_not_found(hall: Hall, step: str) -> None:
    row = Row(hall)
    more: dict[str, Any] = {"end": {"pressure_kpa": 1}, "off": {"bottle": str(new_id())}}.get(step, {})
    assert row.put(step, **more).status_code == 404
    assert row.hook(row.bottle()).status_code == 422  # open it first


def test_a_result_without_a_start_is_not_taken(row: Row) -> None:
    row.hook(row.bottle())
    response = row.end()
    assert (response.status_code, list(response.get_json()["fields"])) == (409, ["state"])
    assert [fill.state for fill in fills()] == ["open"]


def test_an_empty_manifold_does_not_start(row: Row) -> None:
    assert (row.put("start").status_code, row.now["state"]) == (422, "open")


@pytest.mark.parametrize(
    "more",
    [
        {"pressure_kpa": -1},
        {"pressure_kpa": 14_000_000},  # Pa for kPa
        {"pressure_kpa": "14000"},
        {"pressure_kpa": None},
        {"temperature_dc": 99_999},
        {"post_checks": {"Q99": True}},
        {"failed": {str(new_id()): ["Q03"]}},  # a bottle that does not hang there
        {"instrument": "G9"},
        {"colour": "red"},
    ],
)
def test_an_end_that_nobody_can_mean_changes_nothing(row: Row, more: dict[str, Any]) -> None:
    row.hook(row.bottle())
    row.put("start")
    assert (row.end(**more).status_code, row.now["state"], fills()[0].state) == (422, "filling", "open")
    assert row.end().status_code == 200


def test_the_bottle_that_leaks_fails_alone(row: Row) -> None:
    ids = [row.hook(row.bottle()).get_json()["fill_id"] for _ in range(3)]
    row.put("start")
    ended = row.end(failed={ids[1]: ["Q03"]}).get_json()
    assert [
        (bottle["state"], [reason["code"] for reason in bottle["reasons"]]) for bottle in ended["bottles"]
    ] == [("filled", []), ("failed", ["Q03"]), ("filled", [])]
    assert [fill.post_checks["Q03"]["ok"] for fill in fills()] == [True, False, True]


def test_a_bottle_that_is_locked_meanwhile_is_red_at_the_start(row: Row) -> None:
    good, locked = row.bottle(), row.bottle(own_number="锁-1")
    row.hook(good)
    row.hook(locked)
    with make.writing():
        lock(locked)
    response = row.put("start")
    assert (response.status_code, response.get_json()["fields"]["bottles"]) == (409, "请先取下或检查：锁-1")
    assert (row.hooks, [fill.state for fill in fills()]) == (["ready", "red"], ["open", "refused"])


def test_gas_that_went_into_a_bottle_locked_while_it_flowed_is_recorded(row: Row) -> None:
    bottle = row.bottle()
    row.hook(bottle)
    row.put("start")
    with make.writing():
        lock(bottle)
    row.end(happened_at=clock.now().isoformat())
    fill = fills()[0]
    assert (fill.pressure_kpa, fill.result_at is not None, bool(fill.flags)) == (14_000, True, True)


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("PUT", "result", {"pressure_kpa": 14_000}),
        ("POST", "void", {}),
        ("POST", "treatment", {"treatment": "not_filled"}),
        ("PUT", "bay", {"bay": "1"}),
    ],
)
def test_one_bottle_does_not_leave_while_gas_flows(
    row: Row, method: str, path: str, more: dict[str, Any]
) -> None:
    fill_id = row.hook(row.bottle()).get_json()["fill_id"]
    row.put("start")
    response = row.hall.send(method, f"/fills/{fill_id}/{path}", {"happened_at": ago(), **more})
    assert (response.status_code, list(response.get_json()["fields"])) == (409, ["manifold_id"])
    assert row.put("off", bottle=fill_id).status_code == 409
    assert fills()[0].state == "open"


def test_a_good_bottle_taken_off_in_time_is_void(row: Row) -> None:
    ids = [row.hook(row.bottle()).get_json()["fill_id"] for _ in range(2)]
    assert [row.put("off", bottle=ids[0]).status_code for _ in range(2)] == [200, 200]
    assert (row.hooks, [fill.state for fill in fills()]) == (["off", "ready"], ["void", "open"])
    assert row.put("off", bottle=str(new_id())).status_code == 422


@pytest.mark.parametrize(("is_started", "state"), [(False, "void"), (True, "not_filled")])
def test_a_manifold_is_broken_off_with_its_bottles(row: Row, is_started: bool, state: str) -> None:
    row.hook(row.bottle())
    if is_started:
        row.put("start")
    body = {"happened_at": ago()}
    answers = [row.hall.send("POST", f"/manifolds/{row.key}/cancel", body) for _ in range(2)]
    assert [(each.status_code, each.get_json()["state"]) for each in answers] == [(200, "cancelled")] * 2
    assert [fill.state for fill in fills()] == [state]
    assert row.put("start").status_code == 409


def test_an_ended_manifold_is_not_broken_off(row: Row) -> None:
    row.hook(row.bottle())
    row.put("start")
    row.end()
    assert row.hall.send("POST", f"/manifolds/{row.key}/cancel", {"happened_at": ago()}).status_code == 409


def test_midnight_breaks_off_what_never_began_and_leaves_what_flows(row: Row, hall: Hall) -> None:
    stand(hall, "G4", bay="4", gas="O2", kind="gauge")
    flowing = Row(hall)
    flowing.open(bay="4")
    row.hook(row.bottle())
    flowing.hook(flowing.bottle())
    flowing.put("start")
    yesterday = timedelta(days=1)
    with make.writing():
        db.session.execute(update(Fill).values(on=clock.today() - yesterday))
        db.session.execute(update(Manifold).values(opened_at=clock.now() - yesterday))
    with db.transaction():
        assert (close_manifolds(clock.today()), close_unfinished(clock.today())) == (1, 0)
    assert sorted(fill.state for fill in fills()) == ["open", "void"]
    assert flowing.end().status_code == 200
    assert sorted(fill.state for fill in fills()) == ["filled", "void"]


def test_what_was_started_two_days_ago_and_never_ended_is_closed(row: Row) -> None:
    row.hook(row.bottle())
    row.put("start")
    with make.writing():
        db.session.execute(update(Manifold).values(started_at=clock.now() - timedelta(days=3)))
    with db.transaction():
        assert close_manifolds(clock.today()) == 1
    assert ([fill.state for fill in fills()], row.now["state"]) == (["not_filled"], "cancelled")


def test_another_station_neither_sees_nor_moves_it(row: Row, other: Hall) -> None:
    strange = Row(other)
    strange.key = row.key
    row.hook(row.bottle())
    assert [strange.put(step).status_code for step in ("start", "end")] == [404, 422]
    assert strange.end().status_code == 404
    assert strange.hook(strange.bottle()).status_code == 422
    assert "state" not in strange.now
    assert row.hooks == ["ready"]


def test_what_runs_at_the_station_is_listed_with_its_bottles(row: Row, other: Hall) -> None:
    row.hook(row.bottle(own_number="自-7"))

    def running(hall: Hall) -> Any:
        headers = {"Authorization": f"Bearer {hall.token}"}
        return hall.client().get("/api/v1/manifolds/open", headers=headers).get_json()["manifolds"]

    assert [[bottle["name"] for bottle in each["bottles"]] for each in running(row.hall)] == [["自-7"]]
    assert running(other) == []


def test_whoever_checked_all_after_filling_is_named(row: Row) -> None:
    row.hook(row.bottle())
    row.put("start")
    row.end()
    assert [(fill.checked_by, fill.rechecked_by) for fill in fills()] == [
        (row.hall.person.id, row.hall.person.id)
    ]


def test_the_pages_show_it_to_the_station_and_to_nobody_else(row: Row, other: Hall, signed_in: Any) -> None:
    row.hook(row.bottle(own_number="自-7"))
    own = signed_in(make.user(row.hall.station, Role.STATION_OWNER))
    strange = signed_in(make.user(other.station, Role.STATION_OWNER))
    assert own.get("/floor/manifold?bay=3&gas=O2").status_code == 200
    assert "自-7" in own.get(f"/fills/manifolds/{row.key}").get_data(as_text=True)
    assert f"/fills/manifolds/{row.key}" in own.get("/fills/manifolds").get_data(as_text=True)
    assert strange.get(f"/fills/manifolds/{row.key}").status_code == 404
    assert f"/fills/manifolds/{row.key}" not in strange.get("/fills/manifolds").get_data(as_text=True)
    assert [own.get(f"/floor/manifold?{each}").status_code for each in ("bay=3&gas=CO2", "gas=O2", "")] == [
        404
    ] * 3
