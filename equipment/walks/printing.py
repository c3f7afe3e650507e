"""A round on paper, drawn by the jobs process only: a row per piece with six boxes to tick, signed by two
officers and the unit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.symbols import PIXELS, fitting_version, modules
from equipment.files.png import png, png_address, symbol_image
from equipment.people.models import Area, Organisation
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.regulation.planning import DueKind
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.ruled import Align, RuledColumn, RuledHeading, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.walks.listing import NUMBERS, numbers_by_piece
from equipment.walks.models import Walk, WalkRow
from equipment.walks.queries import round_of, rows_of, unit_names
from equipment.walks.rules import KEYS, days_overdue
from equipment.walks.states import WalkOutcome
from equipment.web.language import translate

BOX, TICKED = "□", "☑"
OUTCOME_MM = {
    WalkOutcome.INSPECTED: 23,
    WalkOutcome.STOPPED: 17,
    WalkOutcome.REMOVED: 17,
    WalkOutcome.APPLIED: 17,
}
LEGEND = N_(
    "Tick one box per row; the numbers above the boxes are the keys for typing the paper back. "
    "Out of use, taken down and not there: a photo, or words in the remark on how it is known."
)
NOT_CHECKED = N_("The layout has not been checked against an official form.")


def print_paper(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `walks.paper`; input: walk_id, address ("https://host"), sample."""
    walk = round_of(SYSTEM, UUID(task.stated.text("walk_id")))
    say = partial(translate, locale=task.locale)
    address = f"{task.stated.text('address').rstrip('/')}/walks/{walk.id}"
    paper = walk_paper(walk, address, say, sample=bool(task.input.get("sample")))
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def walk_paper(walk: Walk, address: str, say: Say, *, sample: bool = False) -> RuledPaper:
    """The whole round, A4 across; whatever was seen already is ticked."""
    rows = session.scalars(rows_of(walk)).all()
    area = session.get(Area, walk.area)
    office = session.scalar(
        visible(SYSTEM, Organisation)
        .where(Organisation.kind == OrganisationKind.REGULATOR, Organisation.area == walk.area)
        .order_by(Organisation.id)
        .limit(1)
    )
    name = office.name if office else area.name if area else walk.area
    days = {"from": f"{clock.site_time(walk.opened_at):%Y-%m-%d}", "until": walk.due_on.isoformat()}
    count = translate(Message(say(N_("%(num)d pieces")), {"num": len(rows)}))
    return RuledPaper(
        title=say(N_("Sheet of the overdue walk")),
        about=[
            f"{name}　{walk.month:%Y-%m}　{count}",
            str(Message(say(N_("Opened %(from)s, to be walked by %(until)s")), days)),
        ],
        tables=[_table(rows, say)],
        signatures=[
            say(N_("Officer (1), signed and dated")),
            say(N_("Officer (2), signed and dated")),
            say(N_("Use unit, signed and dated")),
        ],
        notes=[say(LEGEND), say(NOT_CHECKED)],
        foot=f"{say(N_('As of'))} {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=f"{say(N_('Round'))} {walk.number}",
        points=9,
        sample=sample,
        symbol=_symbol(address),
    )


def _symbol(address: str) -> str:
    """The QR symbol that leads to the round."""
    image = symbol_image(modules(address, fitting_version(address)))
    return png_address(png(image.resize((image.width * PIXELS, image.height * PIXELS))))


def _table(rows: Sequence[WalkRow], say: Say) -> RuledTable:
    ids = [row.equipment_id for row in rows]
    by_id, numbers = {piece.id: piece for piece in pieces(SYSTEM, ids)}, numbers_by_piece(ids)
    units = unit_names(rows)
    columns = (
        RuledColumn(say(N_("Row")), 9, Align.MIDDLE),
        RuledColumn(say(N_("Where it is")), 48, lines=3),
        RuledColumn(say(N_("Equipment")), 25, lines=3, bold=True),
        RuledColumn(say(N_("Equipment code, certificate")), 46, lines=2),
        RuledColumn(say(N_("Due on")), 20, Align.MIDDLE),
        RuledColumn(say(N_("Days overdue")), 14, Align.MIDDLE, lines=2),
        *(
            RuledColumn(f"{key} {say(outcome.label)}", OUTCOME_MM.get(outcome, 15), Align.MIDDLE, lines=3)
            for key, outcome in KEYS.items()
        ),
        RuledColumn(say(N_("Remark")), 30, lines=3),
    )
    lines: list[RuledRow | RuledHeading] = []
    for place, row in enumerate(rows):
        if place == 0 or row.use_unit_id != rows[place - 1].use_unit_id:
            lines.append(RuledHeading(units.get(row.use_unit_id) or say(N_("Use unit not known"))))
        texts = [numbers.get((row.equipment_id, kind), "") for kind in NUMBERS]
        lines.append(_row(row, by_id[row.equipment_id], [text for text in texts if text], say))
    return RuledTable(columns, lines, row_lines=2, empty=say(N_("No rows")))


def _row(row: WalkRow, piece: Equipment, numbers: Sequence[str], say: Say) -> RuledRow:
    late = days_overdue(row.due_on, clock.today())
    applied = [say(N_("applied for"))] if row.applied else []
    kind = [say(DueKind.SELF_TEST.label)] if row.duty == DueKind.SELF_TEST else []
    return RuledRow(
        (
            str(row.row_no),
            [part for part in (piece.address, piece.position) if part] or "—",
            say(called(piece)),
            list(numbers) or "—",
            [row.due_on.isoformat() if row.due_on else say(N_("not known")), *kind, *applied],
            str(late) if late is not None else "—",
            *(TICKED if row.outcome is outcome else BOX for outcome in KEYS.values()),
            row.note,
        )
    )
