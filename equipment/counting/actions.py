"""Folding the lines of the running counts together, and mending those that differ from a full count."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select

from equipment.counting.models import RunningCount
from equipment.counting.queries import differences
from equipment.counting.rules import SUBJECTS, CountDifference, CountedSubject
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.storage.db import in_transaction, session

GROUP = (RunningCount.subject, RunningCount.place, RunningCount.kind, RunningCount.day)
LINES_AT_ONCE = 20_000
IN_THE_LEDGER = 50  # differences that a line of the ledger names one by one


def fold(subject: CountedSubject, *, most: int = LINES_AT_ONCE) -> int:
    """Put some of the oldest lines of a subject together, those of one place and day into one; how many
    went."""
    mine = RunningCount.subject == subject.name
    oldest = select(RunningCount.id).where(mine).order_by(RunningCount.id).limit(most)
    ids = session.scalars(oldest).all()
    keys = (
        select(func.count()).select_from(
            select(*GROUP).where(mine, RunningCount.id <= ids[-1]).distinct().subquery()
        )
        if ids
        else None
    )
    if keys is None or (session.scalar(keys) or 0) == len(ids):
        return 0
    gone = delete(RunningCount).where(RunningCount.id.in_(oldest)).returning(*GROUP, RunningCount.number)
    sums: dict[tuple[object, ...], int] = {}
    for *key, number in session.execute(gone):
        sums[tuple(key)] = sums.get(tuple(key), 0) + number
    names = ("subject", "place", "kind", "day")
    rows = [dict(zip(names, key, strict=True)) | {"number": number} for key, number in sums.items() if number]
    if rows:
        session.execute(insert(RunningCount), rows)
    return len(ids)


def fold_all() -> int:
    """Every subject, in transactions of their own; how many lines went."""
    folded = 0
    for subject in SUBJECTS:
        lines = in_transaction(_lines, subject)
        while lines > 0 and (some := in_transaction(fold, subject)):
            folded += some
            lines -= some
    return folded


def _lines(subject: CountedSubject) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(RunningCount).where(RunningCount.subject == subject.name)
        )
        or 0
    )


def mend(subject: CountedSubject, wrong: Sequence[CountDifference], *, by: Viewer) -> None:
    """Add what is missing and take away what is too much, and say so in the ledger. A line is added, never a
    sum set: what was written since the comparison stays counted."""
    session.execute(
        insert(RunningCount),
        [
            {
                "subject": subject.name,
                "place": one.place,
                "kind": one.kind,
                "day": one.day,
                "number": one.counted - one.sum,
            }
            for one in wrong
        ],
    )
    ledger.record(
        session(),
        ledger.subject_of("count", subject.name),
        "count.mended",
        actor=by.actor,
        payload={
            "differences": len(wrong),
            "first": [
                {
                    "place": one.place,
                    "kind": one.kind,
                    "day": one.day.isoformat() if one.day else "",
                    "was": one.sum,
                    "is": one.counted,
                }
                for one in wrong[:IN_THE_LEDGER]
            ],
        },
    )


def check_all() -> dict[str, int]:
    """Compare every subject with a full count and mend what differs; how many sums differed, by subject."""
    figures = {}
    for subject in SUBJECTS:
        wrong = differences(subject)
        session.rollback()
        if wrong:
            in_transaction(mend, subject, wrong, by=SYSTEM)
        figures[subject.name] = len(wrong)
    return figures
