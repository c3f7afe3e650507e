"""当日记录打印: choose day, shift, bay and gas, and take the records of a station's day as PDF or workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_
from equipment.fills.page_forms import DayPaperForm
from equipment.fills.papers import (
    PaperWindow,
    Shift,
    instruments_of,
    only_own_handover,
    shifts,
    stations,
    window_of,
)
from equipment.fills.states import DayPaper
from equipment.fills.station import licensed_gases
from equipment.people.rules import Action, Role, Thing
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.models import Task
from equipment.tasks.queries import my_tasks
from equipment.web.forms import checked, error_texts
from equipment.web.language import translate
from equipment.web.pages import arguments

pages = Blueprint("day_papers", __name__)

PAPERS, NEWEST = "fills.papers", 10
ALL = "all"
HOLDS: Mapping[str, str] = {
    DayPaper.PRE_CHECK: N_(
        "Every bottle that was looked over, item by item; refused ones and bottles without code."
    ),
    DayPaper.FILL: N_("Tare, empty, gross and net weight or pressure, scale, people, start and end."),
    DayPaper.POST_CHECK: N_("Every bottle with its result, item by item, re-weighed."),
    DayPaper.HANDOVER: N_("Who handed over to whom, bottles and kg, refusals, what is left open."),
    ALL: N_("The three records and the handover sheet in one file."),
}


class DayPaperOffer(NamedTuple):
    """A paper as the page offers it."""

    key: str
    label: str
    holds: str


@pages.get("/fills/papers")
@web.allows(Action.SEE, Thing.FILL)
def page() -> web.Answer:
    who, args, errors = web.viewer(), arguments(), dict[str, str]()
    choices = session.scalars(stations(who)).all() if who.oversees else []
    window, on_duty, places = None, list[Shift](), []
    if args.get("station") or not who.oversees:
        try:
            window = window_of(who, args)
        except Invalid as error:
            errors = error_texts(error)
            window = window_of(who, {"station": args.get("station", "")})
        on_duty = shifts(who, window.station.id, window.since, window.until)
        if not args:
            window = _with_own_shift(window, on_duty)
        places = list(instruments_of(window.station.id))
    return render_template(
        "fills/papers.html",
        window=window,
        args=args,
        errors=errors,
        stations=[(str(station.id), station.name) for station in choices],
        shifts=[(str(shift.duty.id), f"{shift.person} {shift.hours}（{shift.device}）") for shift in on_duty],
        bays=[(bay, bay) for bay in dict.fromkeys(place.bay for place in places if place.bay)],
        gases=_gases(window, {place.gas for place in places if place.gas}),
        papers=_offered(window) if window else [],
        newest=session.scalars(my_tasks(who).where(Task.kind == PAPERS).limit(NEWEST)).all(),
    )


@pages.post("/fills/papers")
@web.allows(Action.SEE, Thing.FILL)
def draw() -> web.Answer:
    who, form = web.viewer(), DayPaperForm()
    settings: Settings = current_app.config["SETTINGS"]
    checked(form)
    wanted = form.wanted()
    window = window_of(who, wanted)
    paper = wanted["paper"]
    only_own_handover(who, window, list(DayPaper) if paper == ALL else [DayPaper(paper)])
    names = [_label(paper), window.days, window.bay, window.gas]
    if window.shift:
        names.append(f"{window.shift.person} {window.shift.hours}".replace(":", ""))
    with transaction():
        task = enqueue(
            PAPERS,
            {**wanted, "station": str(window.station.id), "sample": settings.is_demo},
            by=who,
            title=" ".join(name for name in names if name),
            locale=str(get_locale()),
        )
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


def _with_own_shift(window: PaperWindow, on_duty: list[Shift]) -> PaperWindow:
    """Whoever hands over finds his own shift chosen."""
    who = web.viewer()
    own = [shift for shift in on_duty if shift.duty.user_id == who.user_id]
    if not own or Role.STATION_OWNER in who.roles:
        return window
    return PaperWindow(station=window.station, since=window.since, until=window.until, shift=own[-1])


def _gases(window: PaperWindow | None, at_bays: set[str]) -> list[tuple[str, str]]:
    if window is None:
        return []
    licensed = licensed_gases(window.station.id, clock.today()) or frozenset()
    return [(gas, gas) for gas in sorted(at_bays | licensed)]


def _offered(window: PaperWindow) -> list[DayPaperOffer]:
    """What the viewer may print of a window."""
    try:
        only_own_handover(web.viewer(), window, [DayPaper.HANDOVER])
        keys = [*map(str, DayPaper), ALL]
    except NotAllowed:
        keys = [str(paper) for paper in DayPaper if paper is not DayPaper.HANDOVER]
    return [DayPaperOffer(key, _label(key), translate(HOLDS[key])) for key in keys]


def _label(paper: str) -> str:
    return gettext("All papers of the day") if paper == ALL else translate(DayPaper(paper).label)
