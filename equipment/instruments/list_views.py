"""送检清单 on screen: drawn, handed over as PDF or workbook, results typed back row by row."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid
from equipment.core.months import month_end
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.instruments import actions
from equipment.instruments.actions import VerificationDraft
from equipment.instruments.forms import ListForm
from equipment.instruments.listing import place_of
from equipment.instruments.lists import draw_list, may_go_on
from equipment.instruments.models import Instrument, VerificationList, VerificationListRow
from equipment.instruments.queries import (
    LIST_SORTS,
    ROW_SORTS,
    by_ids,
    list_of,
    rows_of,
    verifications_by_id,
    waiting_counts,
)
from equipment.instruments.rules import InstrumentKind, VerificationResult, usual_last_day
from equipment.instruments.views import HOLDERS
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import organisation_named
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, exported, paginate

pages = Blueprint("verification_lists", __name__)


@pages.get("/instruments/lists")
@web.allows(Action.SEE, Thing.INSTRUMENT)
def index() -> web.Answer:
    who = web.viewer()
    page = paginate(visible(who, VerificationList), LIST_SORTS, default="-drawn")
    return render_template(
        "instruments/lists.html",
        page=page,
        counts=waiting_counts(page.rows),
        names=names_of([row.organisation_id for row in page.rows]),
        may_draw=may(who, Action.CHANGE, Thing.INSTRUMENT),
        has_share=who.oversees,
    )


@pages.route("/instruments/lists/new", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def new() -> web.Answer:
    who = web.viewer()
    form = ListForm()
    if not form.is_submitted():
        form = ListForm(formdata=None, due_until=month_end(clock.today()))
    drawn = submitted(
        form,
        lambda: draw_list(
            form.title.data or "", form.body.data or "", form.due_until.data, _filters(form, who), by=who
        ),
    )
    if drawn is not None:
        flash(gettext("List %(number)s is drawn.", number=drawn.number), "success")
        return redirect(_url(drawn))
    page = render_template(
        "instruments/list_new.html",
        form=form,
        areas=area_options(who) if who.oversees else [],
        kinds=labelled(InstrumentKind),
        many_units=who.oversees,
    )
    return (page, form.http_status) if form.is_submitted() else page


def _filters(form: ListForm, who: Viewer) -> dict[str, str]:
    filters = {"kind": form.kind.data or "", "area": (form.area.data or "") if who.oversees else ""}
    if typed := form.unit.data or "":
        key = organisation_named(typed, HOLDERS)
        if key is None:
            raise Invalid({"unit": N_("No organisation on file is called so.")})
        filters["unit"] = str(key)
    return filters


def _url(drawn: VerificationList) -> str:
    return url_for("verification_lists.show", organisation_id=drawn.organisation_id, list_id=drawn.id)


@pages.route("/instruments/lists/<uuid:organisation_id>/<uuid:list_id>", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.INSTRUMENT)
def show(organisation_id: UUID, list_id: UUID) -> web.Answer:
    who = web.viewer()
    drawn = list_of(who, organisation_id, list_id)
    stated = {"organisation_id": str(organisation_id), "list_id": str(list_id)}
    title = gettext("List for the verification body %(number)s", number=drawn.number)
    if answer := exported("instruments.rows", stated, by=who, title=title):
        return answer
    return _show(drawn, who, {})


def _show(drawn: VerificationList, who: Viewer, wrong: dict[int, str]) -> str:
    page = paginate(rows_of(drawn), ROW_SORTS, default="row")
    by_id = by_ids(row.instrument_id for row in page.rows)
    may_enter = may(who, Action.CHANGE, Thing.INSTRUMENT)
    today = clock.today()
    usual = {
        key: usual_last_day(InstrumentKind(one.kind), today)
        for key, one in by_id.items()
        if may_enter and may_go_on(one)
    }
    return render_template(
        "instruments/list.html",
        drawn=drawn,
        page=page,
        instruments=by_id,
        results=verifications_by_id(row.verification_id for row in page.rows),
        names=names_of([drawn.organisation_id, *(row.unit_id for row in page.rows)]),
        counts=waiting_counts([drawn])[drawn.id],
        place_of=place_of,
        usual=usual,
        conclusions=labelled(VerificationResult),
        typed=request.form,
        wrong=wrong,
        today=today,
    )


@pages.post("/instruments/lists/<uuid:organisation_id>/<uuid:list_id>/results")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def results(organisation_id: UUID, list_id: UUID) -> web.Answer:
    """What the body said of rows: all that have a number are entered, or none where one of them is wrong."""
    who = web.viewer()
    drawn = list_of(who, organisation_id, list_id)
    numbers = {
        int(name.removeprefix("number-")): value.strip()
        for name, value in request.form.items()
        if name.startswith("number-") and name.removeprefix("number-").isdecimal() and value.strip()
    }
    wrong: dict[int, str] = {}
    try:
        with transaction():
            rows = _rows(drawn, set(numbers))
            for row, instrument in rows:
                if problem := _enter(row.row_no, instrument, numbers[row.row_no], drawn, who):
                    wrong[row.row_no] = problem
            if wrong or not rows:
                raise Invalid({"": N_("Nothing was entered: correct what is marked.")})
    except Invalid as error:
        flash(translate(next(iter(error.fields.values()))), "error")
        session.expire_all()
        return _show(list_of(who, organisation_id, list_id), who, wrong), 422
    flash(ngettext("%(num)d result is on file.", "%(num)d results are on file.", len(rows)), "success")
    return redirect(_url(drawn))


def _rows(drawn: VerificationList, numbers: set[int]) -> list[tuple[VerificationListRow, Instrument]]:
    wanted = rows_of(drawn).where(
        VerificationListRow.row_no.in_(numbers), VerificationListRow.verification_id.is_(None)
    )
    rows = session.scalars(wanted.order_by(VerificationListRow.row_no)).all()
    by_id = by_ids(row.instrument_id for row in rows)
    return [(row, by_id[row.instrument_id]) for row in rows]


def _enter(no: int, instrument: Instrument, number: str, drawn: VerificationList, who: Viewer) -> str:
    """Enters one row; why it cannot be, in words, or nothing."""
    typed = request.form
    on = day_in(typed.get(f"on-{no}", ""))
    if on is None:
        return translate(N_("Enter the day of the verification."))
    result = typed.get(f"result-{no}", "")
    if result not in set(VerificationResult):
        return translate(N_("Choose the conclusion of the verification."))
    failed = result == VerificationResult.FAILED
    draft = VerificationDraft(
        result=VerificationResult(result),
        body=typed.get("body", "").strip() or drawn.body,
        number=number,
        verified_on=on,
        valid_until=None if failed else day_in(typed.get(f"until-{no}", "")),
    )
    if not actions.may_change(instrument, who):
        return translate(N_("This unit belongs to another area."))
    try:
        actions.verify(instrument, draft, by=who)
    except Invalid as error:
        return " ".join(translate(text) for text in error.fields.values())
    return ""


@pages.post("/instruments/lists/<uuid:organisation_id>/<uuid:list_id>/print")
@web.allows(Action.SEE, Thing.INSTRUMENT)
def draw(organisation_id: UUID, list_id: UUID) -> web.Answer:
    """The list on paper, drawn by the jobs process."""
    who = web.viewer()
    drawn = list_of(who, organisation_id, list_id)
    stated = {
        "organisation_id": str(organisation_id),
        "list_id": str(list_id),
        "sample": web.settings().is_demo,
    }
    title = gettext("List for the verification body %(number)s", number=drawn.number)
    with transaction():
        task = enqueue("instruments.paper", stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))
