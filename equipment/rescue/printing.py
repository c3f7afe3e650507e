"""应急演练记录, drawn by the jobs process only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.people.rules import SYSTEM
from equipment.people.scope import seen
from equipment.register.models import Equipment
from equipment.register.naming import called, numbers_of
from equipment.rescue.drills import is_of_lifts
from equipment.rescue.models import Drill
from equipment.rescue.rules import DrillKind
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.ruled import RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate

NOT_CHECKED = N_("The layout has not been checked against an official form.")
LINES = 12  # a text of a thousand characters, over the width of the paper


def print_drill(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `drills.paper`; input: drill_id, sample."""
    drill = seen(SYSTEM, Drill, UUID(task.stated.text("drill_id")))
    paper = drill_paper(drill, partial(translate, locale=task.locale), sample=bool(task.input.get("sample")))
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def drill_paper(drill: Drill, say: Say, *, sample: bool = False) -> RuledPaper:
    """One record on one sheet: what, where, who, when, and what came of it."""
    place = session.get_one(Equipment, drill.equipment_id) if drill.equipment_id else None
    names = names_of([key for key in (drill.organisation_id, drill.use_unit_id) if key])
    holder = N_("Maintenance firm") if is_of_lifts(drill) else N_("Held by")
    signed = (
        [N_("Maintenance firm, signed and dated"), N_("Use unit, signed and dated")]
        if is_of_lifts(drill)
        else [N_("In charge of the drill, signed and dated"), N_("Recorded by, signed and dated")]
    )
    columns = (RuledColumn(say(N_("Item")), 40, bold=True), RuledColumn(say(N_("Record")), 150, lines=LINES))
    rows = [RuledRow((say(label), text or "—")) for label, text in _facts(drill, place, names, say)]
    corrected = [say(N_("This record was corrected by a later one."))] if drill.superseded else []
    return RuledPaper(
        title=say(N_("Record of an emergency drill")),
        about=[f"{say(holder)} {names.get(drill.organisation_id, '')}"],
        tables=[RuledTable(columns, rows)],
        signatures=[say(text) for text in signed],
        notes=[*corrected, say(NOT_CHECKED)],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=f"{say(N_('Record number'))} {drill.number}",
        landscape=False,
        points=10,
        sample=sample,
    )


def _facts(
    drill: Drill, place: Equipment | None, names: Mapping[UUID | None, str], say: Say
) -> list[tuple[str, str]]:
    number = numbers_of([place.id]).get(place.id, "") if place else ""
    is_rescue = is_of_lifts(drill)
    unit = names.get(drill.use_unit_id, "") if drill.use_unit_id else ""
    took_part = drill.unit_people if drill.unit_took_part else say(N_("Did not take part"))
    return [
        (N_("Held on"), drill.on.isoformat()),
        (N_("Lift") if is_rescue else N_("Equipment"), f"{called(place)} {number}".strip() if place else ""),
        (N_("Place of the drill"), drill.place),
        *([(N_("Use unit"), unit)] if is_rescue else []),
        (N_("Held for"), "、".join(say(DrillKind(code).label) for code in drill.classes)),
        (N_("What was played"), say(drill.scenario.label)),
        (N_("Call at") if is_rescue else N_("Alarm at"), _at(drill.called_at)),
        (
            N_("Arrival at") if is_rescue else N_("First help at"),
            _with_minutes(drill.arrived_at, drill.clock.arrival_minutes, say),
        ),
        (
            N_("Release at") if is_rescue else N_("Drill over at"),
            _with_minutes(drill.released_at, drill.clock.release_minutes, say),
        ),
        (N_("Who took part"), f"{drill.people}（{drill.people_count}）"),
        *([(N_("Who of the use unit"), took_part)] if is_rescue else []),
        (N_("Course of the drill"), drill.story),
        (N_("What went wrong"), drill.shortcomings),
        (N_("What is done about it"), drill.improvements),
        (N_("Reason of the correction"), drill.reason),
    ]


def _at(at: datetime | None) -> str:
    return f"{clock.site_time(at):%H:%M}" if at else ""


def _with_minutes(at: datetime | None, minutes: int | None, say: Say) -> str:
    if minutes is None:
        return _at(at)
    after = Message(say(N_("after %(minutes)s min")), {"minutes": minutes})
    return f"{_at(at)}　{after}"
