"""What is done with a refused bottle: damage is lifted by two, 信息有误 says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from equipment.core.config import Settings
from equipment.fills.models import Fill
from equipment.fills.states import FAULT_GROUPS, FAULTS, Fault
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.exports import csv_of
from tests.fills.conftest import LPG, OXYGEN, Hall, ago

SignedIn = Callable[[User], FlaskClient]
PIN = "246824"


def colleague(hall: Hall, name: str = "李四") -> User:
    with hall.app.app_context():
        pin_hash = hash_password(PIN)
    person = make.user(hall.station, Role.OPERATOR, name=name, certificate="P", pin_hash=pin_hash)
    db.session.expunge_all()  # what the test holds stays readable
    return person


def damaged(hall: Hall, refusal: str = "R16", details: dict[str, Any] = LPG) -> tuple[Equipment, str]:
    bottle = hall.bottle(details=details)
    item = {"R16": "P08", "R15": "P09"}[refusal]
    answer = hall.scan(bottle.label_code or "", gas=details["medium"], checks={item: refusal})
    return bottle, answer.get_json()["fill_id"]


def treat(hall: Hall, fill_id: str, **more: Any) -> Any:
    return hall.send("POST", f"/fills/{fill_id}/treatment", {"happened_at": ago(), **more})


def standing(bottle: Equipment) -> str:
    db.session.rollback()
    return db.session.get_one(Equipment, bottle.id).treat_code


def the_fill() -> Fill:
    db.session.rollback()
    return db.session.scalars(select(Fill)).one()


def test_damage_is_lifted_by_two_people_only(hall: Hall) -> None:
    second, (bottle, fill_id) = colleague(hall), damaged(hall)
    alone = treat(hall, fill_id, treatment="treated")
    assert (alone.status_code, alone.get_json()["fields"], standing(bottle)) == (
        422,
        {"second": "须由复核人刷卡或输入PIN确认。"},
        "R16",
    )
    shown = {"user_id": str(second.id), "pin": PIN}
    wrong = treat(hall, fill_id, treatment="treated", second={**shown, "pin": "135790"})
    assert (wrong.status_code, standing(bottle)) == (403, "R16")
    both = treat(hall, fill_id, treatment="treated", second=shown)
    assert (both.status_code, both.get_json()["treatment"], standing(bottle)) == (200, "treated", "")
    assert (the_fill().treated_by, the_fill().treated_second) == (hall.person.id, second.id)
    again = treat(hall, fill_id, treatment="treated")
    assert (again.status_code, hall.scan(bottle.label_code or "").get_json()["allowed"]) == (200, True)


def test_who_stands_at_the_device_is_no_second_person(hall: Hall) -> None:
    with hall.app.app_context():
        pin_hash = hash_password(PIN)
    with make.writing():
        db.session.get_one(User, hall.person.id).pin_hash = pin_hash
    bottle, fill_id = damaged(hall)
    answer = treat(hall, fill_id, treatment="treated", second={"user_id": str(hall.person.id), "pin": PIN})
    assert (answer.status_code, standing(bottle)) == (422, "R16")


def test_missing_parts_are_lifted_by_whoever_put_them_right(hall: Hall) -> None:
    bottle, fill_id = damaged(hall, "R15")
    answer = treat(hall, fill_id, treatment="treated")
    assert (answer.status_code, standing(bottle)) == (200, "")


def test_devices_are_told_which_reasons_need_two(hall: Hall) -> None:
    assert hall.send("GET", "/codes", {}).get_json()["treated_by_two"] == ["Q02", "R16"]


def test_the_page_of_the_record_asks_for_the_second_person(hall: Hall, signed_in: SignedIn) -> None:
    second, (bottle, fill_id) = colleague(hall), damaged(hall)
    page_of = f"/fills/{bottle.id}/{fill_id}"
    client = signed_in(hall.person)
    page = client.get(page_of).get_data(as_text=True)
    assert ("须由复核人确认才能重新检查" in page, "李四" in page, page.count('value="treated"')) == (
        True,
        True,
        1,
    )
    refused = client.post(f"{page_of}/treatment", data={"treatment": "treated"})
    assert (refused.status_code, standing(bottle)) == (422, "R16")
    done = client.post(
        f"{page_of}/treatment", data={"treatment": "treated", "second": str(second.id), "pin": PIN}
    )
    assert (done.status_code, standing(bottle)) == (302, "")
    assert f"{hall.person.name} · 李四" in client.get(page_of).get_data(as_text=True)


def test_a_wrong_record_says_what_is_wrong_wherever_it_is_mended(
    hall: Hall, settings: Settings, signed_in: SignedIn
) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-30))
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    treat(hall, fill_id, treatment="wrong_file")
    said = treat(hall, fill_id, treatment="wrong_file", remark="检验日期；钢环 2027.03").get_json()
    late = treat(hall, fill_id, treatment="wrong_file").get_json()
    assert [answer["treatment_remark"] for answer in (said, late)] == ["检验日期；钢环 2027.03"] * 2
    bureau = make.organisation(OrganisationKind.REGULATOR, area="6204")
    officer = signed_in(make.user(bureau, Role.SUPERVISOR))
    for path in ("/fills?tab=wrong", f"/fills/{bottle.id}/{fill_id}", f"/equipment/{bottle.id}"):
        assert "钢环 2027.03" in officer.get(path).get_data(as_text=True), path
    boss = signed_in(make.user(hall.station, Role.STATION_OWNER))
    assert csv_of(settings, boss, "/fills")[1][-1] == "信息有误 检验日期；钢环 2027.03 处置人 张三"
    assert treat(hall, fill_id, treatment="inspect").get_json()["treatment_remark"] == ""


def test_on_the_page_a_wrong_record_is_not_called_so_without_a_word(hall: Hall, signed_in: SignedIn) -> None:
    bottle = hall.bottle(inspection_due_on=make.days(-30))
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    client, path = signed_in(hall.person), f"/fills/{bottle.id}/{fill_id}/treatment"
    silent = client.post(path, data={"treatment": "wrong_file"})
    assert (silent.status_code, "请说明档案哪里有误" in silent.get_data(as_text=True)) == (422, True)
    client.post(path, data={"treatment": "wrong_file", "remark": "皮重"})
    assert (the_fill().treatment, the_fill().treatment_remark) == ("wrong_file", "皮重")


@pytest.mark.parametrize("details", [LPG, OXYGEN], ids=["lpg", "oxygen"])
def test_every_fault_that_is_offered_belongs_to_a_check_of_the_bottle(
    hall: Hall, details: dict[str, Any]
) -> None:
    """Guard and foot ring are parts of an LPG bottle, cap and shock rings of an industrial one."""
    bottle, group = hall.bottle(details=details), "lpg" if details is LPG else "compressed"
    asked = {
        item["code"]
        for item in hall.scan(bottle.label_code or "", gas=details["medium"]).get_json()["checks"]
        if item["asked"]
    }
    offered = {
        fault
        for fault in Fault
        if FAULTS[fault][0] in asked and group in FAULT_GROUPS.get(fault, frozenset({group}))
    }
    parts = {Fault.GUARD, Fault.BASE, Fault.CAP, Fault.RINGS, Fault.PLUG}
    assert offered & parts == ({Fault.GUARD, Fault.BASE} if group == "lpg" else {Fault.CAP, Fault.RINGS})
