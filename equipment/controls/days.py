"""The days on which controls are expected: opened every night, and looked at again whenever a unit states a
stopped day or a record comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from equipment.controls.models import ControlDay, DailyControl, UnitClosure
from equipment.controls.queries import (
    ControlledPieces,
    closure_facts,
    closures_of,
    controlled_pieces,
    controls_of_day,
    day_of,
    due_at,
)
from equipment.controls.rules import ControlDayState, DayFacts, MadeControl, control_day_state
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import session


def open_days(on: date, held: Collection[ControlledPieces]) -> int:
    """The rows of a day for these units; those that are there stay. How many are new."""
    there = visible(SYSTEM, ControlDay).where(
        ControlDay.on == on, ControlDay.organisation_id.in_({one.organisation_id for one in held})
    )
    standing = {(row.organisation_id, row.category) for row in session.scalars(there)}
    fresh = [one for one in held if (one.organisation_id, one.category) not in standing]
    closures = _closures([one.organisation_id for one in fresh], on)
    rows = []
    for one in fresh:
        row = _day(one, on)
        state = _state(row, [c for c in closures[one.organisation_id] if c.category in ("", one.category)])
        if state is not None:
            row.state = state
            rows.append(row)
    session.add_all(rows)
    return len(rows)


def _day(held: ControlledPieces, on: date) -> ControlDay:
    return ControlDay(
        organisation_id=held.organisation_id,
        id=new_id(),
        area=held.area,
        category=held.category,
        on=on,
        due_at=due_at(held.kind, on),
        pieces=held.pieces,
        state=ControlDayState.EXPECTED,
        control_id=None,
    )


def _closures(units: Sequence[UUID], on: date) -> dict[UUID, list[UnitClosure]]:
    rows = visible(SYSTEM, UnitClosure).where(
        UnitClosure.organisation_id.in_(units),
        UnitClosure.withdrawn_at.is_(None),
        UnitClosure.from_on <= on,
        UnitClosure.until_on >= on,
    )
    by_unit: dict[UUID, list[UnitClosure]] = defaultdict(list)
    for row in session.scalars(rows):
        by_unit[row.organisation_id].append(row)
    return by_unit


def _state(
    row: ControlDay, closures: Sequence[UnitClosure], first: DailyControl | None = None
) -> ControlDayState | None:
    """What a stored day is: missing is what is expected once its time is over."""
    facts = DayFacts(
        on=row.on,
        due_at=row.due_at,
        since=row.on,  # a row is made only for a day from which the unit is asked
        pieces=row.pieces,
        closures=[closure_facts(closure) for closure in closures],
        control=MadeControl(first.counted_at, first.is_paper) if first else None,
    )
    state = control_day_state(facts, clock.now())
    return ControlDayState.EXPECTED if state is ControlDayState.MISSING else state


def look_again(unit: UUID, category_key: str, since: date, until: date) -> int:
    """Stopped days were stated or taken back: what becomes of the days without a record (`category_key`
    empty: of every category). How many changed."""
    rows = visible(SYSTEM, ControlDay).where(
        ControlDay.organisation_id == unit,
        ControlDay.on.between(since, until),
        ControlDay.control_id.is_(None),
    )
    if category_key:
        rows = rows.where(ControlDay.category == category_key)
    closures, changed = closures_of(unit, since), 0
    for row in session.scalars(rows):
        state = _state(row, [one for one in closures if one.category in ("", row.category)])
        if state is not None and state is not row.state:
            row.state, changed = state, changed + 1
    return changed


def settle_day(unit: Organisation, category_key: str, on: date) -> ControlDay | None:
    """The row of a day follows its records: the first of those that count decides whether it was on time.
    Where nobody expected one, there is a row now."""
    session.flush()
    controls = controls_of_day(unit.id, category_key, on)
    row = day_of(unit.id, category_key, on)
    if row is None:
        if not controls:
            return None
        kept = controls[0]
        held = ControlledPieces(unit.id, unit.kind, kept.area, category_key, kept.pieces)
        row = _day(held, on)
        session.add(row)
    first = next((one for one in controls if not one.is_paper), controls[0] if controls else None)
    closures = [one for one in closures_of(unit.id, on) if one.category in ("", category_key)]
    row.control_id = first.id if first else None
    row.state = _state(row, closures, first) or ControlDayState.STOPPED
    return row


def free_stopped(on: date) -> int:
    """A day gone by on which nothing was in use after all: the last piece was stopped that day. Not of
    stations: theirs was due before the first bottle."""
    waiting = visible(SYSTEM, ControlDay).where(
        ControlDay.on == on,
        ControlDay.state == ControlDayState.EXPECTED,
        ControlDay.due_at >= clock.site_midnight(on + timedelta(days=1)),
    )
    rows = session.scalars(waiting).all()
    there = controlled_pieces(on + timedelta(days=1), {row.organisation_id for row in rows}) if rows else []
    used = {(one.organisation_id, one.category) for one in there}
    idle = [row for row in rows if (row.organisation_id, row.category) not in used]
    for row in idle:
        row.state = ControlDayState.STOPPED
    return len(idle)
