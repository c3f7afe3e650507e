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
from equipment.core.errors import NotFound
from equipment.core.words import N_
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Thing
from equipment.people.scope import visible
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.choices import BY_KEY, QUESTIONS, Question, Shape
from equipment.regulation.models import Choice
from equipment.regulation.packs import Applies, Value
from equipment.regulation.queries import PACKS, choices, in_force, overrides, rules
from equipment.regulation.risk_numbers import RISK_KEY, RiskColour
from equipment.rules import actions, hooks
from equipment.rules.forms import AnswerForm, ConfirmValueForm, OwnValueForm, answer_form, own_value_form
from equipment.rules.preview import FOLLOW, HEAD, PREVIEW
from equipment.rules.proposals import Proposal
from equipment.rules.queries import may_decide
from equipment.rules.rules import can_be_typed, own_value
from equipment.storage.db import session
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, task_of, wait_for
from equipment.tasks.rules import Lane, TaskState
from equipment.web.forms import labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import arguments

pages = Blueprint("policy", __name__)
OTHER_PACKS = {RISK_KEY: N_("Risk colours")}  # packs that are no category's
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
            shown(part) if name == own else _named(name.removesuffix(f"_{own}"), part)
            for name, part in parts.items()
        )
    return str(value)


# What the parts of a value are called; a measure at the end of a key is its unit.
PARTS = {
    "packing": N_("Being put together"),
    "on_way": N_("On its way"),
    "arriving": N_("Being received"),
    "received": N_("At the inspection body"),
    "enough": N_("is enough"),
    "not_enough": N_("is not enough"),
    "acetylene": N_("Acetylene"),
    "also": N_("also called"),
    "applies": N_("for"),
    "asked": N_("answered by a person"),
    "before": N_("before"),
    "below": N_("below"),
    "body": N_("Body"),
    "effect": N_("Effect"),
    "except": N_("except"),
    "from": N_("starting at"),
    "": N_("at most"),
    "group": N_("Group"),
    "high": N_("highest"),
    "low": N_("lowest"),
    "max_charge": N_("Highest charge"),
    "override": N_("may be set aside"),
    "plus_minus": N_("±"),
    "refusal": N_("Refusal"),
    "refusal_by_group": N_("Refusal by group"),
    "tags": N_("Marks"),
    "tare": N_("Tare"),
    "target": N_("Target"),
    "trade": N_("Trade name"),
    "transition": N_("during a transition"),
    "vehicle": N_("Vehicle"),
    "volume": N_("Volume"),
    "wall": N_("Wall"),
    "words": N_("Lettering"),
    "year": N_("Year"),
    "g_per_l": N_("Filling coefficient"),
    "kpa": N_("at least"),
}
UNITS = {"kpa": "kPa", "g": "g", "ml": "mL", "um": "µm", "c": "°C", "mm": "mm", "g_per_l": "g/L"}


def _named(key: str, part: object) -> str:
    """A part of a value with its name and its unit; one that has no name here keeps its key."""
    name, _, measure = key.rpartition("_")
    if key in UNITS:
        return f"{translate(PARTS.get(key, ''))} {shown(part)} {UNITS[key]}".strip()
    if measure in UNITS and name in PARTS:
        return f"{translate(PARTS[name])} {shown(part)} {UNITS[measure]}"
    return f"{translate(PARTS.get(key, key))}: {shown(part)}"


def known_category(category: str) -> str:
    """The key of a category or of another pack, NotFound for any other text in the address."""
    if category not in PACKS:
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
        packs=[*((kind.key, kind.label) for kind in CATEGORIES), *OTHER_PACKS.items()],
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


def rule_page(category: str, key: str, wrong: OwnValueForm | ConfirmValueForm | None = None) -> str:
    """The page of a value, with the form in which something is wrong."""
    present, rows = _present(category, key), overrides(category, key)
    history = rules(category).history(key)
    confirming = {
        value.since: wrong
        if isinstance(wrong, ConfirmValueForm) and wrong.since.data == value.since
        else ConfirmValueForm(formdata=None, since=value.since)
        for value in history
    }
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
        wrong=wrong,
        confirming=confirming,
        own=wrong if isinstance(wrong, OwnValueForm) else _own_value_form(category, present),
        ways=Applies,
        of_category=category not in OTHER_PACKS,
    )


