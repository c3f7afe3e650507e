"""/api/v1/firm/lifts: the lifts of a firm as its system reads them on, and what a visit there answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from flask import Response, jsonify
from sqlalchemy import or_, select

from equipment.contracts.queries import MAINTAINED
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.geo import SCALE
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.cylinder_views import ENDED, Removal
from equipment.maintenance.api import item_json
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import items_of, list_at
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Thing
from equipment.people.scope import in_scope, visible
from equipment.register.models import Coordinates, Departure, Equipment, Identifier
from equipment.register.queries import piece
from equipment.register.rules import CoordinatesState
from equipment.regulation.planning import VISITS, DueKind
from equipment.storage.db import session
from equipment.uploads.api import blueprint, iso
from equipment.uploads.api_forms import (
    ChecklistQuery,
    ChecklistResponse,
    LiftsResponse,
    UnitLiftsResponse,
    UnitQuery,
)
from equipment.uploads.records import firm_of
from equipment.web import api, viewer
from equipment.web.cursors import ListQuery, cursor_at, may_list, page

routes = blueprint("firm_lifts_api")


@routes.get("/firm/lifts")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(query=ListQuery, answer=LiftsResponse, problems=(429,))
def list_lifts() -> Response:
    """The lifts that the firm maintains, as they stand now, in the order in which they last changed: where
    they are, whose, what is due next. One whose life ended, or that another firm maintains now, comes once
    more with `removed`."""
    who, query = viewer(), api.query(ListQuery)
    may_list(who, Thing.EQUIPMENT)
    lifts = page(
        visible(who, Equipment).where(Equipment.category.in_(MAINTAINED)),
        Equipment.updated_at,
        Equipment.id,
        query,
    )
    gone = visible(who, Departure).where(Departure.category.in_(MAINTAINED))
    departures = page(gone, Departure.at, Departure.id, query)
    records = lift_records(lifts.rows)
    both: list[tuple[datetime, UUID, dict[str, object]]] = [
        *((row.updated_at, row.id, record) for row, record in zip(lifts.rows, records, strict=True)),
        *((one.at, one.id, _left(one)) for one in departures.rows),
    ]
    both.sort(key=lambda row: row[:2])
    here = both[: query.limit]
    return jsonify(
        {
            "lifts": [record for _at, _key, record in here],
            "next": cursor_at(*here[-1][:2]) if here else lifts.next,
            "more": lifts.more or departures.more or len(both) > len(here),
        }
    )


@routes.get("/firm/units")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(query=UnitQuery, answer=UnitLiftsResponse, problems=(404, 429))
def unit_lifts() -> Response:
    """A use unit by its credit code, with those of its lifts that the firm maintains or nobody does: what a
    new contract can name."""
    who, code = viewer(), api.query(UnitQuery).credit_code.upper()
    firm_of(who)
    unit = session.scalar(
        select(Organisation).where(
            Organisation.credit_code == code,
            Organisation.active,
            Organisation.kind.in_([OrganisationKind.USE_UNIT, OrganisationKind.STATION]),
        )
    )
    if unit is None:
        raise NotFound
    lifts = visible(SYSTEM, Equipment).where(
        Equipment.category.in_(MAINTAINED),
        Equipment.use_unit_id == unit.id,
        Equipment.status.not_in(ENDED),
        or_(in_scope(who, Equipment), Equipment.maintenance_firm_id.is_(None)),
    )
    rows = session.scalars(lifts.order_by(Equipment.address, Equipment.id)).all()
    return jsonify({"unit": _unit(unit), "lifts": lift_records(rows)})


@routes.get("/firm/lifts/<uuid:lift_id>/checklist")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(query=ChecklistQuery, answer=ChecklistResponse, problems=(429,))
def get_checklist(lift_id: UUID) -> Response:
    """The items that a visit of this class at this lift answers, with what they require, the readings they
    ask for and the photos they need."""
    who = viewer()
    lift = piece(who, lift_id)
    if lift.category not in MAINTAINED:
        raise NotFound
    query = api.query(ChecklistQuery)
    on = query.on or clock.today()
    # never added: it only says which items such a visit has
    visit = Visit(
        duty=query.duty, organisation_id=firm_of(who), **list_at(lift, firm_of(who), DueKind(query.duty), on)
    )
    return jsonify(
        {
            "lift_id": str(lift.id),
            "duty": query.duty,
            "annex": visit.annex,
            "version": visit.checklist_version,
            "on": on.isoformat(),
            "items": [item_json(item) for item in items_of(visit)],
        }
    )


def lift_records(lifts: Sequence[Equipment]) -> list[dict[str, object]]:
    """Lifts with their numbers, places, units and what is due next, in a few queries."""
    ids = [lift.id for lift in lifts]
    numbers: dict[UUID, list[dict[str, object]]] = {}
    carried = select(Identifier).where(Identifier.equipment_id.in_(ids), Identifier.voided_at.is_(None))
    for one in session.scalars(carried.order_by(Identifier.kind, Identifier.value)):
        numbers.setdefault(one.equipment_id, []).append({"kind": one.kind, "value": one.shown})
    places, dues, units = _places(ids), _next_visits(ids), _units(lift.use_unit_id for lift in lifts)
    return [
        {
            "lift_id": str(lift.id),
            "removed": Removal.ENDED if lift.status in ENDED else None,
            "changed_at": lift.updated_at.isoformat(),
            "label_code": lift.label_code,
            "identifiers": numbers.get(lift.id, []),
            "name": lift.name,
            "own_number": lift.own_number,
            "serial": lift.serial,
            "catalogue": lift.catalogue_code,
            "status": lift.status,
            "area": lift.area,
            "address": lift.address,
            "place": lift.position,
            "use_unit": units.get(lift.use_unit_id) if lift.use_unit_id else None,
            "position": places.get(lift.id),
            "next_duty": due.kind if (due := dues.get(lift.id)) else None,
            "next_on": iso(due.due_on) if due else None,
            "inspection_due_on": iso(lift.inspection_due_on),
        }
        for lift in lifts
    ]


def _left(departure: Departure) -> dict[str, object]:
    return {
        "lift_id": str(departure.equipment_id),
        "removed": Removal.LEFT,
        "changed_at": departure.at.isoformat(),
    }


def _places(ids: Collection[UUID]) -> dict[UUID, dict[str, object]]:
    in_force = visible(SYSTEM, Coordinates).where(
        Coordinates.equipment_id.in_(ids), Coordinates.state == CoordinatesState.IN_FORCE
    )
    return {
        row.equipment_id: {
            "latitude": row.latitude / SCALE,
            "longitude": row.longitude / SCALE,
            "datum": row.datum,
            "source": row.source,
            "accuracy_m": row.accuracy_m,
        }
        for row in session.scalars(in_force)
    }


def _next_visits(ids: Collection[UUID]) -> dict[UUID, Due]:
    waiting = visible(SYSTEM, Due).where(
        Due.equipment_id.in_(ids), Due.kind.in_(VISITS), Due.state == DueState.OPEN
    )
    return {due.equipment_id: due for due in session.scalars(waiting.order_by(Due.due_on.desc()))}


def _units(ids: Iterable[UUID | None]) -> dict[UUID, dict[str, object]]:
    units = session.scalars(select(Organisation).where(Organisation.id.in_({key for key in ids if key})))
    return {unit.id: _unit(unit) for unit in units}


def _unit(unit: Organisation) -> dict[str, object]:
    return {"unit_id": str(unit.id), "name": unit.name, "credit_code": unit.credit_code}
