"""`flask backup FILE` and `flask restore FILE`: database, files, keys and seals in one archive,
proved by the ledger."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine, make_url

from equipment.core import clock
from equipment.core.config import Settings
from equipment.files.checking import check_contents
from equipment.ledger.verify import verify
from equipment.shell import schema, tables
from equipment.storage import db, presence

FOLDERS = ("files", "keys", "seals")
FORMAT = 1


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write database, files, keys and seals to FILE (.tar.gz), while the tracker runs."""
    try:
        _write(file, current_app.config["SETTINGS"])
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(
            f"The backup could not be written to {file}: {getattr(error, 'strerror', None) or error}."
        ) from error
    click.echo(
        f"{file}: {file.stat().st_size // 1024:,} KiB. "
        "It holds the label keys: keep it as safe as the database."
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Move what is there aside first (instance/before-restore-...).")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Put back what `flask backup` wrote, then check the ledger. Stop the tracker first."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        with presence.alone(settings.folder):
            if db.engine_name() == "postgresql":
                presence.refuse_other_machines()
            made_at = _restored(file, settings, replace)
    except presence.InUse as user:
        raise click.ClickException(f"The tracker is running ({user}). Stop it first.") from user
    db.connect(settings.url)
    schema.upgrade(db.engine)
    report = verify(db.engine, settings.folder, tables.models().values(), contents=check_contents)
    if not report.whole:
        raise click.ClickException(
            f"Restored, but the ledger is broken: {report.first and report.first.where}"
        )
    click.echo(f"Restored the backup of {made_at}; the ledger is whole ({report.events:,} events).")


def _restored(file: Path, settings: Settings, replace: bool) -> str:
    """Unpack, move aside, put back; returns when the backup was made."""
    with tempfile.TemporaryDirectory(dir=settings.folder) as scratch:
        folder = Path(scratch)
        about = _unpacked(file, folder)
        _make_room(settings, replace)
        _load(db.engine, folder / "database")
        for name in FOLDERS:
            if (folder / name).exists():
                shutil.move(folder / name, settings.folder / name)
    return str(about["made_at"])


def _write(file: Path, settings: Settings) -> None:
    """The archive in a scratch folder beside FILE, which nobody else may read, then under its name:
    never half of one."""
    with tempfile.TemporaryDirectory(dir=file.resolve().parent) as scratch:
        dump, part = Path(scratch) / "database", Path(scratch) / "archive"
        _dump(db.engine, dump)
        about = {
            "format": FORMAT,
            "made_at": clock.now().isoformat(),
            "engine": db.engine.dialect.name,
            "revision": schema.revision(db.engine),
        }
        with tarfile.open(part, "w:gz", compresslevel=1) as archive:
            _add_text(archive, "about.json", json.dumps(about))
            archive.add(dump, "database")
            for name in FOLDERS:
                if (settings.folder / name).exists():
                    archive.add(settings.folder / name, name)
        part.chmod(0o600)
        part.replace(file)


def _unpacked(file: Path, folder: Path) -> dict[str, Any]:
    """What a backup says of itself, unpacked into `folder`;
    refused before anything is moved when it cannot be put back here."""
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        about: dict[str, Any] = json.loads((folder / "about.json").read_text())
        made_by, engine, revision = about["format"], about["engine"], about["revision"]
    except (
        tarfile.TarError,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        FileNotFoundError,
    ) as error:
        raise click.ClickException(f"{file} is no backup of this tracker, or only a part of one.") from error
    except OSError as error:
        raise click.ClickException(f"The backup could not be unpacked: {error.strerror or error}.") from error
    if made_by != FORMAT or engine != db.engine.dialect.name:
        raise click.ClickException(
            f"This backup is of format {made_by} for {engine}; this tracker runs on {db.engine.dialect.name}."
        )
    if not schema.is_known(revision):
        raise click.ClickException(
            f"This backup is newer than this code (revision {revision}). Update the code first."
        )
    return about


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    archive.addfile(member, io.BytesIO(text.encode()))


def _dump(engine: Engine, target: Path) -> None:
    if engine.dialect.name == "sqlite":
        with sqlite3.connect(str(engine.url.database)) as source, sqlite3.connect(target) as copy:
            source.backup(copy)
        return
    no_sandboxes = "--exclude-schema=sandbox_*"
    _run("pg_dump", "--format=custom", "--no-owner", no_sandboxes, f"--file={target}", _libpq(engine))


def _load(engine: Engine, source: Path) -> None:
    engine.dispose()
    if engine.dialect.name == "sqlite":
        shutil.move(source, str(engine.url.database))
        return
    _run(
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--exit-on-error",
        "--single-transaction",  # all of it or nothing
        f"--dbname={_libpq(engine)}",
        str(source),
    )


def _make_room(settings: Settings, replace: bool) -> None:
    """An instance in use is never overwritten: with --replace it is moved aside, its keys and files too;
    without it nothing happens."""
    paths = [settings.folder / name for name in FOLDERS]
    if db.engine.dialect.name == "sqlite":
        database = Path(str(db.engine.url.database))
        db.engine.dispose()
        if not replace and _has_users(database):
            raise click.ClickException(
                "This instance has users. "
                "Restore into an empty INSTANCE, or say --replace to move what is there aside."
            )
        paths += [database.with_name(database.name + end) for end in ("", "-wal", "-shm")]
    elif not replace:
        raise click.ClickException(
            "This drops every table of the database and puts back those of the backup. "
            "Say --replace if you mean it."
        )
    aside = settings.folder / f"before-restore-{clock.now():%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for path in paths:
        if path.exists():
            shutil.move(path, aside / path.name)


def _has_users(database: Path) -> bool:
    if not database.exists():
        return False
    with sqlite3.connect(database) as connection:
        table = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'user'").fetchone()[0]
        return bool(table and connection.execute('SELECT count(*) FROM "user"').fetchone()[0])


def _libpq(engine: Engine) -> str:
    """The address without its password, which other users of the machine would read in the list
    of processes."""
    return make_url(engine.url).set(drivername="postgresql", password=None).render_as_string()


def _run(*command: str) -> None:
    password = {"PGPASSWORD": str(db.engine.url.password)} if db.engine.url.password else {}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **password}
    )
    if done.returncode:
        raise click.ClickException(f"{command[0]}: {done.stderr.strip()}")
