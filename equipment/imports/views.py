"""Import on the desk: upload, match the columns, look at what would happen, run, correct, undo.
The work itself is done by jobs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.files import store
from equipment.imports import actions, asking
from equipment.imports.drafts import Problem
from equipment.imports.forms import (
    UNITS,
    AnswersForm,
    DecisionForm,
    RunForm,
    UploadForm,
    WorksheetForm,
    answers_typed,
    asked_words,
    column_choices,
    fixed_inputs,
    loaded,
    mapping_typed,
    match_choices,
    opening_inputs,
    rows_ticked,
    shown_columns,
)
from equipment.imports.mapping_rules import FieldMap, NewArea
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.openings import AHEAD
from equipment.imports.outlook import KEY as OUTLOOK
from equipment.imports.queries import (
    area_names,
    batch,
    batches,
    cut_off,
    last_row_on_file,
    row_counts,
    rows_of,
    rows_to_enter,
    task_of_batch,
)
from equipment.imports.states import (
    DECIDABLE,
    DECIDES,
    NOTEWORTHY,
    Decision,
    ImportState,
    RowState,
    outcome_label,
)
from equipment.imports.table_rules import BLOCK, MOST_ROWS
from equipment.people.areas import AreaRow, load_areas
from equipment.people.models import Organisation
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.register import lists
from equipment.regulation.categories import category
from equipment.rules.queries import may_decide
from equipment.storage.db import session, transaction
from equipment.tasks.actions import cancel, enqueue
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, wait_for
from equipment.tasks.rules import lane_of
from equipment.web.forms import error_texts, show_errors
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("imports", __name__, url_prefix="/register/import")
OUTCOMES = (RowState.ADDED, RowState.FLAGGED, RowState.KNOWN, RowState.REFUSED)
WHERE_ANY = (RowState.DIFFERS, RowState.CHANGED, RowState.CONTRARY, RowState.TWICE, RowState.UNDONE)
STAGES = (N_("Upload"), N_("Match columns"), N_("Check"), N_("Import"))
STAGE_OF = {ImportState.READING: 1, ImportState.MAPPING: 2, ImportState.CHECKING: 3, ImportState.CHECKED: 3}
UNTYPED = "application/octet-stream"
AT_WORK = "import-now"  # what the page asks for anew while work is under way


@pages.get("")
@web.allows(Action.SEE, Thing.IMPORT)
def index() -> web.Answer:
    return _index(_upload_form())


def _upload_form() -> UploadForm:
    """Whose pieces are of one category only need not choose it."""
    kinds = lists.categories_of(web.viewer())
    form = UploadForm(category=kinds[0].key if len(kinds) == 1 else "")
    form.category.choices = [("", "—"), *((kind.key, translate(kind.label)) for kind in kinds)]
    return form


def _index(form: UploadForm) -> str:
    page = paginate(batches(web.viewer()), {"begun": ImportBatch.created_at}, default="-begun")
    return render_template(
        "imports/index.html",
        form=form,
        page=page,
        cut_off=cut_off(web.viewer(), page.rows),
        kinds=lists.categories_of(web.viewer()),
        most_mb=current_app.config["MAX_CONTENT_LENGTH"] // 1_000_000,
        most_rows=MOST_ROWS,
    )


@pages.post("")
@web.allows(Action.CREATE, Thing.IMPORT)
def upload() -> web.Answer:
    form, viewer = _upload_form(), web.viewer()
    if not form.validate_on_submit():
        return _index(form), 422
    file = form.file.data
    content = store.keep(cast(BinaryIO, file.stream), UNTYPED)
    try:
        if content.size == 0:
            raise Invalid({"file": N_("The file is empty.")})
        with transaction():
            import_batch = actions.begin(
                actions.Upload(content, PurePath(file.filename).name, form.category.data),
                session.get_one(Organisation, viewer.organisation_id),
                by=viewer,
            )
            _enqueue(
                "register.import_read", import_batch, gettext("Reading %(name)s", name=import_batch.file_name)
            )
    except Invalid as error:
        show_errors(form, error)
        return _index(form), 422
    wait_for(_task(import_batch), 2)
    return redirect(url_for("imports.show", batch_id=import_batch.id))


@pages.get("/<uuid:batch_id>")
@web.allows(Action.SEE, Thing.IMPORT)
def show(batch_id: UUID) -> web.Answer:
    import_batch = batch(web.viewer(), batch_id)
    task = task_of_batch(web.viewer(), import_batch)
    shared: dict[str, object] = {
        "batch": import_batch,
        "task": task,
        "running": task is not None and task.state not in ENDED,
        "kind": category(import_batch.category),
        "stages": [translate(stage) for stage in STAGES],
        "stage": STAGE_OF.get(import_batch.state, 4),
        "mine": _is_mine(import_batch),
        "at_work": AT_WORK,
    }
    if request.headers.get("HX-Target") == AT_WORK and not shared["running"]:
        # the page that watched the work is another one now: its steps, its columns
        return web.sent_to(url_for("imports.show", batch_id=import_batch.id))
    if import_batch.state == ImportState.MAPPING:
        return _mapping_page(import_batch, FieldMap.from_json(import_batch.mapping), {}, shared)
    counts = import_batch.counts or row_counts(import_batch)
    # what needs a look opens by itself; a file without any shows all it has
    states = (
        [state for state in RowState if state == request.args.get("state")]
        or [state for state in NOTEWORTHY if counts.get(state)]
        or list(RowState)
    )
    words = asked_words(import_batch, _areas()) if _is_asking(import_batch) else ()
    page = paginate(rows_of(web.viewer(), import_batch, states), {"row": ImportRow.row_no}, default="row")
    return render_template(
        "imports/batch.html",
        page=page,
        counts=counts,
        outcomes=_outcomes(import_batch),
        told=_reasons(page.rows, import_batch.header),
        task_message=_message(task),
        reached=last_row_on_file(import_batch),
        ahead=_ahead(import_batch),
        outlook=import_batch.preview.get(OUTLOOK),
        decisions=_decisions(import_batch, states),
        shown_row=_shown_row,
        others=_other_sheets(import_batch),
        words=words,
        may_keep=bool(words) and may_decide(web.viewer()),
        unused=[name for name in import_batch.header if name and name not in _columns(import_batch)],
        left=rows_to_enter(import_batch) if import_batch.state == ImportState.DONE else 0,
        **shared,
    )


def _mapping_page(
    import_batch: ImportBatch, mapping: FieldMap, problems: dict[str, str], shared: dict[str, object]
) -> str:
    return render_template(
        "imports/mapping.html",
        columns=shown_columns(import_batch, mapping, problems),
        choices=column_choices(import_batch.category),
        units=UNITS,
        match=mapping.match,
        matches=match_choices(import_batch),
        fixed=fixed_inputs(import_batch.category, mapping, problems),
        openings=opening_inputs(import_batch.category, mapping, problems, web.viewer()),
        problems=problems,
        whole=problems.get("", ""),
        **shared,
    )


def _ahead(import_batch: ImportBatch) -> list[tuple[str, str, int]]:
    """(name, kind, first row) of the organisations that would be put on file."""
    return [
        (party.text("name"), translate(OrganisationKind(party.text("kind")).label), party.integer("row"))
        for party in Fields(import_batch.preview).tables(AHEAD)
    ]


def _message(task: Task | None) -> str:
    message = message_in(task.message) if task is not None else None
    return translate(message) if message is not None else ""


def _outcomes(import_batch: ImportBatch) -> list[tuple[RowState, str, str]]:
    """Each outcome with its words: before the run they speak of what would be."""
    shown = (*OUTCOMES, *(state for state in WHERE_ANY if import_batch.counts.get(state)))
    return [(state, translate(outcome_label(state, import_batch.state)), state.colour) for state in shown]


def _other_sheets(import_batch: ImportBatch) -> list[str]:
    """The sheets of the file that this import leaves alone, once it is past the choice of one."""
    if import_batch.state in (ImportState.READING, ImportState.MAPPING):
        return []
    return [name for name in Fields(import_batch.preview).texts("sheets") if name != import_batch.sheet]


def _is_asking(import_batch: ImportBatch) -> bool:
    """Whether its page asks what words mean."""
    return (
        import_batch.state == ImportState.CHECKED
        and _is_mine(import_batch)
        and bool(import_batch.preview.get(asking.KEY))
    )


def _columns(import_batch: ImportBatch) -> Mapping[str, object]:
    return Fields(import_batch.mapping).table("columns")


def _shown_row(row_no: int) -> str:
    """A row as the workbook counts; of the second block of a sheet: 5 (2)."""
    block, number = divmod(row_no, BLOCK)
    return f"{number} ({block + 1})" if block else str(number)


def _decisions(import_batch: ImportBatch, states: Sequence[RowState]) -> list[dict[str, object]]:
    """What a person may decide of the rows shown, as the list's buttons, each with how many rows ask."""
    if not _is_mine(import_batch) or import_batch.state not in DECIDABLE:
        return []
    asking = {
        decision: sum(import_batch.counts.get(state, 0) for state in after if state in states)
        for decision, after in DECIDES.items()
    }
    return [
        {
            "label": translate(decision.label),
            "url": url_for("imports.decide", batch_id=import_batch.id, decision=decision),
            "number": number,
        }
        for decision, number in asking.items()
        if number
    ]


