"""Fixtures: a migrated database per test (SQLite: a copied file; PostgreSQL: emptied tables), the app, clients
signed in as people.

`DATABASE_URL` moves every test to PostgreSQL.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select, text
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from equipment import create_app
from equipment.core import clock
from equipment.core.config import ROOT, Settings
from equipment.counting.queries import differences
from equipment.counting.rules import SUBJECTS
from equipment.ledger.actions import EVENT
from equipment.ledger.evidence import GONE, row_values
from equipment.ledger.records import spoken_of
from equipment.people.models import User
from equipment.shell import schema, tables
from equipment.storage import db
from equipment.storage.remembered import forget_all
from equipment.tasks import children, queries
from equipment.web import language, limits
from equipment.web.limit_store import SharedStorage
from tests import make, once
from tests.contract import held_to_contract
from tests.start.postgres import asks_database

# how long a page may take is nobody's promise here: a busy machine must not fail a test
expect.set_options(timeout=30_000)

# What children of tests do, imported once by the server that they are forked from: the first child of a whole run
# decides, whichever test asks for it, and one that finds it not imported works for seconds.
children.preload(
    *(
        f"equipment.{path.parent.name}.{path.stem}"
        for path in sorted(ROOT.glob("equipment/*/*.py"))
        if path.stem.endswith(("printing", "previews", "reading"))
    ),
    "tests.tasks.drawing",
)
once.install()
POSTGRES = os.environ.get("DATABASE_URL", "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("sqlite") and POSTGRES:
            item.add_marker(pytest.mark.skip(reason="about the embedded database only"))
        if item.get_closest_marker("postgres") and not POSTGRES:
            item.add_marker(pytest.mark.skip(reason="about PostgreSQL only"))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collector need not look at a million objects every few tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    once.no_database_for = "" if asks_database(item) else item.nodeid


def postgres_url(worker: str) -> str:
    """Each worker of pytest-xdist has a database of its own."""
    return POSTGRES if worker in ("master", "") else f"{POSTGRES}_{worker}"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The URL of a migrated, empty database."""
    if POSTGRES:
        url = postgres_url(worker_id)
        make_database(url)
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'tracker.db'}"
    engine = db.connect(url)
    schema.upgrade(engine)
    once.share_statements(engine)
    engine.dispose()
    return url


def make_database(url: str) -> None:
    """An empty database of this name, whatever was there before."""
    name = url.rsplit("/", 1)[1]
    admin = db.connect(url.rsplit("/", 1)[0] + "/postgres")
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled texts: every application would compile them for its own instance, half of its start."""
    folder = tmp_path_factory.mktemp("translations")
    language.compiled(folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path, template: str, catalogues: Path) -> Settings:
    """Settings of one test: its own instance folder, its own empty database."""
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "translations").symlink_to(catalogues)
    if POSTGRES:
        return Settings(instance=str(instance), database_url=template, public_url="https://tz.test.cn")
    shutil.copy(template.removeprefix("sqlite:///"), instance / "tracker.db")
    return Settings(instance=str(instance), public_url="https://tz.test.cn")


@pytest.fixture
def app(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on an empty database with the areas of the test city. Whatever a test does through it,
    every change of what the ledger proves has its line in the end, the running counts are what a full count
    finds, and every answer of the API is one that its document tells of."""
    forget_all()
    make.by_hand.clear()
    queries.LONGEST_S = 0  # who runs a worker beside the pages waits for it (tests/imports/conftest.py)
    made = create_app(settings)
    once.share_pages(made)
    own = db.engine  # a test may start another application, with an engine of its own
    made.config["TESTING"] = True
    made.config["WTF_CSRF_ENABLED"] = False
    # or the suite would hash for minutes
    made.extensions["security"].pwd_context.update(
        argon2__time_cost=1, argon2__memory_cost=64, argon2__parallelism=1
    )
    make.areas()
    counts: SharedStorage = made.extensions[limits.EXTENSION].store
    if POSTGRES:
        counts.reset()  # one store for all tests, where SQLite has a file in each instance folder
    with held_to_contract() as undeclared:
        yield made
    counts.close()
    db.session.remove()
    try:
        forged = [] if request.node.get_closest_marker("forged") else changed_without_a_line()
        miscounted = {subject.name: differences(subject) for subject in SUBJECTS}
        db.session.remove()
    finally:  # whatever that meets, the next test finds empty tables
        if POSTGRES:
            empty_tables()
        db.engine.dispose()
        own.dispose()
    assert forged == []
    assert miscounted == {subject.name: [] for subject in SUBJECTS}
    assert undeclared == []


