"""GET /swipes and /visits: what another system of the firm or the use unit reads on from where it stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from flask import Response, jsonify
from pydantic import Field

from equipment.maintenance.api_forms import TechnicianResponse
from equipment.maintenance.hooks import own_numbers
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.queries import names_of
from equipment.maintenance.states import Flag, SwipeOutcome, SwipeReason, SwipeVia, VisitState
from equipment.people.rules import DeviceKind, Thing
from equipment.people.scope import visible
from equipment.register.queries import pieces
from equipment.web import api, viewer
from equipment.web.cursors import ListQuery, may_list, page
from equipment.web.openapi import Answered

routes = api.blueprint("visit_lists_api", __name__)


class SwipeRecord(Answered):
    """A swipe as it was answered; it never changes."""

    swipe_id: str
    via: SwipeVia
    outcome: SwipeOutcome
    reasons: list[SwipeReason]
    user_id: str | None
    equipment_id: str | None
    visit_id: str | None
    happened_at: str
    received_at: str
    drift_s: int


class SwipesResponse(Answered):
    """Swipes in the order in which they were received."""

    swipes: list[SwipeRecord]
    next: str
    more: bool


class VisitRecord(Answered):
    """A visit as it stands now. What is open or not yet signed goes on, and is listed again behind the cursor
    with a new `changed_at`. A correction is a visit of its own, which names the one that it `supersedes`."""

    visit_id: str
    equipment_id: str
    code: str | None
    duty: str
    annex: str
    state: VisitState
    counted: bool
    flags: list[Flag]
    technicians: list[TechnicianResponse]
    opened_at: str
    closed_at: str | None
    signed_at: str | None
    received_at: str
    changed_at: str
    late_entry: bool
    number: str = Field(description="Of the paper; empty while the visit goes on.")
    record_id: str | None = Field(description="The number of the firm's own system that reported it.")
    supersedes: str | None
    superseded: bool


class VisitsResponse(Answered):
    """Visits in the order in which they last changed."""

    visits: list[VisitRecord]
    next: str
    more: bool


@routes.get("/swipes")
@api.token(DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM)
@api.described(query=ListQuery, answer=SwipesResponse)
def list_swipes() -> Response:
    """The swipes of this firm, or at the lifts of this use unit, each once, in the order in which they were
    received."""
    may_list(viewer(), Thing.VISIT)
    listed = page(visible(viewer(), Swipe), Swipe.received_at, Swipe.id, api.query(ListQuery))
    swipes = [
        {
            "swipe_id": str(swipe.id),
            "via": swipe.via,
            "outcome": swipe.outcome,
            "reasons": [reason["code"] for reason in json.loads(swipe.answer)["reasons"]],
            "user_id": str(swipe.user_id) if swipe.user_id else None,
            "equipment_id": str(swipe.equipment_id) if swipe.equipment_id else None,
            "visit_id": str(swipe.visit_id) if swipe.visit_id else None,
            "happened_at": swipe.happened_at.isoformat(),
            "received_at": swipe.received_at.isoformat(),
            "drift_s": swipe.drift_s,
        }
        for swipe in listed.rows
    ]
    return jsonify({"swipes": swipes, "next": listed.next, "more": listed.more})


@routes.get("/visits")
@api.token(DeviceKind.UPLOAD, DeviceKind.FIRM_SYSTEM)
@api.described(query=ListQuery, answer=VisitsResponse)
def list_visits() -> Response:
    """The visits that this organisation may see - the firm's own, those at the use unit's lifts - as they
    stand now, in the order in which they last changed: what was answered, closed, signed, disputed or decided
    since it was read comes again, by the same `visit_id`."""
    may_list(viewer(), Thing.VISIT)
    listed = page(visible(viewer(), Visit), Visit.changed_at, Visit.id, api.query(ListQuery))
    return jsonify({"visits": _shown(listed.rows), "next": listed.next, "more": listed.more})


def _shown(visits: Sequence[Visit]) -> list[dict[str, object]]:
    codes = {
        piece.id: piece.label_code for piece in pieces(viewer(), {visit.equipment_id for visit in visits})
    }
    names = names_of({person for visit in visits for person in visit.technicians})
    people = {str(key): name for key, name in names.items()}
    numbers = own_numbers({visit.id for visit in visits if visit.reported_by})
    return [
        {
            "visit_id": str(visit.id),
            "equipment_id": str(visit.equipment_id),
            "code": codes.get(visit.equipment_id),
            "duty": visit.duty,
            "annex": visit.annex,
            "state": visit.state,
            "counted": visit.counted,
            "flags": list(visit.flags),
            "technicians": [{"id": person, "name": people.get(person, "")} for person in visit.technicians],
            "opened_at": visit.opened_at.isoformat(),
            "closed_at": _iso(visit.closed_at),
            "signed_at": _iso(visit.signed_at),
            "received_at": visit.received_at.isoformat(),
            "changed_at": visit.changed_at.isoformat(),
            "late_entry": visit.late_entry,
            "number": visit.number,
            "record_id": numbers.get(visit.id),
            "supersedes": str(visit.supersedes_id) if visit.supersedes_id else None,
            "superseded": visit.superseded,
        }
        for visit in visits
    ]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
