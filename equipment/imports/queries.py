"""What rows of an import may refer to, which of them are on file already,
and the batches a viewer may see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.imports.drafts import References
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.models import ColumnMapping, ImportBatch, ImportRow, ImportWord
from equipment.imports.parties import Party, PartyBook
from equipment.imports.result_rules import RESULT_WORDS, RESULTS
from equipment.imports.states import WORKING, RowKind, RowState
from equipment.imports.table_rules import heading_key, name_key
from equipment.imports.visit_rules import VISIT_FILES, VISIT_WORDS
from equipment.imports.vocabulary_rules import NO_NUMBER, OWN, OwnWord, Vocabulary, shipped
from equipment.people.models import Area, Organisation
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.checking import Registration
from equipment.register.codes import normal
from equipment.register.column_rules import KIND_OF
from equipment.register.entering import GONE
from equipment.register.models import Equipment, Identifier, Label
from equipment.register.rules import EquipmentStatus, IdentifierKind, LabelStatus
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.storage.statements import Lookup
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED

Translate = Callable[[str], str]
STATUS_ALIASES: Mapping[EquipmentStatus, tuple[str, ...]] = {
    EquipmentStatus.IN_USE: ("在用", "使用", "正常", "使用中", "新增", "合格", "在用设备"),
    EquipmentStatus.STOPPED: ("停用", "停止使用", "封存"),
    EquipmentStatus.SCRAPPED: ("报废", "已报废"),
    EquipmentStatus.CANCELLED: ("注销", "已注销"),
    EquipmentStatus.NOT_YET: ("未投用", "未使用", "待投用"),
    EquipmentStatus.MOVED_OUT: ("迁出", "移装"),
    EquipmentStatus.LOCKED: ("锁定", "查封"),
}
AREA_LEVEL = re.compile(r"(?<=..)(?:街道办事处|街道|新区|县|区|市|乡|镇)$")
LOOSE = (IdentifierKind.SERIAL, IdentifierKind.OWN_NUMBER)
CARRIED, PIECES, LABELS = Identifier.__table__.c, Equipment.__table__.c, Label.__table__.c
_loose = Lookup(
    select(CARRIED.kind, CARRIED.value, PIECES.id, PIECES.category, PIECES.use_unit_id, PIECES.owner_id)
    .join(Equipment.__table__, PIECES.id == CARRIED.equipment_id)
    .where(CARRIED.kind.in_(LOOSE), CARRIED.voided_at.is_(None)),
    CARRIED.value,
)
_labels = Lookup(select(LABELS.code, LABELS.status, LABELS.equipment_id, LABELS.organisation_id), LABELS.code)


def references(
    category_key: str,
    organisation: Organisation,
    languages: Sequence[Translate],
    mapping: FieldMap,
    *,
    by: Viewer,
) -> References:
    """Names and words as this moment knows them; read once per run, since organisations and areas are few."""
    home, now = Party(organisation.id, organisation.kind, organisation.area), clock.now()
    # Who mapped the file was asked already; who runs it may be somebody else, or no longer be allowed.
    opens = (
        {key: OrganisationKind(kind) for key, kind in mapping.opens.items()}
        if may(by, Action.CREATE, Thing.ORGANISATION)
        else {}
    )
    named, names = _parties()
    parties = PartyBook(named, opens, by.area or organisation.area)
    names |= {row.code: row.name for row in session.execute(select(Area.code, Area.name))}
    vocabulary = words_in_force(category_key)
    return References(
        by,
        now,
        clock.today(),
        parties,
        area_names(),
        words(category_key, *languages, vocabulary=vocabulary),
        home,
        vocabulary.unsure,
        frozenset(vocabulary.of(NO_NUMBER)),
        frozenset(vocabulary.of(OWN)),
        names,
    )


def _parties() -> tuple[dict[str, tuple[Party, ...]], dict[str, str]]:
    """Organisations by what people call them, and what each is called."""
    parties: dict[str, tuple[Party, ...]] = {}
    called: dict[str, str] = {}
    rows = session.execute(
        select(
            Organisation.id,
            Organisation.kind,
            Organisation.area,
            Organisation.name,
            Organisation.short_name,
            Organisation.credit_code,
        )
    )
    for organisation_id, kind, area, name, *others in rows:
        party = Party(organisation_id, kind, area)
        called[str(organisation_id)] = name
        for key in dict.fromkeys(name_key(text) for text in (name, *others) if text):
            parties[key] = (*parties.get(key, ()), party)
    return parties, called


def area_names() -> dict[str, str]:
    """Area code by code, by name in either language, and by path (白银市白银区人民路街道);
    a name that two areas share names none."""
    rows = session.execute(select(Area.code, Area.name, Area.name_en).order_by(Area.code)).all()
    names = {code: name for code, name, _ in rows}
    codes: dict[str, str] = {}
    short: dict[str, str] = {}
    for code, name, name_en in rows:
        above = [names[code[:length]] for length in range(2, len(code)) if code[:length] in names]
        paths = ["".join(above[start:]) + name for start in range(len(above) + 1)]
        for key in dict.fromkeys(heading_key(text) for text in (*paths, name_en) if text):
            codes[key] = "" if codes.get(key, code) != code else code
        if plain := AREA_LEVEL.sub("", name):
            short[plain] = "" if plain in short else code
        codes[code] = code
        codes.setdefault(code.ljust(6, "0"), code)
    return {**short, **codes}


def words_in_force(category_key: str, words: Vocabulary | None = None) -> Vocabulary:
    """The shipped words of a category, or these, with the bureau's laid over them, as they hold today."""
    rows = (row for row in own_words(category_key) if row.since <= clock.today())
    over = (OwnWord(row.about, row.word, row.meaning) for row in rows)
    return (words or shipped(category_key)).laid_over(over)


