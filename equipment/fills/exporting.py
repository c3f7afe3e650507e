"""The lists of fills as files: everything that is held of a fill, in the columns of a filling record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Select
from sqlalchemy.orm import defer

from equipment.core.words import N_
from equipment.fills.columns import FILL_COLUMNS, REMARK, checks_of, in_one_cell
from equipment.fills.listing import filtered
from equipment.fills.models import Fill
from equipment.fills.shown import shown
from equipment.people.rules import Viewer
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

BEFORE, AFTER = N_("Checks before filling"), N_("Checks after filling")


def fill_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of a list, as people read them."""
    columns = [TableColumn(say(column.name), column.width, column.kind) for column in FILL_COLUMNS]
    columns += [TableColumn(say(BEFORE), 40), TableColumn(say(AFTER), 40)]
    columns.append(TableColumn(say(REMARK.name), REMARK.width))
    return Table(say(N_("Filling records")), columns, _rows(filtered(viewer, filters), say))


def _rows(fills: Select[Fill], say: Say) -> Iterator[list[object]]:
    for part in in_parts(fills.options(defer(Fill.steps)), Fill.received_at.desc(), Fill.id.desc()):
        for row in shown(part):
            checks = checks_of(row)
            cells = [column.value(row, say) for column in FILL_COLUMNS]
            yield [*cells, in_one_cell(checks.pre), in_one_cell(checks.post), REMARK.value(row, say)]
