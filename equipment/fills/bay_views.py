"""秤位: which bays of a station fill which gas, and setting up one for a licensed gas that has none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.fills.page_forms import BayForm
from equipment.fills.queries import bays_of
from equipment.fills.rules import FillPack
from equipment.fills.station import licensed_gases, pack_of
from equipment.instruments.actions import OPEN_NUMBER, NewInstrument, add_instrument
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people.models import Organisation
from equipment.people.rules import Action, OrganisationKind, Thing
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.web.forms import submitted
from equipment.web.language import translate

pages = Blueprint("bays", __name__)


class LackingBay(NamedTuple):
    """A gas of the licence that no bay fills, and what its bay needs."""

    gas: str
    name: str  # code and name
    needs: InstrumentKind


def kind_for(pack: FillPack, gas: str) -> InstrumentKind:
    """A weighed gas needs a scale, every other one a gauge."""
    return InstrumentKind.SCALE if pack.is_weighed(gas) else InstrumentKind.GAUGE


def bays_here() -> list[Instrument]:
    """The bays of the viewer's station in their order, one row each: the instrument that measures its gas."""
    pack = pack_of(clock.today())
    fitting = [
        bay for bay in bays_of(web.viewer()) if bay.gas in pack.gases and bay.kind == kind_for(pack, bay.gas)
    ]
    return list({(bay.bay, bay.gas): bay for bay in fitting}.values())


def licensed_here() -> list[str]:
    """The gases of the station's licence in force, in their order; none where none runs."""
    who, pack = web.viewer(), pack_of(clock.today())
    licensed = licensed_gases(who.organisation_id, pack.on) if who.organisation_id else None
    return [gas for gas in pack.gases if gas in licensed] if licensed else []


def gases_here() -> list[str]:
    """The gases of the bays and those of the licence; where there is neither, all."""
    at_bays = {bay.gas for bay in bays_here()}
    return sorted(at_bays | set(licensed_here())) or list(pack_of(clock.today()).gases)


def lacking_bays(bays: Sequence[Instrument], licensed: Sequence[str], language: str) -> list[LackingBay]:
    """The gases that the station may fill and has no bay for: their bottles could only be refused."""
    pack, at_bays = pack_of(clock.today()), {bay.gas for bay in bays}
    lacking = [gas for gas in licensed if gas not in at_bays] if bays else []
    return [
        LackingBay(gas, f"{gas} {pack.gases[gas].name.in_language(language)}", kind_for(pack, gas))
        for gas in lacking
    ]


@pages.route("/floor/bays/new", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.ORGANISATION)
def new() -> web.Answer:
    """A bay in two taps: what nobody has typed is named as open, and the fills there say so."""
    who = web.viewer()
    if who.organisation_kind is not OrganisationKind.STATION or who.organisation_id is None:
        raise NotAllowed(N_("Only a filling station records fills."))
    form, licensed, pack = BayForm(), licensed_here(), pack_of(clock.today())
    form.gas.choices = [(gas, f"{gas} {pack.gases[gas].name.zh}") for gas in licensed]
    if request.method == "GET":
        wanted = request.args.get("gas", "")
        form.gas.data, form.bay.data = (
            (wanted if wanted in licensed else None),
            _next_bay(who.organisation_id),
        )
    if instrument := submitted(form, lambda: _add(form, pack)):
        flash(
            gettext("Bay %(bay)s for %(gas)s is set up.", bay=instrument.bay, gas=instrument.gas), "success"
        )
        if form.verified_until.data is None:
            text = N_(
                "Its verification day is still to be entered: from tomorrow on fills there are flagged."
            )
            flash(gettext(text), "error")
        return redirect(url_for("floor.page"))
    return render_template("fills/floor_bay.html", form=form), form.http_status if form.errors else 200


def _add(form: BayForm, pack: FillPack) -> Instrument:
    station = session.get_one(Organisation, web.viewer().organisation_id)
    gas, bay = form.gas.data, form.bay.data
    kind = kind_for(pack, gas)
    own = visible(web.viewer(), Instrument).where(Instrument.organisation_id == station.id)
    taken = own.where(
        Instrument.bay == bay, Instrument.gas == gas, Instrument.kind == kind, Instrument.active
    )
    if session.scalar(taken.limit(1)) is not None:
        raise Invalid({"bay": Message(N_("Bay %(bay)s fills %(gas)s already."), {"bay": bay, "gas": gas})})
    number = form.number.data or f"{OPEN_NUMBER}{gas}-{bay}"
    kind_name = translate(kind.label)
    until = form.verified_until.data or clock.today()
    return add_instrument(
        station, NewInstrument(kind, f"{bay} {kind_name}", number, until, bay, gas), by=web.viewer()
    )


def _next_bay(station: UUID) -> str:
    """The name of the next bay: one more than the highest number among those there are."""
    own = visible(web.viewer(), Instrument).where(Instrument.organisation_id == station)
    numbers = [int(match[0]) for row in session.scalars(own) if (match := re.search(r"\d{1,4}", row.bay))]
    return str(max(numbers, default=0) + 1)
