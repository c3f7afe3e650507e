"""What the public is told about a code: one answer, why, until when, by whom last. One Core
query, no personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, bindparam, case, func, select

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.inspections.models import Inspection
from equipment.inspections.rules import OF_A_BODY
from equipment.insurance.queries import LIFT, insured_by
from equipment.life.rules import Accept, BottleFacts, Doubt, acceptance, partly
from equipment.life.states import Answer, PieceState, worst_answer
from equipment.maintenance.models import Visit
from equipment.maintenance.states import VisitState
from equipment.people.models import Organisation
from equipment.people.rules import OrganisationKind
from equipment.register.codes import is_test
from equipment.register.models import Equipment
from equipment.register.queries import Resolved
from equipment.register.rules import LabelStatus, Outcome
from equipment.regulation.categories import category
from equipment.regulation.cylinder_details import is_of_vehicle
from equipment.regulation.cylinder_numbers import public_fill_days
from equipment.rescue.contacts import PublicRescue, public_rescue
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
class BottleFace:
    """What a stranger is told of a bottle that is exchanged: whether to accept it, what is in it, and what it
    should weigh."""

    accept: Accept
    doubt: Doubt | None
    gas: str  # its code
    stamped: str  # in part
    days: int | None  # since it was filled
    tare_g: int | None
    gross_g: int | None
    net_g: int | None
    pressure_kpa: int | None
    phone: str  # of the station that filled it, else of its owner, if that is a station

    @property
    def gas_kg(self) -> float:
        """What the gas weighs, so that the rounded weights of the page add up."""
        return (round((self.gross_g or 0) / 100) - round((self.tare_g or 0) / 100)) / 10


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
    rescue: PublicRescue | None = None  # of a lift
    area: str = ""
    last: dict[str, date] = field(default_factory=dict)
    filler: str = ""
    bottle: BottleFace | None = None
    is_replaced: bool = False
    insured: tuple[str, date] | None = None  # by whom and until when, of a lift


def face_of(resolved: Resolved) -> PublicFace:
    """What the public page says of a resolved code."""
    row = session.execute(WANTED, {"id": resolved.equipment_id}).first() if resolved.equipment_id else None
    is_replaced = resolved.label_status is LabelStatus.REPLACED
    if row is None:
        answer = NO_PIECE.get(resolved.outcome, Answer.UNKNOWN)
        if is_test(resolved.code) and answer is not Answer.MISTYPED:
            answer = Answer.TEST
        return PublicFace(answer, resolved.code, is_replaced=is_replaced)
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
        public_rescue(session.get_one(Equipment, row.id)) if row.category == LIFT else None,
        row.area,
        last,
        row.filler or "",
        _bottle(row, answer),
        is_replaced,
        insured_by(row.id, clock.today()) if row.category == LIFT else None,
    )


def _bottle(row: Any, answer: Answer) -> BottleFace | None:
    """Of what is filled and exchanged; the cylinders of a vehicle stay in it."""
    kind = category(row.category)
    if not kind.filled or is_of_vehicle(row.details):
        return None
    today, pack = clock.today(), pack_of(clock.today())
    facts = BottleFacts(row.last_fill, bool(row.treat_code))
    accept, doubt = acceptance(answer, facts, today, public_fill_days(pack.rules, today))
    tare = row.tare_g or row.details.get("tare_g")
    return BottleFace(
        accept,
        doubt,
        row.fill_gas or row.medium,
        partly(row.serial),
        (today - row.last_fill).days if row.last_fill else None,
        tare if isinstance(tare, int) else None,
        row.gross_g,
        row.net_g,
        row.pressure_kpa,
        row.filler_phone or row.owner_phone or "",
    )


def _phone_of(station: Any) -> Any:
    """The telephone of a station; an owner may be a person, whose number is nobody's."""
    return case((station.c.kind == OrganisationKind.STATION, station.c.phone), else_="")


def _last_fill() -> ScalarSelect[UUID]:
    fills = Fill.__table__.c
    whole = select(fills.id).where(
        fills.equipment_id == E.id, fills.state == FillState.FILLED, fills.superseded.is_(False)
    )
    return whole.order_by(fills.happened_at.desc()).limit(1).correlate(Equipment.__table__).scalar_subquery()


def _last_visit() -> ScalarSelect[date]:
    visits = Visit.__table__.c
    closed = select(func.max(visits.on)).where(
        visits.equipment_id == E.id, visits.closed_at.is_not(None), visits.state != VisitState.VOID
    )
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
        FILLER.c.name.label("filler"),
        _phone_of(FILLER).label("filler_phone"),
        _phone_of(OWNER).label("owner_phone"),
        E.medium,
        E.treat_code,
        fill.c.gas.label("fill_gas"),
        fill.c.tare_g,
        fill.c.gross_g,
        fill.c.net_g,
        fill.c.pressure_kpa,
        fill.c.on.label("last_fill"),
        _last_visit().label("last_visit"),
        _last_inspection().label("last_inspection"),
    ).select_from(joined)
    return columns.where(E.id == bindparam("id"))


WANTED = _wanted()  # made once: making a statement costs more than running it
