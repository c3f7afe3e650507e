"""监督检查 on screen: the records, one of them, the order that follows from it, the year's plan, key units, and
serious hazards to report up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in
from equipment.dues.filters import names_of
from equipment.files.views import handed_out
from equipment.hazards import queries as hazard_queries
from equipment.hazards.models import Hazard
from equipment.orders.models import Order
from equipment.orders.queries import UNITS
from equipment.orders.rules import OrderOrigin, OrderState
from equipment.orders.views import first_form, order_form_page
from equipment.people.models import Organisation
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.people.scope import visible
from equipment.register.lists import organisation_named, organisations
from equipment.register.queries import pieces
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.supervision_numbers import (
    in_force_since,
    key_unit_permille,
    pieces_of_category,
    use_unit_permille,
)
from equipment.seizures.rules import SeizureKind
from equipment.storage.db import session, transaction
from equipment.supervision import actions, queries
from equipment.supervision.forms import KeyUnitForm, PlanForm, ReportUpForm
from equipment.supervision.hooks import proposed_key_units
from equipment.supervision.models import KeyUnit, PlannedCheck, SupervisionCheck
from equipment.supervision.queries import SORTS
from equipment.supervision.rules import CheckKind, Measure, UnitRole
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, show_errors, step_with_reason
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("supervision", __name__)
# what a measure of a record leads on to
SEIZED_AS = {Measure.SEAL: SeizureKind.SEALED, Measure.SEIZE: SeizureKind.DETAINED}
SHOWN = 200  # rows of the plan on one page


@pages.route("/supervision", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CHECK)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported(
        "supervision.checks", {"args": filters}, by=who, title=gettext("Supervision checks")
    ):
        return taken
    page = paginate(queries.checks(who, filters), SORTS, default="-on")
    return render_template(
        "supervision/index.html",
        page=page,
        kinds=labelled(CheckKind),
        areas=area_options(who),
        may_check=who.oversees and may(who, Action.CREATE, Thing.CHECK),
        sections=who.oversees,
        measure_of=Measure,
    )


@pages.get("/supervision/checks/<uuid:organisation_id>/<uuid:check_id>")
@web.allows(Action.SEE, Thing.CHECK)
def show(organisation_id: UUID, check_id: UUID) -> web.Answer:
    """One record with its pieces and problems, and the orders that came of it."""
    who = web.viewer()
    check = queries.check_of(who, organisation_id, check_id)
    findings = queries.findings_of(check)
    orders = visible(who, Order).where(Order.origin_id == check.id, Order.state != OrderState.WITHDRAWN)
    came = session.scalars(orders.order_by(Order.issued_at)).all()
    changes = who.oversees and may(who, Action.CREATE, Thing.CHECK) and check.superseded_by is None
    return render_template(
        "supervision/check.html",
        check=check,
        findings=findings,
        pieces=queries.pieces_of(check),
        orders=came,
        roles=[translate(UnitRole(key).label) for key in check.unit["roles"] if key in set(UnitRole)],
        measures=[Measure(key) for key in check.measures],
        orders_next=changes and bool(findings) and not came,
        seizes_next=[SEIZED_AS[Measure(key)] for key in check.measures if changes and key in SEIZED_AS],
        corrects=changes,
        successor=_beside(check),
        category_names=_category_names(),
    )


def _beside(check: SupervisionCheck) -> SupervisionCheck | None:
    """The record that took the place of this one."""
    if check.superseded_by is None:
        return None
    wanted = visible(SYSTEM, SupervisionCheck).where(
        SupervisionCheck.organisation_id == check.organisation_id, SupervisionCheck.id == check.superseded_by
    )
    return session.scalar(wanted)


def _category_names() -> Mapping[str, str]:
    return {each.key: translate(each.label) for each in CATEGORIES}


@pages.post("/supervision/checks/<uuid:organisation_id>/<uuid:check_id>/paper")
@web.allows(Action.SEE, Thing.CHECK)
def paper(organisation_id: UUID, check_id: UUID) -> web.Answer:
    """检查记录表, drawn by the jobs process."""
    who = web.viewer()
    check = queries.check_of(who, organisation_id, check_id)
    stated = {
        "organisation_id": str(organisation_id),
        "check_id": str(check_id),
        "sample": web.settings().is_demo,
    }
    title = gettext("Record of supervision check %(number)s", number=check.number)
    with transaction():
        task = enqueue("supervision.record", stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


@pages.get("/supervision/checks/<uuid:organisation_id>/<uuid:check_id>/files/<sha256>")
@web.allows(Action.SEE, Thing.CHECK)
def file(organisation_id: UUID, check_id: UUID, sha256: str) -> web.Answer:
    """A drawing or photo of a record."""
    check = queries.check_of(web.viewer(), organisation_id, check_id)
    for photo in check.photos:
        if photo["sha256"] == sha256:
            return handed_out(sha256, photo["media_type"], photo["name"])
    if sha256 in check.signatures.values():
        return handed_out(sha256, "image/png", "signature.png")
    raise NotFound


@pages.get("/supervision/checks/<uuid:organisation_id>/<uuid:check_id>/order")
@web.allows(Action.CREATE, Thing.ORDER)
def order(organisation_id: UUID, check_id: UUID) -> web.Answer:
    """The form of an order with the problems of this record; what was put right on the spot stays out."""
    check = queries.check_of(web.viewer(), organisation_id, check_id)
    unit = session.get_one(Organisation, check.organisation_id)
    rows = [
        {
            "finding": f"{one.equipment_id}.{one.finding_id}" if one.finding_id else "",
            "problem": one.text,
            "rule": one.rule,
            "rule_text": "" if one.rule and one.rule != "other" else one.rule_text,
        }
        for one in queries.findings_of(check)
        if not one.put_right
    ]
    form = first_form(unit, rows, inspectors=check.inspectors, origin=OrderOrigin.CHECK, origin_id=check.id)
    return order_form_page(form, unit)


@pages.route("/supervision/plan", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CHECK)
def plan() -> web.Answer:
    """监督检查计划: the year's shares as the records stand, and the units of each month."""
    who, today = web.viewer(), clock.today()
    if not who.oversees:
        raise NotAllowed
    form = PlanForm()
    if form.validate_on_submit():
        try:
            with transaction():
                number = actions.plan_checks(
                    form.id.data, form.year.data, int(form.month.data), CheckKind(form.kind.data), by=who
                )
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(
                ngettext("%(num)d unit put on the plan.", "%(num)d units put on the plan.", number), "success"
            )
            return redirect(url_for("supervision.plan", year=form.year.data))
    asked = request.args.get("year", type=int) or today.year
    year = min(max(asked, in_force_since().year), today.year + 1)
    shown = queries.year_plan(who, year, min(today, date(year, 12, 31)))
    plans = session.scalars(
        queries.planned(who, year).order_by(PlannedCheck.month, PlannedCheck.id).limit(SHOWN)
    ).all()
    if not form.is_submitted():
        form = PlanForm(formdata=None, year=year, month=str(today.month), kind=CheckKind.ROUTINE)
    on_plan = {one.organisation_id for one in plans}
    offered = [unit for unit in shown.units if unit.id not in shown.checked and unit.id not in on_plan]
    offered.sort(key=lambda unit: (unit.id not in shown.keys, unit.area, unit.name))
    page = render_template(
        "supervision/plan.html",
        year=year,
        today=today,
        plan=shown,
        plans=plans,
        names=names_of([one.organisation_id for one in plans]),
        area_names={area.code: area.name for area in areas_below("")},
        responsible={area.code: area.responsible for area in areas_below("")},
        offered=offered[:SHOWN],
        offered_count=len(offered),
        form=form,
        rules=(use_unit_permille(today), key_unit_permille(today), pieces_of_category(today)),
        category_names=_category_names(),
        unit_names={unit.id: unit.name for unit in shown.units},
    )
    return (page, form.http_status) if form.is_submitted() else page


