"""Cases (理赔) on screen, and how many lifts are insured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import InstrumentedAttribute

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.dues.filters import names_of
from equipment.hazards.models import Hazard
from equipment.insurance import cases
from equipment.insurance.forms import CaseForm, CaseStepForm
from equipment.insurance.models import InsuranceCase, Policy
from equipment.insurance.queries import CASE_SORTS, LIFT_SORTS, case_of, coverage, policies_at, uninsured
from equipment.insurance.queries import cases as listed_cases
from equipment.insurance.rules import CaseRecord, yuan
from equipment.insurance.states import CASE_CHANGES, CaseState
from equipment.maintenance.models import Visit
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import piece, pieces
from equipment.regulation.elevator_details import KINDS
from equipment.storage.db import session
from equipment.web.forms import labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("insurance_cases", __name__)
R = TypeVar("R", Visit, Hazard)
RECORDS = 20  # of the latest visits and hazards, to be named
COUNTY = 6  # digits of a county's area code


class InsuredShare(NamedTuple):
    """A line of the coverage: whose, the value of its filter, how many are insured of how many."""

    name: str
    key: str
    insured: int
    whole: int


@pages.get("/insurance/cases")
@web.allows(Action.SEE, Thing.POLICY)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    page = paginate(listed_cases(who, filters), CASE_SORTS, default="-on")
    return render_template(
        "insurance/cases.html",
        page=page,
        states=labelled(CaseState),
        lifts={lift.id: lift for lift in pieces(SYSTEM, [row.equipment_id for row in page.rows])},
        policies=_policies([row.policy_id for row in page.rows]),
        yuan=yuan,
    )


def _policies(ids: list[UUID]) -> dict[UUID, Policy]:
    rows = session.scalars(visible(SYSTEM, Policy).where(Policy.id.in_(ids)))
    return {row.id: row for row in rows}


@pages.route("/insurance/cases/new/<uuid:equipment_id>", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.POLICY)
def new(equipment_id: UUID) -> web.Answer:
    who = web.viewer()
    lift, form = piece(who, equipment_id), CaseForm()
    links = form.links.data or []
    if form.call.data:
        links = [*links, f"{CaseRecord.CALL}:{form.call.data}"]
    case = submitted(
        form,
        lambda: cases.tell(
            piece(who, equipment_id),
            form.policy.data,
            form.on.data,
            form.event.data,
            form.claimed.data,
            links,
            by=who,
        ),
    )
    if case is not None:
        flash(gettext("Noted: the insurer was told."), "success")
        return redirect(url_for("insurance_cases.show", equipment_id=lift.id, case_id=case.id))
    page = render_template(
        "insurance/case_new.html",
        form=form,
        lift=lift,
        policies=[policy for policy, _terms in policies_at([lift])[lift.id]],
        visits=_latest(Visit, lift, Visit.on),
        hazards=_latest(Hazard, lift, Hazard.found_on),
        chosen=set(links),
    )
    return (page, form.http_status) if form.is_submitted() else page


def _latest(model: type[R], lift: Equipment, on: InstrumentedAttribute[date]) -> Sequence[R]:
    rows = visible(web.viewer(), model).where(model.equipment_id == lift.id)
    return session.scalars(rows.order_by(on.desc(), model.id.desc()).limit(RECORDS)).all()


@pages.get("/insurance/cases/<uuid:equipment_id>/<uuid:case_id>")
@web.allows(Action.SEE, Thing.POLICY)
def show(equipment_id: UUID, case_id: UUID) -> web.Answer:
    return _show(case_of(web.viewer(), equipment_id, case_id))


def _show(case: InsuranceCase, form: CaseStepForm | None = None) -> str:
    who = web.viewer()
    policy = session.scalar(visible(SYSTEM, Policy).where(Policy.id == case.policy_id))
    if policy is None:
        raise NotFound
    return render_template(
        "insurance/case.html",
        case=case,
        lift=piece(SYSTEM, case.equipment_id),
        policy=policy,
        links=[_linked(str(link), case.equipment_id) for link in case.links],
        names=names_of([case.organisation_id, case.holder_id]),
        steps=CASE_CHANGES[case.state] if may(who, Action.CHANGE, Thing.POLICY) else (),
        form=form or CaseStepForm(formdata=None),
        yuan=yuan,
    )


def _linked(link: str, equipment_id: UUID) -> tuple[CaseRecord, str, str]:
    """(what record, its address, how it reads)."""
    kind, _, key = link.partition(":")
    record, record_id = CaseRecord(kind), id_in(key)
    if record is CaseRecord.CALL or record_id is None:
        return record, "", key
    if record is CaseRecord.VISIT:
        visit = session.scalar(
            visible(SYSTEM, Visit).where(Visit.equipment_id == equipment_id, Visit.id == record_id)
        )
        return record, f"/visits/{equipment_id}/{key}", visit.on.isoformat() if visit else ""
    hazard = session.scalar(
        visible(SYSTEM, Hazard).where(Hazard.equipment_id == equipment_id, Hazard.id == record_id)
    )
    return record, f"/hazards/{equipment_id}/{key}", hazard.description[:60] if hazard else ""


@pages.post("/insurance/cases/<uuid:equipment_id>/<uuid:case_id>")
@web.allows(Action.CHANGE, Thing.POLICY)
def step(equipment_id: UUID, case_id: UUID) -> web.Answer:
    """What the insurer answered, or paid."""
    who, form = web.viewer(), CaseStepForm()

    def take() -> InsuranceCase:
        case = case_of(who, equipment_id, case_id)
        if form.step.data == "pay":
            return cases.pay(case, form.paid.data, form.on.data, form.reply.data or "", by=who)
        move = cases.accept if form.step.data == "accept" else cases.decline
        return move(case, form.reply.data or "", by=who)

    if submitted(form, take) is None:
        return _show(case_of(who, equipment_id, case_id), form), form.http_status
    flash(gettext("Noted."), "success")
    return redirect(url_for("insurance_cases.show", equipment_id=equipment_id, case_id=case_id))


@pages.route("/insurance/coverage", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.POLICY)
def covered() -> web.Answer:
    """How many lifts in use are insured, by county, kind and firm, and which are not."""
    who, filters, today = web.viewer(), arguments(), clock.today()
    if answer := exported(
        "insurance.missing", {"args": filters}, by=who, title=gettext("Lifts without insurance")
    ):
        return answer
    page = paginate(uninsured(who, filters, today), LIFT_SORTS, default="area")
    firms = coverage(who, filters, Equipment.maintenance_firm_id, today)
    parties = [key for lift in page.rows for key in (lift.use_unit_id, lift.maintenance_firm_id)]
    names = names_of([*cast("list[UUID | None]", list(firms)), *parties])
    by_firm = [
        InsuredShare(names.get(cast("UUID", key), "—"), str(key or ""), *share)
        for key, share in firms.items()
    ]
    areas = coverage(who, filters, Equipment.area, today)
    return render_template(
        "insurance/coverage.html",
        page=page,
        names=names,
        whole=(sum(part for part, _ in areas.values()), sum(all_ for _, all_ in areas.values())),
        counties=_by_county(areas),
        kinds=_by_kind(coverage(who, filters, Equipment.catalogue_code, today)),
        firms=sorted(by_firm, key=lambda row: (row.insured / row.whole, -row.whole)),
        areas=area_options(who),
        catalogue=[(kind.value, translate(kind.label)) for kind in KINDS],
    )


def _by_county(areas: Mapping[object, tuple[int, int]]) -> list[InsuredShare]:
    names = {area.code: area.name for area in areas_below("")}
    counties: dict[str, tuple[int, int]] = {}
    for code, (part, whole) in sorted(areas.items(), key=str):
        county = str(code)[:COUNTY]
        before = counties.get(county, (0, 0))
        counties[county] = (before[0] + part, before[1] + whole)
    return [InsuredShare(names.get(code, code), code, *share) for code, share in counties.items()]


def _by_kind(kinds: Mapping[object, tuple[int, int]]) -> list[InsuredShare]:
    words = {kind.value: translate(kind.label) for kind in KINDS}
    return [
        InsuredShare(words.get(str(code), "—"), str(code), *share)
        for code, share in sorted(kinds.items(), key=str)
    ]
