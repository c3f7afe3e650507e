"""使用标志: printed for a piece after a passed inspection, with the month of the next one; replaced by the next,
printed anew where it was lost or spoilt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.inspections.models import Inspection, UseMark
from equipment.inspections.queries import COUNTS
from equipment.inspections.rules import InspectionKind
from equipment.inspections.states import MARK_CHANGES, MarkState
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.regulation.categories import category
from equipment.storage.columns import Sorts
from equipment.storage.db import session

BEGINS = "BZ-"  # a house number: no text gives a use mark one
AT_ONCE = 100
SORTS: Sorts = {
    "made": (UseMark.made_at, UseMark.id),
    "next": (UseMark.next_on, UseMark.id),
    "number": (UseMark.number, UseMark.id),
}


@dataclass(frozen=True, slots=True)
class MadeMarks:
    """The marks to print, and why some results have none, by reason."""

    marks: Sequence[UseMark]
    skipped: Counter[str]


def why_no_mark(
    inspection: Inspection, piece: Equipment, certificate: str, current: UseMark | None, latest: UUID | None
) -> str:
    """What stands against a mark for this result (msgid), "" when nothing does."""
    if category(piece.category).filled:
        return N_("Bottles carry a ring, not a use mark.")
    if inspection.kind is not InspectionKind.INSPECTION or not inspection.conclusion.passed:
        return N_("Only a passed periodic inspection gives a use mark.")
    if inspection.superseded or inspection.id != latest:
        return N_("A later result stands.")
    if piece.status in (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED):
        return N_("This piece has been scrapped or deregistered.")
    if piece.stop_use_since is not None:
        return N_("Its use is stopped.")
    if inspection.next_due_on is None:
        return N_("Its next day is not known.")
    if not certificate:
        return N_("No use certificate is on file.")
    if not piece.label_code:
        return N_("It has no label that the symbol could lead to.")
    if current is not None and current.inspection_id == inspection.id:
        return N_("Printed already: say that it is lost or spoilt to print it anew.")
    return ""


def gives_mark(inspection: Inspection, piece: Equipment) -> bool:
    """Whether its page offers one at all; what else stands against it is said when it is asked for."""
    passed = inspection.kind is InspectionKind.INSPECTION and inspection.conclusion.passed
    return passed and not inspection.superseded and not category(piece.category).filled


def make_marks(inspections: Sequence[Inspection], *, by: Viewer) -> MadeMarks:
    """One mark for each of these results that may have one; the mark of the result before is replaced."""
    if by.organisation_id is None or any(row.organisation_id != by.organisation_id for row in inspections):
        raise NotAllowed(N_("The body that inspected prints the use mark."))
    ids = [row.equipment_id for row in inspections[:AT_ONCE]]
    session.flush()
    subjects = [ledger.subject_of("equipment", equipment_id) for equipment_id in ids]
    subjects.append(ledger.subject_of("organisation", by.organisation_id))
    ledger.locked_heads(session.connection(), subjects)
    certificates, current, latest = certificates_of(ids), _current(ids), _latest(ids)
    pieces = {
        piece.id: piece for piece in session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(ids)))
    }
    fresh, skipped = list[UseMark](), Counter[str]()
    for inspection in inspections[:AT_ONCE]:
        piece = pieces[inspection.equipment_id]
        certificate, before = certificates.get(piece.id, ""), current.get(piece.id)
        against = why_no_mark(inspection, piece, certificate, before, latest.get(piece.id))
        if against:
            skipped[against] += 1
            continue
        if before is not None:
            _end(before, MarkState.REPLACED, N_("A later inspection"), by)
        mark = _mark(inspection, piece, certificate, by)
        current[piece.id] = mark
        fresh.append(mark)
    return MadeMarks(fresh, skipped)


def _mark(inspection: Inspection, piece: Equipment, certificate: str, by: Viewer) -> UseMark:
    assert by.organisation_id is not None
    assert inspection.next_due_on is not None  # why_no_mark has looked
    mark = UseMark(
        equipment_id=piece.id,
        id=new_id(),
        organisation_id=by.organisation_id,
        area=piece.area,
        category=piece.category,
        inspection_id=inspection.id,
        number=_next_number(by.organisation_id),
        code=piece.label_code,
        certificate_no=certificate,
        next_on=inspection.next_due_on,
        state=MarkState.CURRENT,
        copies=1,
        made_by=by.user_id,
        made_at=clock.now(),
        ended_by=None,
        ended_at=None,
    )
    session.add(mark)
    _record(mark, "use_mark.made", by, number=mark.number, next_on=mark.next_on)
    return mark


def _next_number(organisation_id: UUID) -> str:
    """The next of the body's year; its chain is locked."""
    session.flush()
    begins = f"{BEGINS}{clock.today().year}-"
    numbered = visible(SYSTEM, UseMark).where(
        UseMark.organisation_id == organisation_id, UseMark.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(UseMark.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:05}"


def print_again(mark: UseMark, state: MarkState, reason: str, *, by: Viewer) -> UseMark:
    """Lost or spoilt: that one ends with its reason, and another with a number of its own takes its place."""
    session.flush()
    subjects = [ledger.subject_of("equipment", mark.equipment_id)]
    if by.organisation_id is not None:
        subjects.append(ledger.subject_of("organisation", by.organisation_id))
    ledger.locked_heads(session.connection(), subjects)
    session.refresh(mark)
    if by.organisation_id != mark.organisation_id:
        raise NotAllowed(N_("The body that printed it prints it again."))
    if state not in MARK_CHANGES[MarkState(mark.state)] or state is MarkState.REPLACED:
        raise Conflict({"": N_("This mark is not current any more.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _end(mark, state, reason.strip()[:200], by)
    session.flush()
    piece = session.get_one(Equipment, mark.equipment_id)
    inspection = session.get_one(Inspection, (mark.equipment_id, mark.inspection_id))
    certificate = certificates_of([piece.id]).get(piece.id, "")
    against = why_no_mark(inspection, piece, certificate, None, _latest([piece.id]).get(piece.id))
    if against:
        raise Conflict({"": against})
    return _mark(inspection, piece, certificate, by)


def _end(mark: UseMark, state: MarkState, reason: str, by: Viewer) -> None:
    mark.state, mark.reason = state, reason
    mark.ended_by, mark.ended_at = by.user_id, clock.now()
    _record(mark, f"use_mark.{state}", by, number=mark.number, reason=reason)


def marks(viewer: Viewer, filters: Mapping[str, str]) -> Select[UseMark]:
    """With these filters of the address bar."""
    listed = visible(viewer, UseMark)
    if filters.get("state") in set(MarkState):
        listed = listed.where(UseMark.state == filters["state"])
    if filters.get("category"):
        listed = listed.where(UseMark.category == filters["category"])
    if filters.get("q", "").strip():
        wanted = filters["q"].strip()
        listed = listed.where(
            UseMark.number.contains(wanted, autoescape=True)
            | UseMark.certificate_no.contains(wanted, autoescape=True)
        )
    return listed


def mark_at(viewer: Viewer, equipment_id: UUID, mark_id: UUID) -> UseMark:
    chosen = visible(viewer, UseMark).where(UseMark.equipment_id == equipment_id, UseMark.id == mark_id)
    mark = session.scalar(chosen.execution_options(populate_existing=True))
    if mark is None:
        raise NotFound
    return mark


def mark_of(viewer: Viewer, inspection: Inspection) -> UseMark | None:
    """The current mark of a result."""
    chosen = visible(viewer, UseMark).where(
        UseMark.equipment_id == inspection.equipment_id,
        UseMark.inspection_id == inspection.id,
        UseMark.state == MarkState.CURRENT,
    )
    return session.scalar(chosen)


def certificates_of(ids: Sequence[UUID]) -> dict[UUID, str]:
    """The use certificate number of each piece."""
    numbers = visible(SYSTEM, Identifier).where(
        Identifier.equipment_id.in_(ids),
        Identifier.kind == IdentifierKind.CERTIFICATE_NO,
        Identifier.voided_at.is_(None),
    )
    shown = numbers.with_only_columns(Identifier.equipment_id, Identifier.shown)
    return {row.equipment_id: row.shown for row in session.execute(shown)}


def _current(ids: Sequence[UUID]) -> dict[UUID, UseMark]:
    rows = visible(SYSTEM, UseMark).where(UseMark.equipment_id.in_(ids), UseMark.state == MarkState.CURRENT)
    return {row.equipment_id: row for row in session.scalars(rows)}


def _latest(ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The latest periodic inspection of each piece that counts."""
    rows = visible(SYSTEM, Inspection).where(
        Inspection.equipment_id.in_(ids), Inspection.kind == InspectionKind.INSPECTION, COUNTS
    )
    ordered = rows.order_by(Inspection.on, Inspection.received_at)
    columns = ordered.with_only_columns(Inspection.equipment_id, Inspection.id)
    return {row.equipment_id: row.id for row in session.execute(columns)}


def _record(mark: UseMark, verb: str, by: Viewer, **payload: object) -> None:
    ledger.record(
        session(),
        ledger.subject_of("equipment", mark.equipment_id),
        verb,
        actor=by.actor,
        rows=[mark],
        payload={"mark": mark.id, **payload},
    )
