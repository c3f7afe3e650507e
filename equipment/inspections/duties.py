"""Duties of results: a conclusion whose report is not out (已检待报告), items whose correction nobody has told
(整改反馈)."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_
from equipment.inspections.models import Inspection
from equipment.inspections.queries import COUNTS
from equipment.register.duties import DutySource, about_piece, one_list, record_duty
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment

NO_REPORT, OPEN_ITEMS = "no_report", "open_items"
OF_THE_BODY = (Stage("ahead_3", 3, (Audience.RESPONSIBLE,)), Stage("overdue_1", -1, (Audience.RESPONSIBLE,)))
OF_BOTH = (
    Stage("new", ALWAYS, (Audience.RESPONSIBLE,)),
    Stage("ahead_7", 7, (Audience.RESPONSIBLE,)),
    Stage("overdue_1", -1, (Audience.RESPONSIBLE, Audience.BODY)),
)


def report_duty(row: Inspection, pieces: dict[UUID, Equipment]) -> Duty:
    assert row.report_due_on is not None  # the source has looked
    text = about_piece(
        N_("The report on %(piece)s of %(day)s is not out yet"), row, pieces, day=row.on.isoformat()
    )
    more = {"organisation_id": row.organisation_id, "stages": OF_THE_BODY, "link": _link(row)}
    return record_duty(NO_REPORT, NO_REPORT, text, row, row.report_due_on, **more)


def feedback_duty(row: Inspection, pieces: dict[UUID, Equipment]) -> Duty:
    assert row.feedback_on is not None  # the source has looked
    text = about_piece(
        N_("%(piece)s: tell what was corrected, notice %(number)s"), row, pieces, number=row.notice_no
    )
    piece = pieces.get(row.equipment_id)
    return record_duty(
        OPEN_ITEMS,
        OPEN_ITEMS,
        text,
        row,
        row.feedback_on,
        organisation_id=(piece.use_unit_id or piece.owner_id) if piece else None,
        body_id=row.organisation_id,
        stages=OF_BOTH,
        link=_link(row),
    )


def _link(row: Inspection) -> str:
    return f"/inspections/{row.equipment_id}/{row.id}"


DUTIES = (
    DutySource(
        NO_REPORT,
        Inspection,
        COUNTS & Inspection.report_due_on.is_not(None),
        report_duty,
        Inspection.report_due_on,
        one_list(N_("Reports that are not out yet"), "/inspections?state=no_report", by_day=True),
    ),
    DutySource(
        OPEN_ITEMS,
        Inspection,
        COUNTS & Inspection.feedback_on.is_not(None) & (Inspection.feedback == ""),
        feedback_duty,
        Inspection.feedback_on,
        one_list(N_("Corrections to be told"), "/inspections?state=open_items", by_day=True),
    ),
)