def _reasons(rows: Sequence[ImportRow], header: Sequence[str]) -> dict[int, list[tuple[str, str]]]:
    """By row: (heading, what is wrong with it)."""

    def named(problem: Problem) -> str:
        return header[problem.column] if 0 <= problem.column < len(header) else ""

    return {
        row.row_no: [
            (named(problem), translate(problem.message)) for problem in map(Problem.from_json, row.problems)
        ]
        for row in rows
    }


@pages.post("/<uuid:batch_id>/sheet")
@web.allows(Action.CREATE, Thing.IMPORT)
def choose_sheet(batch_id: UUID) -> web.Answer:
    with transaction():
        import_batch = _mine(batch_id)
        actions.move(import_batch, ImportState.READING)
        import_batch.sheet = WorksheetForm().worksheet.data
        _enqueue(
            "register.import_read", import_batch, gettext("Reading %(name)s", name=import_batch.file_name)
        )
    wait_for(_task(import_batch), 2)
    return redirect(url_for("imports.show", batch_id=batch_id))


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
        _enqueue("register.import_read", second, gettext("Reading %(name)s", name=second.file_name))
    wait_for(_task(second), 2)
    return redirect(url_for("imports.show", batch_id=second.id))


@pages.post("/<uuid:batch_id>/mapping")
@web.allows(Action.CREATE, Thing.IMPORT)
def match(batch_id: UUID) -> web.Answer:
    import_batch = _mine(batch_id)
    mapping = mapping_typed(import_batch)
    try:
        with transaction():
            import_batch = _mine(batch_id)
            actions.set_mapping(import_batch, mapping, by=web.viewer())
            _enqueue(
                "register.import_check",
                import_batch,
                gettext("Checking %(name)s", name=import_batch.file_name),
            )
    except Conflict:
        raise
    except Invalid as error:
        problems = error_texts(error)
        shared: dict[str, object] = {
            "batch": import_batch,
            "task": None,
            "running": False,
            "kind": category(import_batch.category),
            "stages": [translate(stage) for stage in STAGES],
            "stage": 2,
            "mine": True,
        }
        return _mapping_page(import_batch, mapping, problems, shared), 422
    wait_for(_task(import_batch), 2)
    return redirect(url_for("imports.show", batch_id=batch_id))


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
    with transaction():
        actions.move(_mine(batch_id), ImportState.MAPPING)
    return redirect(url_for("imports.show", batch_id=batch_id))


