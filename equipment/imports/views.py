"""Import on the desk: upload, match the columns, look at what would happen, run, correct, undo.
The work itself is done by jobs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_
from equipment.files import store
from equipment.imports import actions, asking
from equipment.imports.batch_views import (
    PIECES_ROUTE,
    areas_shown,
    batch_page,
    begin_work,
    mapping_page,
    upload_form,
)
from equipment.imports.forms import (
    AnswersForm,
    DecisionForm,
    RunForm,
    UploadForm,
    WorksheetForm,
    answers_typed,
    asked_words,
    loaded,
    mapping_typed,
    rows_ticked,
)
from equipment.imports.mapping_rules import FieldMap, NewArea
from equipment.imports.models import ImportBatch
from equipment.imports.queries import area_names, batch, batches, cut_off, task_of_batch
from equipment.imports.states import Decision, ImportState, RowKind
from equipment.imports.step_views import (
    UNTYPED,
    at_work,
    back_to_columns,
    begin_file,
    limits,
    mine,
    read_sheet_anew,
    stop_work,
)
from equipment.people.areas import AreaRow, load_areas
from equipment.people.models import Organisation
from equipment.people.rules import Action, Thing, may
from equipment.register import lists
from equipment.storage.db import session, transaction
from equipment.tasks.queries import ENDED
from equipment.web.forms import error_texts
from equipment.web.pages import paginate

pages = Blueprint("imports", __name__, url_prefix="/register/import")
READING = ("register.import_read", N_("Reading %(name)s"))
WORK = {
    "register.import_check": N_("Checking %(name)s"),
    "register.import": N_("Importing %(name)s"),
    "register.import_undo": N_("Undoing %(name)s"),
}


@pages.get("")
@web.allows(Action.SEE, Thing.IMPORT)
def index() -> web.Answer:
    return _index(upload_form())


def _index(form: UploadForm) -> str:
    page = paginate(batches(web.viewer()), {"begun": ImportBatch.created_at}, default="-begun")
    return render_template(
        "imports/index.html",
        form=form,
        page=page,
        cut_off=cut_off(web.viewer(), page.rows),
        kinds=lists.categories_of(web.viewer()),
        route=PIECES_ROUTE,
        **limits(),
    )


@pages.post("")
@web.allows(Action.CREATE, Thing.IMPORT)
def upload() -> web.Answer:
    return begin_file(RowKind.PIECES, READING, _index)


@pages.get("/<uuid:batch_id>")
@web.allows(Action.SEE, Thing.IMPORT)
def show(batch_id: UUID) -> web.Answer:
    return batch_page(batch(web.viewer(), batch_id))


@pages.post("/<uuid:batch_id>/sheet")
@web.allows(Action.CREATE, Thing.IMPORT)
def choose_sheet(batch_id: UUID) -> web.Answer:
    return read_sheet_anew(batch_id, RowKind.PIECES, READING)


@pages.post("/<uuid:batch_id>/another")
@web.allows(Action.CREATE, Thing.IMPORT)
def another_sheet(batch_id: UUID) -> web.Answer:
    """An import of another sheet of the same file."""
    viewer, sheet_name = web.viewer(), WorksheetForm().worksheet.data
    with transaction():
        first = _mine(batch_id)
        content = store.StoredContent(first.sha256, UNTYPED, store.path_of(first.sha256).stat().st_size)
        second = actions.begin(
            actions.Upload(content, first.file_name, first.category, sheet_name),
            session.get_one(Organisation, viewer.organisation_id),
            by=viewer,
        )
        begin_work(*READING, second)
    return at_work(second)


@pages.post("/<uuid:batch_id>/mapping")
@web.allows(Action.CREATE, Thing.IMPORT)
def match(batch_id: UUID) -> web.Answer:
    import_batch = _mine(batch_id)
    mapping = mapping_typed(import_batch)
    try:
        with transaction():
            import_batch = _mine(batch_id)
            actions.set_mapping(import_batch, mapping, by=web.viewer())
            begin_work("register.import_check", WORK["register.import_check"], import_batch)
    except Conflict:
        raise
    except Invalid as error:
        return mapping_page(import_batch, mapping, error_texts(error)), 422
    return at_work(import_batch)


@pages.post("/<uuid:batch_id>/mapping/load")
@web.allows(Action.CREATE, Thing.IMPORT)
def load_mapping(batch_id: UUID) -> web.Answer:
    _mine(batch_id)  # a stranger hears nothing of the file
    mapping_file = request.files.get("file")
    stated = _stated(mapping_file.read() if mapping_file else b"")
    if not isinstance(stated, dict) or not stated:
        raise Invalid({"mapping": N_("This is not a mapping saved here.")})
    with transaction():
        import_batch = _mine(batch_id)
        actions.lay_mapping(import_batch, loaded(import_batch, stated, web.viewer()))
        _bring_areas(FieldMap.from_json(stated).areas)
    flash(gettext("The mapping has been loaded; look at it and check the file."), "success")
    return redirect(url_for("imports.show", batch_id=batch_id))


def _stated(content: bytes) -> object:
    """A mapping as JSON, as it is saved here, or as TOML, as the examples are; None for what is neither."""
    for read in (json.loads, tomllib.loads):
        try:
            return read(content.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            continue
    return None


def _bring_areas(areas: Sequence[NewArea]) -> None:
    """The areas a mapping names and nobody has on file: entered where this person may enter areas, told
    where not."""
    codes, viewer = area_names(), web.viewer()
    missing = [area for area in areas if area.code not in codes]
    mine = [area for area in missing if area.code.startswith(viewer.area)]
    if mine and mine == missing and may(viewer, Action.CHANGE, Thing.SETTING):
        load_areas([AreaRow(area.code, area.name, area.name_en) for area in missing], by=viewer)
    elif missing:
        names = "、".join(area.name for area in missing)
        text = gettext("These areas are not on file; an administrator enters them: %(names)s", names=names)
        flash(text, "warning")


@pages.post("/<uuid:batch_id>/back")
@web.allows(Action.CREATE, Thing.IMPORT)
def back(batch_id: UUID) -> web.Answer:
    return back_to_columns(batch_id, RowKind.PIECES)


@pages.post("/<uuid:batch_id>/run")
@web.allows(Action.CREATE, Thing.IMPORT)
def run(batch_id: UUID) -> web.Answer:
    """Run, or continue where it stopped."""
    with transaction():
        import_batch = _mine(batch_id)
        actions.may_open(FieldMap.from_json(import_batch.mapping), web.viewer())
        _go(import_batch, ImportState.RUNNING)
        begin_work(
            "register.import", WORK["register.import"], import_batch, change=RunForm().change.data == "1"
        )
    return at_work(import_batch)


@pages.post("/<uuid:batch_id>/words")
@web.allows(Action.CREATE, Thing.IMPORT)
def answer_words(batch_id: UUID) -> web.Answer:
    """What unknown words of the file mean; the file is checked anew, and the bureau may keep them for all."""
    form = AnswersForm()
    with transaction():
        import_batch = _mine(batch_id)
        answers = answers_typed(asked_words(import_batch, areas_shown()))
        meant = {(unknown.column, unknown.word): value for unknown, value in answers}
        mapping = asking.answered(FieldMap.from_json(import_batch.mapping), import_batch.header, meant)
        if import_batch.state == ImportState.CHECKED:
            actions.move(import_batch, ImportState.MAPPING)
        actions.set_mapping(import_batch, mapping, by=web.viewer())
        if form.keep.data == "1":
            for unknown, value in answers:
                if unknown.to != "area":
                    asking.add_word(import_batch.category, unknown.to, unknown.word, value, by=web.viewer())
        begin_work("register.import_check", WORK["register.import_check"], import_batch)
    return at_work(import_batch)


@pages.post("/<uuid:batch_id>/decide/<any(own, same, leave):decision>")
@web.allows(Action.CREATE, Thing.IMPORT)
def decide(batch_id: UUID, decision: str) -> web.Answer:
    """Say of ticked rows, or of every row that asks, what they are; nothing of it is on file before the next
    run."""
    _mine(batch_id)  # a stranger hears nothing of the file
    form, ticked = DecisionForm(), rows_ticked()
    if not ticked and form.every.data != "1":
        flash(gettext("Tick the rows first."), "warning")
        return redirect(url_for("imports.show", batch_id=batch_id))
    with transaction():
        number = actions.decide(_mine(batch_id), ticked, Decision(decision), by=web.viewer())
    flash(ngettext("%(num)d row decided.", "%(num)d rows decided.", number), "success")
    return redirect(url_for("imports.show", batch_id=batch_id))


@pages.post("/<uuid:batch_id>/undo")
@web.allows(Action.CREATE, Thing.IMPORT)
def undo(batch_id: UUID) -> web.Answer:
    with transaction():
        import_batch = _mine(batch_id)
        _go(import_batch, ImportState.UNDOING)
        begin_work("register.import_undo", WORK["register.import_undo"], import_batch)
    return at_work(import_batch)


def _go(import_batch: ImportBatch, state: ImportState) -> None:
    """Enter a stage; one whose work has died is entered again."""
    task = task_of_batch(web.viewer(), import_batch)
    if import_batch.state == state and task is not None and task.state in ENDED:
        return
    actions.move(import_batch, state)


@pages.post("/<uuid:batch_id>/cancel")
@web.allows(Action.CREATE, Thing.IMPORT)
def stop(batch_id: UUID) -> web.Answer:
    return stop_work(batch_id, RowKind.PIECES)


def _mine(batch_id: UUID) -> ImportBatch:
    return mine(batch_id, RowKind.PIECES)
