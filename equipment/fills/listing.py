"""Which filters the list of fills has, and what is remarkable of a fill, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    text,
    tuple_,
    union_all,
)

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.fills import queries
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState
from equipment.instruments.models import Instrument
from equipment.instruments.rules import FillFlag
from equipment.people.duty import FLOOR_ROLES
from equipment.people.models import Organisation, User, UserRole
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.codes import normal
from equipment.register.models import Equipment
from equipment.register.search import ALL_HITS, matching
from equipment.register.text import search_terms
from equipment.storage.columns import json_text
from equipment.storage.db import session

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
    **{flag.value: flag.label for flag in FillFlag},
    "manifold_closed": N_("Scanned for a manifold that had begun or ended: not on it"),
    "other_manifold": N_("Hangs on another manifold"),
    "below_tare": N_("Empty weight below the tare on file"),
    "not_reweighed": N_("Not weighed a second time"),
    "reweighed_alike": N_("Weighed again on the same scale by the same person"),
    "rest_too_short": N_("Rested too short between two steps"),
    "unknown_checker": N_("Who checked is not known at this station"),
    "same_checker": N_("Looked over by the filler alone, where somebody else must"),
    "same_rechecker": N_("Checked after filling by the filler alone, where somebody else must"),
}


# Said as the indexes say it, or they would not be looked into.
FLAGGED, REASONED = text("fill.flags <> '[]'"), text("fill.verdict <> '[]'")
# as ix_fill_sums; a bundle counts as one
FILLED = text("fill.state = 'filled' AND NOT fill.superseded AND fill.bundle_fill_id IS NULL")
# Filters that another index finds, or that look at the row itself.
NARROW = ("tab", "equipment", "operator", "bay", "reason", "flag", "bottle")
FOREIGN_HITS = 500  # bottles of others, which a station may have refused, that one search looks through
OF_INSTRUMENT = "instrument"  # the filter that takes every flag of a scale or gauge
NO_CODE = "no_code"  # the tab of what was scanned and is nothing on file: no fill, but a refusal


class FilledSum(NamedTuple):
    """What the listed fills add up to, of one gas: bottles and net weight of those that are 已充装."""

    gas: str
    bottles: int
    net_g: int

    @property
    def kg(self) -> str:
        return f"{self.net_g / 1000:,.2f} kg"


class ListedRecord(NamedTuple):
    """One line of the list for a reason: a fill, or a refused scan that began none."""

    fill: Fill | None = None
    scan: Scan | None = None

    @property
    def id(self) -> UUID | None:
        """Of the fill, by which it is chosen."""
        return self.fill.id if self.fill else None


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
    if operator := id_in(filters.get("operator", "")):
        fills = fills.where(Fill.user_id == operator)
    if filters.get("bay"):
        fills = fills.where(Fill.bay == filters["bay"])
    if reason := filters.get("reason"):
        fills = fills.where(REASONED, queries.names_reason(reason))
    if flag := filters.get("flag"):
        wanted = [member.value for member in FillFlag] if flag == OF_INSTRUMENT else [flag]
        names = (cast(Fill.flags, String).contains(f'"{name}"', autoescape=True) for name in wanted)
        fills = fills.where(FLAGGED, or_(*names))
    if filters.get("late"):
        fills = fills.where(Fill.late_entry)
    if bottle := filters.get("bottle"):
        fills = fills.where(_of_bottle(viewer, bottle))
    return fills


def _of_bottle(viewer: Viewer, number: str) -> ColumnElement[bool]:
    """Fills of bottles with this label, stamped or own number, or any four characters of one on: the viewer's
    own, and those of others that were brought to him."""
    if not search_terms(number):
        return false()
    others = session.scalars(
        select(Equipment.__table__.c.id)
        .where(matching(SYSTEM, number, most=FOREIGN_HITS))
        .limit(FOREIGN_HITS)
    ).all()
    own = visible(viewer, Equipment).where(matching(viewer, number, most=ALL_HITS))
    return or_(Fill.equipment_id.in_(own.with_only_columns(Equipment.id)), Fill.equipment_id.in_(others))


def sums_of(fills: Select[Fill], filters: Mapping[str, str]) -> list[FilledSum]:
    """Bottles and kg of these fills that are filled, by gas; a bundle (集格) counts as one. A million take a
    third of a second: what no narrower filter finds is added up in ix_fill_sums, which SQLite does not think
    of by itself."""
    if not any(filters.get(name) for name in NARROW):
        fills = fills.with_hint(Fill.__table__, "INDEXED BY ix_fill_sums", "sqlite")
    filled = (
        fills.where(FILLED)
        .order_by(None)
        .with_only_columns(Fill.gas, func.count(), func.sum(Fill.net_g))
        .group_by(Fill.gas)
    )
    return [
        FilledSum(gas, bottles, net_g or 0)
        for gas, bottles, net_g in session.execute(filled.order_by(Fill.gas))
    ]


def asks_for_scans(filters: Mapping[str, str]) -> bool:
    """Whether refusals without a fill belong to the list: it asks for a reason, and for nothing that only a
    fill has."""
    of_fills = any(filters.get(name) for name in ("tab", "flag", "equipment"))
    return (
        bool(filters.get("reason")) and not of_fills and filters.get("state", "") in ("", FillState.REFUSED)
    )


def refusals_by_reason(viewer: Viewer, filters: Mapping[str, str]) -> Subquery:
    """The keys of everything that names the chosen reason: fills, and scans that began none (无码、无档案)."""
    fills = filtered(viewer, filters).with_only_columns(
        Fill.equipment_id, Fill.id, Fill.on, Fill.received_at, Fill.net_g, Fill.state
    )
    scans = no_code_filtered(viewer, filters).with_only_columns(
        null(), Scan.id, Scan.on, Scan.received_at, null(), literal(str(FillState.REFUSED))
    )
    return union_all(fills, scans).subquery()


def refusals_with(keys: Sequence[tuple[UUID | None, UUID]]) -> list[ListedRecord]:
    """The fills and scans behind these keys, in their order."""
    of_fills = [key for key in keys if key[0] is not None]
    fills = visible(SYSTEM, Fill).where(tuple_(Fill.equipment_id, Fill.id).in_(of_fills))
    scans = visible(SYSTEM, Scan).where(Scan.id.in_([key for piece, key in keys if piece is None]))
    fill_by_id = {fill.id: fill for fill in session.scalars(fills)}
    scan_by_id = {scan.id: scan for scan in session.scalars(scans)}
    return [
        ListedRecord(scan=scan_by_id[key]) if piece is None else ListedRecord(fill=fill_by_id[key])
        for piece, key in keys
    ]


def no_code_filtered(viewer: Viewer, filters: Mapping[str, str]) -> Select[Scan]:
    """无码、无档案: the scans behind the filters of their list."""
    scans = no_code_scans(viewer)
    if reason := filters.get("reason"):
        scans = scans.where(queries.text_names_reason(Scan.answer, reason))
    if filters.get("area", "").isdecimal():
        stations = select(Organisation.__table__.c.id).where(within(Organisation.area, filters["area"]))
        scans = scans.where(Scan.organisation_id.in_(stations))
    for name, compared in (("on_from", Scan.on.__ge__), ("on_until", Scan.on.__le__)):
        if day := day_in(filters.get(name, "")):
            scans = scans.where(compared(day))
    if station := id_in(filters.get("station", "")):
        scans = scans.where(Scan.organisation_id == station)
    if filters.get("area", "").isdecimal():
        of_area = select(Organisation.id).where(within(Organisation.area, filters["area"]))
        scans = scans.where(Scan.organisation_id.in_(of_area))
    if operator := id_in(filters.get("operator", "")):
        scans = scans.where(Scan.user_id == operator)
    if bottle := filters.get("bottle"):
        spellings = {bottle, normal(bottle)}
        scans = scans.where(or_(*(Scan.code.contains(spelling, autoescape=True) for spelling in spellings)))
    for name in ("gas", "bay"):
        if filters.get(name):
            stated = (f'"{name}":{blank}{json_text(filters[name])}' for blank in ("", " "))
            scans = scans.where(or_(*(Scan.content.contains(part, autoescape=True) for part in stated)))
    return scans


def no_code_scans(viewer: Viewer) -> Select[Scan]:
    """What was scanned to be filled and is no bottle on file; never a fill, always a refusal."""
    return visible(viewer, Scan).where(queries.WITHOUT_FILL)


def floor_people(viewer: Viewer, station_id: UUID) -> list[tuple[str, str]]:
    """Whoever fills or filled at a station that the viewer sees, to choose from."""
    people = (
        visible(viewer, User)
        .with_only_columns(User.id, User.name)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.organisation_id == station_id, UserRole.role.in_(FLOOR_ROLES))
        .distinct()
        .order_by(User.name, User.id)
    )
    return [(str(row.id), row.name) for row in session.execute(people)]


def places(viewer: Viewer, station_id: UUID) -> list[tuple[str, str]]:
    """The bays of a station with their scales and gauges, to choose from."""
    own = (
        visible(viewer, Instrument)
        .where(Instrument.organisation_id == station_id, Instrument.bay != "")
        .order_by(Instrument.bay, Instrument.number)
    )
    names: dict[str, list[str]] = {}
    for instrument in session.scalars(own):
        names.setdefault(instrument.bay, []).append(f"{instrument.name} {instrument.number}")
    return [(bay, f"{bay}　{'、'.join(instruments)}") for bay, instruments in names.items()]
