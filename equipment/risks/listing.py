"""How pieces and units by colour read in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.regulation.categories import category
from equipment.regulation.risk_numbers import RiskColour
from equipment.risks.models import Risk, UnitRisk
from equipment.risks.queries import coloured, reasons_in, units
from equipment.risks.rules import ReasonKind, RiskReason
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

PIECE_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Risk colour"), 16),
    (N_("Points"), 8),
    (N_("Category"), 16),
    (N_("Piece"), 24),
    (N_("Address"), 36),
    (N_("Use unit or owner"), 30),
    (N_("Area"), 16),
    (N_("Graded on"), 12),
    (N_("Graded by hand"), 10),
    (N_("Reasons"), 70),
)
UNIT_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Risk colour"), 16),
    (N_("Unit"), 34),
    (N_("Area"), 16),
    (N_("Pieces in use"), 10),
    (N_("Red pieces"), 10),
    (N_("Orange pieces"), 10),
    (N_("Yellow pieces"), 10),
    (N_("Graded on"), 12),
    (N_("Reasons"), 60),
)
UNVERIFIED = N_(
    "House values, unverified: no official score table was seen. The bureau can set each of them under Rules."
)


def reason_text(reason: RiskReason) -> Message:
    """A reason as people read it: a category by its name, anything else with its figures."""
    if reason.kind is ReasonKind.CONSEQUENCE:
        return Message(category(reason.code).label)
    return reason.text


def said(reason: RiskReason, say: Say) -> str:
    """A reason with what it adds or asks for, in one text."""
    message = reason_text(reason)
    text = say(message.msgid) % message.params if message.params else say(message.msgid)
    if reason.colour:
        return f"{text} → {say(RiskColour(reason.colour).label)}"
    if reason.kind is ReasonKind.LIKELIHOOD:
        return f"{text} +{reason.amount}"
    return (
        f"{text} ×{reason.amount / 10:.1f}"
        if reason.kind is ReasonKind.CONSEQUENCE
        else (f"{text} +{reason.amount / 10:.1f}")
    )


def piece_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of pieces with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).items()}
    areas = {area.code: area.name for area in areas_below("")}
    cells = (
        cell
        for part in in_parts(coloured(viewer, filters), Risk.points.desc(), Risk.equipment_id)
        for cell in _piece_rows(part, areas, say)
    )
    columns = [TableColumn(say(name), width) for name, width in PIECE_COLUMNS]
    return Table(say(N_("Risk colours of pieces")), columns, cells, notes=[say(UNVERIFIED)])


def _piece_rows(rows: Sequence[Risk], areas: Mapping[str, str], say: Say) -> Iterator[list[object]]:
    by_id: Mapping[UUID, Equipment] = {
        piece.id: piece for piece in pieces(SYSTEM, [row.equipment_id for row in rows])
    }
    names = names_of([row.organisation_id for row in rows])
    for row in rows:
        piece = by_id[row.equipment_id]
        yield [
            say(RiskColour(row.colour).label),
            row.points,
            say(category(row.category).label),
            say(called(piece)),
            " ".join(part for part in (piece.address, piece.position) if part),
            names.get(row.organisation_id, ""),
            areas.get(row.area, row.area),
            row.since,
            say(N_("Yes")) if row.hand_id else "",
            "；".join(said(reason, say) for reason in reasons_in(row.reasons)),
        ]


def unit_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of units with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).items()}
    areas = {area.code: area.name for area in areas_below("")}
    cells = (
        cell
        for part in in_parts(units(viewer, filters), UnitRisk.red.desc(), UnitRisk.organisation_id)
        for cell in _unit_rows(part, areas, say)
    )
    columns = [TableColumn(say(name), width) for name, width in UNIT_COLUMNS]
    return Table(say(N_("Risk colours of units")), columns, cells, notes=[say(UNVERIFIED)])


def _unit_rows(rows: Sequence[UnitRisk], areas: Mapping[str, str], say: Say) -> Iterator[list[object]]:
    names = names_of([row.organisation_id for row in rows])
    for row in rows:
        yield [
            say(RiskColour(row.colour).label),
            names.get(row.organisation_id, ""),
            areas.get(row.area, row.area),
            row.pieces,
            row.red,
            row.orange,
            row.yellow,
            row.since,
            "；".join(said(reason, say) for reason in reasons_in(row.reasons)),
        ]
