"""Much, a little at a time: no transaction holds the writer for long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in their order, `size` at a time; the last part may be shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
