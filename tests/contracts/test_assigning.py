"""派工: whose a lift is, who stands in, who cannot be sent; and whose today's list it is on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from equipment.contracts import assigning
from equipment.contracts.assigning import technicians_on
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.geo import GeoPoint
from equipment.core.visiting import VisitingOrder, arranged
from equipment.maintenance.worklist import PlacedJob, jobs
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, lift_of, place


@pytest.fixture
def town(app: Flask) -> Place:
    return place()


def boss(town: Place) -> Viewer:
    return town.viewer(town.boss)


def going(town: Place, days: int = 0) -> frozenset[UUID]:
    db.session.rollback()
    return technicians_on(town.firm.id, [town.lift.id], make.days(days)).get(town.lift.id, frozenset())


def assign(town: Place, *people: UUID, **more: bool) -> None:
    with db.transaction():
        assigning.assign([town.lift.id], people, [], by=boss(town), **more)


def test_a_lift_is_on_the_list_of_whom_it_is_given_to_and_of_nobody_else(town: Place) -> None:
    anna, bo = town.viewer(town.anna), town.viewer(town.bo)
    assert [job.is_for(who) for job in jobs(anna) for who in (anna, bo)] == [True, True]  # nobody's yet
    assign(town, town.anna.id)
    db.session.rollback()
    assert [job.is_for(who) for job in jobs(anna) for who in (anna, bo)] == [True, False]
    assert jobs(anna)[0].technicians == ("安师傅",)


def test_whoever_stands_in_has_the_lifts_of_who_is_away_for_these_days(town: Place) -> None:
    assign(town, town.anna.id)
    with db.transaction():
        row = assigning.stand_in(town.anna.id, town.bo.id, make.days(1), make.days(2), "休假", by=boss(town))
        key = row.id
    assert [going(town, day) for day in (0, 1, 2, 3)] == [
        {town.anna.id},
        {town.bo.id},
        {town.bo.id},
        {town.anna.id},
    ]
    with db.transaction():
        assigning.cancel_stand_in(key, by=boss(town))
    assert going(town, 1) == {town.anna.id}


def test_a_new_assignment_takes_the_place_of_the_old_or_stands_beside_it(town: Place) -> None:
    assign(town, town.anna.id)
    assign(town, town.bo.id, beside=True)
    assert going(town) == {town.anna.id, town.bo.id}
    assign(town, town.bo.id)
    assert going(town, 1) == {town.bo.id}
    assign(town)
    assert going(town, 1) == frozenset()


def test_a_team_goes_together_and_a_closed_one_goes_nowhere(town: Place) -> None:
    with db.transaction():
        team = assigning.save_team(None, "一班", [town.anna.id, town.bo.id], by=boss(town)).id
        assigning.assign([town.lift.id], [], [team], by=boss(town))
    assert going(town) == {town.anna.id, town.bo.id}
    with db.transaction():
        assigning.close_team(team, by=boss(town))
    assert going(town) == frozenset()


def test_lifts_of_who_left_are_nobodys(town: Place) -> None:
    assign(town, town.anna.id)
    with make.writing():
        db.session.merge(town.anna).active = False
    assert going(town) == frozenset()


def test_who_cannot_be_sent_is_said_in_words(town: Place) -> None:
    stranger = make.user(make.organisation(OrganisationKind.FIRM), Role.TECHNICIAN, certificate="T").id
    uncertified = make.user(town.firm, Role.TECHNICIAN, name="新来的").id
    gone = make.user(town.firm, Role.TECHNICIAN, name="离职的", certificate="T", active=False).id
    texts = []
    for person in (stranger, uncertified, gone, town.boss.id):
        with pytest.raises(Invalid) as refusal, db.transaction():
            assigning.assign([town.lift.id], [person], [], by=boss(town))
        texts.append(str(refusal.value.fields["people"]))
    assert texts == [
        "? does not work for your firm.",
        "新来的 has no valid certificate T on file.",
        "离职的's account is closed.",
        "经理 is no technician.",
    ]


def test_only_the_manager_gives_out_and_only_his_own_lifts(town: Place) -> None:
    with pytest.raises(NotAllowed), db.transaction():
        assigning.assign([town.lift.id], [town.anna.id], [], by=town.viewer(town.anna))
    other = make.organisation(OrganisationKind.FIRM)
    theirs = lift_of(other, town.unit)
    with pytest.raises(NotFound), db.transaction():
        assigning.assign([theirs.id], [town.anna.id], [], by=boss(town))


def test_days_of_a_stand_in_that_make_no_sense_are_refused(town: Place) -> None:
    anna, bo, today = town.anna.id, town.bo.id, clock.today()
    cases = [
        ((anna, anna, today, today, "休假"), "other"),
        ((anna, bo, today, today - timedelta(days=1), "休假"), "until_on"),
        ((anna, bo, make.days(-3), make.days(-2), "休假"), "until_on"),
        ((anna, bo, today, today, " "), "reason"),
    ]
    for given, field in cases:
        with pytest.raises(Invalid) as refusal, db.transaction():
            assigning.stand_in(*given, by=boss(town))
        assert list(refusal.value.fields) == [field]
    with db.transaction():
        assigning.stand_in(anna, bo, today, today, "休假", by=boss(town))
    with pytest.raises(Conflict), db.transaction():
        assigning.stand_in(bo, anna, today, today, "休假", by=boss(town))


def test_the_orders_of_todays_list(town: Place) -> None:
    job = jobs(town.viewer(town.anna))[0]
    far, near, none = (
        PlacedJob(job, district, site, point)
        for district, site, point in (
            ("平川区", "乙小区", GeoPoint(36.70, 104.80)),
            ("白银区", "甲小区", GeoPoint(36.54, 104.17)),
            ("白银区", "甲小区", None),
        )
    )
    rows, here = [far, near, none], GeoPoint(36.55, 104.18)

    def order(wanted: VisitingOrder) -> list[tuple[str, list[PlacedJob]]]:
        return [(group.heading, group.rows) for group in arranged(rows, wanted, here)]

    assert order(VisitingOrder.URGENCY) == [("", rows)]
    assert order(VisitingOrder.DISTRICT) == [("平川区", [far]), ("白银区", [near, none])]
    assert order(VisitingOrder.SITE) == [("乙小区", [far]), ("甲小区", [near, none])]
    assert order(VisitingOrder.NEAR) == [("", [near, far]), ("Position not on file", [none])]
