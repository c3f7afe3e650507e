"""Changes of colour in the life of a piece."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.regulation.risk_numbers import RiskColour
from equipment.risks.listing import reason_text
from equipment.risks.queries import changes_of, reasons_in
from equipment.risks.rules import ReasonKind

SHOWN = 3  # reasons under one change


def colours_of_life(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each change of colour, for whoever sees colours."""
    if not may(viewer, Action.SEE, Thing.RISK):
        return
    for change in changes_of(viewer, equipment.id, limit):
        colour = RiskColour(change.colour) if change.colour else None
        likely = [one for one in reasons_in(change.reasons) if one.kind is not ReasonKind.CONSEQUENCE]
        title = N_("Risk colour given by hand") if change.hand_id else N_("Risk colour changed")
        yield Moment(
            change.at,
            Message(title if colour else N_("No risk colour any more: out of use")),
            "flag",
            colour.colour if colour else "grey",
            colour,
            [reason_text(reason) for reason in likely[:SHOWN]],
            kind="risk",
            url=f"/risks/{equipment.id}",
        )
