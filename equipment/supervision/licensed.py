"""证后检查: which filling stations, maintenance firms and makers hold a licence, which were licensed this year,
and which had no check after it in the year."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func

from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.people.models import Organisation, Paper
from equipment.people.rules import SYSTEM, PaperKind, Viewer
from equipment.people.scope import visible, within
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.supervision.models import PlannedCheck, SupervisionCheck
from equipment.supervision.rules import CheckKind

LICENCES = (PaperKind.FILLING_LICENCE, PaperKind.MAINTENANCE_LICENCE, PaperKind.MANUFACTURING_LICENCE)
LICENCE_SORTS: Sorts = {
    "since": (Paper.valid_from, Paper.id),
    "until": (Paper.valid_until, Paper.id),
    "unit": (Organisation.name, Paper.id),
}
STANDS = (
    ("new", N_("Licensed this year, not checked since")),
    ("due", N_("No check after a licence this year")),
    ("done", N_("Had its check after a licence this year")),
)


class LicensedUnit(NamedTuple):
    """A licence in force with its holder."""

    paper: Paper
    unit: Organisation


def _checked(year: int) -> ColumnElement[bool]:
    """The holder had its 证后 check in a year."""
    return exists().where(
        SupervisionCheck.organisation_id == Paper.organisation_id,
        SupervisionCheck.kind == CheckKind.AFTER_LICENCE,
        SupervisionCheck.on.between(date(year, 1, 1), date(year, 12, 31)),
        SupervisionCheck.superseded_by.is_(None),
    )


def licensed(viewer: Viewer, on: date, filters: Mapping[str, str]) -> Select[Paper, Organisation]:
    """Licences in force on a day of units of the viewer's area, with the filters of the address bar."""
    rows = (
        visible(SYSTEM, Paper)
        .join(Organisation, Organisation.id == Paper.organisation_id)
        .add_columns(Organisation)
        .where(
            Paper.kind.in_(LICENCES),
            Paper.valid_from <= on,
            Paper.valid_until >= on,
            Organisation.active,
            within(Organisation.area, viewer.area),
        )
    )
    if filters.get("kind") in {kind.value for kind in LICENCES}:
        rows = rows.where(Paper.kind == filters["kind"])
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(Organisation.area, filters["area"]))
    if unit := id_in(filters.get("unit", "")):
        rows = rows.where(Organisation.id == unit)
    stand = filters.get("stand", "")
    if stand == "done":
        rows = rows.where(_checked(on.year))
    elif stand in ("due", "new"):
        rows = rows.where(~_checked(on.year))
    if stand == "new":
        rows = rows.where(Paper.valid_from >= date(on.year, 1, 1))
    return rows


class LicenceCount(NamedTuple):
    """Units with a licence in force: all, licensed this year, checked after it this year, left."""

    units: int
    new: int
    checked: int
    new_left: int

    @property
    def left(self) -> int:
        return self.units - self.checked


def licence_count(viewer: Viewer, on: date) -> LicenceCount:
    """The counter of the list: a unit with two licences is one unit."""

    def units(stand: str, *more: ColumnElement[bool]) -> int:
        rows = licensed(viewer, on, {"stand": stand}).where(*more)
        number = rows.with_only_columns(func.count(Paper.organisation_id.distinct()))
        return session.scalar(number) or 0

    since = Paper.valid_from >= date(on.year, 1, 1)
    return LicenceCount(units(""), units("", since), units("done"), units("new"))


def after_licence_days(units: Collection[UUID], year: int) -> dict[UUID, SupervisionCheck]:
    """By unit, its latest 证后 check of the year."""
    rows = visible(SYSTEM, SupervisionCheck).where(
        SupervisionCheck.organisation_id.in_(units),
        SupervisionCheck.kind == CheckKind.AFTER_LICENCE,
        SupervisionCheck.on.between(date(year, 1, 1), date(year, 12, 31)),
        SupervisionCheck.superseded_by.is_(None),
    )
    return {check.organisation_id: check for check in session.scalars(rows.order_by(SupervisionCheck.on))}


def planned_after_licence(units: Collection[UUID], year: int) -> dict[UUID, PlannedCheck]:
    """By unit, the 证后 check that stands on the plan of a year and is not done."""
    rows = visible(SYSTEM, PlannedCheck).where(
        and_(PlannedCheck.organisation_id.in_(units), PlannedCheck.year == year),
        PlannedCheck.kind == CheckKind.AFTER_LICENCE,
        PlannedCheck.dropped == "",
        PlannedCheck.check_id.is_(None),
    )
    return {plan.organisation_id: plan for plan in session.scalars(rows)}
