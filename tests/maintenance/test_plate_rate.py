"""贴牌刷卡率: which lift counts on which day, why another does not, and that a list is as long as its number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.maintenance.closing import note
from equipment.maintenance.models import Visit
from equipment.maintenance.plate_rate import COUNTS, PlateGap, lifts_behind, plate_figures
from equipment.maintenance.states import Flag, VisitState
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.register.plates import PlateReading, bind_plate, plate_back, report_plate
from equipment.register.rules import PlateLossKind
from equipment.regulation.categories import category
from equipment.regulation.elevator_visits import swiped_since
from equipment.regulation.planning import OnDemandRight
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, lift_of, place

Sign = Callable[[User], FlaskClient]
ON = date(2026, 11, 30)


@pytest.fixture
def at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("equipment.maintenance.plate_rate._figures.get", lambda key, load: load())
    made = place()
    bureau = make.organisation(OrganisationKind.REGULATOR, "测试市监局", area="6204")
    made.extra["office"] = make.user(bureau, Role.SUPERVISOR, name="监管员")
    return made


@pytest.mark.parametrize(
    ("right", "since"),
    [
        pytest.param(None, date(2026, 11, 15), id="by the calendar"),
        pytest.param(OnDemandRight("iot", 3, date(2026, 1, 1)), date(2026, 8, 30), id="monitored"),
        pytest.param(
            OnDemandRight("remote_check", 3, date(2026, 1, 1)), date(2026, 9, 30), id="remote check"
        ),
        pytest.param(OnDemandRight("iot", 1, date(2026, 1, 1)), date(2026, 10, 30), id="filed for one month"),
        pytest.param(
            OnDemandRight("iot", 3, date(2026, 1, 1), ends_on=ON), date(2026, 11, 15), id="ends today"
        ),
        pytest.param(OnDemandRight("iot", 3, date(2026, 12, 1)), date(2026, 11, 15), id="begins tomorrow"),
    ],
)
def test_the_last_period_is_the_longest_time_between_two_visits(
    right: OnDemandRight | None, since: date
) -> None:
    assert swiped_since(category("elevator").regulation, right, ON) == since


def plated(at: Place, number: str = "620401000123", lift: Equipment | None = None) -> None:
    with make.writing():
        piece = db.session.get_one(Equipment, (lift or at.lift).id)
        bind_plate(piece, PlateReading(number, how="camera"), by=at.viewer(at.boss))


def visited(at: Place, ago: int, grade: PresenceGrade = PresenceGrade.READER, **more: object) -> None:
    began = clock.now() - timedelta(days=ago)
    with make.writing():
        columns: dict[str, object] = {
            "state": VisitState.TO_SIGN, "swiped": True, "late_entry": False, "flags": [], **more,
        }  # fmt: skip
        visit = Visit(
            equipment_id=at.lift.id,
            organisation_id=at.firm.id,
            area=at.lift.area,
            category="elevator",
            duty="visit_half_month",
            opened_at=began,
            closed_at=began + timedelta(minutes=40),
            received_at=began,
            on=clock.site_day(began),
            technicians=[str(at.anna.id)],
            answers={},
            grade=grade,
            **columns,
        )
        db.session.add(visit)
        db.session.flush()
        note(visit, "visit.closed", by=SYSTEM)


def gap(at: Place, on: date | None = None) -> PlateGap | None:
    """Why the one lift does not count; its list has it and no other."""
    db.session.rollback()
    viewer, day = at.viewer(at.extra["office"]), on or clock.today()
    figures = plate_figures(viewer, "", day)
    reason = next((one for one, _number in figures.gaps), None)
    filters = {"on": day.isoformat(), "gap": str(reason) if reason else COUNTS}
    assert figures.in_use == len(list(db.session.scalars(lifts_behind(viewer, filters))))
    return reason


@pytest.mark.parametrize(
    ("ago", "more", "reason"),
    [
        (3, {}, None),
        (15, {}, None),
        (16, {}, PlateGap.NO_SWIPE),
        (3, {"grade": PresenceGrade.PROVINCE, "state": VisitState.IMPORTED}, None),
        (3, {"grade": PresenceGrade.SCAN}, PlateGap.UNCOUNTED),
        (3, {"flags": [str(Flag.NO_SIGN_OUT)]}, PlateGap.UNCOUNTED),
        (3, {"flags": [str(Flag.CARD_DENIED)]}, PlateGap.UNCOUNTED),
        (3, {"flags": [str(Flag.INCOMPLETE)]}, None),  # the work is the other rate's question
        (3, {"late_entry": True}, PlateGap.NO_SWIPE),
        (3, {"swiped": False}, PlateGap.NO_SWIPE),
        (3, {"state": VisitState.VOID}, PlateGap.NO_SWIPE),
        (3, {"state": VisitState.EXPIRED}, PlateGap.NO_SWIPE),
        (3, {"superseded": True}, PlateGap.NO_SWIPE),
    ],
)
def test_a_plated_lift_counts_by_a_valid_swipe(
    at: Place, ago: int, more: dict[str, object], reason: PlateGap | None
) -> None:
    plated(at)
    visited(at, ago, **more)  # type: ignore[arg-type]
    assert gap(at) is reason


def test_the_first_reason_is_the_plate_and_a_day_gone_by_stays_as_it_was(at: Place) -> None:
    visited(at, 3)
    assert gap(at) is PlateGap.NO_PLATE
    plated(at)
    assert gap(at) is None
    assert gap(at, clock.today() - timedelta(days=1)) is PlateGap.NO_PLATE
    with make.writing():
        piece = db.session.get_one(Equipment, at.lift.id)
        report_plate(piece, PlateLossKind.UNREADABLE, "磨花", by=at.viewer(at.anna))
    assert gap(at) is PlateGap.UNREADABLE
    with make.writing():
        plate_back(db.session.get_one(Equipment, at.lift.id), by=at.viewer(at.anna))
    assert gap(at) is None


def test_the_page_shows_each_reason_with_a_list_of_that_length(at: Place, signed_in: Sign) -> None:
    second = lift_of(at.firm, at.unit, name="测试小区2号梯", area="620402")
    plated(at)
    visited(at, 2)
    office = signed_in(at.extra["office"])
    page = office.get("/plates/rate").text
    assert ("50.00" in page or "50.0" in page, "无标牌" in page, "口径" in page or "定义" in page) == (
        True,
        True,
        True,
    )
    missing = office.get("/plates/rate?gap=no_plate").text
    assert ("测试小区2号梯" in missing, f"/equipment/{at.lift.id}#" in missing) == (True, False)
    counting = office.get("/plates/rate?gap=counts").text
    assert (f"/equipment/{second.id}#" in counting, f"/equipment/{at.lift.id}#" in counting) == (False, True)
    assert office.get("/plates/rate?gap=nonsense").status_code == 200
    assert "贴牌刷卡率" in office.get("/briefing/beside").text
    assert db.session.scalar(select(Equipment.id).where(Equipment.id == second.id)) is not None


def test_strangers_see_no_lift_of_others(at: Place, signed_in: Sign) -> None:
    foreign = make.user(make.organisation(OrganisationKind.FIRM, "外来维保公司"), Role.FIRM_MANAGER)
    page = signed_in(foreign).get("/plates/rate?gap=all")
    assert (page.status_code, str(at.lift.id) in page.text) == (200, False)
