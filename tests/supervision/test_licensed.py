"""证后检查: who holds a licence, who is new this year, who had no check after it; planned, begun, done."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.models import Organisation, Paper, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, PaperKind, Role
from equipment.storage import db
from equipment.supervision import actions
from equipment.supervision.licensed import licence_count, licensed
from equipment.supervision.models import PlannedCheck, SupervisionCheck
from equipment.supervision.rules import CheckKind
from tests import make
from tests.everything import full
from tests.supervision.test_checks import Checked

Sign = Callable[[User], FlaskClient]
NEW_YEAR = clock.today().replace(month=1, day=1)
KINDS = {
    OrganisationKind.STATION: PaperKind.FILLING_LICENCE,
    OrganisationKind.FIRM: PaperKind.MAINTENANCE_LICENCE,
    OrganisationKind.MAKER: PaperKind.MANUFACTURING_LICENCE,
}


@pytest.fixture
def town(app: Flask) -> Checked:
    return Checked(app)


def holder(kind: OrganisationKind, name: str, since: date, *, days: int = 1400, **more: Any) -> Organisation:
    unit = make.organisation(kind, name, area=more.pop("area", make.COUNTY))
    paper = {"kind": KINDS[kind], "number": f"TS-{name}", "covers": [], **more}
    full(Paper, organisation_id=unit.id, valid_from=since, valid_until=since + timedelta(days=days), **paper)
    return unit


def listed(town: Checked, **filters: str) -> list[str]:
    by = viewer_of(db.session.get_one(User, town.county.id))
    rows = db.session.execute(licensed(by, clock.today(), filters))
    return sorted(unit.name for _paper, unit in rows)


def check(by: User, unit: Organisation, kind: CheckKind = CheckKind.AFTER_LICENCE) -> SupervisionCheck:
    row: SupervisionCheck = full(
        SupervisionCheck,
        organisation_id=unit.id,
        id=new_id(),
        area=make.COUNTY,
        kind=kind,
        on=clock.today(),
        unit_answer="paper",
        unit={"name": unit.name, "roles": []},
        recorded_by=by.id,
    )
    return row


def begun_as(browser: FlaskClient, start: str) -> str:
    """The kind of check that the form begins with."""
    kinds = browser.get(start).text.partition('id="kind"')[2].partition("</select>")[0]
    chosen = re.search(r'value="(\w+)"\s+selected', kinds)
    assert chosen is not None
    return chosen[1]


def test_who_is_due_and_who_is_not(town: Checked) -> None:
    old = NEW_YEAR - timedelta(days=200)
    fresh = holder(OrganisationKind.STATION, "新站", NEW_YEAR)
    holder(OrganisationKind.FIRM, "老维保", old)
    done = holder(OrganisationKind.STATION, "查过站", old)
    holder(OrganisationKind.STATION, "过期站", old, days=100)
    holder(OrganisationKind.STATION, "外县站", old, area=make.ELSEWHERE)
    check(town.county, done)
    check(town.county, fresh, CheckKind.ROUTINE)  # a check of another kind is none after a licence
    before = check(town.county, fresh)
    with make.writing():
        before.on = NEW_YEAR - timedelta(days=1)  # one of last year does not count
    assert listed(town) == ["新站", "查过站", "老维保"]
    assert listed(town, stand="new") == ["新站"]
    assert listed(town, stand="due") == ["新站", "老维保"]
    assert listed(town, stand="done") == ["查过站"]
    assert listed(town, kind=PaperKind.MAINTENANCE_LICENCE.value) == ["老维保"]
    by = viewer_of(db.session.get_one(User, town.county.id))
    count = licence_count(by, clock.today())
    assert (count.units, count.new, count.checked, count.new_left, count.left) == (3, 1, 1, 1, 2)


def test_ticked_units_go_on_the_plan_and_the_record_begins_as_such(town: Checked, signed_in: Sign) -> None:
    station = holder(OrganisationKind.STATION, "新站", NEW_YEAR)
    browser = signed_in(town.county)
    page = browser.get("/supervision/licensed").text
    assert ("TS-新站" in page, "本年取证" in page, "本年未检查" in page) == (True, True, True)
    start = f"/supervision/start/{station.id}"
    assert begun_as(browser, start) == "routine"
    sent = {"id": str(station.id), "month": "12"}
    for text in ("已列入", "已在该月计划中"):
        answer = browser.post("/supervision/licensed/plan", data=sent, follow_redirects=True)
        assert answer.status_code == 200
        assert text in answer.text or "1 家" in answer.text
    plans = db.session.scalars(select(PlannedCheck)).all()
    assert [(plan.organisation_id, plan.kind, plan.month) for plan in plans] == [
        (station.id, CheckKind.AFTER_LICENCE, 12)
    ]
    assert begun_as(browser, start) == "after_licence"
    nothing = browser.post("/supervision/licensed/plan", data={"month": "12"})
    assert nothing.status_code == 422
    stranger = signed_in(make.user(station, Role.STATION_OWNER))
    assert stranger.get("/supervision/licensed").status_code == 403


def test_a_maker_is_listed_planned_and_checked_as_one_who_makes(town: Checked, signed_in: Sign) -> None:
    maker = holder(OrganisationKind.MAKER, "制造厂", NEW_YEAR, covers=["cylinder"])
    browser = signed_in(town.county)
    shown = browser.get("/supervision/licensed?kind=manufacturing_licence").text
    assert ("TS-制造厂" in shown, "制造许可证" in shown, "制造单位" in shown) == (True, True, True)
    sent = {"id": str(maker.id), "month": "12"}
    assert browser.post("/supervision/licensed/plan", data=sent).status_code == 302
    start = f"/supervision/start/{maker.id}"
    assert begun_as(browser, start) == "after_licence"
    roles = re.findall(r'<input[^>]*name="roles"[^>]*>', browser.get(start).text)
    ticked = [re.search(r'value="(\w+)"', box) for box in roles if "checked" in box]
    assert [value[1] for value in ticked if value] == ["make"]
    body = town.body(
        unit_id=str(maker.id),
        kind="after_licence",
        unit={"name": "制造厂", "legal_representative": "钱总", "roles": ["make"]},
        pieces=[],
        findings=[],
        measures=[],
    )
    answer = town.send(body)
    assert answer.status_code == 201, answer.json
    record = db.session.scalars(select(SupervisionCheck)).one()
    assert (record.organisation_id, record.kind, record.unit["roles"]) == (
        maker.id,
        CheckKind.AFTER_LICENCE,
        ["make"],
    )
    assert listed(town, stand="done") == ["制造厂"]
    plan = db.session.scalars(select(PlannedCheck).execution_options(populate_existing=True)).one()
    assert plan.check_id == record.id


def test_a_maker_has_its_licence_on_file_and_no_accounts(town: Checked, signed_in: Sign) -> None:
    browser = signed_in(town.county)
    maker = holder(OrganisationKind.MAKER, "制造厂", NEW_YEAR)
    make.organisation(OrganisationKind.USE_UNIT, "无人单位", area=make.COUNTY)
    page = browser.get(f"/organisations/{maker.id}").text
    assert ("TS-制造厂" in page, 'id="people"' in page, 'id="devices"' in page) == (True, False, False)
    nobody = browser.get("/organisations?nobody=1").text  # a maker is not one whose people are missing
    assert ("无人单位" in nobody, "制造厂" in nobody) == (True, False)


def test_a_planned_check_after_a_licence_is_done_by_such_a_record_alone(town: Checked) -> None:
    by = viewer_of(db.session.get_one(User, town.county.id))
    year, month = clock.today().year, clock.today().month
    with db.transaction():
        actions.plan_checks([town.unit.id], year, month, CheckKind.AFTER_LICENCE, by=by)
    assert town.send(town.body()).status_code == 201  # a routine check
    plan = db.session.scalars(select(PlannedCheck).execution_options(populate_existing=True)).one()
    assert plan.check_id is None
    with db.transaction():
        actions.plan_checks([town.unit.id], year, month % 12 + 1, CheckKind.ROUTINE, by=by)
    answer = town.send(town.body(kind="after_licence"))
    assert answer.status_code == 201
    plans = db.session.scalars(select(PlannedCheck).execution_options(populate_existing=True)).all()
    assert {plan.kind: str(plan.check_id) for plan in plans} == {
        CheckKind.AFTER_LICENCE: answer.json["check_id"],
        CheckKind.ROUTINE: "None",
    }