def _plain(value: object) -> str:
    """A value as one types it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _names(ids: set[UUID]) -> dict[UUID, str]:
    """The names of those who answered for rows; they are shown to whoever may read the rules."""
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


@pages.post("/rules/<category>/<path:key>/confirm")
@web.allows(Action.APPROVE, Thing.RULE)
def confirm(category: str, key: str) -> web.Answer:
    known_category(category)
    form = ConfirmValueForm()
    if not submitted(
        form, lambda: actions.confirm(category, key, form.since.data, cite=form.cite.data, by=web.viewer())
    ):
        return rule_page(category, key, form), 422
    flash(gettext("The value is confirmed."), "success")
    return redirect(url_for("policy.rule", category=category, key=key))


@pages.post("/rules/<category>/<path:key>/preview")
@web.allows(Action.APPROVE, Thing.RULE)
def try_value(category: str, key: str) -> web.Answer:
    """Before a value is set: which pieces it moves, whose they are, and what could not be filled any more."""
    present = _present(category, key)
    form = _own_value_form(category, present)
    task = submitted(
        form,
        lambda: _enqueue(
            PREVIEW,
            _proposal(category, key, present, form),
            gettext("What %(key)s would move", key=key),
            cite=form.cite.data,
        ),
    )
    if task is None:
        return rule_page(category, key, form), 422
    wait_for(task)
    return redirect(url_for("policy.previewed", task_id=task.id))


def _present(category: str, key: str) -> Value:
    """The value in force, or the last one there was."""
    history = rules(known_category(category)).history(key)
    if not history:
        raise NotFound
    return rules(category).find(key, clock.today()) or history[-1]


def _own_value_form(category: str, present: Value) -> OwnValueForm:
    today: date = clock.today()
    form = own_value_form(present.value, value=_plain(present.value), since=today)
    if category in OTHER_PACKS:  # nothing of them waits for an inspection
        form.applies.choices = labelled([Applies.AT_ONCE])
    return form


def _proposal(category: str, key: str, present: Value, form: OwnValueForm) -> Proposal:
    """The value, the day and the way of coming into force that were typed."""
    value = own_value(present.value, form.value.data or "")
    hooks.value_checked(category, key, value, form.since.data)
    return Proposal(
        category=category, key=key, since=form.since.data, value=value, applies=Applies(form.applies.data)
    )


def _enqueue(kind: str, proposal: Proposal, title: str, **more: str) -> Task:
    return enqueue(
        kind,
        {"proposal": proposal.as_json(), **more},
        by=web.viewer(),
        title=title,
        locale=str(get_locale()),
        lane=Lane.LONG,  # every piece is looked at
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
        colours={str(colour): colour for colour in RiskColour},
        may_set=may_decide(web.viewer()),
    )


@pages.post("/rules/<category>/<path:key>/set")
@web.allows(Action.APPROVE, Thing.RULE)
def set_value(category: str, key: str) -> web.Answer:
    present = _present(category, key)
    form = _own_value_form(category, present)

    def set_it() -> Task:
        proposal = _proposal(category, key, present, form)
        actions.set_value(
            category,
            key,
            proposal.since,
            proposal.value,
            cite=form.cite.data,
            by=web.viewer(),
            applies=proposal.applies,
        )
        return _enqueue(FOLLOW, proposal, gettext("What follows from %(key)s", key=key))

    if submitted(form, set_it) is None:
        return rule_page(category, key, form), 422
    flash(gettext("The bureau's own value holds from %(day)s.", day=form.since.data.isoformat()), "success")
    return redirect(url_for("policy.rule", category=category, key=key))


@pages.get("/choices")
@web.allows(Action.SEE, Thing.RULE)
def chosen() -> web.Answer:
    return choices_page()


def choices_page(wrong: Question | None = None, form: AnswerForm | None = None) -> str:
    """Every question with its answers and a form; the form in which something is `wrong` stays as typed."""
    on, who = clock.today(), web.viewer()
    names, rows = _stations(), choices()
    answers = {
        question.key: [row for row in rows if row.key == question.key and row.subject in ("", *names)]
        for question in QUESTIONS
    }
    now = {question.key: in_force(question, answers[question.key], on) for question in QUESTIONS}
    return render_template(
        "rules/choices.html",
        questions=QUESTIONS,
        now=now,
        forms={
            question.key: form
            if question is wrong
            else answer_form(question, now[question.key], list(names.items()), on, posted=False)
            for question in QUESTIONS
        },
        made=answers,
        names=names,
        people=_names({row.chosen_by for rows in answers.values() for row in rows if row.chosen_by}),
        told=answer_text,
        may_choose=may_decide(who),
        wrong=wrong,
    )


def answer_text(question: Question, value: object) -> str:
    """An answer as people read it."""
    if question.shape is Shape.DAYS:
        return str(gettext("%(num)s days", num=value))
    if question.shape is Shape.MONTHS:
        return str(gettext("%(num)s months", num=value))
    if question.shape is Shape.HOURS:
        return str(gettext("%(num)s hours", num=value))
    if question.shape is Shape.OPTION:
        return str(translate(question.options[str(value)]))
    if question.shape is Shape.SEVERAL:
        chosen = value if isinstance(value, list) else []
        return "、".join(str(translate(text)) for key, text in question.options.items() if key in chosen)
    days = value if isinstance(value, dict) else {}
    return "，".join(f"{code} {until}" for code, until in sorted(days.items())) or gettext(
        "no day set: it warns only"
    )


def _stations() -> dict[str, str]:
    """The names of the stations that a choice can hold for."""
    stations = (
        visible(web.viewer(), Organisation)
        .where(Organisation.kind == OrganisationKind.STATION, Organisation.active)
        .order_by(Organisation.name)
    )
    return {str(station.id): station.name for station in session.scalars(stations)}


def _choose(key: str, form: AnswerForm) -> Choice:
    subject = form.subject.data if "subject" in form else ""
    return actions.choose(
        key, form.since.data, form.texts(), subject=subject, cite=form.cite.data, by=web.viewer()
    )


@pages.post("/choices/<key>")
@web.allows(Action.APPROVE, Thing.RULE)
def choose(key: str) -> web.Answer:
    if key not in BY_KEY:
        raise NotFound
    question = BY_KEY[key]
    form = answer_form(question, {}, list(_stations().items()), clock.today(), posted=True)
    if not submitted(form, lambda: _choose(key, form)):
        return choices_page(question, form), 422
    flash(gettext("The choice was recorded."), "success")
    return redirect(url_for("policy.chosen"))
