"""What a plan changes: open duties compared with what the category plans today, written in few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import insert

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues.kinds import SliceDue, slice_plans
from equipment.dues.models import Due
from equipment.dues.queries import lives_of
from equipment.dues.rules import DueState
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row, row_values
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.category import Category
from equipment.regulation.packs import UnknownRule
from equipment.regulation.planning import INSPECTIONS, Done, DueKind, Life, Origin, Planned
from equipment.regulation.queries import rules
from equipment.storage.db import session

# What a planned duty says of its doing.
UNDONE: dict[str, object] = {
    "state": DueState.OPEN,
    "done_on": None,
    "done_by": "",
    "conclusion": "",
    "next_on": None,
}


@dataclass(slots=True)
class Change:
    """What planning one piece anew changes; nothing of it is written yet."""

    piece: Equipment
    planned: list[dict[str, object]] = field(default_factory=list)  # whole rows of `due`
    superseded: list[Due] = field(default_factory=list)
    refreshed: list[tuple[Due, dict[str, object]]] = field(default_factory=list)  # with what they say now
    days: dict[str, date | None] | None = None

    def __bool__(self) -> bool:
        return bool(self.planned or self.superseded or self.refreshed or self.days)


def category_now(key: str) -> Category:
    """The category under its rule pack with the bureau's own values laid over it."""
    return category(key).under(rules(key))


def changes_of(pieces: Sequence[Equipment], on: date) -> tuple[list[Change], list[UUID]]:
    """(what changes, which pieces cannot be planned): the latter keep what they had, since their details or
    rules are not known."""
    lives, unplannable = _lives(pieces, on)
    open_dues = visible(SYSTEM, Due).where(Due.equipment_id.in_(lives), Due.state == DueState.OPEN)
    current: dict[UUID, dict[str, Due]] = defaultdict(dict)
    for due in session.scalars(open_dues.execution_options(populate_existing=True)):
        current[due.equipment_id][due.kind] = due
    changes, kinds = [], {key: category_now(key) for key in {piece.category for piece in pieces}}
    planned_by_slices = [plan([piece for piece in pieces if piece.id in lives], on) for plan in slice_plans]
    for piece in pieces:
        if piece.id not in lives:
            continue
        try:
            plan = kinds[piece.category].plan(lives[piece.id], on)
        except UnknownRule:
            unplannable.append(piece.id)
            continue
        by_slices = (planned for plans in planned_by_slices for planned in plans.get(piece.id, ()))
        if change := _change(piece, lives[piece.id], (*plan, *by_slices), current[piece.id]):
            changes.append(change)
    return changes, unplannable


def _lives(pieces: Sequence[Equipment], on: date) -> tuple[dict[UUID, Life], list[UUID]]:
    """The lives in bulk; where one piece's details are wrong, each by itself."""
    try:
        return lives_of(pieces, on), []
    except ValidationError:
        lives: dict[UUID, Life] = {}
        wrong = []
        for piece in pieces:
            try:
                lives |= lives_of([piece], on)
            except ValidationError:
                wrong.append(piece.id)
        return lives, wrong


def inspections_after(
    pieces: Sequence[Equipment], on: date, stated: Mapping[UUID, date] | None = None
) -> dict[UUID, date]:
    """By piece, when its next inspection would be due if it passed one on that day (with the next day that
    ring or report would state); nothing is written. A piece that cannot be planned has none."""
    lives, days = _lives(pieces, on)[0], {}
    for piece in pieces:
        if piece.id not in lives:
            continue
        passed = Done(DueKind.INSPECTION, on, next_on=(stated or {}).get(piece.id))
        life = replace(lives[piece.id], done=(*lives[piece.id].done, passed))
        try:
            plan = category_now(piece.category).plan(life, clock.today())
        except UnknownRule:
            continue
        day = next((planned.due_on for planned in plan if planned.kind == DueKind.INSPECTION), None)
        if day is not None:
            days[piece.id] = day
    return days


