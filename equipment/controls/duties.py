"""What reminders say of controls: the unit of a day that is not done yet, its director of a report that
is not signed, the bureau of a unit with many missing days."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Date, Integer, and_, bindparam, extract, func, select
from sqlalchemy.orm import aliased

from equipment.controls.models import ControlDay, ControlReport
from equipment.controls.rules import ControlDayState, ControlReportKind
from equipment.controls.states import ControlReportState
from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.control_numbers import missing_told_days

DAY, MISSING, REPORT = "control_day", "control_missing", "control_report"
# House values: no text says when a unit is reminded.
STAGES_OF_TODAY = (Stage("today", 0, (Audience.RESPONSIBLE,)),)
REPORT_STAGES = (
    Stage("new", ALWAYS, (Audience.RESPONSIBLE,)),
    Stage("overdue_1", -1, (Audience.RESPONSIBLE,)),
)


# What is longer ago is not reminded of any more: it stands in the lists.
REMINDED_DAYS = 40
SINCE = bindparam(
    "control_since", callable_=lambda: clock.today() - timedelta(days=REMINDED_DAYS), type_=Date()
)
EARLIER = aliased(ControlDay)
# Missing days of the same unit, category and month before this one.
BEFORE = (
    select(func.count())
    .where(
        EARLIER.organisation_id == ControlDay.organisation_id,
        EARLIER.category == ControlDay.category,
        EARLIER.state == ControlDayState.EXPECTED,
        EARLIER.on < ControlDay.on,
        extract("year", EARLIER.on) == extract("year", ControlDay.on),
        extract("month", EARLIER.on) == extract("month", ControlDay.on),
    )
    .scalar_subquery()
)
TOLERATED = bindparam(
    "control_tolerated", callable_=lambda: missing_told_days(clock.today()).integer, type_=Integer()
)


def day_duty(row: ControlDay, _pieces: dict[UUID, Equipment]) -> Duty:
    text = N_("Daily control of %(category)s on %(day)s: not done yet")
    return _duty(DAY, row, text, STAGES_OF_TODAY)


def missing_duty(row: ControlDay, _pieces: dict[UUID, Equipment]) -> Duty:
    """Of a unit's newest missing day: the bureau hears of it once there are more in the month than it
    tolerates."""
    text = N_("Daily controls of %(category)s: many days of the month are missing, the last is %(day)s")
    stages = (Stage("overdue_1", -1, (Audience.SUPERVISORS, Audience.COUNTY)),)
    return _duty(MISSING, row, text, stages)


def _duty(kind: str, row: ControlDay, text: str, stages: tuple[Stage, ...]) -> Duty:
    params = {"category": category(row.category).label, "day": row.on.isoformat()}
    link = "/controls" if kind == DAY else f"/controls/days?state=missing&unit={row.organisation_id}"
    return Duty(
        key=duty_key(kind, row, row.on),
        kind=kind,
        due_on=row.on,
        area=row.area,
        text=Message(text, params),
        link=link,
        organisation_id=row.organisation_id,
        stages=stages,
    )


def report_duty(row: ControlReport, _pieces: dict[UUID, Equipment]) -> Duty:
    week = N_("Weekly report %(number)s: to be signed by %(day)s")
    month = N_("Monthly minutes %(number)s: to be signed by %(day)s")
    params = {"number": row.number, "day": row.due_on.isoformat()}
    return Duty(
        key=duty_key(REPORT, row, row.due_on),
        kind=REPORT,
        due_on=row.due_on,
        area=row.area,
        text=Message(week if row.kind is ControlReportKind.WEEK else month, params),
        link=f"/controls/reports/{row.organisation_id}/{row.id}",
        organisation_id=row.organisation_id,
        stages=REPORT_STAGES,
    )


DUTIES = (
    DutySource(
        DAY,
        ControlDay,
        and_(ControlDay.state == ControlDayState.EXPECTED, ControlDay.on >= SINCE),
        day_duty,
        ControlDay.on,
        one_list(N_("Daily controls to do"), "/controls", by_day=True),
    ),
    DutySource(
        MISSING,
        ControlDay,
        and_(ControlDay.state == ControlDayState.EXPECTED, ControlDay.on >= SINCE, BEFORE == TOLERATED),
        missing_duty,
        ControlDay.on,
        one_list(N_("Units with missing daily controls"), "/controls/days?state=missing", by_day=True),
    ),
    DutySource(
        REPORT,
        ControlReport,
        and_(ControlReport.state != ControlReportState.COMPLETE, ControlReport.superseded_by.is_(None)),
        report_duty,
        ControlReport.due_on,
        one_list(N_("Weekly and monthly reports to sign"), "/controls/reports?state=open", by_day=True),
    ),
)
