"""What a plan changes: open duties compared with what the category plans today, written in few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import bindparam, insert, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues.kinds import SliceDue, slice_plans
from equipment.dues.models import Due
from equipment.dues.queries import lives_of
from equipment.dues.rules import DueState
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import proved, row_values
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.category import Category
from equipment.regulation.packs import UnknownRule
from equipment.regulation.planning import DueKind, Life, Origin, Planned
from equipment.regulation.queries import rules
from equipment.storage.db import session


@dataclass(slots=True)
class Change:
    """What planning one piece anew changes; nothing of it is written yet."""

    equipment_id: UUID
    planned: list[dict[str, object]] = field(default_factory=list)
    superseded: list[Due] = field(default_factory=list)
    refreshed: list[dict[str, object]] = field(default_factory=list)
    days: dict[str, date | None] | None = None

    def __bool__(self) -> bool:
        return bool(self.planned or self.superseded or self.refreshed or self.days)


def category_now(key: str) -> Category:
    """The category under its rule pack with the bureau's own values laid over it."""
    return category(key).under(rules(key))


def changes_of(pieces: Sequence[Equipment], on: date) -> tuple[list[Change], list[UUID]]:
    """(what changes, which pieces cannot be planned): the latter keep what they had, since their details or
    rules are not known."""
    lives, unplannable = _lives(pieces)
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


def _lives(pieces: Sequence[Equipment]) -> tuple[dict[UUID, Life], list[UUID]]:
    """The lives in bulk; where one piece's details are wrong, each by itself."""
    try:
        return lives_of(pieces), []
    except ValidationError:
        lives: dict[UUID, Life] = {}
        wrong = []
        for piece in pieces:
            try:
                lives |= lives_of([piece])
            except ValidationError:
                wrong.append(piece.id)
        return lives, wrong


def _change(
    piece: Equipment, life: Life, plan: Iterable[Planned | SliceDue], current: dict[str, Due]
) -> Change:
    wanted: dict[str, Planned | SliceDue] = {planned.kind: planned for planned in plan}
    change = Change(piece.id)
    for kind, due in current.items():
        if kind not in wanted or wanted[kind].due_on != due.due_on:
            change.superseded.append(due)
    for kind, duty in wanted.items():
        current_due = current.get(kind)
        values = _values(piece, duty)
        if current_due is None or current_due.due_on != duty.due_on:
            change.planned.append(
                values | {"id": new_id(), "kind": kind, "state": DueState.OPEN, "due_on": duty.due_on}
            )
        elif any(getattr(current_due, name) != value for name, value in values.items()):
            change.refreshed.append(
                {f"new_{name}": value for name, value in values.items()}
                | {"piece": piece.id, "due": current_due.id}
            )
    days = _days(piece, life, wanted.get(DueKind.INSPECTION), wanted.get(DueKind.END_OF_LIFE))
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


def _days(
    piece: Equipment,
    life: Life,
    inspection: Planned | SliceDue | None,
    end_of_life: Planned | SliceDue | None,
) -> dict[str, date | None]:
    """What the piece itself says: whether its last inspection failed, whatever its status; while it has
    duties also the last day on which it counts as inspected (after a failed inspection the day before that
    one) and the end of its life."""
    failed = life.failed(DueKind.INSPECTION)
    days = {
        "inspection_failed_on": failed.on if failed else None,
        "inspection_due_on": piece.inspection_due_on,
        "end_of_life_on": piece.end_of_life_on,
    }
    if life.planned:
        days["inspection_due_on"] = (
            failed.on - timedelta(days=1) if failed and inspection else _day(inspection)
        )
        days["end_of_life_on"] = _day(end_of_life)
    return days


def _day(planned: Planned | SliceDue | None) -> date | None:
    """The day a piece is held to; none while nobody knows it."""
    return planned.due_on if planned and planned.origin is not Origin.UNKNOWN else None


def write(changes: Sequence[Change], *, actor: str) -> None:
    """Write the changes with one ledger event per piece whose duties changed; the caller has locked their
    chains."""
    now = clock.now()
    gone = [due for change in changes for due in change.superseded]
    new = [
        {**values, "planned_at": now, "done_on": None, "done_by": "", "conclusion": "", "next_on": None}
        for change in changes
        for values in change.planned
    ]
    if gone:
        _update(
            {"state": "new_state"},
            [{"piece": due.equipment_id, "due": due.id, "new_state": DueState.SUPERSEDED} for due in gone],
        )
    if new:
        session.connection().execute(insert(Due), new)
    refreshed = [values for change in changes for values in change.refreshed]
    if refreshed:
        _update(
            {name.removeprefix("new_"): name for name in refreshed[0] if name.startswith("new_")}, refreshed
        )
    days = [
        {"piece": change.equipment_id, **{f"new_{name}": day for name, day in change.days.items()}}
        for change in changes
        if change.days
    ]
    if days:
        moved = update(Equipment).where(Equipment.id == bindparam("piece"))
        names = [name for name in days[0] if name != "piece"]
        session.connection().execute(
            moved.values({name.removeprefix("new_"): bindparam(name) for name in names}), days
        )
    ledger.append(
        session.connection(),
        [_event(change) for change in changes if change.planned or change.superseded],
        actor=actor,
    )


def _update(columns: dict[str, str], rows: list[dict[str, object]]) -> None:
    """One executemany of an update by the key of a duty."""
    changed = update(Due).where(Due.equipment_id == bindparam("piece"), Due.id == bindparam("due"))
    session.connection().execute(
        changed.values({column: bindparam(name) for column, name in columns.items()}), rows
    )


def _event(change: Change) -> ledger.EventDraft:
    gone = [row_values(Due, {**_evidence(due), "state": DueState.SUPERSEDED}) for due in change.superseded]
    new = [row_values(Due, {**values, "done_on": None}) for values in change.planned]
    payload = {
        "planned": {values["kind"]: values["due_on"] for values in change.planned},
        "superseded": {due.kind: due.due_on for due in change.superseded},
    }
    return ledger.EventDraft(
        ledger.subject_of("equipment", change.equipment_id), "due.planned", payload, [*gone, *new]
    )


def _evidence(due: Due) -> dict[str, object]:
    return {name: getattr(due, name) for name in proved(Due)}
