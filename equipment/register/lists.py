"""Lists of pieces: every filter people use, over the pieces a viewer may see. The page and the export read
the same list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal_column, or_, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import NOBODY, id_in
from equipment.people.models import Area, Organisation
from equipment.people.rules import OrganisationKind, Viewer
from equipment.people.scope import in_scope, within
from equipment.register.checking import PARTIES
from equipment.register.coordinates import is_placed
from equipment.register.hooks import risk_condition
from equipment.register.models import Coordinates, Equipment, Facet, Identifier, Standing
from equipment.register.plate_conditions import PLATED, condition, is_plated
from equipment.register.rules import (
    FOREIGN_CODES,
    LIST_MARK,
    CoordinatesState,
    EquipmentStatus,
    IdentifierKind,
    PlateCondition,
)
from equipment.register.search import HITS, matching
from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.category import Category
from equipment.regulation.details import FieldSpec
from equipment.regulation.risk_numbers import RiskColour
from equipment.storage.columns import Sorts
from equipment.storage.db import session, walked

ROUND_THE_SCOPE = {"overdue", "failed", "past_life", "registered_from", "gone_from", "proposed"}
PLACED = tuple(kind.key for kind in CATEGORIES if is_placed(kind.key))
BULK = 200  # pieces changed at one press: more would hold the writer too long
HAZCHEM, HAZCHEM_YES = "hazchem", "true"
FACET = "f_"  # begins the name of a filter by a detail field
LIVING = (EquipmentStatus.NOT_YET, EquipmentStatus.IN_USE, EquipmentStatus.STOPPED, EquipmentStatus.LOCKED)
PARTY_FILTERS = {
    "owner": "owner_id",
    "use_unit": "use_unit_id",
    "firm": "maintenance_firm_id",
    "body": "inspection_body_id",
}
SORTS: Sorts = {
    "entered": Equipment.id,
    "serial": (Equipment.serial, Equipment.id),
    "due": (Equipment.inspection_due_on, Equipment.id),
    "area": (Equipment.area, Equipment.category, Equipment.status, Equipment.id),
}


def filtered(viewer: Viewer, filters: Mapping[str, str], *, hits: int = HITS) -> Select[Equipment]:
    """The pieces of a list with these filters, as they stand in the address bar; what cannot be read finds
    nothing. A search ends at so many `hits`."""
    seen = in_scope(viewer, Equipment)
    # These have an index that narrows more than an area does.
    if viewer.oversees and set(filters) & ROUND_THE_SCOPE:
        seen = walked(seen)
    return select(Equipment).where(seen, *_conditions(viewer, filters, hits))


def walking(viewer: Viewer, filters: Mapping[str, str]) -> Select[Equipment]:
    """The same list for when it is long: read in the order of its sort."""
    return select(Equipment).where(
        walked(and_(in_scope(viewer, Equipment), *_conditions(viewer, filters, HITS)))
    )


def _conditions(viewer: Viewer, filters: Mapping[str, str], hits: int) -> Iterator[ColumnElement[bool]]:
    kind = filters.get("category", "")
    if kind:
        yield Equipment.category == kind
    if filters.get("q"):
        yield matching(viewer, filters["q"], category=kind, most=hits)
    if filters.get("area", "").isdigit() and filters["area"] != viewer.area:
        yield within(Equipment.area, filters["area"])
    if filters.get("status"):
        yield Equipment.status == filters["status"]
    for name, column in PARTY_FILTERS.items():
        if filters.get(name):
            yield getattr(Equipment, column) == (id_in(filters[name]) or NOBODY)
    for name, value in filters.items():
        if name.startswith(FACET) and value:
            yield exists().where(
                Facet.equipment_id == Equipment.id,
                Facet.field == name.removeprefix(FACET),
                Facet.value == value,
            )
    yield from _states(filters)


def _states(filters: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
    if filters.get("overdue"):
        yield and_(Equipment.inspection_due_on < clock.today(), Equipment.inspection_failed_on.is_(None))
        # Nearly all are: the other condition has the index to use.
        yield walked(Equipment.status == EquipmentStatus.IN_USE)
    if filters.get("failed"):
        yield Equipment.inspection_failed_on.is_not(None)
        yield walked(Equipment.status.in_(LIVING))
    if filters.get("past_life"):
        yield Equipment.end_of_life_on < clock.today()
        yield walked(Equipment.status.in_(LIVING))
    if since := day_in(filters.get("registered_from", "")):
        yield Equipment.registered_on >= since
    if since := day_in(filters.get("gone_from", "")):  # scrapped or deregistered on that day or later
        yield Equipment.id.in_(gone_since(since))
    if filters.get("stop_use"):
        yield Equipment.stop_use_since.is_not(None)
    if filters.get("risk") in set(RiskColour):
        yield risk_condition(filters["risk"])
    if filters.get("hazchem"):
        yield is_hazchem()
    if filters.get("unverified"):
        yield Equipment.verified.is_(False)
    if filters.get("doubt"):
        whole = LIST_MARK + Equipment.unverified_reason + LIST_MARK
        yield whole.contains(LIST_MARK + filters["doubt"] + LIST_MARK, autoescape=True)
    if filters.get("unplaced"):
        yield Equipment.category.in_(PLACED)
        yield walked(Equipment.status.in_(LIVING))
        yield ~_coordinates(CoordinatesState.IN_FORCE)
    if filters.get("proposed"):
        yield walked(Equipment.category.in_(PLACED))
        is_proposed: ColumnElement[bool] = literal_column("coordinates.state = 'proposed'")
        yield Equipment.id.in_(select(Coordinates.equipment_id).where(is_proposed))
    if filters.get("unplated"):
        yield ~is_plated(Equipment.id)
        yield walked(Equipment.category.in_(PLATED))
    if filters.get("plate") in set(PlateCondition):
        yield condition(Equipment.id) == filters["plate"]
        yield walked(Equipment.category.in_(PLATED))
    if filters.get("uncoded"):
        yield Equipment.label_code.is_(None)
        yield ~_carries(*FOREIGN_CODES)
    if filters.get("unlabelled"):
        yield Equipment.label_code.is_(None)
        yield walked(Equipment.status.in_(LIVING))


def gone_since(since: date) -> Select[UUID]:
    """The ids of pieces that were scrapped or deregistered on a day or later, and still are."""
    is_gone: ColumnElement[bool] = literal_column(
        "standing.until_on IS NULL AND standing.status IN ('scrapped', 'cancelled')"
    )
    return select(Standing.equipment_id).where(is_gone, Standing.from_on >= since)


def _carries(*kinds: IdentifierKind) -> ColumnElement[bool]:
    return exists().where(
        Identifier.equipment_id == Equipment.id, Identifier.kind.in_(kinds), Identifier.voided_at.is_(None)
    )


def _coordinates(state: CoordinatesState) -> ColumnElement[bool]:
    return exists().where(Coordinates.equipment_id == Equipment.id, Coordinates.state == state)


def extent_sum() -> ColumnElement[int]:
    """What pieces of a category have of what is added up of it, in the unit that is stored; 0 for others."""
    measured = (
        (Equipment.category == kind.key, Equipment.details[kind.extent.detail].as_integer())
        for kind in CATEGORIES
        if kind.extent is not None
    )
    return func.sum(case(*measured, else_=0))


def is_hazchem() -> ColumnElement[bool]:
    """危化品相关, as the details of the piece say."""
    return exists().where(
        Facet.equipment_id == Equipment.id, Facet.field == HAZCHEM, Facet.value == HAZCHEM_YES
    )


def facet_filters(key: str) -> tuple[FieldSpec, ...]:
    """The detail fields with choices that a list of one category can be filtered by."""
    if key not in {kind.key for kind in CATEGORIES}:
        return ()
    return tuple(spec for spec in category(key).details_type.filters() if spec.choices)


def categories_of(viewer: Viewer) -> Sequence[Category]:
    """The categories a viewer meets at all: a station owns what is filled, a firm maintains what is
    visited."""
    return [
        kind
        for kind in CATEGORIES
        if (viewer.categories is None or kind.key in viewer.categories)
        and (viewer.organisation_kind != OrganisationKind.STATION or kind.filled)
        and (viewer.organisation_kind != OrganisationKind.FIRM or kind.visit_kinds)
    ]


def areas_of(viewer: Viewer) -> Sequence[Area]:
    """The areas a viewer can choose from: his own and below for the bureau, all for everybody else."""
    chosen = select(Area).order_by(Area.code)
    return session.scalars(chosen.where(within(Area.code, viewer.area)) if viewer.oversees else chosen).all()


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """The full name of each area: county and township, without the city everybody is in."""
    wanted = set(codes)
    prefixes = {code[:length] for code in wanted for length in range(4, len(code) + 1)}
    areas = {area.code: area for area in session.scalars(select(Area).where(Area.code.in_(prefixes)))}

    def path(code: str) -> str:
        levels = [areas[code[:length]] for length in range(4, len(code) + 1) if code[:length] in areas]
        below = [area.name for area in levels if area.level in ("county", "township")]
        return "".join(below) or (levels[-1].name if levels else code)

    return {code: path(code) for code in wanted}


def organisation_names(pieces: Iterable[Equipment]) -> dict[UUID, str]:
    """The names of all parties of these pieces."""
    return names_of({getattr(piece, party) for piece in pieces for party in PARTIES} - {None})


def names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def organisations(kinds: Iterable[OrganisationKind], *, limit: int = 500) -> Sequence[str]:
    """Names to choose from; names of organisations are public."""
    chosen = (
        select(Organisation.name)
        .where(Organisation.kind.in_(list(kinds)), Organisation.active)
        .order_by(Organisation.name)
    )
    return session.scalars(chosen.limit(limit)).all()


def organisation_named(name: str, kinds: Iterable[OrganisationKind]) -> UUID | None:
    """The one organisation of that name, short name or credit code; None when there is none or more than
    one."""
    called = or_(
        Organisation.name == name, Organisation.short_name == name, Organisation.credit_code == name.upper()
    )
    chosen = select(Organisation.id).where(Organisation.kind.in_(list(kinds)), called)
    ids = session.scalars(chosen.limit(2)).all()
    return ids[0] if len(ids) == 1 else None


def organisation_name(organisation_id: UUID) -> str:
    return session.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) or ""
