"""How lifts of the pilot read in lists and exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.on_demand.models import OnDemandPeriod
from equipment.on_demand.queries import eligibilities, latest_periods, pilot_pieces, state_of
from equipment.on_demand.rules import LOST, ConditionKind, Eligibility
from equipment.on_demand.states import PilotState
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Lift"), 24),
    (N_("Address"), 36),
    (N_("Use unit"), 30),
    (N_("Maintenance firm"), 30),
    (N_("Status"), 22),
    (N_("On demand since"), 12),
    (N_("At most months apart"), 12),
    (N_("Known until"), 12),
    (N_("Why not"), 50),
)


@dataclass(frozen=True, slots=True)
class PilotLine:
    """How a lift of the pilot stands: since when, until when at most, and what is missing."""

    state: PilotState
    since: date | None
    months: int | None
    ends_on: date | None
    reasons: tuple[str, ...]  # msgids


def line_of(period: OnDemandPeriod | None, judged: Eligibility) -> PilotLine:
    state = state_of(period)
    missing = tuple(LOST[condition.kind] for condition in judged.lost)
    if period is None:
        return PilotLine(state, None, None, None, missing)
    if period.ended_on is None:
        return PilotLine(state, period.from_on, period.months, judged.ends_on, missing)
    lost = tuple(LOST[ConditionKind(str(kind))] for kind in period.reasons)
    return PilotLine(state, period.ended_on, None, None, lost)


def pilot_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The pilot list with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    rows = in_parts(pilot_pieces(viewer, filters.get("state", "")), Equipment.area, Equipment.id)
    cells = (cell for part in rows for cell in _rows(part, say))
    return Table(say(N_("Pilot list")), [TableColumn(say(name), width) for name, width in COLUMNS], cells)


def _rows(lifts: Sequence[Equipment], say: Say) -> list[list[object]]:
    periods = latest_periods([lift.id for lift in lifts])
    judged = eligibilities(lifts, clock.today(), periods)
    names = names_of([key for lift in lifts for key in (lift.use_unit_id, lift.maintenance_firm_id)])
    table: list[list[object]] = []
    for lift in lifts:
        shown = line_of(periods.get(lift.id), judged[lift.id])
        table.append(
            [
                say(called(lift)),
                " ".join(filter(None, (lift.address, lift.position))),
                names.get(lift.use_unit_id, ""),
                names.get(lift.maintenance_firm_id, ""),
                say(shown.state.label),
                shown.since,
                shown.months,
                shown.ends_on,
                "；".join(map(say, shown.reasons)),
            ]
        )
    return table
