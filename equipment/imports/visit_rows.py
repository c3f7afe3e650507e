"""One row of the province's export: its lift, firm and people found, its times read, and what becomes of it.
The same judgement for the preview and for the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.imports.drafts import IN_ERROR, NEEDED, NO_CHOICE, WHOLE_ROW, Problem
from equipment.imports.judging import SEVERAL_FOUND, TWO_PIECES, Judged
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.results import NO_PIECE, pieces_named
from equipment.imports.rules import ERROR_VALUES, Unreadable, clean, is_nothing, read_number_text
from equipment.imports.states import RowState
from equipment.imports.table_rules import name_key
from equipment.imports.visit_rules import (
    BY_KEY,
    CLASS,
    COLUMNS,
    FIRM,
    NUMBER,
    PEOPLE,
    SINCE,
    UNTIL,
    VISIT_CLASSES,
    read_moment,
)
from equipment.imports.vocabulary_rules import Vocabulary
from equipment.maintenance.province import OnRecord, ProvinceVisit, span_limits
from equipment.maintenance.province_rules import (
    NO_FIRM_AT_LIFT,
    NOBODY_NAMED,
    OTHER_FIRM,
    Span,
    people_of_row,
    span_problem,
)
from equipment.maintenance.states import VisitState
from equipment.people.codes import card_number
from equipment.people.models import Card, Certificate, Organisation, User, UserRole
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.binding import AFTER_LIFE
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.storage.db import session

UNKNOWN_FIRM = N_("No maintenance firm on file is called “%(text)s”")
OTHERS_PERSON = N_("“%(text)s” is a technician of %(other)s, not of %(firm)s")
NO_PERSON = N_("No technician of %(firm)s is called “%(text)s” or has this card or certificate")
TWO_PEOPLE = N_("Several technicians of %(firm)s are called “%(text)s”: give the card or certificate number")
LIFE_OVER = N_("The life of this piece is over.")
SAME_ROW = N_("The same as row %(row)s")
ENTERED = N_("This row was entered from “%(file)s” already")
OURS = N_("A visit of ours at this time is on record: it is the same one, and is linked")
FROM_EXPORT = N_("A visit of the province at this time is on record: it is the same one, and is linked")
SAME_TIME = N_("The same stay as row %(row)s: linked, not doubled")


class FirmBook:
    """The firms and their technicians by what exports call them, read once per run."""

    def __init__(self) -> None:
        self.firms: dict[str, UUID] = {}
        self.names: dict[UUID, str] = {}
        rows = session.execute(
            select(
                Organisation.id, Organisation.name, Organisation.short_name, Organisation.credit_code
            ).where(Organisation.kind == OrganisationKind.FIRM)
        )
        for key, name, short, credit in rows:
            self.names[key] = name
            for text in (name, short, credit):
                if text:
                    self.firms.setdefault(name_key(text), key)
        self.people: dict[str, dict[UUID, set[UUID]]] = {}  # what a technician is called -> firm -> people
        self._read_people()

    def _read_people(self) -> None:
        technicians = (
            select(User.id, User.organisation_id, User.name)
            .join(UserRole, UserRole.user_id == User.id)
            .where(UserRole.role == Role.TECHNICIAN)
        )
        firm_of: dict[UUID, UUID] = {}
        for key, firm, name in session.execute(technicians):
            firm_of[key] = firm
            self._called(name_key(name), firm, key)
        for person, number in session.execute(select(Certificate.user_id, Certificate.number)):
            if person in firm_of:
                self._called(name_key(number), firm_of[person], person)
        cards = select(Card.user_id, Card.number).where(Card.doubled.is_(False))
        for person, number in session.execute(cards):
            if person in firm_of:
                self._called(f"card:{number}", firm_of[person], person)

    def _called(self, text: str, firm: UUID, person: UUID) -> None:
        self.people.setdefault(text, {}).setdefault(firm, set()).add(person)

    def person(self, text: str, firm: UUID) -> UUID | Message:
        """The technician of a firm that a cell names; what is wrong with it otherwise."""
        firms = self.people.get(name_key(text)) or self.people.get(f"card:{card_number(text)}") or {}
        words = {"text": text[:60], "firm": self.names.get(firm, "")}
        here = firms.get(firm, set())
        if len(here) == 1:
            return next(iter(here))
        if here:
            return Message(TWO_PEOPLE, words)
        if firms:
            others = "、".join(sorted(self.names.get(other, "") for other in firms))
            return Message(OTHERS_PERSON, {**words, "other": others})
        return Message(NO_PERSON, words)


@dataclass(slots=True)
class VisitDraft:
    """A row as far as it could be read."""

    row_no: int
    values: Sequence[str]
    numbers: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    firm: str = ""
    since: datetime | None = None
    until: datetime | None = None
    duty: DueKind | None = None
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, message: Message, column: int = WHOLE_ROW) -> None:
        self.problems.append(Problem(column, message, True))


class VisitReader:
    """Compiled once per file: `read(row_no, row)` for every row."""

    def __init__(
        self, header: Sequence[str], mapping: FieldMap, words: Vocabulary, *, from_1904: bool = False
    ) -> None:
        self.header, self.words, self.from_1904 = header, words, from_1904
        self.uses = [
            (number, mapping.columns[name])
            for number, name in enumerate(header)
            if name in mapping.columns and mapping.columns[name].to in BY_KEY
        ]
        self.places = {use.to: number for number, use in reversed(self.uses)}
        self.fixed = {key: text for key, text in mapping.fixed.items() if text}

    def read(self, row_no: int, row: Sequence[str]) -> VisitDraft:
        draft, seen = VisitDraft(row_no, row), set[str]()
        for number, use in self.uses:
            text = clean(row[number]) if number < len(row) else ""
            meanings = {clean(word).casefold(): meaning for word, meaning in use.values.items()}
            text = meanings.get(text.casefold(), text)
            if text and not is_nothing(text):
                seen.add(use.to)
                self._cell(draft, use.to, number, text)
        for key, text in self.fixed.items():
            if key not in seen:
                seen.add(key)
                self._cell(draft, key, WHOLE_ROW, text)
        for column in COLUMNS:
            if column.required and column.key not in seen:
                message = Message(NEEDED, {"field": column.label})
                draft.refuse(message, self.places.get(column.key, WHOLE_ROW))
        return draft

    def stated(self, values: Sequence[str]) -> dict[str, str]:
        """The cells of a row by their headings, as they are kept."""
        return {
            name: values[place][:200]
            for place, name in enumerate(self.header)
            if name and place < len(values)
        }

    def _cell(self, draft: VisitDraft, key: str, place: int, text: str) -> None:
        if text.casefold() in ERROR_VALUES:
            draft.refuse(Message(IN_ERROR, {"text": text}), place)
            return
        try:
            self._take(draft, key, text)
        except Unreadable as fault:
            draft.refuse(fault.message, place)

    def _take(self, draft: VisitDraft, key: str, text: str) -> None:
        if key == NUMBER:
            draft.numbers.append(read_number_text(text))
        elif key == PEOPLE:
            draft.people.append(text)
        elif key == FIRM:
            draft.firm = text
        elif key == CLASS:
            meaning = self.words.meanings.get((CLASS, name_key(text)), text)
            if meaning not in {str(kind) for kind in VISIT_CLASSES}:
                raise Unreadable(NO_CHOICE, text, field=BY_KEY[CLASS].label)
            draft.duty = DueKind(meaning)
        elif key in (SINCE, UNTIL):
            moment = read_moment(text, self.from_1904)
            day = clock.site_midnight(moment.on)
            at = day + timedelta(hours=moment.at.hour, minutes=moment.at.minute, seconds=moment.at.second)
            setattr(draft, key, at)


@dataclass(slots=True)
class EarlierVisits:
    """What rows of the same file have said: the same row twice, and two rows of one stay (each technician has
    his own)."""

    rows: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    stays: dict[UUID, list[tuple[int, Span]]] = field(default_factory=dict)


def resolved_rows(
    drafts: Sequence[VisitDraft], reader: VisitReader, category: str, firms: FirmBook, *, by: Viewer
) -> dict[int, ProvinceVisit]:
    """The rows that mean a visit, by their number; what is wrong with the others is noted in their drafts."""
    named = pieces_named({text for draft in drafts for text in draft.numbers}, category, by)
    rows: dict[int, ProvinceVisit] = {}
    for draft in drafts:
        lift = _lift(draft, named) if not draft.problems else None
        firm = _firm(draft, lift, firms) if lift is not None else None
        if lift is None or firm is None or draft.since is None:
            continue
        people = _people(draft, firm, firms)
        span = Span(draft.since, draft.until)
        if problem := span_problem(span, clock.now(), span_limits(category, clock.today())):
            draft.refuse(problem, reader.places.get(UNTIL, WHOLE_ROW))
        if not draft.problems:
            stated = reader.stated(draft.values)
            rows[draft.row_no] = ProvinceVisit(lift, firm, people, span, draft.duty, draft.row_no, stated)
    return rows


def _lift(draft: VisitDraft, named: Mapping[str, Mapping[UUID, Equipment]]) -> Equipment | None:
    """The one lift that the numbers of a row name; a number nobody knows beside one that is known says
    nothing."""
    recognised = [named[text] for text in draft.numbers if named[text]]
    if not recognised:
        draft.refuse(Message(NO_PIECE, {"text": "、".join(draft.numbers)}))
        return None
    ids = set.intersection(*(set(pieces) for pieces in recognised))
    if len(ids) != 1:
        words = {"text": "、".join(draft.numbers), "kind": BY_KEY[NUMBER].label}
        draft.refuse(Message(SEVERAL_FOUND, words) if ids else Message(TWO_PIECES))
        return None
    lift = recognised[0][next(iter(ids))]
    if lift.status in AFTER_LIFE:
        draft.refuse(Message(LIFE_OVER))
        return None
    return lift


def _firm(draft: VisitDraft, lift: Equipment, firms: FirmBook) -> UUID | None:
    """The firm of the lift, which is the row's too."""
    firm = firms.firms.get(name_key(draft.firm)) if draft.firm else lift.maintenance_firm_id
    if firm is None:
        draft.refuse(Message(UNKNOWN_FIRM, {"text": draft.firm}) if draft.firm else Message(NO_FIRM_AT_LIFT))
        return None
    if lift.maintenance_firm_id is not None and firm != lift.maintenance_firm_id:
        draft.refuse(Message(OTHER_FIRM, {"firm": firms.names[lift.maintenance_firm_id], "text": draft.firm}))
        return None
    return firm


