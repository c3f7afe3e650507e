"""送检单 and 收检回执, drawn by the jobs process only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.lots.destroying import bottles_of, destruction_of
from equipment.lots.listing import gas_label, variety_label
from equipment.lots.models import Destruction, Lot, LotRow
from equipment.lots.queries import counts_of, lot_of, people_named, rows_of
from equipment.lots.states import RECEIPT, Difference, LotRowState
from equipment.people.rules import SYSTEM
from equipment.register.codes import spelt
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import Say
from equipment.web.language import translate

NOT_CHECKED = N_("The layout has not been checked against an official form.")
STRANGERS = (Difference.FOREIGN, Difference.UNKNOWN)


def print_paper(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `lots.paper`; input: lot_id, paper ("hand_over" or "receipt"), sample."""
    lot = lot_of(UUID(task.stated.text("lot_id")), by=SYSTEM)
    say = partial(translate, locale=task.locale)
    compose = receipt if task.stated.text("paper") == RECEIPT else hand_over_paper
    paper = compose(lot, say, sample=bool(task.input.get("sample")))
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def hand_over_paper(lot: Lot, say: Say, *, sample: bool = False) -> RuledPaper:
    """送检单: how many bottles of each kind, and every bottle with its numbers and its day."""
    rows = [row for row in _rows(lot) if row.difference not in (*STRANGERS, Difference.EXTRA)]
    return _paper(lot, say, N_("Bottles sent to inspection"), rows, sample=sample)


def receipt(lot: Lot, say: Say, *, sample: bool = False) -> RuledPaper:
    """收检回执: what came, what did not, what came beside."""
    return _paper(
        lot, say, N_("Receipt of bottles for inspection"), _rows(lot), sample=sample, is_receipt=True
    )


def _rows(lot: Lot) -> Sequence[LotRow]:
    return session.scalars(rows_of(lot).where(LotRow.state != LotRowState.TAKEN_OUT)).all()


def _paper(
    lot: Lot, say: Say, title: str, rows: Sequence[LotRow], *, sample: bool, is_receipt: bool = False
) -> RuledPaper:
    tables = [_kinds(rows, say), _bottles(rows, say, is_receipt=is_receipt)]
    received = N_("Received by, signed and dated")
    return RuledPaper(
        title=say(title),
        about=_about(lot, say, is_receipt=is_receipt),
        tables=tables,
        signatures=[say(N_("Handed over by, signed and dated")), say(received)],
        notes=[say(NOT_CHECKED)],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=f"{say(N_('Lot number'))} {lot.number}",
        totals=lambda sums: _counted(sums.get("bottles", 0), say),
        points=8,
        sample=sample,
    )


def _about(lot: Lot, say: Say, *, is_receipt: bool) -> list[str]:
    names, people = (
        names_of([lot.organisation_id, lot.body_id]),
        people_named([lot.handed_by, lot.received_by, lot.opened_by]),
    )
    at = f"{clock.site_time(lot.handed_at):%Y-%m-%d %H:%M}" if lot.handed_at else ""
    handed = f"{say(N_('Handed over'))} {at}" if at else say(N_("Not handed over yet"))
    parties = (
        f"{say(N_('Sender'))} {names.get(lot.organisation_id, '')}　"
        f"{say(N_('Inspection body'))} {names.get(lot.body_id, '')}"
    )
    way = f"{handed} {people.get(lot.handed_by, '')}　{lot.carrier}".strip("　 ")
    about = [parties, f"{way}　{lot.note}".strip("　")]
    if is_receipt:
        counts = counts_of([lot])[lot.id]
        at = f"{clock.site_time(lot.received_at):%Y-%m-%d %H:%M}" if lot.received_at else ""
        came = counts.received + counts.judged + counts.left
        differences = "　".join(
            f"{say(difference.label)} {number}" for difference, number in counts.differences.items()
        )
        about.append(
            f"{say(N_('Received'))} {at} {people.get(lot.received_by, '')}　{_counted(came, say)}　"
            f"{differences or say(N_('No difference'))}　{lot.receipt_note}".strip("　")
        )
    return about


def _kinds(rows: Sequence[LotRow], say: Say) -> RuledTable:
    """How many bottles of each kind."""
    kinds: Counter[tuple[str, str, str]] = Counter(
        (row.snapshot["variety"], row.snapshot["model"], row.snapshot["medium"])
        for row in rows
        if row.difference not in STRANGERS
    )
    columns = (
        RuledColumn(say(N_("Variety")), 60),
        RuledColumn(say(N_("Model")), 40),
        RuledColumn(say(N_("Medium")), 50),
        RuledColumn(say(N_("Bottles")), 20, Align.RIGHT),
    )
    lines = [
        RuledRow((say(variety_label(variety)), model or "—", say(gas_label(medium)), str(number)))
        for (variety, model, medium), number in sorted(kinds.items())
    ]
    return RuledTable(columns, lines, title=say(N_("By kind")), empty=say(N_("No bottles")))


