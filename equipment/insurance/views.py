"""Policies on screen: the list, a new one, one with its lifts and cases, corrected, cancelled, let lapse."""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.files.actions import StoredDocument, take
from equipment.files.views import handed_out
from equipment.insurance import actions
from equipment.insurance.actions import HOLDERS, PolicyDraft
from equipment.insurance.forms import CancelForm, PolicyForm
from equipment.insurance.listing import state_of
from equipment.insurance.models import InsuranceCase, Policy, PolicyLift
from equipment.insurance.queries import LIFT, SORTS, covered_pieces, listed, policy_of, whose_unit
from equipment.insurance.rules import Cover, Payer, PolicyKind, PolicyState, yuan
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.codes import parse
from equipment.register.lists import organisation_named, organisations
from equipment.register.models import Equipment
from equipment.register.queries import resolve_own
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, labelled, step_with_reason, submitted
from equipment.web.pages import arguments, counted, exported, paginate

pages = Blueprint("insurance", __name__)
PAPER_MB = 20
OFFERED = 300  # lifts to tick: more are named by their codes
LIFT_SORTS = {"entered": (Equipment.id,)}
NAMED = 3  # codes that a refusal names
STATES = [state for state in PolicyState if state is not PolicyState.CORRECTED]


@pages.route("/insurance", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.POLICY)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if answer := exported("insurance.policies", {"args": filters}, by=who, title=gettext("Policies")):
        return answer
    page = paginate(listed(who, filters, clock.today()), SORTS, default="until")
    return render_template(
        "insurance/index.html",
        page=page,
        states=labelled(STATES),
        kinds=labelled(PolicyKind),
        state_of=state_of,
        yuan=yuan,
        names=names_of([row.organisation_id for row in page.rows]),
        may_enter=may(who, Action.CREATE, Thing.POLICY),
    )