def _change(
    piece: Equipment, life: Life, plan: Iterable[Planned | SliceDue], current: dict[str, Due]
) -> Change:
    wanted: dict[str, Planned | SliceDue] = {planned.kind: planned for planned in plan}
    change = Change(piece)
    for kind, due in current.items():
        if kind not in wanted or wanted[kind].due_on != due.due_on:
            change.superseded.append(due)
    for kind, duty in wanted.items():
        current_due = current.get(kind)
        values = _values(piece, duty)
        if current_due is None or current_due.due_on != duty.due_on:
            change.planned.append(
                values
                | UNDONE
                | {"id": new_id(), "kind": kind, "due_on": duty.due_on, "planned_at": clock.now()}
            )
        elif any(getattr(current_due, name) != value for name, value in values.items()):
            change.refreshed.append((current_due, values))
    days = _days(piece, life, wanted)
    if any(getattr(piece, name) != day for name, day in days.items()):
        change.days = days
    return change


def _values(piece: Equipment, planned: Planned | SliceDue) -> dict[str, object]:
    return {
        "equipment_id": piece.id,
        "earliest_on": planned.earliest_on,
        "citation": planned.citation.as_json(),
        "explanation": _explained(planned),
        "organisation_id": piece.use_unit_id or piece.owner_id,
        "body_id": piece.inspection_body_id,
        "firm_id": piece.maintenance_firm_id,
        "area": piece.area,
        "category": piece.category,
        "origin": planned.origin,
        "rule_on": planned.by_rule.due_on if planned.by_rule else None,
        "rule_explanation": _explained(planned.by_rule) if planned.by_rule else None,
    }


def _explained(planned: Planned | SliceDue) -> dict[str, object]:
    return {"msgid": planned.explanation.msgid, "params": dict(planned.explanation.params)}


def _days(piece: Equipment, life: Life, wanted: Mapping[str, Planned | SliceDue]) -> dict[str, date | None]:
    """What the piece itself says: whether an inspection of it failed, whatever its status; while it has
    duties also the last day on which it counts as inspected (after a failed inspection the day before that
    one) and the end of its life."""
    inspections = [wanted[kind] for kind in INSPECTIONS if kind in wanted]
    failed = [duty.due_on for duty in inspections if duty.origin is Origin.FAILED]
    if not life.planned:
        failed = [last.on for kind in INSPECTIONS if (last := life.failed(kind)) is not None]
    days = {
        "inspection_failed_on": min(failed, default=None),
        "inspection_due_on": piece.inspection_due_on,
        "end_of_life_on": piece.end_of_life_on,
    }
    if life.planned:
        days["inspection_due_on"] = (
            min(failed) - timedelta(days=1) if failed else _inspected_until(inspections)
        )
        days["end_of_life_on"] = _day(wanted.get(DueKind.END_OF_LIFE))
    return days


def _inspected_until(inspections: Sequence[Planned | SliceDue]) -> date | None:
    """The first day by which one of them is due. Of a piece that needs several, none of which is overdue,
    nobody knows while he does not know one."""
    days = [day for duty in inspections if (day := _day(duty)) is not None]
    first = min(days, default=None)
    return first if len(days) == len(inspections) or (first and first < clock.today()) else None


def _day(planned: Planned | SliceDue | None) -> date | None:
    """The day a piece is held to; none while nobody knows it."""
    return planned.due_on if planned and planned.origin is not Origin.UNKNOWN else None


def write(changes: Sequence[Change], *, actor: str) -> None:
    """Write the changes with one ledger event per piece; the caller has locked their chains."""
    for change in changes:
        for due in change.superseded:
            due.state = DueState.SUPERSEDED
        for due, values in change.refreshed:
            _set(due, values)
        _set(change.piece, change.days or {})
    session.flush()
    if new := [values for change in changes for values in change.planned]:
        session.connection().execute(insert(Due), new)
    ledger.append(session.connection(), [_event(change) for change in changes], actor=actor)


def _set(record: Due | Equipment, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _event(change: Change) -> ledger.EventDraft:
    changed = [*change.superseded, *(due for due, _values in change.refreshed)]
    payload = {
        "planned": {values["kind"]: values["due_on"] for values in change.planned},
        "superseded": {due.kind: due.due_on for due in change.superseded},
    }
    rows = [*map(row, changed), *(row_values(Due, values) for values in change.planned)]
    if change.days:
        rows.append(row(change.piece))
    return ledger.EventDraft(ledger.subject_of("equipment", change.piece.id), "due.planned", payload, rows)
