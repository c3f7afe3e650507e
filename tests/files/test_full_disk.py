"""A full disk: refused in plain words with 507, nothing acknowledged is lost, nothing half-written stays, and it goes on when there is room."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from equipment.core.config import Settings
from equipment.files import store
from equipment.ledger.verify import verify
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.reminders.models import Channel
from equipment.storage import db, disk
from tests import make
from tests.files.filling import send_until_refused
from tests.files.test_content import photo

ROOT = Path(__file__).resolve().parents[2]
Browser = Callable[[User], FlaskClient]
pytestmark = pytest.mark.sqlite


def kept() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(visible(SYSTEM, Channel).with_only_columns(Channel.address)))


def sound() -> str:
    db.session.rollback()
    return str(db.session.scalar(text("PRAGMA integrity_check")))


@pytest.fixture
def limited(app: Flask) -> Callable[[int], None]:
    """`limited(pages)`: the database may grow by so many pages, in every connection; 0 takes the limit away."""

    def limit(pages: int) -> None:
        db.session.remove()
        db.engine.dispose()
        with db.engine.connect() as connection:
            present = connection.scalar(text("PRAGMA page_count"))
        db.engine.dispose()
        most = present + pages if pages else 1_000_000_000

        def opened(connection: object, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {most}")  # type: ignore[attr-defined]

        event.listen(db.engine, "connect", opened)

    return limit


def test_a_full_database_refuses_with_507_in_plain_words_and_loses_nothing_it_acknowledged(
    signed_in: Browser, settings: Settings, limited: Callable[[int], None]
) -> None:
    browser = signed_in(make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER))
    limited(8)
    acknowledged, status, page = send_until_refused(browser)
    assert (status, "磁盘已满" in page, len(acknowledged) > 0) == (507, True, True)
    assert (kept(), sound()) == (set(acknowledged), "ok")
    assert verify(db.engine, settings.folder, [Channel]).whole
    limited(0)
    assert browser.post("/channels", data={"kind": "mail", "address": "again@tz.cn"}).status_code == 303
    assert kept() == {*acknowledged, "again@tz.cn"}


def test_a_disk_without_room_refuses_in_another_process_and_what_it_acknowledged_is_there(
    app: Flask, settings: Settings
) -> None:
    make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER)
    db.session.remove()
    db.engine.dispose()
    wal = 2 * 1024 * 1024
    env = {"INSTANCE": settings.instance, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-m", "tests.files.filling", str(wal)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["status"], said["words"], len(said["kept"]) > 0) == (507, True, True)
    assert (kept(), sound()) == (set(said["kept"]), "ok")
    assert verify(db.engine, settings.folder, [Channel]).whole


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process may grow beyond a kilobyte."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def files() -> list[Path]:
    return [path for path in store.root().rglob("*") if path.is_file()]


def test_a_content_that_finds_no_room_leaves_nothing_behind(app: Flask) -> None:
    with no_room(), pytest.raises(OSError, match="File too large") as caught:
        store.keep(os.urandom(50_000), "image/jpeg")
    assert (caught.value.errno, disk.is_disk_full(caught.value), files()) == (errno.EFBIG, True, [])


def test_a_photo_that_finds_no_room_is_refused_with_507_and_can_be_sent_again(signed_in: Browser) -> None:
    owner = make.user(make.station(), Role.STATION_OWNER)
    browser, bottle = signed_in(owner), make.equipment("cylinder", owner_id=owner.organisation_id).id

    def sent() -> tuple[int, bool]:
        answer = browser.post(
            f"/equipment/{bottle}/documents",
            data={"kind": "photo", "file": (io.BytesIO(photo((900, 900), form="PNG")), "瓶.png")},
        )
        return answer.status_code, "磁盘已满" in answer.get_data(as_text=True)

    with no_room():
        assert sent() == (507, True)
    assert files() == []
    assert (sent(), len(files())) == ((302, False), 1)
