"""How lots and their bottles read in lists and in exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import Row

from equipment.core import clock
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.lots.destroying import destructions, last_codes, waiting
from equipment.lots.models import Destruction, Lot, LotRow
from equipment.lots.queries import LotCounts, counts_of, lot_of, lots, rows_of
from equipment.lots.states import BenchVerdict, LotRowState
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.register.codes import spelt
from equipment.register.models import Equipment
from equipment.regulation.cylinder_words import Variety
from equipment.regulation.gases import GAS_NAMES
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

LOT_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Lot number"), 14, "text"),
    (N_("Sender"), 28, "text"),
    (N_("Area"), 16, "text"),
    (N_("Inspection body"), 28, "text"),
    (N_("Status"), 14, "text"),
    (N_("Put together since"), 12, "day"),
    (N_("Handed over"), 12, "day"),
    (N_("Receipt signed"), 12, "day"),
    (N_("Bottles"), 8, "number"),
    (N_("Missing"), 8, "number"),
    (N_("Conforming"), 8, "number"),
    (N_("New valves"), 8, "number"),
    (N_("To be scrapped"), 8, "number"),
    (N_("Left the line"), 8, "number"),
    (N_("Inspection report number"), 18, "text"),
)
ROW_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Row"), 6, "number"),
    (N_("Label"), 20, "text"),
    (N_("Serial number"), 18, "text"),
    (N_("Unit's own number"), 14, "text"),
    (N_("Variety"), 16, "text"),
    (N_("Medium"), 14, "text"),
    (N_("Model"), 12, "text"),
    (N_("Maker"), 24, "text"),
    (N_("Made on"), 12, "text"),
    (N_("Inspection due on"), 12, "text"),
    (N_("Status"), 16, "text"),
    (N_("Difference"), 18, "text"),
    (N_("Verdict of the bench"), 18, "text"),
    (N_("Scrap reasons"), 24, "text"),
    (N_("Remark"), 24, "text"),
)


@dataclass(frozen=True, slots=True)
class LotSummary:
    """One lot as its list shows it."""

    record: Lot
    counts: LotCounts
    sender: str
    body: str

    @property
    def id(self) -> UUID:
        return self.record.id


def lot_summaries(records: Sequence[Lot]) -> list[LotSummary]:
    """Each lot with its counts and the names of both sides."""
    counts = counts_of(records)
    names = names_of({party for lot in records for party in (lot.organisation_id, lot.body_id)})
    return [
        LotSummary(lot, counts[lot.id], names.get(lot.organisation_id, ""), names.get(lot.body_id, ""))
        for lot in records
    ]


def lot_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The lots behind the filters of the list."""
    areas = {area.code: area.name for area in areas_below("")}
    parts = in_parts(lots(viewer, filters), Lot.opened_at.desc(), Lot.id.desc())
    cells = (_lot_cells(row, areas, say) for part in parts for row in lot_summaries(part))
    columns = [TableColumn(say(name), width, kind) for name, width, kind in LOT_COLUMNS]
    return Table(say(N_("Lots to inspection")), columns, cells)


def _lot_cells(row: LotSummary, areas: Mapping[str, str], say: Say) -> list[object]:
    lot, counts = row.record, row.counts
    return [
        lot.number,
        row.sender,
        areas.get(lot.area, lot.area),
        row.body,
        say(lot.state.label),
        clock.site_day(lot.opened_at),
        clock.site_day(lot.handed_at) if lot.handed_at else None,
        clock.site_day(lot.received_at) if lot.received_at else None,
        counts.total,
        counts.missing,
        counts.verdicts.get(BenchVerdict.PASSED, 0),
        counts.verdicts.get(BenchVerdict.NEW_VALVE, 0),
        counts.verdicts.get(BenchVerdict.SCRAP, 0),
        counts.left,
        lot.report_no,
    ]


