"""检验结果 of a lot by workbook, on the desk: upload, match the columns, look at what would be recorded, record,
correct. The work itself is done by jobs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.files import store
from equipment.files.views import handed_out
from equipment.imports import actions
from equipment.imports.batch_views import (
    begin_work,
    frame,
    is_mine,
    problem_texts,
    shown_row,
    states_shown,
    upload_form,
    wait_for_work,
    watched_to_its_end,
)
from equipment.imports.forms import SIGN, RecordForm, ShownColumn, UploadForm, WorksheetForm, columns_typed
from equipment.imports.mapping_rules import ColumnUse, FieldMap
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.queries import batch, batches, cut_off, row_counts, rows_of, task_of_batch
from equipment.imports.result_rules import (
    BY_KEY,
    CHECK,
    COLUMNS,
    CONCLUSION,
    KIND,
    READ,
    RECORD,
    TEMPLATE,
    suggested_columns,
)
from equipment.imports.states import RESULT_LABELS, ImportState, RowKind, RowState
from equipment.imports.table_rules import MOST_ROWS
from equipment.inspections.rules import InspectionKind, conclusions_for, kinds_for, proof_of
from equipment.people.models import Organisation
from equipment.people.rules import Action, Thing
from equipment.register import lists
from equipment.regulation.categories import category
from equipment.regulation.settling import Proof
from equipment.storage.db import session, transaction
from equipment.tasks.actions import cancel, enqueue
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, wait_for
from equipment.web.forms import error_texts, show_errors
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("result_imports", __name__, url_prefix="/inspections/import")
UNTYPED = "application/octet-stream"
WORK = {
    READ: N_("Reading %(name)s"),
    CHECK: N_("Checking %(name)s"),
    RECORD: N_("Recording the results of %(name)s"),
}
STAGES = (N_("Upload"), N_("Match columns"), N_("Check"), N_("Record"))
ASK_FIRST = (RowState.REFUSED, RowState.FLAGGED, RowState.TWICE)


@pages.get("")
@web.allows(Action.CREATE, Thing.INSPECTION)
def index() -> web.Answer:
    return _index(upload_form())


def _index(form: UploadForm) -> str:
    mine = batches(web.viewer(), RowKind.RESULTS)
    page = paginate(mine, {"begun": ImportBatch.created_at}, default="-begun")
    return render_template(
        "imports/results_index.html",
        form=form,
        page=page,
        cut_off=cut_off(web.viewer(), page.rows),
        kinds={kind.key: kind for kind in lists.categories_of(web.viewer())},
        most_rows=MOST_ROWS,
    )


@pages.post("")
@web.allows(Action.CREATE, Thing.INSPECTION)
def upload() -> web.Answer:
    form, viewer = upload_form(), web.viewer()
    if not form.validate_on_submit():
        return _index(form), 422
    content = store.keep(cast(BinaryIO, form.file.data.stream), UNTYPED)
    try:
        if content.size == 0:
            raise Invalid({"file": N_("The file is empty.")})
        name = PurePath(form.file.data.filename).name
        with transaction():
            import_batch = actions.begin(
                actions.Upload(content, name, form.category.data, records=RowKind.RESULTS),
                session.get_one(Organisation, viewer.organisation_id),
                by=viewer,
            )
            begin_work(READ, WORK[READ], import_batch)
    except Invalid as error:
        show_errors(form, error)
        return _index(form), 422
    return _at_work(import_batch)


@pages.get("/<uuid:batch_id>")
@web.allows(Action.CREATE, Thing.INSPECTION)
def show(batch_id: UUID) -> web.Answer:
    import_batch = _results(batch_id)
    task = task_of_batch(web.viewer(), import_batch)
    if watched_to_its_end(import_batch, task):
        return web.sent_to(url_for("result_imports.show", batch_id=batch_id))
    if import_batch.state == ImportState.MAPPING:
        return _mapping_page(import_batch, FieldMap.from_json(import_batch.mapping), {}, task)
    counts = import_batch.counts or row_counts(import_batch)
    states = states_shown(counts, ASK_FIRST)
    page = paginate(rows_of(web.viewer(), import_batch, states), {"row": ImportRow.row_no}, default="row")
    message = message_in(task.message) if task is not None else None
    return render_template(
        "imports/results_batch.html",
        page=page,
        counts=counts,
        outcomes=[(state, translate(label), state.colour) for state, label in RESULT_LABELS.items()],
        reasons=problem_texts(page.rows, import_batch.header),
        shown_row=shown_row,
        task_message=translate(message) if message is not None else "",
        **frame(import_batch, task, STAGES),
    )


def _mapping_page(
    import_batch: ImportBatch, mapping: FieldMap, problems: Mapping[str, str], task: Task | None = None
) -> str:
    samples = Fields(import_batch.preview).listed("samples")
    usual = suggested_columns(import_batch.header).columns
    columns = []
    for number, name in enumerate(import_batch.header):
        use = mapping.columns.get(name, ColumnUse(""))
        words = "\n".join(f"{word} {SIGN} {value}" for word, value in use.values.items())
        suggested = name in usual and usual[name].to == use.to
        shown = samples[number] if number < len(samples) else ()
        problem = problems.get(name, "")
        columns.append(ShownColumn(number, name, shown, use.to, "", words, suggested, problem))
    return render_template(
        "imports/results_mapping.html",
        columns=columns,
        choices=[
            (column.key, translate(column.label) + (" *" if column.required else "")) for column in COLUMNS
        ],
        fixed=[
            (column, mapping.fixed.get(column.key, ""), _offered(import_batch, column.key))
            for column in COLUMNS
            if column.fixable
        ],
        problems=problems,
        **frame(import_batch, task, STAGES),
    )


def _offered(import_batch: ImportBatch, key: str) -> list[tuple[str, str]]:
    """The choices of a field of which one value may stand for all rows."""
    kind = category(import_batch.category)
    if key == KIND:
        kinds = [one for one in kinds_for(kind) if proof_of(kind, one) is Proof.RESULT]
        return [(one.value, translate(one.label)) for one in kinds]
    if key == CONCLUSION:
        possible = conclusions_for(kind, InspectionKind.INSPECTION)
        return [(conclusion.value, translate(conclusion.label)) for conclusion in possible]
    return []


@pages.post("/<uuid:batch_id>/sheet")
@web.allows(Action.CREATE, Thing.INSPECTION)
def choose_sheet(batch_id: UUID) -> web.Answer:
    with transaction():
        import_batch = _mine(batch_id)
        actions.move(import_batch, ImportState.READING)
        import_batch.sheet = WorksheetForm().worksheet.data
        begin_work(READ, WORK[READ], import_batch)
    return _at_work(import_batch)


@pages.post("/<uuid:batch_id>/mapping")
@web.allows(Action.CREATE, Thing.INSPECTION)
def match(batch_id: UUID) -> web.Answer:
    import_batch = _mine(batch_id)
    mapping = columns_typed(import_batch.header, BY_KEY)
    try:
        with transaction():
            import_batch = _mine(batch_id)
            actions.set_mapping(import_batch, mapping, by=web.viewer())
            begin_work(CHECK, WORK[CHECK], import_batch)
    except Conflict:
        raise
    except Invalid as error:
        return _mapping_page(import_batch, mapping, error_texts(error)), 422
    return _at_work(import_batch)


@pages.post("/<uuid:batch_id>/back")
@web.allows(Action.CREATE, Thing.INSPECTION)
def back(batch_id: UUID) -> web.Answer:
    with transaction():
        actions.move(_mine(batch_id), ImportState.MAPPING)
    return redirect(url_for("result_imports.show", batch_id=batch_id))


@pages.post("/<uuid:batch_id>/run")
@web.allows(Action.CREATE, Thing.INSPECTION)
def run(batch_id: UUID) -> web.Answer:
    """Record, or continue where it stopped; what is too early only where somebody says so."""
    with transaction():
        import_batch = _mine(batch_id)
        task = task_of_batch(web.viewer(), import_batch)
        cut = import_batch.state == ImportState.RUNNING and task is not None and task.state in ENDED
        if not cut:
            actions.move(import_batch, ImportState.RUNNING)
        begin_work(RECORD, WORK[RECORD], import_batch, early=RecordForm().early.data == "1")
    return _at_work(import_batch)


@pages.post("/<uuid:batch_id>/cancel")
@web.allows(Action.CREATE, Thing.INSPECTION)
def stop(batch_id: UUID) -> web.Answer:
    with transaction():
        import_batch = _mine(batch_id)
        if import_batch.task_id is not None:
            cancel(import_batch.task_id, by=web.viewer())
    return redirect(url_for("result_imports.show", batch_id=batch_id))


@pages.get("/<uuid:batch_id>/errors")
@web.allows(Action.CREATE, Thing.INSPECTION)
def errors(batch_id: UUID) -> web.Answer:
    task = task_of_batch(web.viewer(), _results(batch_id))
    if task is None or not task.file_sha256:
        raise NotFound
    return handed_out(task.file_sha256, UNTYPED, task.file_name)


@pages.post("/template")
@web.allows(Action.CREATE, Thing.INSPECTION)
def template() -> web.Answer:
    title, language = gettext("Template for results"), str(get_locale())
    with transaction():
        task = enqueue(TEMPLATE, {}, by=web.viewer(), title=title, locale=language)
    task = wait_for(task)
    if task.file_sha256:
        return handed_out(task.file_sha256, UNTYPED, task.file_name)
    return redirect(url_for("tasks.task", task_id=task.id))


def _at_work(import_batch: ImportBatch) -> web.Answer:
    """Its page, after a moment in which short work ends by itself."""
    wait_for_work(import_batch)
    return redirect(url_for("result_imports.show", batch_id=import_batch.id))


def _results(batch_id: UUID) -> ImportBatch:
    return batch(web.viewer(), batch_id, RowKind.RESULTS)


def _mine(batch_id: UUID) -> ImportBatch:
    import_batch = _results(batch_id)
    if not is_mine(import_batch):
        raise NotAllowed(N_("Only the organisation that began an import goes on with it."))
    return import_batch
