"""A unit's controls from the phone to the bureau: recorded once, late, corrected, stopped, missing, signed."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from equipment.controls import posts, reporting, risk_lists
from equipment.controls.days import look_again
from equipment.controls.home import control_left, home_cards
from equipment.controls.listing import day_table
from equipment.controls.models import ControlDay, ControlReport, DailyControl, RiskList
from equipment.controls.nightly import open_controls
from equipment.controls.preparing import figures_of, problems_in
from equipment.controls.queries import control_reports, county_shares, report_of, unit_months
from equipment.controls.reporting import ReportWords
from equipment.controls.rules import ControlDayState, ControlPost, DayCount
from equipment.controls.states import ControlReportState
from equipment.core import clock
from equipment.core.clock import SITE
from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.files import store
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingSource, FindingState
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, DeviceKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Standing
from equipment.reminders.actions import plan as plan_notices
from equipment.reminders.models import Notice
from equipment.storage import db
from equipment.web.language import translate
from tests import make
from tests.exports import task_made
from tests.orders.town import OrderTown

Sign = Callable[[User], FlaskClient]
LONG_AGO = datetime(2020, 1, 1, tzinfo=SITE)


class ControlTown(OrderTown):
    """The town with officers' phones and a station; its pieces have been on file for years."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app = app
        self.phone, self.token = make.device(self.unit, DeviceKind.PHONE, person=self.officer)
        self.station = make.station("云岭气站")
        self.owner = make.user(self.station, Role.STATION_OWNER, name="陈站")
        self.bottle = make.equipment("cylinder", owner_id=self.station.id)
        self.station_phone, self.station_token = make.device(
            self.station, DeviceKind.PHONE, person=self.owner
        )
        with db.transaction():
            for piece in db.session.scalars(select(Equipment)):
                piece.created_at = LONG_AGO
        db.session.rollback()
        for made in (self.station, self.owner, self.bottle):
            db.session.refresh(made)
            db.session.expunge(made)

    def viewer(self, who: str) -> Viewer:
        return viewer_of(db.session.get_one(User, getattr(self, who).id))

    def body(self, **more: Any) -> dict[str, Any]:
        return {
            "control_id": str(uuid.uuid4()),
            "category": "elevator",
            "on": clock.today().isoformat(),
            "made_at": clock.now().isoformat(),
            "nothing_found": True,
            "officer": "李安",
            **more,
        }

    def send(self, body: dict[str, Any], *, photos: int = 0, token: str = "") -> Any:
        parts: dict[str, Any] = {"record": json.dumps(body)}
        picture = store.path_of(self.photo().content.sha256).read_bytes() if photos else b""
        for number in range(1, photos + 1):
            parts[f"photo-{number}"] = (io.BytesIO(picture), "现场.jpg")
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.app.test_client().post("/api/v1/controls", data=parts, headers=headers)

    def problem(self, **more: Any) -> dict[str, Any]:
        return {"text": "1号梯门锁失效", "piece": str(self.lift.id), **more}


@pytest.fixture
def town(app: Flask) -> ControlTown:
    return ControlTown(app)


def days(**filters: object) -> list[ControlDay]:
    db.session.rollback()
    rows = visible(SYSTEM, ControlDay).filter_by(**filters)
    return list(db.session.scalars(rows.order_by(ControlDay.on, ControlDay.category)))


def controls() -> list[DailyControl]:
    db.session.rollback()
    return list(db.session.scalars(visible(SYSTEM, DailyControl).order_by(DailyControl.received_at)))


def site(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), tzinfo=SITE)


def test_a_control_comes_once_however_often_it_is_sent(town: ControlTown) -> None:
    open_controls(clock.today())
    body = town.body()
    first, again = town.send(body), town.send(body)
    assert (first.status_code, again.status_code) == (201, 200), first.json
    assert (first.json["late"], again.json["again"], first.json["url"] == again.json["url"]) == (
        False,
        True,
        True,
    )
    other = town.send(body | {"officer": "别人"})
    assert (other.status_code, list(other.json["fields"])) == (409, ["officer"])
    (control,) = controls()
    assert (control.nothing_found, control.problems, control.pieces) == (True, 0, 2)
    (day,) = days(organisation_id=town.unit.id)
    assert (day.state, day.control_id) == (ControlDayState.ON_TIME, control.id)


