"""What runs out: licences and certificates, for the first page and the list behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Labelled, Message
from equipment.people.codes import card_tail
from equipment.people.models import Card, Certificate, Organisation, Paper, User
from equipment.people.rules import Action, CardStatus, OrganisationKind, PaperKind, Thing, Viewer, may
from equipment.people.scope import in_scope, visible
from equipment.storage.db import session

SOON_DAYS = 30
ROWS = 5


class Running(Labelled):
    """The two kinds of things of an organisation that run out."""

    PAPER = "paper", N_("Licences running out"), "blue"
    CERTIFICATE = "certificate", N_("Certificates running out"), "blue"


@dataclass(frozen=True, slots=True)
class RunsOut:
    """One thing that runs out: its number, whose it is, until when; `key` opens the page behind it."""

    kind: Running
    number: str
    person: str
    organisation: str
    organisation_id: UUID
    until: date
    key: UUID

    @property
    def whose(self) -> str:
        return " · ".join(name for name in (self.person, self.organisation) if name)

    def called(self, viewer: Viewer) -> str:
        """As a card says it: nobody is told his own unit's name."""
        unit = "" if self.organisation_id == viewer.organisation_id else self.organisation
        return " ".join(text for text in (self.person, unit, self.number) if text)

    @property
    def url(self) -> str:
        return f"/people/{self.key}" if self.kind is Running.CERTIFICATE else f"/organisations/{self.key}"


def organisation_name(viewer: Viewer) -> str:
    if not viewer.organisation_id:
        return ""
    return session.scalar(select(Organisation.name).where(Organisation.id == viewer.organisation_id)) or ""


def running_out(viewer: Viewer, kind: Running, until: date, limit: int) -> list[RunsOut]:
    """What ran out or runs out by that day, the longest overdue first.
    A renewed paper or certificate is not listed any more."""
    running, day = _expiring(viewer, kind, until)
    return [RunsOut(kind, *row) for row in session.execute(running.order_by(day).limit(limit))]


def how_many(viewer: Viewer, kind: Running, until: date) -> int:
    running, _day = _expiring(viewer, kind, until)
    return session.scalar(select(func.count()).select_from(running.subquery())) or 0


