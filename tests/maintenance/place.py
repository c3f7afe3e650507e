"""A lift with its firm, its use unit and the people of both: what every test of maintenance stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues.actions import plan_piece
from equipment.maintenance.models import Swipe, Visit
from equipment.people.models import Card, Device, Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import DeviceKind, OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.regulation.checklists import annex_checklist, checklist
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests import make

CODE = "7QK2M8D4XRWP3HT"


@dataclass
class Place:
    """`reader` is fixed at `lift`; `anna` and `bo` are technicians with card and certificate, `safe` signs for the use unit."""

    firm: Organisation
    unit: Organisation
    lift: Equipment
    anna: User
    bo: User
    boss: User
    safe: User
    anna_card: Card
    bo_card: Card
    reader: tuple[Device, str]
    extra: dict[str, Any] = field(default_factory=dict)

    def viewer(self, who: User) -> Viewer:
        return viewer_of(db.session.get_one(User, who.id))

    def visit(self) -> Visit:
        db.session.rollback()
        db.session.expire_all()
        return (
            db.session.query(Visit)
            .filter(Visit.equipment_id == self.lift.id)
            .order_by(Visit.received_at.desc())
            .first()
        )  # type: ignore[return-value]

    def visits(self) -> list[Visit]:
        db.session.rollback()
        db.session.expire_all()
        return list(
            db.session.query(Visit).filter(Visit.equipment_id == self.lift.id).order_by(Visit.received_at)
        )

    def swipes(self) -> list[Swipe]:
        db.session.rollback()
        return list(db.session.query(Swipe).order_by(Swipe.received_at))


def lift_of(
    firm: Organisation,
    unit: Organisation,
    *,
    code: str = "",
    catalogue: str = "3110",
    visited: int = 12,
    **more: Any,
) -> Equipment:
    """A lift in use whose last visit (or start) lies `visited` days back, with its duties planned."""
    made = make.equipment(
        "elevator",
        code=code,
        **{
            "maintenance_firm_id": firm.id,
            "use_unit_id": unit.id,
            "catalogue_code": catalogue,
            "details": {"catalogue": catalogue},
            "name": "测试小区1号梯",
            "address": "人民路1号",
            "in_use_since": make.days(-visited),
            "base_on": make.days(-visited),
            **more,
        },
    )
    with db.transaction():
        plan_piece(db.session.merge(made), by_actor="test")
    return made


def place(catalogue: str = "3110") -> Place:
    firm, unit = (
        make.organisation(OrganisationKind.FIRM, "测试维保公司"),
        make.organisation(OrganisationKind.USE_UNIT, "测试物业"),
    )
    lift = lift_of(firm, unit, code=CODE, catalogue=catalogue)
    anna, bo = (make.user(firm, Role.TECHNICIAN, name=name, certificate="T") for name in ("安师傅", "卜师傅"))
    found = Place(
        firm,
        unit,
        lift,
        anna,
        bo,
        make.user(firm, Role.FIRM_MANAGER, name="经理"),
        make.user(unit, Role.SAFETY_OFFICER, name="安全员"),
        make.card(anna),
        make.card(bo),
        make.device(
            unit, DeviceKind.READER, equipment_id=lift.id, created_at=clock.now() - timedelta(days=30)
        ),
    )
    for row in (
        firm,
        unit,
        lift,
        anna,
        bo,
        found.boss,
        found.safe,
        found.anna_card,
        found.bo_card,
        found.reader[0],
    ):
        loosen(row)
    return found


def loosen(row: Any) -> Any:
    """Read whole and let go: a test may look at it whatever sessions come and go."""
    db.session.refresh(row)
    db.session.expunge(row)
    return row


def codes(duty: DueKind = DueKind.VISIT_HALF_MONTH, annex: str = "A") -> list[str]:
    return [item.code for item in checklist(annex, duty)]


def good_readings(code: str) -> dict[str, str]:
    """Amounts within the limits, as they are typed; none for an item that asks for none."""
    item = next(one for one in annex_checklist(code[0]).items if one.code == code)
    return {
        one.key: one.number(one.at_least if one.at_least is not None else one.at_most or 0)
        for one in item.readings
    }


def days_before(number: int) -> date:
    return make.days(-number)


def fresh() -> UUID:
    return new_id()
