"""A centre, a firm, a use unit and a lift of theirs: the people around a rescue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.calls.models import RescueCall
from equipment.calls.states import CallSource
from equipment.calls.taking import CallDraft, take
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import DeviceKind, OrganisationKind, Role, Viewer
from equipment.register import search
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]


@dataclass
class Town:
    centre: Organisation
    taker: User
    colleague: User
    firm: Organisation
    technician: User
    manager: User
    unit: Organisation
    officer: User
    lift: Equipment

    @property
    def by(self) -> Viewer:
        return viewer_of(self.taker)

    def call(self, minutes: float = 0, **more: Any) -> RescueCall:
        """A call taken so many minutes ago."""
        draft = CallDraft(
            **{
                "id": new_id(),
                "called_at": clock.now() - timedelta(minutes=minutes),
                "source": CallSource.DESK,
                "equipment_id": self.lift.id,
                **more,
            }
        )
        with db.transaction():
            return take(draft, by=self.by)

    def token(self) -> str:
        return make.device(self.centre, DeviceKind.UPLOAD)[1]

    def phone(self) -> str:
        return make.device(self.firm, DeviceKind.PHONE, person=self.technician)[1]


def lift_of(unit: Organisation, firm: Organisation, **more: Any) -> Equipment:
    made = make.equipment(
        "elevator",
        **{
            "use_unit_id": unit.id,
            "maintenance_firm_id": firm.id,
            "name": "银杏花园6号楼1号梯",
            "address": "人民路12号银杏花园",
            "details": {"catalogue": "3110", "rescue_code": "620001"},
            "catalogue_code": "3110",
            **more,
        },
    )
    with db.transaction() as session:
        search.index(session.connection(), [made.id])
    return made


@pytest.fixture
def town(app: Flask) -> Town:
    centre = make.organisation(OrganisationKind.CENTRE, "应急处置中心", area=make.COUNTY)
    firm = make.organisation(OrganisationKind.FIRM, "安达维保", rescue_phone="0943-8000001")
    unit = make.organisation(OrganisationKind.USE_UNIT, "银杏物业", phone="0943-8000002")
    return Town(
        centre,
        make.user(centre, Role.CALL_TAKER, name="安接警"),
        make.user(centre, Role.CALL_TAKER, name="卫接警"),
        firm,
        make.user(firm, Role.TECHNICIAN, name="陆师傅", certificate="T"),
        make.user(firm, Role.FIRM_MANAGER, name="经理"),
        unit,
        make.user(unit, Role.SAFETY_OFFICER, name="安全员"),
        lift_of(unit, firm, code="JJPF5RTPMVDE1BQ"),
    )


def again(call: RescueCall) -> RescueCall:
    """The call as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(RescueCall, call.id)


def at(minutes: float) -> datetime:
    return clock.now() - timedelta(minutes=minutes)