def test_a_second_officer_is_not_refused_and_the_first_record_decides(town: ControlTown) -> None:
    open_controls(clock.today())
    town.send(town.body(officer="李安"))
    second = town.send(town.body(officer="王员", nothing_found=False, problems=[town.problem()]))
    assert second.status_code == 201, second.json
    assert [(one.officer, one.problems) for one in controls()] == [("李安", 0), ("王员", 1)]
    (day,) = days(organisation_id=town.unit.id)
    assert day.control_id == controls()[0].id


@pytest.mark.parametrize(
    ("made", "received", "late", "flags"),
    [
        ("07:10", "07:11", False, []),
        ("07:10", "11:00", False, []),  # no signal until eleven: the phone's word counts within its day
        ("07:40", "11:00", True, []),
        ("06:50", "06:55", False, []),
        ("12:00", "11:00", True, ["disputed"]),  # a clock ahead of ours is not believed
    ],
)
def test_a_station_is_on_time_before_half_past_seven(
    town: ControlTown, made: str, received: str, late: bool, flags: list[str]
) -> None:
    day = clock.today() - timedelta(days=2)
    with clock.played(site(day, "00:10")):
        open_controls(day)
    body = town.body(category="cylinder", on=day.isoformat(), made_at=site(day, made).isoformat())
    with clock.played(site(day, received)):
        answer = town.send(body, token=town.station_token)
    assert (answer.status_code, answer.json.get("late")) == (201, late), answer.json
    (control,) = controls()
    assert (control.flags, control.is_late) == (flags, late)
    state = ControlDayState.LATE if late else ControlDayState.ON_TIME
    assert [one.state for one in days(organisation_id=town.station.id)] == [state]


def test_paper_is_typed_in_with_its_photo_and_never_on_time(town: ControlTown) -> None:
    day = clock.today() - timedelta(days=1)
    with clock.played(site(day, "00:10")):
        open_controls(day)
    body = town.body(on=day.isoformat(), is_paper=True)
    assert town.send(body).json["fields"].keys() == {"photos"}
    assert town.send(body, photos=1).json["late"] is True
    (row,) = days(organisation_id=town.unit.id)
    assert (row.state, len(controls()[0].photos)) == (ControlDayState.LATE, 1)


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"nothing_found": False}, {"nothing_found"}),
        ({"category": "spaceship"}, {"category"}),
        ({"category": "crane"}, {"category"}),  # none in use here
        ({"officer": " "}, {"officer"}),
        ({"nothing_found": False, "problems": [{"text": "x", "piece": str(uuid.uuid4())}]}, {"problems"}),
        ({"on": (clock.today() + timedelta(days=2)).isoformat()}, {"on"}),
        ({"on": (clock.today() - timedelta(days=200)).isoformat()}, {"on"}),
    ],
)
def test_what_is_no_control_leaves_nothing(town: ControlTown, more: dict[str, Any], fields: set[str]) -> None:
    answer = town.send(town.body(**more))
    assert (answer.status_code, set(answer.json["fields"])) == (422, fields), answer.json
    assert controls() == []


def test_only_a_unit_controls_its_own_pieces(town: ControlTown) -> None:
    _device, token = make.device(town.bureau, DeviceKind.PHONE, person=town.county)
    assert town.send(town.body(), token=token).status_code == 403
    _device, other = make.device(town.other, DeviceKind.PHONE, person=town.stranger)
    theirs = town.body(nothing_found=False, problems=[town.problem()])
    assert town.send(theirs, token=other).status_code == 422
    assert controls() == []


