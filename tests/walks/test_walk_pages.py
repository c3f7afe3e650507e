"""The pages of rounds: an office's, a county's, paper typed back, first pages, files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.figures import HomeCard, WorkByArea
from equipment.core.ids import new_id
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage import db
from equipment.tasks.models import Task
from equipment.walks.duties import DUTIES
from equipment.walks.home import home_cards, progress
from equipment.walks.listing import COLUMNS, walk_table
from equipment.walks.models import Walk
from equipment.walks.moments import walked_of
from equipment.walks.printing import BOX, TICKED, walk_paper
from equipment.walks.queries import listed
from equipment.walks.settling import WalkDecision
from equipment.walks.states import WalkOutcome, WalkRowState, WalkSettlement
from equipment.web.language import translate
from tests import make
from tests.walks.conftest import OTHER_TOWNSHIP, Town, freed
from tests.walks.test_settling import decide

Sign = Callable[[User], FlaskClient]
W = WalkOutcome


def test_an_office_opens_walks_and_takes_in(town: Town, signed_in: Sign) -> None:
    browser = signed_in(town.officer)
    assert "没有进行中的轮次" in browser.get("/walks").text
    empty = browser.post("/walks/open", data={"area": make.TOWNSHIP}, follow_redirects=True)
    assert "没有超期设备" in empty.text
    town.lift()
    page = browser.post("/walks/open", data={"area": make.TOWNSHIP}, follow_redirects=True)
    assert page.text.count("data-tap=") == 6
    assert "万盛物业" in page.text
    assert "气瓶不在此列" in browser.get("/walks").text
    again = browser.post("/walks/open", data={"area": make.TOWNSHIP}, follow_redirects=True)
    assert "本月轮次已开启" in again.text
    walk = db.session.scalars(select(Walk)).one()
    town.lift(position="新")
    more = browser.post(f"/walks/{walk.id}/more", data={}, follow_redirects=True)
    assert "已补入 1 台" in more.text
    assert browser.post("/walks/open", data={"area": make.ELSEWHERE}).status_code == 422


def test_pages_open_without_a_signal_for_their_reader_alone(town: Town, signed_in: Sign) -> None:
    town.lift()
    walk = town.open()
    for path in ("/walks", f"/walks/{walk.id}"):
        assert signed_in(town.officer).get(path).headers["X-Offline-For"] == str(town.officer.id)
    token = signed_in(town.officer).post("/walks/phone")
    assert (token.json["person"], token.headers["Cache-Control"]) == (str(town.officer.id), "no-store")


def test_nobody_but_the_bureau_sees_a_round(town: Town, signed_in: Sign) -> None:
    town.lift()
    walk = town.open()
    neighbour = make.organisation(OrganisationKind.REGULATOR, "公园路所", area=OTHER_TOWNSHIP)
    paths = ("/walks", f"/walks/{walk.id}", "/walks/rows", "/walks/settle", f"/walks/{walk.id}/enter")
    for person in (make.user(town.unit, Role.SAFETY_OFFICER), make.user(town.body, Role.INSPECTOR)):
        assert [signed_in(person).get(path).status_code for path in paths] == [403] * 5
    other = signed_in(make.user(neighbour, Role.SUPERVISOR))
    assert [other.get(path).status_code for path in paths] == [200, 404, 200, 200, 404]
    assert walk.number not in other.get("/walks").text + other.get("/walks/rows").text
    admin = signed_in(make.user(town.county, Role.ADMINISTRATOR))
    assert [admin.get(path).status_code for path in paths] == [200, 200, 200, 200, 403]
    assert "data-tap=" not in admin.get(f"/walks/{walk.id}").text


def test_paper_is_typed_back_row_by_row(town: Town, signed_in: Sign) -> None:
    town.lift(position="1")
    town.lift(position="2")
    with clock.played(clock.now() - timedelta(days=3)):
        walk = town.open()
    browser, key = signed_in(town.officer), str(new_id())
    on = (clock.today() - timedelta(days=1)).isoformat()
    typed = {"1-id": key, "1-key": "2", "1-on": on, "1-remark": "断电"}
    fragment = {"HX-Request": "true"}
    for _time in range(2):  # sent twice
        answer = browser.post(f"/walks/{walk.id}/enter/1", data=typed, headers=fragment)
        assert (answer.status_code, "已停用" in answer.text) == (200, True)
    row = town.rows(walk)[0]
    assert row.happened_at is not None
    assert (row.outcome, row.note, row.via, clock.site_day(row.happened_at).isoformat()) == (
        W.STOPPED,
        "断电",
        "paper",
        on,
    )
    wrong = browser.post(f"/walks/{walk.id}/enter/2", data={"2-key": "7"}, headers=fragment)
    assert "1 在用" in wrong.text
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    late = browser.post(f"/walks/{walk.id}/enter/2", data={"2-key": "1", "2-on": tomorrow}, headers=fragment)
    assert "日期不能晚于今天" in late.text
    assert town.rows(walk)[1].state is WalkRowState.TO_WALK
    whole = browser.post(f"/walks/{walk.id}/enter", data={"2-id": str(new_id()), "2-key": "5"})
    assert whole.status_code == 302
    assert town.rows(walk)[1].outcome is W.APPLIED
    assert browser.post(f"/walks/{walk.id}/enter/9", data={"9-key": "1"}).status_code == 404


def test_the_county_settles_in_bulk_and_what_was_done_is_said_per_row(town: Town, signed_in: Sign) -> None:
    lifts = [town.lift(position=str(number)).id for number in range(3)]
    walk = town.open()
    freed(walk)
    for row_no in (1, 2, 3):
        town.tap(walk, row_no, W.IN_USE)
    decide(town, walk, 3, WalkDecision(WalkSettlement.HAZARD))
    ids = [str(row.id) for row in town.rows(walk)]
    browser = signed_in(town.settler)
    assert browser.get("/walks/settle?outcome=in_use").text.count('name="id"') == 2
    form = {"id": ids, "settlement": "hazard", "due_on": "", "body": "", "remark": ""}
    answer = browser.post("/walks/settle?outcome=in_use", data=form)
    assert answer.status_code == 200
    assert answer.text.count("已确认为一般隐患") == 2
    assert "本行已处理或已销项" in answer.text
    assert "已处理 2 行，1 行未处理" in answer.text
    # what is still in use leads on to one order of the unit, with the rule that all of it breaks
    chosen = re.findall(r'name="hazard" value="([^"]+)"', answer.text)
    page = browser.get("/orders/new", query_string={"hazard": chosen, "from": "walk"}).text
    assert (len(chosen), page.count("超期未检仍在用"), page.count('selected value="law_40"')) == (2, 2, 2)
    assert {row.state for row in town.rows(walk)} == {WalkRowState.SETTLED}
    assert {db.session.get_one(Equipment, key).status for key in lifts} == {"in_use"}


def test_nothing_ticked_or_a_wrong_way_settles_nothing(town: Town, signed_in: Sign) -> None:
    town.lift()
    walk = town.open()
    town.tap(walk, 1, W.STOPPED, note="断电")
    browser, row = signed_in(town.settler), town.rows(walk)[0]
    assert browser.post("/walks/settle", data={"settlement": "stop"}).status_code == 422
    assert browser.post("/walks/settle", data={"id": str(row.id), "settlement": "burn"}).status_code == 422
    wrong = browser.post("/walks/settle", data={"id": str(row.id), "settlement": "cancel"})
    assert "此处理方式与核查结果不符" in wrong.text
    office = signed_in(town.officer)
    page = office.get("/walks/settle?outcome=stopped").text
    assert "须由区县局或市局处理" in page
    refused = office.post("/walks/settle", data={"id": str(row.id), "settlement": "stop"})
    assert "须由区县局或市局处理" in refused.text
    assert town.rows(walk)[0].state is WalkRowState.WALKED
    back = browser.post("/walks/settle/back", data={"id": str(row.id), "reason": "补照片"})
    assert "已退回再核查" in back.text
    assert "补照片" in office.get(f"/walks/{walk.id}").text


def cards(town: Town, who: User) -> dict[str, HomeCard]:
    with town.app.test_request_context():
        return {card.key: card for card in home_cards(town.by(who))}


def progress_of(town: Town, who: User) -> list[WorkByArea]:
    with town.app.test_request_context():
        return progress(town.by(who))


def test_first_pages_count_and_every_number_opens_its_list(town: Town, signed_in: Sign) -> None:
    for position in "123":
        town.lift(position=position)
    town.lift(area=OTHER_TOWNSHIP)
    assert (cards(town, town.officer), progress_of(town, town.officer)) == ({}, [])
    walk = town.open()
    town.open(OTHER_TOWNSHIP, town.settler)
    town.tap(walk, 1, W.IN_USE)
    (own,) = progress_of(town, town.officer)
    assert (dict(own.done), translate(own.note)) == ({make.TOWNSHIP: (1, 3)}, "已核查 1 / 3，剩 20 天")
    (county,) = progress_of(town, town.settler)
    assert dict(county.done) == {make.TOWNSHIP: (1, 3), OTHER_TOWNSHIP: (0, 1)}
    assert translate(county.note) == "已核查 1 / 4，剩 20 天"
    waiting = cards(town, town.settler)["walks.waiting"]
    assert (waiting.figure, waiting.waits) == (1, True)
    browser = signed_in(town.settler)
    numbers = {
        waiting.url: 1,
        county.left_url: 3,
        county.url: 4,
        f"{county.left_url}&area={make.TOWNSHIP}": 2,
        f"{county.url}&area={OTHER_TOWNSHIP}": 1,
    }
    assert {url: browser.get(url).text.count('class="walk-late"') for url in numbers} == numbers
    city = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
    (whole,) = progress_of(town, make.user(city, Role.SUPERVISOR))
    assert whole.done == county.done


def test_an_office_is_reminded_until_every_row_is_walked(town: Town) -> None:
    town.lift()
    walk = town.open()
    source = DUTIES[0]
    duties = [duty for part in source.duties(clock.today(), 30) for duty in part]
    assert [(duty.due_on, duty.area, duty.link) for duty in duties] == [
        (walk.due_on, make.TOWNSHIP, f"/walks/{walk.id}")
    ]
    town.tap(walk, 1, W.IN_USE)
    assert [duty for part in source.duties(clock.today(), 30) for duty in part] == []


def test_a_round_and_a_month_as_a_file(town: Town, signed_in: Sign) -> None:
    lift = town.lift(own_number="1号梯")
    town.lift(area=OTHER_TOWNSHIP)
    walk = town.open()
    town.open(OTHER_TOWNSHIP, town.settler)
    town.tap(walk, 1, W.STOPPED, note="断电")
    say = partial(translate, locale="zh_Hans_CN")
    by = town.by(town.settler)
    month = {"month": f"{clock.today():%Y-%m}"}
    assert len(list(walk_table(by, month, say).rows)) == 2
    table = walk_table(by, {"walk": str(walk.id)}, say)
    cells = dict(zip([column.label for column in table.columns], next(iter(table.rows)), strict=True))
    assert len(cells) == len(COLUMNS)
    assert (cells["核查轮次"], cells["设备"], cells["核查结果"], cells["备注"], cells["核查人"]) == (
        walk.number,
        "1号梯",
        "已停用",
        "断电",
        "王所员",
    )
    assert lift.own_number == "1号梯"
    answer = signed_in(town.settler).post("/walks/rows?month=2026-01&format=xlsx")
    assert answer.status_code == 302
    assert db.session.scalars(select(Task.kind)).all() == ["walks.export"]


def test_the_paper_has_six_boxes_per_row_and_ticks_what_was_seen(town: Town, signed_in: Sign) -> None:
    town.lift(position="1")
    town.lift(position="2")
    walk = town.open()
    town.tap(walk, 2, W.REMOVED)
    say = partial(translate, locale="zh_Hans_CN")
    with town.app.test_request_context():
        paper = walk_paper(walk, f"https://tz.test.cn/walks/{walk.id}", say)
    rows = [row for row in paper.tables[0].rows if hasattr(row, "cells")]
    assert [list(row.cells[6:12]) for row in rows] == [[BOX] * 6, [BOX, BOX, TICKED, BOX, BOX, BOX]]
    assert len(paper.signatures) == 3
    assert paper.symbol
    assert signed_in(town.officer).post(f"/walks/{walk.id}/print").status_code == 302
    assert db.session.scalars(select(Task.kind)).all() == ["walks.paper"]


def test_it_stands_in_the_life_of_the_piece_for_the_bureau_alone(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    assert list(walked_of(town.by(town.officer), lift, None)) == []
    town.tap(walk, 1, W.IN_USE, note="有人乘坐")
    moments: list[Moment] = list(walked_of(town.by(town.officer), lift, None))
    assert [(moment.state, moment.url) for moment in moments] == [(W.IN_USE, f"/walks/{walk.id}")]
    unit = make.user(town.unit, Role.SAFETY_OFFICER)
    assert list(walked_of(town.by(unit), lift, None)) == []


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({}, 2),
        ({"state": "to_walk"}, 1),
        ({"state": "done"}, 1),
        ({"outcome": "in_use"}, 1),
        ({"outcome": "burnt", "state": "x", "walk": "y", "unit": "z", "area": "q", "month": "w"}, 2),
        ({"month": "1999-01"}, 0),
        ({"area": make.TOWNSHIP}, 2),
        ({"area": OTHER_TOWNSHIP}, 0),
        ({"rounds": "open"}, 2),
    ],
)
def test_what_a_list_is_asked_for(town: Town, filters: dict[str, str], number: int) -> None:
    town.lift(position="1")
    town.lift(position="2")
    walk = town.open()
    town.tap(walk, 1, W.IN_USE)
    assert len(db.session.scalars(listed(SYSTEM, filters)).all()) == number
