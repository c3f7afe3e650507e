"""A firm's own items: what an item may say, what a workbook's rows say, what changed between two versions.
Pure.

T5002 Art. 2 leaves the items of explosion-proof and fire-fighter lifts to the maintenance unit, after the
maker's manual. For kinds with an annex a firm adds items; it never takes one of the annex away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from equipment.core.fields import Fields
from equipment.core.text import Text
from equipment.core.words import N_, Message
from equipment.regulation.checklists import Item, LiftPlace
from equipment.regulation.item_readings import ItemReading
from equipment.regulation.planning import VISITS, DueKind

CODE = re.compile(r"Q-[0-9A-Z]{1,4}(-[0-9A-Z]{1,3})?")
NAME_LENGTH, MUST_LENGTH, UNIT_LENGTH = 60, 200, 12
MOST_ITEMS = 150
DECIMALS = 2  # of a firm's own readings
CLASS_WORDS = {"半月": "half_month", "季度": "quarter", "半年": "half_year", "年度": "year", "年": "year"}
PLACE_WORDS = {
    "机房": LiftPlace.MACHINE_ROOM,
    "井道": LiftPlace.SHAFT,
    "轿顶": LiftPlace.CAR_TOP,
    "轿厢": LiftPlace.CAR,
    "层站": LiftPlace.LANDING,
    "底坑": LiftPlace.PIT,
    "驱动站与转向站": LiftPlace.MACHINE,
    "梯级与梳齿板": LiftPlace.STEPS,
    "扶手带与围裙板": LiftPlace.HANDRAIL,
    "出入口": LiftPlace.ENTRANCE,
}
YES_WORDS = ("是", "y", "yes", "1", "√", "✓")
HEADINGS = ("编号", "code")


class StoredReading(TypedDict, total=False):
    """A reading as the list holds it; limits are whole numbers of the smallest step."""

    key: str
    zh: str
    unit: str
    decimals: int
    at_least: int
    at_most: int


class OwnItem(TypedDict):
    """One item of a firm's list; `visit` is the class that adds it (half_month ... year)."""

    code: str
    visit: str
    place: str
    name: str
    must: str
    key: bool
    readings: list[StoredReading]


def item_of(own: OwnItem) -> Item:
    """The item as visits have it; a firm writes in its own language."""
    return Item(
        own["code"],
        "",
        DueKind(f"visit_{own['visit']}"),
        LiftPlace(own["place"]),
        own["key"],
        Text(own["name"], own["name"]),
        Text(own["must"], own["must"]),
        tuple(ItemReading.from_fields(Fields(one)) for one in own["readings"]),
    )


def own_item_of(item: Item, code: str) -> OwnItem:
    """An item of an annex as the beginning of a firm's own."""
    readings: list[StoredReading] = []
    for one in item.readings:
        reading: StoredReading = {
            "key": one.key,
            "zh": one.name.zh,
            "unit": one.unit,
            "decimals": one.decimals,
        }
        if one.at_least is not None:
            reading["at_least"] = one.at_least
        if one.at_most is not None:
            reading["at_most"] = one.at_most
        readings.append(reading)
    return {
        "code": code,
        "visit": item.added_in.removeprefix("visit_"),
        "place": str(item.place),
        "name": item.name.zh,
        "must": item.must.zh,
        "key": item.key,
        "readings": readings,
    }


def next_code(codes: Iterable[str], visit: str) -> str:
    """The next free number of a class: Q-1-07."""
    rank = [kind.removeprefix("visit_") for kind in VISITS].index(visit) + 1
    taken = set(codes)
    return next(code for number in range(1, 1000) if (code := f"Q-{rank}-{number:02d}") not in taken)


