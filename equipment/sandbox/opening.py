"""The database of a sandbox: a file beside the city's, or a schema in PostgreSQL, made when it is first asked
for. Nothing of the city knows it, so nothing can list, count or export what is in it; a backup does not hold
it, and a restored city makes it anew."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, make_url, text

from equipment.core.config import Settings
from equipment.core.followers import Provider
from equipment.people.queries import TOKEN_CACHE_S
from equipment.sandbox.models import Sandbox
from equipment.sandbox.pieces import areas_of_city, is_furnished, make_pieces
from equipment.sandbox.rules import SandboxKind, kind_called
from equipment.storage import db
from equipment.storage.db import Database, inside, session, transaction
from equipment.storage.remembered import Remembered

POOL = 5  # connections: nobody tries a thousand fills a second here
MAKING = 0x5A4D  # names the advisory lock of whoever makes a schema

# Gives a database its tables, or new ones after an upgrade.
shape: Provider[[Engine], bool] = Provider()


class SandboxPlace(NamedTuple):
    """Where a sandbox is, as of a moment ago; `place` is "" where it is switched off."""

    place: str
    token_hashes: dict[str, str]


_running: Remembered[SandboxKind, SandboxPlace] = Remembered(TOKEN_CACHE_S)
_opening = threading.Lock()
_open: dict[str, Database] = {}  # by place
_settings: Settings | None = None


def connect(settings: Settings) -> None:
    """Keep sandboxes beside this instance; called once by the wiring of each process."""
    global _settings
    _settings = settings
    with _opening:
        _close_all_but(frozenset())


def database_called(name: str) -> Database | None:
    """The database of the sandbox of this name while it is switched on. Asked in the city."""
    kind = kind_called(name)
    if kind is None:
        return None
    running = _running.get(kind, lambda: _look(kind))
    if not running.place:
        return None
    with _opening:
        if running.place not in _open:
            _open[running.place] = _opened(kind, running)
        return _open[running.place]


def running_kinds() -> list[SandboxKind]:
    """Those that are switched on."""
    return [kind for kind in SandboxKind if _look(kind).place]


def _look(kind: SandboxKind) -> SandboxPlace:
    row = session.get(Sandbox, kind, populate_existing=True)
    return SandboxPlace(row.place, row.token_hashes) if row else SandboxPlace("", {})


def clear_away() -> None:
    """Take away every database whose sandbox was switched off or begun anew; what changed is known at once in
    this process."""
    _running.forget()
    places = frozenset(_look(kind).place for kind in SandboxKind)
    with _opening, _alone():
        _close_all_but(places)
        for folder in _root().iterdir():
            if folder.is_dir() and folder.name not in places:
                _drop(folder)


def _close_all_but(places: frozenset[str]) -> None:
    for place in _open.keys() - places:
        _open.pop(place).close()


def _opened(kind: SandboxKind, running: SandboxPlace) -> Database:
    """Made and furnished where that was not done yet, by one process while the others wait."""
    folder, areas = _root() / running.place, areas_of_city()
    with _alone():
        (folder / "files").mkdir(parents=True, exist_ok=True)
        if db.engine_name() == "postgresql":
            with db.engine.begin() as connection:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {folder.name}"))
        database = Database(_url(folder), name=kind.database, folder=folder / "files", pool=POOL)
        shape(database.engine)
        with inside(database):
            if not is_furnished():
                with transaction():
                    make_pieces(kind, running.token_hashes, areas)
    return database


def _url(folder: Path) -> str:
    if db.engine_name() == "sqlite":
        return f"sqlite:///{folder / 'tracker.db'}"
    # no other schema stands in the path: what a sandbox lacks must not be found in the city's
    url = make_url(_instance().url).update_query_dict({"options": f"-csearch_path={folder.name}"})
    return url.render_as_string(hide_password=False)


def _drop(folder: Path) -> None:
    if db.engine_name() == "postgresql":
        with db.engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {folder.name} CASCADE"))
    shutil.rmtree(folder, ignore_errors=True)


def _instance() -> Settings:
    if _settings is None:
        raise RuntimeError("the sandboxes are not connected")
    return _settings


def _root() -> Path:
    root = _instance().folder / "sandbox"
    root.mkdir(exist_ok=True)
    return root


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time makes or takes away databases of sandboxes, on one machine or several."""
    file = os.open(_root() / "making.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if db.engine_name() == "sqlite":
            yield
            return
        with db.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:making)"), {"making": MAKING})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:making)"), {"making": MAKING})
    finally:
        os.close(file)
