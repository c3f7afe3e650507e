"""检验站流水线: gun, bottle, verdict; the rest of the lot at once; out of the line under one report."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import new_id
from equipment.core.verdict import Citation
from equipment.dues.filters import names_of
from equipment.dues.planning import inspections_after
from equipment.lots import bench, leaving
from equipment.lots.actions import name_of
from equipment.lots.bench_forms import BenchForm, LotReportForm, ReportNumberForm, shown_amount
from equipment.lots.forms import BottleCodeForm, CountForm
from equipment.lots.leaving import Left, LotReport
from equipment.lots.listing import gas_label, variety_label
from equipment.lots.models import Lot, LotRow
from equipment.lots.packing import CYLINDER
from equipment.lots.queries import counts_of, lot_of, row_of, rows_of
from equipment.lots.states import ON_THE_LINE, LotRowState, LotState
from equipment.people.queries import people_with
from equipment.people.rules import Action, Role, Thing, Viewer
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.categories import category
from equipment.regulation.charges import inspection_colour
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.queries import rules
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, error_texts, step_with_reason, submitted
from equipment.web.language import translate

pages = Blueprint("bench", __name__)
LATEST = 6  # bottles below the box
LEAVE_AT_ONCE = 40  # bottles that leave while the page is waited for; the others follow in the jobs process
NUMBERED_AT_ONCE = 1000


@pages.route("/lots/<uuid:lot_id>/bench", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.LOT)
def page(lot_id: UUID) -> web.Answer:
    """The next bottle: scanned, or named by its row."""
    who, form, problem = web.viewer(), BottleCodeForm(), ""
    lot = _mine(who, lot_id)
    if request.method == "POST":
        checked(form)
        try:
            row = bench.row_scanned(lot, form.code.data or "", by=who)
            return redirect(url_for("bench.page", lot_id=lot_id, row=row.row_no))
        except Invalid as refusal:
            problem = " ".join(error_texts(refusal).values())
    number, done = request.args.get("row", "", type=str), request.args.get("done", "", type=str)
    row_now = row_of(lot, int(number)) if number.isdecimal() and not problem else None
    answered = row_of(lot, int(done)) if done.isdecimal() and not problem else None
    form_of_row = _form(row_now) if row_now is not None and row_now.state in ON_THE_LINE else None
    return _page(who, lot, form_of_row, row_now, answered=answered, problem=problem), 422 if problem else 200


@pages.post("/lots/<uuid:lot_id>/bench/<int:row_no>")
@web.allows(Action.APPROVE, Thing.LOT)
def judge(lot_id: UUID, row_no: int) -> web.Answer:
    """合格, 换阀后合格, 报废 with its reasons."""
    who, form = web.viewer(), BenchForm()
    lot = _mine(who, lot_id)

    def judged() -> LotRow:
        result = form.result()
        return bench.judge(lot_of(lot_id, by=who), row_no, result, by=who, key=form.id.data)

    row = submitted(form, judged)
    if row is not None:
        return redirect(url_for("bench.page", lot_id=lot_id, done=row_no))
    lot = _mine(who, lot_id)
    return _page(who, lot, form, row_of(lot, row_no)), form.http_status


@pages.post("/lots/<uuid:lot_id>/bench/<int:row_no>/back")
@web.allows(Action.APPROVE, Thing.LOT)
def take_back(lot_id: UUID, row_no: int) -> web.Answer:
    """The verdict was wrong: the bottle is inspected again."""
    who = web.viewer()
    with transaction():
        bench.take_back(lot_of(lot_id, by=who), row_no, by=who)
    return redirect(url_for("bench.page", lot_id=lot_id, row=row_no))


@pages.post("/lots/<uuid:lot_id>/bench/<int:row_no>/return")
@web.allows(Action.APPROVE, Thing.LOT)
def send_back(lot_id: UUID, row_no: int) -> web.Answer:
    """退回未检."""
    who = web.viewer()
    step_with_reason(
        lambda: lot_of(lot_id, by=who), lambda lot, reason: bench.send_back(lot, row_no, reason, by=who)
    )
    return redirect(url_for("bench.page", lot_id=lot_id, done=row_no))


@pages.post("/lots/<uuid:lot_id>/pass-rest")
@web.allows(Action.APPROVE, Thing.LOT)
def pass_rest(lot_id: UUID) -> web.Answer:
    """整批合格, but for the rejects that were scanned."""
    who, form = web.viewer(), CountForm()
    with transaction():
        lot = lot_of(lot_id, by=who)
        checked(form)
        passed = bench.pass_rest(lot, form.count.data, by=who)
        left = [(row.row_no, name_of(row), translate(why)) for row, why in passed.left]
    flash(ngettext("%(num)d bottle conforms.", "%(num)d bottles conform.", passed.count), "success")
    for row_no, name, why in left:
        flash(
            gettext("Row %(row)s %(name)s was left for a look: %(why)s", row=row_no, name=name, why=why),
            "warning",
        )
    return redirect(url_for("bench.page", lot_id=lot_id))


@pages.route("/lots/<uuid:lot_id>/leave", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.LOT)
def leave(lot_id: UUID) -> web.Answer:
    """出线: day, reviewer and number of the one report; a long lot goes on in the jobs process."""
    who = web.viewer()
    lot = _mine(who, lot_id)
    form = LotReportForm()
    if request.method == "GET":
        form = LotReportForm(
            formdata=None,
            on=lot.inspected_on or clock.today(),
            reviewed_by=lot.reviewed_by,
            report_no=lot.report_no,
        )
    elif submitted(form, lambda: _stated(lot_id, form, who)):
        left = leaving.leave(lot_id, by=who, most=LEAVE_AT_ONCE)
        _say_left(left)
        if left.to_go:
            return _go_on(who, lot_id)
        return redirect(url_for("lots.show", lot_id=lot_id))
    lot = _mine(who, lot_id)
    judged = session.scalars(rows_of(lot).where(LotRow.state == LotRowState.JUDGED)).all()
    answer = render_template(
        "lots/leave.html",
        lot=lot,
        form=form,
        judged=judged,
        colour=ring_colour(form.on.data or clock.today()),
        counts=counts_of([lot])[lot.id],
        name_of=name_of,
        colleagues=[user.name for user in people_with(lot.body_id, Role.INSPECTOR)],
    )
    return answer, form.http_status if request.method == "POST" else 200


def _stated(lot_id: UUID, form: LotReportForm, who: Viewer) -> bool:
    report = LotReport(form.on.data, form.reviewed_by.data or "", form.report_no.data or "")
    leaving.state_report(lot_of(lot_id, by=who), report, by=who)
    return True


def _go_on(who: Viewer, lot_id: UUID) -> web.Answer:
    with transaction():
        number = lot_of(lot_id, by=who).number
        title = gettext("Lot %(number)s leaves the line", number=number)
        task = enqueue("lots.leave", {"lot_id": str(lot_id)}, by=who, title=title, locale=str(get_locale()))
    return redirect(url_for("tasks.task", task_id=task.id))


def _say_left(left: Left) -> None:
    flash(ngettext("%(num)d bottle left the line.", "%(num)d bottles left the line.", left.count), "success")
    for row_no, why in left.problems:
        flash(gettext("Row %(row)s stays on the line: %(why)s", row=row_no, why=translate(why)), "warning")


@pages.post("/lots/<uuid:lot_id>/report")
@web.allows(Action.APPROVE, Thing.LOT)
def add_number(lot_id: UUID) -> web.Answer:
    """The number of the report came later."""
    who, form = web.viewer(), ReportNumberForm()
    _mine(who, lot_id)
    checked(form)
    leaving.add_number(lot_id, form.report_no.data or "", by=who, most=NUMBERED_AT_ONCE)
    flash(gettext("The results of the lot have their report number."), "success")
    return redirect(url_for("lots.show", lot_id=lot_id))


class RingColour(NamedTuple):
    """检验色标: what the ring of an inspection of that year looks like, with its citation."""

    year: int
    words: str
    citation: Citation


def ring_colour(on: date) -> RingColour:
    """Colour and shape of the mark of an inspection on that day, in the reader's language."""
    stated, language = inspection_colour(rules(CYLINDER), on.year, on), str(get_locale() or "zh")
    words = f"{stated.colour.in_language(language)} {stated.shape.in_language(language)}"
    return RingColour(on.year, words, stated.citation)


