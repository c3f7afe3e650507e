"""`flask migrate WHY`: a new numbered migration."""

from __future__ import annotations

import click
from alembic import command
from flask.cli import with_appcontext

from equipment.shell import schema
from equipment.storage import db


@click.command("migrate")
@click.argument("why")
@with_appcontext
def migrate(why: str) -> None:
    """Write a new numbered migration from the difference between models and database,
    for a developer to read and edit."""
    config = schema.alembic_config(db.engine.url.render_as_string(hide_password=False))
    number = f"{len(schema.revisions(config)) + 1:04}"
    command.revision(config, message=why, autogenerate=True, rev_id=number)
