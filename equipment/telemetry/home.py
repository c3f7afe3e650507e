"""What first pages say of lifts that report: alarms and faults that wait, gateways that fell silent."""

from __future__ import annotations

from flask import url_for

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.telemetry import queries
from equipment.telemetry.states import EventState


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For whoever decides about them; without any lift that reports, nothing."""
    if not may(viewer, Action.CHANGE, Thing.TELEMETRY) or not queries.how_many(queries.links(viewer, {})):
        return []
    waiting = queries.how_many(queries.events(viewer, {"state": EventState.OPEN}))
    silent = queries.how_many(queries.links(viewer, {"silent": "1"}))
    return [
        HomeCard(
            "telemetry.events",
            Message(N_("Faults and alarms from lifts")),
            waiting,
            url_for("telemetry.events", state=EventState.OPEN.value),
            "amber" if waiting else "green",
            icon="cpu",
            rank=58,
            waits=True,
        ),
        HomeCard(
            "telemetry.silent",
            Message(N_("Silent gateways")),
            silent,
            url_for("telemetry.index", silent=1),
            "amber" if silent else "green",
            icon="wifi-off",
            rank=59,
        ),
    ]
