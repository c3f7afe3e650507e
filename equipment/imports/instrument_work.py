"""Makers of workbooks of instruments: what the jobs process runs for whoever uploaded one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import xlsxwriter

from equipment.core import clock
from equipment.core.chunks import chunks
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.imports.instrument_rows import ImportedInstrument, InstrumentReader, enter_instrument
from equipment.imports.instrument_rules import (
    BY_KEY,
    COLUMNS,
    HEADINGS,
    MOST_INSTRUMENTS,
    InstrumentFault,
    InstrumentOutcome,
    InstrumentRow,
    column_keys,
)
from equipment.imports.reading import NO_ROWS, read_sheet, sheet_names, table
from equipment.imports.stages import READING_MB, TOO_LARGE
from equipment.imports.states import RowState
from equipment.imports.table_rules import find_header, heading_key
from equipment.imports.workbooks import FILLED_ROWS, SAMPLE
from equipment.instruments.rules import InstrumentKind, VerificationResult
from equipment.people.rules import Viewer
from equipment.register.column_rules import SEQUENCE
from equipment.storage.db import session, transaction
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import WORKBOOK_TYPE, Table, TableColumn
from equipment.tasks.workbooks import FONT, HEAD, new_path, write_workbook
from equipment.web.language import LOCALES, translate

CHUNK = 20  # rows of one transaction: each is an instrument, a certificate and lines of the ledger
SHOWN = 500
NO_INSTRUMENTS = N_("No sheet has the column 编号 or 出厂编号 above its rows.")
TOO_MANY = N_("The list has more than %(most)s instruments. Split it.")
GONE = N_("The file is no longer kept: upload it again.")
GOOD = (RowState.ADDED, RowState.CHANGED)
OWN_HEADINGS = {
    heading_key(word): column.key
    for column in COLUMNS
    for word in (column.key, column.label, *(translate(column.label, locale) for locale in LOCALES))
}
SAMPLES = (
    {
        "organisation": "示例液化气充装站",
        "kind": "scale",
        "name": "电子台秤",
        "number": "TCS-2023-0815",
        "maker": "示例衡器有限公司",
        "model": "TCS-150",
        "measures": "0-150 kg",
        "accuracy": "III",
        "place": "1号充装台",
        "result": "passed",
        "certificate": "HQ2026-00123",
        "verified_on": "2026-03-01",
        "valid_until": "2027-02-28",
        "body": "示例市计量测试所",
    },
)
SAMPLE_WORDS = {"scale": InstrumentKind.SCALE.label, "passed": VerificationResult.PASSED.label}


def read_instruments(path: Path, key_of: Mapping[str, str]) -> list[InstrumentRow]:
    """The first sheet that has numbers of instruments; runs in a memory-capped child."""
    for name in sheet_names(path):
        rows = read_sheet(path, name).rows
        header = find_header(rows, key_of)
        keys = column_keys(header.names, key_of) if header else ()
        if header is None or "number" not in keys:
            continue
        listed = [
            InstrumentRow(number, {key: cell for key, cell in zip(keys, row, strict=False) if key})
            for number, row in table(rows, header)
        ]
        if not listed:
            raise Invalid({"file": NO_ROWS})
        if len(listed) > MOST_INSTRUMENTS:
            raise Invalid({"file": Message(TOO_MANY, {"most": MOST_INSTRUMENTS})})
        return listed
    raise Invalid({"file": NO_INSTRUMENTS})


def _judged(task: Task, progress: Progress, by: Viewer) -> list[ImportedInstrument]:
    path = store.path_of(task.stated.text("sha256"))
    if not path.is_file():
        raise Invalid({"file": GONE})
    arguments = (path, HEADINGS | OWN_HEADINGS)
    rows = run_in_child(
        read_instruments, arguments, memory_mb=READING_MB, too_much=TOO_LARGE, progress=progress
    )
    languages = [partial(translate, locale=locale) for locale in LOCALES]
    return InstrumentReader(languages, clock.today(), by=by).read(rows)


def check(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `instruments.import_check`: nothing is on file by it."""
    return _result(task, [one.outcome for one in _judged(task, progress, asked_by(task))])


