"""`/experts` (专家库): the list with its filters, and the page of one expert. Bureau only."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.accidents.experts import ExpertDraft, change_expert, enter_expert
from equipment.accidents.forms import ExpertForm, category_options
from equipment.accidents.listing import CATEGORY_WORDS
from equipment.accidents.models import Expert
from equipment.accidents.queries import EXPERT_SORTS, experts
from equipment.core import clock
from equipment.core.months import add_months
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, may
from equipment.people.scope import seen
from equipment.web.forms import submitted
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("experts", __name__)
FIELDS = ("name", "field", "title", "categories", "employer", "phone", "valid_until", "remark")
USUAL_MONTHS = 36


@pages.route("/experts", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.EXPERT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("experts.export", filters, by=who, title=gettext("Experts")):
        return taken
    return render_template(
        "accidents/experts.html",
        page=paginate(experts(who, filters), EXPERT_SORTS, default="name"),
        args=filters,
        categories=category_options(),
        category_words=CATEGORY_WORDS,
        states=[("ended", gettext("No longer on the list")), ("all", gettext("All of them"))],
        areas={area.code: area.name for area in areas_below("")},
        may_enter=may(who, Action.CREATE, Thing.EXPERT),
        own_area=who.area,
    )


def _draft(form: ExpertForm) -> ExpertDraft:
    return ExpertDraft(**{name: form[name].data for name in FIELDS})


@pages.route("/experts/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.EXPERT)
def new() -> web.Answer:
    who = web.viewer()
    form = ExpertForm(data={"valid_until": add_months(clock.today(), USUAL_MONTHS)})
    if submitted(form, lambda: enter_expert(_draft(form), by=who)) is not None:
        flash(gettext("The expert is on the list."), "success")
        return redirect(url_for("experts.index"))
    page = render_template("accidents/expert.html", form=form, expert=None)
    return (page, form.http_status) if form.errors else page


@pages.route("/experts/<uuid:expert_id>", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.EXPERT)
def change(expert_id: UUID) -> web.Answer:
    who = web.viewer()
    expert = seen(who, Expert, expert_id)
    form = ExpertForm(data={name: getattr(expert, name) for name in FIELDS})
    if submitted(form, lambda: change_expert(seen(who, Expert, expert_id), _draft(form), by=who)) is not None:
        flash(gettext("Recorded."), "success")
        return redirect(url_for("experts.index"))
    page = render_template("accidents/expert.html", form=form, expert=expert)
    return (page, form.http_status) if form.errors else page
