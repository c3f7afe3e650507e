"""The page of a piece: its title, its whole life by kind, what a technician and a labeller do from it; lists count pieces
as people do."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import date, timedelta
from types import ModuleType
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.life.views import KINDS, OPENED_AS
from equipment.maintenance.models import Visit
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Label
from equipment.register.moments import Moment
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.slices import SLICES
from equipment.storage import db
from tests import make

Browser = Callable[[User], FlaskClient]


class Estate:
    """A lift with its unit and firm, a visit and an inspection of it."""

    def __init__(self) -> None:
        unit = make.organisation(OrganisationKind.USE_UNIT, "甲物业")
        firm = make.organisation(OrganisationKind.FIRM, "丙维保")
        other = make.organisation(OrganisationKind.FIRM, "丁维保")
        self.technician = make.user(firm, Role.TECHNICIAN, certificate="T").id
        self.manager = make.user(firm, Role.FIRM_MANAGER).id
        self.stranger = make.user(other, Role.TECHNICIAN, certificate="T").id
        self.officer = make.user(unit, Role.SAFETY_OFFICER).id
        self.lift = make.equipment(
            "elevator",
            serial="E200800265",
            name="银杏花园6号楼1号梯",
            address="兰州路9号",
            use_unit_id=unit.id,
            maintenance_firm_id=firm.id,
            registered_on=date(2008, 5, 18),
        ).id
        self.visit = new_id()
        with make.writing():
            db.session.add(
                Visit(
                    equipment_id=self.lift,
                    id=self.visit,
                    organisation_id=firm.id,
                    use_unit_id=unit.id,
                    area=make.TOWNSHIP,
                    category="elevator",
                    duty="visit_quarter",
                    state="to_sign",
                    opened_at=clock.now() - timedelta(days=3),
                    closed_at=clock.now() - timedelta(days=3),
                    received_at=clock.now(),
                    on=make.days(-3),
                    technicians=[str(self.technician)],
                    confirmed=[],
                )
            )
        make.inspection(db.session.get_one(Equipment, self.lift), make.days(-30))


@pytest.fixture
def estate(app: Flask) -> Estate:
    return Estate()


def person(key: UUID) -> User:
    return db.session.get_one(User, key)


def test_a_lift_is_called_as_everywhere_else(estate: Estate, signed_in: Browser) -> None:
    page = signed_in(person(estate.officer)).get(f"/equipment/{estate.lift}").text
    assert re.search(r"<h1[^>]*>([^<]*)</h1>", page)[1] == "银杏花园6号楼1号梯 兰州路9号"
    assert ("2008-05-18" in page, "维保：季度维保" in page) == (True, True)
    assert f'href="/visits/{estate.lift}/{estate.visit}"' in page


def test_the_life_is_shown_by_kind(estate: Estate, signed_in: Browser) -> None:
    browser = signed_in(person(estate.officer))

    def titles(query: str) -> tuple[bool, bool]:
        life = (
            browser.get(f"/equipment/{estate.lift}{query}")
            .text.partition('id="life"')[2]
            .partition('id="dues"')[0]
        )
        return "维保：季度维保" in life, re.search("/inspections/", life) is not None

    assert titles("") == (True, True)
    assert titles("?only=visit") == (True, False)
    assert titles("?only=inspection") == (False, True)
    assert titles("?only=nothing") == (True, True)


def kinds_given(module: ModuleType) -> set[str]:
    """The kind of every `Moment` that this module makes; it must stand there as a literal."""
    place, kinds = [field.name for field in fields(Moment)].index("kind"), set()
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Moment":
            by_name = [word.value for word in call.keywords if word.arg == "kind"]
            value = (by_name or call.args[place : place + 1] or [ast.Constant("register")])[0]
            kinds.add(ast.literal_eval(value))
    return kinds


def test_every_kind_of_record_has_its_name_and_what_opens_it() -> None:
    modules = {source.__module__ for slice_ in SLICES for source in slice_.moments}
    by_module = {name: kinds_given(sys.modules[name]) for name in modules}
    given = set().union(*by_module.values())
    assert [name for name, kinds in by_module.items() if not kinds] == []
    assert (set(KINDS), set(OPENED_AS)) == (given, given - {"register"})  # those have no page of their own


WHO_SIGNS_IN = [("technician", True), ("manager", False), ("officer", False)]


@pytest.mark.parametrize(("who", "offered"), WHO_SIGNS_IN)
def test_a_technician_of_its_firm_signs_in_from_the_page(
    estate: Estate, signed_in: Browser, who: str, offered: bool
) -> None:
    page = signed_in(person(getattr(estate, who))).get(f"/equipment/{estate.lift}").text
    assert (f"/visits/start/{estate.lift}" in page) is offered


def test_lists_count_pieces_as_people_do(app: Flask, signed_in: Browser) -> None:
    station = make.station()
    owner = make.user(station, Role.STATION_OWNER)
    for _ in range(3):
        make.equipment("cylinder", owner_id=station.id)
    for _ in range(2):
        make.equipment("elevator")
    chief = make.user(make.organisation("regulator", area=make.CITY), Role.SUPERVISOR)
    counts = [
        re.search(r'class="list-count"[^>]*>\s*(.*?)\s*</p>', signed_in(who).get(path).text)[1]
        for who, path in (
            (owner, "/equipment"),
            (chief, "/equipment"),
            (chief, "/equipment?category=elevator"),
        )
    ]
    assert counts == ["共 3 只", "共 3 只、2 台", "共 2 台"]


def test_a_station_binds_bottles_and_is_led_out_of_dead_ends(app: Flask, signed_in: Browser) -> None:
    station = make.station()
    operator = make.user(station, Role.OPERATOR, certificate="P").id
    codes = two_blanks(station.id)
    labelled = make.equipment("cylinder", owner_id=station.id, serial="B7654321", code="2B2EM98YQ3N6K40").id
    make.equipment("cylinder", owner_id=station.id, serial="A7654321", status=EquipmentStatus.SCRAPPED)
    browser = signed_in(person(operator))
    page = browser.get(f"/labels/bind?code={codes[0]}&digits=7654321").text
    assert ("报废" in page, page.count('name="equipment"')) == (
        True,
        1,
    )  # a scrapped piece is shown, not offered
    refused = browser.post(
        "/labels/bind", data={"code": codes[0], "digits": "7654321", "equipment": labelled}
    )
    way = f"/labels/2B2EM98YQ3N6K40/replace?new={codes[0]}"
    assert (refused.status_code, way in refused.text) == (409, True)
    assert f'value="{codes[0]}"' in browser.get(way).text
    nothing = browser.get(f"/labels/bind?code={codes[0]}&digits=0000").text
    assert ('name="category" value="cylinder"' in nothing, "电梯" in nothing) == (True, False)


def two_blanks(organisation_id: UUID) -> list[str]:
    codes = [make_code(keys()) for _ in range(2)]
    with make.writing():
        for code in codes:
            db.session.add(
                Label(
                    code=code,
                    status=LabelStatus.ISSUED,
                    organisation_id=organisation_id,
                    issued_at=clock.now(),
                )
            )
    return codes