def enter(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `instruments.import`: enters the good rows. Cut off, it goes on: what is on file is judged
    as such."""
    by = asked_by(task)
    read = _judged(task, progress, by)
    progress.total, progress.done = len(read), 0
    outcomes: list[InstrumentOutcome] = []
    for chunk in chunks(read, CHUNK):
        with transaction():
            for one in chunk:
                if one.state in GOOD:
                    _enter(one, by)
        outcomes += [one.outcome for one in chunk]
        progress.advance(len(chunk))
    return _result(task, outcomes)


def _enter(one: ImportedInstrument, by: Viewer) -> None:
    """What the action refuses is told of its row, of which nothing stays then; the others go on."""
    try:
        with session.begin_nested():
            enter_instrument(one, by=by)
    except Invalid as error:
        for name, text in error.fields.items():
            one.refuse(name if name in BY_KEY else "", text if isinstance(text, Message) else Message(text))


def _result(task: Task, outcomes: Sequence[InstrumentOutcome]) -> TaskOutcome:
    states = (RowState.ADDED, RowState.CHANGED, RowState.KNOWN, RowState.REFUSED)
    counts = {str(state): sum(outcome.state is state for outcome in outcomes) for state in states}
    refused_first = sorted(outcomes, key=lambda row: (row.state is not RowState.REFUSED, row.row_no))
    rows = [
        {
            **outcome._asdict(),
            "faults": [
                [fault.column, fault.message.msgid, dict(fault.message.params)] for fault in outcome.faults
            ],
        }
        for outcome in refused_first[:SHOWN]
    ]
    book = outcomes_workbook(outcomes, task.locale) if counts[RowState.REFUSED] else None
    name = translate(N_("Result of the instruments"), task.locale) + ".xlsx" if book else ""
    summary = {**counts, "instruments": rows}
    link = f"/instruments/import/{task.id}"
    return TaskOutcome(content=book, name=name, media_type=WORKBOOK_TYPE, summary=summary, link=link)


def outcomes_workbook(outcomes: Sequence[InstrumentOutcome], locale: str) -> Path:
    """Every row with what becomes of it and why not."""
    say = partial(translate, locale=locale)
    path = new_path("instruments")
    columns = [
        TableColumn(say(N_("Row")), 8, "number"),
        TableColumn(say(N_("Organisation")), 30),
        TableColumn(say(N_("Name")), 18),
        TableColumn(say(N_("Number")), 18),
        TableColumn(say(N_("Certificate number")), 18),
        TableColumn(say(N_("Outcome")), 16),
        TableColumn(say(N_("Reason")), 70),
    ]
    rows = [
        (
            one.row_no,
            one.organisation,
            one.name,
            one.number,
            one.certificate,
            say(one.state.label),
            "；".join(_reason(fault, locale) for fault in one.faults),
        )
        for one in outcomes
    ]
    write_workbook(Table(say(N_("Measuring instruments")), columns, rows), path)
    return path


def _reason(fault: InstrumentFault, locale: str) -> str:
    text = translate(fault.message, locale)
    return f"{translate(BY_KEY[fault.column].label, locale)}: {text}" if fault.column in BY_KEY else text


def blank(task: Task, _progress: Progress) -> TaskOutcome:
    """The maker `instruments.template`: headings, drop-downs, a sample row that is never imported, a sheet of
    explanations."""
    say = partial(translate, locale=task.locale)
    path = new_path("instruments")
    lists = {
        "kind": [say(kind.label) for kind in InstrumentKind],
        "result": [say(result.label) for result in VerificationResult],
        "statutory": [say(N_("Yes")), say(N_("No"))],
    }
    with xlsxwriter.Workbook(str(path)) as book:
        worksheet = book.add_worksheet(say(N_("Measuring instruments")))
        notes = book.add_worksheet(say(N_("How to fill in")))
        head, needed = book.add_format(HEAD), book.add_format({**HEAD, "bg_color": "#CFE0F5"})
        plain = book.add_format({**FONT, "num_format": "@"})
        sample = book.add_format({**FONT, "num_format": "@", "font_color": "#7A869A", "italic": True})
        wrapped = book.add_format({**FONT, "text_wrap": True})
        worksheet.freeze_panes(1, 1)
        worksheet.set_column(0, 0, 8, plain)
        worksheet.write_column(0, 0, [say(SEQUENCE)], head)
        worksheet.write_column(1, 0, [say(SAMPLE)] * len(SAMPLES), sample)
        notes.set_column(0, 1, 18)
        notes.set_column(2, 2, 90)
        notes.write_row(0, 0, [say(N_("Column")), say(N_("Needed")), say(N_("What may stand there"))], head)
        for place, column in enumerate(COLUMNS, 1):
            worksheet.set_column(place, place, 18, plain)
            heading = say(column.label) + "*" * column.required
            worksheet.write_string(0, place, heading, needed if column.required else head)
            texts = [values.get(column.key, "") for values in SAMPLES]
            worksheet.write_column(
                1, place, [say(SAMPLE_WORDS.get(text, text)) if text else "" for text in texts], sample
            )
            if column.key in lists:
                rule = {"validate": "list", "source": lists[column.key], "error_type": "warning"}
                worksheet.data_validation(1, place, FILLED_ROWS, place, rule)
            explained = [say(column.help) if column.help else "", "、".join(lists.get(column.key, ()))]
            needs = say(N_("Yes")) if column.required else ""
            notes.write_row(place, 0, [say(column.label), needs, "：".join(filter(None, explained))], wrapped)
    return TaskOutcome(
        content=path, name=f"{say(N_('Measuring instruments'))}.xlsx", media_type=WORKBOOK_TYPE
    )


INSTRUMENT_MAKERS = {
    "instruments.import_check": check,
    "instruments.import": enter,
    "instruments.template": blank,
}
