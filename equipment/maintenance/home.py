"""The figures of maintenance on first pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import url_for
from sqlalchemy import Select, func

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.maintenance.listing import listed_visits, on_site_rows, organisation_names
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.plate_rate import plate_figures
from equipment.maintenance.queries import disputed_visits, to_sign
from equipment.maintenance.reminding import waiting_units
from equipment.maintenance.states import OnSiteLight, VisitState
from equipment.maintenance.swipe_list import filtered_swipes, listed_swipes
from equipment.maintenance.worklist import Job, Light, jobs
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.storage.db import session

ROWS = 6
REFUSED_DAYS = 7
MOST_AT_WORK = 200


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list of visits behind a figure; `waits` says that somebody must do something about it."""

    key: str
    title: str
    url: str
    rank: int
    icon: str
    waits: bool = True


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """What waits for this viewer: lifts reaching their day and who goes there, who is on site, what is to be
    signed or answered."""
    if Role.SAFETY_OFFICER in viewer.roles and viewer.organisation_kind == OrganisationKind.USE_UNIT:
        shelf = Shelf("to_sign", N_("Visits to sign"), url_for("visit_signing.waiting"), 11, "signature")
        return [_visits(viewer, shelf, to_sign(viewer))]
    if Role.FIRM_MANAGER in viewer.roles:
        return [*_office(viewer), *_refused(viewer)]
    if viewer.oversees and may(viewer, Action.SEE, Thing.VISIT):
        return _disputed(viewer)
    if Role.TECHNICIAN in viewer.roles:
        return [
            _tasks(
                [job for job in jobs(viewer) if job.is_for(viewer)],
                N_("Lifts to visit"),
                url_for("visits.today"),
            )
        ]
    return []


def figures_beside(viewer: Viewer) -> list[HomeCard]:
    """For the bureau: refused swipes, and 贴牌刷卡率."""
    if not may(viewer, Action.SEE, Thing.VISIT):
        return []
    return [*_refused(viewer), _plates(viewer)]


def _plates(viewer: Viewer) -> HomeCard:
    """贴牌刷卡率 of the viewer's area, with both of its parts."""
    figures = plate_figures(viewer, viewer.area, clock.today())
    shares = {"plates": figures.plate_rate, "swipes": figures.swipe_rate}
    words = {name: "—" if share is None else f"{share * 100:.1f} %" for name, share in shares.items()}
    return HomeCard(
        "visits.plates",
        Message(N_("Lifts with plate and swipe")),
        "—" if figures.rate is None else f"{figures.rate * 100:.2f} %",
        url_for("plate_rates.index"),
        "",
        note=Message(N_("with a plate %(plates)s, swiped %(swipes)s"), words),
        icon="id-badge-2",
        rank=4,
    )


def _disputed(viewer: Viewer) -> list[HomeCard]:
    """For whoever may decide: the disputes of his area."""
    if Role.SUPERVISOR not in viewer.roles:
        return []
    shelf = Shelf("disputes", N_("Disputed visits to decide"), url_for("visit_records.disputed"), 12, "flag")
    card = _visits(viewer, shelf, disputed_visits(viewer))
    return [replace(card, waits=True)] if card.figure else []


def _office(viewer: Viewer) -> list[HomeCard]:
    def of(state: VisitState) -> Select[Visit]:
        return visible(viewer, Visit).where(
            Visit.organisation_id == viewer.organisation_id, Visit.state == state, Visit.superseded.is_(False)
        )

    def shelf(state: VisitState, title: str, rank: int, icon: str, waits: bool = True) -> Shelf:
        return Shelf(state, title, url_for("visit_lists.index", state=state), rank, icon, waits)

    cards = [
        _tasks(
            jobs(viewer), N_("Lifts reaching their day within 3 days"), url_for("visits.today", whose="all")
        ),
        _at_work(viewer, of(VisitState.OPEN)),
        _unsigned(viewer, of(VisitState.TO_SIGN)),
    ]
    for state, title in (
        (VisitState.ON_SITE, N_("Signed on site, may be objected to")),
        (VisitState.DISPUTED, N_("Disputed by use units")),
        (VisitState.UNCONFIRMED, N_("Cards to be confirmed")),
    ):
        card = _visits(viewer, shelf(state, title, 8, "flag"), of(state))
        cards += [card] if card.figure else []
    return cards


