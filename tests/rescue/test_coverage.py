"""在用直梯全部纳入应急救援平台: who counts, who is covered, and what each of the others lacks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.register.rules import EquipmentStatus
from equipment.reports.indicators import rescue_cover
from equipment.rescue import coverage
from equipment.rescue.coverage import CoverFigure
from equipment.rescue.listing import lift_table
from equipment.rescue.rules import Lacking
from equipment.storage import db
from tests import make
from tests.rescue.town import RescueTown, confirmed, lift, phone, rescue_town, set_platform, viewer

Sign = Callable[[User], FlaskClient]


@pytest.fixture
def at(app: Flask) -> RescueTown:
    return rescue_town()


def figure(area: str = "") -> CoverFigure:
    return coverage.cover(SYSTEM, area, coverage.definition(clock.today()))


def test_which_lifts_count_is_a_value_of_the_pack(at: RescueTown) -> None:
    for kind in ("3110", "3120", "3130", "3210", "3220", "3410", "3420", "3310", "3320", "3430"):
        lift(at, kind=kind)
    lift(at, status=EquipmentStatus.STOPPED)
    assert figure().whole == 7
    assert not coverage.definition(clock.today()).vertical.citation.confidence.verified


def test_without_a_platform_nothing_is_covered(at: RescueTown) -> None:
    lift(at, "620001")
    confirmed(at)
    assert (figure().covered, dict(figure().lacking)) == (0, {Lacking.NO_PLATFORM: 1})
    set_platform(at)
    assert figure().covered == 1


def test_every_reason_is_named_and_adds_to_the_same_whole(at: RescueTown) -> None:
    set_platform(at)
    confirmed(at)
    phone(at, "0943-8220099", of=at.other_firm)
    bare = make.organisation(at.firm.kind, "丁电梯维保")
    lacking = {
        lift(at, "620001").id: (),
        lift(at).id: (Lacking.NO_CODE,),
        lift(at, "62002").id: (Lacking.BAD_CODE,),
        lift(at, "620003").id: (Lacking.SHARED_CODE,),
        lift(at, "620003", maintenance_firm_id=None).id: (Lacking.SHARED_CODE, Lacking.NO_FIRM),
        lift(at, "620004", maintenance_firm_id=at.other_firm.id).id: (Lacking.UNCONFIRMED,),
        lift(at, maintenance_firm_id=bare.id).id: (Lacking.NO_CODE, Lacking.NO_PHONE),
    }
    on = clock.today()
    meaning = coverage.definition(on)
    found = db.session.execute(coverage.vertical_lifts(SYSTEM, {}, meaning)).all()
    rows = coverage.lift_rows(found, meaning)
    assert {row.id: row.lacking for row in rows} == lacking
    assert (figure().covered, figure().whole) == (1, 7)
    assert dict(figure().lacking) == {
        Lacking.NO_CODE: 2,
        Lacking.BAD_CODE: 1,
        Lacking.SHARED_CODE: 2,
        Lacking.NO_FIRM: 1,
        Lacking.NO_PHONE: 1,
        Lacking.UNCONFIRMED: 1,
    }


def test_a_code_shared_with_a_scrapped_lift_is_ones_own(at: RescueTown) -> None:
    set_platform(at)
    confirmed(at)
    lift(at, "620001")
    lift(at, "620001", status=EquipmentStatus.SCRAPPED)
    assert figure().covered == 1


def test_cover_ends_with_the_confirmation(at: RescueTown) -> None:
    set_platform(at)
    lift(at, "620001")
    made = confirmed(at)
    until = clock.today() + timedelta(days=184)
    assert made.id
    assert coverage.cover(SYSTEM, "", coverage.definition(until + timedelta(days=5))).covered == 0


def test_the_indicator_opens_exactly_its_list(at: RescueTown, signed_in: Sign) -> None:
    set_platform(at)
    confirmed(at)
    lift(at, "620001", name="有码梯")
    lift(at, name="无码梯")
    (indicator,) = rescue_cover(viewer(at.county), make.COUNTY, clock.today())
    assert (indicator.share.part, indicator.share.whole) == (1, 2)
    shown = signed_in(at.county).get(indicator.url).text
    assert ("无码梯" in shown, "有码梯" in shown, "无救援识别码" in shown) == (True, False, True)
    assert rescue_cover(viewer(at.county), make.COUNTY, clock.today() - timedelta(days=1)) == []


def test_each_sees_his_own_and_the_table_says_every_reason(at: RescueTown, signed_in: Sign) -> None:
    set_platform(at)
    lift(at, name="甲梯")
    lift(at, name="乙梯", maintenance_firm_id=at.other_firm.id, use_unit_id=None)
    assert "甲梯" in signed_in(at.manager).get("/rescue").text
    assert "乙梯" not in signed_in(at.manager).get("/rescue").text
    assert "乙梯" not in signed_in(at.officer).get("/rescue").text
    assert "甲梯" not in signed_in(at.other_manager).get("/rescue").text
    table = lift_table(viewer(at.city), {"state": "missing"}, lambda text: text)
    reasons = {str(row[1]): str(row[-1]) for row in table.rows}
    assert reasons["甲梯"] == "No rescue code；The firm has no duty phone"


def test_first_pages_name_what_is_missing(at: RescueTown, signed_in: Sign) -> None:
    set_platform(at)
    lift(at, name="甲梯")
    for who in (at.manager, at.officer):
        assert "未纳入应急救援平台的电梯" in signed_in(who).get("/").text
    beside = signed_in(at.city).get("/briefing/beside").text
    assert ("应急救援平台覆盖" in beside, "未纳入 1 台" in beside) == (True, True)
