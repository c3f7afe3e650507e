"""`flask people ...`, `flask areas ...`, `flask setup-link`:
what an operator of the machine may do without signing in."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.people import accounts, areas, organisations, setup
from equipment.people.codes import mobile_number
from equipment.people.credentials import hashed_password
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.storage.db import session, transaction


def make_setup_link() -> str:
    """The path of a one-time link that makes the first administrator, valid for an hour."""
    with transaction():
        return f"/setup/{setup.make_setup_token()}"


def refusal(error: Invalid) -> click.ClickException:
    return click.ClickException(
        "; ".join(f"{name}: {message}" if name else str(message) for name, message in error.fields.items())
    )


@click.command("setup-link")
@click.option(
    "--address",
    default="http://127.0.0.1:8000",
    help="Where this server answers, when PUBLIC_URL is not set.",
)
@with_appcontext
def setup_link(address: str) -> None:
    """Print a one-time link that makes the first administrator (valid 1 h)."""
    try:
        settings: Settings = current_app.config["SETTINGS"]
        click.echo((settings.public_url or address).rstrip("/") + make_setup_link())
    except Invalid as error:
        raise refusal(error) from error


def _hand_out(password: str, user: User) -> None:
    """The password alone on stdout, for scripts."""
    until = clock.site_time(user.one_time_until or clock.now())
    click.echo(f"It lets {user.name} in until {until:%Y-%m-%d %H:%M}.", err=True)
    click.echo(password)


@click.group("people")
def people() -> None:
    """Organisations and accounts."""


@people.command("add-organisation")
@click.argument("kind", type=click.Choice([str(kind) for kind in OrganisationKind]))
@click.argument("name")
@click.argument("area")
@click.option("--credit-code", default="")
@with_appcontext
def add_organisation(kind: str, name: str, area: str, credit_code: str) -> None:
    """Add an organisation of KIND called NAME in the area with code AREA; prints its id."""
    try:
        with transaction():
            values = {"name": name, "area": area, "credit_code": credit_code, "active": True}
            click.echo(organisations.add_organisation(OrganisationKind(kind), values, by=SYSTEM).id)
    except Invalid as error:
        raise refusal(error) from error


@people.command("add")
@click.argument("organisation")
@click.argument("name")
@click.argument("mobile")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([str(role) for role in Role])
)
@with_appcontext
def add(organisation: str, name: str, mobile: str, roles: tuple[str, ...]) -> None:
    """Add a person called NAME with MOBILE to ORGANISATION (its name or id); prints the one-time password."""
    organisations = session.scalars(select(Organisation).where(Organisation.name == organisation)).all()
    if not organisations:
        organisations = [row for row in session.scalars(select(Organisation)) if str(row.id) == organisation]
    if len(organisations) != 1:
        raise click.ClickException(f"{len(organisations)} organisations are called {organisation}")
    password = accounts.one_time_password()
    hashed = hashed_password(password, mobile_number(mobile))
    try:
        with transaction():
            user = accounts.create_person(
                organisations[0],
                accounts.NewPerson(name, mobile, [Role(role) for role in roles], hashed),
                by=SYSTEM,
            )
    except Invalid as error:
        raise refusal(error) from error
    _hand_out(password, user)


@people.command("reset")
@click.argument("mobile")
@with_appcontext
def reset(mobile: str) -> None:
    """Give the person with MOBILE a new one-time password and unlock the account."""
    user = session.scalar(select(User).where(User.mobile == mobile_number(mobile)))
    if user is None:
        raise click.ClickException("nobody signs in with this number")
    password = accounts.one_time_password()
    hashed = hashed_password(password, user.mobile)
    with transaction():
        accounts.reset_password(user, hashed, by=SYSTEM)
    _hand_out(password, user)


@people.command("reset-second")
@click.argument("mobile")
@with_appcontext
def reset_second(mobile: str) -> None:
    """Take away the second factor of the person with MOBILE, whose phone is lost."""
    user = session.scalar(select(User).where(User.mobile == mobile_number(mobile)))
    if user is None:
        raise click.ClickException("nobody signs in with this number")
    with transaction():
        accounts.take_away_second_factor(user, by=SYSTEM)


@click.group("areas")
def area_group() -> None:
    """The tree of areas."""


@area_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def load(file: Path) -> None:
    """Add and rename areas from a CSV with the columns code, name, name_en, responsible."""
    try:
        rows = areas.read_areas(file.read_text("utf-8-sig"))
        with transaction():
            added, changed = areas.load_areas(rows, by=SYSTEM)
    except Invalid as error:
        raise refusal(error) from error
    click.echo(f"{added} added, {changed} changed")


GROUPS: tuple[click.Command, ...] = (setup_link, people, area_group)
