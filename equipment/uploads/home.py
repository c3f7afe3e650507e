"""What was refused, on the first page of the firm whose system sent it."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for
from sqlalchemy import func

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Role, Viewer
from equipment.storage.db import session
from equipment.uploads.listing import filtered_attempts
from equipment.uploads.models import UploadAttempt

DAYS, LINES, SHORT = 7, 4, 40


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For the firm's manager: messages of the last days that were refused, each number once."""
    if Role.FIRM_MANAGER not in viewer.roles:
        return []
    since = clock.now() - timedelta(days=DAYS)
    refused = filtered_attempts(viewer, {}).where(UploadAttempt.at >= since)
    rows = session.scalars(refused.order_by(UploadAttempt.at.desc()).limit(LINES)).all()
    if not rows:
        return []
    number = session.scalar(refused.with_only_columns(func.count())) or 0
    lines = [
        CardRow(
            row.record_id or row.lift or row.title,
            url_for("uploads.index", q=row.record_id or row.request_id),
            note=Message(
                N_("%(day)s: %(why)s"), {"day": clock.site_day(row.at).isoformat(), "why": _why(row)}
            ),
        )
        for row in rows
    ]
    title = Message(N_("Uploads refused in %(days)d days"), {"days": DAYS})
    url = url_for("uploads.index")
    return [HomeCard("uploads.refused", title, number, url, "red", icon="cloud-upload", rank=26, rows=lines)]


def _why(row: UploadAttempt) -> str:
    """What it was told first, shortened to a line."""
    return next(iter(row.fields.values()), row.title)[:SHORT]
