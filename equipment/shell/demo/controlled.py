"""日管控、周排查、月调度 of these five weeks: two stations and four property units with posts, risk
lists and their days: one whole, one with missing days, one with an unsigned week, one closed on
Sundays. Today is left to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from equipment.controls import posts, reporting, risk_lists
from equipment.controls.actions import ControlDraft, ControlProblem, record
from equipment.controls.days import open_days
from equipment.controls.models import ControlReport
from equipment.controls.nightly import open_controls, used_in
from equipment.controls.queries import ControlledPieces, control_reports, controlled_pieces, own_pieces
from equipment.controls.reporting import ReportWords
from equipment.controls.rules import (
    ControlGrade,
    ControlPeriod,
    ControlPost,
    ControlReportKind,
    VisitsWatched,
    spans_over,
)
from equipment.core import clock
from equipment.core.clock import SITE
from equipment.core.ids import new_id
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.supervised import signature
from equipment.storage.db import session, transaction

DAYS = 35
STATIONS, UNITS = 2, 4
WHOLE, LACKING, UNSIGNED, SUNDAYS = 0, 1, 2, 3  # of the units
MISSED = {2, 3, 6, 9, 13}  # days ago without a control at the lacking one
FOUND_AGO, LATE_AGO = 4, 8
MAIN = "张志远"


class PeriodText(NamedTuple):
    """What a director writes of a week or a month."""

    analysis: str
    next_plan: str
    decisions: tuple[str, str]


OF_LIFTS = PeriodText(
    "主要风险为层门、轿门异物卡阻和报警装置应答，已列入下期重点检查。",
    "加密巡查报警装置，督促维保单位清理地坎。",
    ("更换3号梯报警装置电池", "下月重点：冬季机房温度"),
)
OF_BOTTLES = PeriodText(
    "主要风险为瓶体锈蚀、护罩变形和超期瓶混入待充区，已列入下期重点检查。",
    "加密抽查待充区，二维码磨损的气瓶及时更换标签。",
    ("更换2号秤连接线并送检", "下月重点：冬季瓶内残液处理"),
)


def controls_of_weeks(city: City) -> None:
    """Posts and lists first, then day by day, then what was signed."""
    stations = city.of(OrganisationKind.STATION)[:STATIONS]
    units = city.of(OrganisationKind.USE_UNIT)[:UNITS]
    begun = city.today - timedelta(days=DAYS)
    shown = [*units, *stations]
    held = controlled_pieces(city.today - timedelta(days=1), [unit.id for unit in shown])
    for place, unit in enumerate(shown):
        with clock.played(_at(begun, 10, 0)):
            _arrange(unit, [one.category for one in held if one.organisation_id == unit.id], place)
    for ago in range(DAYS - 1, 0, -1):
        day = city.today - timedelta(days=ago)
        with clock.played(_at(day, 0, 5)), transaction():
            open_days(day, held)
        for place, unit in enumerate(shown):
            own = [one for one in held if one.organisation_id == unit.id]
            _control(unit, own, place, day, ago)
        if day.weekday() == 0 or day.day == 1:
            with clock.played(_at(day, 0, 6)):
                _open_reports(day)
    open_controls(city.today)
    for place in (WHOLE, LACKING, SUNDAYS, UNITS):
        _sign(shown[place], city.today)


def _open_reports(day: date) -> None:
    """The reports of the week and month that are over on a day."""
    for kind, span in spans_over(day):
        with transaction():
            reporting.open_reports(kind, span, used_in(span), by=SYSTEM)


def _officer(unit: Unit) -> Viewer:
    role = Role.SAFETY_OFFICER if Role.SAFETY_OFFICER in unit.people else Role.STATION_OWNER
    return person_of(unit, role)


def _arrange(unit: Unit, categories: Sequence[str], place: int) -> None:
    """Who holds which post, the first version of each list, and the days on which one is closed."""
    by, on = _officer(unit), clock.today()
    user = session.get_one(User, by.user_id)
    with transaction():
        posts.appoint(ControlPost.MAIN, MAIN, on, by=by)
        posts.appoint(ControlPost.DIRECTOR, by.name, on, by=by, user=user)
        posts.appoint(ControlPost.OFFICER, by.name, on, by=by, user=user)
        for category in categories:
            risk_lists.adopt_list(risk_lists.begin_list(category, by=by), by=by)
        if place == SUNDAYS:
            until = on + timedelta(days=300)
            posts.state_closure("", on, until, "周日闭馆，电梯停用", by=by, weekdays=[6])


def _control(unit: Unit, held: Sequence[ControlledPieces], place: int, day: date, ago: int) -> None:
    if (place == LACKING and ago in MISSED) or (place == SUNDAYS and day.weekday() == 6):
        return
    by = _officer(unit)
    at = _at(day, 6, 30) + timedelta(minutes=(ago * 7 + place) % 45)
    if place == UNITS and ago == LATE_AGO:
        at = _at(day, 9, 12)  # a station that was late once
    for one in held:
        is_wrong = place == WHOLE and ago == FOUND_AGO and one.category == "elevator"
        with clock.played(at), transaction():
            record(_draft(by, one, day, at, is_wrong), by=by)


def _draft(by: Viewer, held: ControlledPieces, day: date, at: datetime, is_wrong: bool) -> ControlDraft:
    problems = []
    if is_wrong:
        rows = own_pieces(SYSTEM, held.organisation_id, held.category).order_by(Equipment.id)
        lifts = session.scalars(rows.limit(2)).all()
        problems = [
            ControlProblem("3层层门关闭后有缝隙，地坎卡异物", ControlGrade.GENERAL, lifts[0].id),
            ControlProblem(
                "轿厢紧急报警无人应答", ControlGrade.SERIOUS, lifts[-1].id, stopped=True, put_right=False
            ),
        ]
    return ControlDraft(
        control_id=new_id(),
        category=held.category,
        on=day,
        made_at=at,
        nothing_found=not problems,
        officer=by.name,
        period=ControlPeriod.MORNING,
        weather=("晴", "多云", "小雪")[day.day % 3],
        problems=problems,
    )


def _sign(unit: Unit, today: date) -> None:
    """What the directors wrote; the newest week of the one with missing days waits for the main person."""
    by = _officer(unit)
    wanted = control_reports(SYSTEM, {"unit": str(unit.id)}).order_by(ControlReport.begins_on)
    for key in [row.id for row in session.scalars(wanted)]:
        report = session.get_one(ControlReport, (unit.id, key))
        is_month = report.kind is ControlReportKind.MONTH
        is_watched = report.category == "elevator" and not is_month
        wording = OF_LIFTS if report.category == "elevator" else OF_BOTTLES
        at = min(_at(report.ends_on + timedelta(days=1), 10, 20), clock.now())
        words = ReportWords(
            summary="本期按清单逐项检查，设备运行总体正常。",
            analysis=wording.analysis,
            next_plan=wording.next_plan,
            watched=VisitsWatched.SAMPLE if is_watched else None,
            watched_text="抽查一次半月维保，项目齐全" if is_watched else "",
            held_at=at if is_month else None,
            place="一楼会议室" if is_month else "",
            host=MAIN if is_month else "",
            recorder=by.name if is_month else "",
            participants=f"{MAIN}、{by.name}" if is_month else "",
            decisions=[
                {"text": wording.decisions[0], "person": by.name, "due_on": today.isoformat()},
                {"text": wording.decisions[1], "person": by.name, "due_on": ""},
            ]
            if is_month
            else (),
        )
        with clock.played(at), transaction():
            report = session.get_one(ControlReport, (unit.id, key))
            reporting.write_report(report, words, by=by)
            reporting.sign_report(report, by=by)
        if is_month:
            continue  # its main person has still to sign
        with clock.played(min(at + timedelta(hours=5), clock.now())), transaction():
            report = session.get_one(ControlReport, (unit.id, key))
            reporting.complete_report(report, by=by, paper=signature(2), signer=MAIN)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=SITE)
