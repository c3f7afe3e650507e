"""How fills read in exports, and which filters their list has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Select
from sqlalchemy.orm import load_only

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.fills import queries
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.people.rules import Viewer
from equipment.people.scope import within
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

FLAGS = {
    "no_pre_check": N_("Not looked over before filling"),
    "drift": N_("Clock of the device is off"),
    "disputed": N_("To be verified"),
    "light": N_("Below the usual weight"),
    "heavy": N_("Above the usual weight"),
    "filled_anyway": N_("Filled although refused"),
    "refused_since": N_("Refused only after it was filled"),
    "result_despite_check": N_("Filled although a check failed"),
    "by_list": N_("By the list, without a network"),
    "drawn_down": N_("Drawn down after overfilling"),
    "instrument_overdue": N_("Scale or gauge past its verification day"),
    "manifold_closed": N_("Scanned for a manifold that had begun or ended: not on it"),
    "other_manifold": N_("Hangs on another manifold"),
    "unknown_checker": N_("Who checked is not known at this station"),
    "same_checker": N_("Looked over by the filler alone, where somebody else must"),
    "same_rechecker": N_("Checked after filling by the filler alone, where somebody else must"),
}
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Time"), 17),
    (N_("Label"), 20),
    (N_("Serial number"), 18),
    (N_("Unit's own number"), 14),
    (N_("Gas"), 8),
    (N_("Station"), 28),
    (N_("Bay"), 8),
    (N_("Net, kg"), 10),
    (N_("Pressure, MPa"), 12),
    (N_("Status"), 16),
    (N_("Codes of refusal"), 16),
    (N_("Remark"), 30),
)
READ = (
    Fill.happened_at,
    Fill.gas,
    Fill.organisation_id,
    Fill.bay,
    Fill.net_g,
    Fill.pressure_kpa,
    Fill.state,
    Fill.verdict,
    Fill.late_entry,
    Fill.supersedes_id,
    Fill.flags,
    Fill.treatment_remark,
)  # the rest of a fill is heavy, and a list does not show it


def filtered(viewer: Viewer, filters: Mapping[str, str]) -> Select[Fill]:
    """The fills behind the filters of a list."""
    tabs = {
        "unfinished": queries.unfinished(viewer, clock.now()),
        "wrong": queries.wrong_files(viewer),
        "undecided": queries.undecided(viewer),
    }
    fills = tabs.get(filters.get("tab", ""), queries.fills_of(viewer))
    if filters.get("state") in set(FillState):
        fills = fills.where(Fill.state == filters["state"])
    if filters.get("gas"):
        fills = fills.where(Fill.gas == filters["gas"])
    for name, compared in (("on_from", Fill.on.__ge__), ("on_until", Fill.on.__le__)):
        if day := day_in(filters.get(name, "")):
            fills = fills.where(compared(day))
    if filters.get("area", "").isdecimal():
        fills = fills.where(within(Fill.area, filters["area"]))
    if key := id_in(filters.get("equipment", "")):
        fills = fills.where(Fill.equipment_id == key)
    if station := id_in(filters.get("station", "")):
        fills = fills.where(Fill.organisation_id == station)
    if reason := filters.get("reason"):
        fills = fills.where(queries.names_reason(reason))
    return fills


def fill_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of a list, as people read them."""
    columns = [TableColumn(say(name), width) for name, width in COLUMNS]
    return Table(say(N_("Filling records")), columns, _rows(filtered(viewer, filters), say))


def _rows(fills: Select[Fill], say: Say) -> Iterator[list[object]]:
    for part in in_parts(fills.options(load_only(*READ)), Fill.received_at.desc(), Fill.id.desc()):
        cylinders, stations = queries.cylinders_of(part), names_of({fill.organisation_id for fill in part})
        for fill in part:
            yield _cells(fill, cylinders[fill.equipment_id], stations[fill.organisation_id], say)


def _cells(fill: Fill, cylinder: queries.CylinderName, station: str, say: Say) -> list[object]:
    marks = (
        [N_("Late entry")] * fill.late_entry
        + [N_("Corrected")] * (fill.supersedes_id is not None)
        + [FLAGS[flag] for flag in fill.flags]
    )
    return [
        clock.site_time(fill.happened_at).strftime("%Y-%m-%d %H:%M"),
        cylinder.label_code or "",
        cylinder.serial,
        cylinder.own_number,
        fill.gas,
        station,
        fill.bay,
        _thousandth(fill.net_g),
        _thousandth(fill.pressure_kpa),
        say(FillState(fill.state).label),
        " ".join(reason["code"] for reason in fill.verdict),
        "；".join([*(say(mark) for mark in marks), *filter(None, [fill.treatment_remark])]),
    ]


def _thousandth(number: int | None) -> float | None:
    return None if number is None else number / 1000
