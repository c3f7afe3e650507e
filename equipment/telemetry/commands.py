"""`flask broker-files`: what Mosquitto needs to know of our gateways."""

from __future__ import annotations

import os
from pathlib import Path

import click

from equipment.people.models import Device
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.telemetry.models import GatewaySetting
from equipment.telemetry.rules import TOPIC

ACL = f"""\
# A gateway writes under its own name and nowhere else; it reads nothing.
pattern write {TOPIC}/%u/+

# The tracker reads everything and writes nothing.
user {{tracker}}
topic read {TOPIC}/#
"""


@click.command("broker-files")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--tracker", default="tracker", help="The name under which the tracker itself signs in.")
@click.option("--tracker-hash", default="", help="Its line of mosquitto_passwd, without the name.")
def broker_files(folder: Path, tracker: str, tracker_hash: str) -> None:
    """Write `passwords` and `acl` of the gateways that may speak into FOLDER, for Mosquitto to read anew
    (SIGHUP)."""
    alive = visible(SYSTEM, Device).where(Device.kind == DeviceKind.GATEWAY, Device.revoked_at.is_(None))
    settings = visible(SYSTEM, GatewaySetting).where(
        GatewaySetting.device_id.in_(alive.with_only_columns(Device.id)), GatewaySetting.password_hash != ""
    )
    rows = [(row.device_id, row.password_hash) for row in session.scalars(settings)]
    lines = [f"{device_id}:{password_hash}" for device_id, password_hash in sorted(rows)]
    if tracker_hash:
        lines.append(f"{tracker}:{tracker_hash}")
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "passwords", "".join(f"{line}\n" for line in lines))
    _write(folder / "acl", ACL.format(tracker=tracker))
    click.echo(f"{len(rows)} gateways may sign in; the files stand in {folder}.")


def _write(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)
