"""安全风险分级: graded some days ago and today, so that some colours are new; one piece the bureau graded by
hand."""

from __future__ import annotations

from datetime import timedelta

from equipment.core import clock
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.queries import piece
from equipment.regulation.risk_numbers import RiskColour
from equipment.risks.actions import grade_by_hand
from equipment.risks.grading import grade_all
from equipment.risks.models import Risk
from equipment.risks.rules import HandGrading
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.storage.db import session, transaction

EARLIER_DAYS = 12
BY_HAND_DAYS = 45
REASON = "井道渗水，业委会反映强烈，整改前按重大风险管控"


def colours_of_days(city: City) -> None:
    earlier = city.today - timedelta(days=EARLIER_DAYS)
    with clock.played(clock.site_midnight(earlier) + timedelta(minutes=27)):
        grade_all(earlier)
    grade_all(city.today)
    regulator = next(unit for unit in city.of(OrganisationKind.REGULATOR) if len(unit.area) == 4)
    yellow = visible(SYSTEM, Risk).where(Risk.colour == RiskColour.YELLOW, Risk.category == "elevator")
    chosen = session.scalar(yellow.order_by(Risk.equipment_id).limit(1))
    if chosen is None:
        return
    by = person_of(regulator, Role.SUPERVISOR)
    with transaction():
        until = city.today + timedelta(days=BY_HAND_DAYS)
        typed = HandGrading(RiskColour.RED, REASON, until)
        grade_by_hand(piece(SYSTEM, chosen.equipment_id), typed, by=by)
