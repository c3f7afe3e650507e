"""The page of one import: its columns, what would happen to its rows, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import render_template, request, url_for
from flask_babel import get_locale

from equipment import web
from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.imports import asking
from equipment.imports.drafts import Problem
from equipment.imports.forms import (
    UNITS,
    UploadForm,
    asked_words,
    column_choices,
    fixed_inputs,
    match_choices,
    opening_inputs,
    shown_columns,
)
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.openings import AHEAD
from equipment.imports.outlook import KEY as OUTLOOK
from equipment.imports.queries import last_row_on_file, row_counts, rows_of, rows_to_enter, task_of_batch
from equipment.imports.states import (
    DECIDABLE,
    DECIDES,
    NOTEWORTHY,
    ImportState,
    RowKind,
    RowState,
    outcome_label,
)
from equipment.imports.table_rules import BLOCK
from equipment.people.rules import OrganisationKind
from equipment.register import lists
from equipment.regulation.categories import category
from equipment.rules.queries import may_decide
from equipment.storage.db import session
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, wait_for
from equipment.tasks.rules import lane_of
from equipment.web.language import translate
from equipment.web.pages import paginate

OUTCOMES = (RowState.ADDED, RowState.FLAGGED, RowState.KNOWN, RowState.REFUSED)
WHERE_ANY = (RowState.DIFFERS, RowState.CHANGED, RowState.CONTRARY, RowState.TWICE, RowState.UNDONE)
STAGES = (N_("Upload"), N_("Match columns"), N_("Check"), N_("Import"))
STAGE_OF = {ImportState.READING: 1, ImportState.MAPPING: 2, ImportState.CHECKING: 3, ImportState.CHECKED: 3}
PIECES_ROUTE, PIECES_TITLE = "imports", N_("Imports")
RESULTS_ROUTE, RESULTS_TITLE = "result_imports", N_("Results by workbook")
VISITS_ROUTE, VISITS_TITLE = "visit_imports", N_("Visits of the province")
ROUTES = {RowKind.RESULTS: RESULTS_ROUTE, RowKind.VISITS: VISITS_ROUTE}
TITLES = {RowKind.PIECES: PIECES_TITLE, RowKind.RESULTS: RESULTS_TITLE, RowKind.VISITS: VISITS_TITLE}
AT_WORK = "import-now"  # what the page asks for anew while work is under way


def batch_page(import_batch: ImportBatch) -> web.Answer:
    """Where an import stands: its columns while they are matched, its rows from the check on."""
    task = task_of_batch(web.viewer(), import_batch)
    if watched_to_its_end(import_batch, task):
        return web.sent_to(url_for("imports.show", batch_id=import_batch.id))
    if import_batch.state == ImportState.MAPPING:
        return mapping_page(import_batch, FieldMap.from_json(import_batch.mapping), {}, task)
    counts = import_batch.counts or row_counts(import_batch)
    states = states_shown(counts, NOTEWORTHY)
    words = asked_words(import_batch, areas_shown()) if _is_asking(import_batch) else ()
    page = paginate(rows_of(web.viewer(), import_batch, states), {"row": ImportRow.row_no}, default="row")
    return render_template(
        "imports/batch.html",
        page=page,
        counts=counts,
        outcomes=_outcomes(import_batch),
        reasons=problem_texts(page.rows, import_batch.header),
        task_message=_message(task),
        reached=last_row_on_file(import_batch),
        ahead=_ahead(import_batch),
        outlook=import_batch.preview.get(OUTLOOK),
        decisions=_decisions(import_batch, states),
        shown_row=shown_row,
        others=_other_sheets(import_batch),
        words=words,
        may_keep=bool(words) and may_decide(web.viewer()),
        unused=[name for name in import_batch.header if name and name not in _columns(import_batch)],
        left=rows_to_enter(import_batch) if import_batch.state == ImportState.DONE else 0,
        **frame(import_batch, task),
    )


def watched_to_its_end(import_batch: ImportBatch, task: Task | None) -> bool:
    """Whether a page that watched the work must be another one now: its steps, its columns. The columns are
    there a moment before the task that read them has ended."""
    over = task is None or task.state in ENDED or import_batch.state == ImportState.MAPPING
    return over and request.headers.get("HX-Target") == AT_WORK


def states_shown(counts: Mapping[str, int], noteworthy: Sequence[RowState]) -> list[RowState]:
    """The rows that were asked for; else what needs a look opens by itself, and a file without any shows all
    it has."""
    return (
        [state for state in RowState if state == request.args.get("state")]
        or [state for state in noteworthy if counts.get(state)]
        or list(RowState)
    )


def route_of(records: str) -> str:
    """The name under which the pages of these files stand."""
    return ROUTES.get(RowKind(records), PIECES_ROUTE)


def frame(import_batch: ImportBatch, task: Task | None, stages: Sequence[str] = STAGES) -> dict[str, object]:
    """What stands around every page of an import: its steps, the work that is under way, where it leads."""
    records = RowKind(import_batch.records)
    return {
        "batch": import_batch,
        "task": task,
        "running": task is not None and task.state not in ENDED,
        "kind": category(import_batch.category),
        "stages": [translate(stage) for stage in stages],
        "stage": STAGE_OF.get(import_batch.state, 4),
        "mine": is_mine(import_batch),
        "at_work": AT_WORK,
        "route": route_of(import_batch.records),
        "overview": TITLES[records],
        "errors_url": url_for(
            f"{ROUTES[records]}.errors" if records in ROUTES else "import_files.errors",
            batch_id=import_batch.id,
        ),
    }


def mapping_page(
    import_batch: ImportBatch, mapping: FieldMap, problems: dict[str, str], task: Task | None = None
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
        **frame(import_batch, task),
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
        and is_mine(import_batch)
        and bool(import_batch.preview.get(asking.KEY))
    )


def _columns(import_batch: ImportBatch) -> Mapping[str, object]:
    return Fields(import_batch.mapping).table("columns")


def shown_row(row_no: int) -> str:
    """A row as the workbook counts; of the second block of a sheet: 5 (2)."""
    block, number = divmod(row_no, BLOCK)
    return f"{number} ({block + 1})" if block else str(number)


def _decisions(import_batch: ImportBatch, states: Sequence[RowState]) -> list[dict[str, object]]:
    """What a person may decide of the rows shown, as the list's buttons, each with how many rows ask."""
    if not is_mine(import_batch) or import_batch.state not in DECIDABLE:
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


