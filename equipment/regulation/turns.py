"""What comes round by the month since it was last done, or since the base: tests, calibrations, checks.
Pure."""

from __future__ import annotations

from datetime import date
from itertools import count

from equipment.core.months import add_months
from equipment.core.words import N_, Message
from equipment.regulation.day_one import is_known
from equipment.regulation.packs import Value
from equipment.regulation.planning import DueKind, Life, Origin, Planned

NOT_RECORDED = N_("Not on record before %(known)s; counted from %(last)s every %(months)s months → %(due)s")


def done_since(life: Life, kind: DueKind, base: date) -> date:
    """The day from which the next one is counted."""
    done = life.last_passed(kind)
    return done.on if done is not None else base


def repeated(life: Life, base: date, kind: DueKind, every: Value, wording: str) -> Planned:
    """The next turn after the last one done. What nobody recorded keeps the rhythm of the base and is first
    due once known here."""
    done, months, last = life.last_passed(kind), every.integer, done_since(life, kind, base)
    due = add_months(last, months)
    if done is None and months and not is_known(life, due):
        due = next(day for turn in count(2) if is_known(life, day := add_months(last, months * turn)))
        wording = NOT_RECORDED
    params = {
        "last": last.isoformat(),
        "months": str(months),
        "due": due.isoformat(),
        "known": life.known_since.isoformat() if life.known_since else "",
    }
    return Planned(kind, due, None, every.citation, Message(wording, params))


def or_failed(life: Life, planned: Planned) -> Planned:
    """What was not passed is due since that day, whatever its turn."""
    failed = life.failed(planned.kind)
    if failed is None:
        return planned
    why = Message(
        N_("The one of %(since)s was not passed: put it right and do it again"),
        {"since": failed.on.isoformat()},
    )
    return Planned(planned.kind, failed.on, None, planned.citation, why, Origin.FAILED)
