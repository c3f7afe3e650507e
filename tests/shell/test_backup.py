"""A backup holds database, files, keys and seals; what comes back is proved by the ledger, and nothing in use is overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, func, select, text

from equipment import create_app
from equipment.core.config import Settings
from equipment.ledger.actions import record, subject_of
from equipment.ledger.models import Event
from equipment.people.models import Organisation, User, UserRole
from equipment.people.rules import OrganisationKind, Role
from equipment.shell import schema
from equipment.storage import db
from tests import make


@pytest.fixture
def saved(app: Flask, settings: Settings, tmp_path: Path) -> Path:
    """A backup of an instance with one station, its event, a file and a label key."""
    with db.transaction():
        station = make.organisation(OrganisationKind.STATION, "备份充装站")
        owner = make.user(station, Role.STATION_OWNER)
        record(
            db.session(),
            subject_of("organisation", station.id),
            "opened",
            actor="system",
            rows=[station, owner],
        )
    (settings.folder / "files" / "ab").mkdir(parents=True, exist_ok=True)
    (settings.folder / "files" / "ab" / "abcd").write_bytes(b"evidence")
    target = tmp_path / "saved.tar.gz"
    done = app.test_cli_runner().invoke(args=["backup", str(target)])
    assert done.exit_code == 0, done.output
    return target


def test_a_backup_holds_everything(saved: Path) -> None:
    with tarfile.open(saved) as archive:
        names = archive.getnames()
        about = json.load(archive.extractfile("about.json"))  # type: ignore[arg-type]
    assert {"about.json", "database", "files/ab/abcd", "keys/session", "keys/labels"} <= set(names)
    assert about["engine"] == db.engine.dialect.name
    assert saved.stat().st_mode & 0o777 == 0o600


@pytest.mark.sqlite
def test_an_empty_instance_gets_everything_back(saved: Path, tmp_path: Path, settings: Settings) -> None:
    key = (settings.folder / "keys" / "labels").read_text()
    fresh = create_app(Settings(instance=str(tmp_path / "fresh")))
    done = fresh.test_cli_runner().invoke(args=["restore", str(saved)])
    assert done.exit_code == 0, done.output
    assert "the ledger is whole" in done.output
    assert (tmp_path / "fresh" / "files" / "ab" / "abcd").read_bytes() == b"evidence"
    assert (tmp_path / "fresh" / "keys" / "labels").read_text() == key
    with db.engine.connect() as connection:
        assert (
            connection.scalar(
                select(func.count())
                .select_from(Organisation)
                .where(Organisation.kind == OrganisationKind.STATION)
            )
            == 1
        )


@pytest.mark.sqlite
def test_an_instance_in_use_is_not_overwritten(saved: Path, app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["restore", str(saved)])
    assert done.exit_code == 1
    assert "--replace" in done.output


@pytest.mark.sqlite
def test_a_replaced_instance_is_moved_aside(saved: Path, app: Flask, settings: Settings) -> None:
    done = app.test_cli_runner().invoke(args=["restore", str(saved), "--replace"])
    assert done.exit_code == 0, done.output
    assert [
        path.name for folder in settings.folder.glob("before-restore-*") for path in folder.glob("tracker.db")
    ] == ["tracker.db"]


def test_keys_and_files_of_a_replaced_instance_are_moved_aside_too(
    saved: Path, app: Flask, settings: Settings
) -> None:
    (settings.folder / "keys" / "labels").write_text("of the instance that was replaced")
    (settings.folder / "files" / "ab" / "later").write_bytes(b"taken after the backup")
    done = app.test_cli_runner().invoke(args=["restore", str(saved), "--replace"])
    assert done.exit_code == 0, done.output
    aside = next(settings.folder.glob("before-restore-*"))
    assert (aside / "keys" / "labels").read_text() == "of the instance that was replaced"
    assert (aside / "files" / "ab" / "later").read_bytes() == b"taken after the backup"
    assert aside.stat().st_mode & 0o777 == 0o700
    assert not (settings.folder / "files" / "ab" / "later").exists()


@pytest.mark.postgres
def test_on_postgresql_the_tables_are_put_back_when_asked_for(
    saved: Path, app: Flask, settings: Settings
) -> None:
    key = (settings.folder / "keys" / "labels").read_text()
    (settings.folder / "keys" / "labels").write_text("another")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(delete(Event))
        connection.execute(delete(UserRole))
        connection.execute(delete(User))
    refused = app.test_cli_runner().invoke(args=["restore", str(saved)])
    assert (refused.exit_code, "--replace" in refused.output) == (1, True)
    done = app.test_cli_runner().invoke(args=["restore", str(saved), "--replace"])
    assert done.exit_code == 0, done.output
    assert "the ledger is whole" in done.output
    with db.engine.connect() as connection:
        assert [connection.scalar(select(func.count()).select_from(model)) for model in (User, Event)] == [
            1,
            1,
        ]
    assert (settings.folder / "keys" / "labels").read_text() == key


def test_a_running_tracker_is_never_replaced(saved: Path, app: Flask, settings: Settings) -> None:
    """Whatever process uses the instance: the refusal names it, and nothing has been moved."""
    code = "import sys; from equipment import create_app; create_app(); print('up', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "INSTANCE": settings.instance, "DATABASE_URL": settings.database_url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        done = app.test_cli_runner().invoke(args=["restore", str(saved), "--replace"])
        running.communicate()
    assert done.exit_code == 1
    assert f"The tracker is running (process {running.pid}: " in done.output
    assert not list(settings.folder.glob("before-restore-*"))
    again = app.test_cli_runner().invoke(args=["restore", str(saved), "--replace"])
    assert again.exit_code == 0, again.output


@pytest.mark.postgres
def test_a_tracker_on_another_machine_is_never_replaced(saved: Path, app: Flask) -> None:
    elsewhere = create_engine(db.engine.url, connect_args={"application_name": db.APPLICATION})
    with elsewhere.connect() as connection:
        connection.execute(text("SELECT 1"))
        done = app.test_cli_runner().invoke(args=["restore", str(saved), "--replace"])
    elsewhere.dispose()
    assert (done.exit_code, "The tracker is running (1 connections from " in done.output) == (1, True)


def test_a_backup_of_another_engine_is_refused(saved: Path, app: Flask, tmp_path: Path) -> None:
    other = changed_about(saved, tmp_path, db.engine.dialect.name, "oracle")
    done = app.test_cli_runner().invoke(args=["restore", str(other), "--replace"])
    assert (done.exit_code, "oracle" in done.output) == (1, True)


def changed_about(saved: Path, folder: Path, old: str, new: str) -> Path:
    """The same backup, saying something else of itself."""
    with tarfile.open(saved) as archive:
        archive.extractall(folder / "out", filter="data")
    about = folder / "out" / "about.json"
    about.write_text(about.read_text().replace(old, new))
    with tarfile.open(folder / "other.tar.gz", "w:gz") as archive:
        for path in (folder / "out").iterdir():
            archive.add(path, path.name)
    return folder / "other.tar.gz"


def test_a_backup_made_by_newer_code_is_refused_before_anything_is_moved(
    saved: Path, app: Flask, settings: Settings, tmp_path: Path
) -> None:
    other = changed_about(saved, tmp_path, str(schema.revision(db.engine)), "9999")
    done = app.test_cli_runner().invoke(args=["restore", str(other), "--replace"])
    assert (done.exit_code, "newer than this code (revision 9999)" in done.output) == (1, True)
    assert list(settings.folder.glob("before-restore-*")) == []


@pytest.mark.parametrize("cut", [0, 40, 5_000])
def test_what_is_no_whole_backup_is_told_in_words(saved: Path, app: Flask, tmp_path: Path, cut: int) -> None:
    part = tmp_path / "part.tar.gz"
    part.write_bytes(saved.read_bytes()[:cut] or b"root:x:0:0")
    done = app.test_cli_runner().invoke(args=["restore", str(part), "--replace"])
    assert (done.exit_code, done.output) == (
        1,
        f"Error: {part} is no backup of this tracker, or only a part of one.\n",
    )


def test_a_backup_that_cannot_be_written_is_told_in_words(app: Flask, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "saved.tar.gz"
    done = app.test_cli_runner().invoke(args=["backup", str(target)])
    assert (done.exit_code, done.output) == (
        1,
        f"Error: The backup could not be written to {target}: No such file or directory.\n",
    )
