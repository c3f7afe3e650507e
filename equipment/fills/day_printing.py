"""The papers of a station's day as one file, PDF or workbook; made by the jobs process only."""

from __future__ import annotations

from collections.abc import Sequence

from equipment.core.words import N_
from equipment.fills.columns import FILL_COLUMNS, OUTSIDE, TIME
from equipment.fills.handover_printing import handover_paper, handover_sections
from equipment.fills.paper_printing import NO_CODES, on_record, record_paper
from equipment.fills.papers import only_own_handover, records_in, window_of
from equipment.fills.record_printing import NO_CODE_COLUMNS, RecordWords, items_of
from equipment.fills.states import DayPaper
from equipment.people.rules import Viewer
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import WORKBOOK_TYPE, Table, TableColumn
from equipment.tasks.workbooks import workbook


def day_papers(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `fills.papers`; input: what `window_of` takes, `paper` (or "all"), `format`, `sample`. Made
    with the eyes of who asked, as they are when its turn comes."""
    viewer = asked_by(task)
    wanted = {name: value for name, value in task.input.items() if isinstance(value, str)}
    papers = chosen_papers(wanted.get("paper", ""))
    window = window_of(viewer, wanted)
    only_own_handover(viewer, window, papers)
    words = RecordWords(records_in(viewer, window), task.locale)
    summary = {"rows": len(words.records.fills)}
    if wanted.get("format") == "xlsx":
        content = workbook(day_tables(viewer, words, papers))
        return TaskOutcome(
            content=content, name=f"{task.title}.xlsx", media_type=WORKBOOK_TYPE, summary=summary
        )
    sample = bool(task.input.get("sample"))
    composed = [
        handover_paper(words, handover_sections(viewer, words), sample=sample)
        if paper is DayPaper.HANDOVER
        else record_paper(words, paper, sample=sample)
        for paper in papers
    ]
    drawn = ruled_pdf(*composed, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary=summary | {"pages": drawn.pages},
        note=drawn.note,
    )


def chosen_papers(paper: str) -> list[DayPaper]:
    """The one that is named, or all."""
    return [DayPaper(paper)] if paper in set(DayPaper) else list(DayPaper)


def day_tables(viewer: Viewer, words: RecordWords, papers: Sequence[DayPaper]) -> list[Table]:
    """A sheet for every record, numbers as numbers; the handover sheet has one for each of its tables."""
    tables: list[Table] = []
    for paper in papers:
        if paper is DayPaper.HANDOVER:
            tables += [section.table(words) for section in handover_sections(viewer, words)]
        else:
            tables.append(_record_table(words, paper))
        if paper is DayPaper.PRE_CHECK and words.records.no_code:
            tables.append(_no_code_table(words))
    return tables


def _record_table(words: RecordWords, paper: DayPaper) -> Table:
    rows = [row for row in words.records.fills if on_record(paper, row)]
    items = sorted({item for row in rows for item in items_of(words, paper, row)})
    composed = record_paper(words, paper)
    columns = [TableColumn(words.say(N_("No.")), 6, "number")]
    columns += [TableColumn(words.say(column.name), column.width, column.kind) for column in FILL_COLUMNS]
    columns += [TableColumn(item, 6) for item in items]
    columns.append(TableColumn(words.say(N_("Remark")), 60))
    cells = [
        [
            number,
            *(column.value(row, words.say) for column in FILL_COLUMNS),
            *(items_of(words, paper, row).get(item, OUTSIDE) for item in items),
            words.remark(row),
        ]
        for number, row in enumerate(rows, 1)
    ]
    head = [f"{words.say(paper.label)}　{words.records.window.days}", *words.about()]
    notes = [composed.total(words.say), *composed.notes, words.foot()]
    return Table(words.say(paper.label), columns, cells, head=head, notes=notes)


def _no_code_table(words: RecordWords) -> Table:
    kinds = ("number", *["text"] * (len(NO_CODE_COLUMNS) - 1))
    columns = [
        TableColumn(words.say(column.name), max(6, round(column.mm * 0.6)), kind)
        for column, kind in zip(NO_CODE_COLUMNS, kinds, strict=True)
    ]
    rows = [
        [number, scan.code, f"{scan.at:{TIME}}", *words.no_code(number, scan)[3:]]
        for number, scan in enumerate(words.records.no_code, 1)
    ]
    return Table(words.say(NO_CODES), columns, rows, head=[words.say(NO_CODES), *words.about()])