@pages.post("/supervision/plan/<uuid:organisation_id>/<uuid:plan_id>/drop")
@web.allows(Action.CHANGE, Thing.CHECK)
def drop(organisation_id: UUID, plan_id: UUID) -> web.Answer:
    """Take a unit off the plan."""
    who = web.viewer()
    step_with_reason(
        lambda: _planned(organisation_id, plan_id),
        lambda row, reason: actions.drop_planned(row, reason, by=who),
    )
    flash(gettext("Taken off the plan; the reason stays on file."), "success")
    return redirect(url_for("supervision.plan"))


def _planned(organisation_id: UUID, plan_id: UUID) -> PlannedCheck:
    wanted = visible(web.viewer(), PlannedCheck).where(
        PlannedCheck.organisation_id == organisation_id, PlannedCheck.id == plan_id
    )
    row = session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


@pages.route("/supervision/key-units", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CHECK)
def key_units() -> web.Answer:
    """重点单位名录."""
    who, form = web.viewer(), KeyUnitForm()
    if not who.oversees:
        raise NotAllowed
    if form.validate_on_submit():
        try:
            key = id_in(form.unit.data) or organisation_named(form.unit.data, UNITS)
            unit = session.get(Organisation, key) if key else None
            if unit is None:
                raise Invalid({"unit": gettext("There is no such unit on file.")})
            with transaction():
                actions.name_key_unit(unit, form.reason.data, by=who)
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(gettext("Put on the list of key units."), "success")
            return redirect(url_for("supervision.key_units"))
    rows = session.scalars(
        queries.key_units(who, clock.today()).order_by(KeyUnit.area, KeyUnit.from_on)
    ).all()
    page = render_template(
        "supervision/key_units.html",
        form=form,
        rows=rows,
        names=names_of([row.organisation_id for row in rows]),
        area_names={area.code: area.name for area in areas_below("")},
        units=organisations(UNITS),
        proposed=proposed_key_units(who, clock.today()),
    )
    return (page, form.http_status) if form.is_submitted() else page


