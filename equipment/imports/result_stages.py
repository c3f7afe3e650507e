"""The stages of a workbook of results, run by the jobs process: read, check (every row tried by the rules
themselves, nothing stays of it), record. Each can be cut off at any moment and run again: a row that has been
recorded is marked in the same transaction, and its id is made of the file and its row."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from equipment.core.chunks import chunks
from equipment.core.errors import NotAllowed
from equipment.core.fields import Fields
from equipment.files import store
from equipment.imports import actions
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.models import ImportRow
from equipment.imports.previews import preview
from equipment.imports.queries import Key, remembered, result_words, row_counts, the_batch
from equipment.imports.reading import spool, spooled
from equipment.imports.result_rules import suggested_columns
from equipment.imports.results import EarlierRows, ResultReader, recorded
from equipment.imports.stages import READING_MB, STAGE_CHUNK, TOO_LARGE
from equipment.imports.states import ImportState, RowState
from equipment.imports.table_rules import Header
from equipment.imports.vocabulary_rules import HEADING
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.regulation.categories import category
from equipment.storage.db import session, transaction
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import Cancelled, Progress

AT_A_TIME = 5  # results recorded in one transaction: each plans what is due next, and others write too


def read_results(key: Key, progress: Progress) -> None:
    """Find sheets, header and samples; the mapping begins as remembered, or as the header suggests."""
    batch = the_batch(key)
    contents = run_in_child(
        preview,
        (store.path_of(batch.sha256), batch.category, batch.sheet, None, result_words().of(HEADING)),
        memory_mb=READING_MB,
        too_much=TOO_LARGE,
        progress=progress,
    )
    with transaction():
        batch = the_batch(key)
        batch.sheet, batch.preview = contents.sheet_name, contents.as_json()
        batch.header, batch.header_row = list(contents.header.names), contents.header.row
        digest = actions.header_digest(batch.header)
        mapping = remembered(batch.organisation_id, actions.mapping_key(batch), digest)
        batch.mapping = mapping or suggested_columns(batch.header, result_words()).as_json()
        actions.move(batch, ImportState.MAPPING)


def check_results(key: Key, progress: Progress, *, by: Viewer) -> dict[str, int]:
    """The dry run: every row staged with what would become of it."""
    _may_record(by)
    while True:
        with transaction():
            if not actions.clear_rows(the_batch(key), STAGE_CHUNK * 5):
                break
    batch = the_batch(key)
    header = Header(batch.header_row, tuple(batch.header), Fields(batch.preview).integer("blocks", 1))
    reader = _reader(key)
    earlier = EarlierRows(category(batch.category).shares_report)
    counts = dict.fromkeys(map(str, RowState), 0)
    with tempfile.TemporaryDirectory(prefix="results-") as folder:
        lines = Path(folder) / "rows"
        arguments = (store.path_of(batch.sha256), batch.sheet, header, lines)
        progress.total = run_in_child(
            spool, arguments, memory_mb=READING_MB, too_much=TOO_LARGE, progress=progress
        )
        for chunk in chunks(spooled(lines), AT_A_TIME):
            drafts = [(reader.read(number, values), values) for number, values in chunk]
            with transaction():  # what is tried is rolled back row by row; what became of it stays
                judged = recorded(drafts, reader, by=by, earlier=earlier)
                actions.stage(the_batch(key), judged)
            for row in judged:
                counts[row.state] += 1
            progress.advance(len(chunk))
    with transaction():
        batch = the_batch(key)
        batch.staged = sum(counts.values())
        actions.finish(batch, ImportState.CHECKED, counts, by=by)
    return counts


def record_results(key: Key, progress: Progress, *, by: Viewer, early: bool = False) -> dict[str, int]:
    """Record the staged rows, from where the last run stopped; with `early` also those too early to count."""
    _may_record(by)
    with transaction():
        batch = the_batch(key)
        if batch.state != ImportState.RUNNING:
            actions.move(batch, ImportState.RUNNING)
    reader = _reader(key)
    states = (RowState.ADDED, RowState.FLAGGED) if early else (RowState.ADDED,)
    waiting = (
        select(ImportRow)
        .where(ImportRow.organisation_id == key[0], ImportRow.batch_id == key[1], ImportRow.state.in_(states))
        .order_by(ImportRow.row_no)
    )
    progress.total = the_batch(key).staged
    progress.done = progress.total - sum(row_counts(the_batch(key)).get(state, 0) for state in states)
    last = 0
    try:
        while True:
            with transaction():
                rows = session.scalars(waiting.where(ImportRow.row_no > last).limit(AT_A_TIME)).all()
                _record(rows, reader, early=early, by=by)
            if not rows:
                break
            last = rows[-1].row_no
            progress.advance(len(rows))
    except Cancelled:
        _end(key, ImportState.STOPPED, by)
        raise
    return _end(key, ImportState.DONE, by)


def _record(rows: Sequence[ImportRow], reader: ResultReader, *, early: bool, by: Viewer) -> None:
    drafts = [(reader.read(row.row_no, row.values), row.values) for row in rows]
    judged = recorded(drafts, reader, by=by, early=[row.row_no for row in rows] if early else ())
    for row, outcome in zip(rows, judged, strict=True):
        row.state, row.equipment_id = outcome.state, outcome.on_file
        row.problems = [problem.as_json() for problem in outcome.problems]


def _may_record(by: Viewer) -> None:
    if not may(by, Action.CREATE, Thing.INSPECTION):
        raise NotAllowed


def _reader(key: Key) -> ResultReader:
    batch = the_batch(key)
    from_1904 = Fields(batch.preview).flag("from_1904", False)
    return ResultReader(batch, FieldMap.from_json(batch.mapping), result_words(), from_1904=from_1904)


def _end(key: Key, state: ImportState, by: Viewer) -> dict[str, int]:
    with transaction():
        batch = the_batch(key)
        counts = dict.fromkeys(map(str, RowState), 0) | row_counts(batch)
        actions.finish(batch, state, counts, by=by)
    return counts
