"""`flask register reindex`: the search index made anew."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select

from equipment.register import search
from equipment.register.models import Equipment
from equipment.register.search import CHUNK
from equipment.storage.db import session, transaction

register = AppGroup("register", help="The register.")


@register.command("reindex")
def reindex() -> None:
    """Make the search index anew: after rows were put in by hand. A renamed organisation needs none of this,
    its pieces are written again by themselves."""
    ids = session.scalars(select(Equipment.__table__.c.id).order_by(Equipment.__table__.c.id)).all()
    for start in range(0, len(ids), CHUNK):
        with transaction() as current:
            search.index(current.connection(), ids[start : start + CHUNK])
    click.echo(f"{len(ids)} pieces")
