"""Firms of a month as the bureau sees them, one firm as it sees itself, and what is final."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.months import add_months, month_start
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.firms.counting import finish_months
from equipment.firms.models import FirmMonth
from equipment.firms.queries import ratings, records_behind
from equipment.firms.rules import Number, Rating
from equipment.maintenance.models import Visit
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.rules.actions import choose
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, lift_of, loosen, place

SignIn = Callable[[User], FlaskClient]
TODAY = datetime(2026, 11, 20, 3, 0, tzinfo=clock.SITE)
LAST = date(2026, 10, 1)
pytestmark = pytest.mark.forged


@pytest.fixture
def at(app: Flask) -> Any:
    with time_machine.travel(TODAY, tick=False):
        yield place()


def fell_due(lift: Equipment, day: date, made: date | None, firm: UUID, **more: Any) -> UUID:
    """A visit that fell due on a day, with the visit that settled it, if one did."""
    due_id, visit_id = new_id(), new_id()
    about = {"equipment_id": lift.id, "area": lift.area, "category": "elevator"}
    with make.writing():
        db.session.add(
            Due(
                **about,
                id=due_id,
                kind=DueKind.VISIT_HALF_MONTH,
                state=DueState.DONE if made else DueState.OPEN,
                due_on=day,
                done_on=made,
                done_by=f"visit:{visit_id}" if made else "",
                citation={},
                explanation={"msgid": "", "params": {}},
                firm_id=firm,
                planned_at=clock.now(),
            )
        )
        if made:
            began = clock.site_midnight(made) + timedelta(hours=9)
            facts: dict[str, Any] = {
                "organisation_id": firm,
                "duty": DueKind.VISIT_HALF_MONTH,
                "state": "to_sign",
                "opened_at": began,
                "closed_at": began + timedelta(minutes=40),
                "received_at": began,
                "on": made,
                "technicians": [],
                "counted": True,
                "grade": "reader",
            }
            db.session.add(Visit(**about, id=visit_id, due_id=due_id, **{**facts, **more}))
    return due_id


def month_of(at: Place) -> None:
    """October: two in time (one of them by hand), one late; this month one not made."""
    with make.writing():
        db.session.query(Due).delete()
    fell_due(at.lift, date(2026, 10, 8), date(2026, 10, 8), at.firm.id)
    fell_due(at.lift, date(2026, 10, 20), date(2026, 10, 19), at.firm.id, swiped=False)
    fell_due(at.lift, date(2026, 10, 28), date(2026, 10, 30), at.firm.id)
    fell_due(at.lift, date(2026, 11, 12), None, at.firm.id)


def bureau(area: str = make.COUNTY, role: Role = Role.SUPERVISOR) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR), role, area=area)


def counted(month: date, area: str = "") -> dict[Number, int]:
    (firm,) = ratings(month, area)
    return dict(firm.counts)


def test_a_month_is_counted_record_by_record(at: Place) -> None:
    month_of(at)
    (firm,) = ratings(LAST, "")
    assert {number: firm.counts[number] for number in Number if firm.counts[number]} == {
        Number.ON_TIME: 2,
        Number.LATE: 1,
        Number.ON_TIME_SWIPED: 1,
        Number.SWIPED: 2,
        Number.BY_HAND: 1,
        Number.UNSIGNED: 3,
    }
    assert firm.rate(Rating.ON_TIME) == (2, 3)
    assert [one.equipment_id for one in records_behind(LAST, "", at.firm.id, Number.LATE)] == [at.lift.id]
    assert ratings(LAST, make.ELSEWHERE) == []
    november = counted(date(2026, 11, 1))
    assert (november[Number.MISSED], november.get(Number.ON_TIME, 0)) == (1, 0)


def test_whoever_took_a_lift_over_in_the_month_does_not_answer_for_the_days_before(at: Place) -> None:
    other = make.organisation(OrganisationKind.FIRM, "接手维保公司")
    neglected = lift_of(at.firm, at.unit, visited=30)  # its first visit fell due on the 5th
    with db.transaction():
        lift = db.session.get_one(Equipment, neglected.id)
        change(lift, {"maintenance_firm_id": other.id}, by=SYSTEM)
    db.session.rollback()
    sums = {firm.name: firm.counts for firm in ratings(date(2026, 11, 1), "")}
    assert sums["测试维保公司"][Number.MISSED] == 1
    assert sums["接手维保公司"][Number.MISSED] == 0
    assert sums["接手维保公司"][Number.NO_PLATE] == 1


def test_a_month_becomes_final_once_and_moves_no_more(at: Place) -> None:
    month_of(at)
    assert finish_months(clock.today()) == 1
    assert finish_months(clock.today()) == 0
    (row,) = db.session.scalars(visible(SYSTEM, FirmMonth)).all()
    assert (row.month, row.area, row.counts["on_time"]) == (LAST, make.COUNTY, 2)
    fell_due(at.lift, date(2026, 10, 15), date(2026, 10, 16), at.firm.id)
    assert counted(LAST)[Number.ON_TIME] == 2
    assert counted(LAST)[Number.LATE] == 1


def test_late_records_are_waited_for(at: Place) -> None:
    month_of(at)
    with time_machine.travel(datetime(2026, 11, 9, 3, 0, tzinfo=clock.SITE), tick=False):
        assert finish_months(clock.today()) == 0


def test_the_bureau_sees_every_firm_and_a_firm_itself_alone(at: Place, signed_in: SignIn) -> None:
    month_of(at)
    rival = make.organisation(OrganisationKind.FIRM, "别家维保公司")
    boss = make.user(rival, Role.FIRM_MANAGER)
    supervisor = signed_in(bureau())
    page = supervisor.get("/firms?month=2026-10").text
    assert "测试维保公司" in page
    assert "66.7 %" in page
    own, others = f"/firms/{at.firm.id}", f"/firms/{rival.id}"
    manager = signed_in(at.boss)
    assert manager.get("/firms").location == own
    shown = manager.get(f"{own}?month=2026-10").text
    assert "66.7 %" in shown
    assert manager.get(others).status_code == 404
    assert signed_in(boss).get(own).status_code == 404
    assert signed_in(boss).get(others).status_code == 200  # a month of nothing has a page
    assert signed_in(bureau(make.ELSEWHERE)).get(own).status_code == 404
    behind = f"{own}/behind?number=late&month=2026-10"
    assert "测试小区1号梯" in manager.get(behind).text
    assert signed_in(boss).get(behind).status_code == 404
    assert manager.get(f"{own}/behind?number=nonsense").status_code == 404
    for who in (at.anna, at.safe):
        assert signed_in(who).get("/firms").status_code in (403, 404)


def test_the_score_is_the_bureaus_alone_until_it_is_adopted_by_a_document(
    at: Place, signed_in: SignIn
) -> None:
    month_of(at)
    own = f"/firms/{at.firm.id}"
    assert "全市排名" not in signed_in(at.boss).get(own).text
    assert "试算，未公布" in signed_in(bureau()).get(f"{own}?month=2026-10").text
    assert "试算，未公布" not in signed_in(at.boss).get(f"{own}?month=2026-10").text
    assert signed_in(at.boss).get("/firms/points").status_code == 404
    city = viewer_of(bureau(make.CITY, Role.ADMINISTRATOR))
    with pytest.raises(Invalid) as refused, db.transaction():
        choose("score_adopted", LAST, {"value": "adopted"}, by=city)
    assert "cite" in refused.value.fields
    with db.transaction():
        choose("score_adopted", LAST, {"value": "adopted"}, cite="市监特设〔2026〕1号", by=city)
    page = signed_in(at.boss).get(f"{own}?month=2026-10").text
    assert "全市排名" in page
    assert "全市 1 家维保单位中排第 1" in page
    assert "全市排名" not in signed_in(at.boss).get(f"{own}?month=2026-09").text
    assert signed_in(at.boss).get("/firms/points").status_code == 200


def test_a_firm_without_visits_has_no_rate_and_no_score(app: Flask, signed_in: SignIn) -> None:
    firm = make.organisation(OrganisationKind.FIRM, "新维保公司")
    unit = make.organisation(OrganisationKind.USE_UNIT, "物业")
    loosen(lift_of(firm, unit))
    with make.writing():
        db.session.query(Due).delete()
    month = add_months(month_start(clock.today()), -2)
    (rated,) = ratings(month, "") or ratings(month_start(clock.today()), "")
    assert rated.rate(Rating.ON_TIME).share is None
    assert rated.score.points is None
    supervisor, path = signed_in(bureau()), f"/firms/{rated.firm_id}"
    assert supervisor.get(f"{path}?month={month:%Y-%m}").status_code == 200
    assert supervisor.get("/firms?month=1999-13").status_code == 200
    assert supervisor.get(f"/firms/{Organisation.__tablename__}").status_code == 404
