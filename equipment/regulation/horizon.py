"""What must happen to a piece from a day up to another: each step counted from the one before it, as if that was done in time."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from equipment.regulation.planning import VISITS, Done, DueKind, Life, Origin, Planned

VISIT = "visit"  # the maintenance visits are one turn, whatever the class of the next one
NextDuties = Callable[[Life, date], tuple[Planned, ...]]


def turn_of(kind: DueKind) -> str:
    """What takes the place of what: the next visit follows the last one, of whichever class."""
    return VISIT if kind in VISITS else kind.value


def horizon(next_duties: NextDuties, life: Life, on: date, until: date) -> tuple[Planned, ...]:
    """Every step by its day. What is overdue counts as done on `on`, the rest on its last day; each further step is planned by the
    rules in force on the day of the step before it. Nothing comes after the end of life."""
    first = {turn_of(each.kind): each for each in next_duties(life, on)}
    standing, found, day = dict(first), list[Planned](), on
    done_on: dict[str, date] = {}
    while standing:
        step = min(standing.values(), key=lambda each: (each.due_on, each.kind))
        if step.due_on > until:
            break
        found.append(step)
        if step.kind is DueKind.END_OF_LIFE and step.origin is not Origin.UNKNOWN:
            break
        day, turn = max(day, step.due_on), turn_of(step.kind)
        life = replace(life, done=(*life.done, Done(step.kind, day)))
        done_on[turn] = day
        # The first step of a turn is today's; what follows must lie ahead, or a rule of "every 0 days" would never end.
        ahead = {turn_of(each.kind): each for each in next_duties(life, day)}
        standing = {name: each for name, each in (ahead | {name: first[name] for name in first if name not in done_on}).items()
                    if name not in done_on or each.due_on > done_on[name]}
    return tuple(found)
