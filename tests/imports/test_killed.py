"""`kill -9` in the middle of entering: run again, every row is on file exactly once, and the ledger is whole."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from equipment.core import clock
from equipment.core.config import ROOT, Settings
from equipment.files import store
from equipment.imports import actions
from equipment.imports import stages as importing
from equipment.imports import work as importing_tasks
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.states import RowState
from equipment.ledger.models import Event
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.models import Organisation
from equipment.people.queries import viewer_of
from equipment.people.rules import Role, Viewer
from equipment.register.models import Equipment, Standing
from equipment.shell import tables
from equipment.storage import db as database
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from tests import make

SIZE = 3000
STATION = "测试充装站"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "气瓶.csv"
    rows = "".join(f"无缝,W{number:05},氧气,示例厂,2019.03,40,2028.3\n" for number in range(SIZE))
    path.write_text("设备品种,产品编号,充装介质,制造单位,制造年月,公称容积(L),下次检验日期\n" + rows, "utf-8")
    return path


def started(settings: Settings, *command: str) -> subprocess.Popen[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "INSTANCE": settings.instance,
        "DATABASE_URL": settings.database_url,
    }
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def counted() -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Equipment)) or 0


def killed_in_the_middle(process: subprocess.Popen[str]) -> int:
    """How many pieces were on file when it died."""
    end = time.monotonic() + 120
    while not counted():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "nothing was entered in time"
        time.sleep(0.01)
    process.kill()
    process.communicate()
    return counted()


def assert_all_once(settings: Settings) -> None:
    session.rollback()
    assert sorted(session.scalars(select(Equipment.serial))) == [f"W{number:05}" for number in range(SIZE)]
    assert sorted(session.scalars(select(Standing.equipment_id))) == sorted(
        session.scalars(select(Equipment.id))
    )
    assert session.scalar(select(func.count()).where(Event.verb == "registered")) == SIZE
    verdict = verify(database.engine, settings.folder, tables.models().values())
    assert set(verdict.faults) <= {
        LedgerFault.RECORD_EXTRA
    }  # the people the test made itself, past the ledger
    assert verdict.faults[LedgerFault.RECORD_EXTRA] <= 3


def test_the_command_killed_and_typed_again_adds_what_was_left(
    app: Flask, settings: Settings, file: Path
) -> None:
    make.station(STATION)
    command = ("jobs.import_file", str(file), "--category", "cylinder", "--organisation", STATION)
    entered = killed_in_the_middle(started(settings, *command))
    assert 0 < entered < SIZE
    again = started(settings, *command)
    said = again.communicate(timeout=300)[0]
    assert again.returncode == 0, said
    assert f"{SIZE - entered:,} added" in said
    assert_all_once(settings)


def test_a_killed_jobs_process_leaves_work_that_the_next_one_ends(
    app: Flask, settings: Settings, file: Path
) -> None:
    by = viewer_of(make.user(make.station(STATION), Role.STATION_OWNER))
    key = checked(file, by)
    with transaction():
        enqueue("register.import", {"organisation": str(key[0]), "batch": str(key[1])}, by=by, title="导入")
    entered = killed_in_the_middle(started(settings, "jobs"))
    assert 0 < entered < SIZE
    with transaction():  # a minute later
        session.execute(
            update(Task)
            .where(Task.kind == "register.import")
            .values(lease_until=clock.now() - timedelta(seconds=1))
        )
    assert Runner("next", {"register.import": importing_tasks.run}).run_one()
    session.rollback()
    assert session.scalars(select(Task.state).where(Task.kind == "register.import")).all() == [TaskState.DONE]
    assert set(session.scalars(select(ImportRow.state))) == {RowState.ADDED}
    assert session.get_one(ImportBatch, key, populate_existing=True).counts["added"] == SIZE
    assert_all_once(settings)


def checked(file: Path, by: Viewer) -> importing.Key:
    """A batch that has been read, mapped as suggested and checked."""
    with transaction():
        kept = store.keep(file.read_bytes(), "text/csv")
        batch = actions.begin(
            actions.Upload(kept, file.name, "cylinder"),
            session.get_one(Organisation, by.organisation_id),
            by=by,
        )
    key = batch.organisation_id, batch.id
    importing.read_file(key, Progress())
    with transaction():
        batch = importing.the_batch(key)
        actions.set_mapping(batch, FieldMap.from_json(batch.mapping), by=by)
    importing.check_file(key, Progress(), by=by)
    return key
