"""Instruments on screen: the list, a new one, one with its verifications and own checks, stopped,
scrapped."""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.files.actions import StoredDocument, take
from equipment.files.views import handed_out
from equipment.instruments import actions
from equipment.instruments.actions import OPEN_NUMBER, NewInstrument, OwnCheckDraft, VerificationDraft
from equipment.instruments.forms import InstrumentForm, OwnCheckForm, VerificationForm
from equipment.instruments.listing import place_of, standing_of
from equipment.instruments.models import Instrument
from equipment.instruments.queries import (
    NOT_VALID,
    SORTS,
    check_of,
    checks_of,
    instrument_of,
    instruments,
    lists_naming,
    verification_of,
    verifications_of,
)
from equipment.instruments.rules import (
    InstrumentKind,
    InstrumentState,
    OwnCheckResult,
    VerificationResult,
    VerificationStanding,
    own_check_period,
    usual_last_day,
)
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.register.lists import organisation_named, organisations
from equipment.register.queries import piece_named, pieces
from equipment.storage.db import session, transaction
from equipment.web.forms import labelled, step_with_reason, submitted
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("instruments", __name__)
FILE_MB = 20
HOLDERS = tuple(kind for kind in OrganisationKind if kind is not OrganisationKind.REGULATOR)
NO_PIECE = N_("No piece on file for you has this code or number.")


