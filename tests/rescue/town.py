"""A city with its rescue platform, a firm, a use unit and people of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from equipment.core import clock
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.rescue import lift_codes as codes
from equipment.rescue import phones, platform
from equipment.rescue.models import DutyPhone, RescuePlatform
from equipment.rescue.phones import PhoneDraft
from equipment.rescue.platform import PlatformDraft
from equipment.rescue.rules import ConfirmedHow
from equipment.storage import db
from tests import make


@dataclass
class RescueTown:
    """Who is there."""

    city: User
    county: User
    firm: Organisation
    manager: User
    technician: User
    unit: Organisation
    officer: User
    other_firm: Organisation
    other_manager: User


def rescue_town() -> RescueTown:
    bureau = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
    office = make.organisation(OrganisationKind.REGULATOR, "区局", area=make.COUNTY)
    firm = make.organisation(OrganisationKind.FIRM, "甲电梯维保")
    other = make.organisation(OrganisationKind.FIRM, "乙电梯维保", area=make.ELSEWHERE)
    unit = make.organisation(OrganisationKind.USE_UNIT, "丙物业")
    town = RescueTown(
        make.user(bureau, Role.SUPERVISOR),
        make.user(office, Role.SUPERVISOR),
        firm,
        make.user(firm, Role.FIRM_MANAGER),
        make.user(firm, Role.TECHNICIAN),
        unit,
        make.user(unit, Role.SAFETY_OFFICER),
        other,
        make.user(other, Role.FIRM_MANAGER),
    )
    for one in vars(town).values():
        by_itself(one)
    return town


def by_itself(record: Any) -> Any:
    """A record that can be read after the request in between."""
    db.session.refresh(record)
    db.session.expunge(record)
    return record


def viewer(who: User) -> Viewer:
    return viewer_of(db.session.get_one(User, who.id))


def labelled_lift(at: RescueTown, rescue_code: str, label: str) -> Equipment:
    """A lift with a label on it."""
    return lift(at, rescue_code, code=label)


def lift(at: RescueTown, rescue_code: str = "", kind: str = "3110", **more: Any) -> Equipment:
    """A lift of the unit that the firm maintains, with its code found by."""
    details = {"catalogue": kind, **({"rescue_code": rescue_code} if rescue_code else {})}
    made = make.equipment(
        "elevator",
        **{
            "details": details,
            "catalogue_code": kind,
            "use_unit_id": at.unit.id,
            "maintenance_firm_id": at.firm.id,
            **more,
        },
    )
    with db.transaction():
        codes.mirror([made.id])
    return by_itself(made)


def set_platform(at: RescueTown, **more: Any) -> RescuePlatform:
    draft = {
        "name": "示例应急处置中心",
        "phone": "96333",
        "from_on": clock.today() - timedelta(days=1),
        "digits": 6,
        "hours": "24小时",
        **more,
    }
    with db.transaction():
        return platform.set_platform(PlatformDraft(**draft), by=viewer(at.city))


def phone(
    at: RescueTown, number: str = "0943-8220000", *, of: Organisation | None = None, **more: Any
) -> DutyPhone:
    """A duty phone of the firm, or of another organisation, entered by the bureau."""
    with db.transaction():
        owner = db.session.merge(of or at.firm)
        return phones.add_phone(owner, PhoneDraft(number=number, **more), by=viewer(at.city))


def confirmed(at: RescueTown, number: str = "0943-8220000", **more: Any) -> DutyPhone:
    """The same, called back by the bureau today."""
    made = phone(at, number, **more)
    with db.transaction():
        kept = phones.phone_of(made.id, by=viewer(at.city))
        phones.confirm(kept, ConfirmedHow.CALLED_BACK, "值班员", clock.today(), by=viewer(at.city))
    return made
