"""The first page of an office of the bureau, its figures beside it, and the same on one sheet for the morning
meeting (晨会一页纸)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.briefing.cards import cards_beside, not_waiting, waiting
from equipment.briefing.queries import Briefing, briefing
from equipment.briefing.rules import ALARMING, BARS, GROUPS, Column
from equipment.core import clock
from equipment.core.figures import HomeCard
from equipment.people.home import organisation_name
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.queries import official_rate
from equipment.reports import charts, queries
from equipment.reports.counts import own_rate_categories
from equipment.reports.queries import Rated, RateQuery
from equipment.reports.rules import DENOMINATORS, LIMIT, shown
from equipment.reports.views import line_chart, locale
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.web.language import translate

pages = Blueprint("briefing", __name__)


def has_briefing(viewer: Viewer) -> bool:
    """Whose first page is put together here: an office of the bureau's."""
    return viewer.oversees and may(viewer, Action.SEE, Thing.RATE)


@dataclass(frozen=True, slots=True)
class Headline:
    """The rates of the page: the official one, or both candidates."""

    query: RateQuery
    keys: tuple[str, ...]
    rates: Sequence[Rated]


def headline(viewer: Viewer) -> Headline:
    on = clock.today()
    query, keys = queries.rate_query(viewer, on), shown(official_rate(on))
    return Headline(query, keys, [queries.rated(key, query, on) for key in keys])


def own_rates(viewer: Viewer) -> list[Rated]:
    """The rates of what is counted by itself, such as cylinders: many pieces, so not on the page itself."""
    on = clock.today()
    return [
        queries.rated(key, queries.rate_query(viewer, on, categories=[kind]), on)
        for kind in own_rate_categories()
        if viewer.categories is None or kind in viewer.categories
        for key in shown(official_rate(on))
    ]


def first_page(cards: Sequence[HomeCard], checklist: object) -> web.Answer:
    """The page, with what the slices put on it and the checklist of a city that begins."""
    who = web.viewer()
    rates, morning = headline(who), briefing(who, clock.today())
    return render_template(
        "briefing/home.html",
        organisation_name=organisation_name(who),
        checklist=checklist,
        waiting=waiting(cards),
        others=not_waiting(cards),
        headline=rates,
        morning=morning,
        place=queries.area_named(who.area),
        chart=line_chart(rates.keys, rates.query, kept_only=True),
        bars=overdue_bars(morning),
        groups=GROUPS,
        alarming=ALARMING,
        columns=tuple(Column),
        limit=LIMIT,
        denominators=DENOMINATORS,
        official=official_rate(clock.today()),
        language=locale(),
        labels={kind.key: translate(kind.label) for kind in CATEGORIES},
    )


def overdue_bars(morning: Briefing) -> charts.Option | None:
    """Overdue inspections of each area below by blame; None where nothing lies below or is overdue."""
    rows = [row for row in morning.rows if not row.is_rest]
    if not any(row.numbers[column].number for row in rows for column in BARS):
        return None
    names = {column: translate(label) for group in GROUPS for column, label in group.columns.items()}
    counts = {names[column]: [row.numbers[column] for row in rows] for column in BARS}
    return charts.area_stack([row.name for row in rows], counts)


@pages.get("/briefing/beside")
@web.allows(Action.SEE, Thing.RATE)
def beside() -> web.Answer:
    """Figures that take longer: fetched by the first page once it is there, a page of its own without
    scripts."""
    who = web.viewer()
    return render_template(
        "briefing/beside.html",
        cards=cards_beside(who),
        own=[rated for rated in own_rates(who) if rated.share.whole],
        labels={kind.key: translate(kind.label) for kind in CATEGORIES},
    )


@pages.post("/briefing/paper")
@web.allows(Action.SEE, Thing.RATE)
def paper() -> web.Answer:
    """Put the sheet of the morning meeting in line; the page of the work offers the file."""
    who, day = web.viewer(), clock.today().isoformat()
    with transaction():
        task = enqueue(
            "briefing.paper",
            {},
            by=who,
            locale=str(get_locale()),
            title=gettext("Morning meeting %(day)s", day=day),
        )
    return redirect(url_for("tasks.task", task_id=task.id))
