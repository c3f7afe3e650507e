"""A unit with two lifts, its officer, the bureau's people of a township, a county, the city and elsewhere, and the offices that issue."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from PIL import Image

from equipment.core import clock
from equipment.files.actions import StoredDocument, take
from equipment.hazards import actions as hazard_actions
from equipment.hazards import findings
from equipment.hazards.models import Hazard
from equipment.hazards.rules import FindingSource
from equipment.orders import actions
from equipment.orders.actions import OrderDraft, ProblemDraft
from equipment.orders.models import InspectorOfOrder, Order
from equipment.orders.queries import order_of
from equipment.orders.rules import OrderUrgency
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.codes import make_code
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.regulation.clauses import Grade
from equipment.regulation.supervision_numbers import working_day_from
from equipment.storage import db
from tests import make

INSPECTORS = [
    InspectorOfOrder(name="王监", certificate="D001"),
    InspectorOfOrder(name="李察", certificate=""),
]


class OrderTown:
    """Who issues, who answers."""

    def __init__(self) -> None:
        self.unit = make.organisation(OrganisationKind.USE_UNIT, "银杏物业")
        self.other = make.organisation(OrganisationKind.USE_UNIT, "胡杨物业")
        self.far_unit = make.organisation(OrganisationKind.USE_UNIT, "靖远物业", area=make.ELSEWHERE)
        self.bureau = bureau = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
        self.officer = make.user(self.unit, Role.SAFETY_OFFICER, name="李安")
        self.stranger = make.user(self.other, Role.SAFETY_OFFICER)
        self.township = make.user(bureau, Role.SUPERVISOR, name="赵所", area=make.TOWNSHIP)
        self.county = make.user(bureau, Role.SUPERVISOR, name="王监", area=make.COUNTY)
        self.second = make.user(bureau, Role.SUPERVISOR, name="李察", area=make.COUNTY)
        self.city = make.user(bureau, Role.SUPERVISOR, name="钱市", area=make.CITY)
        self.elsewhere = make.user(bureau, Role.SUPERVISOR, name="孙远", area=make.ELSEWHERE)
        self.lift = self.piece("1号梯")
        self.second_lift = self.piece("2号梯")
        with db.transaction():
            for area, sign, name in (
                (make.CITY, "银", "某市市场监督管理局"),
                (make.COUNTY, "云", "某区市场监督管理局"),
            ):
                actions.set_issuer(area, name, sign, "某市人民政府", "某区人民法院", "", "", by=SYSTEM)
        for made in list(vars(self).values()):  # read whole, so that no later rollback takes them away
            db.session.refresh(made)
            db.session.expunge(made)

    def piece(self, name: str) -> Equipment:
        details = {"catalogue": "3110"}
        return make.equipment(
            "elevator",
            code=make_code(keys()),
            use_unit_id=self.unit.id,
            catalogue_code="3110",
            name=name,
            details=details,
        )

    def by(self, who: str) -> Any:
        return viewer_of(db.session.get_one(User, getattr(self, who).id))

    def hazard(self, grade: Grade = Grade.GENERAL, clause: str = "") -> Hazard:
        with db.transaction():
            finding = findings.find(
                db.session.merge(self.lift),
                source=FindingSource.MANUAL,
                description="门锁失效",
                by=self.by("county"),
            )
            return hazard_actions.confirm(
                finding, grade, clause, make.days(20), by=self.by("county"), still_used=bool(clause)
            )

    def draft(self, **more: Any) -> OrderDraft:
        plain = OrderDraft(
            unit=self.unit,
            problems=[ProblemDraft(problem="未配备安全员", rule="o74_lift_69")],
            urgency=OrderUrgency.BY_DAY,
            due_on=working_day_from(make.days(20)),
            inspectors=INSPECTORS,
            measures="整改期间加强巡查",
            unit_head="张总",
        )
        return replace(plain, **more)

    def issue(self, who: str = "county", **more: Any) -> Order:
        with db.transaction():
            return actions.issue(self.draft(**more), by=self.by(who))

    def again(self, order: Order) -> Order:
        db.session.rollback()
        return order_of(SYSTEM, order.organisation_id, order.id)

    def photo(self, name: str = "a.jpg") -> StoredDocument:
        out = io.BytesIO()
        Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
        out.seek(0)
        return take(out, name, "evidence")

    def today(self) -> Any:
        return clock.today()
