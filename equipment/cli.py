"""`flask <command>`: the groups of the slices, in one list."""
from __future__ import annotations

import click
from flask import Flask

from equipment.ledger import commands as ledger
from equipment.people import commands as people
from equipment.register import import_commands

GROUPS: tuple[click.Command, ...] = (ledger.group, *people.GROUPS, import_commands.command)


def init_app(app: Flask) -> None:
    for group in GROUPS:
        app.cli.add_command(group)
