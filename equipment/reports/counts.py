"""The pieces behind a rate, and how many they are by category and area.

Whether a piece is in use on a day, or was on any day of a year, and in which area, is read from `standing`
for numerator and denominator alike, so that the one is always part of the other. Hazards are found by
covering indexes; only the few pieces that have one are looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    union,
    union_all,
)

from equipment.core import clock
from equipment.counting.queries import counts_by_area
from equipment.counting.rules import PIECES_IN_USE
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.hazards.models import Hazard
from equipment.hazards.rules import FindingSource, HazardState
from equipment.inspections.models import Inspection
from equipment.inspections.rules import OF_A_BODY
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.planning import INSPECTIONS, Origin
from equipment.reports.rules import Definition, Denominator, Numerator, Period, Share
from equipment.storage.db import session
from equipment.storage.remembered import Remembered

STANDINGS, HAZARD, DUE, INSPECTION = Standing.__table__, Hazard.__table__, Due.__table__, Inspection.__table__
EQUIPMENT = Equipment.__table__

Key = tuple[str, str]  # category, area
Pieces = Select[Any] | CompoundSelect[Any]  # (equipment_id, category, area) of each
Ids = Select[Any]  # (equipment_id) of each
Shares = Mapping[Key, Share]


def headline_categories() -> tuple[str, ...]:
    """What the headline counts: 台(套). Cylinders have a rate of their own; pipelines, which are counted by km,
    have none."""
    return tuple(kind.key for kind in CATEGORIES if kind.headline)


def own_rate_categories() -> tuple[str, ...]:
    return tuple(kind.key for kind in CATEGORIES if not kind.headline and kind.extent is None)


def in_use(day: date) -> ColumnElement[bool]:
    """The condition on `standing` that a piece is in use at the end of a day."""
    until = STANDINGS.c.until_on
    return and_(
        STANDINGS.c.status == EquipmentStatus.IN_USE,
        STANDINGS.c.from_on <= day,
        or_(until.is_(None), until > day),
    )


def left_within(period: Period) -> ColumnElement[bool]:
    """The condition on `standing` that a piece was in use within a period, is no more on its last day, and
    was in use last in this interval."""
    until, later = STANDINGS.c.until_on, STANDINGS.alias("later")
    again = exists().where(
        later.c.equipment_id == STANDINGS.c.equipment_id,
        later.c.status == EquipmentStatus.IN_USE,
        later.c.from_on >= until,
        later.c.from_on <= period.day,
        or_(later.c.until_on.is_(None), later.c.until_on > later.c.from_on),
    )
    return and_(
        STANDINGS.c.status == EquipmentStatus.IN_USE,
        until > period.since,
        until <= period.day,
        until > STANDINGS.c.from_on,
        ~again,
    )


def _stood(definition: Definition, period: Period) -> list[ColumnElement[bool]]:
    """The conditions on `standing` of a definition, no piece meeting two: in use on the day, and in the year
    before it."""
    if definition.denominator is Denominator.IN_USE_IN_YEAR:
        return [in_use(period.day), left_within(period)]
    return [in_use(period.day)]


def denominator(definition: Definition, period: Period, categories: Iterable[str]) -> Pieces:
    """(equipment_id, category, area) of the pieces a rate is measured against."""
    if definition.denominator is not Denominator.CHECKED:
        stood = select(STANDINGS.c.equipment_id, STANDINGS.c.category, STANDINGS.c.area)
        wanted = stood.where(STANDINGS.c.category.in_(sorted(categories)))
        return union_all(*(wanted.where(condition) for condition in _stood(definition, period)))
    columns = (INSPECTION.c.equipment_id, INSPECTION.c.category, func.max(INSPECTION.c.area).label("area"))
    return (
        select(*columns)
        .where(_inspected(period, categories))
        .group_by(INSPECTION.c.equipment_id, INSPECTION.c.category)
    )


def numerator(definition: Definition, period: Period, categories: Iterable[str]) -> Pieces:
    """(equipment_id, category, area) of the pieces that count as having a hazard, each once."""
    wanted = sorted(categories)
    if definition.numerator is Numerator.CHECKED_WITH_HAZARD:
        with_hazard = select(HAZARD.c.equipment_id).where(*_in_year(definition, period, wanted))
        checked = denominator(definition, period, wanted).subquery("checked")
        return select(*checked.c).where(checked.c.equipment_id.in_(with_hazard))
    having = _with_hazard(definition, period, wanted).subquery("having")
    stood = select(STANDINGS.c.equipment_id, STANDINGS.c.category, STANDINGS.c.area).select_from(
        having.join(STANDINGS, STANDINGS.c.equipment_id == having.c.equipment_id)
    )
    return union_all(*(stood.where(condition) for condition in _stood(definition, period)))


def _with_hazard(definition: Definition, period: Period, categories: list[str]) -> Ids | CompoundSelect[Any]:
    """The ids of pieces with a hazard as the definition has it, in use or not."""
    if definition.numerator is Numerator.FOUND_IN_YEAR:
        return select(HAZARD.c.equipment_id).distinct().where(*_in_year(definition, period, categories))
    if definition.numerator is Numerator.ADMINISTRATIVE:
        return union(
            _overdue(period.day, categories),
            _unregistered(period.day, categories),
            *_open(definition, period.day, categories, HAZARD.c.source == FindingSource.INSPECTION),
        )
    return union(*_open(definition, period.day, categories))


def _in_year(definition: Definition, period: Period, categories: list[str]) -> list[ColumnElement[bool]]:
    return [
        HAZARD.c.category.in_(categories),
        HAZARD.c.found_on.between(period.since, period.day),
        *_counting(definition),
    ]


def _open(definition: Definition, day: date, categories: list[str], *more: ColumnElement[bool]) -> list[Ids]:
    """Hazards open at the end of a day, as two reads that one index serves: not closed, and - of a day gone
    by - closed later."""
    closings = [HAZARD.c.closed_on.is_(None)] + ([HAZARD.c.closed_on > day] if day < clock.today() else [])
    common = [HAZARD.c.category.in_(categories), HAZARD.c.found_on <= day, *_counting(definition), *more]
    # Distinct by itself: a union of one read alone would count a piece by its hazards.
    return [select(HAZARD.c.equipment_id).distinct().where(condition, *common) for condition in closings]


def _counting(definition: Definition) -> list[ColumnElement[bool]]:
    """Which grades and sources count; all of them where the definition names none. What was found
    by mistake never does."""
    wanted = {HAZARD.c.grade: definition.grades, HAZARD.c.source: definition.sources}
    return [
        HAZARD.c.state != HazardState.WITHDRAWN,
        *(column.in_(values) for column, values in wanted.items() if values),
    ]


def _overdue(day: date, categories: list[str]) -> Ids:
    """Pieces whose inspection was due before a day and not done by then; a self-test (检测) is no inspection
    (检验), and what nobody knows (检验情况不明) stands beside the rate, not in it."""
    not_done = or_(DUE.c.state == DueState.OPEN, and_(DUE.c.state == DueState.DONE, DUE.c.done_on > day))
    return select(DUE.c.equipment_id).where(
        DUE.c.kind.in_(INSPECTIONS),
        DUE.c.category.in_(categories),
        DUE.c.due_on < day,
        DUE.c.origin != Origin.UNKNOWN,
        not_done,
    )


def _unregistered(day: date, categories: list[str]) -> Ids:
    registered = EQUIPMENT.c.registered_on
    return select(EQUIPMENT.c.id).where(
        EQUIPMENT.c.category.in_(categories), or_(registered.is_(None), registered > day)
    )


def _inspected(period: Period, categories: Iterable[str]) -> ColumnElement[bool]:
    """检验, and no test or check: those are made by the parties themselves."""
    return and_(
        INSPECTION.c.category.in_(sorted(categories)),
        INSPECTION.c.on.between(period.since, period.day),
        INSPECTION.c.superseded.is_(False),
        INSPECTION.c.kind.in_(OF_A_BODY),
    )


def counted(definition: Definition, period: Period, categories: Iterable[str]) -> Shares:
    """Numerator and denominator by category and area: the full recount."""
    wanted = tuple(categories)
    parts, wholes = _grouped(numerator(definition, period, wanted)), _wholes(definition, period, wanted)
    return {key: Share(parts.get(key, 0), wholes.get(key, 0)) for key in parts.keys() | wholes.keys()}


def _wholes(definition: Definition, period: Period, categories: tuple[str, ...]) -> dict[Key, int]:
    """The denominator: pieces in use today from their running count, those of other days straight from the
    covering index of `standing`."""
    if definition.denominator is Denominator.CHECKED:
        return _grouped(denominator(definition, period, categories))
    wholes: Counter[Key] = Counter()
    conditions = _stood(definition, period)
    if period.day == clock.today():  # who stands in use now is counted as it changes
        wanted = set(categories)
        running = counts_by_area(PIECES_IN_USE)
        wholes.update({key: number for key, number in running.items() if key[0] in wanted})
        conditions = conditions[1:]
    for condition in conditions:
        stood = select(STANDINGS.c.category, STANDINGS.c.area, func.count()).where(
            STANDINGS.c.category.in_(categories), condition
        )
        wholes.update(_by_key(stood.group_by(STANDINGS.c.category, STANDINGS.c.area)))
    return dict(wholes)


def _grouped(pieces: Pieces) -> dict[Key, int]:
    behind = pieces.subquery()
    return _by_key(
        select(behind.c.category, behind.c.area, func.count()).group_by(behind.c.category, behind.c.area)
    )


def _by_key(query: Select[str, str, int]) -> dict[Key, int]:
    return {(kind, area): number for kind, area, number in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Counted:
    """Shares with the instant they were counted at."""

    shares: Shares
    at: datetime


_counts: Remembered[tuple[str, int, Period, tuple[str, ...]], Counted] = Remembered(30, together=True)


def counts(definition: Definition, period: Period, categories: Iterable[str]) -> Counted:
    """The shares of a period, at most half a minute old."""
    wanted = tuple(sorted(categories))
    question = (definition.key, definition.version, period, wanted)
    return _counts.get(question, lambda: Counted(counted(definition, period, wanted), clock.now()))
