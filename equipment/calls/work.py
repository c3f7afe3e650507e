"""What rescue calls leave to the jobs process: workbooks read, checked and entered, lists as files, phones of
callers blanked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from equipment.calls.actions import blank_callers
from equipment.calls.judging import judged
from equipment.calls.listing import call_table
from equipment.calls.reading import read_calls
from equipment.calls.statistics import statistics_table
from equipment.calls.workbook_rules import COLUMNS, HEADINGS, CallSheet, RowOutcome
from equipment.calls.workbooks import outcomes_workbook, template
from equipment.core.chunks import chunks
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.imports.stages import READING_MB, TOO_LARGE
from equipment.imports.states import RowState
from equipment.imports.table_rules import heading_key
from equipment.storage.db import transaction
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import JobsProcess, Progress, TaskOutcome, Work, repeated
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.tasks.workbooks import list_maker
from equipment.web.language import LOCALES, translate

CHUNK = 20  # calls of one transaction: each is a few rows and lines of the ledger
SHOWN = 500
GONE = N_("The file is no longer kept: upload it again.")
STATES = (
    RowState.ADDED,
    RowState.FLAGGED,
    RowState.KNOWN,
    RowState.DIFFERS,
    RowState.TWICE,
    RowState.REFUSED,
)
OWN_HEADINGS = {
    **HEADINGS,
    **{heading_key(translate(column.label, locale)): column.key for column in COLUMNS for locale in LOCALES},
}


def _sheet(task: Task, progress: Progress) -> CallSheet:
    path = store.path_of(task.stated.text("sha256"))
    if not path.is_file():  # no row names it: the nightly tidying takes it a day later
        raise Invalid({"file": GONE})
    chosen = {name: str(key) for name, key in task.stated.table("columns").items()}
    return run_in_child(
        read_calls, (path, OWN_HEADINGS, chosen), memory_mb=READING_MB, too_much=TOO_LARGE, progress=progress
    )


def _gone_through(task: Task, progress: Progress, *, only_try: bool) -> TaskOutcome:
    """Every row tried or entered, so many in one transaction. Cut off and begun again, what is on record
    already is known by its id."""
    sheet = _sheet(task, progress)
    by = asked_by(task)
    progress.total, progress.done = len(sheet.rows), 0
    outcomes: list[RowOutcome] = []
    first_rows: dict[UUID, int] = {}
    for chunk in chunks(list(sheet.rows), CHUNK):
        with transaction():
            outcomes += judged(chunk, by=by, only_try=only_try, first_rows=first_rows)
        progress.advance(len(chunk))
    return _result(task, sheet, outcomes)


def check(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `calls.check`: nothing is on record by it."""
    return _gone_through(task, progress, only_try=True)


def enter(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `calls.enter`: the good rows are put on record."""
    return _gone_through(task, progress, only_try=False)


def _result(task: Task, sheet: CallSheet, outcomes: Sequence[RowOutcome]) -> TaskOutcome:
    counts = {str(state): sum(outcome.state is state for outcome in outcomes) for state in STATES}
    worst_first = sorted(outcomes, key=lambda row: (row.state is not RowState.REFUSED, row.row_no))
    rows = [
        {
            **outcome._asdict(),
            "faults": [
                [fault.column, fault.message.msgid, dict(fault.message.params)] for fault in outcome.faults
            ],
        }
        for outcome in worst_first[:SHOWN]
    ]
    wrong = any(outcome.faults for outcome in outcomes)
    book = outcomes_workbook(outcomes, task.locale) if wrong else None
    name = translate(N_("Result of the workbook of calls"), task.locale) + ".xlsx" if book else ""
    summary = {**counts, "calls": rows, "headings": list(sheet.headings), "columns": list(sheet.columns)}
    note = None if sheet.rows else Message(N_("Say which column has the time of the call."))
    return TaskOutcome(
        content=book,
        name=name,
        media_type=WORKBOOK_TYPE,
        summary=summary,
        link=f"/rescue/calls/import/{UUID(str(task.id))}",
        note=note,
    )


def blank(task: Task, _progress: Progress) -> TaskOutcome:
    """The maker `calls.template`."""
    name = translate(N_("Template for rescue calls"), task.locale)
    return TaskOutcome(content=template(task.locale), name=f"{name}.xlsx", media_type=WORKBOOK_TYPE)


def forget_callers(on: date) -> dict[str, int]:
    """Phones of callers whose days are over."""
    return {"blanked": repeated(blank_callers, on)}


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "calls.export": list_maker(call_table),
            "calls.statistics": list_maker(statistics_table),
            "calls.check": check,
            "calls.enter": enter,
            "calls.template": blank,
        },
        timed={"forget_callers": forget_callers},
    )
