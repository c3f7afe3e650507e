"""Suspicions a viewer may look at, their evidence, and the amounts of a month beside each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select

from equipment.core.errors import NotFound
from equipment.core.months import month_end
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, list_conditions, visible, within
from equipment.storage.db import session
from equipment.suspicions.models import DeclaredStock, StatedAmount, Suspicion
from equipment.suspicions.states import OF_CYLINDERS, OF_LIFTS, AmountSource, SuspicionKind, SuspicionState

MOST_SHOWN = 20
ABOUT = {"cylinders": OF_CYLINDERS, "lifts": OF_LIFTS}


def about(kind: SuspicionKind) -> str:
    """What a kind is about, as lists are asked for it."""
    return "lifts" if kind in OF_LIFTS else "cylinders"


def suspected(viewer: Viewer, filters: Mapping[str, str]) -> Select[Suspicion]:
    """The suspicions behind the filters of a list."""
    rows = visible(viewer, Suspicion)
    if filters.get("state") in set(SuspicionState):
        rows = rows.where(Suspicion.state == filters["state"])
    if filters.get("kind") in set(SuspicionKind):
        rows = rows.where(Suspicion.kind == filters["kind"])
    if filters.get("about") in ABOUT:
        rows = rows.where(Suspicion.kind.in_(ABOUT[filters["about"]]))
    return rows.where(
        *list_conditions(Suspicion.organisation_id, Suspicion.area, Suspicion.found_at, filters, days="found")
    )


def found_true(viewer: Viewer, firm_id: UUID) -> Sequence[Suspicion]:
    """What the bureau found true of a firm's work at lifts, the newest first: the firm reads it too."""
    rows = visible(viewer, Suspicion).where(
        Suspicion.organisation_id == firm_id,
        Suspicion.kind.in_(OF_LIFTS),
        Suspicion.state == SuspicionState.FINDING,
    )
    return session.scalars(rows.order_by(Suspicion.decided_at.desc(), Suspicion.id).limit(MOST_SHOWN)).all()


def next_open(viewer: Viewer, area: str, decided: Suspicion) -> Suspicion | None:
    """The newest one of an area that waits for a decision, beside the one that was just decided and about
    the same."""
    asked = {"state": SuspicionState.OPEN, "area": area, "about": about(decided.kind)}
    waiting = suspected(viewer, asked).where(Suspicion.id != decided.id)
    return session.scalar(waiting.order_by(Suspicion.on.desc(), Suspicion.id.desc()).limit(1))


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


class StationAmounts(NamedTuple):
    """One station, month and gas, all days together."""

    station_id: UUID
    amounts: DayAmounts

    def differs(self, within_permille: int) -> bool:
        """Whether anything that was stated is further from the scans than it may be."""
        offs = (self.amounts.differs_permille(source) for source in AmountSource)
        return any(off is not None and abs(off) > within_permille for off in offs)


def amounts_of_stations(viewer: Viewer, area: str, month: date) -> list[StationAmounts]:
    """充装量核对 of a month, station by station and gas by gas: those with a stated amount or a fill."""
    last = month_end(month)
    of_area = select(Organisation.id).where(within(Organisation.area, area))
    fills = (
        select(Fill.organisation_id, Fill.gas, func.count(), func.sum(Fill.net_g))
        .where(
            in_scope(viewer, Fill),
            Fill.organisation_id.in_(of_area),
            Fill.on.between(month, last),
            Fill.state == FillState.FILLED,
            Fill.superseded.is_(False),
        )
        .group_by(Fill.organisation_id, Fill.gas)
    )
    scanned = {(key, gas): (bottles, grams or 0) for key, gas, bottles, grams in session.execute(fills)}
    amounts = visible(viewer, StatedAmount).where(
        StatedAmount.organisation_id.in_(of_area),
        StatedAmount.on.between(month, last),
        StatedAmount.taken_back_at.is_(None),
    )
    columns = (StatedAmount.organisation_id, StatedAmount.gas, StatedAmount.source)
    stated: dict[tuple[UUID, str], dict[AmountSource, int]] = defaultdict(dict)
    summed = amounts.with_only_columns(*columns, func.sum(StatedAmount.grams)).group_by(*columns)
    for key, gas, source, grams in session.execute(summed):
        stated[key, gas][AmountSource(source)] = int(grams)
    return [
        StationAmounts(
            key, DayAmounts(last, gas, *scanned.get((key, gas), (0, 0)), stated.get((key, gas), {}))
        )
        for key, gas in sorted(scanned.keys() | stated.keys(), key=str)
    ]
