"""What the public is told about a code: one answer, why, until when, by whom last. One Core
query, no personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, bindparam, func, select

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.inspections.models import Inspection
from equipment.inspections.rules import OF_A_BODY
from equipment.life.states import Answer, PieceState, worst_answer
from equipment.maintenance.models import Visit
from equipment.people.models import Organisation
from equipment.register.models import Equipment
from equipment.register.queries import Resolved
from equipment.register.rules import Outcome
from equipment.storage.db import session

E = Equipment.__table__.c
OWNER, FIRM, FILLER = (Organisation.__table__.alias(name) for name in ("owner", "firm", "filler"))
NO_PIECE = {
    Outcome.BLANK: Answer.BLANK,
    Outcome.VOID: Answer.VOID,
    Outcome.FORGED: Answer.FORGED,
    Outcome.MISTYPED: Answer.MISTYPED,
}


@dataclass(frozen=True, slots=True)
class PublicFace:
    """All that strangers may know: nothing here names a person."""

    answer: Answer
    code: str = ""
    equipment_id: UUID | None = None
    category: str = ""
    catalogue_code: str = ""
    serial: str = ""
    maker: str = ""
    valid_until: date | None = None
    failed_on: date | None = None
    life_until: date | None = None
    owner: str = ""
    firm: str = ""
    rescue_phone: str = ""
    rescue_code: str = ""
    area: str = ""
    last: dict[str, date] = field(default_factory=dict)
    filler: str = ""


def face_of(resolved: Resolved) -> PublicFace:
    """What the public page says of a resolved code."""
    row = session.execute(WANTED, {"id": resolved.equipment_id}).first() if resolved.equipment_id else None
    if row is None:
        return PublicFace(NO_PIECE.get(resolved.outcome, Answer.UNKNOWN), resolved.code)
    state = PieceState(
        row.status,
        resolved.outcome == Outcome.VOID,
        row.stop_use_since,
        row.inspection_failed_on,
        row.end_of_life_on,
        row.inspection_due_on,
    )
    answer = worst_answer(state, clock.today())
    last = {
        name: day
        for name, day in (
            ("fill", row.last_fill),
            ("visit", row.last_visit),
            ("inspection", row.last_inspection),
        )
        if day
    }
    return PublicFace(
        answer,
        resolved.code,
        row.id,
        row.category,
        row.catalogue_code,
        row.serial,
        row.maker,
        row.inspection_due_on,
        row.inspection_failed_on,
        row.end_of_life_on,
        row.owner or "",
        row.firm or "",
        row.rescue_phone or "",
        str(row.details.get("rescue_code") or ""),
        row.area,
        last,
        row.filler or "",
    )


def _last_fill() -> ScalarSelect[UUID]:
    fills = Fill.__table__.c
    whole = select(fills.id).where(
        fills.equipment_id == E.id, fills.state == FillState.FILLED, fills.superseded.is_(False)
    )
    return whole.order_by(fills.happened_at.desc()).limit(1).correlate(Equipment.__table__).scalar_subquery()


def _last_visit() -> ScalarSelect[date]:
    visits = Visit.__table__.c
    closed = select(func.max(visits.on)).where(visits.equipment_id == E.id, visits.closed_at.is_not(None))
    return closed.scalar_subquery()


def _last_inspection() -> ScalarSelect[date]:
    inspections = Inspection.__table__.c
    valid = select(func.max(inspections.on)).where(
        inspections.equipment_id == E.id, inspections.superseded.is_(False), inspections.kind.in_(OF_A_BODY)
    )
    return valid.scalar_subquery()


def _wanted() -> Select[Any]:
    fill = Fill.__table__.alias("last_fill")
    joined = (
        Equipment.__table__.outerjoin(OWNER, OWNER.c.id == E.owner_id)
        .outerjoin(FIRM, FIRM.c.id == E.maintenance_firm_id)
        .outerjoin(fill, (fill.c.equipment_id == E.id) & (fill.c.id == _last_fill()))
        .outerjoin(FILLER, FILLER.c.id == fill.c.organisation_id)
    )
    columns = select(
        E.id,
        E.category,
        E.catalogue_code,
        E.status,
        E.serial,
        E.maker,
        E.inspection_due_on,
        E.inspection_failed_on,
        E.stop_use_since,
        E.end_of_life_on,
        E.area,
        E.details,
        OWNER.c.name.label("owner"),
        FIRM.c.name.label("firm"),
        FIRM.c.rescue_phone,
        FILLER.c.name.label("filler"),
        fill.c.on.label("last_fill"),
        _last_visit().label("last_visit"),
        _last_inspection().label("last_inspection"),
    ).select_from(joined)
    return columns.where(E.id == bindparam("id"))


WANTED = _wanted()  # made once: making a statement costs more than running it
