"""A table of a TOML file or a JSON document, read field by field as what it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_NEEDED = object()


class Fields(dict[str, object]):
    """What a file or a JSON column holds under names. Each reader raises `TypeError` when the field is
    something else, or lacks and has no default."""

    def text(self, name: str, default: object = _NEEDED) -> str:
        value = self.get(name, default)
        if isinstance(value, str):
            return value
        raise self._wrong(name, "a text")

    def integer(self, name: str, default: object = _NEEDED) -> int:
        value = self.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._wrong(name, "a whole number")

    def flag(self, name: str, default: object = _NEEDED) -> bool:
        value = self.get(name, default)
        if isinstance(value, bool):
            return value
        raise self._wrong(name, "yes or no")

    def day(self, name: str) -> date:
        """A day of TOML, or one in ISO form as JSON keeps it."""
        value = self.get(name)
        return value if isinstance(value, date) else date.fromisoformat(self.text(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; none where the field lacks."""
        texts = [text for text in self.listed(name) if isinstance(text, str)]
        if len(texts) < len(self.listed(name)):
            raise self._wrong(name, "a list of texts")
        return tuple(texts)

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; none where the field lacks."""
        numbers = [n for n in self.listed(name) if isinstance(n, int) and not isinstance(n, bool)]
        if len(numbers) < len(self.listed(name)):
            raise self._wrong(name, "a list of whole numbers")
        return tuple(numbers)

    def table(self, name: str) -> Fields:
        """A table within; an empty one where the field lacks."""
        value = self.get(name)
        if value is None or isinstance(value, Mapping):
            return Fields(value or {})
        raise self._wrong(name, "a table")

    def tables(self, name: str) -> tuple[Fields, ...]:
        """A list of tables; none where the field lacks."""
        rows = [Fields(row) for row in self.listed(name) if isinstance(row, Mapping)]
        if len(rows) < len(self.listed(name)):
            raise self._wrong(name, "a list of tables")
        return tuple(rows)

    def listed(self, name: str) -> Sequence[Any]:
        """A list of whatever the reader knows to stand in it; none where the field lacks."""
        value = self.get(name)
        if value is None or isinstance(value, list | tuple):
            return value or ()
        raise self._wrong(name, "a list")

    def _wrong(self, name: str, what: str) -> TypeError:
        return TypeError(f"{name}: {self.get(name)!r} is not {what}")
