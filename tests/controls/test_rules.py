"""On which days a control is expected and what became of them, as tables an inspector could read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest

from equipment.controls.rules import (
    Closure,
    ControlDayState,
    ControlFacts,
    ControlGrade,
    ControlPost,
    ControlReportKind,
    DayCount,
    DayFacts,
    MadeControl,
    ProblemFacts,
    ReportSpan,
    control_day_state,
    control_problems,
    day_count,
    report_number,
    report_span,
    shared_posts,
    shown_state,
    spans_over,
)
from equipment.core.clock import SITE
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.control_numbers import (
    CONTROLS,
    control_clauses,
    control_names,
    station_deadline,
    template_rows,
    unit_deadline,
)

D = date.fromisoformat
ANY: frozenset[int] = frozenset()
SUNDAYS = frozenset({6})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SITE)


def closed(since: str, until: str, stated: str, weekdays: frozenset[int] = ANY) -> Closure:
    return Closure(D(since), D(until), weekdays, D(stated))


def made(text: str, *, paper: bool = False) -> MadeControl:
    return MadeControl(at(text), paper)


S = ControlDayState
DAY = "2026-11-11"  # a Wednesday
NOON, NEXT = at("2026-11-11T12:00"), at("2026-11-12T00:10")


@pytest.mark.parametrize(
    ("case", "more", "now", "state"),
    [
        ("a station, at seven, nothing yet", {}, at("2026-11-11T07:00"), S.EXPECTED),
        ("a station, on the minute", {}, at("2026-11-11T07:30"), S.EXPECTED),
        ("a station, past its half past seven", {}, NOON, S.MISSING),
        ("a station that controlled at 07:29", {"control": made("2026-11-11T07:29")}, NOON, S.ON_TIME),
        ("a station that controlled at 07:31", {"control": made("2026-11-11T07:31")}, NOON, S.LATE),
        (
            "typed from paper, whatever the time",
            {"control": made("2026-11-11T07:10", paper=True)},
            NOON,
            S.LATE,
        ),
        ("a use unit at noon", {"due_at": at("2026-11-12T00:00")}, NOON, S.EXPECTED),
        ("a use unit after midnight", {"due_at": at("2026-11-12T00:00")}, NEXT, S.MISSING),
        ("entered the day after", {"control": made("2026-11-12T09:00")}, NEXT, S.LATE),
        ("nothing in use", {"pieces": 0}, NOON, None),
        ("on file since today", {"since": D(DAY)}, NOON, S.MISSING),
        (
            "on file from tomorrow: a new unit in the middle of a month",
            {"since": D("2026-11-12")},
            NOON,
            None,
        ),
        ("stated ahead", {"closures": [closed(DAY, DAY, "2026-11-09")]}, NOON, S.STOPPED),
        ("stated the same day", {"closures": [closed(DAY, DAY, DAY)]}, NOON, S.STOPPED),
        ("stated the day after", {"closures": [closed(DAY, DAY, "2026-11-12")]}, NEXT, S.STOPPED_LATE),
        (
            "stated twice, the first in time",
            {"closures": [closed(DAY, DAY, "2026-11-13"), closed("2026-11-01", DAY, "2026-11-01")]},
            NEXT,
            S.STOPPED,
        ),
        ("another day is stopped", {"closures": [closed("2026-11-12", "2026-11-14", DAY)]}, NOON, S.MISSING),
        (
            "Sundays are stopped, this is none",
            {"closures": [closed(DAY, DAY, DAY, SUNDAYS)]},
            NOON,
            S.MISSING,
        ),
        (
            "stopped, and controlled all the same",
            {"closures": [closed(DAY, DAY, DAY)], "control": made("2026-11-11T07:00")},
            NOON,
            S.ON_TIME,
        ),
    ],
)
def test_what_became_of_a_day(
    case: str, more: dict[str, Any], now: datetime, state: ControlDayState | None
) -> None:
    facts: dict[str, Any] = {"on": D(DAY), "due_at": at("2026-11-11T07:30"), "since": D("2026-01-01")}
    assert control_day_state(DayFacts(**facts | {"pieces": 3} | more), now) == state, case


@pytest.mark.parametrize(
    ("day", "what"), [("2026-10-01", "National Day"), ("2027-01-01", "New Year"), ("2026-11-15", "a Sunday")]
)
def test_no_calendar_frees_a_day(day: str, what: str) -> None:
    """A holiday is a stopped day only where the unit says so: lifts run on holidays."""
    facts = DayFacts(on=D(day), due_at=at(f"{day}T07:30"), since=D("2026-01-01"), pieces=1)
    assert control_day_state(facts, at(f"{day}T08:00")) is S.MISSING, what
    shut = DayFacts(
        on=D(day),
        due_at=at(f"{day}T07:30"),
        since=D("2026-01-01"),
        pieces=1,
        closures=[closed(day, day, day)],
    )
    assert control_day_state(shut, at(f"{day}T08:00")) is S.STOPPED, what


def test_days_are_counted_by_what_became_of_them() -> None:
    month = [S.ON_TIME] * 20 + [S.LATE] * 3 + [S.MISSING] * 2 + [S.STOPPED] * 4 + [S.STOPPED_LATE, S.EXPECTED]
    days = day_count(month)
    assert days == DayCount(on_time=20, late=3, missing=2, stopped=5, waiting=1)
    assert (days.expected, days.permille, DayCount().permille) == (25, 800, None)
    assert shown_state(S.EXPECTED, NOON, NEXT) is S.MISSING
    assert shown_state(S.STOPPED, NOON, NEXT) is S.STOPPED


@pytest.mark.parametrize(
    ("kind", "day", "begins", "ends", "number"),
    [
        ("week", "2026-11-11", "2026-11-09", "2026-11-15", "DT-ZP-2026-W46"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03", "DT-ZP-2026-W53"),
        ("month", "2028-02-29", "2028-02-01", "2028-02-29", "DT-YD-2028-02"),
        ("month", "2026-11-11", "2026-11-01", "2026-11-30", "DT-YD-2026-11"),
    ],
)
def test_reports_are_of_whole_weeks_and_months(
    kind: str, day: str, begins: str, ends: str, number: str
) -> None:
    of = ControlReportKind(kind)
    span = report_span(of, D(day))
    assert span == ReportSpan(D(begins), D(ends))
    assert report_number(of, "DT", span.begins_on) == number


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        ("2026-11-16", "2026-11-09", "2026-10-01"),  # a Monday: the week before is over
        ("2026-11-22", "2026-11-09", "2026-10-01"),  # a Sunday: its own week is not
        ("2026-12-01", "2026-11-23", "2026-11-01"),
        ("2027-01-01", "2026-12-21", "2026-12-01"),
    ],
)
def test_what_is_over_when_a_day_begins(day: str, week: str, month: str) -> None:
    assert [span.begins_on for _kind, span in spans_over(D(day))] == [D(week), D(month)]


def serious(stopped: bool | None, why: str = "") -> ProblemFacts:
    return ProblemFacts("门锁失效", ControlGrade.SERIOUS, True, stopped, why)


PLAIN = ProblemFacts("照明不亮", ControlGrade.GENERAL, True, None, "")


@pytest.mark.parametrize(
    ("case", "more", "wrong"),
    [
        ("nothing found", {}, set()),
        ("nothing found and a problem", {"problems": [PLAIN]}, {"nothing_found"}),
        ("neither", {"nothing_found": False}, {"nothing_found"}),
        ("a problem", {"nothing_found": False, "problems": [PLAIN]}, set()),
        ("an empty problem", {"nothing_found": False, "problems": [PLAIN._replace(text=" ")]}, {"problems"}),
        ("at no piece", {"nothing_found": False, "problems": [PLAIN._replace(at_piece=False)]}, {"problems"}),
        (
            "at no piece of a station",
            {"nothing_found": False, "problems": [PLAIN._replace(at_piece=False)], "piece_needed": False},
            set(),
        ),
        (
            "serious, not said whether stopped",
            {"nothing_found": False, "problems": [serious(None)]},
            {"problems"},
        ),
        ("serious, stopped", {"nothing_found": False, "problems": [serious(True)]}, set()),
        (
            "serious, runs on, no word why",
            {"nothing_found": False, "problems": [serious(False)]},
            {"problems"},
        ),
        (
            "serious, runs on, and why",
            {"nothing_found": False, "problems": [serious(False, "唯一通道")]},
            set(),
        ),
        ("of tomorrow", {"on": D("2026-11-12")}, {"on"}),
        ("of a day that nobody expected", {"on": D("2026-11-10"), "is_known_day": False}, {"on"}),
        ("of yesterday", {"on": D("2026-11-10")}, set()),
        ("from paper without its photo", {"is_paper": True}, {"photos"}),
        ("from paper", {"is_paper": True, "photos": 1}, set()),
        ("a correction without a reason", {"corrects": True}, {"reason"}),
    ],
)
def test_what_is_no_control_is_refused_at_its_field(case: str, more: dict[str, Any], wrong: set[str]) -> None:
    facts: dict[str, Any] = {
        "on": D(DAY),
        "today": D(DAY),
        "is_known_day": True,
        "nothing_found": True,
        "problems": [],
        "piece_needed": True,
        "is_paper": False,
        "photos": 0,
        "corrects": False,
        "reason": "",
    }
    assert set(control_problems(ControlFacts(**facts | more))) == wrong, case


@pytest.mark.parametrize(
    ("holders", "shared"),
    [
        ({"main": ["张总"], "director": ["李安"], "officer": ["王员"]}, []),
        ({"main": ["张总"], "director": ["张总"], "officer": ["王员", "李安"]}, ["张总"]),
        ({"main": [], "director": ["李安"], "officer": ["李安", "李安"]}, ["李安"]),
    ],
)
def test_who_holds_two_posts_is_named(holders: dict[str, Sequence[str]], shared: list[str]) -> None:
    assert shared_posts({ControlPost(post): names for post, names in holders.items()}) == shared


def test_what_the_facts_do_not_give_is_not_verified() -> None:
    """Names of lifts and vehicles were seen; the cylinders' chapter was not, and deadlines are in no text."""
    on = D(DAY)
    names = {key: control_names(key, on) for key in ("elevator", "site_vehicle", "cylinder", "crane")}
    assert {key: one.citation.confidence.verified for key, one in names.items()} == {
        "elevator": True,
        "site_vehicle": True,
        "cylinder": False,
        "crane": False,
    }
    assert names["elevator"][:4] == (
        "DT",
        "每日电梯安全检查记录",
        "每周电梯安全排查治理报告",
        "每月电梯安全调度会议纪要",
    )
    clauses = {key: control_clauses(key, on).citation.confidence.verified for key in names}
    assert clauses == {"elevator": False, "site_vehicle": True, "cylinder": False, "crane": False}
    assert (station_deadline(on).integer, unit_deadline(on).integer) == (450, 1440)
    unsure = {value.key.partition(".")[0] for value in CONTROLS.unverified()}
    assert unsure == {"names", "clauses", "daily", "report", "template"}


def test_every_category_has_a_list_to_begin_with() -> None:
    rows = {each.key: template_rows(each.key, D(DAY)) for each in CATEGORIES}
    assert min(len(some) for some in rows.values()) == 4
    checks = [row.check for some in rows.values() for row in some]
    assert all(checks)
    assert not any(row.citation.confidence.verified for some in rows.values() for row in some)
