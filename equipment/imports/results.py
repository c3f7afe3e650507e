"""One row of a workbook of inspection results: its piece found by any number, its cells read as a result, and
what becomes of it. It is recorded by `inspections.actions.record`, and tried by the same before anything
is on file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import or_, select

from equipment.core.errors import Conflict, Invalid, NotAllowed, OtherContent
from equipment.core.months import month_end
from equipment.core.words import N_, Message
from equipment.imports.drafts import IN_ERROR, NEEDED, NO_CHOICE, TOO_LONG, UNSURE, WHOLE_ROW, Problem
from equipment.imports.judging import SAME_AS, SEVERAL_FOUND, TWO_PIECES, Judged
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.models import ImportBatch
from equipment.imports.result_rules import (
    BY_KEY,
    COLUMNS,
    CONCLUSION,
    DAYS,
    KIND,
    MAKER,
    MONTHS,
    NUMBER,
    ON,
    REPORT,
    as_category_says,
)
from equipment.imports.rules import ERROR_VALUES, Unreadable, clean, is_nothing, read_day, read_number_text
from equipment.imports.states import RowState
from equipment.imports.table_rules import name_key
from equipment.imports.vocabulary_rules import Vocabulary
from equipment.inspections import actions
from equipment.inspections.checks import Result
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion, InspectionKind, proof_of
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.codes import normal, parse
from equipment.register.models import Equipment, Identifier, Label
from equipment.register.rules import LabelStatus
from equipment.regulation.categories import category
from equipment.regulation.settling import Proof
from equipment.storage.db import session

ONLY_MONTH = N_("“%(text)s” names only a month: write the day of the inspection")
NO_PIECE = N_("No piece of yours on file has the number “%(text)s”")
OTHER_MAKER = N_("The piece with this number is by another maker: “%(text)s”")
OTHER_PAGE = N_("This kind of result brings a report or names with it: record it on the page of the piece")
SAME_REPORT = N_("This report number stands in row %(row)s for another result already")
RECORDED = N_("This result has been recorded from this file already")
LENGTHS = {REPORT: 60, "next_reason": 300, "notice_no": 60, MAKER: 120}
EARLY = "early"


@dataclass(slots=True)
class ResultDraft:
    """A row as far as it could be read."""

    row_no: int
    numbers: list[str] = field(default_factory=list)
    maker: str = ""
    result: Result | None = None
    problems: list[Problem] = field(default_factory=list)


class ResultReader:
    """Compiled once per file: `read(row_no, row)` for every row. The same row of the same file has the
    same id whenever it is read."""

    def __init__(
        self, batch: ImportBatch, mapping: FieldMap, words: Vocabulary, *, from_1904: bool = False
    ) -> None:
        self.category = category(batch.category)
        self.words = words
        self.from_1904 = from_1904
        self.source = f"{batch.organisation_id}/{batch.sha256}/{batch.sheet}"
        self.uses = [
            (number, mapping.columns[name])
            for number, name in enumerate(batch.header)
            if name in mapping.columns and mapping.columns[name].to in BY_KEY
        ]
        self.places = {use.to: number for number, use in reversed(self.uses)}
        self.fixed = {key: text for key, text in mapping.fixed.items() if text}

    def read(self, row_no: int, row: Sequence[str]) -> ResultDraft:
        draft, values = ResultDraft(row_no), dict[str, object]()
        for number, use in self.uses:
            text = clean(row[number]) if number < len(row) else ""
            words = {clean(word).casefold(): meaning for word, meaning in use.values.items()}
            self._cell(draft, values, use.to, number, words.get(text.casefold(), text))
        for key, text in self.fixed.items():
            if key not in values and self.places.get(key, WHOLE_ROW) not in {
                p.column for p in draft.problems
            }:
                self._cell(draft, values, key, WHOLE_ROW, text)
        faulty = {problem.column for problem in draft.problems}
        for column in COLUMNS:
            place = self.places.get(column.key, WHOLE_ROW)
            present = bool(draft.numbers) if column.key == NUMBER else column.key in values
            if column.required and not present and (place == WHOLE_ROW or place not in faulty):
                draft.problems.append(Problem(place, Message(NEEDED, {"field": column.label}), True))
        draft.maker = str(values.pop(MAKER, ""))
        if not draft.problems:
            row_id = uuid5(NAMESPACE_URL, f"{self.source}/{row_no}")
            draft.result = Result(id=row_id, **values)  # type: ignore[arg-type]  # every key is a field of it
        return draft

    def _cell(self, draft: ResultDraft, values: dict[str, object], key: str, place: int, text: str) -> None:
        if text.casefold() in ERROR_VALUES:
            draft.problems.append(Problem(place, Message(IN_ERROR, {"text": text}), True))
        elif text and not is_nothing(text):
            try:
                value = self._value(key, text)
            except Unreadable as fault:
                draft.problems.append(Problem(place, fault.message, True))
            else:
                if key == NUMBER:
                    draft.numbers.append(str(value))
                else:
                    values[key] = value

    def _value(self, key: str, text: str) -> date | str:
        if key == NUMBER:
            return read_number_text(text)
        if key in DAYS:
            day = read_day(text, self.from_1904)
            if day.doubtful or (day.month_only and key not in MONTHS):
                raise Unreadable(UNSURE if day.doubtful else ONLY_MONTH, text)
            return month_end(day.on) if day.month_only else day.on
        if key in (CONCLUSION, KIND):
            members: type[Conclusion | InspectionKind] = Conclusion if key == CONCLUSION else InspectionKind
            value = self.words.meanings.get((key, name_key(text)), text)
            if value not in {str(member) for member in members}:
                raise Unreadable(NO_CHOICE, text, field=BY_KEY[key].label)
            if key == KIND and proof_of(self.category, InspectionKind(value)) is not Proof.RESULT:
                raise Unreadable(OTHER_PAGE, text)
            if key == CONCLUSION:
                return as_category_says(Conclusion(value), self.category.conclusions)
            return members(value)
        if len(text) > LENGTHS.get(key, 2000):
            raise Unreadable(TOO_LONG, text, number=str(LENGTHS.get(key, 2000)))
        return text


def pieces_named(numbers: Iterable[str], key: str, by: Viewer) -> dict[str, dict[UUID, Equipment]]:
    """The pieces of a category that `by` sees, by each number: a label, any identifier, the stamped or the
    unit's own number."""
    spelt = {text: {text, text.upper(), normal(text), *parse(text).values} for text in numbers}
    codes = {text: parse(text).code for text in numbers}
    wanted = set().union(*spelt.values()) if spelt else set()
    carriers: dict[str, set[UUID]] = {}
    rows = select(Identifier.value, Identifier.equipment_id).where(
        Identifier.value.in_(wanted), Identifier.voided_at.is_(None)
    )
    for value, equipment_id in session.execute(rows):
        carriers.setdefault(value, set()).add(equipment_id)
    labels = select(Label.code, Label.equipment_id).where(
        Label.code.in_(set(codes.values()) - {""}), Label.status == LabelStatus.BOUND
    )
    for code, labelled in session.execute(labels):
        carriers.setdefault(code, set()).update([labelled] if labelled else [])
    seen = visible(by, Equipment).where(Equipment.category == key)
    stamped = seen.where(or_(Equipment.serial.in_(wanted), Equipment.own_number.in_(wanted)))
    pieces = {piece.id: piece for piece in session.scalars(stamped)}
    for piece in list(pieces.values()):
        for number in {piece.serial, piece.own_number} - {""}:
            carriers.setdefault(number, set()).add(piece.id)
    others = set().union(*carriers.values()) - pieces.keys() if carriers else set()
    pieces |= {piece.id: piece for piece in session.scalars(seen.where(Equipment.id.in_(others)))}
    return {
        text: {
            equipment_id: pieces[equipment_id]
            for spelling in {*ways, codes[text]}
            for equipment_id in carriers.get(spelling, ())
            if equipment_id in pieces
        }
        for text, ways in spelt.items()
    }


