"""What a file's pieces would have due once they are on file: told by the check, before anything is added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from equipment.core import clock
from equipment.dues.planning import category_now
from equipment.dues.queries import stated
from equipment.imports.judging import Judged
from equipment.register.checking import Registration
from equipment.regulation.packs import UnknownRule
from equipment.regulation.planning import DueKind, Life, Origin, Planned

KEY, OVERDUE = "dues", "overdue"  # where `ImportBatch.preview` holds the figures


def first_life(registration: Registration, on: date) -> Life:
    """The life of a piece on the day it is put on file: its papers, and nothing on record yet."""
    row = registration.row
    return Life(
        details=registration.details,
        made_on=row["made_on"],
        registered_on=row["registered_on"],
        base_on=row["base_on"],
        in_use_since=row["in_use_since"],
        status=row["status"],
        done=stated(row["last_inspected_on"], row["next_inspection_on"]),
        known_since=on,
        paper_next_on=row["next_inspection_on"],
    )


@dataclass(slots=True)
class Outlook:
    """How many pieces would have their inspection due by paper, by the rule, or not known; and how many would
    stand overdue."""

    category: str
    on: date = field(default_factory=clock.today)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*map(str, Origin), OVERDUE), 0))

    def add(self, judged: Iterable[Judged]) -> None:
        kind = category_now(self.category)
        for row in judged:
            if row.registration is None:
                continue
            try:
                plan = kind.next_duties(first_life(row.registration, self.on), self.on)
            except UnknownRule:
                continue
            due = next((due for due in plan if due.kind is DueKind.INSPECTION), None)
            if due is not None:
                self._count(due)

    def _count(self, due: Planned) -> None:
        self.counts[due.origin] += 1
        self.counts[OVERDUE] += due.origin is not Origin.UNKNOWN and due.due_on < self.on
