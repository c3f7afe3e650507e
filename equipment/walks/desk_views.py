"""Rounds at the desk: their rows as a list and a file, paper typed back by keyboard, and what waits for the
county, settled in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.clock import SITE
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_, Message
from equipment.files.models import Attachment
from equipment.hazards.actions import rectify_by
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.clauses import Grade
from equipment.storage.db import session, transaction
from equipment.walks.actions import WalkTap, record_outcome
from equipment.walks.forms import MOST_AT_ONCE, SendBackForm, SettleRowsForm, TypedRowForm
from equipment.walks.listing import people_of
from equipment.walks.models import Walk, WalkRow
from equipment.walks.queries import (
    PHOTO_OF,
    SORTS,
    listed,
    round_of,
    row_of,
    rows_of,
    rows_with,
    unit_names,
    waiting_by_outcome,
)
from equipment.walks.rules import COUNTY, KEYS, SETTLEMENTS, SHRINKING, days_overdue
from equipment.walks.settling import WalkDecision, row_walk, send_back, settle, settled_in_use, walks_of
from equipment.walks.states import OPEN_ROWS, WalkOutcome, WalkRowState, WalkSettlement, WalkVia
from equipment.walks.views import area_names, pieces_of
from equipment.web.forms import checked, error_texts
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("walk_desk", __name__)
NOON = time(12)
STATES = (("done", N_("Walked or closed")), *((str(state), state.label) for state in WalkRowState))


@pages.route("/walks/rows", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.WALK)
def rows() -> web.Answer:
    """Rows of any round by what people ask for: a round, a month, an office, what was seen."""
    who, filters = web.viewer(), arguments()
    if taken := exported("walks.export", filters, by=who, title=gettext("Walks of the overdue list")):
        return taken
    page = paginate(listed(who, filters), SORTS, default="row")
    return render_template(
        "walks/rows.html",
        page=page,
        around=_around(page.rows),
        states=[(value, translate(label)) for value, label in STATES],
        outcomes=[(outcome.value, translate(outcome.label)) for outcome in WalkOutcome],
        areas=area_options(who),
        days_overdue=days_overdue,
        today=clock.today(),
    )


@dataclass(frozen=True, slots=True)
class RowsAround:
    """What stands around the rows of a page, in a few questions for all of them."""

    walks: Mapping[UUID, Walk]
    pieces: Mapping[UUID, Equipment]
    units: Mapping[UUID | None, str]
    areas: Mapping[str, str]
    people: Mapping[UUID | None, str]
    photos: Mapping[UUID, Sequence[Attachment]]


def _around(rows: Sequence[WalkRow]) -> RowsAround:
    attached = visible(SYSTEM, Attachment).where(
        Attachment.subject_kind == PHOTO_OF, Attachment.subject_id.in_([row.id for row in rows])
    )
    photos: dict[UUID, list[Attachment]] = {}
    for photo in session.scalars(attached.order_by(Attachment.at, Attachment.id)):
        photos.setdefault(photo.subject_id, []).append(photo)
    return RowsAround(
        walks_of(web.viewer(), rows), pieces_of(rows), unit_names(rows), area_names(), people_of(rows), photos
    )


# --- paper, typed back -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypedRow:
    """One row of the typing page: how it stands, what was typed, what is wrong with it."""

    row: WalkRow
    form: TypedRowForm
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.row.state in OPEN_ROWS


@pages.route("/walks/<uuid:walk_id>/enter", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.WALK)
def enter(walk_id: UUID) -> web.Answer:
    """The rows of the print in its order. Without scripts one button saves all rows that were filled in."""
    walk = round_of(web.viewer(), walk_id)
    wanted = rows_of(walk)
    if request.args.get("rows") == "out":
        wanted = wanted.where(WalkRow.state == WalkRowState.TO_WALK)
    page = paginate(wanted, {"row": WalkRow.row_no}, default="row")
    typed: dict[int, TypedRow] = {}
    if request.method == "POST":
        for row in page.rows:
            if TypedRowForm(prefix=f"{row.row_no}-").key.data:
                typed[row.row_no] = _save_row(walk_id, row.row_no)
        saved = sum(not one.problems for one in typed.values())
        flash(ngettext("%(num)d row saved", "%(num)d rows saved", saved), "success" if saved else "warning")
        if saved == len(typed):
            return redirect(request.full_path)
    shown = [typed.get(row.row_no) or _blank_row(row) for row in page.rows]
    return render_template(
        "walks/enter.html",
        walk=walk,
        page=replace(page, rows=shown),
        pieces=pieces_of([one.row for one in shown]),
        units=unit_names([one.row for one in shown]),
        keys=[(key, outcome.label) for key, outcome in KEYS.items()],
        today=clock.today(),
    ), (422 if typed else 200)


@pages.post("/walks/<uuid:walk_id>/enter/<int:row_no>")
@web.allows(Action.CHANGE, Thing.WALK)
def enter_row(walk_id: UUID, row_no: int) -> web.Answer:
    """One row from the keyboard page; the answer is the row as it now stands."""
    walk = round_of(web.viewer(), walk_id)
    typed = _save_row(walk_id, row_no)
    if not web.wants_fragment():
        return redirect(url_for("walk_desk.enter", walk_id=walk_id))
    return render_template(
        "walks/_enter_row.html", walk=walk, typed=typed, pieces=pieces_of([typed.row]), today=clock.today()
    )


def _blank_row(row: WalkRow) -> TypedRow:
    form = TypedRowForm(formdata=None, prefix=f"{row.row_no}-", id=new_id())
    return TypedRow(row, form)


def _save_row(walk_id: UUID, row_no: int) -> TypedRow:
    """One row in a transaction of its own; what is wrong with it comes back beside what was typed."""
    who, form = web.viewer(), TypedRowForm(prefix=f"{row_no}-")
    row = row_of(round_of(who, walk_id), row_no)
    try:
        checked_row = _tap_typed(form)
        with transaction():
            record_outcome(round_of(who, walk_id), row_no, checked_row, by=who)
    except Invalid as refusal:
        return TypedRow(row, form, error_texts(refusal))
    return _blank_row(row_of(round_of(who, walk_id), row_no))


def _tap_typed(form: TypedRowForm) -> WalkTap:
    """What the paper says: its day counts at noon, or now where it is today's."""
    checked(form)
    if form.key.data not in KEYS:
        keys = "、".join(f"{key} {translate(outcome.label)}" for key, outcome in KEYS.items())
        raise Invalid({"key": Message(N_("Keys of this row: %(keys)s"), {"keys": keys})})
    now, on = clock.now(), form.on.data or clock.today()
    if on > clock.today():
        raise Invalid({"on": N_("This day has not come yet.")})
    at = min(datetime.combine(on, NOON, tzinfo=SITE), now)
    return WalkTap(form.id.data or new_id(), KEYS[form.key.data], at, form.remark.data or "", WalkVia.PAPER)


