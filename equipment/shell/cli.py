"""`flask <command>`: the groups of the slices, in one list."""
from __future__ import annotations

import click
from alembic import command
from flask import Flask
from flask.cli import with_appcontext

from equipment.imports import commands as import_commands
from equipment.labels import commands as labels
from equipment.ledger import commands as ledger
from equipment.people import commands as people
from equipment.register import commands as register
from equipment.shell import backup, schema
from equipment.storage import db


@click.command("migrate")
@click.argument("why")
@with_appcontext
def migrate(why: str) -> None:
    """Write a new numbered migration from the difference between models and database, for a developer to read and edit."""
    config = schema.alembic_config(db.engine.url.render_as_string(hide_password=False))
    number = f"{len(schema.revisions(config)) + 1:04}"
    command.revision(config, message=why, autogenerate=True, rev_id=number)


GROUPS: tuple[click.Command, ...] = (ledger.group, *people.GROUPS, import_commands.command, labels.group, register.register, migrate, backup.backup, backup.restore)


def init_app(app: Flask) -> None:
    for group in GROUPS:
        app.cli.add_command(group)