def test_a_problem_at_a_piece_is_its_finding_and_a_serious_one_is_told_at_once(town: ControlTown) -> None:
    open_controls(clock.today())
    refused = town.send(town.body(nothing_found=False, problems=[town.problem(grade="serious")]))
    assert set(refused.json["fields"]) == {"problems"}
    stopped = town.problem(grade="serious", stopped=True, item="层门关闭严密")
    answer = town.send(town.body(nothing_found=False, problems=[stopped, town.problem(text="照明不亮")]))
    assert answer.status_code == 201, answer.json
    found = db.session.scalars(visible(SYSTEM, Finding).order_by(Finding.description)).all()
    assert [(one.description, one.source, one.state) for one in found] == [
        ("1号梯门锁失效", FindingSource.CONTROL, FindingState.OPEN),
        ("照明不亮", FindingSource.CONTROL, FindingState.OPEN),
    ]
    told = db.session.scalars(select(Notice).where(Notice.duty.startswith("control_serious"))).all()
    assert [(one.user_id, one.stage) for one in told] == [(town.officer.id, "now")]


def test_a_correction_takes_the_place_and_carries_the_findings_on(town: ControlTown) -> None:
    open_controls(clock.today())
    first = town.body(nothing_found=False, problems=[town.problem(), town.problem(text="照明不亮")])
    old = town.send(first).json["control_id"]
    again = town.body(replaces=old, nothing_found=False, problems=[town.problem()])
    assert set(town.send(again).json["fields"]) == {"reason"}
    new = town.send(again | {"reason": "照明已亮，误记"})
    assert new.status_code == 201, new.json
    former, now = controls()
    assert (str(former.superseded_by), now.replaces_id, now.is_late) == (str(now.id), former.id, False)
    found = db.session.scalars(visible(SYSTEM, Finding).order_by(Finding.description)).all()
    assert [(one.description, one.state, one.source_id) for one in found] == [
        ("1号梯门锁失效", FindingState.OPEN, now.id),
        ("照明不亮", FindingState.DISMISSED, now.id),
    ]
    assert [one.control_id for one in days(organisation_id=town.unit.id)] == [now.id]
    assert town.send(town.body(replaces=old, reason="再改")).status_code == 409


def test_the_night_opens_days_for_what_is_in_use_and_twice_is_once(town: ControlTown) -> None:
    today = clock.today()
    make.equipment("crane", use_unit_id=town.unit.id, created_at=clock.now())  # asked from tomorrow on
    assert open_controls(today)["days"] == 2
    assert open_controls(today)["days"] == 0
    assert [(one.organisation_id, one.category, one.pieces) for one in days()] == [
        (town.station.id, "cylinder", 1),
        (town.unit.id, "elevator", 2),
    ]
    tomorrow = today + timedelta(days=1)
    assert open_controls(tomorrow)["days"] == 3


def test_a_bottle_at_a_restaurant_is_its_stations_to_control(town: ControlTown) -> None:
    make.equipment("cylinder", owner_id=town.station.id, use_unit_id=town.unit.id, created_at=LONG_AGO)
    open_controls(clock.today())
    assert {(one.organisation_id, one.category) for one in days()} == {
        (town.station.id, "cylinder"),
        (town.unit.id, "elevator"),
    }


def test_the_last_piece_stopped_that_day_frees_it(town: ControlTown) -> None:
    today = clock.today()
    open_controls(today)
    with db.transaction():
        for piece in (town.lift, town.second_lift):
            rows = db.session.scalars(select(Standing).where(Standing.equipment_id == piece.id))
            for row in rows:
                row.until_on = today
    make.by_hand.update(
        {f"standing:{row.equipment_id}:{row.id}" for row in db.session.scalars(select(Standing))}
    )
    assert open_controls(today + timedelta(days=1))["idle"] == 1
    assert [one.state for one in days(organisation_id=town.unit.id)] == [ControlDayState.STOPPED]
    (station, _next) = days(organisation_id=town.station.id)
    assert station.state is ControlDayState.EXPECTED  # was due before the first bottle


