"""移交 on paper, drawn by the jobs process only."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from equipment.contracts.models import Handover, LeftLift
from equipment.contracts.queries import handover_of
from equipment.contracts.states import HandoverState
from equipment.core import clock
from equipment.core.ids import NOBODY
from equipment.core.words import N_
from equipment.dues.kinds import due_kind
from equipment.people.rules import SYSTEM
from equipment.register.lists import names_of
from equipment.regulation.planning import VISITS
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate


def print_handover(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `contracts.handover`; input: handover_id."""
    handover = handover_of(UUID(task.stated.text("handover_id")), by=SYSTEM)
    say = partial(translate, locale=task.locale)
    drawn = ruled_pdf(handover_paper(handover, say), locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def handover_paper(handover: Handover, say: Say) -> RuledPaper:
    """Who leaves what to whom: every lift with what was open on the day, what goes along, three
    signatures."""
    names = names_of([handover.organisation_id, handover.to_id or NOBODY, handover.use_unit_id or NOBODY])
    to = names.get(handover.to_id or NOBODY, "—")
    unit = names.get(handover.use_unit_id or NOBODY, "—")
    state = say(HandoverState(handover.state).label)
    if handover.decided_at is not None:
        state += f" {clock.site_time(handover.decided_at):%Y-%m-%d %H:%M}"
    return RuledPaper(
        title=say(N_("Hand-over of lifts between maintenance firms")),
        about=[
            f"{say(N_('Hands over'))} {names.get(handover.organisation_id, '')}　{say(N_('Takes over'))} {to}",
            f"{say(N_('Use unit'))} {unit}　{say(N_('As of'))} {handover.on.isoformat()}　{state}",
        ],
        tables=[_lifts(handover, say), _things(handover, say)],
        signatures=[
            say(N_("Firm that hands over, signed and dated")),
            say(N_("Firm that takes over, signed and dated")),
            say(N_("Use unit, signed and dated")),
        ],
        notes=[say(N_("The layout has not been checked against an official form."))],
        foot=say(N_("Printed on")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        points=8,
    )


def _lifts(handover: Handover, say: Say) -> RuledTable:
    columns = (
        RuledColumn(say(N_("No.")), 10, Align.MIDDLE),
        RuledColumn(say(N_("Lift")), 60, lines=3, bold=True),
        RuledColumn(say(N_("Last visit of each class")), 54, lines=4),
        RuledColumn(say(N_("Overdue and due soon")), 60, lines=5),
        RuledColumn(say(N_("Open hazards and findings")), 70, lines=6),
        RuledColumn(say(N_("Visits not settled")), 44, lines=4),
    )
    rows = [
        RuledRow((str(number), lift["name"], *_left(lift, say)))
        for number, lift in enumerate(handover.lifts, 1)
    ]
    return RuledTable(columns, rows, title=say(N_("Lifts")), empty=say(N_("No lifts")))


def _left(lift: LeftLift, say: Say) -> list[list[str]]:
    last = [f"{say(kind.label)} {lift['last'][kind]}" for kind in VISITS if str(kind) in lift["last"]]
    dues = [f"{say(due_kind(due['kind']).label)} {due['on']}" for due in lift["dues"]]
    open_ones = [f"{record['on']} {record['text']}" for record in (*lift["hazards"], *lift["findings"])]
    visits = [f"{visit['on']} {say(visit['text'])}" for visit in lift["visits"]]
    none = say(N_("none"))
    return [texts or [none] for texts in (last, dues, open_ones, visits)]


def _things(handover: Handover, say: Say) -> RuledTable:
    columns = (
        RuledColumn(say(N_("No.")), 10, Align.MIDDLE),
        RuledColumn(say(N_("What goes along")), 200),
        RuledColumn(say(N_("Handed over")), 40, Align.MIDDLE),
    )
    rows = [
        RuledRow((str(number), item["text"], "√" if item["ticked"] else "□"))
        for number, item in enumerate(handover.things, 1)
    ]
    return RuledTable(columns, rows, title=say(N_("Keys and papers")), empty=say(N_("Nothing")))
