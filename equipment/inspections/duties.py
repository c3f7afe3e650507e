"""Duties of results: a conclusion whose report is not out (已检待报告), items whose correction nobody has told
(整改反馈)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists

from equipment.core.words import N_
from equipment.inspections.models import Inspection, Opinion
from equipment.inspections.opinions import OPINION
from equipment.inspections.queries import COUNTS
from equipment.inspections.states import OpinionState
from equipment.register.duties import DutySource, about_piece, one_list, record_duty
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment

NO_REPORT, OPEN_ITEMS = "no_report", "open_items"
OF_THE_BODY = (
    Stage("ahead_3", 3, (Audience.RESPONSIBLE,)),
    Stage("overdue_1", -1, (Audience.RESPONSIBLE,)),
    Stage("overdue_7", -7, (Audience.RESPONSIBLE, Audience.SUPERVISORS)),
)
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


OF_ALL = (
    Stage("ahead_7", 7, (Audience.RESPONSIBLE,)),
    Stage("ahead_1", 1, (Audience.RESPONSIBLE,)),
    Stage("overdue_1", -1, (Audience.RESPONSIBLE, Audience.BODY, Audience.SUPERVISORS)),
    Stage("overdue_15", -15, (Audience.RESPONSIBLE, Audience.BODY, Audience.SUPERVISORS)),
)


def opinion_duty(row: Opinion, pieces: dict[UUID, Equipment]) -> Duty:
    """The unit answers by its day; once it is late the body and the bureau hear of it too. That it was issued
    is told in the minute."""
    text = N_("%(piece)s: answer notice %(number)s of the inspection body")
    return record_duty(
        OPINION,
        OPINION,
        about_piece(text, row, pieces, number=row.number),
        row,
        row.feedback_on,
        organisation_id=row.unit_id,
        body_id=row.organisation_id,
        stages=OF_ALL,
        link=f"/opinions/{row.equipment_id}/{row.id}",
    )


NO_OPINION = ~exists().where(
    Opinion.equipment_id == Inspection.equipment_id, Opinion.inspection_id == Inspection.id
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
        # recorded before notices were kept; the others have theirs
        COUNTS & Inspection.feedback_on.is_not(None) & (Inspection.feedback == "") & NO_OPINION,
        feedback_duty,
        Inspection.feedback_on,
        one_list(N_("Corrections to be told"), "/inspections?state=open_items", by_day=True),
    ),
    DutySource(
        OPINION,
        Opinion,
        Opinion.state == OpinionState.OPEN,
        opinion_duty,
        Opinion.feedback_on,
        one_list(N_("Notices of inspection opinions to answer"), "/opinions", by_day=True),
    ),
)
