"""How instruments and lists for a verification body read in lists and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.instruments.models import Instrument, VerificationListRow
from equipment.instruments.queries import by_ids, instruments, list_of, rows_of, verifications_by_id
from equipment.instruments.rules import InstrumentKind, VerificationResult, VerificationStanding, standing
from equipment.people.models import Organisation
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Organisation"), 30),
    (N_("County"), 14),
    (N_("Kind of instrument"), 14),
    (N_("Name"), 18),
    (N_("Number"), 18),
    (N_("Maker"), 24),
    (N_("Model"), 16),
    (N_("Measuring range"), 16),
    (N_("Accuracy class"), 12),
    (N_("Bay"), 8),
    (N_("Place of use"), 20),
    (N_("Subject to statutory verification"), 12),
    (N_("State"), 10),
    (N_("Verification"), 16),
    (N_("Verified on"), 12),
    (N_("Verified until"), 12),
    (N_("Last own check"), 12),
    (N_("Next own check"), 12),
)
# As the template of instruments names them: a list that a body filled in is read back like any workbook.
ROW_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Row"), 6),
    (N_("Organisation"), 30),
    (N_("Kind of instrument"), 14),
    (N_("Name"), 18),
    (N_("Number"), 18),
    (N_("Maker"), 22),
    (N_("Model"), 16),
    (N_("Measuring range"), 16),
    (N_("Accuracy class"), 12),
    (N_("Place of use"), 20),
    (N_("Due on"), 12),
    (N_("Conclusion of the verification"), 10),
    (N_("Certificate number"), 20),
    (N_("Verified on"), 12),
    (N_("Verified until"), 12),
    (N_("Verification body"), 24),
)


def standing_of(row: Instrument) -> VerificationStanding:
    """What its verification is worth today."""
    return standing(row.verified_until, row.failed, clock.today())


def place_of(row: Instrument) -> str:
    """Where it stands: its bay with the gas, or whatever was typed."""
    bay = " ".join(part for part in (row.bay, row.gas) if part)
    return " · ".join(part for part in (bay, row.place) if part)


def instrument_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of instruments with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    rows = instruments(viewer, filters, clock.today())
    parts = in_parts(rows, Instrument.organisation_id, Instrument.kind, Instrument.number, Instrument.id)
    cells = (cell for part in parts for cell in _cells(part, say))
    return Table(say(N_("Measuring instruments")), _columns(COLUMNS, say), cells)


def _cells(rows: Sequence[Instrument], say: Say) -> Iterable[Sequence[object]]:
    names, counties = names_of([row.organisation_id for row in rows]), counties_of(rows)
    for row in rows:
        yield [
            names.get(row.organisation_id, ""),
            counties.get(row.organisation_id, ""),
            say(InstrumentKind(row.kind).label),
            row.name,
            row.number,
            row.maker,
            row.model,
            row.measures,
            row.accuracy,
            row.bay,
            row.place,
            say(N_("Yes")) if row.statutory else say(N_("No")),
            say(row.state.label),
            say(standing_of(row).label),
            row.verified_on,
            row.verified_until,
            row.checked_on,
            row.check_due_on,
        ]


def counties_of(rows: Iterable[Instrument]) -> dict[UUID, str]:
    """By organisation, the name of its county."""
    wanted = (
        visible(SYSTEM, Organisation)
        .where(Organisation.id.in_({row.organisation_id for row in rows}))
        .with_only_columns(Organisation.id, Organisation.area)
    )
    codes = {key: area[:6] for key, area in session.execute(wanted)}
    names = {area.code: area.name for area in areas_below("")}
    return {key: names.get(code, code) for key, code in codes.items()}


def list_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """A list for a verification body as a workbook, whose last columns the body fills in."""
    stated = Fields(query)
    drawn = list_of(viewer, UUID(stated.text("organisation_id")), UUID(stated.text("list_id")))
    rows = session.scalars(rows_of(drawn).order_by(VerificationListRow.row_no)).all()
    return Table(f"{say(N_('List'))} {drawn.number}", _columns(ROW_COLUMNS, say), row_cells(rows, say))


def row_cells(rows: Sequence[VerificationListRow], say: Say) -> Iterable[Sequence[object]]:
    """The rows of a list, each with the result that settled it."""
    by_id = by_ids(row.instrument_id for row in rows)
    results = verifications_by_id(row.verification_id for row in rows)
    names = names_of([row.unit_id for row in rows])
    for row in rows:
        one, result = (
            by_id[row.instrument_id],
            results.get(row.verification_id) if row.verification_id else None,
        )
        yield [
            row.row_no,
            names.get(row.unit_id, ""),
            say(InstrumentKind(one.kind).label),
            one.name,
            one.number,
            one.maker,
            one.model,
            one.measures,
            one.accuracy,
            place_of(one),
            row.due_on,
            say(VerificationResult(result.result).label) if result else "",
            result.number if result else "",
            result.verified_on if result else None,
            result.valid_until if result else None,
            result.body if result else "",
        ]


def _columns(columns: Sequence[tuple[str, int]], say: Say) -> list[TableColumn]:
    return [TableColumn(say(name), width) for name, width in columns]