@pages.route("/instruments", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.INSTRUMENT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if answer := exported(
        "instruments.list", {"args": filters}, by=who, title=gettext("Measuring instruments")
    ):
        return answer
    page = paginate(instruments(who, filters, clock.today()), SORTS, default="until")
    unit = id_in(filters.get("unit", ""))
    return render_template(
        "instruments/index.html",
        page=page,
        states=labelled(InstrumentState),
        kinds=labelled(InstrumentKind),
        standings=[
            *labelled(VerificationStanding),
            ("due", gettext("Due within a month, failed or never")),
            (NOT_VALID, gettext("None that holds")),
        ],
        checks=[("due", gettext("Due within a month or late"))],
        sides=[("yes", gettext("Yes")), ("no", gettext("No"))],
        areas=area_options(who) if who.oversees else [],
        names=names_of([row.organisation_id for row in page.rows]),
        unit=session.get(Organisation, unit) if unit else None,
        place_of=place_of,
        standing_of=standing_of,
        may_enter=may(who, Action.CHANGE, Thing.INSTRUMENT),
        has_share=who.oversees,
    )


@pages.route("/instruments/new", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def new() -> web.Answer:
    """Whose it is first, where that is not one's own unit; then what its plate says."""
    who = web.viewer()
    holder = _holder(who)
    if holder is None:
        return render_template(
            "instruments/holder.html", typed=request.values.get("unit", ""), holders=organisations(HOLDERS)
        )
    form = InstrumentForm()
    instrument = submitted(form, lambda: actions.add_instrument(holder, _new(form, who), by=who))
    if instrument is not None:
        flash(gettext("The instrument was added."), "success")
        return redirect(url_for("instruments.show", key=instrument.id))
    return _form_page(form, holder, None)


def _form_page(form: InstrumentForm, holder: Organisation, instrument: Instrument | None) -> web.Answer:
    page = render_template(
        "instruments/form.html",
        form=form,
        holder=holder,
        instrument=instrument,
        has_bays=holder.kind == OrganisationKind.STATION,
    )
    return (page, form.http_status) if form.is_submitted() else page


def _holder(who: Viewer) -> Organisation | None:
    """Whose instrument it is: of a unit its own, of the bureau a unit of its area."""
    if not who.oversees:
        return session.get(Organisation, who.organisation_id) if who.organisation_id else None
    typed = request.values.get("unit", "").strip()
    key = id_in(typed) or (organisation_named(typed, HOLDERS) if typed else None)
    holder = session.get(Organisation, key) if key else None
    if holder is None or holder.kind not in HOLDERS:
        return None
    if not holder.area.startswith(who.area):
        raise NotAllowed(N_("This unit belongs to another area."))
    return holder


def _new(form: InstrumentForm, who: Viewer) -> NewInstrument:
    return NewInstrument(
        kind=InstrumentKind(form.kind.data),
        name=form.name.data,
        number=form.number.data,
        verified_until=form.verified_until.data,
        bay=form.bay.data or "",
        gas=(form.gas.data or "").upper(),
        maker=form.maker.data or "",
        model=form.model.data or "",
        measures=form.measures.data or "",
        accuracy=form.accuracy.data or "",
        place=form.place.data or "",
        equipment_id=_piece(form, who),
        statutory=form.statutory.data,
    )


def _piece(form: InstrumentForm, who: Viewer) -> UUID | None:
    typed = form.piece.data or ""
    key = piece_named(who, typed) if typed else None
    if typed and key is None:
        raise Invalid({"piece": NO_PIECE})
    return key


def _mine(key: UUID) -> Instrument:
    """One that the viewer may change."""
    row = instrument_of(web.viewer(), key)
    if not actions.may_change(row, web.viewer()):
        raise NotFound
    return row


@pages.get("/instruments/<uuid:key>")
@web.allows(Action.SEE, Thing.INSTRUMENT)
def show(key: UUID) -> web.Answer:
    return _show(instrument_of(web.viewer(), key), None)


def _show(row: Instrument, form: OwnCheckForm | None) -> str:
    who, today = web.viewer(), clock.today()
    holder = session.get_one(Organisation, row.organisation_id)
    verifications, checks = verifications_of(row), checks_of(row)
    people = {check.entered_by for check in checks} | {one.entered_by for one in verifications}
    mine = actions.may_change(row, who)
    user = session.get(User, who.user_id) if who.user_id else None
    if form is None:
        form = OwnCheckForm(formdata=None, checked_on=today, checker=user.name if user else "")
    at_station = holder.kind == OrganisationKind.STATION
    return render_template(
        "instruments/show.html",
        instrument=row,
        holder=holder,
        standing=standing_of(row),
        verifications=verifications,
        checks=checks,
        users=_people(people),
        piece=next(iter(pieces(who, [row.equipment_id])), None) if row.equipment_id else None,
        lists=lists_naming(who, row),
        period=own_check_period(InstrumentKind(row.kind), at_station=at_station, on=today),
        form=form,
        may_change=mine and may(who, Action.CHANGE, Thing.INSTRUMENT) and row.scrapped_on is None,
        may_check=mine and may(who, Action.CREATE, Thing.INSTRUMENT) and row.scrapped_on is None,
    )


def _people(ids: set[UUID | None]) -> dict[UUID, str]:
    rows = (session.get(User, key) for key in ids if key is not None)
    return {user.id: user.name for user in rows if user is not None}


@pages.route("/instruments/<uuid:key>/edit", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def edit(key: UUID) -> web.Answer:
    who, row = web.viewer(), _mine(key)
    holder = session.get_one(Organisation, row.organisation_id)
    form = InstrumentForm(obj=row)
    del form.kind, form.verified_until
    if not row.number.startswith(OPEN_NUMBER):
        del form.number
    if not form.is_submitted() and row.equipment_id:
        on = next(iter(pieces(who, [row.equipment_id])), None)
        form.piece.data = (on.label_code or "") if on else ""
    changed = submitted(form, lambda: actions.change_instrument(row, _values(form, row, who), by=who))
    if changed is not None:
        flash(gettext("Saved."), "success")
        return redirect(url_for("instruments.show", key=key))
    return _form_page(form, holder, row)


def _values(form: InstrumentForm, row: Instrument, who: Viewer) -> dict[str, object]:
    values = {
        name: value if isinstance(value, bool) else value or ""
        for name, value in form.data.items()
        if name not in ("piece", "csrf_token")
    }
    gone = row.equipment_id is not None and not pieces(who, [row.equipment_id])
    piece = row.equipment_id if gone and not form.piece.data else _piece(form, who)
    return {**values, "gas": str(values["gas"]).upper(), "equipment_id": piece}


@pages.post("/instruments/<uuid:key>/stop")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def stop(key: UUID) -> Response:
    """停用."""
    who = web.viewer()
    step_with_reason(lambda: _mine(key), lambda row, reason: actions.stop_instrument(row, reason, by=who))
    flash(gettext("Stopped."), "success")
    return redirect(url_for("instruments.show", key=key))


@pages.post("/instruments/<uuid:key>/reinstate")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def reinstate(key: UUID) -> Response:
    with transaction():
        actions.reinstate(_mine(key), by=web.viewer())
    flash(gettext("In service again."), "success")
    return redirect(url_for("instruments.show", key=key))


@pages.post("/instruments/<uuid:key>/scrap")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def scrap(key: UUID) -> Response:
    """报废."""
    who = web.viewer()
    step_with_reason(lambda: _mine(key), lambda row, reason: actions.scrap(row, reason, by=who))
    flash(gettext("Scrapped; its records stay."), "success")
    return redirect(url_for("instruments.show", key=key))


@pages.route("/instruments/<uuid:key>/verifications/new", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def new_verification(key: UUID) -> web.Answer:
    """What the certificate says; the usual last day is proposed where a period of the kind is on file."""
    who, row = web.viewer(), _mine(key)
    today = clock.today()
    form = VerificationForm()
    if not form.is_submitted():
        usual = usual_last_day(InstrumentKind(row.kind), today)
        form = VerificationForm(formdata=None, verified_on=today, valid_until=usual)
    verification = submitted(form, lambda: actions.verify(row, _verification(form), by=who))
    if verification is not None:
        failed = verification.result is VerificationResult.FAILED
        text = N_("On file: it failed, and the instrument is stopped.") if failed else N_("On file.")
        flash(gettext(text), "error" if failed else "success")
        return redirect(url_for("instruments.show", key=key))
    page = render_template("instruments/verification.html", form=form, instrument=row)
    return (page, form.http_status) if form.is_submitted() else page


def _verification(form: VerificationForm) -> VerificationDraft:
    return VerificationDraft(
        result=VerificationResult(form.result.data),
        body=form.body.data,
        number=form.number.data,
        verified_on=form.verified_on.data,
        valid_until=form.valid_until.data,
        note=form.note.data or "",
        paper=_upload("paper", "certificate"),
    )


def _upload(field: str, kind: str) -> StoredDocument | None:
    upload = request.files.get(field)
    if upload is None or not upload.filename:
        return None
    return take(cast("BinaryIO", upload.stream), upload.filename, kind, largest_mb=FILE_MB, field=field)


@pages.get("/instruments/<uuid:instrument_id>/verifications/<uuid:verification_id>/paper")
@web.allows(Action.SEE, Thing.INSTRUMENT)
def paper(instrument_id: UUID, verification_id: UUID) -> web.Answer:
    row = verification_of(instrument_of(web.viewer(), instrument_id), verification_id)
    if row.sha256 is None:
        raise NotFound
    return handed_out(row.sha256, row.media_type, row.file_name)


@pages.post("/instruments/<uuid:instrument_id>/verifications/<uuid:verification_id>/withdraw")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def withdraw(instrument_id: UUID, verification_id: UUID) -> Response:
    """Entered wrong."""
    who = web.viewer()

    def step(row: Instrument, reason: str) -> None:
        actions.withdraw_verification(row, verification_of(row, verification_id), reason, by=who)

    step_with_reason(lambda: _mine(instrument_id), step)
    flash(gettext("Taken back; it stays on file."), "success")
    return redirect(url_for("instruments.show", key=instrument_id))


@pages.post("/instruments/<uuid:key>/checks")
@web.allows(Action.CREATE, Thing.INSTRUMENT)
def check(key: UUID) -> web.Answer:
    """自查."""
    who, row, form = web.viewer(), _mine(key), OwnCheckForm()
    entered = submitted(form, lambda: actions.own_check(row, _check(form), by=who))
    if entered is None:
        return _show(row, form), form.http_status
    is_bad = entered.result is OwnCheckResult.BAD
    text = N_("On file: off its limits, and the instrument is stopped.") if is_bad else N_("On file.")
    flash(gettext(text), "error" if is_bad else "success")
    return redirect(url_for("instruments.show", key=key))


def _check(form: OwnCheckForm) -> OwnCheckDraft:
    return OwnCheckDraft(
        result=OwnCheckResult(form.result.data),
        checked_on=form.checked_on.data,
        checker=form.checker.data,
        note=form.note.data or "",
        photo=_upload("photo", "check"),
    )


@pages.get("/instruments/<uuid:instrument_id>/checks/<uuid:check_id>/photo")
@web.allows(Action.SEE, Thing.INSTRUMENT)
def photo(instrument_id: UUID, check_id: UUID) -> web.Answer:
    row = check_of(instrument_of(web.viewer(), instrument_id), check_id)
    if row.sha256 is None:
        raise NotFound
    return handed_out(row.sha256, row.media_type, row.file_name)