def wrong_item(own: OwnItem) -> dict[str, str | Message]:
    """What an item lacks or says wrongly, by field."""
    wrong: dict[str, str | Message] = {}
    if not CODE.fullmatch(own["code"]):
        wrong["code"] = N_("A code begins with Q-, such as Q-1-01; leave it empty for the next free one.")
    if f"visit_{own['visit']}" not in VISITS:
        wrong["visit"] = N_("Choose the class of the visit.")
    if own["place"] not in set(LiftPlace):
        wrong["place"] = N_("Choose the place at the lift.")
    for field, most in (("name", NAME_LENGTH), ("must", MUST_LENGTH)):
        text = own["name"] if field == "name" else own["must"]
        if not text:
            wrong[field] = N_("This is needed.")
        elif len(text) > most:
            wrong[field] = Message(
                N_("At most %(most)d characters; you have %(typed)d."), {"most": most, "typed": len(text)}
            )
    return wrong


def reading_in(
    name: str, unit: str, at_least: str, at_most: str
) -> tuple[list[StoredReading], dict[str, str | Message]]:
    """(the reading of an item, what is wrong with it): none where nothing was entered."""
    if not (name or unit or at_least or at_most):
        return [], {}
    bare = ItemReading("", Text("", ""), unit, DECIMALS, None, None)
    wrong: dict[str, str | Message] = {}
    reading: StoredReading = {"key": "r1", "zh": name, "unit": unit, "decimals": DECIMALS}
    if not name:
        wrong["reading"] = N_("Say what is measured.")
    if not unit or len(unit) > UNIT_LENGTH:
        wrong["unit"] = N_("Enter the unit of the reading.")
    least = bare.amount_in(at_least) if at_least else None
    most = bare.amount_in(at_most) if at_most else None
    if isinstance(least, Message):
        wrong["at_least"] = least
    elif least is not None:
        reading["at_least"] = least
    if isinstance(most, Message):
        wrong["at_most"] = most
    elif most is not None:
        reading["at_most"] = most
    if not (at_least or at_most):
        wrong["at_least"] = N_("A reading needs a limit at least at one end.")
    elif isinstance(least, int) and isinstance(most, int) and least > most:
        wrong["at_most"] = N_("The upper limit lies below the lower one.")
    return [reading], wrong


@dataclass(frozen=True, slots=True)
class PastedRows:
    """The rows of a workbook: the items, and what is wrong by the number of the row."""

    items: tuple[OwnItem, ...]
    wrong: Mapping[int, Mapping[str, str | Message]]


def rows_in(text: str, taken: Iterable[str] = ()) -> PastedRows:
    """What was copied from a workbook: code, class, place, item, requirement, key, then reading, unit, at
    least, at most; a row of headings and empty rows are passed over."""
    items: list[OwnItem] = []
    wrong: dict[int, Mapping[str, str | Message]] = {}
    codes = set(taken)
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells) or cells[0].lower() in HEADINGS:
            continue
        cells += [""] * (10 - len(cells))
        visit = CLASS_WORDS.get(cells[1], cells[1])
        readings, problems = reading_in(*cells[6:10])
        own: OwnItem = {
            "code": cells[0].upper(),
            "visit": visit,
            "place": str(PLACE_WORDS.get(cells[2], cells[2])),
            "name": cells[3],
            "must": cells[4],
            "key": cells[5].lower() in YES_WORDS,
            "readings": readings,
        }
        if not own["code"] and f"visit_{visit}" in VISITS:
            own["code"] = next_code(codes, visit)
        problems = {**wrong_item(own), **problems}
        if own["code"] in {item["code"] for item in items}:
            problems["code"] = N_("This code stands twice.")
        if problems:
            wrong[number] = problems
        codes.add(own["code"])
        items.append(own)
    return PastedRows(tuple(items), wrong)


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What became of one item from one version to the next."""

    code: str
    before: OwnItem | None
    after: OwnItem | None


def changes(before: Sequence[OwnItem], after: Sequence[OwnItem]) -> list[ItemChange]:
    """What a new version adds, takes away and says otherwise, by code."""
    old, new = {one["code"]: one for one in before}, {one["code"]: one for one in after}
    return [
        ItemChange(code, old.get(code), new.get(code))
        for code in sorted({*old, *new})
        if old.get(code) != new.get(code)
    ]


def in_walking_order(items: Iterable[OwnItem]) -> list[OwnItem]:
    """By place, then by code: as the phone shows them."""
    places = [str(place) for place in LiftPlace]
    return sorted(items, key=lambda one: (places.index(one["place"]), one["code"]))
