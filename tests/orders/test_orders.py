"""An order from its number to the end of its case: issued, served, answered, re-checked, late, handed on, withdrawn."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.files import store
from equipment.hazards import actions as hazard_actions
from equipment.hazards.models import Hazard
from equipment.hazards.rules import HazardState
from equipment.orders import actions, transfers
from equipment.orders.actions import OrderService, ProblemAnswer, ProblemDraft
from equipment.orders.duties import DUTIES
from equipment.orders.models import IssuingOffice, Order
from equipment.orders.paper_printing import order_paper
from equipment.orders.queries import MOST_UNITS, order_of, orders, problems_of, search_units
from equipment.orders.rules import OrderState, ServiceWay, TransferResult
from equipment.orders.transfers import TransferOutcome
from equipment.orders.work import mark_late_orders
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.storage import db
from tests import make
from tests.exports import csv_of, task_made
from tests.orders.town import OrderTown

Sign = Callable[[User], FlaskClient]


@pytest.fixture
def town(app: Flask) -> OrderTown:
    return OrderTown()


def states(order: Order) -> list[tuple[bool, bool]]:
    return [tuple(row.stand) for row in problems_of(order)]


def test_each_office_counts_its_own_numbers(town: OrderTown) -> None:
    first, second = town.issue(), town.issue("township")
    third = town.issue("city")
    year = clock.today().year
    assert [order.number for order in (first, second, third)] == [
        f"（云）市监特令〔{year}〕第1号",
        f"（云）市监特令〔{year}〕第2号",  # the township issues in the name of the county
        f"（银）市监特令〔{year}〕第1号",
    ]
    assert (first.issuer_name, first.state, first.area) == (
        "某区市场监督管理局",
        OrderState.ISSUED,
        make.COUNTY,  # where the unit has its seat
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"problems": []}, "problems"),
        ({"problems": [ProblemDraft(problem=" ", rule="law_40")]}, "problems"),
        ({"problems": [ProblemDraft(problem="无", rule="")]}, "problems"),  # an order without a clause
        ({"problems": [ProblemDraft(problem="无", rule="other")]}, "problems"),  # another rule, not written
        ({"problems": [ProblemDraft(problem="无", rule="law_4000")]}, "problems"),
        ({"inspectors": [{"name": "王监", "certificate": ""}]}, "inspectors"),
        ({"due_on": make.days(-1)}, "due_on"),
        ({"issued_on": date(2001, 1, 1)}, "issued_on"),  # before order 57
    ],
)
def test_what_is_no_order_is_refused_at_its_field(
    town: OrderTown, more: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        town.issue(**more)
    assert set(refused.value.fields) == {field}
    assert db.session.scalars(orders(SYSTEM, {})).all() == []


def test_a_unit_of_another_area_gets_no_order_from_here(town: OrderTown) -> None:
    with pytest.raises(Invalid) as refused:
        town.issue(unit=town.far_unit)
    assert set(refused.value.fields) == {"unit"}
    there = town.issue(
        "elsewhere", unit=town.far_unit, problems=[ProblemDraft(problem="无证", rule="law_33")]
    )
    assert there.number.startswith("（银）")  # without an office of its own, the nearest above


def test_without_an_office_nothing_is_issued(town: OrderTown) -> None:
    with make.writing():
        db.session.query(IssuingOffice).delete()
    with pytest.raises(Invalid) as refused:
        town.issue()
    assert str(refused.value.fields[""]) == actions.NO_OFFICE


def test_the_unit_answers_and_the_bureau_looks_again(town: OrderTown) -> None:
    order = town.issue(
        problems=[
            ProblemDraft(problem="未配备安全员", rule="o74_lift_69"),
            ProblemDraft(problem="无档案", rule="law_35"),
        ]
    )
    photo = town.photo()
    with db.transaction():
        actions.answer(town.again(order), {1: ProblemAnswer("已任命", [photo])}, by=town.by("officer"))
    assert (town.again(order).state, states(order)) == (OrderState.ISSUED, [(True, False), (False, False)])
    with db.transaction():
        actions.answer(town.again(order), {2: ProblemAnswer("已建档")}, by=town.by("officer"))
    assert town.again(order).state is OrderState.ANSWERED
    with db.transaction():
        decisions = {1: ProblemAnswer("", is_right=True), 2: ProblemAnswer("缺合格证")}
        actions.recheck(town.again(order), decisions, by=town.by("county"))
    assert (town.again(order).state, states(order)) == (OrderState.ISSUED, [(True, True), (False, False)])
    with db.transaction():
        actions.answer(town.again(order), {2: ProblemAnswer("已补齐")}, by=town.by("officer"))
    with db.transaction():
        actions.recheck(town.again(order), {2: ProblemAnswer("", is_right=True)}, by=town.by("county"))
    closed = town.again(order)
    assert (closed.state, closed.closed_on) == (OrderState.CLOSED, clock.today())


def test_nobody_looks_again_at_his_own_work(town: OrderTown) -> None:
    order = town.issue()
    with db.transaction():
        actions.answer(order, {1: ProblemAnswer("代为办理")}, by=town.by("county"))
    with pytest.raises(Invalid), db.transaction():
        actions.recheck(town.again(order), {1: ProblemAnswer("", is_right=True)}, by=town.by("county"))
    with db.transaction():
        actions.recheck(town.again(order), {1: ProblemAnswer("", is_right=True)}, by=town.by("second"))
    assert town.again(order).state is OrderState.CLOSED


def test_a_hazard_in_an_order_is_due_by_its_day_and_moves_it(town: OrderTown) -> None:
    hazard = town.hazard()
    with db.transaction():
        problem = ProblemDraft(
            problem="门锁失效", rule="", rule_text="GB/T", piece=town.lift, hazard=db.session.merge(hazard)
        )
        order = actions.issue(town.draft(problems=[problem]), by=town.by("county"))
    key = (hazard.equipment_id, hazard.id)
    assert db.session.get_one(Hazard, key).due_on == order.due_on
    with pytest.raises(Invalid), db.transaction():  # a hazard stands in one order
        actions.issue(town.draft(problems=[problem]), by=town.by("county"))
    db.session.rollback()
    with db.transaction():  # on the page of the hazard
        hazard_actions.rectify(db.session.get_one(Hazard, key), "已更换", by=town.by("officer"))
    assert town.again(order).state is OrderState.ANSWERED
    with db.transaction():
        actions.recheck(town.again(order), {1: ProblemAnswer("", is_right=True)}, by=town.by("second"))
    assert (town.again(order).state, db.session.get_one(Hazard, key).state) == (
        OrderState.CLOSED,
        HazardState.CLOSED,
    )
    with db.transaction():
        hazard_actions.reopen(db.session.get_one(Hazard, key), "又坏了", make.days(5), by=town.by("county"))
    assert (town.again(order).state, town.again(order).closed_on) == (OrderState.ISSUED, None)


def test_an_order_that_nobody_answered_is_late_the_next_morning(town: OrderTown) -> None:
    order = town.issue()
    with time_machine.travel(clock.site_midnight(order.due_on) + timedelta(hours=9), tick=False):
        assert mark_late_orders(clock.today()) == {"orders": 0}
    with time_machine.travel(
        clock.site_midnight(order.due_on + timedelta(days=1)) + timedelta(hours=1), tick=False
    ):
        assert (mark_late_orders(clock.today()), mark_late_orders(clock.today())) == (
            {"orders": 1},
            {"orders": 0},
        )
        assert town.again(order).state is OrderState.OVERDUE
        until = clock.today() + timedelta(days=10)
        with db.transaction():
            actions.extend(town.again(order), until, "材料已订", by=town.by("county"))
        assert (town.again(order).state, town.again(order).due_on) == (OrderState.ISSUED, until)


def test_a_late_order_goes_to_the_enforcement_team_and_its_result_comes_back(town: OrderTown) -> None:
    order = town.issue()
    by = town.by("county")
    with db.transaction():
        transfers.transfer(town.again(order), "执法大队", "逾期未整改", "案卷一册", by=by)
    assert town.again(order).state is OrderState.TRANSFERRED
    today = clock.today()
    refusals = [
        (TransferOutcome(TransferResult.PENALTY, today, "云市监罚〔2026〕1号"), Conflict),  # not filed yet
        (TransferOutcome(TransferResult.FILED, today + timedelta(days=1)), Invalid),
        (TransferOutcome(TransferResult.FILED, today - timedelta(days=1)), Invalid),
        (TransferOutcome(TransferResult.NOT_FILED, today), Invalid),  # without its letter
        (TransferOutcome(TransferResult.FILED, today, fine_fen=500), Invalid),
    ]
    for outcome, error in refusals:
        with pytest.raises(error), db.transaction():
            transfers.enter_result(town.again(order), outcome, by=by)
    with db.transaction():
        transfers.enter_result(town.again(order), TransferOutcome(TransferResult.FILED, today), by=by)
    with db.transaction():
        penalty = TransferOutcome(TransferResult.PENALTY, today, "云市监罚〔2026〕1号", 3_000_000)
        case = transfers.enter_result(town.again(order), penalty, by=by)
        assert (case.result, case.fine_fen) == (TransferResult.PENALTY, 3_000_000)
    assert town.again(order).state is OrderState.TRANSFERRED  # a penalty puts nothing right
    with db.transaction():
        actions.answer(town.again(order), {1: ProblemAnswer("已整改")}, by=town.by("officer"))
    with db.transaction():
        actions.recheck(town.again(order), {1: ProblemAnswer("", is_right=True)}, by=by)
    assert town.again(order).state is OrderState.CLOSED


def test_service_is_said_once_and_after_the_issue(town: OrderTown) -> None:
    order = town.issue()
    by, now = town.by("county"), clock.now()
    for at in (now + timedelta(days=1), now - timedelta(days=2)):
        with pytest.raises(Invalid) as refused, db.transaction():
            actions.serve(town.again(order), OrderService(ServiceWay.SIGNED, at, "李安"), by=by)
        assert set(refused.value.fields) == {"at"}
    with db.transaction():
        refusal = OrderService(ServiceWay.REFUSED, now, witness="网格员", reason="不认可")
        actions.serve(town.again(order), refusal, by=by)
    with pytest.raises(Conflict), db.transaction():
        actions.serve(town.again(order), OrderService(ServiceWay.SIGNED, now, "李安"), by=by)


def test_withdrawn_keeps_its_number_and_asks_for_nothing(town: OrderTown) -> None:
    order = town.issue()
    with db.transaction():
        actions.withdraw(town.again(order), "单位有误", by=town.by("county"))
    with pytest.raises(Conflict), db.transaction():
        actions.answer(town.again(order), {1: ProblemAnswer("已整改")}, by=town.by("officer"))
    assert (town.issue().sequence, town.again(order).state) == (2, OrderState.WITHDRAWN)
    assert [source.rows(clock.today(), 365).subquery() is not None for source in DUTIES] == [True, True]


def test_an_order_is_seen_by_its_unit_and_the_bureau_of_the_area(town: OrderTown) -> None:
    order = town.issue()
    for who, sees in (
        ("officer", True),
        ("county", True),
        ("city", True),
        ("stranger", False),
        ("elsewhere", False),
    ):
        if sees:
            assert order_of(town.by(who), order.organisation_id, order.id).id == order.id
        else:
            with pytest.raises(NotFound):
                order_of(town.by(who), order.organisation_id, order.id)
    with pytest.raises(NotAllowed), db.transaction():
        actions.answer(order, {1: ProblemAnswer("已整改")}, by=town.by("stranger"))


def test_the_day_of_an_order_on_its_pages(town: OrderTown, signed_in: Sign, settings: Settings) -> None:
    office, unit = signed_in(town.county), signed_in(town.officer)
    assert "哪个单位" in office.get("/orders/new").get_data(as_text=True)
    page = office.get(f"/orders/new?unit={town.unit.name}").get_data(as_text=True)
    assert "某区市场监督管理局" in page
    typed = {
        "unit": str(town.unit.id),
        "issued_on": clock.today().isoformat(),
        "due_on": town.draft().due_on.isoformat(),
        "urgency": "by_day",
        "problems-0-problem": "应急救援预案未演练",
        "problems-0-rule": "o74_lift_69",
        "problems-0-piece": "没有这个编号",
        "inspectors-0-name": "王监",
    }
    refused = office.post("/orders/new", data=typed)
    text = refused.get_data(as_text=True)
    assert (refused.status_code, "没有这个编号" in text, "应急救援预案未演练" in text) == (422, True, True)
    typed |= {"problems-0-piece": town.lift.label_code, "inspectors-1-name": "李察"}
    sent = office.post("/orders/new", data=typed)
    assert sent.status_code == 302, sent.get_data(as_text=True)
    address = sent.location
    shown = unit.get(address).get_data(as_text=True)
    assert ("应急救援预案未演练" in shown, "移交执法" in shown) == (True, False)
    photo = (io.BytesIO(store.path_of(town.photo().content.sha256).read_bytes()), "整改.jpg")
    answered = unit.post(
        f"{address}/answer", data={"answers-0-no": "1", "answers-0-text": "已演练", "answers-0-files": photo}
    )
    assert answered.status_code == 302, answered.get_data(as_text=True)
    served = office.post(f"{address}/serve", data={"way": "refused", "on": clock.today().isoformat()})
    assert (served.status_code, "见证人" in served.get_data(as_text=True)) == (422, True)
    office.post(
        f"{address}/serve", data={"way": "signed", "on": clock.today().isoformat(), "receiver": "张总"}
    )
    done = office.post(f"{address}/recheck", data={"answers-0-no": "1", "answers-0-right": "yes"})
    assert done.status_code == 302, done.get_data(as_text=True)
    order = db.session.scalars(orders(SYSTEM, {})).one()
    number = order.number
    assert (order.state, order.receiver) == (OrderState.CLOSED, "张总")
    rows = csv_of(settings, office, "/orders")
    assert (len(rows), rows[1][0], rows[1][8]) == (2, number, "已整改")
    paper = task_made(settings, office.post(f"{address}/paper"))
    words = PdfReader(store.path_of(paper.file_sha256 or "")).pages[0].extract_text().replace("\n", "")
    assert all(
        text in words
        for text in (
            number,
            "银杏物业",
            "应急救援预案未演练",
            "第六十九条",
            "60日内向某市人民政府",
            "某区人民法院",
            "王监",
        )
    )
    case = PdfReader(
        store.path_of(task_made(settings, office.post(f"{address}/paper?whole=1")).file_sha256 or "")
    )
    whole = [page.extract_text().replace("\n", "") for page in case.pages]
    assert ("特种设备监察案卷" in whole[0], "卷内文件目录" in whole[1]) == (True, True)
    assert [f"第 {number} 页" in text for number, text in enumerate(whole, 1)] == [True] * len(whole)
    assert {name.split("-", 1)[-1] for name in case.attachments} == {"整改.jpg", "chain.jsonl"}
    assert unit.post(f"{address}/paper?whole=1").status_code == 404


@pytest.mark.parametrize(
    ("typed", "units"),
    [
        ("银杏物业", ["银杏物业"]),
        (" 银杏 ", ["银杏物业"]),
        ("物业", ["胡杨物业", "银杏物业"]),  # the third one is of another area
        ("靖远物业", []),
        ("市局", []),  # the bureau is nobody's unit
        ("100%", []),
        ("91640100mae0000001", ["银河气体"]),
        ("91640100", []),
        ("", []),
    ],
)
def test_a_unit_is_searched_by_a_part_of_its_name(town: OrderTown, typed: str, units: list[str]) -> None:
    make.organisation(OrganisationKind.STATION, "银河气体", credit_code="91640100MAE0000001")
    search = search_units(town.by("county"), typed)
    assert (sorted(unit.name for unit in search.units), search.more) == (sorted(units), False)


def test_a_unit_with_its_seat_elsewhere_is_searched_where_it_has_a_piece(town: OrderTown) -> None:
    make.equipment("elevator", use_unit_id=town.far_unit.id)
    county, elsewhere = town.by("county"), town.by("elsewhere")
    assert [unit.name for unit in search_units(county, "靖远").units] == ["靖远物业"]
    assert [unit.name for unit in search_units(county, "物业").units][2:] == ["靖远物业"]  # behind one's own
    assert [unit.name for unit in search_units(elsewhere, "物业").units] == ["靖远物业"]
    assert search_units(elsewhere, str(town.unit.id)).units == []


def test_of_many_units_called_alike_the_first_are_listed(town: OrderTown, signed_in: Sign) -> None:
    for number in range(MOST_UNITS):
        make.organisation(OrganisationKind.USE_UNIT, f"连锁气站{number:02}")
    office = signed_in(town.county)
    page = office.get("/orders/new?unit=连锁").get_data(as_text=True)
    assert (page.count('href="?unit='), "请输入更完整的名称" in page) == (MOST_UNITS, False)
    make.organisation(OrganisationKind.USE_UNIT, "连锁气站99")
    page = office.get("/orders/new?unit=连锁").get_data(as_text=True)
    assert (page.count('href="?unit='), "请输入更完整的名称" in page) == (MOST_UNITS, True)
    assert ("连锁气站19" in page.split("data-unit-choices")[1], "不是本辖区" in page) == (True, False)
    one = office.get("/orders/new?unit=连锁气站99").get_data(as_text=True)
    assert 'name="problems-0-problem"' in one
    assert "不是本辖区在册单位" in office.get("/orders/new?unit=靖远").get_data(as_text=True)


def test_a_paper_that_nobody_signed_has_room_for_name_and_day(town: OrderTown, app: Flask) -> None:
    order = town.issue(unit_head="张总")
    sheet = app.jinja_env.get_template("orders/_sheet.html").module.sheet  # type: ignore[attr-defined]

    def receipt() -> str:
        text = str(sheet(order_paper(town.again(order)))).split("受检单位（签收）：")[1].split("</td>")[0]
        return text.replace("<br>", " ").strip()

    assert receipt() == "单位负责人：张总 　　　　年　　月　　日"
    with db.transaction():
        service = OrderService(ServiceWay.SIGNED, clock.now(), "李安")
        actions.serve(town.again(order), service, by=town.by("county"))
    assert receipt() == f"李安　{clock.site_time(clock.now()):%Y-%m-%d %H:%M} 单位负责人：张总"


def test_an_answer_says_how_many_problems_are_still_without_one(town: OrderTown, signed_in: Sign) -> None:
    order = town.issue(
        problems=[
            ProblemDraft(problem="未配备安全员", rule="o74_lift_69"),
            ProblemDraft(problem="无档案", rule="law_35"),
        ]
    )
    unit, address = signed_in(town.officer), f"/orders/{order.organisation_id}/{order.id}"
    unit.post(f"{address}/answer", data={"answers-0-no": "1", "answers-0-text": "已任命"})
    page = unit.get(address).get_data(as_text=True)
    assert ("还有1项问题未答复" in page, "等待监察员复查" in page, "共2项问题，1项未答复" in page) == (
        True,
        False,
        True,
    )
    unit.post(f"{address}/answer", data={"answers-0-no": "2", "answers-0-text": "已建档"})
    page = unit.get(address).get_data(as_text=True)
    assert ("还有1项问题未答复" in page, "等待监察员复查" in page, "项未答复" in page) == (False, True, False)


def test_hazards_that_were_ticked_make_an_order_of_their_unit(town: OrderTown, signed_in: Sign) -> None:
    hazard = town.hazard()
    office = signed_in(town.county)
    page = office.get(f"/orders/new?hazard={hazard.equipment_id}.{hazard.id}").get_data(as_text=True)
    assert ("门锁失效" in page, "银杏物业" in page, str(hazard.id) in page) == (True, True, True)


def test_more_rows_keep_what_was_typed(town: OrderTown, signed_in: Sign) -> None:
    office = signed_in(town.county)
    typed = {"unit": str(town.unit.id), "problems-0-problem": "第一条", "issued_on": "", "due_on": ""}
    page = office.post("/orders/new?more=1", data=typed).get_data(as_text=True)
    assert ("第一条" in page, 'name="problems-2-problem"' in page) == (True, True)


def test_an_office_says_how_it_signs(town: OrderTown, signed_in: Sign) -> None:
    office = signed_in(town.county)
    typed = {
        "area": make.COUNTY,
        "name": "云上区市场监督管理局",
        "sign": "云上",
        "review_body": "某市人民政府",
        "court": "某区人民法院",
    }
    assert office.post("/orders/offices", data=typed | {"court": ""}).status_code == 422
    assert office.post("/orders/offices", data=typed).status_code == 302
    assert town.issue().number.startswith("（云上）市监特令")
    other = {**typed, "area": make.ELSEWHERE}
    assert office.post("/orders/offices", data=other).status_code == 422


def test_the_page_of_a_unit_leads_to_what_is_on_file_about_it(town: OrderTown, signed_in: Sign) -> None:
    order = town.issue()

    def lists(who: User, unit: Organisation) -> dict[str, str]:
        browser = signed_in(who)
        page = unescape(browser.get(f"/organisations/{unit.id}").text)
        paths = re.findall(rf'href="(/\w+\?\w+={unit.id})"', page)
        answers = {path.partition("?")[0]: browser.get(path) for path in paths}
        assert {answer.status_code for answer in answers.values()} == {200}
        return {room: answer.text for room, answer in answers.items()}

    own, others = lists(town.county, town.unit), lists(town.county, town.other)
    assert list(own) == ["/equipment", "/supervision", "/orders", "/seizures", "/instruments"]
    assert ("1号梯" in own["/equipment"], order.number in own["/orders"]) == (True, True)
    assert ("1号梯" in others["/equipment"], order.number in others["/orders"]) == (False, False)
    assert order.number in lists(town.officer, town.unit)["/orders"]
