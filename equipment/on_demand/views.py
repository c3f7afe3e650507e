"""按需维保 on screen: every lift of the pilot with its state, one lift with its conditions and remote checks."""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.dues.filters import names_of
from equipment.dues.queries import open_dues
from equipment.files.actions import StoredDocument, take
from equipment.files.content import IMAGES
from equipment.files.models import Attachment
from equipment.insurance.queries import LIFT
from equipment.on_demand import actions
from equipment.on_demand.dues import RemoteCheckDue
from equipment.on_demand.forms import RemoteCheckForm
from equipment.on_demand.listing import line_of
from equipment.on_demand.models import PilotFiling
from equipment.on_demand.queries import (
    LIFT_SORTS,
    checks_of,
    eligibilities,
    filings_at,
    latest_periods,
    periods_of,
    pilot_pieces,
    state_of,
    visible_filings,
)
from equipment.on_demand.rules import LOST, CheckResult, ConditionKind
from equipment.on_demand.states import PilotState
from equipment.people.rules import Action, Thing, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.elevator_numbers import fallback_grace_days
from equipment.regulation.planning import VISITS
from equipment.regulation.queries import on_demand_pilot, rules
from equipment.storage.db import session
from equipment.web.forms import labelled, submitted
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("on_demand", __name__)
PHOTO_MB = 20
CHECKS = 30  # remote checks that the page of a lift shows


@pages.route("/on-demand", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.ON_DEMAND)
def index() -> web.Answer:
    """The pilot list: since when each lift is on demand, since when not any more and why."""
    who, filters, today = web.viewer(), arguments(), clock.today()
    if answer := exported("on_demand.lifts", {"args": filters}, by=who, title=gettext("Pilot list")):
        return answer
    page = paginate(pilot_pieces(who, filters.get("state", "")), LIFT_SORTS, default="area")
    periods = latest_periods([lift.id for lift in page.rows])
    judged = eligibilities(page.rows, today, periods)
    parties = [key for lift in page.rows for key in (lift.use_unit_id, lift.maintenance_firm_id)]
    return render_template(
        "on_demand/index.html",
        page=page,
        lines={lift.id: line_of(periods.get(lift.id), judged[lift.id]) for lift in page.rows},
        names=names_of(parties),
        states=labelled(PilotState),
        pilot=on_demand_pilot(today),
        may_apply=may(who, Action.CREATE, Thing.ON_DEMAND),
    )


@pages.get("/on-demand/lifts/<uuid:equipment_id>")
@web.allows(Action.SEE, Thing.ON_DEMAND)
def lift(equipment_id: UUID) -> web.Answer:
    return _lift(piece(web.viewer(), equipment_id), None)


def _lift(chosen: Equipment, form: RemoteCheckForm | None) -> str:
    who, today = web.viewer(), clock.today()
    if chosen.category != LIFT:
        raise NotFound
    periods = latest_periods([chosen.id])
    judged = eligibilities([chosen], today, periods)[chosen.id]
    period, filing = periods.get(chosen.id), filings_at([chosen], today).get(chosen.id)
    checks = session.scalars(checks_of(who, chosen.id).limit(CHECKS)).all()
    kinds = {*map(str, VISITS), str(RemoteCheckDue.REMOTE_CHECK)}
    records = may(who, Action.CHANGE, Thing.ON_DEMAND) and who.organisation_id == chosen.maintenance_firm_id
    return render_template(
        "on_demand/lift.html",
        lift=chosen,
        judged=judged,
        period=period,
        state=state_of(period) if period or filing else None,
        past=session.scalars(periods_of(who, chosen.id)).all(),
        filing=_seen_filing(filing),
        checks=checks,
        photos=_photos(chosen, [check.id for check in checks]),
        dues=[due for due in open_dues(chosen.id, who) if str(due.kind) in kinds],
        names=names_of([chosen.use_unit_id, chosen.maintenance_firm_id]),
        lost=LOST,
        condition=ConditionKind,
        grace=fallback_grace_days(rules(LIFT), today),
        form=form or RemoteCheckForm(formdata=None, on=today) if records else None,
    )


def _seen_filing(filing: PilotFiling | None) -> PilotFiling | None:
    """The filing, where the viewer may open it."""
    if filing is None:
        return None
    return session.scalar(visible_filings(web.viewer()).where(PilotFiling.id == filing.id))


def _photos(chosen: Equipment, ids: list[UUID]) -> dict[UUID, list[Attachment]]:
    """The photos of remote checks, by check."""
    attached = visible(web.viewer(), Attachment).where(
        Attachment.equipment_id == chosen.id,
        Attachment.subject_kind == "remote_check",
        Attachment.subject_id.in_(ids),
    )
    photos: dict[UUID, list[Attachment]] = {}
    for attachment in session.scalars(attached.order_by(Attachment.at, Attachment.id)):
        photos.setdefault(attachment.subject_id, []).append(attachment)
    return photos


@pages.post("/on-demand/lifts/<uuid:equipment_id>/checks")
@web.allows(Action.CHANGE, Thing.ON_DEMAND)
def check(equipment_id: UUID) -> web.Answer:
    """A remote check is recorded, with its photos."""
    who, form = web.viewer(), RemoteCheckForm()
    chosen = piece(who, equipment_id)

    def record() -> object:
        return actions.record_check(
            piece(who, equipment_id),
            form.on.data,
            CheckResult(form.result.data),
            form.note.data or "",
            photos,
            by=who,
        )

    photos = _taken() if form.validate_on_submit() else []
    if submitted(form, record) is None:
        return _lift(chosen, form), form.http_status
    flash(gettext("The remote check is on record."), "success")
    return redirect(url_for("on_demand.lift", equipment_id=equipment_id))


def _taken() -> list[StoredDocument]:
    """The photos of this request, on disk before the transaction, so that no writer waits for them."""
    return [
        take(
            cast("BinaryIO", upload.stream),
            upload.filename or "",
            "remote_check",
            accept=IMAGES,
            largest_mb=PHOTO_MB,
            field="photos",
        )
        for upload in request.files.getlist("photos")
        if upload.filename
    ]
