"""A label that cannot be bound is refused in the words of whoever holds it, with what to do now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.labels.actions import issue_labels
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Role
from equipment.register import actions
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Label
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.storage.db import session, transaction
from tests import make

DETAILS = {"variety": "lpg", "medium": "LPG"}


@dataclass
class Yard:
    """A worker of a station with a bottle without a label, and labels of every kind."""

    browser: FlaskClient
    bottle: str
    labels: dict[str, str]


@pytest.fixture
def yard(app: Flask, signed_in: Callable[[User], FlaskClient]) -> Yard:
    station, other = make.station("白银示例燃气有限公司"), make.station("远处的站", area=make.ELSEWHERE)
    ours, theirs = station.id, other.id
    browser = signed_in(make.user(station, Role.OPERATOR, certificate="P"))

    def bottle(owner: object, serial: str, **more: object) -> Equipment:
        return make.equipment("cylinder", serial=serial, details=DETAILS, owner_id=owner, **more)

    bare = str(bottle(ours, "8800000").id)
    carriers = [bottle(ours, f"770000{place}").id for place in range(4)] + [bottle(theirs, "6600000").id]
    with transaction():
        batch = issue_labels(7, ours, by=SYSTEM)
        foreign = issue_labels(2, theirs, by=SYSTEM)
    own = list(session.scalars(select(Label.code).where(Label.batch_id == batch.id).order_by(Label.number)))
    far = list(session.scalars(select(Label.code).where(Label.batch_id == foreign.id).order_by(Label.number)))
    with transaction():
        for code, carrier in zip([*own[:4], far[0]], carriers, strict=True):
            actions.bind_label(code, session.get_one(Equipment, carrier), by=SYSTEM)
        actions.report_label(session.get_one(Label, own[1]), LabelStatus.LOST, by=SYSTEM)
        actions.replace_label(own[2], own[4], "磨损", by=SYSTEM)
        scrapped = session.get_one(Equipment, carriers[3])
        actions.change_status(scrapped, EquipmentStatus.SCRAPPED, reason="到期", by=SYSTEM)
        actions.void_label(session.get_one(Label, own[5]), by=SYSTEM)
    labels = {
        "on a bottle of ours": own[0],
        "fallen off a bottle of ours": own[1],
        "replaced": own[2],
        "of a scrapped bottle": own[3],
        "spoilt before use": own[5],
        "on a bottle of another station": far[0],
        "blank, of another station": far[1],
        "never issued": make_code(keys()),
        "somebody else's code": "HTTPS://MAKER.EXAMPLE/Q/889912345678",
    }
    return Yard(browser, bare, labels)


# What is scanned, and what is said: what is wrong with it, and what to do.
SAID = [
    ("on a bottle of ours", "该标签已绑定设备。", "请换一张空白标签。"),
    ("fallen off a bottle of ours", "该标签已绑定设备。", "请换一张空白标签。"),
    ("replaced", "该标签已被更换，不再使用。", "请取下剪毁，换一张空白标签。"),
    ("of a scrapped bottle", "该标签已作废，不再使用。", "请取下剪毁，换一张空白标签。"),
    ("spoilt before use", "该标签已作废，不再使用。", "请取下剪毁，换一张空白标签。"),
    ("on a bottle of another station", "该标签已绑定设备。", "请换一张空白标签。"),
    ("blank, of another station", "该标签是发给远处的站的。", "请留存退还，换用本单位的标签。"),
    ("never issued", "未知编码", "请再扫一次；仍然如此，请换一张空白标签。"),
    ("somebody else's code", "未知编码", "请再扫一次；仍然如此，请换一张空白标签。"),
]


@pytest.mark.parametrize(("which", "wrong", "advice"), SAID, ids=[row[0] for row in SAID])
def test_each_label_that_cannot_be_bound_is_said_with_what_to_do(
    yard: Yard, which: str, wrong: str, advice: str
) -> None:
    page = yard.browser.post("/labels/bind", data={"code": yard.labels[which]}).text
    assert (wrong in page, advice in page) == (True, True)
    assert "6600000" not in page  # nothing is said of a stranger's bottle
    yard.browser.post("/labels/bind", data={"code": yard.labels[which], "equipment": yard.bottle})
    session.expire_all()
    assert session.scalars(select(Equipment.label_code).where(Equipment.serial == "8800000")).one() is None


def test_a_label_found_again_goes_back_on_its_own_bottle(yard: Yard) -> None:
    code = yard.labels["fallen off a bottle of ours"]
    own = session.scalars(select(Label.equipment_id).where(Label.code == code)).one()
    assert "已绑定" in yard.browser.post("/labels/bind", data={"code": code, "equipment": own}).text
    session.expire_all()
    assert session.get_one(Label, code).status == LabelStatus.BOUND


def test_a_scrapped_bottle_is_shown_marked_and_offers_no_binding(yard: Yard) -> None:
    page = yard.browser.get("/labels/bind?digits=0003").text
    assert ("7700003" in page, "报废" in page, 'name="equipment"' in page) == (True, True, False)
    gone = session.scalars(select(Equipment.id).where(Equipment.serial == "7700003")).one()
    assert "labels/bind" not in yard.browser.get(f"/equipment/{gone}").text.partition('id="labels"')[2]
