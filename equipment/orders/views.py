"""Orders on screen: the list, one with its problems and steps, a new one, and who issues them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_, Message
from equipment.files.views import handed_out
from equipment.hazards import queries as hazard_queries
from equipment.hazards.listing import clause_of
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, HazardState
from equipment.insurance.rules import yuan
from equipment.orders import actions, queries
from equipment.orders.actions import OrderDraft, ProblemDraft
from equipment.orders.forms import (
    INSPECTORS,
    CaseResultForm,
    IssuingOfficeForm,
    OrderAnswersForm,
    OrderExtendForm,
    OrderForm,
    OrderRecheckForm,
    ProblemForm,
    ServeForm,
    TransferCaseForm,
    with_rules,
)
from equipment.orders.listing import hazard_rule_text, steps_of
from equipment.orders.models import InspectorOfOrder, Order, OrderFile
from equipment.orders.queries import OPEN, SORTS, UNITS
from equipment.orders.rules import RESULT_CHANGES, RUNNING, OrderOrigin, OrderState, OrderUrgency
from equipment.people.models import Organisation
from equipment.people.queries import area_path, people_with
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.people.scope import seen, visible
from equipment.register.codes import parse
from equipment.register.lists import organisations
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.regulation.supervision_numbers import usual_days, working_day_from
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import Form, show_errors, submitted
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("orders", __name__)
OVERDUE_RULE = "law_40"  # what use without an inspection in time breaks
BLANKS = 2  # empty rows for more problems
STATES = [(OPEN, N_("Still running")), *((str(state), state.label) for state in OrderState)]


@pages.route("/orders", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.ORDER)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("orders.list", {"args": filters}, by=who, title=gettext("Supervision orders")):
        return taken
    page = paginate(queries.orders(who, filters), SORTS, default="-issued")
    return render_template(
        "orders/index.html",
        page=page,
        states=[(key, gettext(label)) for key, label in STATES],
        areas=area_options(who),
        may_issue=may(who, Action.CREATE, Thing.ORDER),
    )


@pages.get("/orders/<uuid:organisation_id>/<uuid:order_id>")
@web.allows(Action.SEE, Thing.ORDER)
def show(organisation_id: UUID, order_id: UUID) -> web.Answer:
    return order_page(queries.order_of(web.viewer(), organisation_id, order_id))


def order_page(order: Order, **forms: Form) -> str:
    """One order with its story and what can be done now; `forms` are those that were refused."""
    who, problems = web.viewer(), queries.problems_of(order)
    oversees = who.oversees and may(who, Action.CHANGE, Thing.ORDER)
    runs = order.state in RUNNING
    waiting = [row for row in problems if not (row.stand.is_answered or row.stand.is_right)]
    answered = [row for row in problems if row.stand.is_answered and not row.stand.is_right]
    transfers = queries.transfers_of(order)
    shown = {
        "serve": ServeForm(formdata=None, on=clock.today()),
        "answer": OrderAnswersForm(formdata=None, answers=[{"no": row.item.no} for row in waiting]),
        "recheck": OrderRecheckForm(formdata=None, answers=[{"no": row.item.no} for row in answered]),
        "extend": OrderExtendForm(formdata=None),
        "transfer": TransferCaseForm(formdata=None),
        "result": CaseResultForm(formdata=None, on=clock.today()),
    } | forms
    return render_template(
        "orders/order.html",
        order=order,
        problems=problems,
        right_state=OrderState.CLOSED,
        answered_state=OrderState.ANSWERED,
        open_state=OrderState.ISSUED,
        by_no={row.item.no: row for row in problems},
        files=queries.files_of(order),
        steps=steps_of(order),
        extensions=queries.extensions_of(order),
        transfers=transfers,
        yuan=yuan,
        unanswered=len(waiting) if runs and len(waiting) < len(problems) else 0,
        answers=runs and bool(waiting) and may(who, Action.CHANGE, Thing.ORDER),
        rechecks=runs and bool(answered) and oversees,
        serves=oversees and order.service_way is None and order.state is not OrderState.WITHDRAWN,
        extends=oversees and order.state in (OrderState.ISSUED, OrderState.OVERDUE),
        hands_on=oversees and runs and order.state is not OrderState.TRANSFERRED,
        withdraws=oversees and runs,
        tells_result=oversees and bool(transfers) and bool(RESULT_CHANGES[transfers[-1].result]),
        behalf=who.oversees,
        form=shown,
        refused=set(forms),
    )


@pages.post("/orders/<uuid:organisation_id>/<uuid:order_id>/paper")
@web.allows(Action.SEE, Thing.ORDER)
def paper(organisation_id: UUID, order_id: UUID) -> web.Answer:
    """The order as a paper, or with `whole` the file of the case: drawn by the jobs process."""
    who = web.viewer()
    order = queries.order_of(who, organisation_id, order_id)
    whole = bool(request.args.get("whole"))
    if whole and not who.oversees:
        raise NotFound
    stated = {
        "organisation_id": str(organisation_id),
        "order_id": str(order_id),
        "sample": web.settings().is_demo,
    }
    title = gettext("File of order %(number)s", number=order.number) if whole else order.number
    with transaction():
        kind = "orders.case_file" if whole else "orders.paper"
        task = enqueue(kind, stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


@pages.get("/orders/files/<uuid:organisation_id>/<uuid:file_id>")
@web.allows(Action.SEE, Thing.ORDER)
def file(organisation_id: UUID, file_id: UUID) -> web.Answer:
    """A document of an order, for whoever sees the order."""
    wanted = visible(web.viewer(), OrderFile).where(
        OrderFile.organisation_id == organisation_id, OrderFile.id == file_id
    )
    document = session.scalar(wanted)
    if document is None:
        raise NotFound
    return handed_out(document.sha256, document.media_type, document.name)


@pages.route("/orders/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.ORDER)
def new() -> web.Answer:
    """A unit first, by name or by the hazards that were ticked; then its problems."""
    who, on = web.viewer(), clock.today()
    form = OrderForm()
    hazards = _ticked(who)
    typed = str(form.unit.data or request.values.get("unit", "").strip())
    search = queries.search_units(who, typed)
    unit = search.only or _unit_of(hazards, who)
    if unit is None:
        return render_template("orders/unit.html", typed=typed, search=search, units=organisations(UNITS))
    if not form.is_submitted():
        origin = OrderOrigin.WALK if request.args.get("from") == OrderOrigin.WALK else OrderOrigin.DESK
        rows = [_hazard_row(hazard) for hazard in hazards]
        form = first_form(unit, rows, due_on=_first_due(hazards), origin=origin)
    elif request.args.get("more"):
        _more_rows(form)
        return order_form_page(form, unit)
    order = submitted(with_rules(form, on), lambda: actions.issue(_draft(form, unit, who), by=who))
    if order is not None:
        text = gettext(
            "%(number)s is issued. Print it, have it signed, and say so here.", number=order.number
        )
        flash(text, "success")
        return redirect(url_for("orders.show", organisation_id=order.organisation_id, order_id=order.id))
    return order_form_page(form, unit)


def order_form_page(form: OrderForm, unit: Organisation) -> web.Answer:
    """The form of a new order, as it is filled."""
    page = render_template(
        "orders/form.html",
        form=with_rules(form, clock.today()),
        unit=unit,
        office=queries.issuer_for(web.viewer().area),
        colleagues=_colleagues(),
    )
    return (page, form.http_status) if form.is_submitted() and form.errors else page


def _colleagues() -> list[str]:
    """Whom the inspectors' boxes offer: the bureau's own people."""
    mine = web.viewer().organisation_id
    return [person.name for person in people_with(mine, Role.SUPERVISOR)] if mine else []


def first_form(
    unit: Organisation,
    rows: Sequence[Mapping[str, object]],
    *,
    due_on: date | None = None,
    inspectors: Sequence[InspectorOfOrder] = (),
    origin: OrderOrigin = OrderOrigin.DESK,
    origin_id: UUID | None = None,
) -> OrderForm:
    """A new order for a unit with problems that are known, and rows for more."""
    on = clock.today()
    last_day = due_on or on + timedelta(days=usual_days(on))
    people = [dict(person) for person in inspectors] or [{"name": current_user.name}]
    blanks: list[Mapping[str, object]] = [{} for _row in range(BLANKS if rows else BLANKS + 1)]
    return OrderForm(
        formdata=None,
        unit=unit.id,
        origin=origin,
        origin_id=origin_id,
        issued_on=on,
        due_on=working_day_from(max(on, last_day)),
        urgency=OrderUrgency.BY_DAY,
        problems=[*rows, *blanks],
        inspectors=[*people, {}, {}][:INSPECTORS],
    )


def _hazard_row(hazard: Hazard) -> dict[str, object]:
    rule_text = hazard_rule_text(hazard, clause_of(hazard))
    rule = OVERDUE_RULE if hazard.source is FindingSource.WALK else ""
    return {"hazard": hazard.id, "problem": hazard.description, "rule": rule, "rule_text": rule_text}


def _first_due(hazards: Sequence[Hazard]) -> date | None:
    return min((hazard.due_on for hazard in hazards), default=None)


def _more_rows(form: OrderForm) -> None:
    for _row in range(BLANKS):
        if len(form.problems) < form.problems.max_entries:
            form.problems.append_entry()


def _ticked(who: Viewer) -> list[Hazard]:
    """The hazards that a list or page named, of those that still wait for their unit."""
    keys = [text.split(".") for text in request.args.getlist("hazard")[:40]]
    pairs = [(id_in(pair[0]), id_in(pair[1])) for pair in keys if len(pair) == 2]
    named = [
        hazard_queries.hazard(who, piece, key)
        for piece, key in pairs
        if piece is not None and key is not None
    ]
    return [hazard for hazard in named if hazard.state is HazardState.OPEN]


def _unit_of(hazards: list[Hazard], who: Viewer) -> Organisation | None:
    """Whoever answers for the hazards."""
    responsible = {hazard.responsible_id for hazard in hazards}
    if len(responsible) > 1:
        raise Invalid({"": N_("These hazards are of several units: one order is for one unit.")})
    unit = session.get(Organisation, responsible.pop()) if responsible else None
    return unit if unit is not None and unit.kind in UNITS and actions.is_within(unit, who) else None


def _draft(form: OrderForm, unit: Organisation, who: Viewer) -> OrderDraft:
    rows = [entry.form for entry in form.problems]
    written = [row for row in rows if row.problem.data or row.hazard.data]
    origin = OrderOrigin(form.origin.data) if form.origin.data in set(OrderOrigin) else OrderOrigin.DESK
    if origin is OrderOrigin.DESK and any(row.hazard.data for row in written):
        origin = OrderOrigin.HAZARD
    return OrderDraft(
        unit=unit,
        problems=[_problem(row, number, who) for number, row in enumerate(written, 1)],
        urgency=OrderUrgency(form.urgency.data),
        due_on=form.due_on.data,
        inspectors=form.people(),
        measures=form.measures.data or "",
        unit_head=form.unit_head.data or "",
        keep_day=form.keep_day.data,
        origin=origin,
        origin_id=form.origin_id.data,
        issued_on=form.issued_on.data,
    )


def _problem(row: ProblemForm, number: int, who: Viewer) -> ProblemDraft:
    hazard = seen(who, Hazard, row.hazard.data) if row.hazard.data else None
    finding = _finding(row.finding.data or "", who)
    if finding is not None and finding.hazard_id is not None:
        hazard = seen(who, Hazard, finding.hazard_id)
    at = hazard or finding
    piece = session.get(Equipment, at.equipment_id) if at else _piece(row.piece.data, number, who)
    return ProblemDraft(
        problem=row.problem.data or "",
        rule=row.rule.data or "",
        rule_text=row.rule_text.data or "",
        piece=piece,
        hazard=hazard,
        finding=finding,
    )


def _finding(named: str, who: Viewer) -> Finding | None:
    """The finding that a row names as <piece>.<finding>."""
    parts = [id_in(part) for part in named.split(".")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return None
    return hazard_queries.finding(who, parts[0], parts[1])


def _piece(typed: str | None, number: int, who: Viewer) -> Equipment | None:
    """The piece that a code or number names; Invalid where it names none."""
    if not typed:
        return None
    key = resolve_own(who, parse(typed)).equipment_id
    named = next(iter(pieces(who, [key or NOBODY])), None)
    if named is None:
        text = N_("Problem %(num)s: %(code)s is no piece on file here.")
        raise Invalid({"problems": Message(text, {"num": number, "code": typed})})
    return named


@pages.route("/orders/offices", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.ORDER)
def offices() -> web.Answer:
    """发文机关: the names and signs by which offices of one's area issue orders."""
    who = web.viewer()
    if not who.oversees:
        raise NotFound
    form = IssuingOfficeForm()
    form.area.choices = area_options(who)
    there = {office.area: office for office in queries.issuing_offices() if office.area.startswith(who.area)}
    if not form.is_submitted() and (chosen := there.get(request.args.get("area", ""))):
        form = IssuingOfficeForm(formdata=None, obj=chosen)
        form.area.choices = area_options(who)
    if form.validate_on_submit():
        try:
            with transaction():
                actions.set_issuer(
                    form.area.data,
                    form.name.data,
                    form.sign.data,
                    form.review_body.data,
                    form.court.data,
                    form.address.data or "",
                    form.phone.data or "",
                    by=who,
                )
        except Invalid as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved. New orders carry it from now on."), "success")
            return redirect(url_for("orders.offices"))
    page = render_template(
        "orders/offices.html",
        form=form,
        offices=list(there.values()),
        names={area: " ".join(one.name for one in area_path(area)) for area in there},
    )
    return (page, form.http_status) if form.is_submitted() else page
