"""Rescue calls read from the file that a centre has; runs in a memory-capped child, as all reading of
files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from equipment.calls.workbook_rules import CALLED, MOST_CALLS, CallRow, CallSheet, column_keys
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.imports.reading import NO_ROWS, read_sheet, sheet_names, table
from equipment.imports.table_rules import find_header

NO_CALLS = N_("No sheet has a column 接警时间 above its rows. Say on this page which column it is.")
TOO_MANY = N_("The workbook has more than %(most)s calls. Split it.")


def read_calls(path: Path, key_of: Mapping[str, str], chosen: Mapping[str, str]) -> CallSheet:
    """The first sheet with the needed column; without any, the first sheet with its headings alone, so that
    somebody can say which column is which."""
    first: CallSheet | None = None
    for name in sheet_names(path):
        rows = read_sheet(path, name).rows
        header = find_header(rows, key_of)
        if header is None:
            continue
        keys = column_keys(header.names, key_of, chosen)
        if CALLED not in keys:
            first = first or CallSheet(tuple(header.names), keys, ())
            continue
        calls = [_row(number, keys, row) for number, row in table(rows, header)]
        if not calls:
            raise Invalid({"file": NO_ROWS})
        if len(calls) > MOST_CALLS:
            raise Invalid({"file": Message(TOO_MANY, {"most": MOST_CALLS})})
        return CallSheet(tuple(header.names), keys, tuple(calls))
    if first is None:
        raise Invalid({"file": NO_CALLS})
    return first


def _row(number: int, keys: tuple[str, ...], row: Sequence[str]) -> CallRow:
    """Of several columns for the same field the first that is filled counts."""
    cells: dict[str, str] = {}
    for key, cell in zip(keys, row, strict=False):
        if key and not cells.get(key):
            cells[key] = cell
    return CallRow(number, cells)
