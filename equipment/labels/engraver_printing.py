"""Labels for an engraver (激光打标): one SVG each, in millimetres, black on nothing, with a table of them; or the
table alone. Imported by the jobs process and commands only.

A symbol is one path of its dark modules, run by run; the text is what a person reads aloud. No other letters:
the engraver's machine may have no Chinese font, and the table holds them.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from equipment.labels.layouts import BY_KEY
from equipment.labels.printing import LabelDesign, Output, Printed, broken, inside, matrix, whole_at_once
from equipment.register.codes import spelt
from equipment.tasks.sheets import BYTE_ORDER_MARK, disarmed

TABLE = "labels.csv"
LINE_HEIGHT = 1.3  # height of a line of text, times the size of its letters
HEADINGS = ("number", "code", "code_spelt", "url", "text")


def svg(label: Printed, design: LabelDesign) -> str:
    """One label: its symbol and its code."""
    layout = BY_KEY[design.layout]
    (wide, high), modules = layout.label, matrix(label.url)
    place, scale = inside(layout), layout.qr / len(modules)
    at = f"translate({place['image']['left']:g} {place['image']['top']:g}) scale({scale:.6f})"
    texts = [
        *broken(label.code, layout.code_lines).split("\n"),
        f"No. {label.number}" if label.number else "",
    ]
    lines = [design.sample, *texts] if design.sample else texts
    left = wide / 2 if layout.tall else place["text"]["left"]
    anchor = "middle" if layout.tall else "start"
    words = "".join(
        f'<text x="{left:g}" y="{place["text"]["top"] + layout.font * LINE_HEIGHT * (number + 1):.2f}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
        for number, text in enumerate(filter(None, lines))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}mm" height="{high:g}mm" '
        f'viewBox="0 0 {wide:g} {high:g}"><title>{escape(spelt(label.code))}</title>'
        f"<desc>{escape(label.url)}</desc>"
        f'<path transform={quoteattr(at)} d="{"".join(_runs(modules))}"/>'
        f'<g font-family="monospace" font-size="{layout.font:g}">{words}</g></svg>\n'
    )


def _runs(modules: Sequence[Sequence[bool]]) -> Iterator[str]:
    """The dark modules of each row, those beside each other as one rectangle."""
    for y, row in enumerate(modules):
        start = None
        for x, dark in enumerate([*row, False]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield f"M{start} {y}h{x - start}v1h-{x - start}z"
                start = None


def file_name(label: Printed) -> str:
    return f"{label.number or 0:05}-{label.code}.svg"


def table(labels: Sequence[Printed]) -> str:
    """Number, code, code as read aloud, address and text of each label, for the machine that engraves."""
    out = io.StringIO()
    writer = csv.writer(out)
    for label in labels:
        text = " ".join(label.lines)
        writer.writerow([label.number or "", label.code, spelt(label.code), label.url, disarmed(text)])
    return out.getvalue()


def headings() -> str:
    return BYTE_ORDER_MARK + ",".join(HEADINGS) + "\r\n"


def draw_svg(labels: Sequence[Printed], design: LabelDesign, file: Path) -> None:
    """A part of the archive; runs in a child process."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in labels:
            archive.writestr(file_name(label), svg(label, design))
        archive.writestr(TABLE, table(labels))
    whole_at_once(file, content.getvalue())


def one_archive(files: Sequence[Path], target: Path) -> Path:
    """All parts as one archive with one table."""
    rows = [headings()]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            with zipfile.ZipFile(file) as part:
                for name in part.namelist():
                    if name == TABLE:
                        rows.append(part.read(name).decode())
                    else:
                        archive.writestr(name, part.read(name))
        archive.writestr(TABLE, "".join(rows))
    for file in files:
        file.unlink()
    return target


def draw_csv(labels: Sequence[Printed], _design: LabelDesign, file: Path) -> None:
    whole_at_once(file, table(labels).encode())


def one_table(files: Sequence[Path], target: Path) -> Path:
    """All parts below one line of headings."""
    content = headings() + "".join(file.read_text("utf-8") for file in files)
    for file in files:
        file.unlink()
    target.write_text(content, "utf-8", newline="")
    return target


SVG = Output("zip", "application/zip", draw_svg, one_archive)
CSV = Output("csv", "text/csv; charset=utf-8", draw_csv, one_table)
