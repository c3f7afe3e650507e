"""Taking a list as its two files, the way a person does: asked for on the page, made by the jobs process."""

from __future__ import annotations

import csv
from uuid import UUID

from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from equipment.core.config import Settings
from equipment.files import store
from equipment.storage import db
from equipment.tasks.makers import JobsProcess
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from equipment.tasks.sheets import BYTE_ORDER_MARK
from jobs.runs import Jobs
from jobs.work import makers, works

Rows = list[list[str]]


def files_of(settings: Settings, browser: FlaskClient, address: str) -> tuple[Rows, Rows]:
    """The rows of the CSV and of the workbook that the export links of a list lead to, headings first."""
    book = CalamineWorkbook.from_path(store.path_of(_taken(settings, browser, address, "xlsx")))
    rows = [
        [str(cell) for cell in row]
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
    ]
    return csv_of(settings, browser, address), rows


def csv_of(settings: Settings, browser: FlaskClient, address: str) -> Rows:
    text = store.path_of(_taken(settings, browser, address, "csv")).read_text("utf-8")
    assert text[0] == BYTE_ORDER_MARK
    return list(csv.reader(text[1:].splitlines()))


def _taken(settings: Settings, browser: FlaskClient, address: str, form: str) -> str:
    task = task_made(settings, browser.post(f"{address}{'&' if '?' in address else '?'}format={form}"))
    assert task.file_sha256 is not None
    return task.file_sha256


def task_made(settings: Settings, sent: TestResponse) -> Task:
    """The task that an answer leads to, when the jobs process has done it; it made a file."""
    assert sent.status_code == 302, sent.get_data(as_text=True)
    assert Runner("test", makers(works(JobsProcess(settings, "test")), Jobs("test", {}))).run_one()
    db.session.rollback()
    task: Task = (
        db.session.query(Task).populate_existing().filter_by(id=UUID(sent.location.rsplit("/", 1)[1])).one()
    )
    assert task.file_sha256 is not None, (task.message, task.outcome)
    return task
