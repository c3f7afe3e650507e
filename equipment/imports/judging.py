"""What would become of rows: added, flagged, on file already,
refused - the same judgement for the dry run and for the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from equipment.core.words import N_, Message
from equipment.imports.drafts import WHOLE_ROW, Draft, Problem, flagged
from equipment.imports.queries import labels_by_code, loose_key, loosely_known
from equipment.imports.rows import RowReader
from equipment.imports.states import RowState
from equipment.people.rules import SYSTEM
from equipment.register.checking import Registration
from equipment.register.codes import normal, parse
from equipment.register.entering import taken
from equipment.register.identifiers import is_alone
from equipment.register.rules import IdentifierKind, LabelStatus

SAME_AS = N_("The same piece as row %(row)s")
TWO_PIECES = N_("The numbers of this row belong to different pieces on file")
NO_LABEL = N_("“%(text)s” is no blank label of yours: bind one later")


@dataclass(frozen=True, slots=True)
class Judged:
    """One row and what becomes of it; `registration` only where it is to be entered."""

    row_no: int
    values: Sequence[str]
    state: RowState
    problems: Sequence[Problem] = ()
    registration: Registration | None = None
    on_file: UUID | None = None


@dataclass(slots=True)
class Seen:
    """Which row of this file named a piece first: a dry run puts nothing on file
    that a later row could meet."""

    rows: dict[object, int] = field(default_factory=dict)

    def first(self, registration: Registration, row_no: int) -> int | None:
        """The earlier row with one of this row's names; otherwise this row is the first to have them."""
        names = list(_names(registration))
        earlier = next((self.rows[name] for name in names if name in self.rows), None)
        if earlier is None:
            self.rows |= dict.fromkeys(names, row_no)
        return earlier


def _names(registration: Registration) -> Iterable[object]:
    row = registration.row
    for kind, value in registration.numbers:
        if is_alone(kind, registration.category):
            yield str(kind), normal(value)
    if row["serial"] and row["maker"]:
        yield "stamp", normal(row["serial"]), normal(row["maker"])
    if (key := loose_key(registration)) is not None:
        yield key


Read = tuple[int, Sequence[str], Draft]


def read_rows(reader: RowReader, rows: Iterable[tuple[int, Sequence[str]]]) -> list[Read]:
    """Rows read by the mapping; needs no writer and holds none up."""
    return [(row_no, values, _with_label(reader.read(values), reader)) for row_no, values in rows]


def judge(rows: Sequence[Read], seen: Seen) -> list[Judged]:
    """Judge a chunk of rows against what is on file and against the rows before them."""
    open_ones = [
        (place, draft.registration)
        for place, (_, _, draft) in enumerate(rows)
        if draft.registration is not None
    ]
    on_file = _on_file([registration for _, registration in open_ones])
    meetings = {place: on_file[number] for number, (place, _) in enumerate(open_ones) if number in on_file}
    return [_judged(row, meetings.get(place, frozenset()), seen) for place, row in enumerate(rows)]


def _on_file(registrations: Sequence[Registration]) -> dict[int, frozenset[UUID]]:
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


def _judged(row: Read, on_file: frozenset[UUID], seen: Seen) -> Judged:
    row_no, values, draft = row
    if draft.registration is None:
        return Judged(row_no, values, RowState.REFUSED, draft.problems)
    if len(on_file) > 1:
        return Judged(
            row_no, values, RowState.REFUSED, [*draft.problems, Problem(WHOLE_ROW, Message(TWO_PIECES), True)]
        )
    if on_file:
        return Judged(row_no, values, RowState.KNOWN, on_file=next(iter(on_file)))
    earlier = seen.first(draft.registration, row_no)
    if earlier is not None:
        return Judged(
            row_no, values, RowState.KNOWN, [Problem(WHOLE_ROW, Message(SAME_AS, {"row": earlier}))]
        )
    state = RowState.FLAGGED if draft.problems else RowState.ADDED
    return Judged(
        row_no, values, state, [*draft.problems, *draft.notes], with_loose_numbers(draft.registration)
    )


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
        return Draft(draft.problems, replace(registration, label=code), draft.notes)
    problem = Problem(reader.places.get("label", WHOLE_ROW), Message(NO_LABEL, {"text": registration.label}))
    return flagged(Draft(draft.problems, replace(registration, label=""), draft.notes), problem)


def with_loose_numbers(registration: Registration) -> Registration:
    """A piece that only its unit's number names is found again by it: the number becomes an identifier."""
    key = loose_key(registration)
    if key is None:
        return registration
    shown = registration.row["serial"] if key[0] == IdentifierKind.SERIAL else registration.row["own_number"]
    return replace(registration, numbers=(*registration.numbers, (key[0], shown)))
