"""待核实 as a list of work: what failed of which piece, and many of them settled at once."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.words import N_
from equipment.people.rules import Action, Thing, may
from equipment.register import forms, lists
from equipment.register.models import Equipment
from equipment.register.rules import LIST_MARK
from equipment.register.verifying import VERIFY, doubts, unverified
from equipment.register.views import kind_of, with_amounts
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.queries import wait_for
from equipment.tasks.rules import lane_of
from equipment.web.forms import checked
from equipment.web.language import translate
from equipment.web.pages import arguments, counted, paginate

pages = Blueprint("verifying", __name__, url_prefix="/equipment/unverified")
REASON = N_("Values checked against the paper")


@pages.get("")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def listing() -> web.Answer:
    viewer, filters = web.viewer(), arguments()
    rows_wanted = unverified(viewer, filters)
    page = paginate(rows_wanted, lists.SORTS, default="-entered")
    in_doubt = doubts(viewer, filters)
    kinds = lists.categories_of(viewer)
    options = {
        "doubt": [(text, f"{translate(text)} ({number})") for text, number in in_doubt],
        "category": [(kind.key, translate(kind.label)) for kind in kinds],
        "area": [(area.code, forms.indented(area)) for area in lists.areas_of(viewer)],
    }
    return render_template(
        "register/unverified.html",
        page=with_amounts(page, rows_wanted, Equipment.category),
        options=options,
        kind_of=kind_of,
        cells={
            row.id: [translate(text) for text in row.unverified_reason.split(LIST_MARK) if text]
            for row in page.rows
        },
        organisations=lists.organisation_names(page.rows),
        areas=lists.area_names(row.area for row in page.rows),
        may_change=may(viewer, Action.CHANGE, Thing.EQUIPMENT),
        reason=gettext(REASON),
        most=lists.BULK,
    )


@pages.post("")
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def settle() -> web.Answer:
    """Settle the ticked ones, or all that the filters of the address show, with one reason."""
    viewer, form, filters = web.viewer(), forms.VerifyForm(), arguments()
    checked(form)
    every, ids = form.every.data == "1", form.id.data
    if not every and not ids:
        flash(gettext("Tick the rows first."), "warning")
        return redirect(request.full_path)
    number = counted(unverified(viewer, filters)) if every else len(ids)
    with transaction():
        task = enqueue(
            VERIFY,
            {
                "reason": form.reason.data,
                **({"asked": filters} if every else {"ids": [str(key) for key in ids]}),
            },
            by=viewer,
            title=gettext("Settle what is to be verified"),
            locale=str(get_locale()),
            lane=lane_of(number),
        )
    wait_for(task, 2)
    return redirect(url_for("tasks.task", task_id=task.id))
