"""The report from a phone, the page of an accident, its lists, papers and figures, as their people see them."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.accidents import clearing, relaying
from equipment.accidents.deciding import confirm
from equipment.accidents.home import home_cards
from equipment.accidents.listing import accident_table, expert_table
from equipment.accidents.models import Accident, AccidentFile, Expert
from equipment.accidents.moments import accidents_of
from equipment.accidents.printing import accident_paper
from equipment.accidents.queries import relays_of
from equipment.accidents.states import (
    AccidentLevel,
    AccidentSource,
    AccidentState,
    ClearanceKind,
    Office,
    RelayHow,
)
from equipment.accidents.statistics import AccidentGrouping, accident_statistics, accident_statistics_table
from equipment.calls.models import RescueCall
from equipment.calls.states import CallKind, CallSource
from equipment.calls.taking import CallDraft, take
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.storage import db
from equipment.storage.remembered import forget_all
from equipment.tasks.ruled_printing import ruled_pdf
from tests import make
from tests.accidents.conftest import Sign, Town, again, document, png, typed
from tests.fills.conftest import hall_of


def form(page: str) -> dict[str, str]:
    """The hidden fields of a form."""
    return dict(re.findall(r'name="(accident|equipment|call)"[^>]*value="([^"]*)"', page))


def send(client: FlaskClient, page: str, **more: object) -> str:
    at = clock.now() - timedelta(minutes=10)
    data = {
        **form(page),
        "happened_at": typed(at),
        "known_at": typed(at),
        "what": "门区夹人",
        "dead": "0",
        "serious": "0",
        "injured": "1",
        "trapped": "0",
        **more,
    }
    answer = client.post("/accidents/new", data=data, content_type="multipart/form-data")
    return answer.location or answer.get_data(as_text=True)


def test_a_unit_reports_from_its_phone_with_a_photo(town: Town, signed_in: Sign) -> None:
    officer = signed_in(town.officer)
    page = officer.get(f"/accidents/new?equipment={town.lift.id}").get_data(as_text=True)
    assert 'data-hour="60"' in page
    where = send(officer, page, photos=(png(), "现场.png"))
    assert re.fullmatch(r"/accidents/[0-9a-f-]{36}", where)
    assert send(officer, page, photos=(png(), "现场.png")) == where  # sent twice
    accident = again(UUID(where.rpartition("/")[2]))
    assert (accident.source, accident.injured, accident.in_time) == (AccidentSource.PAGE, 1, True)
    file = db.session.scalars(select(AccidentFile)).one()
    shown = officer.get(where).get_data(as_text=True)
    assert f"{where}/files/{file.id}" in shown
    with officer.get(f"{where}/files/{file.id}") as photo:
        assert (photo.status_code, photo.mimetype) == (200, "image/png")
    assert officer.get(f"{where}/files/{new_id()}").status_code == 404
    assert signed_in(town.stranger).get(f"{where}/files/{file.id}").status_code == 404


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"happened_at": "2199-01-01T10:00", "known_at": ""}, "时间尚未到来"),
        ({"happened_at": "昨天"}, ""),
        ({"injured": "-1"}, "10000"),
        ({"injured": "两"}, "整数"),
        ({"what": " "}, ""),
        ({"known_at": "2001-01-01T10:00"}, "不可能早于事故发生时间"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    town: Town, signed_in: Sign, more: dict[str, str], text: str
) -> None:
    officer = signed_in(town.officer)
    page = officer.get(f"/accidents/new?equipment={town.lift.id}").get_data(as_text=True)
    at = clock.now() - timedelta(minutes=10)
    plain = {"happened_at": typed(at), "known_at": typed(at), "what": "门区夹人", "injured": "1"}
    answer = officer.post("/accidents/new", data={**form(page), **plain, **more})
    assert answer.status_code == 422
    assert text in answer.get_data(as_text=True)
    assert db.session.scalars(select(Accident)).all() == []


def test_the_same_accident_is_shown_and_asked_about(town: Town, signed_in: Sign) -> None:
    before = town.report(minutes=15)
    officer = signed_in(town.officer)
    page = officer.get(f"/accidents/new?equipment={town.lift.id}").get_data(as_text=True)
    asked = send(officer, page)
    assert f"/accidents/{before.id}" in asked
    assert 'name="sure"' in asked
    assert send(officer, page, sure="y").startswith("/accidents/")


def test_pieces_are_looked_for_and_a_place_does_where_none_is(town: Town, signed_in: Sign) -> None:
    officer = signed_in(town.officer)
    assert "scan-box" in officer.get("/accidents/new").get_data(as_text=True)
    assert officer.get(f"/accidents/new?equipment={new_id()}").status_code == 404
    assert officer.get("/accidents/new?code=没有这个号码").status_code == 200
    page = officer.get("/accidents/new?elsewhere=1").get_data(as_text=True)
    more = {"elsewhere": "1", "category": "cylinder", "area": make.COUNTY, "place": "后厨"}
    accident = again(UUID(send(officer, page, **more).rpartition("/")[2]))
    assert (accident.place, accident.unit_id, accident.equipment_id) == ("后厨", town.unit.id, None)
    assert "后厨" in officer.get(f"/accidents/{accident.id}").get_data(as_text=True)


def test_a_supervisor_enters_a_call_by_phone_with_its_time(town: Town, signed_in: Sign) -> None:
    county = signed_in(town.county)
    page = county.get(f"/accidents/new?equipment={town.lift.id}").get_data(as_text=True)
    at = clock.now() - timedelta(hours=3)
    more = {
        "happened_at": typed(at),
        "known_at": typed(at + timedelta(minutes=5)),
        "reported_at": typed(at + timedelta(minutes=100)),
        "by_phone": "y",
    }
    accident = again(UUID(send(county, page, **more).rpartition("/")[2]))
    assert (accident.source, accident.in_time) == (AccidentSource.PHONE, False)
    assert "迟报" in county.get(f"/accidents/{accident.id}").get_data(as_text=True)


def call_of(town: Town, **more: object) -> RescueCall:
    centre = make.organisation(OrganisationKind.CENTRE, "应急处置中心")
    town.taker = make.user(centre, Role.CALL_TAKER)  # type: ignore[attr-defined]
    draft = CallDraft(
        id=new_id(),
        called_at=clock.now() - timedelta(minutes=12),
        source=CallSource.DESK,
        equipment_id=town.lift.id,
        kind=CallKind.HURT,
        trapped=2,
    )
    with db.transaction():
        return take(draft, by=town.by("taker"))


def test_a_rescue_call_with_somebody_hurt_is_reported_with_its_facts(town: Town, signed_in: Sign) -> None:
    call = call_of(town)
    manager = signed_in(town.manager)
    assert f"/accidents/new?call={call.id}" in manager.get(f"/rescue/calls/{call.id}").get_data(as_text=True)
    page = manager.get(f"/accidents/new?call={call.id}").get_data(as_text=True)
    assert form(page) | {"accident": ""} == {
        "accident": "",
        "equipment": str(town.lift.id),
        "call": str(call.id),
    }
    assert re.search(r'name="trapped"[^>]*value="2"', page)
    where = send(manager, page)
    assert again(UUID(where.rpartition("/")[2])).source is AccidentSource.CALL
    assert where in manager.get(f"/rescue/calls/{call.id}").get_data(as_text=True)
    again_asked = send(manager, manager.get(f"/accidents/new?call={call.id}").get_data(as_text=True))
    assert "已" in again_asked
    assert where in again_asked
    assert signed_in(town.stranger).get(f"/accidents/new?call={call.id}").status_code == 404


STEPS = {
    "follow-up": {"what": "门区夹人，送医后重伤", "serious": "1", "injured": "0"},
    "confirm": {"level": "general"},
    "level": {"level": "larger", "reason": "重伤人数增加"},
    "relay": {"how": "phone", "receipt": "市局值班 李"},
    "no-more": {"note": "伤情稳定"},
    "investigation": {"result": "门保护失效", "cause": "光幕损坏", "responsible": "使用单位、维保单位"},
    "publish": {"published_where": "局官网", "published_text": "调查结果"},
}


def test_the_whole_way_on_pages(town: Town, signed_in: Sign) -> None:
    """From the phone of the unit to the closing, by the buttons that each page offers."""
    officer = signed_in(town.officer)
    page = officer.get(f"/accidents/new?equipment={town.lift.id}").get_data(as_text=True)
    where = send(officer, page)
    county, colleague = signed_in(town.county), signed_in(town.colleague)
    today = clock.today().isoformat()

    def step(client: FlaskClient, name: str, **more: object) -> None:
        assert f'href="{where}/{name}"' in client.get(where).get_data(as_text=True), name
        assert client.get(f"{where}/{name}").status_code == 200
        answer = client.post(
            f"{where}/{name}", data={**STEPS.get(name, {}), **more}, content_type="multipart/form-data"
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)

    step(county, "relay")
    step(county, "confirm")
    assert "停止使用" in officer.get(f"/equipment/{town.lift.id}").get_data(as_text=True)
    step(officer, "follow-up")
    step(county, "level")
    step(county, "no-more")
    missing = officer.post(f"{where}/clearance", data={"kind": "statement", "note": "已检"})
    assert missing.status_code == 422
    step(officer, "clearance", kind="statement", note="特检院检查", documents=(png(), "报告.png"))
    assert f"{where}/clear" in colleague.get(where).get_data(as_text=True)
    answer = colleague.post(f"{where}/clear", data={"granted": "no", "reason": ""})
    assert answer.status_code == 422
    assert colleague.post(f"{where}/clear", data={"granted": "yes"}).status_code == 302
    step(county, "investigation", investigated_on=today)
    step(county, "publish", published_on=today)
    step(county, "close")
    closed = again(UUID(where.rpartition("/")[2]))
    assert (closed.state, closed.serious, town.stopped()) == (AccidentState.CLOSED, 1, False)
    shown = officer.get(where).get_data(as_text=True)
    assert f'href="{where}/correct"' not in shown
    assert f'href="{where}/correct"' in county.get(where).get_data(as_text=True)
    assert signed_in(town.township).post(f"{where}/level", data=STEPS["level"]).status_code == 403


def test_a_township_is_offered_no_decision_and_gets_none(town: Town, signed_in: Sign) -> None:
    accident = town.report()
    township = signed_in(town.township)
    shown = township.get(f"/accidents/{accident.id}").get_data(as_text=True)
    assert f"/accidents/{accident.id}/confirm" not in shown
    assert township.post(f"/accidents/{accident.id}/confirm", data=STEPS["confirm"]).status_code == 403
    assert again(accident).state is AccidentState.REPORTED


def test_cards_show_the_clock_that_runs(town: Town, app: Flask) -> None:
    assert home_cards(town.by("county")) == []
    town.report()
    with app.test_request_context():
        (card,) = home_cards(town.by("county"))
        (own,) = home_cards(town.by("officer"))
        assert home_cards(town.by("stranger")) == []
    assert (card.figure, card.tone, str(card.rows[0].note)) == (1, "red", "Report upward: 1 h 59 min left")
    assert str(own.rows[0].note) == "Reported, to be confirmed"


def test_an_accident_stands_in_the_life_of_its_piece(town: Town, signed_in: Sign) -> None:
    accident = town.confirmed()
    (moment,) = accidents_of(town.by("officer"), town.piece(), None)
    assert (moment.url, moment.state) == (f"/accidents/{accident.id}", AccidentState.CONFIRMED)
    assert list(accidents_of(town.by("stranger"), town.piece(), None)) == []
    page = signed_in(town.officer).get(f"/equipment/{town.lift.id}").get_data(as_text=True)
    assert f"/accidents/{accident.id}" in page


def relayed(town: Town, accident: Accident) -> None:
    now = clock.now()
    with db.transaction():
        relaying.relay(
            again(accident), Office.COUNTY, RelayHow.FAX, now, "白市监收〔2026〕7号", "", by=town.by("county")
        )


def test_papers_say_what_was_known_and_who_told_whom(town: Town) -> None:
    accident = town.report()
    relayed(town, accident)
    with db.transaction():
        confirm(again(accident), AccidentLevel.LARGER, "", by=town.by("county"))
    say = str
    first = accident_paper(again(accident), None, say)
    (relay,) = relays_of([accident.id]).values()
    up = accident_paper(again(accident), relay, say)
    cells = {row.cells[0]: row.cells[1] for table in up.tables for row in table.rows}  # type: ignore[union-attr]
    assert (
        cells["Reporting office"],
        cells["To"],
        cells["Receipt of the office above"],
        cells["Slightly injured"],
    ) == ("County bureau", "City bureau", "白市监收〔2026〕7号", "1")
    assert cells["Level of accident"] == "Not decided yet"  # when it was told
    drawn = ruled_pdf(first, up, locale="en")
    pdf = pypdfium2.PdfDocument(drawn.content)
    assert len(pdf) == 2
    words = pdf[0].get_textpage().get_text_range()
    assert "轿厢突然下坠" in words
    assert "In this system" not in words


def test_figures_count_what_was_confirmed(midyear: None, town: Town) -> None:
    town.report(minutes=300, sure=True)  # not confirmed: not counted
    late = town.confirmed(minutes=80, sure=True)
    town.confirmed(minutes=15, sure=True)
    relayed(town, late)
    today = clock.today()
    for group, label in (
        (AccidentGrouping.MONTH, f"{today:%Y-%m}"),
        (AccidentGrouping.COUNTY, "白银区"),
        (AccidentGrouping.CATEGORY, "Elevator"),
        (AccidentGrouping.LEVEL, "General accident"),
    ):
        whole, rows = accident_statistics(town.by("city"), group, "", today, today)
        (row,) = rows
        assert (row.label, row.accidents, row.injured, row.in_time, row.late) == (label, 2, 2, 1, 1)
        assert (whole.accidents, whole.share, whole.up_in_time) == (2, 0.5, 1)
    asked = {"by": "level", "area": "", "since": today.isoformat(), "until": today.isoformat()}
    table = accident_statistics_table(town.by("city"), asked, str)
    assert [list(row)[:2] for row in table.rows] == [["General accident", 2], ["In all", 2]]
    assert accident_statistics(town.by("far"), AccidentGrouping.LEVEL, "", today, today)[0].accidents == 0


def test_lists_filter_and_export(town: Town, signed_in: Sign) -> None:
    one = town.confirmed()
    county = signed_in(town.county)
    for query, shown in (
        ("", True),
        ("state=open", True),
        ("state=stops", True),
        ("state=closed", False),
        ("level=general", True),
        ("level=major", False),
        ("category=cylinder", False),
        ("hour=on_time", True),
        ("hour=late", False),
        ("area=620421", False),
        ("q=下坠", True),
        ("on_until=2020-01-01", False),
        (f"piece={town.lift.id}", True),
    ):
        page = county.get(f"/accidents?{query}").get_data(as_text=True)
        assert (f"/accidents/{one.id}" in page) is shown, query
    (row,) = accident_table(town.by("county"), {"state": "open"}, str).rows
    assert list(row)[5:10] == ["轿厢突然下坠，一人受伤", 0, 0, 1, 0]
    assert list(accident_table(town.by("far"), {}, str).rows) == []


def test_experts_are_the_bureaus_alone(town: Town, signed_in: Sign) -> None:
    city = signed_in(town.city)
    data = {
        "name": "周工",
        "field": "曳引机与制动器",
        "categories": ["elevator", "cylinder"],
        "phone": "13909430001",
        "valid_until": make.days(365).isoformat(),
    }
    assert city.get("/experts/new").status_code == 200
    assert city.post("/experts/new", data={**data, "categories": []}).status_code == 422
    assert city.post("/experts/new", data=data).location == "/experts"
    assert city.post("/experts/new", data=data).status_code == 409
    expert = db.session.scalars(select(Expert)).one()
    county = signed_in(town.county)
    assert "13909430001" in county.get("/experts").get_data(as_text=True)
    assert county.post(f"/experts/{expert.id}", data=data).status_code == 403
    assert city.post(f"/experts/{expert.id}", data={**data, "employer": "市特检院"}).location == "/experts"
    for who in (town.officer, town.manager):
        assert signed_in(who).get("/experts").status_code == 403
    (row,) = expert_table(town.by("county"), {}, str).rows
    assert list(row)[3:6] == ["Gas cylinder、Elevator", "市特检院", "13909430001"]


def test_the_team_is_named_and_its_phones_stay_with_the_bureau(town: Town, signed_in: Sign) -> None:
    accident = town.confirmed()
    signed_in(town.city).post(
        "/experts/new",
        data={
            "name": "周工",
            "field": "制动器",
            "categories": ["elevator"],
            "phone": "13909430001",
            "valid_until": make.days(365).isoformat(),
        },
    )
    expert = db.session.scalars(select(Expert)).one()
    county = signed_in(town.county)
    page = county.get(f"/accidents/{accident.id}/investigation").get_data(as_text=True)
    assert str(expert.id) in page
    data = {**STEPS["investigation"], "investigated_on": clock.today().isoformat(), "team": str(expert.id)}
    assert county.post(f"/accidents/{accident.id}/investigation", data=data).status_code == 302
    seen_by = {
        name: signed_in(getattr(town, name)).get(f"/accidents/{accident.id}").get_data(as_text=True)
        for name in ("county", "officer")
    }
    assert {name: ("周工" in text, "13909430001" in text) for name, text in seen_by.items()} == {
        "county": (True, True),
        "officer": (True, False),
    }


def test_a_clearance_by_the_one_who_asked_is_not_offered(town: Town, signed_in: Sign) -> None:
    clients = {name: signed_in(getattr(town, name)) for name in ("county", "colleague")}
    accident = town.confirmed()
    with db.transaction():
        clearing.ask_clearance(
            again(accident), ClearanceKind.STATEMENT, None, "已检", [document()], by=town.by("county")
        )
    for who, offered in (("county", False), ("colleague", True)):
        page = clients[who].get(f"/accidents/{accident.id}").get_data(as_text=True)
        assert (f"/accidents/{accident.id}/clear" in page) is offered
    refused = clients["county"].post(f"/accidents/{accident.id}/clear", data={"granted": "yes"})
    assert refused.status_code == 403


def test_the_report_is_drawn_as_a_task(town: Town, signed_in: Sign) -> None:
    accident = town.report()
    officer = signed_in(town.officer)
    assert officer.post(f"/accidents/{accident.id}/print").location.startswith("/tasks/")
    assert officer.post(f"/accidents/{accident.id}/print?relay={new_id()}").status_code == 422


def test_a_bottle_is_neither_filled_nor_used_until_it_was_cleared(town: Town, app: Flask) -> None:
    hall = hall_of(app)
    bottle = hall.bottle()
    code = bottle.label_code or ""
    owner = make.user(hall.station, Role.STATION_OWNER)
    db.session.expunge_all()  # requests end the session; what tests hold stays readable

    def asked() -> tuple[list[str], bool]:
        look = {"scan_id": str(new_id()), "code": code, "gas": "LPG", "happened_at": clock.now().isoformat()}
        reasons = [reason["code"] for reason in hall.send("POST", "/scans", look).get_json()["reasons"]]
        public = app.test_client().get(f"/T/{code}").get_data(as_text=True)
        return [reason for reason in reasons if reason == "R30"], "停止使用，请勿使用" in public

    assert asked() == ([], False)
    town.owner = owner  # type: ignore[attr-defined]
    accident = town.confirmed(who="owner", equipment=db.session.get_one(Equipment, bottle.id)).id
    forget_all()
    assert asked() == (["R30"], True)
    with db.transaction():
        kind = ClearanceKind.STATEMENT
        clearing.ask_clearance(again(accident), kind, None, "已检", [document()], by=town.by("owner"))
    with db.transaction():
        clearing.decide_clearance(again(accident), True, "", by=town.by("county"))
    forget_all()
    assert asked() == ([], False)
