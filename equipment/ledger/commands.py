"""`flask ledger verify` and `flask ledger seal`."""

from __future__ import annotations

from importlib import import_module

import click
from flask import current_app
from flask.cli import with_appcontext

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger import seals
from equipment.ledger.verify import StampedAt, stored_contents, verify
from equipment.storage import db
from equipment.storage.db import Base


@click.group("ledger", help="The append-only ledger: verify it, seal it.")
def group() -> None:
    pass


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _stamped_at() -> StampedAt | None:
    # Loaded here alone: the library behind it is heavy, and the web imports this module for its commands.
    authority = import_module("equipment.ledger.stamps").authority_of(_settings())
    return authority.time_of if authority else None


def _tell_files(looked_at: int) -> None:
    click.echo(f"\r{looked_at:,} stored files", nl=False, err=True)


@group.command("verify")
@click.option("--renew", is_flag=True, help="Enter records of before an upgrade under the newest evidence.")
@with_appcontext
def verify_command(renew: bool) -> None:
    """Check chains, heads, seals, exported seals, every record under evidence and every stored file; exit 1
    when something is broken."""
    models = (mapper.class_ for mapper in Base.registry.mappers)
    report = verify(
        db.engine,
        _settings().folder,
        models,
        stamped_at=_stamped_at(),
        contents=lambda report: stored_contents(report, _tell_files),
        renewing=renew,
    )
    click.echo(
        f"{report.events} events in {report.chains} chains, {report.seals} seals, {report.records} records, "
        f"{report.files} stored files"
    )
    click.echo(
        f"{report.tail} events that no seal covers yet; {report.stamps} seals stamped, "
        f"{report.unchecked} stamps not checked, {report.unstamped} seals of before yesterday without a stamp"
    )
    if report.behind:
        click.echo(
            f"{report.behind} records under an older version of their evidence, {report.renewed} renewed"
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
