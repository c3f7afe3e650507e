"""检验意见通知书 on paper, drawn by the jobs process only. No official form of it was seen: the paper says so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.inspections.listing import people_named
from equipment.inspections.models import Inspection, Opinion, OpinionItem
from equipment.inspections.opinions import items_of, opinion_at
from equipment.inspections.queries import inspection as inspection_at
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment, Identifier
from equipment.register.naming import called
from equipment.register.rules import IdentifierKind
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate

NOT_CHECKED = N_("The layout has not been checked against an official form.")
UNDER_GUARD = N_(
    "Where an item stays in use under guard, the use unit promises safety measures until it is corrected."
)


def print_opinion(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `inspections.opinion`; input: equipment, opinion, sample."""
    by, say = asked_by(task), partial(translate, locale=task.locale)
    stated = task.stated
    opinion = opinion_at(by, UUID(stated.text("equipment")), UUID(stated.text("opinion")))
    result = inspection_at(by, opinion.equipment_id, opinion.inspection_id)
    paper = opinion_paper(opinion, result, say, sample=bool(task.input.get("sample")))
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def opinion_paper(opinion: Opinion, result: Inspection, say: Say, *, sample: bool = False) -> RuledPaper:
    """The notice with its items and what was answered to each."""
    names = names_of([opinion.organisation_id, opinion.unit_id])
    people = people_named({opinion.issued_by, opinion.served_by, result.inspector_id})
    served = (
        f"{say(N_('Received'))} {clock.site_time(opinion.served_at):%Y-%m-%d %H:%M} "
        f"{people.get(opinion.served_by, '')}"
        if opinion.served_at
        else say(N_("Not received yet"))
    )
    return RuledPaper(
        title=say(N_("Notice of inspection opinions")),
        about=[
            f"{say(N_('Addressed to'))} {names.get(opinion.unit_id, '—')}",
            f"{say(N_('Inspection body'))} {names.get(opinion.organisation_id, '')}　"
            f"{say(N_('Inspector'))} {people.get(result.inspector_id, '—')}　"
            f"{say(N_('Inspected on'))} {result.on:%Y-%m-%d}　{say(result.conclusion.label)}",
            f"{say(N_('Issued on'))} {opinion.issued_on:%Y-%m-%d}　"
            f"{say(N_('Answer by'))} {opinion.feedback_on:%Y-%m-%d}　{served}",
        ],
        tables=[_piece(opinion, say), _items(items_of(opinion), say)],
        signatures=[say(N_("Inspector, signed and dated")), say(N_("Use unit, signed and dated"))],
        notes=[say(UNDER_GUARD), say(NOT_CHECKED)],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=f"{say(N_('Number'))} {opinion.number}",
        landscape=False,
        points=9,
        sample=sample,
    )


def _piece(opinion: Opinion, say: Say) -> RuledTable:
    piece = session.get_one(Equipment, opinion.equipment_id)
    wanted = (IdentifierKind.CERTIFICATE_NO, IdentifierKind.EQUIPMENT_CODE)
    numbers = visible(SYSTEM, Identifier).where(
        Identifier.equipment_id == piece.id, Identifier.kind.in_(wanted)
    )
    shown = {row.kind: row.shown for row in session.scalars(numbers)}
    columns = (
        RuledColumn(say(N_("Equipment")), 34, bold=True),
        RuledColumn(say(N_("Category")), 22),
        RuledColumn(say(N_("Use certificate")), 40),
        RuledColumn(say(N_("Equipment code")), 44),
        RuledColumn(say(N_("Where it is")), 54),
    )
    cells = (
        called(piece),
        say(category(piece.category).label),
        shown.get(IdentifierKind.CERTIFICATE_NO, "—"),
        shown.get(IdentifierKind.EQUIPMENT_CODE, "—"),
        f"{piece.address} {piece.position}".strip(),
    )
    return RuledTable(columns, [RuledRow(cells)])


def _items(items: Sequence[OpinionItem], say: Say) -> RuledTable:
    columns = (
        RuledColumn(say(N_("No.")), 9, Align.MIDDLE),
        RuledColumn(say(N_("Item")), 70, lines=8),
        RuledColumn(say(N_("What was corrected")), 66, lines=8),
        RuledColumn(say(N_("Evidence")), 30, lines=4),
        RuledColumn(say(N_("Status")), 18, Align.MIDDLE),
    )
    rows = [
        RuledRow(
            (str(item.item_no), item.text, item.answer, item.evidence_no, say(item.state.label)), lines=3
        )
        for item in items
    ]
    return RuledTable(columns, rows, title=say(N_("Items")), empty=say(N_("No items")))