@pages.post("/<uuid:batch_id>/run")
@web.allows(Action.CREATE, Thing.IMPORT)
def run(batch_id: UUID) -> web.Answer:
    """Run, or continue where it stopped."""
    with transaction():
        import_batch = _mine(batch_id)
        actions.may_open(FieldMap.from_json(import_batch.mapping), web.viewer())
        _go(import_batch, ImportState.RUNNING)
        _enqueue(
            "register.import",
            import_batch,
            gettext("Importing %(name)s", name=import_batch.file_name),
            change=RunForm().change.data == "1",
        )
    wait_for(_task(import_batch), 2)
    return redirect(url_for("imports.show", batch_id=batch_id))


@pages.post("/<uuid:batch_id>/words")
@web.allows(Action.CREATE, Thing.IMPORT)
def answer_words(batch_id: UUID) -> web.Answer:
    """What unknown words of the file mean; the file is checked anew, and the bureau may keep them for all."""
    form = AnswersForm()
    with transaction():
        import_batch = _mine(batch_id)
        answers = answers_typed(asked_words(import_batch, _areas()))
        meant = {(unknown.column, unknown.word): value for unknown, value in answers}
        mapping = asking.answered(FieldMap.from_json(import_batch.mapping), import_batch.header, meant)
        if import_batch.state == ImportState.CHECKED:
            actions.move(import_batch, ImportState.MAPPING)
        actions.set_mapping(import_batch, mapping, by=web.viewer())
        if form.keep.data == "1":
            for unknown, value in answers:
                if unknown.to != "area":
                    asking.add_word(import_batch.category, unknown.to, unknown.word, value, by=web.viewer())
        _enqueue(
            "register.import_check", import_batch, gettext("Checking %(name)s", name=import_batch.file_name)
        )
    wait_for(_task(import_batch), 2)
    return redirect(url_for("imports.show", batch_id=batch_id))


