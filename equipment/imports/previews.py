"""What the mapping page shows of a file before anything of it is read as pieces: its sheets, the header,
a few values of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from equipment.core.errors import Invalid
from equipment.core.words import Message
from equipment.imports.mapping_rules import heading_index, spellings, suggest
from equipment.imports.reading import (
    EMPTY,
    NO_HEADER,
    NO_ROWS,
    NO_SHEET,
    SAMPLE_ROWS,
    left_out,
    read_sheet,
    sheet_names,
    table,
)
from equipment.imports.table_rules import Header, Row, find_header, with_letters
from equipment.imports.vocabulary_rules import Vocabulary

SAMPLES = 3
LISTED = 50  # rows that were left out


class Unfilled(Invalid):
    """A table for such pieces in which nobody has filled in a row: no other sheet of the file is meant."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the mapping page shows of a file."""

    sheets: tuple[str, ...]
    sheet_name: str
    header: Header
    samples: tuple[tuple[str, ...], ...]
    rows: int
    left_out: tuple[tuple[int, str], ...] = ()
    hidden: tuple[int, ...] = ()
    from_1904: bool = False
    old: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "sheets": list(self.sheets),
            "samples": [list(sample) for sample in self.samples],
            "rows": self.rows,
            "blocks": self.header.blocks,
            "left_out": [list(row) for row in self.left_out[:LISTED]],
            "left_out_count": len(self.left_out),
            "hidden": list(self.hidden[:LISTED]),
            "hidden_count": len(self.hidden),
            "from_1904": self.from_1904,
            "old": self.old,
        }


def preview(
    path: Path,
    category_key: str,
    sheet_name: str = "",
    vocabulary: Vocabulary | None = None,
    headings: Mapping[str, str] | None = None,
) -> Preview:
    """Sheets, header and a few values of each column; without a named sheet, the first whose columns are
    known, else the first with a header. `headings` are those of rows that are no pieces."""
    names = sheet_names(path)
    if sheet_name and sheet_name not in names:
        raise Invalid({"sheet": Message(NO_SHEET, {"name": sheet_name})})
    fault: Invalid | None = None
    other: Preview | None = None
    for name in [sheet_name] if sheet_name else names:
        try:
            candidate = _preview(path, category_key, names, name, vocabulary, headings)
        except Unfilled:
            raise
        except Invalid as error:
            fault = fault or error
            continue
        if _is_known(candidate.header, category_key, vocabulary, headings):
            return candidate
        other = other or candidate
    if other is None:
        raise fault or Invalid({"file": EMPTY})
    return other


def _is_known(
    header: Header, category_key: str, vocabulary: Vocabulary | None, headings: Mapping[str, str] | None
) -> bool:
    """Whether the columns are those of such rows; the explanations beside a table have a header too."""
    if headings is not None:
        return sum(any(key in headings for key in spellings(name)) for name in header.names) > 1
    return len(suggest(category_key, header.names, vocabulary).columns) > 1


def _preview(
    path: Path,
    category_key: str,
    names: Sequence[str],
    name: str,
    vocabulary: Vocabulary | None,
    headings: Mapping[str, str] | None,
) -> Preview:
    worksheet = read_sheet(path, name)
    rows = worksheet.rows
    if not any(any(row) for row in rows):
        raise Invalid({"file": EMPTY})
    header = find_header(rows, headings or heading_index(category_key, vocabulary))
    if header is None:
        raise Invalid({"file": NO_HEADER})
    header = with_letters(header, rows)
    body = list(table(rows, header))
    if not body:
        is_ours = _is_known(header, category_key, vocabulary, headings)
        raise (Unfilled if is_ours else Invalid)({"file": NO_ROWS})
    return Preview(
        tuple(names),
        name,
        header,
        tuple(_samples(body, place) for place in range(len(header.names))),
        len(body),
        tuple(left_out(rows, header)),
        tuple(number for number in worksheet.hidden if number > header.row + 1),
        worksheet.from_1904,
        worksheet.old,
    )


def _samples(body: Sequence[tuple[int, Row]], place: int) -> tuple[str, ...]:
    """A few different values of one column."""
    samples: dict[str, None] = {}
    for _, row in body[:SAMPLE_ROWS]:
        if place < len(row) and row[place]:
            samples[row[place][:40]] = None
        if len(samples) == SAMPLES:
            break
    return tuple(samples)
