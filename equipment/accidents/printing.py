"""事故信息快报, drawn by the jobs process only: what the bureau was told, or one level told the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from equipment.accidents.listing import CATEGORY_WORDS, ShownAccident, clock_words, shown_accidents
from equipment.accidents.models import Accident, AccidentRelay, AccidentStatement
from equipment.accidents.queries import hour_of, people_named, relays_of, statements_of, steps_of
from equipment.accidents.rules import report_clock
from equipment.accidents.states import AccidentLevel, AccidentSource, AccidentStepKind, Office, RelayHow
from equipment.core import clock
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.people.rules import SYSTEM
from equipment.people.scope import seen
from equipment.register.naming import numbers_of
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.ruled import RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate

NOT_CHECKED = N_("The layout has not been checked against an official form.")
NO_NAMES = N_("Numbers of people only; who they are does not stand here.")
LINES = 14


def print_accident(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `accidents.paper`; input: accident_id, relay_id or empty, sample."""
    accident = seen(SYSTEM, Accident, UUID(task.stated.text("accident_id")))
    relay_id = id_in(task.stated.text("relay_id"))
    relays = relays_of([accident.id]).values()
    relay = next((row for row in relays if row.id == relay_id), None)
    say = partial(translate, locale=task.locale)
    paper = accident_paper(accident, relay, say, sample=bool(task.input.get("sample")))
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def accident_paper(
    accident: Accident, relay: AccidentRelay | None, say: Say, *, sample: bool = False
) -> RuledPaper:
    """One report on one sheet, with what was known when it was made."""
    stated = statements_of(accident)
    known = [one for one in stated if relay is None or one.stated_at <= relay.sent_at] or stated[:1]
    statement = known[0] if relay is None else known[-1]
    shown = shown_accidents(SYSTEM, [accident])[0]
    level = _level_on(accident, relay.sent_at if relay else statement.stated_at)
    columns = (RuledColumn(say(N_("Item")), 40, bold=True), RuledColumn(say(N_("Record")), 150, lines=LINES))
    way = _of_unit(accident, say) if relay is None else _of_office(relay, say)
    tables = [
        RuledTable(columns, _rows(_facts(statement, shown, level, say), say), title=say(N_("The accident"))),
        RuledTable(columns, _rows(way, say), title=say(N_("The report"))),
    ]
    later = [say(N_("This report was followed by later ones."))] if statement is not stated[-1] else []
    signatures = (
        [N_("Unit, signed and dated"), N_("Taken by")]
        if relay is None
        else [N_("Drawn up by"), N_("Checked by"), N_("Head of the office")]
    )
    return RuledPaper(
        title=say(N_("Report of an accident of special equipment")),
        about=[f"{say(N_('Kind of report'))} {say(statement.kind.label)}（{statement.number}）"],
        tables=tables,
        signatures=[say(who) for who in signatures],
        notes=[*later, say(NO_NAMES), say(NOT_CHECKED)],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        landscape=False,
        points=10,
        sample=sample,
    )


def _rows(facts: Sequence[tuple[str, str]], say: Say) -> list[RuledRow]:
    return [RuledRow((say(label), text or "—")) for label, text in facts]


def _level_on(accident: Accident, at: datetime) -> AccidentLevel | None:
    """The level that had been decided by then."""
    kinds = (AccidentStepKind.CONFIRMED, AccidentStepKind.LEVEL)
    decided = [step.after for step in steps_of(accident) if step.kind in kinds and step.at <= at]
    return AccidentLevel(decided[-1]) if decided else None


def _facts(
    one: AccidentStatement, shown: ShownAccident, level: AccidentLevel | None, say: Say
) -> list[tuple[str, str]]:
    accident, piece = shown.record, shown.piece
    numbers = numbers_of([piece.id]).get(piece.id, "") if piece else ""
    loss = say(N_("%(sum)s yuan")) % {"sum": f"{one.loss_yuan:,}"} if one.loss_yuan is not None else ""
    place = (shown.area, piece.address if piece else "", piece.position if piece else "", one.place)
    return [
        (N_("Happened at"), _at(one.happened_at)),
        (N_("Where"), " ".join(dict.fromkeys(filter(None, place)))),
        (N_("Unit"), shown.unit),
        (N_("Kind of equipment"), say(CATEGORY_WORDS.get(accident.category, accident.category))),
        (N_("Piece"), f"{shown.name} {numbers}".strip() if piece else say(N_("None on file yet"))),
        (N_("Maintenance firm"), _name(accident.firm_id)),
        (N_("Course of the accident"), one.what),
        (N_("Dead"), str(one.dead)),
        (N_("Seriously injured"), str(one.serious)),
        (N_("Slightly injured"), str(one.injured)),
        (N_("Trapped"), str(one.trapped)),
        (N_("Direct loss as estimated"), loss),
        (N_("First measures"), one.measures),
        (N_("Level of accident"), say(level.label if level else N_("Not decided yet"))),
    ]


def _of_unit(accident: Accident, say: Say) -> list[tuple[str, str]]:
    hour = hour_of(accident)
    spent = clock_words(hour, clock.now())
    return [
        (N_("Head of the unit knew at"), _at(accident.known_at)),
        (N_("Reported at"), _at(accident.reported_at)),
        (N_("To"), say(Office(accident.office).label)),
        (N_("How it came"), say(AccidentSource(accident.source).label)),
        (N_("Hour"), _verdict(say(hour.verdict.label), spent, say)),
        (N_("Reported by"), _person(accident.reported_by, accident.organisation_id)),
    ]


def _of_office(relay: AccidentRelay, say: Say) -> list[tuple[str, str]]:
    step = report_clock(relay.since, relay.limit_min, relay.sent_at, clock.now())
    judged = _verdict(say(step.verdict.label), clock_words(step, clock.now()), say)
    return [
        (N_("Reporting office"), say(Office(relay.from_office).label)),
        (N_("To"), say(Office(relay.to_office).label)),
        (N_("Came in at"), _at(relay.since)),
        (N_("Reported at"), _at(relay.sent_at)),
        (N_("Two hours"), judged if relay.in_time is not None else say(N_("Not reported further"))),
        (N_("How"), say(RelayHow(relay.how).label)),
        (N_("Receipt of the office above"), relay.receipt),
        (N_("Remark"), relay.note),
        (N_("Reported by"), _person(relay.by_id, None)),
    ]


def _verdict(words: str, spent: Message | None, say: Say) -> str:
    return f"{words}，{_spoken(spent, say)}" if spent else words


def _spoken(text: Message, say: Say) -> str:
    """A text with texts among its parameters, in the language of the paper."""
    params: Mapping[str, object] = {
        name: _spoken(value, say) if isinstance(value, Message) else value
        for name, value in text.params.items()
    }
    return say(text.msgid) % params


def _person(person: UUID | None, organisation: UUID | None) -> str:
    parts = (names_of([organisation]).get(organisation, ""), people_named([person]).get(person, ""))
    return " ".join(filter(None, parts))


def _name(organisation: UUID | None) -> str:
    return names_of([organisation]).get(organisation, "")


def _at(at: datetime | None) -> str:
    return f"{clock.site_time(at):%Y-%m-%d %H:%M}" if at else ""
