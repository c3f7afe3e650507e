"""The city's rescue platform and the rescue stations of its areas: what is set, from when, and setting it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.people.models import Area
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible, within
from equipment.regulation.queries import rules
from equipment.regulation.rescue_numbers import code_digits
from equipment.rescue.models import RescuePlatform, RescueStation
from equipment.rescue.rules import code_fault, phone_fault, plain_number
from equipment.storage.db import session

LIFT = "elevator"
CITYWIDE = ("province", "city")  # levels of areas whose office sets a platform
ONLY_CITY = N_("The office of the city sets its rescue platform.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformDraft:
    """What is entered of a platform."""

    name: str
    phone: str
    from_on: date
    digits: int
    hours: str = ""
    own: bool = False
    first_code: str = ""
    last_code: str = ""


def platforms(on: date) -> dict[str, RescuePlatform]:
    """The platform of each area that has one on that day."""
    rows = visible(SYSTEM, RescuePlatform).where(RescuePlatform.from_on <= on)
    ordered = rows.order_by(RescuePlatform.from_on, RescuePlatform.set_at, RescuePlatform.id)
    return {row.area: row for row in session.scalars(ordered)}


def platform_of(area: str, on: date) -> RescuePlatform | None:
    """The platform that serves an area: its own, else that of the nearest area above."""
    return nearest(area, platforms(on))


def nearest(area: str, among: Mapping[str, RescuePlatform]) -> RescuePlatform | None:
    serving = [row for key, row in among.items() if area.startswith(key)]
    return max(serving, key=lambda row: len(row.area), default=None)


def usual_digits(on: date) -> tuple[int, ...]:
    """How many digits codes have elsewhere, the usual number first."""
    return code_digits(rules(LIFT), on).integers


def served(
    column: SQLCoreOperations[str], among: Mapping[str, RescuePlatform]
) -> list[tuple[RescuePlatform, ColumnElement[bool]]]:
    """Each platform with the condition that an area column is its own, and of no platform below it."""
    return [
        (
            row,
            and_(
                within(column, area), *(~within(column, below) for below in among if _is_below(below, area))
            ),
        )
        for area, row in among.items()
    ]


def _is_below(area: str, of: str) -> bool:
    return area != of and area.startswith(of)


def is_served(column: SQLCoreOperations[str], among: Iterable[str]) -> ColumnElement[bool]:
    """The condition that one of the platforms of these areas serves an area."""
    return or_(false(), *(within(column, area) for area in among))


def has_right_length(
    code: SQLCoreOperations[str],
    area: SQLCoreOperations[str],
    among: Mapping[str, RescuePlatform],
    usual: Sequence[int],
) -> ColumnElement[bool]:
    """The condition that a code is one of its city; where none is set, one as they are elsewhere."""
    own = [and_(inside, func.length(code) == row.digits) for row, inside in served(area, among)]
    elsewhere = and_(~is_served(area, among), func.length(code).in_(usual))
    return and_(func.ltrim(code, "0123456789") == "", or_(*own, elsewhere))


def history(viewer: Viewer) -> Sequence[RescuePlatform]:
    """Every setting of the viewer's own area, the newest first."""
    rows = visible(SYSTEM, RescuePlatform).where(RescuePlatform.area == viewer.area)
    return session.scalars(rows.order_by(RescuePlatform.from_on.desc(), RescuePlatform.set_at.desc())).all()


def may_set(by: Viewer) -> bool:
    """Whether this is somebody of the office of a city."""
    if not by.oversees or not may(by, Action.APPROVE, Thing.RESCUE):
        return False
    return session.scalar(select(Area.level).where(Area.code == by.area)) in CITYWIDE


