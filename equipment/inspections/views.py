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
from equipment.files.actions import About, StoredDocument, attach_once, take
from equipment.files.queries import attachments_of
from equipment.inspections import actions, corrections, listing, queries
from equipment.inspections.forms import CorrectionForm, ReportFileForm, ResultForm, offer
from equipment.inspections.models import Inspection
from equipment.inspections.qualified import unapproved, unapproved_today
from equipment.inspections.rules import Conclusion, InspectionKind, conclusions_for
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.clauses import HAZARD_CLAUSES, clause_of_conclusion, clauses_for
from equipment.storage.db import transaction
from equipment.web.forms import show_errors
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("inspections", __name__)


@pages.get("/inspections")
@web.allows(Action.SEE, Thing.INSPECTION)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("inspections.export", filters, by=who, title=gettext("Inspection results")):
        return taken
    page = paginate(queries.inspections(who, filters), queries.SORTS, default="-on")
    areas = areas_below(who.area) if who.oversees else []
    options = {
        "category": [(category.key, translate(category.label)) for category in CATEGORIES],
        "kind": [(kind.value, translate(kind.label)) for kind in InspectionKind],
        "conclusion": [(conclusion.value, translate(conclusion.label)) for conclusion in Conclusion],
        "area": [(area.code, area.name) for area in areas],
    }
    return render_template(
        "inspections/index.html",
        page=replace(page, rows=listing.inspection_rows(who, page.rows)),
        options=options,
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
            document for document in attachments_of(who, equipment_id) if document.subject_id == inspection.id
        ],
    )


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
            equipment = piece(who, equipment_id)
            inspection = actions.record(
                equipment, with_words(form.result(), equipment.category), by=who, row=_row(who, form)
            )
            keep(inspection, report, who)
    except Invalid as error:
        show_errors(form, error, {"description": "remark"})
        return result_page(who, equipment, form), form.http_status
    flash(gettext("The result has been recorded."), "success")
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=inspection.id))


def _fresh_form() -> ResultForm:
    stated = {name: request.args.get(name, "") for name in ("kind", "list", "row")}
    return ResultForm(id=new_id(), on=clock.today(), **stated)


def with_words(result: actions.Result, category_key: str) -> actions.Result:
    """A failed result without a word, which no clause describes either, says at least that."""
    if result.conclusion is not Conclusion.FAILED or result.remark or result.clause:
        return result
    by_itself = clause_of_conclusion(HAZARD_CLAUSES, category_key, result.conclusion, result.on)
    if by_itself is not None and result.kind is InspectionKind.INSPECTION:
        return result
    return replace(result, remark=gettext("%(kind)s not passed", kind=translate(result.kind.label)))


def result_page(who: Viewer, equipment: Equipment, form: ResultForm, old: Inspection | None = None) -> str:
    """The form of a result: it offers what this person may record of this piece, and nothing else."""
    kind, on, kinds = category(equipment.category), clock.today(), actions.kinds_of(equipment, who)
    tests = kinds == (InspectionKind.SELF_TEST,)
    clauses = [
        (clause.code, f"{clause.code} {clause.text.in_language(str(get_locale()))}")
        for clause in clauses_for(HAZARD_CLAUSES, equipment.category, on)
    ]
    offer(form, kinds, clauses, tests=tests)
    return render_template(
        "inspections/form.html",
        equipment=equipment,
        form=form,
        conclusions=conclusions_for(kind, kinds[0]),
        tests=tests,
        unapproved=unapproved_today(who.organisation_id, equipment.category, on) if tests else None,
        old=old,
    )


def _row(viewer: Viewer, form: ResultForm) -> actions.ListPlace | None:
    code, row_no = form.list.data, form.row.data
    if not code or not row_no.isdecimal():
        return None
    due_list = lists.list_of_code(viewer, code)
    row = lists.row_of(due_list, int(row_no))
    if str(row.equipment_id) != str(request.view_args["equipment_id"] if request.view_args else ""):
        raise NotFound
    return actions.ListPlace(due_list, row.row_no)


def uploaded(form: ResultForm | ReportFileForm) -> StoredDocument | None:
    """The report file, checked and on disk before the transaction."""
    upload = form.report.data
    return take(cast(BinaryIO, upload.stream), upload.filename, "report", field="report") if upload else None


def keep(inspection: Inspection, report: StoredDocument | None, viewer: Viewer) -> None:
    if report is not None:
        attach_once(
            About(inspection.equipment_id, inspection.area, inspection.category, "inspection", inspection.id),
            report,
            by=viewer,
        )


@pages.post("/inspections/<uuid:equipment_id>/<uuid:inspection_id>/report")
@web.allows(Action.CREATE, Thing.INSPECTION)
def add_report(equipment_id: UUID, inspection_id: UUID) -> web.Answer:
    """The report often comes days after the result."""
    who, report = web.viewer(), uploaded(ReportFileForm())
    with transaction():
        inspection = queries.inspection(who, equipment_id, inspection_id)
        if inspection.organisation_id != who.organisation_id:
            raise NotFound
        keep(inspection, report, who)
    flash(
        gettext("The report has been kept.") if report else gettext("Choose a file."),
        "success" if report else "warning",
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
    flash(gettext("The correction waits for a second person of your organisation."), "success")
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=correction.id))


def _values(old: Inspection) -> dict[str, object]:
    """What the form of a correction starts with."""
    return {
        name: getattr(old, name)
        for name in ("kind", "on", "conclusion", "report_no", "remark", "clause", "stated_next_on")
    }


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
