"""Pages of colours: the bureau's lists, a piece with its reasons, a colour by hand, the register's filter, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Role
from equipment.regulation.clauses import Grade
from equipment.regulation.risk_numbers import RISK
from equipment.risks.grading import grade_all
from equipment.risks.home import home_cards
from equipment.risks.listing import PIECE_COLUMNS, UNIT_COLUMNS, piece_table, unit_table
from equipment.risks.models import HandGraded, Risk
from equipment.risks.moments import colours_of_life
from equipment.storage import db
from equipment.web.language import translate
from tests import make
from tests.orders.town import OrderTown

Sign = Callable[[User], FlaskClient]


def graded(town: OrderTown) -> None:
    """A red lift and a blue one."""
    town.hazard(Grade.MAJOR, "4.6b")
    grade_all(clock.today())
    db.session.rollback()


def test_the_bureau_goes_from_the_red_list_to_the_reasons_of_a_piece(
    town: OrderTown, signed_in: Sign
) -> None:
    graded(town)
    county = signed_in(town.county)
    listing = county.get("/risks?colour=red").text
    assert f"/risks/{town.lift.id}" in listing
    assert f"/risks/{town.second_lift.id}" not in listing
    assert "未销号重大隐患：1 条" in listing
    page = county.get(f"/risks/{town.lift.id}").text
    for text in ("可能性 65 分 × 后果系数 1.2 = 78 分", "未核实", "蓝色（低风险）", "红色（重大风险）"):
        assert text in page
    blue = county.get(f"/risks/{town.second_lift.id}").text
    assert "可能性 5 分 × 后果系数 1.2 = 6 分" in blue


def test_filters_leave_what_they_say(town: OrderTown, signed_in: Sign) -> None:
    graded(town)
    county = signed_in(town.county)
    there, link = f"/risks/{town.lift.id}", county.get
    for query, shown in {
        "reason=hazard_major": True,
        "reason=call": False,
        "category=elevator": True,
        "category=crane": False,
        f"area={make.COUNTY}": True,
        f"unit={town.unit.id}": True,
        f"unit={town.other.id}": False,
        "unit=rubbish": False,
        "hand=1": False,
        f"since={clock.today().isoformat()}": True,
        f"since={(clock.today() + timedelta(days=1)).isoformat()}": False,
        "colour=orange": False,
        "colour=purple": True,
        "q=不存在": False,
    }.items():
        assert (there in link(f"/risks?{query}").text) is shown, query


def test_the_register_is_filtered_by_colour_and_blue_is_what_has_none(
    town: OrderTown, signed_in: Sign
) -> None:
    graded(town)
    county = signed_in(town.county)
    red, blue = (county.get(f"/equipment?risk={colour}").text for colour in ("red", "blue"))
    ids = [f"/equipment/{one.id}" for one in (town.lift, town.second_lift)]
    assert [one in red for one in ids] == [True, False]
    assert [one in blue for one in ids] == [False, True]
    assert "红色（重大风险）" in county.get(f"/equipment/{town.lift.id}").text
    assert f"/risks/units?unit={town.unit.id}" in county.get(f"/organisations/{town.unit.id}").text


def test_a_colour_is_given_by_hand_with_a_reason_and_taken_back(town: OrderTown, signed_in: Sign) -> None:
    county, address = signed_in(town.county), f"/risks/{town.second_lift.id}"
    sent = {"colour": "red", "until_on": make.days(30).isoformat(), "reason": ""}
    assert county.post(f"{address}/hand", data=sent).status_code == 422
    late = sent | {"reason": "井道渗水", "until_on": make.days(-1).isoformat()}
    assert county.post(f"{address}/hand", data=late).status_code == 422
    page = county.post(f"{address}/hand", data=sent | {"reason": "井道渗水"}, follow_redirects=True).text
    assert "人工定级" in page
    assert "井道渗水" in page
    hand = db.session.scalars(select(HandGraded.id)).one()
    assert county.post(f"{address}/hand/{hand}/end", data={"reason": ""}).status_code == 422
    done = county.post(f"{address}/hand/{hand}/end", data={"reason": "已整改"}, follow_redirects=True)
    assert "已恢复按评分定级" in done.text
    assert db.session.scalars(select(Risk)).all() == []


def test_a_unit_sees_the_colours_of_its_own_pieces_and_gives_none(town: OrderTown, signed_in: Sign) -> None:
    graded(town)
    officer, stranger = signed_in(town.officer), signed_in(town.stranger)
    address = f"/risks/{town.lift.id}"
    assert address in officer.get("/risks").text
    assert officer.get(address).status_code == 200
    assert address not in stranger.get("/risks").text
    assert stranger.get(address).status_code == 404
    sent = {"colour": "blue", "until_on": make.days(30).isoformat(), "reason": "x"}
    assert officer.post(f"{address}/hand", data=sent).status_code == 403
    far = signed_in(town.elsewhere)
    assert far.post(f"{address}/hand", data=sent).status_code == 404
    assert far.get(address).status_code == 404


def test_units_the_table_and_the_first_page(app: Flask, town: OrderTown, signed_in: Sign) -> None:
    graded(town)
    county = signed_in(town.county)
    units = county.get("/risks/units").text
    assert "银杏物业" in units
    assert "橙色（较大风险）" in units
    assert "银杏物业" not in county.get("/risks/units?colour=red").text
    table = county.get("/risks/table").text
    assert table.count("未核实") == len(RISK.values)
    with app.test_request_context():
        cards = home_cards(town.by("county"))
        assert [(card.key, card.figure, len(card.rows)) for card in cards] == [("risks.red", 1, 1)]
        assert home_cards(town.by("elsewhere")) == []
    [moment] = list(colours_of_life(town.by("county"), town.lift, None))
    assert translate(moment.title, "zh_Hans_CN") == "风险等级变化"


def test_files_have_the_rows_of_their_lists(town: OrderTown) -> None:
    graded(town)
    [piece] = [list(row) for row in piece_table(SYSTEM, {"colour": "red"}, str).rows]
    assert len(piece) == len(PIECE_COLUMNS)
    assert piece[:2] == ["Red, major risk", 78]
    assert piece[-1] == "Major hazards open: 1 +60；Every piece in use begins with this +5；Elevator ×1.2"
    assert list(piece_table(SYSTEM, {"colour": "yellow"}, str).rows) == []
    [unit] = [list(row) for row in unit_table(SYSTEM, {}, str).rows]
    assert len(unit) == len(UNIT_COLUMNS)
    assert unit[3:7] == [2, 1, 0, 0]


def test_the_value_of_a_rule_is_looked_at_before_it_is_set(town: OrderTown, signed_in: Sign) -> None:
    admin = signed_in(make.user(town.bureau, Role.ADMINISTRATOR, area=make.CITY))
    page = admin.get("/rules/risk/floor.hazard_major").text
    assert "先列出有多少台设备等级变化" in page
    assert "likelihood.base" in admin.get("/rules?category=risk").text
    sent = {"value": "purple", "since": clock.today().isoformat(), "applies": "at_once", "cite": "会议纪要"}
    wrong = admin.post("/rules/risk/floor.hazard_major/preview", data=sent)
    assert (wrong.status_code, "请填写 red（红）" in wrong.text) == (422, True)
    ahead = admin.post("/rules/risk/floor.hazard_major/set", data=sent)
    assert ahead.status_code == 422
    assert admin.get("/rules/nothing/floor.hazard_major").status_code == 404
