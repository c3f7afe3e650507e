"""A use unit with its lift and firm, and every level of the bureau: the people around an accident."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from equipment.accidents.actions import AccidentDraft, report
from equipment.accidents.deciding import confirm
from equipment.accidents.models import Accident
from equipment.accidents.rules import AccidentFacts
from equipment.accidents.states import AccidentLevel, AccidentSource
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.actions import StoredDocument, take
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]


class Town:
    def __init__(self) -> None:
        self.unit = make.organisation(OrganisationKind.USE_UNIT, "银杏物业")
        self.firm = make.organisation(OrganisationKind.FIRM, "安达维保")
        self.other = make.organisation(OrganisationKind.USE_UNIT, "胡杨物业")
        bureau = make.organisation(OrganisationKind.REGULATOR, "白银区局")
        city = make.organisation(OrganisationKind.REGULATOR, "白银市局", area=make.CITY)
        office = make.organisation(OrganisationKind.REGULATOR, "人民路所", area=make.TOWNSHIP)
        far = make.organisation(OrganisationKind.REGULATOR, "靖远县局", area=make.ELSEWHERE)
        self.officer = make.user(self.unit, Role.SAFETY_OFFICER, name="安全员")
        self.stranger = make.user(self.other, Role.SAFETY_OFFICER)
        self.manager = make.user(self.firm, Role.FIRM_MANAGER, name="经理")
        self.technician = make.user(self.firm, Role.TECHNICIAN)
        self.county = make.user(bureau, Role.SUPERVISOR, name="区监察员")
        self.colleague = make.user(bureau, Role.SUPERVISOR, name="区科长")
        self.city = make.user(city, Role.SUPERVISOR, name="市监察员")
        self.township = make.user(office, Role.SUPERVISOR)
        self.far = make.user(far, Role.SUPERVISOR)
        self.lift = make.equipment(
            "elevator",
            use_unit_id=self.unit.id,
            maintenance_firm_id=self.firm.id,
            catalogue_code="3110",
            name="6号楼1号梯",
            address="人民路12号",
            details={"catalogue": "3110"},
        )
        db.session.expunge_all()  # requests end the session; what tests hold stays readable

    def by(self, who: str) -> Viewer:
        return viewer_of(db.session.get_one(User, getattr(self, who).id))

    def facts(self, minutes: float = 20, **more: Any) -> AccidentFacts:
        """Happened so many minutes ago, known ten minutes later."""
        happened = clock.now() - timedelta(minutes=minutes)
        return AccidentFacts(
            **{
                "happened_at": happened,
                "known_at": happened + timedelta(minutes=10),
                "reported_at": clock.now(),
                "place": "",
                "what": "轿厢突然下坠，一人受伤",
                "injured": 1,
                **more,
            }
        )

    def report(self, who: str = "officer", minutes: float = 20, **more: Any) -> Accident:
        draft = {"id": new_id(), "source": AccidentSource.PAGE, "equipment": self.piece(), **more}
        facts = draft.pop("facts", None) or self.facts(minutes)
        with db.transaction():
            return report(AccidentDraft(facts=facts, **draft), by=self.by(who))

    def confirmed(self, **more: Any) -> Accident:
        accident = self.report(**more)
        with db.transaction():
            confirm(again(accident), AccidentLevel.GENERAL, "", by=self.by("county"))
        return again(accident)

    def piece(self) -> Equipment:
        return db.session.get_one(Equipment, self.lift.id, populate_existing=True)

    def stopped(self) -> bool:
        db.session.rollback()
        return self.piece().stop_use_since is not None


def again(accident: Accident | UUID) -> Accident:
    """The accident as the database has it now."""
    key = accident if isinstance(accident, UUID) else accident.id
    db.session.rollback()
    return db.session.get_one(Accident, key, populate_existing=True)


def png() -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), (120, 30, 30)).save(content, "PNG")
    content.seek(0)
    return content


def document(name: str = "全面检查报告.png") -> StoredDocument:
    return take(png(), name, "accident")


def typed(at: datetime) -> str:
    """An instant as a page sends it."""
    return f"{clock.site_time(at):%Y-%m-%dT%H:%M}"


@pytest.fixture
def town(app: Flask) -> Town:
    return Town()
