"""The figures of inspections on first pages: notices to answer, answers to confirm, reports that are late."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import Select, func, select

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.inspections.models import Inspection, Opinion
from equipment.inspections.queries import COUNTS
from equipment.inspections.states import OpinionState
from equipment.people.rules import OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session

ROWS = 3


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """The unit answers, the body confirms and reports, the bureau sees what is late; nothing where there is
    nothing."""
    late_ones = visible(viewer, Opinion).where(
        Opinion.state == OpinionState.OPEN, Opinion.feedback_on < clock.today()
    )
    if viewer.organisation_kind in (OrganisationKind.USE_UNIT, OrganisationKind.STATION):
        mine = visible(viewer, Opinion).where(
            Opinion.unit_id == viewer.organisation_id, Opinion.state == OpinionState.OPEN
        )
        return _opinions(mine, "opinions.to_answer", N_("Inspection opinions to answer"), 10, "")
    if viewer.organisation_kind == OrganisationKind.BODY:
        answered = visible(viewer, Opinion).where(
            Opinion.organisation_id == viewer.organisation_id, Opinion.state == OpinionState.ANSWERED
        )
        return [
            *_opinions(answered, "opinions.to_confirm", N_("Answers to confirm"), 9, "answered"),
            *_opinions(late_ones, "opinions.late", N_("Inspection opinions answered late"), 28, "late"),
            *_reports(viewer),
        ]
    if viewer.oversees:
        return [
            *_opinions(late_ones, "opinions.late", N_("Inspection opinions answered late"), 28, "late"),
            *_reports(viewer),
        ]
    return []


def _opinions(chosen: Select[Opinion], key: str, title: str, rank: int, state: str) -> list[HomeCard]:
    nearest = session.scalars(chosen.order_by(Opinion.feedback_on, Opinion.id).limit(ROWS)).all()
    if not nearest:
        return []
    number = len(nearest) if len(nearest) < ROWS else _count(chosen)
    late = nearest[0].feedback_on < clock.today()
    rows = [
        CardRow(
            row.number,
            url_for("opinions.show", equipment_id=row.equipment_id, opinion_id=row.id),
            row.feedback_on,
        )
        for row in nearest
    ]
    url = url_for("opinions.index", state=state or None)
    return [
        HomeCard(
            key, Message(title), number, url, "red" if late else "amber", icon="mail", rank=rank, rows=rows
        )
    ]


def _reports(viewer: Viewer) -> list[HomeCard]:
    """Reports that are out later than they may be."""
    late = visible(viewer, Inspection).where(COUNTS, Inspection.report_due_on < clock.today())
    number = _count(late)
    if not number:
        return []
    url = url_for("body_reports.clock_page")
    return [
        HomeCard("reports.late", Message(N_("Reports overdue")), number, url, "red", icon="clock", rank=27)
    ]


def _count(rows: Select[Opinion] | Select[Inspection]) -> int:
    inner = rows.order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0
