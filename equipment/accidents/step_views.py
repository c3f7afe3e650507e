"""The steps of an accident, a small page each: told again, corrected, decided, reported upward, cleared,
closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.accidents import actions, clearing, deciding, relaying
from equipment.accidents.deciding import Investigation
from equipment.accidents.forms import (
    AccidentCorrectionForm,
    AccidentNoteForm,
    ClearanceDecisionForm,
    ClearanceForm,
    ConfirmAccidentForm,
    ExcludeForm,
    InvestigationForm,
    LevelForm,
    PieceForm,
    PublishForm,
    RelayForm,
    StatementForm,
    taken_files,
)
from equipment.accidents.listing import clock_words, shown_accidents
from equipment.accidents.models import Accident
from equipment.accidents.queries import accident_of, experts_for, passed_since, relays_of, running_step
from equipment.accidents.rules import COUNTS
from equipment.accidents.states import AccidentLevel, ClearanceKind, RelayHow
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.inspections.rules import InspectionKind
from equipment.people.rules import Action, Thing
from equipment.register.queries import piece, resolve
from equipment.web.forms import Form, submitted
from equipment.web.language import translate

pages = Blueprint("accident_steps", __name__)


def _step(
    accident: Accident,
    form: Form,
    action: Callable[[], object],
    *,
    title: str,
    button: str,
    intro: str = "",
    tone: str = "primary",
    **shown: object,
) -> web.Answer:
    """Show the form of a step, or do it and go back to the accident."""
    if form.is_submitted() and submitted(form, action) is not None:
        flash(gettext("Recorded."), "success")
        return redirect(url_for("accidents.show", accident_id=accident.id))
    page = render_template(
        "accidents/step.html",
        form=form,
        shown=shown_accidents(web.viewer(), [accident])[0],
        accident=accident,
        title=title,
        button=button,
        intro=intro,
        tone=tone,
        now=clock.now(),
        clock_words=clock_words,
        **shown,
    )
    return (page, form.http_status) if form.errors else page


def _accident(accident_id: UUID) -> Accident:
    return accident_of(web.viewer(), accident_id)


def _typed(at: datetime | None) -> datetime | None:
    return clock.site_time(at).replace(tzinfo=None) if at else None


def _as_known(accident: Accident) -> dict[str, object]:
    """What is known now, as the form of facts has it."""
    plain = {name: getattr(accident, name) for name in (*COUNTS, "what", "place", "measures", "loss_yuan")}
    times = {name: _typed(getattr(accident, name)) for name in ("happened_at", "known_at", "reported_at")}
    return plain | times


@pages.route("/accidents/<uuid:accident_id>/follow-up", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.ACCIDENT)
def follow_up(accident_id: UUID) -> web.Answer:
    """续报."""
    who, accident = web.viewer(), _accident(accident_id)
    form = StatementForm(data=_as_known(accident))

    def take() -> object:
        facts = form.with_times(accident.happened_at, accident.known_at, accident.reported_at)
        return actions.follow_up(_accident(accident_id), facts, taken_files("photos"), by=who)

    intro = gettext(
        "Give everything as it is known now. Until %(day)s changed numbers belong to the report.",
        day=accident.follow_up_until.isoformat(),
    )
    title, button = gettext("Follow-up report"), gettext("Send the follow-up report")
    return _step(accident, form, take, title=title, button=button, intro=intro)


@pages.route("/accidents/<uuid:accident_id>/correct", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.ACCIDENT)
def correct(accident_id: UUID) -> web.Answer:
    """更正: with the reason; what was said before stays."""
    who, accident = web.viewer(), _accident(accident_id)
    form = AccidentCorrectionForm(data=_as_known(accident))

    def take() -> object:
        happened_at = _same_minute(form.happened_at.instant, accident.happened_at)
        reported_at = _same_minute(form.reported_at.instant, accident.reported_at)
        assert happened_at is not None  # needed
        facts = form.with_times(
            happened_at,
            _same_minute(form.known_at.instant, accident.known_at),
            reported_at or accident.reported_at,
        )
        photos = taken_files("photos")
        return actions.correct(_accident(accident_id), facts, form.reason.data, photos, by=who)

    intro = gettext("What was said before can still be read; the correction holds from now on.")
    title, button = gettext("Correct the report"), gettext("Save the correction")
    return _step(accident, form, take, title=title, button=button, intro=intro)


def _same_minute(typed: datetime | None, before: datetime | None) -> datetime | None:
    """What was not changed keeps its seconds."""
    if typed is not None and before is not None and typed == before.replace(second=0, microsecond=0):
        return before
    return typed


@pages.route("/accidents/<uuid:accident_id>/confirm", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def confirm(accident_id: UUID) -> web.Answer:
    """It was an accident, of this level."""
    who, accident = web.viewer(), _accident(accident_id)
    form = ConfirmAccidentForm()

    def take() -> object:
        level = AccidentLevel(form.level.data)
        return deciding.confirm(_accident(accident_id), level, form.note.data or "", by=who)

    intro = gettext("The piece is not to be used from now on until it was fully checked and cleared.")
    title, button = gettext("Confirm as an accident"), gettext("Confirm")
    return _step(accident, form, take, title=title, button=button, intro=intro, tone="danger")


@pages.route("/accidents/<uuid:accident_id>/exclude", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def exclude(accident_id: UUID) -> web.Answer:
    """不属于事故."""
    who, accident = web.viewer(), _accident(accident_id)
    form = ExcludeForm()

    def take() -> object:
        return deciding.exclude(_accident(accident_id), form.exclusion.data, form.reason.data, by=who)

    intro = gettext("Art. 3 of order 50 names six cases. The record stays on file, with the reason.")
    title, button = gettext("Not an accident"), gettext("Decide: not an accident")
    return _step(accident, form, take, title=title, button=button, intro=intro)


@pages.route("/accidents/<uuid:accident_id>/level", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def level(accident_id: UUID) -> web.Answer:
    """Another level, with its reason."""
    who, accident = web.viewer(), _accident(accident_id)
    form = LevelForm(data={"level": accident.level})

    def take() -> object:
        chosen = AccidentLevel(form.level.data)
        return deciding.set_level(_accident(accident_id), chosen, form.reason.data, by=who)

    title, button = gettext("Another level"), gettext("Set the level")
    return _step(accident, form, take, title=title, button=button)


@pages.route("/accidents/<uuid:accident_id>/piece", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def name_piece(accident_id: UUID) -> web.Answer:
    """Which piece on file it was."""
    who, accident = web.viewer(), _accident(accident_id)
    form = PieceForm()

    def take() -> object:
        key = resolve(form.code.data).equipment_id
        if key is None:
            raise Invalid({"code": N_("No piece on file carries this, or several do.")})
        return deciding.name_piece(_accident(accident_id), piece(who, key), by=who)

    title, button = gettext("Name the piece"), gettext("This piece it was")
    return _step(accident, form, take, title=title, button=button)


@pages.route("/accidents/<uuid:accident_id>/relay", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def relay(accident_id: UUID) -> web.Answer:
    """逐级上报: the step that waits."""
    who, accident = web.viewer(), _accident(accident_id)
    form, waits = RelayForm(), running_step(accident, relays_of([accident.id]))

    def take() -> object:
        if waits is None:
            raise Conflict({"": N_("This step upward was recorded already.")})
        how, sent_at = RelayHow(form.how.data), form.sent_at.instant or clock.now()
        receipt, note = form.receipt.data or "", form.note.data or ""
        return relaying.relay(_accident(accident_id), waits.from_office, how, sent_at, receipt, note, by=who)

    names = {"from": translate(waits.from_office), "to": translate(waits.to_office)} if waits else {}
    title = gettext("%(from)s reports to %(to)s", **names) if waits else gettext("Report upward")
    return _step(accident, form, take, title=title, button=gettext("Record the report upward"))


@pages.route("/accidents/<uuid:accident_id>/no-more", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def end_follow_up(accident_id: UUID) -> web.Answer:
    """Nothing more is expected to change."""
    who, accident = web.viewer(), _accident(accident_id)
    form = AccidentNoteForm()

    def take() -> object:
        return deciding.end_follow_up(_accident(accident_id), form.note.data or "", by=who)

    intro = gettext("Nobody is reminded of follow-up reports any more; they can still be sent.")
    title, button = gettext("Nothing more is expected to change"), gettext("Record it")
    return _step(accident, form, take, title=title, button=button, intro=intro)


@pages.route("/accidents/<uuid:accident_id>/clearance", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.ACCIDENT)
def ask_clearance(accident_id: UUID) -> web.Answer:
    """Ask that the piece may be used again."""
    who, accident = web.viewer(), _accident(accident_id)
    form, passed = ClearanceForm(), passed_since(accident)
    form.inspection.choices = [
        ("", "—"),
        *(
            (str(one.id), f"{one.on.isoformat()} {translate(InspectionKind(one.kind))} {one.report_no}")
            for one in passed
        ),
    ]

    def take() -> object:
        kind, inspection = ClearanceKind(form.kind.data), id_in(form.inspection.data or "")
        documents, note = taken_files("documents"), form.note.data or ""
        return clearing.ask_clearance(_accident(accident_id), kind, inspection, note, documents, by=who)

    intro = gettext("Another person of the county or the city decides, by what you add here.")
    title, button = gettext("Ask for clearance"), gettext("Ask for clearance")
    return _step(accident, form, take, title=title, button=button, intro=intro)


@pages.post("/accidents/<uuid:accident_id>/clear")
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def decide_clearance(accident_id: UUID) -> web.Answer:
    """Grant it or refuse it: another person than who asked."""
    who, accident = web.viewer(), _accident(accident_id)
    form = ClearanceDecisionForm()

    def take() -> object:
        granted, reason = form.granted.data == "yes", form.reason.data or ""
        return clearing.decide_clearance(_accident(accident_id), granted, reason, by=who)

    title, button = gettext("Decide on the clearance"), gettext("Grant the clearance")
    return _step(accident, form, take, title=title, button=button, decision=True)


@pages.route("/accidents/<uuid:accident_id>/investigation", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def investigate(accident_id: UUID) -> web.Answer:
    """What the investigation ended with."""
    who, accident = web.viewer(), _accident(accident_id)
    form = InvestigationForm()

    def take() -> object:
        ended = Investigation(
            on=form.investigated_on.data,
            result=form.result.data,
            cause=form.cause.data,
            responsible=form.responsible.data,
            team=form.team.data,
        )
        return deciding.investigate(_accident(accident_id), ended, taken_files("documents"), by=who)

    title, button = gettext("End the investigation"), gettext("Record the result")
    offered = experts_for(who, accident.category)
    return _step(accident, form, take, title=title, button=button, experts=offered, chosen=form.team.data)


@pages.route("/accidents/<uuid:accident_id>/publish", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def publish(accident_id: UUID) -> web.Answer:
    """调查处理情况公开."""
    who, accident = web.viewer(), _accident(accident_id)
    fields = ("published_on", "published_where", "published_text")
    form = PublishForm(data={name: getattr(accident, name) for name in fields})

    def take() -> object:
        typed = [form[name].data for name in fields]
        return deciding.publish(_accident(accident_id), *typed, by=who)

    title, button = gettext("Make the result public"), gettext("Record the publication")
    return _step(accident, form, take, title=title, button=button)


@pages.route("/accidents/<uuid:accident_id>/close", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.ACCIDENT)
def close(accident_id: UUID) -> web.Answer:
    """结案."""
    who, accident = web.viewer(), _accident(accident_id)
    form = AccidentNoteForm()

    def take() -> object:
        return deciding.close(_accident(accident_id), form.note.data or "", by=who)

    title, button = gettext("Close the accident"), gettext("Close the accident")
    return _step(accident, form, take, title=title, button=button)
