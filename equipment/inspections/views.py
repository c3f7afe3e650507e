"""检验结果 on screen: the list, one result with its next day explained, the form, corrections by two people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.ids import new_id
from equipment.dues import lists
from equipment.dues.filters import names_of
from equipment.files.actions import About, StoredDocument, attach_once, take
from equipment.files.queries import attachments_of
from equipment.inspections import actions, corrections, listing, queries
from equipment.inspections.forms import result_of
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
    if request.method == "GET":
        return form(
            who,
            equipment,
            {
                "id": str(new_id()),
                "on": clock.today().isoformat(),
                "kind": request.args.get("kind", ""),
                "list": request.args.get("list", ""),
                "row": request.args.get("row", ""),
            },
            {},
        )
    typed = request.form.to_dict()
    try:
        result, report = result_of(typed), uploaded()
        with transaction():
            equipment = piece(who, equipment_id)
            inspection = actions.record(
                equipment, with_words(result, equipment.category), by=who, row=_row(who, typed)
            )
            keep(inspection, report, who)
    except Invalid as refusal:
        return form(
            who, equipment, typed, {name: translate(message) for name, message in refusal.fields.items()}
        ), status_of(refusal)
    flash(gettext("The result has been recorded."), "success")
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=inspection.id))


def status_of(refusal: Invalid) -> int:
    """409 where the form was sent before with other content, or somebody was faster."""
    return 409 if isinstance(refusal, Conflict) else 422


def with_words(result: actions.Result, category_key: str) -> actions.Result:
    """A failed result without a word, which no clause describes either, says at least that."""
    if result.conclusion is not Conclusion.FAILED or result.remark or result.clause:
        return result
    by_itself = clause_of_conclusion(HAZARD_CLAUSES, category_key, result.conclusion, result.on)
    if by_itself is not None and result.kind is InspectionKind.INSPECTION:
        return result
    return replace(result, remark=gettext("%(kind)s not passed", kind=translate(result.kind.label)))


def form(
    who: Viewer, equipment: Equipment, typed: Mapping[str, str], problems: Mapping[str, str], **more: Any
) -> str:
    """The form of a result: it offers what this person may record of this piece, and nothing else."""
    kind, on, kinds = category(equipment.category), clock.today(), actions.kinds_of(equipment, who)
    chosen = typed.get("kind") if typed.get("kind") in set(kinds) else str(kinds[0])
    tests = kinds == (InspectionKind.SELF_TEST,)
    clauses = [
        (clause.code, f"{clause.code} {clause.text.in_language(str(get_locale()))}")
        for clause in clauses_for(HAZARD_CLAUSES, equipment.category, on)
    ]
    return render_template(
        "inspections/form.html",
        equipment=equipment,
        typed={**typed, "kind": chosen},
        problems=problems,
        clauses=clauses,
        kinds=[(kind_offered.value, translate(kind_offered.label)) for kind_offered in kinds],
        conclusions=conclusions_for(kind, kinds[0]),
        tests=tests,
        unapproved=unapproved_today(who.organisation_id, equipment.category, on) if tests else None,
        **more,
    )


def _row(viewer: Viewer, typed: Mapping[str, str]) -> actions.ListPlace | None:
    if not typed.get("list") or not typed.get("row", "").isdecimal():
        return None
    due_list = lists.list_of_code(viewer, typed["list"])
    row = lists.row_of(due_list, int(typed["row"]))
    if str(row.equipment_id) != str(request.view_args["equipment_id"] if request.view_args else ""):
        raise NotFound
    return actions.ListPlace(due_list, row.row_no)


def uploaded() -> StoredDocument | None:
    """The report file, checked and on disk before the transaction."""
    upload = request.files.get("report")
    return (
        take(cast(BinaryIO, upload.stream), upload.filename, "report", field="report")
        if upload is not None and upload.filename
        else None
    )


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
    who, report = web.viewer(), uploaded()
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
    if request.method == "GET":
        return form(who, equipment, _typed(old), {}, old=old)
    typed = request.form.to_dict()
    try:
        result = result_of(typed)
        with transaction():
            correction = corrections.propose(
                queries.inspection(who, equipment_id, inspection_id), result, typed.get("reason", ""), by=who
            )
    except Invalid as refusal:
        return form(
            who,
            equipment,
            typed,
            {name: translate(message) for name, message in refusal.fields.items()},
            old=old,
        ), status_of(refusal)
    flash(gettext("The correction waits for a second person of your organisation."), "success")
    return redirect(url_for("inspections.show", equipment_id=equipment_id, inspection_id=correction.id))


def _typed(old: Inspection) -> dict[str, str]:
    def text(value: date | str | None) -> str:
        return value.isoformat() if isinstance(value, date) else str(value or "")

    return {
        "id": str(new_id()),
        **{
            name: text(getattr(old, name))
            for name in ("kind", "on", "conclusion", "report_no", "remark", "clause", "stated_next_on")
        },
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
