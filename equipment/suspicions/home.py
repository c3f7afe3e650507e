"""What the bureau's first page says of cylinders: open suspicions, stations that upload nothing."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.storage.db import session
from equipment.suspicions.actions import may_decide
from equipment.suspicions.queries import suspected
from equipment.suspicions.states import SuspicionKind, SuspicionState
from equipment.suspicions.stations import station_signals

TITLE = N_("Suspicions to be looked at")
ROWS = 5


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For the bureau: silent stations; suspicions where some wait."""
    if not may_decide(viewer):
        return []
    return [_silent(viewer), *_open(viewer)]


def _open(viewer: Viewer) -> list[HomeCard]:
    waiting = suspected(viewer, {"state": SuspicionState.OPEN.value})
    number = session.scalar(waiting.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if not number:
        return []
    url = url_for("suspicions.index", state=SuspicionState.OPEN.value)
    return [HomeCard("suspicions.open", Message(TITLE), number, url, "amber", icon="eye", rank=57)]


def _silent(viewer: Viewer) -> HomeCard:
    """零上传单位, with whoever answers for them."""
    silent = [
        station
        for station in station_signals(viewer, viewer.area, clock.today())
        if SuspicionKind.SILENT in station.signals
    ]
    rows = [
        CardRow(
            f"{station.organisation.name} {station.responsible}".strip(),
            f"/organisations/{station.organisation.id}",
            note=station.note,
        )
        for station in silent[:ROWS]
    ]
    return HomeCard(
        "silent",
        Message(N_("Stations without uploads")),
        len(silent),
        url_for("oversight.stations", signal=SuspicionKind.SILENT.value),
        tone="red" if silent else "green",
        icon="wifi-off",
        rank=30,
        rows=rows,
    )
