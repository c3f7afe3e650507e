"""检验意见通知书 on screen: the list, one with its items, the unit's answers and the body's word to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.dues.filters import names_of
from equipment.files.actions import StoredDocument, take
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.inspections import opinions, queries
from equipment.inspections.forms import (
    AskAgainForm,
    ConfirmItemsForm,
    MoveDayForm,
    OpinionAnswerForm,
    OpinionForm,
)
from equipment.inspections.listing import people_named
from equipment.inspections.models import Opinion
from equipment.inspections.opinion_listing import LATE, SORTS, opinion_rows
from equipment.inspections.opinion_listing import opinions as listed_opinions
from equipment.inspections.states import RUNNING, OpinionState
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.lists import categories_of
from equipment.register.queries import piece
from equipment.regulation.queries import opinion_feedback_days
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("opinions", __name__)


@pages.route("/opinions", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.INSPECTION)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    title = gettext("Notices of inspection opinions")
    if taken := exported("inspections.opinions", filters, by=who, title=title):
        return taken
    page = paginate(listed_opinions(who, filters), SORTS, default="feedback")
    return render_template(
        "inspections/opinions.html",
        page=replace(page, rows=opinion_rows(who, page.rows)),
        states=[(LATE, gettext("Answer overdue")), *labelled(OpinionState), ("all", gettext("All"))],
        categories=[(of.key, translate(of.label)) for of in categories_of(who)],
        areas=area_options(who),
    )


@pages.route("/inspections/<uuid:equipment_id>/<uuid:inspection_id>/opinion", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.INSPECTION)
def new(equipment_id: UUID, inspection_id: UUID) -> web.Answer:
    """Issue the notice of a result that was not passed, or of one recorded before notices were kept."""
    who = web.viewer()
    inspection = queries.inspection(who, equipment_id, inspection_id)
    days = opinion_feedback_days(clock.today())
    form = OpinionForm(
        open_items=inspection.open_items or inspection.remark,
        notice_no=inspection.notice_no,
        feedback_on=inspection.feedback_on or clock.today() + timedelta(days=days),
    )

    def send() -> Opinion:
        return opinions.issue(
            queries.inspection(who, equipment_id, inspection_id),
            opinions.items_in(form.open_items.data or ""),
            form.feedback_on.data,
            form.notice_no.data or "",
            by=who,
        )

    opinion = submitted(form, send) if request.method == "POST" else None
    if opinion is not None:
        flash(gettext("The notice is issued; the unit has been told."), "success")
        return redirect(url_for("opinions.show", equipment_id=equipment_id, opinion_id=opinion.id))
    page = render_template(
        "inspections/opinion_new.html",
        form=form,
        inspection=inspection,
        equipment=piece(who, equipment_id),
        days=days,
    )
    return (page, form.http_status) if request.method == "POST" else page


@pages.get("/opinions/<uuid:equipment_id>/<uuid:opinion_id>")
@web.allows(Action.SEE, Thing.INSPECTION)
def show(equipment_id: UUID, opinion_id: UUID) -> web.Answer:
    who = web.viewer()
    return opinion_page(
        who, opinions.opinion_at(who, equipment_id, opinion_id), OpinionAnswerForm(formdata=None)
    )


def opinion_page(who: Viewer, opinion: Opinion, form: OpinionAnswerForm, at: int = 0) -> str:
    """The page of a notice; `at` names the item whose answer was refused."""
    items = opinions.items_of(opinion)
    evidence: dict[UUID, list[Attachment]] = {}
    for attachment in attachments_of(who, opinion.equipment_id):
        if attachment.subject_kind == opinions.SUBJECT:
            evidence.setdefault(attachment.subject_id, []).append(attachment)
    people = {opinion.issued_by, opinion.served_by, opinion.closed_by}
    people |= {person for item in items for person in (item.answered_by, item.decided_by)}
    return render_template(
        "inspections/opinion.html",
        opinion=opinion,
        items=items,
        evidence=evidence,
        equipment=piece(who, opinion.equipment_id),
        inspection=queries.inspection(who, opinion.equipment_id, opinion.inspection_id),
        names=names_of([opinion.organisation_id, opinion.unit_id]),
        people=people_named(people),
        of_unit=opinions.is_of_unit(opinion, who) and may(who, Action.CREATE, Thing.RECTIFICATION),
        of_body=opinions.is_of_body(opinion, who) and may(who, Action.CREATE, Thing.INSPECTION),
        running=opinion.state in RUNNING,
        form=form,
        at=at,
        ask_form=AskAgainForm(formdata=None),
        move_form=MoveDayForm(formdata=None),
    )


@pages.post("/opinions/<uuid:equipment_id>/<uuid:opinion_id>/receive")
@web.allows(Action.CREATE, Thing.RECTIFICATION)
def receive(equipment_id: UUID, opinion_id: UUID) -> web.Answer:
    """签收 by the unit."""
    who = web.viewer()
    with transaction():
        opinions.receive(opinions.opinion_at(who, equipment_id, opinion_id), by=who)
    flash(gettext("Received."), "success")
    return redirect(url_for("opinions.show", equipment_id=equipment_id, opinion_id=opinion_id))


@pages.post("/opinions/<uuid:equipment_id>/<uuid:opinion_id>/items/<int:item_no>/answer")
@web.allows(Action.CREATE, Thing.RECTIFICATION)
def answer(equipment_id: UUID, opinion_id: UUID, item_no: int) -> web.Answer:
    """The unit's answer to one item, with its evidence."""
    who, form = web.viewer(), OpinionAnswerForm()
    opinion = opinions.opinion_at(who, equipment_id, opinion_id)
    evidence = _evidence(form) if form.validate_on_submit() else None

    def send() -> Opinion:
        at = opinions.opinion_at(who, equipment_id, opinion_id)
        opinions.answer(at, item_no, form.answer.data or "", form.evidence_no.data or "", evidence, by=who)
        return at

    if submitted(form, send) is None:
        return opinion_page(who, opinion, form, item_no), form.http_status
    flash(gettext("Your answer is with the body."), "success")
    return redirect(url_for("opinions.show", equipment_id=equipment_id, opinion_id=opinion_id))