# --- what waits for the county -----------------------------------------------------------------------------


class SettledRow(NamedTuple):
    """What became of one ticked row: in words, and whether it went through."""

    row: WalkRow
    text: str
    is_done: bool


@pages.get("/walks/settle")
@web.allows(Action.SEE, Thing.WALK)
def waiting() -> web.Answer:
    """What was seen and waits, outcome by outcome."""
    return _settle_page(SettleRowsForm(formdata=None), SendBackForm(formdata=None), ())


def _settle_page(form: SettleRowsForm, back: SendBackForm, done: Sequence[SettledRow]) -> str:
    who, filters = web.viewer(), arguments()
    numbers = waiting_by_outcome(who, filters.get("area", "") if filters.get("area", "").isdecimal() else "")
    chosen = filters.get("outcome", "")
    outcome = (
        WalkOutcome(chosen)
        if chosen in set(WalkOutcome)
        else next((one for one in WalkOutcome if numbers[one]), WalkOutcome.IN_USE)
    )
    wanted = {**filters, "outcome": outcome.value, "state": WalkRowState.WALKED.value}
    page = paginate(listed(who, wanted), SORTS, default="row")
    ways = [way for way in SETTLEMENTS[outcome] if way is WalkSettlement.HAZARD or len(who.area) <= COUNTY]
    form.settlement.choices = [(way.value, translate(way.label)) for way in ways]
    form.body.choices = _bodies()
    form.due_on.data = form.due_on.data or rectify_by(Grade.GENERAL, clock.today())
    return render_template(
        "walks/settle.html",
        page=page,
        around=_around([*page.rows, *(one.row for one in done)]),
        numbers=numbers,
        outcome=outcome,
        ways=ways,
        form=form,
        back=back,
        done=done,
        units=settled_in_use(who, [one.row.id for one in done if one.is_done]) if done else (),
        needs_proof=outcome in SHRINKING,
        applies=WalkSettlement.APPLY in ways,
        confirms=WalkSettlement.HAZARD in ways,
        may_settle=may(who, Action.APPROVE, Thing.WALK),
        may_order=may(who, Action.CREATE, Thing.ORDER),
        areas=area_options(who),
        days_overdue=days_overdue,
        today=clock.today(),
        most=MOST_AT_ONCE,
    )


