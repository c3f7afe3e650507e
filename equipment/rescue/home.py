"""Rescue on first pages: lifts that are not covered, duty phones to confirm, drills that are late."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import Select, func, select

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.dues.models import OrganisationDue
from equipment.dues.organisations import LATE, SOON, organisation_dues
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.register.naming import called
from equipment.rescue.coverage import (
    BY_PLACE,
    MISSING,
    CoverFigure,
    cover,
    definition,
    lift_rows,
    vertical_lifts,
)
from equipment.rescue.phones import duty_phones
from equipment.rescue.rules import RescueDueKind
from equipment.storage.db import session

ROWS = 3
LIFTS = Message(N_("lifts"))


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """The bureau sees the figure of its area, firms, stations and use units what they themselves
    have to do."""
    if viewer.oversees and may(viewer, Action.SEE, Thing.RATE):
        return []
    cards = [*_missing(viewer), *_phones(viewer)] if may(viewer, Action.CHANGE, Thing.RESCUE) else []
    drills_fall_due = viewer.organisation_kind in (OrganisationKind.FIRM, OrganisationKind.STATION)
    if drills_fall_due and may(viewer, Action.CREATE, Thing.DRILL):
        cards += _drills(viewer, SOON)
    return cards


def figures_beside(viewer: Viewer) -> list[HomeCard]:
    """For the bureau: who is on the rescue platform, and overdue drills."""
    if not may(viewer, Action.SEE, Thing.RATE):
        return []
    return [_of_bureau(viewer), *_drills(viewer, LATE)]


def _of_bureau(viewer: Viewer) -> HomeCard:
    figure = cover(viewer, "", definition(clock.today()))
    return HomeCard(
        "rescue.covered",
        Message(N_("Lifts on the rescue platform")),
        "—" if figure.rate is None else f"{figure.rate * 100:.1f} %",
        url_for("rescue.index", state=MISSING),
        "" if not figure.whole else "amber" if figure.missing else "green",
        note=_missing_note(figure),
        icon="phone",
        rank=40,
    )


def _missing_note(figure: CoverFigure) -> Message:
    params = {"missing": f"{figure.missing:,}", "whole": f"{figure.whole:,}"}
    return Message(N_("%(missing)s of %(whole)s vertical lifts in use are not covered"), params)


def _missing(viewer: Viewer) -> list[HomeCard]:
    meaning = definition(clock.today())
    wanted = vertical_lifts(viewer, {"state": MISSING}, meaning)
    nearest = lift_rows(session.execute(wanted.order_by(*BY_PLACE).limit(ROWS)).all(), meaning)
    if not nearest:
        return []
    rows = [
        CardRow(
            called(row.equipment),
            url_for("rescue.lift", equipment_id=row.id),
            None,
            Message(row.lacking[0].label),
        )
        for row in nearest
    ]
    number = _count(wanted) if len(nearest) == ROWS else len(nearest)
    title, url = Message(N_("Lifts not on the rescue platform")), url_for("rescue.index", state=MISSING)
    return [
        HomeCard("rescue.missing", title, number, url, "amber", unit=LIFTS, icon="phone", rank=40, rows=rows)
    ]


def _phones(viewer: Viewer) -> list[HomeCard]:
    number = _count(duty_phones(viewer, {"state": "open"}, clock.today()))
    if not number:
        return []
    title, url = Message(N_("Duty phones to confirm")), url_for("duty_phones.index", state="open")
    return [HomeCard("rescue.phones", title, number, url, "amber", icon="phone", rank=41)]


def _drills(viewer: Viewer, window: str) -> list[HomeCard]:
    on = clock.today()
    wanted = organisation_dues(viewer, {"window": window, "kind": RescueDueKind.DRILL}, on)
    nearest = session.scalars(wanted.order_by(OrganisationDue.due_on, OrganisationDue.id).limit(ROWS)).all()
    if not nearest:
        return []
    is_late = nearest[0].due_on < on
    title = N_("Emergency drills overdue") if window == LATE else N_("Emergency drills due")
    return [
        HomeCard(
            "rescue.drills",
            Message(title),
            _count(wanted) if len(nearest) == ROWS else len(nearest),
            url_for("organisation_dues.index", window=window, kind=RescueDueKind.DRILL),
            "red" if is_late else "amber",
            icon="calendar-due",
            rank=42,
            rows=[]
            if viewer.oversees
            else [
                CardRow(Message(row.title), url_for("drills.new", of=row.subject), row.due_on)
                for row in nearest
            ],
        )
    ]


def _count(rows: Select[*tuple[object, ...]]) -> int:
    return session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
