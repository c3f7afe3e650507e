"""One file on its way into the register: begun, mapped, staged row by row, entered chunk by chunk,
taken back. Actions never commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, select, update

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.imports.differing import Changes, Stored, columns_of, on_file, present
from equipment.imports.drafts import WHOLE_ROW, Problem
from equipment.imports.judging import Judged
from equipment.imports.mapping_rules import ADDED_MARK, FieldMap, mapping_problems
from equipment.imports.models import ColumnMapping, ImportBatch, ImportRow
from equipment.imports.openings import DONE, with_openings
from equipment.imports.result_rules import column_problems
from equipment.imports.rows import RowReader
from equipment.imports.states import (
    DECIDABLE,
    DECIDES,
    IMPORT_CHANGES,
    Decision,
    ImportState,
    RowKind,
    RowState,
)
from equipment.imports.visit_rules import visit_column_problems
from equipment.ledger.actions import record, subject_of
from equipment.ledger.models import Event
from equipment.people.models import Organisation
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.actions import (
    add_identifier,
    bind_label,
    change,
    change_status,
    enter,
    void_identifier,
)
from equipment.register.codes import normal
from equipment.register.column_rules import KIND_OF, Target, targets
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import CoordinatesSource, EquipmentStatus, IdentifierKind
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session, upsert
from equipment.storage.statements import Write, insert_rows

ROWS = cast(Table, ImportRow.__table__)
# What stands in a piece's chain when nobody has worked with it since: its first line, and what planning made
# of it.
UNTOUCHED = ("registered", "planned", "due.planned")
_note = Write(
    update(ROWS)
    .where(
        ROWS.c.organisation_id == bindparam("organisation"),
        ROWS.c.batch_id == bindparam("batch"),
        ROWS.c.row_no == bindparam("number"),
    )
    .values(
        state=bindparam("now"),
        problems=bindparam("wrong"),
        equipment_id=bindparam("piece"),
        changes=bindparam("differing"),
    )
)
NO_OPENINGS = N_(
    "This import puts organisations on file: only a person who may add organisations goes on with it."
)
BACK = N_("Import undone")
BY_FILE = "导入"
LISTED_ROWS = 200  # of a decision in the ledger
ENDED = (EquipmentStatus.CANCELLED, EquipmentStatus.SCRAPPED)
STAYS = Problem(WHOLE_ROW, Message(N_("Somebody has worked with this piece since; it stays on file")))


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be imported, kept and not yet named."""

    file: store.StoredContent
    name: str
    category: str
    sheet_name: str = ""
    records: RowKind = RowKind.PIECES


def begin(upload: Upload, organisation: Organisation, *, by: Viewer) -> ImportBatch:
    """A batch for a file; nothing of it has been read yet."""
    if upload.category not in {kind.key for kind in CATEGORIES}:
        raise Invalid({"category": N_("Choose the category.")})
    stored = store.name(upload.file)
    batch = ImportBatch(
        organisation_id=organisation.id,
        id=new_id(),
        category=upload.category,
        records=upload.records,
        file_name=upload.name[:200],
        sha256=upload.file.sha256,
        sheet=upload.sheet_name,
        header=[],
        header_row=0,
        preview={},
        mapping={},
        state=ImportState.READING,
        staged=0,
        counts={},
        user_id=by.user_id,
        created_at=clock.now(),
    )
    session.add(batch)
    record(
        session(),
        subject_of("import", batch.id),
        "begun",
        actor=by.actor,
        payload={
            "file": upload.file.sha256,
            "name": batch.file_name,
            "category": upload.category,
            **({"records": upload.records} if upload.records else {}),
        },
        rows=[stored],
    )
    return batch


def move(batch: ImportBatch, state: ImportState) -> None:
    """The next stage, along the allowed ones."""
    if state not in IMPORT_CHANGES[ImportState(batch.state)]:
        raise _elsewhere(batch)
    batch.state = state


def _elsewhere(batch: ImportBatch) -> Conflict:
    return Conflict(
        {
            "": Message(
                N_("This import is at another stage by now: %(state)s."),
                {"state": ImportState(batch.state).label},
            )
        }
    )


def lay_mapping(batch: ImportBatch, mapping: FieldMap) -> None:
    """A saved mapping, to be looked at; only while columns are matched,
    so that what was checked is what runs."""
    if batch.state != ImportState.MAPPING:
        raise _elsewhere(batch)
    batch.mapping = mapping.as_json()


def header_digest(header: Sequence[str]) -> str:
    """What a header is remembered by, without the columns that our own error workbook adds."""
    own = [name for name in header if not name.startswith(ADDED_MARK)]
    return hashlib.sha256(json.dumps(own, ensure_ascii=False).encode()).hexdigest()