def test_a_stopped_day_is_stated_ahead_or_afterwards_and_taken_back(town: ControlTown) -> None:
    today = clock.today()
    for ago in (2, 1, 0):
        with clock.played(site(today - timedelta(days=ago), "00:10")):
            open_controls(today - timedelta(days=ago))
    with db.transaction():
        row = posts.state_closure("", today - timedelta(days=1), today, "停电检修", by=town.viewer("officer"))
    states = [one.state for one in days(organisation_id=town.unit.id)]
    assert states == [ControlDayState.EXPECTED, ControlDayState.STOPPED_LATE, ControlDayState.STOPPED]
    with db.transaction():
        posts.withdraw_closure(db.session.merge(row), by=town.viewer("officer"))
    states = [one.state for one in days(organisation_id=town.unit.id)]
    assert states == [ControlDayState.EXPECTED, ControlDayState.STOPPED_LATE, ControlDayState.EXPECTED]
    with pytest.raises(Conflict), db.transaction():
        posts.withdraw_closure(db.session.merge(row), by=town.viewer("officer"))
    with pytest.raises(NotAllowed), db.transaction():
        posts.state_closure("", today, today, "x", by=town.viewer("county"))
    with pytest.raises(Invalid) as wrong, db.transaction():
        posts.state_closure("moon", today, today - timedelta(days=1), " ", by=town.viewer("officer"))
    assert set(wrong.value.fields) == {"category", "until_on", "reason"}
    assert look_again(town.other.id, "", today, today) == 0


def test_a_risk_list_is_adopted_once_and_the_control_names_its_version(town: ControlTown) -> None:
    by = town.viewer("officer")
    with db.transaction():
        draft = risk_lists.begin_list("elevator", by=by)
        assert risk_lists.begin_list("elevator", by=by).id == draft.id
        row = risk_lists.empty_row() | {"place": "机房", "risk": "漏水", "check": "机房地面干燥"}
        risk_lists.put_risk_row(draft, row, by=by)
        risk_lists.take_risk_row_away(draft, "001", by=by)
        with pytest.raises(Invalid):
            risk_lists.put_risk_row(draft, risk_lists.empty_row(), by=by)
        risk_lists.adopt_list(draft, by=by)
    town.send(town.body())
    (control,) = controls()
    assert (control.list_version, control.list_id, control.looked_at) == (1, draft.id, 8)
    with pytest.raises(Conflict), db.transaction():
        risk_lists.take_risk_row_away(db.session.merge(draft), "002", by=by)
    with db.transaction():
        second = risk_lists.begin_list("elevator", by=by)
    assert (second.version, [row["code"] for row in second.rows][-1]) == (2, "009")
    assert town.send(town.body(officer="王员")).status_code == 201
    assert controls()[-1].list_version == 1  # a draft is no list
    rows = db.session.scalars(visible(town.viewer("county"), RiskList)).all()
    assert {row.version for row in rows} == {1, 2}


class Week:
    """The week before this one with a day on time, one missing and one stopped; its posts are filled."""

    def __init__(self, town: ControlTown) -> None:
        self.town, today = town, clock.today()
        self.monday = today - timedelta(days=today.weekday() + 7)
        director = make.user(town.unit, Role.SAFETY_OFFICER, name="赵总监")
        main = make.user(town.unit, Role.SAFETY_OFFICER, name="张总")
        director_id, main_id = director.id, main.id
        with clock.played(site(self.monday, "00:10")), db.transaction():
            by = town.viewer("officer")
            for post, user in ((ControlPost.DIRECTOR, director), (ControlPost.MAIN, main)):
                posts.appoint(post, user.name, self.monday, by=by, user=db.session.merge(user))
            sunday = self.monday + timedelta(days=6)
            posts.state_closure("elevator", sunday, sunday, "停业", by=by)
        for number in range(7):
            day = self.monday + timedelta(days=number)
            with clock.played(site(day, "00:10")):
                open_controls(day)
        with clock.played(site(self.monday, "08:00")):
            town.send(town.body(nothing_found=False, problems=[town.problem()]))
        open_controls(today)
        self.director, self.main = (
            viewer_of(db.session.get_one(User, key)) for key in (director_id, main_id)
        )

    @property
    def report(self) -> ControlReport:
        db.session.rollback()
        wanted = control_reports(SYSTEM, {"unit": str(self.town.unit.id), "kind": "week"})
        return db.session.scalars(wanted).one()


