"""What would become of rows: added, flagged, on file already, changed, asked about,
refused - the same judgement for the dry run and for the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from equipment.core.words import N_, Message
from equipment.imports.differing import (
    Changes,
    OnFile,
    contradicting,
    contradictions,
    differences,
    in_charge,
    kind_label,
    on_file,
    telling,
)
from equipment.imports.drafts import NOT_IMPORTED, WHOLE_ROW, Draft, Problem, flagged
from equipment.imports.queries import labels_by_code, loose_key, loosely_known, matching
from equipment.imports.rows import RowReader
from equipment.imports.states import Decision, RowState
from equipment.people.rules import SYSTEM
from equipment.register.checking import Registration
from equipment.register.codes import normal, parse
from equipment.register.entering import taken
from equipment.register.identifiers import is_alone
from equipment.register.rules import LIST_MARK, EquipmentStatus, IdentifierKind, LabelStatus

SAME_AS = N_("The same piece as row %(row)s")
SAME_BUT = N_("The same piece as row %(row)s, and other cells differ: correct one of them")
OTHER_THAN = N_("%(shared)s is that of row %(row)s too, but its %(kind)s is “%(old)s”, not “%(new)s”")
TWO_PIECES = N_("The numbers of this row belong to different pieces on file")
NOT_IN_CHARGE = N_("A piece with this number is on file in somebody else's charge")
NOT_FOUND = N_("No piece of yours on file has the %(kind)s “%(text)s”")
SEVERAL_FOUND = N_("Several pieces on file have the %(kind)s “%(text)s”")
NO_MATCH = N_("The number by which the piece is found is missing")
LEFT_OUT = N_("%(kind)s “%(text)s” belongs to another piece on file and is left out here")
NO_LABEL = N_("“%(text)s” is no blank label of yours: bind one later")


@dataclass(frozen=True, slots=True)
class Judged:
    """One row and what becomes of it; `registration` only where it is to be entered, `changes` where a piece
    on file would be changed."""

    row_no: int
    values: Sequence[str]
    state: RowState
    problems: Sequence[Problem] = ()
    registration: Registration | None = None
    on_file: UUID | None = None
    changes: Changes | None = None


@dataclass(slots=True)
class Seen:
    """Which row of this file named a piece first: a dry run puts nothing on file
    that a later row could meet."""

    rows: dict[object, int] = field(default_factory=dict)
    numbers: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    cells: dict[int, int] = field(default_factory=dict)

    def meet(self, draft: Draft, reader: RowReader, row: Read) -> tuple[RowState, list[Problem]] | None:
        """An earlier row with one of this row's names: the same piece, or one whose numbers contradict;
        otherwise this row is the first to have them."""
        row_no = row[0]
        assert draft.registration is not None
        names = list(_names(draft.registration))
        numbers = telling(draft.values, reader.kind)
        mapped = hash(frozenset(draft.values.items()))
        earlier = next((self.rows[name] for name in names if name in self.rows), None)
        if earlier is None:
            self.rows |= dict.fromkeys(names, row_no)
            self.numbers[row_no], self.cells[row_no] = tuple(numbers.items()), mapped
            return None
        before = dict(self.numbers.get(earlier, ()))
        wrong = [kind for kind in numbers if kind in before and normal(before[kind]) != normal(numbers[kind])]
        if not wrong:
            same = self.cells.get(earlier) == mapped
            return RowState.TWICE, [
                Problem(WHOLE_ROW, Message(SAME_AS if same else SAME_BUT, {"row": earlier}))
            ]
        shared = next((kind for kind in numbers if kind in before and kind not in wrong), "")
        return RowState.CONTRARY, [
            Problem(
                WHOLE_ROW,
                Message(
                    OTHER_THAN,
                    {
                        "shared": kind_label(shared),
                        "row": earlier,
                        "kind": kind_label(kind),
                        "old": before[kind],
                        "new": numbers[kind],
                    },
                ),
            )
            for kind in wrong
        ]


def _names(registration: Registration) -> Iterable[object]:
    row = registration.row
    for kind, value in registration.numbers:
        if is_alone(kind, registration.category):
            yield str(kind), normal(value)
    if row["serial"] and row["maker"]:
        yield "stamp", normal(row["serial"]), normal(row["maker"])
    if registration.label:
        yield "label", registration.label
    if (key := loose_key(registration)) is not None:
        yield key


Read = tuple[int, Sequence[str], Draft]


def read_rows(reader: RowReader, rows: Iterable[tuple[int, Sequence[str]]]) -> list[Read]:
    """Rows read by the mapping; needs no writer and holds none up."""
    return [(row_no, values, _with_label(reader.read(values), reader)) for row_no, values in rows]


def judge(
    rows: Sequence[Read], seen: Seen, reader: RowReader, decided: Mapping[int, Decision] | None = None
) -> list[Judged]:
    """Judge a chunk of rows against what is on file, against the rows before them, and by what a person has
    decided of single rows."""
    if reader.match:
        return _matched(rows, reader)
    open_ones = [
        (place, draft.registration)
        for place, (_, _, draft) in enumerate(rows)
        if draft.registration is not None
    ]
    meetings = {
        open_ones[number][0]: ids
        for number, ids in _meetings([registration for _, registration in open_ones]).items()
    }
    pieces = on_file(equipment_id for ids in meetings.values() for equipment_id in ids)
    return [
        _judged(
            row,
            {equipment_id: pieces[equipment_id] for equipment_id in meetings.get(place, ())},
            seen,
            reader,
            (decided or {}).get(row[0]),
        )
        for place, row in enumerate(rows)
    ]


def _meetings(registrations: Sequence[Registration]) -> dict[int, frozenset[UUID]]:
    """By place: the pieces on file that these rows name.
    A row that meets another of the same chunk is left to `Seen`."""
    own = {registration.row["id"] for registration in registrations}
    pieces_at = {
        place: frozenset(conflict.equipment_id for conflict in conflicts) - own
        for place, conflicts in taken(registrations).items()
    }
    for place, equipment_id in loosely_known(registrations).items():
        pieces_at[place] = pieces_at.get(place, frozenset()) | {equipment_id}
    labels = labels_by_code(registration.label for registration in registrations if registration.label)
    for place, registration in enumerate(registrations):
        bound = labels[registration.label][1] if registration.label in labels else None
        if bound is not None:
            pieces_at[place] = pieces_at.get(place, frozenset()) | {bound}
    return {place: pieces for place, pieces in pieces_at.items() if pieces}


def _judged(
    row: Read, pieces: Mapping[UUID, OnFile], seen: Seen, reader: RowReader, decision: Decision | None
) -> Judged:
    row_no, values, draft = row
    if draft.registration is None:
        return Judged(row_no, values, RowState.REFUSED, draft.problems)
    if decision is Decision.OWN:
        return _on_its_own(row, pieces, seen, reader)
    if pieces:
        return _against(row, pieces, reader, decision)
    if draft.registration.row["status"] == EquipmentStatus.LOCKED:
        locked = Message(NOT_IMPORTED, {"status": EquipmentStatus.LOCKED.label})
        problem = Problem(reader.places.get("status", WHOLE_ROW), locked, True)
        return Judged(row_no, values, RowState.REFUSED, [problem, *draft.problems])
    met = seen.meet(draft, reader, row)
    if met is not None:
        return Judged(row_no, values, met[0], met[1])
    state = RowState.FLAGGED if draft.problems else RowState.ADDED
    named = with_loose_numbers(draft.registration)
    if draft.problems:
        named = replace(named, row=named.row | {"unverified_reason": cells_in_doubt(draft.problems, reader)})
    return Judged(row_no, values, state, [*draft.problems, *draft.notes], named)


def cells_in_doubt(problems: Sequence[Problem], reader: RowReader) -> str:
    """What is to be verified of a piece: the headings of the cells, else what is wrong with the whole row."""
    headings = [
        reader.header[problem.column] for problem in problems if 0 <= problem.column < len(reader.header)
    ]
    if not headings:
        return problems[0].message.msgid[:200]
    return LIST_MARK.join(dict.fromkeys(headings))[:200]


def _against(
    row: Read, pieces: Mapping[UUID, OnFile], reader: RowReader, decision: Decision | None
) -> Judged:
    """A row that names a piece on file: the same, or the same with other values, or one whose numbers
    contradict it."""
    row_no, values, draft = row
    assert draft.registration is not None
    if len(pieces) > 1:
        return Judged(
            row_no, values, RowState.CONTRARY, [*draft.problems, Problem(WHOLE_ROW, Message(TWO_PIECES))]
        )
    equipment_id, piece = next(iter(pieces.items()))
    if not in_charge(reader.references, piece):
        return Judged(row_no, values, RowState.REFUSED, [Problem(WHOLE_ROW, Message(NOT_IN_CHARGE), True)])
    numbers = telling(draft.values, reader.kind)
    mine, theirs = draft.registration.row, piece.row
    same_holder = (mine["use_unit_id"] or mine["owner_id"]) == (theirs["use_unit_id"] or theirs["owner_id"])
    wrong = contradictions(numbers, piece, same_holder)
    changes, differing = differences(draft, piece, reader)
    if wrong and decision is not Decision.SAME:
        problems = contradicting(reader, numbers, piece, wrong)
        return Judged(row_no, values, RowState.CONTRARY, problems, on_file=equipment_id, changes=changes)
    state = RowState.DIFFERS if differing else RowState.KNOWN
    return Judged(
        row_no, values, state, _once(differing, draft), on_file=equipment_id, changes=changes or None
    )


def _on_its_own(row: Read, pieces: Mapping[UUID, OnFile], seen: Seen, reader: RowReader) -> Judged:
    """A person has said that this is a piece of its own: it is entered without the numbers others carry, and
    is to be checked."""
    row_no, values, draft = row
    assert draft.registration is not None
    held = {
        (kind, number)
        for piece in pieces.values()
        for kind, numbers in piece.numbers.items()
        for number in numbers
    } | seen.rows.keys()
    lost = [
        (kind, value)
        for kind, value in draft.registration.numbers
        if is_alone(kind, reader.kind) and (str(kind), normal(value)) in held
    ]
    differing = [
        Problem(WHOLE_ROW, Message(LEFT_OUT, {"kind": kind.label, "text": value})) for kind, value in lost
    ]
    free_numbers = tuple(number for number in draft.registration.numbers if number not in lost)
    label = "" if ("label", draft.registration.label) in held else draft.registration.label
    own = flagged(
        replace(draft, registration=replace(draft.registration, numbers=free_numbers, label=label)),
        *differing,
    )
    assert own.registration is not None
    seen.rows |= dict.fromkeys(_names(own.registration), row_no)
    return Judged(
        row_no, values, RowState.FLAGGED, [*own.problems, *own.notes], with_loose_numbers(own.registration)
    )


def _matched(rows: Sequence[Read], reader: RowReader) -> list[Judged]:
    """Rows of an update: each finds its piece by the chosen number and changes what its cells say."""
    key, kind = reader.match, reader.kind.key
    texts = {row_no: str(draft.values.get(key) or "") for row_no, _, draft in rows}
    carriers = matching(key, kind, filter(None, texts.values()), by=reader.references.by)
    pieces = on_file(equipment_id for ids in carriers.values() for equipment_id in ids)
    return [_updated(row, texts[row[0]], carriers, pieces, reader) for row in rows]


def _updated(
    row: Read, text: str, carriers: Mapping[str, set[UUID]], pieces: Mapping[UUID, OnFile], reader: RowReader
) -> Judged:
    row_no, values, draft = row
    named = [
        equipment_id
        for equipment_id in carriers.get(normal(text), ())
        if in_charge(reader.references, pieces[equipment_id])
    ]
    if len(named) != 1:
        msgid = NO_MATCH if not text else SEVERAL_FOUND if named else NOT_FOUND
        kind = reader.targets[reader.match].label
        problem = Problem(
            reader.places.get(reader.match, WHOLE_ROW), Message(msgid, {"kind": kind, "text": text}), True
        )
        return Judged(row_no, values, RowState.REFUSED, [problem, *draft.problems])
    changes, differing = differences(draft, pieces[named[0]], reader)
    state = RowState.DIFFERS if differing or draft.problems else RowState.KNOWN
    return Judged(row_no, values, state, _once(differing, draft), on_file=named[0], changes=changes or None)


def _once(differing: list[Problem], draft: Draft) -> list[Problem]:
    """What differs and what is wrong with the row itself; an odd amount is both."""
    return [*differing, *(problem for problem in draft.problems if problem not in differing)]


def _with_label(draft: Draft, reader: RowReader) -> Draft:
    """A label in its one spelling; one that cannot be bound is left out and told."""
    registration = draft.registration
    if registration is None or not registration.label:
        return draft
    code = parse(registration.label).code
    status, equipment_id, issued_to = labels_by_code([code]).get(code, (None, None, None))
    by, row = reader.references.by, registration.row
    mine = (
        by is SYSTEM
        or by.oversees
        or issued_to in (None, by.organisation_id, row["owner_id"], row["use_unit_id"])
    )
    if status is not None and (equipment_id is not None or (status == LabelStatus.ISSUED and mine)):
        values = {**draft.values, "label": code} if "label" in draft.values else draft.values
        return replace(draft, registration=replace(registration, label=code), values=values)
    problem = Problem(reader.places.get("label", WHOLE_ROW), Message(NO_LABEL, {"text": registration.label}))
    values = {key: value for key, value in draft.values.items() if key != "label"}
    return flagged(replace(draft, registration=replace(registration, label=""), values=values), problem)


def with_loose_numbers(registration: Registration) -> Registration:
    """A piece that only its unit's number names is found again by it: the number becomes an identifier."""
    key = loose_key(registration)
    if key is None:
        return registration
    shown = registration.row["serial"] if key[0] == IdentifierKind.SERIAL else registration.row["own_number"]
    return replace(registration, numbers=(*registration.numbers, (key[0], shown)))
