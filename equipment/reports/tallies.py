"""Past month-ends as they were counted: kept for the three last ones anew each night, frozen afterwards.

A hazard that confirms itself belongs to the month it was found in, so that a month-end still moves for some
weeks. A figure that changes after it was kept leaves a line in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import and_, delete, func, insert

from equipment.core import clock
from equipment.ledger import actions as ledger
from equipment.ledger import evidence
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.regulation.categories import CATEGORIES
from equipment.reports.counts import Shares, counted, counts
from equipment.reports.models import Tally
from equipment.reports.rules import Definition, Share, definition, definitions, month_ends, period, total
from equipment.storage.db import session, transaction

MOVING = 3  # month-ends that late findings may still change
BACK = 24

Months = dict[date, Shares]


def every_category() -> tuple[str, ...]:
    return tuple(kind.key for kind in CATEGORIES)


def stored_shares(key: str, days: Iterable[date]) -> Months:
    """The shares of those of these month-ends that were kept, for the version of the definition
    that was in force."""
    shares: dict[date, dict[tuple[str, str], Share]] = {}
    for row in session.scalars(
        visible(SYSTEM, Tally).where(Tally.definition == key, Tally.day.in_(list(days)))
    ):
        if row.version == definition(key, row.day).version:
            shares.setdefault(row.day, {})[row.category, row.area] = Share(row.part, row.whole)
    return dict(shares)


def month_line(
    key: str, days: Iterable[date], categories: Iterable[str], area: str, *, kept_only: bool = False
) -> dict[date, Share]:
    """The share of an area on each of these days: month-ends as kept, summed in the database; whatever was
    not kept is counted now. With `kept_only` those days are left out until the night has counted them, today
    excepted: what a page waits for."""
    wanted_days, wanted = list(days), sorted(categories)
    here = and_(Tally.category.in_(wanted), within(Tally.area, area))
    past = visible(SYSTEM, Tally).where(
        Tally.definition == key, Tally.day.in_([day for day in wanted_days if day < clock.today()])
    )
    sums = (Tally.day, Tally.version, func.sum(Tally.part).filter(here), func.sum(Tally.whole).filter(here))
    rows = session.execute(past.with_only_columns(*sums).group_by(Tally.day, Tally.version))
    stored = {
        day: Share(part or 0, whole or 0)
        for day, version, part, whole in rows
        if version == definition(key, day).version
    }
    return {
        day: stored[day] if day in stored else _counted_now(key, day, wanted, area)
        for day in wanted_days
        if not kept_only or day in stored or day == clock.today()
    }


def _counted_now(key: str, day: date, categories: list[str], area: str) -> Share:
    shares = counts(definition(key, day), period(day.year, day), categories).shares
    return total(share for (_kind, code), share in shares.items() if code.startswith(area))


def to_keep(on: date) -> list[tuple[Definition, date]]:
    """What is to be counted on a night: the month-ends that still move, and older ones
    that were never kept."""
    ends = [day for day in month_ends(on, BACK) if day < on]
    keys = [meaning.key for meaning in definitions(on)]
    stored = {key: set(stored_shares(key, ends)) for key in keys}
    return [
        (definition(key, day), day)
        for day in ends
        for key in keys
        if day in ends[-MOVING:] or day not in stored[key]
    ]


def keep(of: Definition, day: date, shares: Shares, *, by: Viewer) -> bool:
    """Write the shares of a month-end; True when they differ from what was kept before, which
    the ledger then says."""
    before = stored_shares(of.key, [day]).get(day)
    if before == shares:
        return False
    now = clock.now()
    tallies = visible(SYSTEM, Tally).where(
        Tally.day == day, Tally.definition == of.key, Tally.version == of.version
    )
    gone = dict.fromkeys((evidence.row(tally)[0] for tally in session.scalars(tallies)), evidence.GONE)
    session.execute(
        delete(Tally).where(Tally.day == day, Tally.definition == of.key, Tally.version == of.version)
    )
    rows = [
        {
            "day": day,
            "definition": of.key,
            "version": of.version,
            "category": kind,
            "area": area,
            "part": share.part,
            "whole": share.whole,
            "counted_at": now,
        }
        for (kind, area), share in sorted(shares.items())
    ]
    if rows:
        session.execute(insert(Tally), rows)
    was = _totals(before) if before is not None else None
    event = ledger.EventDraft(
        ledger.subject_of("rate", f"{of.key}:{day.isoformat()}"),
        "rate.kept" if was is None else "rate.restated",
        {"version": of.version, "was": was, "is": _totals(shares)},
        [*(gone | dict(evidence.row_values(Tally, values) for values in rows)).items()],
    )
    ledger.append(session.connection(), [event], actor=by.actor)
    return was is not None


def _totals(shares: Shares) -> Mapping[str, list[int]]:
    """The totals by category, for the ledger."""
    kinds = sorted({kind for kind, _area in shares})
    sums = {kind: total(share for (of, _area), share in shares.items() if of == kind) for kind in kinds}
    return {kind: [share.part, share.whole] for kind, share in sums.items()}


def keep_month_ends(on: date) -> dict[str, int]:
    """The nightly job: count outside, write in one short transaction per month-end and definition."""
    figures = {"kept": 0, "restated": 0}
    for of, day in to_keep(on):
        shares = counted(of, period(day.year, day), every_category())
        session.rollback()
        with transaction():
            figures["restated"] += keep(of, day, shares, by=SYSTEM)
        figures["kept"] += 1
    return figures
