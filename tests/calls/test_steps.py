"""A call from taken to closed: every step once, nothing overwritten, every bad input said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from equipment.calls import actions
from equipment.calls.corrections import correct
from equipment.calls.models import CallNote, RescueCall
from equipment.calls.queries import open_call_at
from equipment.calls.states import ArrivalHow, CallFlag, CallKind, CallState, DispatchLevel, DispatchResult
from equipment.calls.taking import describe, place
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.hazards.models import Finding
from equipment.people.models import Organisation
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.rules import EquipmentStatus
from equipment.reminders.models import Notice
from equipment.storage import db
from tests import make
from tests.calls.conftest import Town, again, at, lift_of


def fields_of(fault: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return set(fault.value.fields)


def sent(town: Town, call: RescueCall) -> object:
    with db.transaction():
        firm = db.session.get_one(Organisation, town.firm.id)
        return actions.dispatch(again(call), DispatchLevel.FIRM, by=town.by, firm=firm)


def test_a_call_goes_its_way_and_its_firm_is_told_in_the_minute(town: Town) -> None:
    call = town.call(10)
    assert (call.state, call.firm_id, call.limit_min) == (CallState.CALLED, town.firm.id, 30)
    row = sent(town, call)
    told = set(db.session.scalars(select(Notice.user_id)))
    assert told == {town.manager.id}
    manager = viewer_of(town.manager)
    with db.transaction():
        fresh = again(call)
        actions.answer(fresh, db.session.merge(row), DispatchResult.ACCEPTED, by=manager, eta_minutes=12)
        actions.arrive(fresh, at(2), ArrivalHow.STATED, by=town.by)
        actions.release(fresh, at(1), by=town.by, people=2, injured=0)
        actions.close(fresh, "door", by=town.by, narrative="门锁触点")
    done = again(call)
    assert (done.state, done.in_time, done.people, done.cause) == (CallState.CLOSED, True, 2, "door")
    steps = [note.step for note in db.session.scalars(select(CallNote).order_by(CallNote.recorded_at))]
    assert steps == ["opened", "dispatched", "answered", "arrived", "released", "closed"]


def test_of_two_at_once_the_second_is_told_and_nothing_is_overwritten(town: Town) -> None:
    call = town.call(10)
    with db.transaction():
        actions.arrive(again(call), at(4), ArrivalHow.STATED, by=town.by)
    with pytest.raises(Conflict), db.transaction():
        actions.arrive(again(call), at(1), ArrivalHow.STATED, by=viewer_of(town.colleague))
    first = again(call).arrived_at
    assert first is not None
    assert abs(first - at(4)) < timedelta(minutes=1)
    sent(town, call)
    with pytest.raises(Conflict):
        sent(town, call)  # the same firm is on its way already


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"arrived_at": -5}, {"arrived_at"}),
        ({"arrived_at": 5, "released_at": 4}, {"released_at"}),
        ({"released_at": 500}, {"released_at"}),
        ({"trapped": 300}, {"trapped"}),
        ({"people": -1}, {"people"}),
        ({"released_at": 5, "cause": "ghosts"}, {"cause"}),
        ({"cause": "door"}, {"cause"}),  # before anybody is out
        ({"equipment_id": None}, {"address"}),
    ],
)
def test_bad_input_is_said_at_its_field(town: Town, values: dict[str, object], fields: set[str]) -> None:
    called = clock.now() - timedelta(minutes=30)
    timed = {
        name: called + timedelta(minutes=value) if name.endswith("_at") else value  # type: ignore[arg-type]
        for name, value in values.items()
    }
    with pytest.raises(Invalid) as fault:
        town.call(30, called_at=called, **timed)
    assert fields_of(fault) == fields


def test_a_call_in_the_future_is_refused(town: Town) -> None:
    with pytest.raises(Invalid) as fault:
        town.call(-20)
    assert fields_of(fault) == {"called_at"}


def test_the_same_lift_calls_once_but_again_after_a_false_alarm(town: Town) -> None:
    call = town.call(3)
    with pytest.raises(Conflict):
        town.call(0)
    with db.transaction():
        actions.end(again(call), CallState.FALSE, "误按", by=town.by)
    assert town.call(0).state == CallState.CALLED


def test_the_same_number_stands_for_one_call(town: Town) -> None:
    town.call(400, number="JY1", released_at=at(390))
    with pytest.raises(Conflict) as fault:
        town.call(100, number="JY1")
    assert fields_of(fault) == {"number"}


def test_a_lift_nobody_can_name_is_recorded_and_named_later(town: Town) -> None:
    call = town.call(5, equipment_id=None, address="百货大楼后面")
    assert call.flags == [CallFlag.UNKNOWN_LIFT]
    assert call.area == town.centre.area
    with db.transaction():
        place(again(call), town.lift, by=town.by)
    fresh = again(call)
    assert (fresh.equipment_id, fresh.firm_id, fresh.flags) == (town.lift.id, town.firm.id, [])
    with pytest.raises(Conflict), db.transaction():
        place(again(call), town.lift, by=town.by)


@pytest.mark.parametrize("status", [EquipmentStatus.STOPPED, EquipmentStatus.SCRAPPED])
def test_people_may_sit_in_a_lift_that_is_out_of_use(town: Town, status: EquipmentStatus) -> None:
    lift = lift_of(town.unit, town.firm, status=status)
    assert town.call(1, equipment_id=lift.id).flags == [CallFlag.NOT_IN_USE]


def test_a_lift_elsewhere_is_not_this_centres(town: Town) -> None:
    lift = lift_of(town.unit, town.firm, area=make.ELSEWHERE)
    with pytest.raises(Invalid) as fault:
        town.call(1, equipment_id=lift.id)
    assert fields_of(fault) == {"code"}


def test_only_a_centre_takes_calls_and_only_its_own_work_on_them(town: Town) -> None:
    call = town.call(1)
    other = make.organisation(OrganisationKind.CENTRE, "别的中心", area=make.ELSEWHERE)
    stranger = viewer_of(make.user(other, Role.CALL_TAKER))
    with pytest.raises(NotAllowed), db.transaction():
        actions.tell(again(call), "偷看", by=stranger)
    with pytest.raises(NotAllowed), db.transaction():
        actions.close(again(call), "door", by=viewer_of(town.manager))


def test_a_closed_record_is_corrected_by_another_that_supersedes_it(town: Town) -> None:
    call = town.call(120, number="JY9", arrived_at=at(60), released_at=at(50), cause="door", people=1)
    assert again(call).in_time is False
    with pytest.raises(Invalid), db.transaction():
        correct(again(call), {}, " ", by=town.by)
    with db.transaction():
        fresh = correct(again(call), {"arrived_at": at(100)}, "录入有误", by=town.by)
    assert (fresh.in_time, fresh.number, fresh.supersedes_id) == (True, "JY9", call.id)
    assert again(call).superseded
    with pytest.raises(Conflict), db.transaction():
        correct(again(call), {"arrived_at": at(101)}, "再改", by=town.by)


def test_the_database_itself_takes_no_impossible_times(town: Town) -> None:
    call = town.call(10)
    earlier = update(RescueCall).where(RescueCall.id == call.id).values(dispatched_at=at(20))
    with pytest.raises(IntegrityError), db.transaction():
        db.session.execute(earlier)


def test_a_finding_is_made_by_a_person_and_once(town: Town) -> None:
    call = town.call(60, arrived_at=at(50), released_at=at(45), cause="door", people=1)
    assert db.session.scalars(select(Finding)).all() == []
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.COUNTY)
    supervisor = viewer_of(make.user(bureau, Role.SUPERVISOR))
    with db.transaction():
        actions.record_finding(again(call), "门锁触点接触不良", by=supervisor)
    assert [finding.equipment_id for finding in db.session.scalars(select(Finding))] == [town.lift.id]
    with pytest.raises(Conflict), db.transaction():
        actions.record_finding(again(call), "再来一次", by=supervisor)


def test_the_callers_phone_is_blanked_when_its_days_are_over(town: Town) -> None:
    call = town.call(2)
    with db.transaction():
        describe(
            again(call), by=town.by, caller_phone="13900001111", trapped=1, address="", kind=CallKind.TRAPPED
        )
    until = again(call).caller_until
    assert until == call.on + timedelta(days=90)
    for on, blanked in ((until, 0), (until + timedelta(days=1), 1)):
        with db.transaction():
            assert actions.blank_callers(on, 50) == blanked
    assert again(call).caller_phone == ""


def test_a_line_sent_twice_is_one(town: Town) -> None:
    call, key = town.call(2), new_id()
    for _ in range(2):
        with db.transaction():
            actions.tell(again(call), "轿内两人", by=town.by, note_id=key)
    lines = db.session.scalars(select(CallNote).where(CallNote.step == "told")).all()
    assert [line.text for line in lines] == ["轿内两人"]


def test_what_a_swipe_asks_is_the_newest_call_that_waits(town: Town) -> None:
    assert open_call_at(town.lift.id) is None
    call = town.call(2)
    waiting = open_call_at(town.lift.id)
    assert waiting is not None
    assert waiting.id == call.id
