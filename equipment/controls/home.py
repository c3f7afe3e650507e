"""Controls on first pages: a unit's control of today in one tap and what is not signed; the bureau's
missing days. And what the floor of a station is told before its first bottle."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import url_for
from sqlalchemy import func

from equipment.controls.models import ControlDay, ControlReport
from equipment.controls.queries import units_missing_more
from equipment.controls.rules import ControlDayState, shown_state
from equipment.controls.states import ControlReportState
from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import names_of
from equipment.regulation.categories import category
from equipment.regulation.control_numbers import missing_told_days
from equipment.storage.db import session
from equipment.supervision.queries import USE_UNITS

LINES = 5
LAST_DAYS = 6  # before today: missing days that a first page still shows


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """What of controls waits for this viewer; nothing where nothing does."""
    if viewer.oversees and may(viewer, Action.SEE, Thing.CONTROL):
        return _missing(viewer)
    if viewer.organisation_kind not in USE_UNITS or not may(viewer, Action.CREATE, Thing.CONTROL):
        return []
    return [*_today(viewer), *_reports(viewer)]


def _today(viewer: Viewer) -> list[HomeCard]:
    """日管控未做: each category in one tap, and the days gone by without a control."""
    today, now = clock.today(), clock.now()
    waiting = visible(viewer, ControlDay).where(
        ControlDay.state == ControlDayState.EXPECTED,
        ControlDay.on.between(today - timedelta(days=LAST_DAYS), today),
    )
    rows = session.scalars(waiting.order_by(ControlDay.on.desc(), ControlDay.category)).all()
    if not rows:
        return []
    lines = []
    for row in rows[:LINES]:
        late = None if row.on == today else row.on.isoformat()
        url = url_for("controls_phone.start", category=row.category, on=late)
        state = shown_state(row.state, row.due_at, now)
        lines.append(CardRow(Message(category(row.category).label), url, row.on, Message(state.label)))
    is_late = any(shown_state(row.state, row.due_at, now) is ControlDayState.MISSING for row in rows)
    return [
        HomeCard(
            "controls.today",
            Message(N_("Daily controls to do")),
            len(rows),
            url_for("controls_phone.today"),
            "red" if is_late else "amber",
            icon="list-check",
            rank=0,
            rows=lines,
        )
    ]


def _reports(viewer: Viewer) -> list[HomeCard]:
    if not may(viewer, Action.APPROVE, Thing.CONTROL):
        return []
    unsigned = visible(viewer, ControlReport).where(
        ControlReport.state != ControlReportState.COMPLETE, ControlReport.superseded_by.is_(None)
    )
    rows = session.scalars(unsigned.order_by(ControlReport.due_on, ControlReport.id)).all()
    if not rows:
        return []
    lines = [
        CardRow(
            row.number,
            url_for("controls_reports.show", organisation_id=row.organisation_id, report_id=row.id),
            row.due_on,
            Message(row.state.label),
        )
        for row in rows[:LINES]
    ]
    return [
        HomeCard(
            "controls.reports",
            Message(N_("Weekly and monthly reports to sign")),
            len(rows),
            url_for("controls_reports.index", state="open"),
            "red" if rows[0].due_on < clock.today() else "amber",
            icon="certificate",
            rank=8,
            rows=lines,
        )
    ]


def _missing(viewer: Viewer) -> list[HomeCard]:
    """Units with more missing days in the month than the bureau lets pass."""
    today = clock.today()
    over = [
        one
        for one in units_missing_more(today, missing_told_days(today).integer)
        if one[1].startswith(viewer.area)
    ]
    if not over:
        return []
    over.sort(key=lambda one: -one[3])
    names = names_of([one[0] for one in over[:LINES]])
    lines = [
        CardRow(
            names.get(unit, "—"),
            url_for("controls.days", state=ControlDayState.MISSING.value, unit=unit, category=key),
            None,
            Message(N_("%(days)d days"), {"days": number}),
        )
        for unit, _area, key, number in over[:LINES]
    ]
    return [
        HomeCard(
            "controls.missing",
            Message(N_("Units without daily controls")),
            len({one[0] for one in over}),
            url_for("controls.index", only="missing"),
            "red",
            icon="list-check",
            rank=25,
            rows=lines,
        )
    ]


def control_left(station_id: UUID) -> Message | None:
    """What the floor of a station is told: whether the control of today is still to be done. It refuses no
    fill."""
    left = visible(SYSTEM, ControlDay).where(
        ControlDay.organisation_id == station_id,
        ControlDay.on == clock.today(),
        ControlDay.state == ControlDayState.EXPECTED,
    )
    number = session.scalar(left.with_only_columns(func.count())) or 0
    return Message(N_("Daily control not done")) if number else None