def result_words() -> Vocabulary:
    """The words of workbooks of results, as they hold today."""
    return words_in_force(RESULTS, RESULT_WORDS)


def visit_words() -> Vocabulary:
    """The words of exports of the province, as they hold today."""
    return words_in_force(VISIT_FILES, VISIT_WORDS)


def own_words(category_key: str) -> Sequence[ImportWord]:
    """The bureau's own words of a category, the oldest first."""
    rows = select(ImportWord).where(ImportWord.category == category_key)
    return session.scalars(rows.order_by(ImportWord.since, ImportWord.added_at, ImportWord.id)).all()


def words(
    category_key: str, *languages: Translate, vocabulary: Vocabulary | None = None
) -> dict[str, dict[str, str]]:
    """What people write for the choices of each field: value, label in every language of ours (the reader's
    own tells nothing of his file), the label without its 驱动 (曳引), known aliases."""
    texts: tuple[Translate, ...] = (str, *languages)
    values: dict[str, dict[str, str]] = {"status": {}}
    for spec in category(category_key).details_type.fields():
        for choice in spec.choices:
            labels = [translate(choice.label) for translate in texts]
            for word in (
                choice.value,
                *labels,
                *(label.removesuffix("驱动") for label in labels),
                *choice.aliases,
            ):
                values.setdefault(spec.name, {}).setdefault(heading_key(word), choice.value)
    for status in EquipmentStatus:
        for word in (
            status.value,
            *(translate(status.label) for translate in texts),
            *STATUS_ALIASES[status],
        ):
            values["status"].setdefault(name_key(word), status.value)
    for (about, word), meaning in (vocabulary or shipped(category_key)).meanings.items():
        if about in values:
            values[about][word] = meaning
    return values


def loosely_known(registrations: Sequence[Registration]) -> dict[int, UUID]:
    """By place in the list: the piece on file that a serial or own number alone names,
    among the same holder's pieces."""
    wanted = {place: loose_key(registration) for place, registration in enumerate(registrations)}
    values = {key[1] for key in wanted.values() if key is not None}
    if not values:
        return {}
    rows = _loose(session.connection(), values)
    on_file = {
        (kind, value, key, use_unit or owner): equipment_id
        for kind, value, equipment_id, key, use_unit, owner in rows
    }
    return {place: on_file[key] for place, key in wanted.items() if key is not None and key in on_file}


def loose_key(registration: Registration) -> tuple[IdentifierKind, str, str, UUID | None] | None:
    """What names a piece that has no code of its own and no maker with its serial number:
    its unit's number within that unit."""
    row = registration.row
    if (
        registration.label
        or any(kind not in LOOSE for kind, _ in registration.numbers)
        or (row["serial"] and row["maker"])
    ):
        return None
    kind = IdentifierKind.SERIAL if row["serial"] else IdentifierKind.OWN_NUMBER
    return (
        kind,
        normal(row["serial"] or row["own_number"]),
        row["category"],
        row["use_unit_id"] or row["owner_id"],
    )


