"""`python -m equipment.shell.serve`: migrates, then runs the web server and the jobs process until Ctrl-C.
bin/serve calls it."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import click
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from equipment import create_app
from equipment.core.config import ROOT, Settings
from equipment.people.commands import make_setup_link
from equipment.people.models import User
from equipment.shell import schema
from equipment.shell.certificates import certificate_for
from equipment.shell.demo import fill_demo
from equipment.storage import db, presence

LEAST_FREE = 200 * 1024 * 1024
STOP_SECONDS = 8
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


def migrate(settings: Settings) -> None:
    try:
        schema.upgrade(db.connect(settings.url))
    except schema.NewerDatabase as error:
        fail(
            f"The database is newer than this code (revision {error}). "
            "Update the code, or restore a backup made with it."
        )
    except OperationalError as error:
        fail(f"The database cannot be opened: {error.orig}")


def environment(options: argparse.Namespace, host: str) -> dict[str, str]:
    """The settings that the two processes share, on top of what is already set."""
    more = {"DEMO": "1"} if options.demo else {}
    return {**os.environ, **more, "SERVED_HOST": host}


def web_command(host: str, port: int, workers: int, tls: tuple[Path, Path] | None) -> list[str]:
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "rsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--backlog",
        "1024",
        "--no-ws",
        "--log-level",
        "error",
        "--respawn-failed-workers",
        "wsgi:door",
    ]
    return [*command, "--ssl-certificate", str(tls[0]), "--ssl-keyfile", str(tls[1])] if tls else command


def run(commands: list[list[str]], env: dict[str, str]) -> int:
    """Run all until one ends or a signal comes; then stop the others, and return the first bad exit code."""
    signals = []

    def stop(number: int, _frame: FrameType | None) -> None:
        signals.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    # a closed terminal ends it, unless nohup was asked for
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, stop)
    # Each in a group of its own, so that what it started itself cannot outlive it and keep the port.
    processes = [subprocess.Popen(command, cwd=ROOT, env=env, process_group=0) for command in commands]
    while not signals and all(process.poll() is None for process in processes):
        time.sleep(0.2)
    failed = [process.returncode for process in processes if process.returncode]
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return 0 if signals else (failed[0] if failed else 1)


def main() -> None:
    options = arguments()
    host = options.host or ("127.0.0.1" if options.demo else "0.0.0.0")  # noqa: S104  (meant for others)
    if options.demo:
        os.environ["DEMO"] = "1"
    settings = Settings.from_environment()
    check_settings(settings)
    check_machine(settings, host, options.port)
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
    commands = [web_command(host, options.port, workers, tls), [sys.executable, "-m", "jobs"]]
    raise SystemExit(run(commands, environment(options, host)))


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


if __name__ == "__main__":
    main()
