"""The story of an accident: what was said, how it went up, what was decided, in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from equipment.accidents.models import (
    Accident,
    AccidentClearance,
    AccidentFile,
    AccidentRelay,
    AccidentStatement,
    AccidentStep,
)
from equipment.accidents.queries import clearances_of, files_of, people_named, statements_of, steps_of
from equipment.accidents.states import (
    AccidentLevel,
    AccidentStepKind,
    ClearanceState,
    Office,
    RelayHow,
    StatementKind,
)
from equipment.core.words import N_, Labelled, Message
from equipment.dues.filters import names_of

NUMBERS = N_("%(dead)s dead, %(serious)s seriously injured, %(injured)s injured, %(trapped)s trapped")


class StoryPart(NamedTuple):
    """One point of the line."""

    at: datetime
    title: Message
    icon: str
    colour: str
    by: str
    lines: Sequence[Message | str]
    files: Sequence[AccidentFile] = ()
    mark: Labelled | None = None
    relay_id: UUID | None = None  # a step upward, whose paper can be printed
    is_first: bool = False


class Names:
    """People and organisations of a story."""

    def __init__(self, people: Iterable[UUID | None], organisations: Iterable[UUID | None]) -> None:
        self.people, self.organisations = people_named(people), names_of(organisations)

    def of(self, person: UUID | None, organisation: UUID | None = None) -> str:
        parts = (self.organisations.get(organisation, ""), self.people.get(person, ""))
        return " ".join(filter(None, parts))


def story_of(accident: Accident, relays: Sequence[AccidentRelay]) -> list[StoryPart]:
    """Everything that happened to it, the oldest first."""
    statements, steps, clearances = statements_of(accident), steps_of(accident), clearances_of(accident)
    files: dict[UUID, list[AccidentFile]] = defaultdict(list)
    for file in files_of(accident):
        files[file.about_id].append(file)
    names = Names(
        [
            *(one.stated_by for one in statements),
            *(one.by_id for one in steps),
            *(one.by_id for one in relays),
            *(key for one in clearances for key in (one.asked_by, one.decided_by)),
        ],
        [*(one.organisation_id for one in statements), *(one.organisation_id for one in clearances)],
    )
    parts = [
        *(_statement(one, files[one.id], names) for one in statements),
        *(_relay(one, names) for one in relays),
        *(_step(one, files[accident.id], names) for one in steps),
        *(part for one in clearances for part in _clearance(one, files[one.id], names)),
    ]
    return sorted(parts, key=lambda part: part.at)


def _statement(one: AccidentStatement, files: Sequence[AccidentFile], names: Names) -> StoryPart:
    numbers = {name: getattr(one, name) for name in ("dead", "serious", "injured", "trapped")}
    lines: list[Message | str] = [one.what, Message(NUMBERS, numbers)]
    if one.measures:
        lines.append(Message(N_("First measures: %(text)s"), {"text": one.measures}))
    if one.loss_yuan is not None:
        lines.append(Message(N_("Direct loss as estimated: %(sum)s yuan"), {"sum": f"{one.loss_yuan:,}"}))
    if one.reason:
        lines.append(Message(N_("Reason: %(reason)s"), {"reason": one.reason}))
    if one.late:
        lines.append(Message(N_("After the days of follow-up reports")))
    kind = StatementKind(one.kind)
    return StoryPart(
        one.stated_at,
        Message(kind.label),
        "alert-octagon" if kind is StatementKind.FIRST else "edit",
        kind.colour,
        names.of(one.stated_by, one.organisation_id),
        lines,
        files,
        is_first=kind is StatementKind.FIRST,
    )


def _relay(one: AccidentRelay, names: Names) -> StoryPart:
    how = RelayHow(one.how)
    offices = {"from": Office(one.from_office).label, "to": Office(one.to_office).label}
    lines: list[Message | str] = [Message(how.label)]
    if one.receipt:
        lines.append(Message(N_("Receipt: %(receipt)s"), {"receipt": one.receipt}))
    if one.note:
        lines.append(one.note)
    colour = "grey" if one.in_time is None else "green" if one.in_time else "red"
    title = (
        N_("%(from)s did not report further") if one.in_time is None else N_("%(from)s reported to %(to)s")
    )
    by = names.of(one.by_id)
    return StoryPart(one.sent_at, Message(title, offices), "send", colour, by, lines, relay_id=one.id)


def _step(one: AccidentStep, files: Sequence[AccidentFile], names: Names) -> StoryPart:
    kind = AccidentStepKind(one.kind)
    lines: list[Message | str] = [one.note] if one.note else []
    if kind is AccidentStepKind.LEVEL:
        levels = {name: AccidentLevel(key).label for name, key in (("was", one.before), ("is", one.after))}
        lines.insert(0, Message(N_("%(was)s → %(is)s"), levels))
    mark = AccidentLevel(one.after) if kind is AccidentStepKind.CONFIRMED else None
    own = files if kind is AccidentStepKind.INVESTIGATED else ()
    return StoryPart(
        one.at, Message(kind.label), "gavel", kind.colour, names.of(one.by_id), lines, own, mark=mark
    )


def _clearance(one: AccidentClearance, files: Sequence[AccidentFile], names: Names) -> Iterator[StoryPart]:
    lines: list[Message | str] = [Message(one.kind.label), *([one.note] if one.note else [])]
    title = Message(ClearanceState.ASKED.label)
    by = names.of(one.asked_by, one.organisation_id)
    yield StoryPart(one.asked_at, title, "checklist", "amber", by, lines, files)
    if one.decided_at is not None:
        state = ClearanceState(one.state)
        said = [one.reason] if one.reason else []
        by = names.of(one.decided_by)
        yield StoryPart(one.decided_at, Message(state.label), "check", state.colour, by, said)
