"""A table of a TOML file or a JSON document, read field by field as what it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_NEEDED = object()


class Fields(dict[str, object]):
    """What a file or a JSON column holds under names. Each reader raises `TypeError` when the field is
    something else, or lacks (null in JSON) and has no default."""

    def text(self, name: str, default: object = _NEEDED) -> str:
        value = self._or(name, default)
        if isinstance(value, str):
            return value
        raise self._wrong(name, "a text")

    def integer(self, name: str, default: object = _NEEDED) -> int:
        value = self._or(name, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._wrong(name, "a whole number")

    def flag(self, name: str, default: object = _NEEDED) -> bool:
        value = self._or(name, default)
        if isinstance(value, bool):
            return value
        raise self._wrong(name, "yes or no")

    def day(self, name: str) -> date:
        """A day of TOML, or one in ISO form as JSON keeps it."""
        value = self.get(name)
        return value if isinstance(value, date) else date.fromisoformat(self.text(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; none where the field lacks."""
        texts = self.listed(name)
        if all(isinstance(text, str) for text in texts):
            return tuple(texts)
        raise self._wrong(name, "a list of texts")

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; none where the field lacks."""
        numbers = self.listed(name)
        if all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
            return tuple(numbers)
        raise self._wrong(name, "a list of whole numbers")

    def table(self, name: str) -> Fields:
        """A table within; an empty one where the field lacks."""
        value = self.get(name)
        if value is None or isinstance(value, Mapping):
            return Fields(value or {})
        raise self._wrong(name, "a table")

    def tables(self, name: str) -> tuple[Fields, ...]:
        """A list of tables; none where the field lacks."""
        rows = self.listed(name)
        if all(isinstance(row, Mapping) for row in rows):
            return tuple(Fields(row) for row in rows)
        raise self._wrong(name, "a list of tables")

    def listed(self, name: str) -> Sequence[Any]:
        """A list of whatever the reader knows to stand in it; none where the field lacks."""
        value = self.get(name)
        if value is None or isinstance(value, list | tuple):
            return value or ()
        raise self._wrong(name, "a list")

    def _or(self, name: str, default: object) -> object:
        value = self.get(name)
        return default if value is None else value

    def _wrong(self, name: str, what: str) -> TypeError:
        return TypeError(f"{name}: {self.get(name)!r} is not {what}")
