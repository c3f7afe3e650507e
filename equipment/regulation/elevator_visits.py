"""Maintenance visits of an elevator (维保): which class is due next, and when. A visit of a class covers all
classes below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from equipment.core.months import add_months
from equipment.core.words import N_, Message
from equipment.regulation.elevator_details import ElevatorDetails, MaintenanceMode, OnDemandBasis
from equipment.regulation.elevator_inspection import own
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import VISITS, Done, DueKind, Life, Planned


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The next visit: its class, its last day, and the rules both come from."""

    kind: DueKind
    due_on: date
    last_on: date
    interval: Value
    class_rule: Value


def covers(done: DueKind, wanted: DueKind) -> bool:
    """Whether a visit of class `done` includes all items of class `wanted`."""
    return done in VISITS and wanted in VISITS and VISITS.index(done) >= VISITS.index(wanted)


def class_rule(rules: Regulation, kind: DueKind, on: date) -> Value:
    """The longest time between visits of a class, in days."""
    return rules.value(f"visit_days.{kind.removeprefix('visit_')}", on)


def next_visit_class(
    rules: Regulation, done: Iterable[Done], base: date, on: date, known_since: date | None = None
) -> NextVisit:
    """The next half-monthly turn, as the highest class that would lapse before the turn after it."""
    visits = [visit for visit in done if visit.kind in VISITS and visit.conclusion.passed]
    step = class_rule(rules, DueKind.VISIT_HALF_MONTH, on)
    last_on = max((visit.on for visit in visits), default=base)
    due_on = last_on + timedelta(days=step.integer)
    turn = NextVisit(DueKind.VISIT_HALF_MONTH, due_on, last_on, step, step)
    return _classed(rules, visits, base, turn, on, known_since)


def next_visit(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The next visit as a duty; under maintenance on demand at the longest interval its basis allows. What
    nobody recorded before the lift was known here is counted from that day."""
    since = life.known_since
    base = life.in_use_since or life.base_on or own(life).supervised_on or life.registered_on or since
    if base is None:
        return None
    rules = rules.counted_from(max((visit.on for visit in life.done if visit.kind in VISITS), default=base))
    turn = _turn(rules, life, life.done, base, on)
    recorded = any(visit.kind in VISITS for visit in life.done)
    if since is not None and (turn.due_on < since or (not recorded and base == since)):
        turn, recorded = _turn(rules, life, (), since, on), False
    months = _on_demand(rules, own(life), on)
    wording = WHY_ON_DEMAND if months is not None else WHY[turn.kind]
    if not recorded and turn.last_on == since:
        wording = WHY_NOT_RECORDED
    params = {
        "last": turn.last_on.isoformat(),
        "interval": str(turn.interval.integer),
        "due": turn.due_on.isoformat(),
        "class_interval": str(turn.class_rule.integer),
    }
    return Planned(turn.kind, turn.due_on, None, turn.interval.citation, Message(wording, params))


def _turn(rules: Regulation, life: Life, done: Iterable[Done], base: date, on: date) -> NextVisit:
    """The next turn by the calendar, or as far off as maintenance on demand allows."""
    by_calendar = next_visit_class(rules, done, base, on, life.known_since)
    months = _on_demand(rules, own(life), on)
    if months is None:
        return by_calendar
    due_on = add_months(by_calendar.last_on, months.integer)
    stretched = NextVisit(DueKind.VISIT_HALF_MONTH, due_on, by_calendar.last_on, months, by_calendar.interval)
    visits = [visit for visit in done if visit.kind in VISITS and visit.conclusion.passed]
    return _classed(rules, visits, base, stretched, on, life.known_since)


def _classed(
    rules: Regulation, visits: list[Done], base: date, turn: NextVisit, on: date, known_since: date | None
) -> NextVisit:
    """The turn with the highest class whose own day comes before the turn after this one. A class that nobody
    recorded counts from the day the lift was known here, if it would have lapsed before."""
    turn_after = turn.due_on + (turn.due_on - turn.last_on)
    for kind in reversed(VISITS[1:]):
        rule = class_rule(rules, kind, on)
        covered_on = max((visit.on for visit in visits if covers(visit.kind, kind)), default=base)
        if known_since is not None and covered_on + timedelta(days=rule.integer) < known_since:
            covered_on = known_since
        if covered_on + timedelta(days=rule.integer) < turn_after:
            return NextVisit(kind, turn.due_on, turn.last_on, turn.interval, rule)
    return turn


def _on_demand(rules: Regulation, details: ElevatorDetails, on: date) -> Value | None:
    if details.maintenance_mode is not MaintenanceMode.ON_DEMAND:
        return None
    return rules.find(f"on_demand_months.{details.on_demand_basis or OnDemandBasis.OTHER}", on)


WHY = {
    DueKind.VISIT_HALF_MONTH: N_("Last visit %(last)s; every %(interval)s days → %(due)s"),
    DueKind.VISIT_QUARTER: N_(
        "Last visit %(last)s; every %(interval)s days → %(due)s; "
        "quarterly items every %(class_interval)s days"
    ),
    DueKind.VISIT_HALF_YEAR: N_(
        "Last visit %(last)s; every %(interval)s days → %(due)s; "
        "half-yearly items every %(class_interval)s days"
    ),
    DueKind.VISIT_YEAR: N_(
        "Last visit %(last)s; every %(interval)s days → %(due)s; yearly items every %(class_interval)s days"
    ),
}
WHY_ON_DEMAND = N_("Last visit %(last)s; on demand, at most %(interval)s months apart → %(due)s")
WHY_NOT_RECORDED = N_(
    "No visit on record before %(last)s, when the lift was put on file here; counted from that day → %(due)s"
)