def matching(key: str, category_key: str, texts: Iterable[str], *, by: Viewer) -> dict[str, set[UUID]]:
    """The pieces a viewer sees by one kind of number, in its normal form."""
    wanted = {normal(text) for text in texts}
    pieces = visible(by, Equipment).where(Equipment.category == category_key, Equipment.status.not_in(GONE))
    if key in KIND_OF:
        carried = pieces.join(Identifier, Identifier.equipment_id == Equipment.id).where(
            Identifier.kind == KIND_OF[key], Identifier.value.in_(wanted), Identifier.voided_at.is_(None)
        )
        rows = carried.with_only_columns(Identifier.value, Equipment.id)
    else:
        column = Equipment.serial if key == "serial" else Equipment.own_number
        plain = func.upper(func.replace(func.replace(column, " ", ""), "-", ""))
        rows = pieces.where(plain.in_(wanted)).with_only_columns(column, Equipment.id)
    carriers: dict[str, set[UUID]] = {}
    for text, equipment_id in session.execute(rows):
        carriers.setdefault(normal(text), set()).add(equipment_id)
    return carriers


def labels_by_code(codes: Iterable[str]) -> dict[str, tuple[LabelStatus, UUID | None, UUID | None]]:
    """(status, piece, whom it was issued to) of these labels."""
    rows = _labels(session.connection(), set(codes))
    return {
        code: (status, equipment_id, organisation_id) for code, status, equipment_id, organisation_id in rows
    }


def batches(viewer: Viewer, records: RowKind = RowKind.PIECES) -> Select[ImportBatch]:
    mine = visible(viewer, ImportBatch).where(ImportBatch.records == records)
    return mine.order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())


def batch(viewer: Viewer, batch_id: UUID, records: RowKind = RowKind.PIECES) -> ImportBatch:
    mine = visible(viewer, ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.records == records)
    row = session.scalar(mine)
    if row is None:
        raise NotFound
    return row


def task_of_batch(viewer: Viewer, of: ImportBatch) -> Task | None:
    """The work this batch asked for last, whoever of the organisation asked."""
    if of.task_id is None:
        return None
    return session.scalar(
        visible(viewer, Task).where(Task.id == of.task_id).execution_options(populate_existing=True)
    )


def cut_off(viewer: Viewer, shown: Sequence[ImportBatch]) -> frozenset[UUID]:
    """Which of these batches stand at a stage whose work has ended without leading out of it."""
    at_work = {row.task_id: row.id for row in shown if row.task_id is not None and row.state in WORKING}
    if not at_work:
        return frozenset()
    ended = session.scalars(
        visible(viewer, Task).where(Task.id.in_(at_work), Task.state.in_(ENDED)).with_only_columns(Task.id)
    )
    return frozenset(at_work[task_id] for task_id in ended)


def rows_of(viewer: Viewer, of: ImportBatch, states: Sequence[RowState]) -> Select[ImportRow]:
    """The rows of a batch in these states, in the order of the file."""
    rows = visible(viewer, ImportRow).where(
        ImportRow.organisation_id == of.organisation_id,
        ImportRow.batch_id == of.id,
        ImportRow.state.in_(states),
    )
    return rows.order_by(ImportRow.row_no)


def row_counts(of: ImportBatch) -> dict[str, int]:
    rows = select(ImportRow.state, func.count()).where(
        ImportRow.organisation_id == of.organisation_id, ImportRow.batch_id == of.id
    )
    return {str(state): number for state, number in session.execute(rows.group_by(ImportRow.state))}


def rows_to_enter(of: ImportBatch) -> int:
    """How many rows a finished import could still add: those decided since."""
    rows = select(func.count()).where(
        ImportRow.organisation_id == of.organisation_id,
        ImportRow.batch_id == of.id,
        ImportRow.state == RowState.FLAGGED,
        ImportRow.equipment_id.is_(None),
    )
    return session.scalar(rows) or 0


def last_row_on_file(of: ImportBatch) -> int:
    """The last row of the file that this import has put on file."""
    last = select(func.max(ImportRow.row_no)).where(
        ImportRow.organisation_id == of.organisation_id, ImportRow.batch_id == of.id
    )
    return (
        session.scalar(
            last.where(
                ImportRow.equipment_id.is_not(None), ImportRow.state.in_((RowState.ADDED, RowState.FLAGGED))
            )
        )
        or 0
    )


def remembered(organisation_id: UUID, category_key: str, digest: str) -> dict[str, object] | None:
    """The mapping this organisation used for this header the last time."""
    mapping = session.get(ColumnMapping, (organisation_id, category_key, digest))
    return mapping.mapping if mapping else None


Key = tuple[UUID, UUID]  # organisation, batch


def batch_key(task: Task) -> Key:
    """Of which batch a piece of work is."""
    return UUID(task.stated.text("organisation")), UUID(task.stated.text("batch"))


def the_batch(key: Key) -> ImportBatch:
    """The batch that a stage works on; NotFound where it is gone."""
    batch = session.get(ImportBatch, key)
    if batch is None:
        raise NotFound
    return batch
