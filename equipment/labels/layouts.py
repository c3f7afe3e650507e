"""Sizes of printed labels: A4 sheets of ready-made label paper, and single labels
from a roll. Millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace

from equipment.core.config import Settings
from equipment.core.errors import Invalid
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
BY_KEY = {layout.key: layout for layout in LAYOUTS}
DEFAULT = LAYOUTS[0].key


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
