"""Every table: what migrations, backups, the ledger and tests walk over. Whole, because the package imports
every slice (equipment/slices.py)."""

from __future__ import annotations

from equipment.storage.db import Base

METADATA = Base.metadata


def models() -> dict[str, type[Base]]:
    """Every mapped class by its table's name."""
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
