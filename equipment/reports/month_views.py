"""月报 on screen: what was issued, what is still missing, issuing, downloading."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.months import month_end
from equipment.files.views import handed_out
from equipment.people.models import Area
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.regulation.categories import CATEGORIES
from equipment.reports import actions, charts
from equipment.reports.figures import month_figures, shares_of
from equipment.reports.forms import NoteForm, note_form
from equipment.reports.missing import missing
from equipment.reports.models import Figures, MonthReport
from equipment.reports.rules import LIMIT, month_ends
from equipment.reports.wording import sentences
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.storage.remembered import forget_all
from equipment.tasks.actions import enqueue
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.forms import submitted
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("month_reports", __name__)

SORTS: Sorts = {
    "month": (MonthReport.month, MonthReport.area, MonthReport.version),
    "issued": (MonthReport.issued_at, MonthReport.id),
}
FILES = {"pdf": "application/pdf", "xlsx": WORKBOOK_TYPE}


def ended_months() -> list[date]:
    """The first days of the twelve months that have ended, the latest first."""
    today = clock.today()
    return [day.replace(day=1) for day in reversed(month_ends(today, 13)) if month_end(day) < today]


def offices(viewer: Viewer) -> list[Area]:
    """The areas a viewer may issue for: his own, and the counties below a city."""
    return [area for area in areas_below(viewer.area) if area.code == viewer.area or area.level == "county"]


@pages.get("/reports/months")
@web.allows(Action.SEE, Thing.MONTH_REPORT)
def index() -> web.Answer:
    who = web.viewer()
    page = paginate(visible(who, MonthReport), SORTS, default="-month")
    names = {area.code: area for area in areas_below(who.area)}
    return render_template(
        "reports/months.html",
        page=page,
        names=names,
        months=ended_months(),
        offices=offices(who),
        language=language(),
        may_issue=may(who, Action.CREATE, Thing.MONTH_REPORT),
    )


def language() -> str:
    return str(get_locale() or "zh_Hans_CN")


def asked_month() -> tuple[str, date]:
    """Area and month of the form, within what the viewer may issue for."""
    area, text = request.values.get("area", ""), request.values.get("month", "")
    months = {month.strftime("%Y-%m"): month for month in ended_months()}
    if area not in {office.code for office in offices(web.viewer())} or text not in months:
        raise NotFound
    return area, months[text]


@pages.get("/reports/months/new")
@web.allows(Action.CREATE, Thing.MONTH_REPORT)
def new() -> web.Answer:
    area, month = asked_month()
    return preview(area, month, note_form(actions.last_version(area, month) + 1))


def preview(area: str, month: date, form: NoteForm) -> str:
    """The figures as they would be frozen, preceded by what is still missing."""
    who = web.viewer()
    figures = month_figures(who, area, month)
    return render_template(
        "reports/month_new.html",
        figures=figures,
        missing=missing(who, area, month, clock.today()),
        month=month,
        area=area,
        version=actions.last_version(area, month) + 1,
        form=form,
        **shown(figures),
    )


def shown(figures: Figures) -> dict[str, object]:
    """What the table of figures needs beside them."""
    return {
        "labels": {kind.key: translate(kind.label) for kind in CATEGORIES},
        "language": language(),
        "limit": LIMIT,
        "shares": shares_of,
        "sentences": sentences(figures, language()),
        "chart": line_of(figures),
    }


def line_of(figures: Figures) -> charts.Option:
    lines = {
        key: [
            (date.fromisoformat(day), share)
            for (day, *_), share in zip(points, shares_of([row[1:] for row in points]), strict=True)
        ]
        for key, points in figures["line"].items()
    }
    return charts.month_line(lines, gettext("%(share)s line", share=f"{LIMIT.share * 100:.0f} %"))


@pages.post("/reports/months/new")
@web.allows(Action.CREATE, Thing.MONTH_REPORT)
def issue() -> web.Answer:
    area, month = asked_month()
    who, form = web.viewer(), note_form(actions.last_version(area, month) + 1)
    forget_all()  # what is issued is counted now
    figures = month_figures(who, area, month)

    def issue_it() -> MonthReport:
        report = actions.issue(figures, by=who, note=form.note.data)
        enqueue(
            "reports.month", {"report": str(report.id)}, by=who, title=title_of(report), locale=language()
        )
        return report

    report = submitted(form, issue_it)
    if report is None:
        return preview(area, month, form), 422
    flash(gettext("Issued. Its figures are frozen; PDF and workbook are being drawn."), "success")
    return redirect(url_for("month_reports.report", report_id=report.id))


def title_of(report: MonthReport) -> str:
    place = session.get(Area, report.area)
    return gettext(
        "Month report %(area)s %(month)s",
        area=place.name if place else report.area,
        month=report.month.strftime("%Y-%m"),
    )


def one(report_id: UUID) -> MonthReport:
    report = session.scalar(visible(web.viewer(), MonthReport).where(MonthReport.id == report_id))
    if report is None:
        raise NotFound
    return report


@pages.get("/reports/months/<uuid:report_id>")
@web.allows(Action.SEE, Thing.MONTH_REPORT)
def report(report_id: UUID) -> web.Answer:
    issued = one(report_id)
    versions = visible(web.viewer(), MonthReport).where(
        MonthReport.area == issued.area, MonthReport.month == issued.month
    )
    others = session.scalars(versions.where(MonthReport.id != issued.id).order_by(MonthReport.version)).all()
    return render_template(
        "reports/month.html",
        report=issued,
        others=others,
        figures=issued.figures,
        title=title_of(issued),
        **shown(issued.figures),
    )


@pages.get("/reports/months/<uuid:report_id>/<any(pdf, xlsx):kind>")
@web.allows(Action.SEE, Thing.MONTH_REPORT)
def download(report_id: UUID, kind: str) -> web.Answer:
    issued = one(report_id)
    sha256 = issued.pdf_sha256 if kind == "pdf" else issued.xlsx_sha256
    if sha256 is None:
        raise NotFound
    # Without the v 2026-10-1 would read as a day.
    return handed_out(sha256, FILES[kind], f"{title_of(issued)}-v{issued.version}.{kind}")
