"""本系统标牌 as PDF: one plate a page for a shop, or as many as an A4 sheet holds. Drawn in child processes like
labels; imported by jobs and commands only.

Everything is measured by the height of the plate, so that one drawing serves every size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Self, cast

from weasyprint import CSS, HTML

from equipment.core.config import ROOT
from equipment.files.glyphs import with_getas
from equipment.files.png import png_address
from equipment.labels.layouts import BY_KEY, PLATE_TITLE, Layout
from equipment.labels.printing import (
    LabelDesign,
    Output,
    Printed,
    broken,
    joined,
    places_on,
    print_templates,
    symbol,
    whole_at_once,
)

# What stands on a plate in small letters, in this order, by the key of its fact (labels/plate_facts.py).
ROWS = (
    ("place", "电梯位置"),
    ("unit", "使用单位"),
    ("firm", "维保单位"),
    ("inspection", "下次检验"),
    ("equipment_code", "设备代码"),
    ("certificate_no", "使用登记证编号"),
)
SHAPE = 1.42  # a plate that is narrower than so many times its height has smaller letters
WESTERN = 0x2E80  # letters from here on are as wide as high


@dataclass(frozen=True, slots=True)
class PrintedPlate(Printed):
    """A plate with what stands on it, by key."""

    facts: dict[str, str] = field(default_factory=dict)


class PlateMeasures(NamedTuple):
    """Millimetres of the parts of a plate; `unit` is a hundredth of its height, of one that is narrow
    less."""

    wide: float
    high: float
    unit: float

    @classmethod
    def of(cls, layout: Layout) -> Self:
        wide, high = layout.label
        return cls(wide, high, min(high, wide / SHAPE) / 100)

    @property
    def edge(self) -> float:
        return self.unit * 4

    @property
    def qr(self) -> float:
        return self.unit * 50

    @property
    def beside(self) -> float:
        """Where what stands beside the symbol begins."""
        return self.edge * 2.4 + self.qr

    def fitted(self, text: str, units: float, *, in_table: bool = False) -> float:
        """The size of letters in which a text stands in one line: a telephone number that is cut is
        worse than a small one."""
        room = self.wide - (self.edge * 2.8 + self.unit * 27 if in_table else self.beside + self.edge * 1.6)
        ems = sum(1.0 if ord(letter) > WESTERN else 0.62 for letter in text)
        return round(min(units * self.unit, room / max(ems, 1)), 2)


def draw_plates(plates: Sequence[PrintedPlate], design: LabelDesign) -> bytes:
    """The PDF of these plates; runs in a child process."""
    layout = BY_KEY[design.layout]
    measures = PlateMeasures.of(layout)
    plates = [
        replace(one, facts={key: with_getas(text) for key, text in one.facts.items()}) for one in plates
    ]
    pages = [plates[start : start + layout.on_page] for start in range(0, len(plates), layout.on_page)]
    filled = [[(plate, png_address(symbol(plate.url))) for plate in page] for page in pages]
    parts = {
        "pages": filled,
        "design": design,
        "title": PLATE_TITLE,
        "rows": ROWS,
        "broken": broken,
        "m": measures,
    }
    text = print_templates().get_template("plates.html").render(parts)
    places = places_on(layout)
    sizes = print_templates().get_template("plates.css").render(layout=layout, m=measures, places=places)
    return HTML(string=text, base_url=f"{ROOT / 'static'}/").write_pdf(stylesheets=[CSS(string=sizes)]) or b""


def _draw(plates: Sequence[Printed], design: LabelDesign, file: Path) -> None:
    whole_at_once(file, draw_plates(cast(Sequence[PrintedPlate], plates), design))


PLATES_PDF = Output("pdf", "application/pdf", _draw, joined)
