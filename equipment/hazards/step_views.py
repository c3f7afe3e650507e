"""The steps of a hazard on screen: found by hand, confirmed or dismissed, put right with evidence,
re-checked."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in
from equipment.files.actions import About, StoredDocument, attach, take
from equipment.hazards import actions, queries
from equipment.hazards.forms import (
    ChosenFindingsForm,
    ConfirmForm,
    DismissForm,
    FindingForm,
    RecheckForm,
    RectifyForm,
    with_clauses,
)
from equipment.hazards.listing import url
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState, grading
from equipment.hazards.views import finding_page, hazard_page
from equipment.people.rules import Action, Thing, may
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.storage.db import transaction
from equipment.web.forms import show_errors

pages = Blueprint("hazard_steps", __name__)

PHOTO_MB = 20


def taken_photos() -> list[StoredDocument]:
    """The photos of this request, checked and on disk; before the transaction, so that no writer waits for
    them."""
    uploads = [upload for upload in request.files.getlist("photos") if upload.filename]
    return [
        take(
            cast("BinaryIO", upload.stream),
            upload.filename or "",
            "evidence",
            largest_mb=PHOTO_MB,
            field="photos",
        )
        for upload in uploads
    ]


def keep_evidence(record: Finding | Hazard, photos: list[StoredDocument]) -> None:
    kind = "finding" if isinstance(record, Finding) else "hazard"
    about = About(record.equipment_id, record.area, record.category, kind, record.id)
    for photo in photos:
        attach(about, photo, by=web.viewer())


@pages.route("/hazards/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.FINDING)
def new() -> web.Answer:
    target = piece(web.viewer(), _asked_piece())
    form = with_clauses(
        FindingForm(equipment=str(target.id), found_on=clock.today()), target.category, clock.today()
    )
    if request.method == "GET":
        return render_template("hazards/new.html", form=form, piece=target)
    if form.validate_on_submit():
        try:
            finding = _record_finding(target, form)
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(
                gettext("Recorded. The supervisors of the area will decide on it.")
                if finding.state == FindingState.OPEN
                else gettext("Recorded as a hazard: its clause needs no confirmation."),
                "success",
            )
            return redirect(
                url(finding) if may(web.viewer(), Action.SEE, Thing.FINDING) else url_for("home.index")
            )
    return render_template("hazards/new.html", form=form, piece=target), 422


def _asked_piece() -> UUID:
    key = id_in(request.values.get("equipment", ""))
    if key is None:
        raise NotFound
    return key


def _record_finding(target: Equipment, form: Any) -> Finding:
    photos = taken_photos()
    with transaction():
        finding = actions.find(
            piece(web.viewer(), target.id),
            source=FindingSource.MANUAL,
            description=form.description.data,
            by=web.viewer(),
            clause=form.clause.data,
            found_on=form.found_on.data,
        )
        keep_evidence(finding, photos)
    return finding


@pages.post("/hazards/findings/<uuid:equipment_id>/<uuid:finding_id>/confirm")
@web.allows(Action.APPROVE, Thing.FINDING)
def confirm(equipment_id: UUID, finding_id: UUID) -> web.Answer:
    finding = queries.finding(web.viewer(), equipment_id, finding_id)
    form = with_clauses(ConfirmForm(), finding.category, clock.today())
    if form.validate_on_submit():
        try:
            with transaction():
                finding = queries.finding(web.viewer(), equipment_id, finding_id, lock=True)
                grade = grading(form.clause.data, clock.today()).grade
                hazard = actions.confirm(
                    finding,
                    grade,
                    form.clause.data,
                    form.due_on.data or actions.rectify_by(grade, clock.today()),
                    by=web.viewer(),
                )
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(gettext("Confirmed. The responsible unit has it on its list now."), "success")
            return redirect(url(hazard))
    return finding_page(finding, confirm_form=form), 422


@pages.post("/hazards/findings/<uuid:equipment_id>/<uuid:finding_id>/dismiss")
@web.allows(Action.APPROVE, Thing.FINDING)
def dismiss(equipment_id: UUID, finding_id: UUID) -> web.Answer:
    finding, form = queries.finding(web.viewer(), equipment_id, finding_id), DismissForm()
    if form.validate_on_submit():
        try:
            with transaction():
                actions.dismiss(
                    queries.finding(web.viewer(), equipment_id, finding_id, lock=True),
                    form.reason.data,
                    by=web.viewer(),
                )
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(gettext("Dismissed. The reason stays on file."), "success")
            return redirect(url_for("hazards.index", tab="findings"))
    return finding_page(finding, dismiss_form=form), 422


@pages.post("/hazards/findings/confirm")
@web.allows(Action.APPROVE, Thing.FINDING)
def confirm_many() -> web.Answer:
    """Confirm the chosen findings, each by its own clause or as general, within the usual days; what was
    decided meanwhile is left."""
    confirmed, on = 0, clock.today()
    with transaction():
        for equipment_id, finding_id in ChosenFindingsForm().id.data:
            finding = queries.finding(web.viewer(), equipment_id, finding_id, lock=True)
            if finding.state == FindingState.OPEN:
                actions.confirm_as_is(finding, on, by=web.viewer())
                confirmed += 1
    flash(
        ngettext("%(num)d finding confirmed.", "%(num)d findings confirmed.", confirmed),
        "success" if confirmed else "warning",
    )
    return redirect(url_for("hazards.index", tab="findings"))


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/rectify")
@web.allows(Action.CREATE, Thing.RECTIFICATION)
def rectify(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard, form = queries.hazard(web.viewer(), equipment_id, hazard_id), RectifyForm()
    if not queries.is_responsible(web.viewer(), hazard):
        raise NotAllowed
    if form.validate_on_submit():
        try:
            photos = taken_photos()
            with transaction():
                hazard = queries.hazard(web.viewer(), equipment_id, hazard_id, lock=True)
                actions.rectify(hazard, form.rectification.data, by=web.viewer())
                keep_evidence(hazard, photos)
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(gettext("Sent. The supervisors will re-check it."), "success")
            return redirect(url(hazard))
    return hazard_page(hazard, rectify_form=form), 422


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/recheck")
@web.allows(Action.APPROVE, Thing.HAZARD)
def recheck(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard, form = queries.hazard(web.viewer(), equipment_id, hazard_id), RecheckForm()
    if form.validate_on_submit():
        try:
            photos = taken_photos()
            with transaction():
                hazard = queries.hazard(web.viewer(), equipment_id, hazard_id, lock=True)
                actions.recheck(hazard, form.passed.data == "yes", form.recheck.data or "", by=web.viewer())
                keep_evidence(hazard, photos)
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(
                gettext("Closed.")
                if form.passed.data == "yes"
                else gettext("Open again; the responsible unit has it on its list."),
                "success",
            )
            return redirect(url(hazard))
    return hazard_page(hazard, recheck_form=form), 422
