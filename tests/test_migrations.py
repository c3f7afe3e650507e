"""Migrations make exactly the tables of the models, on both engines, one after the other."""

from __future__ import annotations

import re

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from equipment.core.config import ROOT
from equipment.shell import schema, tables
from equipment.storage import db

VERSIONS = ROOT / "equipment" / "migrations" / "versions"


def test_the_migrated_database_is_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda _object, name, kind, *_: (
                    not (kind == "table" and (name or "").startswith("equipment_text"))
                ),
                "compare_type": True,
            },
        )
        assert compare_metadata(context, tables.METADATA) == []


def test_revisions_are_numbered_without_gaps_and_have_one_head() -> None:
    script = ScriptDirectory.from_config(schema.alembic_config("sqlite://"))
    found = sorted(each.revision for each in script.walk_revisions())
    assert found == [f"{number:04}" for number in range(1, len(found) + 1)]
    assert len(script.get_heads()) == 1


def test_every_file_carries_the_number_of_its_revision() -> None:
    wrong = [
        path.name
        for path in sorted(VERSIONS.glob("*.py"))
        if not re.search(rf"^revision = ['\"]{path.name[:4]}['\"]", path.read_text(), re.MULTILINE)
    ]
    assert wrong == []


def test_upgrading_twice_does_nothing(app: Flask) -> None:
    assert schema.upgrade(db.engine) is False
