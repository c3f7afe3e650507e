"""The orders in which somebody goes from place to place: by district, by site, or always to the nearest one
next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from equipment.core.geo import GeoPoint, visiting_order
from equipment.core.words import N_, Labelled

UNPLACED = N_("Position not on file")


class VisitingOrder(Labelled):
    """How a list of places is ordered; by urgency it stays as it is."""

    URGENCY = "urgency", N_("By urgency")
    DISTRICT = "district", N_("By district")
    SITE = "site", N_("By site")
    NEAR = "near", N_("Nearest next")


class Placed(Protocol):
    """Something with a place: the name of its district, its site, where it stands (WGS-84)."""

    @property
    def district(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def point(self) -> GeoPoint | None: ...


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True, slots=True)
class PlaceGroup(Generic[P]):
    """Places under one heading; without one, the whole list."""

    heading: str
    rows: list[P]


def arranged(rows: Sequence[P], order: VisitingOrder, here: GeoPoint | None) -> list[PlaceGroup[P]]:
    """The list in one of its orders. Nearest next begins at `here`, or at the first; whose position nobody
    knows comes last, under its own heading."""
    if order is VisitingOrder.URGENCY:
        return [PlaceGroup("", list(rows))]
    if order is VisitingOrder.NEAR:
        on_map = [row for row in rows if row.point is not None]
        way = visiting_order([row.point for row in on_map if row.point is not None], here)
        unplaced = [row for row in rows if row.point is None]
        groups = [PlaceGroup("", [on_map[place] for place in way])] if on_map else []
        return [*groups, PlaceGroup(UNPLACED, unplaced)] if unplaced else groups
    headings: dict[str, list[P]] = {}
    for row in rows:
        headings.setdefault(row.district if order is VisitingOrder.DISTRICT else row.site, []).append(row)
    return [PlaceGroup(heading, members) for heading, members in sorted(headings.items())]
