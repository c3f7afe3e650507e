"""使用标志 on screen: made from results, listed, printed, printed anew where one was lost or spoilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.inspections import marks
from equipment.inspections.forms import MARK_SIZES, MarkGoneForm, MarkSizeForm
from equipment.inspections.mark_listing import mark_rows
from equipment.inspections.models import Inspection, UseMark
from equipment.inspections.states import MarkState
from equipment.labels.layouts import BY_KEY
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import categories_of
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, labelled
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("use_marks", __name__)


@pages.route("/use-marks", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.INSPECTION)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("inspections.marks.export", filters, by=who, title=gettext("Use marks")):
        return taken
    page = paginate(marks.marks(who, filters), marks.SORTS, default="-made")
    return render_template(
        "inspections/use_marks.html",
        page=replace(page, rows=mark_rows(who, page.rows)),
        states=labelled(MarkState),
        categories=[(of.key, translate(of.label)) for of in categories_of(who) if not of.filled],
        form=MarkGoneForm(formdata=None),
        mine=who.organisation_kind is OrganisationKind.BODY and may(who, Action.CREATE, Thing.INSPECTION),
        own=who.organisation_id,
        sizes=[(key, translate(BY_KEY[key].name)) for key in MARK_SIZES],
    )


@pages.post("/use-marks/make")
@web.allows(Action.CREATE, Thing.INSPECTION)
def make() -> web.Answer:
    """Marks for the ticked results, in one file of the chosen size."""
    who, form = web.viewer(), MarkSizeForm()
    checked(form)
    with transaction():
        chosen = session.scalars(visible(who, Inspection).where(Inspection.id.in_(form.id.data))).all()
        came = marks.make_marks(chosen, by=who)
        task = _file(came.marks, form.layout.data, who) if came.marks else None
    for reason, count in came.skipped.items():
        text = ngettext(
            "%(num)d result without a use mark: %(reason)s",
            "%(num)d results without a use mark: %(reason)s",
            count,
            reason=translate(reason),
        )
        flash(text, "warning")
    if task is None:
        return redirect(request.referrer or url_for("inspections.index"))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task))


def _file(printed: Sequence[UseMark], layout: str, who: Viewer) -> UUID:
    """The file of these marks, within the transaction that made them."""
    stated: dict[str, object] = {"marks": [str(mark.id) for mark in printed], "layout": layout}
    title = ngettext("%(num)d use mark", "%(num)d use marks", len(printed))
    return enqueue("inspections.marks", stated, by=who, title=title, locale=str(get_locale())).id


@pages.post("/use-marks/<uuid:equipment_id>/<uuid:mark_id>/again")
@web.allows(Action.CREATE, Thing.INSPECTION)
def again(equipment_id: UUID, mark_id: UUID) -> web.Answer:
    """Lost or spoilt: another one, with a number of its own."""
    who, form = web.viewer(), MarkGoneForm()
    with transaction():
        mark = marks.mark_at(who, equipment_id, mark_id)
        checked(form)
        fresh = marks.print_again(mark, MarkState(form.state.data), form.reason.data, by=who)
        task = _file([fresh], form.layout.data, who)
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task))
