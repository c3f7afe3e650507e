"""Seizures on screen: decisions, one with its goods and what is done about them, the register of what is
held."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.files.actions import StoredDocument, take
from equipment.files.views import handed_out
from equipment.orders.queries import UNITS, issuer_for, search_units
from equipment.people.models import Organisation
from equipment.people.queries import people_with
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.register.codes import parse
from equipment.register.lists import organisations
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.regulation.seizure_numbers import prolonged_days, seizure_days
from equipment.regulation.supervision_numbers import broken_rules
from equipment.seizures import actions, queries
from equipment.seizures.actions import GoodsDraft, GoodsStep, SeizureDraft, SeizureReceipt
from equipment.seizures.forms import (
    OFFICERS,
    GoodsForm,
    GoodsStepForm,
    ProlongForm,
    SeizureForm,
    ServiceReceiptForm,
)
from equipment.seizures.listing import GoodsLine
from equipment.seizures.models import Seizure
from equipment.seizures.queries import GOODS_SORTS, SORTS
from equipment.seizures.rules import (
    GoodsState,
    SeizureKind,
    SeizureService,
    SeizureState,
    days_left,
    usual_end,
)
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import Form, labelled, submitted
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("seizures", __name__)
BLANKS = 3  # empty lines of a goods list
PHOTO_MB = 20
NO_PIECE = N_("Line %(num)s: %(code)s is no piece on file here.")
PAPERS = {
    "decision": N_("Decision %(number)s"),
    "receipt": N_("Receipt of service %(number)s"),
    "release": N_("Decision of release %(number)s"),
}


def _ends() -> list[tuple[str, str]]:
    return [("overdue", gettext("Past the period")), ("soon", gettext("Within a week"))]


@pages.route("/seizures", methods=["GET"])
@web.allows(Action.SEE, Thing.SEIZURE)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    page = paginate(queries.seizures(who, filters, clock.today()), SORTS, default="-issued")
    return render_template(
        "seizures/index.html",
        page=page,
        states=[(queries.HELD, gettext("Seizures running")), *labelled(SeizureState)],
        kinds=labelled(SeizureKind),
        ends=_ends(),
        areas=area_options(who),
        counts=queries.goods_counts(page.rows),
        ended=SeizureState.ENDED,
        may_decide=may(who, Action.CREATE, Thing.SEIZURE),
    )


@pages.route("/seizures/register", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.SEIZURE)
def register() -> web.Answer:
    """在扣物品台账."""
    who, filters = web.viewer(), arguments()
    title = gettext("Register of seized goods")
    if answer := exported("seizures.register", {"args": filters}, by=who, title=title):
        return answer
    rows = queries.goods(who, filters, clock.today())
    page = paginate(rows, GOODS_SORTS, default="until", scalars=False)
    return render_template(
        "seizures/register.html",
        page=replace(page, rows=[GoodsLine(*row) for row in page.rows]),
        states=labelled(GoodsState),
        kinds=labelled(SeizureKind),
        ends=_ends(),
        areas=area_options(who),
        may_decide=may(who, Action.CREATE, Thing.SEIZURE),
    )


@pages.post("/seizures/register/print")
@web.allows(Action.SEE, Thing.SEIZURE)
def print_register() -> web.Answer:
    """The register as the filters show it, on paper."""
    stated = {"args": arguments(), "sample": web.settings().is_demo}
    return _asked("seizures.register_paper", stated, gettext("Register of seized goods"))


def _asked(kind: str, stated: dict[str, object], title: str) -> Response:
    with transaction():
        task = enqueue(kind, stated, by=web.viewer(), title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


@pages.route("/seizures/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.SEIZURE)
def new() -> web.Answer:
    """A unit first, by name or from a check or an order; then facts and goods."""
    who, on = web.viewer(), clock.today()
    form = SeizureForm()
    typed = str(form.unit.data or request.values.get("unit", "").strip())
    search = search_units(who, typed)
    unit = search.only
    if unit is None:
        return render_template("seizures/unit.html", typed=typed, search=search, units=organisations(UNITS))
    if not form.is_submitted():
        people: list[dict[str, str]] = [{"name": current_user.name}, {}, {}]
        form = SeizureForm(
            formdata=None,
            unit=unit.id,
            order=id_in(request.args.get("order", "")),
            check=id_in(request.args.get("check", "")),
            kind=SeizureKind.SEALED if request.args.get("kind") == "sealed" else SeizureKind.DETAINED,
            issued_on=on,
            until_on=usual_end(on, seizure_days(on).integer),
            goods=[{} for _row in range(BLANKS)],
            officers=people[:OFFICERS],
        )
    elif request.args.get("more"):
        for _row in range(BLANKS):
            if len(form.goods) < form.goods.max_entries:
                form.goods.append_entry()
        return _form_page(form, unit)
    _offer_rules(form)
    seizure = submitted(form, lambda: actions.decide(_draft(form, unit, who), by=who))
    if seizure is not None:
        flash(
            gettext("%(number)s is decided. Print it and say how it was served.", number=seizure.number),
            "success",
        )
        return redirect(_url(seizure))
    return _form_page(form, unit)


def _form_page(form: SeizureForm, unit: Organisation) -> web.Answer:
    who = web.viewer()
    _offer_rules(form)
    page = render_template(
        "seizures/form.html",
        form=form,
        unit=unit,
        office=issuer_for(who.area),
        period=seizure_days(clock.today()),
        colleagues=[person.name for person in people_with(who.organisation_id, Role.SUPERVISOR)]
        if who.organisation_id
        else [],
    )
    return (page, form.http_status) if form.is_submitted() and form.errors else page


def _offer_rules(form: SeizureForm) -> None:
    language = str(get_locale())
    form.rule.choices = [
        SelectChoice(code, f"{rule.cited} {rule.text.in_language(language)}"[:120])
        for code, rule in broken_rules(clock.today()).items()
    ]


def _draft(form: SeizureForm, unit: Organisation, who: Viewer) -> SeizureDraft:
    written = [line.form for line in form.goods if line.form.name.data or line.form.piece.data]
    return SeizureDraft(
        unit=unit,
        kind=SeizureKind(form.kind.data),
        reason=form.reason.data,
        rule=form.rule.data or "",
        rule_text=form.rule_text.data or "",
        goods=[_goods(row, number, who) for number, row in enumerate(written, 1)],
        officers=form.people(),
        issued_on=form.issued_on.data,
        until_on=form.until_on.data,
        order_id=form.order.data,
        check_id=form.check.data,
    )


def _goods(row: GoodsForm, number: int, who: Viewer) -> GoodsDraft:
    return GoodsDraft(
        name=row.name.data or "",
        spec=row.spec.data or "",
        quantity=row.quantity.data,
        unit=row.unit.data or "",
        condition=row.condition.data or "",
        place=row.place.data or "",
        piece=_piece(row.piece.data, number, who),
        photo=_photo(row.photo.name),
    )


def _piece(typed: str | None, number: int, who: Viewer) -> Equipment | None:
    if not typed:
        return None
    key = resolve_own(who, parse(typed)).equipment_id
    piece = next(iter(pieces(who, [key])), None) if key else None
    if piece is None:
        raise Invalid({"goods": Message(NO_PIECE, {"num": number, "code": typed})})
    return piece


def _photo(field: str) -> StoredDocument | None:
    upload = request.files.get(field)
    if upload is None or not upload.filename:
        return None
    return take(cast("BinaryIO", upload.stream), upload.filename, "goods", largest_mb=PHOTO_MB, field="goods")


def _url(seizure: Seizure) -> str:
    return url_for("seizures.show", organisation_id=seizure.organisation_id, seizure_id=seizure.id)


@pages.get("/seizures/<uuid:organisation_id>/<uuid:seizure_id>")
@web.allows(Action.SEE, Thing.SEIZURE)
def show(organisation_id: UUID, seizure_id: UUID) -> web.Answer:
    return _page(queries.seizure_of(web.viewer(), organisation_id, seizure_id))


def _page(seizure: Seizure, **forms: Form) -> str:
    """One decision and what can be done now; `forms` are those that were refused."""
    who, today = web.viewer(), clock.today()
    changes = who.oversees and may(who, Action.CHANGE, Thing.SEIZURE)
    goods = queries.goods_of(seizure)
    held = [row for row in goods if row.state is GoodsState.HELD]
    later = seizure.until_on + timedelta(days=prolonged_days(today).integer)
    shown = {
        "receipt": ServiceReceiptForm(formdata=None, on=today),
        "prolong": ProlongForm(formdata=None, until=later),
        "step": GoodsStepForm(formdata=None, on=today, receiver=seizure.unit_name),
    } | forms
    on_file = {row.id: row for row in pieces(who, [row.equipment_id for row in goods if row.equipment_id])}
    return render_template(
        "seizures/show.html",
        seizure=seizure,
        goods=goods,
        on_file=on_file,
        extensions=queries.extensions_of(seizure),
        left=days_left(seizure.until_on, today) if held else None,
        serves=changes and seizure.service_way is None,
        prolongs=changes and bool(held),
        settles=changes and any(row.state in (GoodsState.HELD, GoodsState.HANDED_OVER) for row in goods),
        open_states=(GoodsState.HELD, GoodsState.HANDED_OVER),
        has_release=any(row.state is GoodsState.RELEASED for row in goods),
        form=shown,
        refused=set(forms),
    )


def _mine(organisation_id: UUID, seizure_id: UUID) -> Seizure:
    who = web.viewer()
    if not who.oversees:
        raise NotFound
    return queries.seizure_of(who, organisation_id, seizure_id)


@pages.post("/seizures/<uuid:organisation_id>/<uuid:seizure_id>/serve")
@web.allows(Action.CHANGE, Thing.SEIZURE)
def serve(organisation_id: UUID, seizure_id: UUID) -> web.Answer:
    who, form, seizure = web.viewer(), ServiceReceiptForm(), _mine(organisation_id, seizure_id)

    def act() -> bool:
        at = min(clock.site_midnight(form.on.data) + timedelta(hours=12), clock.now())
        at = at if form.on.data <= clock.today() else clock.site_midnight(form.on.data)
        receipt = SeizureReceipt(
            SeizureService(form.way.data), at, form.receiver.data, form.witness.data, form.note.data
        )
        actions.serve(seizure, receipt, by=who)
        return True

    if submitted(form, act, {"at": "on"}) is None:
        return _page(seizure, receipt=form), form.http_status
    flash(gettext("The receipt of service is on file."), "success")
    return redirect(_url(seizure))


@pages.post("/seizures/<uuid:organisation_id>/<uuid:seizure_id>/prolong")
@web.allows(Action.CHANGE, Thing.SEIZURE)
def prolong(organisation_id: UUID, seizure_id: UUID) -> web.Answer:
    """延长."""
    who, form, seizure = web.viewer(), ProlongForm(), _mine(organisation_id, seizure_id)

    def act() -> bool:
        actions.prolong(seizure, form.until.data, form.document.data or "", form.reason.data, by=who)
        return True

    if submitted(form, act) is None:
        return _page(seizure, prolong=form), form.http_status
    flash(gettext("Prolonged."), "success")
    return redirect(_url(seizure))


@pages.post("/seizures/<uuid:organisation_id>/<uuid:seizure_id>/goods")
@web.allows(Action.CHANGE, Thing.SEIZURE)
def settle(organisation_id: UUID, seizure_id: UUID) -> web.Answer:
    """解除, 移交, 处置 of the ticked lines."""
    who, form, seizure = web.viewer(), GoodsStepForm(), _mine(organisation_id, seizure_id)

    def act() -> bool:
        numbers = [int(text) for text in request.form.getlist("goods") if text.isdecimal()]
        step = GoodsStep(
            GoodsState(form.state.data),
            form.on.data,
            form.document.data or "",
            form.receiver.data or "",
            form.note.data or "",
        )
        actions.settle(seizure, numbers, step, by=who)
        return True

    if submitted(form, act) is None:
        return _page(seizure, step=form), form.http_status
    flash(gettext("On file: what became of the goods."), "success")
    return redirect(_url(seizure))


@pages.post("/seizures/<uuid:organisation_id>/<uuid:seizure_id>/paper")
@web.allows(Action.SEE, Thing.SEIZURE)
def paper(organisation_id: UUID, seizure_id: UUID) -> web.Answer:
    """Decision with its goods list, receipt of service, or decisions of release: drawn by the jobs
    process."""
    seizure = queries.seizure_of(web.viewer(), organisation_id, seizure_id)
    wanted = request.args.get("paper", "decision")
    if wanted not in PAPERS:
        raise NotFound
    stated: dict[str, object] = {
        "organisation_id": str(organisation_id),
        "seizure_id": str(seizure_id),
        "paper": wanted,
        "sample": web.settings().is_demo,
    }
    return _asked("seizures.paper", stated, gettext(PAPERS[wanted], number=seizure.number))


@pages.get("/seizures/<uuid:organisation_id>/<uuid:seizure_id>/photos/<int:row_no>")
@web.allows(Action.SEE, Thing.SEIZURE)
def photo(organisation_id: UUID, seizure_id: UUID, row_no: int) -> web.Answer:
    seizure = queries.seizure_of(web.viewer(), organisation_id, seizure_id)
    row = next((line for line in queries.goods_of(seizure) if line.no == row_no), None)
    if row is None or row.sha256 is None:
        raise NotFound
    return handed_out(row.sha256, row.media_type, f"{seizure.number}-{row.no}")