def _evidence(form: OpinionAnswerForm) -> StoredDocument | None:
    """Checked and on disk before the transaction."""
    upload = form.evidence.data
    return (
        take(cast(BinaryIO, upload.stream), upload.filename, "evidence", field="evidence") if upload else None
    )


@pages.post("/opinions/<uuid:equipment_id>/<uuid:opinion_id>/confirm")
@web.allows(Action.CREATE, Thing.INSPECTION)
def confirm(equipment_id: UUID, opinion_id: UUID) -> web.Answer:
    """The body takes the ticked answers."""
    who, form = web.viewer(), ConfirmItemsForm()
    opinions.opinion_at(who, equipment_id, opinion_id)
    checked(form)
    with transaction():
        count = opinions.confirm(opinions.opinion_at(who, equipment_id, opinion_id), form.id.data, by=who)
    flash(ngettext("%(num)d item confirmed.", "%(num)d items confirmed.", count), "success")
    return redirect(url_for("opinions.show", equipment_id=equipment_id, opinion_id=opinion_id))


@pages.post("/opinions/<uuid:equipment_id>/<uuid:opinion_id>/items/<int:item_no>/ask")
@web.allows(Action.CREATE, Thing.INSPECTION)
def ask(equipment_id: UUID, opinion_id: UUID, item_no: int) -> web.Answer:
    """The body asks once more."""
    who, form = web.viewer(), AskAgainForm()
    with transaction():
        opinion = opinions.opinion_at(who, equipment_id, opinion_id)
        checked(form)
        opinions.ask_again(opinion, item_no, form.question.data or "", by=who)
    flash(gettext("The unit is asked once more."), "success")
    return redirect(url_for("opinions.show", equipment_id=equipment_id, opinion_id=opinion_id))


@pages.post("/opinions/<uuid:equipment_id>/<uuid:opinion_id>/move")
@web.allows(Action.CREATE, Thing.INSPECTION)
def move(equipment_id: UUID, opinion_id: UUID) -> web.Answer:
    """Another day for the answer."""
    who, form = web.viewer(), MoveDayForm()
    with transaction():
        opinion = opinions.opinion_at(who, equipment_id, opinion_id)
        checked(form)
        opinions.move_day(opinion, form.feedback_on.data, form.reason.data or "", by=who)
    flash(gettext("The day has moved."), "success")
    return redirect(url_for("opinions.show", equipment_id=equipment_id, opinion_id=opinion_id))


@pages.post("/opinions/<uuid:equipment_id>/<uuid:opinion_id>/print")
@web.allows(Action.SEE, Thing.INSPECTION)
def draw(equipment_id: UUID, opinion_id: UUID) -> web.Answer:
    """The notice on paper, drawn by the jobs process."""
    who = web.viewer()
    opinion = opinions.opinion_at(who, equipment_id, opinion_id)
    stated: dict[str, object] = {
        "equipment": str(equipment_id),
        "opinion": str(opinion_id),
        "sample": web.settings().is_demo,
    }
    title = gettext("Notice of inspection opinions %(number)s", number=opinion.number)
    with transaction():
        task = enqueue("inspections.opinion", stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))
