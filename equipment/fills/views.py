"""记录: the fills a viewer may see, one with its verdict and citations, corrections of swapped weights, records
said to be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from equipment import web
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_
from equipment.fills import actions, queries
from equipment.fills.bundle_fills import bundle_of, fills_in
from equipment.fills.clock_disputes import clock_decision, is_doubted, rule_on_clock
from equipment.fills.corrections import CLOSED, correct_weight, settle_wrong_file, swap_weights
from equipment.fills.deliveries import counts_of, deliveries
from equipment.fills.forbidden import may_rule, rule_on, ruling_on
from equipment.fills.forms import photo_of_request
from equipment.fills.instruments import instrument_names
from equipment.fills.listing import (
    FLAGS,
    NO_CODE,
    OF_INSTRUMENT,
    FilledSum,
    ListedRecord,
    asks_for_scans,
    filtered,
    floor_people,
    no_code_filtered,
    places,
    refusals_by_reason,
    refusals_with,
    sums_of,
)
from equipment.fills.models import Delivery, Fill, Scan
from equipment.fills.page_forms import (
    ChosenFillsForm,
    ClockRulingForm,
    RulingForm,
    SwapForm,
    TreatmentForm,
    WeightForm,
)
from equipment.fills.papers import NoCode, no_code_shown
from equipment.fills.reason_views import item_texts, reason_response, reason_text
from equipment.fills.states import ClockRuling, FillState, Pile, Ruling, Treatment
from equipment.fills.station import pack_of
from equipment.fills.weight_rules import MOST_G, NoReading, thousandths
from equipment.people.duty_views import IdentityShown, confirm_by_second
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Role, Thing, may
from equipment.register.lists import names_of
from equipment.register.models import Equipment
from equipment.storage.columns import Sorts
from equipment.storage.db import session, transaction
from equipment.web.forms import checked
from equipment.web.language import translate
from equipment.web.limits import limited
from equipment.web.pages import Page, area_options, arguments, exported, paginate

pages = Blueprint("fills", __name__)

SORTS = {
    "at": (Fill.on, Fill.received_at, Fill.id),
    "net": (Fill.net_g, Fill.id),
    "state": (Fill.state, Fill.received_at),
}
WRONG = "wrong"  # 信息有误
TABS = {
    "": N_("All"),
    "unfinished": N_("Unfinished"),
    WRONG: N_("Record is wrong"),
    "undecided": N_("Filled although forbidden"),
    NO_CODE: N_("Without code or record"),
}


@pages.route("/fills", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.FILL)
def listing() -> web.Answer:
    who, args = web.viewer(), arguments()
    tab, may_settle = (
        args.get("tab", ""),
        may(who, Action.APPROVE, Thing.EQUIPMENT) or Role.INSPECTOR in who.roles,
    )
    if tab == NO_CODE:
        return _no_code(args)
    if taken := exported("fills.export", args, by=who, title=gettext("Filling records")):
        return taken
    fills = filtered(who, args)
    page = _refusals(args) if asks_for_scans(args) else paginate(fills, SORTS, default="-at")
    sums = sums_of(fills, args)
    refusals = page.rows if asks_for_scans(args) else [ListedRecord(fill=fill) for fill in page.rows]
    listed = [row.fill or row.scan for row in refusals]
    return render_template(
        "fills/list.html",
        page=replace(page, rows=refusals),
        sums=sums,
        total=FilledSum("", sum(row.bottles for row in sums), sum(row.net_g for row in sums)),
        pieces=queries.cylinders_of(row.fill for row in refusals if row.fill),
        no_codes=_no_codes_of(refusals),
        stations=names_of(row.organisation_id for row in listed if row),
        **_chosen(args),
        states=[(state.value, translate(state.label)) for state in FillState],
        refused=FillState.REFUSED,
        flags=FLAGS,
        flag_choices=[
            *((flag, translate(label)) for flag, label in FLAGS.items()),
            (OF_INSTRUMENT, gettext("Scale or gauge not in order")),
        ],
        areas=area_options(who),
        may_settle=may_settle and tab == WRONG,
    )


def _refusals(args: Mapping[str, str]) -> Page:
    """Fills and scans that began none, by the reason that both name."""
    keys = refusals_by_reason(web.viewer(), args).c
    sorts: Sorts = {
        "at": (keys.on, keys.received_at, keys.id),
        "net": (keys.net_g, keys.id),
        "state": (keys.state, keys.received_at),
    }
    wanted = select(keys.equipment_id, keys.id)
    page = paginate(wanted, sorts, default="-at", scalars=False)
    return replace(page, rows=refusals_with([(row.equipment_id, row.id) for row in page.rows]))


def _no_codes_of(refusals: Sequence[ListedRecord]) -> dict[UUID, NoCode]:
    """What the scans among them said."""
    scans = [row.scan for row in refusals if row.scan]
    if not scans:
        return {}
    return {scan.id: shown for scan, shown in zip(scans, no_code_shown(scans), strict=True)}


def _no_code(args: Mapping[str, str]) -> web.Answer:
    """无码、无档案: what was scanned to be filled and is nothing on file."""
    who = web.viewer()
    if taken := exported("fills.no_code.export", args, by=who, title=gettext("Without code or record")):
        return taken
    page = paginate(no_code_filtered(who, args), {"at": (Scan.received_at, Scan.id)}, default="-at")
    language = str(get_locale() or "zh")
    rows = [
        (scan, shown, [reason_text(reason, language) for reason in shown.reasons])
        for scan, shown in zip(page.rows, no_code_shown(page.rows), strict=True)
    ]
    return render_template(
        "fills/no_code.html",
        page=replace(page, rows=rows),
        stations=names_of(scan.organisation_id for scan in page.rows),
        **_chosen(args),
    )


def _chosen(args: Mapping[str, str]) -> dict[str, object]:
    """What both lists of the records have: tabs, filters, and what a station chooses from."""
    who = web.viewer()
    is_station = who.organisation_kind is OrganisationKind.STATION
    station_id = who.organisation_id if is_station else id_in(args.get("station", ""))
    return {
        "args": args,
        "tab": args.get("tab", ""),
        "tabs": TABS,
        "may_label_fills": who.organisation_kind == OrganisationKind.STATION
        and may(who, Action.CHANGE, Thing.FILL),
        "reasons": _reasons(),
        "gases": [(code, code) for code in pack_of(clock.today()).gases],
        "operators": floor_people(who, station_id) if station_id else [],
        "places": places(who, station_id) if station_id else [],
    }


def _reasons() -> list[tuple[str, str]]:
    language = "zh" if str(get_locale() or "zh").startswith("zh") else "en"
    refusals = pack_of(clock.today()).refusals
    return [(code, f"{code} {refusals[code].text.in_language(language)}") for code in sorted(refusals)]


@pages.get("/fills/deliveries")
@web.allows(Action.SEE, Thing.FILL)
def delivered() -> web.Answer:
    """收瓶记录: whose bottles came in, and how many of each kind."""
    args = arguments()
    since, until = (day_in(args.get(name, "")) for name in ("on_from", "on_until"))
    rows = deliveries(web.viewer(), since, until)
    page = paginate(rows, {"at": (Delivery.opened_at, Delivery.id)}, default="-at")
    people = select(User.id, User.name).where(User.id.in_({row.user_id for row in page.rows}))
    return render_template(
        "fills/deliveries.html",
        page=page,
        args=args,
        piles=list(Pile),
        counts=counts_of([row.id for row in page.rows]),
        people={row.id: row.name for row in session.execute(people)},
        stations=names_of(row.organisation_id for row in page.rows),
    )


@pages.get("/fills/<uuid:equipment_id>/<uuid:fill_id>")
@web.allows(Action.SEE, Thing.FILL)
def show(equipment_id: UUID, fill_id: UUID) -> web.Answer:
    who, fill = web.viewer(), queries.fill(web.viewer(), equipment_id, fill_id)
    language, is_owner = str(get_locale() or "zh"), Role.STATION_OWNER in who.roles
    may_change = _is_ours(fill) and may(who, Action.CHANGE, Thing.FILL)
    may_correct = is_owner and _is_ours(fill) and fill.gross_g is not None and not fill.superseded
    may_correct = may_correct and fill.state in CLOSED
    others = queries.weighed_on(who, fill) if may_correct else []
    may_treat = may_change and fill.state in (FillState.REFUSED, FillState.FAILED, FillState.OVERFILLED)
    cylinder = session.get(Equipment, fill.equipment_id) if may_treat else None
    forbidden, bundle, inside = ruling_on(fill), bundle_of(fill), fills_in(fill)
    return render_template(
        "fills/show.html",
        fill=fill,
        correction_id=new_id(),
        piece=queries.cylinders_of([fill])[fill.equipment_id],
        reasons=[reason_response(reason, language) for reason in fill.verdict],
        checked=((N_("Check before filling"), fill.checks), (N_("Check after filling"), fill.post_checks)),
        texts=item_texts(language, pack_of(clock.today())),
        station=session.get(Organisation, fill.organisation_id),
        flags=FLAGS,
        people=queries.people_in_fill(fill),
        instruments=instrument_names([fill]),
        open_instrument=fill.organisation_id == who.organisation_id or who.oversees,
        forbidden=forbidden,
        may_rule=forbidden is not None and forbidden.ruling == Ruling.PENDING and may_rule(who),
        ruler=session.get(User, forbidden.ruled_by) if forbidden and forbidden.ruled_by else None,
        **_clock_shown(fill),
        versions=queries.versions_of(who, fill),
        treatment=Treatment(fill.treatment) if fill.treatment else None,
        treatments=[choice for choice in Treatment if choice is not Treatment.WRONG_FILE],
        may_correct=may_correct,
        witnesses=queries.witnesses(fill.organisation_id, who.user_id) if may_correct or may_treat else [],
        may_treat=may_treat,
        treated=Treatment.TREATED,
        wrong_file=Treatment.WRONG_FILE,
        remark_length=actions.REMARK_LENGTH,
        needs_second=cylinder is not None and actions.needs_second(fill, cylinder.treat_code),
        photos=actions.photos_of(who, fill),
        may_photograph=may_change and actions.waits_for_its_record(fill),
        others=others,
        bundle=bundle,
        inside=inside,
        names=queries.cylinders_of([*others, *inside, *([bundle] if bundle else [])]),
    )


def _clock_shown(fill: Fill) -> dict[str, object]:
    """时间待核实: the device's word, ours, and the decision, where the fill is doubted for its time alone."""
    if not is_doubted(fill):
        return {"doubted": False}
    decision = clock_decision(fill)
    return {
        "doubted": True,
        "clock_decision": decision,
        "clock_ruling": decision.ruling if decision else ClockRuling.PENDING,
        "clock_ruler": session.get(User, decision.ruled_by) if decision and decision.ruled_by else None,
        "may_rule_clock": decision is None and may_rule(web.viewer()),
        "violation": ClockRuling.VIOLATION.value,
        "no_violation": ClockRuling.NO_VIOLATION.value,
    }


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/treatment")
@limited("60 per minute")
@web.allows(Action.CHANGE, Thing.FILL)
def treat(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    form, who, second = TreatmentForm(), web.viewer(), None
    fill = _ours(equipment_id, fill_id)
    checked(form)
    treatment, remark = Treatment(form.treatment.data), form.remark.data or ""
    if treatment is Treatment.WRONG_FILE and not remark:
        raise Invalid({"remark": N_("Say what is wrong with the record.")})
    if form.pin.data:
        shown = IdentityShown(user_id=form.second.data, pin=form.pin.data)
        second = confirm_by_second(shown, first=who.user_id, organisation_id=fill.organisation_id).id
    with transaction():
        fill = _ours(equipment_id, fill_id)
        actions.treat(fill, treatment, by=who, remark=remark, second=second)
    return redirect(url_for("fills.show", equipment_id=equipment_id, fill_id=fill_id))


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/ruling")
@web.allows(Action.APPROVE, Thing.FINDING)
def rule(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    """判禁后充装: the bureau says whether it was a violation."""
    form = RulingForm()
    with transaction():
        forbidden = ruling_on(queries.fill(web.viewer(), equipment_id, fill_id))
        if forbidden is None:
            raise NotFound
        checked(form)
        rule_on(forbidden, Ruling(form.ruling.data), form.reason.data, by=web.viewer())
    flash(gettext("Decided; the station sees it on this record."), "success")
    return redirect(url_for("fills.show", equipment_id=equipment_id, fill_id=fill_id))


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/clock")
@web.allows(Action.APPROVE, Thing.FINDING)
def rule_clock(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    """时间待核实: the bureau says whether the time is cleared up or was falsified."""
    form = ClockRulingForm()
    with transaction():
        fill = queries.fill(web.viewer(), equipment_id, fill_id)
        if not is_doubted(fill):
            raise NotFound
        checked(form)
        rule_on_clock(fill, ClockRuling(form.ruling.data), form.reason.data, by=web.viewer())
    flash(gettext("Decided; the station sees it on this record."), "success")
    return redirect(url_for("fills.show", equipment_id=equipment_id, fill_id=fill_id))


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/photos")
@web.allows(Action.CHANGE, Thing.FILL)
def photograph(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    """信息有误: what stamp and ring really say. The same page says what cannot be taken."""
    _ours(equipment_id, fill_id)
    try:
        photo = photo_of_request()
        with transaction():
            actions.add_photo(_ours(equipment_id, fill_id), photo, by=web.viewer())
        flash(gettext("The photo is kept with this record."), "success")
    except Invalid as error:
        flash(web.field_texts(error), "error")
    return redirect(url_for("fills.show", equipment_id=equipment_id, fill_id=fill_id))


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/swap")
@web.allows(Action.CHANGE, Thing.FILL)
def swap(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    """Two bottles' weights entered crosswise, corrected as a pair by the station owner."""
    form = SwapForm()
    with transaction():
        who, fill = web.viewer(), _ours(equipment_id, fill_id)
        checked(form)
        other = queries.fill(who, *form.other.data[0])
        first, _second = swap_weights(fill, other, form.reason.data, by=who, key=form.id.data)
    flash(gettext("Both records are corrected; the old ones stay visible."), "success")
    return redirect(url_for("fills.show", equipment_id=first.equipment_id, fill_id=first.id))


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/weight")
@limited("60 per minute")
@web.allows(Action.CHANGE, Thing.FILL)
def weigh(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    """One mistyped weight, corrected by two people of the station."""
    form, who = WeightForm(), web.viewer()
    fill = _ours(equipment_id, fill_id)
    checked(form)
    try:
        gross_g = thousandths(form.gross.data, MOST_G)
    except NoReading as error:
        raise Invalid({"gross": error.message}) from error
    shown = IdentityShown(user_id=form.second.data, pin=form.pin.data)
    second = confirm_by_second(shown, first=who.user_id, organisation_id=fill.organisation_id).id
    with transaction():
        fill = _ours(equipment_id, fill_id)
        corrected = correct_weight(fill, gross_g, form.reason.data, second=second, by=who, key=form.id.data)
    flash(gettext("The weight is corrected; the old record stays visible."), "success")
    return redirect(url_for("fills.show", equipment_id=corrected.equipment_id, fill_id=corrected.id))


@pages.post("/fills/settle")
@web.allows(Action.SEE, Thing.FILL)
def settle() -> BaseResponse:
    """信息有误, in bulk: the records were put right by the bureau or the inspection body."""
    form = ChosenFillsForm()
    checked(form)
    reason = form.reason.data or gettext("Record put right in the register")
    with transaction():
        for key in form.id.data:
            fill = session.scalar(queries.wrong_files(web.viewer()).where(Fill.id == key))
            if fill is not None:
                settle_wrong_file(fill, reason, by=web.viewer())
    return redirect(url_for("fills.listing", tab=WRONG))


def _ours(equipment_id: UUID, fill_id: UUID) -> Fill:
    """A fill of the viewer's own station: whose it is comes before what was typed."""
    fill = queries.fill(web.viewer(), equipment_id, fill_id)
    if not _is_ours(fill):
        raise NotAllowed
    return fill


def _is_ours(fill: Fill) -> bool:
    return fill.organisation_id == web.viewer().organisation_id