def bottle_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The bottles of one lot, those taken out of it left out; `lot` names it."""
    lot = lot_of(id_in(filters.get("lot", "")) or NOBODY, by=viewer)
    rows = session.scalars(rows_of(lot).where(LotRow.state != LotRowState.TAKEN_OUT))
    columns = [TableColumn(say(name), width, kind) for name, width, kind in ROW_COLUMNS]
    return Table(lot.number, columns, (_bottle_cells(row, say) for row in rows))


def _bottle_cells(row: LotRow, say: Say) -> list[object]:
    seen = row.snapshot
    return [
        row.row_no,
        spelt(seen["label"]) if seen["label"] else row.code,
        seen["serial"],
        seen["own_number"],
        say(variety_label(seen["variety"])),
        say(gas_label(seen["medium"])),
        seen["model"],
        seen["maker"],
        seen["made_on"],
        seen["due_on"],
        say(row.state.label),
        say(row.difference.label) if row.difference else "",
        say(row.verdict.label) if row.verdict else "",
        "、".join(row.reasons),
        row.remark,
    ]


@cache
def variety_label(variety: str) -> str:
    """What a variety is called (msgid), "" for none."""
    return Variety(variety).label if variety in set(Variety) else variety


def gas_label(medium: str) -> str:
    """What a gas is called (msgid), its code where nobody knows."""
    return GAS_NAMES.get(medium, medium)


@dataclass(frozen=True, slots=True)
class WaitingBottle:
    """A scrapped bottle that nobody has destroyed on record."""

    equipment: Equipment
    since: date | None
    code: str  # of its last label, void
    owner: str

    @property
    def id(self) -> UUID:
        return self.equipment.id

    @property
    def days(self) -> int | None:
        return (clock.today() - self.since).days if self.since else None


WAITING_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Label"), 20, "text"),
    (N_("Serial number"), 18, "text"),
    (N_("Unit's own number"), 14, "text"),
    (N_("Model"), 12, "text"),
    (N_("Medium"), 14, "text"),
    (N_("Owner"), 28, "text"),
    (N_("Scrapped on"), 12, "day"),
    (N_("Days waiting"), 10, "number"),
)
DESTRUCTION_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Record number"), 14, "text"),
    (N_("Owner"), 28, "text"),
    (N_("Destroyed by"), 28, "text"),
    (N_("Destroyed on"), 12, "day"),
    (N_("How"), 14, "text"),
    (N_("Bottles"), 8, "number"),
    (N_("Witness"), 12, "text"),
    (N_("Number of the document"), 18, "text"),
)


def waiting_rows(rows: Sequence[Row[Equipment, date]]) -> list[WaitingBottle]:
    """Each with its last code and its owner's name."""
    codes = last_codes([piece.id for piece, _since in rows])
    names = names_of({piece.owner_id or piece.use_unit_id for piece, _since in rows})
    return [
        WaitingBottle(
            piece, since, codes.get(piece.id, ""), names.get(piece.owner_id or piece.use_unit_id, "")
        )
        for piece, since in rows
    ]


def waiting_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The scrapped bottles behind the filters of their list."""
    parts = in_parts(waiting(viewer, filters), Equipment.id)
    rows = (row for part in parts for row in waiting_rows(part))
    cells = (
        [
            spelt(row.code) if row.code else "",
            row.equipment.serial,
            row.equipment.own_number,
            row.equipment.details.get("model") or "",
            say(gas_label(row.equipment.medium)),
            row.owner,
            row.since,
            row.days,
        ]
        for row in rows
    )
    columns = [TableColumn(say(name), width, kind) for name, width, kind in WAITING_COLUMNS]
    return Table(say(N_("Scrapped, not destroyed")), columns, cells)


def destruction_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The records behind the filters of their list."""
    parts = in_parts(destructions(viewer, filters), Destruction.on.desc(), Destruction.id.desc())
    columns = [TableColumn(say(name), width, kind) for name, width, kind in DESTRUCTION_COLUMNS]
    return Table(
        say(N_("Destructions")), columns, (cells for part in parts for cells in _destroyed(part, say))
    )


def _destroyed(records: Sequence[Destruction], say: Say) -> list[list[object]]:
    names = names_of({party for one in records for party in (one.organisation_id, one.body_id)})
    return [
        [
            one.number,
            names.get(one.organisation_id, ""),
            names.get(one.body_id, ""),
            one.on,
            say(one.method.label),
            one.bottles,
            one.witness,
            one.document_no,
        ]
        for one in records
    ]
