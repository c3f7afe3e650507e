"""The steps of an order: served, answered, re-checked, given more time, handed to the enforcement team, its
result, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.files.actions import StoredDocument, take
from equipment.orders import actions, queries, transfers
from equipment.orders.actions import OrderService, ProblemAnswer
from equipment.orders.forms import (
    CaseResultForm,
    OrderAnswersForm,
    OrderExtendForm,
    OrderRecheckForm,
    ServeForm,
    TransferCaseForm,
)
from equipment.orders.models import Order
from equipment.orders.rules import ServiceWay, TransferResult
from equipment.orders.transfers import TransferOutcome
from equipment.orders.views import order_page
from equipment.people.rules import Action, Thing
from equipment.storage.db import transaction
from equipment.web.forms import Form, show_errors, step_with_reason

pages = Blueprint("order_steps", __name__)
FILE_MB = 20
MOST_FILES = 10


def _stepped(
    organisation_id: UUID,
    order_id: UUID,
    form: Form,
    name: str,
    step: Callable[[Order], None],
    success: str | Callable[[], str],
) -> web.Answer:
    """Take a step of an order with what was typed; a refused form is shown again, open, under its name."""
    order = queries.order_of(web.viewer(), organisation_id, order_id)
    if form.validate_on_submit():
        try:
            with transaction():
                step(queries.order_of(web.viewer(), organisation_id, order_id))
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(success if isinstance(success, str) else success(), "success")
            return redirect(url_for("orders.show", organisation_id=organisation_id, order_id=order_id))
    return order_page(order, **{name: form}), form.http_status


def _taken(field: str, kind: str) -> list[StoredDocument]:
    """The files of a field, checked and on disk before the transaction."""
    uploads = [upload for upload in request.files.getlist(field) if upload.filename][:MOST_FILES]
    return [
        take(cast("BinaryIO", upload.stream), upload.filename or "", kind, largest_mb=FILE_MB, field=field)
        for upload in uploads
    ]


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/serve")
@web.allows(Action.CREATE, Thing.ORDER)
def serve(organisation_id: UUID, order_id: UUID) -> web.Answer:
    form = ServeForm()
    papers = _taken("paper", "order")

    def step(order: Order) -> None:
        day = form.on.data
        at = clock.now() if day == clock.today() else datetime.combine(day, time(12), tzinfo=clock.SITE)
        service = OrderService(
            ServiceWay(form.way.data),
            at,
            form.receiver.data or "",
            form.witness.data or "",
            form.reason.data or "",
        )
        actions.serve(order, service, by=web.viewer())
        actions.add_files(order, papers, "served", by=web.viewer())

    return _stepped(organisation_id, order_id, form, "serve", step, gettext("Noted: the unit has the order."))


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/answer")
@web.allows(Action.CHANGE, Thing.ORDER)
def answer(organisation_id: UUID, order_id: UUID) -> web.Answer:
    form = OrderAnswersForm()
    answers = _answers(form)
    return _stepped(
        organisation_id,
        order_id,
        form,
        "answer",
        lambda order: actions.answer(order, answers, by=web.viewer()),
        lambda: _answered(queries.order_of(web.viewer(), organisation_id, order_id)),
    )


def _answered(order: Order) -> str:
    """What an answer leads to: nobody re-checks an order while a problem of it has no answer."""
    stands = [row.stand for row in queries.problems_of(order)]
    left = sum(not (stand.is_answered or stand.is_right) for stand in stands)
    if not left:
        return gettext("Sent. The supervisors will re-check it.")
    return ngettext(
        "Sent. %(num)d problem of this order is still without an answer.",
        "Sent. %(num)d problems of this order are still without an answer.",
        left,
    )


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/recheck")
@web.allows(Action.APPROVE, Thing.ORDER)
def recheck(organisation_id: UUID, order_id: UUID) -> web.Answer:
    form = OrderRecheckForm()
    decisions = _answers(form, decided=True)
    return _stepped(
        organisation_id,
        order_id,
        form,
        "recheck",
        lambda order: actions.recheck(order, decisions, by=web.viewer()),
        gettext("Re-checked."),
    )


def _answers(form: OrderAnswersForm | OrderRecheckForm, *, decided: bool = False) -> dict[int, ProblemAnswer]:
    """By problem, what was typed with its files; of a re-check only those that somebody decided."""
    answers = {}
    for number, entry in enumerate(form.answers):
        row = entry.form
        if not (row.no.data or "").isdecimal() or (decided and row.right.data not in ("yes", "no")):
            continue
        files = _taken(f"answers-{number}-files", "evidence")
        answers[int(row.no.data)] = ProblemAnswer(row.text.data or "", files, row.right.data == "yes")
    return answers


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/extend")
@web.allows(Action.APPROVE, Thing.ORDER)
def extend(organisation_id: UUID, order_id: UUID) -> web.Answer:
    form = OrderExtendForm()
    return _stepped(
        organisation_id,
        order_id,
        form,
        "extend",
        lambda order: actions.extend(order, form.until.data, form.reason.data, by=web.viewer()),
        gettext("More time was given."),
    )


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/transfer")
@web.allows(Action.APPROVE, Thing.ORDER)
def transfer(organisation_id: UUID, order_id: UUID) -> web.Answer:
    """案源移送."""
    form = TransferCaseForm()

    def step(order: Order) -> None:
        transfers.transfer(order, form.team.data, form.facts.data, form.materials.data or "", by=web.viewer())

    return _stepped(
        organisation_id,
        order_id,
        form,
        "transfer",
        step,
        gettext("Handed on. Enter the team’s result when it comes."),
    )


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/result")
@web.allows(Action.APPROVE, Thing.ORDER)
def result(organisation_id: UUID, order_id: UUID) -> web.Answer:
    """What the enforcement team told back."""
    form = CaseResultForm()

    def step(order: Order) -> None:
        outcome = TransferOutcome(
            TransferResult(form.result.data),
            form.on.data,
            form.document.data or "",
            form.fine.data,
            form.remark.data or "",
        )
        transfers.enter_result(order, outcome, by=web.viewer())

    return _stepped(organisation_id, order_id, form, "result", step, gettext("The result is on file."))


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/withdraw")
@web.allows(Action.APPROVE, Thing.ORDER)
def withdraw(organisation_id: UUID, order_id: UUID) -> web.Answer:
    who = web.viewer()
    step_with_reason(
        lambda: queries.order_of(who, organisation_id, order_id),
        lambda order, reason: actions.withdraw(order, reason, by=who),
    )
    flash(gettext("Withdrawn. Its number is not given again."), "success")
    return redirect(url_for("orders.show", organisation_id=organisation_id, order_id=order_id))
