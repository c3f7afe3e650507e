"""Labels on the desk and on the phone: batches, printing, 绑码 on site, lost and replaced ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from sqlalchemy import func, select

from equipment import web
from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.words import N_
from equipment.files.actions import About, attach, take
from equipment.files.models import Attachment
from equipment.labels.actions import CHUNK, fill_batch, new_batch
from equipment.labels.forms import (
    BatchForm,
    LabelReportForm,
    PrintForm,
    PrintPiecesForm,
    ReplaceForm,
    set_aside_form,
)
from equipment.labels.layouts import sample_mark
from equipment.labels.models import LabelBatch
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.people.scope import visible
from equipment.register import actions, lists
from equipment.register.binding import AFTER_LIFE
from equipment.register.codes import spelt
from equipment.register.models import Equipment, Label
from equipment.register.queries import Resolved, by_last_digits, piece, pieces, resolve
from equipment.register.rules import LabelStatus, Outcome
from equipment.register.views import kind_of
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.rules import lane_of
from equipment.web.forms import checked, submitted
from equipment.web.language import translate
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
    left = _blank([row.id for row in page.rows])
    names = lists.names_of(row.organisation_id for row in page.rows)
    return render_template(
        "labels/batches.html", page=page, left=left, names=names, form=form, organisations=_organisations()
    )


def _blank(batches: Sequence[UUID]) -> dict[UUID, int]:
    counted = (
        select(Label.batch_id, func.count())
        .where(Label.batch_id.in_(batches), Label.status == LabelStatus.ISSUED)
        .group_by(Label.batch_id)
    )
    return {row[0]: row[1] for row in session.execute(counted) if row[0] is not None}


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
    equipment, form = piece(web.viewer(), label.equipment_id), ReplaceForm(new=request.args.get("new", ""))
    if submitted(
        form,
        lambda: actions.replace_label(code, form.new.data, form.reason.data, by=web.viewer()),
        {"code": "new"},
    ):
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


@pages.route("/labels/bind", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.LABEL)
def bind() -> web.Answer:
    """绑码 on site: scan the blank label, find the piece by its last digits, tap it. `equipment` skips the
    search; an address alone binds nothing."""
    text, key = request.values.get("code", ""), request.values.get("equipment", type=UUID)
    chosen, resolved = piece(web.viewer(), key) if key else None, resolve(text) if text else None
    if resolved is None:
        return _shown(1, chosen=chosen)
    # Sent twice: it is done.
    if (
        chosen is not None
        and resolved.label_status == LabelStatus.BOUND
        and resolved.equipment_id == chosen.id
    ):
        return _shown(3, code=resolved.code, equipment=chosen)
    if resolved.outcome != Outcome.BLANK:
        return _shown(1, chosen=chosen, problem=_why_not(resolved), other=_mine(resolved.equipment_id))
    if chosen is not None and request.method == "POST":
        return _bind(resolved.code, chosen.id)
    return _search(resolved.code, chosen)


def _shown(step: int, **more: object) -> str:
    return render_template(
        "labels/bind.html",
        kind_of=kind_of,
        step=step,
        after_life=AFTER_LIFE,
        **{"chosen": None, "problem": "", "other": None, **more},
    )


def _search(code: str, chosen: Equipment | None, **more: object) -> str:
    """The second step: the blank label stays scanned while its piece is looked for."""
    digits = request.values.get("digits", "")
    matches = (
        by_last_digits(web.viewer(), digits)
        if len(digits) >= FEWEST_DIGITS
        else [chosen]
        if chosen and not digits
        else []
    )
    return _shown(
        2,
        code=code,
        digits=digits,
        matches=matches,
        photos=_photos(matches),
        fewest=FEWEST_DIGITS,
        kinds=lists.categories_of(web.viewer()),
        **more,
    )


def _mine(equipment_id: UUID | None) -> Equipment | None:
    """The piece if the viewer may see it: nothing is told of a stranger's."""
    return next(iter(pieces(web.viewer(), [equipment_id] if equipment_id else [])), None)


def _why_not(resolved: Resolved) -> str:
    if resolved.outcome == Outcome.FOUND:
        return str(
            gettext("This label is on a piece already.")
            if resolved.label_status
            else gettext("This is not one of our labels.")
        )
    return str(gettext("This is not a blank label: %(what)s", what=translate(resolved.outcome.label)))


def _photos(matches: Sequence[Equipment]) -> dict[UUID, UUID]:
    """The newest photo of each piece."""
    rows = session.scalars(
        visible(web.viewer(), Attachment)
        .where(Attachment.equipment_id.in_([match.id for match in matches]), Attachment.media_type.in_(PHOTO))
        .order_by(Attachment.at)
    )
    return {row.equipment_id: row.id for row in rows}


def _bind(code: str, equipment_id: UUID) -> web.Answer:
    """Bind, or say why not: the fault of the piece leaves the label scanned, the fault of the label leaves
    the piece chosen."""
    try:
        with transaction():
            equipment = piece(web.viewer(), equipment_id)
            label = actions.bind_label(code, equipment, by=web.viewer())
    except Conflict as error:
        equipment, problem = piece(web.viewer(), equipment_id), web.field_texts(error)
        if equipment.label_code or equipment.status in AFTER_LIFE:
            return _search(code, equipment, problem=problem, other=equipment), 409
        return _shown(1, chosen=equipment, problem=problem), 409
    return _shown(3, code=label.code, equipment=equipment)


@pages.post("/labels/set-aside")
@web.allows(Action.CHANGE, Thing.LABEL)
def set_aside() -> web.Answer:
    """待建档: a bottle nobody finds is entered with its label and a photo of stamp and ring; the office types
    the rest later."""
    who = web.viewer()
    form = set_aside_form(lists.categories_of(who))
    checked(form)
    upload = form.photo.data
    document = take(cast("BinaryIO", upload.stream), upload.filename, "photo", accept=PHOTO, field="photo")
    with transaction():
        equipment = actions.set_aside(form.code.data, form.digits.data, key=form.category.data, by=who)
        attach(About(equipment.id, equipment.area, equipment.category), document, by=who)
    return _shown(4, equipment=equipment)
