"""Labels on the desk: batches, printing, lost and replaced ones. 绑码 on site stands in bind_views.py."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.words import N_, Message
from equipment.labels.actions import CHUNK, fill_batch, new_batch
from equipment.labels.forms import (
    BatchForm,
    BatchPrintForm,
    LabelReportForm,
    PrintAgainForm,
    PrintPiecesForm,
    PrintWordForm,
    ReplaceForm,
    batch_print_form,
)
from equipment.labels.layouts import PLATE_KEYS, sample_mark
from equipment.labels.models import LabelBatch
from equipment.labels.prints import (
    confirm_printed,
    mark_sent,
    print_again,
    print_bound_again,
    printed_before,
    spoil,
    stop_at,
)
from equipment.labels.queries import counts_of_batches, labels_to_print, print_runs, print_tasks
from equipment.labels.rules import LedgerState, PrintWord, numbers_in
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.people.scope import visible
from equipment.register import actions, lists
from equipment.register.codes import spelt
from equipment.register.models import Label
from equipment.register.queries import piece, pieces
from equipment.register.rules import LabelStatus, PrintState
from equipment.register.views import kind_of
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.rules import lane_of
from equipment.web.forms import checked, show_errors, submitted
from equipment.web.pages import paginate

pages = Blueprint("labels", __name__)
pages.add_app_template_filter(spelt, "spelt")
PRINT = "register.labels"
FEWEST_DIGITS = 4
PHOTO = frozenset({"image/jpeg", "image/png", "image/webp"})


@pages.get("/labels")
@pages.get("/labels/batches", endpoint="batches")
@web.allows(Action.CREATE, Thing.LABEL)
def index() -> web.Answer:
    return _batches(_batch_form())


def _batch_form() -> BatchForm:
    """Whoever oversees nobody issues labels to his own organisation only."""
    form = BatchForm()
    if not web.viewer().oversees:
        del form.organisation
    return form


def _batches(form: BatchForm) -> str:
    """The batches and the form of a new one."""
    page = paginate(visible(web.viewer(), LabelBatch), {"made": LabelBatch.created_at}, default="-made")
    return render_template(
        "labels/batches.html",
        page=page,
        counts=counts_of_batches(row.id for row in page.rows),
        states=list(LedgerState),
        in_stock=LedgerState.BLANK,
        names=lists.names_of(row.organisation_id for row in page.rows),
        form=form,
        organisations=_organisations(),
    )


def _organisations() -> Sequence[str]:
    """Whom labels can be issued to: anybody who holds equipment for the bureau,
    oneself for everybody else."""
    return (
        lists.organisations((OrganisationKind.STATION, OrganisationKind.USE_UNIT))
        if web.viewer().oversees
        else ()
    )


@pages.post("/labels/batches")
@web.allows(Action.CREATE, Thing.LABEL)
def issue() -> web.Answer:
    """Issue blank labels, a chunk to a transaction, and have them printed."""
    who, settings = web.viewer(), _settings()
    sample_mark(settings)
    form = _batch_form()

    def begin() -> LabelBatch:
        return new_batch(form.count.data, _holder(form), by=who, layout=form.layout.data, note=form.note.data)

    batch = submitted(form, begin)
    if batch is None:
        return _batches(form), 422
    count: int = form.count.data
    for done in range(0, count, CHUNK):
        with transaction():
            fill_batch(batch, min(CHUNK, count - done), by=who)
    return begin_print(_of_batch(batch, form), batch.count)


def _holder(form: BatchForm) -> UUID:
    who = web.viewer()
    name = form.organisation.data if "organisation" in form else ""
    organisation_id = (
        lists.organisation_named(name, (OrganisationKind.STATION, OrganisationKind.USE_UNIT))
        if name
        else who.organisation_id
    )
    if organisation_id is None:
        raise Invalid({"organisation": N_("There is no organisation of this name.")})
    return organisation_id


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def begin_print(wanted: dict[str, object], labels: int) -> web.Answer:
    with transaction():
        task = enqueue(
            PRINT,
            wanted,
            by=web.viewer(),
            title=gettext("Print labels"),
            locale=str(get_locale()),
            lane=lane_of(labels),
        )
    return redirect(url_for("tasks.task", task_id=task.id))


def _of_batch(batch: LabelBatch, form: BatchPrintForm) -> dict[str, object]:
    return {"batch": str(batch.id), "layout": form.layout.data, "output": form.output.data}


@pages.get("/labels/batches/<uuid:batch_id>")
@web.allows(Action.CREATE, Thing.LABEL)
def batch(batch_id: UUID) -> web.Answer:
    """A batch: what of it is printed, what is to be, and how the last print went."""
    row = _batch(batch_id)
    return _shown(row, PrintWordForm(), batch_print_form(row))


def _batch(batch_id: UUID) -> LabelBatch:
    row = session.scalar(visible(web.viewer(), LabelBatch).where(LabelBatch.id == batch_id))
    if row is None:
        raise NotFound
    return row


def _shown(row: LabelBatch, form: PrintWordForm, print_form: BatchPrintForm) -> str:
    runs = print_runs(row.id)
    return render_template(
        "labels/batch.html",
        batch=row,
        holder=lists.organisation_name(row.organisation_id),
        counts=counts_of_batches([row.id])[row.id],
        prints={state: sum(last - first + 1 for first, last in runs[state]) for state in PrintState},
        runs=runs,
        drawn=PrintState.DRAWN,
        to_print=PrintState.TO_PRINT,
        tasks=print_tasks(web.viewer(), row.id),
        form=form,
        print_form=print_form,
        of_plates=row.layout in PLATE_KEYS,
    )


@pages.post("/labels/batches/<uuid:batch_id>/print")
@web.allows(Action.CREATE, Thing.LABEL)
def print_batch(batch_id: UUID) -> web.Answer:
    """What of the batch is still to be printed; where nothing is, that is said here and nothing runs."""
    row = _batch(batch_id)
    sample_mark(_settings())
    form = batch_print_form(row)
    checked(form)
    left = labels_to_print(row.id)
    if not left:
        raise Conflict({"": N_("Nothing of this batch is left to print. Say first how the last print went.")})
    return begin_print(_of_batch(row, form), left)


@pages.post("/labels/batches/<uuid:batch_id>/printed")
@web.allows(Action.CREATE, Thing.LABEL)
def printed(batch_id: UUID) -> web.Answer:
    """How a print went: well, stopped at a label, some spoilt, some to be printed again."""
    row, form = _batch(batch_id), PrintWordForm()
    count = submitted(form, lambda: _word(row, form))
    if count is None:
        return _shown(row, form, batch_print_form(row, empty=True)), form.http_status
    flash(ngettext("%(num)s label changed.", "%(num)s labels changed.", count), "success")
    return redirect(url_for("labels.batch", batch_id=row.id))


def _word(row: LabelBatch, form: PrintWordForm) -> int:
    who, word = web.viewer(), PrintWord(form.outcome.data)
    if word is PrintWord.STOPPED:
        if form.number.data is None:
            raise Invalid({"number": N_("Say at which number it stopped.")})
        return stop_at(row, form.number.data, by=who, destroyed=form.destroyed.data)
    if word is PrintWord.WELL and not form.numbers.data:
        return confirm_printed(row, None, by=who)
    numbers = numbers_in(form.numbers.data, row.count)
    if isinstance(numbers, Message):
        raise Invalid({"numbers": numbers})
    if word is PrintWord.WELL:
        return confirm_printed(row, numbers, by=who)
    if word is PrintWord.SPOILT:
        return spoil(row, numbers, form.reason.data, by=who)
    return print_again(row, numbers, by=who, destroyed=form.destroyed.data)


@pages.post("/labels/print")
@web.allows(Action.CREATE, Thing.LABEL)
def print_pieces() -> web.Answer:
    """Labels of the chosen pieces; one that has none gets a fresh code first. One that was printed before is
    asked about: two copies could end on two bottles."""
    sample_mark(_settings())
    form = PrintPiecesForm()
    checked(form)
    again = printed_before(pieces(web.viewer(), form.id.data))
    if again:
        form = PrintAgainForm(destroyed=False)
        if not form.reason.raw_data or not form.validate():
            return _ask_again(form, again)
    try:
        with transaction():
            chosen = _to_print(form)
    except Invalid as refusal:
        if not again:
            raise
        show_errors(form, refusal)
        return _ask_again(form, printed_before(pieces(web.viewer(), form.id.data)))
    return begin_print({"pieces": [str(key) for key in chosen], "layout": form.layout.data}, len(chosen))


def _to_print(form: PrintPiecesForm) -> list[UUID]:
    """The chosen pieces, each with a label that may be printed now."""
    who = web.viewer()
    chosen = pieces(who, form.id.data)
    if not chosen:
        raise Invalid({"id": N_("Choose at least one piece.")})
    again = printed_before(chosen)
    if again and isinstance(form, PrintAgainForm):
        was_damaged = form.what.data == str(LabelStatus.DAMAGED)
        destroyed = bool(form.destroyed.data)
        print_bound_again(again, form.reason.data, was_damaged=was_damaged, destroyed=destroyed, by=who)
    for equipment in chosen:
        if not equipment.label_code and equipment.status in lists.LIVING:
            actions.issue_for(equipment, by=who)
    session.flush()
    mark_sent([equipment.label_code for equipment in chosen if equipment.label_code])
    return [equipment.id for equipment in chosen]


def _ask_again(form: PrintAgainForm, again: Sequence[Label]) -> web.Answer:
    """One step: why, and that nobody has a readable copy."""
    own = {label.equipment_id for label in again if label.equipment_id}
    page = render_template(
        "labels/print_again.html",
        form=form,
        labels=again,
        pieces={one.id: one for one in pieces(web.viewer(), own)},
    )
    return page, 422


@pages.post("/labels/<code>/report")
@web.allows(Action.CHANGE, Thing.LABEL)
def report(code: str) -> web.Answer:
    """Lost, damaged, or found again."""
    form = LabelReportForm()
    with transaction():
        label = session.scalar(visible(web.viewer(), Label).where(Label.code == code))
        if label is None or label.equipment_id is None:
            raise NotFound
        checked(form)
        actions.report_label(label, LabelStatus(form.status.data), by=web.viewer())
    return redirect(url_for("life.whole", equipment_id=label.equipment_id, _anchor="labels"))


@pages.route("/labels/<code>/replace", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.LABEL)
def replace(code: str) -> web.Answer:
    label = session.scalar(visible(web.viewer(), Label).where(Label.code == code))
    if label is None or label.equipment_id is None:
        raise NotFound
    equipment = piece(web.viewer(), label.equipment_id)
    form = ReplaceForm(new=request.args.get("new", ""), what=LabelStatus.LOST)
    if submitted(form, lambda: _replace(label, form), {"code": "new"}):
        flash(gettext("The new label is bound; the old one is void."), "success")
        return redirect(url_for("life.whole", equipment_id=equipment.id, _anchor="labels"))
    page = render_template(
        "labels/replace.html",
        label=label,
        equipment=equipment,
        kind=kind_of(equipment),
        form=form,
        may_issue=may(web.viewer(), Action.CREATE, Thing.LABEL),
    )
    return (page, 422) if request.method == "POST" else page


def _replace(label: Label, form: ReplaceForm) -> Label:
    """What became of the old label is reported first: it counts among the losses of the month."""
    if form.what.data and label.status == LabelStatus.BOUND:
        actions.report_label(label, LabelStatus(form.what.data), by=web.viewer())
    return actions.replace_label(label.code, form.new.data, form.reason.data, by=web.viewer())
