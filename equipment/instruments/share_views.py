"""受检率: how many of the instruments in use that are subject to statutory verification have a valid one, by
county and kind; every number opens its list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, render_template, url_for
from sqlalchemy import select

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotAllowed
from equipment.instruments.queries import NOT_VALID, Verified, by_county, in_all, verified_by
from equipment.instruments.rules import InstrumentKind, InstrumentState, VerificationStanding, share
from equipment.people.models import Area
from equipment.people.rules import Action, Thing
from equipment.storage.db import session
from equipment.web.forms import labelled
from equipment.web.pages import area_options, arguments

pages = Blueprint("instrument_share", __name__)


class ShareRow(NamedTuple):
    """One line of the table: what it is of, its numbers, and the lists behind them."""

    name: str
    verified: Verified
    valid_url: str
    lacking_url: str
    subject_url: str

    @property
    def share(self) -> float | None:
        return share(self.verified.valid, self.verified.subject)


@pages.get("/instruments/share")
@web.allows(Action.SEE, Thing.INSTRUMENT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if not who.oversees:
        raise NotAllowed
    wanted: dict[str, str] = {name: filters[name] for name in ("area", "kind") if name in filters}
    grouped = verified_by(who, clock.today(), wanted)
    counties = by_county(grouped)
    names = {area.code: area.name for area in session.scalars(select(Area).where(Area.code.in_(counties)))}
    by_kind = {
        kind: in_all(one for (_county, stated), one in grouped.items() if stated is kind)
        for kind in InstrumentKind
        if any(stated is kind for _county, stated in grouped)
    }
    return render_template(
        "instruments/share.html",
        whole=_row("", in_all(counties.values()), wanted),
        counties=[
            _row(names.get(code, code), one, {**wanted, "area": code}) for code, one in counties.items()
        ],
        kinds=[_row(kind.label, one, {**wanted, "kind": kind.value}) for kind, one in by_kind.items()],
        areas=area_options(who),
        all_kinds=labelled(InstrumentKind),
        chosen=wanted,
        today=clock.today(),
    )


def _row(name: str, one: Verified, filters: Mapping[str, str]) -> ShareRow:
    stated = {**filters, "state": InstrumentState.IN_USE.value, "statutory": "yes"}
    path = url_for("instruments.index")
    valid, lacking = (
        {**stated, "verified": VerificationStanding.VALID.value},
        {**stated, "verified": NOT_VALID},
    )
    return ShareRow(name, one, *(f"{path}?{urlencode(each)}" for each in (valid, lacking, stated)))
