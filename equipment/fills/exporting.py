"""The lists of fills as files: everything that is held of a fill, in the columns of a filling record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from sqlalchemy import Select
from sqlalchemy.orm import defer

from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.fills.columns import FILL_COLUMNS, REMARK, TIME, checks_of, in_one_cell
from equipment.fills.listing import asks_for_scans, filtered, no_code_filtered
from equipment.fills.models import Fill, Scan
from equipment.fills.papers import no_code_shown
from equipment.fills.shown import shown
from equipment.fills.states import FillState
from equipment.people.rules import Viewer
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

BEFORE, AFTER = N_("Checks before filling"), N_("Checks after filling")
NEWEST = (Fill.on.desc(), Fill.received_at.desc(), Fill.id.desc())
NEWEST_SCANS = (Scan.received_at.desc(), Scan.id.desc())
TIME_READ, CODE = N_("Time"), N_("Code as read")


def fill_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of a list, as people read them."""
    columns = [TableColumn(say(column.name), column.width, column.kind) for column in FILL_COLUMNS]
    columns += [TableColumn(say(BEFORE), 40), TableColumn(say(AFTER), 40)]
    columns.append(TableColumn(say(REMARK.name), REMARK.width))
    rows = _rows(filtered(viewer, filters), say)
    if asks_for_scans(filters):
        rows = chain(rows, _refused_scans(no_code_filtered(viewer, filters), say))
    return Table(say(N_("Filling records")), columns, rows)


def _refused_scans(scans: Select[Scan], say: Say) -> Iterator[list[object]]:
    """Refusals that began no fill, in the columns of the fills, below them."""
    state, remark = say(FillState.REFUSED.label), say(N_("Without code or record"))
    for part in in_parts(scans, *NEWEST_SCANS):
        stations = names_of({scan.organisation_id for scan in part})
        for scan, row in zip(part, no_code_shown(part), strict=True):
            stated: dict[str, object] = {
                N_("Time"): f"{row.at:{TIME}}",
                N_("Label"): row.code,
                N_("Gas"): row.gas,
                N_("Station"): stations[scan.organisation_id],
                N_("Bay"): row.bay,
                N_("Status"): state,
                N_("Codes of refusal"): " ".join(reason["code"] for reason in row.reasons),
                N_("Filler"): row.person,
            }
            yield [*(stated.get(column.name, "") for column in FILL_COLUMNS), "", "", remark]


def _rows(fills: Select[Fill], say: Say) -> Iterator[list[object]]:
    for part in in_parts(fills.options(defer(Fill.steps)), *NEWEST):
        for row in shown(part):
            checks = checks_of(row)
            cells = [column.value(row, say) for column in FILL_COLUMNS]
            yield [*cells, in_one_cell(checks.pre), in_one_cell(checks.post), REMARK.value(row, say)]


def no_code_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """无码、无档案: the scans behind the filters of their list."""
    names = (TIME_READ, CODE, N_("Gas"), N_("Station"), N_("Bay"), N_("Operator"), N_("Codes of refusal"))
    columns = [
        TableColumn(say(name), width) for name, width in zip(names, (17, 30, 8, 28, 10, 12, 16), strict=True)
    ]
    return Table(say(N_("Without code or record")), columns, _scans(no_code_filtered(viewer, filters)))


def _scans(scans: Select[Scan]) -> Iterator[list[object]]:
    for part in in_parts(scans, *NEWEST_SCANS):
        stations = names_of({scan.organisation_id for scan in part})
        for scan, row in zip(part, no_code_shown(part), strict=True):
            codes = " ".join(reason["code"] for reason in row.reasons)
            station = stations[scan.organisation_id]
            yield [f"{row.at:{TIME}}", row.code, row.gas, station, row.bay, row.person, codes]
