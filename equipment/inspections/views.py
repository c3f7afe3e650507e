"""检验结果 on screen: the list, one result with its next day explained, the form, corrections by two people."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import new_id
from equipment.dues import lists
from equipment.dues.filters import names_of
from equipment.dues.models import DueList, DueListRow
from equipment.dues.rules import NotDone
from equipment.files.actions import StoredDocument, take
from equipment.files.queries import attachments_of
from equipment.inspections import actions, corrections, listing, queries
from equipment.inspections.checks import too_early
from equipment.inspections.forms import CorrectionForm, ReportFileForm, ResultForm, mark_sizes, offer
from equipment.inspections.marks import gives_mark, mark_of
from equipment.inspections.models import Inspection
from equipment.inspections.opinions import leaves_open, opinion_of
from equipment.inspections.qualified import unapproved, unapproved_today
from equipment.inspections.rules import (
    OF_A_BODY,
    Conclusion,
    InspectionKind,
    conclusions_for,
    kind_of_due,
    kinds_for,
    proof_of,
)
from equipment.inspections.settling import ListPlace
from equipment.people.queries import areas_below
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.register.lists import categories_of
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.categories import category
from equipment.regulation.clauses import HAZARD_CLAUSES, clauses_for
from equipment.regulation.common_numbers import report_within
from equipment.regulation.elevator_numbers import corrected_items_at_most
from equipment.regulation.queries import rules
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, labelled, show_errors
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("inspections", __name__)


@pages.route("/inspections", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.INSPECTION)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("inspections.export", filters, by=who, title=gettext("Inspection results")):
        return taken
    page = paginate(queries.inspections(who, filters), queries.SORTS, default="-on")
    areas = areas_below(who.area) if who.oversees else []
    met = categories_of(who)
    chosen = [of for of in met if of.key == filters.get("category")] or met
    # What exists for these categories, and whatever is chosen already: an address may name anything.
    kinds = {kind for of in chosen for kind in kinds_for(of)}
    conclusions = {one for of in chosen for kind in kinds_for(of) for one in conclusions_for(of, kind)}
    options = {
        "category": [(of.key, translate(of.label)) for of in met],
        "kind": labelled(one for one in InspectionKind if one in kinds or one == filters.get("kind")),
        "conclusion": labelled(
            one for one in Conclusion if one in conclusions or one == filters.get("conclusion")
        ),
        "area": [(area.code, area.name) for area in areas],
    }
    return render_template(
        "inspections/index.html",
        page=replace(page, rows=listing.inspection_rows(who, page.rows)),
        options=options,
        may_import=may(who, Action.CREATE, Thing.INSPECTION),
        may_mark=who.organisation_kind is OrganisationKind.BODY and may(who, Action.CREATE, Thing.INSPECTION),
    )


@pages.get("/inspections/<uuid:equipment_id>/<uuid:inspection_id>")
@web.allows(Action.SEE, Thing.INSPECTION)
def show(equipment_id: UUID, inspection_id: UUID) -> web.Answer:
    who = web.viewer()
    inspection = queries.inspection(who, equipment_id, inspection_id)
    equipment, related = piece(who, equipment_id), queries.corrections_of(who, inspection)
    people = listing.people_named(
        {user_id for row in (inspection, *related) for user_id in (row.inspector_id, row.approved_by)}
    )
    mine = may(who, Action.CHANGE, Thing.INSPECTION) and who.organisation_id == inspection.organisation_id
    waits = (
        inspection.supersedes_id is not None and inspection.approved_by is None and not inspection.superseded
    )
    return render_template(
        "inspections/show.html",
        made=inspection,
        equipment=equipment,
        corrections=related,
        people=people,
        body=names_of([inspection.organisation_id]),
        waits=waits,
        kind=InspectionKind(inspection.kind),
        conclusion=Conclusion(inspection.conclusion),
        mine=mine,
        may_approve=mine and waits and inspection.inspector_id != who.user_id,
        unapproved=unapproved([inspection]).get(inspection.id),
        files=[
            document
            for document in attachments_of(who, equipment_id)
            if document.subject_id in (inspection.id, inspection.supersedes_id)
        ],
        of_a_body=inspection.kind in OF_A_BODY,
        findings=queries.findings_of(who, inspection),
        first=_first(who, inspection),
        again=queries.following_one(who, inspection),
        place=_place(who, inspection),
        proof=proof_of(category(equipment.category), InspectionKind(inspection.kind)),
        corrected=corrected_items_at_most(rules(equipment.category), inspection.on),
        opinion=opinion_of(who, inspection),
        may_issue=mine and leaves_open(inspection),
        mark=mark_of(who, inspection),
        may_mark=mine and gives_mark(inspection, equipment),
        sizes=mark_sizes(),
    )


def _first(viewer: Viewer, inspection: Inspection) -> Inspection | None:
    """Of a re-inspection the result it repeats."""
    if inspection.repeats_id is None:
        return None
    return queries.inspection(viewer, inspection.equipment_id, inspection.repeats_id)


def _place(viewer: Viewer, inspection: Inspection) -> tuple[DueList, DueListRow | None] | None:
    """The list it brought a row back to, and the next row that is still out; nothing for who has no such
    list."""
    if inspection.list_id is None or not may(viewer, Action.CHANGE, Thing.DUE_LIST):
        return None
    own = lists.lists(viewer).where(DueList.id == inspection.list_id)
    due_list = session.scalar(own)
    return (due_list, lists.next_out(due_list, inspection.equipment_id)) if due_list is not None else None


@pages.route("/inspections/new/<uuid:equipment_id>", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.INSPECTION)
def new(equipment_id: UUID) -> web.Answer:
    """Record a result; `list` and `row` say which row of a due-list it brings back."""
    who = web.viewer()
    equipment = piece(who, equipment_id)
    actions.may_record(equipment, who)
    form = ResultForm() if request.method == "POST" else _fresh_form()
    if not form.validate_on_submit():
        return result_page(who, equipment, form), 422 if request.method == "POST" else 200
    try:
        report = uploaded(form)
        with transaction():
            inspection = actions.record(
                piece(who, equipment_id), form.result(), report, by=who, row=_row(who, form)
            )
    except Invalid as error:
        show_errors(form, error, {"description": "remark"})
        return result_page(who, equipment, form), form.http_status
    flash(gettext("The result has been recorded."), "success")
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=inspection.id))


def _fresh_form() -> ResultForm:
    stated = {name: request.args.get(name, "") for name in ("list", "row", "visit")}
    wanted = request.args.get("kind", "")  # what is recorded, or the kind of due that it settles
    return ResultForm(id=new_id(), on=clock.today(), kind=kind_of_due(wanted) or wanted, **stated)


def result_page(who: Viewer, equipment: Equipment, form: ResultForm, old: Inspection | None = None) -> str:
    """The form of a result: it offers what this person may record of this piece, and nothing else."""
    own, on, kinds = category(equipment.category), clock.today(), actions.kinds_of(equipment, who)
    clauses = [
        (clause.code, f"{clause.code} {clause.text.in_language(str(get_locale()))}")
        for clause in clauses_for(HAZARD_CLAUSES, equipment.category, on)
    ]
    visits = [(visit_id, f"{day:%Y-%m-%d}") for visit_id, day in queries.yearly_visits(who, equipment.id)]
    kind = offer(form, kinds, clauses, visits, own)
    tests = kind is InspectionKind.SELF_TEST
    within = report_within(rules(equipment.category), on)
    return render_template(
        "inspections/form.html",
        equipment=equipment,
        form=form,
        conclusions=conclusions_for(own, kind),
        kinds=kinds,
        kind=kind,
        proof=proof_of(own, kind),
        earliest_on=too_early(equipment, kind, form.on.data or on, Conclusion.PASSED),
        corrected=corrected_items_at_most(rules(equipment.category), on),
        within=within,
        out_of=_row_out(who, form),
        reasons=tuple(NotDone),
        unapproved=unapproved_today(who.organisation_id, equipment.category, on) if tests else None,
        old=old,
    )


def _row_out(viewer: Viewer, form: ResultForm) -> tuple[DueList, DueListRow] | None:
    """The list and the row that this form brings back."""
    if not form.list.data or not form.row.data.isdecimal():
        return None
    due_list = lists.list_of_code(viewer, form.list.data)
    return due_list, lists.row_of(due_list, int(form.row.data))


def _row(viewer: Viewer, form: ResultForm) -> ListPlace | None:
    place = _row_out(viewer, form)
    if place is None:
        return None
    due_list, row = place
    if str(row.equipment_id) != str(request.view_args["equipment_id"] if request.view_args else ""):
        raise NotFound
    return ListPlace(due_list, row.row_no)


def uploaded(form: ResultForm | ReportFileForm) -> StoredDocument | None:
    """The report file, checked and on disk before the transaction."""
    upload = form.report.data
    return take(cast(BinaryIO, upload.stream), upload.filename, "report", field="report") if upload else None


@pages.post("/inspections/<uuid:equipment_id>/<uuid:inspection_id>/report")
@web.allows(Action.CREATE, Thing.INSPECTION)
def add_report(equipment_id: UUID, inspection_id: UUID) -> web.Answer:
    """The report often comes days after the conclusion: its number, its file, or both."""
    who, form = web.viewer(), ReportFileForm()
    queries.inspection(who, equipment_id, inspection_id)
    checked(form)
    report, number = uploaded(form), form.report_no.data or ""
    with transaction():
        inspection = queries.inspection(who, equipment_id, inspection_id)
        actions.add_report(inspection, number, report, by=who)
    some = bool(report or number)
    flash(
        gettext("The report has been kept.") if some else gettext("Enter its number or choose its file."),
        "success" if some else "warning",
    )
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=inspection_id))


@pages.route("/inspections/<uuid:equipment_id>/<uuid:inspection_id>/correct", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.INSPECTION)
def correct(equipment_id: UUID, inspection_id: UUID) -> web.Answer:
    who = web.viewer()
    equipment, old = piece(who, equipment_id), queries.inspection(who, equipment_id, inspection_id)
    if old.organisation_id != who.organisation_id:
        raise NotFound
    form = CorrectionForm() if request.method == "POST" else CorrectionForm(id=new_id(), **_values(old))
    form.early.data = True  # whether it counts was told when it was recorded
    if not form.validate_on_submit():
        return result_page(who, equipment, form, old), 422 if request.method == "POST" else 200
    try:
        with transaction():
            correction = corrections.propose(
                queries.inspection(who, equipment_id, inspection_id), form.result(), form.reason.data, by=who
            )
    except Invalid as error:
        show_errors(form, error, {"description": "remark"})
        return result_page(who, equipment, form, old), form.http_status
    flash(
        gettext("The correction waits for a second person of your organisation.")
        if corrections.needs_second(old)
        else gettext("The correction has taken the place of the earlier result."),
        "success",
    )
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=correction.id))


def _values(old: Inspection) -> dict[str, object]:
    """What the form of a correction starts with."""
    return {
        name: getattr(old, name)
        for name in (
            "kind",
            "on",
            "conclusion",
            "report_no",
            "remark",
            "clause",
            "stated_next_on",
            "next_reason",
            "issued_by",
            "checked_by",
            "reviewed_by",
            "open_items",
            "notice_no",
            "feedback_on",
            "valve_until",
        )
    } | {"visit": str(old.visit_id or "")}


@pages.post("/inspections/<uuid:equipment_id>/<uuid:inspection_id>/<any(approve, drop):decision>")
@web.allows(Action.CHANGE, Thing.INSPECTION)
def decide(equipment_id: UUID, inspection_id: UUID, decision: str) -> web.Answer:
    """The second person's answer to a correction."""
    who = web.viewer()
    with transaction():
        correction = queries.inspection(who, equipment_id, inspection_id)
        if decision == "approve":
            corrections.approve(correction, by=who)
        else:
            corrections.drop(correction, by=who)
    flash(
        gettext("The correction has taken the place of the earlier result.")
        if decision == "approve"
        else gettext("The correction has been given up."),
        "success",
    )
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=inspection_id))
