"""位置: where a piece stands, stated in the office or by a phone at the piece, proposed and decided on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.geo import Datum, GeoPoint, from_wgs84
from equipment.core.words import N_
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.register.coordinates import (
    NO_POINT,
    accept,
    coordinates_of,
    decline,
    is_placed,
    locate,
    propose,
)
from equipment.register.forms import PositionForm
from equipment.register.models import Coordinates, Equipment
from equipment.register.queries import piece
from equipment.register.rules import CoordinatesSource, CoordinatesState
from equipment.regulation.queries import default_datum
from equipment.storage.db import session, transaction
from equipment.web.forms import checked

pages = Blueprint("positions", __name__)


@dataclass(frozen=True, slots=True)
class PositionRights:
    """Who states where a piece stands: its owner, its use unit and the bureau, who change it; the manager of
    its maintenance firm. Its technicians and the use unit's safety officer propose."""

    state: bool
    propose: bool
    decide: bool

    @classmethod
    def of(cls, viewer: Viewer, equipment: Equipment) -> PositionRights:
        firm = viewer.organisation_id is not None and viewer.organisation_id == equipment.maintenance_firm_id
        manages = firm and Role.FIRM_MANAGER in viewer.roles
        holds = viewer.organisation_id in (equipment.owner_id, equipment.use_unit_id)
        changes = may(viewer, Action.CHANGE, Thing.EQUIPMENT) and (viewer.oversees or holds)
        decides = manages or (changes and viewer.oversees)
        return cls(
            state=manages or changes,
            propose=not (manages or changes)
            and (
                (firm and Role.TECHNICIAN in viewer.roles) or (holds and Role.SAFETY_OFFICER in viewer.roles)
            ),
            decide=decides,
        )


@dataclass(frozen=True, slots=True)
class PiecePosition:
    """Where a piece stands as its page shows it."""

    in_force: Coordinates | None
    proposed: list[Coordinates]
    earlier: list[Coordinates]
    rights: PositionRights
    form: PositionForm

    @property
    def gcj02(self) -> GeoPoint | None:
        """For the maps that people have on their phones."""
        return from_wgs84(self.in_force.point, Datum.GCJ02) if self.in_force else None


def placed_piece(viewer: Viewer, equipment: Equipment) -> PiecePosition | None:
    if not is_placed(equipment.category):
        return None
    rows = coordinates_of(viewer, equipment.id)
    of = {state: [row for row in rows if row.state == state] for state in CoordinatesState}
    form = PositionForm(formdata=None, datum=str(default_datum(clock.today())))
    return PiecePosition(
        next(iter(of[CoordinatesState.IN_FORCE]), None),
        of[CoordinatesState.PROPOSED],
        of[CoordinatesState.SUPERSEDED] + of[CoordinatesState.DECLINED],
        PositionRights.of(viewer, equipment),
        form,
    )


@pages.post("/equipment/<uuid:equipment_id>/position")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def state(equipment_id: UUID) -> web.Answer:
    """Typed in the office, or measured by the phone of somebody who stands at the piece."""
    viewer, form = web.viewer(), PositionForm()
    with transaction():
        equipment = piece(viewer, equipment_id)
        rights = PositionRights.of(viewer, equipment)
        if not (rights.state or rights.propose):
            raise NotAllowed(
                N_("Only its unit, its maintenance firm and the bureau say where a piece stands.")
            )
        checked(form)
        position = form.position
        if position is None:
            raise Invalid({"latitude": NO_POINT})
        source = CoordinatesSource.SITE if form.is_measured else CoordinatesSource.OFFICE
        if rights.state:
            locate(equipment, position, source=source, by=viewer)
        else:
            propose(equipment, position, source=source, by=viewer)
    flash(
        gettext("The position is in force.")
        if rights.state
        else gettext("The position is proposed: the manager of the maintenance firm or the bureau decides."),
        "success",
    )
    return _back(equipment_id)


@pages.post("/equipment/<uuid:equipment_id>/position/<uuid:coordinates_id>/<any(accept, decline):step>")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def decide(equipment_id: UUID, coordinates_id: UUID, step: str) -> web.Answer:
    viewer = web.viewer()
    with transaction():
        equipment = piece(viewer, equipment_id)
        row = session.get(Coordinates, (equipment_id, coordinates_id))
        if row is None:
            raise NotFound
        if not PositionRights.of(viewer, equipment).decide:
            raise NotAllowed(N_("The manager of the maintenance firm or the bureau decides."))
        (accept if step == "accept" else decline)(row, equipment, by=viewer)
    flash(gettext("The position is in force.") if step == "accept" else gettext("Declined."), "success")
    return _back(equipment_id)


def _back(equipment_id: UUID) -> web.Answer:
    return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="position"))
