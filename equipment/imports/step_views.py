"""The steps that a file of pieces and a file of results have in common: begun, another sheet of it read, its
columns matched again, its work stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import UUID

from flask import current_app, redirect, url_for

from equipment import web
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_
from equipment.files import store
from equipment.imports import actions
from equipment.imports.batch_views import begin_work, is_mine, route_of, upload_form, wait_for_work
from equipment.imports.forms import UploadForm, WorksheetForm
from equipment.imports.models import ImportBatch
from equipment.imports.queries import batch
from equipment.imports.states import ImportState, RowKind
from equipment.imports.table_rules import MOST_ROWS
from equipment.people.models import Organisation
from equipment.storage.db import session, transaction
from equipment.tasks.actions import cancel
from equipment.web.forms import show_errors

UNTYPED = "application/octet-stream"
Work = tuple[str, str]  # a work of the jobs process, and what its task is called (msgid)


def limits() -> dict[str, int]:
    """What the first page says of the size of a file."""
    return {"most_mb": current_app.config["MAX_CONTENT_LENGTH"] // 1_000_000, "most_rows": MOST_ROWS}


def begin_file(records: RowKind, reading: Work, index: Callable[[UploadForm], str]) -> web.Answer:
    """Take the file that was sent and have it read; what is wrong with it is shown on the first page."""
    form, viewer = upload_form(records), web.viewer()
    if not form.validate_on_submit():
        return index(form), 422
    content = store.keep(cast(BinaryIO, form.file.data.stream), UNTYPED)
    try:
        if content.size == 0:
            raise Invalid({"file": N_("The file is empty.")})
        name = PurePath(form.file.data.filename).name
        with transaction():
            import_batch = actions.begin(
                actions.Upload(content, name, form.category.data, records=records),
                session.get_one(Organisation, viewer.organisation_id),
                by=viewer,
            )
            begin_work(*reading, import_batch)
    except Invalid as error:
        show_errors(form, error)
        return index(form), 422
    return at_work(import_batch)


def read_sheet_anew(batch_id: UUID, records: RowKind, reading: Work) -> web.Answer:
    """Another sheet of the file instead of this one."""
    with transaction():
        import_batch = mine(batch_id, records)
        actions.move(import_batch, ImportState.READING)
        import_batch.sheet = WorksheetForm().worksheet.data
        begin_work(*reading, import_batch)
    return at_work(import_batch)


def back_to_columns(batch_id: UUID, records: RowKind) -> web.Answer:
    with transaction():
        actions.move(mine(batch_id, records), ImportState.MAPPING)
    return redirect(url_for(f"{route_of(records)}.show", batch_id=batch_id))


def stop_work(batch_id: UUID, records: RowKind) -> web.Answer:
    with transaction():
        import_batch = mine(batch_id, records)
        if import_batch.task_id is not None:
            cancel(import_batch.task_id, by=web.viewer())
    return redirect(url_for(f"{route_of(records)}.show", batch_id=batch_id))


def at_work(import_batch: ImportBatch) -> web.Answer:
    """Its page, after a moment in which short work ends by itself."""
    wait_for_work(import_batch)
    return redirect(url_for(f"{route_of(import_batch.records)}.show", batch_id=import_batch.id))


def mine(batch_id: UUID, records: RowKind) -> ImportBatch:
    import_batch = batch(web.viewer(), batch_id, records)
    if not is_mine(import_batch):
        raise NotAllowed(N_("Only the organisation that began an import goes on with it."))
    return import_batch
