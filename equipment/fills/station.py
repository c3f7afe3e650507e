"""What a station is allowed to do and who works there, remembered for a few seconds: a verdict asks for it at every scan."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from equipment.fills.makes import Sheet
from equipment.fills.rules import Rulebook
from equipment.fills.states import Sanction
from equipment.people.models import Card, Certificate, Organisation, Paper, User
from equipment.people.rules import CardStatus, PaperKind
from equipment.regulation.fill_checks import Refusal
from equipment.regulation.queries import choice, rules
from equipment.storage.db import session
from equipment.storage.remembered import Remembered

REMEMBERED_S = 5
CYLINDER = "cylinder"
TRANSITION = "fill_transition"  # 过渡期, the bureau's choice per station (regulation/choices.py)


@dataclass(frozen=True, slots=True)
class Term:
    """A paper or certificate: what it covers, from a day until a day."""

    covers: frozenset[str]
    start: date
    until: date

    def holds(self, on: date) -> bool:
        return self.start <= on <= self.until


@dataclass(slots=True)
class Station:
    """One organisation as the rules of filling see it."""

    organisation_id: UUID
    area: str
    licences: tuple[Term, ...]
    certificates: dict[UUID, tuple[Term, ...]]
    people: dict[str, tuple[UUID, date | None]]  # by card or certificate number, until when the card runs
    operator_code: str
    _books: dict[date, Rulebook] = field(default_factory=dict)

    def book(self, on: date) -> Rulebook:
        """The refusals of that day with this station's transition days."""
        if on not in self._books:
            sheet = sheet_of(on)
            self._books[on] = sheet.book(_transition(sheet.refusals, self.organisation_id, on))
        return self._books[on]

    def licence_for(self, gas: str, on: date) -> Sanction:
        held = [term for term in self.licences if term.holds(on)]
        if not held:
            return Sanction.NO_LICENCE
        return Sanction.VALID if any(gas in term.covers for term in held) else Sanction.NOT_COVERED

    def operator(self, given: str, person: UUID | None, on: date) -> tuple[UUID | None, Sanction]:
        """Who fills: the card or certificate shown, else the person at the device; and whether he may."""
        if given:
            found, until = self.people.get(given.upper(), (None, None))
            if found is None or (until is not None and until < on):
                return None, Sanction.UNKNOWN
            person = found
        if person is None:
            return None, Sanction.NOBODY
        held = self.certificates.get(person, ())
        certified = any(self.operator_code in term.covers and term.holds(on) for term in held)
        return person, Sanction.VALID if certified else Sanction.NO_CERTIFICATE


_stations: Remembered[UUID, Station] = Remembered(REMEMBERED_S)
_current: Remembered[date, Sheet] = Remembered(REMEMBERED_S)
_sheets: dict[tuple[str, date], Sheet] = {}


def station_of(organisation_id: UUID, on: date) -> Station:
    """The station's snapshot; a revoked certificate or licence takes effect within seconds."""
    return _stations.get(organisation_id, lambda: _load(organisation_id, on))


def sheet_of(on: date) -> Sheet:
    """The cylinder pack of that day with the bureau's rows laid over it."""
    return _current.get(on, lambda: _sheet(on))


def _sheet(on: date) -> Sheet:
    pack = rules(CYLINDER)
    key = (pack.digest, on)
    if key not in _sheets:
        if len(_sheets) > 100:
            _sheets.clear()
        _sheets[key] = Sheet(pack, on)
    return _sheets[key]


def _load(organisation_id: UUID, on: date) -> Station:
    organisation = session.get_one(Organisation, organisation_id)
    papers = session.execute(select(Paper.covers, Paper.valid_from, Paper.valid_until).where(
        Paper.organisation_id == organisation_id, Paper.kind == PaperKind.FILLING_LICENCE))
    held = session.execute(select(Certificate.user_id, Certificate.code, Certificate.number, Certificate.valid_from, Certificate.valid_until)
                           .join(User, User.id == Certificate.user_id).where(Certificate.organisation_id == organisation_id, User.active)).all()
    cards = session.execute(select(Card.uid, Card.user_id, Card.expires_on).join(User, User.id == Card.user_id).where(
        Card.organisation_id == organisation_id, Card.status == CardStatus.VALID, User.active))
    certificates: dict[UUID, tuple[Term, ...]] = {}
    people: dict[str, tuple[UUID, date | None]] = {}
    for user_id, code, number, start, until in held:
        certificates[user_id] = (*certificates.get(user_id, ()), Term(frozenset({code}), start, until))
        people[number.upper()] = (user_id, None)
    people.update({uid.upper(): (user_id, expires_on) for uid, user_id, expires_on in cards})
    return Station(
        organisation_id, organisation.area, tuple(Term(frozenset(covers), start, until) for covers, start, until in papers),
        certificates, people, str(rules(CYLINDER).value("operator_certificate", on).value),
    )


def _transition(stated: Mapping[str, Refusal], organisation_id: UUID, on: date) -> dict[str, date]:
    chosen = choice(TRANSITION, on, str(organisation_id))
    return {code: date.fromisoformat(day) for code, day in chosen.items() if code in stated and stated[code].transition}
