"""The table of firms and the records behind a count, as people read them and as they leave as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import tuple_

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.fields import Fields
from equipment.core.ids import id_in
from equipment.core.months import month_start
from equipment.core.words import N_
from equipment.dues.models import Due
from equipment.firms.queries import firm_of, is_published, ratings, records_behind
from equipment.firms.rules import OF_CALLS, OF_DUES, OF_VISITS, CountedRecord, Number, Rating
from equipment.maintenance.listing import lift_name
from equipment.maintenance.models import Visit
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.storage.db import Base, session
from equipment.tasks.sheets import Say, Table, TableColumn

CHUNK = 500
M = TypeVar("M", bound=Base)
K = TypeVar("K")
TRIAL = N_("Score: a trial, not published")
RATE_COLUMNS: tuple[tuple[Rating, str], ...] = (
    (Rating.ON_TIME, N_("visits due")),
    (Rating.SWIPE, N_("visits")),
    (Rating.PLATE, N_("lifts")),
    (Rating.ACCOUNT, N_("visits")),
)
# The counts that a rate is made of, as its card lists them.
PARTS_SHOWN: Mapping[Rating, tuple[Number, ...]] = {
    Rating.ON_TIME: (Number.ON_TIME, Number.LATE, Number.MISSED),
    Rating.SWIPE: (Number.SWIPED, Number.UNPROVED, Number.BY_HAND, Number.MISSED),
    Rating.PLATE: (Number.PLATED, Number.NO_PLATE),
    Rating.ACCOUNT: (Number.BY_ACCOUNT, Number.SIGNED_ELSE, Number.UNSIGNED),
}


def area_names() -> dict[str, str]:
    return {area.code: area.name for area in areas_below("")}


class BehindRow(NamedTuple):
    """One record behind a count: the lift, the days it is about, and its page."""

    id: UUID
    lift: str
    area: str
    kind: str  # msgid
    due_on: date | None
    done_on: date | None
    url: str


def asked_month(text: str) -> date:
    """The month that is asked for (2026-10), if it has begun; this one otherwise."""
    this = month_start(clock.today())
    month = day_in(f"{text}-01")
    return month_start(month) if month is not None and month <= this else this


def asked_area(viewer: Viewer, area: str) -> str:
    """An area that the viewer oversees, else all that he does; a firm's own month has no borders."""
    if not viewer.oversees:
        return ""
    return area if area.isdecimal() and area.startswith(viewer.area) else viewer.area


def behind_rows(records: Sequence[CountedRecord], say: Say) -> list[BehindRow]:
    """Records of one count as lines of a list, in their order. A lift that has changed its firm since is
    named too: the record is the firm's own."""
    keys = [(one.equipment_id, one.record_id) for one in records]
    number = records[0].number if records else None
    lifts = {
        lift.id: lift
        for part in _parts([key for key, _ in keys])
        for lift in session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(part)))
    }
    dues = {due.id: due for due in _rows(Due, keys)} if number in OF_DUES else {}
    visits = {visit.id: visit for visit in _rows(Visit, keys)} if number in OF_VISITS else {}
    rows = []
    for one in records:
        lift, due, visit = lifts.get(one.equipment_id), dues.get(one.record_id), visits.get(one.record_id)
        kind = due.kind if due else visit.duty if visit else ""
        rows.append(
            BehindRow(
                one.record_id,
                lift_name(lift, say) if lift else "—",
                lift.area if lift else one.county,
                DueKind(kind).label if kind else "",
                due.due_on if due else None,
                due.done_on if due else visit.on if visit else None,
                _url(one, due),
            )
        )
    return rows


def _rows(model: type[M], keys: Sequence[tuple[UUID, UUID]]) -> Iterator[M]:
    columns = (model.equipment_id, model.id)  # type: ignore[attr-defined]
    for part in _parts(keys):
        yield from session.scalars(visible(SYSTEM, model).where(tuple_(*columns).in_(part)))


def _parts(keys: Sequence[K]) -> Iterator[Sequence[K]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def _url(one: CountedRecord, due: Due | None) -> str:
    """The visit, the suspicion, else the life of the lift."""
    if one.number is Number.FORGED:
        return f"/suspicions/{one.record_id}"
    if one.number in OF_CALLS:
        return f"/rescue/calls/{one.record_id}"
    visit = one.record_id if one.number in OF_VISITS else None
    if due is not None and due.done_by.startswith("visit:"):
        visit = id_in(due.done_by.removeprefix("visit:"))
    if visit is not None:
        return f"/visits/{one.equipment_id}/{visit}?view=record"
    return f"/equipment/{one.equipment_id}"


def firms_table(viewer: Viewer, asked: Mapping[str, object], say: Say) -> Table:
    """The firms of a month: counts and rates, and the score where the viewer may see it."""
    if not may(viewer, Action.SEE, Thing.FIRM_RATING) or not viewer.oversees:
        raise NotFound
    wanted = Fields(asked)
    month, area = asked_month(wanted.text("month")), asked_area(viewer, wanted.text("area"))
    columns = [TableColumn(say(N_("Maintenance firm")), 34), TableColumn(say(N_("Lifts")), 9, "number")]
    for rating, unit in RATE_COLUMNS:
        label = say(rating.label)
        columns += [
            TableColumn(label, 12, "share"),
            TableColumn(f"{label}：{say(N_('counted'))}", 12, "number"),
            TableColumn(f"{label}：{say(unit)}", 12, "number"),
        ]
    columns.append(TableColumn(say(N_("Score")), 10, "tenth"))
    rows: list[list[object]] = []
    for firm in ratings(month, area):
        cells: list[object] = [firm.name, firm.lifts]
        for rating, _unit in RATE_COLUMNS:
            rate = firm.rate(rating)
            cells += [rate.share, rate.part, rate.whole]
        rows.append([*cells, firm.score.points])
    head = [f"{month:%Y-%m}", "" if is_published(month) else say(TRIAL)]
    return Table(say(N_("Maintenance firms rated")), columns, rows, head=[text for text in head if text])


def behind_table(viewer: Viewer, asked: Mapping[str, object], say: Say) -> Table:
    """The records behind one count of a firm."""
    wanted = Fields(asked)
    firm_id, number = id_in(wanted.text("firm")), wanted.text("number")
    if firm_id is None or number not in set(Number) or not may(viewer, Action.SEE, Thing.FIRM_RATING):
        raise NotFound
    if firm_of(viewer, firm_id) is None:
        raise NotFound
    month, area = asked_month(wanted.text("month")), asked_area(viewer, wanted.text("area"))
    records = records_behind(month, area, firm_id, Number(number))
    areas = area_names()
    columns = [
        TableColumn(say(N_("Lift")), 40),
        TableColumn(say(N_("Area")), 16),
        TableColumn(say(N_("Class")), 12),
        TableColumn(say(N_("Due on")), 12, "day"),
        TableColumn(say(N_("Done on")), 12, "day"),
    ]
    rows = (
        [row.lift, areas.get(row.area, row.area), say(row.kind) if row.kind else "", row.due_on, row.done_on]
        for part in _parts(records)
        for row in behind_rows(part, say)
    )
    return Table(say(Number(number).label), columns, rows, head=[f"{month:%Y-%m}"])
