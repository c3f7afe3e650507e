"""What a campaign found, unit by unit, with what became of it; each unit leads on to one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, render_template

from equipment import web
from equipment.campaigns.listing import stand_label
from equipment.campaigns.models import CampaignRow
from equipment.campaigns.queries import (
    ProblemStand,
    campaign_of,
    issued_orders,
    pieces_of,
    stands,
    unit_names,
)
from equipment.core.errors import NotFound
from equipment.core.words import N_
from equipment.orders.actions import is_within
from equipment.orders.models import Order
from equipment.orders.rules import OrderOrigin
from equipment.orders.views import first_form, order_form_page
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.people.scope import visible
from equipment.regulation.supervision_numbers import OTHER_RULE
from equipment.storage.db import session
from equipment.web.language import translate

pages = Blueprint("campaign_problems", __name__)
MOST_IN_ORDER = 38  # an order takes forty problems; two rows stay for more
NO_UNIT = N_("No unit is on file for it")


@dataclass(frozen=True, slots=True)
class UnitProblems:
    """What was found at one unit; `waiting` is what no order names yet and nobody has closed."""

    unit_id: UUID | None
    name: str
    problems: Sequence[ProblemStand]
    orders: Sequence[Order]

    @property
    def waiting(self) -> list[ProblemStand]:
        return waiting(self.problems)


def waiting(problems: Sequence[ProblemStand]) -> list[ProblemStand]:
    return [one for one in problems if not one.is_closed and not one.is_ordered]


@pages.get("/campaigns/<uuid:campaign_id>/problems")
@web.allows(Action.SEE, Thing.CAMPAIGN)
def problems(campaign_id: UUID) -> web.Answer:
    """What was found, by unit; how each stands is what its hazard says."""
    who = web.viewer()
    campaign = campaign_of(who, campaign_id)
    every = stands(who, campaign)
    rows = session.scalars(
        visible(SYSTEM, CampaignRow).where(CampaignRow.id.in_({one.problem.row_id for one in every}))
    ).all()
    names, orders = unit_names(rows), issued_orders(who, campaign)
    grouped: dict[UUID | None, list[ProblemStand]] = {}
    for one in every:
        grouped.setdefault(one.problem.unit_id, []).append(one)
    units = [
        UnitProblems(
            unit_id,
            names.get(unit_id) or translate(NO_UNIT),
            some,
            [order for order in orders if order.organisation_id == unit_id],
        )
        for unit_id, some in grouped.items()
    ]
    units.sort(key=lambda unit: (not unit.waiting, unit.name))
    return render_template(
        "campaigns/problems.html",
        campaign=campaign,
        units=units,
        pieces=pieces_of(rows),
        rows={row.id: row for row in rows},
        stand_label=stand_label,
        may_order=may(who, Action.CREATE, Thing.ORDER),
    )


@pages.get("/campaigns/<uuid:campaign_id>/orders/<uuid:organisation_id>")
@web.allows(Action.CREATE, Thing.ORDER)
def order(campaign_id: UUID, organisation_id: UUID) -> web.Answer:
    """The form of one order with everything that is open at a unit; it confirms what is only a finding."""
    who = web.viewer()
    campaign = campaign_of(who, campaign_id)
    unit = session.get(Organisation, organisation_id)
    if unit is None or not is_within(unit, who):
        raise NotFound
    rows = [
        {
            "finding": f"{one.problem.equipment_id}.{one.problem.finding_id}" if one.finding else "",
            "problem": one.problem.text,
            "rule": one.problem.rule,
            "rule_text": one.problem.rule_text if one.problem.rule in ("", OTHER_RULE) else "",
        }
        for one in waiting(stands(who, campaign, unit.id))[:MOST_IN_ORDER]
    ]
    form = first_form(unit, rows, origin=OrderOrigin.CAMPAIGN, origin_id=campaign.id)
    return order_form_page(form, unit)
