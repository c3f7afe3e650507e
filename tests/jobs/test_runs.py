"""Scheduled jobs: due by record, claimed once, caught up, tried again, and an alarm when one did not run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.people.rules import OrganisationKind, Role
from equipment.people.scope import SYSTEM, visible
from equipment.reminders.models import Notice
from equipment.reminders.work import alarm
from equipment.storage import db
from equipment.tasks.makers import JobsProcess
from equipment.tasks.models import JobRun
from equipment.tasks.queries import jobs_trouble, missing_jobs
from equipment.tasks.rules import RunState
from equipment.tasks.timetable import Daily, Every, Timed, timetable
from jobs.runs import CUT_OFF, STOPPED, Jobs
from jobs.work import functions, works
from tests import make

NIGHT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)  # 01:30 on the 23rd on site
NIGHTLY = Timed("nightly", "Nightly", Daily(time(1, 0)))
LATER = Timed("later", "Later", Daily(time(1, 15)))
OFTEN = Timed("often", "Often", Every(10))


class Done:
    """What jobs did, in order."""

    def __init__(self) -> None:
        self.days: list[tuple[str, date]] = []
        self.broken: set[str] = set()

    def work(self, name: str, on: date) -> Mapping[str, Any]:
        if name in self.broken:
            raise LookupError("no such thing")
        self.days.append((name, on))
        return {"on": on.isoformat()}

    def jobs(self, worker: str = "one", *timed: Timed) -> Jobs:
        table = timed or (NIGHTLY, LATER)
        return Jobs(
            worker, {each.name: lambda on, name=each.name: self.work(name, on) for each in table}, table
        )


@pytest.fixture
def done(app: Flask) -> Done:
    return Done()


def runs(name: str) -> list[tuple[str, int, RunState]]:
    db.session.rollback()
    found = db.session.scalars(
        select(JobRun)
        .where(JobRun.name == name)
        .order_by(JobRun.period, JobRun.attempt)
        .execution_options(populate_existing=True)
    )
    return [(run.period, run.attempt, run.state) for run in found]


def test_each_job_runs_once_a_period_in_the_order_of_the_night(done: Done) -> None:
    with time_machine.travel(NIGHT, tick=False) as now:
        assert (done.jobs().run_due(), done.jobs().run_due()) == (2, 0)
        now.shift(timedelta(days=1))
        assert done.jobs().run_due() == 2
    assert done.days == [
        ("nightly", date(2026, 11, 23)),
        ("later", date(2026, 11, 23)),
        ("nightly", date(2026, 11, 24)),
        ("later", date(2026, 11, 24)),
    ]


def test_days_without_any_scheduler_are_caught_up_oldest_first_across_jobs(done: Done) -> None:
    with time_machine.travel(NIGHT, tick=False) as now:
        done.jobs().run_due()
        done.days.clear()
        now.shift(timedelta(days=2))
        done.jobs().run_due()
    assert done.days == [(name, date(2026, 11, day)) for day in (24, 25) for name in ("nightly", "later")]


@pytest.mark.parametrize("days", [1, 40, 365])
def test_a_clock_that_jumped_ahead_heals_and_is_told(done: Done, client: FlaskClient, days: int) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR)
    make.user(bureau, Role.ADMINISTRATOR)
    with time_machine.travel(NIGHT, tick=False) as now:
        done.jobs().run_due()
        now.shift(timedelta(days=days))
        done.jobs().run_due()
        now.move_to(NIGHT + timedelta(hours=1))  # the time source is right again
        assert done.jobs().run_due() == 0
        assert "clock:ahead" in [trouble.code for trouble in jobs_trouble()]
        assert alarm(clock.today())["notices"] >= 1
        assert "clock:ahead" in client.get("/healthz").json["jobs"]["troubles"]
        done.days.clear()
        for _ in range(3):
            now.shift(timedelta(days=1))
            done.jobs().run_due()
        assert done.days == [
            (name, date(2026, 11, day)) for day in (24, 25, 26) for name in ("nightly", "later")
        ]


def test_four_schedulers_at_once_run_each_job_once(done: Done) -> None:
    with time_machine.travel(NIGHT, tick=False):
        threads = [threading.Thread(target=done.jobs(f"w{number}").run_due) for number in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert sorted(done.days) == [("later", date(2026, 11, 23)), ("nightly", date(2026, 11, 23))]


def test_a_failed_run_keeps_its_reason_and_is_tried_again_after_a_pause(done: Done) -> None:
    done.broken.add("nightly")
    with time_machine.travel(NIGHT, tick=False) as now:
        assert (done.jobs().run_due(), done.jobs().run_due()) == (2, 0)
        failed = db.session.get_one(JobRun, ("nightly", "2026-11-23", 1))
        assert (failed.state, failed.message.strip().splitlines()[-1]) == (
            RunState.FAILED,
            "LookupError: no such thing",
        )
        done.broken.clear()
        now.shift(timedelta(minutes=1))
        assert done.jobs().run_due() == 1
    assert runs("nightly") == [("2026-11-23", 1, RunState.FAILED), ("2026-11-23", 2, RunState.DONE)]


def test_a_job_that_always_fails_is_given_up_for_its_period_and_not_for_the_next(done: Done) -> None:
    done.broken.add("nightly")
    with time_machine.travel(NIGHT, tick=False) as now:
        for _ in range(12):
            done.jobs("one", NIGHTLY).run_due()
            now.shift(timedelta(hours=1))
        assert len(runs("nightly")) == 5
        now.shift(timedelta(hours=12))
        done.jobs("one", NIGHTLY).run_due()
    assert runs("nightly")[-1] == ("2026-11-24", 1, RunState.FAILED)


def test_the_job_of_a_dead_process_is_taken_over_after_its_lease(done: Done) -> None:
    with time_machine.travel(NIGHT, tick=False) as now:
        assert done.jobs("dead", NIGHTLY)._claim("nightly", "2026-11-23", 1, "schedule")
        assert done.jobs("one", NIGHTLY).run_due() == 0
        now.shift(timedelta(minutes=3))
        assert done.jobs("one", NIGHTLY).run_due() == 1
    assert (runs("nightly"), db.session.get_one(JobRun, ("nightly", "2026-11-23", 1)).message) == (
        [("2026-11-23", 1, RunState.FAILED), ("2026-11-23", 2, RunState.DONE)],
        CUT_OFF,
    )


def test_the_job_of_a_process_that_was_stopped_is_taken_up_at_once(done: Done) -> None:
    with time_machine.travel(NIGHT, tick=False):
        stopped = done.jobs("stopped", NIGHTLY)
        stopped._claim("nightly", "2026-11-23", 1, "schedule")
        stopped.release()
        assert db.session.get_one(JobRun, ("nightly", "2026-11-23", 1)).message == STOPPED
        assert done.jobs("one", NIGHTLY).run_due() == 1


def test_run_now_runs_a_job_that_is_not_due_and_says_who_asked(done: Done) -> None:
    with time_machine.travel(NIGHT, tick=False):
        done.jobs("one", NIGHTLY).run_due()
        run = done.jobs("one", NIGHTLY).run_now(NIGHTLY, "user:1")
    assert run is not None
    assert (run.period, run.attempt, run.asked_by, run.outcome) == (
        "2026-11-23",
        2,
        "user:1",
        {"on": "2026-11-23"},
    )


def test_a_frequent_job_keeps_no_backlog(done: Done) -> None:
    with time_machine.travel(NIGHT, tick=False) as now:
        for minutes in (0, 3, 10, 60):
            now.move_to(NIGHT + timedelta(minutes=minutes))
            done.jobs("one", OFTEN).run_due()
    assert [period for period, _attempt, _state in runs("often")] == [
        "2026-11-23T01:30",
        "2026-11-23T01:40",
        "2026-11-23T02:30",
    ]


def test_every_job_of_the_timetable_has_its_function(app: Flask, settings: Settings) -> None:
    assert list(functions(works(JobsProcess(settings, "one")))) == [timed.name for timed in timetable]


def test_every_job_of_the_timetable_runs_on_an_empty_city(app: Flask, settings: Settings) -> None:
    with app.app_context(), time_machine.travel(NIGHT + timedelta(hours=8)):
        assert Jobs("one", functions(works(JobsProcess(settings, "one")))).run_due() == len(list(timetable))
    db.session.rollback()
    assert {
        run.name: run.message for run in db.session.scalars(select(JobRun)) if run.state != RunState.DONE
    } == {}


def ran_everything(settings: Settings, at: datetime) -> None:
    jobs = Jobs("one", {timed.name: lambda _on: {} for timed in timetable})
    with time_machine.travel(at, tick=False):
        jobs.run_due()
        jobs.beat()


def test_healthz_is_well_while_jobs_run_and_503_when_they_fall_silent(
    client: FlaskClient, settings: Settings
) -> None:
    assert client.get("/healthz").status_code == 503
    ran_everything(settings, clock.now())
    well = client.get("/healthz")
    assert (well.status_code, well.get_json()["jobs"]["troubles"]) == (200, [])
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        silent = client.get("/healthz")
    assert (silent.status_code, silent.get_json()["jobs"]["troubles"]) == (503, ["jobs:silent"])


def test_a_job_that_did_not_run_raises_an_alarm_for_administrators_once_and_turns_health_red(
    client: FlaskClient, settings: Settings
) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
    chief = make.user(bureau, Role.ADMINISTRATOR).id
    make.user(bureau, Role.SUPERVISOR)
    ran_everything(settings, NIGHT + timedelta(hours=6))
    with time_machine.travel(NIGHT + timedelta(days=1, hours=6), tick=False):
        ran_everything(settings, clock.now())
        with db.transaction() as current:
            current.execute(
                update(JobRun)
                .where(JobRun.name == "seal", JobRun.period == "2026-11-24")
                .values(state=RunState.FAILED)
            )
        assert [(timed.name, period) for timed, period in missing_jobs(clock.now())] == [
            ("seal", "2026-11-24")
        ]
        assert [trouble.code for trouble in jobs_trouble()] == ["job:seal:2026-11-24"]
        assert (alarm(clock.today()), alarm(clock.today())) == (
            {"missing": 1, "notices": 1},
            {"missing": 1, "notices": 0},
        )
        assert client.get("/healthz").status_code == 503
    told = db.session.scalars(visible(SYSTEM, Notice)).all()
    assert [(notice.user_id, notice.duty, notice.stage) for notice in told] == [
        (chief, "job:seal:2026-11-24", "alarm")
    ]
