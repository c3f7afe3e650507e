"""Lists that another system reads on: none skipped, what changes comes again, none of somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.actions import close_unfinished
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.queries import visit_at
from equipment.maintenance.signatures import Signature, sign
from equipment.maintenance.states import SignatureKind, VisitState
from equipment.people.queries import viewer_of
from equipment.people.rules import DeviceKind, OrganisationKind, Role
from equipment.register.actions import change, change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from equipment.web.cursors import SETTLED
from tests import make
from tests.fills.conftest import hall_of

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
EVER = "1970-01-01T00:00:00Z"


class Town:
    """A station, a firm, a body and a use unit, each with its own system, and one more of each elsewhere."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.hall = hall_of(app)
        self.firm = make.organisation(OrganisationKind.FIRM, "维保公司")
        self.body = make.organisation(OrganisationKind.BODY, "检验院")
        self.unit = make.organisation(OrganisationKind.USE_UNIT, "物业公司")
        self.technician = make.user(self.firm, Role.TECHNICIAN, certificate="T")
        self.lift = make.equipment(
            "elevator",
            use_unit_id=self.unit.id,
            maintenance_firm_id=self.firm.id,
            inspection_body_id=self.body.id,
        )
        self.tokens: dict[str, str] = {}
        for name, of in (
            ("station", self.hall.station),
            ("firm", self.firm),
            ("body", self.body),
            ("unit", self.unit),
        ):
            self.tokens[name] = make.device(of, DeviceKind.UPLOAD)[1]
            stranger = make.organisation(of.kind, f"外地{of.name}")
            self.tokens[f"other {name}"] = make.device(stranger, DeviceKind.UPLOAD)[1]

    def read(self, who: str, path: str, **query: Any) -> dict[str, Any]:
        response = self.ask(who, path, **query)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    def ask(self, who: str, path: str, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        return self.app.test_client().get(f"/api/v1/{path}", query_string=query, headers=headers)

    def ids(self, who: str, path: str, **query: Any) -> list[str]:
        return [row[KEYS[path]] for row in self.read(who, path, **query)[path]]

    def add_fill(self) -> str:
        """A bottle that was filled."""
        bottle = self.hall.bottle()
        fill_id: str = self.hall.scan(bottle.label_code or "").get_json()["fill_id"]
        assert self.hall.result(fill_id, gross_g=31000).status_code == 200
        return fill_id

    def add_cylinder(self) -> str:
        """A bottle on file."""
        return str(self.hall.bottle(updated_at=clock.now()).id)

    def add_result(self) -> str:
        result = Inspection(
            equipment_id=self.lift.id,
            id=new_id(),
            organisation_id=self.body.id,
            area=self.lift.area,
            category="elevator",
            kind=InspectionKind.INSPECTION,
            on=clock.today(),
            happened_at=clock.now(),
            received_at=clock.now(),
            conclusion=Conclusion.PASSED,
        )
        with make.writing():
            db.session.add(result)
        return str(result.id)

    def add_visit(self) -> str:
        visit = Visit(
            equipment_id=self.lift.id,
            id=new_id(),
            organisation_id=self.firm.id,
            use_unit_id=self.unit.id,
            area=self.lift.area,
            category="elevator",
            duty="visit_half_month",
            state=VisitState.TO_SIGN,
            opened_at=clock.now(),
            closed_at=clock.now(),
            received_at=clock.now(),
            on=clock.today(),
            technicians=[str(self.technician.id)],
        )
        with make.writing():
            db.session.add(visit)
        return str(visit.id)

    def add_swipe(self) -> str:
        swipe = Swipe(
            id=new_id(),
            via="reader",
            card_uid="",
            equipment_id=self.lift.id,
            organisation_id=self.firm.id,
            user_id=self.technician.id,
            outcome="refused",
            happened_at=clock.now(),
            received_at=clock.now(),
            on=clock.today(),
            drift_s=0,
            content="{}",
            answer='{"reasons": [{"code": "card_lost"}]}',
        )
        with make.writing():
            db.session.add(swipe)
        return str(swipe.id)


KEYS = {
    "fills": "fill_id",
    "cylinders": "cylinder_id",
    "swipes": "swipe_id",
    "visits": "visit_id",
    "results": "result_id",
}
ADD: dict[str, Callable[[Town], str]] = {
    "fills": Town.add_fill,
    "cylinders": Town.add_cylinder,
    "swipes": Town.add_swipe,
    "visits": Town.add_visit,
    "results": Town.add_result,
}
SEES = {
    "fills": {"station"},
    "cylinders": {"station"},
    "swipes": {"firm", "unit"},
    "visits": {"firm", "unit"},
    "results": {"body", "firm", "unit"},
}
NOT_THEIRS = {  # nobody of such an organisation sees these at all
    "fills": {"firm", "body", "unit"},
    "cylinders": set[str](),
    "swipes": {"body"},
    "visits": {"body"},
    "results": set[str](),
}


@pytest.fixture
def town(app: Flask) -> Town:
    return Town(app)


@pytest.fixture
def travel() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOON, tick=False) as now:
        yield now