@pages.post("/supervision/key-units/<uuid:organisation_id>/<uuid:key_unit_id>/end")
@web.allows(Action.CHANGE, Thing.CHECK)
def end_key_unit(organisation_id: UUID, key_unit_id: UUID) -> web.Answer:
    who = web.viewer()

    def row() -> KeyUnit:
        wanted = visible(who, KeyUnit).where(
            KeyUnit.organisation_id == organisation_id, KeyUnit.id == key_unit_id
        )
        there = session.scalar(wanted)
        if there is None:
            raise NotFound
        return there

    step_with_reason(row, lambda there, reason: actions.end_key_unit(there, reason, by=who))
    flash(gettext("Taken off the list; the reason stays on file."), "success")
    return redirect(url_for("supervision.key_units"))


@pages.route("/supervision/serious", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CHECK)
def serious() -> web.Answer:
    """Serious and major hazards that are open, and whether this office has reported them up."""
    who, form = web.viewer(), ReportUpForm()
    if not who.oversees:
        raise NotAllowed
    if form.validate_on_submit():
        try:
            with transaction():
                for equipment_id, hazard_id in form.id.data:
                    hazard = hazard_queries.hazard(who, equipment_id, hazard_id)
                    actions.report_up(
                        hazard, form.to_name.data, form.how.data or "", form.note.data or "", by=who
                    )
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(gettext("Noted who was told, and when."), "success")
            return redirect(url_for("supervision.serious"))
    page = paginate(
        queries.grave_hazards(who),
        {"found": (Hazard.found_on, Hazard.id), "due": (Hazard.due_on, Hazard.id)},
        default="-found",
    )
    shown = render_template(
        "supervision/serious.html",
        page=page,
        form=form,
        reports=queries.reports_of(page.rows),
        own=who.area[: queries.COUNTY],
        pieces={one.id: one for one in pieces(SYSTEM, [row.equipment_id for row in page.rows])},
        names=names_of([row.responsible_id for row in page.rows]),
    )
    return (shown, form.http_status) if form.is_submitted() else shown
