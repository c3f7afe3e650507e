"""托管 on screen: offered by the owner of bottles, answered by the station, ended by either."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from equipment import web
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills import custody
from equipment.fills.models import Custody
from equipment.fills.states import CustodyState
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import names_of, organisation_named, organisations
from equipment.regulation.queries import custody_allowed
from equipment.storage.db import session, transaction
from equipment.web.forms import (
    AtMost,
    DayField,
    Form,
    IdField,
    needed_day,
    step_with_reason,
    stripped,
    submitted,
)
from equipment.web.pages import paginate

pages = Blueprint("custody", __name__)
KEEPERS = (OrganisationKind.STATION,)
ENDS = {"decline": CustodyState.DECLINED, "end": CustodyState.ENDED}


class CustodyForm(Form):
    custody_id = IdField()
    to = StringField(_l("Station (name on file)"), [AtMost(100)], default="", filters=[stripped])
    from_on = DayField(_l("From"), [needed_day])
    until_on = DayField(_l("Until, the last day"), [needed_day])
    note = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])


@pages.get("/custody")
@web.allows(Action.SEE, Thing.OWNERSHIP)
def index() -> web.Answer:
    who, today = web.viewer(), clock.today()
    sorts = {"from": (Custody.from_on, Custody.id)}
    page = paginate(visible(who, Custody), sorts, default="-from")
    running = custody.running(today).where(Custody.id.in_([row.id for row in page.rows]))
    return render_template(
        "fills/custody.html",
        page=page,
        is_allowed=custody_allowed(today),
        running=set(session.scalars(running.with_only_columns(Custody.id))),
        names=names_of({key for row in page.rows for key in (row.organisation_id, row.to_id)}),
        may_offer=may(who, Action.CREATE, Thing.OWNERSHIP) and custody_allowed(today),
        may_answer=may(who, Action.APPROVE, Thing.OWNERSHIP),
        own_id=who.organisation_id,
    )


@pages.route("/custody/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.OWNERSHIP)
def new() -> web.Answer:
    """To which station, from when until when."""
    who, is_sent = web.viewer(), request.method == "POST"
    form = CustodyForm() if is_sent else CustodyForm(formdata=None)
    if is_sent and submitted(form, lambda: _offered(form, who)) is not None:
        flash(gettext("Offered: it holds once the station has agreed."), "success")
        return redirect(url_for("custody.index"))
    form.custody_id.data = form.custody_id.data or new_id()
    page = render_template(
        "fills/custody_new.html",
        form=form,
        is_allowed=custody_allowed(clock.today()),
        stations=organisations(KEEPERS),
    )
    return (page, form.http_status) if is_sent else page


def _offered(form: CustodyForm, who: Viewer) -> Custody:
    to_id = organisation_named(form.to.data, KEEPERS)
    days = (form.from_on.data, form.until_on.data)
    return custody.offer(form.custody_id.data or new_id(), to_id, days, form.note.data, by=who)


@pages.post("/custody/<uuid:custody_id>/agree")
@web.allows(Action.APPROVE, Thing.OWNERSHIP)
def agree(custody_id: UUID) -> web.Answer:
    who = web.viewer()
    with transaction():
        custody.answer(custody.custody_of(custody_id, by=who), CustodyState.AGREED, by=who)
    flash(gettext("Agreed: the station may fill these bottles from the first day on."), "success")
    return redirect(url_for("custody.index"))


@pages.post("/custody/<uuid:custody_id>/<any(decline, end):step>")
@web.allows(Action.APPROVE, Thing.OWNERSHIP)
def end(custody_id: UUID, step: str) -> web.Answer:
    who, to = web.viewer(), ENDS[step]
    step_with_reason(
        lambda: custody.custody_of(custody_id, by=who),
        lambda row, reason: custody.answer(row, to, reason, by=who),
    )
    flash(gettext("Noted: from now on the station fills them no more."), "success")
    return redirect(url_for("custody.index"))
