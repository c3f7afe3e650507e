"""报检单 and an inspector's days on paper, drawn by the jobs process only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import id_in
from equipment.core.visiting import PlaceGroup, VisitingOrder, arranged
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.dues.joint import joint_application, planned_visits, rows_of
from equipment.dues.models import Application
from equipment.dues.visiting import PlannedVisit, people_called, planned
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.codes import spelt
from equipment.register.models import Identifier
from equipment.register.naming import called
from equipment.register.rules import IdentifierKind
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import Align, RuledColumn, RuledHeading, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate

NOT_CHECKED = N_("The layout has not been checked against an official form.")


def print_joint(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `dues.joint_paper`; input: joint_id, sample."""
    say = partial(translate, locale=task.locale)
    joint = joint_application(SYSTEM, UUID(task.stated.text("joint_id")))
    rows = planned(SYSTEM, rows_of(joint))
    names = names_of([joint.organisation_id, joint.to_id])
    maker = people_called({joint.made_by}).get(joint.made_by, "")
    about = [
        f"{say(N_('Use unit'))} {names.get(joint.organisation_id, '')}　"
        f"{say(N_('Inspection body'))} {names.get(joint.to_id, '')}",
        f"{say(N_('Applied'))} {clock.site_time(joint.made_at):%Y-%m-%d %H:%M} {maker}　"
        + (f"{say(N_('Wished for'))} {joint.wish_on:%Y-%m-%d}　" if joint.wish_on else "")
        + joint.note,
    ]
    paper = RuledPaper(
        title=say(N_("Application for periodic inspection")),
        about=about,
        tables=[_table(arranged(rows, VisitingOrder.SITE, None), say, status=True)],
        signatures=[say(N_("Use unit, signed and sealed")), say(N_("Accepted by, signed and dated"))],
        notes=[say(NOT_CHECKED)],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=f"{say(N_('Number'))} {joint.number}",
        points=8,
        sample=bool(task.input.get("sample")),
    )
    return _outcome(task, progress, [paper])


def print_plan(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `dues.plan_paper`; input: since, days, inspector, order, sample. Days follow each other on
    one paper, each in the order that the page showed."""
    say, stated = partial(translate, locale=task.locale), task.stated
    by, since = asked_by(task), date.fromisoformat(stated.text("since"))
    until, inspector = since + timedelta(days=stated.integer("days") - 1), id_in(stated.text("inspector", ""))
    order = VisitingOrder(stated.text("order"))
    chosen = session.scalars(planned_visits(by, since, until, inspector)).all()
    who = people_called({inspector}).get(inspector) or say(N_("All inspectors"))
    rows = planned(by, chosen)
    days = sorted({row.record.planned_on for row in rows if row.record.planned_on is not None})
    tables = [
        _table(
            arranged([row for row in rows if row.record.planned_on == day], order, None),
            say,
            title=f"{day:%Y-%m-%d}",
        )
        for day in days
    ]
    paper = RuledPaper(
        title=say(N_("Inspections of the days ahead")),
        about=[f"{who}　{since:%Y-%m-%d} – {until:%Y-%m-%d}　{say(order.label)}"],
        tables=tables or [_table([], say)],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        points=8,
        sample=bool(task.input.get("sample")),
    )
    return _outcome(task, progress, [paper])


def _outcome(task: Task, progress: Progress, papers: Sequence[RuledPaper]) -> TaskOutcome:
    drawn = ruled_pdf(*papers, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def _table(
    groups: Sequence[PlaceGroup[PlannedVisit]], say: Say, *, title: str = "", status: bool = False
) -> RuledTable:
    columns = (
        RuledColumn(say(N_("No.")), 9, Align.MIDDLE),
        RuledColumn(say(N_("Equipment")), 34, bold=True),
        RuledColumn(say(N_("Category")), 22),
        RuledColumn(say(N_("Use certificate")), 36),
        RuledColumn(say(N_("Use unit")), 46),
        RuledColumn(say(N_("Where it is")), 54),
        RuledColumn(say(N_("Last day")), 20, Align.MIDDLE),
        RuledColumn(say(N_("Day of the inspection")), 22, Align.MIDDLE),
        RuledColumn(say(N_("Status")) if status else say(N_("Inspector")), 22, Align.MIDDLE),
    )
    certificates = _certificates([row.record for group in groups for row in group.rows])
    lines: list[RuledRow | RuledHeading] = []
    number = 0
    for group in groups:
        if group.heading:
            lines.append(RuledHeading(f"{say(group.heading)}　{len(group.rows)}"))
        for row in group.rows:
            number += 1
            lines.append(_ruled(number, row, certificates, say, status=status))
    return RuledTable(columns, lines, title=title, empty=say(N_("No pieces")))


def _ruled(
    number: int, row: PlannedVisit, certificates: dict[UUID, str], say: Say, *, status: bool
) -> RuledRow:
    piece, record = row.equipment, row.record
    name = (
        [called(piece), spelt(piece.label_code)]
        if piece and piece.label_code
        else [called(piece) if piece else "—"]
    )
    return RuledRow(
        (
            str(number),
            name,
            say(category(record.category).label),
            certificates.get(record.equipment_id, "—"),
            row.unit,
            f"{piece.address} {piece.position}".strip() if piece else "",
            f"{row.due_on:%Y-%m-%d}" if row.due_on else "—",
            f"{record.planned_on:%Y-%m-%d}" if record.planned_on else "",
            say(record.state.label) if status else row.inspector,
        )
    )


def _certificates(rows: Sequence[Application]) -> dict[UUID, str]:
    """The use certificate number of each piece."""
    numbers = visible(SYSTEM, Identifier).where(
        Identifier.equipment_id.in_([row.equipment_id for row in rows]),
        Identifier.kind == IdentifierKind.CERTIFICATE_NO,
    )
    shown = numbers.with_only_columns(Identifier.equipment_id, Identifier.shown)
    return {row.equipment_id: row.shown for row in session.execute(shown)}
