"""省平台刷卡记录 by workbook, on the desk of the bureau: upload, match the columns, look at what would be entered,
enter, take back. The work itself is done by jobs."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.files.views import handed_out
from equipment.imports import actions
from equipment.imports.batch_views import (
    VISITS_ROUTE,
    begin_work,
    frame,
    problem_texts,
    shown_row,
    states_shown,
    upload_form,
    watched_to_its_end,
)
from equipment.imports.course_views import blank_book
from equipment.imports.forms import SIGN, FixedInput, ShownColumn, UploadForm, columns_typed
from equipment.imports.mapping_rules import ColumnUse, FieldMap
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.queries import batch, batches, cut_off, row_counts, rows_of, task_of_batch, visit_words
from equipment.imports.result_rules import ResultColumn
from equipment.imports.states import VISIT_LABELS, ImportState, RowKind, RowState
from equipment.imports.step_views import (
    at_work,
    back_to_columns,
    begin_file,
    limits,
    mine,
    read_sheet_anew,
    stop_work,
)
from equipment.imports.visit_rules import (
    BY_KEY,
    CHECK,
    CLASS,
    COLUMNS,
    READ,
    RECORD,
    TEMPLATE,
    UNDO,
    VISIT_CLASSES,
    suggested_visit_columns,
)
from equipment.people.rules import Action, Thing
from equipment.register import lists
from equipment.regulation.presence_grades import PresenceGrade
from equipment.regulation.queries import counted_grades, province_swipe_settles
from equipment.storage.db import transaction
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.forms import error_texts, labelled
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("visit_imports", __name__, url_prefix="/visits/import")
READING = (READ, N_("Reading %(name)s"))
WORK = {
    CHECK: N_("Checking %(name)s"),
    RECORD: N_("Entering the visits of %(name)s"),
    UNDO: N_("Taking back the visits of %(name)s"),
}
STAGES = (N_("Upload"), N_("Match columns"), N_("Check"), N_("Enter"))
ASK_FIRST = (RowState.REFUSED, RowState.TWICE, RowState.FLAGGED)


@pages.get("")
@web.allows(Action.CREATE, Thing.IMPORT)
def index() -> web.Answer:
    _bureau_only()
    return _index(upload_form(RowKind.VISITS))


def _bureau_only() -> None:
    if not web.viewer().oversees:
        raise NotAllowed(
            N_("The province's exports are taken in by the bureau: a firm would bring its own proof.")
        )


def _index(form: UploadForm) -> str:
    viewer = web.viewer()
    page = paginate(batches(viewer, RowKind.VISITS), {"begun": ImportBatch.created_at}, default="-begun")
    return render_template(
        "imports/visits_index.html",
        form=form,
        page=page,
        cut_off=cut_off(viewer, page.rows),
        kinds=lists.categories_of(viewer),
        route=VISITS_ROUTE,
        **worth(),
        **limits(),
    )


def worth() -> dict[str, object]:
    """What such visits are worth, by the bureau's choices of today."""
    today = clock.today()
    return {
        "counts": PresenceGrade.PROVINCE in counted_grades(today),
        "settles": province_swipe_settles(today),
    }


@pages.post("")
@web.allows(Action.CREATE, Thing.IMPORT)
def upload() -> web.Answer:
    _bureau_only()
    return begin_file(RowKind.VISITS, READING, _index)


@pages.get("/<uuid:batch_id>")
@web.allows(Action.CREATE, Thing.IMPORT)
def show(batch_id: UUID) -> web.Answer:
    import_batch = _visits(batch_id)
    task = task_of_batch(web.viewer(), import_batch)
    if watched_to_its_end(import_batch, task):
        return web.sent_to(url_for("visit_imports.show", batch_id=batch_id))
    if import_batch.state == ImportState.MAPPING:
        return _mapping_page(import_batch, FieldMap.from_json(import_batch.mapping), {}, task)
    counts = import_batch.counts or row_counts(import_batch)
    states = states_shown(counts, ASK_FIRST)
    page = paginate(rows_of(web.viewer(), import_batch, states), {"row": ImportRow.row_no}, default="row")
    message = message_in(task.message) if task is not None else None
    return render_template(
        "imports/visits_batch.html",
        page=page,
        counts=counts,
        outcomes=[(state, translate(label), state.colour) for state, label in VISIT_LABELS.items()],
        reasons=problem_texts(page.rows, import_batch.header),
        shown_row=shown_row,
        task_message=translate(message) if message is not None else "",
        worth=worth(),
        **frame(import_batch, task, STAGES),
    )


