"""Sizes of printed labels: A4 sheets of ready-made label paper, and single labels
from a roll. Millimetres."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.core.words import N_


@dataclass(frozen=True, slots=True)
class Layout:
    """`page` and `label` are (width, height), `margin` is (left, top) of the first label,
    `gap` lies between labels."""

    key: str
    name: str
    page: tuple[int, int]
    label: tuple[float, float]
    columns: int = 1
    rows: int = 1
    margin: tuple[float, float] = (0, 0)
    gap: tuple[float, float] = (0, 0)
    qr: float = 20
    font: float = 3.2
    code_lines: int = 1  # over how many lines the code is spread
    tall: bool = False  # the text stands below the symbol, not beside it

    @property
    def on_page(self) -> int:
        return self.columns * self.rows


A4 = (210, 297)
LAYOUTS: tuple[Layout, ...] = (
    Layout("a4-24", N_("A4 sheet, 24 labels of 70 × 36 mm"), A4, (70, 36), 3, 8, (0, 4.5), qr=28),
    Layout(
        "a4-40",
        N_("A4 sheet, 40 labels of 48.5 × 25.4 mm"),
        A4,
        (48.5, 25.4),
        4,
        10,
        (8, 21.5),
        qr=22.4,
        font=2.7,
        code_lines=2,
    ),
    Layout(
        "a4-8", N_("A4 sheet, 8 plates of 99 × 67.7 mm"), A4, (99, 67.7), 2, 4, (6, 13.1), qr=50, font=4.2
    ),
    Layout(
        "roll-40x30", N_("Roll, labels of 40 × 30 mm"), (40, 30), (40, 30), qr=22.4, font=2.5, code_lines=3
    ),
    Layout("roll-50x70", N_("Roll, plates of 50 × 70 mm"), (50, 70), (50, 70), qr=42, font=3.5, tall=True),
)
DEFAULT = LAYOUTS[0].key
# 使用标志: more text beside a symbol of the same size of module; drawn with the labels' engine.
MARK_LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "mark-a4", N_("A4 sheet, 8 marks of 99 × 67.7 mm"), A4, (99, 67.7), 2, 4, (6, 13.1), qr=42, font=3.1
    ),
    Layout("mark-roll", N_("Roll, marks of 70 × 100 mm"), (70, 100), (70, 100), qr=40, font=3.6, tall=True),
)


def _plate_layouts() -> Iterator[Layout]:
    """Each size of a plate of ours by itself, as a shop takes it, and on A4 upright or across, whichever
    holds more."""
    gap = PLATES.integer("gap")
    for row in PLATES.tables("size"):
        key, wide, high = row.text("key"), row.integer("width"), row.integer("height")
        yield Layout(key, f"{wide} × {high} mm", (wide, high), (wide, high))
        fitting = (
            Layout(
                f"{key}-a4",
                f"A4: {wide} × {high} mm",
                page,
                (wide, high),
                columns,
                rows,
                ((page[0] - columns * wide - (columns - 1) * gap) / 2, gap * 1.0),
                (gap, gap),
            )
            for page in (A4, (A4[1], A4[0]))
            if (columns := (page[0] + gap) // (wide + gap)) and (rows := (page[1] - gap) // (high + gap))
        )
        yield max(fitting, key=lambda layout: layout.on_page)


_FILE = Fields(tomllib.loads((Path(__file__).parent / "definitions.toml").read_text("utf-8")))
PLATES = _FILE.table("plate")
PLATE_TITLE, PLATE_NOTE = PLATES.text("title_zh"), PLATES.text("note")
PLATE_LAYOUTS: tuple[Layout, ...] = tuple(_plate_layouts())
PLATE_KEYS = tuple(layout.key for layout in PLATE_LAYOUTS)
BY_KEY = {layout.key: layout for layout in (*LAYOUTS, *MARK_LAYOUTS, *PLATE_LAYOUTS)}


def is_sample(settings: Settings) -> bool:
    """Whether what is printed is marked 样张: of a demonstration, or where the settings say so."""
    return settings.is_demo or settings.sample_labels == "1"


def sample_mark(settings: Settings) -> str:
    """样张 for a demonstration, "" for real labels. Without an address nothing is printed: it would
    be etched into steel."""
    if is_sample(settings):
        return "样张"
    if not settings.public_url:
        raise Invalid(
            {
                "layout": N_(
                    "Labels cannot be printed before PUBLIC_URL is set: "
                    "the address on them stays for the life of the piece."
                )
            }
        )
    return ""


def addressed(settings: Settings) -> Settings:
    """The settings label addresses are made with; a sample without an address gets one that leads nowhere."""
    return settings if settings.public_url else replace(settings, public_url="https://sample.invalid")
