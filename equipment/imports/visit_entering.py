"""An export of the province goes on record, some visits at a time, and is taken back: cut off at any moment
and run again, a row is marked in the transaction that enters it, and its id is made of what it says."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import NotAllowed
from equipment.core.fields import Fields
from equipment.imports import actions
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.queries import Key, row_counts, the_batch, visit_words
from equipment.imports.states import ImportState, RowState
from equipment.imports.visit_rows import FirmBook, VisitReader, resolved_rows
from equipment.maintenance.models import ProvinceSwipe
from equipment.maintenance.province import ProvinceFile, enter_visits, take_back_visits
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.regulation.queries import province_swipe_settles
from equipment.storage.db import session, transaction
from equipment.tasks.makers import Cancelled, Progress

ENTERED_AT_ONCE = 40  # visits in one transaction, each with a line of its lift's chain
SETTLED_AT_ONCE = 5  # where each also plans what is due next
WAITING = (RowState.ADDED, RowState.FLAGGED)


def may_take_in(by: Viewer) -> bool:
    """The province's exports are the bureau's: a firm would bring its own proof."""
    return by.oversees and may(by, Action.CREATE, Thing.IMPORT)


def enter_province(key: Key, progress: Progress, *, by: Viewer) -> dict[str, int]:
    """Enter the staged rows, from where the last run stopped."""
    require_office(by)
    with transaction():
        batch = the_batch(key)
        if batch.state != ImportState.RUNNING:
            actions.move(batch, ImportState.RUNNING)
    batch = the_batch(key)
    reader, firms = visit_reader(batch), FirmBook()
    waiting = (
        select(ImportRow)
        .where(
            ImportRow.organisation_id == key[0], ImportRow.batch_id == key[1], ImportRow.state.in_(WAITING)
        )
        .order_by(ImportRow.row_no)
    )
    counted = row_counts(batch)
    progress.total, progress.done = batch.staged, batch.staged - sum(counted.get(one, 0) for one in WAITING)
    at_once = SETTLED_AT_ONCE if province_swipe_settles(clock.today()) else ENTERED_AT_ONCE
    last = 0
    try:
        while True:
            with transaction():
                rows = session.scalars(waiting.where(ImportRow.row_no > last).limit(at_once)).all()
                _enter(rows, reader, firms, by=by)
            if not rows:
                break
            last = rows[-1].row_no
            progress.advance(len(rows))
    except Cancelled:
        ended(key, ImportState.STOPPED, by)
        raise
    return ended(key, ImportState.DONE, by)


def _enter(rows: Sequence[ImportRow], reader: VisitReader, firms: FirmBook, *, by: Viewer) -> None:
    if not rows:
        return
    batch = the_batch((rows[0].organisation_id, rows[0].batch_id))
    drafts = [reader.read(row.row_no, row.values) for row in rows]
    resolved = resolved_rows(drafts, reader, batch.category, firms, by=by)
    file = ProvinceFile(batch.id, batch.sha256, batch.file_name)
    entered = enter_visits([resolved[number] for number in sorted(resolved)], file, by=by)
    for row, draft in zip(rows, drafts, strict=True):
        swipe = entered.get(row.row_no)
        if swipe is None:  # what was true at the check is no more
            row.state, row.problems = RowState.REFUSED, [problem.as_json() for problem in draft.problems]
        else:
            row.equipment_id = swipe.equipment_id
            here = (swipe.batch_id, swipe.row_no) == (batch.id, row.row_no)
            row.state = RowState.KNOWN if not here else RowState.DIFFERS if swipe.linked else RowState.CHANGED


def undo_province(key: Key, progress: Progress, *, by: Viewer) -> dict[str, int]:
    """撤回 of a whole file, some visits at a time; what it only linked stays."""
    require_office(by)
    with transaction():
        batch = the_batch(key)
        if batch.state != ImportState.UNDOING:
            actions.move(batch, ImportState.UNDOING)
    mine = (
        visible(SYSTEM, ProvinceSwipe)
        .where(ProvinceSwipe.batch_id == key[1], ProvinceSwipe.taken_back_at.is_(None))
        .order_by(ProvinceSwipe.linked.desc(), ProvinceSwipe.row_no)
    )
    progress.total = the_batch(key).staged
    while True:
        with transaction():
            swipes = session.scalars(mine.limit(SETTLED_AT_ONCE * 4)).all()
            take_back_visits(swipes, by=by)
            numbers = {swipe.row_no for swipe in swipes}
            rows = select(ImportRow).where(
                ImportRow.organisation_id == key[0],
                ImportRow.batch_id == key[1],
                ImportRow.row_no.in_(numbers),
            )
            for row in session.scalars(rows):
                row.state = RowState.UNDONE
        if not swipes:
            return ended(key, ImportState.UNDONE, by)
        progress.advance(len(swipes))


def require_office(by: Viewer) -> None:
    """NotAllowed for anybody else than the bureau."""
    if not may_take_in(by):
        raise NotAllowed


def visit_reader(batch: ImportBatch) -> VisitReader:
    """Reads the rows of a batch by its mapping."""
    from_1904 = Fields(batch.preview).flag("from_1904", False)
    return VisitReader(batch.header, FieldMap.from_json(batch.mapping), visit_words(), from_1904=from_1904)


def ended(key: Key, state: ImportState, by: Viewer) -> dict[str, int]:
    with transaction():
        batch = the_batch(key)
        counts = dict.fromkeys(map(str, RowState), 0) | row_counts(batch)
        actions.finish(batch, state, counts, by=by)
    return counts
