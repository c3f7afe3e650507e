"""A list of people read from the file somebody has;
runs in a memory-capped child, as all reading of files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.imports.reading import NO_ROWS, read_sheet, sheet_names, table
from equipment.imports.table_rules import find_header
from equipment.roster.rules import COLUMNS, MOST_PEOPLE, RosterRow, RosterTable, column_keys

NO_PEOPLE = N_("No sheet has the columns 姓名, 手机号码 and 角色 above its rows.")
TOO_MANY = N_("The list has more than %(most)s people. Split it.")
NEEDED = frozenset(column.key for column in COLUMNS if column.required)


def read_people(path: Path, key_of: Mapping[str, str]) -> RosterTable:
    """The first sheet that has the needed columns; `key_of` is the column that each known heading names."""
    for name in sheet_names(path):
        rows = read_sheet(path, name).rows
        header = find_header(rows, key_of)
        keys = column_keys(header.names, key_of) if header else ()
        if header is None or not set(keys) >= NEEDED:
            continue
        people = [
            RosterRow(number, {key: cell for key, cell in zip(keys, row, strict=False) if key})
            for number, row in table(rows, header)
        ]
        if not people:
            raise Invalid({"file": NO_ROWS})
        if len(people) > MOST_PEOPLE:
            raise Invalid({"file": Message(TOO_MANY, {"most": MOST_PEOPLE})})
        return RosterTable(keys, tuple(people))
    raise Invalid({"file": NO_PEOPLE})
