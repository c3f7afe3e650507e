"""Findings to confirm, hazards by every filter people use, and the counts of first pages; through scope
only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.ids import NOBODY, id_in
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState, HazardState
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.storage.db import Base, session

M = TypeVar("M", Finding, Hazard)
R = TypeVar("R", bound=Base)
MOST_DAYS = 36_500
NONE = "none"  # in the address bar: those that have none
COUNTED = "counted"  # the state of all hazards but withdrawn ones


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; empty means all."""

    area: str = ""
    category: str = ""
    grade: str = ""
    state: str = ""
    source: str = ""
    unit: str = ""
    text: str = ""
    days: int = 0  # open for at least so many days
    overdue: bool = False
    equipment_id: UUID | None = None
    clause: str = ""  # NONE: those without one
    responsible: str = ""  # an organisation by its id; NONE: nobody
    found_by: str = ""  # the kind of organisation that found it; NONE: no organisation
    found_from: date | None = None
    found_until: date | None = None
    closed_from: date | None = None

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Wanted:
        """From the address bar; what makes no sense there is left out."""
        return cls(
            area=args.get("area", "") if args.get("area", "").isdecimal() else "",
            category=args.get("category", ""),
            grade=args.get("grade", ""),
            state=args.get("state", ""),
            source=args.get("source", ""),
            unit=args.get("unit", ""),
            text=args.get("q", ""),
            days=_days(args.get("days", "")),
            overdue=args.get("overdue") == "1",
            equipment_id=id_in(args.get("equipment", "")),
            clause=args.get("clause", ""),
            responsible=args.get("responsible", ""),
            found_by=args.get("found_by", ""),
            found_from=day_in(args.get("found_from", "")),
            found_until=day_in(args.get("found_until", "")),
            closed_from=day_in(args.get("closed_from", "")),
        )


def _days(text: str) -> int:
    """An age as the address bar says it: more than a hundred years, or no number at all, asks for nothing."""
    return int(text) if text.isdecimal() and len(text) <= 5 and int(text) <= MOST_DAYS else 0


@dataclass(frozen=True)
class RecordFacts:
    """A row of a list with what stands beside it; `id` names it in bulk actions."""

    record: Any  # a finding or a hazard
    piece: Equipment | None
    responsible: str = ""
    found_by: str = ""
    id: str = ""


def findings(viewer: Viewer, wanted: Wanted, on: date) -> Select[Finding]:
    """Findings, by default those that nobody has decided yet."""
    listed = _narrowed(visible(viewer, Finding), Finding, wanted, on)
    if wanted.overdue:
        listed = listed.where(Finding.confirm_by < on, Finding.state == FindingState.OPEN)
    return (
        listed.where(Finding.state == (wanted.state or FindingState.OPEN))
        if wanted.state != "all"
        else listed
    )


def hazards(viewer: Viewer, wanted: Wanted, on: date) -> Select[Hazard]:
    """Hazards, by default those that are not closed."""
    listed = _narrowed(visible(viewer, Hazard), Hazard, wanted, on)
    if wanted.grade:
        listed = listed.where(Hazard.grade == wanted.grade)
    if wanted.unit:
        named = Organisation.name.contains(wanted.unit, autoescape=True)
        listed = listed.where(exists().where(Organisation.id == Hazard.responsible_id, named))
    if wanted.overdue:
        listed = listed.where(Hazard.due_on < on, Hazard.state == HazardState.OPEN)
    listed = listed.where(*_statistical(wanted))
    if wanted.closed_from:
        listed = listed.where(Hazard.closed_on >= wanted.closed_from)
    if wanted.state == "all":
        return listed
    if wanted.state == COUNTED:
        return listed.where(Hazard.state != HazardState.WITHDRAWN)
    return listed.where(Hazard.state == wanted.state if wanted.state else Hazard.closed_on.is_(None))


