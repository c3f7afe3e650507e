"""What the score looks at, read for many pieces or units at once: a few statements, whatever their number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from equipment.accidents.models import Accident
from equipment.accidents.queries import stopping
from equipment.calls.models import RescueCall
from equipment.calls.states import COUNTED
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.hazards.models import Hazard
from equipment.hazards.rules import HazardState
from equipment.orders.models import Order, OrderItem
from equipment.orders.rules import OrderState
from equipment.people.models import Paper
from equipment.people.rules import SYSTEM, PaperKind
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.gases import GAS_ALIASES, gases, strictest
from equipment.regulation.planning import INSPECTIONS, VISITS, Origin
from equipment.regulation.queries import rules
from equipment.regulation.risk_numbers import RISK_KEY, RiskColour
from equipment.risks.models import Risk
from equipment.risks.rules import PieceFacts, RiskTable, UnitFacts
from equipment.storage.db import session

GRADED = EquipmentStatus.IN_USE  # a piece out of use has no colour
DANGEROUS = ("flammable", "toxic")  # properties of a gas that make it worse
GAS_PACK = "cylinder"  # whose pack has the gases
LICENCES = (PaperKind.FILLING_LICENCE, PaperKind.MAINTENANCE_LICENCE)
whose = func.coalesce(Equipment.use_unit_id, Equipment.owner_id)


class PieceRow(NamedTuple):
    """A piece in use with what is copied into its row."""

    id: UUID
    category: str
    area: str
    unit_id: UUID | None
    verified: bool
    made_on: date | None
    end_of_life_on: date | None
    inspection_due_on: date | None
    failed_on: date | None
    medium: str
    medium_name: str | None
    components: str | None
    hazchem: bool | None


def table_on(on: date) -> RiskTable:
    """The table of the score with the bureau's own values."""
    return RiskTable.of(rules(RISK_KEY), on)


def pieces_in_use(ids: Sequence[UUID]) -> list[PieceRow]:
    """Those of these pieces that are in use; a piece of any other status has no colour."""
    columns = (
        Equipment.id,
        Equipment.category,
        Equipment.area,
        whose,
        Equipment.verified,
        Equipment.made_on,
        Equipment.end_of_life_on,
        Equipment.inspection_due_on,
        Equipment.inspection_failed_on,
        Equipment.medium,
        Equipment.details["medium_name"].as_string(),
        Equipment.details["components"].as_string(),
        Equipment.details["hazchem"].as_boolean(),
    )
    rows = visible(SYSTEM, Equipment).where(Equipment.id.in_(ids), Equipment.status == GRADED)
    return [PieceRow(*row) for row in session.execute(rows.with_only_columns(*columns))]


class Dangers:
    """What is dangerous about a medium, by its code or its name, as the pack of gases says."""

    def __init__(self, on: date) -> None:
        stated = gases(rules(GAS_PACK), on)
        self._by_word = {gas.code: gas for gas in stated}
        for gas in stated:
            for word in (gas.name.en, *GAS_ALIASES.get(gas.code, ())):
                self._by_word.setdefault(word, gas)
        self._worked_out: dict[tuple[object, ...], frozenset[str]] = {}

    def of(self, piece: PieceRow) -> frozenset[str]:
        """flammable, toxic, hazchem: those that are on file for the piece."""
        stated = (piece.medium, piece.medium_name, piece.components, piece.hazchem)
        if stated not in self._worked_out:
            self._worked_out[stated] = self._of(piece)
        return self._worked_out[stated]

    def _of(self, piece: PieceRow) -> frozenset[str]:
        words = (piece.components or "").split(",") if piece.components else [piece.medium]
        words += [piece.medium_name.strip()] if piece.medium_name else []
        tags = strictest(self._by_word[word] for word in words if word in self._by_word)
        dangers = {danger for danger in DANGEROUS if danger in tags}
        return frozenset(dangers | ({"hazchem"} if piece.hazchem else set()))


def facts_of(pieces: Sequence[PieceRow], table: RiskTable, dangers: Dangers) -> dict[UUID, PieceFacts]:
    """The facts of these pieces on the day of the table."""
    ids = [piece.id for piece in pieces]
    hazards, late = _hazards(ids, table.on)
    missed, unknown = _dues(ids, table.on)
    calls, accidents, orders = _calls(ids, table.calls_since), _accidents(ids), _orders(ids)
    return {
        piece.id: PieceFacts(
            category=piece.category,
            dangers=dangers.of(piece),
            verified=piece.verified,
            made_on=piece.made_on,
            end_of_life_on=piece.end_of_life_on,
            inspection_due_on=piece.inspection_due_on,
            inspection_unknown=piece.id in unknown,
            failed_on=piece.failed_on,
            hazards=hazards.get(piece.id, {}),
            late_rectifications=late[piece.id],
            missed_visit_on=missed.get(piece.id),
            calls=calls.get(piece.id, 0),
            accident_on=accidents.get(piece.id),
            orders_overdue=orders.get(piece.id, 0),
        )
        for piece in pieces
    }


def _hazards(ids: Sequence[UUID], on: date) -> tuple[Mapping[UUID, Mapping[Grade, int]], Counter[UUID]]:
    """(open hazards by piece and grade, those not put right in time by piece)."""
    late = func.count().filter(Hazard.due_on < on, Hazard.state == HazardState.OPEN)
    rows = (
        select(Hazard.equipment_id, Hazard.grade, func.count(), late)
        .where(Hazard.equipment_id.in_(ids), Hazard.closed_on.is_(None))
        .group_by(Hazard.equipment_id, Hazard.grade)
    )
    by_piece: dict[UUID, dict[Grade, int]] = defaultdict(dict)
    overdue: Counter[UUID] = Counter()
    for equipment_id, grade, number, in_arrears in session.execute(rows):
        by_piece[equipment_id][Grade(grade)] = number
        overdue[equipment_id] += in_arrears
    return by_piece, overdue


