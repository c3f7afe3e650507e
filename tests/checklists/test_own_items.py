"""A firm's own items: what rows of a workbook say, that an approved version stays, which one a visit has."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from equipment.checklists import actions
from equipment.checklists.models import FirmChecklist
from equipment.checklists.queries import lacking_lists
from equipment.checklists.rules import OwnItem, changes, item_of, next_code, rows_in
from equipment.checklists.states import ListState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.maintenance.actions import answer
from equipment.maintenance.answer_rules import ItemReply, missing
from equipment.maintenance.queries import items_of
from equipment.maintenance.states import ItemAnswer
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.regulation.checklists import annex_checklist
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, lift_of, place
from tests.maintenance.test_pages import Browser

ROW = "Q-1-01\t半月\t机房\t主备电源切换\t切换正常\t是\t切换时间\ts\t\t60"


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (ROW, set()),
        ("\t半月\t机房\t名称\t要求", set()),
        ("编号\t周期\t部位\t项目\t要求\n" + ROW, set()),
        ("Q-1-01\t每周\t机房\t名称\t要求", {"visit"}),
        ("Q-1-01\t半月\t屋顶\t名称\t要求", {"place"}),
        ("A-1-01\t半月\t机房\t名称\t要求", {"code"}),
        ("Q-1-01\t半月\t机房\t\t要求", {"name"}),
        ("Q-1-01\t半月\t机房\t名称\t" + "长" * 201, {"must"}),
        ("Q-1-01\t半月\t机房\t名称\t要求\t\t切换时间\ts", {"at_least"}),
        ("Q-1-01\t半月\t机房\t名称\t要求\t\t切换时间\t\t\t60", {"unit"}),
        ("Q-1-01\t半月\t机房\t名称\t要求\t\t切换时间\ts\t\t六十", {"at_most"}),
        ("Q-1-01\t半月\t机房\t名称\t要求\t\t切换时间\ts\t60\t30", {"at_most"}),
    ],
)
def test_rows_of_a_workbook(row: str, wrong: set[str]) -> None:
    pasted = rows_in(row)
    assert {field for problems in pasted.wrong.values() for field in problems} == wrong
    assert len(pasted.items) == 1


def test_a_code_that_stands_twice_is_said() -> None:
    assert [sorted(problems) for problems in rows_in(ROW + "\n" + ROW).wrong.values()] == [["code"]]


def test_rows_without_a_code_take_the_next_free_one() -> None:
    pasted = rows_in(
        "\t半月\t机房\t甲\t要求\n\t半月\t机房\t乙\t要求\n\t年度\t底坑\t丙\t要求", taken=["Q-1-01"]
    )
    assert [one["code"] for one in pasted.items] == ["Q-1-02", "Q-1-03", "Q-4-01"]
    assert next_code(["Q-1-01", "Q-1-03"], "half_month") == "Q-1-02"


def test_a_limit_of_a_firm_is_judged_like_one_of_the_annex() -> None:
    (own,) = rows_in(ROW).items
    (reading,) = item_of(own).readings
    assert (reading.limit, reading.amount_in("60"), reading.amount_in("60.5")) == ("≤ 60 s", 6000, 6050)


def test_what_a_version_changes() -> None:
    before = list(rows_in(ROW + "\nQ-1-02\t半月\t轿厢\t对讲\t清晰").items)
    after = list(rows_in(ROW.replace("60", "30") + "\nQ-1-03\t半月\t轿厢\t广播\t清晰").items)
    assert [(one.code, one.before is None, one.after is None) for one in changes(before, after)] == [
        ("Q-1-01", False, False),
        ("Q-1-02", False, True),
        ("Q-1-03", True, False),
    ]


@pytest.fixture
def fire(app: Flask) -> Place:
    return place("3420")


def draft_of(at: Place, catalogue: str = "3420", rows: str = ROW) -> FirmChecklist:
    boss = at.viewer(at.boss)
    with db.transaction():
        draft = actions.begin(catalogue, by=boss)
        actions.paste(draft, rows, by=boss, replace=True)
        actions.name_manual(draft, "使用维护说明书", None, by=boss)
    return draft


def approved(at: Place, catalogue: str = "3420", rows: str = ROW) -> FirmChecklist:
    draft = draft_of(at, catalogue, rows)
    with db.transaction():
        actions.approve(draft, clock.today(), by=at.viewer(at.boss))
    return draft


def opened(at: Place) -> None:
    now = clock.now()
    with db.transaction():
        swipe(SwipeMessage(new_id(), now, code=CODE), by=at.viewer(at.anna))


def test_a_visit_has_the_version_in_force_and_keeps_it(fire: Place) -> None:
    first = approved(fire)
    opened(fire)
    visit = fire.visit()
    assert (visit.own_list_id, [one.code for one in items_of(visit)]) == (first.id, ["Q-1-01"])
    approved(fire, rows=ROW + "\nQ-1-02\t半月\t轿厢\t对讲\t清晰")
    assert [one.code for one in items_of(fire.visit())] == ["Q-1-01"]


def test_without_a_list_a_visit_has_no_items_and_the_bureau_sees_the_firm(fire: Place) -> None:
    opened(fire)
    visit = fire.visit()
    assert (visit.own_list_id, items_of(visit)) == (None, ())
    assert [(row.firm_id, row.catalogue, row.lifts) for row in lacking_lists(SYSTEM, clock.today())] == [
        (fire.firm.id, "3420", 1)
    ]
    approved(fire)
    assert lacking_lists(SYSTEM, clock.today()) == []


def test_a_firm_adds_to_an_annex_and_takes_nothing_away(app: Flask) -> None:
    at = place("3110")
    approved(at, "3110")
    opened(at)
    codes = [one.code for one in items_of(at.visit())]
    assert (len(codes), codes[0], codes[-1]) == (32, "A-1-01", "Q-1-01")


def test_the_reading_of_a_firms_item_is_asked_for(fire: Place) -> None:
    approved(fire)
    opened(fire)
    now = clock.now()

    def say(typed: str) -> list[str]:
        reply = ItemReply(
            "Q-1-01", ItemAnswer.OK, "", now + timedelta(seconds=float(typed or 0)), {"r1": typed}
        )
        with db.transaction():
            answer(fire.visit(), [reply], by=fire.viewer(fire.anna))
        visit = fire.visit()
        return [one.code for one in missing(items_of(visit), visit.answers)]

    assert (say(""), say("61"), say("42")) == (["Q-1-01"], ["Q-1-01"], ["Q-1-01"])
    with time_machine.travel(now + timedelta(minutes=5), tick=False):
        now = now + timedelta(minutes=3)
        assert say("43") == []


def test_an_approved_version_never_changes(fire: Place) -> None:
    own, boss = approved(fire), fire.viewer(fire.boss)
    item: OwnItem = {**own.items[0], "must": "另一要求"}
    for step in (
        lambda: actions.put_item(own, item, by=boss),
        lambda: actions.take_item_away(own, "Q-1-01", by=boss),
        lambda: actions.paste(own, ROW, by=boss, replace=True),
        lambda: actions.name_manual(own, "另一说明书", None, by=boss),
        lambda: actions.approve(own, clock.today(), by=boss),
    ):
        with pytest.raises(Conflict), db.transaction():
            step()
    db.session.expire_all()
    assert (own.state, own.manual, own.items[0]["must"]) == (
        ListState.PUBLISHED,
        "使用维护说明书",
        "切换正常",
    )


def test_nobody_but_the_firms_manager_sets_its_items(fire: Place) -> None:
    draft = draft_of(fire)
    other = make.organisation(OrganisationKind.FIRM, "另一维保公司")
    rival = make.user(other, Role.FIRM_MANAGER, name="外人")
    for who in (fire.anna, fire.safe, rival):
        by: Viewer = fire.viewer(who)
        with pytest.raises(NotAllowed), db.transaction():
            actions.approve(draft, clock.today(), by=by)


@pytest.mark.parametrize(
    ("days", "manual", "rows", "field"),
    [(-1, "说明书", ROW, "from_on"), (0, "", ROW, "manual"), (0, "说明书", "", "")],
)
def test_what_an_approval_needs(fire: Place, days: int, manual: str, rows: str, field: str) -> None:
    boss = fire.viewer(fire.boss)
    with db.transaction():
        draft = actions.begin("3420", by=boss)
        if rows:
            actions.paste(draft, rows, by=boss, replace=True)
        actions.name_manual(draft, manual, None, by=boss)
    with pytest.raises(Invalid) as refused, db.transaction():
        actions.approve(draft, clock.today() + timedelta(days=days), by=boss)
    assert field in refused.value.fields


def test_beginning_twice_is_one_draft_and_an_annex_is_a_beginning(fire: Place) -> None:
    boss = fire.viewer(fire.boss)
    with db.transaction():
        first = actions.begin("3420", by=boss, annex="A")
        again = actions.begin("3420", by=boss, annex="B")
    assert (first.id, len(first.items)) == (again.id, len(annex_checklist("A").items))
    lock = next(one for one in first.items if one["name"] == "层门锁紧元件啮合长度")
    assert lock["readings"][0]["at_least"] == 70


def test_the_manager_sets_items_on_his_pages(fire: Place, signed_in: Browser) -> None:
    browser = signed_in(fire.boss)
    started = browser.post("/checklists", data={"catalogue": "3420", "annex": ""})
    edit = started.headers["Location"]
    page = edit.removesuffix("/edit")
    assert "还没有项目" in browser.get(edit).get_data(as_text=True)
    bad = browser.post(f"{page}/paste", data={"rows": "Q-1-01\t每周\t机房\t名称\t要求"})
    assert (bad.status_code, "第 1 行有误" in bad.get_data(as_text=True)) == (422, True)
    browser.post(f"{page}/paste", data={"rows": ROW})
    item = {"visit": "half_month", "place": "pit", "name": "底坑排水", "must": "排水正常", "code": ""}
    browser.post(f"{page}/item", data=item)
    browser.post(f"{page}/manual", data={"manual": "使用维护说明书 XF-2019"})
    early = browser.post(f"{page}/approve", data={"from_on": "2020-01-01"})
    assert (early.status_code, "施行日期不能早于今天" in early.get_data(as_text=True)) == (422, True)
    browser.post(f"{page}/approve", data={"from_on": clock.today().isoformat()})
    text = browser.get(page).get_data(as_text=True)
    assert [
        word for word in ("现行版本", "Q-1-02", "底坑排水", "≤ 60 s", "XF-2019") if word not in text
    ] == []
    following = browser.post(f"{page}/next").headers["Location"]
    browser.post(f"{following.removesuffix('/edit')}/remove", data={"code": "Q-1-02"})
    assert "已删去" in browser.get(following.removesuffix("/edit")).get_data(as_text=True)


def test_a_stranger_finds_no_list(fire: Place, signed_in: Browser) -> None:
    draft = draft_of(fire)
    other = make.organisation(OrganisationKind.FIRM, "另一维保公司")
    rival = signed_in(make.user(other, Role.FIRM_MANAGER, name="外人"))
    address = f"/checklists/{draft.organisation_id}/{draft.id}"
    assert rival.get(address).status_code == 404
    assert rival.post(f"{address}/approve", data={"from_on": clock.today().isoformat()}).status_code == 404
    assert signed_in(fire.safe).get("/checklists").status_code == 403


def test_the_technician_reads_why_there_are_no_items(fire: Place, signed_in: Browser) -> None:
    opened(fire)
    visit = fire.visit()
    text = signed_in(fire.anna).get(f"/visits/{fire.lift.id}/{visit.id}").get_data(as_text=True)
    assert "本单位尚未制定该品种电梯的维保项目" in text


def test_lifts_of_two_firms_are_counted_apart(fire: Place) -> None:
    other = make.organisation(OrganisationKind.FIRM, "另一维保公司")
    lift_of(other, fire.unit, catalogue="3410")
    assert sorted(row.catalogue for row in lacking_lists(SYSTEM, clock.today())) == ["3410", "3420"]