@pytest.mark.parametrize("path", KEYS)
def test_everything_is_listed_once_in_pages_and_read_on_while_rows_arrive(
    town: Town, travel: time_machine.Coordinates, path: str
) -> None:
    who = sorted(SEES[path])[0]
    rows: list[str] = []

    def add() -> None:
        rows.append(ADD[path](town))
        travel.shift(timedelta(seconds=1))

    for _number in range(5):
        add()
    travel.shift(SETTLED)
    read: list[str] = []
    answer = town.read(who, path, since=EVER, limit=2)
    while True:
        read += [row[KEYS[path]] for row in answer[path]]
        if not answer["more"]:
            break
        add()
        travel.shift(SETTLED)
        if len(rows) > 7:
            break
        answer = town.read(who, path, cursor=answer["next"], limit=2)
    while True:
        answer = town.read(who, path, cursor=answer["next"])
        read += [row[KEYS[path]] for row in answer[path]]
        if not answer["more"]:
            break
    assert read == rows
    again = town.read(who, path, cursor=answer["next"])
    assert (again[path], again["more"], again["next"]) == ([], False, answer["next"])


@pytest.mark.parametrize("path", KEYS)
def test_a_row_that_is_committed_late_is_not_skipped(
    town: Town, travel: time_machine.Coordinates, path: str
) -> None:
    """It got its time before another one did, and was committed after that one could be read."""
    who = sorted(SEES[path])[0]
    travel.shift(timedelta(seconds=5))
    younger = ADD[path](town)
    travel.shift(timedelta(seconds=2))
    early = town.read(who, path, since=EVER)
    assert early[path] == []
    travel.move_to(NOON)
    elder = ADD[path](town)  # of five seconds before
    travel.move_to(NOON + timedelta(seconds=10) + SETTLED)
    assert town.ids(who, path, cursor=early["next"]) == [elder, younger]


@pytest.mark.parametrize("path", KEYS)
def test_rows_of_the_same_instant_are_told_apart_by_their_ids(
    town: Town, travel: time_machine.Coordinates, path: str
) -> None:
    who = sorted(SEES[path])[0]
    rows = [ADD[path](town) for _number in range(3)]
    travel.shift(SETTLED)
    first = town.read(who, path, since=NOON.isoformat(), limit=2)
    rest = town.read(who, path, cursor=first["next"])
    assert [row[KEYS[path]] for row in first[path] + rest[path]] == sorted(rows)


@pytest.mark.parametrize("path", KEYS)
def test_nobody_reads_what_is_not_his(town: Town, travel: time_machine.Coordinates, path: str) -> None:
    row = ADD[path](town)
    travel.shift(SETTLED)
    for who in ("station", "firm", "body", "unit"):
        expected = [row] if who in SEES[path] else []
        if who in NOT_THEIRS[path]:
            assert town.ask(who, path, since=EVER).status_code == 403
            assert town.ask(f"other {who}", path, since=EVER).status_code == 403
            continue
        assert town.ids(who, path, since=EVER) == expected, who
        assert town.ids(f"other {who}", path, since=EVER) == [], who
    assert town.app.test_client().get(f"/api/v1/{path}").status_code == 401


@pytest.mark.parametrize("path", KEYS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "yesterday"}, "cursor"),
        ({"cursor": "20261399T000000.000000Z-" + "0" * 32}, "cursor"),
        ({"cursor": "20261120T040000.000000Z-" + "0" * 32, "since": EVER}, "cursor"),
        ({"since": "2026-11-20T12:00:00"}, "since"),
        ({"since": "noon"}, "since"),
        ({"since": "1767000000"}, "since"),
        ({"since": EVER, "limit": "0"}, "limit"),
        ({"since": EVER, "limit": "201"}, "limit"),
        ({"since": EVER, "page": "2"}, "page"),
    ],
)
def test_what_cannot_be_read_is_named(town: Town, path: str, query: dict[str, str], field: str) -> None:
    response = town.ask(sorted(SEES[path])[0], path, **query)
    assert (response.status_code, list(response.get_json()["fields"])) == (422, [field])


