"""标牌: a code that a phone read at a lift and nobody knows becomes that of the lift's plate, at once or as a
proposal; the list of what was proposed, and the decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.people.rules import Action, Thing, Viewer
from equipment.people.scope import visible
from equipment.register.disclosure import shown_number
from equipment.register.forms import DeclineForm, PlateForm
from equipment.register.lists import filtered
from equipment.register.models import Equipment, PlateProposal
from equipment.register.naming import called
from equipment.register.plates import (
    PLATED,
    PlateRights,
    accept_plate,
    bind_plate,
    decline_plate,
    kind_read,
    names_of,
)
from equipment.register.queries import piece, pieces
from equipment.register.rules import SCANNED, IdentifierKind, PlateState
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, labelled, show_errors
from equipment.web.pages import arguments, paginate

pages = Blueprint("plates", __name__)
OFFERED = 20  # lifts to choose from at a time


class LiftChoice(NamedTuple):
    """A lift that the code may belong to, and whether the viewer binds or proposes."""

    lift: Equipment
    rights: PlateRights

    @property
    def name(self) -> str:
        return gettext(called(self.lift))


@dataclass(frozen=True, slots=True)
class ListedProposal:
    """A proposal with its lift, its people and what the viewer may do about it."""

    record: PlateProposal
    piece: Equipment
    number: str
    proposed_by: str
    decided_by: str
    decide: bool

    @property
    def name(self) -> str:
        return gettext(called(self.piece))


def _choices(viewer: Viewer, form: PlateForm) -> list[LiftChoice]:
    """The lift that was tapped, then those of the viewer that a search finds."""
    tapped = form.equipment_id.data
    rows = list(pieces(viewer, [tapped])) if tapped else []
    if form.q.data or not rows:
        chosen = filtered(viewer, {"q": form.q.data} if form.q.data else {})
        chosen = chosen.where(Equipment.category.in_(PLATED), Equipment.id.not_in([row.id for row in rows]))
        rows += session.scalars(chosen.order_by(Equipment.address, Equipment.id).limit(OFFERED)).all()
    choices = [LiftChoice(row, PlateRights.of(viewer, row)) for row in rows]
    return [choice for choice in choices if choice.rights.bind or choice.rights.propose]


def _page(form: PlateForm) -> str:
    choices = _choices(web.viewer(), form)
    return render_template(
        "register/plate.html",
        form=form,
        choices=choices,
        chosen=form.equipment_id.data or (choices[0].lift.id if len(choices) == 1 else None),
        binds=any(choice.rights.bind for choice in choices),
        kinds=labelled(SCANNED),
    )


@pages.get("/plates/new")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def new() -> web.Answer:
    """Which lift does this code belong to? `code` is what was read, `how` by what, `lift` where."""
    how = request.args.get("how", "")
    form = PlateForm(
        formdata=None,
        code=request.args.get("code", "").strip()[:400],
        how=how,
        kind=str(kind_read(how)),
        equipment_id=id_in(request.args.get("lift", "")),
        q=request.args.get("q", "").strip()[:80],
    )
    return _page(form)


@pages.post("/plates/new")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def bind() -> web.Answer:
    viewer, form = web.viewer(), PlateForm()
    try:
        with transaction():
            if form.equipment_id.data is None:
                raise Invalid({"equipment_id": N_("Choose the lift.")})
            lift = piece(viewer, form.equipment_id.data)
            checked(form)
            kind = IdentifierKind(form.kind.data)
            proposal = bind_plate(lift, kind, form.code.data, how=form.how.data, by=viewer)
    except Invalid as error:
        show_errors(form, error)
        return _page(form), form.http_status
    if proposal is None:
        flash(gettext("The plate is bound: from now on the lift is found by it."), "success")
        return redirect(url_for("life.whole", equipment_id=lift.id, _anchor="numbers"))
    flash(
        gettext(
            "Proposed. The plate counts as this lift's once the manager or the use unit has accepted it."
        ),
        "success",
    )
    return redirect(url_for("plates.index", lift=lift.id))


@pages.get("/plates")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def index() -> web.Answer:
    viewer, filters = web.viewer(), arguments()
    rows = visible(viewer, PlateProposal)
    if filters.get("state") in set(PlateState):
        rows = rows.where(PlateProposal.state == filters["state"])
    if lift := id_in(filters.get("lift", "")):
        rows = rows.where(PlateProposal.equipment_id == lift)
    sorts = {"at": (PlateProposal.proposed_at, PlateProposal.id)}
    page = paginate(rows, sorts, default="-at")
    return render_template(
        "register/plates.html",
        page=replace(page, rows=_listed(viewer, page.rows)),
        filters=filters,
        states=labelled(PlateState),
    )


def _listed(viewer: Viewer, rows: list[PlateProposal]) -> list[ListedProposal]:
    lifts = {lift.id: lift for lift in pieces(viewer, {row.equipment_id for row in rows})}
    names = names_of({row.proposed_by for row in rows} | {row.decided_by for row in rows})
    return [
        ListedProposal(
            row,
            lifts[row.equipment_id],
            shown_number(viewer, row.kind, row.shown),
            names.get(row.proposed_by, ""),
            names.get(row.decided_by, ""),
            row.state == PlateState.PROPOSED and PlateRights.of(viewer, lifts[row.equipment_id]).bind,
        )
        for row in rows
    ]


@pages.post("/equipment/<uuid:equipment_id>/plates/<uuid:proposal_id>/<any(accept, decline):step>")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def decide(equipment_id: UUID, proposal_id: UUID, step: str) -> web.Answer:
    viewer, form = web.viewer(), DeclineForm()
    with transaction():
        lift = piece(viewer, equipment_id)
        proposal = session.scalar(
            visible(viewer, PlateProposal).where(
                PlateProposal.equipment_id == equipment_id, PlateProposal.id == proposal_id
            )
        )
        if proposal is None:
            raise NotFound
        if step == "accept":
            accept_plate(proposal, lift, by=viewer)
        else:
            decline_plate(proposal, lift, form.reason.data, by=viewer)
    flash(
        gettext("The plate is bound: from now on the lift is found by it.")
        if step == "accept"
        else gettext("Declined."),
        "success",
    )
    return redirect(url_for("plates.index", lift=equipment_id))
