"""A list for a verification body on paper, drawn by the jobs process only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.words import N_, Message
from equipment.instruments.listing import row_cells
from equipment.instruments.models import VerificationList, VerificationListRow
from equipment.instruments.queries import list_of, rows_of
from equipment.people.models import Organisation
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import Align, RuledColumn, RuledHeading, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate

NOT_CHECKED = N_("The layout has not been checked against an official form.")


def print_list(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `instruments.paper`; input: organisation_id, list_id, sample."""
    by = asked_by(task)
    if by is None:
        raise NotFound
    drawn = list_of(by, UUID(task.stated.text("organisation_id")), UUID(task.stated.text("list_id")))
    paper = list_paper(drawn, partial(translate, locale=task.locale), sample=bool(task.input.get("sample")))
    made = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=made.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": made.pages},
        note=made.note,
    )


def list_paper(drawn: VerificationList, say: Say, *, sample: bool = False) -> RuledPaper:
    """The whole list, A4 across, its units one after the other; the last columns are the body's to fill
    in."""
    rows = session.scalars(rows_of(drawn).order_by(VerificationListRow.row_no)).all()
    drawer = session.get_one(Organisation, drawn.organisation_id)
    count = str(Message(say(N_("%(num)d instruments")), {"num": len(rows)}))
    until = str(Message(say(N_("Due by %(day)s")), {"day": drawn.due_until.isoformat()}))
    body = f"{say(N_('Verification body'))}: {drawn.body}" if drawn.body else ""
    return RuledPaper(
        title=say(N_("List of instruments for verification")),
        about=[
            "　".join(filter(None, (drawn.title, count, until))),
            "　".join(filter(None, (f"{say(N_('Drawn by'))}: {drawer.name}", body))),
        ],
        tables=[_table(rows, say)],
        signatures=[
            say(N_("Sending unit, signed and dated")),
            say(N_("Verification body, signed and dated")),
        ],
        notes=[say(NOT_CHECKED)],
        foot=f"{say(N_('As of'))} {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=drawn.number,
        points=8.5,
        sample=sample,
    )


def _table(rows: Sequence[VerificationListRow], say: Say) -> RuledTable:
    columns = (
        RuledColumn(say(N_("Row")), 9, Align.MIDDLE),
        RuledColumn(say(N_("Kind of instrument")), 20, lines=2),
        RuledColumn(say(N_("Name")), 26, lines=2),
        RuledColumn(say(N_("Number")), 30, lines=2, bold=True),
        RuledColumn(say(N_("Maker")), 30, lines=2),
        RuledColumn(say(N_("Model")), 18, lines=2),
        RuledColumn(say(N_("Measuring range")), 20, lines=2),
        RuledColumn(say(N_("Accuracy class")), 12, Align.MIDDLE, lines=2),
        RuledColumn(say(N_("Place of use")), 24, lines=2),
        RuledColumn(say(N_("Due on")), 18, Align.MIDDLE),
        RuledColumn(say(N_("Conclusion of the verification")), 18, Align.MIDDLE, lines=2),
        RuledColumn(say(N_("Certificate number")), 30, lines=2),
        RuledColumn(say(N_("Verified until")), 18, Align.MIDDLE),
    )
    lines: list[RuledRow | RuledHeading] = []
    unit = None
    for cells in row_cells(rows, say):
        no, holder, kind, name, number, maker, model, measures, accuracy, place, due, *result = cells
        if holder != unit:
            unit = holder
            lines.append(RuledHeading(str(holder)))
        conclusion, certificate, _on, until, _body = result
        stated = (kind, name, number, maker, model, measures, accuracy, place)
        lines.append(
            RuledRow(
                (
                    str(no),
                    *(str(text) for text in stated),
                    f"{due}" if due else say(N_("not known")),
                    str(conclusion),
                    str(certificate),
                    f"{until}" if until else "",
                )
            )
        )
    return RuledTable(columns, lines, row_lines=2, empty=say(N_("No rows")))
