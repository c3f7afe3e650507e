"""The desk, the list, the record, the statistics and the workbook, as their people see them."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.calls.judging import judged
from equipment.calls.models import Dispatch, RescueCall
from equipment.calls.nearby import nearby_firms
from equipment.calls.reading import read_calls
from equipment.calls.states import CallKind, CallState
from equipment.calls.statistics import GroupBy, repeated_lifts, statistics
from equipment.calls.taking import describe
from equipment.calls.work import OWN_HEADINGS
from equipment.calls.workbook_rules import CallRow
from equipment.core import clock
from equipment.imports.states import RowState
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.storage import db
from tests import make
from tests.calls.conftest import Sign, Town, again, at, lift_of

PHONE = "13900001111"


def over(town: Town, minutes: float, arrival: float, **more: object) -> RescueCall:
    called = at(minutes)
    times = {
        "arrived_at": called + timedelta(minutes=arrival),
        "released_at": called + timedelta(minutes=arrival + 5),
    }
    return town.call(minutes, called_at=called, **{"people": 2, "cause": "door", **times, **more})


@pytest.fixture
def desk(town: Town, signed_in: Sign) -> FlaskClient:
    return signed_in(town.taker)


def test_a_call_is_played_at_the_desk_from_the_search_to_closed(town: Town, desk: FlaskClient) -> None:
    found = desk.get("/desk/search?q=银杏").get_data(as_text=True)
    assert "银杏花园6号楼1号梯" in found
    key = re.search(r'name="call_id" value="([^"]+)"', found)
    assert key is not None
    data = {"call_id": key[1], "equipment_id": str(town.lift.id)}
    where = desk.post("/desk/open", data=data).location
    assert where == f"/desk?call={key[1]}"
    assert desk.post("/desk/open", data=data).location == where  # sent twice
    page = desk.get(where).get_data(as_text=True)
    assert "620001" in page
    assert "0943-8000001" in page
    step = f"/desk/calls/{key[1]}"
    posts: list[tuple[str, dict[str, object]]] = [
        ("dispatch", {"level": "1"}),
        ("tell", {"text": "轿内两人"}),
        ("describe", {"kind": "trapped", "trapped": "2", "caller_phone": PHONE, "address": "三楼"}),
        ("arrive", {}),
        ("release", {"people": "2", "injured": "0"}),
        ("close", {"cause": "door", "narrative": "门锁触点"}),
    ]
    assert [desk.post(f"{step}/{name}", data=values).status_code for name, values in posts] == [302] * 6
    done = db.session.scalars(select(RescueCall)).one()
    assert (done.state, done.people, done.cause) == (CallState.CLOSED, 2, "door")
    numbers = desk.get("/rescue/statistics").get_data(as_text=True)
    assert "/rescue/calls?" in numbers


def test_the_rescue_code_alone_finds_the_lift(town: Town, desk: FlaskClient) -> None:
    assert "银杏花园6号楼1号梯" in desk.get("/desk/search?q=620001").get_data(as_text=True)
    nothing = desk.get("/desk/search?q=不存在的楼").get_data(as_text=True)
    assert "先接警" in nothing


def test_a_second_call_from_the_lift_leads_to_the_one_under_way(town: Town, desk: FlaskClient) -> None:
    call = town.call(20)
    answer = desk.post("/desk/open", data={"equipment_id": str(town.lift.id)})
    assert answer.location == f"/desk?call={call.id}"
    assert len(db.session.scalars(select(RescueCall)).all()) == 1


def test_two_call_takers_see_each_others_steps(town: Town, desk: FlaskClient, signed_in: Sign) -> None:
    call = town.call(4)
    desk.post(f"/desk/calls/{call.id}/dispatch", data={"level": "1"})
    other = signed_in(town.colleague)
    assert "安达维保" in other.get(f"/desk/live?call={call.id}").get_data(as_text=True)
    other.post(f"/desk/calls/{call.id}/dispatch", data={"level": "1"})
    assert len(db.session.scalars(select(Dispatch)).all()) == 1


def test_the_fire_brigade_is_sent_without_a_firm(town: Town, desk: FlaskClient) -> None:
    call = town.call(4)
    desk.post(f"/desk/calls/{call.id}/dispatch", data={"level": "3"})
    row = db.session.scalars(select(Dispatch)).one()
    assert (row.level, row.firm_id, row.phone) == ("3", None, "119")


def test_the_nearest_other_firm_is_told_by_its_lifts(town: Town, desk: FlaskClient) -> None:
    helper = make.organisation(OrganisationKind.FIRM, "邻近维保", rescue_phone="0943-8000009")
    lift_of(town.unit, helper)
    make.organisation(OrganisationKind.FIRM, "远处维保")
    near = nearby_firms(town.lift, clock.today())
    assert [(firm.name, firm.why.params) for firm in near] == [("邻近维保", {"num": 1})]
    call = town.call(4)
    data = {"level": "2", "firm_id": str(helper.id)}
    desk.post(f"/desk/calls/{call.id}/dispatch", data=data)
    assert again(call).helper_id == helper.id
    assert "1" in db.session.scalars(select(Dispatch)).one().why


def test_who_called_is_seen_by_the_centre_and_supervisors_only(town: Town, signed_in: Sign) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.COUNTY)
    supervisor = make.user(bureau, Role.SUPERVISOR, name="监察员")
    browsers = {user.name: signed_in(user) for user in (town.taker, town.manager, town.officer, supervisor)}
    call = town.call(4)
    with db.transaction():
        describe(again(call), by=town.by, caller_phone=PHONE, trapped=1, address="", kind=CallKind.TRAPPED)
    seeing = {
        name: PHONE in browser.get(f"/rescue/calls/{call.id}").get_data(as_text=True)
        for name, browser in browsers.items()
    }
    assert seeing == {"安接警": True, "经理": False, "安全员": False, "监察员": True}


def test_the_firm_says_that_it_comes(town: Town, desk: FlaskClient, signed_in: Sign) -> None:
    call = town.call(4)
    desk.post(f"/desk/calls/{call.id}/dispatch", data={"level": "1"})
    data = {"result": "accepted", "eta_minutes": "12"}
    answer = signed_in(town.manager).post(f"/rescue/calls/{call.id}/on-the-way", data=data)
    assert answer.status_code == 302
    row = db.session.scalars(select(Dispatch)).one()
    assert (row.result, row.eta_minutes) == ("accepted", 12)


def test_the_page_of_a_lift_offers_the_rescue_first(town: Town, signed_in: Sign) -> None:
    phone = signed_in(town.technician)
    assert "救援到达" not in phone.get(f"/visits/start/{town.lift.id}").get_data(as_text=True)
    call = town.call(4)
    page = phone.get(f"/visits/start/{town.lift.id}").get_data(as_text=True)
    assert page.index("救援到达") < page.index("电梯处签到" if "电梯处签到" in page else "data-swipe")
    assert "我已到达" in phone.get(f"/rescue/calls/{call.id}").get_data(as_text=True)
    phone.post(f"/rescue/calls/{call.id}/arrive", data={})
    phone.post(f"/rescue/calls/{call.id}/release", data={"people": "1", "injured": "0", "cause": "door"})
    assert (again(call).state, again(call).people) == (CallState.RELEASED, 1)


def test_statistics_count_and_every_number_opens_its_list(town: Town, desk: FlaskClient) -> None:
    over(town, 600, 12)
    over(town, 500, 40)
    over(town, 400, 10, cause="human", people=1)
    town.call(300, released_at=at(290), cause="external", people=3)  # nobody had to come
    town.call(200, kind=CallKind.FAULT, released_at=at(190), cause="other")  # nobody inside
    whole, rows = statistics(town.by, GroupBy.FIRM, "", clock.today() - timedelta(days=2), clock.today())
    assert (whole.calls, whole.people, whole.in_time, whole.late, whole.not_known) == (4, 8, 2, 1, 1)
    assert (whole.arrival.mean_s, whole.arrival.ninetieth_s) == (round(62 / 3 * 60), 40 * 60)
    assert (whole.release.mean_s, whole.causes["door"]) == (300, 2)
    assert [(row.name, row.calls) for row in rows] == [("安达维保", 4)]
    late = desk.get("/rescue/calls?arrival=late&counted=1").get_data(as_text=True)
    assert late.count("/rescue/calls/0") == 1
    assert [row.calls for row in repeated_lifts(SYSTEM, "", clock.today())] == [4]


def test_a_firm_sees_its_own_figures(town: Town) -> None:
    over(town, 600, 12)
    other = make.organisation(OrganisationKind.FIRM, "别家维保")
    stranger = viewer_of(make.user(other, Role.FIRM_MANAGER))
    days = (clock.today() - timedelta(days=2), clock.today())
    assert statistics(stranger, GroupBy.MONTH, "", *days)[0].calls == 0
    assert statistics(viewer_of(town.manager), GroupBy.MONTH, "", *days)[0].calls == 1


def row(number: int, **cells: str) -> CallRow:
    called = f"{clock.site_time(at(3000)):%Y-%m-%d %H:%M}"
    return CallRow(number, {"number": f"G{number}", "called_at": called, "lift": "620001", **cells})


def outcomes(town: Town, rows: list[CallRow], *, only_try: bool) -> list[tuple[RowState, list[str]]]:
    with db.transaction():
        done = judged(rows, by=town.by, only_try=only_try, first_rows={})
    return [(one.state, [fault.column for fault in one.faults]) for one in done]


def test_rows_of_a_workbook_are_tried_then_entered_once(town: Town) -> None:
    later = f"{clock.site_time(at(2000)):%Y-%m-%d %H:%M}"
    ahead = f"{clock.site_time(at(-500)):%Y-%m-%d %H:%M}"
    rows = [
        row(2, people="2人", cause="门系统", kind="困人"),
        row(3, called_at=later, lift="990099"),  # on file nowhere: entered, to be identified
        row(4, called_at="昨天上午"),
        row(5, called_at=ahead),
        row(6, called_at=later, arrived_at="2020-01-01 08:00"),
        row(7, called_at=later, cause="闹鬼"),
        CallRow(8, row(2).cells),
    ]
    expected = [
        (RowState.ADDED, []),
        (RowState.FLAGGED, ["lift"]),
        (RowState.REFUSED, ["called_at"]),
        (RowState.REFUSED, ["called_at"]),
        (RowState.REFUSED, ["arrived_at"]),
        (RowState.REFUSED, ["cause"]),
        (RowState.TWICE, [""]),
    ]
    rows[0] = row(2, people="2人", kind="困人")
    assert outcomes(town, rows, only_try=True) == expected
    assert db.session.scalars(select(RescueCall)).all() == []
    assert outcomes(town, rows, only_try=False) == expected
    replay = [state for state, _columns in outcomes(town, rows, only_try=False)]
    assert replay[:2] == [RowState.KNOWN, RowState.KNOWN]
    assert len(db.session.scalars(select(RescueCall)).all()) == 2
    changed = [row(2, called_at=f"{clock.site_time(at(2990)):%Y-%m-%d %H:%M}")]
    assert outcomes(town, changed, only_try=True) == [(RowState.DIFFERS, [""])]


def test_a_file_is_read_by_the_headings_centres_use(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("工单号,接警时间,救援识别码,到达时间\nA1,2026-11-03 08:15,620001,08:28\n", "utf-8")
    sheet = read_calls(path, OWN_HEADINGS, {})
    assert sheet.columns == ("number", "called_at", "lift", "arrived_at")
    assert sheet.rows[0].cells["arrived_at"] == "08:28"
    path.write_text("编码,报来时刻\nA1,2026-11-03 08:15\nA2,2026-11-03 09:15\n", "utf-8")
    chosen = {"报来时刻": "called_at", "编码": "number"}
    assert read_calls(path, OWN_HEADINGS, chosen).columns == ("number", "called_at")


def test_a_workbook_is_uploaded_on_the_desk(town: Town, desk: FlaskClient) -> None:
    assert desk.post("/rescue/calls/import", data={}).status_code == 422
    file = (io.BytesIO("接警时间,救援识别码\n2026-11-03 08:15,620001\n".encode()), "calls.csv")
    answer = desk.post("/rescue/calls/import", data={"file": file}, content_type="multipart/form-data")
    assert answer.location.startswith("/rescue/calls/import/")
    assert desk.get(answer.location).status_code == 200


def test_a_correction_is_made_on_its_page(town: Town, desk: FlaskClient) -> None:
    call = over(town, 600, 40)
    page = desk.get(f"/rescue/calls/{call.id}/correct").get_data(as_text=True)
    assert "更正" in page
    earlier = f"{clock.site_time(call.called_at + timedelta(minutes=20)):%Y-%m-%dT%H:%M:%S}"
    data = {
        **{
            name: f"{clock.site_time(value):%Y-%m-%dT%H:%M:%S}"
            for name in ("called_at", "released_at")
            if (value := getattr(call, name))
        },
        "arrived_at": earlier,
        "kind": "trapped",
        "cause": "door",
        "people": "2",
        "reason": "录入有误",
    }
    answer = desk.post(f"/rescue/calls/{call.id}/correct", data=data)
    assert answer.status_code == 302
    fresh = db.session.scalars(select(RescueCall).where(RescueCall.supersedes_id == call.id)).one()
    assert fresh.in_time is True
    assert desk.get(f"/rescue/calls/{call.id}").status_code == 200
    without = desk.post(f"/rescue/calls/{fresh.id}/correct", data={**data, "reason": ""})
    assert without.status_code == 422


def test_the_life_of_a_lift_tells_its_calls(town: Town, signed_in: Sign) -> None:
    over(town, 600, 12)
    page = signed_in(town.officer).get(f"/equipment/{town.lift.id}").get_data(as_text=True)
    assert "应急救援：困人" in page


def test_the_desk_is_the_call_takers_alone(app: Flask, town: Town, signed_in: Sign) -> None:
    codes = {
        user.name: signed_in(user).get("/desk").status_code
        for user in (town.taker, town.manager, town.technician, town.officer)
    }
    assert codes == {"安接警": 200, "经理": 403, "陆师傅": 403, "安全员": 403}
    assert signed_in(town.taker).get("/equipment").status_code == 403
