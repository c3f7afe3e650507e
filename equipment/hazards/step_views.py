"""The steps of a hazard on screen: found by hand, confirmed or dismissed, put right with evidence,
re-checked; and what a supervisor sets anew: grade, day, and whether it was one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import id_in
from equipment.files.actions import StoredDocument, take
from equipment.hazards import actions, findings, queries
from equipment.hazards.forms import (
    ChosenFindingsForm,
    ConfirmForm,
    DismissForm,
    FindingForm,
    MoreTimeForm,
    RecheckForm,
    RectifyForm,
    RegradeForm,
    ReopenForm,
    WithdrawForm,
    with_clauses,
)
from equipment.hazards.listing import url
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState, grading
from equipment.hazards.views import finding_page, hazard_page
from equipment.people.rules import Action, Thing, may
from equipment.people.scope import visible
from equipment.register.lists import filtered
from equipment.register.models import Equipment
from equipment.register.queries import piece, resolve
from equipment.register.views import kind_of
from equipment.storage.db import session, transaction
from equipment.web.forms import Form, show_errors

pages = Blueprint("hazard_steps", __name__)

PHOTO_MB = 20
OFFERED = 20  # pieces to choose from: more means that more of the number must be typed


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


@pages.route("/hazards/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.FINDING)
def new() -> web.Answer:
    """Record that something is wrong with a piece; without one, find it by what is scanned or typed."""
    key = id_in(request.values.get("equipment", ""))
    if key is None:
        return _choose()
    target = piece(web.viewer(), key)
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
            flash(gettext("Recorded. The supervisors of the area will decide on it."), "success")
            return redirect(
                url(finding) if may(web.viewer(), Action.SEE, Thing.FINDING) else url_for("home.index")
            )
    return render_template("hazards/new.html", form=form, piece=target), 422


def _choose() -> web.Answer:
    """A code or number that one piece alone carries leads straight to it; else the pieces that fit."""
    who, typed = web.viewer(), request.values.get("code", "").strip()[:200]
    if not typed:
        return render_template("hazards/choose.html", typed="", pieces=[], kind_of=kind_of, most=OFFERED)
    resolved = resolve(typed)
    carriers = (resolved.equipment_id,) if resolved.equipment_id else resolved.candidates
    fitting = (
        visible(who, Equipment).where(Equipment.id.in_(carriers))
        if carriers
        else filtered(who, {"q": typed}, hits=OFFERED)
    )
    pieces = session.scalars(fitting.order_by(Equipment.id.desc()).limit(OFFERED)).all()
    if carriers and len(pieces) == 1:
        return redirect(url_for("hazard_steps.new", equipment=pieces[0].id))
    return render_template("hazards/choose.html", typed=typed, pieces=pieces, kind_of=kind_of, most=OFFERED)


def _record_finding(target: Equipment, form: Any) -> Finding:
    photos = taken_photos()
    with transaction():
        finding = findings.find(
            piece(web.viewer(), target.id),
            source=FindingSource.MANUAL,
            description=form.description.data,
            by=web.viewer(),
            clause=form.clause.data,
            found_on=form.found_on.data,
        )
        actions.keep_evidence(finding, photos, by=web.viewer())
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
                    still_used=form.still_used.data,
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
                findings.dismiss(
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
    """Confirm the chosen findings as general hazards, within the usual days. What was decided meanwhile is
    left, and what names a clause: that is decided one by one."""
    confirmed, on = 0, clock.today()
    with transaction():
        for equipment_id, finding_id in ChosenFindingsForm().id.data:
            finding = queries.finding(web.viewer(), equipment_id, finding_id, lock=True)
            if finding.state == FindingState.OPEN and not finding.clause:
                actions.confirm_general(finding, on, by=web.viewer())
                confirmed += 1
    flash(
        ngettext("%(num)d finding confirmed.", "%(num)d findings confirmed.", confirmed),
        "success" if confirmed else "warning",
    )
    return redirect(url_for("hazards.index", tab="findings"))


def _stepped(
    hazard: Hazard, name: str, form: Form, step: Callable[[Hazard, list[StoredDocument]], str]
) -> web.Answer:
    """Take a step of a hazard with what was typed and the photos that came along; a refused form is shown
    again, open, under its name. `step` answers the message of success."""
    if form.validate_on_submit():
        try:
            photos = taken_photos()
            with transaction():
                locked = queries.hazard(web.viewer(), hazard.equipment_id, hazard.id, lock=True)
                message = step(locked, photos)
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(message, "success")
            return redirect(url(hazard))
    return hazard_page(hazard, **{name: form}), form.http_status


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/rectify")
@web.allows(Action.CREATE, Thing.RECTIFICATION)
def rectify(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard, form = queries.hazard(web.viewer(), equipment_id, hazard_id), RectifyForm()
    if not queries.is_responsible(web.viewer(), hazard):
        raise NotAllowed

    def step(locked: Hazard, photos: list[StoredDocument]) -> str:
        actions.rectify(locked, form.rectification.data, photos, by=web.viewer())
        return gettext("Sent. The supervisors will re-check it.")

    return _stepped(hazard, "rectify_form", form, step)


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/recheck")
@web.allows(Action.APPROVE, Thing.HAZARD)
def recheck(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard, form = queries.hazard(web.viewer(), equipment_id, hazard_id), RecheckForm()

    def step(locked: Hazard, photos: list[StoredDocument]) -> str:
        passed = form.passed.data == "yes"
        actions.recheck(locked, passed, form.recheck.data or "", by=web.viewer())
        actions.keep_evidence(locked, photos, by=web.viewer())
        return (
            gettext("Closed.") if passed else gettext("Open again; the responsible unit has it on its list.")
        )

    return _stepped(hazard, "recheck_form", form, step)


def _set_anew(
    hazard: Hazard, name: str, form: Form, change: Callable[[Hazard], None], success: str
) -> web.Answer:
    """A step that a supervisor takes at the desk, without photos."""

    def step(locked: Hazard, _photos: list[StoredDocument]) -> str:
        change(locked)
        return success

    return _stepped(hazard, name, form, step)


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/regrade")
@web.allows(Action.CHANGE, Thing.HAZARD)
def regrade(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard = queries.hazard(web.viewer(), equipment_id, hazard_id)
    form = with_clauses(RegradeForm(), hazard.category, clock.today())

    def change(locked: Hazard) -> None:
        grade = grading(form.clause.data, clock.today()).grade
        actions.regrade(
            locked,
            grade,
            form.clause.data,
            form.due_on.data or actions.rectify_by(grade, clock.today()),
            form.reason.data,
            by=web.viewer(),
            still_used=form.still_used.data,
        )

    return _set_anew(hazard, "regrade_form", form, change, gettext("Graded anew."))


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/extend")
@web.allows(Action.CHANGE, Thing.HAZARD)
def extend(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard, form = queries.hazard(web.viewer(), equipment_id, hazard_id), MoreTimeForm()
    return _set_anew(
        hazard,
        "extend_form",
        form,
        lambda locked: actions.extend(locked, form.until.data, form.reason.data, by=web.viewer()),
        gettext("More time was given."),
    )


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/reopen")
@web.allows(Action.CHANGE, Thing.HAZARD)
def reopen(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard, form = queries.hazard(web.viewer(), equipment_id, hazard_id), ReopenForm()
    return _set_anew(
        hazard,
        "reopen_form",
        form,
        lambda locked: actions.reopen(locked, form.reason.data, form.due_on.data, by=web.viewer()),
        gettext("Open again; the responsible unit has it on its list."),
    )


@pages.post("/hazards/<uuid:equipment_id>/<uuid:hazard_id>/withdraw")
@web.allows(Action.CHANGE, Thing.HAZARD)
def withdraw(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    hazard, form = queries.hazard(web.viewer(), equipment_id, hazard_id), WithdrawForm()
    return _set_anew(
        hazard,
        "withdraw_form",
        form,
        lambda locked: actions.withdraw_hazard(locked, form.reason.data, by=web.viewer()),
        gettext("Withdrawn. It counts in no rate any more."),
    )