# What a verdict on a cylinder is made of. A scan judges before the writer's lock and compares only the head of the
# piece's chain behind it (fills/record.py): a change told in another chain would go past it.
TELLS_IN_ITS_CHAIN = (
    "equipment",
    "fill",
    "due",
    "forbidden_fill",
    "finding",
    "hazard",
    "inspection",
    "walk_row",
)


def changed_without_a_line() -> list[str]:
    """The records that are not what the last line speaking of them says, or of which another chain than that of
    their piece speaks. What a test put there or changed itself has none."""
    last: dict[tuple[str, str], tuple[datetime, str]] = {}  # of each chain; of several, the latest counts
    with db.engine.connect() as connection:
        events = select(EVENT.c.subject, EVENT.c.at, EVENT.c.payload).order_by(EVENT.c.subject, EVENT.c.seq)
        for subject, at, payload in connection.execute(events):
            last |= {(key, subject): (at, mark) for key, mark in spoken_of(payload).items()}
        spoken = {
            key: mark for (key, _subject), (_at, mark) in sorted(last.items(), key=lambda said: said[1])
        }
        named = {key.split("/", 1)[0] for key in spoken}
        marks = dict(
            row_values(model, dict(values))
            for name, model in tables.models().items()
            if name in named
            for values in connection.execute(select(model.__table__)).mappings()
        )
    changed = {key for key, mark in spoken.items() if key in marks and mark not in (marks[key], GONE)}
    elsewhere = {
        f"{key} in {subject}"
        for key, subject in last
        if (parts := key.split("/"))[0] in TELLS_IN_ITS_CHAIN and subject != f"equipment:{parts[1]}"
    }
    return sorted((changed - make.by_hand) | elsewhere)


def empty_tables() -> None:
    """Few tables have rows after a test: emptying those takes a twentieth of the time of one TRUNCATE of all."""
    with db.engine.begin() as connection:
        full = connection.scalars(text(WITH_ROWS)).all()
        moved = connection.scalars(
            text("SELECT format('%I', sequencename) FROM pg_sequences WHERE last_value IS NOT NULL")
        ).all()
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # in any order
        for name in full:
            connection.execute(text(f'DELETE FROM "{name}"'))
        for name in moved:
            connection.execute(text(f"ALTER SEQUENCE {name} RESTART"))


WITH_ROWS = " UNION ALL ".join(
    f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")"
    for name in (*(table.name for table in tables.METADATA.sorted_tables), "equipment_text")
)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium without its windows, asking no host for anything by itself."""
    return {
        "executable_path": "/usr/bin/chromium-headless-shell",
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ],
    }


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own, on the test's own database, for a real browser."""

    def closing_its_files(environ: Any, start: Any) -> Iterator[bytes]:
        """werkzeug leaves an answer open when the browser goes away while it is read on; warnings are errors here."""
        with closing(ClosingIterator(app(environ, start))) as answer:
            yield from answer

    server = make_server("127.0.0.1", 0, closing_its_files, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def midyear(app: Flask) -> Iterator[None]:
    """It is ten in the morning of a day in the middle of next year: what counts by day, month or year is the same
    on whatever day and at whatever hour the tests run."""
    middle = date(clock.today().year + 1, 6, 16)
    with time_machine.travel(clock.site_midnight(middle) + timedelta(hours=10)):
        yield


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> Callable[[User], FlaskClient]:
    """`signed_in(user)`: a browser in which `user` has signed in."""

    def sign(user: User) -> FlaskClient:
        browser = app.test_client()
        with browser.session_transaction() as kept:
            make.sign_in(user, kept)
        return browser

    return sign


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch) -> Any:
    """bench/trace as a module."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "bench"), *sys.path])
    loader = SourceFileLoader("bench_trace", str(ROOT / "bench" / "trace"))
    module = module_from_spec(spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module
