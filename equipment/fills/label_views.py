"""合格证: the labels of a day, by bay, printed or confirmed in a batch or one by one; the station's setting."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_
from equipment.fills import labelling, queries
from equipment.fills.label_rules import LabelLayout, LabelMode
from equipment.fills.models import Fill
from equipment.fills.page_forms import LabelSettingForm, LabelsForm
from equipment.people.rules import Action, OrganisationKind, Role, Thing
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.models import Task
from equipment.tasks.queries import wait_for
from equipment.web.forms import checked, submitted
from equipment.web.pages import arguments, page_url, paginate

pages = Blueprint("fill_labels", __name__, url_prefix="/fills/labels")
NOT_SET = N_("Say first where the labels of this station come from.")
SORTS = {"at": (Fill.received_at, Fill.id)}


def _here() -> labelling.LabelPlan | None:
    """The plan of the viewer's own station."""
    who = web.viewer()
    if who.organisation_kind != OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station labels its fills."))
    return labelling.label_plan(who)


@pages.get("")
@web.allows(Action.CHANGE, Thing.FILL)
def listing() -> web.Answer:
    who, args, plan = web.viewer(), arguments(), _here()
    page = paginate(labelling.filled(who, args), SORTS, default="at")
    return render_template(
        "fills/labels.html",
        page=page,
        args=args,
        day=day_in(args.get("on", "")) or clock.today(),
        plan=plan,
        preprinted=plan is not None and plan.mode is LabelMode.PREPRINTED,
        labels=labelling.labels_of(who, page.rows),
        pieces=queries.cylinders_of(page.rows),
        bays=[(bay.bay, bay.bay) for bay in queries.bays_of(who)],
        may_set=Role.STATION_OWNER in who.roles,
    )


@pages.post("")
@web.allows(Action.CHANGE, Thing.FILL)
def label_many() -> web.Answer:
    """The ticked bottles, or all that the filters show: printed, or their numbers confirmed."""
    form, plan, who = LabelsForm(), _here(), web.viewer()
    if plan is None:
        raise Invalid({"": NOT_SET})
    checked(form)
    with transaction():
        filters = arguments()
        if plan.mode is LabelMode.PREPRINTED and not form.id.data:
            filters["label"] = "no"  # whoever has a number keeps it
        wanted = labelling.filled(who, filters)
        if form.id.data:
            wanted = wanted.where(Fill.id.in_(form.id.data))
        fills = session.scalars(wanted.order_by(Fill.received_at, Fill.id).limit(labelling.MOST)).all()
        if not fills:
            raise Invalid({"id": N_("Choose at least one bottle.")})
        if plan.mode is LabelMode.PREPRINTED:
            labels = labelling.stick_range(fills, form.first.data or plan.next_number, by=who)
            numbers = {"first": labels[0].number, "last": labels[-1].number}
            done = ngettext(
                "%(num)s label is on record: %(first)s.",
                "%(num)s labels are on record: %(first)s to %(last)s.",
                len(labels),
                **numbers,
            )
            task = None
        else:
            task = _printed(fills, plan.layout)
    if task is None:
        flash(done, "success")
        return redirect(page_url())
    wait_for(task, 3)
    return redirect(url_for("tasks.task", task_id=task.id))


def _printed(fills: Sequence[Fill], layout: LabelLayout) -> Task:
    """In line for the jobs process; each label is on record as printed."""
    for fill in fills:
        labelling.note_printed(fill, by=web.viewer())
    return enqueue(
        "fills.labels",
        {"fills": [str(fill.id) for fill in fills], "layout": str(layout)},
        by=web.viewer(),
        title=gettext("Fill labels %(day)s", day=fills[0].on.isoformat()),
        locale=str(get_locale()),
    )


@pages.post("/<uuid:equipment_id>/<uuid:fill_id>")
@web.allows(Action.CHANGE, Thing.FILL)
def label_one(equipment_id: UUID, fill_id: UUID) -> web.Answer:
    """One tap after the check: the label of this bottle as a file to print."""
    plan = _here()
    with transaction():
        fill = queries.fill(web.viewer(), equipment_id, fill_id)
        if fill.organisation_id != web.viewer().organisation_id:
            raise NotAllowed
        task = _printed([fill], plan.layout if plan else LabelLayout.ROLL)
    ended = wait_for(task, 8)
    place = "tasks.result" if ended.file_sha256 else "tasks.task"
    return redirect(url_for(place, task_id=task.id))


@pages.route("/setting", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.ORGANISATION)
def setting() -> web.Answer:
    """Printed here, or preprinted with numbers; a new roll begins here too."""
    plan = _here()
    form = LabelSettingForm(
        mode=plan.mode if plan else LabelMode.PRINTED,
        layout=plan.layout if plan else LabelLayout.ROLL,
        first_number=plan.next_number if plan else "",
    )

    def set_up() -> object:
        mode, layout = LabelMode(form.mode.data), LabelLayout(form.layout.data)
        return labelling.set_up_labels(mode, layout, form.first_number.data or "", by=web.viewer())

    if submitted(form, set_up):
        flash(gettext("The floor page offers the label after each passed check."), "success")
        return redirect(url_for("fill_labels.listing"))
    page = render_template("fills/label_setting.html", form=form)
    return (page, form.http_status) if form.is_submitted() else page
