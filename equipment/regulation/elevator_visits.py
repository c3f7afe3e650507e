"""Maintenance visits of an elevator (维保): which class is due next, and when. A visit of a class covers all
classes below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from equipment.core.months import add_months
from equipment.core.words import N_, Message
from equipment.regulation.elevator_inspection import own
from equipment.regulation.elevator_numbers import fallback_grace_days, on_demand_months, shorter_on_demand
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import VISITS, Done, DueKind, Life, OnDemandRight, Planned


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The next visit: its class, its last day, and the rules both come from; what maintenance on demand has
    moved says which day the calendar had, and the grace after its end."""

    kind: DueKind
    due_on: date
    last_on: date
    interval: Value
    class_rule: Value
    by_calendar: date | None = None
    grace: Value | None = None


def covers(done: DueKind, wanted: DueKind) -> bool:
    """Whether a visit of class `done` includes all items of class `wanted`."""
    return done in VISITS and wanted in VISITS and VISITS.index(done) >= VISITS.index(wanted)


def class_rule(rules: Regulation, kind: DueKind, on: date) -> Value:
    """The longest time between visits of a class, in days."""
    return rules.value(f"visit_days.{kind.removeprefix('visit_')}", on)


def next_visit_class(
    rules: Regulation,
    done: Iterable[Done],
    base: date,
    on: date,
    known_since: date | None = None,
    taken_over: date | None = None,
) -> NextVisit:
    """The next half-monthly turn, as the highest class that would lapse before the turn after it. A firm that
    took the lift over after the last visit has its first turn counted from that day; the classes still
    follow the visits."""
    visits = [visit for visit in done if visit.kind in VISITS and visit.conclusion.passed]
    step = class_rule(rules, DueKind.VISIT_HALF_MONTH, on)
    last_on = max(max((visit.on for visit in visits), default=base), taken_over or date.min)
    due_on = last_on + timedelta(days=step.integer)
    turn = NextVisit(DueKind.VISIT_HALF_MONTH, due_on, last_on, step, step)
    return _classed(rules, visits, base, turn, on, known_since)


