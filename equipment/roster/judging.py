"""What would become of the rows of a list of people: the same judgement for the check and for the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from equipment.core.words import N_, Message
from equipment.imports.queries import area_names, words_in_force
from equipment.imports.rules import Unreadable, clean, is_nothing, read_day
from equipment.imports.states import RowState
from equipment.imports.table_rules import heading_key, name_key
from equipment.imports.vocabulary_rules import HEADING, Vocabulary
from equipment.imports.word_books import PEOPLE, WordBook
from equipment.people.codes import card_fault, card_number, mobile_number, plain
from equipment.people.models import Card, Certificate, Organisation, User
from equipment.people.rules import Role, Viewer, oversees_area, roles_to_give
from equipment.people.scope import visible
from equipment.roster.rules import (
    BY_KEY,
    CERTIFICATE,
    COLUMNS,
    ROLE,
    ROSTER_WORDS,
    RosterCertificate,
    RosterFault,
    RosterOutcome,
    RosterRow,
    last_day,
    read_roles,
)
from equipment.storage.db import session

Translate = Callable[[str], str]
AT_ONCE = 500
NEEDED = N_("“%(field)s” is missing")
NO_ORGANISATION = N_("No organisation on file is called “%(text)s”: add it first")
SEVERAL = N_("Several organisations are called “%(text)s”: give the credit code instead")
OTHER_ROLE = N_("“%(role)s” is no role that you may give in an organisation of this kind (%(kind)s)")
NO_AREA = N_("No area is called “%(text)s”")
ROW_HAS_IT = N_("Row %(row)s has this number already")
WHOLE_CERTIFICATE = N_("A certificate needs its code, its number and both days")
TOO_LONG = N_("At most %(number)s characters")
LONGEST = {
    "name": User.name.type.length,
    "code": Certificate.code.type.length,
    "number": Certificate.number.type.length,
    "card": Card.uid.type.length,
}


@dataclass(slots=True)
class RosterPerson:
    """A row as far as it could be read."""

    row_no: int
    organisation: Organisation | None
    name: str
    mobile: str
    roles: frozenset[Role] = frozenset()
    area: str = ""
    certificate: RosterCertificate | None = None
    card: str = ""
    state: RowState = RowState.ADDED
    faults: list[RosterFault] = field(default_factory=list)

    def refuse(self, column: str, message: Message) -> None:
        self.state = RowState.REFUSED
        self.faults.append(RosterFault(column, message))

    @property
    def outcome(self) -> RosterOutcome:
        home = self.organisation.name if self.organisation else ""
        return RosterOutcome(self.row_no, self.state, home, self.name, self.mobile, tuple(self.faults))


def roster_words() -> Vocabulary:
    """The words of lists of people, as they hold today."""
    return words_in_force(PEOPLE, ROSTER_WORDS)


def word_book() -> WordBook:
    """What the bureau may give words for in lists of people."""
    return WordBook(
        PEOPLE,
        N_("List of people"),
        {HEADING: N_("Heading"), ROLE: N_("Role")},
        {
            HEADING: {column.key: column.label for column in COLUMNS},
            ROLE: {role.value: role.label for role in Role},
        },
        ROSTER_WORDS,
    )


class RosterReader:
    """Knows the organisations, areas and roles that rows may name;
    what is on file is looked up with each list."""

    def __init__(self, languages: Sequence[Translate], words: Vocabulary, today: date, *, by: Viewer) -> None:
        self.by, self.today = by, today
        self.organisations: dict[str, list[Organisation]] = {}
        for organisation in session.scalars(visible(by, Organisation)):
            names = (organisation.name, organisation.short_name, organisation.credit_code)
            for called in dict.fromkeys(name_key(name) for name in names if name):
                self.organisations.setdefault(called, []).append(organisation)
        everybody = (organisation for called in self.organisations.values() for organisation in called)
        self.own = next(
            (organisation for organisation in everybody if organisation.id == by.organisation_id), None
        )
        self.areas = area_names()
        texts: tuple[Translate, ...] = (str, *languages)
        labels = {
            key(say(role.label)): role for key in (heading_key, name_key) for role in Role for say in texts
        }
        values = {name_key(role.value): role for role in Role}
        self.roles = values | labels | {word: Role(value) for word, value in words.of(ROLE).items()}

    def read(self, rows: Sequence[RosterRow]) -> list[RosterPerson]:
        """Every row with what would become of it; a later row of the file is held against those before it."""
        people = [self._person(row) for row in rows]
        self._against_each_other(people)
        for start in range(0, len(people), AT_ONCE):
            self._against_file(people[start : start + AT_ONCE])
        return people

    def _person(self, row: RosterRow) -> RosterPerson:
        cells = {key: "" if is_nothing(text := clean(raw)) else text for key, raw in row.cells.items()}
        mobile, card = mobile_number(cells.get("mobile", "")), card_number(cells.get("card", ""))
        person = RosterPerson(row.row_no, None, cells.get("name", ""), mobile, card=card)
        for key, column in BY_KEY.items():
            if column.required and not cells.get(key):
                person.refuse(key, Message(NEEDED, {"field": column.label}))
            elif len(cells.get(key, "")) > LONGEST.get(key, 200):
                person.refuse(key, Message(TOO_LONG, {"number": LONGEST.get(key, 200)}))
        if cells.get("mobile") and not person.mobile:
            person.refuse("mobile", Message(N_("This is no mobile number.")))
        if cells.get("card") and (fault := card_fault(card)):
            person.refuse("card", fault)
        self._place(person, cells)
        self._certificate(person, cells)
        return person

    def _place(self, person: RosterPerson, cells: Mapping[str, str]) -> None:
        """The organisation, and what follows from it: which roles fit, which areas lie within."""
        text = cells.get("organisation", "")
        called = self.organisations.get(name_key(text), []) if text else [self.own] if self.own else []
        if len(called) != 1:
            reason = SEVERAL if called else NO_ORGANISATION if text else NEEDED
            field = BY_KEY["organisation"].label
            person.refuse("organisation", Message(reason, {"text": text[:60], "field": field}))
        else:
            person.organisation = called[0]
        person.roles, unknown = read_roles(cells.get("roles", ""), self.roles)
        if unknown is not None:
            person.refuse("roles", unknown)
        area = cells.get("area", "")
        code = self.areas.get(heading_key(area)) or self.areas.get(area) or ""
        if area and not code:
            person.refuse("area", Message(NO_AREA, {"text": area[:60]}))
        if person.organisation is None:
            return
        person.area = code or person.organisation.area
        if not person.area.startswith(person.organisation.area) or not oversees_area(self.by, person.area):
            person.refuse("area", Message(N_("Choose an area of your own.")))
        unfit = sorted(person.roles - set(roles_to_give(self.by, person.organisation.kind)))
        if unfit:
            kind = person.organisation.kind.label
            person.refuse("roles", Message(OTHER_ROLE, {"role": unfit[0].label, "kind": kind}))

    def _certificate(self, person: RosterPerson, cells: Mapping[str, str]) -> None:
        stated = {key: cells.get(key, "") for key in CERTIFICATE}
        if not any(stated.values()):
            return
        days: dict[str, date] = {}
        for key in ("valid_from", "valid_until"):
            try:
                if stated[key]:
                    day = read_day(stated[key])
                    days[key] = last_day(day) if key == "valid_until" else day.on
            except Unreadable as fault:
                person.refuse(key, fault.message)
        if not all(stated.values()):
            person.refuse(next(key for key in CERTIFICATE if not stated[key]), Message(WHOLE_CERTIFICATE))
        elif len(days) == len(("valid_from", "valid_until")):
            if days["valid_until"] < days["valid_from"]:
                person.refuse("valid_until", Message(N_("It ends before it begins.")))
            code, number = (plain(stated[key]).upper() for key in ("code", "number"))
            person.certificate = RosterCertificate(code, number, days["valid_from"], days["valid_until"])

    def _against_each_other(self, people: Iterable[RosterPerson]) -> None:
        first: dict[tuple[str, ...], int] = {}
        for person in people:
            for column, named in _numbers(person):
                row_no = first.setdefault((column, *named), person.row_no)
                if row_no != person.row_no:
                    person.refuse(column, Message(ROW_HAS_IT, {"row": row_no}))

    def _against_file(self, people: Sequence[RosterPerson]) -> None:
        """Numbers that somebody has: the same person of the same organisation is on file,
        others are in the way."""
        numbers = {person.certificate.number for person in people if person.certificate}
        of_number = select(User).where(User.mobile.in_({person.mobile for person in people}))
        mobiles = {user.mobile: user for user in session.scalars(of_number)}
        shown = {person.card for person in people}
        cards = set(session.scalars(select(Card.number).where(Card.number.in_(shown))))
        of_papers = select(Certificate).where(Certificate.number.in_(numbers))
        certificates = {(paper.code, paper.number) for paper in session.scalars(of_papers)}
        for person in people:
            user = mobiles.get(person.mobile)
            if user is not None:
                home = person.organisation.id if person.organisation else None
                same = (user.organisation_id, user.name) == (home, person.name)
                if same and person.state is RowState.ADDED:
                    person.state = RowState.KNOWN
                    continue
                person.refuse("mobile", Message(N_("Somebody signs in with this number already.")))
            if person.card in cards:
                person.refuse("card", Message(N_("This card was given out already.")))
            if person.certificate and person.certificate[:2] in certificates:
                person.refuse("number", Message(N_("This certificate belongs to somebody else.")))


def _numbers(person: RosterPerson) -> Iterable[tuple[str, tuple[str, ...]]]:
    """(column, number) of everything that one person alone can have."""
    if person.mobile:
        yield "mobile", (person.mobile,)
    if person.card:
        yield "card", (person.card,)
    if person.certificate:
        yield "number", (person.certificate.code, person.certificate.number)
