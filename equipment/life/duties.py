"""Public reports to be answered."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_, Message
from equipment.life.models import PublicReport
from equipment.register.duties import DutySource, duty_key, one_list, piece_name
from equipment.register.duty_rules import Duty, DutyKind
from equipment.register.models import Equipment


def report_duty(row: PublicReport, pieces: dict[UUID, Equipment]) -> Duty:
    piece = piece_name(pieces[row.equipment_id]) if row.equipment_id in pieces else row.code
    text = Message(
        N_("Public report %(number)s about %(piece)s: answer by %(day)s"),
        {"piece": piece, "number": row.number, "day": row.due_on.isoformat()},
    )
    return Duty(
        key=duty_key("report", row, row.due_on),
        kind=DutyKind.REPORT,
        due_on=row.due_on,
        area=row.area,
        text=text,
        link=f"/reports/public/{row.id}",
        equipment_id=row.equipment_id,
        category=row.category,
    )


DUTIES = (
    DutySource(
        "report",
        PublicReport,
        PublicReport.answered_at.is_(None),
        report_duty,
        topic=one_list(N_("Public reports to answer"), "/reports/public", by_day=True),
    ),
)