def set_platform(draft: PlatformDraft, *, by: Viewer) -> RescuePlatform:
    """The platform of the city from a day on; a later setting replaces it, none is taken away."""
    if not may_set(by):
        raise NotAllowed(ONLY_CITY)
    _check(draft)
    platform = RescuePlatform(
        id=new_id(),
        area=by.area,
        from_on=draft.from_on,
        name=draft.name.strip(),
        phone=plain_number(draft.phone),
        hours=draft.hours.strip(),
        digits=draft.digits,
        own=draft.own,
        first_code=draft.first_code if draft.own else "",
        last_code=draft.last_code if draft.own else "",
        set_by=by.user_id,
        set_at=clock.now(),
    )
    session.add(platform)
    ledger.record(
        session(),
        ledger.subject_of("rescue_platform", by.area),
        "platform.set",
        actor=by.actor,
        payload={"name": platform.name, "phone": platform.phone, "from": platform.from_on},
        rows=[platform],
    )
    return platform


def _check(draft: PlatformDraft) -> None:
    wrong: dict[str, str | Message] = {}
    if not draft.name.strip():
        wrong["name"] = N_("This is needed.")
    if fault := phone_fault(draft.phone):
        wrong["phone"] = fault
    if draft.digits not in usual_digits(clock.today()):
        wrong["digits"] = N_("Choose one of the list.")
    if draft.own:
        for name, code in (("first_code", draft.first_code), ("last_code", draft.last_code)):
            if fault := code_fault(code, draft.digits, ()):
                wrong[name] = fault
        if not wrong and draft.first_code > draft.last_code:
            wrong["last_code"] = N_("The range ends before it begins.")
    if wrong:
        raise Invalid(wrong)


def stations_of(area: str) -> Sequence[RescueStation]:
    """Who is called next for an area: its own stations, then those of the areas above."""
    above = [area[:length] for length in range(len(area), 1, -1)]
    rows = visible(SYSTEM, RescueStation).where(
        RescueStation.area.in_(above), RescueStation.ended_at.is_(None)
    )
    found = session.scalars(rows.order_by(RescueStation.name)).all()
    return sorted(found, key=lambda row: -len(row.area))


def stations(viewer: Viewer) -> Sequence[RescueStation]:
    """Every station that is called in the viewer's area and below."""
    rows = visible(viewer, RescueStation).where(RescueStation.ended_at.is_(None))
    return session.scalars(rows.order_by(RescueStation.area, RescueStation.name)).all()


def add_station(area: str, name: str, phone: str, note: str, *, by: Viewer) -> RescueStation:
    """A rescue station or firm that is called for an area when the firm of a lift does not come."""
    if not by.oversees or not may(by, Action.CHANGE, Thing.RESCUE) or not area.startswith(by.area):
        raise NotAllowed(N_("The bureau names the rescue stations of its area."))
    wrong: dict[str, str | Message] = {}
    if not name.strip():
        wrong["name"] = N_("This is needed.")
    if fault := phone_fault(phone):
        wrong["phone"] = fault
    if session.get(Area, area) is None:
        wrong["area"] = N_("Choose one of the list.")
    if wrong:
        raise Invalid(wrong)
    station = RescueStation(
        id=new_id(),
        area=area,
        name=name.strip(),
        phone=plain_number(phone),
        note=note.strip(),
        set_by=by.user_id,
        set_at=clock.now(),
        ended_at=None,
    )
    session.add(station)
    _tell(station, "station.added", by)
    return station


def end_station(key: UUID, *, by: Viewer) -> None:
    """It is called no more."""
    station = session.scalar(visible(by, RescueStation).where(RescueStation.id == key))
    if station is None or not may(by, Action.CHANGE, Thing.RESCUE):
        raise NotFound
    if station.ended_at is not None:
        raise Invalid({"": N_("This station is not called any more.")})
    station.ended_at = clock.now()
    _tell(station, "station.ended", by)


def _tell(station: RescueStation, verb: str, by: Viewer) -> None:
    ledger.record(
        session(),
        ledger.subject_of("rescue_platform", station.area),
        verb,
        actor=by.actor,
        payload={"station": station.id, "name": station.name},
        rows=[station],
    )
