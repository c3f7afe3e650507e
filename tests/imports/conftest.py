"""A worker that does the long work while pages are asked, as the jobs process does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.imports import work as importing_tasks
from equipment.imports.models import ImportBatch
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register import exporting
from equipment.storage.db import session
from equipment.tasks import queries
from equipment.tasks.makers import Maker
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from tests import make

KINDS = {
    "register.export": exporting.export,
    "register.template": importing_tasks.template,
    "register.import_read": importing_tasks.read,
    "register.import_check": importing_tasks.check,
    "register.import": importing_tasks.run,
    "register.import_plan": importing_tasks.plan,
    "register.import_undo": importing_tasks.undo,
}


@contextmanager
def at_work(app: Flask, kinds: Mapping[str, Maker] = KINDS) -> Iterator[Runner]:
    """Every task is run meanwhile."""
    runner = Runner("test", kinds)

    def loop() -> None:
        with app.app_context():
            while not runner.stopping.is_set():
                if not runner.run_one():
                    time.sleep(0.02)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    queries.LONGEST_S = 60
    try:
        yield runner
    finally:  # a test that failed leaves no worker to the tests after it
        queries.LONGEST_S = 0
        runner.stopping.set()
        thread.join(60)  # a drawing is let finish: it writes into this test's database


@pytest.fixture
def worker(app: Flask) -> Iterator[Runner]:
    """Runs every task until the test ends."""
    with at_work(app) as runner:
        yield runner


@pytest.fixture
def owner(app: Flask) -> User:
    return make.user(make.station(), Role.STATION_OWNER)


@pytest.fixture
def supervisor(app: Flask) -> User:
    return make.user(
        make.organisation(OrganisationKind.REGULATOR, "白银市市场监督管理局", area=make.CITY),
        Role.SUPERVISOR,
        Role.ADMINISTRATOR,
    )


def settle() -> None:
    """Until no task waits or runs."""
    for _ in range(2400):
        session.rollback()
        if (
            session.scalar(
                select(Task.id).where(Task.state.in_((TaskState.WAITING, TaskState.RUNNING))).limit(1)
            )
            is None
        ):
            return
        time.sleep(0.05)
    raise AssertionError("the work did not end")


def only_batch() -> ImportBatch:
    session.rollback()
    return session.scalars(select(ImportBatch).execution_options(populate_existing=True)).one()


Post = Callable[..., Any]


def upload(browser: FlaskClient, content: bytes, category: str, name: str = "气瓶.csv") -> UUID:
    """Upload a file and wait until it has been read; the id of its batch."""
    answer = browser.post(
        "/register/import",
        data={"category": category, "file": (BytesIO(content), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)
    settle()
    return UUID(answer.location.rsplit("/", 1)[1])


def form_of(batch: ImportBatch, **more: str) -> dict[str, str]:
    """What the mapping page would send when nobody changes anything."""
    columns = batch.mapping["columns"]
    form = {
        f"to_{number}": columns[name]["to"] for number, name in enumerate(batch.header) if name in columns
    }
    form |= {
        f"unit_{number}": columns[name].get("unit", "")
        for number, name in enumerate(batch.header)
        if name in columns
    }
    return form | more
