"""监督检查 in an inspector's hand: the units of the month and the record form, which open without a signal; what
he writes stays on the phone until it is sent."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import get_locale, gettext
from flask_login import current_user

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotAllowed, NotFound
from equipment.dues.filters import names_of
from equipment.hazards.models import Hazard
from equipment.orders.actions import is_within
from equipment.orders.models import Order
from equipment.orders.queries import UNITS, search_units
from equipment.orders.rules import RUNNING
from equipment.people.device_views import phone_token
from equipment.people.models import Organisation
from equipment.people.queries import people_with
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Thing
from equipment.people.rules import Action as May
from equipment.people.scope import visible
from equipment.register.lists import organisations
from equipment.register.models import Equipment
from equipment.register.naming import numbers_of
from equipment.register.views import kind_of
from equipment.regulation.supervision_numbers import broken_rules, inspectors_needed
from equipment.storage.db import session
from equipment.supervision.licensed import planned_after_licence
from equipment.supervision.models import CheckedUnit, PlannedCheck, SupervisionCheck
from equipment.supervision.queries import (
    after_licence,
    check_of,
    findings_of,
    last_check,
    pieces_of,
    planned,
    unit_pieces,
    worst_first,
)
from equipment.supervision.rules import CheckKind, Measure, UnitAnswer, UnitRole
from equipment.web.forms import labelled
from equipment.web.offline import offline
from equipment.web.pages import counted

pages = Blueprint("supervision_phone", __name__)
MOST = 100  # units on a phone: those of a month
PIECES = 120  # of one unit to tick: those with hazards, then those overdue come first
ROLES_OF = {
    OrganisationKind.USE_UNIT: (UnitRole.USE,),
    OrganisationKind.STATION: (UnitRole.FILL, UnitRole.USE),
    OrganisationKind.FIRM: (UnitRole.MAINTAIN,),
    OrganisationKind.BODY: (UnitRole.INSPECT,),
    OrganisationKind.MAKER: (UnitRole.MAKE,),
}


@pages.get("/supervision/today")
@web.allows(May.CREATE, Thing.CHECK)
def today() -> web.Answer:
    """The units that are to be checked this month, kept on the phone with their forms."""
    who, on = web.viewer(), clock.today()
    if not who.oversees:
        raise NotAllowed
    due = planned(who, on.year).where(PlannedCheck.month <= on.month, PlannedCheck.check_id.is_(None))
    plans = session.scalars(due.order_by(PlannedCheck.month, PlannedCheck.id).limit(MOST)).all()
    typed = request.args.get("unit", "").strip()
    return offline(
        render_template(
            "supervision/today.html",
            plans=plans,
            names=names_of([plan.organisation_id for plan in plans]),
            places=_places([plan.organisation_id for plan in plans]),
            on=on,
            typed=typed,
            search=search_units(who, typed),
            units=organisations(UNITS),
        )
    )


def _places(ids: list[UUID]) -> dict[UUID, str]:
    """Where these units have their seat."""
    units = visible(SYSTEM, Organisation).where(Organisation.id.in_(ids))
    rows = units.with_only_columns(Organisation.id, Organisation.address)
    return {row.id: row.address for row in session.execute(rows)}


@pages.get("/supervision/start/<uuid:organisation_id>")
@web.allows(May.CREATE, Thing.CHECK)
def start(organisation_id: UUID) -> web.Answer:
    """The record of a check of this unit, to be filled in: on the phone or at the desk."""
    unit = session.get(Organisation, organisation_id)
    if unit is None or unit.kind not in UNITS or not is_within(unit, web.viewer()):
        raise NotFound
    return offline(_form(unit, None))


@pages.get("/supervision/checks/<uuid:organisation_id>/<uuid:check_id>/correct")
@web.allows(May.CREATE, Thing.CHECK)
def correct(organisation_id: UUID, check_id: UUID) -> web.Answer:
    """The form with what a record says, to be corrected; both sides sign anew."""
    check = check_of(web.viewer(), organisation_id, check_id)
    unit = session.get_one(Organisation, check.organisation_id)
    if check.superseded_by is not None or not web.viewer().oversees:
        raise NotFound
    return _form(unit, check)


def _form(unit: Organisation, check: SupervisionCheck | None) -> str:
    who, on = web.viewer(), clock.today()
    own, stated = unit_pieces(who, unit.id), _stated(check)
    order = (Equipment.id.in_(stated).desc(), *worst_first(on), Equipment.address, Equipment.id)
    pieces = session.scalars(own.order_by(*order).limit(PIECES)).all()
    before = last_check(unit.id, on)
    hazards = visible(who, Hazard).where(Hazard.responsible_id == unit.id, Hazard.closed_on.is_(None))
    orders = visible(who, Order).where(Order.organisation_id == unit.id, Order.state.in_(RUNNING))
    mine = who.organisation_id
    return render_template(
        "supervision/start.html",
        unit=unit,
        named=check.unit if check else _named(unit),
        pieces=pieces,
        whole=counted(own) if len(pieces) == PIECES else len(pieces),
        numbers=numbers_of([piece.id for piece in pieces]),
        kind_of=kind_of,
        ticked={str(piece.id) for piece in pieces_of(check)} if check else set(),
        findings=findings_of(check) if check else (),
        check=check,
        before=before if check is None else None,
        before_findings=findings_of(before) if before is not None and check is None else (),
        hazards=session.scalars(hazards.order_by(Hazard.due_on).limit(20)).all(),
        orders=session.scalars(orders.order_by(Order.due_on).limit(20)).all(),
        excluded=after_licence(unit.id, on.year),
        first_kind=check.kind if check else _planned_kind(unit.id, on.year),
        kinds=labelled(CheckKind),
        roles=labelled(UnitRole),
        measures=labelled(Measure),
        answers=labelled(UnitAnswer),
        rules=[
            (rule.code, f"{rule.cited} {rule.text.in_language(str(get_locale()))}"[:80])
            for rule in broken_rules(on).values()
        ],
        needed=inspectors_needed(on).integer,
        colleagues=[person.name for person in people_with(mine, Role.SUPERVISOR)] if mine else [],
        me=current_user.name,
        times=[f"{clock.site_time(at):%H:%M}" for at in (check.began_at, check.ended_at)]
        if check
        else ["", ""],
    )


def _stated(check: SupervisionCheck | None) -> set[UUID]:
    """The pieces that a record speaks of, which its correction must offer again."""
    if check is None:
        return set()
    at = {row.equipment_id for row in findings_of(check) if row.equipment_id}
    return at | {piece.id for piece in pieces_of(check)}


def _planned_kind(unit: UUID, year: int) -> CheckKind:
    """What the record begins as: a check after a licence, where the plan has one for this unit."""
    waits = unit in planned_after_licence([unit], year)
    return CheckKind.AFTER_LICENCE if waits else CheckKind.ROUTINE


def _named(unit: Organisation) -> CheckedUnit:
    """The unit as it is on file; what is not stays for the inspector to ask."""
    officers = people_with(unit.id, Role.SAFETY_OFFICER, Role.STATION_OWNER, Role.FIRM_MANAGER)
    officer = officers[0].name if officers else ""
    return CheckedUnit(
        name=unit.name,
        credit_code=unit.credit_code or "",
        legal_representative="",
        safety_manager=officer,
        address=unit.address,
        contact=officer,
        post="",
        phone=unit.phone,
        roles=[str(role) for role in ROLES_OF.get(unit.kind, ())],
    )


@pages.post("/supervision/phone")
@web.allows(May.CREATE, Thing.CHECK)
def phone() -> web.Answer:
    """A token for the phone of the inspector who is signed in: what it keeps is sent by that, also after the
    sign-in has ended."""
    return phone_token(gettext("Inspector’s phone"))
