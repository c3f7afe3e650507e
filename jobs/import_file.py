"""`python -m jobs.import_file FILE`: what `flask import` does,
in a process that may load what reads and writes workbooks."""

from __future__ import annotations

import json
import tomllib
from functools import partial
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import or_, select

from equipment import create_app
from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.files import store
from equipment.imports import actions
from equipment.imports.mapping_rules import FieldMap
from equipment.imports.openings import AHEAD, DONE, LISTED
from equipment.imports.outlook import KEY as OUTLOOK
from equipment.imports.queries import Key, row_counts, the_batch
from equipment.imports.stages import check_file, enter_file, plan_file, read_file
from equipment.imports.states import NOTEWORTHY, RowState
from equipment.imports.workbooks import error_workbook
from equipment.people.areas import AreaRow, load_areas
from equipment.people.models import Organisation
from equipment.people.organisations import open_organisation
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.regulation.categories import CATEGORIES
from equipment.storage import steady
from equipment.storage.db import session, transaction
from equipment.tasks.makers import Progress
from equipment.web.language import LOCALES, translate


class ShownProgress(Progress):
    """A progress that a terminal shows."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def advance(self, n: int = 1) -> None:
        super().advance(n)
        click.echo(f"\r{self.label} {self.done:,} / {self.total or 0:,}", nl=False, err=True)


@click.command("flask import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--category", "category_key", type=click.Choice([kind.key for kind in CATEGORIES]), required=True
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML or JSON; without one, the headings decide.",
)
@click.option("--organisation", required=True, help="Name or credit code of the organisation that imports.")
@click.option("--sheet", default="", help="Which sheet of a workbook; without it, the first with a table.")
@click.option(
    "--errors",
    "errors_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the workbook of what was wrong.",
)
@click.option("--locale", type=click.Choice(LOCALES), default="en")
@click.option("--dry-run", is_flag=True, help="Check every row and add nothing.")
def command(
    file: Path, mapping_file: Path | None, errors_file: Path | None, dry_run: bool, **options: str
) -> None:
    """Import equipment from a CSV or workbook: checked row by row,
    running the same file again adds nothing."""
    app = create_app(Settings.from_environment())
    steady.settle()
    with app.app_context():
        _run(file, mapping_file, errors_file, dry_run, options)


def _run(
    file: Path, mapping_file: Path | None, errors_file: Path | None, dry_run: bool, options: dict[str, str]
) -> None:
    try:
        key = _begin(file, mapping_file, options)
        counts = check_file(key, ShownProgress("checked"), by=SYSTEM)
        _tell(counts, "would be added" if dry_run else "to be added")
        ahead = Fields(the_batch(key).preview).table(OUTLOOK)
        click.echo(
            f"inspection due by paper {ahead['paper']:,}, by the rule {ahead['rule']:,}, "
            f"not known {ahead['unknown']:,}; overdue from the first day {ahead['overdue']:,}"
        )
        _tell_organisations(key, counts)
        if not dry_run:
            entered = enter_file(key, ShownProgress("rows"), by=SYSTEM)
            _tell(entered, "added")
            if entered.get(DONE):
                click.echo(f"{entered[DONE]:,} organisations put on file")
            plan_file(key, ShownProgress("planned"))
            click.echo()
        _errors(key, errors_file, options["locale"])
    except Invalid as fault:
        say = partial(translate, locale=options["locale"])
        raise click.ClickException(
            "; ".join(f"{name}: {say(text)}" if name else say(text) for name, text in fault.fields.items())
        ) from fault


def _begin(file: Path, mapping_file: Path | None, options: dict[str, str]) -> Key:
    stated = _stated(mapping_file)
    mapping = FieldMap.from_json(stated) if stated else None
    content = store.keep(file.read_bytes(), "application/octet-stream")
    with transaction():
        if mapping is not None:
            load_areas([AreaRow(area.code, area.name, area.name_en) for area in mapping.areas], by=SYSTEM)
        organisation = _organisation(options["organisation"], stated.table("organisation"))
        batch = actions.begin(
            actions.Upload(content, file.name, options["category_key"], options["sheet"]),
            organisation,
            by=SYSTEM,
        )
        key: tuple[UUID, UUID] = (batch.organisation_id, batch.id)
    read_file(key, Progress())
    with transaction():
        batch = the_batch(key)
        actions.set_mapping(batch, mapping or FieldMap.from_json(batch.mapping), by=SYSTEM)
    return key


def _stated(path: Path | None) -> Fields:
    if path is None:
        return Fields()
    text = path.read_text("utf-8-sig")
    try:
        return Fields(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
    except ValueError as fault:
        raise click.ClickException(f"{path}: {fault}") from fault


def _organisation(name: str, stated: Fields) -> Organisation:
    organisation = session.scalar(
        select(Organisation).where(or_(Organisation.name == name, Organisation.credit_code == name))
    )
    if organisation is not None:
        return organisation
    if not stated:
        raise click.ClickException(f"No organisation is called “{name}”.")
    return open_organisation(
        OrganisationKind(stated.text("kind")), {"name": name, "area": stated["area"]}, by=SYSTEM
    )


def _tell(counts: dict[str, int], added: str) -> None:
    click.echo(
        f"\n{counts[RowState.ADDED]:,} {added}, "
        f"{counts[RowState.FLAGGED]:,} {added} and to be checked, "
        f"{counts[RowState.KNOWN]:,} on file already, {counts[RowState.REFUSED]:,} refused, "
        f"{counts[RowState.DIFFERS]:,} on file with other values, "
        f"{counts[RowState.CONTRARY]:,} to be decided, "
        f"{counts[RowState.TWICE]:,} twice in the file"
    )


def _tell_organisations(key: Key, counts: dict[str, int]) -> None:
    """Who would come on file with these rows, by name: nobody is added unseen."""
    for party in Fields(the_batch(key).preview).tables(AHEAD):
        click.echo(
            f"organisation to be put on file: {party['name']} ({party['kind']}), first in row {party['row']}"
        )
    if counts.get(AHEAD, 0) > LISTED:
        click.echo(f"and {counts[AHEAD] - LISTED:,} more organisations")


def _errors(key: Key, target: Path | None, locale: str) -> None:
    batch = the_batch(key)
    if target is not None and set(row_counts(batch)) & set(NOTEWORTHY):
        error_workbook(batch, locale).replace(target)
        click.echo(f"what was wrong: {target}")


if __name__ == "__main__":
    command()
