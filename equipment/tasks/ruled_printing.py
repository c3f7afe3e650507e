"""Ruled papers drawn, by the jobs process only: parts in two children, joined with pypdf.

WeasyPrint takes its time for boxes, line boxes most of all, so a page has few: one text in ordinary print and
one in bold, with a line for every line of the grid and spaces between the columns; all rules are one path.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader
from pypdf import PdfWriter
from weasyprint import HTML

from equipment.core.config import ROOT
from equipment.core.words import Message
from equipment.files.glyphs import note, texts_in, unprinted, with_getas
from equipment.storage.db import session
from equipment.tasks.children import run_in_children
from equipment.tasks.makers import Progress
from equipment.tasks.measure import Room
from equipment.tasks.ruled import SMALL, RuledFrame, RuledPaper, ruled_frame
from equipment.tasks.ruled_pages import RuledPage, halves, ruled_pages
from equipment.web.language import LOCALES, translate

TEMPLATES = Environment(
    loader=FileSystemLoader(ROOT / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


class RuledPdf(NamedTuple):
    """A paper as it came out: its file, how many pages it has, and what its task says of characters that no
    font has."""

    content: bytes
    pages: int
    note: Message | None


def ruled_pdf(*papers: RuledPaper, locale: str, progress: Progress | None = None) -> RuledPdf:
    """Papers as one PDF, one after the other; each counts its own pages."""
    say, lacking = partial(translate, locale=locale), dict[str, str]()
    composed: list[tuple[list[RuledPage], RuledFrame]] = []
    for paper in papers:
        pages = ruled_pages(paper, say)
        composed.append((pages, ruled_frame(paper, len(pages), say, language_tag(locale))))
        texts = [composed[-1][1], [page.texts for page in pages]]
        lacking = unprinted(texts_in(texts)) | lacking
    noted = note(lacking) if lacking else None
    words = translate(noted, locale) if noted else ""
    framed = [
        (page, replace(frame, lacking=Room(frame.size[0] - 4, SMALL).clipped(words)))
        for pages, frame in composed
        for page in pages
    ]
    cut = [(part,) for part in halves(framed)]
    if progress:
        progress.total = len(cut)
    session.rollback()  # nothing holds a transaction while children draw
    drawn = run_in_children(draw_ruled, cut, progress=progress)
    return RuledPdf(one_document(drawn), sum(len(pages) for pages, _frame in composed), noted)


def draw_ruled(pages: Sequence[tuple[RuledPage, RuledFrame]]) -> bytes:
    """One part as a PDF of its own, each page in the frame of its paper; runs in a child process."""
    lacking = any(frame.lacking for _page, frame in pages)
    return drawn_page("tasks/print_ruled.html", {"pages": pages}, getas=lacking)


def drawn_page(template: str, values: Mapping[str, object], *, getas: bool) -> bytes:
    """A template as a PDF; with `getas` a 〓 stands for every character that no font has."""
    html = TEMPLATES.get_template(template).render(**values)
    return HTML(string=with_getas(html) if getas else html, base_url=f"{ROOT / 'static'}/").write_pdf() or b""


def one_document(pdfs: Sequence[bytes]) -> bytes:
    """The parts joined."""
    if len(pdfs) == 1:
        return pdfs[0]
    writer, out = PdfWriter(), io.BytesIO()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf), import_outline=False)
    writer.write(out)
    return out.getvalue()


def language_tag(locale: str) -> str:
    """What a document says its language is."""
    return "zh-Hans-CN" if locale == LOCALES[0] else "en"
