"""规则: every value with its citation and confidence, what the bureau confirmed or set itself, and the choices
left to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from sqlalchemy import select

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Thing
from equipment.people.scope import visible
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.choices import BY_KEY, QUESTIONS, Question, Shape
from equipment.regulation.packs import Applies
from equipment.regulation.queries import choices, in_force, overrides, rules
from equipment.rules import actions
from equipment.rules.preview import FOLLOW, HEAD, PREVIEW, Proposal
from equipment.rules.queries import may_decide
from equipment.rules.rules import can_be_typed, own_value
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, task_of, wait_for
from equipment.tasks.rules import TaskState
from equipment.web.language import translate
from equipment.web.pages import arguments

pages = Blueprint("policy", __name__)
AT_WORK = "rule-preview"  # what the page asks for anew while the pieces are counted


def shown(value: object) -> str:
    """A value of a rule pack as people read it."""
    if value is None:
        return str(gettext("repealed"))
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, list):
        return (
            "；".join(shown(part) for part in value)
            if any(isinstance(part, dict) for part in value)
            else "、".join(shown(part) for part in value)
        )
    if isinstance(value, Mapping):
        own, other = ("en", "zh") if str(get_locale()) == "en" else ("zh", "en")
        parts = {
            name: part for name, part in value.items() if name != other and not name.endswith(f"_{other}")
        }
        return "，".join(
            shown(part) if name == own else f"{name.removesuffix(f'_{own}')}: {shown(part)}"
            for name, part in parts.items()
        )
    return str(value)


def day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid({field: N_("This is no day.")}) from error


def known_category(category: str) -> str:
    """The category's key, NotFound for any other text in the address."""
    if category not in {kind.key for kind in CATEGORIES}:
        raise NotFound
    return category


@pages.get("/rules")
@web.allows(Action.SEE, Thing.RULE)
def listed() -> web.Answer:
    filters, on = arguments(), clock.today()
    chosen = known_category(filters.get("category", CATEGORIES[0].key))
    pack = rules(chosen)
    now = [value for key in pack.values if (value := pack.find(key, on))]
    if filters.get("q"):
        now = [
            value
            for value in now
            if filters["q"].lower()
            in f"{value.key} {value.note} {value.citation.document} {shown(value.value)}".lower()
        ]
    if filters.get("unverified"):
        now = [value for value in now if not value.confidence.verified]
    now.sort(key=lambda value: (value.confidence.verified, value.key))
    return render_template(
        "rules/rules.html",
        categories=CATEGORIES,
        chosen=chosen,
        pack=pack,
        values=now,
        shown=shown,
        asked=filters,
        unverified=len(
            [value for key in pack.values if (value := pack.find(key, on)) and not value.confidence.verified]
        ),
    )


@pages.get("/rules/<category>/<path:key>")
@web.allows(Action.SEE, Thing.RULE)
def rule(category: str, key: str) -> web.Answer:
    return rule_page(category, key)


def rule_page(category: str, key: str, errors: Mapping[str, str] | None = None) -> str:
    history, rows = rules(known_category(category)).history(key), overrides(category, key)
    if not history:
        raise NotFound
    today = clock.today()
    present = rules(category).find(key, today) or history[-1]
    return render_template(
        "rules/rule.html",
        category=category,
        key=key,
        history=history[::-1],
        present=present,
        rows=rows[::-1],
        shown=shown,
        names=_names({row.confirmed_by for row in rows}),
        typed=can_be_typed(present.value),
        may_change=may_decide(web.viewer()),
        errors=errors or {},
        form=request.form,
        today=today,
        plain=_plain(present.value),
        ways=Applies,
        way_options=[(str(way), translate(way.label)) for way in Applies],
    )


