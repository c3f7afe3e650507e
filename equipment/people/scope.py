"""`visible(viewer, Model)`: the only way to read a scoped table
(tests/test_architecture.py fails on any other select).

How a table is scoped stands in its model, as `__scope__`:
- "equipment_itself"     the piece: its owner, use unit, contracted firm, assigned body,
and its area's supervisors
- "equipment"            a record about a piece: whoever sees the piece,
and the organisation that made the record
- "at_piece"             a message at a piece: as "equipment"; one that reached no piece: as "organisation"
- "organisation"         a record of an organisation: that organisation, and the supervisors of its area
- "organisation_in_area" what one organisation did in an area: that organisation, and the supervisors of the
                         area, wherever it has its seat
- "organisation_itself"  the organisation: itself and the supervisors of its area;
names are public, rows are not
- "label"                a label or identifier: whoever sees the piece it is on,
and the organisation a blank one was issued to
- "lot"                  what one organisation sends to a body: both, and the supervisors of its area
- "both_sides"           between two organisations (`to_id` is the other): both, and the supervisors of
                         either's area
- "contract"             a maintenance contract: the firm, the use unit, and the supervisors of the area of
                         any of its lifts
- "handover"             what one firm leaves to the next: both, the use unit, and the supervisors of its area
- "call"                 a rescue call: the centre that takes it, its firms, its use unit, and the
                         supervisors of its area
- "accident"             an accident: whoever brought it, its unit, the firm of its piece, and the
                         supervisors of the area where it happened
- "of_accident"          what was said, done or decided about an accident: whoever sees the accident
- "area"                 a record of the bureau: the supervisors of its area
- "area_and_below"       what an office keeps for itself and those below it: the supervisors of its area, and
                         of every area in it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.storage.db import Base, session

M = TypeVar("M", bound=Base)
Scoped = Any  # a model with the columns that the rule of its scope reads

PARTIES = ("owner_id", "use_unit_id", "maintenance_firm_id", "inspection_body_id")


def within(column: SQLCoreOperations[str], area: str) -> ColumnElement[bool]:
    """The area itself and everything below it: a range of codes,
    so that an index serves and no collation matters."""
    return true() if not area else and_(column >= area, column < str(int(area) + 1))


def list_conditions(
    organisation: SQLCoreOperations[UUID],
    area: SQLCoreOperations[str],
    at: SQLCoreOperations[datetime],
    filters: Mapping[str, str],
    days: str = "on",
) -> Iterator[ColumnElement[bool]]:
    """What a list is asked for by its `station`, its `area` and its days, `<days>_from` to `<days>_until`;
    what is no such value asks for nothing."""
    if key := id_in(filters.get("station", "")):
        yield organisation == key
    if filters.get("area", "").isdecimal():
        yield within(area, filters["area"])
    if since := day_in(filters.get(f"{days}_from", "")):
        yield at >= clock.site_midnight(since)
    if until := day_in(filters.get(f"{days}_until", "")):
        yield at < clock.site_midnight(until + timedelta(days=1))


def visible(viewer: Viewer, model: type[M]) -> Select[M]:
    """A select of the rows of `model` that `viewer` may see; add filters, never remove."""
    return select(model).where(in_scope(viewer, model))


def in_scope(viewer: Viewer, model: type[Base]) -> ColumnElement[bool]:
    """The condition behind `visible`, for counts and for columns."""
    if viewer is SYSTEM:
        return true()
    if viewer.organisation_id is None:
        return false()
    return _RULES[model.__scope__](viewer, model)  # type: ignore[attr-defined]


def _categories(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    return true() if viewer.categories is None else model.category.in_(sorted(viewer.categories))


def _equipment_itself(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if viewer.oversees or viewer.takes_calls:
        return and_(within(model.area, viewer.area), _categories(viewer, model))
    return or_(*(getattr(model, party) == viewer.organisation_id for party in PARTIES))


def _equipment(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if viewer.oversees:
        return and_(within(model.area, viewer.area), _categories(viewer, model))
    piece = Base.metadata.tables["equipment"].alias()
    mine = or_(*(piece.c[party] == viewer.organisation_id for party in PARTIES))
    return or_(
        model.organisation_id == viewer.organisation_id,
        exists().where(piece.c.id == model.equipment_id, mine),
    )


def _at_piece(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    piece = Base.metadata.tables["equipment"].alias()
    at = exists().where(piece.c.id == model.equipment_id)
    if viewer.oversees:
        inside = at.where(within(piece.c.area, viewer.area), _categories(viewer, piece.c))
        return or_(inside, and_(model.equipment_id.is_(None), _organisation(viewer, model)))
    mine = or_(*(piece.c[party] == viewer.organisation_id for party in PARTIES))
    return or_(model.organisation_id == viewer.organisation_id, at.where(mine))


def _organisation(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if not viewer.oversees:
        return bool_of(model.organisation_id == viewer.organisation_id)
    owner = aliased(Organisation)
    return exists().where(owner.id == model.organisation_id, within(owner.area, viewer.area))


def _organisation_in_area(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if viewer.oversees:
        return within(model.area, viewer.area)
    return bool_of(model.organisation_id == viewer.organisation_id)


def _organisation_itself(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    return within(model.area, viewer.area) if viewer.oversees else bool_of(model.id == viewer.organisation_id)


def _label(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    """A label or identifier: whoever sees the piece; a blank label, the organisation it was issued to."""
    piece = Base.metadata.tables["equipment"].alias()
    mine = (
        within(piece.c.area, viewer.area)
        if viewer.oversees
        else or_(*(piece.c[party] == viewer.organisation_id for party in PARTIES))
    )
    seen = exists().where(piece.c.id == model.equipment_id, mine)
    if not hasattr(model, "organisation_id"):
        return seen
    return or_(seen, and_(model.equipment_id.is_(None), _organisation(viewer, model)))


def _area(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    return within(model.area, viewer.area) if viewer.oversees else false()


def _area_and_below(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if not viewer.oversees:
        return false()
    above = [viewer.area[:digits] for digits in range(1, len(viewer.area))]
    return or_(within(model.area, viewer.area), model.area.in_(above))


def _accident(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if viewer.oversees:
        return and_(within(model.area, viewer.area), _categories(viewer, model))
    parties = (model.organisation_id, model.unit_id, model.firm_id)
    return or_(*(party == viewer.organisation_id for party in parties))


def _of_accident(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    accident = Base.metadata.tables["accident"].alias()
    return exists().where(accident.c.id == model.accident_id, _accident(viewer, accident.c))


def _lot(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if viewer.oversees:
        return and_(within(model.area, viewer.area), _categories(viewer, model))
    return or_(model.organisation_id == viewer.organisation_id, model.body_id == viewer.organisation_id)


def _call(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if viewer.oversees:
        return and_(within(model.area, viewer.area), _categories(viewer, model))
    parties = (model.organisation_id, model.firm_id, model.helper_id, model.use_unit_id)
    return or_(*(party == viewer.organisation_id for party in parties))


def _both_sides(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if not viewer.oversees:
        return or_(model.organisation_id == viewer.organisation_id, model.to_id == viewer.organisation_id)
    side = aliased(Organisation)
    mine = or_(side.id == model.organisation_id, side.id == model.to_id)
    return exists().where(mine, within(side.area, viewer.area))


def _contract(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if not viewer.oversees:
        return or_(
            model.organisation_id == viewer.organisation_id, model.use_unit_id == viewer.organisation_id
        )
    lift = Base.metadata.tables["contract_lift"].alias()
    of_it = and_(lift.c.organisation_id == model.organisation_id, lift.c.contract_id == model.id)
    return exists().where(of_it, within(lift.c.area, viewer.area), _categories(viewer, lift.c))


def _handover(viewer: Viewer, model: Scoped) -> ColumnElement[bool]:
    if viewer.oversees:
        return within(model.area, viewer.area)
    sides = (model.organisation_id, model.to_id, model.use_unit_id)
    return or_(*(side == viewer.organisation_id for side in sides))


def bool_of(condition: Any) -> ColumnElement[bool]:
    """Tell the type checker what SQLAlchemy's `==` makes."""
    return condition


_RULES: dict[str, Callable[[Viewer, Scoped], ColumnElement[bool]]] = {
    "equipment_itself": _equipment_itself,
    "equipment": _equipment,
    "at_piece": _at_piece,
    "organisation": _organisation,
    "organisation_in_area": _organisation_in_area,
    "organisation_itself": _organisation_itself,
    "area": _area,
    "area_and_below": _area_and_below,
    "accident": _accident,
    "of_accident": _of_accident,
    "label": _label,
    "lot": _lot,
    "call": _call,
    "both_sides": _both_sides,
    "contract": _contract,
    "handover": _handover,
}


def seen(viewer: Viewer, model: type[M], key: UUID) -> M:
    """The row of this id if the viewer may see it, NotFound otherwise: the same answer for both."""
    wanted = visible(viewer, model).where(model.id == key)  # type: ignore[attr-defined]
    row: M | None = session.scalar(wanted)
    if row is None:
        raise NotFound
    return row
