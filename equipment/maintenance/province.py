"""省平台刷卡: visits that an export of the province's platform brings. One that we have already is linked, never
doubled; the others are visits with a grade of their own and without a checklist. A whole import is taken
back by the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues import actions as dues
from equipment.ledger.actions import EventDraft, append, locked_heads, subject_of
from equipment.ledger.evidence import row as evidence_of
from equipment.maintenance.models import ProvinceSwipe, Visit
from equipment.maintenance.province_rules import Span, SpanLimits, same_stay, span_flags
from equipment.maintenance.queries import limits_of, next_task
from equipment.maintenance.reported import visits_near
from equipment.maintenance.states import VisitState
from equipment.people.models import Certificate
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.elevator_numbers import clock_at_most, minutes, technician_certificate
from equipment.regulation.planning import DueKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.regulation.queries import province_swipe_settles, rules
from equipment.storage.db import session


@dataclass(frozen=True)
class ProvinceVisit:
    """One row of an export, with the lift, the firm and the people it means; `duty` only where it says the
    class."""

    lift: Equipment
    firm: UUID
    technicians: tuple[UUID, ...]
    span: Span
    duty: DueKind | None
    row_no: int
    stated: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> tuple[UUID, UUID]:
        """(the lift, an id made of what the row says): the same row is one, whatever file brings it."""
        people = ",".join(sorted(map(str, self.technicians)))
        until = self.span.until.isoformat() if self.span.until else ""
        content = f"province-swipe/{self.lift.id}/{self.span.since.isoformat()}/{until}/{self.firm}/{people}"
        return self.lift.id, uuid5(NAMESPACE_URL, content)

    @property
    def on(self) -> date:
        return clock.site_day(self.span.since)


@dataclass(frozen=True, slots=True)
class ProvinceFile:
    """Where rows come from."""

    batch_id: UUID
    sha256: str
    name: str


@dataclass(slots=True)
class OnRecord:
    """What is on record where and when these rows are: earlier swipes of the province by their key, visits by
    lift."""

    swipes: dict[tuple[UUID, UUID], ProvinceSwipe]
    visits: dict[UUID, dict[UUID, Visit]]

    @classmethod
    def near(cls, rows: Sequence[ProvinceVisit]) -> OnRecord:
        keys = {row.key for row in rows}
        earlier = visible(SYSTEM, ProvinceSwipe).where(
            ProvinceSwipe.equipment_id.in_({key[0] for key in keys}),
            ProvinceSwipe.id.in_({key[1] for key in keys}),
        )
        swipes = {(row.equipment_id, row.id): row for row in session.scalars(earlier)}
        record = cls(swipes, {})
        if rows:
            margin = span_limits(rows[0].lift.category, clock.today()).margin
            span = Span(min(row.span.since for row in rows), max(row.span.end for row in rows))
            near = visits_near({row.lift.id for row in rows}, span, margin)
            for visit in session.scalars(near.order_by(Visit.opened_at)):
                record.add(visit)
        return record

    def add(self, visit: Visit) -> None:
        self.visits.setdefault(visit.equipment_id, {})[visit.id] = visit

    def entered(self, row: ProvinceVisit) -> ProvinceSwipe | None:
        """The same row from an earlier file, unless that was taken back."""
        swipe = self.swipes.get(row.key)
        return swipe if swipe is not None and swipe.taken_back_at is None else None

    def same(self, row: ProvinceVisit) -> Visit | None:
        """The visit that this row is, by its time at the lift."""
        visits = self.visits.get(row.lift.id, {})
        spans = [(key, Span(visit.opened_at, visit.closed_at)) for key, visit in visits.items()]
        key = same_stay(row.span, spans, span_limits(row.lift.category, row.on).margin)
        return visits[key] if key is not None else None


def span_limits(category: str, on: date) -> SpanLimits:
    limits = limits_of(category, on)
    return SpanLimits(limits.longest, limits.shortest, minutes(clock_at_most(rules(category), on)))


def enter_visits(
    rows: Sequence[ProvinceVisit], file: ProvinceFile, *, by: Viewer
) -> dict[int, ProvinceSwipe]:
    """Put rows on record, by their number; a row that is there already changes nothing. The lifts' chains are
    taken first: two imports at once enter a row once."""
    locked_heads(session.connection(), [subject_of("equipment", row.lift.id) for row in rows])
    record, at = OnRecord.near(rows), clock.now()
    certified, drafts = _certified(rows), list[EventDraft]()
    entered: dict[int, ProvinceSwipe] = {}
    settled: list[tuple[ProvinceVisit, Visit]] = []
    for row in rows:
        if (earlier := record.entered(row)) is not None:
            entered[row.row_no] = earlier
            continue
        same = record.same(row)
        visit = same or _visit(row, certified, at)
        if same is None:
            record.add(visit)
        elif same.state == VisitState.IMPORTED:  # each technician has a row of his own
            same.technicians = list(dict.fromkeys([*same.technicians, *map(str, row.technicians)]))
        settles = same is None and row.duty is not None and province_swipe_settles(row.on)
        swipe = record.swipes[row.key] = _swipe(record.swipes.get(row.key), row, visit, file, at, by)
        swipe.linked, swipe.settles = same is not None, settles
        entered[row.row_no] = swipe
        session.flush()
        verb = "visit.linked" if same is not None else "visit.imported"
        touched = [swipe, visit] if same is None or same.state == VisitState.IMPORTED else [swipe]
        drafts.append(_draft(verb, swipe, list(map(evidence_of, touched)), row=row.row_no))
        if settles:
            settled.append((row, visit))
    append(session.connection(), drafts, actor=by.actor)
    for row, visit in settled:
        _settle(row, visit, by)
    return entered


def _certified(rows: Sequence[ProvinceVisit]) -> list[Certificate]:
    people = {person for row in rows for person in row.technicians}
    return list(session.scalars(select(Certificate).where(Certificate.user_id.in_(people))))


def _visit(row: ProvinceVisit, held: Collection[Certificate], at: datetime) -> Visit:
    lift, on = row.lift, row.on
    wanted = str(technician_certificate(rules(lift.category), on).value)
    having = {one.user_id for one in held if one.code == wanted and one.valid_from <= on <= one.valid_until}
    visit = Visit(
        equipment_id=lift.id,
        id=new_id(),
        organisation_id=row.firm,
        use_unit_id=lift.use_unit_id,
        area=lift.area,
        category=lift.category,
        duty=row.duty or DueKind.VISIT_HALF_MONTH,
        annex="",
        state=VisitState.IMPORTED,
        opened_at=row.span.since,
        closed_at=row.span.end,
        received_at=at,
        on=on,
        technicians=list(map(str, row.technicians)),
        confirmed=[],
        denied=[],
        answers={},
        flags=span_flags(row.span, not set(row.technicians) <= having, span_limits(lift.category, on)),
        grade=PresenceGrade.PROVINCE,
        swiped=True,
        counted=False,
        remark="",
        remarks={},
    )
    session.add(visit)
    return visit


def _swipe(
    former: ProvinceSwipe | None,
    row: ProvinceVisit,
    visit: Visit,
    file: ProvinceFile,
    at: datetime,
    by: Viewer,
) -> ProvinceSwipe:
    """The row on record; one that was taken back is there again."""
    swipe = former or ProvinceSwipe(equipment_id=row.lift.id, id=row.key[1])
    swipe.visit_id, swipe.organisation_id = visit.id, row.firm
    swipe.area, swipe.category = row.lift.area, row.lift.category
    swipe.linked, swipe.settles = False, False
    swipe.batch_id, swipe.sha256, swipe.file_name, swipe.row_no = (
        file.batch_id,
        file.sha256,
        file.name,
        row.row_no,
    )
    swipe.stated = dict(row.stated)
    swipe.entered_at, swipe.entered_by = at, by.user_id
    swipe.taken_back_at = swipe.taken_back_by = None
    session.add(swipe)
    return swipe


def _settle(row: ProvinceVisit, visit: Visit, by: Viewer) -> None:
    """The duty is done by this visit, as the bureau chose; what comes next is planned."""
    dues.done(row.lift, DueKind(visit.duty), on=visit.on, by=f"visit:{visit.id}")
    visit.counted = True
    task = next_task(visit.equipment_id, visit.category)
    visit.next_on, visit.next_duty = task.due_on, task.duty if task.due else ""
    session.flush()
    draft = EventDraft(
        subject_of("equipment", visit.equipment_id),
        "visit.judged",
        {"visit": visit.id, "counted": True, "next": visit.next_duty, "next_on": visit.next_on},
        [evidence_of(visit)],
    )
    append(session.connection(), [draft], actor=by.actor)


def take_back_visits(swipes: Iterable[ProvinceSwipe], *, by: Viewer) -> int:
    """撤回: what these rows put on record is void, with the duties it settled open again; a visit of ours that
    was only linked stays as it is. How many visits are void now."""
    chosen = list(swipes)
    locked_heads(session.connection(), [subject_of("equipment", swipe.equipment_id) for swipe in chosen])
    drafts, ended, at = list[EventDraft](), 0, clock.now()
    for swipe in chosen:
        swipe.taken_back_at, swipe.taken_back_by = at, by.user_id
        visit = session.get_one(Visit, (swipe.equipment_id, swipe.visit_id))
        touched = [evidence_of(swipe)]
        if not swipe.linked and visit.state == VisitState.IMPORTED:
            if visit.counted:
                piece = session.get_one(Equipment, visit.equipment_id)
                dues.undone(piece, by=f"visit:{visit.id}", actor=by.actor)
                visit.counted, visit.next_on, visit.next_duty = False, None, ""
            visit.state, ended = VisitState.VOID, ended + 1
            touched.append(evidence_of(visit))
        drafts.append(_draft("visit.taken_back", swipe, touched))
    session.flush()
    append(session.connection(), drafts, actor=by.actor)
    return ended


def _draft(verb: str, swipe: ProvinceSwipe, rows: list[tuple[str, str]], **more: object) -> EventDraft:
    payload = {"visit": swipe.visit_id, "file": swipe.sha256, "import": swipe.batch_id, **more}
    return EventDraft(subject_of("equipment", swipe.equipment_id), verb, payload, rows)


def province_of(viewer: Viewer, visit: Visit) -> Sequence[ProvinceSwipe]:
    """The rows of exports behind a visit, those that were taken back too."""
    rows = visible(viewer, ProvinceSwipe).where(
        ProvinceSwipe.equipment_id == visit.equipment_id, ProvinceSwipe.visit_id == visit.id
    )
    return session.scalars(rows.order_by(ProvinceSwipe.entered_at, ProvinceSwipe.row_no)).all()
