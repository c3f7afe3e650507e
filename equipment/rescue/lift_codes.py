"""救援识别码: kept to the city's digits and to one lift each, found by, and allotted to lifts without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, insert, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.ledger.actions import locked_heads, subject_of
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible, within
from equipment.register.actions import change
from equipment.register.identifiers import reserve
from equipment.register.lists import LIVING
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.queries import rules
from equipment.regulation.rescue_numbers import vertical_codes
from equipment.rescue.models import RescueCode, RescuePlatform
from equipment.rescue.platform import LIFT, may_set, platform_of, usual_digits
from equipment.rescue.rules import code_fault
from equipment.storage.db import session

FIELD = "details.rescue_code"  # its box in the form of a piece
CHUNK = 200
ALLOT = N_("The bureau allots codes only where it runs the platform itself and its range is set.")


@dataclass(frozen=True, slots=True)
class Allotted:
    """How many lifts got a code in this step, and how many still have none."""

    count: int
    left: int
    is_used_up: bool = False  # no code of the range is free


def vertical_in_use(viewer: Viewer, codes: Sequence[str]) -> Select[Equipment]:
    """在用直梯 that the viewer may see: lifts in use of these kinds."""
    return visible(viewer, Equipment).where(
        Equipment.category == LIFT,
        Equipment.status == EquipmentStatus.IN_USE,
        Equipment.catalogue_code.in_(codes),
    )


def lift_of_code(viewer: Viewer, code: str) -> Sequence[Equipment]:
    """The lifts of the viewer's that carry a code: one, or several where it has to be decided whose it is."""
    carried = exists().where(
        RescueCode.equipment_id == Equipment.id, RescueCode.code == code.strip(), RescueCode.living
    )
    return session.scalars(visible(viewer, Equipment).where(carried).order_by(Equipment.id).limit(20)).all()


def stated_code(equipment: Equipment) -> str:
    """What stands in the details of a piece."""
    return str(equipment.details.get("rescue_code") or "").strip()


def follow_code(equipment: Equipment, _by: Viewer) -> None:
    """What follows every registration and change of a lift: its code is found from now on. A new one that
    is none of the city, or that another lift has, is refused with the change."""
    if equipment.category != LIFT:
        return
    code, living = stated_code(equipment), equipment.status in LIVING
    kept_row = session.get(RescueCode, equipment.id)
    if not code:
        if kept_row is not None:
            session.delete(kept_row)
        return
    if kept_row is None:
        _check(code, equipment)
        session.add(RescueCode(equipment_id=equipment.id, code=code, area=equipment.area, living=living))
        session.flush()
        return
    if kept_row.code != code or (living and not kept_row.living):
        _check(code, equipment)
    kept_row.code, kept_row.area, kept_row.living = code, equipment.area, living


def _check(code: str, equipment: Equipment) -> None:
    on = clock.today()
    platform = platform_of(equipment.area, on)
    if fault := code_fault(code, platform.digits if platform else None, usual_digits(on)):
        raise Invalid({FIELD: fault})
    reserve([f"rescue:{code}"])
    other = exists().where(
        RescueCode.code == code, RescueCode.equipment_id != equipment.id, RescueCode.living
    )
    if session.scalar(select(other)):
        text = N_("Rescue code %(code)s is that of another lift.")
        raise Conflict({FIELD: Message(text, {"code": code})})


def mirror(ids: Sequence[UUID]) -> None:
    """The codes of pieces that an import has put on file. Nothing is refused here: a code on two lifts is
    listed until somebody decides whose it is."""
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        lifts = visible(SYSTEM, Equipment).where(Equipment.id.in_(part), Equipment.category == LIFT)
        rows = [
            {
                "equipment_id": piece.id,
                "code": stated_code(piece)[:12],
                "area": piece.area,
                "living": piece.status in LIVING,
            }
            for piece in session.scalars(lifts)
            if stated_code(piece)
        ]
        session.execute(delete(RescueCode).where(RescueCode.equipment_id.in_(part)))
        if rows:
            session.execute(insert(RescueCode), rows)


def mirror_all() -> None:
    """The codes of all lifts on file."""
    lifts = visible(SYSTEM, Equipment).where(Equipment.category == LIFT).order_by(Equipment.id)
    mirror(session.scalars(lifts.with_only_columns(Equipment.id)).all())


def give_code(equipment: Equipment, code: str, reason: str, *, by: Viewer) -> Equipment:
    """A lift gets a code, another one, or none."""
    if not by.oversees or not may(by, Action.CHANGE, Thing.RESCUE):
        raise NotAllowed(N_("The bureau gives rescue codes."))
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    code = code.strip()
    return change(equipment, {"details": {"rescue_code": code or None}}, by=by, reason=reason)


def without_code(viewer: Viewer, area: str) -> Select[Equipment]:
    """Vertical lifts in use in an area that have no code at all."""
    has_one = exists().where(RescueCode.equipment_id == Equipment.id)
    codes = vertical_codes(rules(LIFT), clock.today()).texts
    return vertical_in_use(viewer, codes).where(within(Equipment.area, area), ~has_one)


def allotting(by: Viewer) -> RescuePlatform:
    """The platform whose codes the viewer may allot; NotAllowed where codes come from elsewhere."""
    platform = platform_of(by.area, clock.today())
    if platform is None or not platform.own or not platform.first_code or not may_set(by):
        raise NotAllowed(ALLOT)
    return platform


def allot(most: int, *, by: Viewer) -> Allotted:
    """Give the next free codes of the range to at most so many lifts without one, by area and address. Run
    again it goes on where it stopped."""
    platform = allotting(by)
    locked_heads(session.connection(), [subject_of("rescue_platform", platform.area)])
    waiting = without_code(by, platform.area)
    in_order = waiting.order_by(Equipment.area, Equipment.address, Equipment.name, Equipment.id)
    lifts = session.scalars(in_order.limit(most)).all()
    free, count = _free(platform), 0
    for lift in lifts:
        code = next(free, None)
        if code is None:
            break
        change(lift, {"details": {"rescue_code": code}}, by=by, reason=f"{platform.name} {code}")
        count += 1
    left = session.scalar(select(func.count()).select_from(waiting.order_by(None).subquery())) or 0
    return Allotted(count, left, is_used_up=count < len(lifts))


def _free(platform: RescuePlatform) -> Iterator[str]:
    """The codes of the range that no lift has or had, the lowest first."""
    in_range = select(RescueCode.code).where(
        RescueCode.code.between(platform.first_code, platform.last_code),
        func.length(RescueCode.code) == platform.digits,
    )
    used = set(session.scalars(in_range))
    for number in range(int(platform.first_code), int(platform.last_code) + 1):
        code = f"{number:0{platform.digits}}"
        if code not in used:
            yield code