def _plain(value: object) -> str:
    """A value as one types it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _names(ids: set[UUID]) -> dict[UUID, str]:
    """The names of those who answered for rows; they are shown to whoever may read the rules."""
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def again(category: str, key: str, error: Invalid) -> tuple[str, int]:
    return rule_page(category, key, {name: translate(message) for name, message in error.fields.items()}), 422


@pages.post("/rules/<category>/<path:key>/confirm")
@web.allows(Action.APPROVE, Thing.RULE)
def confirm(category: str, key: str) -> web.Answer:
    try:
        since = day(request.form.get("since", ""), "")
        with transaction():
            actions.confirm(
                known_category(category), key, since, cite=request.form.get("cite", ""), by=web.viewer()
            )
    except Invalid as error:
        return again(category, key, error)
    flash(gettext("The value is confirmed."), "success")
    return redirect(url_for("policy.rule", category=category, key=key))


@pages.post("/rules/<category>/<path:key>/preview")
@web.allows(Action.APPROVE, Thing.RULE)
def try_value(category: str, key: str) -> web.Answer:
    """Before a value is set: which pieces it moves, whose they are, and what could not be filled any more."""
    try:
        proposal, cite = _proposed(category, key), request.form.get("cite", "").strip()
        if not cite:
            raise Invalid(
                {"cite": N_("Say which document you compared it with, or which decision it rests on.")}
            )
        with transaction():
            task = _enqueue(PREVIEW, proposal, gettext("What %(key)s would move", key=key), cite=cite)
    except Invalid as error:
        return again(category, key, error)
    wait_for(task)
    return redirect(url_for("policy.previewed", task_id=task.id))


def _proposed(category: str, key: str) -> Proposal:
    """The value, the day and the way of coming into force that were typed."""
    history = rules(known_category(category)).history(key)
    if not history:
        raise NotFound
    present = rules(category).find(key, clock.today()) or history[-1]
    value, since = (
        own_value(present.value, request.form.get("value", "")),
        day(request.form.get("since", ""), "since"),
    )
    applies = request.form.get("applies", Applies.AT_ONCE)
    if applies not in set(Applies):
        raise Invalid({"applies": N_("Choose how the value comes into force.")})
    return Proposal(category=category, key=key, since=since, value=value, applies=Applies(applies))


def _enqueue(kind: str, proposal: Proposal, title: str, **more: str) -> Task:
    return enqueue(
        kind, {"proposal": proposal.as_json(), **more}, by=web.viewer(), title=title, locale=str(get_locale())
    )


@pages.get("/rules/preview/<uuid:task_id>")
@web.allows(Action.APPROVE, Thing.RULE)
def previewed(task_id: UUID) -> web.Answer:
    """What the value would move, as far as it has been counted; below it the button that sets it."""
    task = task_of(web.viewer(), task_id)
    if task is None or task.kind != PREVIEW:
        raise NotFound
    running = task.state not in ENDED
    if request.headers.get("HX-Target") == AT_WORK and not running:
        # The page that watched the work is another one now.
        return web.sent_to(url_for("policy.previewed", task_id=task.id))
    proposal, outcome = Proposal.from_json(task.stated.table("proposal")), message_in(task.message)
    summary = task.figures if task.state == TaskState.DONE else {}
    return render_template(
        "rules/preview.html",
        task=task,
        running=running,
        at_work=AT_WORK,
        proposal=proposal,
        plain=_plain(proposal.value),
        shown=shown,
        cite=task.input["cite"],
        summary=summary,
        message=translate(outcome) if outcome else "",
        head=HEAD,
        may_set=may_decide(web.viewer()),
    )


@pages.post("/rules/<category>/<path:key>/set")
@web.allows(Action.APPROVE, Thing.RULE)
def set_value(category: str, key: str) -> web.Answer:
    try:
        proposal = _proposed(category, key)
        with transaction():
            actions.set_value(
                category,
                key,
                proposal.since,
                proposal.value,
                cite=request.form.get("cite", ""),
                by=web.viewer(),
                applies=proposal.applies,
            )
            _enqueue(FOLLOW, proposal, gettext("What follows from %(key)s", key=key))
    except Invalid as error:
        return again(category, key, error)
    flash(gettext("The bureau's own value holds from %(day)s.", day=proposal.since.isoformat()), "success")
    return redirect(url_for("policy.rule", category=category, key=key))


@pages.get("/choices")
@web.allows(Action.SEE, Thing.RULE)
def chosen() -> web.Answer:
    return choices_page({})


def choices_page(errors: Mapping[str, str], wrong: str = "") -> str:
    on, who = clock.today(), web.viewer()
    stations = (
        visible(who, Organisation)
        .where(Organisation.kind == OrganisationKind.STATION, Organisation.active)
        .order_by(Organisation.name)
    )
    names = {str(station.id): station.name for station in session.scalars(stations)}
    rows = choices()
    answers = {
        question.key: [row for row in rows if row.key == question.key and row.subject in ("", *names)]
        for question in QUESTIONS
    }
    return render_template(
        "rules/choices.html",
        questions=QUESTIONS,
        now={question.key: in_force(question, answers[question.key], on) for question in QUESTIONS},
        made=answers,
        names=names,
        people=_names({row.chosen_by for rows in answers.values() for row in rows if row.chosen_by}),
        told=answer_text,
        may_choose=may_decide(who),
        errors=errors,
        wrong=wrong,
        form=request.form,
        today=on,
    )


def answer_text(question: Question, value: object) -> str:
    """An answer as people read it."""
    if question.shape is Shape.DAYS:
        return str(gettext("%(num)s days", num=value))
    if question.shape is Shape.MONTHS:
        return str(gettext("%(num)s months", num=value))
    if question.shape is Shape.OPTION:
        return str(translate(question.options[str(value)]))
    days = value if isinstance(value, dict) else {}
    return "，".join(f"{code} {until}" for code, until in sorted(days.items())) or gettext(
        "no day set: it warns only"
    )


@pages.post("/choices/<key>")
@web.allows(Action.APPROVE, Thing.RULE)
def choose(key: str) -> web.Answer:
    if key not in BY_KEY:
        raise NotFound
    try:
        since = day(request.form.get("since", ""), "since")
        with transaction():
            actions.choose(
                key,
                since,
                request.form.to_dict(),
                subject=request.form.get("subject", ""),
                cite=request.form.get("cite", ""),
                by=web.viewer(),
            )
    except Invalid as error:
        return choices_page({name: translate(message) for name, message in error.fields.items()}, key), 422
    flash(gettext("The choice was recorded."), "success")
    return redirect(url_for("policy.chosen"))