def _people(draft: VisitDraft, firm: UUID, firms: FirmBook) -> tuple[UUID, ...]:
    """The technicians of a row; a name and the same person's card are one."""
    people: list[UUID] = []
    for text in people_of_row(draft.people):
        person = firms.person(text, firm)
        if isinstance(person, Message):
            draft.refuse(person)
        else:
            people.append(person)
    if not people and not draft.problems:
        draft.refuse(Message(NOBODY_NAMED))
    return tuple(dict.fromkeys(people))


def judged_rows(
    drafts: Sequence[VisitDraft], rows: Mapping[int, ProvinceVisit], earlier: EarlierVisits
) -> list[Judged]:
    """What would become of rows, before anything of them is on record."""
    record = OnRecord.near(list(rows.values()))
    return [_judged(draft, rows.get(draft.row_no), record, earlier) for draft in drafts]


def _judged(draft: VisitDraft, row: ProvinceVisit | None, record: OnRecord, earlier: EarlierVisits) -> Judged:
    if row is None:
        return Judged(draft.row_no, draft.values, RowState.REFUSED, draft.problems)
    state, message = _state(row, record, earlier)
    problems = [Problem(WHOLE_ROW, message)] if message is not None else []
    return Judged(draft.row_no, draft.values, state, problems, on_file=row.lift.id)


def _state(row: ProvinceVisit, record: OnRecord, earlier: EarlierVisits) -> tuple[RowState, Message | None]:
    first = earlier.rows.setdefault(row.key, row.row_no)
    if first != row.row_no:
        return RowState.TWICE, Message(SAME_ROW, {"row": first})
    if (entered := record.entered(row)) is not None:
        return RowState.KNOWN, Message(ENTERED, {"file": entered.file_name})
    if (visit := record.same(row)) is not None:
        return RowState.FLAGGED, Message(FROM_EXPORT if visit.state == VisitState.IMPORTED else OURS)
    stays = earlier.stays.setdefault(row.lift.id, [])
    margin = span_limits(row.lift.category, row.on).margin
    same = next((number for number, span in stays if row.span.meets(span, margin)), None)
    if same is not None:
        return RowState.FLAGGED, Message(SAME_TIME, {"row": same})
    stays.append((row.row_no, row.span))
    return RowState.ADDED, None
