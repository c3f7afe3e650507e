"""The cylinder, and the verdict on it, as they stood at a moment that is past.

A status is known to the instant (the ledger says when it changed), inspections and days of expiry to the day.
Owner and papers are taken as they are now: nobody dated them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select

from equipment.core import clock
from equipment.core.verdict import Verdict
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.bundles import judge_with_mates, mates_of
from equipment.fills.models import Fill, ForbiddenFill, Scan
from equipment.fills.rules import Answers
from equipment.fills.scan import CYLINDERS, Cylinder, IncomingScan
from equipment.fills.states import ScanPurpose
from equipment.fills.station import station_on
from equipment.intake.rules import Arrival
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.people.rules import Viewer
from equipment.register.models import Equipment, Standing
from equipment.register.rules import Outcome
from equipment.regulation.planning import DueKind
from equipment.storage.db import session

DUES, FILLS, STANDINGS = Due.__table__.c, Fill.__table__.c, Standing.__table__.c
FORBIDDEN = ForbiddenFill.__table__.c
STATUS = "status"  # what the register calls a change of status in the ledger
LOOKED_AT = 50  # fills behind a reason that stands; it is found by one of the last few


class PastFill(NamedTuple):
    """What somebody wanted to do with a cylinder, and when."""

    key: UUID
    gas: str
    at: datetime
    organisation_id: UUID
    bay: str = ""
    operator: str = ""
    checks: Answers = {}


def scan_at(past: PastFill, *, by: Viewer) -> IncomingScan:
    """The scan that would have been made then; it counts for the day of that moment."""
    now, on = clock.now(), clock.site_day(past.at)
    behind = round((now - past.at).total_seconds())
    return IncomingScan(
        past.key,
        ScanPurpose.FILL,
        "",
        past.gas,
        past.bay,
        past.operator,
        past.checks,
        "",
        past.at,
        Arrival(now, past.at, on, (on,), (), behind),
        past.organisation_id,
        [station_on(past.organisation_id, on)],
        by,
    )


def verdict_on(fill: Fill, at: datetime | None = None, *, by: Viewer) -> Verdict:
    """What the rules say of going on with this fill at that moment; as everything stands now without one."""
    past = PastFill(fill.id, fill.gas, at or clock.now(), fill.organisation_id, fill.bay)
    scan = scan_at(past, by=replace(by, user_id=fill.user_id))
    if at is None:
        session.flush()
        cylinder = _cylinder_now(fill.equipment_id)
    else:
        cylinder = cylinder_at(session.get_one(Equipment, fill.equipment_id), at)
    in_fill = cylinder._replace(open_id=fill.id)
    mates = mates_at(cylinder, at)
    now = judge_with_mates(scan, Outcome.FOUND, in_fill, mates, open_elsewhere=False).verdict
    aside, stood = overridden(fill), Verdict.from_json(fill.verdict).reasons
    return Verdict(tuple(reason for reason in stood if reason.code in aside)).asked_again(now)


def overridden(fill: Fill) -> frozenset[str]:
    """The reasons that two people have set aside for this fill (人工放行)."""
    return frozenset(reason["code"] for reason in fill.verdict if reason["params"].get("overridden"))


def _cylinder_now(equipment_id: UUID) -> Cylinder:
    return next(iter(CYLINDERS(session.connection(), [equipment_id])))


def mates_at(cylinder: Cylinder, at: datetime | None = None) -> Sequence[Cylinder]:
    """What belongs together with it (集格) as it stood at that moment; now without one."""
    connection = session.connection()
    keys = mates_of(connection, cylinder)
    if at is None:
        return list(CYLINDERS(connection, keys)) if keys else []
    return [cylinder_at(session.get_one(Equipment, key), at) for key in keys]


def cylinder_at(piece: Equipment, at: datetime) -> Cylinder:
    """The cylinder as a scan of that moment would have met it."""
    session.flush()
    cylinder, on = _cylinder_now(piece.id), clock.site_day(at)
    inspections = session.execute(
        select(DUES.done_on, DUES.conclusion, DUES.due_on)
        .where(DUES.equipment_id == piece.id, DUES.kind == DueKind.INSPECTION, DUES.state == DueState.DONE)
        .order_by(DUES.done_on)
    ).all()
    before = [row for row in inspections if row.done_on <= on]
    # the day the next one was due then: what came later had not moved it yet
    after = [row.due_on for row in inspections if row.done_on > on]
    went_in = func.coalesce(FILLS.filled_at, FILLS.happened_at)
    filled = select(went_in).where(
        FILLS.equipment_id == piece.id, FILLS.result_at.is_not(None), FILLS.happened_at < at
    )
    undecided = select(FORBIDDEN.scan_id).where(
        FORBIDDEN.equipment_id == piece.id,
        FORBIDDEN.received_at <= at,
        or_(FORBIDDEN.ruled_at.is_(None), FORBIDDEN.ruled_at > at),
    )
    return cylinder._replace(
        undecided=session.scalar(undecided.limit(1)) is not None,
        status=status_at(piece, at),
        registered_on=cylinder.registered_on
        if cylinder.registered_on and cylinder.registered_on <= on
        else None,
        inspection_due_on=after[0] if after else cylinder.inspection_due_on,
        treat_code=_treat_code_at(cylinder, at),
        # paper entered out of order counts by when it happened
        filled_at=session.scalar(filled.order_by(FILLS.happened_at.desc()).limit(1)),
        inspected_on=before[-1].done_on if before else None,
        conclusion=before[-1].conclusion if before else None,
    )


def status_at(piece: Equipment, at: datetime) -> str:
    """To the instant where it changed since; else what stood on the day."""
    changes = select(Event.payload).where(
        Event.subject == subject_of("equipment", piece.id), Event.verb == STATUS, Event.at > at
    )
    if changed := session.scalar(changes.order_by(Event.seq).limit(1)):
        return str(json.loads(changed)["from"])
    on = clock.site_day(at)
    on_that_day = select(STANDINGS.status).where(
        STANDINGS.equipment_id == piece.id,
        STANDINGS.from_on <= on,
        or_(STANDINGS.until_on.is_(None), STANDINGS.until_on > on),
    )
    return str(session.scalar(on_that_day.order_by(STANDINGS.from_on.desc()).limit(1)) or piece.status)


def status_since(equipment_id: UUID, at: datetime) -> datetime | None:
    """The instant of the change of status that was the last one then; None where the ledger knows none."""
    subject = subject_of("equipment", equipment_id)
    changes = select(Event.at).where(Event.subject == subject, Event.verb == STATUS, Event.at <= at)
    return session.scalar(changes.order_by(Event.seq.desc()).limit(1))


def first_refusal(fill: Fill) -> Scan | None:
    """The scan of this fill that was answered with a refusal first."""
    refused = select(Scan).where(
        Scan.equipment_id == fill.equipment_id, Scan.fill_id == fill.id, Scan.allowed.is_(False)
    )
    return session.scalar(refused.order_by(Scan.received_at).limit(1))


def _treat_code_at(cylinder: Cylinder, at: datetime) -> str:
    """What stands with the cylinder, unless it was seen only later."""
    if not cylinder.treat_code:
        return ""
    seen_at = None
    fills = select(FILLS.verdict, FILLS.allowed, FILLS.happened_at).where(FILLS.equipment_id == cylinder.id)
    for verdict, allowed, happened_at in session.execute(
        fills.order_by(FILLS.happened_at.desc()).limit(LOOKED_AT)
    ):
        if cylinder.treat_code in {reason["code"] for reason in verdict}:
            seen_at = happened_at
        elif allowed:
            break
    return "" if seen_at is not None and seen_at > at else cylinder.treat_code


def was_open_elsewhere(equipment_id: UUID, at: datetime, station_id: UUID) -> bool:
    """Whether another station was filling the cylinder then."""
    ended = func.coalesce(FILLS.result_at, FILLS.closed_at)
    fills = select(FILLS.id).where(
        FILLS.equipment_id == equipment_id,
        FILLS.organisation_id != station_id,
        FILLS.allowed,
        FILLS.late_entry.is_(False),
        FILLS.received_at <= at,
        or_(ended.is_(None), ended > at),
    )
    return session.scalar(fills.limit(1)) is not None
