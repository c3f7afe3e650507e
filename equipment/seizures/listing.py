"""The register of seized goods (在扣物品台账) as a table, and the story of one decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.seizures.models import SeizedGoods, Seizure
from equipment.seizures.queries import goods
from equipment.seizures.rules import GoodsState, SeizureKind, days_left
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Decision document"), 26),
    (N_("Kind of seizure"), 12),
    (N_("Unit seized from"), 30),
    (N_("County"), 14),
    (N_("Line of the list"), 6),
    (N_("Goods"), 26),
    (N_("Specification"), 20),
    (N_("Quantity"), 10),
    (N_("Condition of the goods"), 24),
    (N_("Kept at"), 24),
    (N_("State"), 14),
    (N_("Decided on"), 12),
    (N_("Last day of the period"), 12),
    (N_("Days left"), 10),
    (N_("Settled on"), 12),
    (N_("Document number"), 22),
    (N_("Who took it"), 24),
)


class GoodsLine(NamedTuple):
    """One line of the register with its decision."""

    goods: SeizedGoods
    seizure: Seizure

    @property
    def left(self) -> int | None:
        """Days to the end of the period, while it is held."""
        if self.goods.state is not GoodsState.HELD:
            return None
        return days_left(self.seizure.until_on, clock.today())

    @property
    def amount(self) -> str:
        return f"{self.goods.quantity} {self.goods.unit}".strip()


def lines_of(viewer: Viewer, filters: Mapping[str, str]) -> list[GoodsLine]:
    """All lines behind the filters, the first to end first."""
    rows = goods(viewer, filters, clock.today())
    ordered = rows.order_by(Seizure.until_on, SeizedGoods.seizure_id, SeizedGoods.no)
    return [GoodsLine(*row) for row in session.execute(ordered)]


def register_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    columns = [TableColumn(say(name), width) for name, width in COLUMNS]
    return Table(say(N_("Register of seized goods")), columns, _cells(lines_of(viewer, filters), say))


def _cells(lines: Iterable[GoodsLine], say: Say) -> Iterable[Sequence[object]]:
    areas = {area.code: area.name for area in areas_below("")}
    for line in lines:
        row, seizure = line
        yield [
            seizure.number,
            say(SeizureKind(seizure.kind).label),
            seizure.unit_name,
            areas.get(seizure.area[:6], seizure.area),
            row.no,
            row.name,
            row.spec,
            line.amount,
            row.condition,
            row.place,
            say(GoodsState(row.state).label),
            seizure.issued_on,
            seizure.until_on,
            line.left,
            row.settled_on,
            row.document,
            row.settled_to,
        ]
