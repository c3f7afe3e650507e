"""The county hears of a piece that has become red, once for each time it does."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_
from equipment.register.duties import DutySource, about_piece, one_list, record_duty
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.regulation.risk_numbers import RiskColour
from equipment.risks.models import Risk

RED = "risk_red"
# House value: no text says who is told; whoever answers for the piece is told of its hazards and days anyway.
STAGES = (Stage("new", ALWAYS, (Audience.COUNTY,)),)


def red_duty(row: Risk, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(N_("%(piece)s is red by its risk: %(points)s points"), row, pieces, points=row.points)
    return record_duty(RED, RED, text, row, row.since, link=f"/risks/{row.equipment_id}", stages=STAGES)


DUTIES = (
    DutySource(
        RED,
        Risk,
        Risk.colour == RiskColour.RED,
        red_duty,
        Risk.since,
        one_list(N_("Pieces of red risk"), "/risks?colour=red"),
    ),
)
