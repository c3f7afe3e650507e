"""待检清单 on paper, drawn by the jobs process only: sheets composed first, parts drawn in two children, joined with pypdf."""
from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from jinja2 import Environment, FileSystemLoader
from pypdf import PdfWriter
from weasyprint import HTML

from equipment import clock
from equipment.categories import category
from equipment.config import ROOT
from equipment.db import session
from equipment.dues.layout import ROW, Say, Sheet, Wording, joined, parts, sheets
from equipment.dues.lists import due_list, rows_of
from equipment.dues.models import DueList
from equipment.dues.rules import conclusions_for
from equipment.dues.symbols import Column, Picture, fitting_version, picture
from equipment.language import LOCALES, said
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.people.scope import visible
from equipment.tasks.children import run_in_children
from equipment.tasks.models import Task
from equipment.tasks.work import Outcome, Progress
from equipment.words import N_, Message

LIST_TITLE, SUPERVISION_TITLE = N_("Due-list for inspection"), N_("Supervision check list")
NO_PROBLEM, PROBLEM = N_("No problem found"), N_("Problem found")
IN_ALL, PAGE_OF = N_("%(num)s in all"), N_("Page %(page)s of %(pages)s")
DATE, DRAWN_UP, UNIT_SIGNS = N_("Date"), N_("Drawn up"), N_("Use unit, signed")
USED = N_("Serial number"), N_("List number"), N_("Overdue"), N_("Arranged for"), N_("Applied for"), N_("Not applied for"), N_("(continued)"), N_("Use unit not known"), N_("SAMPLE")
NAMES = ((1, N_("Row")), (10.5, N_("Scan")), (27.5, N_("Equipment")), (85.5, N_("Where it is")), (137.5, N_("Due")), (170.5, N_("Inspected on")),
         (194.5, N_("Conclusion")), (216.5, N_("Inspection report number")), (244.5, N_("Remark")))
EDGES = (0, 9, 26, 84, 136, 169, 193, 215, 243, 276.75)
LINE = "＿" * 9
CODES = Column(line_mm=4.1, row_lines=ROW, symbol_mm=13.2, middle_mm=17.5)
ROWS_A_PART = 500
TEMPLATES = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on every sheet of a list, in its reader's language, and the address its rows' codes lead to."""

    title: str
    about: str
    number: str
    names: tuple[tuple[float, float, str], ...]
    unit_signs: str
    people_sign: str
    in_all: str
    page_of: str
    pages: int
    address: str
    version: int
    locale: str
    sample: bool


def print_list(task: Task, progress: Progress) -> Outcome:
    """Task kind `dues.print_list`; input: list_id, address ("https://host"), sample."""
    made = due_list(SYSTEM, UUID(task.input["list_id"]))
    content = list_pdf(made, address=task.input["address"], locale=task.locale, sample=bool(task.input.get("sample")), progress=progress)
    return Outcome(content=content, name=f"{task.title}.pdf", media_type="application/pdf", summary={"rows": made.row_count})


def list_pdf(made: DueList, *, address: str, locale: str, sample: bool = False, progress: Progress | None = None) -> bytes:
    """The whole list as one PDF."""
    say, owner = partial(said, locale=locale), session.get_one(Organisation, made.organisation_id)
    composed = sheets(session.scalars(rows_of(made)), wording(owner, say, locale))
    head = heading(made, owner, say, (len(composed), address, locale, sample))
    cut = parts(composed, max(1, min(ROWS_A_PART, -(-made.row_count // 2))))
    if progress:
        progress.total = len(cut)
    session.rollback()  # nothing holds a transaction while children draw
    return one_document(run_in_children(draw_part, [(part, head) for part in cut], progress=progress))


def wording(owner: Organisation, say: Say, locale: str) -> Wording:
    """监察员 note whether something is wrong; inspectors conclude."""
    def choices(key: str) -> tuple[str, ...]:
        if owner.kind == OrganisationKind.REGULATOR:
            return say(NO_PROBLEM), say(PROBLEM)
        return tuple(say(each.label) for each in conclusions_for(category(key)))
    return Wording(say, choices, clock.today().isoformat(), locale == LOCALES[0])


def heading(made: DueList, owner: Organisation, say: Say, shown: tuple[int, str, str, bool]) -> Heading:
    pages, address, locale, sample = shown
    maker = session.scalar(visible(SYSTEM, User).where(User.id == made.made_by))
    supervision = owner.kind == OrganisationKind.REGULATOR
    signer = say(N_("Supervisor")) if supervision else say(N_("Inspector"))
    link = f"{address.rstrip('/')}/L/{made.code}".upper()
    day = clock.site_time(made.made_at).strftime("%Y-%m-%d")
    return Heading(
        title=say(SUPERVISION_TITLE if supervision else LIST_TITLE), number=made.number, pages=pages, address=link, locale=locale, sample=sample,
        about=joined(owner.name, said(Message(IN_ALL, {"num": made.row_count}), locale), f"{say(DRAWN_UP)} {day} {maker.name if maker else ''}", made.title),
        names=tuple((left, end - left, say(name)) for (left, name), end in zip(NAMES, EDGES[1:], strict=True)), unit_signs=f"{say(UNIT_SIGNS)} {LINE}　{say(DATE)} {LINE}",
        people_sign=f"{signer}（1） {LINE}　　{signer}（2） {LINE}　　{say(DATE)} {LINE}", in_all=say(IN_ALL), page_of=say(PAGE_OF),
        version=fitting_version(f"{link}/{made.row_count}"),
    )


def draw_part(part: Sequence[Sheet], head: Heading) -> bytes:
    """One part as a PDF of its own; runs in a child process."""
    def codes(sheet: Sheet) -> Picture:
        return picture([(f"{head.address}/{number}", line) for number, line in sheet.rows], head.version, sheet.filled, CODES)
    page = TEMPLATES.get_template("dues/print_list.html").render(sheets=part, head=head, edges=EDGES, codes=codes, say=partial(said, locale=head.locale))
    return HTML(string=page, base_url=f"{ROOT / 'static'}/").write_pdf() or b""


def one_document(pdfs: Sequence[bytes]) -> bytes:
    """The parts joined."""
    if len(pdfs) == 1:
        return pdfs[0]
    writer, out = PdfWriter(), io.BytesIO()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf), import_outline=False)
    writer.write(out)
    return out.getvalue()