def test_the_offset_of_a_time_may_stand_in_an_address_as_it_is(
    town: Town, travel: time_machine.Coordinates
) -> None:
    swipe = town.add_swipe()
    travel.shift(SETTLED)
    headers = {"Authorization": f"Bearer {town.tokens['firm']}"}
    for since, rows in (("12:00:00+08:00", [swipe]), ("12:00:01+08:00", [])):
        address = f"/api/v1/swipes?since=2026-11-20T{since}"
        answer = town.app.test_client().get(address, headers=headers).get_json()
        assert [row["swipe_id"] for row in answer["swipes"]] == rows


def test_a_fill_is_listed_when_it_has_ended(town: Town, travel: time_machine.Coordinates) -> None:
    hall, bottle = town.hall, town.hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    travel.shift(SETTLED * 2)
    start = town.read("station", "fills", since=EVER)
    assert start["fills"] == []
    hall.result(fill_id, gross_g=31000)
    travel.shift(SETTLED)
    row = town.read("station", "fills", cursor=start["next"])["fills"][0]
    assert (row["fill_id"], row["state"], row["net_g"], row["organisation_id"], row["supersedes"]) == (
        fill_id,
        "filled",
        14500,
        str(hall.station.id),
        None,
    )


def test_a_fill_whose_result_came_after_its_day_is_listed_again(
    town: Town, travel: time_machine.Coordinates
) -> None:
    """At midnight it ended as not filled; what went in all the same was told the day after."""
    hall, bottle = town.hall, town.hall.bottle()
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    travel.shift(timedelta(days=1))
    with make.writing():
        close_unfinished(clock.today())
    travel.shift(SETTLED)
    ended = town.read("station", "fills", since=EVER)
    assert [(row["fill_id"], row["state"]) for row in ended["fills"]] == [(fill_id, "not_filled")]
    assert hall.result(fill_id, gross_g=31000).status_code == 200
    travel.shift(SETTLED)
    later = town.read("station", "fills", cursor=ended["next"])
    assert [(row["fill_id"], row["state"]) for row in later["fills"]] == [(fill_id, "filled")]


def test_a_visit_that_is_signed_later_is_listed_again(town: Town, travel: time_machine.Coordinates) -> None:
    first, second = town.add_visit(), town.add_visit()
    travel.shift(SETTLED)
    read = town.read("firm", "visits", since=EVER)
    assert {row["visit_id"] for row in read["visits"]} == {first, second}
    signer = make.user(town.unit, Role.SAFETY_OFFICER)
    with make.writing():
        visit = visit_at(viewer_of(signer), town.lift.id, UUID(first))
        sign(visit, Signature(SignatureKind.ACCOUNT), by=viewer_of(signer))
    assert town.read("firm", "visits", cursor=read["next"])["visits"] == []
    travel.shift(SETTLED)
    again = town.read("firm", "visits", cursor=read["next"])
    assert [(row["visit_id"], row["state"]) for row in again["visits"]] == [(first, "signed")]
    assert again["visits"][0]["changed_at"] == (NOON + SETTLED).isoformat()
    assert town.read("firm", "visits", cursor=again["next"])["visits"] == []


def test_a_result_whose_number_comes_later_is_listed_again(
    town: Town, travel: time_machine.Coordinates
) -> None:
    key = town.add_result()
    travel.shift(SETTLED)
    read = town.read("unit", "results", since=EVER)
    assert [(row["result_id"], row["report_no"]) for row in read["results"]] == [(key, "")]
    with make.writing():
        result = db.session.get(Inspection, (town.lift.id, UUID(key)))
        assert result is not None
        result.report_no = "DT-2026-7"
    travel.shift(SETTLED)
    again = town.read("unit", "results", cursor=read["next"])
    assert [(row["result_id"], row["report_no"]) for row in again["results"]] == [(key, "DT-2026-7")]


def test_a_day_and_a_cursor_are_two_questions(town: Town) -> None:
    fill_id = town.add_fill()
    day = town.read("station", "fills", on=clock.today().isoformat())
    assert ([row["fill_id"] for row in day["fills"]], day["next"], day["more"]) == ([fill_id], None, False)
    both = town.ask("station", "fills", on=clock.today().isoformat(), since=EVER)
    assert (both.status_code, list(both.get_json()["fields"])) == (422, ["on"])


