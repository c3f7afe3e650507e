"""Month and annual reports on paper and as workbooks: the makers of the jobs process."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from weasyprint import HTML

from equipment.core import clock
from equipment.core.config import ROOT, Settings
from equipment.core.errors import NotFound
from equipment.core.words import Message
from equipment.files import store
from equipment.files.glyphs import note, printable, texts_in, with_getas, with_note
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.reports import actions, queries, tables
from equipment.reports.figures import year_figures
from equipment.reports.models import Figures, MonthReport, YearFigures
from equipment.reports.pictures import month_pictures, year_pictures
from equipment.reports.svg import PaperChart, drawn
from equipment.reports.wording import named, per_cent, place_of, sentences
from equipment.storage.db import session, transaction
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.tasks.workbooks import workbook
from equipment.web.language import translate

PDF_TYPE = "application/pdf"
CHART = "<!--chart:%d-->"
MEMORY_MB = 1200  # V8 reserves far more than the 80 MB it uses, and the cap counts what is reserved


def paper(html: str, pictures: Sequence[PaperChart], getas: bool = False) -> bytes:
    """The PDF of a page with its charts put in their places; runs in a child of its own. With `getas` its
    charts may hold characters that no font has."""
    for number, svg in enumerate(drawn(pictures)):
        html = html.replace(CHART % number, with_getas(svg) if getas else svg)
    content: bytes = HTML(string=html, base_url=f"{ROOT / 'static'}/").write_pdf()
    return content


def rendered(template: str, figures: Figures, locale: str, **more: object) -> str:
    """The page of a report, outside any request."""
    settings: Settings = current_app.config["SETTINGS"]
    with force_locale(locale):
        return current_app.jinja_env.get_template(template).render(
            figures=figures,
            locale=locale,
            language=locale,
            settings=settings,
            printed_at=None,
            place=place_of(figures, locale),
            sentences=sentences(figures, locale),
            named=named,
            per_cent=per_cent,
            tables=tables,
            chart=lambda number: CHART % number,
            **more,
        )


def make_month(task: Task, _progress: Progress) -> TaskOutcome:
    """Task kind `reports.month`; input: report. Draws both files of an issued report once; again it
    gives the same ones."""
    report = session.scalar(
        visible(SYSTEM, MonthReport).where(MonthReport.id == UUID(task.stated.text("report")))
    )
    if report is None:
        raise NotFound
    link = f"/reports/months/{report.id}"
    if report.pdf_sha256:
        return TaskOutcome(link=link)
    issuer = session.get_one(User, report.issued_by)
    figures = report.figures
    html = rendered("print/month.html", figures, task.locale, report=report, issuer=issuer)
    with force_locale(task.locale):
        pictures, book = month_pictures(figures, task.locale), workbook(tables.sheets(figures, task.locale))
    session.rollback()
    pdf, remark = on_paper(html, pictures, task.locale)
    pdf_file, xlsx_file = store.keep(pdf, PDF_TYPE), store.keep(book, WORKBOOK_TYPE)
    with transaction():
        actions.drawn(UUID(task.stated.text("report")), pdf_file, xlsx_file, by=SYSTEM)
    return TaskOutcome(content=pdf, name=f"{task.title}.pdf", media_type=PDF_TYPE, link=link, note=remark)


def on_paper(html: str, pictures: Sequence[PaperChart], locale: str) -> tuple[bytes, Message | None]:
    """The PDF of a report, and what it says of characters that no font has."""
    html, lacking = printable(html, texts_in(pictures))
    remark = note(lacking) if lacking else None
    html = with_note(html, translate(remark, locale)) if remark else html
    return run_in_child(paper, [html, pictures, bool(lacking)], memory_mb=MEMORY_MB), remark


def asker(task: Task) -> Viewer:
    """Whoever asked for the work, as he stands now: what he may no longer see is not drawn for him."""
    viewer = asked_by(task)
    if not may(viewer, Action.SEE, Thing.RATE):
        raise NotFound
    return viewer


def _year(task: Task) -> YearFigures:
    viewer = asker(task)
    return year_figures(
        viewer,
        queries.rate_query(viewer, clock.today(), area=task.stated.text("area")).area,
        task.stated.integer("year"),
        clock.today(),
    )


def make_year(task: Task, _progress: Progress) -> TaskOutcome:
    """Task kind `reports.year`; input: year, area."""
    figures = _year(task)
    html = rendered("print/year.html", figures, task.locale, made_at=clock.now())
    with force_locale(task.locale):
        pictures = year_pictures(figures, task.locale)
    session.rollback()
    pdf, remark = on_paper(html, pictures, task.locale)
    return TaskOutcome(content=pdf, name=f"{task.title}.pdf", media_type=PDF_TYPE, note=remark)


def make_year_workbook(task: Task, _progress: Progress) -> TaskOutcome:
    """Task kind `reports.year_workbook`; input: year, area."""
    figures = _year(task)
    with force_locale(task.locale):
        return TaskOutcome(
            content=workbook(tables.sheets(figures, task.locale)),
            name=f"{task.title}.xlsx",
            media_type=WORKBOOK_TYPE,
        )
