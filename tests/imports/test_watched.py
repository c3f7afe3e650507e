"""A page that watches an import becomes another one when its columns are there, even a moment before the task has
ended: drawn into the place that asked, the page of the columns would stand still."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.files import store
from equipment.imports import actions
from equipment.imports.batch_views import AT_WORK
from equipment.imports.models import ImportBatch
from equipment.imports.result_rules import READ
from equipment.imports.states import ImportState, RowKind
from equipment.imports.visit_rules import READ as VISITS_READ
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from tests import make

Sign = Callable[[User], FlaskClient]
PAGES = {
    RowKind.PIECES: "/register/import",
    RowKind.RESULTS: "/inspections/import",
    RowKind.VISITS: "/visits/import",
}
WORKS = {RowKind.PIECES: "register.import_read", RowKind.RESULTS: READ, RowKind.VISITS: VISITS_READ}


@pytest.fixture(params=list(RowKind), ids=str)
def of(request: pytest.FixtureRequest, app: Flask) -> RowKind:
    return RowKind(request.param)


def reader(of: RowKind) -> User:
    if of is RowKind.RESULTS:
        return make.user(make.organisation(OrganisationKind.BODY), Role.INSPECTOR)
    if of is RowKind.VISITS:
        return make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR)
    return make.user(make.station(), Role.STATION_OWNER)


def begun(of: RowKind, user: User, state: ImportState, task_state: TaskState) -> str:
    """The page of a file at this stage, whose work is this far."""
    by = viewer_of(user)
    with transaction():
        content = store.keep("产品编号,检验日期\nA1,2026-03-05\n".encode(), "text/csv")
        home = session.get_one(Organisation, by.organisation_id)
        batch: ImportBatch = actions.begin(
            actions.Upload(content, "台账.csv", "cylinder", records=of), home, by=by
        )
        values = {"organisation": str(batch.organisation_id), "batch": str(batch.id)}
        task: Task = enqueue(WORKS[of], values, by=by, title="读取")
        session.flush()
        task.state, batch.task_id, batch.state = task_state, task.id, state
        batch.header, batch.preview = (
            ["产品编号", "检验日期"],
            {"sheets": [""], "samples": [["A1"], []], "rows": 1},
        )
        return f"{PAGES[of]}/{batch.id}"


@pytest.mark.parametrize(
    ("state", "task_state", "goes_on"),
    [
        (ImportState.READING, TaskState.RUNNING, False),
        (ImportState.MAPPING, TaskState.RUNNING, True),
        (ImportState.MAPPING, TaskState.DONE, True),
        (ImportState.READING, TaskState.FAILED, True),
        (ImportState.CHECKING, TaskState.RUNNING, False),
        (ImportState.CHECKED, TaskState.DONE, True),
    ],
)
def test_a_page_that_watches_is_sent_on_when_it_is_another_one(
    signed_in: Sign, of: RowKind, state: ImportState, task_state: TaskState, goes_on: bool
) -> None:
    user = reader(of)
    url = begun(of, user, state, task_state)
    browser = signed_in(user)
    watched = browser.get(url, headers={"HX-Request": "true", "HX-Target": AT_WORK})
    assert (watched.headers.get("HX-Redirect"), bool(watched.data)) == (
        (url, False) if goes_on else (None, True)
    )
    assert "HX-Redirect" not in browser.get(url).headers
