"""报检单 on screen: the unit chooses many pieces at once, the body decides row by row or site by site, and the
days of its inspectors in visiting order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid, NotFound
from equipment.core.geo import GeoPoint, stated_position
from equipment.core.ids import id_in
from equipment.core.visiting import VisitingOrder, arranged
from equipment.core.words import N_
from equipment.dues import joint as joint_actions
from equipment.dues.applications import PENDING
from equipment.dues.filters import DueRow, names_of
from equipment.dues.forms import JointForm, RowsForm, WithdrawRowsForm
from equipment.dues.joint import AHEAD, DecidedRows
from equipment.dues.models import Application, JointApplication
from equipment.dues.rules import ApplicationState
from equipment.dues.visiting import people_called, planned
from equipment.people.queries import people_with
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.register.queries import pieces
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("joint", __name__)
SORTS = {
    "made": (JointApplication.made_at, JointApplication.id),
    "number": (JointApplication.number, JointApplication.id),
}
PLAN_DAYS = (1, 7, 14, 30)
MOST = 500  # arranged inspections on one page of the plan


@dataclass(frozen=True, slots=True)
class JointRow:
    """One 报检单 as its list shows it."""

    record: JointApplication
    unit: str
    body: str
    counts: Counter[ApplicationState]

    @property
    def id(self) -> UUID:
        return self.record.id


@pages.route("/applications/joint", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.APPLICATION)
def index() -> web.Answer:
    who, args = web.viewer(), arguments()
    if taken := exported("dues.joint.export", args, by=who, title=gettext("Joint applications")):
        return taken
    page = paginate(joint_actions.joint_applications(who, args.get("state", "")), SORTS, default="-made")
    return render_template(
        "dues/joint_index.html",
        page=replace(page, rows=joint_rows(page.rows)),
        states=labelled(ApplicationState),
        may_apply=may_apply(who),
    )


def joint_rows(records: list[JointApplication]) -> list[JointRow]:
    counts = joint_actions.counts_of(records)
    names = names_of({party for row in records for party in (row.organisation_id, row.to_id)})
    return [
        JointRow(row, names.get(row.organisation_id, ""), names.get(row.to_id, ""), counts[row.id])
        for row in records
    ]


def may_apply(viewer: Viewer) -> bool:
    return may(viewer, Action.CREATE, Thing.APPLICATION) and viewer.organisation_kind in (
        OrganisationKind.USE_UNIT,
        OrganisationKind.STATION,
    )


@pages.route("/applications/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.APPLICATION)
def new() -> web.Answer:
    """What is due in so many days, by site, all ticked: one tap sends it to the body, or one to each."""
    who, form = web.viewer(), JointForm()
    days = int(request.args.get("days", "60")) if request.args.get("days", "60").isdecimal() else 60
    days = days if days in AHEAD else 60

    def send() -> joint_actions.AppliedJointly:
        return joint_actions.apply_jointly(
            pieces(who, form.id.data), by=who, wish_on=form.wish_on.data, note=form.note.data or ""
        )

    came = submitted(form, send) if request.method == "POST" else None
    if came is not None:
        for joint in came.joint:
            text = ngettext(
                "%(number)s: applied for %(num)d piece.",
                "%(number)s: applied for %(num)d pieces.",
                joint.pieces,
                number=joint.number,
            )
            flash(text, "success")
        _say_skipped(came.skipped)
        if len(came.joint) == 1:
            return redirect(url_for("joint.show", joint_id=came.joint[0].id))
        return redirect(url_for("joint.index"))
    due = joint_actions.to_apply_for(who, days)
    sites: dict[str, list[DueRow]] = {}
    for row in due:
        sites.setdefault(row.equipment.address or row.unit, []).append(row)
    page = render_template(
        "dues/joint_new.html", form=form, sites=sites, days=days, windows=AHEAD, number=len(due)
    )
    return (page, form.http_status) if request.method == "POST" else page


def _say_skipped(skipped: Counter[str]) -> None:
    for reason, count in skipped.items():
        text = ngettext(
            "%(num)d piece left out: %(reason)s",
            "%(num)d pieces left out: %(reason)s",
            count,
            reason=translate(reason),
        )
        flash(text, "warning")


@pages.get("/applications/joint/<uuid:joint_id>")
@web.allows(Action.SEE, Thing.APPLICATION)
def show(joint_id: UUID) -> web.Answer:
    who = web.viewer()
    return joint_page(who, joint_actions.joint_application(who, joint_id), RowsForm(formdata=None))


def joint_page(who: Viewer, joint: JointApplication, form: RowsForm) -> str:
    rows = planned(who, joint_actions.rows_of(joint))
    order = chosen_order(VisitingOrder.SITE)
    is_body = who.organisation_id == joint.to_id and may(who, Action.APPROVE, Thing.APPLICATION)
    if is_body:
        form.inspector.choices = inspectors_of(who)
    names = names_of({joint.organisation_id, joint.to_id})
    return render_template(
        "dues/joint_show.html",
        joint=joint,
        groups=arranged(rows, order, here()),
        order=order,
        orders=[order for order in VisitingOrder if order is not VisitingOrder.URGENCY],
        counts=Counter(row.record.state for row in rows),
        unit=names.get(joint.organisation_id, ""),
        body=names.get(joint.to_id, ""),
        maker=people_called({joint.made_by}).get(joint.made_by, ""),
        is_body=is_body,
        is_unit=who.organisation_id == joint.organisation_id,
        pending=PENDING,
        form=form,
    )


def chosen_order(default: VisitingOrder) -> VisitingOrder:
    wanted = request.args.get("order", "")
    return VisitingOrder(wanted) if wanted in set(VisitingOrder) else default


def here() -> GeoPoint | None:
    """Where the address says that the phone is."""
    position = stated_position(request.args.get("lat"), request.args.get("lon"))
    return position.point if position is not None and position.point.is_on_earth else None


def inspectors_of(viewer: Viewer) -> list[tuple[str, str]]:
    assert viewer.organisation_id is not None
    people = people_with(viewer.organisation_id, Role.INSPECTOR)
    return [("", gettext("Not settled yet")), *((str(user.id), user.name) for user in people)]


@pages.post("/applications/joint/<uuid:joint_id>/<any(plan, refuse):step>")
@web.allows(Action.APPROVE, Thing.APPLICATION)
def decide(joint_id: UUID, step: str) -> web.Answer:
    """The body's answer to the ticked rows."""
    who, form = web.viewer(), RowsForm()
    joint = joint_actions.joint_application(who, joint_id)
    if joint.to_id != who.organisation_id:
        raise NotFound
    form.inspector.choices = inspectors_of(who)

    def take() -> DecidedRows:
        rows = _ticked(joint, form.id.data)
        if step == "refuse":
            return joint_actions.refuse_rows(rows, form.reason.data or "", by=who)
        if form.planned_on.data is None:
            raise Invalid({"planned_on": N_("Enter a day.")})
        return joint_actions.plan_rows(
            rows,
            form.planned_on.data,
            by=who,
            inspector_id=id_in(form.inspector.data or ""),
            reason=form.reason.data or "",
        )

    came = submitted(form, take)
    if came is None:
        return joint_page(who, joint, form), form.http_status
    if came.count:
        text = (
            ngettext("%(num)d piece not accepted.", "%(num)d pieces not accepted.", came.count)
            if step == "refuse"
            else ngettext("%(num)d piece arranged.", "%(num)d pieces arranged.", came.count)
        )
        flash(text, "success")
    _say_skipped(came.skipped)
    return redirect(url_for("joint.show", joint_id=joint_id))


