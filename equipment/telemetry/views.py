"""物联网监测 on the desk: which lifts report, what they report, and which gateways speak wrongly."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func

from equipment import web
from equipment.core import clock
from equipment.maintenance.listing import lift_name
from equipment.people.models import Device, User
from equipment.people.rules import Action, Thing, may
from equipment.register.lists import names_of
from equipment.register.queries import piece, pieces
from equipment.regulation.queries import rules
from equipment.regulation.telemetry_numbers import silent_after
from equipment.storage.db import session, transaction
from equipment.telemetry import charts, decisions, queries
from equipment.telemetry.actions import CATEGORY
from equipment.telemetry.forms import EventForm, MappingForm
from equipment.telemetry.models import GatewayFault, LiftEvent, LiftLink
from equipment.telemetry.states import EVENT_CHANGES, EventState, FaultCode, SignalKind
from equipment.web.forms import labelled, submitted
from equipment.web.pages import area_options, arguments, paginate

pages = Blueprint("telemetry", __name__)
CHART_DAYS, FAULT_DAYS = 30, 7


@pages.get("/telemetry")
@web.allows(Action.SEE, Thing.TELEMETRY)
def index() -> web.Answer:
    """The lifts that report, the silent first."""
    who, args = web.viewer(), arguments()
    sorts = {"heard": (LiftLink.received_at, LiftLink.equipment_id)}
    page = paginate(queries.links(who, args), sorts, default="heard")
    hours = silent_after(rules(CATEGORY), clock.today())
    return render_template(
        "telemetry/links.html",
        page=page,
        args=args,
        areas=area_options(who),
        lifts={lift.id: lift for lift in pieces(who, {row.equipment_id for row in page.rows})},
        gateways=queries.names_of_devices(row.device_id for row in page.rows),
        silent_hours=round(hours.total_seconds() / 3600),
    )


@pages.get("/telemetry/lifts/<uuid:equipment_id>")
@web.allows(Action.SEE, Thing.TELEMETRY)
def lift(equipment_id: UUID) -> web.Answer:
    """One lift: availability, runs and faults by day, and its last events."""
    who, until = web.viewer(), clock.today()
    seen = piece(who, equipment_id)
    days = queries.days_of(who, equipment_id, until - timedelta(days=CHART_DAYS - 1), until)
    latest = queries.events(who, {"lift": str(equipment_id)}).order_by(LiftEvent.happened_at.desc())
    return render_template(
        "telemetry/lift.html",
        lift=seen,
        name=lift_name(seen),
        link=queries.link_of(who, equipment_id),
        days=days,
        availability=charts.availability(days, gettext("Available"), gettext("Heard")),
        runs=charts.counts(days, gettext("Runs"), gettext("Door cycles")),
        faults=charts.faults(days, gettext("Faults"), gettext("Alarms")),
        events=session.scalars(latest.limit(10)).all(),
    )


@pages.get("/telemetry/events")
@web.allows(Action.SEE, Thing.TELEMETRY)
def events() -> web.Answer:
    """Faults and alarms, the newest first."""
    who, args = web.viewer(), arguments()
    sorts = {"at": (LiftEvent.happened_at, LiftEvent.id)}
    page = paginate(queries.events(who, args), sorts, default="-at")
    return render_template(
        "telemetry/events.html",
        page=page,
        args=args,
        areas=area_options(who),
        states=labelled(EventState),
        codes=labelled(FaultCode),
        kinds=labelled((SignalKind.FAULT, SignalKind.ALARM)),
        lifts={lift.id: lift for lift in pieces(who, {row.equipment_id for row in page.rows})},
    )


@pages.route("/telemetry/events/<uuid:equipment_id>/<uuid:event_id>", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.TELEMETRY)
def event(equipment_id: UUID, event_id: UUID) -> web.Answer:
    """One fault or alarm, and the decision about it."""
    who = web.viewer()
    reported = queries.event_of(who, equipment_id, event_id)
    form = EventForm()

    def decide() -> bool:
        decisions.decide(reported, EventState(form.state.data), form.reason.data, by=who)
        return True

    if submitted(form, decide):
        flash(gettext("Decided."), "success")
        return redirect(url_for("telemetry.event", equipment_id=equipment_id, event_id=event_id))
    decider = session.get(User, reported.decided_by) if reported.decided_by else None
    seen = piece(who, equipment_id)
    page = render_template(
        "telemetry/event.html",
        event=reported,
        lift=seen,
        name=lift_name(seen),
        form=form,
        decisions=sorted(EVENT_CHANGES[EventState(reported.state)]) if decisions.may_decide(who) else [],
        decider=decider.name if decider else "",
        gateway=queries.names_of_devices([reported.device_id])[reported.device_id],
    )
    return (page, form.http_status) if form.errors else page


@pages.get("/telemetry/gateways")
@web.allows(Action.SEE, Thing.TELEMETRY)
def gateways() -> web.Answer:
    """The gateways with what they sent that could not be taken, of the last days."""
    who = web.viewer()
    devices = queries.gateways(who)
    since = clock.today() - timedelta(days=FAULT_DAYS)
    counted = queries.gateway_faults(who, since).with_only_columns(
        GatewayFault.device_id, func.sum(GatewayFault.messages)
    )
    lifts = queries.links(who, {}).with_only_columns(LiftLink.device_id, func.count())
    return render_template(
        "telemetry/gateways.html",
        gateways=devices,
        organisations=names_of(device.organisation_id for device in devices),
        left_out=dict(session.execute(counted.group_by(GatewayFault.device_id)).all()),
        lifts=dict(session.execute(lifts.group_by(LiftLink.device_id)).all()),
        days=FAULT_DAYS,
        may_change=may(who, Action.CHANGE, Thing.DEVICE),
        organisation_id=who.organisation_id,
    )


@pages.route("/telemetry/gateways/<uuid:device_id>", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.TELEMETRY)
def gateway(device_id: UUID) -> web.Answer:
    """One gateway: its words in place of ours, its password for the broker, what could not be taken."""
    who = web.viewer()
    device = queries.gateway_of(who, device_id)
    form = MappingForm() if request.method == "POST" else MappingForm(data=_written(device))
    if submitted(form, lambda: _map(device, form)):
        flash(gettext("The gateway’s words were kept."), "success")
        return redirect(url_for("telemetry.gateway", device_id=device_id))
    since = clock.today() - timedelta(days=FAULT_DAYS)
    rows = queries.gateway_faults(who, since, device_id).order_by(GatewayFault.at.desc()).limit(100)
    page = _gateway_page(device, form, faults=session.scalars(rows).all())
    return (page, form.http_status) if form.errors else page


@pages.post("/telemetry/gateways/<uuid:device_id>/password")
@web.allows(Action.CHANGE, Thing.DEVICE)
def password(device_id: UUID) -> web.Answer:
    """A new password for the broker, shown this once."""
    who = web.viewer()
    device = queries.gateway_of(who, device_id)
    with transaction():
        given = decisions.give_password(device, by=who)
    return _gateway_page(device, MappingForm(data=_written(device)), new_password=given), 201


def _gateway_page(device: Device, form: MappingForm, **more: object) -> str:
    return render_template(
        "telemetry/gateway.html",
        gateway=device,
        organisation=names_of([device.organisation_id])[device.organisation_id],
        form=form,
        setting=decisions.setting_of(device),
        days=FAULT_DAYS,
        may_change=may(web.viewer(), Action.CHANGE, Thing.DEVICE),
        our_fields=sorted(decisions.FIELDS),
        kinds=list(SignalKind),
        codes=list(FaultCode),
        **more,
    )


def _written(device: Device) -> dict[str, str]:
    setting = decisions.setting_of(device)
    if setting is None:
        return {}
    return {
        "fields_": "\n".join(f"{theirs} = {ours}" for theirs, ours in setting.fields.items()),
        "codes": "\n".join(f"{theirs} = {ours}" for theirs, ours in setting.codes.items()),
    }


def _map(device: Device, form: MappingForm) -> bool:
    decisions.set_mapping(device, form.fields_.data or "", form.codes.data or "", by=web.viewer())
    return True
