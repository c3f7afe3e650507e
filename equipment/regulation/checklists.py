"""Maintenance checklists of TSG T5002-2017, annexes A to D: all 257 items, nested by class (半月 ⊂ 季度 ⊂ 半年 ⊂
年度)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from equipment.core.fields import Fields
from equipment.core.text import Text
from equipment.core.verdict import Citation, Confidence
from equipment.core.words import N_, Labelled
from equipment.regulation.planning import VISITS, DueKind

ANNEXES = ("A", "B", "C", "D")
FOLDER = Path(__file__).parent / "checklists"


class LiftPlace(Labelled):
    """Where at the lift an item is, in the order one walks."""

    MACHINE_ROOM = "machine_room", N_("Machine room")
    SHAFT = "shaft", N_("Lift shaft")
    CAR_TOP = "car_top", N_("Car top")
    CAR = "car", N_("Lift car")
    LANDING = "landing", N_("Landings")
    PIT = "pit", N_("Lift pit")
    MACHINE = "machine", N_("Drive and return stations")
    STEPS = "steps", N_("Steps and combs")
    HANDRAIL = "handrail", N_("Handrails and skirts")
    ENTRANCE = "entrance", N_("Entrances")


@dataclass(frozen=True, slots=True)
class Item:
    """One item; `added_in` is the class that adds it, `key` asks for a photo: it prescribes a test or
    calibration."""

    code: str
    annex: str
    added_in: DueKind
    place: LiftPlace
    key: bool
    name: Text
    must: Text


@dataclass(frozen=True, slots=True)
class Checklist:
    """One annex: the kind of elevator it is for, its source, the fields of its details that a record names
    (Art. 8), and all its items."""

    annex: str
    name: Text
    citation: Citation
    parameters: tuple[str, ...]
    items: tuple[Item, ...]


@cache
def annex_checklist(annex: str) -> Checklist:
    """The whole annex as it ships."""
    stored = Fields(tomllib.loads((FOLDER / f"elevator_{annex.lower()}.toml").read_text("utf-8")))
    head, rows = stored.table("checklist"), stored.table("items")
    cite = Citation(
        head.text("document"),
        head.text("clause"),
        head.day("since"),
        Confidence(head.text("confidence")),
        f"checklist-{annex}",
    )
    items = tuple(
        Item(
            code,
            annex,
            DueKind(f"visit_{row.text('class')}"),
            LiftPlace(row.text("place")),
            row.flag("key"),
            Text.from_toml(row),
            Text.from_toml(row, "must_"),
        )
        for code in rows
        for row in (rows.table(code),)
    )
    return Checklist(annex, Text.from_toml(head), cite, head.texts("parameters"), items)


@cache
def checklist(annex: str, visit: DueKind) -> tuple[Item, ...]:
    """The items of a visit of that class, those of the classes it includes first."""
    level = VISITS.index(visit)
    return tuple(item for item in annex_checklist(annex).items if VISITS.index(item.added_in) <= level)


def by_place(items: tuple[Item, ...]) -> dict[LiftPlace, tuple[Item, ...]]:
    """The items in groups, in walking order."""
    return {
        place: place_items
        for place in LiftPlace
        if (place_items := tuple(item for item in items if item.place is place))
    }
