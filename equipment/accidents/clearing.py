"""How a piece comes back into use after an accident: fully checked, asked for with what shows it, granted
by another person."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from equipment.accidents import log
from equipment.accidents.actions import must_answer
from equipment.accidents.deciding import must_decide
from equipment.accidents.models import Accident, AccidentClearance
from equipment.accidents.queries import asked_clearance, passed_since
from equipment.accidents.rules import second_person_problem
from equipment.accidents.states import ClearanceKind, ClearanceState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.files.actions import StoredDocument
from equipment.hazards.actions import follow_stop_use
from equipment.people.rules import Viewer
from equipment.storage.db import session


def ask_clearance(
    accident: Accident,
    kind: ClearanceKind,
    inspection_id: UUID | None,
    note: str,
    documents: Sequence[StoredDocument] = (),
    *,
    by: Viewer,
) -> AccidentClearance:
    """Say that the piece was fully checked: by an inspection passed since, or by a statement with its
    document."""
    log.locked(accident)
    must_answer(accident, by)
    if accident.equipment_id is None or not accident.stops:
        raise Conflict({"": N_("No piece is stopped because of this accident.")})
    if asked_clearance(accident) is not None:
        raise Conflict({"": N_("Clearance was asked for already and is not decided.")})
    if kind is ClearanceKind.INSPECTION:
        if inspection_id not in {one.id for one in passed_since(accident)}:
            raise Invalid({"inspection": N_("Choose an inspection that was passed after the accident.")})
    else:
        inspection_id = None
        if not note.strip():
            raise Invalid({"note": N_("Say who checked the piece, and what was checked.")})
        if not documents:
            raise Invalid({"documents": N_("Add the document of the full check.")})
    clearance = AccidentClearance(
        id=new_id(),
        accident_id=accident.id,
        equipment_id=accident.equipment_id,
        area=accident.area,
        category=accident.category,
        kind=kind,
        inspection_id=inspection_id,
        note=note.strip(),
        asked_at=clock.now(),
        asked_by=by.user_id,
        organisation_id=by.organisation_id,
        state=ClearanceState.ASKED,
    )
    session.add(clearance)
    files = log.keep_files(accident, clearance.id, documents, by)
    log.record(accident, "accident.clearance_asked", by, clearance, *files, clearance=clearance.id)
    return clearance


def decide_clearance(accident: Accident, granted: bool, reason: str, *, by: Viewer) -> AccidentClearance:
    """Another person grants it, and the piece may be used again unless something else stops it; or does
    not."""
    must_decide(accident, by)
    clearance = asked_clearance(accident)
    if clearance is None or accident.equipment_id is None:
        raise Conflict({"": N_("Nobody has asked for clearance.")})
    problem = second_person_problem(clearance.asked_by, by.user_id)
    if problem is not None:
        raise NotAllowed(problem)
    if not granted and not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    clearance.state = ClearanceState.GRANTED if granted else ClearanceState.REFUSED
    clearance.decided_at, clearance.decided_by = clock.now(), by.user_id
    clearance.reason = reason.strip()[:300]
    payload: dict[str, object] = {"clearance": clearance.id}
    rows = []
    if granted:
        accident.cleared_at = clock.now()
        piece, moved = follow_stop_use(accident.equipment_id)
        if moved:
            rows, payload["stop_use"] = [piece], piece.stop_use_since is not None
    log.record(accident, f"accident.clearance_{clearance.state}", by, clearance, *rows, **payload)
    return clearance
