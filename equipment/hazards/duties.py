"""Findings to decide on, hazards to put right, and those to re-check."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState, HazardState, grading
from equipment.register.duties import DutySource, about_piece, one_list, piece_name, record_duty
from equipment.register.duty_rules import Audience, Duty, DutyKind, at_once
from equipment.register.models import Equipment
from equipment.regulation.clauses import Grade


def finding_duty(row: Finding, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(
        N_("A finding at %(piece)s waits for your decision until %(day)s"),
        row,
        pieces,
        day=row.confirm_by.isoformat(),
    )
    grave = grading(row.clause, row.found_on).grade.stops_use
    return record_duty(
        "finding",
        DutyKind.GRAVE_FINDING if grave else DutyKind.FINDING,
        text,
        row,
        row.confirm_by,
        link=f"/hazards/findings/{row.equipment_id}/{row.id}",
    )


def hazard_duty(row: Hazard, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(
        N_("Hazard at %(piece)s: put it right by %(day)s"), row, pieces, day=row.due_on.isoformat()
    )
    return _to_put_right(row, text)


def stopped_now(row: Hazard, piece: Equipment) -> Duty:
    """A serious or major hazard, told in the minute to whoever uses, maintains and supervises the piece."""
    text = Message(
        N_("Use stopped: %(grade)s at %(piece)s, put it right by %(day)s"),
        {"grade": Grade(row.grade).label, "piece": piece_name(piece), "day": row.due_on.isoformat()},
    )
    stages = at_once(Audience.RESPONSIBLE, Audience.FIRM, Audience.SUPERVISORS, Audience.COUNTY)
    return _to_put_right(row, text, firm_id=piece.maintenance_firm_id, stages=stages)


def _to_put_right(row: Hazard, text: Message, **more: Any) -> Duty:
    """The duty of whoever is responsible, until the day by which it must be put right."""
    link = f"/hazards/{row.equipment_id}/{row.id}"
    who = row.responsible_id
    return record_duty(
        "hazard", DutyKind.HAZARD, text, row, row.due_on, organisation_id=who, link=link, **more
    )


def recheck_duty(row: Hazard, pieces: dict[UUID, Equipment]) -> Duty:
    assert row.rectified_at is not None  # the table's check constraint
    text = about_piece(N_("The hazard at %(piece)s was put right; re-check it"), row, pieces)
    return record_duty(
        "recheck",
        DutyKind.RECHECK,
        text,
        row,
        clock.site_day(row.rectified_at),
        link=f"/hazards/{row.equipment_id}/{row.id}",
    )


DUTIES = (
    DutySource(
        "finding",
        Finding,
        Finding.state == FindingState.OPEN,
        finding_duty,
        topic=one_list(N_("Findings to decide"), "/hazards?tab=findings", by_day=True),
    ),
    DutySource(
        "hazard",
        Hazard,
        Hazard.state == HazardState.OPEN,
        hazard_duty,
        topic=one_list(N_("Hazards to put right"), "/hazards?tab=hazards", by_day=True),
    ),
    DutySource(
        "recheck",
        Hazard,
        Hazard.state == HazardState.RECTIFIED,
        recheck_duty,
        topic=one_list(N_("Hazards to re-check"), "/hazards?tab=recheck"),
    ),
)
