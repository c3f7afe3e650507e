"""Pieces and units get their colours. A run reads without writing, then writes what changed in chunks;
stopped half-way it is simply run again. A row is written only where something changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, or_

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.risk_numbers import RiskColour
from equipment.risks.facts import GRADED, Dangers, PieceRow, facts_of, pieces_in_use, table_on, unit_facts
from equipment.risks.models import HandGraded, Risk, RiskChange, UnitRisk
from equipment.risks.rules import Graded, GradedUnit, RiskTable, UnitFacts, codes_of, score, score_unit
from equipment.storage.db import session, transaction
from equipment.tasks.makers import Progress

READ, WRITE = 1000, 200  # pieces read together without writing; pieces written in one transaction


class PieceGrade(NamedTuple):
    """A piece in use with its score, and the colour that somebody gave it by hand."""

    piece: PieceRow
    graded: Graded
    hand: HandGraded | None

    @property
    def colour(self) -> RiskColour:
        return RiskColour(self.hand.colour) if self.hand else self.graded.colour


def grade_all(on: date, progress: Progress | None = None) -> dict[str, int]:
    """The colour of every piece, then of every unit."""
    counts = {"pieces": 0, "changed": 0}
    table, dangers = table_on(on), Dangers(on)
    for ids in piece_ids():
        changed = [piece for piece, _kept, _grade in _differing(ids, table, dangers)]
        session.rollback()
        for start in range(0, len(changed), WRITE):
            with transaction():
                counts["changed"] += regrade(changed[start : start + WRITE], table, dangers)
        counts["pieces"] += len(ids)
        if progress is not None:
            progress.done = counts["pieces"]
            progress.check()
    counts["units"] = grade_units(on)
    return counts


def piece_ids() -> Iterator[list[UUID]]:
    """The pieces in use, and those that have a colour still, in chunks, by id."""
    coloured = exists().where(Risk.equipment_id == Equipment.id)
    wanted = visible(SYSTEM, Equipment).where(or_(Equipment.status == GRADED, coloured))
    last: UUID | None = None
    while True:
        rows = wanted if last is None else wanted.where(Equipment.id > last)
        ids = list(session.scalars(rows.with_only_columns(Equipment.id).order_by(Equipment.id).limit(READ)))
        if not ids:
            return
        last = ids[-1]
        yield ids


def grades_of(
    ids: Sequence[UUID], table: RiskTable, dangers: Dangers | None = None
) -> dict[UUID, PieceGrade]:
    """The colours of those of these pieces that are in use, as they would be today."""
    pieces = pieces_in_use(ids)
    facts = facts_of(pieces, table, dangers or Dangers(table.on))
    hands = hands_in_force(ids, table.on)
    return {
        piece.id: PieceGrade(piece, score(facts[piece.id], table), hands.get(piece.id)) for piece in pieces
    }


def hands_in_force(ids: Sequence[UUID], on: date) -> dict[UUID, HandGraded]:
    """What somebody graded by hand and still holds; of one piece the newest."""
    rows = visible(SYSTEM, HandGraded).where(
        HandGraded.equipment_id.in_(ids),
        HandGraded.from_on <= on,
        HandGraded.until_on >= on,
        HandGraded.ended_at.is_(None),
    )
    return {one.equipment_id: one for one in session.scalars(rows.order_by(HandGraded.id))}


def _differing(
    ids: Sequence[UUID], table: RiskTable, dangers: Dangers
) -> list[tuple[UUID, Risk | None, PieceGrade | None]]:
    """The pieces whose row is not as it would be written today."""
    rows = visible(SYSTEM, Risk).where(Risk.equipment_id.in_(ids))
    kept = {risk.equipment_id: risk for risk in session.scalars(rows)}
    grades = grades_of(ids, table, dangers)
    return [
        (key, kept.get(key), grades.get(key))
        for key in ids
        if not _is_as_kept(kept.get(key), grades.get(key), table)
    ]


def _is_as_kept(kept: Risk | None, grade: PieceGrade | None, table: RiskTable) -> bool:
    if grade is None or (grade.colour is RiskColour.BLUE and grade.hand is None):
        return kept is None
    return kept is not None and all(
        getattr(kept, name) == value for name, value in _values(grade, table).items()
    )


def _values(grade: PieceGrade, table: RiskTable) -> dict[str, object]:
    """What the row of a piece says."""
    piece, graded = grade.piece, grade.graded
    return {
        "organisation_id": piece.unit_id,
        "area": piece.area,
        "category": piece.category,
        "colour": grade.colour,
        "scored": graded.colour,
        "points": graded.points,
        "likelihood": graded.likelihood,
        "tenths": graded.tenths,
        "reasons": [reason.as_json() for reason in graded.reasons],
        "codes": codes_of(graded.reasons),
        "version": table.version,
        "hand_id": grade.hand.id if grade.hand else None,
    }


def regrade(ids: Sequence[UUID], table: RiskTable, dangers: Dangers | None = None) -> int:
    """Grade these pieces again and write what changed, in the caller's transaction; a change of colour is a
    row and a line in the chain of its piece."""
    heads = {key: ledger.subject_of("equipment", key) for key in ids}
    ledger.locked_heads(session.connection(), heads.values())
    changes, written = [], 0
    for key, kept, grade in _differing(ids, table, dangers or Dangers(table.on)):
        change = _change(key, kept, grade, table)
        if change is not None:
            session.add(change)
            changes.append(change)
        _write(kept, grade, table, change)
        written += 1
    session.flush()
    drafts = [
        ledger.EventDraft(
            heads[change.equipment_id],
            "risk.changed",
            {"from": change.before, "to": change.colour, "points": change.points},
            [row(change)],
            pack=table.version,
        )
        for change in changes
    ]
    if drafts:
        ledger.append(session.connection(), drafts, actor=SYSTEM.actor)
    return written


def _change(key: UUID, kept: Risk | None, grade: PieceGrade | None, table: RiskTable) -> RiskChange | None:
    """The change of colour; None where only the points or reasons are others."""
    before = RiskColour(kept.colour) if kept else RiskColour.BLUE
    after = grade.colour if grade else None
    if before is after:
        return None
    piece = grade.piece if grade else None
    area = piece.area if piece else kept.area if kept else ""
    return RiskChange(
        equipment_id=key,
        id=new_id(),
        organisation_id=piece.unit_id if piece else kept.organisation_id if kept else None,
        area=area,
        category=piece.category if piece else kept.category if kept else "",
        before=before,
        colour=after,
        points=grade.graded.points if grade else 0,
        reasons=[reason.as_json() for reason in grade.graded.reasons] if grade else [],
        version=table.version,
        hand_id=grade.hand.id if grade and grade.hand else None,
        on=table.on,
        at=clock.now(),
    )


def _write(kept: Risk | None, grade: PieceGrade | None, table: RiskTable, change: RiskChange | None) -> None:
    if grade is None or (grade.colour is RiskColour.BLUE and grade.hand is None):
        if kept is not None:
            session.delete(kept)
        return
    values = _values(grade, table)
    if kept is None:
        born = change.id if change else new_id()
        session.add(Risk(equipment_id=grade.piece.id, id=born, since=table.on, **values))
        return
    if change is not None:
        kept.id, kept.since = change.id, table.on
    for name, value in values.items():
        setattr(kept, name, value)


def grade_units(on: date) -> int:
    """The colour of every unit; returns how many changed."""
    table, facts = table_on(on), unit_facts(on)
    grades = {unit: score_unit(one, table) for unit, one in facts.items()}
    kept = set(session.scalars(visible(SYSTEM, UnitRisk).with_only_columns(UnitRisk.organisation_id)))
    wanted = sorted({unit for unit, one in grades.items() if one.colour is not RiskColour.BLUE} | kept)
    session.rollback()
    changed = 0
    for start in range(0, len(wanted), WRITE):
        part = wanted[start : start + WRITE]
        with transaction():
            changed += _write_units(
                {key: (facts[key], grades[key]) for key in part if key in grades}, part, table
            )
    return changed


def _write_units(
    grades: Mapping[UUID, tuple[UnitFacts, GradedUnit]], units: Sequence[UUID], table: RiskTable
) -> int:
    """Write the rows of these units; a change of colour is a line in the chain of the unit."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", key) for key in units])
    kept = {
        one.organisation_id: one
        for one in session.scalars(visible(SYSTEM, UnitRisk).where(UnitRisk.organisation_id.in_(units)))
    }
    named = visible(SYSTEM, Organisation).where(Organisation.id.in_(units))
    areas = {one.id: one.area for one in session.scalars(named)}
    drafts = []
    for unit in units:
        facts, graded = grades.get(unit, (None, None))
        row_kept = kept.get(unit)
        before = RiskColour(row_kept.colour) if row_kept else RiskColour.BLUE
        after = graded.colour if graded else RiskColour.BLUE
        if after is not before:
            payload = {"from": before, "to": after}
            subject = ledger.subject_of("organisation", unit)
            drafts.append(ledger.EventDraft(subject, "risk.changed", payload, pack=table.version))
        if facts is None or graded is None or after is RiskColour.BLUE:
            if row_kept is not None:
                session.delete(row_kept)
            continue
        if row_kept is None:
            row_kept = UnitRisk(organisation_id=unit, since=table.on)
            session.add(row_kept)
        elif after is not before:
            row_kept.since = table.on
        _fill_unit(row_kept, areas[unit], facts, graded, table.version)
    session.flush()
    if drafts:
        ledger.append(session.connection(), drafts, actor=SYSTEM.actor)
    return len(drafts)


def _fill_unit(kept: UnitRisk, area: str, facts: UnitFacts, graded: GradedUnit, version: str) -> None:
    kept.area, kept.colour, kept.version = area, graded.colour, version
    kept.red, kept.orange, kept.yellow, kept.pieces = facts.red, facts.orange, facts.yellow, facts.pieces
    reasons: list[object] = [reason.as_json() for reason in graded.reasons]
    if kept.reasons != reasons:
        kept.reasons = reasons