def test_what_is_listed_says_what_it_is(town: Town, travel: time_machine.Coordinates) -> None:
    swipe, visit, result = town.add_swipe(), town.add_visit(), town.add_result()
    travel.shift(SETTLED)
    assert town.read("firm", "swipes", since=EVER)["swipes"] == [
        {
            "swipe_id": swipe,
            "via": "reader",
            "outcome": "refused",
            "reasons": ["card_lost"],
            "user_id": str(town.technician.id),
            "equipment_id": str(town.lift.id),
            "visit_id": None,
            "happened_at": NOON.isoformat(),
            "received_at": NOON.isoformat(),
            "drift_s": 0,
        }
    ]
    listed = town.read("unit", "visits", since=EVER)["visits"][0]
    assert (listed["visit_id"], listed["state"], listed["technicians"], listed["code"]) == (
        visit,
        "to_sign",
        [{"id": str(town.technician.id), "name": town.technician.name}],
        town.lift.label_code,
    )
    shown = town.read("body", "results", since=EVER)["results"][0]
    assert (shown["result_id"], shown["conclusion"], shown["pending"]) == (result, "passed", False)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("fills", "ix_fill_closed"),
        ("swipes", "ix_swipe_received"),
        ("visits", "ix_visit_changed"),
        ("results", "ix_inspection_changed"),
    ],
)
def test_a_list_is_walked_by_its_index_and_sorts_nothing(town: Town, path: str, index: str) -> None:
    plans: list[str] = []

    def explain(connection: Any, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if statement.startswith("SELECT") and f"FROM {index.split('_')[1]}" in statement:
            driver = connection.connection.driver_connection
            plans.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(db.engine, "before_cursor_execute", explain)
    town.read(sorted(SEES[path])[0], path, since=EVER)
    event.remove(db.engine, "before_cursor_execute", explain)
    assert any(f"USING INDEX {index} (" in plan for plan in plans), plans
    assert [plan for plan in plans if "TEMP B-TREE" in plan or plan.startswith("SCAN")] == []


def test_codes_are_sent_once(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/api/v1/codes")
    tag = first.headers["ETag"]
    again = client.get("/api/v1/codes", headers={"If-None-Match": tag})
    assert (first.status_code, again.status_code, again.get_data(), again.headers["ETag"]) == (
        200,
        304,
        b"",
        tag,
    )
    assert not tag.startswith("W/")
    assert client.get("/api/v1/codes", headers={"If-None-Match": '"other"'}).status_code == 200
    answer = first.get_json()
    assert answer["digest"]
    assert all(reason["citation"]["since"] for reason in answer["reasons"])


def test_the_answer_to_a_scan_says_when_the_bottle_is_inspected_next(town: Town) -> None:
    bottle = town.hall.bottle(inspection_due_on=make.days(40))
    shown = town.hall.scan(bottle.label_code or "").get_json()["equipment"]
    assert shown["inspection_due_on"] == make.days(40).isoformat()


def test_a_bottle_comes_again_with_what_changed_and_goes_when_it_ends_or_is_handed_over(
    town: Town, travel: time_machine.Coordinates
) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR)
    by = viewer_of(make.user(bureau, Role.SUPERVISOR, area=make.COUNTY))
    other = make.station("接手充装站")
    town.tokens["taker"] = make.device(other, DeviceKind.UPLOAD)[1]
    scrapped, handed, renumbered, sick = (town.hall.bottle() for _number in range(4))
    travel.shift(SETTLED)
    start = town.read("station", "cylinders", since=EVER)
    assert len(start["cylinders"]) == 4

    def piece(bottle: Equipment) -> Equipment:
        return db.session.get_one(Equipment, bottle.id)

    with make.writing():
        change_status(piece(scrapped), EquipmentStatus.SCRAPPED, reason="报废", by=by)
    travel.shift(timedelta(seconds=1))
    with make.writing():
        change(piece(handed), {"owner_id": other.id}, by=by)
    travel.shift(timedelta(seconds=1))
    with make.writing():
        change(piece(renumbered), {"own_number": "A-7"}, by=by)
    travel.shift(timedelta(seconds=1))
    answer = town.hall.scan(sick.label_code or "", checks={"P01": False})
    assert answer.get_json()["allowed"] is False
    travel.shift(SETTLED)
    read = town.read("station", "cylinders", cursor=start["next"])
    assert [(row["cylinder_id"], row["removed"]) for row in read["cylinders"]] == [
        (str(scrapped.id), "ended"),
        (str(handed.id), "left"),
        (str(renumbered.id), None),
        (str(sick.id), None),
    ]
    assert (read["cylinders"][2]["own_number"], read["cylinders"][3]["treat_code"]) == ("A-7", "R01")
    assert town.read("taker", "cylinders", since=EVER)["cylinders"][0]["cylinder_id"] == str(handed.id)
