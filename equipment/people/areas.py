"""辖区: the tree of city, counties and townships, read from a CSV or typed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.ledger.actions import record
from equipment.people.models import Area
from equipment.people.rules import Viewer
from equipment.storage.db import session

LEVELS = {2: "province", 4: "city", 6: "county"}
COLUMNS = ("code", "name", "name_en", "responsible")
HEADINGS = {
    "代码": "code",
    "区划代码": "code",
    "名称": "name",
    "英文名称": "name_en",
    "负责人": "responsible",
    "责任人": "responsible",
}
WIDTHS = str.maketrans("，；;", ",,,")
LENGTHS = {name: getattr(Area, name).type.length for name in COLUMNS[1:]}


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area as typed; its level is read from the length of its code."""

    code: str
    name: str
    name_en: str = ""
    responsible: str = ""

    @property
    def level(self) -> str:
        return LEVELS.get(len(self.code), "township")


def read_areas(text: str) -> list[AreaRow]:
    """The rows of a table of code, name and, if there are more, name_en and responsible:
    cut by commas of either width or by tabs as Excel copies them,
    in this order unless its first line names the columns."""
    lines = [
        text_row
        for text_row in text.removeprefix("\ufeff").translate(WIDTHS).splitlines()
        if text_row.strip(" ,\t")
    ]
    rows = list(csv.reader(lines, delimiter="\t" if any("\t" in text_row for text_row in lines) else ","))
    columns: Sequence[str] = COLUMNS
    if rows and not area_code(rows[0][0]).isdecimal():
        columns = [HEADINGS.get(name.strip(), name.strip()) for name in rows.pop(0)]
        if not {"code", "name"} <= set(columns):
            raise Invalid({"": N_("The first line must name the columns code and name.")})
    return [_area_row(dict(zip(columns, row, strict=False))) for row in rows]


def _area_row(cells: dict[str, str]) -> AreaRow:
    texts = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    return AreaRow(**{**texts, "code": area_code(texts["code"])})


def area_code(text: str) -> str:
    """A code without the zeros that only fill it up:
    620400 is the city 6204, 620402000000 the county 620402."""
    code = text.strip()
    for length, filling in ((12, "000"), (9, "000"), (6, "00"), (4, "00")):
        if len(code) == length and code.endswith(filling):
            code = code.removesuffix(filling)
    return code


def load_areas(rows: Iterable[AreaRow], *, by: Viewer) -> tuple[int, int]:
    """Add and rename areas, outermost first; returns (added, changed). Nothing is ever taken away:
    records point at it."""
    added = changed = 0
    for row in sorted(rows, key=lambda area_row: area_row.code):
        _check(row)
        area = session.get(Area, row.code)
        values = {"name": row.name, "name_en": row.name_en, "responsible": row.responsible}
        if area is None:
            area = Area(code=row.code, level=row.level, **values)
            session.add(area)
            session.flush()
            added += 1
        elif any(value and getattr(area, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(area, name, value or getattr(area, name))
            changed += 1
        else:
            continue
        record(session(), f"area:{row.code}", "stated", actor=by.actor, payload=values, rows=[area])
    return added, changed


def set_responsible(area: Area, name: str, *, by: Viewer) -> None:
    """Who answers for the area; his name stands beside its figures."""
    area.responsible = name.strip()
    record(session(), f"area:{area.code}", "responsible_set", actor=by.actor, rows=[area])


def _check(row: AreaRow) -> None:
    if not re.fullmatch(r"\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?", row.code) or not row.name:
        raise Invalid(
            {"code": Message(N_("%(code)s is no area code with a name."), {"code": row.code or "?"})}
        )
    if any(len(getattr(row, name)) > most for name, most in LENGTHS.items()):
        raise Invalid({"name": Message(N_("A text beside %(code)s is too long."), {"code": row.code})})
    parent = parent_code(row.code)
    if parent and len(parent) >= len("6204") and session.get(Area, parent) is None:
        raise Invalid(
            {
                "code": Message(
                    N_("%(code)s stands below %(parent)s, which is not there."),
                    {"code": row.code, "parent": parent},
                )
            }
        )


def parent_code(code: str) -> str:
    """The area above: 620402001 is below 620402, that below 6204."""
    lengths: Sequence[int] = (2, 4, 6, 9, 12)
    shorter = [length for length in lengths if length < len(code)]
    return code[: shorter[-1]] if shorter else ""
