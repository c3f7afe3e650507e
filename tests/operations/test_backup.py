"""A backup holds database, files, keys and seals; what comes back is proved by the ledger, and nothing in use is overwritten."""
from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from equipment import create_app, db
from equipment.config import Settings
from equipment.ledger.actions import record, subject_of
from equipment.people.models import Organisation
from equipment.people.rules import OrganisationKind, Role
from tests import make

pytestmark = pytest.mark.sqlite


@pytest.fixture
def saved(app: Flask, settings: Settings, tmp_path: Path) -> Path:
    """A backup of an instance with one station, its event, a file and a label key."""
    with db.transaction():
        station = make.organisation(OrganisationKind.STATION, "备份充装站")
        owner = make.user(station, Role.STATION_OWNER)
        record(db.session(), subject_of("organisation", station.id), "opened", actor="system", rows=[station, owner])
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
    assert about["engine"] == "sqlite"
    assert saved.stat().st_mode & 0o777 == 0o600


def test_an_empty_instance_gets_everything_back(saved: Path, tmp_path: Path, settings: Settings) -> None:
    key = (settings.folder / "keys" / "labels").read_text()
    fresh = create_app(Settings(instance=str(tmp_path / "fresh")))
    done = fresh.test_cli_runner().invoke(args=["restore", str(saved)])
    assert done.exit_code == 0, done.output
    assert "the ledger is whole" in done.output
    assert (tmp_path / "fresh" / "files" / "ab" / "abcd").read_bytes() == b"evidence"
    assert (tmp_path / "fresh" / "keys" / "labels").read_text() == key
    with db.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Organisation).where(Organisation.kind == OrganisationKind.STATION)) == 1


def test_an_instance_in_use_is_not_overwritten(saved: Path, app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["restore", str(saved)])
    assert done.exit_code == 1
    assert "--replace" in done.output


def test_a_replaced_instance_is_moved_aside(saved: Path, app: Flask, settings: Settings) -> None:
    done = app.test_cli_runner().invoke(args=["restore", str(saved), "--replace"])
    assert done.exit_code == 0, done.output
    assert [path.name for folder in settings.folder.glob("before-restore-*") for path in folder.glob("tracker.db")] == ["tracker.db"]