def _mine(who: Viewer, lot_id: UUID) -> Lot:
    lot = lot_of(lot_id, by=who)
    if lot.body_id != who.organisation_id or lot.state not in (LotState.RECEIVED, LotState.FINISHED):
        raise NotFound
    return lot


def _form(row: LotRow) -> BenchForm:
    """The form of a bottle as it comes up: a verdict of before, nothing preset otherwise."""
    return BenchForm(
        formdata=None, id=new_id(), reasons=row.reasons, remark=row.remark, valve_until=row.valve_until
    )


def _page(
    who: Viewer,
    lot: Lot,
    form: BenchForm | None,
    row: LotRow | None,
    *,
    answered: LotRow | None = None,
    problem: str = "",
) -> str:
    bottle = piece(who, row.equipment_id) if row is not None and row.equipment_id is not None else None
    if form is not None and bottle is not None:
        reasons = bench.scrap_reasons(bottle).values()
        form.reasons.choices = [
            (reason.key, f"{reason.code} {reason.text.in_language(str(get_locale()))}") for reason in reasons
        ]
    newest = rows_of(lot).where(LotRow.judged_at.is_not(None)).order_by(None)
    return render_template(
        "lots/bench.html",
        lot=lot,
        row=row,
        form=form,
        bottle=bottle,
        facts=_facts(lot, bottle) if bottle is not None else {},
        unverified=bottle is not None
        and any(not reason.citation.confidence.verified for reason in bench.scrap_reasons(bottle).values()),
        answered=answered,
        problem=problem,
        counts=counts_of([lot])[lot.id],
        latest=session.scalars(newest.order_by(LotRow.judged_at.desc()).limit(LATEST)).all(),
        names=names_of([lot.organisation_id]),
        name_of=name_of,
    )


def _facts(lot: Lot, bottle: Equipment) -> dict[str, object]:
    """What the register knows of the bottle in hand."""
    details = category(bottle.category).read(bottle.details)
    valve = details.valve_ends_on if isinstance(details, CylinderDetails) else None
    next_on = inspections_after([bottle], lot.inspected_on or clock.today()).get(bottle.id)
    return {
        "variety": variety_label(str(bottle.details.get("variety") or "")),
        "medium": gas_label(bottle.medium),
        "model": bottle.details.get("model") or "",
        "tare": shown_amount(bottle.details, "tare_g"),
        "volume": shown_amount(bottle.details, "volume_ml"),
        "valve_ends_on": valve,
        "valve_short": valve is not None and next_on is not None and valve < next_on,
        "next_on": next_on,
        "ring": ring_colour(lot.inspected_on or clock.today()),
    }
