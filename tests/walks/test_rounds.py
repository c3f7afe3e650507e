"""Rounds: what comes into one, in which order, once; what leaves it by itself; what was seen, late or twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound, OtherContent
from equipment.core.geo import stated_position
from equipment.core.ids import new_id
from equipment.core.months import add_months, month_end, month_start
from equipment.dues.actions import plan_piece
from equipment.ledger.models import Event
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.actions import change, change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.models import Choice
from equipment.regulation.queries import walk_days
from equipment.storage import db
from equipment.walks.actions import open_round, take_in
from equipment.walks.models import Walk
from equipment.walks.queries import open_rounds, progress_of, round_of
from equipment.walks.states import WalkClosing, WalkOutcome, WalkRowState
from equipment.walks.work import follow_walks
from tests import make
from tests.walks.conftest import OTHER_TOWNSHIP, Town

S = WalkRowState


def test_a_round_holds_what_is_overdue_in_its_own_area_street_by_street(town: Town) -> None:
    second = town.lift(address="解放路9号", position="2单元")
    other = make.organisation(OrganisationKind.USE_UNIT, "安居物业")
    third = town.lift(address="和平路3号", use_unit_id=other.id)
    first = town.lift(address="和平路1号", late=70)
    town.lift(late=-70)  # not due yet
    town.lift(status=EquipmentStatus.STOPPED)
    town.lift(area=OTHER_TOWNSHIP)
    town.lift(area=make.COUNTY)
    walk = town.open()
    rows = town.rows(walk)
    assert [row.equipment_id for row in rows] == [first.id, second.id, third.id]  # a unit's pieces together
    assert [(row.row_no, row.state, row.duty) for row in rows] == [
        (1, S.TO_WALK, "inspection"),
        (2, S.TO_WALK, "inspection"),
        (3, S.TO_WALK, "inspection"),
    ]
    assert first.next_inspection_on is not None
    assert rows[0].due_on == month_end(first.next_inspection_on)  # the month is valid to its end
    assert walk.number == f"HC-{clock.today():%Y%m}-{make.TOWNSHIP}"
    assert walk.due_on == clock.today() + timedelta(days=walk_days(clock.today()))


def test_a_county_walks_what_has_no_township(town: Town) -> None:
    town.lift()
    alone = town.lift(area=make.COUNTY)
    walk = town.open(make.COUNTY, town.settler)
    assert [row.equipment_id for row in town.rows(walk)] == [alone.id]


def test_a_piece_of_which_no_inspection_is_known_comes_in_by_hand_alone(town: Town) -> None:
    late = town.lift()
    dark = town.lift(last_inspected_on=None, next_inspection_on=None)
    walk = town.open(with_unknown=True)
    assert {row.equipment_id: row.due_on for row in town.rows(walk)} == {
        late.id: month_end(late.next_inspection_on or clock.today()),
        dark.id: None,
    }
    assert walk.with_unknown


def test_bottles_are_not_walked(town: Town) -> None:
    with make.writing():
        bottle = make.equipment(
            "cylinder",
            details={"variety": "lpg", "medium": "LPG"},
            made_on=clock.today() - timedelta(days=3000),
            owner_id=town.unit.id,
        )
        plan_piece(bottle, by_actor="system")
    with pytest.raises(Invalid) as refusal:
        town.open()
    assert set(refusal.value.fields) == {"area"}
    assert db.session.scalars(select(Walk)).all() == []


def test_an_office_opens_a_round_of_its_own_area_and_the_county_of_any_below(town: Town) -> None:
    town.lift()
    town.lift(area=OTHER_TOWNSHIP)
    for area in (OTHER_TOWNSHIP, make.COUNTY, make.ELSEWHERE):
        with pytest.raises(NotFound):
            town.open(area)
    assert town.open(OTHER_TOWNSHIP, town.settler).area == OTHER_TOWNSHIP
    inspector = make.user(town.body, Role.INSPECTOR)
    with pytest.raises(NotAllowed):
        town.open(make.TOWNSHIP, inspector)


def test_a_second_round_of_the_month_is_refused(town: Town) -> None:
    town.lift()
    town.open()
    with pytest.raises(Conflict):
        town.open()
    with pytest.raises(Conflict):
        town.open(make.TOWNSHIP, town.settler)


def test_two_who_open_at_once_open_one(town: Town) -> None:
    town.lift()
    by, ends = [town.by(town.officer), town.by(town.settler)], []
    gate = threading.Barrier(2)
    db.session.rollback()

    def run(viewer) -> None:  # type: ignore[no-untyped-def]
        with town.app.app_context():
            gate.wait()
            try:
                with db.transaction():
                    open_round(make.TOWNSHIP, clock.today(), by=viewer)
                ends.append("open")
            except Conflict:
                ends.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(viewer,)) for viewer in by]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["open", "refused"]
    assert len(db.session.scalars(select(Walk)).all()) == 1


def test_what_is_overdue_since_joins_by_the_button_or_the_next_round(town: Town) -> None:
    town.lift()
    walk = town.open()
    later = town.lift()
    with db.transaction():
        assert take_in(round_of(SYSTEM, walk.id), by=town.by(town.officer)) == 1
    with db.transaction():
        assert take_in(round_of(SYSTEM, walk.id), by=town.by(town.officer)) == 0
    assert [(row.row_no, row.equipment_id) for row in town.rows(walk)][1] == (2, later.id)
    newest = town.lift()
    next_month = add_months(month_start(clock.today()), 1)
    with clock.played(clock.site_midnight(next_month) + timedelta(hours=1)), db.transaction():
        following = open_round(make.TOWNSHIP, next_month, by=SYSTEM)
    # a piece is in one open round only: what nobody walked stays in the round of its month
    assert [row.equipment_id for row in town.rows(following)] == [newest.id]


def test_the_night_of_the_day_opens_a_round_for_every_office_that_has_something(town: Town) -> None:
    town.lift()
    town.lift(area=OTHER_TOWNSHIP)
    town.lift(area=make.COUNTY)
    first = add_months(month_start(clock.today()), 1)
    with clock.played(clock.site_midnight(first) + timedelta(hours=1)):
        assert follow_walks(first) == {"closed": 0, "opened": 3}
        assert follow_walks(first) == {"closed": 0, "opened": 0}
    opened = db.session.scalars(open_rounds(SYSTEM).order_by(Walk.area)).all()
    assert [walk.area for walk in opened] == [make.COUNTY, make.TOWNSHIP, OTHER_TOWNSHIP]
    assert {walk.month for walk in opened} == {first}


def chosen(key: str, value: str) -> None:
    with make.writing():
        db.session.add(
            Choice(
                id=new_id(),
                key=key,
                subject="",
                value={"value": value},
                since=clock.today() - timedelta(days=400),
                cite="局长办公会",
                chosen_by=None,
                chosen_at=clock.now() - timedelta(days=400),
            )
        )


def test_another_night_opens_none_and_the_bureau_sets_the_day(town: Town) -> None:
    town.lift()
    day = add_months(month_start(clock.today()), 1) + timedelta(days=9)
    with clock.played(clock.site_midnight(day) + timedelta(hours=1)):
        assert follow_walks(day)["opened"] == 0
        chosen("walk_opens_on", "10")
        assert follow_walks(day)["opened"] == 1


def test_rows_close_by_themselves_and_say_why(town: Town) -> None:
    stopped, moved, inspected, left = (town.lift(position=str(number)) for number in range(4))
    walk = town.open()
    town.tap(walk, 2, WalkOutcome.IN_USE)
    by = town.by(town.settler)
    with db.transaction():
        change_status(
            db.session.get_one(Equipment, stopped.id), EquipmentStatus.STOPPED, reason="报停", by=by
        )
        change(db.session.get_one(Equipment, moved.id), {"area": OTHER_TOWNSHIP}, by=by)
        today = clock.today()
        change(
            db.session.get_one(Equipment, inspected.id),
            {"last_inspected_on": today, "next_inspection_on": today + timedelta(days=300)},
            by=by,
        )
        plan_piece(db.session.get_one(Equipment, inspected.id), by_actor="system")
    assert follow_walks(clock.today() + timedelta(days=1))["closed"] == 3
    by_piece = {row.equipment_id: (row.state, row.closing) for row in town.rows(walk)}
    assert by_piece == {
        stopped.id: (S.CLOSED, WalkClosing.OUT_OF_USE),
        moved.id: (S.CLOSED, WalkClosing.ELSEWHERE),
        inspected.id: (S.CLOSED, WalkClosing.NOT_OVERDUE),
        left.id: (S.TO_WALK, None),
    }
    assert next(row for row in town.rows(walk) if row.equipment_id == moved.id).outcome is WalkOutcome.IN_USE
    assert round_of(SYSTEM, walk.id).closed_at is None
    with db.transaction():
        change_status(db.session.get_one(Equipment, left.id), EquipmentStatus.SCRAPPED, reason="报废", by=by)
    follow_walks(clock.today() + timedelta(days=1))
    assert round_of(SYSTEM, walk.id).closed_at is not None  # nothing of it is left


def verbs(piece: Equipment) -> list[str]:
    events = select(Event.verb).where(Event.subject == f"equipment:{piece.id}").order_by(Event.seq)
    return [verb for verb in db.session.scalars(events) if verb.startswith("walk.seen")]


def test_another_tap_corrects_the_first_and_both_are_in_the_ledger(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    town.tap(walk, 1, WalkOutcome.IN_USE)
    town.tap(walk, 1, WalkOutcome.STOPPED, who=town.second, note="机房已断电")
    row = town.rows(walk)[0]
    assert (row.state, row.outcome, row.note, row.walked_by) == (
        S.WALKED,
        WalkOutcome.STOPPED,
        "机房已断电",
        town.second.id,
    )
    assert verbs(lift) == ["walk.seen", "walk.seen"]


def test_the_same_message_twice_adds_nothing_and_other_content_is_refused(town: Town) -> None:
    lift = town.lift()
    walk, key, at = town.open(), new_id(), clock.now()
    assert not town.tap(walk, 1, WalkOutcome.APPLIED, message_id=key, at=at).is_again
    assert town.tap(walk, 1, WalkOutcome.APPLIED, message_id=key, at=at).is_again
    with pytest.raises(OtherContent):
        town.tap(walk, 1, WalkOutcome.IN_USE, message_id=key, at=at)
    assert verbs(lift) == ["walk.seen"]
    assert town.rows(walk)[0].outcome is WalkOutcome.APPLIED


def test_of_two_officers_at_one_row_the_later_tap_stands_whichever_comes_first(town: Town) -> None:
    lift = town.lift()
    with clock.played(clock.now() - timedelta(hours=5)):
        walk = town.open()
    noon = clock.now() - timedelta(hours=2)
    town.tap(walk, 1, WalkOutcome.STOPPED, who=town.second, at=noon)
    earlier = town.tap(walk, 1, WalkOutcome.IN_USE, at=noon - timedelta(hours=1))  # it had no signal
    assert earlier.is_older
    row = town.rows(walk)[0]
    assert (row.outcome, row.happened_at, row.walked_by) == (WalkOutcome.STOPPED, noon, town.second.id)
    assert verbs(lift) == ["walk.seen", "walk.seen_before"]


def test_a_late_message_keeps_its_own_time_and_a_wrong_clock_does_not(town: Town) -> None:
    town.lift(position="1")
    town.lift(position="2")
    with clock.played(clock.now() - timedelta(hours=5)):
        walk = town.open()
    at = clock.now() - timedelta(hours=3)
    town.tap(walk, 1, WalkOutcome.IN_USE, at=at)
    town.tap(walk, 2, WalkOutcome.IN_USE, at=clock.now() - timedelta(days=400))
    first, second = town.rows(walk)
    assert (first.happened_at, first.doubted) == (at, False)
    assert second.doubted
    assert second.happened_at == second.received_at


def test_a_position_is_kept_and_none_is_missed(town: Town) -> None:
    town.lift(position="1")
    town.lift(position="2")
    town.lift(position="3")
    walk = town.open()
    town.tap(walk, 1, WalkOutcome.IN_USE, position=stated_position(36.5, 104.25, 12))
    town.tap(walk, 2, WalkOutcome.IN_USE)
    town.tap(walk, 3, WalkOutcome.IN_USE, position=stated_position(936.5, 104.25, 12))
    assert [(row.latitude, row.longitude, row.accuracy_m) for row in town.rows(walk)] == [
        (365_000_000, 1_042_500_000, 12),
        (None, None, None),
        (None, None, None),
    ]


def test_nobody_walks_a_closed_row_or_one_that_is_not_there(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    with pytest.raises(NotFound):
        town.tap(walk, 2, WalkOutcome.IN_USE)
    with db.transaction():
        piece = db.session.get_one(Equipment, lift.id)
        change_status(piece, EquipmentStatus.SCRAPPED, reason="报废", by=town.by(town.settler))
    town.tap(walk, 1, WalkOutcome.REMOVED)  # seen all the same: the row is still open
    follow_walks(clock.today() + timedelta(days=1))
    with pytest.raises(Conflict) as refusal:
        town.tap(walk, 1, WalkOutcome.IN_USE)
    assert set(refusal.value.fields) == {"outcome"}


def test_progress_counts_every_row_once(town: Town) -> None:
    for number in range(3):
        town.lift(position=str(number))
    walk = town.open()
    town.tap(walk, 1, WalkOutcome.IN_USE)
    assert progress_of([walk.id])[walk.id] == (2, 1, 0, 0)
    assert (progress_of([walk.id])[walk.id].done, progress_of([walk.id])[walk.id].total) == (1, 3)


def test_a_neighbour_office_sees_nothing_of_it(town: Town) -> None:
    town.lift()
    walk = town.open()
    neighbour = make.organisation(OrganisationKind.REGULATOR, "公园路所", area=OTHER_TOWNSHIP)
    by = town.by(make.user(neighbour, Role.SUPERVISOR))
    with pytest.raises(NotFound):
        round_of(by, walk.id)
    assert round_of(town.by(town.settler), walk.id).id == walk.id
    unit = town.by(make.user(town.unit, Role.SAFETY_OFFICER))
    assert db.session.scalars(visible(unit, Walk)).all() == []
