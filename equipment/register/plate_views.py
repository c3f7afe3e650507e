"""标牌: a code that a phone read at a lift and nobody knows becomes that of the lift's plate, at once or as a
proposal; the list of what was proposed, and the decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO, NamedTuple, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from equipment import web
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.files.actions import About, attach_once, take
from equipment.people.rules import Action, Thing, Viewer
from equipment.people.scope import visible
from equipment.register.disclosure import shown_number
from equipment.register.forms import DeclineForm
from equipment.register.lists import filtered
from equipment.register.models import Equipment, PlateProposal
from equipment.register.naming import called
from equipment.register.plate_conditions import PLATED
from equipment.register.plate_forms import PlateForm, PlateLossForm
from equipment.register.plates import (
    PlateReading,
    PlateRights,
    accept_plate,
    bind_plate,
    decline_plate,
    is_reserved,
    kind_read,
    may_decide,
    names_of,
    numbers_on_plates,
    plate_back,
    report_plate,
)
from equipment.register.queries import piece, pieces
from equipment.register.rules import (
    SCANNED,
    FurtherPlate,
    IdentifierKind,
    PlateLossKind,
    PlateState,
    PlateWriting,
)
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, labelled, show_errors
from equipment.web.pages import arguments, paginate

pages = Blueprint("plates", __name__)
OFFERED = 20  # lifts to choose from at a time
PHOTO = frozenset({"image/jpeg", "image/png", "image/webp"})
ANSWERS = {
    PlateState.ACCEPTED: N_("The plate is bound: from now on the lift is found by it."),
    PlateState.PROPOSED: N_(
        "Proposed. The plate counts as this lift's once the manager or the use unit has accepted it."
    ),
    PlateState.DECLINED: N_("Declined."),
}
CLAIMED = N_(
    "This plate is bound to another lift. Nothing was moved: your claim is kept, and whoever answers for "
    "both "
    "lifts decides."
)


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

    @property
    def writing(self) -> str:
        return gettext(PlateWriting(self.record.writing).label) if self.record.writing else ""

    @property
    def further(self) -> str:
        return gettext(FurtherPlate(self.record.further).label) if self.record.further else ""


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
    lift = form.equipment_id.data
    return render_template(
        "register/plate.html",
        form=form,
        choices=choices,
        chosen=form.equipment_id.data or (choices[0].lift.id if len(choices) == 1 else None),
        binds=any(choice.rights.bind for choice in choices),
        kinds=labelled(SCANNED),
        on_file=bool(form.further.errors) or (lift is not None and bool(numbers_on_plates(lift))),
    )


@pages.get("/plates/new")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def new() -> web.Answer:
    """Which lift does this code belong to? `code` is what was read, `how` by what, `lift` where."""
    how = request.args.get("how", "")
    if is_reserved(request.args.get("code", "")):
        return redirect(url_for("lift_plates.hanging", code=request.args["code"]))
    form = PlateForm(
        formdata=None,
        code=request.args.get("code", "").strip(),
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
    photo: FileStorage | None = form.photo.data
    try:
        document = (
            take(
                cast(BinaryIO, photo.stream), photo.filename or "photo", "plate", accept=PHOTO, field="photo"
            )
            if photo
            else None
        )
        with transaction():
            if form.equipment_id.data is None:
                raise Invalid({"equipment_id": N_("Choose the lift.")})
            lift = piece(viewer, form.equipment_id.data)
            checked(form)
            proposal = bind_plate(lift, _reading(form), by=viewer)
            if document is not None:
                about = About(lift.id, lift.area, lift.category, "plate", proposal.id)
                attach_once(about, document, by=viewer)
    except Invalid as error:
        show_errors(form, error)
        return _page(form), form.http_status
    flash(gettext(ANSWERS[PlateState(proposal.state)] if proposal.held_by is None else CLAIMED), "success")
    if proposal.state == PlateState.ACCEPTED:
        return redirect(url_for("life.whole", equipment_id=lift.id, _anchor="numbers"))
    return redirect(url_for("plates.index", lift=lift.id))


def _reading(form: PlateForm) -> PlateReading:
    further = FurtherPlate(form.further.data) if form.further.data else None
    kind = IdentifierKind(form.kind.data)
    return PlateReading(form.code.data or "", kind, form.how.data, form.number.data, further)


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
            may_decide(row, lifts[row.equipment_id], viewer),
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
    flash(gettext(ANSWERS[PlateState(proposal.state)]), "success")
    return redirect(url_for("plates.index", lift=equipment_id))


@pages.post("/equipment/<uuid:equipment_id>/plate-loss")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def report(equipment_id: UUID) -> web.Answer:
    """标牌脱损: the plate that was there before our time is gone, or cannot be read."""
    viewer, form = web.viewer(), PlateLossForm()
    with transaction():
        lift = piece(viewer, equipment_id)
        checked(form)
        report_plate(lift, PlateLossKind(form.what.data), form.reason.data, by=viewer)
    flash(gettext("Reported. A plate of ours may be made for this lift now."), "success")
    return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="numbers"))


@pages.post("/equipment/<uuid:equipment_id>/plate-back")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def back(equipment_id: UUID) -> web.Answer:
    """The plate that was reported is there again."""
    with transaction():
        plate_back(piece(web.viewer(), equipment_id), by=web.viewer())
    return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="numbers"))
