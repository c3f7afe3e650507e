"""Public reports to be answered."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_
from equipment.life.models import PublicReport
from equipment.register.duties import DutySource, about_piece, record_duty
from equipment.register.duty_rules import Duty, DutyKind
from equipment.register.models import Equipment


def report_duty(row: PublicReport, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(
        N_("Public report %(number)s about %(piece)s: answer by %(day)s"),
        row,
        pieces,
        number=row.number,
        day=row.due_on.isoformat(),
    )
    return record_duty("report", DutyKind.REPORT, text, row, row.due_on)


DUTIES = (DutySource("report", PublicReport, PublicReport.answered_at.is_(None), report_duty),)
