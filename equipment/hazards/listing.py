"""How findings and hazards read in lists, first pages and exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import Select

from equipment.core.words import N_
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.queries import RecordFacts, record_facts
from equipment.hazards.rules import FindingSource, FindingState, HazardState
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.register.naming import called
from equipment.regulation.categories import category
from equipment.regulation.clauses import HAZARD_CLAUSES, Clause, Grade
from equipment.regulation.clauses import clause as clause_in_force
from equipment.regulation.packs import UnknownRule
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

# Where a hazard is on its way: found, confirmed, rectified, re-checked.
AT = {HazardState.OPEN: 3, HazardState.RECTIFIED: 4, HazardState.CLOSED: 5, HazardState.WITHDRAWN: 3}
FINDING_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Category"), 12),
    (N_("Piece"), 34),
    (N_("Area"), 14),
    (N_("Source"), 14),
    (N_("Description"), 50),
    (N_("Found on"), 12),
    (N_("Found by"), 28),
    (N_("Status"), 14),
)
HAZARD_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Category"), 12),
    (N_("Piece"), 34),
    (N_("Area"), 14),
    (N_("Grade"), 12),
    (N_("Clause"), 8),
    (N_("Source"), 14),
    (N_("Description"), 50),
    (N_("Found on"), 12),
    (N_("To be put right by"), 14),
    (N_("Responsible unit"), 28),
    (N_("Status"), 14),
    (N_("Closed on"), 12),
)


def clause_of(hazard: Hazard) -> Clause | None:
    """The clause a hazard was graded by, as it read when the hazard was found or is read now."""
    for on in (hazard.found_on, hazard.confirmed_at.date()):
        try:
            return clause_in_force(HAZARD_CLAUSES, hazard.clause, on) if hazard.clause else None
        except UnknownRule:
            continue
    return None


def legal_clause(finding: Finding) -> str:
    """The clause a finding names, as it is offered today: for an upload code of the past, its case."""
    try:
        named = clause_in_force(HAZARD_CLAUSES, finding.clause, finding.found_on) if finding.clause else None
    except UnknownRule:
        return ""
    return named.cases[0] if named and named.cases else finding.clause


class HazardRow(RecordFacts):
    """A line as people read it: what the piece is called, and where the record opens."""

    @property
    def called(self) -> str:
        return self.named(gettext)

    def named(self, say: Say) -> str:
        """The piece's name or number, and where it stands."""
        if self.piece is None:
            return say(category(self.record.category).label)
        piece = self.piece
        number = say(called(piece))
        return " ".join(part for part in (number, piece.address, piece.position) if part)

    @property
    def url(self) -> str:
        return url(self.record)


def rows(viewer: Viewer, records: Sequence[Finding | Hazard]) -> list[HazardRow]:
    """Records as rows of a list."""
    return [
        HazardRow(facts.record, facts.piece, facts.responsible, facts.found_by, facts.id)
        for facts in record_facts(viewer, records)
    ]


def url(record: Finding | Hazard) -> str:
    if isinstance(record, Finding):
        return url_for("hazards.finding", equipment_id=record.equipment_id, finding_id=record.id)
    return url_for("hazards.hazard", equipment_id=record.equipment_id, hazard_id=record.id)


def hazard_table(viewer: Viewer, tab: str, records: Select[Any], say: Say) -> Table:
    """The rows behind a list, as people read them."""
    cells_of, model, columns = (
        (_finding_row, Finding, FINDING_COLUMNS)
        if tab == "findings"
        else (_hazard_row, Hazard, HAZARD_COLUMNS)
    )
    areas = {area.code: area.name for area in areas_below("")}
    cells = (
        cells_of(row, areas, say)
        for part in in_parts(records, model.found_on, model.id)
        for row in rows(viewer, part)
    )
    title = say(N_("Findings") if tab == "findings" else N_("Hazards"))
    return Table(title, [TableColumn(say(name), width) for name, width in columns], cells)


def _finding_row(row: HazardRow, areas: Mapping[str, str], say: Say) -> list[object]:
    record = row.record
    return [
        _category(record, say),
        row.named(say),
        areas.get(record.area, record.area),
        say(FindingSource(record.source).label),
        record.description,
        record.found_on,
        row.found_by,
        say(FindingState(record.state).label),
    ]


def _hazard_row(row: HazardRow, areas: Mapping[str, str], say: Say) -> list[object]:
    record = row.record
    return [
        _category(record, say),
        row.named(say),
        areas.get(record.area, record.area),
        say(Grade(record.grade).label),
        record.clause,
        say(FindingSource(record.source).label),
        record.description,
        record.found_on,
        record.due_on,
        row.responsible,
        say(HazardState(record.state).label),
        record.closed_on,
    ]


def _category(record: Finding | Hazard, say: Say) -> str:
    return say(category(record.category).label)
