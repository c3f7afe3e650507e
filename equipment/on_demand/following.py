"""Since when a lift has been on demand, and when it fell back: the conditions are looked at every night and
whenever one of them may have changed; nobody decides it by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.actions import plan_piece
from equipment.insurance.queries import LIFT
from equipment.ledger import actions as ledger
from equipment.on_demand.hooks import monitors
from equipment.on_demand.models import OnDemandPeriod, PilotFiling
from equipment.on_demand.queries import eligibilities, filings_at, latest_periods, pilot_pieces
from equipment.on_demand.rules import LOST, ConditionKind, Eligibility
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.duties import piece_name, record_duty
from equipment.register.duty_rules import Audience, Duty, DutyKind, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.regulation.planning import OnDemandRight
from equipment.storage.db import session, transaction

AT_ONCE = 50  # lifts of one transaction of the night


def rights(pieces: Sequence[Equipment], on: date) -> Mapping[UUID, OnDemandRight]:
    """What the plan of each lift goes by: of one in force until when it is known to hold, of one that fell
    back since when and why."""
    lifts = [piece for piece in pieces if piece.category == LIFT]
    periods = latest_periods([lift.id for lift in lifts]) if lifts else {}
    running = [lift for lift in lifts if lift.id in periods and periods[lift.id].ended_on is None]
    judged = eligibilities(running, on, periods)
    worn = monitors([lift.id for lift in running]) if running else {}
    by_lift = {}
    for key, period in periods.items():
        ends_on, why = _end(period, judged.get(key), on)
        monitor = worn.get(key)
        by_lift[key] = OnDemandRight(
            str(period.basis),
            period.months,
            period.from_on,
            ends_on,
            why,
            monitor.runs if monitor else None,
            monitor.faults if monitor else None,
        )
    return by_lift


def _end(period: OnDemandPeriod, judged: Eligibility | None, on: date) -> tuple[date | None, str]:
    """(the first day by the calendar again, why): gone by, today, or known ahead."""
    if period.ended_on is not None:
        return period.ended_on, why_of(period.reasons)
    assert judged is not None  # whatever is open was judged
    if not judged.met:
        return on, LOST[judged.lost[0].kind]
    return judged.ends_on, LOST[judged.ends_with] if judged.ends_with else ""


def why_of(reasons: Sequence[object]) -> str:
    """The first reason, as a msgid."""
    return LOST[ConditionKind(str(reasons[0]))] if reasons else ""


def follow(ids: Collection[UUID], on: date, *, by: Viewer = SYSTEM, plans: bool = True) -> int:
    """Look at the conditions of these lifts anew; how many begin or end. Twice does no harm. With `plans` the
    visits of those that go on are planned anew too: what is known of their end may have moved."""
    pieces = session.scalars(
        visible(SYSTEM, Equipment).where(Equipment.id.in_(list(ids)), Equipment.category == LIFT)
    ).all()
    if not pieces:
        return 0
    session.flush()
    subjects = [ledger.subject_of("equipment", piece.id) for piece in pieces]
    ledger.locked_heads(session.connection(), subjects)
    periods = latest_periods([piece.id for piece in pieces])
    filings = filings_at(pieces, on)
    concerned = [
        piece
        for piece in pieces
        if piece.id in filings or (piece.id in periods and periods[piece.id].ended_on is None)
    ]
    judged = eligibilities(concerned, on, periods)
    changed = 0
    for piece in concerned:
        period = periods.get(piece.id)
        if period is not None and period.ended_on is None:
            if judged[piece.id].met:
                _go_on(period, filings[piece.id], by)
                if plans:
                    plan_piece(piece, by_actor=by.actor)
                continue
            _fall_back(piece, period, judged[piece.id], on, by)
            changed += 1
        elif judged[piece.id].met:
            terms = filings[piece.id].terms()
            _begin(piece, filings[piece.id].id, terms.basis, terms.months, on, by)
            changed += 1
    return changed


def _begin(piece: Equipment, filing_id: UUID, basis: str, months: int, on: date, by: Viewer) -> None:
    period = OnDemandPeriod(
        equipment_id=piece.id,
        id=new_id(),
        organisation_id=piece.maintenance_firm_id,
        area=piece.area,
        category=piece.category,
        filing_id=filing_id,
        basis=basis,
        months=months,
        from_on=on,
        ended_on=None,
        reasons=[],
        at=clock.now(),
    )
    session.add(period)
    _record(period, "on_demand.began", by, months=months, basis=str(basis))
    plan_piece(piece, by_actor=by.actor)


def _go_on(period: OnDemandPeriod, filing: PilotFiling, by: Viewer) -> None:
    """Under whichever filing names the lift now."""
    if (period.filing_id, period.basis, period.months) == (filing.id, filing.basis, filing.months):
        return
    period.filing_id, period.basis, period.months = filing.id, filing.basis, filing.months
    _record(period, "on_demand.refiled", by, filing=filing.id, months=filing.months)


def _fall_back(piece: Equipment, period: OnDemandPeriod, judged: Eligibility, on: date, by: Viewer) -> None:
    """By the calendar again from now on; everybody around it hears of it, with the reasons on file."""
    period.ended_on = max(period.from_on, on)
    period.reasons = [str(condition.kind) for condition in judged.lost]
    period.at = clock.now()
    _record(period, "on_demand.ended", by, reasons=period.reasons)
    plan_piece(piece, by_actor=by.actor)
    urgent(fell_back(period, piece))


def fell_back(period: OnDemandPeriod, piece: Equipment) -> Duty:
    """Told in the minute to the firm, the unit and the county."""
    assert period.ended_on is not None
    text = Message(
        N_("%(piece)s is maintained by the calendar again since %(day)s: %(why)s"),
        {"piece": piece_name(piece), "day": period.ended_on.isoformat(), "why": why_of(period.reasons)},
    )
    return record_duty(
        "on_demand_end",
        DutyKind.VISIT,
        text,
        period,
        period.ended_on,
        organisation_id=piece.use_unit_id or piece.owner_id,
        firm_id=piece.maintenance_firm_id,
        link=f"/on-demand/lifts/{piece.id}",
        stages=at_once(Audience.FIRM, Audience.RESPONSIBLE, Audience.COUNTY),
    )


def _record(period: OnDemandPeriod, verb: str, by: Viewer, **payload: object) -> None:
    subject = ledger.subject_of("equipment", period.equipment_id)
    stated = {"period": period.id, "from": period.from_on, "ended": period.ended_on, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[period])


def follow_change(piece: Equipment, by: Viewer) -> None:
    """What follows every change of a lift in the register."""
    if piece.category == LIFT:
        follow([piece.id], clock.today(), by=by)


def follow_urgent(duty: Duty) -> None:
    """A hazard that stops use, a failed inspection: they are told in the minute, and end it at once."""
    if duty.equipment_id is not None and duty.category == LIFT:
        follow([duty.equipment_id], clock.today())


def follow_cover(ids: Collection[UUID], by: Viewer) -> None:
    """A policy was entered, corrected or cancelled."""
    follow(ids, clock.today(), by=by)


def follow_all(on: date) -> dict[str, int]:
    """The night: every lift that is, or may come, under maintenance on demand, some in a transaction each."""
    counts = {"lifts": 0, "changed": 0}
    for ids in _chunks():
        with transaction():
            counts["changed"] += follow(ids, on, plans=False)
        counts["lifts"] += len(ids)
    return counts


def _chunks() -> Iterator[list[UUID]]:
    lifts = pilot_pieces(SYSTEM).with_only_columns(Equipment.id).order_by(Equipment.id)
    last: UUID | None = None
    while True:
        after = lifts if last is None else lifts.where(Equipment.id > last)
        ids = list(session.scalars(after.limit(AT_ONCE)))
        session.rollback()
        if not ids:
            return
        yield ids
        last = ids[-1]
