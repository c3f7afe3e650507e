"""待检清单 on paper, drawn by the jobs process only: sheets composed first, parts drawn in two children, joined
with pypdf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues import drawing
from equipment.dues.drawing import Frame
from equipment.dues.layout import ROW, PrintedPage, Wording, counted, printed_pages
from equipment.dues.lists import due_list, rows_of
from equipment.dues.models import DueList
from equipment.dues.rules import conclusions_for
from equipment.dues.symbols import CodeColumn, Picture, fitting_version, picture
from equipment.files.glyphs import note, texts_in, unprinted
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.people.scope import visible
from equipment.regulation.categories import category
from equipment.regulation.planning import DueKind
from equipment.storage.db import session
from equipment.tasks.children import run_in_children
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.measure import Room, joined
from equipment.tasks.models import Task
from equipment.tasks.ruled import PAGE_OF, SAMPLE
from equipment.tasks.ruled_pages import GOES_ON, parts
from equipment.tasks.ruled_printing import drawn_page, language_tag, one_document
from equipment.tasks.sheets import Say
from equipment.web.language import LOCALES, translate

LIST_TITLE, SUPERVISION_TITLE = N_("Due-list for inspection"), N_("Supervision check list")
NO_PROBLEM, PROBLEM = N_("No problem found"), N_("Problem found")
IN_ALL = N_("%(num)s in all")
DATE, DRAWN_UP, UNIT_SIGNS, NUMBER = N_("Date"), N_("Drawn up"), N_("Use unit, signed"), N_("List number")
UNKNOWN = N_("Use unit not known")
# By the rows' wording.
USED = (N_("Arranged for"), N_("Applied for"), N_("Not applied for"))
NAMES = {
    "row": N_("Row"),
    "scan": N_("Scan"),
    "what": N_("Equipment"),
    "where": N_("Where it is"),
    "due": N_("Due"),
    "on": N_("Inspected on"),
    "choice": N_("Conclusion"),
    "report": N_("Report no."),
    "remark": N_("Remark"),
}
ABOUT, LACKING = Room(195), Room(200, 7)
BLANK = "＿" * 9
CODES = CodeColumn(line_mm=drawing.LINE_MM, row_lines=ROW, symbol_mm=13.2, middle_mm=17.5)
ROWS_A_PART = 500


@dataclass(frozen=True, slots=True)
class Codes:
    """The address the codes of a list lead to, before the row's number, and the size of symbol that holds its
    longest."""

    address: str
    version: int


def print_list(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `dues.print_list`; input: list_id, address ("https://host"), sample."""
    record = due_list(SYSTEM, UUID(task.stated.text("list_id")))
    content = list_pdf(
        record,
        address=task.stated.text("address"),
        locale=task.locale,
        sample=bool(task.input.get("sample")),
        progress=progress,
    )
    return TaskOutcome(
        content=content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"rows": record.row_count},
    )


def list_pdf(
    due_list: DueList, *, address: str, locale: str, sample: bool = False, progress: Progress | None = None
) -> bytes:
    """The whole list as one PDF."""
    say, owner = partial(translate, locale=locale), session.get_one(Organisation, due_list.organisation_id)
    rows = session.scalars(rows_of(due_list)).all()
    pages = printed_pages(rows, wording(owner, say, locale))
    link = f"{address.rstrip('/')}/L/{due_list.code}".upper()
    codes = Codes(link, fitting_version(f"{link}/{due_list.row_count}"))
    framed = replace(
        frame(due_list, owner, counted(rows, say), say, locale),
        pages=len(pages),
        sample=say(SAMPLE) if sample else "",
    )
    lacking = unprinted(texts_in([framed, pages]))
    if lacking:
        framed = replace(framed, lacking=LACKING.clipped(translate(note(lacking), locale)))
    cut = parts(pages, max(1, min(ROWS_A_PART, -(-due_list.row_count // 2))))
    if progress:
        progress.total = len(cut)
    session.rollback()  # nothing holds a transaction while children draw
    return one_document(
        run_in_children(draw_part, [(part, framed, codes, locale) for part in cut], progress=progress)
    )


def wording(owner: Organisation, say: Say, locale: str) -> Wording:
    """监察员 note whether something is wrong; inspectors conclude."""

    def choices(key: str, kind: str) -> tuple[str, ...]:
        if owner.kind == OrganisationKind.REGULATOR:
            return say(NO_PROBLEM), say(PROBLEM)
        duty = DueKind(kind) if kind in set(DueKind) else DueKind.INSPECTION
        return tuple(say(conclusion.label) for conclusion in conclusions_for(category(key), duty))

    return Wording(say, choices, clock.today().isoformat(), locale == LOCALES[0])


def frame(due_list: DueList, owner: Organisation, number: str, say: Say, locale: str) -> Frame:
    """What stands on every sheet; the caller knows how many there are."""
    maker = session.scalar(visible(SYSTEM, User).where(User.id == due_list.made_by))
    supervision = owner.kind == OrganisationKind.REGULATOR
    signer = say(N_("Supervisor")) if supervision else say(N_("Inspector"))
    day = clock.site_time(due_list.made_at).strftime("%Y-%m-%d")
    about = joined(
        owner.name,
        translate(Message(IN_ALL, {"num": number}), locale),
        f"{say(DRAWN_UP)} {day} {maker.name if maker else ''}",
        due_list.title,
    )
    return Frame(
        title=say(SUPERVISION_TITLE if supervision else LIST_TITLE),
        about=ABOUT.clipped(about),
        number=f"{say(NUMBER)} {due_list.number}",
        names=drawing.names({column: say(name) for column, name in NAMES.items()}),
        unit_signs=f"{say(UNIT_SIGNS)} {BLANK}　{say(DATE)} {BLANK}",
        people_sign=f"{signer}（1） {BLANK}　　{signer}（2） {BLANK}　　{say(DATE)} {BLANK}",
        in_all=say(IN_ALL),
        goes_on=say(GOES_ON),
        unknown=say(UNKNOWN),
        page_of=say(PAGE_OF),
        pages=0,
    )


def draw_part(part: Sequence[PrintedPage], frame: Frame, codes: Codes, locale: str) -> bytes:
    """One part as a PDF of its own; runs in a child process."""

    def pictured(page: PrintedPage) -> Picture:
        return picture(
            [(f"{codes.address}/{row.number}", row.first_line) for row in page.rows],
            codes.version,
            page.filled,
            CODES,
        )

    values = {
        "sheets": part,
        "frame": frame,
        "drawing": drawing,
        "codes": pictured,
        "lang": language_tag(locale),
    }
    return drawn_page("dues/print_list.html", values, getas=bool(frame.lacking))