def test_the_week_is_prepared_signed_by_both_and_corrected_by_a_new_one(town: ControlTown) -> None:
    week = Week(town)
    report = week.report
    assert (report.begins_on, report.state) == (week.monday, ControlReportState.PREPARED)
    figures = figures_of(report)
    assert [figures[name] for name in ("on_time", "missing", "stopped", "problems", "nothing_found")] == [
        1,
        5,
        1,
        1,
        0,
    ]
    assert [(one["text"], one["state"]) for one in problems_in(report)] == [
        ("1号梯门锁失效", FindingState.OPEN.label)
    ]
    with pytest.raises(Invalid), db.transaction():
        reporting.sign_report(week.report, by=week.director)  # nothing is written yet
    with db.transaction():
        reporting.write_report(
            week.report, ReportWords(analysis="门锁老化", next_plan="更换门锁"), by=week.director
        )
    with pytest.raises(Invalid) as refused, db.transaction():
        reporting.sign_report(week.report, by=week.main)
    assert set(refused.value.fields) == {""}
    with db.transaction():
        reporting.sign_report(week.report, by=week.director)
    with pytest.raises(Conflict), db.transaction():
        reporting.write_report(week.report, ReportWords(), by=week.director)
    with pytest.raises(Invalid), db.transaction():
        reporting.complete_report(week.report, by=week.director)
    with db.transaction():
        reporting.complete_report(week.report, by=week.main)
    signed = week.report
    signed_id = signed.id
    assert (signed.state, signed.director, signed.main_person, signed.figures["missing"]) == (
        ControlReportState.COMPLETE,
        "赵总监",
        "张总",
        5,
    )
    late = town.body(on=(week.monday + timedelta(days=1)).isoformat())
    assert town.send(late).json["late"] is True
    assert figures_of(week.report)["missing"] == 5  # what was signed stays
    with db.transaction():
        fresh_id = reporting.correct_report(week.report, "补录一天", by=week.director).id
    newer = week.report
    assert (newer.id, newer.state, newer.analysis) == (fresh_id, ControlReportState.PREPARED, "门锁老化")
    assert (figures_of(newer)["missing"], figures_of(newer)["late"]) == (4, 1)
    assert report_of(SYSTEM, town.unit.id, signed_id).superseded_by == fresh_id
    open_controls(clock.today())
    assert week.report.id == fresh_id


def test_a_month_names_its_meeting_and_may_be_signed_on_paper(town: ControlTown) -> None:
    week = Week(town)
    first = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
    with clock.played(site(first, "00:10")):
        open_controls(first)
    open_controls(clock.today())
    db.session.rollback()
    wanted = control_reports(SYSTEM, {"unit": str(town.unit.id), "kind": "month"})
    report = db.session.scalars(wanted).one()
    report_id = report.id
    assert report.number == f"DT-YD-{first:%Y-%m}"
    plain = ReportWords(analysis="总体可控", next_plan="补齐缺失日")
    with db.transaction():
        reporting.write_report(report_of(SYSTEM, town.unit.id, report_id), plain, by=week.director)
    with pytest.raises(Invalid) as lacks, db.transaction():
        reporting.sign_report(report_of(SYSTEM, town.unit.id, report_id), by=week.director)
    assert set(lacks.value.fields) == {"held_at", "participants", "host"}
    db.session.rollback()
    with db.transaction():
        words = ReportWords(
            analysis="总体可控",
            next_plan="补齐缺失日",
            held_at=clock.now(),
            host="张总",
            participants="张总、赵总监",
            decisions=[{"text": "更换门锁", "person": "王员", "due_on": "2026-12-31"}],
        )
        report = report_of(SYSTEM, town.unit.id, report_id)
        reporting.write_report(report, words, by=week.director)
        reporting.sign_report(report, by=week.director)
    with pytest.raises(Invalid), db.transaction():
        reporting.complete_report(
            report_of(SYSTEM, town.unit.id, report_id), by=week.director, paper=town.photo()
        )
    with db.transaction():
        report = report_of(SYSTEM, town.unit.id, report_id)
        reporting.complete_report(report, by=week.director, paper=town.photo(), signer="张总")
    report = report_of(SYSTEM, town.unit.id, report_id)
    assert (report.main_person, len(report.paper), report.decisions[0]["person"]) == ("张总", 1, "王员")


