"""The other categories in the register: codes and numbers that are taken and marked, pipelines by km, dangerous
chemicals, the public page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register import actions
from equipment.register.codes import make_code
from equipment.register.entering import register
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.register.rules import IdentifierKind
from equipment.regulation.categories import CATEGORIES
from equipment.storage import db
from tests import make

SignIn = Callable[[User], FlaskClient]
OTHERS = {
    "boiler": "1100",
    "pressure_vessel": "2150",
    "mobile_vessel": "2220",
    "pipeline": "8210",
    "oxygen_chamber": "2410",
    "crane": "4110",
    "site_vehicle": "5110",
    "amusement_ride": "6100",
    "ropeway": "9120",
}


@pytest.fixture
def office(app: object) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=make.COUNTY)


def entered(office: User, key: str, details: dict[str, Any], **numbers: str) -> Equipment:
    values = {
        "category": key,
        "serial": f"X-{len(numbers)}-{key}-{details['catalogue']}",
        "area": make.TOWNSHIP,
        "details": details,
        "identifiers": {IdentifierKind(kind): value for kind, value in numbers.items()},
    }
    with db.transaction():
        return register(values, by=viewer_of(db.session.merge(office)))


def test_every_other_category_is_one_of_these() -> None:
    assert set(OTHERS) | {"cylinder", "elevator"} == {kind.key for kind in CATEGORIES}


@pytest.mark.parametrize(
    ("details", "numbers", "in_doubt"),
    [
        pytest.param({"catalogue": "4110"}, {}, "", id="a listed code"),
        pytest.param({"catalogue": "4199"}, {}, "起重机品种", id="a code the catalogue does not have"),
        pytest.param({"catalogue": "1100"}, {}, "起重机品种", id="a code of another category"),
        pytest.param(
            {"catalogue": "4110"}, {"equipment_code": "41101062020170002A2"}, "", id="19, with a letter"
        ),
        pytest.param({"catalogue": "4110"}, {"equipment_code": "41101"}, "设备代码", id="five digits"),
        pytest.param(
            {"catalogue": "4110"}, {"certificate_no": "起11甘D00101(17)"}, "", id="a crane's certificate"
        ),
        pytest.param(
            {"catalogue": "4110"}, {"certificate_no": "锅10甘D00101(17)"}, "使用登记证编号", id="a boiler's"
        ),
        pytest.param({"catalogue": "4199"}, {"equipment_code": "41"}, "起重机品种、设备代码", id="both"),
    ],
)
def test_what_is_unusual_is_taken_and_marked_to_be_verified(
    office: User, details: dict[str, Any], numbers: dict[str, str], in_doubt: str
) -> None:
    piece = entered(office, "crane", details, **numbers)
    assert (piece.verified, piece.unverified_reason) == (not in_doubt, in_doubt)


def test_a_code_that_is_changed_to_an_unlisted_one_is_marked_and_any_other_change_is_not(
    office: User,
) -> None:
    piece, by = entered(office, "crane", {"catalogue": "4110"}), viewer_of(office)
    with db.transaction():
        actions.change(db.session.merge(piece), {"details": {"load_kg": 5_000}}, by=by)
    assert db.session.get_one(Equipment, piece.id).verified
    with db.transaction():
        actions.change(db.session.get_one(Equipment, piece.id), {"details": {"catalogue": "4Z00"}}, by=by)
    piece = db.session.get_one(Equipment, piece.id)
    assert (piece.verified, piece.unverified_reason, piece.catalogue_code) == (False, "起重机品种", "4Z00")


def test_the_form_takes_the_name_of_a_kind_or_its_code(office: User, signed_in: SignIn) -> None:
    browser = signed_in(office)
    form = browser.get("/equipment/new?category=crane").text
    assert ('<option value="通用桥式起重机">' in form, "气瓶使用登记代码" in form) == (True, False)
    for number, written in enumerate(("通用桥式起重机", "4110", "4zz0")):
        data = {
            "category": "crane",
            "serial": f"Q-{number}",
            "area": make.TOWNSHIP,
            "details.catalogue": written,
        }
        assert browser.post("/equipment/new", data=data).status_code == 302
    db.session.rollback()
    pieces = db.session.query(Equipment).order_by(Equipment.serial)
    assert [(piece.catalogue_code, piece.verified) for piece in pieces] == [
        ("4110", True),
        ("4110", True),
        ("4ZZ0", False),
    ]
    bad = {"category": "crane", "serial": "Q-9", "area": make.TOWNSHIP, "details.catalogue": "天车一台"}
    assert browser.post("/equipment/new", data=bad).status_code == 422


def test_pipelines_are_counted_by_line_and_km_others_by_set(office: User, signed_in: SignIn) -> None:
    for length in (12_450_000, 820_500):
        make.equipment("pipeline", details={"catalogue": "8210", "length_mm": length}, catalogue_code="8210")
    make.equipment("pipeline", details={"catalogue": "8310"}, catalogue_code="8310")
    make.equipment("crane", details={"catalogue": "4110"}, catalogue_code="4110")
    browser = signed_in(office)
    assert "共 3 条、13.27 公里" in browser.get("/equipment?category=pipeline").text
    assert "共 1 台" in browser.get("/equipment?category=crane").text
    statistics = browser.get("/rates").text
    assert ("3 条、13.27 公里" in statistics, "按公里统计，不计入年隐患率" in statistics) == (True, True)


def test_what_is_related_to_dangerous_chemicals_is_a_filter_of_register_and_dues(
    office: User, signed_in: SignIn
) -> None:
    risky = entered(office, "pressure_vessel", {"catalogue": "2150", "hazchem": True})
    plain = entered(office, "pressure_vessel", {"catalogue": "2170", "hazchem": False})
    silent = entered(office, "boiler", {"catalogue": "1100"})
    with db.transaction():
        for piece in (risky, plain, silent):
            at = db.session.get_one(Equipment, piece.id)
            actions.change(at, {"in_use_since": make.days(-500)}, by=SYSTEM)
    browser = signed_in(office)
    for page in ("/equipment?", "/dues?window=all&kind=&"):
        text = browser.get(f"{page}hazchem=1").text
        assert [piece.serial in text for piece in (risky, plain, silent)] == [True, False, False]
        text = browser.get(page).text
        assert [piece.serial in text for piece in (risky, plain, silent)] == [True, True, True]


@pytest.mark.parametrize("key", OTHERS)
@pytest.mark.parametrize(
    ("columns", "answer"),
    [
        ({"inspection_due_on": 100}, "检验有效期内"),
        ({"inspection_due_on": -10}, "已超期，请勿使用"),
        ({"inspection_failed_on": -10, "inspection_due_on": -11}, "检验不合格，请勿使用"),
        ({}, "检验情况不明"),
    ],
    ids=["valid", "overdue", "failed", "not known"],
)
def test_the_big_answer_of_the_public_page(
    client: FlaskClient, key: str, columns: dict[str, int], answer: str
) -> None:
    code, catalogue = make_code(keys()), OTHERS[key]
    days = {name: make.days(number) for name, number in columns.items()}
    make.equipment(key, code=code, details={"catalogue": catalogue}, catalogue_code=catalogue, **days)
    page = client.get(f"/T/{code}")
    kind = next(kind for kind in CATEGORIES if kind.key == key)
    assert (page.status_code, answer in page.text, kind.catalogue[catalogue].zh in page.text) == (
        200,
        True,
        True,
    )


@pytest.mark.parametrize("key", OTHERS)
def test_form_whole_page_list_rules_and_template_open_for_each(
    office: User, signed_in: SignIn, key: str
) -> None:
    piece = make.equipment(key, details={"catalogue": OTHERS[key]}, catalogue_code=OTHERS[key])
    browser = signed_in(office)
    pages = (
        f"/equipment/new?category={key}",
        f"/equipment/{piece.id}",
        f"/equipment/{piece.id}/edit",
        f"/equipment?category={key}&f_catalogue={OTHERS[key]}",
        f"/dues?category={key}",
    )
    assert [browser.get(page).status_code for page in pages] == [200] * len(pages)
