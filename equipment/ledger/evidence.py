"""What a ledger line proves of a record: the digest of its columns, by the version of its column list.

A model's `__evidence__` holds every list it ever had: the columns of version 1, then what each later version
added. Lines written under an older version stay as they are and are checked by that version; what is new in a
list may grow until it is released, never afterwards. A table that came under evidence later begins with an
empty list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from equipment.ledger.rules import canonical, digest_of
from equipment.storage.db import Base

Model = type[Base]
GONE = ""  # the mark of a record that was taken away on record
MARK = re.compile(r"(?:(\d{1,4}):)?[0-9a-f]{64}")


def newest(model: Model) -> int:
    """The version by which records of this table are proved today; 0 where nothing is."""
    return len(model.__evidence__)


@lru_cache
def proved(model: Model, version: int) -> tuple[str, ...]:
    """The columns that this version of the table's evidence covers."""
    return tuple(chain.from_iterable(model.__evidence__[:version]))


@lru_cache
def key_names(model: Model) -> tuple[str, ...]:
    """The columns of the model's primary key."""
    return tuple(column.name for column in model.__table__.primary_key)


def key_of(model: Model, values: Mapping[str, object]) -> str:
    """`fill/<id>/<id>`: how a line names a record."""
    return "/".join([model.__tablename__, *map(str, map(values.__getitem__, key_names(model)))])


def mark_of(model: Model, values: Mapping[str, object], version: int) -> str:
    """What a line says of a record: the digest of the columns of that version, `2:` before it from the second
    on."""
    columns = proved(model, version)
    digest = digest_of(canonical(dict(zip(columns, map(values.__getitem__, columns), strict=True))))
    return digest if version == 1 else f"{version}:{digest}"


def version_of(mark: str) -> int:
    """The version that a mark names; 0 for none, and for what is no mark."""
    match = MARK.fullmatch(mark)
    return int(match[1] or 1) if match else 0


def row_values(model: Model, values: Mapping[str, object]) -> tuple[str, str]:
    """(key, mark) of a record given as a mapping that holds every covered column."""
    return key_of(model, values), mark_of(model, values, newest(model))


def row(record: Base) -> tuple[str, str]:
    """(key, mark) of an ORM record as it stands in memory; defaults must have been applied (flush first)."""
    model = type(record)
    names = {*proved(model, newest(model)), *key_names(model)}
    return row_values(model, {name: getattr(record, name) for name in names})
