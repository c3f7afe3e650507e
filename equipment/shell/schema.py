"""The database's shape: made and moved by Alembic only."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from equipment.core.config import ROOT
from equipment.counting.triggers import install


class NewerDatabase(Exception):
    """The database was moved by a newer version of the code; this one must not touch it."""


def alembic_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "equipment" / "migrations"))
    config.attributes["url"] = url
    return config


def revisions(config: Config) -> list[str]:
    """Every revision of the code, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str | None) -> bool:
    """Whether this code can go on from that revision: one of its own, or nothing yet."""
    return revision is None or revision in revisions(alembic_config(""))


def upgrade(engine: Engine) -> bool:
    """Move the database to the newest shape, with the triggers that count in place; True when something was
    done, NewerDatabase when it is ahead of the code."""
    config = alembic_config(engine.url.render_as_string(hide_password=False))
    script = ScriptDirectory.from_config(config)
    now, head = revision(engine), script.get_current_head()
    if now == head:
        return install(engine)
    if not is_known(now):
        raise NewerDatabase(now)
    command.upgrade(config, "head")
    install(engine)
    return True
