"""Rows of a workbook of instruments: judged against what is on file, entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from equipment.core.words import N_, Message
from equipment.imports.instrument_rules import (
    BY_KEY,
    COLUMNS,
    KIND_WORDS,
    RESULT_WORDS,
    InstrumentFault,
    InstrumentOutcome,
    InstrumentRow,
)
from equipment.imports.rules import Unreadable, clean, is_nothing, read_day, read_flag
from equipment.imports.states import RowState
from equipment.imports.table_rules import name_key
from equipment.instruments import actions
from equipment.instruments.actions import NewInstrument, VerificationDraft
from equipment.instruments.models import Instrument, Verification
from equipment.instruments.rules import InstrumentKind, VerificationResult
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session

Translate = Callable[[str], str]
NEEDED = N_("“%(field)s” is missing")
NO_UNIT = N_("No organisation on file is called “%(text)s”: add it first")
SEVERAL = N_("Several organisations are called “%(text)s”: give the credit code instead")
NO_KIND = N_("“%(text)s” is no kind of instrument; choose from the list of the template")
NO_RESULT = N_("“%(text)s” is neither passed nor failed")
TOO_LONG = N_("At most %(number)s characters")
TWICE = N_("Row %(row)s has this number already")
LONGEST = {"name": 60, "number": 60, "maker": 100, "model": 60, "measures": 60, "accuracy": 40, "place": 100}
LONGEST |= {"certificate": 60, "body": 100}


@dataclass(slots=True)
class ImportedInstrument:
    """A row as far as it could be read: an instrument of a unit, and its last certificate."""

    row_no: int
    cells: Mapping[str, str]
    organisation: Organisation | None = None
    kind: InstrumentKind | None = None
    statutory: bool = True
    verification: VerificationDraft | None = None
    on_file: Instrument | None = None
    state: RowState = RowState.ADDED
    faults: list[InstrumentFault] = field(default_factory=list)

    def refuse(self, column: str, message: Message) -> None:
        self.state = RowState.REFUSED
        self.faults.append(InstrumentFault(column, message))

    @property
    def number(self) -> str:
        return self.cells.get("number", "")

    @property
    def outcome(self) -> InstrumentOutcome:
        home = self.organisation.name if self.organisation else ""
        name = self.cells.get("name", "") or (self.on_file.name if self.on_file else "")
        certificate = self.verification.number if self.verification else ""
        return InstrumentOutcome(
            self.row_no, self.state, home, name, self.number, certificate, tuple(self.faults)
        )


class InstrumentReader:
    """Knows the organisations and words that rows may name; judges row by row what each would be."""

    def __init__(self, languages: Sequence[Translate], today: date, *, by: Viewer) -> None:
        self.by, self.today = by, today
        self.organisations: dict[str, list[Organisation]] = {}
        units = visible(by, Organisation).where(Organisation.kind != OrganisationKind.REGULATOR)
        self.own: Organisation | None = None
        for organisation in session.scalars(units):
            names = (organisation.name, organisation.short_name, organisation.credit_code)
            for called in dict.fromkeys(name_key(name) for name in names if name):
                self.organisations.setdefault(called, []).append(organisation)
            if organisation.id == by.organisation_id:
                self.own = organisation
        texts: tuple[Translate, ...] = (str, *languages)
        self.kinds = dict(KIND_WORDS) | {
            name_key(say(kind.label)): kind for kind in InstrumentKind for say in texts
        }
        self.results = dict(RESULT_WORDS) | {
            name_key(say(result.label)): result for result in VerificationResult for say in texts
        }

    def read(self, rows: Sequence[InstrumentRow]) -> list[ImportedInstrument]:
        """Every row with what would become of it; a later row of the file is held against those before it."""
        first: dict[tuple[UUID, str], int] = {}
        read = []
        for row in rows:
            one = self._row(row)
            if one.organisation is not None and one.number:
                before = first.setdefault((one.organisation.id, one.number), one.row_no)
                if before != one.row_no:
                    one.refuse("number", Message(TWICE, {"row": before}))
            read.append(one)
        self._against_file(read)
        return read

    def _row(self, row: InstrumentRow) -> ImportedInstrument:
        cells = {key: "" if is_nothing(text := clean(raw)) else text for key, raw in row.cells.items()}
        one = ImportedInstrument(row.row_no, cells)
        for column in COLUMNS:
            if column.required and not cells.get(column.key):
                one.refuse(column.key, Message(NEEDED, {"field": column.label}))
            elif len(cells.get(column.key, "")) > (most := LONGEST.get(column.key, 200)):
                one.refuse(column.key, Message(TOO_LONG, {"number": most}))
        text = cells.get("organisation", "")
        called = self.organisations.get(name_key(text), []) if text else [self.own] if self.own else []
        if len(called) == 1:
            one.organisation = called[0]
        else:
            reason = SEVERAL if called else NO_UNIT if text else NEEDED
            label = BY_KEY["organisation"].label
            one.refuse("organisation", Message(reason, {"text": text[:60], "field": label}))
        if kind := cells.get("kind", ""):
            one.kind = self.kinds.get(name_key(kind))
            if one.kind is None:
                one.refuse("kind", Message(NO_KIND, {"text": kind[:60]}))
        try:
            one.statutory = read_flag(cells["statutory"]) if cells.get("statutory") else True
        except Unreadable as fault:
            one.refuse("statutory", fault.message)
        if cells.get("certificate"):
            one.verification = self._verification(one)
        return one

    def _verification(self, one: ImportedInstrument) -> VerificationDraft | None:
        result = VerificationResult.PASSED
        if text := one.cells.get("result", ""):
            stated = self.results.get(name_key(text))
            if stated is None:
                one.refuse("result", Message(NO_RESULT, {"text": text[:60]}))
            result = stated or result
        days: dict[str, date] = {}
        for key in ("verified_on", "valid_until"):
            needed = key == "verified_on" or result is VerificationResult.PASSED
            if not (text := one.cells.get(key, "")):
                if needed:
                    one.refuse(key, Message(NEEDED, {"field": BY_KEY[key].label}))
                continue
            try:
                days[key] = read_day(text).on
            except Unreadable as fault:
                one.refuse(key, fault.message)
        if not one.cells.get("body"):
            one.refuse("body", Message(NEEDED, {"field": BY_KEY["body"].label}))
        if "verified_on" not in days:
            return None
        until = days.get("valid_until") if result is VerificationResult.PASSED else None
        if days["verified_on"] > self.today:
            one.refuse("verified_on", Message(N_("This day has not come yet.")))
        if until is not None and until < days["verified_on"]:
            one.refuse("valid_until", Message(N_("It ends before it begins.")))
        return VerificationDraft(
            result=result,
            body=one.cells.get("body", ""),
            number=one.cells["certificate"],
            verified_on=days["verified_on"],
            valid_until=until,
        )

    def _against_file(self, read: Sequence[ImportedInstrument]) -> None:
        """An instrument on file gets its certificate, or is as it was; a new one needs its kind and name."""
        ids = {one.organisation.id for one in read if one.organisation}
        rows = session.scalars(visible(SYSTEM, Instrument).where(Instrument.organisation_id.in_(ids)))
        on_file = {(row.organisation_id, row.number): row for row in rows}
        papers = visible(SYSTEM, Verification).where(
            Verification.organisation_id.in_(ids), Verification.voided_at.is_(None)
        )
        certified = {(paper.instrument_id, paper.number) for paper in session.scalars(papers)}
        for one in read:
            if one.organisation is None:
                continue
            one.on_file = on_file.get((one.organisation.id, one.number))
            if one.on_file is None:
                for key in ("kind", "name"):
                    if not one.cells.get(key):
                        one.refuse(key, Message(NEEDED, {"field": BY_KEY[key].label}))
            elif one.state is not RowState.REFUSED:
                self._of_file(one, one.on_file, certified)

    def _of_file(self, one: ImportedInstrument, row: Instrument, certified: set[tuple[UUID, str]]) -> None:
        fresh = one.verification is not None and (row.id, one.verification.number) not in certified
        if fresh and row.scrapped_on is not None:
            one.refuse("number", Message(actions.SCRAPPED_STAYS))
            return
        one.state = RowState.CHANGED if fresh else RowState.KNOWN


def enter_instrument(one: ImportedInstrument, *, by: Viewer) -> None:
    """A row that was judged good: the instrument where it is new, and its certificate where that is."""
    assert one.organisation is not None
    instrument = one.on_file
    if instrument is None:
        assert one.kind is not None
        new = NewInstrument(
            kind=one.kind,
            name=one.cells["name"],
            number=one.number,
            statutory=one.statutory,
            maker=one.cells.get("maker", ""),
            model=one.cells.get("model", ""),
            measures=one.cells.get("measures", ""),
            accuracy=one.cells.get("accuracy", ""),
            place=one.cells.get("place", ""),
        )
        instrument = actions.add_instrument(one.organisation, new, by=by)
    if one.verification is not None and one.state in (RowState.ADDED, RowState.CHANGED):
        actions.verify(instrument, one.verification, by=by)
