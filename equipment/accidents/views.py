"""`/accidents`: the list, one accident with its clocks and its story, and the report that a phone sends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.accidents import actions
from equipment.accidents.actions import AccidentDraft
from equipment.accidents.forms import AccidentForm, category_options, taken_files
from equipment.accidents.hooks import HurtCall, call_facts
from equipment.accidents.listing import clock_words, exclusion_text, shown_accidents
from equipment.accidents.models import Accident
from equipment.accidents.queries import (
    IN_TIME,
    OPEN_FILTER,
    SORTS,
    accident_of,
    accidents_like,
    asked_clearance,
    files_of,
    listed,
    relays_of,
    team_of,
)
from equipment.accidents.rules import decision_problem, relay_problem, second_person_problem
from equipment.accidents.states import (
    OPEN,
    AccidentLevel,
    AccidentSource,
    AccidentState,
    Office,
    ReportVerdict,
)
from equipment.accidents.story import story_of
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_
from equipment.files.views import handed_out
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import filtered
from equipment.register.models import Equipment
from equipment.register.queries import piece, pieces, resolve
from equipment.register.views import kind_of
from equipment.regulation.accident_numbers import relayed_within, result_published, unit_reports_within
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, submitted
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("accidents", __name__)
OFFERED = 20  # pieces to choose from: more means that more of the number must be typed


@pages.route("/accidents", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.ACCIDENT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("accidents.export", filters, by=who, title=gettext("Accidents")):
        return taken
    page = paginate(listed(who, filters), SORTS, default="-happened")
    return render_template(
        "accidents/list.html",
        page=replace(page, rows=shown_accidents(who, page.rows)),
        args=filters,
        states=[
            (OPEN_FILTER, gettext("Not closed yet")),
            ("stops", gettext("Stopped after an accident")),
            *labelled(AccidentState),
        ],
        levels=labelled(AccidentLevel),
        hours=labelled(ReportVerdict(name) for name in IN_TIME),
        categories=category_options(),
        areas=area_options(who),
        now=clock.now(),
        clock_words=clock_words,
        may_report=may(who, Action.CREATE, Thing.ACCIDENT),
        may_experts=may(who, Action.SEE, Thing.EXPERT),
    )


@pages.get("/accidents/<uuid:accident_id>")
@web.allows(Action.SEE, Thing.ACCIDENT)
def show(accident_id: UUID) -> web.Answer:
    who = web.viewer()
    accident = accident_of(who, accident_id)
    shown = shown_accidents(who, [accident])[0]
    relays = list(relays_of([accident.id]).values())
    return render_template(
        "accidents/show.html",
        shown=shown,
        accident=accident,
        story=story_of(accident, relays),
        kind=kind_of(shown.piece) if shown.piece else "",
        now=clock.now(),
        clock_words=clock_words,
        exclusion=exclusion_text(accident, str(get_locale())),
        team=team_of(accident),
        hour_rule=unit_reports_within(accident.on),
        relay_rule=relayed_within(accident.on),
        public_rule=result_published(accident.on),
        **_steps(who, accident, shown.running.from_office if shown.running else None),
    )


def _steps(who: Viewer, accident: Accident, waits: Office | None) -> dict[str, object]:
    """What this viewer may do next."""
    decides = may(who, Action.APPROVE, Thing.ACCIDENT) and decision_problem(who.area) is None
    answers = may(who, Action.CHANGE, Thing.ACCIDENT) and (
        who.oversees or who.organisation_id in (accident.unit_id, accident.organisation_id)
    )
    asked = asked_clearance(accident)
    state, is_open = accident.state, accident.state in OPEN
    found = state in (AccidentState.CONFIRMED, AccidentState.INVESTIGATED)
    return {
        "asked": asked,
        "may_confirm": decides and state in (AccidentState.REPORTED, AccidentState.EXCLUDED),
        "may_exclude": decides and is_open,
        "may_level": decides and found,
        "may_name_piece": decides and accident.equipment_id is None and state is not AccidentState.CLOSED,
        "may_relay": decides and is_open and waits is not None and relay_problem(who.area, waits) is None,
        "may_end_follow_up": decides and found and accident.follow_up_ended_at is None,
        "may_investigate": decides and state is AccidentState.CONFIRMED,
        "may_publish": decides and state is AccidentState.INVESTIGATED,
        "may_close": decides and state is AccidentState.INVESTIGATED and accident.published_on is not None,
        "may_follow_up": answers and is_open,
        "may_correct": answers and (is_open or who.oversees),
        "may_ask_clearance": answers and accident.stops and asked is None,
        "may_clear": decides
        and asked is not None
        and second_person_problem(asked.asked_by, who.user_id) is None,
        "may_see_experts": may(who, Action.SEE, Thing.EXPERT),
        "may_find": who.oversees and may(who, Action.CREATE, Thing.FINDING) and accident.stops,
    }


@pages.route("/accidents/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.ACCIDENT)
def new() -> web.Answer:
    """初报: at a piece, of a rescue call, or (`elsewhere`) where no piece is on file."""
    who, today = web.viewer(), clock.today()
    call = _call(who, request.values.get("call", ""))
    key = id_in(request.values.get("equipment", "")) or (call.equipment_id if call else None)
    target = piece(who, key) if key else None
    if target is None and call is None and not request.values.get("elsewhere"):
        return _choose(who)
    form = _form(who, target, call)
    if form.is_submitted():
        accident = submitted(form, lambda: actions.report(_draft(who, form), taken_files("photos"), by=who))
        if accident is not None:
            flash(gettext("Reported. The bureau has been told."), "success")
            return redirect(url_for("accidents.show", accident_id=accident.id))
    like = _like(form, target)
    page = render_template(
        "accidents/new.html",
        form=form,
        piece=target,
        like=like,
        elsewhere=target is None,
        by_bureau=who.oversees,
        names_unit=who.organisation_kind not in actions.UNITS,
        rule=unit_reports_within(today),
        now=clock.now(),
    )
    return (page, form.http_status) if form.errors else page


def _form(who: Viewer, target: Equipment | None, call: HurtCall | None) -> AccidentForm:
    if request.method == "POST":
        form = AccidentForm()
    else:
        now = clock.site_time(clock.now()).replace(tzinfo=None, second=0, microsecond=0)
        data: dict[str, object] = {"happened_at": now, "known_at": None if who.oversees else now}
        if call is not None:
            data |= {
                "happened_at": clock.site_time(call.happened_at).replace(tzinfo=None),
                "what": call.what,
                "place": call.place,
                "trapped": call.trapped,
                "injured": call.injured,
            }
        form = AccidentForm(
            formdata=None,
            data={
                **data,
                "accident": new_id(),
                "equipment": target.id if target else None,
                "call": id_in(request.args.get("call", "")),
                "area": who.area,
                "by_phone": who.oversees,
            },
        )
    areas = areas_below(who.area if who.oversees else "")
    form.area.choices = [("", "—"), *((area.code, area.name) for area in areas)]
    return form


def _draft(who: Viewer, form: AccidentForm) -> AccidentDraft:
    call_id = form.call.data
    if call_id is not None and call_facts(who, call_id) is None:
        raise NotFound
    by_phone = who.oversees and form.by_phone.data
    happened_at, now = form.happened_at.instant, clock.now()
    assert happened_at is not None  # needed
    reported_at = (form.reported_at.instant or now) if who.oversees else now
    source = AccidentSource.CALL if call_id else AccidentSource.PHONE if by_phone else AccidentSource.PAGE
    return AccidentDraft(
        id=form.accident.data or new_id(),
        facts=form.with_times(happened_at, form.known_at.instant, reported_at),
        source=source,
        equipment=piece(who, form.equipment.data) if form.equipment.data else None,
        area=form.area.data or "",
        category=form.category.data or "",
        unit_name=form.unit_name.data or "",
        call_id=call_id,
        sure=bool(form.sure.data),
    )


def _call(who: Viewer, typed: str) -> HurtCall | None:
    key = id_in(typed)
    if key is None:
        return None
    facts = call_facts(who, key)
    if facts is None:
        raise NotFound
    return facts


def _like(form: AccidentForm, target: Equipment | None) -> Accident | None:
    """The accident that was asked about, so that it can be opened, if it is the viewer's to see."""
    if not form.sure.errors:
        return None
    call_id, at = form.call.data, form.happened_at.instant
    rows = list(accidents_like(call_id=call_id)) if call_id else []
    if not rows and target is not None and at is not None:
        day = timedelta(days=1)
        rows = list(accidents_like(equipment_id=target.id, since=at - day, until=at + day))
    own = visible(web.viewer(), Accident).where(Accident.id.in_([row.id for row in rows]))
    return session.scalars(own.limit(1)).first()