def test_a_week_of_stopped_days_alone_has_no_report(town: ControlTown) -> None:
    today = clock.today()
    monday = today - timedelta(days=today.weekday() + 7)
    with clock.played(site(monday, "00:05")):
        with db.transaction():
            posts.state_closure("", monday, monday + timedelta(days=6), "放假", by=town.viewer("officer"))
        open_controls(monday)
    open_controls(today)
    weeks = db.session.scalars(control_reports(SYSTEM, {"kind": "week"})).all()
    assert [row.organisation_id for row in weeks] == [town.station.id]


def test_the_bureau_sees_what_is_missing_and_others_do_not(town: ControlTown, signed_in: Sign) -> None:
    today = clock.today()
    month = today.replace(day=1) - timedelta(days=1)
    for day in (5, 6, 7, 8):
        of = month.replace(day=day)
        with clock.played(site(of, "00:10")):
            open_controls(of)
    town.send(town.body(on=month.replace(day=5).isoformat(), is_paper=True), photos=1)
    (unit, station) = sorted(
        unit_months(town.viewer("county"), {}, month.replace(day=1)),
        key=lambda row: row.category,
        reverse=True,
    )
    assert (unit.days, station.days) == (DayCount(late=1, missing=3), DayCount(missing=4))
    (share,) = county_shares([unit, station])
    assert (share.units, share.days.missing, share.days.permille) == (2, 7, 0)
    assert unit_months(town.viewer("elsewhere"), {}, month.replace(day=1)) == []
    office = signed_in(town.county)
    page = office.get(f"/controls?month={month:%Y-%m}").text
    assert ("银杏物业" in page, "云岭气站" in page) == (True, True)
    listed = office.get("/controls/days?state=missing").text
    assert listed.count("未做</span>") == 7
    table = day_table(
        town.viewer("county"), {"args": {"state": "missing"}}, partial(translate, locale="zh_Hans_CN")
    )
    assert len(list(table.rows)) == 7
    assert "银杏物业" not in signed_in(town.elsewhere).get("/controls/days").text
    assert signed_in(town.stranger).get("/controls/days").text.count("银杏物业") == 0


def test_first_pages_and_the_floor_say_what_is_left(town: ControlTown, signed_in: Sign) -> None:
    assert control_left(town.station.id) is None
    open_controls(clock.today())
    left = control_left(town.station.id)
    assert left is not None
    assert translate(left, locale="zh_Hans_CN") == "日管控未做"
    assert "日管控未做" in signed_in(town.owner).get("/floor").text
    with town.app.test_request_context():
        (card,) = home_cards(town.viewer("officer"))
        assert (card.figure, card.rows[0].url) == (1, "/controls/start/elevator")
        assert home_cards(town.viewer("county")) == []
    town.send(town.body(category="cylinder"), token=town.station_token)
    assert control_left(town.station.id) is None


