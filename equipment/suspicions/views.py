"""疑点: what the bureau looks at twice, with its evidence and decision. 充装量核对: what was scanned beside what
scales, meters and tankers say."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from equipment import web
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.figures import CardRow
from equipment.core.ids import id_in
from equipment.core.months import add_months, month_start
from equipment.core.words import N_, Message
from equipment.fills.papers import stations
from equipment.fills.queries import cylinders_of
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.hazards.models import Finding
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.people.scope import visible
from equipment.register.lists import names_of
from equipment.register.models import Equipment
from equipment.regulation.cylinder_numbers import reconciled_within_permille
from equipment.storage.db import session, transaction
from equipment.suspicions import actions, queries
from equipment.suspicions.forms import AmountForm, StockForm, SuspicionForm, TakeBackForm
from equipment.suspicions.lift_evidence import lift_evidence
from equipment.suspicions.lift_words import lift_note
from equipment.suspicions.models import StatedAmount, Suspicion
from equipment.suspicions.states import (
    OF_CONDUCT,
    OF_LIFTS,
    OF_STATIONS,
    SUSPICION_CHANGES,
    AmountSource,
    SuspicionKind,
    SuspicionState,
)
from equipment.suspicions.station_rules import signal_note
from equipment.web.forms import checked, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, paginate

pages = Blueprint("suspicions", __name__)
SORTS = {"on": (Suspicion.on, Suspicion.id)}


@pages.get("/suspicions")
@web.allows(Action.APPROVE, Thing.FINDING)
def index() -> web.Answer:
    args = arguments()
    page = paginate(queries.suspected(web.viewer(), args), SORTS, default="-on")
    pieces = select(Equipment).where(Equipment.id.in_({row.equipment_id for row in page.rows}))
    return render_template(
        "suspicions/list.html",
        page=page,
        args=args,
        kinds=[
            (kind.value, translate(kind.label))
            for kind in queries.ABOUT.get(args.get("about", ""), tuple(SuspicionKind))
        ],
        states=[(state.value, translate(state.label)) for state in SuspicionState],
        areas=area_options(web.viewer()),
        about=args.get("about", ""),
        stations=names_of(row.organisation_id for row in page.rows),
        pieces={piece.id: piece for piece in session.scalars(pieces)},
        notes={row.id: conduct_note(row.kind, row.figures) for row in page.rows if row.kind in OF_CONDUCT},
    )


def conduct_note(kind: SuspicionKind, figures: Mapping[str, object]) -> Message:
    return lift_note(kind, figures) if kind in OF_LIFTS else signal_note(kind, figures)


@pages.route("/suspicions/<uuid:suspicion_id>", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.FINDING)
def show(suspicion_id: UUID) -> web.Answer:
    suspicion = queries.suspicion_of(web.viewer(), suspicion_id)
    form, area = SuspicionForm(), request.args.get("area", "")
    form.offer(suspicion.kind)
    evidence = queries.evidence_of(suspicion)
    pieces = cylinders_of(evidence.fills)
    form.at.choices = [("", "—")] + [(str(key), piece.name) for key, piece in pieces.items()]
    if submitted(form, lambda: _decide(suspicion_id, form)):
        following = queries.next_open(web.viewer(), area, suspicion)
        if following is None:
            flash(gettext("Decided. Nothing else waits."), "success")
            lifts = suspicion.kind in OF_LIFTS
            return redirect(
                url_for("suspicions.index", about="lifts") if lifts else url_for("oversight.index")
            )
        flash(gettext("Decided. This is the next one."), "success")
        return redirect(url_for("suspicions.show", suspicion_id=following.id, area=area or None))
    people = {fill.user_id for fill in evidence.fills} | {suspicion.decided_by}
    named = session.execute(select(User.id, User.name).where(User.id.in_(people - {None})))
    page = render_template(
        "suspicions/lift.html" if suspicion.kind in OF_LIFTS else "suspicions/show.html",
        lifts=lift_evidence(suspicion) if suspicion.kind in OF_LIFTS else None,
        suspicion=suspicion,
        form=form,
        evidence=evidence,
        station=session.get_one(Organisation, suspicion.organisation_id),
        stations=names_of(
            {fill.organisation_id for fill in evidence.fills}
            | {scan.organisation_id for scan in evidence.scans}
        ),
        pieces=pieces,
        piece=session.get(Equipment, suspicion.equipment_id) if suspicion.equipment_id else None,
        people={row.id: row.name for row in named},
        decisions=[
            state for state in SuspicionState if state in SUSPICION_CHANGES[SuspicionState(suspicion.state)]
        ],
        of_station=suspicion.kind in OF_STATIONS,
        note=conduct_note(suspicion.kind, suspicion.figures) if suspicion.kind in OF_CONDUCT else None,
        links=_links(suspicion) if suspicion.kind in OF_STATIONS else (),
        finding_url=_finding_url(suspicion),
    )
    return (page, 422) if request.method == "POST" else page


def _links(suspicion: Suspicion) -> list[CardRow]:
    """The lists that show what a station uploaded in the days that its pattern is about."""
    who, figures = str(suspicion.organisation_id), suspicion.figures
    days = {"station": who}
    if figures.get("since"):
        days |= {"on_from": str(figures["since"]), "on_until": str(figures["until"])}
    fills: dict[str, dict[str, str]] = {
        N_("Fills of these days"): {},
        N_("Bottles without a result"): {"state": FillState.NOT_FILLED.value},
        N_("Results entered by hand"): {"late": "1"},
        N_("Bottles refused"): {"state": FillState.REFUSED.value},
    }
    return [
        *(CardRow(Message(text), f"/fills?{urlencode(days | asked)}") for text, asked in fills.items()),
        CardRow(Message(N_("Filled amounts compared")), url_for("suspicions.amounts", station=who)),
        CardRow(Message(N_("The station")), f"/organisations/{who}"),
    ]


def _finding_url(suspicion: Suspicion) -> str:
    finding = session.scalar(visible(web.viewer(), Finding).where(Finding.id == suspicion.finding_id))
    return f"/hazards/findings/{finding.equipment_id}/{finding.id}" if finding else ""


def _decide(suspicion_id: UUID, form: SuspicionForm) -> Suspicion:
    suspicion = queries.suspicion_of(web.viewer(), suspicion_id)
    reason = "；".join(filter(None, (form.usual.data, form.reason.data)))
    state = SuspicionState(form.state.data)
    actions.decide(suspicion, state, reason, at=id_in(form.at.data), by=web.viewer())
    return suspicion


@pages.get("/fills/amounts")
@web.allows(Action.SEE, Thing.FILL)
def amounts() -> web.Answer:
    """One station and month: scans, scales, meters, tankers, day by day, and the differences."""
    return _amounts(AmountForm(formdata=None, on=clock.today()))


def _amounts(form: AmountForm) -> str:
    who, today = web.viewer(), clock.today()
    offered = session.scalars(stations(who)).all()
    station_id = id_in(request.values.get("station", "")) or (offered[0].id if offered else None)
    station = next((each for each in offered if each.id == station_id), None)
    if station is None:
        raise NotFound
    month = month_start(day_in(f"{request.args.get('month', '')}-01") or today)
    days = queries.amounts_of_month(who, station.id, month)
    within = reconciled_within_permille(pack_of(today).rules, today)
    gases = pack_of(today).gases
    form.gas.choices = [(code, gas.name.zh) for code, gas in gases.items()]
    form.station.data = station.id
    return render_template(
        "suspicions/amounts.html",
        station=station,
        offered=offered,
        month=month,
        before=add_months(month, -1),
        after=add_months(month, 1) if add_months(month, 1) <= today else None,
        days=days,
        sums=queries.sums(days),
        sources=list(AmountSource),
        within=within,
        form=form,
        stock=queries.stock_of(who, station.id),
        stock_form=StockForm(formdata=None),
        stated=session.scalars(queries.stated_in(who, station.id, month)).all(),
        may_state=who.organisation_id == station.id and may(who, Action.CHANGE, Thing.FILL),
    )


@pages.post("/fills/amounts")
@web.allows(Action.CHANGE, Thing.FILL)
def state_amount() -> web.Answer:
    form = AmountForm()
    form.gas.choices = [(code, code) for code in pack_of(clock.today()).gases]
    if submitted(form, lambda: _state(form)):
        flash(gettext("The amount is on record."), "success")
        month = (form.on.data or clock.today()).strftime("%Y-%m")
        return redirect(url_for("suspicions.amounts", station=form.station.data, month=month))
    return _amounts(form), 422


def _state(form: AmountForm) -> StatedAmount:
    who, grams = web.viewer(), form.kg.data
    _must_be_own(form.station.data)
    source = AmountSource(form.source.data)
    assert grams is not None  # the form is valid
    return actions.state_amount(
        form.station.data, form.on.data, form.gas.data, source, grams, form.paper_no.data, by=who
    )


@pages.post("/fills/stock")
@web.allows(Action.CHANGE, Thing.FILL)
def declare_stock() -> BaseResponse:
    form, who = StockForm(), web.viewer()
    _must_be_own(who.organisation_id)
    with transaction():
        checked(form)
        if form.bottles.data is None:
            raise Invalid({"bottles": N_("Give a whole number.")})
        station = session.get_one(Organisation, who.organisation_id)
        actions.declare_stock(station, form.bottles.data, by=who)
    flash(gettext("The amount is on record."), "success")
    return redirect(url_for("suspicions.amounts"))


@pages.post("/fills/amounts/<uuid:amount_id>/back")
@web.allows(Action.CHANGE, Thing.FILL)
def take_back(amount_id: UUID) -> BaseResponse:
    form, who = TakeBackForm(), web.viewer()
    station_id = id_in(form.station.data)
    _must_be_own(station_id)
    assert station_id is not None
    with transaction():
        checked(form)
        amount = queries.stated_amount(who, station_id, amount_id)
        actions.take_back(amount, form.reason.data, by=who)
    flash(gettext("Taken back; it stays readable."), "success")
    return redirect(url_for("suspicions.amounts", station=station_id, month=amount.on.strftime("%Y-%m")))


def _must_be_own(station_id: UUID | None) -> None:
    who = web.viewer()
    if who.organisation_kind != OrganisationKind.STATION or station_id != who.organisation_id:
        raise NotAllowed(N_("Only the station itself states its amounts."))