def _statistical(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What the figures of statistics narrow the list to."""
    if wanted.clause:
        yield Hazard.clause == ("" if wanted.clause == NONE else wanted.clause)
    if wanted.responsible == NONE:
        yield Hazard.responsible_id.is_(None)
    elif wanted.responsible:
        yield Hazard.responsible_id == (id_in(wanted.responsible) or NOBODY)
    if wanted.found_by == NONE:
        yield Hazard.organisation_id.is_(None)
    elif wanted.found_by:
        yield exists().where(Organisation.id == Hazard.organisation_id, Organisation.kind == wanted.found_by)
    if wanted.found_until:
        yield Hazard.found_on <= wanted.found_until


def to_put_right(viewer: Viewer, wanted: Wanted, on: date) -> Select[Hazard]:
    """The open hazards that the viewer's own organisation must see to."""
    return hazards(viewer, wanted, on).where(
        Hazard.responsible_id == viewer.organisation_id, Hazard.state == HazardState.OPEN
    )


def _narrowed(rows: Select[M], model: type[M], wanted: Wanted, on: date) -> Select[M]:
    for name in ("category", "source"):
        if getattr(wanted, name):
            rows = rows.where(getattr(model, name) == getattr(wanted, name))
    if wanted.area:
        rows = rows.where(within(model.area, wanted.area))
    if wanted.days:
        rows = rows.where(model.found_on <= on - timedelta(days=wanted.days))
    if wanted.found_from:
        rows = rows.where(model.found_on >= wanted.found_from)
    if wanted.equipment_id:
        rows = rows.where(model.equipment_id == wanted.equipment_id)
    if wanted.text:
        rows = rows.where(model.description.contains(wanted.text, autoescape=True))
    return rows


def finding(viewer: Viewer, equipment_id: UUID, finding_id: UUID, *, lock: bool = False) -> Finding:
    """The finding, if the viewer may see it; locked for whoever is about to decide it."""
    return _one(
        visible(viewer, Finding).where(Finding.equipment_id == equipment_id, Finding.id == finding_id), lock
    )


def hazard(viewer: Viewer, equipment_id: UUID, hazard_id: UUID, *, lock: bool = False) -> Hazard:
    """The hazard, if the viewer may see it; locked for whoever is about to move it on."""
    return _one(
        visible(viewer, Hazard).where(Hazard.equipment_id == equipment_id, Hazard.id == hazard_id), lock
    )


def _one(row: Select[M], lock: bool) -> M:
    one = session.scalar(row.with_for_update().execution_options(populate_existing=True) if lock else row)
    if one is None:
        raise NotFound
    return one


def record_facts(viewer: Viewer, records: Sequence[Finding | Hazard]) -> list[RecordFacts]:
    """The rows of a list with their pieces and organisations, in two queries for the whole page."""
    wanted = {record.equipment_id for record in records}
    pieces = (
        {
            piece.id: piece
            for piece in session.scalars(visible(viewer, Equipment).where(Equipment.id.in_(wanted)))
        }
        if wanted
        else {}
    )
    names = organisation_names(
        {record.organisation_id for record in records}
        | {getattr(record, "responsible_id", None) for record in records}
    )
    return [
        RecordFacts(
            record,
            pieces.get(record.equipment_id),
            names.get(getattr(record, "responsible_id", None), ""),
            names.get(record.organisation_id, ""),
            f"{record.equipment_id}.{record.id}",
        )
        for record in records
    ]


def organisation_names(ids: set[UUID | None]) -> dict[UUID | None, str]:
    """Names are public; everything else of an organisation is not."""
    organisations = (
        visible(SYSTEM, Organisation)
        .where(Organisation.id.in_([organisation_id for organisation_id in ids if organisation_id]))
        .with_only_columns(Organisation.id, Organisation.name)
    )
    return {row.id: row.name for row in session.execute(organisations)}


def count(rows: Select[R]) -> int:
    return session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def waiting_for_recheck(viewer: Viewer) -> Select[Hazard]:
    # What is rectified is not closed: so the index of open hazards serves.
    return visible(viewer, Hazard).where(Hazard.state == HazardState.RECTIFIED, Hazard.closed_on.is_(None))


def undecided(viewer: Viewer) -> Select[Finding]:
    return visible(viewer, Finding).where(Finding.state == FindingState.OPEN)


def hazards_of(viewer: Viewer, equipment_id: UUID) -> Select[Hazard]:
    """Every hazard one piece ever had, the newest first."""
    return (
        visible(viewer, Hazard)
        .where(Hazard.equipment_id == equipment_id)
        .order_by(Hazard.found_on.desc(), Hazard.id.desc())
    )


def is_responsible(viewer: Viewer, hazard: Hazard) -> bool:
    """Whether the viewer may say that it was put right: whoever must see to it; the bureau where papers come
    back to it."""
    return viewer.oversees or hazard.responsible_id == viewer.organisation_id


def open_on(ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many hazards are open on each of these pieces."""
    open_ones = select(Hazard.equipment_id, func.count().label("number")).where(
        Hazard.equipment_id.in_(ids), Hazard.closed_on.is_(None)
    )
    counted = session.execute(open_ones.group_by(Hazard.equipment_id))
    return {row.equipment_id: row.number for row in counted}
