"""What is done about a record: disputed, decided, taken back, corrected, printed."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.errors import Invalid
from equipment.core.months import month_text
from equipment.core.words import N_
from equipment.maintenance import actions, disputes, records
from equipment.maintenance.forms import DisputeDecisionForm, MonthRecordsForm, ReasonForm, VisitCorrectionForm
from equipment.maintenance.listing import lift_name, listed_visits, organisation_names
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import disputed_visits, visit_at
from equipment.maintenance.record_facts import MonthOf, month_visits
from equipment.maintenance.voiding import take_back
from equipment.people.rules import Action, Thing, Viewer
from equipment.register.queries import piece
from equipment.storage.db import in_transaction, session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.models import Task
from equipment.tasks.queries import wait_for
from equipment.tasks.rules import TaskState, lane_of
from equipment.web.forms import checked
from equipment.web.pages import counted, paginate

pages = Blueprint("visit_records", __name__)


class VisitStep(Protocol):
    """What needs nothing but a reason."""

    def __call__(self, visit: Visit, reason: str, /, *, by: Viewer) -> None: ...


STEPS: dict[str, VisitStep] = {"dispute": disputes.dispute, "reply": disputes.reply, "void": take_back}


def back_to(visit: Visit) -> web.Answer:
    """To the record after a step."""
    return redirect(url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.id, view="record"))


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/withdraw")
@web.allows(Action.APPROVE, Thing.VISIT)
def withdraw(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who = web.viewer()
    in_transaction(lambda: disputes.withdraw(visit_at(who, equipment_id, visit_id), by=who))
    flash(gettext("The dispute is withdrawn."), "success")
    return back_to(visit_at(who, equipment_id, visit_id))


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/decide")
@web.allows(Action.APPROVE, Thing.HAZARD)
def decide(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The county office decides a dispute."""
    who, form = web.viewer(), DisputeDecisionForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        if form.stands.data not in ("1", "0"):
            raise Invalid({"stands": N_("Choose whether the visit counts.")})
        disputes.decide(visit, form.stands.data == "1", form.reason.data, by=who)
    return back_to(visit)


@pages.get("/visits/disputes")
@web.allows(Action.SEE, Thing.VISIT)
def disputed() -> web.Answer:
    """The disputed visits of the viewer, the longest undecided first."""
    who = web.viewer()
    sorts = {"until": (Visit.decide_until, Visit.id)}
    page = paginate(disputed_visits(who), sorts, default="until")
    page.rows[:] = listed_visits(who, page.rows)
    return render_template("maintenance/disputes.html", page=page)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/<any(dispute, reply, void):step>")
@web.allows(Action.SEE, Thing.VISIT)
def say(equipment_id: UUID, visit_id: UUID, step: str) -> web.Answer:
    """What needs nothing but a reason: the use unit disputes, the firm replies or takes the visit back."""
    who, form = web.viewer(), ReasonForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        STEPS[step](visit, form.reason.data, by=who)
    return back_to(visit)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/items/<code>/take-back")
@web.allows(Action.APPROVE, Thing.VISIT)
def take_answer_back(equipment_id: UUID, visit_id: UUID, code: str) -> web.Answer:
    """The manager takes an 异常 back on which two of his people disagree."""
    who, form = web.viewer(), ReasonForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        actions.take_answer_back(visit, code, form.reason.data, by=who)
    return back_to(visit)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/correct")
@web.allows(Action.APPROVE, Thing.VISIT)
def correct(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who, form = web.viewer(), VisitCorrectionForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        correction = records.correct(visit, form.reason.data, by=who, key=form.id.data)
    flash(
        gettext("A new record takes the place of the signed one. Correct it, then have it signed again."),
        "success",
    )
    return redirect(url_for("visits.page", equipment_id=correction.equipment_id, visit_id=correction.id))


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/print")
@web.allows(Action.SEE, Thing.VISIT)
def print_record(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The record as the bureau's paper: shown at once where it is drawn within three seconds."""
    who = web.viewer()
    visit = visit_at(who, equipment_id, visit_id)
    stated = {"equipment": str(equipment_id), "visit": str(visit_id), "sample": web.settings().is_demo}
    name = visit.number or visit.on.isoformat()
    with transaction():
        task = enqueue(
            "visits.record",
            stated,
            by=who,
            title=f"{gettext('Record of lift maintenance')} {name}",
            locale=str(get_locale()),
        )
    return _paper_of(task)


@pages.post("/visits/month")
@web.allows(Action.SEE, Thing.VISIT)
def print_month() -> web.Answer:
    """A month of a lift's records in one file, or those of all lifts of a use unit."""
    who, form = web.viewer(), MonthRecordsForm()
    checked(form)
    of, key = (MonthOf.LIFT, form.lift.data) if form.lift.data else (MonthOf.UNIT, form.unit.data)
    if form.month.data is None or key is None:
        raise Invalid({"month": N_("Choose a month.")})
    number = counted(month_visits(who, of, key, form.month.data))
    if not number:
        raise Invalid({"month": N_("No visits in this month.")})
    name = lift_name(piece(who, key)) if of is MonthOf.LIFT else organisation_names([key]).get(key, "")
    with transaction():
        task = enqueue(
            "visits.month",
            {
                "of": str(of),
                "key": str(key),
                "month": form.month.data.isoformat(),
                "sample": web.settings().is_demo,
            },
            by=who,
            title=f"{gettext('Maintenance records')} {month_text(form.month.data)} {name}",
            locale=str(get_locale()),
            lane=lane_of(number * 4),
        )
    return _paper_of(task)


def _paper_of(task: Task) -> web.Answer:
    """The file itself once it is there, else the page of the work."""
    task_id = task.id
    done = wait_for(task, 3).state == TaskState.DONE
    session.rollback()
    return redirect(url_for("tasks.result" if done else "tasks.task", task_id=task_id))