def _bottles(rows: Sequence[LotRow], say: Say, *, is_receipt: bool) -> RuledTable:
    columns = (
        RuledColumn(say(N_("No.")), 10, Align.MIDDLE),
        RuledColumn(say(N_("Label")), 40, bold=True),
        RuledColumn(say(N_("Serial number")), 32),
        RuledColumn(say(N_("Unit's own number")), 28),
        RuledColumn(say(N_("Model")), 24),
        RuledColumn(say(N_("Medium")), 24),
        RuledColumn(say(N_("Maker")), 46),
        RuledColumn(say(N_("Made on")), 22, Align.MIDDLE),
        RuledColumn(say(N_("Inspection due on")), 22, Align.MIDDLE),
        RuledColumn(say(N_("Has come")) if is_receipt else say(N_("Remark")), 34, lines=3),
    )
    cells = [_bottle(row, say, is_receipt=is_receipt) for row in rows]
    return RuledTable(columns, cells, title=say(N_("Bottle by bottle")), empty=say(N_("No bottles")))


def _bottle(row: LotRow, say: Say, *, is_receipt: bool) -> RuledRow:
    seen, state = row.snapshot, ""
    if is_receipt:
        came_later = row.difference is Difference.MISSING and row.state is not LotRowState.MISSING
        named = row.difference.label if row.difference else N_("Has come")
        state = say(N_("Came later") if came_later else named)
    counts = not is_receipt or (row.state is not LotRowState.MISSING and row.difference not in STRANGERS)
    return RuledRow(
        (
            str(row.row_no),
            spelt(seen["label"]) if seen["label"] else row.code,
            seen["serial"],
            seen["own_number"],
            seen["model"],
            say(gas_label(seen["medium"])),
            seen["maker"],
            seen["made_on"],
            seen["due_on"],
            state,
        ),
        {"bottles": 1} if counts else {},
    )


def _counted(number: int, say: Say) -> str:
    return str(Message(say(N_("%(num)s bottles")), {"num": number}))


def print_destruction(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `lots.destruction`; input: destruction_id, sample."""
    record = destruction_of(UUID(task.stated.text("destruction_id")), by=SYSTEM)
    paper = destruction_paper(
        record, partial(translate, locale=task.locale), sample=bool(task.input.get("sample"))
    )
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def destruction_paper(record: Destruction, say: Say, *, sample: bool = False) -> RuledPaper:
    """销毁记录: every bottle with its void code and why it was scrapped."""
    rows = session.scalars(bottles_of(record)).all()
    names, people = names_of([record.organisation_id, record.body_id]), people_named([record.recorded_by])
    columns = (
        RuledColumn(say(N_("No.")), 10, Align.MIDDLE),
        RuledColumn(say(N_("Void code")), 40, bold=True),
        RuledColumn(say(N_("Serial number")), 32),
        RuledColumn(say(N_("Unit's own number")), 28),
        RuledColumn(say(N_("Model")), 24),
        RuledColumn(say(N_("Medium")), 24),
        RuledColumn(say(N_("Maker")), 46),
        RuledColumn(say(N_("Made on")), 22, Align.MIDDLE),
        RuledColumn(say(N_("Why it was scrapped")), 70, lines=4),
    )
    cells = [
        RuledRow(
            (
                str(number),
                spelt(one.code) if one.code else "",
                one.snapshot["serial"],
                one.snapshot["own_number"],
                one.snapshot["model"],
                say(gas_label(one.snapshot["medium"])),
                one.snapshot["maker"],
                one.snapshot["made_on"],
                one.reason,
            ),
            {"bottles": 1},
        )
        for number, one in enumerate(rows, 1)
    ]
    parties = (
        f"{say(N_('Owner'))} {names.get(record.organisation_id, '')}　"
        f"{say(N_('Destroyed by'))} {names.get(record.body_id, '')}"
    )
    how = (
        f"{say(N_('Destroyed on'))} {record.on:%Y-%m-%d}　{say(N_('How'))} {say(record.method.label)}　"
        f"{say(N_('Number of the document'))} {record.document_no}"
    )
    who = (
        f"{say(N_('Witness'))} {record.witness}　"
        f"{say(N_('Recorded by'))} {people.get(record.recorded_by, '')}　{record.remark}"
    )
    photos = Message(say(N_("%(num)s photos are kept with the record.")), {"num": len(record.photos)})
    return RuledPaper(
        title=say(N_("Record of destroyed bottles")),
        about=[parties, how, who.strip("　 ")],
        tables=[RuledTable(columns, cells, empty=say(N_("No bottles")))],
        signatures=[
            say(N_("Destroyed by, signed and dated")),
            say(N_("Witness, signed and dated")),
            say(N_("For the owner, signed and dated")),
        ],
        notes=[str(photos), say(NOT_CHECKED)],
        foot=say(N_("As of")) + f" {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=f"{say(N_('Record number'))} {record.number}",
        totals=lambda sums: _counted(sums.get("bottles", 0), say),
        points=8,
        sample=sample,
    )
