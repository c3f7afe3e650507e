"""收瓶: a record of whose bottles came in and how many distinct ones of each kind, as their last scan found them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core.ids import new_id
from equipment.core.verdict import Citation, Effect, Reason
from equipment.fills.models import Delivery
from equipment.fills.reason_rules import pile_of
from equipment.fills.states import Pile
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Role
from equipment.register.actions import change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago

NONE = dict.fromkeys((pile.value for pile in Pile), 0)


def block(code: str) -> Reason:
    return Reason(code, Effect.BLOCK, Citation("x"))


@pytest.mark.parametrize(
    ("codes", "is_gone", "pile"),
    [
        ((), False, Pile.GOOD),
        (("R29",), False, Pile.GOOD),
        (("R31",), False, Pile.GOOD),
        (("R07",), False, Pile.INSPECT),
        (("R07", "R08"), False, Pile.SCRAP),
        (("R09",), False, Pile.SCRAP),
        (("R28",), False, Pile.ASIDE),
        (("R30", "R07"), False, Pile.ASIDE),
        (("R01",), False, Pile.NO_CODE),
        (("R01",), True, Pile.SCRAP),
        (("R03",), False, Pile.FOREIGN),
        (("R03", "R07"), False, Pile.FOREIGN),
        (("R16",), False, Pile.INSPECT),
    ],
)
def test_each_bottle_has_one_pile(codes: tuple[str, ...], is_gone: bool, pile: Pile) -> None:
    assert pile_of(map(block, codes), is_gone=is_gone) is pile


def begun(hall: Hall) -> str:
    key = str(new_id())
    assert hall.send("POST", "/deliveries", {"delivery_id": key, "happened_at": ago()}).status_code == 201
    return key


def receive(hall: Hall, delivery: str, code: str) -> None:
    sent = {"scan_id": str(new_id()), "code": code, "delivery_id": delivery, "happened_at": ago()}
    assert hall.send("POST", "/scans", sent).status_code == 201


def counted(hall: Hall) -> dict[str, Any]:
    return (
        hall.client()
        .get("/api/v1/deliveries/open", headers={"Authorization": f"Bearer {hall.token}"})
        .get_json()
    )


def test_distinct_bottles_are_counted_however_often_they_were_scanned(hall: Hall, other: Hall) -> None:
    delivery = begun(hall)
    good, late, foreign, gone = (
        hall.bottle(),
        hall.bottle(inspection_due_on=make.days(-9)),
        other.bottle(),
        hall.bottle(),
    )
    code = gone.label_code or ""
    with db.transaction():
        piece = db.session.get_one(Equipment, gone.id)
        change_status(piece, EquipmentStatus.SCRAPPED, reason="到期", by=SYSTEM)
    for read in (
        *[good.label_code] * 16,
        late.label_code,
        foreign.label_code,
        code,
        "690000000000",
        "690000000000",
    ):
        receive(hall, delivery, read or "")
    assert counted(hall)["counts"] == {
        **NONE,
        "good": 1,
        "inspect": 1,
        "scrap": 1,
        "no_code": 1,
        "foreign": 1,
    }


def test_a_delivery_says_whose_bottles_they_were_and_stays(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    delivery = begun(hall)
    receive(hall, delivery, hall.bottle().label_code or "")
    assert counted(hall)["delivery_id"] == delivery  # also after a reload
    path, end = f"/deliveries/{delivery}", {"from_whom": "城北门市部", "happened_at": ago()}
    statuses = [
        hall.send("PUT", path, sent).status_code
        for sent in ({**end, "from_whom": " "}, end, end, {**end, "from_whom": "城南"})
    ]
    assert (statuses, counted(hall)["delivery_id"]) == ([422, 200, 200, 409], None)
    assert [each.from_whom for each in db.session.scalars(select(Delivery))] == ["城北门市部"]
    page = signed_in(make.user(hall.station, Role.STATION_OWNER)).get("/fills/deliveries").text
    assert ("城北门市部" in page, "可充 1" in page) == (True, True)


def test_the_same_beginning_again_is_one_delivery_and_nobody_elses(hall: Hall, other: Hall) -> None:
    sent = {"delivery_id": str(new_id()), "happened_at": ago()}
    first, again = (hall.send("POST", "/deliveries", sent) for _ in range(2))
    assert first.get_json() == again.get_json()
    assert other.send("POST", "/deliveries", sent).status_code == 409
    end = {"from_whom": "别家", "happened_at": ago()}
    assert other.send("PUT", f"/deliveries/{sent['delivery_id']}", end).status_code == 404