def _mapping_page(
    import_batch: ImportBatch, mapping: FieldMap, problems: Mapping[str, str], task: Task | None = None
) -> str:
    samples = Fields(import_batch.preview).listed("samples")
    usual = suggested_visit_columns(import_batch.header, visit_words()).columns
    columns = []
    for number, name in enumerate(import_batch.header):
        use = mapping.columns.get(name, ColumnUse(""))
        words = "\n".join(f"{word} {SIGN} {value}" for word, value in use.values.items())
        suggested = name in usual and usual[name].to == use.to
        shown = samples[number] if number < len(samples) else ()
        problem = problems.get(name, "")
        columns.append(ShownColumn(number, name, shown, use.to, "", words, suggested, problem))
    fixed = [
        FixedInput(
            column.key,
            _label(column),
            mapping.fixed.get(column.key, ""),
            column.required,
            labelled(VISIT_CLASSES) if column.key == CLASS else [],
            problems.get(column.key, ""),
        )
        for column in COLUMNS
        if column.fixable
    ]
    return render_template(
        "imports/visits_mapping.html",
        columns=columns,
        choices=[("", [(column.key, _label(column)) for column in COLUMNS])],
        fixed=fixed,
        problems=problems,
        **frame(import_batch, task, STAGES),
    )


def _label(column: ResultColumn) -> str:
    return translate(column.label) + (" *" if column.required else "")


@pages.post("/<uuid:batch_id>/sheet")
@web.allows(Action.CREATE, Thing.IMPORT)
def choose_sheet(batch_id: UUID) -> web.Answer:
    return read_sheet_anew(batch_id, RowKind.VISITS, READING)


@pages.post("/<uuid:batch_id>/mapping")
@web.allows(Action.CREATE, Thing.IMPORT)
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
@web.allows(Action.CREATE, Thing.IMPORT)
def back(batch_id: UUID) -> web.Answer:
    return back_to_columns(batch_id, RowKind.VISITS)


@pages.post("/<uuid:batch_id>/<any(run, undo):step>")
@web.allows(Action.CREATE, Thing.IMPORT)
def go(batch_id: UUID, step: str) -> web.Answer:
    """Enter or take back, or go on where that stopped."""
    work, state = (RECORD, ImportState.RUNNING) if step == "run" else (UNDO, ImportState.UNDOING)
    with transaction():
        import_batch = _mine(batch_id)
        task = task_of_batch(web.viewer(), import_batch)
        cut = import_batch.state == state and task is not None and task.state in ENDED
        if not cut:
            actions.move(import_batch, state)
        begin_work(work, WORK[work], import_batch)
    return at_work(import_batch)


@pages.post("/<uuid:batch_id>/cancel")
@web.allows(Action.CREATE, Thing.IMPORT)
def stop(batch_id: UUID) -> web.Answer:
    return stop_work(batch_id, RowKind.VISITS)


@pages.get("/<uuid:batch_id>/errors")
@web.allows(Action.CREATE, Thing.IMPORT)
def errors(batch_id: UUID) -> web.Answer:
    task = task_of_batch(web.viewer(), _visits(batch_id))
    if task is None or not task.file_sha256:
        raise NotFound
    return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)


@pages.post("/template")
@web.allows(Action.CREATE, Thing.IMPORT)
def template() -> web.Answer:
    return blank_book(TEMPLATE, gettext("Template for visits of the province"))


def _visits(batch_id: UUID) -> ImportBatch:
    return batch(web.viewer(), batch_id, RowKind.VISITS)


def _mine(batch_id: UUID) -> ImportBatch:
    return mine(batch_id, RowKind.VISITS)
