"""A vehicle at the dispenser: opened by plate or tag, the seven no-fills, one pressure, a fill record each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.fills.vehicle_views import NO_FILLS
from equipment.people.models import Paper, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment, Facet, Identifier
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.rules import actions as rules
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.fills.conftest import Hall, ago
from tests.fills.test_people_and_scales import stand

PLATE, VIN = "甘D12345", "1M8GDM9AXKP042788"
CNG = {
    "variety": "vehicle_cng",
    "medium": "CNG",
    "volume_ml": 80_000,
    "working_pressure_kpa": 20_000,
    "use": "vehicle",
    "vehicle_plate": PLATE,
    "vehicle_vin": VIN,
}
FINE = {f"P{number:02}": True for number in (3, 6, 7, 8, 9, 11, 14)}
AFTER = {"Q01": True, "Q02": True, "Q03": True, "Q09": True}


class Dispenser:
    """Bay 枪1 of a gas station, where somebody else's car stands."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.key = hall, str(new_id())
        stand(hall, "G1", bay="枪1", gas="CNG", kind="gauge")
        self.keeper = make.station("车主单位", licensed=False)

    def cylinder(self, plate: str = PLATE, **more: Any) -> Equipment:
        details = {**CNG, "vehicle_plate": plate} if plate else {**CNG, "vehicle_plate": None}
        made = self.hall.bottle(details=details, owner_id=self.keeper.id, **more)
        with make.writing():
            if plate:
                field = {"field": "vehicle_plate", "value": plate, "area": made.area, "category": "cylinder"}
                db.session.add(Facet(equipment_id=made.id, **field))
        return made

    def find(self, text: str) -> Any:
        headers = {"Authorization": f"Bearer {self.hall.token}", "Accept-Language": "zh-CN"}
        return self.hall.client().get("/api/v1/vehicles", query_string={"q": text}, headers=headers)

    def hook(self, text: str = PLATE) -> list[dict[str, Any]]:
        """What the page does: find it, open a manifold, scan each of its cylinders."""
        self.key = str(new_id())
        body = {"manifold_id": self.key, "bay": "枪1", "gas": "CNG", "happened_at": ago()}
        assert self.hall.send("POST", "/manifolds", body).status_code == 201
        found = self.find(text).get_json()["cylinders"]
        return [self.scan(one["code"]) for one in found]

    def scan(self, code: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.hall.scan(code, gas="CNG", manifold_id=self.key).get_json()
        return answer

    def check(self, scan: dict[str, Any], checks: dict[str, Any]) -> dict[str, Any]:
        path = f"/fills/{scan['fill_id']}/checks"
        answer: dict[str, Any] = self.hall.send(
            "PUT", path, {"checks": checks, "happened_at": ago()}
        ).get_json()
        return answer

    def put(self, step: str, **more: Any) -> Any:
        return self.hall.send("PUT", f"/manifolds/{self.key}/{step}", {"happened_at": ago(), **more})


@pytest.fixture
def dispenser(hall: Hall) -> Dispenser:
    with make.writing():  # the licence of this station covers vehicle gas too
        paper = db.session.scalars(select(Paper).where(Paper.organisation_id == hall.station.id)).one()
        paper.covers = [*paper.covers, "CNG"]
    return Dispenser(hall)


def test_a_plate_as_it_is_typed_finds_all_cylinders_of_the_vehicle(dispenser: Dispenser) -> None:
    first, second = dispenser.cylinder(serial="V1"), dispenser.cylinder(serial="V2")
    dispenser.cylinder("甘D99999", serial="V3")
    expected = {
        "plate": PLATE,
        "vin": VIN,
        "cylinders": [
            {"name": "V1", "code": first.label_code, "refusal": ""},
            {"name": "V2", "code": second.label_code, "refusal": ""},
        ],
    }
    for typed in (PLATE, "甘d·12345", "甘D 12345", "甘Ｄ１２３４５", first.label_code, second.label_code):
        assert dispenser.find(typed or "").get_json() == expected


def test_a_vehicle_that_is_not_on_file_has_no_cylinders(dispenser: Dispenser) -> None:
    for text in ("甘D00000", "B00000000000000", "垃圾"):
        assert dispenser.find(text).get_json()["cylinders"] == []
    assert dispenser.find("").status_code == 422


def test_a_cylinder_without_a_plate_is_found_by_its_own_tag(dispenser: Dispenser) -> None:
    alone = dispenser.cylinder("", serial="V9")
    with make.writing():
        tag = {"kind": IdentifierKind.RFID, "value": "E2000017221", "shown": "E2000017221"}
        db.session.add(Identifier(equipment_id=alone.id, issued_at=alone.created_at, **tag))
    found = dispenser.find("E2000017221").get_json()
    assert (found["plate"], [one["name"] for one in found["cylinders"]]) == ("", ["V9"])


def test_one_pressure_ends_it_and_every_cylinder_has_its_record(dispenser: Dispenser) -> None:
    for serial in ("V1", "V2", "V3"):
        dispenser.cylinder(serial=serial)
    scans = dispenser.hook()
    assert [scan["allowed"] for scan in scans] == [True] * 3
    assert dispenser.put("start").status_code == 409  # nobody has looked yet
    for scan in scans:
        assert dispenser.check(scan, FINE)["allowed"] is True
    assert dispenser.put("start").status_code == 200
    ended = dispenser.put("end", pressure_kpa=19_500, post_checks=AFTER, result_id=str(new_id()))
    assert ended.status_code == 200
    fills = db.session.scalars(select(Fill)).all()
    assert [(fill.state, fill.pressure_kpa, str(fill.manifold_id)) for fill in fills] == [
        (FillState.FILLED, 19_500, dispenser.key)
    ] * 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"registered_on": None}, "R02"),  # once the bureau's transition has ended
        ({"verified": False}, "R02"),
        ({"inspection_due_on": make.Days(-1)}, "R07"),
        ({"status": EquipmentStatus.SCRAPPED}, "R09"),
        ({"end_of_life_on": make.Days(-1)}, "R08"),
    ],
)
def test_what_the_register_says_against_one_cylinder_keeps_the_vehicle_from_being_filled(
    dispenser: Dispenser, change: dict[str, Any], code: str
) -> None:
    with db.transaction():
        ended = (clock.today() - timedelta(days=30)).isoformat()
        bureau = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
        by = viewer_of(make.user(bureau, Role.ADMINISTRATOR, area=make.CITY))
        rules.choose("fill_transition", clock.today(), {"R02": ended}, by=by)
    forget_all()
    dispenser.cylinder(serial="V1")
    dispenser.cylinder(serial="V2", **make.dated(change))
    good, bad = dispenser.hook()
    assert good["allowed"] is True
    if code == "R09":
        found = {one["name"]: one["refusal"] for one in dispenser.find(PLATE).get_json()["cylinders"]}
        assert (found["V1"], found["V2"][:3]) == ("", "R09")
    assert (bad["allowed"], [reason["code"] for reason in bad["reasons"]]) == (False, [code])
    assert dispenser.check(good, FINE)["allowed"] is True
    assert dispenser.put("start").status_code == 409


