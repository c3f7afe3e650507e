"""The pages of contracts, hand-overs and assignments, and the records that a manager looks for."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.contracts.models import Assignment, Contract, ContractPaper, StandIn
from equipment.contracts.states import ContractState
from equipment.core import clock
from equipment.maintenance.models import Visit
from equipment.maintenance.states import VisitState
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.actions import add_identifier
from equipment.register.models import Equipment
from equipment.register.rules import IdentifierKind
from equipment.storage import db
from tests import make
from tests.everything import full
from tests.maintenance.place import CODE, Place, place

Sign = Callable[[User], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def town(app: Flask) -> Place:
    return place()


def typed(town: Place, **more: Any) -> dict[str, Any]:
    plain = {
        "unit": town.unit.name,
        "number": "WB-1",
        "kind": "full",
        "mode": "regular",
        "people": "2",
        "from_on": make.days(0).isoformat(),
        "until_on": make.days(364).isoformat(),
        "codes": CODE,
    }
    return plain | more


def contract() -> Contract:
    db.session.rollback()
    return db.session.query(Contract).one()


def test_a_firm_enters_a_contract_with_its_paper_and_the_use_unit_confirms_it(
    town: Place, signed_in: Sign
) -> None:
    firm, unit = signed_in(town.boss), signed_in(town.safe)
    paper = (io.BytesIO(PDF), "合同.pdf")
    entered = firm.post("/contracts/new", data=typed(town, paper=paper), follow_redirects=True)
    assert entered.status_code == 200
    key = contract().id
    assert "WB-1" in unit.get("/").text
    assert unit.post(f"/contracts/{key}/confirm").status_code == 302
    assert contract().state is ContractState.CONFIRMED
    stored = db.session.query(ContractPaper).one()
    with unit.get(f"/contracts/papers/{stored.id}") as answer:
        assert answer.data == PDF
    stranger = signed_in(make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER))
    assert stranger.get(f"/contracts/papers/{stored.id}").status_code == 404


def test_every_unknown_number_is_named_and_nothing_is_lost(town: Place, signed_in: Sign) -> None:
    answer = signed_in(town.boss).post(
        "/contracts/new", data=typed(town, codes=f"{CODE}\n31102620001\nABC-9")
    )
    assert answer.status_code == 422
    assert [text in answer.text for text in ("31102620001", "ABC-9", "WB-1")] == [True] * 3
    assert db.session.query(Contract).count() == 0


def test_the_bureau_lists_lifts_without_a_contract_and_nobody_else_does(town: Place, signed_in: Sign) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.COUNTY)
    officer = signed_in(make.user(bureau, Role.SUPERVISOR))
    assert town.lift.name in officer.get("/contracts/missing?gap=no_contract").text
    assert town.lift.name not in officer.get("/contracts/missing?gap=no_firm").text
    assert signed_in(town.boss).get("/contracts/missing").status_code == 404
    signed_in(town.boss).post("/contracts/new", data=typed(town))
    assert town.lift.name not in officer.get("/contracts/missing").text


def test_a_contract_is_ended_and_renewed_from_its_page(town: Place, signed_in: Sign) -> None:
    firm = signed_in(town.boss)
    firm.post("/contracts/new", data=typed(town))
    key = contract().id
    ended = firm.post(f"/contracts/{key}/end", data={"last_on": make.days(5).isoformat(), "reason": "协商"})
    assert (ended.status_code, contract().ended_on) == (302, make.days(5))
    page = firm.get(f"/contracts/{key}/renew").text
    assert make.days(6).isoformat() in page
    assert str(town.lift.id) in page


def test_a_manager_gives_out_lifts_and_enters_who_stands_in(town: Place, signed_in: Sign) -> None:
    firm = signed_in(town.boss)
    assert town.lift.name in firm.get("/assignments?who=none").text
    given = firm.post(
        "/assignments/new", data={"id": str(town.lift.id), "person": [str(town.anna.id), str(town.bo.id)]}
    )
    assert (given.status_code, db.session.query(Assignment).count()) == (302, 2)
    assert town.lift.name not in firm.get("/assignments?who=none").text
    assert town.lift.name in firm.get(f"/assignments?who={town.anna.id}").text
    day = make.days(0).isoformat()
    firm.post(
        "/assignments/stand-ins",
        data={
            "absent": str(town.anna.id),
            "other": str(town.bo.id),
            "from_on": day,
            "until_on": day,
            "reason": "病假",
        },
    )
    assert db.session.query(StandIn).count() == 1
    assert signed_in(town.anna).get("/assignments").status_code == 403


def test_todays_list_comes_in_every_order(town: Place, signed_in: Sign) -> None:
    phone = signed_in(town.anna)
    for order in ("urgency", "district", "site", "near", "nonsense"):
        page = phone.get(f"/visits/today?order={order}&lat=36.5&lon=104.1")
        assert (page.status_code, town.lift.name in page.text) == (200, True)
    assert "人民路街道" in phone.get("/visits/today?order=district").text


def test_a_manager_finds_a_record_by_lift_number_person_unit_class_and_day(
    town: Place, signed_in: Sign
) -> None:
    with db.transaction():
        piece = db.session.get_one(Equipment, town.lift.id)
        add_identifier(piece, IdentifierKind.EQUIPMENT_CODE, "311062001201500001", by=SYSTEM)
    firm = signed_in(town.boss)
    make_visit(town)
    day = make.days(-1).isoformat()
    for query, shown in (
        ("q=311062001201500001", True),
        ("q=测试小区", True),
        ("q=没有的小区", False),
        ("person=安师傅", True),
        ("person=卜师傅", False),
        ("person=无此人", False),
        (f"unit={town.unit.id}", True),
        (f"unit={town.firm.id}", False),
        ("duty=visit_half_month", True),
        ("duty=visit_year", False),
        (f"on_from={day}&on_until={day}", True),
        (f"on_from={make.days(0).isoformat()}", False),
    ):
        assert ("1 条" in firm.get(f"/visits?{query}").text) == shown, query


def make_visit(town: Place) -> None:
    """Yesterday's visit of one technician, as it stands in the table."""
    at = clock.site_midnight(make.days(-1))
    full(
        Visit,
        equipment_id=town.lift.id,
        organisation_id=town.firm.id,
        use_unit_id=town.unit.id,
        area=town.lift.area,
        category="elevator",
        duty="visit_half_month",
        state=VisitState.TO_SIGN,
        opened_at=at,
        closed_at=at,
        received_at=at,
        changed_at=at,
        on=make.days(-1),
        technicians=[str(town.anna.id)],
    )
