"""Suspicions a viewer may look at, their evidence, and the amounts of a month beside each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.core.months import add_months, month_end
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState
from equipment.fills.station import CYLINDER
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, visible, within
from equipment.register.models import Standing
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session
from equipment.suspicions.models import DeclaredStock, StatedAmount, Suspicion
from equipment.suspicions.states import AmountSource, SuspicionKind, SuspicionState


def suspected(viewer: Viewer, filters: Mapping[str, str]) -> Select[Suspicion]:
    """The suspicions behind the filters of a list."""
    rows = visible(viewer, Suspicion)
    if filters.get("state") in set(SuspicionState):
        rows = rows.where(Suspicion.state == filters["state"])
    if filters.get("kind") in set(SuspicionKind):
        rows = rows.where(Suspicion.kind == filters["kind"])
    if key := id_in(filters.get("station", "")):
        rows = rows.where(Suspicion.organisation_id == key)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(Suspicion.area, filters["area"]))
    return rows


def suspicion_of(viewer: Viewer, suspicion_id: UUID) -> Suspicion:
    row = session.scalar(visible(viewer, Suspicion).where(Suspicion.id == suspicion_id))
    if row is None:
        raise NotFound
    return row


class Evidence(NamedTuple):
    """The records a suspicion rests on, as the bureau sees them."""

    fills: Sequence[Fill]
    scans: Sequence[Scan]


def evidence_of(suspicion: Suspicion) -> Evidence:
    """Its fills and scans in the order of their times."""
    keys = [UUID(key) for key in suspicion.records]
    fills = visible(SYSTEM, Fill).where(Fill.id.in_(keys)).order_by(Fill.happened_at, Fill.id)
    scans = visible(SYSTEM, Scan).where(Scan.id.in_(keys)).order_by(Scan.happened_at, Scan.id)
    rows = session.scalars(fills).all()
    shown = {row.id for row in rows}
    return Evidence(rows, [scan for scan in session.scalars(scans) if scan.id not in shown])


class DayAmounts(NamedTuple):
    """One day and gas: net weight of the scans in g and bottles, and what scale, meter and tanker say."""

    on: date
    gas: str
    bottles: int
    scanned_g: int
    stated: Mapping[AmountSource, int]

    def differs_permille(self, source: AmountSource) -> int | None:
        """How far the scans are from what was stated, in thousandths of that; None where nothing was."""
        stated = self.stated.get(source, 0)
        return round(1000 * (self.scanned_g - stated) / stated) if stated else None


def amounts_of_month(viewer: Viewer, station_id: UUID, month: date) -> list[DayAmounts]:
    """Every day and gas of a month with a fill or a stated amount, in order."""
    last = month_end(month)
    fills = (
        select(Fill.on, Fill.gas, func.count(), func.sum(Fill.net_g))
        .where(
            in_scope(viewer, Fill),
            Fill.organisation_id == station_id,
            Fill.on.between(month, last),
            Fill.state == FillState.FILLED,
            Fill.superseded.is_(False),
        )
        .group_by(Fill.on, Fill.gas)
    )
    scanned = {(on, gas): (bottles, grams or 0) for on, gas, bottles, grams in session.execute(fills)}
    stated: dict[tuple[date, str], dict[AmountSource, int]] = defaultdict(dict)
    for amount in session.scalars(stated_in(viewer, station_id, month)):
        if amount.taken_back_at is None:
            of_day = stated[(amount.on, amount.gas)]
            of_day[amount.source] = of_day.get(amount.source, 0) + amount.grams
    days = sorted(scanned.keys() | stated.keys())
    return [
        DayAmounts(on, gas, *scanned.get((on, gas), (0, 0)), stated.get((on, gas), {})) for on, gas in days
    ]


def stated_in(viewer: Viewer, station_id: UUID, month: date) -> Select[StatedAmount]:
    """What was stated of a month, the newest first, taken back or not."""
    return (
        visible(viewer, StatedAmount)
        .where(StatedAmount.organisation_id == station_id, StatedAmount.on.between(month, month_end(month)))
        .order_by(StatedAmount.on.desc(), StatedAmount.stated_at.desc())
    )


def stated_amount(viewer: Viewer, station_id: UUID, amount_id: UUID) -> StatedAmount:
    row = session.scalar(
        visible(viewer, StatedAmount).where(
            StatedAmount.organisation_id == station_id, StatedAmount.id == amount_id
        )
    )
    if row is None:
        raise NotFound
    return row


def stock_of(viewer: Viewer, station_id: UUID) -> DeclaredStock | None:
    """What the station said last."""
    declared = visible(viewer, DeclaredStock).where(DeclaredStock.organisation_id == station_id)
    return session.scalar(
        declared.order_by(DeclaredStock.on.desc(), DeclaredStock.declared_at.desc()).limit(1)
    )


def beyond_register(viewer: Viewer, area: str, on: date) -> int:
    """The bottles that stations of an area say they have and that stand in no register on that day."""
    declared = (
        visible(viewer, DeclaredStock)
        .where(DeclaredStock.on <= on, within(DeclaredStock.area, area))
        .order_by(DeclaredStock.on, DeclaredStock.declared_at)
    )
    newest = {row.organisation_id: row.bottles for row in session.scalars(declared)}
    stood = (
        select(Standing.organisation_id, func.count())
        .where(
            Standing.organisation_id.in_(list(newest)),
            Standing.category == CYLINDER,
            Standing.status == EquipmentStatus.IN_USE,
            Standing.from_on <= on,
            or_(Standing.until_on.is_(None), Standing.until_on > on),
        )
        .group_by(Standing.organisation_id)
    )
    registered = {row[0]: row[1] for row in session.execute(stood)}
    return sum(max(0, bottles - registered.get(key, 0)) for key, bottles in newest.items())


def uncoded_met(viewer: Viewer, area: str, on: date) -> int:
    """The different codes and numbers that stations read in the year before and that led to no bottle."""
    read = (
        select(func.count(Scan.code.distinct()))
        .join(Organisation, Organisation.id == Scan.organisation_id)
        .where(
            in_scope(viewer, Scan),
            Scan.equipment_id.is_(None),
            Scan.allowed.is_(False),
            Scan.on.between(add_months(on, -12), on),
            within(Organisation.area, area),
        )
    )
    return session.scalar(read) or 0


def sums(days: Sequence[DayAmounts]) -> list[DayAmounts]:
    """The month of each gas; its day is the last."""
    by_gas: dict[str, list[DayAmounts]] = defaultdict(list)
    for day in days:
        by_gas[day.gas].append(day)
    totals = []
    for gas, of_gas in by_gas.items():
        stated: dict[AmountSource, int] = defaultdict(int)
        for day in of_gas:
            for source, grams in day.stated.items():
                stated[source] += grams
        bottles, grams = sum(day.bottles for day in of_gas), sum(day.scanned_g for day in of_gas)
        totals.append(DayAmounts(of_gas[-1].on, gas, bottles, grams, stated))
    return totals