def problem_texts(rows: Sequence[ImportRow], header: Sequence[str]) -> dict[int, list[tuple[str, str]]]:
    """By row: (heading, what is wrong with it)."""

    def named(problem: Problem) -> str:
        return header[problem.column] if 0 <= problem.column < len(header) else ""

    return {
        row.row_no: [
            (named(problem), translate(problem.message)) for problem in map(Problem.from_json, row.problems)
        ]
        for row in rows
    }


def areas_shown() -> list[tuple[str, str]]:
    return [(area.code, area.name) for area in lists.areas_of(web.viewer())]


def is_mine(import_batch: ImportBatch) -> bool:
    return import_batch.organisation_id == web.viewer().organisation_id


def upload_form(records: RowKind = RowKind.PIECES) -> UploadForm:
    """Whose pieces are of one category only need not choose it."""
    kinds = lists.categories_of(web.viewer())
    if records is RowKind.VISITS:
        kinds = [kind for kind in kinds if kind.visit_kinds]
    form = UploadForm(category=kinds[0].key if len(kinds) == 1 else "")
    form.category.choices = [("", "—"), *((kind.key, translate(kind.label)) for kind in kinds)]
    return form


def begin_work(kind: str, title: str, import_batch: ImportBatch, **more: object) -> None:
    """Leave a step of an import to jobs; `title` is the msgid of what its task is called."""
    values = {"organisation": str(import_batch.organisation_id), "batch": str(import_batch.id), **more}
    lane = lane_of(import_batch.staged or Fields(import_batch.preview).integer("rows", 0))
    words, language = translate(Message(title, {"name": import_batch.file_name})), str(get_locale())
    task = enqueue(kind, values, by=web.viewer(), title=words, locale=language, lane=lane)
    session.flush()
    import_batch.task_id = task.id


def wait_for_work(import_batch: ImportBatch) -> None:
    """A moment in which short work ends by itself."""
    task = task_of_batch(web.viewer(), import_batch)
    assert task is not None
    wait_for(task, 2)
