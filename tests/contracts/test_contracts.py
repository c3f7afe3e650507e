"""Contracts from entry to end: who may what, what overlaps, what the register says, from when duties count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from equipment.contracts import actions, handing_over
from equipment.contracts.actions import ContractTerms
from equipment.contracts.facing import follow_contracts
from equipment.contracts.models import Contract, ContractLift, Handover
from equipment.contracts.queries import contract_at, contract_of, contracts_at, handover_of, people_at
from equipment.contracts.states import ContractKind, ContractState, HandoverState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.dues.actions import done, plan_piece
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.regulation.planning import VISITS, DueKind
from equipment.rules.actions import choose
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, lift_of, place


def terms(since: int = 0, until: int = 364, **more: Any) -> ContractTerms:
    plain = ContractTerms(
        number="WB-1",
        kind=ContractKind.FULL,
        mode=MaintenanceMode.REGULAR,
        people=2,
        from_on=make.days(since),
        until_on=make.days(until),
    )
    return replace(plain, **more)


@pytest.fixture
def town(app: Flask) -> Place:
    here = place()
    here.extra["rival"] = make.organisation(OrganisationKind.FIRM, "对手维保公司")
    here.extra["rival_boss"] = make.user(here.extra["rival"], Role.FIRM_MANAGER, name="对手经理")
    bureau = make.organisation(OrganisationKind.REGULATOR, "区局", area=make.COUNTY)
    here.extra["officer"] = make.user(bureau, Role.SUPERVISOR, name="监察员")
    return here


def boss(town: Place) -> Viewer:
    return town.viewer(town.boss)


def safe(town: Place) -> Viewer:
    return town.viewer(town.safe)


def rival(town: Place) -> Viewer:
    return town.viewer(town.extra["rival_boss"])


def officer(town: Place) -> Viewer:
    return town.viewer(town.extra["officer"])


def enter(town: Place, by: Viewer, firm: UUID, *, lifts: Sequence[UUID] = (), **more: Any) -> UUID:
    with db.transaction():
        made = actions.enter(terms(**more), firm, town.unit.id, lifts or [town.lift.id], by=by, key=new_id())
        return made.id


def contract(key: UUID) -> Contract:
    db.session.rollback()
    return contract_of(key, by=SYSTEM)


def lift(town: Place) -> Equipment:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Equipment, town.lift.id)


def without_firm(town: Place) -> None:
    with db.transaction():
        change(db.session.get_one(Equipment, town.lift.id), {"maintenance_firm_id": None}, by=SYSTEM)


def next_visit(town: Place) -> Due:
    db.session.rollback()
    db.session.expire_all()
    return (
        db.session.query(Due)
        .filter(Due.equipment_id == town.lift.id, Due.kind.in_(VISITS), Due.state == DueState.OPEN)
        .one()
    )


def test_a_firm_on_file_states_its_contract_and_the_use_unit_confirms_it(town: Place) -> None:
    key = enter(town, boss(town), town.firm.id)
    assert contract(key).state is ContractState.STATED
    assert contract_at(town.lift.id, clock.today()).id == key  # type: ignore[union-attr]
    with db.transaction():
        actions.confirm(contract_of(key, by=safe(town)), by=safe(town))
    assert (contract(key).state, contract(key).decided_by) == (ContractState.CONFIRMED, town.safe.id)


def test_the_same_form_again_is_the_contract_that_is_there(town: Place) -> None:
    key = new_id()
    with db.transaction():
        one = actions.enter(terms(), town.firm.id, town.unit.id, [town.lift.id], by=boss(town), key=key).id
    with db.transaction():
        other = actions.enter(terms(), town.firm.id, town.unit.id, [town.lift.id], by=boss(town), key=key).id
    assert one == other == key
    assert db.session.query(ContractLift).count() == 1


def test_a_firm_takes_a_lift_of_nobody_by_its_statement_until_the_use_unit_says_no(town: Place) -> None:
    without_firm(town)
    key = enter(town, rival(town), town.extra["rival"].id)
    assert contract(key).state is ContractState.STATED
    assert lift(town).maintenance_firm_id == town.extra["rival"].id
    with db.transaction():
        actions.decline(contract_of(key, by=safe(town)), "没有签过", by=safe(town))
    assert lift(town).maintenance_firm_id is None
    assert contract_at(town.lift.id, clock.today()) is None


def test_a_lift_that_another_firm_has_on_file_is_taken_only_with_the_use_units_word(town: Place) -> None:
    key = enter(town, rival(town), town.extra["rival"].id)
    assert contract(key).state is ContractState.PROPOSED
    assert lift(town).maintenance_firm_id == town.firm.id
    assert contract_at(town.lift.id, clock.today()) is None
    with db.transaction():
        actions.confirm(contract_of(key, by=safe(town)), by=safe(town))
    assert lift(town).maintenance_firm_id == town.extra["rival"].id
    left = db.session.query(Handover).one()
    assert (left.organisation_id, left.to_id, left.contract_id) == (
        town.firm.id,
        town.extra["rival"].id,
        None,
    )


def test_a_declined_statement_of_the_firm_on_file_leaves_it_on_file(town: Place) -> None:
    key = enter(town, boss(town), town.firm.id)
    with db.transaction():
        actions.decline(contract_of(key, by=safe(town)), "已到期未续", by=safe(town))
    assert lift(town).maintenance_firm_id == town.firm.id


def test_a_contract_over_a_running_one_is_refused_with_both_named(town: Place) -> None:
    enter(town, boss(town), town.firm.id)
    with pytest.raises(Invalid) as refusal, db.transaction():
        actions.enter(
            terms(number="R-1"), town.extra["rival"].id, town.unit.id, [town.lift.id], by=officer(town)
        )
    text = str(refusal.value.fields["lifts"])
    assert [part in text for part in ("WB-1", "测试维保公司", make.days(364).isoformat())] == [True] * 3
    with pytest.raises(Invalid) as refusal, db.transaction():
        actions.enter(terms(number="WB-2"), town.firm.id, town.unit.id, [town.lift.id], by=boss(town))
    assert "It is under your contract WB-1" in str(refusal.value.fields["lifts"])


def test_two_proposals_may_stand_side_by_side_but_one_is_confirmed(town: Place) -> None:
    other = make.organisation(OrganisationKind.FIRM, "第三家")
    third = viewer_of(make.user(other, Role.FIRM_MANAGER))
    one, two = enter(town, rival(town), town.extra["rival"].id), enter(town, third, other.id)
    with db.transaction():
        actions.confirm(contract_of(one, by=safe(town)), by=safe(town))
    with pytest.raises(Invalid) as refusal, db.transaction():
        actions.confirm(contract_of(two, by=safe(town)), by=safe(town))
    assert "对手维保公司" in str(refusal.value.fields["lifts"])
    assert contract(two).state is ContractState.PROPOSED


def test_the_next_firm_begins_the_day_after_the_running_contract_ends(town: Place) -> None:
    key = enter(town, boss(town), town.firm.id, until=30)
    with db.transaction():
        actions.end(contract_of(key, by=safe(town)), make.days(3), "提前终止", by=safe(town))
    follows = enter(town, officer(town), town.extra["rival"].id, since=4, number="R-1")
    assert lift(town).maintenance_firm_id == town.firm.id
    follow_contracts(make.days(3))
    assert lift(town).maintenance_firm_id == town.firm.id
    with clock.played(clock.site_midnight(make.days(4))):
        follow_contracts(make.days(4))
    assert lift(town).maintenance_firm_id == town.extra["rival"].id
    assert contract(key).state is ContractState.ENDED
    assert contract_at(town.lift.id, make.days(4)).id == follows  # type: ignore[union-attr]
    assert contract_at(town.lift.id, make.days(2)).id == key  # type: ignore[union-attr]
    left = db.session.query(Handover).one()
    assert (left.organisation_id, left.to_id, left.contract_id) == (town.firm.id, town.extra["rival"].id, key)
    assert follow_contracts(make.days(4)) == {"ended": 0, "lifts": 0, "left": 0}


def test_without_a_successor_the_firm_goes_and_comes_back_only_by_hand(town: Place) -> None:
    key = enter(town, boss(town), town.firm.id, until=2)
    with clock.played(clock.site_midnight(make.days(3))):
        follow_contracts(make.days(3))
    assert lift(town).maintenance_firm_id is None
    assert contract(key).ended_on == make.days(2)
    with db.transaction():
        change(db.session.get_one(Equipment, town.lift.id), {"maintenance_firm_id": town.firm.id}, by=SYSTEM)
    with clock.played(clock.site_midnight(make.days(4))):
        follow_contracts(make.days(4))
    assert lift(town).maintenance_firm_id == town.firm.id  # put on file by hand since: it stays


def test_while_a_contract_is_in_force_an_edit_cannot_name_another_firm(town: Place) -> None:
    enter(town, boss(town), town.firm.id)
    with pytest.raises(Conflict) as refusal, db.transaction():
        change(
            db.session.get_one(Equipment, town.lift.id),
            {"maintenance_firm_id": town.extra["rival"].id},
            by=officer(town),
        )
    assert "WB-1" in str(refusal.value.fields["maintenance_firm_id"])
    assert lift(town).maintenance_firm_id == town.firm.id


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"until": -1}, "until_on"),
        ({"number": " "}, "number"),
        ({"people": 1}, "people"),
        ({"since": -30, "until": -1}, "until_on"),
        ({"until": 365 * 40}, "until_on"),
    ],
)
def test_bad_terms_say_at_which_field(town: Place, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal, db.transaction():
        actions.enter(terms(**more), town.firm.id, town.unit.id, [town.lift.id], by=boss(town))
    assert field in refusal.value.fields


@pytest.mark.parametrize("status", [EquipmentStatus.STOPPED, EquipmentStatus.SCRAPPED])
def test_a_stopped_or_scrapped_lift_comes_under_no_contract(town: Place, status: EquipmentStatus) -> None:
    other = make.equipment(
        "elevator",
        status=status,
        use_unit_id=town.unit.id,
        maintenance_firm_id=town.firm.id,
        catalogue_code="3110",
        details={"catalogue": "3110"},
    )
    with pytest.raises(Invalid) as refusal, db.transaction():
        actions.enter(terms(), town.firm.id, town.unit.id, [town.lift.id, other.id], by=boss(town))
    assert list(refusal.value.fields) == ["lifts"]
    assert db.session.query(Contract).count() == 0


def test_no_stranger_enters_answers_ends_or_sees_a_contract(town: Place) -> None:
    with pytest.raises(NotAllowed), db.transaction():
        actions.enter(terms(), town.firm.id, town.unit.id, [town.lift.id], by=rival(town))
    key = enter(town, boss(town), town.firm.id)
    stranger = viewer_of(make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER))
    far = make.organisation(OrganisationKind.REGULATOR, area=make.ELSEWHERE)
    outside = viewer_of(make.user(far, Role.SUPERVISOR))
    for viewer in (rival(town), stranger, outside):
        with pytest.raises(NotFound):
            contract_of(key, by=viewer)
    with pytest.raises(NotAllowed), db.transaction():
        actions.confirm(contract_of(key, by=boss(town)), by=boss(town))
    assert contract_of(key, by=officer(town)).id == key


def test_what_the_firm_changes_of_a_confirmed_contract_waits_again(town: Place) -> None:
    key = enter(town, boss(town), town.firm.id)
    with db.transaction():
        actions.confirm(contract_of(key, by=safe(town)), by=safe(town))
    with db.transaction():
        actions.amend(contract_of(key, by=boss(town)), terms(kind=ContractKind.LABOUR), by=boss(town))
    assert (contract(key).state, contract(key).kind) == (ContractState.STATED, ContractKind.LABOUR)


def test_other_days_are_looked_at_like_a_new_contract(town: Place) -> None:
    first = enter(town, boss(town), town.firm.id, until=30)
    enter(town, boss(town), town.firm.id, since=31, until=300, number="WB-2")
    with pytest.raises(Invalid) as refusal, db.transaction():
        actions.amend(contract_of(first, by=boss(town)), terms(until=40), by=boss(town))
    assert "WB-2" in str(refusal.value.fields["lifts"])
    with db.transaction():
        actions.amend(contract_of(first, by=boss(town)), terms(until=25), by=boss(town))
    assert contracts_at([town.lift.id], make.days(26)) == {}


def test_lifts_come_under_a_running_contract_and_leave_it(town: Place) -> None:
    key = enter(town, boss(town), town.firm.id)
    more = lift_of(town.firm, town.unit)
    with db.transaction():
        assert actions.add_lifts(contract_of(key, by=boss(town)), [more.id], make.days(0), by=boss(town)) == 1
    with db.transaction():
        actions.take_out(contract_of(key, by=boss(town)), more.id, make.days(5), by=boss(town))
    assert set(contracts_at([more.id, town.lift.id], make.days(5))) == {more.id, town.lift.id}
    assert set(contracts_at([more.id, town.lift.id], make.days(6))) == {town.lift.id}


def test_one_technician_counts_while_the_bureau_allows_it(town: Place) -> None:
    admin = viewer_of(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )
    with db.transaction():
        choose("one_person", clock.today(), {"value": "allowed"}, by=admin)
    key = enter(town, boss(town), town.firm.id, people=1)
    assert contract(key).people == 1
    assert people_at(town.lift.id, "elevator", clock.today()) == 1
    with db.transaction():
        choose("one_person", clock.today(), {"value": ""}, by=admin)
    assert people_at(town.lift.id, "elevator", clock.today()) == 2


def test_a_firm_that_takes_over_is_not_overdue_for_what_the_other_left_out(town: Place) -> None:
    late = lift_of(town.firm, town.unit, visited=60)
    town.lift = late
    assert next_visit(town).due_on < clock.today()
    without_firm(town)
    enter(town, rival(town), town.extra["rival"].id)
    due = next_visit(town)
    assert due.due_on == make.days(15)
    assert due.firm_id == town.extra["rival"].id
    assert "contract begins" in str(due.explanation["msgid"])


def test_the_firm_that_was_there_already_stays_overdue(town: Place) -> None:
    town.lift = lift_of(town.firm, town.unit, visited=60)
    before = next_visit(town).due_on
    enter(town, boss(town), town.firm.id)
    assert next_visit(town).due_on == before < clock.today()


def test_a_renewal_goes_on_from_the_last_visit(town: Place) -> None:
    without_firm(town)
    enter(town, rival(town), town.extra["rival"].id, until=2)
    enter(town, rival(town), town.extra["rival"].id, since=3, number="WB-2")
    rows = db.session.query(ContractLift).order_by(ContractLift.from_on).all()
    assert [row.duties_from for row in rows] == [make.days(0), make.days(0)]


def test_a_hand_over_says_what_was_open_and_is_accepted_or_refused(town: Place) -> None:
    with db.transaction():
        piece = db.session.get_one(Equipment, town.lift.id)
        done(piece, DueKind.VISIT_QUARTER, on=make.days(-20), by="visit:test")
        plan_piece(piece, by_actor="test")
    key = enter(town, rival(town), town.extra["rival"].id)
    with db.transaction():
        actions.confirm(contract_of(key, by=safe(town)), by=safe(town))
    left = db.session.query(Handover).one()
    listed = left.lifts[0]
    assert listed["last"] == {"visit_quarter": make.days(-20).isoformat()}
    assert [due["on"] for due in listed["dues"] if due["kind"].startswith("visit")] == [
        make.days(-5).isoformat()
    ]
    with db.transaction():
        rows = [("机房钥匙", True), ("", True), ("备用门锁", False)]
        handing_over.set_things(handover_of(left.id, by=boss(town)), rows, by=boss(town))
    with pytest.raises(NotAllowed), db.transaction():
        handing_over.accept(handover_of(left.id, by=boss(town)), by=boss(town))
    with pytest.raises(Invalid), db.transaction():
        handing_over.refuse(handover_of(left.id, by=rival(town)), " ", by=rival(town))
    with db.transaction():
        handing_over.refuse(handover_of(left.id, by=rival(town)), "钥匙不全", by=rival(town))
    with db.transaction():
        handing_over.offer_again(handover_of(left.id, by=boss(town)), by=boss(town))
    with db.transaction():
        handing_over.accept(handover_of(left.id, by=rival(town)), by=rival(town))
    db.session.rollback()
    left = db.session.query(Handover).one()
    assert left.state is HandoverState.ACCEPTED
    assert left.things == [{"text": "机房钥匙", "ticked": True}, {"text": "备用门锁", "ticked": False}]
    for viewer in (safe(town), officer(town)):
        assert handover_of(left.id, by=viewer).id == left.id
    other = viewer_of(make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER))
    with pytest.raises(NotFound):
        handover_of(left.id, by=other)


def test_what_was_left_to_nobody_goes_to_whoever_comes(town: Place) -> None:
    second = lift_of(town.firm, town.unit)
    enter(town, boss(town), town.firm.id, lifts=[town.lift.id, second.id], until=1)
    with clock.played(clock.site_midnight(make.days(2))):
        follow_contracts(make.days(2))
        left = db.session.query(Handover).one()
        assert (left.to_id, len(left.lifts)) == (None, 2)
        enter(town, rival(town), town.extra["rival"].id, lifts=[second.id], number="R-1")
    db.session.rollback()
    parts = {part.to_id: [lift["lift"] for lift in part.lifts] for part in db.session.query(Handover)}
    assert parts == {None: [str(town.lift.id)], town.extra["rival"].id: [str(second.id)]}
