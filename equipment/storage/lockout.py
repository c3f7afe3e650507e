"""What the jobs process says while another program holds the SQLite file. Nothing can be written in it
then, so it stands in a file beside it, for /healthz and the page of the jobs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from equipment.storage import db


def _file() -> Path | None:
    database = db.engine.url.database
    return Path(f"{database}.held") if db.engine_name() == "sqlite" and database else None


def note(since: datetime) -> None:
    """Nothing could be written since then; an earlier word stays."""
    file = _file()
    if file and not file.exists():
        file.write_text(since.isoformat())


def clear() -> None:
    """Something was written."""
    if file := _file():
        file.unlink(missing_ok=True)


def held_since() -> datetime | None:
    """Since when the jobs process can write nothing; None when it can."""
    file = _file()
    try:
        return datetime.fromisoformat(file.read_text()) if file else None
    except (FileNotFoundError, ValueError):
        return None