def _bodies() -> list[tuple[str, str]]:
    bodies = visible(SYSTEM, Organisation).where(Organisation.kind == OrganisationKind.BODY)
    columns = bodies.with_only_columns(Organisation.id, Organisation.name).order_by(Organisation.name)
    return [("", "—"), *((str(row.id), row.name) for row in session.execute(columns))]


@pages.post("/walks/settle")
@web.allows(Action.APPROVE, Thing.WALK)
def settle_rows() -> web.Answer:
    """The ticked rows, each in a transaction of its own, and what was done to each; of what is still in use
    each unit leads on to its order."""
    who, form = web.viewer(), SettleRowsForm()
    form.settlement.choices = [(way.value, way.value) for way in WalkSettlement]
    form.body.choices = _bodies()
    checked(form)
    decision = WalkDecision(
        WalkSettlement(form.settlement.data), form.day(), id_in(form.body.data), form.remark.data or ""
    )
    done = _each(form.id.data, lambda walk, row_no: settle(walk, row_no, decision, by=who))
    _say(done)
    return _settle_page(SettleRowsForm(formdata=None), SendBackForm(formdata=None), done)


@pages.post("/walks/settle/back")
@web.allows(Action.APPROVE, Thing.WALK)
def back() -> web.Answer:
    """再核查: the ticked rows go back to their office."""
    who, form = web.viewer(), SendBackForm()
    checked(form)

    def step(walk: Walk, row_no: int) -> Message:
        send_back(walk, row_no, form.reason.data, by=who)
        return Message(N_("Sent back to be walked again."))

    done = _each(form.id.data, step)
    _say(done)
    return _settle_page(SettleRowsForm(formdata=None), SendBackForm(formdata=None), done)


def _each(ids: Sequence[UUID], step: Callable[[Walk, int], Message]) -> list[SettledRow]:
    """Do it to each row, whole or not at all; whatever stands against one row leaves the others alone."""
    who, done = web.viewer(), []
    for row_id in ids:
        is_done, text = True, ""
        try:
            with transaction():
                text = translate(step(*row_walk(who, row_id)))
        except Invalid as refusal:
            is_done, text = False, " ".join(error_texts(refusal).values())
        except NotAllowed as refusal:
            is_done, text = False, translate(refusal.message)
        except NotFound:
            continue  # of another office: nothing of it is said
        done.append(SettledRow(rows_with(who, [row_id])[0], text, is_done))
    return done


def _say(done: Sequence[SettledRow]) -> None:
    number = sum(one.is_done for one in done)
    text = ngettext("%(num)d row done", "%(num)d rows done", number)
    if left := len(done) - number:
        text += gettext(", %(left)d not: see below why", left=left)
    flash(text, "success" if number and not left else "warning")