def test_a_unit_walks_through_its_pages(town: ControlTown, signed_in: Sign) -> None:
    week = Week(town)
    officer = signed_in(town.officer)
    pages = [
        "/controls",
        "/controls/today",
        "/controls/start/elevator",
        "/controls/days",
        "/controls/reports",
    ]
    pages += ["/controls/posts", "/controls/closures", "/controls/lists/elevator"]
    pages += [f"/controls/start/elevator?on={week.monday + timedelta(days=2)}"]
    report = week.report
    pages += [f"/controls/reports/{report.organisation_id}/{report.id}"]
    control = controls()[0]
    pages += [f"/controls/daily/{control.organisation_id}/{control.id}"]
    pages += [f"/controls/daily/{control.organisation_id}/{control.id}/correct"]
    assert {page: officer.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
    assert officer.get("/controls/start/spaceship").status_code == 404
    assert officer.get("/controls/start/elevator?on=2001-01-01").status_code == 404
    begun = officer.post("/controls/lists/begin", data={"category": "elevator"})
    listed = begun.headers["Location"]
    assert officer.get(f"{listed}?row=001").status_code == 200
    assert officer.post(f"{listed}/row", data={"risk": "", "place": "x", "check": "y"}).status_code == 422
    assert officer.post(f"{listed}/row", data={"risk": "a", "place": "x", "check": "y"}).status_code == 302
    assert officer.post(f"{listed}/row/remove", data={"code": "001"}).status_code == 302
    assert officer.post(f"{listed}/adopt").status_code == 302
    start = officer.get("/controls/start/elevator").text
    assert 'data-list="1"' in start
    stated = {
        "from_on": str(clock.today()),
        "until_on": str(clock.today()),
        "reason": "检修",
        "weekdays": "6",
    }
    assert officer.post("/controls/closures", data=stated).status_code == 302
    assert officer.post("/controls/closures", data=stated | {"reason": ""}).status_code == 422
    appointed = {
        "post": "officer",
        "name": "李安",
        "from_on": str(clock.today()),
        "user": str(town.officer.id),
    }
    assert officer.post("/controls/posts", data=appointed).status_code == 302
    assert officer.post("/controls/posts", data=appointed | {"name": ""}).status_code == 422
    foreign = appointed | {"user": str(town.stranger.id)}
    assert officer.post("/controls/posts", data=foreign).status_code == 422
    assert signed_in(town.stranger).get(pages[-2]).status_code == 404
    assert signed_in(town.county).get(pages[-3]).status_code == 200
    assert signed_in(town.county).get(f"/controls/posts?unit={town.unit.id}").status_code == 200


@pytest.mark.parametrize("what", ["daily", "report", "list", "blank"])
def test_papers_say_that_their_layout_is_not_checked(
    town: ControlTown, signed_in: Sign, settings: Settings, what: str
) -> None:
    week = Week(town)
    with db.transaction():
        draft = risk_lists.begin_list("elevator", by=town.viewer("officer"))
        risk_lists.adopt_list(draft, by=town.viewer("officer"))
    report, control = week.report, controls()[0]
    at = {
        "daily": f"/controls/daily/{control.organisation_id}/{control.id}/paper",
        "report": f"/controls/reports/{report.organisation_id}/{report.id}/paper",
        "list": f"/controls/lists/{draft.organisation_id}/{draft.id}/paper",
        "blank": "/controls/blank/elevator",
    }
    task = task_made(settings, signed_in(town.officer).post(at[what]))
    pages = PdfReader(store.path_of(str(task.file_sha256))).pages
    text = "".join(page.extract_text() for page in pages)
    titles = {
        "daily": "每日电梯安全检查记录",
        "report": "每周电梯安全排查治理报告",
        "list": "特种设备安全风险管控清单",
        "blank": "每日电梯安全检查记录",
    }
    assert (titles[what] in text, "银杏物业" in text) == (True, True)
    assert "样式未与官方文书核对" in text


def test_the_unit_is_reminded_of_today_and_the_bureau_of_many_missing_days(town: ControlTown) -> None:
    """The fourth missing day of a month tells the bureau once; the unit hears of every day."""
    last = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=20)
    for day in range(20, 26):
        of = last.replace(day=day)
        with clock.played(site(of, "00:10")):
            open_controls(of)
            plan_notices(of)
    told = db.session.execute(
        select(Notice.duty, Notice.user_id, Notice.due_on).where(Notice.duty.startswith("control_"))
    ).all()

    def days_told(prefix: str, user: User) -> list[int]:
        return sorted(
            row.due_on.day for row in told if row.duty.startswith(prefix) and row.user_id == user.id
        )

    assert days_told("control_day", town.officer) == [20, 21, 22, 23, 24, 25]
    assert days_told("control_missing", town.officer) == []
    assert days_told("control_missing", town.county) == [
        23,
        23,
    ]  # of the unit's lifts and the station's bottles
    assert days_told("control_missing", town.elsewhere) == []
