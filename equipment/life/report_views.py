"""公众举报 for the bureau: 受理 → 核查 → 反馈 → 归档, by the day each must be answered."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.core.errors import NotFound
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.files.models import StoredFile
from equipment.files.views import handed_out
from equipment.life import actions
from equipment.life.forms import DecideForm
from equipment.life.models import PublicReport
from equipment.life.states import ReportKind, ReportState
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import area_names
from equipment.register.queries import piece, pieces
from equipment.register.views import kind_of
from equipment.storage.db import session
from equipment.web.forms import submitted
from equipment.web.language import translate
from equipment.web.pages import arguments, counted, paginate

pages = Blueprint("public_reports", __name__)
OPEN = (ReportState.RECEIVED, ReportState.CHECKING)


@pages.get("/reports/public")
@web.allows(Action.CHANGE, Thing.REPORT)
def listing() -> web.Answer:
    reports, filters = visible(web.viewer(), PublicReport), arguments()
    if filters.get("state") in set(ReportState):
        reports = reports.where(PublicReport.state == filters["state"])
    elif filters.get("state") != "all":
        reports = reports.where(PublicReport.state.in_(OPEN))
    page = paginate(
        reports,
        {"due": (PublicReport.due_on, PublicReport.id), "received": PublicReport.received_at},
        default="due",
    )
    about = {
        equipment.id: equipment
        for equipment in pieces(web.viewer(), {row.equipment_id for row in page.rows if row.equipment_id})
    }
    states = [
        ("all", gettext("All reports")),
        *((state.value, translate(state.label)) for state in ReportState),
    ]
    return render_template(
        "life/reports.html",
        page=page,
        about=about,
        areas=area_names(row.area for row in page.rows),
        states=states,
        open_states=OPEN,
    )


def _report(report_id: UUID) -> PublicReport:
    report = session.scalar(visible(web.viewer(), PublicReport).where(PublicReport.id == report_id))
    if report is None:
        raise NotFound
    return report


@pages.get("/reports/public/<uuid:report_id>")
@web.allows(Action.CHANGE, Thing.REPORT)
def show(report_id: UUID) -> web.Answer:
    return _page(_report(report_id), DecideForm(formdata=None))


def _page(report: PublicReport, form: DecideForm) -> str:
    equipment = piece(web.viewer(), report.equipment_id) if report.equipment_id else None
    return render_template(
        "life/public_report.html",
        report=report,
        equipment=equipment,
        kind=kind_of(equipment) if equipment else "",
        about=ReportKind(report.kind),
        states=ReportState,
        form=form,
        written_at=actions.written_at(report),
    )


@pages.get("/reports/public/<uuid:report_id>/photo")
@web.allows(Action.CHANGE, Thing.REPORT)
def photo(report_id: UUID) -> web.Answer:
    report = _report(report_id)
    stored = session.get(StoredFile, report.photo_sha256) if report.photo_sha256 else None
    if stored is None:
        raise NotFound
    return handed_out(stored.sha256, stored.media_type, f"{report.number}.jpg")


@pages.post("/reports/public/<uuid:report_id>")
@web.allows(Action.CHANGE, Thing.REPORT)
def decide(report_id: UUID) -> web.Answer:
    form, by = DecideForm(), web.viewer()

    def decide_it() -> PublicReport:
        report, step = _report(report_id), form.step.data
        if step == "check":
            actions.take_up(report, by=by)
        elif step == "file":
            actions.file_away(report, by=by)
        else:
            actions.answer(report, form.reply.data, confirmed=step == "confirm", by=by)
        return report

    if not submitted(form, decide_it):
        return _page(_report(report_id), form), form.http_status
    flash(gettext("Done."), "success")
    return redirect(url_for("public_reports.show", report_id=report_id))


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """举报 waiting for an answer, on the first page of supervisors."""
    if not may(viewer, Action.CHANGE, Thing.REPORT):
        return []
    open_ones = (
        visible(viewer, PublicReport).where(PublicReport.state.in_(OPEN)).order_by(PublicReport.due_on)
    )
    first = session.scalars(open_ones.limit(3)).all()
    rows = [
        CardRow(row.description[:40], url_for("public_reports.show", report_id=row.id), row.due_on)
        for row in first
    ]
    return [
        HomeCard(
            "public_reports",
            Message(N_("Public reports")),
            counted(open_ones),
            url_for("public_reports.listing"),
            "amber" if first else "",
            icon="speakerphone",
            rank=30,
            rows=rows,
            waits=True,
        )
    ]