def piece_of(draft: ResultDraft, named: Mapping[str, Mapping[UUID, Equipment]]) -> Equipment | None:
    """The one piece that all numbers of a row name; what is wrong otherwise is noted in the draft."""
    ids: set[UUID] | None = None
    candidates: dict[UUID, Equipment] = {}
    for text in draft.numbers:
        if not named[text]:
            draft.problems.append(Problem(WHOLE_ROW, Message(NO_PIECE, {"text": text}), True))
            return None
        ids = set(named[text]) if ids is None else ids & set(named[text])
        candidates |= named[text]
    if draft.maker and ids:
        by_maker = {key for key in ids if name_key(candidates[key].maker) in ("", name_key(draft.maker))}
        if not by_maker:
            draft.problems.append(Problem(WHOLE_ROW, Message(OTHER_MAKER, {"text": draft.maker}), True))
            return None
        ids = by_maker
    if ids is not None and len(ids) == 1:
        return candidates[next(iter(ids))]
    if ids is not None:
        words = {"text": "、".join(draft.numbers), "kind": BY_KEY[NUMBER].label}
        message = Message(SEVERAL_FOUND, words) if ids else Message(TWO_PIECES)
        draft.problems.append(Problem(WHOLE_ROW, message, True))
    return None


@dataclass(slots=True)
class EarlierRows:
    """What rows of the same file have said: a piece has one result of a kind on a day, and what shares no
    report has a number of its own."""

    shares_report: bool
    results: dict[tuple[UUID, str, date], int] = field(default_factory=dict)
    reports: dict[str, tuple[int, UUID, str]] = field(default_factory=dict)

    def problem(self, draft: ResultDraft, equipment_id: UUID) -> tuple[RowState, Message] | None:
        result = draft.result
        assert result is not None
        first = self.results.setdefault((equipment_id, result.kind, result.on), draft.row_no)
        if first != draft.row_no:
            return RowState.TWICE, Message(SAME_AS, {"row": first})
        if result.report_no and not self.shares_report:
            mine = (draft.row_no, equipment_id, str(result.kind))
            row, piece, kind = self.reports.setdefault(result.report_no, mine)
            if row != draft.row_no and (piece != equipment_id or kind == result.kind):
                return RowState.REFUSED, Message(SAME_REPORT, {"row": row})
        return None


