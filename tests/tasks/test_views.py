"""The pages of long work and of scheduled jobs."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.storage import db
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import JobRun, Task
from equipment.tasks.rules import RunState, TaskState
from equipment.tasks.runner import Runner
from equipment.tasks.timetable import timetable
from tests import make

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def owner(app: Flask) -> User:
    return make.user(make.station(), Role.STATION_OWNER)


@pytest.fixture
def chief(app: Flask) -> User:
    return make.user(
        make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY), Role.ADMINISTRATOR
    )


def asked(owner: User) -> UUID:
    who = viewer_of(owner)
    with db.transaction():
        return enqueue("count", {}, by=who, title="数一数").id


def ran(_task: Task, progress: Progress) -> TaskOutcome:
    progress.total = 2
    progress.advance(2)
    return TaskOutcome(
        content=b"%PDF-1.7 %%EOF",
        name="清单.pdf",
        media_type="application/pdf",
        summary={"rows": 2},
        errors=[{"row": "7", "text": {"msgid": "The file is empty.", "params": {}}}],
    )


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_waiting_task_asks_again_every_two_seconds_and_can_be_cancelled(
    owner: User, signed_in: Browser
) -> None:
    browser, task_id = signed_in(owner), asked(owner)
    page = text(browser, f"/tasks/{task_id}")
    assert (
        'hx-trigger="every 2s"' in page,
        f'action="/tasks/{task_id}/cancel"' in page,
        "排队中" in page,
    ) == (True, True, True)
    assert browser.post(f"/tasks/{task_id}/cancel").status_code == 303
    page = text(browser, f"/tasks/{task_id}")
    assert ("已取消" in page, "hx-trigger" in page) == (True, False)


def test_a_finished_task_offers_its_file_and_lists_what_could_not_be_done(
    owner: User, signed_in: Browser
) -> None:
    browser, task_id = signed_in(owner), asked(owner)
    Runner("one", {"count": ran}).run_one()
    page = text(browser, f"/tasks/{task_id}")
    assert "行数" in page, "what it counted is told in words"
    assert (
        f"/tasks/{task_id}/file" in page,
        "文件是空的。" in page,
        "清单.pdf" in text(browser, "/tasks"),
    ) == (True, True, True)
    file = browser.get(f"/tasks/{task_id}/file")
    assert (
        file.data,
        file.mimetype,
        file.headers["X-Content-Type-Options"],
        file.headers["Cache-Control"],
    ) == (b"%PDF-1.7 %%EOF", "application/pdf", "nosniff", "private, no-store")
    file.close()


def test_the_tasks_of_others_are_not_there(owner: User, chief: User, signed_in: Browser) -> None:
    stranger, task_id = signed_in(chief), asked(owner)
    Runner("one", {"count": ran}).run_one()
    assert [stranger.get(path).status_code for path in (f"/tasks/{task_id}", f"/tasks/{task_id}/file")] == [
        404,
        404,
    ]
    assert [stranger.post(f"/tasks/{task_id}/{change}").status_code for change in ("cancel", "resume")] == [
        404,
        404,
    ]


def test_cancelling_what_has_ended_is_answered_in_words(owner: User, signed_in: Browser) -> None:
    browser, task_id = signed_in(owner), asked(owner)
    Runner("one", {"count": ran}).run_one()
    answer = browser.post(f"/tasks/{task_id}/cancel")
    assert (answer.status_code, "该任务已经结束。" in answer.get_data(as_text=True)) == (409, True)


def test_jobs_show_their_history_and_their_troubles(chief: User, signed_in: Browser) -> None:
    with db.transaction() as current:
        current.add(
            JobRun(
                name="seal",
                period="2026-11-20",
                attempt=1,
                state=RunState.FAILED,
                claimed_by="x",
                asked_by="schedule",
                started_at=clock.now(),
                lease_until=clock.now(),
                finished_at=clock.now(),
                outcome={},
                message="OSError: <disk>",
            )
        )
    browser = signed_in(chief)
    page = text(browser, "/jobs")
    assert ("留痕存证" in page, "没有心跳" in page, page.count("立即运行</button>")) == (
        True,
        True,
        len(list(timetable)),
    )
    assert "OSError: &lt;disk&gt;" in text(browser, "/jobs/seal")
    assert browser.get("/jobs/none").status_code == 404


def test_run_now_is_for_administrators(owner: User, chief: User, signed_in: Browser) -> None:
    assert (
        signed_in(owner).get("/jobs").status_code,
        signed_in(owner).post("/jobs/seal/run").status_code,
    ) == (403, 403)
    answer = signed_in(chief).post("/jobs/seal/run")
    db.session.rollback()
    (task,) = db.session.scalars(visible(SYSTEM, Task)).all()
    assert (answer.status_code, answer.headers["Location"], task.kind, task.input, task.state) == (
        303,
        f"/tasks/{task.id}",
        "job",
        {"name": "seal"},
        TaskState.WAITING,
    )
