"""What must happen to a piece from a day up to another: each step counted from the one before it, as if that
was done in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta

from equipment.core.words import N_, Message
from equipment.regulation.packs import UnknownRule
from equipment.regulation.planning import VISITS, Done, DueKind, Life, Origin, Planned, extended

VISIT = "visit"  # the maintenance visits are one turn, whatever the class of the next one
Duties = Callable[[Life, date], Iterable[Planned]]


def turn_of(kind: DueKind) -> str:
    """What takes the place of what: the next visit follows the last one, of whichever class."""
    return VISIT if kind in VISITS else kind.value


def in_time(duties: Duties, life: Life, on: date) -> tuple[Planned, ...]:
    """The next of each kind: nothing while the piece is out of use, no value reaching back before its first
    day, with approved delays."""
    if not life.planned:
        return ()
    return extended(
        [_not_before_its_rule(planned, duties, life, on) for planned in duties(life, on)], life.extensions
    )


def _not_before_its_rule(planned: Planned, duties: Duties, life: Life, on: date) -> Planned:
    """A value that has come into force shortens a term under way to its own first day at the earliest: nobody
    could obey it before."""
    since = planned.citation.since
    if planned.origin is not Origin.RULE or since is None or planned.due_on >= since or since > on:
        return planned
    try:
        before = next(
            (
                earlier
                for earlier in duties(life, since - timedelta(days=1))
                if turn_of(earlier.kind) == turn_of(planned.kind)
            ),
            None,
        )
    except UnknownRule:
        return planned
    due_on = min(before.due_on, since) if before is not None else planned.due_on
    if due_on <= planned.due_on or before is None:
        return planned
    if due_on == before.due_on:
        return replace(planned, due_on=due_on, explanation=before.explanation, citation=before.citation)
    why = Message(
        N_("The rule in force since %(since)s makes it due that day; before it was due on %(before)s"),
        {"since": since.isoformat(), "before": before.due_on.isoformat()},
    )
    return replace(planned, due_on=due_on, explanation=why)


def horizon(next_duties: Duties, life: Life, on: date, until: date) -> tuple[Planned, ...]:
    """Every step by its day. What is overdue counts as done on `on`, the rest on its last day; each further
    step is planned by the rules in force on the day of the step before it. Nothing comes after the end of
    life."""
    first = {turn_of(planned.kind): planned for planned in next_duties(life, on)}
    pending, steps, day = dict(first), list[Planned](), on
    done_on: dict[str, date] = {}
    while pending:
        step = min(pending.values(), key=lambda planned: (planned.due_on, planned.kind))
        if step.due_on > until:
            break
        steps.append(step)
        if step.kind is DueKind.END_OF_LIFE and step.origin is not Origin.UNKNOWN:
            break
        day, turn = max(day, step.due_on), turn_of(step.kind)
        life = replace(life, done=(*life.done, Done(step.kind, day)))
        done_on[turn] = day
        # The first step of a turn is today's; what follows must lie ahead, or a rule of "every 0 days" would
        # never end.
        ahead = {turn_of(planned.kind): planned for planned in next_duties(life, day)}
        candidates = ahead | {name: planned for name, planned in first.items() if name not in done_on}
        pending = {
            name: planned
            for name, planned in candidates.items()
            if name not in done_on or planned.due_on > done_on[name]
        }
    return tuple(steps)
