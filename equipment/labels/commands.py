"""`flask labels print --blank N --out FILE`: blank labels for an organisation, as a PDF."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from equipment.core.config import ROOT, Settings
from equipment.core.errors import Invalid
from equipment.labels.actions import CHUNK, fill_batch, new_batch
from equipment.labels.layouts import DEFAULT, LAYOUTS, sample_mark
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.storage.db import session, transaction

group = AppGroup("labels", help="Labels: issue and print.")


@group.command("print")
@click.option(
    "--blank",
    "count",
    type=click.IntRange(1, 20_000),
    required=True,
    help="How many blank labels to issue and print.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PDF to write."
)
@click.option(
    "--organisation", default="", help="Name of the organisation they are for; the bureau when not given."
)
@click.option(
    "--layout", type=click.Choice([layout.key for layout in LAYOUTS]), default=DEFAULT, show_default=True
)
def print_blank(count: int, out: Path, organisation: str, layout: str) -> None:
    """Issue blank labels and print them."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        sample_mark(settings)
    except Invalid as error:
        raise click.ClickException(str(error.fields["layout"])) from error
    batch = issue(count, _organisation(organisation), layout)
    # The web process knows this command too and must never load what draws PDFs: a process of its own does.
    subprocess.run(
        [sys.executable, "-m", "jobs.print_labels", str(batch), layout, str(out.resolve())],
        check=True,
        cwd=ROOT,
    )
    click.echo(f"{count} labels: {out}")


def issue(count: int, organisation_id: UUID, layout: str) -> UUID:
    """A batch of blank labels, a chunk to a transaction."""
    with transaction():
        batch = new_batch(count, organisation_id, by=SYSTEM, layout=layout)
    for done in range(0, count, CHUNK):
        with transaction():
            fill_batch(batch, min(CHUNK, count - done), by=SYSTEM)
    return batch.id


def _organisation(name: str) -> UUID:
    chosen = select(Organisation.id).where(
        Organisation.name == name if name else Organisation.kind == OrganisationKind.REGULATOR
    )
    organisation_id = session.scalar(chosen.order_by(Organisation.area, Organisation.created_at).limit(1))
    if organisation_id is None:
        raise click.ClickException(
            f"There is no organisation called {name}."
            if name
            else "There is no regulator yet: say --organisation."
        )
    return organisation_id
