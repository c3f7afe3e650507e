"""Whether the process that listens to the MQTT broker lives and hears it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.words import N_, Message
from equipment.storage.db import session, transaction, upsert
from equipment.tasks.models import Heartbeat
from equipment.tasks.rules import Trouble

BEAT, SILENT_AFTER = "mqtt", timedelta(minutes=3)
SILENT = N_("The MQTT broker has not been heard for some minutes: gateways’ messages wait there.")
_listens: list[bool] = [False]  # whether a broker is set, of this process


def connect(settings: Settings) -> None:
    _listens[0] = bool(settings.mqtt_url)


def beat() -> None:
    """Say that the broker is connected and its messages are taken."""
    at = clock.now()
    row = upsert(Heartbeat).values({"name": BEAT, "at": at})
    with transaction() as current:
        current.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": at}))


def troubles(at: datetime) -> Sequence[Trouble]:
    """For /jobs, /healthz and administrators."""
    if not _listens[0]:
        return []
    last = session.scalar(select(Heartbeat.at).where(Heartbeat.name == BEAT))
    return [] if last and abs(at - last) <= SILENT_AFTER else [Trouble("mqtt:silent", Message(SILENT))]