def _expiring(viewer: Viewer, kind: Running, until: date) -> tuple[Any, Any]:
    """The select behind a kind (number, person, unit and its id, until, id of the page) and its day."""
    unit = literal("").label("person"), Organisation.name, Organisation.id
    if kind is Running.PAPER:
        later = Paper.__table__.alias("later")
        renewed = select(later.c.id).where(
            later.c.organisation_id == Paper.organisation_id,
            later.c.kind == Paper.kind,
            later.c.valid_until > Paper.valid_until,
        )
        columns = select(Paper.number, *unit, Paper.valid_until, Organisation.id.label("page"))
        running = columns.join(Organisation, Organisation.id == Paper.organisation_id).where(
            in_scope(viewer, Paper), Paper.valid_until <= until, Organisation.active, ~renewed.exists()
        )
        return running, Paper.valid_until
    later = Certificate.__table__.alias("later")
    renewed = select(later.c.id).where(
        later.c.user_id == Certificate.user_id,
        later.c.code == Certificate.code,
        later.c.valid_until > Certificate.valid_until,
    )
    certificate_columns = select(
        Certificate.number,
        User.name,
        Organisation.name.label("unit"),
        Organisation.id.label("unit_id"),
        Certificate.valid_until,
        User.id,
    )
    certified = (
        certificate_columns.join(User, User.id == Certificate.user_id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(
            in_scope(viewer, Certificate), Certificate.valid_until <= until, User.active, ~renewed.exists()
        )
    )
    return certified, Certificate.valid_until


def home_cards(viewer: Viewer) -> Sequence[HomeCard]:
    """What runs out within a month, for whoever answers for organisations."""
    if not may(viewer, Action.SEE, Thing.ORGANISATION):
        return _own(viewer)
    is_station = viewer.organisation_kind == OrganisationKind.STATION
    cards = [*_doubled(viewer), *([_licence(viewer)] if is_station else [])]
    for kind in Running:
        if is_station and kind is Running.PAPER:  # said by the licence
            continue
        card = _running(viewer, kind, always=is_station)
        cards += [card] if card else []
    return cards


def _running(viewer: Viewer, kind: Running, *, always: bool) -> HomeCard | None:
    """What of a kind runs out within a month; `always` says too when none does, and which is the next."""
    today = clock.today()
    until = today + timedelta(days=SOON_DAYS)
    count = how_many(viewer, kind, until)
    if not count and not always:
        return None
    rows = running_out(viewer, kind, until if count else date.max, ROWS)
    note = Message(N_("within %(num)d days or past"), {"num": SOON_DAYS})
    if not count:
        note = (
            Message(N_("the next on %(day)s"), {"day": rows[0].until})
            if rows
            else Message(N_("none on file"))
        )
    return HomeCard(
        f"people.{kind}",
        Message(kind.label),
        count,
        f"/expiring#{kind}",
        "red" if count and rows[0].until < today else "amber" if count else "green",
        note=note,
        icon={"paper": "license", "certificate": "certificate"}[kind],
        rank=80,
        rows=[CardRow(row.called(viewer), row.url, row.until) for row in rows] if count else (),
    )


def _licence(viewer: Viewer) -> HomeCard:
    """充装许可: until when the station may fill, and which gases; the gas that ends first says the day."""
    today = clock.today()
    licences = session.scalars(
        visible(viewer, Paper)
        .where(
            Paper.organisation_id == viewer.organisation_id,
            Paper.kind == PaperKind.FILLING_LICENCE,
            Paper.valid_from <= today,
        )
        .order_by(Paper.valid_until)
    ).all()
    ends = {gas: paper.valid_until for paper in licences for gas in paper.covers}  # the latest of each gas
    covered = {gas: day for gas, day in ends.items() if day >= today}
    until = min(covered.values(), default=max(ends.values(), default=None))
    days = (until - today).days if until else 0
    note = Message(N_("until %(day)s, for %(gases)s"), {"day": until, "gases": " ".join(sorted(covered))})
    if not covered:
        ended = N_("none is in force; the last ended on %(day)s")
        note = Message(ended, {"day": until}) if until else Message(N_("no filling licence is in force"))
    return HomeCard(
        "people.licence",
        Message(N_("Days the filling licence runs")),
        days if covered else "—",
        f"/organisations/{viewer.organisation_id}#papers",
        "red" if not covered else "amber" if days <= SOON_DAYS else "green",
        note=note,
        icon="license",
        rank=70,
    )


def _doubled(viewer: Viewer) -> list[HomeCard]:
    """Cards in force whose number an older card has: they name nobody until somebody decides whose it is."""
    doubled = (
        select(User.name, User.id, Card.number, func.count().over())
        .join(User, User.id == Card.user_id)
        .where(in_scope(viewer, Card), Card.status == CardStatus.VALID, Card.doubled)
    )
    rows = session.execute(doubled.order_by(Card.id).limit(ROWS)).all()
    if not rows:
        return []
    return [
        HomeCard(
            "people.doubled",
            Message(N_("Cards with the number of another")),
            rows[0][3],
            "/people",
            "amber",
            note=Message(N_("they name nobody until one of the two is taken back")),
            icon="id",
            rank=79,
            rows=[
                CardRow(f"{name} {card_tail(number)}", f"/people/{key}#cards")
                for name, key, number, _count in rows
            ],
        )
    ]


def _own(viewer: Viewer) -> list[HomeCard]:
    """A person's own certificate that runs out."""
    if viewer.user_id is None:
        return []
    until = clock.today() + timedelta(days=SOON_DAYS)
    mine = [row for row in running_out(viewer, Running.CERTIFICATE, until, 200) if row.key == viewer.user_id]
    return [
        HomeCard(
            "people.own",
            Message(N_("My certificate runs out")),
            row.number,
            "/me",
            "red" if row.until < clock.today() else "amber",
            note=Message(N_("valid until %(day)s"), {"day": row.until}),
            icon="certificate",
            rank=80,
        )
        for row in mine
    ]