def _ticked(joint: JointApplication, ids: list[UUID]) -> list[Application]:
    chosen = set(ids)
    return [row for row in joint_actions.rows_of(joint) if row.id in chosen]


@pages.post("/applications/joint/<uuid:joint_id>/withdraw")
@web.allows(Action.CHANGE, Thing.APPLICATION)
def withdraw(joint_id: UUID) -> web.Answer:
    """The unit takes the ticked rows back."""
    who, form = web.viewer(), WithdrawRowsForm()
    joint = joint_actions.joint_application(who, joint_id)
    if joint.organisation_id != who.organisation_id:
        raise NotFound
    checked(form)
    with transaction():
        came = joint_actions.withdraw_rows(_ticked(joint, form.id.data), by=who)
    if came.count:
        flash(ngettext("%(num)d piece withdrawn.", "%(num)d pieces withdrawn.", came.count), "success")
    _say_skipped(came.skipped)
    return redirect(url_for("joint.show", joint_id=joint_id))


@pages.post("/applications/joint/<uuid:joint_id>/print")
@web.allows(Action.SEE, Thing.APPLICATION)
def draw(joint_id: UUID) -> web.Answer:
    """报检单 on paper, drawn by the jobs process."""
    who = web.viewer()
    joint = joint_actions.joint_application(who, joint_id)
    title = gettext("Joint application %(number)s", number=joint.number)
    return _print("dues.joint_paper", {"joint_id": str(joint.id)}, who, title)


