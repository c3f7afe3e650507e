"""Checks on the first pages of the bureau: how far the plan is, what is to be reported up, which order
waits."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session
from equipment.supervision.models import PlannedCheck, SupervisionCheck
from equipment.supervision.queries import MISSING, checks, planned, unreported

LINES = 4


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """What of supervision waits for this office; nothing where nothing does."""
    if not viewer.oversees or not may(viewer, Action.CREATE, Thing.CHECK):
        return []
    return [*_plan(viewer), *_orders(viewer), *_serious(viewer)]


def _plan(viewer: Viewer) -> list[HomeCard]:
    today = clock.today()
    due = planned(viewer, today.year).where(
        PlannedCheck.month <= today.month, PlannedCheck.check_id.is_(None)
    )
    number = session.scalar(due.with_only_columns(func.count())) or 0
    if not number:
        return []
    nearest = session.scalars(due.order_by(PlannedCheck.month, PlannedCheck.id).limit(LINES)).all()
    names = names_of([plan.organisation_id for plan in nearest])
    rows = [
        CardRow(
            names.get(plan.organisation_id, "—"),
            url_for("supervision_phone.start", organisation_id=plan.organisation_id),
            None,
            Message(N_("%(year)s-%(month)s"), {"year": plan.year, "month": f"{plan.month:02}"}),
        )
        for plan in nearest
    ]
    late = any(plan.month < today.month for plan in nearest)
    return [
        HomeCard(
            "checks.planned",
            Message(N_("Units to check up to this month")),
            number,
            url_for("supervision_phone.today"),
            "red" if late else "amber",
            icon="checklist",
            rank=24,
            rows=rows,
            waits=True,
        )
    ]


def _orders(viewer: Viewer) -> list[HomeCard]:
    """Records that say that an order was given, and none is on file."""
    rows = checks(viewer, {"order": MISSING})
    number = session.scalar(rows.with_only_columns(func.count())) or 0
    if not number:
        return []
    newest = session.scalars(rows.order_by(SupervisionCheck.on.desc()).limit(LINES)).all()
    lines = [
        CardRow(
            f"{check.number} {check.unit['name']}",
            url_for("supervision.show", organisation_id=check.organisation_id, check_id=check.id),
            check.on,
        )
        for check in newest
    ]
    return [
        HomeCard(
            "checks.orders",
            Message(N_("Orders of checks to issue")),
            number,
            url_for("supervision.index", order=MISSING),
            "red",
            icon="gavel",
            rank=22,
            rows=lines,
            waits=True,
        )
    ]


def _serious(viewer: Viewer) -> list[HomeCard]:
    rows = unreported(viewer).with_only_columns(func.count())
    number = session.scalar(rows) or 0
    if not number:
        return []
    return [
        HomeCard(
            "checks.serious",
            Message(N_("Serious hazards to report up")),
            number,
            url_for("supervision.serious"),
            "red",
            icon="send",
            rank=21,
            waits=True,
        )
    ]
