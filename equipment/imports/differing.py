"""A row held against a piece on file: whether its numbers agree, what of it differs, and the changes that
would follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from equipment.core.months import month_end
from equipment.core.words import N_, Message
from equipment.imports.drafts import NO_PARTY, WHOLE_ROW, Draft, Problem, References
from equipment.imports.parties import Party
from equipment.imports.rows import RowReader
from equipment.imports.rules import Day, clean
from equipment.people.rules import SYSTEM
from equipment.register.checking import DAYS, detail_problems
from equipment.register.codes import normal
from equipment.register.column_rules import KIND_OF, PARTY_COLUMNS, Holds, Target
from equipment.register.entering import GONE
from equipment.register.identifiers import is_alone
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import LIST_MARK, EquipmentStatus, IdentifierKind
from equipment.regulation.category import Category
from equipment.regulation.details import FieldSpec, Kind
from equipment.storage.columns import Columns
from equipment.storage.db import session

CHANGE = N_("%(old)s → %(new)s")
CONTRADICTS = N_("On file the piece with this %(shared)s has %(kind)s “%(old)s”, not “%(new)s”")
NOT_CHANGED = N_("%(old)s → %(new)s: an import does not change this, do it on the page of the piece")
NOT_ON_FILE = N_("An organisation that is not on file yet: the piece keeps its present one")
BLANK = "—"
VERIFIED = "verified"  # among changes: why a piece is to be verified, "" once it no longer is
TO_VERIFY, CHECKED = N_("To be verified"), N_("Verified")
NAMED = {
    "serial": IdentifierKind.SERIAL.label,
    "own_number": IdentifierKind.OWN_NUMBER.label,
    "label": N_("Label code"),
}
# by column or field: what is on file and what the row says, as JSON keeps them
Stored = str | int | bool | None  # a value as JSON keeps it
Changes = dict[str, list[Stored]]


@dataclass(frozen=True, slots=True)
class OnFile:
    """A piece on file: its columns, and its numbers by kind in their normal form."""

    row: Columns
    numbers: Mapping[str, frozenset[str]]
    shown: Mapping[str, str]


def on_file(ids: Iterable[UUID]) -> dict[UUID, OnFile]:
    """The pieces of these ids with every number they carry now."""
    wanted = set(ids)
    if not wanted:
        return {}
    numbers: dict[UUID, dict[str, set[str]]] = {equipment_id: {} for equipment_id in wanted}
    shown: dict[UUID, dict[str, str]] = {equipment_id: {} for equipment_id in wanted}
    carried = select(Identifier.equipment_id, Identifier.kind, Identifier.value, Identifier.shown).where(
        Identifier.equipment_id.in_(wanted), Identifier.voided_at.is_(None)
    )
    for equipment_id, kind, value, text in session.execute(carried):
        numbers[equipment_id].setdefault(str(kind), set()).add(value)
        shown[equipment_id].setdefault(str(kind), text)
    pieces = {}
    for row in session.execute(select(Equipment.__table__).where(Equipment.id.in_(wanted))).mappings():
        own, texts = numbers[row["id"]], shown[row["id"]]
        for key, text in (
            ("serial", row["serial"]),
            ("own_number", row["own_number"]),
            ("label", row["label_code"]),
        ):
            if text:
                own[key], texts[key] = {normal(text)}, text
        pieces[row["id"]] = OnFile(
            dict(row), {kind: frozenset(values) for kind, values in own.items()}, texts
        )
    return pieces


def telling(values: Columns, kind: Category) -> dict[str, str]:
    """The numbers of a row that tell its piece from others, by kind, as written."""
    named = {key: str(values[key]) for key in NAMED if values.get(key)}
    return named | {
        str(KIND_OF[key]): str(value)
        for key, value in values.items()
        if value and key in KIND_OF and is_alone(KIND_OF[key], kind)
    }


def contradictions(
    numbers: Mapping[str, str], piece: OnFile, same_holder: bool
) -> list[tuple[str, str, str]]:
    """(kind, on file, in the row) of every number that says it is another piece; a unit's own numbers tell
    only its own pieces apart."""
    return [
        (kind, piece.shown[kind], text)
        for kind, text in numbers.items()
        if kind in piece.numbers
        and normal(text) not in piece.numbers[kind]
        and (kind != "own_number" or same_holder)
    ]


def contradicting(
    reader: RowReader,
    numbers: Mapping[str, str],
    piece: OnFile,
    wrong_numbers: Iterable[tuple[str, str, str]],
) -> list[Problem]:
    """The contradictions in words, each at its column."""
    wrong = list(wrong_numbers)
    others = {kind for kind, _, _ in wrong}
    shared = next(
        (k for k in numbers if k not in others and normal(numbers[k]) in piece.numbers.get(k, ())), ""
    )
    return [
        Problem(
            reader.places.get(_target_of(kind), WHOLE_ROW),
            Message(
                CONTRADICTS, {"shared": kind_label(shared), "kind": kind_label(kind), "old": old, "new": new}
            ),
        )
        for kind, old, new in wrong
    ]


def kind_label(kind: str) -> str:
    """What a kind of number is called (msgid)."""
    if not kind:
        return N_("maker and serial number")
    return NAMED.get(kind) or IdentifierKind(kind).label


def _target_of(kind: str) -> str:
    return next((key for key, of in KIND_OF.items() if of == kind), kind)


def in_charge(references: References, piece: OnFile) -> bool:
    """Whether the importer may change this piece: its owner, its use unit, and the bureau of its area may."""
    by = references.by
    if by is SYSTEM:
        return True
    if by.oversees:
        return str(piece.row["area"]).startswith(by.area)
    return by.organisation_id in (piece.row["owner_id"], piece.row["use_unit_id"])


def differences(draft: Draft, piece: OnFile, reader: RowReader) -> tuple[Changes, list[Problem]]:
    """What the cells of a row would change of a piece on file, and the same in words, old → new, at each
    column. A blank cell and a value for all rows change nothing."""
    stated = {key: value for key, value in draft.values.items() if key in reader.targets}
    changes: Changes = {}
    problems: list[Problem] = []
    for key, value in stated.items():
        target = reader.targets[key]
        old, new = value_of(target, piece), _row_value(target, value, piece)
        if old == new:
            continue
        text = {"old": shown(target, old, reader.references), "new": shown(target, new, reader.references)}
        refused = _refused(target, old, new, reader)
        problems.append(
            Problem(
                reader.places.get(key, WHOLE_ROW),
                Message(refused or CHANGE, {} if refused == NOT_ON_FILE else text),
            )
        )
        if not refused:
            changes[key] = [old, new]
    changes, problems = _sound(changes, problems, piece, reader)
    if piece.row["verified"] is False and _lifts(draft, piece, reader):
        changes[VERIFIED] = [piece.row["unverified_reason"], ""]
        problems.append(Problem(WHOLE_ROW, Message(CHANGE, {"old": TO_VERIFY, "new": CHECKED})))
    return changes, problems


def _lifts(draft: Draft, piece: OnFile, reader: RowReader) -> bool:
    """Whether a row settles why a piece is 待核实: nothing is wrong with it, and it fills every cell that was
    in doubt. Only what an import has put in doubt is settled by one."""
    if draft.problems:
        return False
    filled = {
        reader.header[reader.places[key]] for key in draft.values if reader.places.get(key, WHOLE_ROW) >= 0
    }
    doubts = str(piece.row["unverified_reason"])
    if doubts == NO_PARTY:
        return bool({"owner", "use_unit"} & draft.values.keys())
    return bool(doubts) and set(doubts.split(LIST_MARK)) <= filled


def present(key: str, piece: OnFile, fields: Mapping[str, Target]) -> Stored:
    """What is on file now of something that an import has changed."""
    if key == VERIFIED:
        return "" if piece.row["verified"] else str(piece.row["unverified_reason"])
    return value_of(fields[key], piece)


def value_of(target: Target, piece: OnFile) -> Stored:
    """What is on file of a target, as JSON keeps it."""
    row, key = piece.row, target.key
    if target.holds is Holds.DETAIL:
        return cast(Stored, row["details"].get(key))
    if key in KIND_OF or key == "label":
        return piece.shown.get(str(KIND_OF.get(key, "label")))
    value = row.get(PARTY_COLUMNS.get(key, key))
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def _row_value(target: Target, value: object, piece: OnFile) -> Stored:
    """What a row says of a target, as JSON keeps it: exactly what is on file where it says nothing new."""
    old = value_of(target, piece)
    if isinstance(value, Party):
        return str(value.id)
    if isinstance(value, Day):
        written = value.on.isoformat()
        if value.month_only and str(old)[:7] == written[:7]:
            return old
        return month_end(value.on).isoformat() if _ends(target, value) else written
    if isinstance(value, date):
        return value.isoformat()
    if target.holds is Holds.DETAIL:
        is_text = isinstance(old, str) and isinstance(value, str)
        return old if is_text and clean(str(old)) == clean(str(value)) else cast(Stored, value)
    numbered = target.holds in (Holds.NAME_NUMBER, Holds.IDENTIFIER, Holds.LABEL)
    same = (
        normal(str(old or "")) == normal(str(value))
        if numbered
        else clean(str(old or "")) == clean(str(value))
    )
    kind = str(KIND_OF.get(target.key, target.key))
    carried = numbered and normal(str(value)) in piece.numbers.get(kind, ())
    return old if same or carried else str(value)


def _ends(target: Target, day: Day) -> bool:
    """A month in which something runs out runs to its end."""
    return day.month_only and target.key == "next_inspection_on"


def _refused(target: Target, old: Stored, new: Stored, reader: RowReader) -> str:
    """Why an import leaves this as it is (msgid): locks, ends of life and labels have their own pages."""
    if target.key == "label":
        return NOT_CHANGED
    if target.holds is Holds.STATUS and (old == EquipmentStatus.LOCKED or old in GONE):
        return NOT_CHANGED
    if target.key in PARTY_COLUMNS and UUID(str(new)) in reader.references.parties.planned:
        return NOT_ON_FILE
    return ""


def _sound(
    changes: Changes, problems: list[Problem], piece: OnFile, reader: RowReader
) -> tuple[Changes, list[Problem]]:
    """Without the details that do not fit the rest of the piece: they stay as they are."""
    fresh = {key: new for key, (_, new) in changes.items() if reader.targets[key].holds is Holds.DETAIL}
    while fresh:
        try:
            details = reader.kind.read({**piece.row["details"], **fresh})
            wrong = dict(reader.kind_now.implausible(details, reader.references.today))
            if not set(wrong) & set(fresh):
                break
        except ValidationError as fault:
            wrong = {
                name.removeprefix("details."): message
                for name, message in detail_problems(reader.kind, fault).items()
            }
        dropped = (set(wrong) & set(fresh)) or set(fresh)
        stay = {reader.places.get(name, WHOLE_ROW) for name in dropped} - {WHOLE_ROW}
        problems = [p for p in problems if p.column not in stay or p.message.msgid != CHANGE]
        problems += [Problem(reader.places.get(name, WHOLE_ROW), message) for name, message in wrong.items()]
        fresh = {key: value for key, value in fresh.items() if key not in dropped}
        for key in dropped:
            changes.pop(key, None)
    return changes, problems


def shown(target: Target, value: Stored, references: References) -> object:
    """A value of a piece in words: labels are translated by whoever shows them."""
    if value is None or value == "":
        return BLANK
    if target.key in PARTY_COLUMNS:
        return references.names.get(str(value), value)
    if target.holds is Holds.AREA:
        return references.names.get(str(value), value)
    if target.holds is Holds.STATUS:
        return EquipmentStatus(str(value)).label
    return detail_text(target.spec, value) if target.spec is not None else str(value)


def detail_text(spec: FieldSpec, value: Stored) -> object:
    """A detail as people read it, with its unit."""
    labels = {choice.value: choice.label for choice in spec.choices}
    if spec.choices:
        return labels.get(str(value), value)
    if spec.kind is Kind.FLAG:
        return N_("Yes") if value else N_("No")
    if spec.kind is Kind.INTEGER:
        return f"{spec.shown(int(value or 0)):f} {spec.display_unit or spec.unit}".strip()
    return str(value)


def columns_of(
    changes: Mapping[str, list[Stored]], reader_targets: Mapping[str, Target], side: int
) -> Columns:
    """The columns of one side of changes (0 before, 1 after), as `register.actions.change` takes them;
    numbers and the status are changed by actions of their own."""
    columns: Columns = {}
    details: Columns = {}
    for key, pair in changes.items():
        if key == VERIFIED:
            columns |= {"verified": not pair[side], "unverified_reason": str(pair[side])}
            continue
        target, value = reader_targets[key], pair[side]
        if target.holds is Holds.DETAIL:
            is_day = target.spec is not None and target.spec.kind is Kind.DAY
            details[key] = date.fromisoformat(str(value)) if is_day and value else value
        elif key in PARTY_COLUMNS:
            columns[PARTY_COLUMNS[key]] = UUID(str(value)) if value else None
        elif key in DAYS:
            columns[key] = date.fromisoformat(str(value)) if value else None
        elif target.holds is not Holds.STATUS and key not in KIND_OF:
            columns[key] = value or ""
    return columns | ({"details": details} if details else {})