def _print(kind: str, stated: dict[str, object], who: Viewer, title: str) -> web.Answer:
    with transaction():
        task = enqueue(
            kind, {**stated, "sample": web.settings().is_demo}, by=who, title=title, locale=str(get_locale())
        )
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


@dataclass(frozen=True, slots=True)
class PlanWindow:
    """Which arranged inspections the plan shows: from a day on, for so many, of one inspector or all."""

    since: date
    days: int
    inspector: UUID | None

    @property
    def until(self) -> date:
        return self.since + timedelta(days=self.days - 1)


def plan_window(viewer: Viewer) -> PlanWindow:
    args = request.args
    since = day_in(args.get("since", "")) or clock.today()
    days = int(args.get("days", "7")) if args.get("days", "7").isdecimal() else 7
    own = viewer.user_id if Role.INSPECTOR in viewer.roles and args.get("whose", "mine") == "mine" else None
    return PlanWindow(since, days if days in PLAN_DAYS else 7, own)


@pages.get("/applications/plan")
@web.allows(Action.APPROVE, Thing.APPLICATION)
def plan() -> web.Answer:
    """The inspections of the days ahead, day by day, each in the order in which one goes."""
    who, window = web.viewer(), plan_window(web.viewer())
    chosen = joint_actions.planned_visits(who, window.since, window.until, window.inspector)
    rows = planned(who, session.scalars(chosen.order_by(Application.planned_on).limit(MOST)).all())
    order = chosen_order(VisitingOrder.SITE)
    days = sorted({row.record.planned_on for row in rows if row.record.planned_on is not None})
    return render_template(
        "dues/plan.html",
        days=[
            (day, arranged([row for row in rows if row.record.planned_on == day], order, here()))
            for day in days
        ],
        number=len(rows),
        window=window,
        windows=PLAN_DAYS,
        order=order,
        orders=[order for order in VisitingOrder if order is not VisitingOrder.URGENCY],
    )


@pages.post("/applications/plan/print")
@web.allows(Action.APPROVE, Thing.APPLICATION)
def draw_plan() -> web.Answer:
    """The days ahead on paper, in the order that the page shows."""
    who, window = web.viewer(), plan_window(web.viewer())
    stated: dict[str, object] = {
        "since": window.since.isoformat(),
        "days": window.days,
        "inspector": str(window.inspector or ""),
        "order": str(chosen_order(VisitingOrder.SITE)),
    }
    return _print("dues.plan_paper", stated, who, gettext("Inspections from %(day)s", day=stated["since"]))