def _areas() -> list[tuple[str, str]]:
    return [(area.code, area.name) for area in lists.areas_of(web.viewer())]


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
        _enqueue(
            "register.import_undo", import_batch, gettext("Undoing %(name)s", name=import_batch.file_name)
        )
    wait_for(_task(import_batch), 2)
    return redirect(url_for("imports.show", batch_id=batch_id))


def _go(import_batch: ImportBatch, state: ImportState) -> None:
    """Enter a stage; one whose work has died is entered again."""
    task = task_of_batch(web.viewer(), import_batch)
    if import_batch.state == state and task is not None and task.state in ENDED:
        return
    actions.move(import_batch, state)


@pages.post("/<uuid:batch_id>/cancel")
@web.allows(Action.CREATE, Thing.IMPORT)
def stop(batch_id: UUID) -> web.Answer:
    with transaction():
        import_batch = _mine(batch_id)
        if import_batch.task_id is not None:
            cancel(import_batch.task_id, by=web.viewer())
    return redirect(url_for("imports.show", batch_id=batch_id))


def _enqueue(kind: str, import_batch: ImportBatch, title: str, **more: object) -> None:
    values = {"organisation": str(import_batch.organisation_id), "batch": str(import_batch.id), **more}
    rows = import_batch.staged or Fields(import_batch.preview).integer("rows", 0)
    lane, language = lane_of(rows), str(get_locale())
    task = enqueue(kind, values, by=web.viewer(), title=title, locale=language, lane=lane)
    session.flush()
    import_batch.task_id = task.id


def _task(import_batch: ImportBatch) -> Task:
    task = task_of_batch(web.viewer(), import_batch)
    assert task is not None
    return task


def _is_mine(import_batch: ImportBatch) -> bool:
    return import_batch.organisation_id == web.viewer().organisation_id


def _mine(batch_id: UUID) -> ImportBatch:
    import_batch = batch(web.viewer(), batch_id)
    if not _is_mine(import_batch):
        raise NotAllowed(N_("Only the organisation that began an import goes on with it."))
    return import_batch
