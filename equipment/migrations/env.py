"""Alembic's entry: the URL comes from equipment/shell/schema.py or from the settings, the shape from
equipment/shell/tables.py."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from equipment.core.config import Settings
from equipment.shell.tables import METADATA
from equipment.storage.columns import Member

SEARCH_TABLES = ("equipment_text",)


def included(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Full-text tables are written by hand: their shape differs between the engines."""
    return not (kind == "table" and (name or "").startswith(SEARCH_TABLES))


def written(kind: str, thing: object, _context: object) -> str | bool:
    """A member of an enum is a short text in the database; migrations must not depend on today's members."""
    return f"sa.String(length={thing.impl.length})" if kind == "type" and isinstance(thing, Member) else False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_object=included,
        render_item=written,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


url = context.config.attributes.get("url") or Settings.from_environment().url
engine = create_engine(url)
with engine.connect() as connection:
    run(connection)
    connection.commit()
engine.dispose()
