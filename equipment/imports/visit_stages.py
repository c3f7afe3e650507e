"""An export of the province is read and checked, run by the jobs process; nothing of it is on record yet.
Each stage can be cut off at any moment and run again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from equipment.core.chunks import chunks
from equipment.core.fields import Fields
from equipment.files import store
from equipment.imports import actions
from equipment.imports.previews import preview
from equipment.imports.queries import Key, remembered, the_batch, visit_words
from equipment.imports.reading import spool, spooled
from equipment.imports.stages import READING_MB, TOO_LARGE
from equipment.imports.states import ImportState, RowState
from equipment.imports.table_rules import Header
from equipment.imports.visit_entering import require_office, visit_reader
from equipment.imports.visit_rows import EarlierVisits, FirmBook, judged_rows, resolved_rows
from equipment.imports.visit_rules import suggested_visit_columns
from equipment.imports.vocabulary_rules import HEADING
from equipment.people.rules import Viewer
from equipment.storage.db import session, transaction
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import Progress

CHECKED_AT_ONCE = 200


def read_visits(key: Key, progress: Progress) -> None:
    """Find sheets, header and samples; the mapping begins as remembered, or as the header suggests."""
    batch = the_batch(key)
    contents = run_in_child(
        preview,
        (store.path_of(batch.sha256), batch.category, batch.sheet, None, visit_words().of(HEADING)),
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
        batch.mapping = mapping or suggested_visit_columns(batch.header, visit_words()).as_json()
        actions.move(batch, ImportState.MAPPING)


def check_visits(key: Key, progress: Progress, *, by: Viewer) -> dict[str, int]:
    """The preview: every row staged with what would become of it."""
    require_office(by)
    while True:
        with transaction():
            if not actions.clear_rows(the_batch(key), CHECKED_AT_ONCE * 5):
                break
    batch = the_batch(key)
    header = Header(batch.header_row, tuple(batch.header), Fields(batch.preview).integer("blocks", 1))
    reader, firms, earlier = visit_reader(batch), FirmBook(), EarlierVisits()
    counts = dict.fromkeys(map(str, RowState), 0)
    with tempfile.TemporaryDirectory(prefix="visits-") as folder:
        lines = Path(folder) / "rows"
        arguments = (store.path_of(batch.sha256), batch.sheet, header, lines)
        progress.total = run_in_child(
            spool, arguments, memory_mb=READING_MB, too_much=TOO_LARGE, progress=progress
        )
        for chunk in chunks(spooled(lines), CHECKED_AT_ONCE):
            drafts = [reader.read(number, values) for number, values in chunk]
            rows = resolved_rows(drafts, reader, batch.category, firms, by=by)
            judged = judged_rows(drafts, rows, earlier)
            session.rollback()  # what was read is let go before the writer's turn
            with transaction():
                actions.stage(the_batch(key), judged)
            for row in judged:
                counts[row.state] += 1
            progress.advance(len(chunk))
    with transaction():
        batch = the_batch(key)
        batch.staged = sum(counts.values())
        actions.finish(batch, ImportState.CHECKED, counts, by=by)
    return counts
