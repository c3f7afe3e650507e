"""What no foreign key watches over: rows whose piece is gone, rows that name a file that is not there,
files nobody names.

Tables of different kinds carry no foreign keys to each other (so that they can be distributed);
this nightly look is their stand-in.
"""

from __future__ import annotations

from sqlalchemy import CompoundSelect, exists, func, select, union

from equipment.core.clock import now
from equipment.files import store
from equipment.shell.tables import METADATA
from equipment.storage.db import session

SHA_COLUMNS = ("sha256", "photo_sha256", "signature_sha256", "file_sha256", "pdf_sha256", "xlsx_sha256")
UNUSED_AFTER_S = 24 * 3600


def orphans() -> dict[str, int]:
    """How many rows of each table point to a piece or a file that is not there; empty means none."""
    piece = METADATA.tables["equipment"]
    lost: dict[str, int] = {}
    for table in METADATA.sorted_tables:
        if table is not piece and "equipment_id" in table.c:
            missing = select(func.count()).where(
                table.c.equipment_id.is_not(None), ~exists().where(piece.c.id == table.c.equipment_id)
            )
            lost |= _counted(table.name, session.scalar(missing) or 0)
            session.rollback()
    absent = sum(not store.path_of(sha256).is_file() for sha256 in session.scalars(_named()))
    session.rollback()
    return lost | _counted("files", absent)


def _counted(name: str, count: int) -> dict[str, int]:
    return {name: count} if count else {}


def _named() -> CompoundSelect[str]:
    """Every content that any row names, once."""
    columns = [table.c[name] for table in METADATA.sorted_tables for name in SHA_COLUMNS if name in table.c]
    return union(*(select(column).where(column.is_not(None)) for column in columns))


def unused_files() -> int:
    """Remove contents that no row names: left by a transaction that never came, a day ago or earlier."""
    named, removed = set(session.scalars(_named())), 0
    session.rollback()
    before = now().timestamp() - UNUSED_AFTER_S
    parts = list(store.root().glob(".*.part"))
    for path in [*(path for path in store.stored() if path.name not in named), *parts]:
        if path.stat().st_mtime < before:
            path.unlink()
            removed += 1
    return removed
