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


@lru_cache
def proved(model: Model, version: int = 0) -> tuple[str, ...]:
    """The columns that this version of the table's evidence covers; the newest if none is named."""
    return tuple(chain.from_iterable(model.__evidence__[: version or None]))


@lru_cache
def key_names(model: Model) -> tuple[str, ...]:
    """The columns of the model's primary key."""
    return tuple(column.name for column in model.__table__.primary_key)


def row_values(model: Model, values: Mapping[str, object], version: int = 0) -> tuple[str, str]:
    """(key, mark) of a record given as a mapping that holds every covered column: how a line names it
    (`fill/<id>/<id>`) and the digest of the columns of that version, the newest if none is named, with `2:`
    before it from the second on."""
    version = version or len(model.__evidence__)
    key = "/".join([model.__tablename__, *map(str, map(values.__getitem__, key_names(model)))])
    digest = digest_of(text_of(model, values, version))
    return key, digest if version == 1 else f"{version}:{digest}"


def text_of(model: Model, values: Mapping[str, object], version: int) -> str:
    """The text whose digest is the mark of a record under this version."""
    columns = proved(model, version)
    return canonical(dict(zip(columns, map(values.__getitem__, columns), strict=True)))


def version_of(mark: str) -> int:
    """The version that a mark names; 0 for none, and for what is no mark."""
    match = MARK.fullmatch(mark)
    return int(match[1] or 1) if match else 0


def row(record: Base) -> tuple[str, str]:
    """(key, mark) of an ORM record as it stands in memory; defaults must have been applied (flush first)."""
    model = type(record)
    names = {*proved(model), *key_names(model)}
    return row_values(model, {name: getattr(record, name) for name in names})
