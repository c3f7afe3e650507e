"""气瓶追溯率: which cylinders can be traced, of all there are as far as anybody knows: those on the register,
those that stations say they have beyond it, and those that were met without a file. Each number has its
list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from equipment.core import clock
from equipment.core.ids import id_in
from equipment.core.months import add_months
from equipment.fills.models import Scan
from equipment.fills.station import CYLINDER
from equipment.people.models import Organisation
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment, Identifier, Label, Standing
from equipment.register.rules import FOREIGN_CODES, EquipmentStatus, Outcome
from equipment.storage.db import session
from equipment.suspicions.models import DeclaredStock

# What was read and is no bottle without a file: a slip of the reader, a number of several bottles that are
# on file, a label of something else.
NO_BOTTLE = (Outcome.MISTYPED, Outcome.AMBIGUOUS, "not_cylinder")


class Traced(NamedTuple):
    """Of an area on a day: cylinders in use with a code bound to them, in use on the register, beyond the
    register by what stations declare, and met without a file."""

    coded: int
    in_use: int
    beyond: int
    uncoded: int

    @property
    def whole(self) -> int:
        return self.in_use + self.beyond + self.uncoded

    @property
    def without_code(self) -> int:
        return self.in_use - self.coded

    @property
    def percent(self) -> str:
        return f"{100 * self.coded / self.whole:.2f} %" if self.whole else "—"


class Stock(NamedTuple):
    """What a station said last, and how many of its bottles the register knows in use."""

    declared: DeclaredStock
    registered: int

    @property
    def beyond(self) -> int:
        return max(0, self.declared.bottles - self.registered)


def traced(viewer: Viewer, area: str, on: date) -> Traced:
    """The rate with what it is made of."""
    every = in_use(viewer, area, on)
    return Traced(
        _how_many(every.where(_coded(on))),
        _how_many(every),
        sum(stock.beyond for stock in stocks(viewer, area, on)),
        session.scalar(
            uncoded_scans(viewer, area, on).with_only_columns(func.count(Scan.code.distinct())).order_by(None)
        )
        or 0,
    )


def in_use(viewer: Viewer, area: str, on: date) -> Select[Standing]:
    """The cylinders that stood in use at the end of a day, one row each."""
    return visible(viewer, Standing).where(
        Standing.category == CYLINDER, _stood_in_use(on), within(Standing.area, area)
    )


def _how_many(rows: Select[Standing]) -> int:
    return session.scalar(rows.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def _stood_in_use(on: date) -> ColumnElement[bool]:
    return and_(
        Standing.status == EquipmentStatus.IN_USE,
        Standing.from_on <= on,
        or_(Standing.until_on.is_(None), Standing.until_on > on),
    )


def _coded(on: date) -> ColumnElement[bool]:
    """赋码: with a label of ours or a foreign code of its own. Of a day gone by the labels are those bound
    by then: when one was lost the register does not say."""
    midnight = clock.site_midnight(on + timedelta(days=1))
    foreign = exists().where(
        Identifier.equipment_id == Standing.equipment_id,
        Identifier.issued_at < midnight,
        or_(Identifier.voided_at.is_(None), Identifier.voided_at >= midnight),
        Identifier.kind.in_(FOREIGN_CODES),
    )
    labelled = (
        exists().where(Label.equipment_id == Standing.equipment_id, Label.bound_at < midnight)
        if on < clock.today()
        else exists().where(Equipment.id == Standing.equipment_id, Equipment.label_code.is_not(None))
    )
    return or_(labelled, foreign)


def stocks(viewer: Viewer, area: str, on: date) -> list[Stock]:
    """The newest word of every station of an area on how many bottles it has, beside the register of that
    day."""
    declared = (
        visible(viewer, DeclaredStock)
        .where(DeclaredStock.on <= on, within(DeclaredStock.area, area))
        .order_by(DeclaredStock.on, DeclaredStock.declared_at)
    )
    newest = {row.organisation_id: row for row in session.scalars(declared)}
    registered = _registered(list(newest), on)
    return [Stock(row, registered.get(key, 0)) for key, row in newest.items()]


def _registered(ids: list[UUID], on: date) -> Mapping[UUID, int]:
    stood = (
        select(Standing.organisation_id, func.count())
        .where(Standing.organisation_id.in_(ids), Standing.category == CYLINDER, _stood_in_use(on))
        .group_by(Standing.organisation_id)
    )
    return {key: number for key, number in session.execute(stood) if key is not None}


def uncoded_scans(viewer: Viewer, area: str, on: date) -> Select[Scan]:
    """What stations read in the year before that led to no bottle, and leads to none now."""
    reader = aliased(Organisation)
    # a number that was entered since is on the register, and is counted there
    labelled = exists().where(Label.code == Scan.code, Label.equipment_id.is_not(None))
    numbered = exists().where(Identifier.value == Scan.code, Identifier.voided_at.is_(None))
    slips = (Scan.answer.contains(f'"why":"{why}"', autoescape=True) for why in NO_BOTTLE)
    return (
        visible(viewer, Scan)
        .join(reader, reader.id == Scan.organisation_id)
        .where(
            Scan.equipment_id.is_(None),
            Scan.allowed.is_(False),
            Scan.on.between(add_months(on, -12), on),
            within(reader.area, area),
            ~or_(*slips),
            ~labelled,
            ~numbered,
        )
    )


def uncoded_codes(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[str, int, date]:
    """Each of those codes and numbers once: how often it was read, and when last."""
    scans = uncoded_scans(viewer, filters.get("area", "") or viewer.area, on)
    if station := id_in(filters.get("station", "")):
        scans = scans.where(Scan.organisation_id == station)
    return scans.with_only_columns(
        Scan.code, func.count().label("times"), func.max(Scan.on).label("last_on"), maintain_column_froms=True
    ).group_by(Scan.code)


def readers_of(viewer: Viewer, codes: Sequence[str], on: date) -> Mapping[str, set[UUID]]:
    """Which stations read each of these codes that lead to no bottle."""
    scans = uncoded_scans(viewer, viewer.area, on).where(Scan.code.in_(codes))
    columns = (Scan.code, Scan.organisation_id)
    readers: dict[str, set[UUID]] = defaultdict(set)
    for code, key in session.execute(
        scans.with_only_columns(*columns, maintain_column_froms=True).distinct()
    ):
        readers[code].add(key)
    return readers