def _dues(ids: Sequence[UUID], on: date) -> tuple[Mapping[UUID, date], set[UUID]]:
    """(the earliest overdue visit by piece, the pieces of which no inspection is known)."""
    missed_visit = and_(Due.kind.in_(VISITS), Due.due_on < on)
    unknown_inspection = and_(Due.kind.in_(INSPECTIONS), Due.origin == Origin.UNKNOWN)
    rows = select(Due.equipment_id, Due.kind, Due.due_on).where(
        Due.equipment_id.in_(ids), Due.state == DueState.OPEN, or_(missed_visit, unknown_inspection)
    )
    missed: dict[UUID, date] = {}
    unknown = set()
    for equipment_id, kind, due_on in session.execute(rows):
        if kind in VISITS:
            missed[equipment_id] = min(due_on, missed.get(equipment_id, due_on))
        else:
            unknown.add(equipment_id)
    return missed, unknown


def _calls(ids: Sequence[UUID], since: date) -> Mapping[UUID, int]:
    """Calls that were none of false alarms and cancelled ones, by piece."""
    rows = (
        visible(SYSTEM, RescueCall)
        .where(
            RescueCall.equipment_id.in_(ids),
            RescueCall.state.in_(COUNTED),
            RescueCall.superseded.is_(False),
            RescueCall.on >= since,
        )
        .with_only_columns(RescueCall.equipment_id.label("piece"), func.count().label("number"))
    )
    return {row.piece: row.number for row in session.execute(rows.group_by(RescueCall.equipment_id))}


def _accidents(ids: Sequence[UUID]) -> Mapping[UUID, date]:
    """The day of the accident after which a piece was not cleared."""
    rows = (
        visible(SYSTEM, Accident)
        .where(Accident.equipment_id.in_(ids), stopping())
        .with_only_columns(Accident.equipment_id.label("piece"), func.min(Accident.on).label("day"))
    )
    return {row.piece: row.day for row in session.execute(rows.group_by(Accident.equipment_id))}


def _orders(ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Orders that were not carried out in time, by piece they name and that is not right yet."""
    rows = (
        visible(SYSTEM, OrderItem)
        .join(Order, and_(Order.organisation_id == OrderItem.organisation_id, Order.id == OrderItem.order_id))
        .where(
            OrderItem.equipment_id.in_(ids),
            OrderItem.is_right.is_(False),
            Order.state.in_((OrderState.OVERDUE, OrderState.TRANSFERRED)),
        )
        .with_only_columns(
            OrderItem.equipment_id.label("piece"), func.count(Order.id.distinct()).label("number")
        )
    )
    return {row.piece: row.number for row in session.execute(rows.group_by(OrderItem.equipment_id))}


def unit_facts(on: date) -> dict[UUID, UnitFacts]:
    """The facts of every unit that has a piece in use, an order that was not carried out, or a licence past
    its last day."""
    pieces, graded = _pieces_by_unit(), _colours_by_unit()
    orders, licences = _orders_by_unit(), _expired_licences(on)
    return {
        unit: UnitFacts(
            pieces=pieces.get(unit, 0),
            red=graded[unit][RiskColour.RED],
            orange=graded[unit][RiskColour.ORANGE],
            yellow=graded[unit][RiskColour.YELLOW],
            licence_expired_on=licences.get(unit),
            orders_overdue=orders[unit][OrderState.OVERDUE],
            orders_transferred=orders[unit][OrderState.TRANSFERRED],
        )
        for unit in {*pieces, *licences, *orders}
    }


def _pieces_by_unit() -> Mapping[UUID, int]:
    rows = visible(SYSTEM, Equipment).where(Equipment.status == GRADED, whose.is_not(None))
    counted = rows.with_only_columns(whose.label("unit"), func.count().label("number")).group_by(whose)
    return {row.unit: row.number for row in session.execute(counted)}


def _colours_by_unit() -> Mapping[UUID, Counter[str]]:
    rows = visible(SYSTEM, Risk).where(Risk.organisation_id.is_not(None))
    counted = rows.with_only_columns(Risk.organisation_id, Risk.colour, func.count())
    by_unit: dict[UUID, Counter[str]] = defaultdict(Counter)
    for unit, colour, number in session.execute(counted.group_by(Risk.organisation_id, Risk.colour)):
        if unit is not None:
            by_unit[unit][colour] = number
    return by_unit


def _orders_by_unit() -> Mapping[UUID, Counter[str]]:
    rows = visible(SYSTEM, Order).where(Order.state.in_((OrderState.OVERDUE, OrderState.TRANSFERRED)))
    counted = rows.with_only_columns(Order.organisation_id, Order.state, func.count())
    by_unit: dict[UUID, Counter[str]] = defaultdict(Counter)
    for unit, state, number in session.execute(counted.group_by(Order.organisation_id, Order.state)):
        by_unit[unit][state] = number
    return by_unit


def _expired_licences(on: date) -> Mapping[UUID, date]:
    """Units whose newest licence of a kind is past its last day."""
    rows = visible(SYSTEM, Paper).where(Paper.kind.in_(LICENCES))
    newest = rows.with_only_columns(
        Paper.organisation_id, Paper.kind, func.max(Paper.valid_until).label("until")
    ).group_by(Paper.organisation_id, Paper.kind)
    expired: dict[UUID, date] = {}
    for unit, _kind, until in session.execute(newest):
        if until < on:
            expired[unit] = min(until, expired.get(unit, until))
    return expired
