"""在用直梯全部纳入应急救援平台: which vertical lifts in use are covered, and what each of the others lacks. The
definition stands in the rule pack, dated, and is shown beside every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_
from equipment.people.models import Area
from equipment.people.rules import Viewer
from equipment.people.scope import within
from equipment.register.models import Equipment
from equipment.register.search import matching
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules
from equipment.regulation.rescue_numbers import code_digits, confirmed_by, covered_by, vertical_codes
from equipment.rescue.lift_codes import vertical_in_use
from equipment.rescue.models import DutyPhone, LiftContact, RescueCode, RescuePlatform
from equipment.rescue.platform import LIFT, has_right_length, is_served, platforms
from equipment.rescue.rules import ConfirmedHow, Lacking
from equipment.storage.columns import Sorts
from equipment.storage.db import session

BY_PLACE = (Equipment.area, Equipment.address, Equipment.id)
SORTS: Sorts = {"area": BY_PLACE, "code": (RescueCode.code, Equipment.id)}
COVERED, MISSING = "covered", "missing"
OF_CODE = (Lacking.NO_PLATFORM, Lacking.NO_CODE, Lacking.BAD_CODE, Lacking.SHARED_CODE)
OF_PHONE = (Lacking.NO_FIRM, Lacking.NO_PHONE, Lacking.UNCONFIRMED)
PARTS: Mapping[str, tuple[Lacking, ...]] = {"code": OF_CODE, "firm_phone": OF_PHONE}
PART_NAMES = {
    "code": N_("a rescue code of the city's length that no other lift has"),
    "firm_phone": N_("a confirmed duty phone of its maintenance firm"),
}
DEFINITION = N_(
    "Vertical lifts in use whose rescue code has the city's digits and is theirs alone and whose firm's duty "
    "phone is confirmed ÷ vertical lifts in use"
)

OTHERWISE = N_("Vertical lifts in use that lack nothing of what the bureau asks for ÷ vertical lifts in use")


@dataclass(frozen=True, slots=True)
class RescueLift:
    """A vertical lift in use, its code, and all that it lacks."""

    equipment: Equipment
    code: str
    lacking: tuple[Lacking, ...]

    @property
    def id(self) -> UUID:
        return self.equipment.id


@dataclass(frozen=True, slots=True)
class CoverFigure:
    """How many of an area's vertical lifts in use are covered, and how many lack what."""

    covered: int
    whole: int
    lacking: Mapping[Lacking, int]

    @property
    def rate(self) -> float | None:
        return self.covered / self.whole if self.whole else None

    @property
    def missing(self) -> int:
        return self.whole - self.covered


@dataclass(frozen=True, slots=True)
class CoverDefinition:
    """口径 of a day: what counts as a vertical lift and as covered, each with its citation; the ways of
    confirming that count; the platforms that are set. It is looked up once for all figures of a page."""

    on: date
    vertical: Value
    parts: Value
    ways: Value
    usual_digits: tuple[int, ...]
    platforms: Mapping[str, RescuePlatform]

    @property
    def wording(self) -> list[str]:
        """What a lift must have (msgids)."""
        return [PART_NAMES[part] for part in self.parts.texts if part in PART_NAMES]

    @property
    def summary(self) -> str:
        """The same as one text (msgid), for beside an indicator."""
        return DEFINITION if set(self.parts.texts) == set(PARTS) else OTHERWISE

    @property
    def way_names(self) -> list[ConfirmedHow]:
        return [ConfirmedHow(way) for way in self.ways.texts if way in set(ConfirmedHow)]

    @property
    def lacks(self) -> dict[Lacking, ColumnElement[bool]]:
        """Each reason that counts as a condition on a lift joined with its code."""
        other = aliased(RescueCode)
        shared = exists().where(
            other.code == RescueCode.code, other.equipment_id != RescueCode.equipment_id, other.living
        )
        has_code, has_firm = RescueCode.equipment_id.is_not(None), Equipment.maintenance_firm_id.is_not(None)
        right = has_right_length(RescueCode.code, Equipment.area, self.platforms, self.usual_digits)
        answers = and_(DutyPhone.confirmed_how.in_(self.ways.texts), DutyPhone.confirm_by >= self.on)
        every = {
            Lacking.NO_PLATFORM: ~is_served(Equipment.area, self.platforms),
            Lacking.NO_CODE: ~has_code,
            Lacking.BAD_CODE: and_(has_code, ~right),
            Lacking.SHARED_CODE: and_(has_code, shared),
            Lacking.NO_FIRM: ~has_firm,
            Lacking.NO_PHONE: and_(has_firm, ~_serves(true())),
            Lacking.UNCONFIRMED: and_(_serves(true()), ~_serves(answers)),
        }
        asked = {lack for part in self.parts.texts for lack in PARTS.get(part, ())}
        return {lack: condition for lack, condition in every.items() if lack in asked}


