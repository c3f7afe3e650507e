"""Statistics of rescue calls: by month, county, firm or use unit; every figure opens the list it was counted
from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func

from equipment.calls.models import RescueCall
from equipment.calls.queries import LIFTS, current, pack_of_calls, parties_named
from equipment.calls.rules import COUNTY_DIGITS, Durations, durations
from equipment.calls.states import COUNTED, CallKind
from equipment.core.months import add_months, month_end
from equipment.core.words import N_, Labelled
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation import call_numbers as numbers
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn

DEFINITION = N_(
    "Calls in which people were trapped or hurt, without cancelled calls and false alarms. Arrival: "
    "from the call to the arrival; in time: of the calls whose arrival is known, the share within the "
    "minutes that hold in their area. Release: from the arrival to the release. Ninth of ten: nine of "
    "ten lie within it (nearest rank). Per 100 lifts: of the lifts in use today. Calls without a known "
    "arrival stand in no time and in no share."
)


class GroupBy(Labelled):
    """What a row of the statistics is."""

    MONTH = "month", N_("By month")
    COUNTY = "county", N_("By county")
    FIRM = "firm", N_("By maintenance firm")
    UNIT = "unit", N_("By use unit")

    @property
    def heading(self) -> str:
        """What stands over the column of its rows."""
        return {
            GroupBy.MONTH: N_("Month"),
            GroupBy.COUNTY: N_("County"),
            GroupBy.FIRM: N_("Maintenance firm"),
            GroupBy.UNIT: N_("Use unit"),
        }[self]


class CallFacts(NamedTuple):
    """What of a call is counted."""

    id: UUID
    equipment_id: UUID | None
    area: str
    firm_id: UUID | None
    use_unit_id: UUID | None
    on: date
    people: int | None
    cause: str
    in_time: bool | None
    arrival_s: int | None
    release_s: int | None


class CallFigures(NamedTuple):
    """One row: a group and what was counted of it. `filters` open its list."""

    name: str
    filters: Mapping[str, str]
    calls: int
    people: int
    in_time: int
    late: int
    not_known: int
    arrival: Durations
    release: Durations
    causes: Mapping[str, int]
    lifts: int

    @property
    def share(self) -> float | None:
        known = self.in_time + self.late
        return self.in_time / known if known else None

    @property
    def per_hundred(self) -> float | None:
        return 100 * self.calls / self.lifts if self.lifts else None


class RepeatedLift(NamedTuple):
    """A lift that trapped people again and again."""

    equipment_id: UUID
    name: str
    calls: int


def counted_calls(viewer: Viewer, area: str, since: date, until: date) -> list[CallFacts]:
    """The calls that count, of a period (both days included)."""
    wanted = current(viewer).where(
        RescueCall.state.in_(COUNTED),
        RescueCall.kind != CallKind.FAULT,
        RescueCall.on.between(since, until),
        within(RescueCall.area, area),
    )
    columns = (
        RescueCall.id,
        RescueCall.equipment_id,
        RescueCall.area,
        RescueCall.firm_id,
        RescueCall.use_unit_id,
        RescueCall.on,
        RescueCall.people,
        RescueCall.cause,
        RescueCall.in_time,
        RescueCall.called_at,
        RescueCall.arrived_at,
        RescueCall.released_at,
    )
    facts = []
    for row in session.execute(wanted.with_only_columns(*columns).order_by(RescueCall.called_at)):
        *start, called_at, arrived_at, released_at = row
        arrival = (arrived_at - called_at).total_seconds() if arrived_at else None
        release = (released_at - arrived_at).total_seconds() if arrived_at and released_at else None
        facts.append(CallFacts(*start, *(None if it is None else round(it) for it in (arrival, release))))
    return facts


def figures(name: str, filters: Mapping[str, str], calls: Sequence[CallFacts], lifts: int) -> CallFigures:
    """What is counted of some calls."""
    return CallFigures(
        name,
        filters,
        len(calls),
        sum(call.people or 0 for call in calls),
        sum(call.in_time is True for call in calls),
        sum(call.in_time is False for call in calls),
        sum(call.in_time is None for call in calls),
        durations(call.arrival_s for call in calls if call.arrival_s is not None),
        durations(call.release_s for call in calls if call.release_s is not None),
        Counter(call.cause or "unknown" for call in calls),
        lifts,
    )


def statistics(
    viewer: Viewer, group: GroupBy, area: str, since: date, until: date
) -> tuple[CallFigures, list[CallFigures]]:
    """(all together, the rows) of a period in an area."""
    calls = counted_calls(viewer, area, since, until)
    days = {"called_from": since.isoformat(), "called_until": until.isoformat(), "counted": "1"}
    days |= {"area": area} if area else {}
    whole = figures("", days, calls, lifts_in_use(viewer, area))
    groups: dict[str, list[CallFacts]] = {}
    for call in calls:
        groups.setdefault(_key(call, group), []).append(call)
    names, counts = _names(groups, group), _lifts_by(viewer, area, group)
    rows = [
        figures(
            names.get(key, key),
            days | _filters(key, group, since, until),
            groups[key],
            counts.get(key, whole.lifts if group is GroupBy.MONTH else 0),
        )
        for key in groups
    ]
    if group is GroupBy.MONTH:
        return whole, sorted(rows, key=lambda row: row.name)
    return whole, sorted(rows, key=lambda row: (-row.calls, row.name))


def _key(call: CallFacts, group: GroupBy) -> str:
    if group is GroupBy.MONTH:
        return f"{call.on:%Y-%m}"
    if group is GroupBy.COUNTY:
        return call.area[:COUNTY_DIGITS]
    key = call.firm_id if group is GroupBy.FIRM else call.use_unit_id
    return str(key) if key else ""


def _filters(key: str, group: GroupBy, since: date, until: date) -> dict[str, str]:
    """What of the list of calls is this row."""
    if group is GroupBy.MONTH:
        first = date.fromisoformat(f"{key}-01")
        last = month_end(first)
        return {"called_from": max(first, since).isoformat(), "called_until": min(last, until).isoformat()}
    if group is GroupBy.COUNTY:
        return {"area": key}
    return {str(group): key or "none"}


def _names(keys: Iterable[str], group: GroupBy) -> dict[str, str]:
    if group is GroupBy.COUNTY:
        return {area.code: area.name for area in areas_below("")}
    if group is GroupBy.MONTH:
        return {}
    parties = parties_named(UUID(key) for key in keys if key)
    return {str(key): party.name for key, party in parties.items()} | {"": "—"}


def lifts_in_use(viewer: Viewer, area: str) -> int:
    """The lifts in use today that the viewer sees."""
    lifts = _in_use(viewer, area).with_only_columns(func.count(), maintain_column_froms=True)
    return session.scalar(lifts) or 0


def _in_use(viewer: Viewer, area: str) -> Select[Equipment]:
    return visible(viewer, Equipment).where(
        Equipment.category.in_(LIFTS),
        Equipment.status == EquipmentStatus.IN_USE,
        within(Equipment.area, area),
    )


def _lifts_by(viewer: Viewer, area: str, group: GroupBy) -> dict[str, int]:
    """Lifts in use today by the key of a group; months have them all."""
    if group is GroupBy.MONTH:
        return {}
    column = {
        GroupBy.COUNTY: func.substr(Equipment.area, 1, COUNTY_DIGITS),
        GroupBy.FIRM: Equipment.maintenance_firm_id,
        GroupBy.UNIT: Equipment.use_unit_id,
    }[group]
    counted = _in_use(viewer, area).with_only_columns(column, func.count(), maintain_column_froms=True)
    return {str(key or ""): number for key, number in session.execute(counted.group_by(column))}


def repeated_lifts(viewer: Viewer, area: str, until: date) -> list[RepeatedLift]:
    """The lifts with so many calls within a year that they stand out, the most first."""
    since = add_months(until, -12)
    least = numbers.repeated_at_least(pack_of_calls(), until).integer
    calls = Counter(
        call.equipment_id for call in counted_calls(viewer, area, since, until) if call.equipment_id
    )
    often = {key: number for key, number in calls.items() if number >= least}
    lifts = session.scalars(visible(viewer, Equipment).where(Equipment.id.in_(often)))
    names = {lift.id: " ".join(filter(None, (lift.name or lift.serial, lift.address))) for lift in lifts}
    rows = [RepeatedLift(key, names.get(key, ""), number) for key, number in often.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.name))


def statistics_table(viewer: Viewer, asked: Mapping[str, str], say: Say) -> Table:
    """The rows of the page as a table, with the definition below it."""
    group = GroupBy(str(asked.get("by") or GroupBy.MONTH))
    since, until = date.fromisoformat(str(asked["since"])), date.fromisoformat(str(asked["until"]))
    whole, rows = statistics(viewer, group, str(asked.get("area") or ""), since, until)
    columns = [
        TableColumn(say(group.label), 28),
        TableColumn(say(N_("Calls")), 8, "number"),
        TableColumn(say(N_("People freed")), 8, "number"),
        TableColumn(say(N_("In time")), 8, "number"),
        TableColumn(say(N_("Late")), 8, "number"),
        TableColumn(say(N_("Arrival not known")), 8, "number"),
        TableColumn(say(N_("Share in time")), 10, "share"),
        TableColumn(say(N_("Arrival, mean (s)")), 10, "number"),
        TableColumn(say(N_("Arrival, ninth of ten (s)")), 10, "number"),
        TableColumn(say(N_("Release, mean (s)")), 10, "number"),
        TableColumn(say(N_("Release, ninth of ten (s)")), 10, "number"),
        TableColumn(say(N_("Per 100 lifts")), 10, "tenth"),
    ]
    cells = [_cells(row) for row in [*rows, whole._replace(name=say(N_("Total")))]]
    notes = [say(DEFINITION)]
    return Table(say(N_("Rescue statistics")), columns, cells, head=[f"{since} – {until}"], notes=notes)


def _cells(row: CallFigures) -> list[object]:
    return [
        row.name,
        row.calls,
        row.people,
        row.in_time,
        row.late,
        row.not_known,
        row.share,
        row.arrival.mean_s,
        row.arrival.ninetieth_s,
        row.release.mean_s,
        row.release.ninetieth_s,
        row.per_hundred,
    ]
