"""Making a station's list: every bottle of its own is judged as a scan of it would be, today and on the last
day on which a phone may still hold the list."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.bundles import is_bundle, mates_of
from equipment.fills.custody import kept_owners
from equipment.fills.hindsight import PastFill, scan_at
from equipment.fills.rules import REFILL, StationDay
from equipment.fills.scan import CYLINDERS, Cylinder, IncomingScan, ScanVerdict, judge_on
from equipment.fills.station import CYLINDER, station_on
from equipment.ledger.actions import record
from equipment.passes.models import PassList
from equipment.passes.queries import newest_list
from equipment.passes.rules import Pass, digest, listed
from equipment.people.models import Device, Organisation
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind
from equipment.people.scope import visible
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import EquipmentStatus, IdentifierKind, Outcome
from equipment.regulation.choices import LIMITS, Shape
from equipment.regulation.cylinder_life import last_fill_day
from equipment.storage.db import session, transaction

RENEWED_AFTER = timedelta(minutes=30)
ACTIVE = timedelta(days=1)  # stations whose devices spoke to us since get lists
LONGEST = timedelta(hours=LIMITS[Shape.HOURS][1])  # that a phone may hold a list
DAYS = LONGEST.days + 1
KEPT = LONGEST + ACTIVE
CHUNK = 500
PIECES, NUMBERS = Equipment.__table__.c, Identifier.__table__.c
SHARED = (IdentifierKind.CERTIFICATE_NO, IdentifierKind.OWN_NUMBER, IdentifierKind.SERIAL)


class Days(NamedTuple):
    """The station as its rules stand today and on each of the days after; papers are the head's matter: a
    licence that ends before the list does ends on the phone by its own day."""

    today: StationDay
    after: Sequence[StationDay]


def renew_lists() -> int:
    """The lists of the stations at work, those that are older than half an hour; returns how many were
    looked through. Run by the jobs process every few minutes; twice does no harm."""
    now = clock.now()
    at_work = (
        select(Device.organisation_id)
        .where(
            Device.kind.in_((DeviceKind.FLOOR, DeviceKind.PHONE, DeviceKind.CONTROLLER)),
            Device.revoked_at.is_(None),
            or_(Device.seen_at >= now - ACTIVE, Device.created_at >= now - ACTIVE),
        )
        .distinct()
    )
    stations = visible(SYSTEM, Organisation).where(
        Organisation.id.in_(at_work), Organisation.kind == OrganisationKind.STATION
    )
    ids = session.scalars(stations.with_only_columns(Organisation.id).order_by(Organisation.id)).all()
    session.rollback()
    looked_through = 0
    for station_id in ids:
        newest = newest_list(station_id)
        if newest is None or now - newest.as_of >= RENEWED_AFTER:
            issue_list(station_id)
            looked_through += 1
    return looked_through


def issue_list(station_id: UUID) -> PassList:
    """The station's list as everything stands now: a new one where it differs from the last, else the last
    with a younger date. Commits by itself: reading fifty thousand bottles is no work for one transaction."""
    now = clock.now()
    lines = [one for part in _in_parts(station_id) for one in part]
    text = listed(lines)
    with transaction():
        newest = newest_list(station_id)
        if newest is not None and newest.digest == digest(text):
            newest.as_of = now
            return newest
        fresh = PassList(
            organisation_id=station_id,
            sequence=newest.sequence + 1 if newest else 1,
            digest=digest(text),
            bottles=len(lines),
            issued_at=now,
            as_of=now,
            pack=station_on(station_id, clock.site_day(now)).pack.rules.pack,
            content=zlib.compress(text.encode()),
        )
        session.add(fresh)
        # what no phone can hold any more; its digest stays
        session.execute(
            update(PassList)
            .where(PassList.organisation_id == station_id, PassList.as_of < now - KEPT)
            .values(content=None)
        )
        record(
            session(),
            f"organisation:{station_id}",
            "passes.issued",
            actor=SYSTEM.actor,
            rows=[fresh],
            payload={"sequence": fresh.sequence, "digest": fresh.digest, "bottles": fresh.bottles},
        )
    return fresh


def _in_parts(station_id: UUID) -> Iterator[list[Pass]]:
    """The station's bottles that may be filled now, a chunk at a time, each read in a transaction of its
    own."""
    own = select(PIECES.id).where(
        PIECES.category == CYLINDER,
        PIECES.status == EquipmentStatus.IN_USE,
        or_(
            PIECES.owner_id == station_id,
            PIECES.use_unit_id == station_id,
            PIECES.owner_id.in_(list(kept_owners(station_id, clock.today()))),
        ),
    )
    ids = session.scalars(own.order_by(PIECES.id)).all()
    now = clock.now()
    today = clock.site_day(now)
    days = _days(station_id, today)
    scan = scan_at(PastFill(new_id(), "", now, station_id), by=SYSTEM)
    session.rollback()
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        connection = session.connection()
        cylinders = list(CYLINDERS(connection, part))
        numbers = _numbers(part)
        inside = {
            one.id: list(CYLINDERS(connection, mates_of(connection, one)))
            for one in cylinders
            if is_bundle(one.details)
        }
        session.rollback()
        passes = (
            _pass([one, *inside.get(one.id, ())], scan, days, numbers.get(one.id, ())) for one in cylinders
        )
        yield [one for one in passes if one is not None]


def _days(station_id: UUID, today: date) -> Days:
    first = station_on(station_id, today)
    later = (station_on(station_id, today + timedelta(days=number)) for number in range(1, DAYS + 1))
    return Days(first, [replace(day, licensed=first.licensed, people=first.people) for day in later])


def _numbers(ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, ...]]:
    """Whatever else a scanner may read on these bottles."""
    carried = select(NUMBERS.equipment_id, NUMBERS.value).where(
        NUMBERS.equipment_id.in_(ids), NUMBERS.voided_at.is_(None), NUMBERS.kind.not_in(SHARED)
    )
    numbers: dict[UUID, tuple[str, ...]] = {}
    for equipment_id, value in session.execute(carried.order_by(NUMBERS.value)):
        numbers[equipment_id] = (*numbers.get(equipment_id, ()), value)
    return numbers


def _pass(
    pieces: Sequence[Cylinder], scan: IncomingScan, days: Days, numbers: tuple[str, ...]
) -> Pass | None:
    """The line of the first of these, a bottle or a bundle (集格) with the cylinders in it; None where the
    server would not let it be filled now."""

    def judged_on(day: StationDay, piece: Cylinder) -> ScanVerdict:
        elsewhere = piece.open_id is not None and piece.open_organisation_id != scan.organisation_id
        return judge_on(day, scan, Outcome.FOUND, piece, elsewhere)

    def allowed_on(day: StationDay) -> bool:
        # filled a moment ago: that is known to whoever holds the list, by what he filled himself
        verdicts = (judged_on(day, piece).verdict for piece in pieces)
        return all(reason.code == REFILL for verdict in verdicts for reason in verdict.refusals)

    if not allowed_on(days.today):
        return None
    cylinder = pieces[0]
    judged = judged_on(days.today, cylinder)
    weighed = judged.make is not None and judged.make.weighed
    return Pass(
        cylinder.label_code or "",
        cylinder.medium,
        _until(pieces, days, allowed_on),
        judged.tare_g if weighed else None,
        judged.max_gross_g if weighed else None,
        cylinder.own_number,
        cylinder.serial,
        numbers,
    )


def _until(pieces: Sequence[Cylinder], days: Days, allowed_on: Callable[[StationDay], bool]) -> date | None:
    """The last day of inspection and life, as a scan answers it, unless another rule ends it while a phone
    may still hold the list."""
    ends = (last_fill_day(piece.inspection_due_on, piece.end_of_life_on) for piece in pieces)
    last = min((end for end in ends if end is not None), default=None)
    within = [day for day in days.after if last is None or day.book.on <= last]
    if not within or allowed_on(within[-1]):
        return last
    return [days.today, *takewhile(allowed_on, within)][-1].book.on
