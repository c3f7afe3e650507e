"""周排查 and 月调度 on screen: the list, and one report from its figures to the signatures."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.controls import queries, reporting
from equipment.controls.forms import DECISIONS, ControlReportForm, PaperSignForm
from equipment.controls.models import ControlReport
from equipment.controls.preparing import FIGURES, figures_of, problems_in
from equipment.controls.queries import REPORT_SORTS
from equipment.controls.rules import ControlPost, ControlReportKind
from equipment.controls.states import ControlReportState
from equipment.controls.unit_views import document
from equipment.controls.views import category_options, draw
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.files.views import handed_out
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, may
from equipment.register.lists import names_of
from equipment.regulation.categories import category as category_of
from equipment.regulation.control_numbers import (
    control_clauses,
    control_names,
    month_signed_within,
    week_signed_within,
)
from equipment.storage.db import transaction
from equipment.web.forms import Form, labelled, step_with_reason, submitted
from equipment.web.pages import area_options, arguments, paginate

pages = Blueprint("controls_reports", __name__)


@pages.get("/controls/reports")
@web.allows(Action.SEE, Thing.CONTROL)
def index() -> web.Answer:
    """Reports of weeks and months."""
    who, filters = web.viewer(), arguments()
    page = paginate(queries.control_reports(who, filters), REPORT_SORTS, default="-begins_on")
    return render_template(
        "controls/reports.html",
        page=page,
        today=clock.today(),
        kinds=labelled(ControlReportKind),
        states=labelled(ControlReportState),
        areas=area_options(who),
        categories=category_options(),
        names=names_of([row.organisation_id for row in page.rows]),
        area_names={area.code: area.name for area in areas_below("")},
        kind_of=category_of,
        of_all=who.oversees,
    )


@pages.get("/controls/reports/<uuid:organisation_id>/<uuid:report_id>")
@web.allows(Action.SEE, Thing.CONTROL)
def show(organisation_id: UUID, report_id: UUID) -> web.Answer:
    return _page(queries.report_of(web.viewer(), organisation_id, report_id))


def _page(report: ControlReport, form: Form | None = None) -> web.Answer:
    who, today = web.viewer(), clock.today()
    own = who.organisation_id == report.organisation_id and may(who, Action.APPROVE, Thing.CONTROL)
    counts = report.superseded_by is None
    people = queries.holders(report.organisation_id, report.category, today)
    holds = {
        post: bool(who.user_id) and who.user_id in {row.user_id for row in rows}
        for post, rows in people.items()
    }
    names = control_names(report.category, report.ends_on)
    is_week = report.kind is ControlReportKind.WEEK
    page = render_template(
        "controls/report.html",
        report=report,
        kind=category_of(report.category),
        title=names.weekly if is_week else names.monthly,
        clauses=control_clauses(report.category, report.ends_on),
        within=(week_signed_within if is_week else month_signed_within)(report.ends_on),
        unit_name=names_of([report.organisation_id]).get(report.organisation_id, ""),
        figures=[(FIGURES[name], number) for name, number in figures_of(report).items()],
        problems=problems_in(report),
        people=people,
        form=form if isinstance(form, ControlReportForm) else _filled(report),
        paper_form=form if isinstance(form, PaperSignForm) else PaperSignForm(formdata=None),
        failed=form,
        writes=own and counts and report.state is ControlReportState.PREPARED,
        signs=own and counts and report.state is ControlReportState.PREPARED,
        holds=holds,
        director=ControlPost.DIRECTOR,
        main=ControlPost.MAIN,
        completes=own and counts and report.state is ControlReportState.SIGNED,
        corrects=own and counts and report.state is not ControlReportState.PREPARED,
    )
    return (page, form.http_status) if form is not None else page


def _filled(report: ControlReport) -> ControlReportForm:
    rows = [
        {**row, "due_on": date.fromisoformat(row["due_on"]) if row["due_on"] else None}
        for row in report.decisions
    ]
    blank = {"text": "", "person": "", "due_on": None}
    form = ControlReportForm(formdata=None, decisions=[*rows, *[blank] * (DECISIONS - len(rows))])
    form.fill(report)
    return form


def _own(organisation_id: UUID, report_id: UUID) -> ControlReport:
    return queries.report_of(web.viewer(), organisation_id, report_id)


def _at(report: ControlReport) -> web.Answer:
    return redirect(
        url_for("controls_reports.show", organisation_id=report.organisation_id, report_id=report.id)
    )


@pages.post("/controls/reports/<uuid:organisation_id>/<uuid:report_id>/words")
@web.allows(Action.APPROVE, Thing.CONTROL)
def write(organisation_id: UUID, report_id: UUID) -> web.Answer:
    """The words are kept; with `sign` the director signs them at once."""
    report, form, who = _own(organisation_id, report_id), ControlReportForm(), web.viewer()
    done = submitted(form, lambda: reporting.write_report(report, form.words(), by=who))
    if done is None:
        return _page(report, form)
    flash(gettext("Kept. Nothing is signed yet."), "success")
    return _at(report)


@pages.post("/controls/reports/<uuid:organisation_id>/<uuid:report_id>/sign")
@web.allows(Action.APPROVE, Thing.CONTROL)
def sign(organisation_id: UUID, report_id: UUID) -> web.Answer:
    """安全总监 signs what stands in the form."""
    report, form, who = _own(organisation_id, report_id), ControlReportForm(), web.viewer()

    def signed() -> ControlReport:
        reporting.write_report(report, form.words(), by=who)
        return reporting.sign_report(report, by=who)

    if submitted(form, signed) is None:
        return _page(report, form)
    flash(gettext("Signed by the safety director. The main person in charge signs next."), "success")
    return _at(report)


@pages.post("/controls/reports/<uuid:organisation_id>/<uuid:report_id>/complete")
@web.allows(Action.APPROVE, Thing.CONTROL)
def complete(organisation_id: UUID, report_id: UUID) -> web.Answer:
    """主要负责人 signs by his own account."""
    with transaction():
        report = _own(organisation_id, report_id)
        reporting.complete_report(report, by=web.viewer())
    flash(gettext("Signed by the main person in charge."), "success")
    return _at(report)


@pages.post("/controls/reports/<uuid:organisation_id>/<uuid:report_id>/on-paper")
@web.allows(Action.APPROVE, Thing.CONTROL)
def on_paper(organisation_id: UUID, report_id: UUID) -> web.Answer:
    """主要负责人 signed on paper: its picture."""
    report, form, who = _own(organisation_id, report_id), PaperSignForm(), web.viewer()

    def completed() -> ControlReport:
        paper = document(form)
        if paper is None:
            raise Invalid({"file": N_("Add the photo of the paper.")})
        return reporting.complete_report(report, by=who, paper=paper, signer=form.signer.data)

    if submitted(form, completed) is None:
        return _page(report, form)
    flash(gettext("Signed by the main person in charge."), "success")
    return _at(report)


@pages.get("/controls/reports/<uuid:organisation_id>/<uuid:report_id>/signed-paper")
@web.allows(Action.SEE, Thing.CONTROL)
def signed_paper(organisation_id: UUID, report_id: UUID) -> web.Answer:
    """The picture of the paper that the main person signed."""
    report = _own(organisation_id, report_id)
    for stored in report.paper:
        return handed_out(stored["sha256"], stored["media_type"], stored["name"])
    raise NotFound


@pages.post("/controls/reports/<uuid:organisation_id>/<uuid:report_id>/correct")
@web.allows(Action.APPROVE, Thing.CONTROL)
def correct(organisation_id: UUID, report_id: UUID) -> web.Answer:
    """A new report in its place, to be signed anew."""
    fresh: list[ControlReport] = []
    step_with_reason(
        lambda: _own(organisation_id, report_id),
        lambda report, reason: fresh.append(reporting.correct_report(report, reason, by=web.viewer())),
    )
    flash(gettext("The new report has the words of the old one: change them and sign anew."), "success")
    return _at(fresh[0])


@pages.post("/controls/reports/<uuid:organisation_id>/<uuid:report_id>/paper")
@web.allows(Action.SEE, Thing.CONTROL)
def paper(organisation_id: UUID, report_id: UUID) -> web.Answer:
    report = _own(organisation_id, report_id)
    names = control_names(report.category, report.ends_on)
    name = names.weekly if report.kind is ControlReportKind.WEEK else names.monthly
    return draw("report", organisation_id, report_id, f"{name} {report.number}")
