"""`kill -9` in the middle of recording results: the next jobs process records what was left, every row exactly once,
and the ledger is whole."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.files import store
from equipment.imports import actions
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.queries import Key, the_batch
from equipment.imports.result_rules import RECORD
from equipment.imports.result_stages import check_results, read_results
from equipment.imports.result_work import MAKERS
from equipment.imports.states import ImportState, RowKind, RowState
from equipment.inspections.models import Inspection
from equipment.ledger.models import Event
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.models import Organisation
from equipment.people.rules import Viewer
from equipment.shell import tables
from equipment.storage import db as database
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from tests import make
from tests.dues.town import Town, bottle, town
from tests.imports.test_killed import started

SIZE = 40


def recorded() -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Inspection)) or 0


def checked(at: Town, by: Viewer) -> Key:
    """A file of results of so many bottles that has been read, matched as suggested and checked."""
    on = make.days(-3).isoformat()
    rows = "".join(f"K{number:04},{on},合格,PJ-1\n" for number in range(SIZE))
    with transaction():
        content = store.keep(("钢印号,检验日期,检验结论,报告编号\n" + rows).encode(), "text/csv")
        home = session.get_one(Organisation, by.organisation_id)
        upload = actions.Upload(content, "结果.csv", "cylinder", records=RowKind.RESULTS)
        batch: ImportBatch = actions.begin(upload, home, by=by)
    key = batch.organisation_id, batch.id
    read_results(key, Progress())
    with transaction():
        batch = the_batch(key)
        actions.set_mapping(batch, FieldMap.from_json(batch.mapping), by=by)
    assert check_results(key, Progress(), by=by)[RowState.ADDED] == SIZE
    return key


def test_a_killed_jobs_process_leaves_results_that_the_next_one_records_once(
    app: Flask, settings: Settings
) -> None:
    at = town()
    made_on = make.days(-1400)
    pieces = [bottle(at, serial=f"K{number:04}", made_on=made_on).id for number in range(SIZE)]
    by = at.viewer("inspector")
    key = checked(at, by)
    with transaction():
        actions.move(the_batch(key), ImportState.RUNNING)
        enqueue(RECORD, {"organisation": str(key[0]), "batch": str(key[1])}, by=by, title="录入结果")
    process = started(settings, "jobs")
    end = time.monotonic() + 120
    while not recorded():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "nothing was recorded in time"
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert 0 < recorded() < SIZE
    with transaction():  # a minute later
        overdue = clock.now() - timedelta(seconds=1)
        session.execute(update(Task).where(Task.kind == RECORD).values(lease_until=overdue))
    assert Runner("next", {RECORD: MAKERS[RECORD]}).run_one()
    session.rollback()
    assert session.scalars(select(Task.state).where(Task.kind == RECORD)).all() == [TaskState.DONE]
    assert set(session.scalars(select(ImportRow.state))) == {RowState.CHANGED}
    assert the_batch(key).counts[RowState.CHANGED] == SIZE
    assert sorted(session.scalars(select(Inspection.equipment_id))) == sorted(pieces)
    lines = select(Event.subject).where(Event.verb == "inspection.recorded")
    assert sorted(session.scalars(lines)) == sorted(f"equipment:{piece_id}" for piece_id in pieces)
    verdict = verify(database.engine, settings.folder, tables.models().values())
    # the people and bottles the test made itself, past the ledger
    assert set(verdict.faults) <= {LedgerFault.RECORD_EXTRA}
