"""`python -m equipment.shell.serve`: migrates, then keeps the web server and the jobs process alive until
Ctrl-C. bin/serve calls it."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import runpy
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from equipment import create_app
from equipment.core.config import ROOT, Settings
from equipment.ledger.verify import algorithm_in
from equipment.people.commands import make_setup_link
from equipment.people.models import User
from equipment.shell import schema, supervisor
from equipment.shell.certificates import certificate_for
from equipment.shell.demo.whole_city import fill_demo
from equipment.storage import db, presence

LEAST_FREE = 200 * 1024 * 1024
UNFINISHED_DEMO = "demo.unfinished"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/serve", description="Run the special equipment lifecycle tracker."
    )
    parser.add_argument("--demo", action="store_true", help="fill an empty database with a fictional city")
    parser.add_argument(
        "--host", default=None, help="address to listen on (default 0.0.0.0; with --demo 127.0.0.1)"
    )
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--tls",
        action="store_true",
        help="make a local CA and certificate and serve HTTPS (phones give the camera to HTTPS only)",
    )
    return parser.parse_args()


def fail(text: str) -> None:
    click.echo(text, err=True)
    raise SystemExit(1)


def check_settings(settings: Settings) -> None:
    """An address that is etched into steel, or a limit that is no number,
    is told before anything starts with it."""
    if faults := settings.misread():
        fail("\n".join(faults))


def check_machine(settings: Settings, host: str, port: int) -> None:
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(
            f"The folder {settings.folder} cannot be made ({error.strerror}). "
            "Set INSTANCE to one that this user may write."
        )
    if not os.access(settings.folder, os.W_OK | os.X_OK):
        fail(
            f"The folder {settings.folder} may not be written by this user. "
            "Set INSTANCE to another, or change its owner."
        )
    free = shutil.disk_usage(settings.folder).free
    if free < LEAST_FREE:
        fail(
            f"Too little disk space in {settings.folder}: {free // 2**20} MiB free, "
            f"{LEAST_FREE // 2**20} MiB needed."
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            fail(
                f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', error)}). "
                "Stop what uses it, or choose another: bin/serve --port 8001"
            )


def make_private(folder: Path) -> None:
    """What stands in the instance from before is closed to other users of the machine too."""
    for path in (folder, *folder.rglob("*")):
        mode = path.lstat().st_mode
        if not path.is_symlink() and mode & 0o077:
            path.chmod(mode & 0o700)


def migrate(settings: Settings) -> None:
    try:
        engine = db.connect(settings.url)
        schema.upgrade(engine)
    except schema.NewerDatabase as error:
        fail(
            f"The database is newer than this code (revision {error}). "
            "Update the code, or restore a backup made with it."
        )
    except OperationalError as error:
        fail(f"The database cannot be opened: {error.orig}")
    written = algorithm_in(engine)
    if written not in ("", settings.ledger_digest):
        fail(
            f"The ledger of this instance is written with {written}, which cannot change: "
            f"set LEDGER_DIGEST={written}."
        )


def web(host: str, port: int, workers: int, tls: tuple[Path, Path] | None) -> None:
    """Granian's master, until a signal; it forks the workers, which find everything imported."""
    certificate, key = tls or (None, None)
    Granian(
        "wsgi:door",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        backlog=1024,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        ssl_cert=certificate,
        ssl_key=key,
    ).serve()


def jobs() -> None:
    """The jobs process; it alone imports what draws, reads and writes workbooks, and sends mail."""
    runpy.run_module("jobs", run_name="__main__")


def mqtt() -> None:
    """The one process that listens to the MQTT broker."""
    runpy.run_module("jobs.mqtt", run_name="__main__")


def main() -> None:
    options = arguments()
    host = options.host or ("127.0.0.1" if options.demo else "0.0.0.0")  # noqa: S104  (meant for others)
    if options.demo:
        os.environ["DEMO"] = "1"
    settings = Settings.from_environment()
    check_settings(settings)
    check_machine(settings, host, options.port)
    make_private(settings.folder)
    remove_unfinished_demo(settings)
    migrate(settings)
    tls = certificate_for(settings.folder, host) if options.tls else None
    name = "localhost" if host in ("0.0.0.0", "127.0.0.1") else host  # noqa: S104
    base = f"{'https' if tls else 'http'}://{name}:{options.port}"
    app = create_app(settings)
    with app.app_context():
        welcome(settings, base, options.demo)
        db.session.remove()
    workers = 1 if db.engine.dialect.name == "sqlite" else 2
    db.engine.dispose()
    os.environ["SERVED_HOST"] = host
    os.chdir(ROOT)
    gc.collect()
    gc.freeze()  # shared by the processes instead of copied
    works: dict[str, Callable[[], None]] = {
        "web": partial(web, host, options.port, workers, tls),
        "jobs": jobs,
    }
    if settings.mqtt_url:
        works["mqtt"] = mqtt
    raise SystemExit(supervisor.run(works))


def made_apart(settings: Settings, base: str) -> None:
    """The demonstration city, made by a process that gives its 400 MB back;
    this one stays as long as the server does."""
    db.session.remove()
    db.engine.dispose()
    making = multiprocessing.get_context("spawn").Process(target=make_city, args=(settings, base))
    unfinished = settings.folder / UNFINISHED_DEMO
    unfinished.touch()
    making.start()
    making.join()
    if making.exitcode:
        fail("The demonstration city could not be made; what went wrong stands above.")
    unfinished.unlink()


def remove_unfinished_demo(settings: Settings) -> None:
    """A city whose making was cut off is made anew; nobody has used its database."""
    unfinished = settings.folder / UNFINISHED_DEMO
    if not unfinished.exists():
        return
    if not settings.url.startswith("sqlite"):
        fail(
            "The making of the demonstration city was cut off. "
            f"Empty its database and remove {unfinished}, then start again."
        )
    try:
        with presence.alone(settings.folder):
            for path in settings.folder.glob("tracker.db*"):
                path.unlink()
            unfinished.unlink()
    except presence.InUse as user:
        fail(f"The demonstration is still being made ({user}).")


def make_city(settings: Settings, base: str) -> None:
    with create_app(settings).app_context():
        fill_demo(settings, base)


def welcome(settings: Settings, base: str, demo: bool) -> None:
    """Fill the demo, or print the one-time link of a first start; then say where to go."""
    users = db.session.scalar(select(func.count()).select_from(User)) or 0
    if demo and not users:
        click.echo("Making the demonstration city ...")
        made_apart(settings, base)
    elif demo and not (settings.folder / "demo.json").exists():
        fail("--demo fills an empty database only; this one is in use. Set INSTANCE to another folder.")
    elif not users:
        click.echo(
            "First start. "
            f"Open this link within one hour to make the administrator:\n  {base}{make_setup_link()}"
        )
    click.echo(
        f"Ready: {base}"
        + (f"   (sign-ins of every role: {base}/demo and {settings.folder / 'demo.json'})" if demo else "")
    )
