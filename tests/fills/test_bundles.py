"""集格: cylinders that are filled through one valve are as overdue, as old and as locked as the worst of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from equipment.people.rules import SYSTEM
from equipment.register.checking import facets
from equipment.register.groups import group_of
from equipment.register.models import Equipment, Facet
from equipment.regulation.categories import category
from equipment.storage import db
from equipment.storage.db import session
from tests import make
from tests.fills.conftest import OXYGEN, Hall

BUNDLE = OXYGEN | {"mount": "bundle", "bundle_no": "JG-01", "bundle_cylinders": 2, "volume_ml": 80_000}
INSIDE = OXYGEN | {"mount": "in_bundle", "bundle_no": "JG-01"}


def piece(hall: Hall, details: dict[str, Any], **more: Any) -> Equipment:
    made = hall.bottle(details=details, **more)
    kind = category("cylinder")
    with make.writing():
        for field, value in facets(kind, kind.read(details)).items():
            db.session.add(
                Facet(equipment_id=made.id, field=field, value=value, area=made.area, category="cylinder")
            )
    return made


def reasons(hall: Hall, bundle: Equipment) -> list[str]:
    answer = hall.scan(bundle.label_code or "", gas="O2").get_json()
    return [reason["code"] for reason in answer["reasons"] if reason["code"] != "R29"]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        pytest.param({}, [], id="both in order"),
        pytest.param({"inspection_due_on": make.days(-1)}, ["R07"], id="one is overdue"),
        pytest.param({"inspection_due_on": None}, ["R07"], id="of one nobody knows the day"),
        pytest.param({"end_of_life_on": make.days(-1)}, ["R08"], id="one is past its life"),
        pytest.param({"status": "locked", "block_reason": "涉事故"}, ["R28"], id="one is locked"),
        pytest.param({"status": "scrapped"}, ["R09"], id="one is scrapped"),
        pytest.param({"status": "stopped"}, ["R02"], id="one is out of use"),
    ],
)
def test_a_bundle_is_as_bad_as_its_worst_cylinder(
    hall: Hall, inside: dict[str, date | str | None], expected: list[str]
) -> None:
    bundle = piece(hall, BUNDLE, own_number="JG-01")
    piece(hall, INSIDE)
    piece(hall, INSIDE, **inside)
    assert reasons(hall, bundle) == expected


def test_another_owners_bundle_of_the_same_number_is_another(hall: Hall, other: Hall) -> None:
    bundle = piece(hall, BUNDLE, own_number="JG-01")
    piece(other, INSIDE, inspection_due_on=make.days(-1))
    assert reasons(hall, bundle) == []
    group = group_of(SYSTEM, session.get_one(Equipment, bundle.id))
    assert group is not None
    assert [of.id for of in group.pieces] == [bundle.id]
    assert group.missing == 2


def test_the_cylinders_of_a_vehicle_stand_together(hall: Hall, other: Hall) -> None:
    cng = {"variety": "vehicle_cng", "medium": "CNG", "vehicle_plate": "甘D12345"}
    first, second = piece(hall, cng), piece(other, cng)
    piece(hall, cng | {"vehicle_plate": "甘D12346"})
    group = group_of(SYSTEM, session.get_one(Equipment, first.id))
    assert group is not None
    assert (group.field, group.name, group.missing) == ("vehicle_plate", "甘D12345", 0)
    assert {of.id for of in group.pieces} == {first.id, second.id}
    assert group_of(SYSTEM, session.get_one(Equipment, hall.bottle().id)) is None
