"""`flask ledger verify` and `flask ledger seal`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger import seals
from equipment.ledger.verify import verify
from equipment.storage import db
from equipment.storage.db import Base


@click.group("ledger", help="The append-only ledger: verify it, seal it.")
def group() -> None:
    pass


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@group.command("verify")
@with_appcontext
def verify_command() -> None:
    """Check chains, heads, seals, exported seals and every ledgered record; exit 1
    when something is broken."""
    report = verify(db.engine, _settings().folder, (mapper.class_ for mapper in Base.registry.mappers))
    click.echo(
        f"{report.events} events in {report.chains} chains, {report.seals} seals, {report.records} records"
    )
    for fault, count in report.faults.items():
        click.echo(f"BROKEN {fault}: {count}  ({fault.label})")
    if report.first is not None:
        click.echo(f"first bad entry: {report.first.where}  ({report.first.fault.label})")
        raise SystemExit(1)
    click.echo("whole")


@group.command("seal")
@with_appcontext
def seal_command() -> None:
    """Seal what grew since the last seal, now."""
    newest = seals.seal(_settings().folder, clock.today())
    click.echo(f"seal {newest.number}: {newest.count} chains, root {newest.root}")
