"""检验结果 of a lot by workbook, on the desk: upload, match the columns, look at what would be recorded, record,
correct. The work itself is done by jobs."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.files.views import handed_out
from equipment.imports import actions
from equipment.imports.batch_views import (
    RESULTS_ROUTE,
    begin_work,
    frame,
    problem_texts,
    shown_row,
    states_shown,
    upload_form,
    watched_to_its_end,
)
from equipment.imports.course_views import blank_book
from equipment.imports.forms import SIGN, FixedInput, RecordForm, ShownColumn, UploadForm, columns_typed
from equipment.imports.mapping_rules import ColumnUse, FieldMap
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.queries import (
    batch,
    batches,
    cut_off,
    result_words,
    row_counts,
    rows_of,
    task_of_batch,
)
from equipment.imports.result_rules import (
    BY_KEY,
    CHECK,
    COLUMNS,
    CONCLUSION,
    KIND,
    READ,
    RECORD,
    TEMPLATE,
    ResultColumn,
    suggested_columns,
)
from equipment.imports.states import RESULT_LABELS, ImportState, RowKind, RowState
from equipment.imports.step_views import (
    at_work,
    back_to_columns,
    begin_file,
    limits,
    mine,
    read_sheet_anew,
    stop_work,
)
from equipment.inspections.rules import InspectionKind, conclusions_for, kinds_for, proof_of
from equipment.people.rules import Action, Thing
from equipment.register import lists
from equipment.regulation.categories import category
from equipment.regulation.settling import Proof
from equipment.storage.db import transaction
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.forms import error_texts
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("result_imports", __name__, url_prefix="/inspections/import")
READING = (READ, N_("Reading %(name)s"))
WORK = {CHECK: N_("Checking %(name)s"), RECORD: N_("Recording the results of %(name)s")}
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
        kinds=lists.categories_of(web.viewer()),
        route=RESULTS_ROUTE,
        **limits(),
    )


@pages.post("")
@web.allows(Action.CREATE, Thing.INSPECTION)
def upload() -> web.Answer:
    return begin_file(RowKind.RESULTS, READING, _index)


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
    usual = suggested_columns(import_batch.header, result_words()).columns
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
        choices=[("", [(column.key, _label(column)) for column in COLUMNS])],
        fixed=[
            FixedInput(
                column.key,
                _label(column),
                mapping.fixed.get(column.key, ""),
                column.required,
                _offered(import_batch, column.key),
                problems.get(column.key, ""),
            )
            for column in COLUMNS
            if column.fixable
        ],
        problems=problems,
        **frame(import_batch, task, STAGES),
    )


def _label(column: ResultColumn) -> str:
    return translate(column.label) + (" *" if column.required else "")


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
    return read_sheet_anew(batch_id, RowKind.RESULTS, READING)


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
    return at_work(import_batch)


@pages.post("/<uuid:batch_id>/back")
@web.allows(Action.CREATE, Thing.INSPECTION)
def back(batch_id: UUID) -> web.Answer:
    return back_to_columns(batch_id, RowKind.RESULTS)


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
    return at_work(import_batch)


@pages.post("/<uuid:batch_id>/cancel")
@web.allows(Action.CREATE, Thing.INSPECTION)
def stop(batch_id: UUID) -> web.Answer:
    return stop_work(batch_id, RowKind.RESULTS)


@pages.get("/<uuid:batch_id>/errors")
@web.allows(Action.CREATE, Thing.INSPECTION)
def errors(batch_id: UUID) -> web.Answer:
    task = task_of_batch(web.viewer(), _results(batch_id))
    if task is None or not task.file_sha256:
        raise NotFound
    return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)


@pages.post("/template")
@web.allows(Action.CREATE, Thing.INSPECTION)
def template() -> web.Answer:
    return blank_book(TEMPLATE, gettext("Template for results"))


def _results(batch_id: UUID) -> ImportBatch:
    return batch(web.viewer(), batch_id, RowKind.RESULTS)


def _mine(batch_id: UUID) -> ImportBatch:
    return mine(batch_id, RowKind.RESULTS)
