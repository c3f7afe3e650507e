"""Labels as PDF: QR from qrcode, pages from WeasyPrint, drawn in child processes part by part and joined.
Imported by jobs and commands only.

A symbol is a PNG of one pixel per module: crisp at any zoom, a twentieth of the work of a path. Version and
mask are fixed after the first symbol: all codes of one address are of one length, and looking for the best
mask is most of qrcode's time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import jinja2
import qrcode
from pypdf import PdfWriter
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData
from weasyprint import CSS, HTML

from equipment.core.config import ROOT
from equipment.files.glyphs import with_getas
from equipment.files.png import png, png_address, symbol_image
from equipment.labels.layouts import BY_KEY, Layout
from equipment.tasks.children import run_in_children
from equipment.tasks.makers import Progress

MASK = 2
LINE_HEIGHT = 1.3  # times the size of the letters, as print-labels.css has it
# Modules of the quiet zone inside the picture; the layout leaves the other two that ISO/IEC 18004 asks for.
BORDER = 2
# Labels drawn by one child, the most that is lost when the machine goes down; each child pays half a second
# for its fonts.
PART = 520
AT_ONCE = 2  # parts at the same time
# Characters that version 3 holds at level Q: longer addresses take level M rather than a finer symbol.
Q_UNTIL = 47


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on one label: the address in the symbol, the code to be read aloud, and lines of text."""

    url: str
    code: str
    lines: tuple[str, ...] = ()
    number: int | None = None  # in its batch


@dataclass(frozen=True, slots=True)
class LabelDesign:
    """What all labels of one print share."""

    layout: str
    head: str
    sample: str = ""  # 样张, or empty


@lru_cache(maxsize=32)
def _fitting(length: int, mode: int) -> tuple[int, int]:
    """(version, level) for addresses of this length."""
    level = ERROR_CORRECT_Q if length <= Q_UNTIL else ERROR_CORRECT_M
    trial = qrcode.QRCode(error_correction=level)
    trial.add_data(QRData(b"A" * length, mode=mode))
    return trial.best_fit(), level


def matrix(url: str) -> list[list[bool]]:
    """The modules of the QR symbol, quiet zone included."""
    mode = MODE_ALPHA_NUM if url == url.upper() else MODE_8BIT_BYTE
    version, level = _fitting(len(url), mode)
    code = qrcode.QRCode(version=version, error_correction=level, mask_pattern=MASK, border=BORDER)
    code.add_data(QRData(url.encode(), mode=mode))
    code.make(fit=False)
    modules: list[list[bool]] = code.get_matrix()
    return modules


def symbol(url: str) -> bytes:
    """The QR symbol as a PNG of one pixel per module."""
    return png(symbol_image(matrix(url)))


def broken(code: str, lines: int) -> str:
    """The code as read aloud, 5-5-5, over so many lines."""
    groups = [code[start : start + 5] for start in range(0, len(code), 5)]
    return ("-".join(groups), f"{groups[0]}-{groups[1]}-\n{groups[2]}", "\n".join(groups))[lines - 1]


def places_on(layout: Layout) -> list[tuple[float, float]]:
    """Where each label of a page begins, in millimetres."""
    (left, top), (wide, high), (across, down) = layout.margin, layout.label, layout.gap
    return [
        (left + column * (wide + across), top + row * (high + down))
        for row in range(layout.rows)
        for column in range(layout.columns)
    ]


def inside(layout: Layout) -> dict[str, dict[str, float]]:
    """Where the symbol and the text stand inside a label."""
    (wide, high), qr = layout.label, layout.qr
    if layout.tall:
        image, text = (
            {"left": (wide - qr) / 2, "top": 3},
            {"left": 2, "top": qr + 4, "width": wide - 4, "height": high - qr - 5},
        )
    else:
        top = (high - qr) / 2
        image, text = (
            {"left": 2, "top": top},
            {"left": qr + 3.5, "top": top + 0.5, "width": wide - qr - 4.5, "height": qr + 1},
        )
    return {"image": image, "text": {**text, "lines": text["height"] // (layout.font * LINE_HEIGHT)}}


@lru_cache(maxsize=1)
def print_templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates" / "print"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def draw(labels: Sequence[Printed], design: LabelDesign) -> bytes:
    """The PDF of these labels; runs in a child process."""
    layout = BY_KEY[design.layout]
    pages = [labels[start : start + layout.on_page] for start in range(0, len(labels), layout.on_page)]
    filled = [[(label, png_address(symbol(label.url))) for label in page] for page in pages]
    text = (
        print_templates()
        .get_template("labels.html")
        .render(layout=layout, broken=broken, pages=filled, design=design)
    )
    sizes = (
        print_templates()
        .get_template("labels.css")
        .render(layout=layout, places=places_on(layout), **inside(layout))
    )
    return HTML(string=text, base_url=f"{ROOT / 'static'}/").write_pdf(stylesheets=[CSS(string=sizes)]) or b""


def parts_of(labels: Sequence[Printed], layout: Layout, part: int = PART) -> list[Sequence[Printed]]:
    """Whole pages, about `part` labels each."""
    size = max(1, part // layout.on_page) * layout.on_page
    return [labels[start : start + size] for start in range(0, len(labels), size)]


@dataclass(frozen=True, slots=True)
class Output:
    """A kind of file: how a child draws a part of it, and how the parts are joined."""

    suffix: str
    media_type: str
    draw: Callable[[Sequence[Printed], LabelDesign, Path], None]
    join: Callable[[Sequence[Path], Path], Path]


def draw_all(
    labels: Sequence[Printed],
    design: LabelDesign,
    folder: Path,
    progress: Progress | None = None,
    part: int = PART,
    *,
    output: Output | None = None,
    drawn: Callable[[Sequence[Printed]], None] = lambda _labels: None,
) -> Path:
    """Draw into `folder` part by part, two children at a time, and join; parts that are there already are not
    drawn again. `drawn` hears of each part once its file is whole, of earlier ones too."""
    output = output or PDF
    folder.mkdir(parents=True, exist_ok=True)
    labels = [replace(label, lines=tuple(map(with_getas, label.lines))) for label in labels]
    design = replace(design, head=with_getas(design.head))
    parts = parts_of(labels, BY_KEY[design.layout], part)
    files = [folder / f"{number:05}.{output.suffix}" for number in range(len(parts))]
    if progress:
        progress.total = len(parts)
        progress.done = sum(file.exists() for file in files)
    for start in range(0, len(parts), AT_ONCE):
        now = list(zip(parts[start : start + AT_ONCE], files[start : start + AT_ONCE], strict=True))
        missing = [(some, design, file) for some, file in now if not file.exists()]
        run_in_children(output.draw, missing, progress=progress)
        for some, _file in now:
            drawn(some)
    return output.join(files, folder / f"labels.{output.suffix}")


def draw_pdf(labels: Sequence[Printed], design: LabelDesign, file: Path) -> None:
    whole_at_once(file, draw(labels, design))


def whole_at_once(file: Path, content: bytes) -> None:
    """A part appears under its name only when it is whole."""
    beside = file.with_suffix(".part")
    beside.write_bytes(content)
    beside.rename(file)


def joined(files: Sequence[Path], target: Path) -> Path:
    if len(files) == 1:
        files[0].rename(target)
        return target
    writer = PdfWriter()
    for file in files:
        writer.append(file)
    writer.write(target)
    writer.close()
    for file in files:
        file.unlink()
    return target


PDF = Output("pdf", "application/pdf", draw_pdf, joined)