def set_mapping(batch: ImportBatch, mapping: FieldMap, *, by: Viewer) -> None:
    """How the columns become fields; remembered for the next file
    of this organisation with the same header."""
    if batch.records == RowKind.RESULTS:
        problems = column_problems(batch.header, mapping)
    elif batch.records == RowKind.VISITS:
        problems = visit_column_problems(batch.header, mapping)
    else:
        problems = mapping_problems(batch.category, batch.header, mapping)
    if problems:
        raise Invalid(problems)
    may_open(mapping, by)
    move(batch, ImportState.CHECKING)
    batch.mapping, batch.counts, batch.staged = mapping.as_json(), {}, 0
    row = {
        "organisation_id": batch.organisation_id,
        "category": mapping_key(batch),
        "header_digest": header_digest(batch.header),
        "mapping": batch.mapping,
        "used_at": clock.now(),
    }
    latest = upsert(ColumnMapping.__table__).values(row)
    session.execute(
        latest.on_conflict_do_update(
            index_elements=["organisation_id", "category", "header_digest"],
            set_={"mapping": latest.excluded.mapping, "used_at": latest.excluded.used_at},
        )
    )
    record(
        session(),
        subject_of("import", batch.id),
        "mapped",
        actor=by.actor,
        payload={"mapping": batch.mapping},
    )


def mapping_key(batch: ImportBatch) -> str:
    """Under what the matching of columns is remembered: by category, the results' apart from the pieces'."""
    return f"{batch.records}:{batch.category}" if batch.records else batch.category


def may_open(mapping: FieldMap, by: Viewer) -> None:
    """An import opens organisations for those who may open them on their page, and for nobody else."""
    if mapping.opens and not may(by, Action.CREATE, Thing.ORGANISATION):
        raise NotAllowed(NO_OPENINGS)


def clear_rows(batch: ImportBatch, most: int) -> int:
    """Drop staged rows of an earlier check; nothing of them has been entered. Returns how many are gone."""
    first = select(ImportRow.row_no).where(*_of(batch)).order_by(ImportRow.row_no).limit(most)
    numbers = list(session.scalars(first))
    if numbers:
        session.execute(delete(ImportRow).where(*_of(batch), ImportRow.row_no <= numbers[-1]))
    return len(numbers)


def _of(batch: ImportBatch) -> tuple[ColumnElement[bool], ...]:
    return ImportRow.organisation_id == batch.organisation_id, ImportRow.batch_id == batch.id


def stage(batch: ImportBatch, judged: Sequence[Judged]) -> None:
    """Keep rows with what would become of them; nothing is on file yet."""
    insert_rows(
        session.connection(),
        ImportRow,
        [
            {
                "organisation_id": batch.organisation_id,
                "batch_id": batch.id,
                "row_no": row.row_no,
                "values": list(row.values),
                "state": row.state,
                "problems": [problem.as_json() for problem in row.problems],
                "equipment_id": row.on_file,
                "decision": "",
                "changes": row.changes,
            }
            for row in judged
        ],
    )


def decide(batch: ImportBatch, row_nos: Sequence[int], decision: Decision, *, by: Viewer) -> int:
    """What a person says of rows that ask for it; without numbers, of all of them. Returns how many."""
    if batch.state not in DECIDABLE:
        raise _elsewhere(batch)
    after = DECIDES[decision]
    rows = select(ImportRow).where(*_of(batch), ImportRow.state.in_(after))
    if row_nos:
        rows = rows.where(ImportRow.row_no.in_(row_nos))
    if decision is Decision.SAME:  # of two rows of the file, or two pieces on file, nobody can say so
        rows = rows.where(ImportRow.equipment_id.is_not(None))
    decided = session.scalars(rows).all()
    for row in decided:
        row.state, row.decision = after[RowState(row.state)], decision
        if decision is Decision.OWN:
            row.equipment_id, row.changes = None, None
    session.flush()
    batch.counts = batch.counts | dict.fromkeys(map(str, RowState), 0) | _state_counts(batch)
    payload = {"rows": [row.row_no for row in decided][:LISTED_ROWS], "count": len(decided)}
    record(session(), subject_of("import", batch.id), f"decided.{decision}", actor=by.actor, payload=payload)
    return len(decided)


def _state_counts(batch: ImportBatch) -> dict[str, int]:
    rows = select(ImportRow.state, func.count()).where(*_of(batch)).group_by(ImportRow.state)
    return {str(state): number for state, number in session.execute(rows)}


def enter_rows(batch: ImportBatch, judged: Sequence[Judged], reader: RowReader, *, by: Viewer) -> None:
    """Put the good rows of a chunk on file, whole, and note for every row of it what became of it."""
    references = reader.references
    judged, new_organisations = with_openings(judged, references.parties, references.now, by=by)
    if new_organisations:
        batch.counts = {**batch.counts, DONE: batch.counts.get(DONE, 0) + new_organisations}
    good = [row for row in judged if row.registration is not None]
    registrations = [row.registration for row in good if row.registration is not None]
    enter(registrations, by=by, source=CoordinatesSource.IMPORT)
    for registration in registrations:
        if registration.label:
            bind_label(registration.label, session.get_one(Equipment, registration.row["id"]), by=by)
    _note(
        session.connection(),
        [
            {
                "organisation": batch.organisation_id,
                "batch": batch.id,
                "number": row.row_no,
                "now": row.state,
                "wrong": [problem.as_json() for problem in row.problems],
                "piece": row.registration.row["id"] if row.registration else row.on_file,
                "differing": row.changes,
            }
            for row in judged
        ],
    )