def next_visit(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The next visit as a duty; under maintenance on demand as far off as that allows. What nobody recorded
    before the lift was known here is counted from that day."""
    since = life.known_since
    base = life.in_use_since or life.base_on or own(life).supervised_on or life.registered_on or since
    if base is None:
        return None
    rules = rules.counted_from(max((visit.on for visit in life.done if visit.kind in VISITS), default=base))
    turn = _turn(rules, life, life.done, base, on)
    recorded = any(visit.kind in VISITS for visit in life.done)
    if since is not None and (turn.due_on < since or (not recorded and base == since)):
        turn, recorded = _turn(rules, life, (), since, on), False
    params: dict[str, object] = {
        "last": turn.last_on.isoformat(),
        "interval": str(turn.interval.integer),
        "due": turn.due_on.isoformat(),
        "class_interval": str(turn.class_rule.integer),
    }
    visited = any(visit.kind in VISITS and visit.on == turn.last_on for visit in life.done)
    if turn.last_on == life.maintained_since and not visited and turn.by_calendar is None:
        wording = WHY_TAKEN_OVER if turn.kind is DueKind.VISIT_HALF_MONTH else WHY_TAKEN_OVER_CLASS
    elif not recorded and turn.last_on == since:
        wording = WHY_NOT_RECORDED
    elif turn.by_calendar is None:
        wording = WHY[turn.kind]
    else:
        wording = _on_demand_wording(turn, life.on_demand, on)
        params |= {"calendar": turn.by_calendar.isoformat(), **_end_of(life.on_demand)}
    return Planned(turn.kind, turn.due_on, None, turn.interval.citation, Message(wording, params))


def _on_demand_wording(turn: NextVisit, right: OnDemandRight | None, on: date) -> str:
    """What is said of a turn that maintenance on demand has moved."""
    assert right is not None  # nothing else moves one
    if turn.grace is None:
        return WHY_SHORTER if right.months > turn.interval.integer else WHY_ON_DEMAND
    return WHY_FELL_BACK if right.ends_on is not None and right.ends_on <= on else WHY_ENDS


def _end_of(right: OnDemandRight | None) -> dict[str, object]:
    if right is None or right.ends_on is None:
        return {}
    return {"ended": right.ends_on.isoformat(), "why": right.why}


def _turn(rules: Regulation, life: Life, done: Iterable[Done], base: date, on: date) -> NextVisit:
    """The next turn by the calendar, or as far off as maintenance on demand allows."""
    by_calendar = next_visit_class(rules, done, base, on, life.known_since, life.maintained_since)
    moved = on_demand_turn(rules, life.on_demand, by_calendar, on)
    if moved is None:
        return by_calendar
    visits = [visit for visit in done if visit.kind in VISITS and visit.conclusion.passed]
    return _classed(rules, visits, base, moved, on, life.known_since)


def on_demand_turn(
    rules: Regulation, right: OnDemandRight | None, calendar: NextVisit, on: date
) -> NextVisit | None:
    """The turn of the calendar moved by maintenance on demand; None where the calendar rules.

    While the right stands the visit is due after its months. From the day it ends the calendar counts again
    from the last visit, but no day before the end and some days of grace: nobody could keep a day that lay
    before the firm heard of it. An end that is known ahead is reckoned with already, so that the day it comes
    moves nothing. What was overdue when the right began stays so."""
    if right is None or calendar.due_on < right.from_on:
        return None
    months = _months(rules, right, on)
    grace = fallback_grace_days(rules, on)
    if months is None or grace is None:
        return None
    stretched = add_months(calendar.last_on, months.integer)
    if right.ends_on is None or right.ends_on + timedelta(days=grace.integer) >= stretched:
        return NextVisit(
            calendar.kind, stretched, calendar.last_on, months, calendar.class_rule, calendar.due_on
        )
    due_on = right.ends_on + timedelta(days=grace.integer)
    if due_on <= calendar.due_on:
        return None
    return NextVisit(
        calendar.kind,
        due_on,
        calendar.last_on,
        calendar.interval,
        calendar.class_rule,
        calendar.due_on,
        grace,
    )


def _months(rules: Regulation, right: OnDemandRight, on: date) -> Value | None:
    """The longest interval: what the filing says, never more than the rule for its basis; shorter for a lift
    that ran or failed much since the last visit."""
    most = on_demand_months(rules, right.basis, on)
    if most is None:
        return None
    months = most if most.integer <= right.months else replace(most, value=right.months)
    shorter = shorter_on_demand(rules, on)
    if shorter is None:
        return months
    faults, runs, fewer = shorter
    often = (right.faults or 0) >= faults or (right.runs or 0) >= runs
    return fewer if often and fewer.integer < months.integer else months


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
            return replace(turn, kind=kind, class_rule=rule)
    return turn


def swiped_since(rules: Regulation, right: OnDemandRight | None, on: date) -> date:
    """The first day of the last period in which the lift must have been swiped at: the longest time between
    two of its visits, back from a day. A visit on that very day is not late yet."""
    stands = right is not None and right.from_on <= on and (right.ends_on is None or on < right.ends_on)
    months = _months(rules, right, on) if stands and right is not None else None
    if months is not None:
        return add_months(on, -months.integer)
    return on - timedelta(days=class_rule(rules, DueKind.VISIT_HALF_MONTH, on).integer)


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
WHY_TAKEN_OVER = N_(
    "The firm's contract begins on %(last)s, after the last visit known; every %(interval)s days → %(due)s"
)
WHY_TAKEN_OVER_CLASS = N_(
    "The firm's contract begins on %(last)s, after the last visit known; every %(interval)s days → %(due)s; "
    "the items of this class every %(class_interval)s days, counted from the visits on record"
)
WHY_SHORTER = N_(
    "Last visit %(last)s; on demand, but many runs or faults since: %(interval)s month(s) apart → %(due)s"
)
WHY_ENDS = N_(
    "Last visit %(last)s; on demand until %(ended)s (%(why)s), then by calendar (%(calendar)s) "
    "with some days of grace → %(due)s"
)
WHY_FELL_BACK = N_(
    "By calendar again since %(ended)s: %(why)s. Last visit %(last)s, %(calendar)s by calendar, "
    "with some days of grace → %(due)s"
)
WHY_NOT_RECORDED = N_(
    "No visit on record before %(last)s, when the lift was put on file here; counted from that day → %(due)s"
)
