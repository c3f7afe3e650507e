"""How labels and their steps read in exports, and the receipt of a handout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.words import N_
from equipment.labels.models import LabelBatch, LabelHandout
from equipment.labels.queries import labels, steps
from equipment.labels.rules import LedgerState
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.codes import spelt
from equipment.register.lists import names_of
from equipment.register.models import Equipment, Label, LabelStep
from equipment.register.rules import LabelStatus, LabelStepKind
from equipment.storage.db import session
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

LABELS, STEPS = "labels", "steps"
LABEL_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Label"), 20),
    (N_("State"), 16),
    (N_("Batch of"), 18),
    (N_("Number in the batch"), 10),
    (N_("Organisation"), 28),
    (N_("Serial number"), 18),
    (N_("Issued"), 17),
    (N_("Bound"), 17),
    (N_("Replaced by"), 20),
    (N_("Batch remark"), 24),
)
STEP_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Time"), 17),
    (N_("Label"), 20),
    (N_("What happened"), 18),
    (N_("Organisation"), 28),
    (N_("Serial number"), 18),
    (N_("By whom"), 12),
    (N_("New label"), 20),
    (N_("Reason"), 30),
)
CODES_A_ROW = 4


def state_of(label: Label) -> LedgerState:
    """As `queries.STATE` has it."""
    if label.status != LabelStatus.ISSUED:
        return LedgerState(str(label.status))
    return LedgerState.BLANK if label.handout_id is None else LedgerState.HANDED_OUT


def ledger_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The labels or the steps behind the filters of a list, as people read them; `list` says which."""
    if filters.get("list") == STEPS:
        columns = [TableColumn(say(name), width) for name, width in STEP_COLUMNS]
        return Table(say(N_("Label steps")), columns, _step_rows(viewer, filters, say))
    columns = [TableColumn(say(name), width) for name, width in LABEL_COLUMNS]
    return Table(say(N_("Label ledger")), columns, _label_rows(viewer, filters, say))


def _label_rows(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Iterator[list[object]]:
    for part in in_parts(labels(viewer, filters), Label.issued_at.desc(), Label.number, Label.code):
        batches = batches_of(part)
        names, serials = names_of(row.organisation_id for row in part), serials_of(part)
        for label in part:
            batch = batches.get(label.batch_id)
            yield [
                spelt(label.code),
                say(state_of(label).label),
                clock.site_day(batch.created_at).isoformat() if batch else "",
                label.number,
                names.get(label.organisation_id, ""),
                serials.get(label.equipment_id, ""),
                clock.site_time(label.issued_at).strftime("%Y-%m-%d %H:%M"),
                clock.site_time(label.bound_at).strftime("%Y-%m-%d %H:%M") if label.bound_at else "",
                spelt(label.replaced_by) if label.replaced_by else "",
                batch.note if batch else "",
            ]


def _step_rows(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Iterator[list[object]]:
    for part in in_parts(steps(viewer, filters), LabelStep.at.desc(), LabelStep.id.desc()):
        names, serials = names_of(row.organisation_id for row in part), serials_of(part)
        people = people_of(row.user_id for row in part)
        for step in part:
            yield [
                clock.site_time(step.at).strftime("%Y-%m-%d %H:%M"),
                spelt(step.code),
                say(LabelStepKind(step.kind).label),
                names.get(step.organisation_id, ""),
                serials.get(step.equipment_id, ""),
                people.get(step.user_id, ""),
                spelt(step.other_code) if step.other_code else "",
                step.reason,
            ]


def batches_of(rows: Iterable[Label]) -> dict[UUID | None, LabelBatch]:
    """The batches that these labels were issued in. Who sees a label may know when it was issued."""
    wanted = {row.batch_id for row in rows}
    return {
        row.id: row for row in session.scalars(visible(SYSTEM, LabelBatch).where(LabelBatch.id.in_(wanted)))
    }


def serials_of(rows: Iterable[Label | LabelStep]) -> dict[UUID | None, str]:
    """The numbers stamped on the pieces of rows that the viewer sees."""
    wanted = {row.equipment_id for row in rows}
    pieces = visible(SYSTEM, Equipment).where(Equipment.id.in_(wanted))
    numbers = pieces.with_only_columns(Equipment.id, Equipment.serial, Equipment.own_number)
    return {row.id: row.serial or row.own_number for row in session.execute(numbers)}


def people_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Names of people."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_({key for key in ids if key})))
    return {row.id: row.name for row in rows}


def receipt(handout: LabelHandout, say: Say, *, sample: bool = False) -> RuledPaper:
    """标签发放签收单: who gave which numbers to whom, with two lines to sign and every code that went along."""
    batch = session.scalars(visible(SYSTEM, LabelBatch).where(LabelBatch.id == handout.batch_id)).one()
    parties = (handout.organisation_id, handout.to_organisation_id)
    names = {
        row.id: row.name
        for row in session.execute(
            select(Organisation.id, Organisation.name).where(Organisation.id.in_(parties))
        )
    }
    people = people_of([handout.user_id, handout.to_user_id])
    whom = people.get(handout.to_user_id) or handout.post
    rows = session.scalars(
        select(Label).where(Label.handout_id == handout.id).order_by(Label.number, Label.code)
    ).all()
    texts = [f"{row.number}  {spelt(row.code)}" for row in rows]
    cells = [texts[start : start + CODES_A_ROW] for start in range(0, len(texts), CODES_A_ROW)]
    columns = [RuledColumn(say(N_("Number and code")), 45, Align.LEFT, 1) for _ in range(CODES_A_ROW)]
    about = [
        f"{say(N_('Handed out by'))}: {names[handout.organisation_id]} {people.get(handout.user_id, '')}",
        f"{say(N_('Handed out to'))}: {names[handout.to_organisation_id]} {whom}",
        f"{say(N_('Batch of'))}: {clock.site_day(batch.created_at)} {batch.note}    "
        f"{say(N_('Numbers'))}: {handout.first_no}–{handout.last_no}    "
        f"{say(N_('Labels'))}: {handout.labels}    {say(N_('Day'))}: {handout.on}",
    ]
    notes = []
    if handout.difference:
        numbers = "、".join(map(str, handout.missing))
        notes.append(f"{say(N_('Not there when it was signed for'))}: {numbers}　{handout.difference}")
    if handout.returned_at is not None:
        notes.append(
            say(N_("%(labels)s labels came back on %(day)s."))
            .replace("%(labels)s", str(handout.returned_labels))
            .replace("%(day)s", clock.site_day(handout.returned_at).isoformat())
        )
    return RuledPaper(
        title=say(N_("Receipt for labels")),
        number=handout.receipt_no,
        about=about,
        tables=[RuledTable(columns, [RuledRow([*row, *[""] * (CODES_A_ROW - len(row))]) for row in cells])],
        signatures=[say(N_("Handed out by (signed)")), say(N_("Received by (signed)")), say(N_("Date"))],
        notes=notes,
        landscape=False,
        points=8.5,
        sample=sample,
    )