def recorded(
    drafts: Sequence[tuple[ResultDraft, Sequence[str]]],
    reader: ResultReader,
    *,
    by: Viewer,
    earlier: EarlierRows | None = None,
    early: Collection[int] = (),
) -> list[Judged]:
    """What becomes of rows. With `earlier` they are only tried: the same rules, and nothing stays of it.
    `early` rows are those of which somebody said that too early to count is known."""
    named = pieces_named({text for draft, _ in drafts for text in draft.numbers}, reader.category.key, by)
    judged = []
    for draft, values in drafts:
        equipment = piece_of(draft, named) if not draft.problems else None
        if equipment is None or draft.result is None:
            judged.append(Judged(draft.row_no, values, RowState.REFUSED, draft.problems))
            continue
        twice = earlier.problem(draft, equipment.id) if earlier is not None else None
        if twice is not None:
            problems = [Problem(WHOLE_ROW, twice[1], twice[0] is RowState.REFUSED)]
            judged.append(Judged(draft.row_no, values, twice[0], problems, on_file=equipment.id))
            continue
        result = replace(draft.result, early=draft.row_no in early)
        state, problems = _record(equipment.id, result, reader, by=by, only_try=earlier is not None)
        judged.append(Judged(draft.row_no, values, state, problems, on_file=equipment.id))
    return judged


def _record(
    equipment_id: UUID, result: Result, reader: ResultReader, *, by: Viewer, only_try: bool
) -> tuple[RowState, list[Problem]]:
    if session.get(Inspection, (equipment_id, result.id)) is not None:
        return RowState.KNOWN, [Problem(WHOLE_ROW, Message(RECORDED))]
    point = session.begin_nested()
    try:
        equipment = session.get_one(Equipment, equipment_id, populate_existing=True)
        actions.record(equipment, result, by=by)
        session.flush()
    except Invalid as fault:
        point.rollback()
        problems = [
            Problem(reader.places.get(name, WHOLE_ROW), text, True) for name, text in fault.fields.items()
        ]
        if isinstance(fault, Conflict) and not isinstance(fault, OtherContent) and set(fault.fields) == {""}:
            return RowState.KNOWN, [replace(problem, refuses=False) for problem in problems]
        if set(fault.fields) == {EARLY}:
            place = reader.places.get(ON, WHOLE_ROW)
            return RowState.FLAGGED, [replace(problem, column=place, refuses=False) for problem in problems]
        return RowState.REFUSED, problems
    except NotAllowed as fault:
        point.rollback()
        return RowState.REFUSED, [Problem(WHOLE_ROW, fault.message, True)]
    if only_try:
        point.rollback()
        return RowState.ADDED, []
    point.commit()
    return RowState.CHANGED, []
