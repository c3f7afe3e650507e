"""`flask passes ...`: the key ring of the lists for the time without a network."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from equipment.passes import signing_keys

passes = AppGroup("passes", help="Lists of bottles that may be filled without a network.")


@passes.command("add-key")
def add_key() -> None:
    """Put a new key at the end of the ring. Older ones go on signing too, so that phones which know them
    learn the new one. Start the tracker anew afterwards, and make a backup."""
    key = signing_keys.add_key(current_app.config["SETTINGS"].folder)
    click.echo(f"Key {key['kid']} was added. It signs once the tracker has been started anew.")