def _choose(who: Viewer) -> web.Answer:
    """A code or number that one piece alone carries leads straight to it; else the pieces that fit."""
    typed = request.values.get("code", "").strip()[:200]
    shown: list[Equipment] = []
    if typed:
        resolved = resolve(typed)
        carriers = (resolved.equipment_id,) if resolved.equipment_id else resolved.candidates
        if carriers:
            shown = list(pieces(who, carriers))
            if len(shown) == 1:
                return redirect(url_for("accidents.new", equipment=shown[0].id))
        else:
            fitting = filtered(who, {"q": typed}, hits=OFFERED).order_by(Equipment.id.desc())
            shown = list(session.scalars(fitting.limit(OFFERED)))
    return render_template("accidents/choose.html", typed=typed, pieces=shown, kind_of=kind_of, most=OFFERED)


@pages.get("/accidents/<uuid:accident_id>/files/<uuid:file_id>")
@web.allows(Action.SEE, Thing.ACCIDENT)
def file(accident_id: UUID, file_id: UUID) -> web.Answer:
    accident = accident_of(web.viewer(), accident_id)
    row = next((one for one in files_of(accident) if one.id == file_id), None)
    if row is None:
        raise NotFound
    return handed_out(row.sha256, row.media_type, row.name)


@pages.post("/accidents/<uuid:accident_id>/print")
@web.allows(Action.SEE, Thing.ACCIDENT)
def draw(accident_id: UUID) -> web.Answer:
    """事故信息快报 of the report, or of the step upward that `relay` names, drawn by the jobs process."""
    who = web.viewer()
    accident = accident_of(who, accident_id)
    relay_id = id_in(request.args.get("relay", ""))
    rows = relays_of([accident.id]).values()
    if relay_id is not None and relay_id not in {row.id for row in rows}:
        raise Invalid({"": N_("This step upward is not recorded.")})
    stated = {
        "accident_id": str(accident.id),
        "relay_id": str(relay_id or ""),
        "sample": web.settings().is_demo,
    }
    title = gettext("Report of an accident, %(day)s", day=accident.on.isoformat())
    with transaction():
        task = enqueue("accidents.paper", stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))
