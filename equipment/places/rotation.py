"""周转: how often a station's bottles are filled, how long they are out, which stand idle. The words on screen
say what each number is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.places.models import Whereabouts
from equipment.places.queries import GAS_WENT_IN, MANY_DIGITS, WENT_IN_AT
from equipment.places.states import PlaceState
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.rules import EquipmentStatus
from equipment.storage.columns import Sorts
from equipment.storage.db import session

WINDOW = 365  # days: what a year is here
IDLE_DAYS = 180  # a house value: no rule that we know says after how long a bottle stands idle
LONGEST = 3650
VARIETY = Equipment.details["variety"].as_string()
SORTS: Sorts = {"serial": (Equipment.serial, Equipment.id), "own": (Equipment.own_number, Equipment.id)}


@dataclass(frozen=True, slots=True)
class Rotation:
    """One variety of a station's bottles in use; `variety` is empty where the register does not say it, and
    None in the row of all."""

    variety: str | None
    bottles: int
    fills: int  # of them, in the window
    between: float | None  # mean days from a fill to the next of the same bottle
    at_user: int
    days_out: float | None  # mean, of those that are with customers now
    idle: int

    @property
    def per_year(self) -> float | None:
        return self.fills / self.bottles if self.bottles else None


@dataclass(frozen=True, slots=True)
class RotationRow:
    """One bottle: how often it was filled in the window, when last, and where it is."""

    piece: Equipment
    fills: int
    filled_at: datetime | None
    place: PlaceState | None

    @property
    def id(self) -> UUID:
        return self.piece.id

    @property
    def name(self) -> str:
        return called(self.piece)


def rotation(viewer: Viewer, idle_days: int) -> list[Rotation]:
    """By variety, the row of all last."""
    bottles = _counted(_in_use(viewer))
    idle = _counted(_in_use(viewer).where(_unfilled_since(idle_days)))
    fills: dict[str, list[tuple[int, datetime, datetime]]] = defaultdict(list)
    for variety, number, first, last in session.execute(_fills_of(viewer)):
        fills[variety or ""].append((number, first, last))
    out: dict[str, list[float]] = defaultdict(list)
    today = clock.today()
    for variety, since in session.execute(_at_users(viewer)):
        out[variety or ""].append((today - clock.site_day(since)).days)
    rows = [
        _row(variety, number, fills[variety], out[variety], idle.get(variety, 0))
        for variety, number in sorted(bottles.items())
    ]
    if len(rows) < 2:
        return rows
    every_fill = [one for ones in fills.values() for one in ones]
    every_day = [days for many in out.values() for days in many]
    return [*rows, _row(None, sum(bottles.values()), every_fill, every_day, sum(idle.values()))]


def rotation_bottles(viewer: Viewer, filters: Mapping[str, str]) -> Select[Equipment]:
    """The station's bottles in use, of one variety, or without a fill for so many days."""
    listed = _in_use(viewer)
    if variety := filters.get("variety"):
        listed = listed.where(variety == VARIETY)
    idle = filters.get("idle", "")
    return listed.where(_unfilled_since(int(idle))) if is_number_of_days(idle) else listed


def rotation_rows(pieces: Sequence[Equipment]) -> list[RotationRow]:
    """Bottles of one page with their fills and places, in three statements."""
    ids = [piece.id for piece in pieces]
    of = visible(SYSTEM, Fill).where(Fill.equipment_id.in_(ids), GAS_WENT_IN).group_by(Fill.equipment_id)
    counted = of.where(_begins(WINDOW) <= WENT_IN_AT).with_only_columns(Fill.equipment_id, func.count())
    numbers = {row[0]: row[1] for row in session.execute(counted)}
    last = of.with_only_columns(Fill.equipment_id, func.max(WENT_IN_AT))
    filled = {row[0]: row[1] for row in session.execute(last)}
    now = visible(SYSTEM, Whereabouts).where(
        Whereabouts.equipment_id.in_(ids), Whereabouts.until_at.is_(None)
    )
    states = now.with_only_columns(Whereabouts.equipment_id, Whereabouts.state)
    places = {row[0]: PlaceState(row[1]) for row in session.execute(states)}
    return [
        RotationRow(piece, numbers.get(piece.id, 0), filled.get(piece.id), places.get(piece.id))
        for piece in pieces
    ]


def is_number_of_days(text: str) -> bool:
    return text.isdecimal() and len(text) < MANY_DIGITS and int(text) <= LONGEST


def _row(
    variety: str | None,
    bottles: int,
    fills: Sequence[tuple[int, datetime, datetime]],
    out: Sequence[float],
    idle: int,
) -> Rotation:
    gaps = sum(number - 1 for number, _first, _last in fills)
    between = sum((last - first).total_seconds() for _number, first, last in fills) / 86400
    return Rotation(
        variety,
        bottles,
        sum(number for number, _first, _last in fills),
        round(between / gaps, 1) if gaps else None,
        len(out),
        fmean(out) if out else None,
        idle,
    )


def _begins(days: int) -> datetime:
    first: date = clock.today() - timedelta(days=days - 1)
    return clock.site_midnight(first)


def _in_use(viewer: Viewer) -> Select[Equipment]:
    return visible(viewer, Equipment).where(
        Equipment.owner_id == viewer.organisation_id,
        Equipment.category == "cylinder",
        Equipment.status == EquipmentStatus.IN_USE,
    )


def _counted(listed: Select[Equipment]) -> dict[str, int]:
    grouped = listed.with_only_columns(VARIETY, func.count()).group_by(VARIETY)
    return {row[0] or "": row[1] for row in session.execute(grouped)}


def _unfilled_since(days: int) -> ColumnElement[bool]:
    """No gas went into it in the last so many days, today among them."""
    return ~exists().where(
        Fill.equipment_id == Equipment.id, GAS_WENT_IN, _begins(max(days, 1)) <= WENT_IN_AT
    )


def _fills_of(viewer: Viewer) -> Select[str, int, datetime, datetime]:
    """Of every bottle that was filled in the window: variety, how often, the first and the last time."""
    return (
        _in_use(viewer)
        .join(Fill, Fill.equipment_id == Equipment.id)
        .where(GAS_WENT_IN, _begins(WINDOW) <= WENT_IN_AT)
        .with_only_columns(
            VARIETY, func.count(), func.min(WENT_IN_AT), func.max(WENT_IN_AT), maintain_column_froms=True
        )
        .group_by(Equipment.id, VARIETY)
    )


def _at_users(viewer: Viewer) -> Select[str, datetime]:
    return (
        _in_use(viewer)
        .join(Whereabouts, Whereabouts.equipment_id == Equipment.id)
        .where(Whereabouts.until_at.is_(None), Whereabouts.state == PlaceState.AT_USER)
        .with_only_columns(VARIETY, Whereabouts.from_at, maintain_column_froms=True)
    )