@pytest.mark.parametrize("checks", [checks for _text, _icon, checks in NO_FILLS])
def test_what_a_person_sees_against_it_refuses_all_of_them(
    dispenser: Dispenser, checks: dict[str, str]
) -> None:
    for serial in ("V1", "V2"):
        dispenser.cylinder(serial=serial)
    for scan in dispenser.hook():
        answer = dispenser.check(scan, checks)
        codes = sorted(each["code"] for each in answer["reasons"])
        assert (answer["allowed"], codes) == (False, sorted(checks.values()))
    assert dispenser.put("start").status_code == 409


def test_people_who_get_out_leave_nothing_with_the_cylinder(dispenser: Dispenser) -> None:
    dispenser.cylinder(serial="V1")
    (scan,) = dispenser.hook()
    assert dispenser.check(scan, {"P14": "R25"})["allowed"] is False
    assert (
        dispenser.hall.send("POST", f"/manifolds/{dispenser.key}/cancel", {"happened_at": ago()}).status_code
        == 200
    )
    (again,) = dispenser.hook()
    assert again["allowed"] is True


def test_the_page_is_a_stations_and_opens_at_a_dispenser(
    dispenser: Dispenser, signed_in: Callable[[User], FlaskClient]
) -> None:
    filler = signed_in(make.user(dispenser.hall.station, Role.OPERATOR, certificate="P"))
    page = filler.get("/floor/vehicle?bay=枪1&gas=CNG")
    assert (page.status_code, 'value="甘D"' in page.text, "司乘人员未下车" in page.text) == (200, True, True)
    assert "/floor/vehicle?bay=" in filler.get("/floor").text
    assert [
        filler.get(f"/floor/vehicle?{query}").status_code
        for query in ("bay=1&gas=LPG", "bay=1&gas=O2", "gas=CNG")
    ] == [404] * 3
    inspector = signed_in(make.user(make.organisation(OrganisationKind.BODY), Role.INSPECTOR))
    assert inspector.get("/floor/vehicle?bay=枪1&gas=CNG").status_code == 403