def _at_work(viewer: Viewer, visits: Select[Visit]) -> HomeCard:
    """Who is signed in at which lift, for how long; amber once somebody is unusually long."""
    newest = on_site_rows(viewer, session.scalars(visits.order_by(Visit.opened_at).limit(MOST_AT_WORK)).all())
    long = sum(row.light is not OnSiteLight.WORKING for row in newest)
    rows = [
        CardRow(
            row.listed.lift_name,
            row.listed.record_url,
            None,
            Message(
                N_("%(who)s · for %(num)d minutes · %(light)s")
                if row.light is not OnSiteLight.WORKING
                else N_("%(who)s · for %(num)d minutes"),
                {"who": "、".join(row.listed.technicians), "num": row.minutes, "light": row.light.label},
            ),
        )
        for row in newest[:ROWS]
    ]
    return HomeCard(
        "visits.open",
        Message(N_("On site now")),
        session.scalar(visits.with_only_columns(func.count(), maintain_column_froms=True)) or 0,
        url_for("visit_office.at_work"),
        "amber" if long else "blue" if rows else "green",
        note=Message(N_("%(num)d unusually long"), {"num": long}) if long else None,
        icon="users",
        rank=6,
        rows=rows,
    )


def _unsigned(viewer: Viewer, visits: Select[Visit]) -> HomeCard:
    """What use units have not signed, unit by unit, the longest first."""
    oldest = waiting_units(viewer).order_by(func.min(Visit.closed_at)).limit(ROWS)
    units = session.execute(oldest).all()
    names = organisation_names(row[0] for row in units)
    number = session.scalar(visits.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    rows = [
        CardRow(
            names.get(unit, "") if unit else "",
            url_for("visit_office.waiting", unit=unit),
            None,
            Message(
                N_("%(num)d visits, the oldest of %(day)s"),
                {"num": count, "day": clock.site_day(oldest_at or clock.now()).isoformat()},
            ),
        )
        for unit, count, oldest_at, _reminded_at in units
    ]
    return HomeCard(
        "visits.to_sign",
        Message(N_("Waiting for signature")),
        number,
        url_for("visit_office.waiting"),
        "amber" if number else "green",
        icon="signature",
        rank=7,
        rows=rows,
    )


def _refused(viewer: Viewer) -> list[HomeCard]:
    """Swipes refused in the last days; none, no card."""
    since = clock.today() - timedelta(days=REFUSED_DAYS - 1)
    refused = filtered_swipes(viewer, {"on_from": since.isoformat()})
    newest = session.scalars(refused.order_by(Swipe.received_at.desc()).limit(ROWS)).all()
    if not newest:
        return []
    url = url_for("swipes.index", on_from=since)
    rows = [
        CardRow(
            row.lift_name or row.device or row.firm,
            f"{url}#swipe-{row.record.id}",
            row.record.on,
            row.reasons[0] if row.reasons else None,
        )
        for row in listed_swipes(viewer, newest)
    ]
    number = session.scalar(refused.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    note = Message(N_("in the last %(num)d days"), {"num": REFUSED_DAYS})
    return [
        HomeCard(
            "visits.refused",
            Message(N_("Refused swipes")),
            number,
            url,
            "amber",
            note=note,
            icon="ban",
            rank=9,
            rows=rows,
        )
    ]


def _tasks(due: Sequence[Job], title: str, url: str) -> HomeCard:
    overdue = sum(job.light is Light.OVERDUE for job in due)
    rows = [
        CardRow(
            job.lift_name,
            url_for("visits.start", equipment_id=job.piece.id),
            job.due_on,
            Message("%(who)s", {"who": "、".join(job.technicians)})
            if job.technicians
            else Message(N_("nobody yet")),
        )
        for job in sorted(due, key=lambda job: job.due_on)[:ROWS]
    ]
    note = Message(N_("of these %(num)d overdue"), {"num": overdue}) if overdue else None
    return HomeCard(
        "visits.tasks",
        Message(title),
        len(due),
        url,
        "red" if overdue else "amber" if due else "green",
        note=note,
        icon="calendar-due",
        rank=5,
        rows=rows,
    )


def _visits(viewer: Viewer, shelf: Shelf, visits: Select[Visit]) -> HomeCard:
    number = (
        session.scalar(visits.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
    )
    first = session.scalars(visits.order_by(Visit.opened_at).limit(ROWS)).all() if number else []
    rows = [
        CardRow(
            row.lift_name,
            row.url,
            None,
            Message("%(day)s · %(who)s", {"day": row.record.on, "who": "、".join(row.technicians)}),
        )
        for row in listed_visits(viewer, first)
    ]
    tone = "green" if not number else "amber" if shelf.waits else "blue"
    return HomeCard(
        f"visits.{shelf.key}",
        Message(shelf.title),
        number,
        shelf.url,
        tone,
        icon=shelf.icon,
        rank=shelf.rank,
        rows=rows,
    )