@pages.route("/insurance/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.POLICY)
def new() -> web.Answer:
    """Whose lifts first, then what the paper says."""
    who = web.viewer()
    form = PolicyForm()
    holder = _holder(form.holder.data, who)
    if holder is None:
        return render_template(
            "insurance/holder.html",
            typed=request.values.get("holder", ""),
            holders=organisations(HOLDERS),
            own=session.get(Organisation, who.organisation_id)
            if who.organisation_kind == OrganisationKind.FIRM
            else None,
        )
    if not form.is_submitted():
        form = PolicyForm(
            formdata=None,
            holder=holder.id,
            cover=_usual_cover(holder, who),
            payer=Payer.FIRM if holder.kind == OrganisationKind.FIRM else Payer.USE_UNIT,
        )
    policy = submitted(form, lambda: actions.enter(_draft(form, holder.id, who), by=who), NAMES)
    if policy is not None:
        flash(gettext("The policy is on file."), "success")
        return redirect(url_for("insurance.show", holder_id=policy.organisation_id, policy_id=policy.id))
    return _form_page(form, holder, who, None)


NAMES = {"sum_fen": "sum", "holder_id": "holder"}


@pages.route("/insurance/<uuid:holder_id>/<uuid:policy_id>/correct", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.POLICY)
def correct(holder_id: UUID, policy_id: UUID) -> web.Answer:
    """What was entered wrong is entered anew; the earlier one stays on file."""
    who = web.viewer()
    policy = policy_of(who, holder_id, policy_id)
    if not actions.may_change(policy, who) or policy.superseded:
        raise NotFound
    holder = session.get_one(Organisation, policy.organisation_id)
    form = PolicyForm()
    if not form.is_submitted():
        form = PolicyForm(formdata=None, obj=policy, holder=holder.id, sum=policy.sum_fen)
        on_list = visible(SYSTEM, PolicyLift).where(
            PolicyLift.organisation_id == holder.id, PolicyLift.policy_id == policy.id
        )
        form.lifts.data = [row.equipment_id for row in session.scalars(on_list)]
    corrected = submitted(
        form,
        lambda: actions.correct(policy_of(who, holder_id, policy_id), _draft(form, holder.id, who), by=who),
        NAMES,
    )
    if corrected is not None:
        flash(gettext("Corrected; what was entered before stays on file."), "success")
        return redirect(url_for("insurance.show", holder_id=holder.id, policy_id=corrected.id))
    return _form_page(form, holder, who, policy)


def _form_page(form: PolicyForm, holder: Organisation, who: Viewer, policy: Policy | None) -> web.Answer:
    theirs = _lifts_of(holder, who)
    page = render_template(
        "insurance/form.html",
        form=form,
        holder=holder,
        policy=policy,
        lifts=session.scalars(
            theirs.order_by(Equipment.area, Equipment.address, Equipment.id).limit(OFFERED)
        ).all(),
        lift_count=counted(theirs),
        chosen=set(form.lifts.data or []),
    )
    return (page, form.http_status) if form.is_submitted() else page


def _holder(key: UUID | None, who: Viewer) -> Organisation | None:
    """Whose lifts are insured: chosen by id or by name; a use unit's own without asking."""
    if who.organisation_kind not in (OrganisationKind.FIRM, OrganisationKind.REGULATOR):
        key = who.organisation_id
    typed = request.values.get("holder", "").strip()
    key = key or id_in(typed) or (organisation_named(typed, HOLDERS) if typed else None)
    holder = session.get(Organisation, key) if key else None
    return holder if holder is not None and holder.kind in HOLDERS else None


def _usual_cover(holder: Organisation, who: Viewer) -> Cover:
    if holder.kind == OrganisationKind.FIRM:
        return Cover.FIRM
    return Cover.LISTED if who.organisation_kind == OrganisationKind.FIRM else Cover.UNIT


def _lifts_of(holder: Organisation, who: Viewer) -> Select[Equipment]:
    """The lifts of the holder that the viewer sees."""
    whose = (
        Equipment.maintenance_firm_id == holder.id
        if holder.kind == OrganisationKind.FIRM
        else whose_unit == holder.id
    )
    return visible(who, Equipment).where(Equipment.category == LIFT, whose)


def _draft(form: PolicyForm, holder_id: UUID, who: Viewer) -> PolicyDraft:
    cover = Cover(form.cover.data)
    lifts = (
        [*(form.lifts.data or []), *_lifts_named(form.codes.data or "", who)] if cover is Cover.LISTED else []
    )
    return PolicyDraft(
        holder_id=holder_id,
        number=form.number.data,
        insurer=form.insurer.data,
        kind=PolicyKind(form.kind.data),
        payer=Payer(form.payer.data),
        sum_fen=form.sum.data,
        from_on=form.from_on.data,
        until_on=form.until_on.data,
        cover=cover,
        lifts=lifts,
        iot=form.iot.data,
        service=form.service.data or "",
        visits_promised=form.visits_promised.data,
        inspections_promised=form.inspections_promised.data,
        paper=_paper(),
    )


def _lifts_named(codes: str, who: Viewer) -> list[UUID]:
    """The lifts that a column of codes and numbers names; Invalid where one is not read."""
    named, unread = [], []
    for code in dict.fromkeys(filter(None, map(str.strip, codes.splitlines()))):
        key = resolve_own(who, parse(code)).equipment_id
        if key is None:
            unread.append(code)
        else:
            named.append(key)
    if unread:
        text = N_("Not found, or more than one lift has it: %(codes)s")
        raise Invalid({"codes": Message(text, {"codes": "、".join(unread[:NAMED])})})
    return named


def _paper() -> StoredDocument | None:
    upload = request.files.get("paper")
    if upload is None or not upload.filename:
        return None
    return take(
        cast("BinaryIO", upload.stream), upload.filename, "policy", largest_mb=PAPER_MB, field="paper"
    )


@pages.get("/insurance/<uuid:holder_id>/<uuid:policy_id>")
@web.allows(Action.SEE, Thing.POLICY)
def show(holder_id: UUID, policy_id: UUID) -> web.Answer:
    who = web.viewer()
    return _show(policy_of(who, holder_id, policy_id), who)


def _show(policy: Policy, who: Viewer) -> str:
    page = paginate(covered_pieces(who, policy), LIFT_SORTS, default="entered")
    cases = visible(who, InsuranceCase).where(
        InsuranceCase.holder_id == policy.organisation_id, InsuranceCase.policy_id == policy.id
    )
    state = state_of(policy)
    may_change = may(who, Action.CHANGE, Thing.POLICY) and actions.may_change(policy, who)
    entered = session.get(User, policy.entered_by) if policy.entered_by else None
    return render_template(
        "insurance/policy.html",
        policy=policy,
        state=state,
        page=page,
        cases=session.scalars(cases.order_by(InsuranceCase.on.desc()).limit(20)).all(),
        names=names_of([policy.organisation_id, policy.payer_id, entered and entered.organisation_id]),
        entered=entered,
        yuan=yuan,
        replaced_by=_beside(Policy.corrects_id == policy.id) if policy.superseded else None,
        renewed_by=_beside(Policy.id == policy.renewed_by_id) if policy.renewed_by_id else None,
        changeable=may_change and state not in (PolicyState.CORRECTED, PolicyState.CANCELLED),
        may_tell=may(who, Action.CREATE, Thing.POLICY),
    )


def _beside(which: ColumnElement[bool]) -> Policy | None:
    """The policy that took the place of another."""
    return session.scalar(visible(SYSTEM, Policy).where(which))


@pages.get("/insurance/<uuid:holder_id>/<uuid:policy_id>/paper")
@web.allows(Action.SEE, Thing.POLICY)
def paper(holder_id: UUID, policy_id: UUID) -> web.Answer:
    policy = policy_of(web.viewer(), holder_id, policy_id)
    if policy.sha256 is None:
        raise NotFound
    return handed_out(policy.sha256, policy.media_type, policy.file_name)


@pages.post("/insurance/<uuid:holder_id>/<uuid:policy_id>/cancel")
@web.allows(Action.CHANGE, Thing.POLICY)
def cancel(holder_id: UUID, policy_id: UUID) -> web.Answer:
    """退保."""
    who, form = web.viewer(), CancelForm()
    with transaction():
        policy = policy_of(who, holder_id, policy_id)
        checked(form)
        actions.cancel(policy, form.on.data, form.reason.data, by=who)
    flash(gettext("Noted: from that day on the policy covers nothing."), "success")
    return redirect(url_for("insurance.show", holder_id=holder_id, policy_id=policy_id))


@pages.post("/insurance/<uuid:holder_id>/<uuid:policy_id>/lapse")
@web.allows(Action.CHANGE, Thing.POLICY)
def lapse(holder_id: UUID, policy_id: UUID) -> web.Answer:
    """不再续保."""
    who = web.viewer()
    step_with_reason(
        lambda: policy_of(who, holder_id, policy_id),
        lambda policy, reason: actions.let_lapse(policy, reason, by=who),
    )
    flash(gettext("Noted: nobody is reminded of its renewal any more."), "success")
    return redirect(url_for("insurance.show", holder_id=holder_id, policy_id=policy_id))
