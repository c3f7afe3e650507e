"""Taking a list as its two files, the way a person does: CSV from the page, the workbook from the jobs process."""
from __future__ import annotations

import csv
import io

from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from equipment import db
from equipment.config import Settings
from equipment.files import store
from equipment.sheets import BYTE_ORDER_MARK
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from jobs.kinds import kinds
from jobs.runs import Jobs


def files_of(settings: Settings, browser: FlaskClient, address: str) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of the CSV and of the workbook that the export links of a list lead to, headings first."""
    mark = "&" if "?" in address else "?"
    plain = browser.get(f"{address}{mark}format=csv").get_data(as_text=True)
    sent = browser.get(f"{address}{mark}format=xlsx")
    assert (plain[0], sent.status_code) == (BYTE_ORDER_MARK, 302)
    assert Runner("test", kinds(settings, Jobs("test", {}))).run_one()
    db.session.rollback()
    task = db.session.query(Task).populate_existing().one()
    assert task.file_sha256 is not None, task.message
    book = CalamineWorkbook.from_filelike(io.BytesIO(store.path_of(task.file_sha256).read_bytes()))
    return list(csv.reader(io.StringIO(plain[1:]))), [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
