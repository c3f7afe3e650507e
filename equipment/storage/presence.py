"""Which processes use an instance. Each holds a shared lock on `instance/running` for as long as it lives,
however it ends; whoever puts the database aside wants the instance alone. On PostgreSQL the connections of
other machines count too."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from equipment.storage import db

FLOCK = "hhqqi"  # struct flock of 64-bit Linux: type, whence, start, length, process
CLOSING_S = 2
CONNECTED = text(
    "SELECT coalesce(host(client_addr), 'local') FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = :name AND pid <> pg_backend_pid()"
)

_held: tuple[int, Path, int] | None = None  # (process, folder, file): a fork has the file without the lock


class InUse(Exception):
    """Another process uses the instance; the text says which."""


def join(folder: Path) -> None:
    """This process uses the instance from now on. InUse while somebody has it alone."""
    global _held
    if _held and _held[:2] == (os.getpid(), folder):
        return
    if _held:
        os.close(_held[2])
        _held = None
    file = os.open(folder / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        who = _holder(file)
        os.close(file)
        raise InUse(who) from None
    _held = (os.getpid(), folder, file)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else uses the instance, and nobody can begin to before the block has ended; else InUse."""
    join(folder)
    assert _held is not None
    file = _held[2]
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InUse(_holder(file)) from None
    try:
        yield
    finally:
        fcntl.lockf(file, fcntl.LOCK_SH)


def refuse_other_machines() -> None:
    """InUse while another process, on whatever machine, is connected to the PostgreSQL database."""
    db.session.remove()
    until = time.monotonic() + CLOSING_S
    while True:
        db.engine.dispose()
        with db.engine.connect() as connection:
            others = connection.scalars(CONNECTED, {"name": db.APPLICATION}).all()
        if not others:
            return
        if time.monotonic() > until:  # our own last connection takes a moment to end
            raise InUse(f"{len(others)} connections from {', '.join(sorted(set(others)))}")
        time.sleep(0.1)


def _holder(file: int) -> str:
    wanted = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    process = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, wanted))[4]
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        command = "it has just ended"
    return f"process {process}: {command.strip()[:160]}"
