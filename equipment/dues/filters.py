"""What a list of duties shows: the filters of the address bar, as one value that a due-list keeps too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, or_

from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.core.months import month_end
from equipment.core.words import Labelled
from equipment.dues.applications import PENDING
from equipment.dues.kinds import due_kind, due_kinds
from equipment.dues.models import Application, Due
from equipment.dues.queries import differing, due_between, failed, overdue, unknown
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.lists import is_hazchem
from equipment.register.models import Equipment
from equipment.register.search import matching
from equipment.regulation.planning import INSPECTIONS, DueKind
from equipment.storage.db import session

OVERDUE, FAILED, UNKNOWN, ALL = "overdue", "failed", "unknown", "all"
WINDOWS = (OVERDUE, FAILED, "30", "60", "90", UNKNOWN, ALL)
ON_TIME, LATE = "yes", "no"
EVERY_INSPECTION = "inspections"  # 检验 of every kind, as the rates and the first page count them


@dataclass(frozen=True, slots=True)
class Filters:
    """Windows count from today and take in what is overdue; `applied` tells 已报检 from 未报检."""

    kind: str = DueKind.INSPECTION
    window: str = "30"
    area: str = ""
    category: str = ""
    body: str = ""
    firm: str = ""
    unit: str = ""
    applied: str = ""
    month: str = ""  # 2026-10: what falls due in that month alone
    due_from: str = ""  # 2026-10-31: what falls due on that day or later
    hazchem: str = ""  # 1: only what is related to dangerous chemicals
    unit_name: str = ""  # part of the name of the use unit or owner
    q: str = ""  # a search as the register has it: numbers, names, addresses

    @classmethod
    def of(cls, args: Mapping[str, str], **defaults: str) -> Filters:
        """From the address bar or from a kept list; what makes no sense is left out."""
        chosen = {name: str(args[name]) for name in cls.__dataclass_fields__ if args.get(name) is not None}
        filters = replace(cls(**defaults), **chosen)
        return replace(
            filters,
            kind=filters.kind if filters.kind in (*due_kinds(), EVERY_INSPECTION) else "",
            window=filters.window if filters.window in WINDOWS else ALL,
            area=filters.area if filters.area.isdecimal() else "",
            **{name: str(id_in(getattr(filters, name)) or "") for name in ("body", "firm", "unit")},
            applied=filters.applied if filters.applied in (ON_TIME, LATE) else "",
            month=filters.month if first_of(filters.month) else "",
            due_from=filters.due_from if day_in(filters.due_from) else "",
            hazchem="1" if filters.hazchem else "",
        )

    def as_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


def within_days(days: int) -> str:
    """The smallest window that shows what is due in so many days."""
    return next((window for window in WINDOWS if window.isdecimal() and days <= int(window)), ALL)


def first_of(month: str) -> date | None:
    """The first day of a month written 2026-10; None for anything else."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class DueRow:
    """One duty as a list shows it."""

    due: Due
    equipment: Equipment
    unit: str
    body: str
    firm: str
    application: Application | None

    @property
    def id(self) -> UUID:
        """What a bulk action is about: the piece."""
        return self.equipment.id


def wanted(viewer: Viewer, filters: Filters, on: date) -> Select[Due, Equipment]:
    """The duties and pieces that these filters leave of what the viewer may see."""
    # Named one by one, so that the index by kind and day serves.
    kinds = kinds_of(filters)
    if filters.window == OVERDUE:
        dues = overdue(viewer, on, kinds=kinds)
    elif filters.window in (FAILED, UNKNOWN):
        dues = (failed if filters.window == FAILED else unknown)(viewer, kinds=kinds)
    else:
        until = None if filters.window == ALL else on + timedelta(days=int(filters.window))
        dues = due_between(viewer, None, until, kinds=kinds)
    return (
        dues.join(Equipment, Equipment.id == Due.equipment_id)
        .add_columns(Equipment)
        .where(*_conditions(viewer, filters))
    )


def kinds_of(filters: Filters) -> Iterable[Labelled]:
    """The kinds of duties that a list shows."""
    if filters.kind == EVERY_INSPECTION:
        return INSPECTIONS
    return (due_kind(filters.kind),) if filters.kind else due_kinds()


def differences(viewer: Viewer, filters: Filters) -> Select[Due, Equipment]:
    """The inspections whose day from paper is not the rule's, with their pieces."""
    dues = differing(viewer).join(Equipment, Equipment.id == Due.equipment_id)
    return dues.add_columns(Equipment).where(*_conditions(viewer, filters))


def _conditions(viewer: Viewer, filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.area:
        yield within(Due.area, filters.area)
    if filters.category:
        yield Due.category == filters.category
    if filters.body:
        yield Due.body_id == UUID(filters.body)
    if filters.firm:
        yield Due.firm_id == UUID(filters.firm)
    if filters.unit:
        yield or_(Due.organisation_id == UUID(filters.unit), Equipment.use_unit_id == UUID(filters.unit))
    if filters.hazchem:
        yield is_hazchem()
    if filters.unit_name.strip():
        named = visible(SYSTEM, Organisation).where(
            Organisation.name.contains(filters.unit_name.strip(), autoescape=True)
        )
        yield Due.organisation_id.in_(named.with_only_columns(Organisation.id))
    if filters.q.strip():
        yield matching(viewer, filters.q, category=filters.category)
    if first := first_of(filters.month):
        yield Due.due_on.between(first, month_end(first))
    if since := day_in(filters.due_from):
        yield Due.due_on >= since
    if filters.applied:
        applied_for = exists().where(
            Application.equipment_id == Due.equipment_id, Application.state.in_(PENDING)
        )
        yield applied_for if filters.applied == ON_TIME else ~applied_for


SORTS = {
    "due_on": (Due.due_on, Due.equipment_id),
    "kind": (Due.kind, Due.due_on, Due.equipment_id),
    "serial": (Equipment.serial, Equipment.id),
    "area": (Due.area, Due.due_on, Due.equipment_id),
    "category": (Due.category, Due.due_on, Due.equipment_id),
}


def due_rows(dues: Sequence[Row[Due, Equipment]]) -> list[DueRow]:
    """The rows of `wanted` with the names of their parties and the applications that stand."""
    if not dues:
        return []
    pieces = [piece for _due, piece in dues]
    names = names_of(
        {
            party
            for due, piece in dues
            for party in (piece.use_unit_id, piece.owner_id, due.body_id, due.firm_id)
        }
    )
    pending = visible(SYSTEM, Application).where(
        Application.equipment_id.in_([piece.id for piece in pieces]), Application.state.in_(PENDING)
    )
    applications = {application.equipment_id: application for application in session.scalars(pending)}
    return [
        DueRow(
            due,
            piece,
            names.get(piece.use_unit_id or piece.owner_id, ""),
            names.get(due.body_id, ""),
            names.get(due.firm_id, ""),
            applications.get(piece.id),
        )
        for due, piece in dues
    ]


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Names of organisations: they are public, their rows are not."""
    organisations = [organisation_id for organisation_id in set(ids) if organisation_id is not None]
    if not organisations:
        return {}
    named = (
        visible(SYSTEM, Organisation)
        .where(Organisation.id.in_(organisations))
        .with_only_columns(Organisation.id, Organisation.name)
    )
    return {row.id: row.name for row in session.execute(named)}
