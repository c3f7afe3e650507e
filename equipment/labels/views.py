"""Labels on the desk: batches, printing, lost and replaced ones. 绑码 on site stands in bind_views.py."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.labels.actions import CHUNK, fill_batch, new_batch
from equipment.labels.forms import BatchForm, LabelReportForm, PrintForm, PrintPiecesForm, ReplaceForm
from equipment.labels.layouts import sample_mark
from equipment.labels.models import LabelBatch
from equipment.labels.queries import counts_of_batches
from equipment.labels.rules import LedgerState
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.people.scope import visible
from equipment.register import actions, lists
from equipment.register.codes import spelt
from equipment.register.models import Label
from equipment.register.queries import piece, pieces
from equipment.register.rules import LabelStatus
from equipment.register.views import kind_of
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.rules import lane_of
from equipment.web.forms import checked, submitted
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
        blank=(LedgerState.BLANK, LedgerState.HANDED_OUT),
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
    return _print({"batch": str(batch.id), "layout": form.layout.data}, batch.count)


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


def _print(wanted: dict[str, object], labels: int) -> web.Answer:
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


@pages.post("/labels/batches/<uuid:batch_id>/print")
@web.allows(Action.CREATE, Thing.LABEL)
def print_batch(batch_id: UUID) -> web.Answer:
    batch = session.scalar(visible(web.viewer(), LabelBatch).where(LabelBatch.id == batch_id))
    if batch is None:
        raise NotFound
    sample_mark(_settings())
    form = PrintForm(layout=batch.layout)
    checked(form)
    return _print({"batch": str(batch.id), "layout": form.layout.data}, batch.count)


@pages.post("/labels/print")
@web.allows(Action.CREATE, Thing.LABEL)
def print_pieces() -> web.Answer:
    """Labels of the chosen pieces; one that has none gets a fresh code first."""
    sample_mark(_settings())
    form = PrintPiecesForm()
    checked(form)
    with transaction():
        chosen = pieces(web.viewer(), form.id.data)
        if not chosen:
            raise Invalid({"id": N_("Choose at least one piece.")})
        for equipment in chosen:
            if not equipment.label_code and equipment.status in lists.LIVING:
                actions.issue_for(equipment, by=web.viewer())
    wanted = {"pieces": [str(equipment.id) for equipment in chosen], "layout": form.layout.data}
    return _print(wanted, len(chosen))


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
