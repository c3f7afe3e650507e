"""`flask <command>`: the groups of the slices, in one list."""
from __future__ import annotations

import click
from flask import Flask

GROUPS: tuple[click.Command, ...] = ()


def init_app(app: Flask) -> None:
    for group in GROUPS:
        app.cli.add_command(group)
