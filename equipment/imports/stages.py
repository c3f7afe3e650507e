"""The stages of an import, run by the jobs process or the command line:
read a file, check it, add its rows, take them back.

Every stage can be cut off at any moment and run again: rows are staged before anything is on file,
entered in chunks that are whole or not there, and a row that has its piece is never entered twice.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from equipment.core.chunks import chunks
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.files import store
from equipment.imports import actions, asking, openings, outlook
from equipment.imports.judging import Seen, judge, read_rows
from equipment.imports.mapping_rules import FieldMap, suggest
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.previews import preview
from equipment.imports.queries import Key, references, remembered, row_counts, the_batch, words_in_force
from equipment.imports.reading import spool, spooled
from equipment.imports.rows import RowReader
from equipment.imports.states import Decision, ImportState, RowState
from equipment.imports.table_rules import Header
from equipment.people.models import Organisation
from equipment.people.rules import Viewer
from equipment.register.hooks import entered
from equipment.storage.db import session, transaction
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import Cancelled, Progress
from equipment.web.language import LOCALES, translate

STAGE_CHUNK = 200
ENTER_CHUNK, LEAST_CHUNK, MOST_CHUNK = 100, 20, 200
HOLD_S = 0.04  # how long a chunk is to hold the only writer: on a busy machine the chunks become smaller
BACK_CHUNK = 5
READING_MB = 700  # 200,000 rows of 25 columns
TOO_LARGE = N_(
    "Reading this file takes more memory than an import may use (%(mb)s MB). "
    "Split it and import the parts one after another."
)
TO_ENTER = (RowState.ADDED, RowState.FLAGGED)


def read_file(key: Key, progress: Progress) -> None:
    """Find sheets, header and samples; the mapping begins as the remembered one,
    or as the header suggests."""
    batch = the_batch(key)
    contents = run_in_child(
        preview,
        (store.path_of(batch.sha256), batch.category, batch.sheet, words_in_force(batch.category)),
        memory_mb=READING_MB,
        too_much=TOO_LARGE,
        progress=progress,
    )
    with transaction():
        batch = the_batch(key)
        batch.sheet, batch.preview = contents.sheet_name, contents.as_json()
        batch.header, batch.header_row = list(contents.header.names), contents.header.row
        mapping = remembered(batch.organisation_id, batch.category, actions.header_digest(batch.header))
        vocabulary = words_in_force(batch.category)
        suggested = suggest(batch.category, batch.header, vocabulary, contents.samples)
        batch.mapping = mapping or suggested.as_json()
        actions.move(batch, ImportState.MAPPING)


def check_file(key: Key, progress: Progress, *, by: Viewer) -> dict[str, int]:
    """The dry run: every row staged with what would become of it."""
    _clear(key)
    batch = the_batch(key)
    header = Header(batch.header_row, tuple(batch.header), Fields(batch.preview).integer("blocks", 1))
    reader = row_reader(batch, by=by)
    seen, counts, ahead = Seen(), dict.fromkeys(map(str, RowState), 0), outlook.Outlook(batch.category)
    unknown = asking.UnknownWords(reader)
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        lines = Path(folder) / "rows"
        arguments = (store.path_of(batch.sha256), batch.sheet, header, lines)
        progress.total = run_in_child(
            spool, arguments, memory_mb=READING_MB, too_much=TOO_LARGE, progress=progress
        )
        for chunk in chunks(spooled(lines), STAGE_CHUNK):
            judged = judge(read_rows(reader, chunk), seen, reader)
            openings.need(reader.references.parties, judged)
            ahead.add(judged)
            unknown.add(judged)
            for row in judged:
                counts[row.state] += 1
            with transaction():
                actions.stage(the_batch(key), judged)
            progress.advance(len(chunk))
    with transaction():
        batch = the_batch(key)
        batch.staged = sum(counts.values())
        counts |= openings.keep_needed(batch, reader.references.parties)
        batch.preview = {**batch.preview, outlook.KEY: ahead.counts, asking.KEY: unknown.as_json()}
        actions.finish(batch, ImportState.CHECKED, counts, by=by)
    return counts


def enter_file(key: Key, progress: Progress, *, by: Viewer, change: bool = False) -> dict[str, int]:
    """Add the staged rows, from where the last run stopped; with `change`, also lay what differs over the
    pieces on file."""
    _go(key, ImportState.RUNNING)
    batch = the_batch(key)
    reader = row_reader(batch, by=by)
    mine = select(ImportRow.row_no, ImportRow.values, ImportRow.decision).where(
        ImportRow.organisation_id == key[0], ImportRow.batch_id == key[1]
    )
    left = mine.where(ImportRow.state.in_(TO_ENTER), ImportRow.equipment_id.is_(None))
    differing = mine.where(ImportRow.state == RowState.DIFFERS, ImportRow.equipment_id.is_not(None))
    steps = [(left, ENTER_CHUNK, actions.enter_rows)]
    if change:
        steps.append((differing, BACK_CHUNK, actions.change_rows))
    progress.total = batch.staged
    waiting = sum(
        session.scalar(select(func.count()).select_from(rows.subquery())) or 0 for rows, _, _ in steps
    )
    progress.done = batch.staged - waiting
    try:
        for rows_left, size, write in steps:
            last = 0
            while rows := session.execute(
                rows_left.where(ImportRow.row_no > last).order_by(ImportRow.row_no).limit(size)
            ).all():
                read = read_rows(reader, [(row.row_no, row.values) for row in rows])
                decided = {row.row_no: Decision(row.decision) for row in rows if row.decision}
                with transaction():
                    began = time.perf_counter()
                    write(the_batch(key), judge(read, Seen(), reader, decided), reader, by=by)
                size = fitting(size, time.perf_counter() - began)
                last = rows[-1].row_no
                progress.advance(len(rows))
    except Cancelled:
        _end(key, ImportState.STOPPED, by)
        raise
    progress.done = batch.staged
    return _end(key, ImportState.DONE, by)


def fitting(size: int, took: float) -> int:
    """The size of the next chunk, after one of `size` took so many seconds."""
    return max(LEAST_CHUNK, min(MOST_CHUNK, round(size * HOLD_S / max(took, 0.001) + size) // 2))


def undo_file(key: Key, progress: Progress, *, by: Viewer) -> dict[str, int]:
    """Take back what an import put on file, a few pieces at a time,
    since each is a change of status like any other."""
    mine = (
        select(ImportRow)
        .where(
            ImportRow.organisation_id == key[0],
            ImportRow.batch_id == key[1],
            ImportRow.equipment_id.is_not(None),
            ImportRow.state.in_((*TO_ENTER, RowState.CHANGED)),
        )
        .order_by(ImportRow.row_no)
        .limit(BACK_CHUNK)
    )
    _go(key, ImportState.UNDOING)
    counts = row_counts(the_batch(key))
    progress.total = sum(counts.get(state, 0) for state in (*TO_ENTER, RowState.CHANGED))
    while True:
        with transaction():
            rows = session.scalars(mine).all()
            actions.take_back(rows, by=by)
        if not rows:
            return _end(key, ImportState.UNDONE, by)
        progress.advance(len(rows))


def _go(key: Key, state: ImportState) -> None:
    """Enter a stage; one that was cut off goes on."""
    with transaction():
        batch = the_batch(key)
        if batch.state != state:
            actions.move(batch, state)


def _end(key: Key, state: ImportState, by: Viewer) -> dict[str, int]:
    with transaction():
        batch = the_batch(key)
        counts = dict.fromkeys(map(str, RowState), 0) | row_counts(batch) | openings.so_far(batch)
        actions.finish(batch, state, counts, by=by)
    return counts


def _clear(key: Key) -> None:
    while True:
        with transaction():
            if not actions.clear_rows(the_batch(key), STAGE_CHUNK * 5):
                return


def row_reader(batch: ImportBatch, *, by: Viewer) -> RowReader:
    organisation = session.get_one(Organisation, batch.organisation_id)
    mapping = FieldMap.from_json(batch.mapping)
    languages = [partial(translate, locale=locale) for locale in LOCALES]
    return RowReader(
        batch.category,
        batch.header,
        mapping,
        references(batch.category, organisation, languages, mapping, by=by),
        from_1904=Fields(batch.preview).flag("from_1904", False),
    )


def plan_file(key: Key, progress: Progress) -> None:
    """Let follow what follows (planning what is due lies to the right of the register), chunk by chunk."""
    mine = select(ImportRow.row_no, ImportRow.equipment_id).where(
        ImportRow.organisation_id == key[0],
        ImportRow.batch_id == key[1],
        ImportRow.state.in_(TO_ENTER),
        ImportRow.equipment_id.is_not(None),
    )
    progress.total, last = the_batch(key).staged, 0
    while rows := session.execute(
        mine.where(ImportRow.row_no > last).order_by(ImportRow.row_no).limit(STAGE_CHUNK)
    ).all():
        with transaction():
            entered([row.equipment_id for row in rows])
        last = rows[-1].row_no
        progress.advance(len(rows))
