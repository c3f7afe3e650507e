"""Instruments on first pages: what must be verified or checked, what stopped, and the bureau's 受检率."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import url_for
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.instruments.models import Instrument
from equipment.instruments.queries import NOT_VALID, by_county, in_all, instruments, verified_by
from equipment.instruments.rules import SOON_DAYS, InstrumentState
from equipment.people.models import Area
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.storage.db import session

ROWS = 5
IN_USE = InstrumentState.IN_USE.value


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For the bureau the share that is verified, by county; for a unit what is due next."""
    if not may(viewer, Action.SEE, Thing.INSTRUMENT):
        return []
    if viewer.oversees:
        return _share_card(viewer)
    if not may(viewer, Action.CHANGE, Thing.INSTRUMENT):
        return _checks(viewer)
    return [*_verifications(viewer), *_checks(viewer), *_stopped(viewer)]


def _rows_of(viewer: Viewer, filters: Mapping[str, str], today: date) -> tuple[int, list[Instrument]]:
    """How many there are, and the first of them; counted only where more are there than a card shows."""
    wanted = instruments(viewer, filters, today)
    order = Instrument.check_due_on if filters.get("check") else Instrument.verified_until
    rows = list(session.scalars(wanted.order_by(order, Instrument.number).limit(ROWS + 1)))
    if len(rows) <= ROWS:
        return len(rows), rows
    return session.scalar(select(func.count()).select_from(wanted.subquery())) or 0, rows[:ROWS]


def _verifications(viewer: Viewer) -> list[HomeCard]:
    """What runs out within a month; at a station also when none does, and which is the next."""
    today = clock.today()
    filters = {"state": IN_USE, "verified": "due"}
    count, rows = _rows_of(viewer, filters, today)
    note = Message(N_("within %(num)d days or past"), {"num": SOON_DAYS})
    if not count:
        if viewer.organisation_kind != OrganisationKind.STATION:
            return []
        _number, later = _rows_of(viewer, {"state": IN_USE}, today)
        following = next((row.verified_until for row in later if row.verified_until), None)
        note = (
            Message(N_("the next on %(day)s"), {"day": following})
            if following
            else Message(N_("none on file"))
        )
    late = any(row.verified_until is None or row.verified_until < today for row in rows)
    return [
        HomeCard(
            "instruments.due",
            Message(N_("Instruments to be verified")),
            count,
            url_for("instruments.index", state=IN_USE, verified="due"),
            "red" if late else "amber" if count else "green",
            note=note,
            icon="scale",
            rank=80,
            rows=[_row(row, row.verified_until) for row in rows] if count else (),
        )
    ]


def _checks(viewer: Viewer) -> list[HomeCard]:
    today = clock.today()
    count, rows = _rows_of(viewer, {"check": "due"}, today)
    if not count:
        return []
    late = any(row.check_due_on is not None and row.check_due_on < today for row in rows)
    return [
        HomeCard(
            "instruments.checks",
            Message(N_("Own checks of instruments")),
            count,
            url_for("instruments.index", check="due"),
            "red" if late else "amber",
            note=Message(N_("within %(num)d days or past"), {"num": SOON_DAYS}),
            icon="scale",
            rank=81,
            rows=[_row(row, row.check_due_on) for row in rows],
        )
    ]


def _stopped(viewer: Viewer) -> list[HomeCard]:
    count, rows = _rows_of(viewer, {"state": InstrumentState.STOPPED.value}, clock.today())
    if not count:
        return []
    return [
        HomeCard(
            "instruments.stopped",
            Message(N_("Instruments stopped")),
            count,
            url_for("instruments.index", state=InstrumentState.STOPPED.value),
            "amber",
            icon="scale",
            rank=82,
            rows=[_row(row, None) for row in rows],
        )
    ]


def _row(row: Instrument, on: date | None) -> CardRow:
    return CardRow(f"{row.name} {row.number}", url_for("instruments.show", key=row.id), on)


def _share_card(viewer: Viewer) -> list[HomeCard]:
    """受检率 of the area, its counties below it, those with the most unverified first."""
    shares = by_county(verified_by(viewer, clock.today(), {}))
    whole = in_all(shares.values())
    if not whole.subject:
        return []
    names = {area.code: area.name for area in session.scalars(select(Area).where(Area.code.in_(shares)))}
    worst = sorted(shares.items(), key=lambda pair: pair[1].valid - pair[1].subject)
    rows = [
        CardRow(
            names.get(code, code),
            url_for("instruments.index", area=code, state=IN_USE, statutory="yes", verified=NOT_VALID),
            note=Message(
                N_("%(valid)d of %(subject)d verified"), {"valid": one.valid, "subject": one.subject}
            ),
        )
        for code, one in worst[:ROWS]
        if one.valid < one.subject
    ]
    return [
        HomeCard(
            "instruments.share",
            Message(N_("Instruments verified")),
            f"{whole.valid / whole.subject:.1%}",
            url_for("instrument_share.index"),
            "green" if whole.valid == whole.subject else "amber",
            note=Message(
                N_("%(valid)d of %(subject)d verified"), {"valid": whole.valid, "subject": whole.subject}
            ),
            icon="scale",
            rank=78,
            rows=rows,
        )
    ]
