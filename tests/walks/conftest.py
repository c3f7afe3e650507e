"""A county with two offices, a use unit with overdue lifts, a body that inspects them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues.actions import plan_piece
from equipment.people.models import Area, Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import DeviceKind, OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.storage import db
from equipment.walks.actions import RecordedTap, WalkTap, open_round, record_outcome
from equipment.walks.models import Walk, WalkRow
from equipment.walks.queries import round_of, rows_of
from equipment.walks.states import WalkOutcome, WalkVia
from tests import make

OTHER_TOWNSHIP = "620402002"
Sign = Callable[[User], FlaskClient]


@dataclass
class Town:
    """The people around an overdue list; each method is one step in a transaction of its own."""

    app: Flask
    office: Organisation
    county: Organisation
    unit: Organisation
    body: Organisation
    officer: User
    second: User
    settler: User

    def by(self, who: User) -> Viewer:
        return viewer_of(db.session.get_one(User, who.id))

    def lift(self, *, late: int = 100, body: bool = True, **more: Any) -> Equipment:
        """A lift in use whose inspection has been overdue for so many days."""
        due_on = clock.today() - timedelta(days=late)
        row: dict[str, Any] = {
            "details": {"catalogue": "3110"},
            "catalogue_code": "3110",
            "use_unit_id": self.unit.id,
            "inspection_body_id": self.body.id if body else None,
            "address": "人民路1号",
            "made_on": due_on - timedelta(days=900),
            "registered_on": due_on - timedelta(days=880),
            "in_use_since": due_on - timedelta(days=880),
            "last_inspected_on": due_on - timedelta(days=365),
            "next_inspection_on": due_on,
            "created_at": clock.now(),  # nothing before is held against it but what its papers state
        }
        with make.writing():
            piece = make.equipment("elevator", **(row | more))
            plan_piece(piece, by_actor="system")
        return piece

    def open(self, area: str = make.TOWNSHIP, who: User | None = None, **more: Any) -> Walk:
        with db.transaction():
            return open_round(area, clock.today(), by=self.by(who or self.officer), **more)

    def rows(self, walk: Walk) -> list[WalkRow]:
        return list(db.session.scalars(rows_of(walk).execution_options(populate_existing=True)).all())

    def tap(
        self,
        walk: Walk,
        row_no: int,
        outcome: WalkOutcome,
        *,
        who: User | None = None,
        at: datetime | None = None,
        note: str = "",
        via: WalkVia = WalkVia.PHONE,
        **more: Any,
    ) -> RecordedTap:
        tap = WalkTap(more.pop("message_id", new_id()), outcome, at or clock.now(), note, via, **more)
        by = self.by(who or self.officer)
        with db.transaction():
            return record_outcome(round_of(by, walk.id), row_no, tap, by=by)

    def token(self, who: User | None = None) -> str:
        person = who or self.officer
        return make.device(
            db.session.get_one(Organisation, person.organisation_id), DeviceKind.PHONE, person=person
        )[1]


@pytest.fixture
def town(app: Flask) -> Town:
    with make.writing():
        db.session.add(Area(code=OTHER_TOWNSHIP, name="公园路街道", name_en="Park Road", level="township"))
    office = make.organisation(OrganisationKind.REGULATOR, "人民路所", area=make.TOWNSHIP)
    county = make.organisation(OrganisationKind.REGULATOR, "白银区局", area=make.COUNTY)
    at = Town(
        app,
        office,
        county,
        make.organisation(OrganisationKind.USE_UNIT, "万盛物业", area=make.TOWNSHIP),
        make.organisation(OrganisationKind.BODY, "市特检所", area=make.CITY),
        make.user(office, Role.SUPERVISOR, name="王所员"),
        make.user(office, Role.SUPERVISOR, name="赵所员"),
        make.user(county, Role.SUPERVISOR, name="李科长"),
    )
    for record in (at.officer, at.second, at.settler, at.unit, at.body, at.office, at.county):
        freed(record)
    return at


def freed(record: db.Base) -> None:
    """A request that is refused ends the session: what a test holds on to must not need it."""
    db.session.refresh(record)
    db.session.expunge(record)
