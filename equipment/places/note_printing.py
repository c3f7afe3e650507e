"""配送单 on paper, drawn by the jobs process only."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import NOBODY
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.people.rules import SYSTEM
from equipment.places.models import DeliveryNote
from equipment.places.notes import note_of, rows_of
from equipment.places.queries import customers_named
from equipment.places.states import NoteRowKind
from equipment.register.codes import spelt
from equipment.register.queries import pieces
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate


def print_note(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `places.note`; input: note_id, sample."""
    note = note_of(UUID(task.stated.text("note_id")), by=SYSTEM)
    say = partial(translate, locale=task.locale)
    paper = note_paper(note, say, sample=bool(task.input.get("sample")))
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def note_paper(note: DeliveryNote, say: Say, *, sample: bool = False) -> RuledPaper:
    """Who gets what by which vehicle, every bottle out and back, two signatures."""
    customer = customers_named(SYSTEM, [note.customer_id]).get(note.customer_id)
    station = names_of([note.organisation_id]).get(note.organisation_id, "")
    whom = f"{customer.name}　{customer.phone}　{customer.address}".strip("　") if customer else ""
    left = f"{clock.site_time(note.left_at):%Y-%m-%d %H:%M}" if note.left_at else say(N_("Not left yet"))
    return RuledPaper(
        title=say(N_("Delivery note")),
        about=[
            f"{say(N_('Station'))} {station}　{say(N_('Customer'))} {whom}",
            f"{say(N_('Vehicle (plate)'))} {note.plate or '—'}　{say(N_('Driver'))} {note.driver or '—'}　"
            f"{say(N_('Left the station'))} {left}",
        ],
        tables=[_table(note, NoteRowKind.OUT, say), _table(note, NoteRowKind.BACK, say)],
        signatures=[say(N_("Delivered by, signed and dated")), say(N_("Customer, signed and dated"))],
        notes=[say(N_("The layout has not been checked against an official form."))],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=note.number,
        totals=lambda sums: str(Message(say(N_("%(num)s bottles")), {"num": sums.get("bottles", 0)})),
        points=8,
        sample=sample,
    )


def _table(note: DeliveryNote, kind: NoteRowKind, say: Say) -> RuledTable:
    rows = session.scalars(rows_of(note)).all()
    chosen = [row for row in rows if row.kind is kind]
    ids = [row.equipment_id for row in chosen if row.equipment_id]
    bottles = {piece.id: piece for piece in pieces(SYSTEM, ids)}
    columns = (
        RuledColumn(say(N_("No.")), 12, Align.MIDDLE),
        RuledColumn(say(N_("Label")), 44, bold=True),
        RuledColumn(say(N_("Serial number")), 34),
        RuledColumn(say(N_("Unit's own number")), 30),
        RuledColumn(say(N_("Medium")), 20),
        RuledColumn(say(N_("Remark")), 60, lines=2),
    )
    cells = []
    for number, row in enumerate(chosen, 1):
        piece = bottles.get(row.equipment_id or NOBODY)
        remark = say(row.discrepancy.label) if row.discrepancy else ""
        if piece is None:
            cells.append(RuledRow((str(number), row.code, "", "", "", remark), {"bottles": 1}))
            continue
        label = spelt(piece.label_code) if piece.label_code else ""
        values = (str(number), label, piece.serial, piece.own_number, piece.medium, remark)
        cells.append(RuledRow(values, {"bottles": 1}))
    return RuledTable(columns, cells, title=say(kind.label), empty=say(N_("No bottles")))
