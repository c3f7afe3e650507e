"""晨会一页纸: the first page of an office on one upright A4 sheet, from the same figures; drawn by the jobs
process only."""

from __future__ import annotations

from flask import current_app
from flask_babel import force_locale

from equipment.briefing.cards import cards_of, waiting
from equipment.briefing.queries import briefing
from equipment.briefing.rules import GROUPS, Column
from equipment.briefing.views import Headline, headline, own_rates
from equipment.core import clock
from equipment.core.config import Settings
from equipment.people.home import organisation_name
from equipment.people.rules import Viewer
from equipment.reports import charts, queries
from equipment.reports.pictures import WIDE, limit_name
from equipment.reports.printing import CHART, PDF_TYPE, asker, on_paper
from equipment.reports.rules import definition, room
from equipment.reports.svg import PaperChart
from equipment.reports.wording import per_cent
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task

MOST_WAITING = 16  # lines of what waits that fit on the sheet
FEW_AREAS = 6  # more of them leave less height for the line of the months
TALL, LOW = 190, 120  # CSS pixels


def print_paper(task: Task, _progress: Progress) -> TaskOutcome:
    """Task kind `briefing.paper`; no input: the sheet of whoever asks, as things stand when it is drawn."""
    viewer = asker(task)
    # lists are named by their addresses, which the sheet leaves out
    with current_app.test_request_context(), force_locale(task.locale):
        html, pictures = sheet(viewer, task.locale)
    session.rollback()
    pdf, remark = on_paper(html, pictures, task.locale)
    return TaskOutcome(content=pdf, name=f"{task.title}.pdf", media_type=PDF_TYPE, note=remark)


def sheet(viewer: Viewer, locale: str) -> tuple[str, list[PaperChart]]:
    """The page of the sheet and its picture, in the language that is in force."""
    settings: Settings = current_app.config["SETTINGS"]
    rates, on = headline(viewer), clock.today()
    place = queries.area_named(viewer.area)
    morning = briefing(viewer, on)
    html = current_app.jinja_env.get_template("briefing/sheet.html").render(
        locale=locale,
        language=locale,
        settings=settings,
        printed_at=clock.now(),
        office=organisation_name(viewer),
        place=(place.name_en if locale.startswith("en") else "") or place.name if place else "",
        headline=rates,
        own=own_rates(viewer),
        morning=morning,
        waiting=waiting(cards_of(viewer))[:MOST_WAITING],
        groups=GROUPS,
        columns=tuple(Column),
        per_cent=per_cent,
        room=room,
        chart=CHART % 0,
    )
    height = TALL if len(morning.rows) <= FEW_AREAS else LOW
    return html, [PaperChart(_month_line(rates, locale), WIDE, height)]


def _month_line(rates: Headline, locale: str) -> charts.Option:
    """The month line without the addresses behind its points."""
    day = rates.query.period.day
    names = {key: f"{key} {definition(key, day).in_language('name', locale)}" for key in rates.keys}
    lines = {name: queries.month_line(key, rates.query, day, kept_only=True) for key, name in names.items()}
    return charts.month_line(lines, limit_name())