def change_rows(batch: ImportBatch, judged: Sequence[Judged], reader: RowReader, *, by: Viewer) -> None:
    """Change the pieces on file of a chunk of rows, each whole or not at all, and note what became of it."""
    reason = translate_reason(batch)
    for row in judged:
        stored = session.get_one(ImportRow, (batch.organisation_id, batch.id, row.row_no))
        stored.problems = [problem.as_json() for problem in row.problems]
        stored.state, stored.changes, stored.equipment_id = row.state, row.changes, row.on_file
        if row.state != RowState.DIFFERS or not row.changes:
            continue
        piece = session.get_one(Equipment, row.on_file)
        try:
            with session.begin_nested():
                apply(piece, row.changes, reader.targets, 1, reason=reason, by=by)
        except Invalid as fault:
            faults = [Problem(WHOLE_ROW, message, True) for message in fault.fields.values()]
            stored.state, stored.changes = RowState.REFUSED, None
            stored.problems = [problem.as_json() for problem in (*faults, *row.problems)]
        else:
            stored.state = RowState.CHANGED


def apply(
    piece: Equipment, changes: Changes, targets: Mapping[str, Target], side: int, *, reason: str, by: Viewer
) -> None:
    """One side of changes (0 before, 1 after) laid over a piece: columns and details, numbers, status."""
    columns = columns_of(changes, targets, side)
    if columns:
        change(piece, columns, by=by, reason=reason, source=CoordinatesSource.IMPORT)
    for key in set(changes) & set(KIND_OF):
        old, new = changes[key][1 - side], changes[key][side]
        _renumber(piece, KIND_OF[key], old, new, reason=reason, by=by)
    if "status" in changes and piece.status != changes["status"][side]:
        change_status(piece, EquipmentStatus(str(changes["status"][side])), reason=reason, by=by)


def _renumber(
    piece: Equipment, kind: IdentifierKind, old: Stored, new: Stored, *, reason: str, by: Viewer
) -> None:
    former = session.get(Identifier, (normal(str(old)), kind, piece.id)) if old else None
    if former is not None and former.voided_at is None:
        void_identifier(former, reason=reason, by=by)
    if new:
        add_identifier(piece, kind, str(new), by=by)


def translate_reason(batch: ImportBatch) -> str:
    return f"{BY_FILE} {batch.file_name}"[:200]


def finish(batch: ImportBatch, state: ImportState, counts: dict[str, int], *, by: Viewer) -> None:
    """Close a stage with its counts."""
    move(batch, state)
    batch.counts = counts
    if state in (ImportState.DONE, ImportState.UNDONE):
        batch.finished_at = clock.now()
    record(session(), subject_of("import", batch.id), str(state), actor=by.actor, payload={"counts": counts})


def take_back(rows: Sequence[ImportRow], *, by: Viewer) -> int:
    """注销 what a chunk of rows put on file and free its numbers, and put back what it changed;
    pieces somebody has worked with since stay. Returns how many stay."""
    touched = _touched([row.equipment_id for row in rows if row.equipment_id is not None])
    stay = 0
    for row in rows:
        piece = session.get(Equipment, row.equipment_id)
        if row.state == RowState.CHANGED:
            stay += not (piece is not None and _put_back(row, piece, by=by))
            continue
        if piece is None or piece.id in touched or piece.status in ENDED or piece.label_code:
            stay += 1
            row.problems = [*row.problems, STAYS.as_json()]
            row.state = RowState.KNOWN
            continue
        numbers = select(Identifier).where(
            Identifier.equipment_id == piece.id, Identifier.voided_at.is_(None)
        )
        for identifier in session.scalars(numbers):
            void_identifier(identifier, reason=BACK, by=by)
        change_status(piece, EquipmentStatus.CANCELLED, reason=BACK, by=by)
        row.state = RowState.UNDONE
    return stay


def _put_back(row: ImportRow, piece: Equipment, *, by: Viewer) -> bool:
    """What the row changed as it was before, unless somebody has changed it again since."""
    changes: Changes = row.changes or {}
    fields = targets(piece.category)
    now = on_file([piece.id])[piece.id]
    ours = {key: pair for key, pair in changes.items() if present(key, now, fields) == pair[1]}
    try:
        with session.begin_nested():
            apply(piece, ours, fields, 0, reason=BACK, by=by)
    except Invalid as fault:
        row.problems = [*(Problem(WHOLE_ROW, m).as_json() for m in fault.fields.values()), *row.problems]
        row.state = RowState.KNOWN
        return False
    whole = len(ours) == len(changes)
    row.state = RowState.UNDONE if whole else RowState.KNOWN
    if not whole:
        row.problems = [*row.problems, STAYS.as_json()]
    return whole


def _touched(ids: Sequence[UUID]) -> set[UUID]:
    subjects = {subject_of("equipment", equipment_id): equipment_id for equipment_id in ids}
    worked_with = (
        select(Event.subject).where(Event.subject.in_(subjects), Event.verb.not_in(UNTOUCHED)).distinct()
    )
    return {subjects[subject] for subject in session.scalars(worked_with)}
