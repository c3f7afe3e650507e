"""The records of a month that firms are counted by, firm by firm and county by county, and what is final."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Row, and_, or_, select

from equipment.calls.models import RescueCall
from equipment.calls.states import CallState
from equipment.core import clock
from equipment.core.ids import id_in
from equipment.core.months import add_months, month_end, month_start
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.firms.models import FirmMonth
from equipment.firms.rules import CountedRecord, Number, VisitDue, VisitMade, added, due_counts, visit_counts
from equipment.hazards.models import Hazard
from equipment.hazards.rules import HazardState
from equipment.inspections.models import Inspection
from equipment.inspections.rules import InspectionKind
from equipment.insurance.queries import is_insured
from equipment.ledger import actions as ledger
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import VISITED
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible, within
from equipment.register.models import Equipment, Identifier, Standing
from equipment.register.rules import PLATES, EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.firm_numbers import final_after_days, months_back
from equipment.regulation.planning import Conclusion
from equipment.regulation.queries import counted_grades, rules
from equipment.storage.db import session, transaction
from equipment.suspicions.models import Suspicion
from equipment.suspicions.states import OF_LIFTS, SuspicionState
from equipment.telemetry.models import LiftLink

DUES, VISITS, LIFTS = Due.__table__.c, Visit.__table__.c, Equipment.__table__.c
KINDS = [kind for kinds in VISITED.values() for kind in kinds]
CATEGORY = next(iter(VISITED))
COUNTY_DIGITS = 6  # of an area's code
CHUNK = 500
NOT_A_SWIPE = {"no_sign_out", "card_unconfirmed", "card_denied"}
Sums = Mapping[UUID, Mapping[str, Counter[Number]]]


def counted_records(month: date, area: str, firm_id: UUID | None = None) -> Iterator[CountedRecord]:
    """Every record of the month behind a count, of the lifts of an area, of all firms or one."""
    end = month_end(month)
    until = min(end, clock.today() - timedelta(days=1))
    of_firm = [one for one in due_counts(_dues(month, end, area), until) if firm_id in (None, one.firm_id)]
    yield from of_firm
    yield from visit_counts(_visits(month, end, area, firm_id))
    yield from _lifts(min(end, clock.today()), area, firm_id)
    yield from _of_pieces(month, end, area, firm_id)
    yield from _found_true(month, end, area, firm_id)
    yield from _rescues(month, end, area, firm_id)


def _dues(month: date, end: date, area: str) -> Iterator[VisitDue]:
    """Visits that fell due in the month, each with the firm that was responsible on its day."""
    visit = and_(
        VISITS.equipment_id == DUES.equipment_id, VISITS.due_id == DUES.id, VISITS.counted, ~VISITS.superseded
    )
    columns = (
        DUES.equipment_id,
        DUES.id,
        DUES.firm_id,
        DUES.area,
        DUES.due_on,
        DUES.state,
        DUES.done_on,
        VISITS.organisation_id,
        VISITS.swiped,
        VISITS.late_entry,
        VISITS.flags,
        VISITS.grade,
    )
    rows = (
        select(*columns)
        .select_from(Due.__table__.outerjoin(Visit.__table__, visit))
        .where(
            DUES.kind.in_(KINDS),
            DUES.due_on.between(month, end),
            DUES.state.in_((DueState.OPEN, DueState.DONE)),
            within(DUES.area, area),
        )
    )
    records = session.execute(rows).all()
    late = [row for row in records if row.done_on is None or row.done_on > row.due_on]
    before, grades = _firms_before(late), counted_grades(end)
    for row in records:
        done = row.state == DueState.DONE
        by = row.organisation_id if done and row.done_on <= row.due_on else None
        firm = by or before.get((row.equipment_id, row.id)) or row.firm_id
        if firm is not None:
            proved = by is not None and _is_swiped(row) and row.grade in grades
            yield VisitDue(
                row.equipment_id,
                row.id,
                firm,
                row.area[:COUNTY_DIGITS],
                row.due_on,
                row.done_on if done else None,
                proved,
            )


def _is_swiped(row: Row[*tuple[object, ...]]) -> bool:
    return bool(row.swiped) and not row.late_entry and not NOT_A_SWIPE & set(row.flags)


def _firms_before(late: Sequence[Row[*tuple[object, ...]]]) -> dict[tuple[UUID, UUID], UUID]:
    """By lift and due: the firm of its day, where the lift has changed its firm since; the register's chain
    tells. A lift that changed in the middle of a month is not held against the firm that took it over."""
    changes: dict[str, list[tuple[date, UUID | None]]] = {}
    subjects = sorted({subject_of("equipment", row.equipment_id) for row in late})
    since = clock.site_midnight(min((row.due_on for row in late), default=clock.today()))
    for start in range(0, len(subjects), CHUNK):
        events = select(Event.subject, Event.at, Event.payload).where(
            Event.subject.in_(subjects[start : start + CHUNK]),
            Event.verb == "changed",
            Event.at >= since,
            Event.payload.contains("maintenance_firm_id", autoescape=True),
        )
        for subject, at, payload in session.execute(events.order_by(Event.subject, Event.seq)):
            former = json.loads(payload)["changes"].get("maintenance_firm_id")
            if former:
                changes.setdefault(subject, []).append((clock.site_day(at), id_in(str(former[0] or ""))))
    firms = {}
    for row in late:
        after = (
            firm
            for day, firm in changes.get(subject_of("equipment", row.equipment_id), ())
            if day > row.due_on
        )
        if (firm := next(after, None)) is not None:
            firms[row.equipment_id, row.id] = firm
    return firms


def _visits(month: date, end: date, area: str, firm_id: UUID | None) -> Iterator[VisitMade]:
    columns = (
        VISITS.equipment_id,
        VISITS.id,
        VISITS.organisation_id,
        VISITS.area,
        VISITS.swiped,
        VISITS.late_entry,
        VISITS.flags,
        VISITS.grade,
        VISITS.signature_kind,
        VISITS.signed_at,
        VISITS.signed_by,
    )
    rows = select(*columns).where(
        VISITS.on.between(month, end), VISITS.counted, ~VISITS.superseded, within(VISITS.area, area)
    )
    grades = counted_grades(end)
    for row in session.execute(rows.where(VISITS.organisation_id == firm_id) if firm_id else rows):
        drawn = "" if row.signed_at is None else row.signature_kind or "drawn"
        yield VisitMade(
            row.equipment_id,
            row.id,
            row.organisation_id,
            row.area[:COUNTY_DIGITS],
            swiped=_is_swiped(row),
            proved=row.grade in grades,
            signature="account" if row.signed_by is not None else drawn,
        )


def _lifts(on: date, area: str, firm_id: UUID | None) -> Iterator[CountedRecord]:
    """The lifts in use on the day, by the firm that maintains them now."""
    stood = and_(
        Standing.equipment_id == LIFTS.id,
        Standing.category.in_(VISITED),
        Standing.status == EquipmentStatus.IN_USE,
        Standing.from_on <= on,
        or_(Standing.until_on.is_(None), Standing.until_on > on),
    )
    end = clock.site_midnight(on + timedelta(days=1))
    plate = visible(SYSTEM, Identifier).where(
        Identifier.equipment_id == LIFTS.id,
        Identifier.kind.in_(PLATES),
        Identifier.issued_at < end,
        or_(Identifier.voided_at.is_(None), Identifier.voided_at >= end),
    )
    heard = visible(SYSTEM, LiftLink).where(
        LiftLink.equipment_id == LIFTS.id, LiftLink.silent_since.is_(None)
    )
    rows = (
        select(
            LIFTS.id,
            LIFTS.maintenance_firm_id,
            Standing.area,
            plate.exists().label("plated"),
            is_insured(on).label("insured"),
            heard.exists().label("monitored"),
        )
        .join(Standing, stood)
        .where(LIFTS.maintenance_firm_id.is_not(None), within(Standing.area, area))
    )
    for row in session.execute(rows.where(LIFTS.maintenance_firm_id == firm_id) if firm_id else rows):
        number = Number.PLATED if row.plated else Number.NO_PLATE
        about = (row.maintenance_firm_id, row.area[:COUNTY_DIGITS], row.id, row.id)
        yield CountedRecord(number, *about)
        if row.insured:
            yield CountedRecord(Number.INSURED, *about)
        if row.monitored:
            yield CountedRecord(Number.MONITORED, *about)


def _of_pieces(month: date, end: date, area: str, firm_id: UUID | None) -> Iterator[CountedRecord]:
    """Lifts that failed an inspection of the month, and lifts with a serious or major hazard found in it."""
    failed = visible(SYSTEM, Inspection).where(
        Inspection.on.between(month, end),
        Inspection.kind == InspectionKind.INSPECTION,
        Inspection.conclusion == Conclusion.FAILED,
        Inspection.superseded.is_(False),
        Inspection.category.in_(VISITED),
        within(Inspection.area, area),
    )
    serious = visible(SYSTEM, Hazard).where(
        Hazard.found_on.between(month, end),
        Hazard.grade.in_((Grade.SERIOUS, Grade.MAJOR)),
        Hazard.state != HazardState.WITHDRAWN,
        Hazard.category.in_(VISITED),
        within(Hazard.area, area),
    )
    for number, rows, columns in (
        (Number.FAILED, failed, (Inspection.equipment_id, Inspection.id, Inspection.area)),
        (Number.SERIOUS, serious, (Hazard.equipment_id, Hazard.id, Hazard.area)),
    ):
        inner = rows.with_only_columns(*(each.label(name) for each, name in zip(columns, NAMES, strict=True)))
        records = inner.subquery()
        joined = select(records.c.piece, records.c.record, records.c.place, LIFTS.maintenance_firm_id).join(
            Equipment.__table__, LIFTS.id == records.c.piece
        )
        lifts: set[UUID] = set()
        for row in session.execute(joined.order_by(records.c.record)):
            firm = row.maintenance_firm_id
            if firm is None or firm_id not in (None, firm) or row.piece in lifts:
                continue
            lifts.add(row.piece)  # each lift once
            yield CountedRecord(number, firm, row.place[:COUNTY_DIGITS], row.piece, row.record)


NAMES = ("piece", "record", "place")


def _found_true(month: date, end: date, area: str, firm_id: UUID | None) -> Iterator[CountedRecord]:
    """Suspicions about lifts that the bureau found true in the month, in the county of the firm."""
    begins, ends = clock.site_midnight(month), clock.site_midnight(end + timedelta(days=1))
    rows = visible(SYSTEM, Suspicion).where(
        Suspicion.kind.in_(OF_LIFTS),
        Suspicion.state == SuspicionState.FINDING,
        Suspicion.decided_at >= begins,
        Suspicion.decided_at < ends,
        within(Suspicion.area, area),
    )
    for row in session.scalars(rows.where(Suspicion.organisation_id == firm_id) if firm_id else rows):
        county = row.area[:COUNTY_DIGITS]
        yield CountedRecord(Number.FORGED, row.organisation_id, county, row.equipment_id or row.id, row.id)


def _rescues(month: date, end: date, area: str, firm_id: UUID | None) -> Iterator[CountedRecord]:
    """Calls of the month at which the lift's firm came late, those that maintenance caused, and those at
    which another firm helped out."""
    calls = visible(SYSTEM, RescueCall).where(
        RescueCall.on.between(month, end),
        RescueCall.superseded.is_(False),
        RescueCall.state == CallState.CLOSED,
        RescueCall.equipment_id.is_not(None),
        within(RescueCall.area, area),
    )
    for call in session.scalars(calls):
        assert call.equipment_id is not None  # as asked for
        about = (call.area[:COUNTY_DIGITS], call.equipment_id, call.id)
        cases = (
            (Number.RESCUED_LATE, call.firm_id if call.in_time is False else None),
            (Number.CAUSED, call.firm_id if call.cause == "maintenance" else None),
            (Number.HELPED, call.helper_id if call.in_time is not None else None),
        )
        for number, firm in cases:
            if firm is not None and firm_id in (None, firm):
                yield CountedRecord(number, firm, *about)


def finish_months(today: date, most: int | None = None) -> int:
    """Put the finished months that are not on file on file, the newest `most` of them, once their days for
    late records are over; returns how many rows. Run every night; twice does no harm."""
    pack = rules(CATEGORY)
    last = month_start(today - timedelta(days=final_after_days(pack, today)))
    months = [add_months(last, -back) for back in range(most or months_back(pack, today), 0, -1)]
    final = visible(SYSTEM, FirmMonth).where(FirmMonth.month.in_(months))
    on_file = set(session.scalars(final.with_only_columns(FirmMonth.month).distinct()))
    return sum(_finish(month) for month in months if month not in on_file)


def _finish(month: date) -> int:
    """One line in the chain of each firm, with its rows."""
    sums = added(counted_records(month, ""))
    digest = rules(CATEGORY).digest
    session.rollback()
    with transaction():
        for firm_id, by_county in sorted(sums.items()):
            rows = [
                FirmMonth(
                    organisation_id=firm_id,
                    month=month,
                    area=county,
                    counts={str(number): counts[number] for number in Number if counts[number]},
                    pack=digest,
                    final_at=clock.now(),
                )
                for county, counts in sorted(by_county.items())
            ]
            session.add_all(rows)
            ledger.record(
                session(),
                f"organisation:{firm_id}",
                "firm.month_final",
                actor=SYSTEM.actor,
                rows=rows,
                payload={"month": month, "counties": sorted(by_county)},
            )
    return sum(map(len, sums.values()))
