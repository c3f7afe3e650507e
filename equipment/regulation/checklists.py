"""Maintenance checklists of TSG T5002-2017, annexes A to D: all 257 items, nested by class (半月 ⊂ 季度 ⊂ 半年 ⊂
年度), and the evidence of strip-downs that TSG T7008 looks at.

A checklist has a version: a visit is judged by the one it was opened under for ever."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from equipment.core.fields import Fields
from equipment.core.text import Text
from equipment.core.verdict import Citation, Confidence
from equipment.core.words import N_, Labelled
from equipment.regulation.item_readings import ItemReading
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
    calibration. `annex` is empty for what a firm added and for evidence, which has its own `citation` and is
    nothing without a photo (`photo`)."""

    code: str
    annex: str
    added_in: DueKind
    place: LiftPlace
    key: bool
    name: Text
    must: Text
    readings: tuple[ItemReading, ...] = ()
    photo: bool = False
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """One annex: the kind of elevator it is for, its source, the fields of its details that a record names
    (Art. 8), and all its items."""

    annex: str
    name: Text
    citation: Citation
    version: int
    parameters: tuple[str, ...]
    items: tuple[Item, ...]


def _stored(name: str) -> Fields:
    return Fields(tomllib.loads((FOLDER / f"elevator_{name}.toml").read_text("utf-8")))


@cache
def annex_checklist(annex: str, version: int | None = None) -> Checklist:
    """The whole annex, as it ships or as it was at an earlier version."""
    stored = _stored(annex.lower())
    head, rows, readings = stored.table("checklist"), stored.table("items"), stored.table("readings")
    at = version or head.integer("version")
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
            tuple(
                ItemReading.from_fields(one)
                for one in readings.tables(code)
                if one.integer("since_version") <= at
            ),
        )
        for code in rows
        for row in (rows.table(code),)
    )
    return Checklist(annex, Text.from_toml(head), cite, at, head.texts("parameters"), items)


@cache
def checklist(annex: str, visit: DueKind, version: int | None = None) -> tuple[Item, ...]:
    """The items of a visit of that class, those of the classes it includes first."""
    return of_class(annex_checklist(annex, version).items, visit)


def of_class(items: Iterable[Item], visit: DueKind) -> tuple[Item, ...]:
    """Those of the items that a visit of this class has."""
    level = VISITS.index(visit)
    return tuple(item for item in items if VISITS.index(item.added_in) <= level)


@dataclass(frozen=True, slots=True)
class StripDown:
    """Photos of a strip-down that a lift asks for where its details say so."""

    item: Item
    detail: str
    value: str


@cache
def evidence_items() -> Mapping[str, StripDown]:
    """Every kind of evidence by its code."""
    stored = _stored("evidence")
    head, rows = stored.table("evidence"), stored.table("items")
    cite = Citation(
        head.text("document"), "", head.day("since"), Confidence(head.text("confidence")), "evidence"
    )
    return {
        code: StripDown(
            Item(
                code,
                "",
                DueKind(f"visit_{row.text('class')}"),
                LiftPlace(row.text("place")),
                True,
                Text.from_toml(row),
                Text.from_toml(row, "must_"),
                photo=True,
                citation=replace(cite, clause=row.text("clause")),
            ),
            row.text("detail"),
            row.text("value"),
        )
        for code in rows
        for row in (rows.table(code),)
    }


def evidence_of(details: Mapping[str, object], visit: DueKind) -> tuple[str, ...]:
    """The codes of the evidence that a lift of these details owes at a visit of this class."""
    return tuple(
        code
        for code, one in evidence_items().items()
        if details.get(one.detail) == one.value and of_class([one.item], visit)
    )


def by_place(items: tuple[Item, ...]) -> dict[LiftPlace, tuple[Item, ...]]:
    """The items in groups, in walking order."""
    return {
        place: place_items
        for place in LiftPlace
        if (place_items := tuple(item for item in items if item.place is place))
    }