def definition(on: date) -> CoverDefinition:
    """The one in force on a day."""
    pack = rules(LIFT)
    return CoverDefinition(
        on,
        vertical_codes(pack, on),
        covered_by(pack, on),
        confirmed_by(pack, on),
        code_digits(pack, on).integers,
        platforms(on),
    )


def _serves(also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the firm's phone that serves the lift is there, and what else is asked of it."""
    of_lift = and_(
        LiftContact.equipment_id == Equipment.id,
        LiftContact.organisation_id == Equipment.maintenance_firm_id,
        LiftContact.ended_at.is_(None),
    )
    named = exists().where(of_lift, LiftContact.phone_id == DutyPhone.id)
    is_serving = or_(named, and_(DutyPhone.first, ~exists().where(of_lift)))
    return exists().where(
        DutyPhone.organisation_id == Equipment.maintenance_firm_id,
        DutyPhone.ended_at.is_(None),
        is_serving,
        also,
    )


def vertical_lifts(
    viewer: Viewer, filters: Mapping[str, str], meaning: CoverDefinition
) -> Select[Equipment, str]:
    """在用直梯 with these filters of the address bar: `state` (covered, missing), `lacking`, `area`, `firm`,
    `unit`, `q`; each with its code and, in the order of `Lacking`, what it lacks."""
    lacks = meaning.lacks
    listed = vertical_in_use(viewer, meaning.vertical.texts).outerjoin(
        RescueCode, RescueCode.equipment_id == Equipment.id
    )
    if filters.get("state") in (COVERED, MISSING):
        lacks_any = or_(*lacks.values())
        listed = listed.where(~lacks_any if filters["state"] == COVERED else lacks_any)
    if filters.get("lacking") in lacks:
        listed = listed.where(lacks[Lacking(filters["lacking"])])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Equipment.area, filters["area"]))
    for name, column in (("firm", Equipment.maintenance_firm_id), ("unit", Equipment.use_unit_id)):
        if filters.get(name):
            listed = listed.where(column == (id_in(filters[name]) or NOBODY))
    if filters.get("q"):
        listed = listed.where(matching(viewer, filters["q"], category=LIFT))
    return listed.add_columns(RescueCode.code, *(lacks[key] for key in lacks))


def lift_rows(rows: Sequence[Row[Equipment, str]], meaning: CoverDefinition) -> list[RescueLift]:
    """The rows of `vertical_lifts`, read."""
    names = list(meaning.lacks)
    return [RescueLift(row[0], row[1] or "", tuple(compress(names, row[2:]))) for row in rows]


def lift_row(viewer: Viewer, equipment_id: UUID, meaning: CoverDefinition) -> RescueLift | None:
    """What one lift lacks; None where it is no vertical lift in use."""
    wanted = vertical_lifts(viewer, {}, meaning).where(Equipment.id == equipment_id)
    row = session.execute(wanted).first()
    return lift_rows([row], meaning)[0] if row else None


def cover(viewer: Viewer, area: str, meaning: CoverDefinition) -> CoverFigure:
    """The figure of an area, counted in one question."""
    lacks = meaning.lacks
    counted = vertical_lifts(viewer, {"area": area}, meaning).with_only_columns(
        *_sums(lacks), maintain_column_froms=True
    )
    whole, missing, *each = session.execute(counted.order_by(None)).one()
    numbers = {lack: number or 0 for lack, number in zip(lacks, each, strict=True)}
    return CoverFigure(
        (whole or 0) - (missing or 0), whole or 0, {key: value for key, value in numbers.items() if value}
    )


def _sums(lacks: Mapping[Lacking, ColumnElement[bool]]) -> list[ColumnElement[int]]:
    def times(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    return [func.count(), times(or_(*lacks.values())), *map(times, lacks.values())]


def by_area(viewer: Viewer, meaning: CoverDefinition) -> list[tuple[Area, CoverFigure]]:
    """The figure of each area right below the viewer's own."""
    lacks = meaning.lacks
    length = 6 if len(viewer.area) < 6 else 9
    place = func.substr(Equipment.area, 1, length).label("place")
    counted = (
        vertical_lifts(viewer, {}, meaning)
        .with_only_columns(place, *_sums(lacks), maintain_column_froms=True)
        .order_by(None)
        .group_by("place")
    )
    figures = {}
    for code, whole, missing, *each in session.execute(counted):
        numbers = dict(zip(lacks, (number or 0 for number in each), strict=True))
        figures[code] = CoverFigure(
            whole - (missing or 0), whole, {key: value for key, value in numbers.items() if value}
        )
    areas = session.scalars(select(Area).where(Area.code.in_(figures)).order_by(Area.code))
    return [(area, figures[area.code]) for area in areas]
